"""Typesetting: right text from any input, the same bytes each time, both standards, no markup from data."""

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from lxml import etree
from pypdf import PdfReader

from channels.gazette_document import date_parts, document_entry
from channels.print_blocks import laid_out
from channels.print_body import MOST_COLUMNS, NestedTooDeep, TableTooWide, print_body, title_lines
from channels.typeset import GlyphsMissing, compile_pdf, faces
from content.body import paragraphs
from content.item import Revision
from content.vocabulary import Action
from tests.channels import partner_bench as made


def typeset(body: str, rehearsal: bool = False, **changes: Any) -> PdfReader:
    return PdfReader(BytesIO(typeset_bytes(body, rehearsal, **changes)))


def typeset_bytes(body: str, rehearsal: bool = False, **changes: Any) -> bytes:
    entry = document_entry(made.policy(body, **changes), Action.PUBLISH, "")
    data = {"entry": laid_out(entry), "dated": date_parts(date(2026, 5, 3)), "rehearsal": rehearsal}
    made_of = compile_pdf("gazette/document", data)
    assert made_of.warnings == ()
    return made_of.pdf


def text_of(pdf: PdfReader) -> str:
    return "".join("".join(page.extract_text().split()) for page in pdf.pages)


def bare(text: str) -> str:
    return "".join(text.split())


def prepared(body: str) -> etree._Element:
    return etree.fromstring(print_body(body, (), {}).xhtml)


def test_every_paragraph_of_the_source_is_in_the_pdf() -> None:
    shown = text_of(typeset(made.BODY))
    for paragraph in paragraphs(made.BODY, "{}"):
        for piece in paragraph.split("\t"):
            assert bare(piece) in shown


def test_title_number_addressee_signature_and_date_stand_where_they_belong() -> None:
    shown = text_of(typeset("<p>正文。</p>"))
    parts = [
        made.FIELDS.title,
        "荆政办发〔2026〕21号",
        "市政府各部门：",
        "正文。",
        "荆州市人民政府办公室",
        "2026年5月3日",
    ]
    places = [shown.rfind(part) for part in parts]
    assert -1 not in places
    assert places == sorted(places)


@pytest.mark.parametrize(
    "hostile",
    [
        '#eval("1") #import "x": *',
        "*粗* _斜_ $x^2$ `code` // 注释 /* 块 */",
        "= 标题 &lt;label&gt; @ref \\ #[x] [y] {z}",
        "&lt;script&gt; &amp;amp; \"'",
    ],
)
def test_no_text_is_ever_markup(hostile: str) -> None:
    body = f"<p>前{hostile}后</p>"
    (source,) = paragraphs(body)
    shown = text_of(typeset(body, title=f"关于{source}的通知"))
    assert bare(source).replace("'", "’") in shown.replace("'", "’")


def test_the_same_input_gives_the_same_bytes() -> None:
    assert typeset_bytes(made.BODY) == typeset_bytes(made.BODY)


def test_the_pdf_is_for_keeping_and_for_readers_who_cannot_see() -> None:
    pdf = typeset(made.BODY)
    about = pdf.xmp_metadata
    assert about is not None
    described = etree.tostring(etree.fromstring(about.stream.get_data()), encoding="unicode")
    assert "<pdfaid:part>2</pdfaid:part>" in described
    assert "<pdfuaid:part>1</pdfuaid:part>" in described
    assert pdf.metadata is not None
    assert pdf.metadata.title == made.FIELDS.title
    assert pdf.trailer["/Root"]["/Lang"] == "zh-CN"


def test_every_heading_is_a_bookmark() -> None:
    def names(outline: list[Any]) -> list[str]:
        return [
            name
            for entry in outline
            for name in (names(entry) if isinstance(entry, list) else [bare(str(entry.title))])
        ]

    assert names(typeset(made.BODY).outline) == [
        bare(made.FIELDS.title),
        "一、总体要求",
        "（一）加强组织领导",
        "1．明确分工",
        "（1）细化台账",
    ]


def test_a_body_that_skips_levels_is_typeset_all_the_same() -> None:
    assert [element.get("depth") for element in prepared("<h4>1.</h4><h2>一</h2><h5>（1）</h5>")] == ["1", "1", "2"]
    assert "深层" in text_of(typeset("<h5>（1）深层</h5><p>文</p>"))


