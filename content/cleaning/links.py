"""Addresses of links and pictures, and the anchors inside a body."""

import re
from collections.abc import Iterator

from content.body import ASSET
from content.cleaning.model import NO_LINK, Block, Break, Image, Link, Marks, Piece, Run
from content.cleaning.report import Report

_WEB = re.compile(r"https?://[^\s/?#\\]+[^\s\\]*", re.IGNORECASE)
_PERSONAL = re.compile(r"(?:mailto:[^\s@]+@[^\s@]+|tel:[+\d][\d\- ]*)", re.IGNORECASE)
_ANCHOR = re.compile(r"#[A-Za-z][\w.\-]{0,99}", re.ASCII)
_ID = re.compile(r"[A-Za-z][\w.\-]{0,99}", re.ASCII)
_ASSET = re.compile(re.escape(ASSET) + r"[0-9a-f]{64}")


def is_allowed(address: str) -> bool:
    """Whether a link may stand in a body: http, https, mailto, tel, or an anchor of the same body."""
    trimmed = address.strip()
    return bool(_WEB.fullmatch(trimmed) or _PERSONAL.fullmatch(trimmed) or _ANCHOR.fullmatch(trimmed))


def is_asset(source: str) -> bool:
    """Whether a picture's source is ``asset:`` and a digest."""
    return bool(_ASSET.fullmatch(source))


def valid_id(name: str) -> str:
    """The name as an anchor, or nothing."""
    return name if _ID.fullmatch(name) else ""


def resolve(blocks: list[Block], report: Report) -> None:
    """Drops links to anchors that do not exist, anchors that nothing points to, and all but the first of equal ones.

    An anchor on a link that itself points into the body stays: it is the place a footnote is called from.
    """
    places = set(_ids(blocks))
    targets = {link.href[1:] for link in _links(blocks) if link.href.startswith("#")}
    _Resolution(places, places & targets, report).blocks(blocks)


class _Resolution:
    def __init__(self, places: set[str], wanted: set[str], report: Report) -> None:
        self.places = places
        self.wanted = wanted
        self.report = report
        self.seen: set[str] = set()

    def blocks(self, blocks: list[Block]) -> None:
        for block in blocks:
            self._own_id(block)
            block.line[:] = self._line(block.line)
            self.blocks(block.children)

    def _own_id(self, block: Block) -> None:
        name = block.attributes.get("id", "")
        if name and (name in self.seen or name not in self.wanted):
            del block.attributes["id"]
        self.seen.add(name)

    def _line(self, line: list[Piece]) -> list[Piece]:
        resolved: list[Piece] = []
        before, answer = NO_LINK, NO_LINK
        for piece in line:
            link = piece.marks.link
            answer = answer if link == before and link.id else self._link(link, fresh=link != before)
            before = link
            resolved.append(piece if answer == link else piece.marked(Marks(answer, piece.marks.names)))
        return resolved

    def _link(self, link: Link, *, fresh: bool) -> Link:
        href = link.href
        if href.startswith("#") and href[1:] not in self.places:
            if fresh:
                self.report.note("anchor", href)
            href = ""
        name = link.id if link.id in self.wanted or href.startswith("#") else ""
        if name in self.seen:
            name = ""
        self.seen.add(name)
        return Link(href, name)


def _links(blocks: list[Block]) -> Iterator[Link]:
    for block in blocks:
        yield from (piece.marks.link for piece in block.line if not isinstance(piece, Break))
        yield from _links(block.children)


def _ids(blocks: list[Block]) -> Iterator[str]:
    for block in blocks:
        yield from filter(None, [block.attributes.get("id", "")])
        yield from (
            piece.marks.link.id for piece in block.line if isinstance(piece, Run | Image) and piece.marks.link.id
        )
        yield from _ids(block.children)
