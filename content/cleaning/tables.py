"""Tables: caption, head rows, body rows; nothing else, and no table in a table."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lxml import etree

from content.cleaning.lines import tidy
from content.cleaning.model import Block, Piece, Run, holding

if TYPE_CHECKING:
    from content.cleaning.walk import Flow, Place

CELLS = frozenset({"td", "th"})
LARGEST_SPAN = 1000


def table(flow: "Flow", element: etree._Element, place: "Place") -> list[Block]:
    """The table as one block, or none when no cell holds anything. Loose text in it stands before it."""
    rows = [(head, row) for head, source in _rows(element) if (row := _row(flow, source, place)) is not None]
    caption = tidy([piece for part in element.iterchildren("caption") for piece in flow.line_of(part, place)])
    if not any(cell.line or cell.children for _, row in rows for cell in row.children):
        return [Block("p", caption)] if caption else []
    count = next((number for number, (head, row) in enumerate(rows) if not head and not _is_head(row)), len(rows))
    parts = [Block("caption", caption)] if caption else []
    for tag, chosen in (("thead", rows[:count]), ("tbody", rows[count:])):
        parts += [Block(tag, children=[row for _, row in chosen])] if chosen else []
    return [Block("table", children=parts)]


def flattened(flow: "Flow", element: etree._Element, place: "Place") -> None:
    """A table inside a table: each row a paragraph, its cells parted by a full-width space."""
    for _, source in _rows(element):
        pieces: list[Piece] = []
        for cell in source.iterchildren(*CELLS):
            line = tidy(flow.line_of(cell, place._replace(sight=place.sight.inside(cell))))
            pieces += [Run("\u3000"), *line] if pieces and line else line
        flow.pending += pieces
        flow.flush()


def _rows(element: etree._Element) -> Iterator[tuple[bool, etree._Element]]:
    for child in element:
        if child.tag == "tr":
            yield False, child
        elif child.tag in ("thead", "tbody", "tfoot"):
            yield from ((child.tag == "thead", row) for row in child.iterchildren("tr"))


def _row(flow: "Flow", element: etree._Element, place: "Place") -> Block | None:
    inner = place._replace(sight=place.sight.inside(element))
    cells = [_cell(flow, cell, inner) for cell in element.iterchildren(*CELLS)]
    return Block("tr", children=cells) if cells else None


def _is_head(row: Block) -> bool:
    return all(cell.tag == "th" for cell in row.children)


def _cell(flow: "Flow", element: etree._Element, place: "Place") -> Block:
    inner = place._replace(sight=place.sight.inside(element))
    cell = holding(str(element.tag), flow.inside(element, inner, "td")) or Block(str(element.tag))
    for name in ("colspan", "rowspan"):
        span = element.get(name) or ""
        if span.isascii() and span.isdigit() and 1 < int(span) <= LARGEST_SPAN:
            cell.attributes[name] = str(int(span))
    return cell
