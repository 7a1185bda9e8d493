"""The look of a whole issue, on nine documents with all that is hard to set: grid, levels, tables, notes, attachments, both
PDFs, and the small bulletin's skin."""

import hashlib
import html
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader

from channels.base import Refused
from channels.issue import BuiltIssue, TooLong, build_issue
from channels.print_body import print_body
from content.body import paragraphs
from content.gazette.issues import Issues
from tests.channels import nine_documents as nine
from tests.channels import partner_bench as made
from tests.ledgers import new_ledger

ROOT = Path(__file__).parent.parent.parent
MM = 72 / 25.4
LEFT, RIGHT = 28 * MM, 28 * MM + 28 * 15.75
DATES = "2026年11月(?:5|9|10|12|13|16|18)日"
ON = date(2026, 11, 30)
CLOSING_MARKS = "，。、；：？！）》〉”’〕】"


def built(folder: Path, which: str = "nine", **options: Any) -> BuiltIssue:
    ledger = new_ledger(folder / "ledger.sqlite", lambda: made.NOW)
    try:
        issues = Issues(ledger.engine, ledger.clock)
        gazette = getattr(nine, f"{which}_joined")(folder, ledger.clock, issues, **options)
        return build_issue(gazette.bench, gazette.outlet, issues, "2026-11", ON, for_printer=True)
    finally:
        ledger.engine.dispose()


@pytest.fixture(scope="module")
def issue(tmp_path_factory: pytest.TempPathFactory) -> BuiltIssue:
    return built(tmp_path_factory.mktemp("nine"))


@pytest.fixture(scope="module")
def reading(issue: BuiltIssue) -> PdfReader:
    return PdfReader(BytesIO(issue.pdf))


@pytest.fixture(scope="module")
def pages(issue: BuiltIssue, tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """The lines of each page as they stand on it."""
    return lines_of(issue.pdf, tmp_path_factory.mktemp("text"))


def lines_of(pdf: bytes, folder: Path) -> list[list[str]]:
    path = folder / "issue.pdf"
    path.write_bytes(pdf)
    told = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True)
    return [[line.strip() for line in page.split("\n") if line.strip()] for page in told.stdout.split("\f")[:-1]]


def bare(text: str) -> str:
    return "".join(text.split())


def names(outline: list[Any]) -> Iterator[str]:
    for entry in outline:
        if isinstance(entry, list):
            yield from names(entry)
        else:
            yield bare(str(entry.title))


def documents(issue: BuiltIssue) -> list[Any]:
    return [document for section in issue.sections for document in section.documents]


def revisions(folder: Path) -> dict[str, Any]:
    return {bare(revision.fields.title): revision for revision in nine.nine(made.workbench(folder).assets)}


def checked(pdf: bytes, folder: Path) -> str:
    path = folder / "checked.pdf"
    path.write_bytes(pdf)
    done = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_issue_is_set_without_a_warning_and_both_pdfs_are_sound(issue: BuiltIssue, tmp_path: Path) -> None:
    assert issue.warnings == ()
    assert len(documents(issue)) == 9
    for pdf in (issue.pdf, issue.printer):
        assert "No syntax or stream encoding errors found" in checked(pdf, tmp_path)


def test_the_text_of_the_pdf_is_the_text_of_the_sources(issue: BuiltIssue, reading: PdfReader, tmp_path: Path) -> None:
    """Each paragraph stands there, and no character is more or less often in the document than in its source."""
    sources = revisions(tmp_path)
    offset = first_page(reading)
    placed = documents(issue)
    ends = [document.page for document in placed[1:]] + [len(reading.pages) - offset]
    for document, end in zip(placed, ends, strict=True):
        source = sources[bare(document.title)]
        shown = "".join(body_text(reading, page + offset) for page in range(document.page - 1, end - 1))
        said = paragraphs(source.body, "{}")
        assert all(
            bare(piece) in shown for line in paragraphs(source.body) for piece in line.split("\t") if whole(piece)
        )
        assert figures(shown) - figures("".join(said) + frame_of(source)) == Counter(), document.title
        assert figures("".join(said)) - figures(shown) == Counter(), document.title


def whole(piece: str) -> bool:
    """Text that no page break and no table cell cuts: pages end in the midst of long ones."""
    return len(piece) <= 28


def first_page(reading: PdfReader) -> int:
    return next(number for number, page in enumerate(reading.pages) if bare(page.extract_text()).endswith("—1—"))


def body_text(reading: PdfReader, number: int) -> str:
    text = bare(reading.pages[number].extract_text())
    for frame in (r"荆州市人民政府公报", r"2026年第11号", r"—\d+—$", "手机扫码阅读网页版"):
        text = re.sub(frame, "", text, count=1)
    return text


