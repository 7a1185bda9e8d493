"""Blocks as XHTML text. Everything that reaches a body is written here, from closed lists."""

from collections.abc import Iterable
from html import escape

from content.cleaning.model import MARKS, Block, Image, Link, Piece, Run


def xhtml(blocks: Iterable[Block]) -> str:
    """The blocks side by side, no white space between."""
    return "".join(map(_block, blocks))


def _block(block: Block) -> str:
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in sorted(block.attributes.items()))
    inside = _line(block.line) + xhtml(block.children)
    return f"<{block.tag}{attributes}>{inside}</{block.tag}>"


def _line(line: list[Piece]) -> str:
    """The pieces, their marks always nested in the same order and closed as late as possible."""
    written: list[str] = []
    opened: list[tuple[str, str]] = []
    for piece in line:
        wanted = _wrappers(piece)
        shared = _shared(opened, wanted)
        written += [f"</{tag}>" for tag, _ in reversed(opened[shared:])]
        written += [start for _, start in wanted[shared:]]
        written.append(_piece(piece))
        opened = wanted
    written += [f"</{tag}>" for tag, _ in reversed(opened)]
    return "".join(written)


def _wrappers(piece: Piece) -> list[tuple[str, str]]:
    link = [("a", _anchor(piece.marks.link))] if any(piece.marks.link) else []
    return link + [(name, f"<{name}>") for name in MARKS if name in piece.marks.names]


def _shared(opened: list[tuple[str, str]], wanted: list[tuple[str, str]]) -> int:
    count = 0
    while count < min(len(opened), len(wanted)) and opened[count] == wanted[count]:
        count += 1
    return count


def _anchor(link: Link) -> str:
    named = [(name, value) for name, value in (("href", link.href), ("id", link.id)) if value]
    return "<a" + "".join(f' {name}="{escape(value)}"' for name, value in named) + ">"


def _piece(piece: Piece) -> str:
    if isinstance(piece, Run):
        return escape(piece.text, quote=False)
    if isinstance(piece, Image):
        return f'<img src="{piece.source}" alt="{escape(piece.alt)}"/>'
    return "<br/>"
