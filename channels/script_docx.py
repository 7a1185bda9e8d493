"""The script as a Word file to print and to mark up: large type, wide lines, one version after another."""

import io
from typing import Any

from channels.script import Script, Version
from channels.script_files import head_lines, timing
from channels.speech_lines import short_lines
from channels.word_file import number_pages, same_bytes, set_font, set_properties, without_rule, word_text
from content.item import Fields, Item
from content.office import Office

SPOKEN_PT, TITLE_PT, HEAD_PT = 18, 22, 10.5
LINE_SPACING = 1.6
SPOKEN_LINE, TITLE_LINE = 25, 20
"""How many characters of that size stand in a line of 160 mm: a longer one would be broken once more by Word."""


def script_docx(script: Script, item: Item, fields: Fields, office: Office) -> bytes:
    """Each version begins on a page of its own; the head of facts stands above each. A kill notice has one page."""
    from docx import Document

    document = Document()
    _set_page(document)
    set_properties(document, script.heading or script.title, item.id, fields.language, office)
    head = head_lines(script, item, fields, office)
    if not script.versions:
        _head(document, head)
        _title(document, script.heading)
        for order in script.orders:
            _spoken(document, [order])
    for number, version in enumerate(script.versions):
        _version(document, script, version, head, new_page=number > 0)
    stream = io.BytesIO()
    document.save(stream)
    return same_bytes(stream.getvalue())


def _version(document: Any, script: Script, version: Version, head: list[str], *, new_page: bool) -> None:
    from docx.shared import Pt

    _head(document, [*head, f"{version.label}　{timing(version)}"], new_page=new_page)
    for order in script.orders:
        _small(document, f"（播出要求，不读）{order}", bold=True)
    document.paragraphs[-1].paragraph_format.space_after = Pt(14)
    if version.title:
        _title(document, version.title)
    for paragraph in version.paragraphs:
        _spoken(document, short_lines(paragraph, SPOKEN_LINE))


def _set_page(document: Any) -> None:
    from docx.shared import Mm

    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin, section.right_margin = Mm(25), Mm(25)
    section.top_margin, section.bottom_margin = Mm(22), Mm(22)
    set_font(document.styles["Normal"], "宋体", HEAD_PT)
    set_font(document.styles["Title"], "黑体", TITLE_PT)
    without_rule(document.styles["Title"])
    number_pages(section.footer.paragraphs[0])


def _head(document: Any, lines: list[str], *, new_page: bool = False) -> None:
    for number, line in enumerate(lines):
        paragraph = _small(document, line, bold=line.startswith("【"))
        paragraph.paragraph_format.page_break_before = new_page and number == 0


def _small(document: Any, text: str, *, bold: bool = False) -> Any:
    from docx.shared import Pt

    paragraph = document.add_paragraph()
    paragraph.add_run(word_text(text)).bold = bold
    paragraph.paragraph_format.space_after = Pt(2)
    return paragraph


def _title(document: Any, text: str) -> None:
    from docx.shared import Pt

    paragraph = document.add_paragraph(style="Title")
    paragraph.paragraph_format.space_before = Pt(14)
    paragraph.paragraph_format.space_after = Pt(14)
    _lines(paragraph, short_lines(text, TITLE_LINE), TITLE_PT)


def _spoken(document: Any, lines: list[str]) -> None:
    from docx.shared import Pt

    paragraph = document.add_paragraph()
    paragraph.paragraph_format.line_spacing = LINE_SPACING
    paragraph.paragraph_format.space_after = Pt(12)
    paragraph.paragraph_format.widow_control = True
    _lines(paragraph, lines, SPOKEN_PT)


def _lines(paragraph: Any, lines: list[str], size: float) -> None:
    from docx.shared import Pt

    run = paragraph.add_run()
    run.font.size = Pt(size)
    for number, line in enumerate(lines):
        if number:
            run.add_break()
        run.add_text(word_text(line))
