import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Pt, RGBColor
from PIL import Image

from content import body
from content.assets import Assets
from content.intake import Intake, read
from content.intake.numbering import chinese, formatted
from content.vocabulary import Severity

LEVELS = (("chineseCounting", "%1、"), ("chineseCounting", "（%2）"), ("decimal", "%3."), ("decimal", "（%4）"))


def taken(folder: Path, document: Any, **values: str) -> Intake:
    document.save(str(folder / "a.docx"))
    return read(folder / "a.docx", Assets(folder / "assets"), {"kind": "news", **values})


def body_of(folder: Path, document: Any, **values: str) -> str:
    return taken(folder, document, **values).revision.body


def run(paragraph: Any, text: str, **looks: Any) -> Any:
    added = paragraph.add_run(text)
    for name, value in looks.items():
        setattr(added.font, name, value)
    return added


def numbered(document: Any, levels: tuple[tuple[str, str], ...] = LEVELS, start: int = 1) -> None:
    """Gives the document list 77 with these number formats."""
    root = document.part.numbering_part.element
    entries = "".join(
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/><w:suff w:val="nothing"/>'
        f'<w:lvlText w:val="{pattern}"/></w:lvl>'
        for depth, (form, pattern) in enumerate(levels)
    )
    shared = parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="77">{entries}</w:abstractNum>')
    root.insert(0, shared)
    root.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="77"><w:abstractNumId w:val="77"/></w:num>'))


def add_numbered(document: Any, text: str, depth: int = 0, number: int = 77) -> Any:
    paragraph = document.add_paragraph(text)
    mark = f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{depth}"/><w:numId w:val="{number}"/></w:numPr>'
    paragraph._p.get_or_add_pPr().append(parse_xml(mark))
    return paragraph


def png(size: tuple[int, int] = (40, 30), colour: str = "red") -> io.BytesIO:
    stream = io.BytesIO()
    Image.new("RGB", size, colour).save(stream, "PNG")
    stream.seek(0)
    return stream


def test_styles_become_headings_and_the_title_paragraph_the_title(tmp_path: Path) -> None:
    document = Document()
    document.add_paragraph("关于测试的通知", style="Title")
    document.add_heading("一、总则", level=1)
    document.add_heading("（一）目标", level=2)
    document.add_paragraph("正文。")
    found = taken(tmp_path, document).revision
    assert found.fields.title == "关于测试的通知"
    assert found.body == "<h2>一、总则</h2><h3>（一）目标</h3><p>正文。</p>"
    assert body_of(tmp_path, document, title="关于测试的通知") == found.body
    assert "关于测试的通知" in body_of(tmp_path, document, title="别的标题")


@pytest.mark.parametrize("name", ["标题 1", "标题1", "Heading 1"])
def test_a_heading_style_is_known_by_its_chinese_name_too(name: str, tmp_path: Path) -> None:
    document = Document()
    style = document.styles["Heading 1"]
    style.element.find(qn("w:name")).set(qn("w:val"), name)
    for outline in style.element.iter(qn("w:outlineLvl")):
        outline.getparent().remove(outline)
    document.add_paragraph("总则", style=style)
    document.add_paragraph("正文。")
    assert body_of(tmp_path, document) == "<h2>总则</h2><p>正文。</p>"


def test_an_outline_level_without_a_style_makes_a_heading(tmp_path: Path) -> None:
    document = Document()
    heading = document.add_paragraph("总则")
    heading._p.get_or_add_pPr().append(parse_xml(f'<w:outlineLvl {nsdecls("w")} w:val="1"/>'))
    document.add_paragraph("正文。")
    assert body_of(tmp_path, document) == "<h3>总则</h3><p>正文。</p>"


def test_without_styles_headings_are_found_by_their_numbers_and_a_centred_first_line_is_the_title(
    tmp_path: Path,
) -> None:
    document = Document()
    document.add_paragraph("关于测试的通知").alignment = WD_ALIGN_PARAGRAPH.CENTER
    for text in ("一、总则", "（一）目标", "（一）加强领导，落实责任。各地要认真组织。", "　　正文。"):
        document.add_paragraph(text)
    document.add_paragraph("2026年11月20日").alignment = WD_ALIGN_PARAGRAPH.RIGHT
    found = taken(tmp_path, document).revision
    assert found.fields.title == "关于测试的通知"
    assert found.body == (
        "<h2>一、总则</h2><p>（一）目标</p><p>（一）加强领导，落实责任。各地要认真组织。</p><p>正文。</p>"
        '<p class="right">2026年11月20日</p>'
    )