def test_a_page_holds_twenty_two_lines_of_twenty_eight_characters() -> None:
    page = typeset("<p>" + "字" * 28 * 60 + "</p>").pages[1]
    lines = [line for line in page.extract_text().split("\n") if line.strip()]
    assert [len(line) for line in lines[:22]] == [28] * 22
    assert len(lines) == 22


def test_no_line_begins_with_a_closing_mark() -> None:
    body = "<p>" + "".join(f"各县市区人民政府{'要' * number}，" for number in range(40)) + "。</p>"
    for page in typeset(body).pages:
        assert not any(
            line.strip()[:1] in "，。、；：）》”" for line in page.extract_text().split("\n") if line.strip()
        )


def test_a_table_over_several_pages_repeats_its_head() -> None:
    rows = "".join(f"<tr><td>{number}</td><td>事项</td></tr>" for number in range(120))
    pages = typeset(f"<table><tr><th>序号标头</th><th>名称</th></tr>{rows}</table>").pages
    with_rows = [page for page in pages if "事项" in page.extract_text()]
    assert len(with_rows) > 3
    assert all("序号标头" in page.extract_text() for page in with_rows)


@pytest.mark.parametrize(
    "table",
    [
        "<table><tr><td>一</td></tr><tr><td>二</td><td>三</td><td>四</td></tr></table>",
        '<table><tr><td rowspan="9">一</td><td>二</td></tr><tr><td>三</td></tr></table>',
        '<table><tr><td>甲</td><td rowspan="2">乙</td></tr><tr><td colspan="5">丙</td></tr></table>',
        '<table><thead><tr><th rowspan="4">头</th></tr></thead><tbody><tr><td>身</td></tr></tbody></table>',
        '<table><tr><td colspan="x" rowspan="-1">怪</td></tr></table>',
        "<table></table>",
        "<table><tr></tr></table>",
        "<table><tr><td><p>段</p><ul><li>项</li></ul><table><tr><td>内</td></tr></table></td></tr></table>",
    ],
)
def test_crooked_tables_are_set_with_all_their_text(table: str) -> None:
    shown = text_of(typeset(f"<p>前</p>{table}<p>后</p>")).replace("•", "")
    for paragraph in paragraphs(table):
        assert all(bare(piece) in shown for piece in paragraph.split("\t"))


def test_a_table_with_two_hundred_columns_is_a_named_refusal() -> None:
    with pytest.raises(TableTooWide) as problem:
        print_body(f"<table><tr>{'<td>1</td>' * 200}</tr></table>", (), {})
    assert (problem.value.number, problem.value.columns) == (1, 200)
    print_body(f"<table><tr>{'<td>1</td>' * MOST_COLUMNS}</tr></table>", (), {})


def test_characters_that_no_font_has_are_named() -> None:
    with pytest.raises(GlyphsMissing) as problem:
        typeset("<p>生僻\U000f1234字</p>")
    assert "\U000f1234" in problem.value.characters


def test_nesting_beyond_what_can_be_set_is_a_failure_with_words_and_no_crash() -> None:
    with pytest.raises(NestedTooDeep):
        typeset("<blockquote>" * 200 + "<p>深</p>" + "</blockquote>" * 200)


def test_a_link_to_nowhere_and_a_script_link_are_plain_text() -> None:
    pdf = typeset('<p><a href="#gone">甲</a><a href="javascript:x">乙</a><a href="https://www.gov.cn/">丙</a></p>')
    targets = [str(note.get_object()["/A"]["/URI"]) for note in pdf.pages[0].get("/Annots", [])]
    assert targets == ["https://www.gov.cn/"]


def test_two_anchors_of_one_name_do_not_break_the_typesetting() -> None:
    assert "乙" in text_of(typeset('<p><a id="x">甲</a><a id="x">乙</a><a href="#x">丙</a></p>'))


def test_a_signature_in_the_body_is_not_set_twice() -> None:
    shown = text_of(typeset('<p>文。</p><p class="right">荆州市人民政府办公室</p><p class="right">2026年5月3日</p>'))
    assert shown.count("2026年5月3日") == 1


@pytest.mark.parametrize(("around", "one"), [("", "p"), ("ol", "li")])
def test_a_page_never_holds_the_signature_alone(around: str, one: str) -> None:
    lasts = []
    for count in range(15, 19):
        entries = f"<{one}>{'文' * 20}</{one}>" * count
        pages = typeset(f"<{around}>{entries}</{around}>" if around else entries).pages
        lasts.append(bare(pages[-1].extract_text()))
        if around:
            assert f"{count}.{'文' * 20}" in "".join(bare(page.extract_text()) for page in pages)
    assert any("2026年5月3日" in last and len(last) < 80 for last in lasts)
    assert all("2026年5月3日" not in last or "文" in last for last in lasts)


