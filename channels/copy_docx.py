"""The copy as a Word file with the same bytes for the same content."""

import io
from collections.abc import Mapping
from typing import Any

from lxml import etree

from channels.newspaper_copy import Copy, embargo_line
from channels.print_body import TableTooWide, place_cells
from channels.print_pictures import DPI, PrintPicture
from channels.word_file import number_pages, same_bytes, set_font, set_properties, without_rule, word_text
from content.body import ASSET, text_of, tree
from content.office import Office

SIZES = {"h2": 15.0, "h3": 14.0, "h4": 13.0, "h5": 12.0}
MOST_COLUMNS = 63
"""What Word can hold in one table."""
PICTURE_INCHES = 5.6


def copy_docx(copy: Copy, office: Office, pictures: Mapping[str, PrintPicture]) -> bytes:
    """The copy's .docx. *pictures* gives the pictures by file name. Raises TableTooWide, and ValueError for a
    body that is not well-formed."""
    from docx import Document

    document = Document()
    _set_page(document)
    set_properties(document, copy.title, copy.item_id, copy.fields.language, office)
    writer = _Writer(document, copy, pictures)
    writer.head(office)
    writer.blocks(tree(copy.body))
    writer.foot(office)
    stream = io.BytesIO()
    document.save(stream)
    return same_bytes(stream.getvalue())


