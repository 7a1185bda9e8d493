"""The body's sentences in the order in which they are read aloud; still as they are written, figures and all."""

import re
from collections.abc import Iterator, Sequence

from lxml import etree

from channels.print_body import place_cells
from content.body import points_to_note, text_of, tree

LEVELS = ("h2", "h3", "h4", "h5")
FILED = re.compile(r"[（(]?此件(?:主动|依申请|予以)?(?:不?公开|公开发布)[）)]?。?|附[：:]?|[（(]?续表[）)]?")
"""A line for the file or for the eye, not for listeners."""
_PER = re.compile(
    r"(?P<unit>[\u4e00-\u9fff%℃㎡²³]{1,5})(?:/(?P<per>[\u4e00-\u9fff]{1,3}(?:[·•][\u4e00-\u9fff]{1,3})?))?"
)
_HEAD = re.compile(r"(?P<name>.+?)[（(](?P<unit>[^（）()]{1,12})[）)]")
_FIGURE = re.compile(r"-?\d[\d,]*(?:\.\d+)?")
_HAS_NUMBER = re.compile(r"[（(]?(?:第?[一二三四五六七八九十百]+|\d{1,3})[）)、.．条项]")
_UNIT_ENDS = frozenset("元条件个人次份户家名项篇亩吨米座辆台套场期所处万亿")


def written_paragraphs(body: str) -> Iterator[str]:
    """Every paragraph, heading, list entry and table row of the body; pictures and notes are not read."""
    for text in _written(tree(body)):
        if text.strip() and not FILED.fullmatch(text.strip()):
            yield " ".join(text.split())


def written_sections(body: str) -> list[list[str]]:
    """The paragraphs by the headings of the highest level in use, each heading first; without headings each paragraph
    is a section of its own."""
    root = tree(body)
    highest = min((heading.tag for heading in root.iter(*LEVELS)), default="")
    sections: list[list[str]] = []
    for block in root:
        said = [" ".join(text.split()) for text in _block(block) if text.strip() and not FILED.fullmatch(text.strip())]
        if block.tag == highest or not highest or not sections:
            sections.append(said)
        else:
            sections[-1] += said
    return [section for section in sections if section]


def written_headings(body: str) -> list[str]:
    """The headings of the highest level in use, without their markers."""
    found = list(tree(body).iter(*LEVELS))
    highest = min((heading.tag for heading in found), default="")
    marker = r"^(?:第?[一二三四五六七八九十百]+[、章节编]\s*|[（(][一二三四五六七八九十]+[）)]|\d{1,2}[.、．](?!\d)\s*)"
    return [re.sub(marker, "", text_of(heading).strip()) for heading in found if heading.tag == highest]


def _written(element: etree._Element) -> Iterator[str]:
    for child in element:
        yield from _block(child)


def _block(element: etree._Element) -> Iterator[str]:
    if element.tag == "table":
        yield from _table(element)
    elif element.tag == "section" and element.get("class") == "footnotes":
        return
    elif element.tag == "figure":
        yield from (text_of(caption) for caption in element.iter("figcaption"))
    elif element.tag == "ol":
        yield from _numbered(element)
    elif element.tag in ("ul", "li", "blockquote", "section") and _holds_blocks(element):
        yield from _written(element)
    else:
        yield _without_pictures(element)


def _numbered(listed: etree._Element) -> Iterator[str]:
    """The entries with their numbers, as a paragraph is written that begins with one; who wrote one into the text hears it once."""
    for number, entry in enumerate(listed, 1):
        said = _block(entry)
        first = next(said, "").strip()
        yield f"{number}. {first}" if first and not _HAS_NUMBER.match(first) else first
        yield from said


def _holds_blocks(element: etree._Element) -> bool:
    return any(child.tag in ("li", "p", "ul", "ol", "table", "blockquote", *LEVELS) for child in element)


def _without_pictures(element: etree._Element) -> str:
    """The text, without pictures' alternative text and without the raised figures that point to notes."""
    pieces = [element.text or ""]
    for child in element:
        if child.tag == "br":
            pieces.append("，")
        elif child.tag != "img" and not points_to_note(child):
            pieces.append(_without_pictures(child))
        pieces.append(child.tail or "")
    return "".join(pieces)