def test_automatic_numbers_become_text(tmp_path: Path) -> None:
    document = Document()
    numbered(document)
    for text, depth in (("总则", 0), ("目标", 1), ("任务", 1), ("指标", 2), ("数量", 3), ("罚则", 0), ("情形", 1)):
        add_numbered(document, text, depth)
        document.add_paragraph("说明。")
    found = [line for line in body.paragraphs(body_of(tmp_path, document)) if line != "说明。"]
    assert found == ["一、总则", "（一）目标", "（二）任务", "1.指标", "（1）数量", "二、罚则", "（一）情形"]
    assert body_of(tmp_path, document).startswith("<h2>一、总则</h2>")


def test_bullets_stay_a_list_and_lists_may_start_anywhere(tmp_path: Path) -> None:
    document = Document()
    document.add_paragraph("甲", style="List Bullet")
    document.add_paragraph("乙", style="List Bullet")
    numbered(document, (("decimalEnclosedCircle", "%1"),), start=4)
    add_numbered(document, "丙")
    assert body_of(tmp_path, document) == "<ul><li>甲</li><li>乙</li></ul><p>④丙</p>"


@pytest.mark.parametrize(
    ("number", "form", "expected"),
    [
        (3, "decimal", "3"),
        (11, "chineseCounting", "十一"),
        (10, "chineseCountingThousand", "十"),
        (2, "upperRoman", "II"),
        (28, "lowerLetter", "bb"),
        (3, "ideographTraditional", "丙"),
        (4, "decimalZero", "04"),
        (99, "decimalEnclosedCircle", "99"),
    ],
)
def test_a_counter_is_written_in_its_format(number: int, form: str, expected: str) -> None:
    assert formatted(number, form) == expected


def test_chinese_numbers_are_those_of_documents() -> None:
    assert [chinese(number) for number in (1, 10, 19, 20, 105)] == ["一", "十", "十九", "二十", "一百零五"]


def test_tables_keep_head_spans_and_paragraphs(tmp_path: Path) -> None:
    document = Document()
    table = document.add_table(rows=3, cols=2)
    for cell, text in zip(
        (cell for row in table.rows for cell in row.cells), ("渠道", "条数", "网站", "1", "合计"), strict=False
    ):
        cell.text = text
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    table.cell(2, 0).merge(table.cell(2, 1))
    table.cell(1, 1).add_paragraph("（其中：2）")
    assert body_of(tmp_path, document) == (
        "<table><thead><tr><th>渠道</th><th>条数</th></tr></thead><tbody><tr><td>网站</td><td><p>1</p><p>（其中：2）</p></td></tr>"
        '<tr><td colspan="2">合计</td></tr></tbody></table>'
    )


def test_pictures_are_kept_with_their_text_and_the_same_one_once(tmp_path: Path) -> None:
    document = Document()
    document.add_paragraph("正文")
    for _ in range(2):
        shape = document.add_picture(png())
        shape._inline.docPr.set("descr", "示意图")
    found = taken(tmp_path, document).revision
    assert [(picture.name, picture.alt, picture.width, picture.height) for picture in found.pictures] == [
        ("图1.png", "示意图", 40, 30)
    ]
    assert found.body.count(f'<figure><img src="asset:{found.pictures[0].digest}" alt="示意图"/></figure>') == 2
    assert Assets(tmp_path / "assets").get(found.pictures[0].digest) == png().getvalue()


