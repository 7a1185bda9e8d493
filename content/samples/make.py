"""Makes the samples that are not text: ``python -m content.samples.make`` writes them anew beside the texts.

The annual report is the hijacked text mended: the hosts give way to the names that stood there, half-width
punctuation in Chinese text to full-width, the run-in headings to real ones.
"""

import re
from datetime import datetime
from typing import Any

from content.samples import SAMPLES
from content.samples.water_map import draw_map

PORTAL = "http://www.jingzhou.gov.cn"
CHANNELS = (("渠道", "条数"), ("政府网站", "112283"), ("政府微博", "8818"), ("政府微信", "4380"), ("其他方式", "38380"))
FULL_WIDTH = str.maketrans(",();", "，（）；")
MADE = datetime(2017, 3, 2, 9, 0)  # noqa: DTZ001


def mended() -> list[str]:
    """The paragraphs of the annual report as they were before the hijacking."""
    text = (SAMPLES / "hijacked-annual-report.txt").read_text("utf-8")
    text = re.sub(r"http://www\.[a-z]+\.com", PORTAL, text)
    text = re.sub(r"www\.[0-9]+\.com/", "荆州市人民政府", text)
    text = re.sub(r"\[(\d{4})\]", r"〔\1〕", text).translate(FULL_WIDTH)
    return re.sub(r":(?!//)", "：", text).split("\n")


def make_annual_report() -> None:
    from docx import Document

    document = Document()
    _set_styles(document)
    document.add_paragraph("荆州市2016年政府信息公开工作年度报告", style="Title")
    for paragraph in filter(None, map(str.strip, mended())):
        _add(document, paragraph)
    properties = document.core_properties
    properties.title, properties.author = "荆州市2016年政府信息公开工作年度报告", "荆州市人民政府办公室"
    properties.created = properties.modified = MADE
    document.save(str(SAMPLES / "annual-report-2016.docx"))


def make_supplies() -> None:
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    book = Workbook()
    sheet = book.active
    if sheet is None:
        raise RuntimeError("openpyxl made a workbook without a sheet")
    sheet.title = "储备计划"
    for row in (
        ("2026年冬季救助物资储备计划表", "", "", ""),
        ("物资", "单位", "市级储备", "县级储备合计"),
        ("棉被", "床", 3000, 9600),
        ("棉衣", "件", 4000, 12800),
        ("折叠床", "张", 800, 2400),
        ("取暖器", "台", 500, 1600),
        ("方便食品", "箱", 2000, 6400),
    ):
        sheet.append(row)
    sheet.merge_cells("A1:D1")
    for cells in sheet["A1:D2"]:
        for cell in cells:
            cell.font, cell.alignment = Font(bold=True), Alignment(horizontal="center")
    for column in "ABCD":
        sheet.column_dimensions[column].width = 16
    book.properties.created = book.properties.modified = datetime(2026, 11, 20, 9, 0)  # noqa: DTZ001
    book.save(SAMPLES / "relief-supplies.xlsx")


def _add(document: Any, paragraph: str) -> None:
    if re.match(r"[一二三四五六七]、", paragraph):
        document.add_heading(paragraph, level=1)
        return
    run_in = re.match(r"(（[一二三四五六七]）[^。]{4,30})。(.+)", paragraph)
    if run_in:
        document.add_heading(run_in.group(1), level=2)
    document.add_paragraph(run_in.group(2) if run_in else paragraph)
    if "112283条" in paragraph:
        _add_table(document)


def _add_table(document: Any) -> None:
    from docx.oxml import OxmlElement

    table = document.add_table(rows=0, cols=2, style="Table Grid")
    for cells in CHANNELS:
        row = table.add_row()
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _set_styles(document: Any) -> None:
    """Fonts and sizes of GB/T 9704-2012: 2号小标宋, 3号黑体, 楷体, 仿宋."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    looks = (
        ("Title", "方正小标宋简体", 22),
        ("Heading 1", "黑体", 16),
        ("Heading 2", "楷体", 16),
        ("Normal", "仿宋", 16),
    )
    for name, font, size in looks:
        style = document.styles[name]
        style.font.name, style.font.size, style.font.bold = font, Pt(size), False
        style.font.color.rgb = RGBColor(0, 0, 0)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for attribute in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(attribute), None)
        fonts.set(qn("w:eastAsia"), font)
        style.paragraph_format.line_spacing = Pt(28.8)
        style.paragraph_format.first_line_indent = Pt(0 if name == "Title" else size * 2)
    document.styles["Title"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER


def main() -> None:
    make_annual_report()
    make_supplies()
    draw_map().save(SAMPLES / "water-map.png", optimize=True)


if __name__ == "__main__":
    main()