def _table(table: etree._Element) -> Iterator[str]:
    """Row by row, each value after the name of its column; a cell over several rows is read in each."""
    for caption in table.iter("caption"):
        yield text_of(caption)
    rows = _rows(table)
    while rows and len(rows[0]) > 1 and len(set(rows[0])) == 1 and rows[0][0].tag == "th":
        yield _text(rows.pop(0)[0])
    heads = _head_rows(rows)
    if heads:
        names = [_head_name(column) for column in zip(*rows[:heads], strict=True)]
        yield from (_row_words(names, [_text(cell) for cell in row]) for row in rows[heads:])
        return
    for row in map(dict.fromkeys, rows):
        cells = [text for cell in row if (text := _text(cell))]
        if cells and all(cell.tag == "th" for cell in row):
            yield f"各栏依次是：{'、'.join(cells)}。"
        elif cells:
            yield f"{'，'.join(cells)}。"


def _rows(table: etree._Element) -> list[list[etree._Element]]:
    rows = list(table.iter("tr"))
    shown: list[list[etree._Element]] = [[] for _ in rows]
    for entry in sorted(place_cells(rows), key=lambda entry: entry.column):
        for row in shown[entry.row : entry.row + entry.rowspan]:
            row.extend([entry.cell] * entry.colspan)
    return shown


def _head_rows(rows: Sequence[Sequence[etree._Element]]) -> int:
    """How many rows at the top name the columns of all others: one, or two with merged cells; 0 where they do not."""
    heads = next((number for number, row in enumerate(rows) if any(cell.tag != "th" for cell in row)), 0)
    if not 1 <= heads <= 2 or len(rows[0]) < 2 or any(len(row) != len(rows[0]) for row in rows):
        return 0
    if heads == 2 and len({*rows[0], *rows[1]}) == 2 * len(rows[0]):
        return 0  # nothing is merged: two heads that have nothing to do with each other
    named = all(map(_text, (*rows[0], *rows[heads - 1])))
    single = all(len(set(row)) == len(row) for row in rows[heads - 1 :])
    return heads if named and single and all(any(cell.tag == "td" for cell in row) for row in rows[heads:]) else 0


def _head_name(column: Sequence[etree._Element]) -> str:
    """政务公开专区（个） over 应建: 政务公开专区应建（个）."""
    name = unit = ""
    for head in dict.fromkeys(map(_text, dict.fromkeys(column))):
        match = _HEAD.fullmatch(head)
        measured = match is not None and _is_unit(match["unit"])
        name += match["name"] if match and measured else head
        unit = match["unit"] if match and measured else unit
    return f"{name}（{unit}）" if unit else name


def _text(cell: etree._Element) -> str:
    return " ".join(_without_pictures(cell).split())


def _row_words(heads: Sequence[str], cells: Sequence[str]) -> str:
    """最低生活保障，城镇每人每月768元，农村每人每月638元。"""
    subject, own_unit = _subject(cells[0])
    said = [_cell_words(head, cell, own_unit) for head, cell in zip(heads[1:], cells[1:], strict=True) if cell]
    return f"{'，'.join([subject, *said] if subject else said)}。"


def _subject(text: str) -> tuple[str, str]:
    """A row's name, and the unit of its values where the name holds one: 取暖补助（一次性，元/户）."""
    match = re.fullmatch(r"(.+?)[（(](?:(.*)[，,])?([^，,（）()]+)[）)]", text)
    if match is None or not _is_unit(match[3]):
        return text, ""
    return f"{match[1]}，{match[2]}" if match[2] else match[1], match[3]


def _cell_words(head: str, cell: str, own_unit: str) -> str:
    name, unit = head, own_unit
    match = _HEAD.fullmatch(head)
    if match and _is_unit(match["unit"]):
        name, unit = match["name"], own_unit or match["unit"]
    if not _FIGURE.fullmatch(cell):
        return f"{name}：{cell}"
    parts = _PER.fullmatch(unit)
    if parts is None:
        return f"{head}：{cell}"
    per = "".join(f"每{each}" for each in re.split("[·•]", parts["per"])) if parts["per"] else ""
    return f"{name}{per}{cell}{parts['unit']}"


def _is_unit(text: str) -> bool:
    match = _PER.fullmatch(text)
    return match is not None and (bool(match["per"]) or text[-1] in _UNIT_ENDS or text in ("%", "℃", "㎡"))