def test_a_long_last_paragraph_begins_where_the_text_before_it_ends() -> None:
    assert typeset("<p>" + "字" * 28 * 60 + "</p>").pages[0].extract_text().count("字") > 28 * 8


def test_a_rehearsal_is_stamped_on_every_page() -> None:
    assert all("演练" in bare(page.extract_text()) for page in typeset("<p>文</p>" * 60, rehearsal=True).pages)
    assert "演练" not in text_of(typeset("<p>文</p>"))


def test_a_picture_is_set_with_its_caption_and_its_alternative_text(tmp_path: Any) -> None:
    bench = made.workbench(tmp_path)
    revision: Revision = made.illustrated(bench.assets)
    entry = document_entry(revision, Action.PUBLISH, "")
    (shown,) = entry["pictures"]  # type: ignore[misc]
    data = {"entry": laid_out(entry), "dated": date_parts(date(2026, 5, 3)), "rehearsal": False}
    pdf = compile_pdf("gazette/document", data, {shown["file"]: made.drawing()}).pdf
    assert "图1办理流程" in text_of(PdfReader(BytesIO(pdf)))


def test_what_stands_in_for_a_missing_font_is_reported() -> None:
    assert [line for line in faces().report if "小标宋体" in line]
    assert faces().kai is None


@pytest.mark.parametrize(
    "title",
    [
        "荆州市人民政府办公室关于印发荆州市全面推进基层政务公开标准化规范化工作实施方案的通知",
        "荆州市人民政府关于公布第五批市级非物质文化遗产代表性项目名录的通知",
        "关于切实做好2026年国庆中秋假期文化和旅游市场安全生产工作的紧急通知",
        "关于" * 200,
        "A" * 50,
        "市长令",
        "",
    ],
)
def test_a_title_is_broken_at_sense_and_loses_nothing(title: str) -> None:
    lines = title_lines(title, "荆州市人民政府办公室")
    assert "".join(lines) == title
    assert all(len(line.encode("gbk")) <= 40 for line in lines)
    assert not any(line[:1] in "的》，" for line in lines if line)


@pytest.mark.parametrize("words", ["2026年度", "第18号"])
def test_no_line_of_a_title_ends_between_a_figure_and_its_unit(words: str) -> None:
    for before in range(8, 24, 5):
        lines = title_lines(f"关于{'印' * before}{words}{'发' * 12}的通知")
        assert len(lines) > 1
        assert any(words[1:] in line for line in lines)
        assert not any(line[-1].isdigit() for line in lines)


def test_marks_that_turn_the_direction_or_take_no_room_change_no_text() -> None:
    hidden = "\u202e\u200f\u2067\u2069\ufeff\u200b\u00ad"
    shown = text_of(typeset(f"<p>前{hidden}后{hidden}文</p>", title=f"关于{hidden}试文的通知"))
    assert "前后文" in shown
    assert "关于试文的通知" in shown


@pytest.mark.parametrize(
    "body",
    [
        "<table><tr><td>" * 8 + "里层" + "</td></tr></table>" * 8,
        "<blockquote>" * 20 + "<p>里层</p>" + "</blockquote>" * 20,
        "<ul><li>" * 12 + "里层" + "</li></ul>" * 12,
    ],
)
def test_what_is_nested_as_deep_as_allowed_is_set(body: str) -> None:
    assert "里层" in text_of(typeset(body))


@pytest.mark.parametrize(
    "body", ["<table><tr><td>" * 30 + "里" + "</td></tr></table>" * 30, "<ul><li>" * 60 + "深" + "</li></ul>" * 60]
)
def test_what_is_nested_deeper_is_refused_by_name(body: str) -> None:
    with pytest.raises(NestedTooDeep):
        print_body(body, (), {})


def test_a_long_cell_and_a_long_text_lose_nothing() -> None:
    body = "<table><tr><td>" + "格" * 3000 + "</td><td>乙</td></tr></table><p>" + "段" * 60_000 + "</p>"
    shown = text_of(typeset(body))
    assert (shown.count("格"), shown.count("段")) == (3000, 60_000)
