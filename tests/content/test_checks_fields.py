"""What the checks see in fields, relations, pictures and attachments, and how findings are given."""

import ast
import time
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import content.checks
from content import kinds
from content.assets import Assets
from content.checks import CODES, Context, check
from content.checks.labels import label
from content.checks.relations import copied_share
from content.clock import CHINA
from content.finding import Finding
from content.item import Attachment, Fields, Picture, Revision
from content.vocabulary import Disclosure, Kind, Level, Severity

TODAY = date(2026, 11, 23)
BODY = "<p>各县（市、区）人民政府：</p><p>现将有关事项通知如下。</p>"
POLICY = Fields(
    kind=Kind.POLICY_DOCUMENT,
    title="荆州市人民政府办公室关于做好政务公开工作的通知",
    organ="荆州市人民政府办公室",
    document_number="荆政办发〔2026〕31号",
    normative=True,
    article20=1,
    made_on=date(2026, 11, 20),
    in_force_on=date(2026, 12, 1),
    theme="综合政务\\政务公开",
    genre="通知",
    disclosure=Disclosure.PROACTIVE,
    level=Level.CITY,
    columns=("zcwj",),
    keywords=("政务公开",),
    summary="部署全市政务公开工作。",
    editor="张三",
)
Look = Callable[..., list[Finding]]


def never(_reference: str) -> bool:
    return False


@pytest.fixture
def look(tmp_path: Path) -> Look:
    """The findings of the policy document with changed fields; ``context`` changes what the checks know."""
    base = Context(
        TODAY,
        Assets(tmp_path),
        ("jingzhou.gov.cn",),
        columns=frozenset({"zcwj", "zcjd"}),
        organs=frozenset({"荆州市人民政府办公室", "荆州市人民政府"}),
        known=never,
    )

    def findings(
        context: dict[str, object] | None = None, revision: Revision | None = None, **changes: object
    ) -> list[Finding]:
        made = revision or Revision(replace(POLICY, **changes), BODY)  # type: ignore[arg-type]
        return check(made, replace(base, **(context or {})))  # type: ignore[arg-type]

    return findings


def codes(found: list[Finding]) -> set[str]:
    return {one.code for one in found}


def only(found: list[Finding], code: str) -> Finding:
    [one] = [one for one in found if one.code == code]
    return one


def test_a_complete_policy_document_has_no_findings(look: Look) -> None:
    assert look() == []


@pytest.mark.parametrize("kind", list(Kind))
def test_an_empty_item_of_any_kind_is_told_every_field_it_needs_at_once(look: Look, kind: Kind) -> None:
    found = look(revision=Revision(Fields(kind=kind), ""))
    missing = {one.place for one in found if one.code == "field-missing"}
    assert missing == {label(name) for name in kinds.required(kind)}
    assert {"标题", "发文机关", "公开方式", "栏目", "责任编辑"} <= missing
    assert "body-empty" in codes(found)


def test_blank_text_counts_as_empty(look: Look) -> None:
    assert only(look(editor="　 "), "field-missing").place == "责任编辑"


def test_every_field_named_in_the_data_is_a_field(tmp_path: Path) -> None:
    names = {entry.name for entry in fields(Fields)}
    for kind in Kind:
        assert set(kinds.required(kind)) | set(kinds.recommended(kind)) <= names
        assert kinds.default_column(kind)
    assert all(label(name) for name in names)


def test_the_themes_are_the_22_classes_with_their_children() -> None:
    assert len(kinds.themes()) == 22
    assert kinds.is_theme("综合政务\\政务公开")
    assert kinds.is_theme("综合政务")
    assert not kinds.is_theme("综合政务\\税务")
    assert not kinds.is_theme("综合政务\\")
    assert len(kinds.genres()) == 16