def _set_page(document: Any) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm, Pt

    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.top_margin, section.bottom_margin = Mm(30), Mm(25)
    set_font(document.styles["Normal"], "宋体", 12)
    set_font(document.styles["Title"], "黑体", 20)
    without_rule(document.styles["Title"])
    document.styles["Title"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    document.styles["Normal"].paragraph_format.space_after = Pt(4)
    for tag, size in SIZES.items():
        style = document.styles[f"Heading {int(tag[1]) - 1}"]
        set_font(style, "黑体" if tag == "h2" else "楷体", size)
        style.font.italic = False  # Word's own Heading 4 leans
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(10), Pt(4)
    number_pages(section.footer.paragraphs[0])


class _Writer:
    """Writes the copy's parts into a document, one after another."""

    def __init__(self, document: Any, copy: Copy, pictures: Mapping[str, PrintPicture]) -> None:
        self.document = document
        self.copy = copy
        self.pictures = pictures
        self.tables = 0
        self.names = {picture.digest: name for picture, name in copy.pictures}

    def head(self, office: Office) -> None:
        if office.rehearsal:
            self._line("【演练】本稿为演练稿，严禁刊发。", bold=True)
        if self.copy.heading:
            self._line(f"【{self.copy.heading}】", bold=True)
        for sentence in self.copy.notice:
            self._line(sentence)
        if self.copy.body:
            self._line(embargo_line(self.copy.fields), bold=True)
        self.document.add_paragraph(style="Title").add_run(self.copy.title)
        makers = "、".join([self.copy.fields.organ, *self.copy.fields.joint_organs])
        number = f"　文号：{self.copy.fields.document_number}" if self.copy.fields.document_number else ""
        self._line(f"发布单位：{makers}{number}")
        if self.copy.lead:
            self._line(f"导语：{self.copy.lead}", bold=True)

    def foot(self, office: Office) -> None:
        fields = self.copy.fields
        self._line("——" * 12)
        if self.copy.body:
            self._line(f"全文{self.copy.word_count}字，图片{len(self.names)}幅。稿件号：{self.copy.item_id}")
        else:
            self._line(f"稿件号：{self.copy.item_id}")
        self._line(f"责任编辑：{fields.editor}" if fields.editor else "")
        self._line(f"咨询：{fields.contact}" if fields.contact else "")
        self._line(f"联系：{office.name}　电话：{office.phone}")

    def blocks(self, element: etree._Element) -> None:
        for child in element:
            self._block(child)

    def _block(self, element: etree._Element) -> None:
        tag = element.tag
        if tag in SIZES:
            self._runs(self.document.add_heading(level=int(tag[1]) - 1), element)
        elif tag == "p":
            self._paragraph(element)
        elif tag in ("ul", "ol"):
            self._entries(element)
        elif tag == "table":
            self._table(element)
        elif tag == "figcaption":
            self._runs(self._centred(), element)
        elif any(
            child.tag in ("p", "ul", "ol", "table", "figure", "img", "figcaption", "blockquote") for child in element
        ):
            self._inner_blocks(element)
        else:
            self._runs(self.document.add_paragraph(), element)

    def _inner_blocks(self, element: etree._Element) -> None:
        for child in element:
            if child.tag == "img":
                self._picture(child)
            else:
                self._block(child)

    def _paragraph(self, element: etree._Element) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Pt

        paragraph = self.document.add_paragraph()
        sides = {"right": WD_ALIGN_PARAGRAPH.RIGHT, "center": WD_ALIGN_PARAGRAPH.CENTER}
        side = sides.get(element.get("class", ""))
        if side is None:
            paragraph.paragraph_format.first_line_indent = Pt(24)
        else:
            paragraph.alignment = side
        paragraph.paragraph_format.line_spacing, paragraph.paragraph_format.space_after = 1.5, Pt(0)
        self._runs(paragraph, element)
        for image in element.iter("img"):
            self._picture(image)

    def _entries(self, element: etree._Element) -> None:
        for number, entry in enumerate(element, 1):
            marker = f"{number}．" if element.tag == "ol" else "•　"
            paragraph = self.document.add_paragraph(marker)
            if any(child.tag in ("p", "ul", "ol", "table") for child in entry):
                self.blocks(entry)
            else:
                self._runs(paragraph, entry)

    def _table(self, element: etree._Element) -> None:
        from docx.shared import Pt

        for caption in element.findall("caption"):
            self._runs(self._centred(), caption)
        rows = [
            row
            for part in (element, *element.findall("thead"), *element.findall("tbody"))
            for row in part.findall("tr")
        ]
        placed = list(place_cells(rows))
        columns = max((entry.column + entry.colspan for entry in placed), default=0)
        if columns > MOST_COLUMNS:
            raise TableTooWide(self.tables + 1, columns, MOST_COLUMNS)
        self.tables += 1
        if placed:
            table = self.document.add_table(rows=len(rows), cols=columns, style="Table Grid")
            grid = [row.cells for row in table.rows]
            for row, made in zip(rows, table.rows, strict=True):
                _mark_head(made, row)
            for entry in placed:
                first = grid[entry.row][entry.column]
                last = grid[entry.row + entry.rowspan - 1][entry.column + entry.colspan - 1]
                target = first.merge(last) if last is not first else first
                target.text = ""
                written = target.paragraphs[0].add_run(word_text(" ".join(text_of(entry.cell, "［{}］").split())))
                written.bold = True if entry.cell.tag == "th" else None
                target.paragraphs[0].paragraph_format.space_after = Pt(0)
            self.document.add_paragraph().paragraph_format.line_spacing = Pt(8)  # Word joins tables that touch

    def _picture(self, image: etree._Element) -> None:
        from docx.shared import Inches

        name = self.names.get(image.get("src", "").removeprefix(ASSET), "")
        picture = self.pictures.get(name)
        if picture is None:
            self._line(f"［图片：{image.get('alt', '')}］")
            return
        self._centred().add_run().add_picture(io.BytesIO(picture.data), width=Inches(PICTURE_INCHES))
        size = f"{picture.width}×{picture.height}像素，{DPI} dpi 时宽{picture.millimetres}毫米"
        self._line(f"［图片：pictures/{name}　{size}　{image.get('alt', '')}］")

    def _runs(self, paragraph: Any, element: etree._Element, **marks: bool) -> None:
        _run(paragraph, element.text, marks)
        for child in element:
            if child.tag == "br":
                paragraph.add_run().add_break()
            elif child.tag != "img":
                self._runs(paragraph, child, **{**marks, str(child.tag): True})
            _run(paragraph, child.tail, marks)

    def _centred(self) -> Any:
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        paragraph = self.document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        return paragraph

    def _line(self, text: str, bold: bool = False) -> None:
        if text:
            self.document.add_paragraph().add_run(word_text(text)).bold = bold


def _mark_head(made: Any, row: etree._Element) -> None:
    """A row of heads is shown again on every page that the table goes on to."""
    from docx.oxml import OxmlElement

    if len(row) and all(cell.tag == "th" for cell in row):
        made._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _run(paragraph: Any, text: str | None, marks: Mapping[str, bool]) -> None:
    if not text or not (shown := " ".join(text.split("\n"))):
        return
    run = paragraph.add_run(word_text(shown))
    run.bold = marks.get("strong") or None
    run.italic = marks.get("em") or None
    run.underline = marks.get("u") or None
    run.font.subscript = marks.get("sub") or None
    run.font.superscript = marks.get("sup") or None
