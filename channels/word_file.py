"""What every Word file of ours needs: the same bytes for the same content, Chinese fonts, no characters that XML cannot
hold."""

import io
import zipfile
from datetime import datetime
from typing import Any

from content.office import Office

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MOMENT = (2000, 1, 1, 0, 0, 0)
"""The time stamp of every file in the zip: the bytes must not tell when they were made."""


def same_bytes(data: bytes) -> bytes:
    """The zip written again with names in order and one fixed time."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w") as written:
        names = sorted(source.namelist(), key=lambda name: (name != "[Content_Types].xml", name))
        for name in names:
            entry = zipfile.ZipInfo(name, MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0
            written.writestr(entry, source.read(name), zipfile.ZIP_DEFLATED, 6)
    return target.getvalue()


def set_font(style: Any, family: str, size: float) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    style.font.name = "Times New Roman"
    style.font.size = Pt(size)
    style.font.color.rgb = RGBColor(0, 0, 0)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
        fonts.attrib.pop(qn(name), None)
    fonts.set(qn("w:eastAsia"), family)


def without_rule(style: Any) -> None:
    """Takes away the coloured rule that Word's own Title style draws."""
    from docx.oxml.ns import qn

    properties = style.element.get_or_add_pPr()
    for rule in properties.findall(qn("w:pBdr")):
        properties.remove(rule)


def set_properties(document: Any, title: str, item_id: str, language: str, office: Office) -> None:
    """The file's properties; none of them tells when it was made."""
    properties = document.core_properties
    properties.title = title[:250]
    properties.author = office.organ[:250]
    properties.last_modified_by = office.organ[:250]
    properties.identifier = item_id
    properties.language = language
    properties.comments = ""
    properties.created = properties.modified = datetime(*MOMENT)  # noqa: DTZ001 # python-docx takes UTC without a zone
    properties.revision = 1


def number_pages(paragraph: Any) -> None:
    """第1页，共3页 in the foot: who has the paper in hand must know that no page is missing."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for before, field in (("第", "PAGE"), ("页，共", "NUMPAGES")):
        paragraph.add_run(before)
        _field(paragraph.add_run(), field)
    paragraph.add_run("页")


def _field(run: Any, instruction: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for kind in ("begin", None, "end"):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = instruction
        run._r.append(element)


def word_text(text: str) -> str:
    """Without the control characters that XML 1.0 cannot hold."""
    return "".join(character for character in text if character >= " " or character == "\t")