@pytest.mark.parametrize("theme", ["综合政务/政务公开", "综合政务＼政务公开", "政务公开", "综合政务 > 政务公开"])
def test_a_theme_that_is_nearly_right_is_mended(look: Look, theme: str) -> None:
    assert "综合政务\\政务公开" in only(look(theme=theme), "theme-unknown").mend


def test_a_wrong_child_of_a_class_shows_that_class_alone(look: Look) -> None:
    mend = only(look(theme="综合政务/政务公布"), "theme-unknown").mend
    assert "“政务公开”" in mend
    assert "“国土资源、能源”" not in mend
    assert "“国土资源、能源”" in only(look(theme="政务\\公布"), "theme-unknown").mend
    assert only(look(theme="国务院组织机构\\其他"), "theme-unknown").mend == "可改为“国务院组织机构”。"


def test_values_outside_their_set_are_errors_with_the_choices(look: Look) -> None:
    assert "“通知”" in only(look(genre="通知书"), "genre-unknown").mend
    assert only(look(article20=16), "article20-unknown").blocks
    assert "zcwj" in only(look(columns=("zcw",)), "column-unknown").mend
    assert "column-unknown" not in codes(look({"columns": frozenset()}, columns=("zcw",)))
    assert "“zh-CN”" in only(look(language="zh_CN"), "language-unknown").mend


def test_own_words_that_no_channel_reads_are_a_warning_with_the_nearest_name(look: Look) -> None:
    found = only(look(words={"weibo.txt": "政务公开", "wechat.title": "标题"}), "word-unknown")
    assert "“weibo.text”" in found.mend
    assert not found.blocks
    assert "word-empty" in codes(look(words={"radio.text": " "}))


def test_the_summary_is_short_and_says_more_than_the_title(look: Look) -> None:
    assert "summary-long" in codes(look(summary="字" * 301))
    assert "summary-long" not in codes(look(summary="字" * 300))
    assert "summary-repeats" in codes(look(summary=POLICY.title))


@pytest.mark.parametrize("value", [Disclosure.ON_REQUEST, Disclosure.WITHHELD])
def test_only_proactive_disclosure_may_go_out(look: Look, value: Disclosure) -> None:
    assert only(look(disclosure=value), "not-proactive").blocks


def test_another_organs_item_needs_its_source(look: Look) -> None:
    assert "第十条" in only(look(organ="湖北省人民政府"), "reprint-source").message
    assert "reprint-source" not in codes(look(organ="湖北省人民政府", source="湖北省人民政府门户网站"))
    assert "reprint-source" not in codes(look({"organs": frozenset()}, organ="湖北省人民政府"))
    assert "牵头" in only(look(organ="荆门市人民政府", joint_organs=("荆州市人民政府",)), "reprint-source").message
    assert "source-needless" in codes(look(source="新华社"))


def test_a_higher_level_needs_a_source_and_fits_no_local_organ(look: Look) -> None:
    assert only(look({"organs": frozenset()}, organ="国务院办公厅", level=Level.STATE_COUNCIL), "reprint-source").blocks
    assert not only(look(level=Level.PROVINCE), "level-organ").blocks


def test_a_wrong_document_number_blocks_with_the_right_one_offered(look: Look) -> None:
    assert "荆政办发〔2026〕31号" in only(look(document_number="荆政办发[2026]031号"), "number-form").mend
    assert only(look(document_number="三十一号文"), "number-form").blocks
    assert "number-form" not in codes(look(document_number="荆州市人民政府令第12号"))
    assert "number-year" in codes(look(document_number="荆政办发〔2025〕31号"))


def test_dates_must_be_in_order(look: Look) -> None:
    assert only(look(made_on=date(2026, 11, 24)), "made-in-future").blocks
    assert "made-in-future" not in codes(look(made_on=TODAY))
    assert not only(look(in_force_on=date(2026, 11, 1)), "in-force-before-made").blocks
    assert only(look(opens_on=date(2026, 12, 2), closes_on=date(2026, 12, 1)), "period-order").blocks
    assert "period-past" in codes(look(opens_on=date(2026, 11, 1), closes_on=date(2026, 11, 22)))
    assert "period-past" not in codes(look(closes_on=TODAY))
    assert "date-implausible" in codes(look(made_on=date(216, 11, 20)))