def figures(text: str) -> Counter[str]:
    """Han characters and figures, counted; repeated heads of tables are counted once by the caller's source."""
    return Counter(character for character in bare(text) if re.match(r"[\u4e00-\u9fff0-9]", character))


def frame_of(revision: Any) -> str:
    """What the layout sets beside the body: title, number, addressee, section, signature, date, and heads of tables again
    on each further page."""
    fields = revision.fields
    heads = "".join(re.findall(r"<t[hr].*?</th>", revision.body)) * 3
    made_on = f"{fields.made_on.year}年{fields.made_on.month}月{fields.made_on.day}日" if fields.made_on else ""
    organs = "".join((fields.organ, *fields.joint_organs))
    sections = "市政府令市政府办公室文件部门文件人事任免政策解读大事记"
    heads += "".join(re.findall(r'<li id="fn(\d+)">', revision.body))
    return "".join(
        (fields.title, fields.document_number, fields.addressee, organs, made_on, sections, re.sub("<.*?>", "", heads))
    )


def test_every_heading_is_a_bookmark_and_every_document_under_its_section(reading: PdfReader, tmp_path: Path) -> None:
    found = list(names(reading.outline))
    for title, revision in revisions(tmp_path).items():
        assert title in found
        headings = re.findall(r"<h[2-5]>(.*?)</h[2-5]>", revision.body)
        assert [bare(heading) for heading in headings if bare(heading) not in found] == []
    assert [name for name in found if name in ("市政府令", "市政府文件", "部门文件", "大事记")] == [
        "市政府令",
        "市政府文件",
        "部门文件",
        "大事记",
    ]


def words_of(pdf: bytes, folder: Path) -> list[tuple[float, float, str]]:
    """From where to where each word reaches, in points from the left, and its text."""
    path = folder / "words.pdf"
    path.write_bytes(pdf)
    told = subprocess.run(["pdftotext", "-bbox", path, "-"], capture_output=True, text=True, check=True).stdout
    found = re.findall(r'xMin="([\d.]+)" yMin="[\d.]+" xMax="([\d.]+)" yMax="[\d.]+">(.*?)</word>', told)
    return [(float(left), float(right), html.unescape(text)) for left, right, text in found]


def test_no_line_begins_with_a_closing_mark_and_none_ends_with_an_opening_one(
    issue: BuiltIssue, tmp_path: Path
) -> None:
    words = words_of(issue.pdf, tmp_path)
    first = [text for left, _, text in words if left < LEFT + 4]
    last = [text for _, right, text in words if right > RIGHT - 4]
    assert len(first) > 100
    assert len(last) > 100
    assert [text for text in first if text[0] in CLOSING_MARKS] == []
    assert [text for text in last if text[-1] in "（《〈“‘〔【"] == []


def test_no_text_stands_outside_the_type_area(issue: BuiltIssue, tmp_path: Path) -> None:
    """28 characters of 15.75 pt from 28 mm; heads, folios and codes keep to its sides."""
    words = words_of(issue.pdf, tmp_path)
    assert len(words) > 1000
    # What hangs is the white half of a closing mark: its box reaches over the edge, its ink does not.
    assert [word for word in words if word[0] < LEFT - 8.5 or word[1] > RIGHT + 8.5] == []


def test_the_head_of_a_long_table_stands_on_each_of_its_pages(pages: list[list[str]]) -> None:
    rows = [page for page in pages if sum("文化馆" in line for line in page) > 5]
    assert len(rows) >= 3
    assert all(any(bare(line) == "序号编号项目名称类别申报单位" for line in page) for page in rows)


def test_a_short_table_is_not_torn_apart(tmp_path: Path) -> None:
    table = "<table><tr><td>甲</td></tr><tr><td>乙</td></tr></table>"
    long = "<table>" + "<tr><td>甲</td></tr>" * 30 + "</table>"
    assert 'whole="yes"' in print_body(table, (), {}).xhtml
    assert 'whole="yes"' not in print_body(long, (), {}).xhtml


def test_attachments_begin_on_pages_of_their_own_after_signature_and_remark(pages: list[list[str]]) -> None:
    starts = [number for number, page in enumerate(pages) if re.fullmatch(r"附件\d", page[1])]
    assert [pages[number][1] for number in starts] == ["附件1", "附件2"]
    before = pages[starts[0] - 1]
    places = ["荆州市人民政府", "2026年11月12日", "（此件公开发布）"]
    found = [max(place for place, line in enumerate(before) if line.endswith(text)) for text in places]
    assert found == sorted(found)
    assert sum("2026年11月12日" in line for page in pages for line in page) == 1