def test_footnotes_come_along(tmp_path: Path) -> None:
    document = Document()
    paragraph = document.add_paragraph("正文")
    paragraph._p.append(parse_xml(f'<w:r {nsdecls("w")}><w:footnoteReference w:id="2"/></w:r>'))
    document.save(str(tmp_path / "b.docx"))
    notes = f'<w:footnotes {nsdecls("w")}><w:footnote w:id="2"><w:p><w:r><w:t>这是脚注。</w:t></w:r></w:p></w:footnote></w:footnotes>'
    relation = (
        '<Relationship Id="rId900" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes" '
        'Target="footnotes.xml"/></Relationships>'
    )
    with zipfile.ZipFile(tmp_path / "b.docx") as old, zipfile.ZipFile(tmp_path / "a.docx", "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "word/_rels/document.xml.rels":
                content = content.replace(b"</Relationships>", relation.encode())
            new.writestr(name, content)
        new.writestr("word/footnotes.xml", notes)
    found = read(tmp_path / "a.docx", Assets(tmp_path / "assets"), {"kind": "news"})
    assert found.revision.body == (
        '<p>正文<a href="#footnote-2" id="footnote-ref-2"><sup>[1]</sup></a></p>'
        '<section class="footnotes"><ol><li id="footnote-2">这是脚注。</li></ol></section>'
    )
    assert found.removed == ()


@pytest.mark.parametrize(
    "looks", [{"hidden": True}, {"size": Pt(1)}, {"color": RGBColor(255, 255, 255)}], ids=["vanish", "tiny", "white"]
)
def test_hidden_text_is_removed_and_an_error(looks: dict[str, Any], tmp_path: Path) -> None:
    document = Document()
    paragraph = document.add_paragraph("公开")
    color = looks.pop("color", None)
    added = run(paragraph, "博彩", **looks)
    if color is not None:
        added.font.color.rgb = color
    run(paragraph, "的文字")
    found = taken(tmp_path, document)
    assert found.revision.body == "<p>公开的文字</p>"
    assert [(entry.code, entry.severity) for entry in found.removed] == [("hidden-text", Severity.ERROR)]
    assert "“博彩”" in found.removed[0].message


def test_white_text_on_a_dark_ground_is_seen(tmp_path: Path) -> None:
    document = Document()
    cell = document.add_table(rows=1, cols=1).cell(0, 0)
    run(cell.paragraphs[0], "表头").font.color.rgb = RGBColor(255, 255, 255)
    cell._tc.get_or_add_tcPr().append(parse_xml(f'<w:shd {nsdecls("w")} w:val="clear" w:fill="1F4E79"/>'))
    found = taken(tmp_path, document)
    assert "表头" in found.revision.body
    assert found.removed == ()


def test_revisions_formulas_and_comments_are_told(tmp_path: Path) -> None:
    document = Document()
    paragraph = document.add_paragraph("正文")
    author = 'w:id="1" w:author="张三"'
    paragraph._p.append(parse_xml(f"<w:ins {nsdecls('w')} {author}><w:r><w:t>新增</w:t></w:r></w:ins>"))
    paragraph._p.append(parse_xml(f"<w:del {nsdecls('w')} {author}><w:r><w:delText>删去</w:delText></w:r></w:del>"))
    space = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    paragraph._p.append(parse_xml(f"<m:oMath {space}><m:r><m:t>x</m:t></m:r></m:oMath>"))
    found = taken(tmp_path, document)
    assert found.revision.body == "<p>正文新增</p>"
    messages = " ".join(entry.message for entry in found.removed)
    assert all(entry.code == "cleaned" and entry.severity is Severity.WARNING for entry in found.removed)
    assert "公式 1 处没有导入" in messages
    assert "新增的文字按已接受导入" in messages
    assert "删除的文字没有导入" in messages


def test_fields_of_word_keep_their_text_and_a_contents_list_is_left_out(tmp_path: Path) -> None:
    document = Document()
    style = document.styles.add_style("toc 1", 1)
    document.add_paragraph("一、总则	1", style=style)
    paragraph = document.add_paragraph("日期：")
    paragraph._p.append(
        parse_xml(f'<w:fldSimple {nsdecls("w")} w:instr="DATE"><w:r><w:t>2026年</w:t></w:r></w:fldSimple>')
    )
    found = taken(tmp_path, document)
    assert found.revision.body == "<p>日期：2026年</p>"
    assert [entry.message for entry in found.removed] == ["目录 1 行没有导入（各渠道自行生成目录）。"]


def test_bold_underline_and_links_are_kept_struck_text_is_not(tmp_path: Path) -> None:
    document = Document()
    paragraph = document.add_paragraph()
    run(paragraph, "粗", bold=True)
    run(paragraph, "线", underline=True)
    run(paragraph, "删", strike=True)
    run(paragraph, "2", superscript=True)
    assert body_of(tmp_path, document) == "<p><strong>粗</strong><u>线</u><sup>2</sup></p>"


def test_the_same_bytes_give_the_same_revision(tmp_path: Path) -> None:
    document = Document()
    document.add_paragraph("正文")
    document.add_picture(png())
    one = taken(tmp_path, document).revision
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "另一名.docx").write_bytes((tmp_path / "a.docx").read_bytes())
    assert read(tmp_path / "b" / "另一名.docx", Assets(tmp_path / "x"), {"kind": "news"}).revision.digest == one.digest