def test_more_than_twenty_working_days_is_a_warning_with_the_due_day(look: Look) -> None:
    changes = {"made_on": date(2016, 5, 18), "document_number": "", "in_force_on": None}
    found = only(look({"today": date(2016, 6, 17)}, **changes), "late")
    assert "2016年6月16日" in found.message
    assert "第十八条" in found.message
    assert not found.blocks
    assert "late" not in codes(look({"today": date(2016, 6, 16)}, **changes))
    assert "第二十六条" in only(look(made_on=date(2026, 9, 1)), "late").message


def test_a_reprint_and_a_document_older_than_the_regulation_are_not_late(look: Look) -> None:
    assert "late" not in codes(look(made_on=date(2026, 1, 5), organ="湖北省人民政府", source="湖北省人民政府门户网站"))
    assert "late" not in codes(look(made_on=date(1990, 1, 5)))


def test_a_year_without_a_calendar_is_named(look: Look) -> None:
    found = look({"today": date(2099, 6, 10)}, made_on=date(2099, 6, 1))
    assert "2099年" in only(found, "calendar-unknown").message
    assert "2099年" in only(look({"today": date(2099, 9, 10)}, made_on=date(2099, 6, 1)), "late").message
    assert look({"today": date(1990, 3, 3)}, made_on=date(1990, 3, 2), in_force_on=None)


def test_an_embargo_that_is_over_is_a_warning(look: Look) -> None:
    assert "embargo-past" in codes(look(embargo=datetime(2026, 11, 22, 23, 59, tzinfo=CHINA)))
    assert "embargo-past" not in codes(look(embargo=datetime(2026, 11, 23, 0, 0)))


def test_an_interpretation_needs_its_document_here(look: Look) -> None:
    interpretation = {"kind": Kind.INTERPRETATION, "interprets": ("荆政办发〔2026〕31号",), "columns": ("zcjd",)}
    assert only(look(**interpretation), "reference-unknown").blocks
    assert "reference-unknown" not in codes(look({"known": {"荆政办发〔2026〕31号"}.__contains__}, **interpretation))
    assert not only(look(amends=("荆政发〔2012〕27号",)), "relation-unknown").blocks


def test_an_interpretation_that_is_a_mere_excerpt_is_a_warning(look: Look) -> None:
    sentences = [f"第{n}条措施是加强第{n}类困难群众的救助保障工作" for n in range(10)]
    document = "。".join(sentences)
    known = {"known": lambda _reference: True, "document_text": lambda _reference: document}
    made = replace(POLICY, kind=Kind.INTERPRETATION, interprets=("荆政办发〔2026〕31号",))
    copied = Revision(
        made,
        f"<p>一、{sentences[1]}。</p><p>（二）{sentences[2]}！{sentences[3]}。</p><p>另外说明这份文件的背景和意义。</p>",
    )
    assert "75%" in only(look(known, revision=copied), "mere-excerpt").message
    own = Revision(
        made, f"<p>{sentences[1]}。</p><p>为什么要出台这份文件呢？今年冬天气温偏低，困难群众需要更多帮助。</p>"
    )
    assert "mere-excerpt" not in codes(look(known, revision=own))


@given(st.text("甲乙丙丁。！", max_size=80), st.text("甲乙丙丁。！", max_size=80))
def test_the_copied_share_lies_between_nothing_and_all(text: str, document: str) -> None:
    assert 0 <= copied_share(text, document) <= 1
    assert copied_share(text, "") == 0


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("关于对违规行为的通报", "title-wording"),
        ("关于请求解决经费的请示", "title-wording"),
        ("关于转发省政府办公厅关于防汛工作的通知的通知", "title-repeated"),
        ("关于防汛，抗旱工作的通知", "title-punctuation"),
        ("关于防汛工作的通知。", "title-ending"),
        ("关于防汛工作\n的通知", "title-break"),
        ("关" * 101, "title-long"),
    ],
)
def test_a_title_against_the_rules_is_found(look: Look, title: str, code: str) -> None:
    assert code in codes(look(title=title))


