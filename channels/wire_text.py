"""The body as plain text for newsroom systems: list entries and notes with their numbers, tables with each cell in its column."""

from collections.abc import Iterator

from lxml import etree

from channels.print_body import place_cells
from content.body import BLOCKS, points_to_note, text_of, tree

_MARK = "［{}］"
_BRACKETS = "[]［］〔〕【】()（）"


def wire_text(body: str) -> str:
    """Each heading, paragraph, list entry, caption, table row and note on a line. Cells are parted by tabs: one that a merged
    cell covers is empty. A note begins with its mark as the text shows it (［1］)."""
    root = tree(body)
    lines = (line.strip(" \n\r") for line in _lines(root, _figures(root)))
    return "\n".join(line for line in lines if line.strip())


def _figures(root: etree._Element) -> dict[str, str]:
    """The figure of each note's mark, by the note's name."""
    found: dict[str, str] = {}
    for link in root.iter("a"):
        raised = link.getparent()
        if points_to_note(link) or (raised is not None and raised.tag == "sup" and points_to_note(raised)):
            found.setdefault(link.get("href", "")[1:], "".join("".join(link.itertext()).split()).strip(_BRACKETS))
    return found


def _lines(element: etree._Element, figures: dict[str, str]) -> Iterator[str]:
    for child in element:
        if child.tag == "table":
            yield from _table(child)
        elif child.tag in ("ol", "ul"):
            yield from _entries(child, figures)
        elif any(inner.tag in BLOCKS for inner in child):
            yield from _lines(child, figures)
        else:
            yield text_of(child, _MARK)


def _entries(listed: etree._Element, figures: dict[str, str]) -> Iterator[str]:
    for number, entry in enumerate(listed, 1):
        called = figures.get(entry.get("id", ""))
        marker = _MARK.format(called) if called else f"{number}．" if listed.tag == "ol" else "•　"
        holds = any(inner.tag in BLOCKS for inner in entry)
        said = _lines(entry, figures) if holds else iter([text_of(entry, _MARK)])
        yield marker + next(said, "").strip()
        yield from said


def _table(table: etree._Element) -> Iterator[str]:
    yield from (text_of(caption, _MARK) for caption in table.iter("caption"))
    rows = [row for part in (table, *table.findall("thead"), *table.findall("tbody")) for row in part.findall("tr")]
    placed = list(place_cells(rows))
    columns = max((entry.column + entry.colspan for entry in placed), default=0)
    shown = [[""] * columns for _ in rows]
    for entry in placed:
        shown[entry.row][entry.column] = " ".join(text_of(entry.cell, _MARK).split())
    yield from ("\t".join(cells) for cells in shown)
