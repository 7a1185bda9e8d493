"""Issues from before the workspace: read from the office's files, every problem told, and entered all or none."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfWriter

from content.assets import Assets
from content.database import Database
from content.gazette import archive
from content.gazette.archive import NO_PAGES
from content.gazette.contents import READING
from content.gazette.issue import Issue, IssueError, IssueState
from content.gazette.pdf_pages import PdfPages, pages_of
from content.gazette.records import EarlierIssue, RecordsWrong
from content.gazette.records import read as read_until
from content.gazette.verifying import verify
from content.vocabulary import Action
from tests.issue_office import MAKER, IssueOffice

HEAD = "年,期号,总期号,出版日期,栏目,标题,文号,页码\n"
CSV = HEAD + (
    "2016,1,121,2016-01-20,市政府文件,政府工作报告,,1\n"
    "2016,1,121,2016-01-20,市政府办公室文件,关于推进政务公开的通知,荆政办发〔2016〕21号,18\n"
    "2016,2,122,2016/2/20,市政府文件,关于公布名录的通知,荆政发〔2016〕3号,\n"
)
TOML = """
[[issues]]
year = 2015
number = 12
total = 120
date = 2015-12-20
[[issues.documents]]
title = "关于做好防汛工作的通知"
document_number = "荆政发〔2015〕9号"
section = "市政府文件"
page = 3
"""


TODAY = date(2026, 12, 31)


def read(path: Path) -> list[EarlierIssue]:
    return read_until(path, TODAY)


@pytest.fixture
def office(database: Database) -> IssueOffice:
    return IssueOffice(database)


def written(folder: Path, text: str | bytes, name: str = "各期.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def entered(office: IssueOffice, issues: list[EarlierIssue], pdf: str = "") -> list[Issue]:
    contents = [archive.contents_from(one, pdf) for one in issues]
    act = office.act(MAKER, archive.statement(contents))
    return archive.record(office.database, "各期.csv", contents, act)


def problems(path: Path) -> str:
    with pytest.raises(RecordsWrong) as wrong:
        read(path)
    assert all(finding.mend and finding.place for finding in wrong.value.findings)
    return "\n".join(f"{finding.place}：{finding.message}" for finding in wrong.value.findings)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_spreadsheets_csv_is_read_whatever_its_encoding(tmp_path: Path, encoding: str) -> None:
    first, second = read(written(tmp_path, CSV.encode(encoding)))
    assert (first.id, first.total, first.issued_on) == ("2016-1", 121, date(2016, 1, 20))
    assert [(one.section, one.title, one.document_number, one.page) for one in first.documents] == [
        ("市政府文件", "政府工作报告", "", 1),
        ("市政府办公室文件", "关于推进政务公开的通知", "荆政办发〔2016〕21号", 18),
    ]
    assert (second.issued_on, second.documents[0].page) == (date(2016, 2, 20), None)


def test_a_toml_file_is_read(tmp_path: Path) -> None:
    (one,) = read(written(tmp_path, TOML, "2015.toml"))
    assert (one.id, one.total, one.issued_on, one.documents[0].page) == ("2015-12", 120, date(2015, 12, 20), 3)


def test_every_problem_of_a_csv_is_told_with_its_line(tmp_path: Path) -> None:
    said = problems(
        written(
            tmp_path,
            HEAD
            + "二〇一六,1,121,2016-01-20,,甲,,\n2016,0,,昨天,,乙,,\n2016,3,x,2016-03-20,,,,\n"
            + "2016,4,124,2016-04-20,,丁,,\n2016,4,125,2016-04-20,,戊,,-1\n2016,5,126,2016-05-20,,己,,1,多余\n",
        )
    )
    for line in (
        "第2行：年份“二〇一六”",
        "第3行：期数“0”",
        "第3行：日期“昨天”",
        "第4行：总第“x”",
        "第4行：缺少标题",
        "第6行：2016-4 的总期号、日期或 PDF 与第5行不同",
        "第6行：页码“-1”",
        "第7行：比第1行多出几格",
    ):
        assert line in said, said


def test_page_numbers_that_fall_and_dates_that_have_not_come_are_told_with_their_lines(tmp_path: Path) -> None:
    rows = "2016,1,121,2016-01-20,,甲,,18\n2016,1,121,2016-01-20,,乙,,\n2016,1,121,2016-01-20,,丙,,3\n"
    said = problems(written(tmp_path, HEAD + rows + "2027,1,130,2027-01-01,,丁,,1\n"))
    assert said.splitlines() == ["第4行：2016-1 的页码 3 小于前一件的 18。", "第5行：日期 2027-01-01 还没有到。"]


def test_too_many_documents_are_told_at_once_and_in_time(tmp_path: Path) -> None:
    rows = "2016,1,121,2016-01-20,市政府文件,一件,,1\n" * 100_001
    assert problems(written(tmp_path, HEAD + rows)) == "CSV：超过100000行。"


def labelled(folder: Path, sheets: int, first: int) -> Path:
    """A PDF of so many sheets whose own page labels begin with 1 on sheet *first*."""
    writer = PdfWriter()
    for _ in range(sheets):
        writer.add_blank_page(100, 100)
    writer.set_page_label(0, first - 2, "/r")
    writer.set_page_label(first - 1, sheets - 1, "/D", start=1)
    path = folder / "labelled.pdf"
    writer.write(path)
    return path


def test_a_page_leads_to_its_sheet_where_the_office_or_the_pdf_says_which(tmp_path: Path) -> None:
    said = HEAD.replace("页码", "页码,PDF,PDF前置页数")
    rows = "2016,1,121,2016-01-20,,甲,,1,a.pdf,{0}\n2016,1,121,2016-01-20,,乙,,5,a.pdf,{0}\n2016,1,121,2016-01-20,,丙,,,a.pdf,{0}\n"

    def leaves(offset: str, pages: PdfPages = NO_PAGES, pdf: str = "a" * 64) -> list[int | None]:
        (issue,) = read(written(tmp_path, said + rows.format(offset)))
        return [one.leaf for one in archive.contents_from(issue, pdf, pages).documents]

    pages = pages_of(labelled(tmp_path, 8, 3))
    assert leaves("") == [None, None, None]
    assert leaves("4") == [5, 9, None]
    assert leaves("4", pdf="") == [None, None, None]
    assert leaves("", pages) == [3, 7, None]
    assert leaves("4", pages) == [5, None, None]
    assert "前置页数“-1”不是 0 到 999 的整数" in problems(written(tmp_path, said + rows.format("-1")))


@pytest.mark.parametrize("data", [b"%PDF-1.4 as it was", b"", b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/PageLabels 7>>\n"])
def test_a_pdf_that_cannot_be_read_says_nothing_of_its_pages(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.pdf").write_bytes(data)
    assert pages_of(tmp_path / "a.pdf") == NO_PAGES


def test_every_problem_of_a_toml_is_told(tmp_path: Path) -> None:
    said = problems(
        written(tmp_path, TOML + TOML + "[[issues]]\nyear = true\nnumber = 1\ndate = 5\ncolour = 1\n", "a.toml")
    )
    for line in ("第2期：2015-12 已经写过", "第3期：年份“True”", "第3期：日期“5”", "第3期：不认识“colour”"):
        assert line in said, said


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "", "缺少列"),
        ("a.csv", "标题\n甲\n", "缺少列：年、期、日期"),
        ("a.csv", HEAD, "没有写任何一期"),
        ("a.csv", b"\xff\xfe\x00\x81", "编码"),
        ("a.csv", HEAD + '2016,1,1,2016-01-20,,"甲', "不能读取"),
        ("a.toml", "[[issues", "不能读取"),
        ("a.toml", f"[[issues]]\nyear = {'9' * 5000}", "不能读取"),
        ("a.toml", f"[[issues]]\nyear = 0x{'f' * 9000}\nnumber = [0x{'f' * 9000}]", "年份“…”"),
        ("a.toml", "[" * 5000, "不能读取"),
        ("a.csv", "x" * 200_000, "不能读取"),
        ("a.csv", HEAD.replace("年,", "年\0,"), "缺少列"),
        ("a.toml", "issues = 5", "有内容不是表"),
        ("a.toml", "issues = [1]", "有内容不是表"),
        ("a.toml", "", "没有写任何一期"),
        ("a.toml", "[[issues]]\nyear = 2015\nnumber = 1\ndate = 2015-01-01\n", "2015-1 没有文件"),
        ("a.xls", "x", "不是 .toml 或 .csv"),
    ],
)
def test_what_is_no_such_file_is_told(tmp_path: Path, name: str, text: str | bytes, said: str) -> None:
    assert said in problems(written(tmp_path, text, name))


def test_totals_and_dates_must_grow_along_with_the_numbers(tmp_path: Path) -> None:
    rows = "2016,1,122,2016-01-20,,甲,,\n2016,2,121,2016-01-10,,乙,,\n"
    said = problems(written(tmp_path, HEAD + rows))
    assert "2016-2 的总期号 121 不大于前面的 122" in said
    assert "2016-2 的日期 2016-01-10 早于 2016-1" in said


@given(data=st.binary(max_size=300))
def test_no_bytes_break_the_reading(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("any")
    for name in ("a.csv", "a.toml"):
        with pytest.raises(RecordsWrong):
            read(written(folder, data, name))


def test_entered_issues_are_closed_signed_for_and_complete(
    office: IssueOffice, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assets = Assets(tmp_path_factory.mktemp("assets"))
    pdf = assets.put(b"%PDF-1.4 old")
    done = entered(office, read(written(tmp_path, CSV)), pdf)
    assert [(one.id, one.state, one.recorded, one.total_number) for one in done] == [
        ("2016-1", IssueState.CLOSED, True, 121),
        ("2016-2", IssueState.CLOSED, True, 122),
    ]
    kept = office.issues.contents("2016-1")
    assert kept is not None
    assert [(section.name, len(section.documents)) for section in kept.sections] == [
        ("市政府文件", 1),
        ("市政府办公室文件", 1),
    ]
    assert kept.pdfs == {READING: pdf}
    assert verify(office.database, assets) == (2, [])


def test_what_is_there_already_is_refused_and_nothing_of_the_file_is_entered(
    office: IssueOffice, tmp_path: Path
) -> None:
    issues = read(written(tmp_path, CSV))
    entered(office, issues[:1])
    with pytest.raises(RecordsWrong) as wrong:
        entered(office, issues)
    assert "2016-1 已经补录过" in wrong.value.findings[0].message
    assert [one.id for one in office.issues.all()] == ["2016-1"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("2026,11,131,2026-11-01,,甲,,", "2026-11 是本系统编的"),
        ("2026,12,132,2026-12-01,,甲,,", "在本系统的第一期 2026-11 之后"),
        ("2026,10,131,2026-10-01,,甲,,", "2026-11 的总期号 131 不大于前面的 131"),
    ],
)
def test_nothing_collides_with_issues_of_ours(office: IssueOffice, tmp_path: Path, line: str, said: str) -> None:
    office.issues.open(2026, 11, 131)
    with pytest.raises(RecordsWrong) as wrong:
        entered(office, read(written(tmp_path, HEAD + line + "\n")))
    assert said in "\n".join(finding.message for finding in wrong.value.findings)
    assert [one.id for one in office.issues.all()] == ["2026-11"]


def test_earlier_issues_can_be_entered_while_and_after_ours_are_open(office: IssueOffice, tmp_path: Path) -> None:
    office.issues.open(2026, 11, 131)
    entered(office, read(written(tmp_path, CSV)))
    office.issues.add("1001", 1, Action.PUBLISH, 1, "市政府文件", {"document.json": "b" * 64})
    office.close(date(2026, 11, 30))
    entered(office, read(written(tmp_path, TOML, "2015.toml")))
    assert [one.id for one in office.issues.all()] == ["2015-12", "2016-1", "2016-2", "2026-11"]
    assert office.issues.open(2026).total_number == 132
    assert archive.missing(office.issues.all())[:2] == ["2015-1", "2015-2"]


def test_our_first_issue_follows_its_neighbour_and_leaves_room_for_years_still_to_be_entered(
    office: IssueOffice, tmp_path: Path
) -> None:
    entered(office, read(written(tmp_path, CSV)))
    with pytest.raises(IssueError, match="不大于已补录的2016年第2号"):
        office.issues.open(2026, 1, 122)
    assert office.issues.open(2026, 1).total_number is None
    with pytest.raises(IssueError, match="尚未关闭"):
        office.issues.open(2026)


def test_our_first_issue_right_after_an_entered_one_goes_on_counting(office: IssueOffice, tmp_path: Path) -> None:
    entered(office, read(written(tmp_path, CSV)))
    following = office.issues.open(2016)
    assert (following.id, following.total_number) == ("2016-3", 123)