@pytest.mark.parametrize(
    "title",
    [
        "关于印发《荆州市“十四五”规划（2021—2025年）》的通知",
        "关于水利、林业工作的意见（试行）",
        "荆州市人民政府关于同意设立园区的批复",
    ],
)
def test_a_title_by_the_rules_passes(look: Look, title: str) -> None:
    assert look(title=title) == []


def test_news_may_have_punctuation_in_their_titles(look: Look) -> None:
    assert "title-punctuation" not in codes(look(kind=Kind.NEWS, title="荆州：今年，公开为民！"))


def with_files(folder: Path, body: str, alt: str = "停水区域示意图", **attachment: object) -> Revision:
    assets = Assets(folder)
    picture = Picture("map.png", assets.put(b"picture"), "image/png", 10, 10, 7, alt)
    table = Attachment("表.xlsx", assets.put(b"table"), "application/vnd.ms-excel", 5)
    changed = replace(table, **attachment)  # type: ignore[arg-type]
    return Revision(POLICY, body.replace("DIGEST", picture.digest), (picture,), (changed,))


SHOWN = '<p>见图。</p><figure><img src="asset:DIGEST" alt="停水区域示意图"/></figure>'


def test_a_picture_in_use_with_its_alternative_text_passes(look: Look, tmp_path: Path) -> None:
    assert look(revision=with_files(tmp_path, SHOWN)) == []


def test_pictures_and_the_body_must_agree(look: Look, tmp_path: Path) -> None:
    assert "alt-missing" in codes(look(revision=with_files(tmp_path, SHOWN, alt="")))
    assert "alt-missing" in codes(look(revision=with_files(tmp_path, SHOWN.replace("停水区域示意图", " "))))
    assert "alt-weak" in codes(look(revision=with_files(tmp_path, SHOWN, alt="map")))
    assert not only(look(revision=with_files(tmp_path, BODY)), "picture-unused").blocks
    assert only(
        look(revision=with_files(tmp_path, SHOWN + '<p><img src="asset:ff" alt="图"/></p>')), "picture-unlisted"
    ).blocks
    assert only(
        look(revision=with_files(tmp_path, SHOWN + '<p><img src="http://x.com/a.png" alt="图"/></p>')),
        "picture-unlisted",
    ).blocks


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": "图.svg"}, "attachment-type"),
        ({"name": "页.HTML"}, "attachment-type"),
        ({"name": "表.xlsx", "media_type": "text/html"}, "attachment-type"),
        ({"name": "安装.exe"}, "attachment-type"),
        ({"name": "无扩展名"}, "attachment-type"),
        ({"name": "../../表.xlsx"}, "attachment-name"),
        ({"name": "表\n.xlsx"}, "attachment-name"),
        ({"name": "表" * 200 + ".xlsx"}, "attachment-name"),
        ({"size": 0}, "attachment-size"),
        ({"size": 51 * 1024 * 1024}, "attachment-size"),
        ({"digest": "0" * 64}, "asset-missing"),
    ],
)
def test_an_unfit_attachment_blocks(look: Look, tmp_path: Path, change: dict[str, object], code: str) -> None:
    assert only(look(revision=with_files(tmp_path, SHOWN, **change)), code).blocks


def test_two_attachments_of_one_name_block(look: Look, tmp_path: Path) -> None:
    revision = with_files(tmp_path, SHOWN)
    doubled = replace(revision, attachments=(*revision.attachments, replace(revision.attachments[0], name="表.XLSX")))
    assert only(look(revision=doubled), "attachment-duplicate").blocks