def test_a_note_stands_at_the_foot_of_the_page_that_calls_it(pages: list[list[str]]) -> None:
    (page,) = [page for page in pages if any("中小微企业的划型" in line for line in page)]
    called = next(place for place, line in enumerate(page) if "且职工总数在" in line)
    noted = next(place for place, line in enumerate(page) if "中小微企业的划型" in line)
    last = next(place for place, line in enumerate(page) if "汇总后按季度拨付" in line)
    assert called < last < noted
    assert "手机扫码" in "".join(page[noted:])


def test_signature_and_date_end_four_characters_from_the_edge(issue: BuiltIssue, tmp_path: Path) -> None:
    ends = [right for _, right, text in words_of(issue.pdf, tmp_path) if re.fullmatch(DATES, text)]
    assert len(ends) == 7
    assert all(abs(end - (RIGHT - 4 * 15.75)) < 1 for end in ends)


def test_the_first_page_of_each_document_has_the_code_of_its_page(pages: list[list[str]], issue: BuiltIssue) -> None:
    with_code = [page for page in pages if any("手机扫码" in line for line in page)]
    assert len(with_code) == 9
    assert [document.url for document in documents(issue) if not document.url] == []


def test_the_reading_pdf_is_tagged_for_keeping_and_says_its_language(reading: PdfReader) -> None:
    root = reading.trailer["/Root"]
    about = root["/Metadata"].get_object().get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in about
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in about
    assert "<pdfuaid:part>1</pdfuaid:part>" in about
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "zh-CN"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert root["/OutputIntents"][0]["/S"] == "/GTS_PDFA1"
    assert "/Encrypt" not in reading.trailer
    assert reading.metadata is not None
    assert reading.metadata.title == "荆州市人民政府公报2026年第11号"
    assert all("/StructParents" in page for page in reading.pages if page.extract_text().strip())


def test_every_font_of_both_pdfs_is_embedded(issue: BuiltIssue, tmp_path: Path) -> None:
    for pdf in (issue.pdf, issue.printer):
        path = tmp_path / "fonts.pdf"
        path.write_bytes(pdf)
        told = subprocess.run(["pdffonts", path], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
        assert told
        assert all(re.search(r" yes +(yes|no) +(yes|no) +\d+ +\d+$", line) for line in told)


def test_pictures_and_links_have_words_for_readers_who_cannot_see(reading: PdfReader) -> None:
    alternatives = set(alternatives_in(reading.trailer["/Root"]["/StructTreeRoot"]))
    assert {"应急指挥组织体系", "低温雨雪冰冻灾害应急响应流程"} <= alternatives
    targets = {
        str(note.get_object()["/A"].get("/URI"))
        for page in reading.pages
        for note in page.get("/Annots", [])
        if "/A" in note.get_object()
    }
    assert "https://www.jingzhou.gov.cn/yj/zqbg.html" in targets


def alternatives_in(node: Any, seen: int = 0) -> Iterator[str]:
    held = node.get_object()
    if isinstance(held, list):
        for child in held:
            yield from alternatives_in(child, seen + 1)
    elif isinstance(held, dict):
        if "/Alt" in held:
            yield str(held["/Alt"])
        if "/K" in held and seen < 60:
            yield from alternatives_in(held["/K"], seen + 1)


def test_the_printers_pdf_has_the_same_content_with_bleed_and_marks(issue: BuiltIssue, reading: PdfReader) -> None:
    printer = PdfReader(BytesIO(issue.printer))
    texts = [bare(page.extract_text()) for page in reading.pages]
    assert len(printer.pages) % 4 == 0
    shown = [bare(page.extract_text()) for page in printer.pages]
    assert [text for text in shown if text] == [text for text in texts if text]
    assert shown[-1] == texts[-1]
    for page in printer.pages:
        trim, bleed, media = page.trimbox, page.bleedbox, page.mediabox
        assert (round(float(trim.width) / MM), round(float(trim.height) / MM)) == (210, 297)
        assert round(float(trim.left - bleed.left) / MM, 2) == 3
        assert round(float(bleed.top - trim.top) / MM, 2) == 3
        assert media.left < bleed.left
        assert b"/All CS" in page.get_contents().get_data()  # type: ignore[union-attr]


def test_the_colour_of_the_cover_runs_to_the_edge_of_the_bleed_and_not_beyond(
    issue: BuiltIssue, tmp_path: Path
) -> None:
    path = tmp_path / "print.pdf"
    path.write_bytes(issue.printer)
    subprocess.run(
        ["pdftoppm", "-r", "72", "-f", "1", "-l", "1", "-singlefile", "-png", path, tmp_path / "cover"], check=True
    )
    with Image.open(tmp_path / "cover.png") as opened:
        page = opened.convert("RGB")
        middle = page.width // 2
        column = [page.getpixel((middle, y)) for y in range(60)]
    red = [y for y, (r, g, _) in enumerate(column) if r > 200 and g < 120]  # type: ignore[misc]
    assert abs(red[0] - 9 * MM) <= 1
    assert column[int(9 * MM) - 3] == (255, 255, 255)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 9, 26])