def test_an_svg_picture_is_refused(look: Look, tmp_path: Path) -> None:
    revision = with_files(tmp_path, SHOWN)
    drawn = replace(revision, pictures=(replace(revision.pictures[0], media_type="image/svg+xml"),))
    assert only(look(revision=drawn), "picture-type").blocks


def test_errors_come_before_warnings(look: Look) -> None:
    severities = [
        one.severity for one in look(revision=Revision(replace(POLICY, summary="", editor=""), "<p>其它,事项</p>"))
    ]
    assert severities == sorted(severities, key=[Severity.ERROR, Severity.WARNING].index)
    assert len(set(severities)) == 2


def test_a_flood_of_one_problem_is_cut_and_counted(look: Look) -> None:
    body = "".join(f"<p>www.e{n}.com</p>" for n in range(60))
    found = [one for one in look(revision=Revision(POLICY, body)) if one.code == "foreign-host"]
    assert len(found) == 51
    assert "另有10处" in found[-1].message


def test_every_code_that_the_package_raises_stands_in_the_table_and_the_other_way_round() -> None:
    raised: set[str] = set()
    for module in Path(content.checks.__file__).parent.glob("*.py"):
        if module.name != "codes.py":
            tree = ast.parse(module.read_text(encoding="utf-8"))
            raised |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and node.value in CODES}
            raised |= {code for node in ast.walk(tree) if isinstance(node, ast.Call) for code in _first_code(node)}
    assert raised == set(CODES)


def _first_code(call: ast.Call) -> list[str]:
    named = isinstance(call.func, ast.Name) and call.func.id in ("error", "warning")
    first = call.args[0] if call.args else None
    return [first.value] if named and isinstance(first, ast.Constant) and isinstance(first.value, str) else []


def test_every_finding_says_where_and_how_to_mend_it(look: Look) -> None:
    bad = replace(
        POLICY, title="www.evil.com，\n", genre="书", theme="无", document_number="x", made_on=date(2030, 1, 1)
    )
    for one in look(revision=Revision(bad, "<p>其它,13812345678，2月30日</p>")):
        assert one.place
        assert one.message.endswith("。")
        assert one.mend.endswith(("。", "？"))


HOSTILE = [
    "a.",
    "a",
    "1",
    "1 ",
    "//",
    "http://",
    "a@",
    "字[2016]",
    "（",
    "www.",
    "xn--",
    "字.",
    "2月30日",
    "密级",
    "关于有关",
    "工商局",
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_time_grows_with_the_text_and_no_faster(tmp_path: Path, unit: str) -> None:
    def seconds(length: int) -> float:
        body = f"<p>{unit * (length // len(unit))}</p>"
        started = time.process_time()
        check(Revision(POLICY, body), Context(TODAY, Assets(tmp_path)))
        return time.process_time() - started

    small = min(seconds(12_500) for _ in range(2))
    assert seconds(100_000) < 8 * 4 * max(small, 0.005)


def test_half_a_million_characters_are_checked_in_a_few_seconds(tmp_path: Path) -> None:
    paragraph = (
        "荆州市人民政府办公室印发了关于做好政务公开工作的通知（荆政办发〔2016〕21号），要求2016年12月31日前完成。"
    )
    body = f"<p>{paragraph}</p>" * (500_000 // len(paragraph))
    started = time.process_time()
    found = check(Revision(POLICY, body), Context(TODAY, Assets(tmp_path)))
    assert time.process_time() - started < 15
    assert {one.code for one in found} == set()


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_no_text_whatever_breaks_the_checks(title: str, number: str, word: str) -> None:
    made = replace(
        POLICY, title=title, document_number=number, theme=word, genre=word, form_link=word, words={word: title}
    )
    found = check(Revision(made, f"<p>{title}</p>"), Context(TODAY, Assets(Path("nowhere"))))
    assert all(one.code in CODES for one in found)