def test_a_booklet_has_every_page_once_and_folds_into_reading_order(count: int) -> None:
    from channels.imposition import BOOKLET, blanks, sides

    sheets = list(sides(count, BOOKLET))
    assert len(sheets) * 2 == count + blanks(count)
    assert sorted(page for side in sheets for page in side.pages if page is not None) == list(range(count))
    folded = (
        [sheets[2 * n].pages[1] for n in range(len(sheets) // 2)],
        [sheets[2 * n + 1].pages[0] for n in range(len(sheets) // 2)],
    )
    front = [page for pair in zip(*folded, strict=True) for page in pair]
    back = [
        page for n in reversed(range(len(sheets) // 2)) for page in (sheets[2 * n + 1].pages[1], sheets[2 * n].pages[0])
    ]
    order = [page for page in [*front, *back] if page is not None]
    assert order == list(range(count))
    assert sheets[0].pages[0] == count - 1


def test_an_outlet_may_have_its_printers_pdf_imposed_as_a_booklet(tmp_path: Path) -> None:
    made_of = built(tmp_path, impose="booklet")
    printer = PdfReader(BytesIO(made_of.printer))
    assert len(printer.pages) == 2 * -(-len(PdfReader(BytesIO(made_of.pdf)).pages) // 4)
    assert round(float(printer.pages[0].trimbox.width) / MM) == 420
    first = bare(printer.pages[0].extract_text())
    assert "内资准字第001号" in first
    assert "2026年第11号" in first
    assert "骑马订" in made_of.report


def test_an_unknown_skin_or_imposition_is_refused_by_name(tmp_path: Path) -> None:
    for number, options in enumerate(({"skin": "tabloid"}, {"impose": "origami"})):
        (tmp_path / str(number)).mkdir()
        with pytest.raises(Refused, match=r"tabloid|origami"):
            built(tmp_path / str(number), **options)


def test_the_report_says_which_fonts_stand_in_and_claims_no_conformity(issue: BuiltIssue) -> None:
    assert "仿宋体缺字体文件，以思源宋体代替" in issue.report
    assert "不称符合GB/T 9704" in issue.report
    assert "缺字：无" in issue.report
    assert f"阅读版{len(PdfReader(BytesIO(issue.pdf)).pages)}页" in issue.report


SAME_BYTES = """
import json, sys
from hashlib import sha256
from pathlib import Path
from tests.channels.test_gazette_layout import built
made = built(Path(sys.argv[1]))
print(json.dumps([sha256(made.pdf).hexdigest(), sha256(made.printer).hexdigest()]))
"""


def test_another_time_zone_locale_and_folder_give_the_same_bytes(issue: BuiltIssue, tmp_path: Path) -> None:
    wanted = [hashlib.sha256(pdf).hexdigest() for pdf in (issue.pdf, issue.printer)]
    elsewhere = {"TZ": "America/St_Johns", "LC_ALL": "C", "LANG": "C", "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", SAME_BYTES, tmp_path],
        env={"PATH": os.environ["PATH"], **elsewhere},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == wanted


def test_a_small_bulletin_is_one_sheet_folded_and_pictures_for_phones(tmp_path: Path) -> None:
    made_of = built(tmp_path, "bulletin")
    reading, printer = PdfReader(BytesIO(made_of.pdf)), PdfReader(BytesIO(made_of.printer))
    assert made_of.warnings == ()
    assert len(reading.pages) <= 4
    assert round(float(reading.pages[0].mediabox.width) / MM) == 148
    assert len(printer.pages) == 2
    assert round(float(printer.pages[0].trimbox.width) / MM) in (296, 297)
    text = "".join(bare(page.extract_text()) for page in reading.pages)
    for revision in nine.bulletin():
        assert all(bare(piece) in text for line in paragraphs(revision.body) for piece in line.split("\t"))
    for pdf in (made_of.pdf, made_of.printer):
        checked(pdf, tmp_path)
    (phone,) = made_of.phone
    with Image.open(BytesIO(phone)) as picture:
        assert picture.width == 1080
        assert picture.height > 2000


def test_a_bulletin_that_does_not_fit_on_its_sheet_is_refused_with_words(tmp_path: Path) -> None:
    with pytest.raises(TooLong, match="超过一张A4纸对折为4页"):
        built(tmp_path, skin="bulletin")
