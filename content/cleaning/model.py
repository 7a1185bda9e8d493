"""What the walk collects: blocks, and lines of marked text. A line is flat, so its text can be tidied across marks."""

from dataclasses import dataclass, field, replace
from typing import NamedTuple

MARKS = ("strong", "em", "u", "sub", "sup")


class Link(NamedTuple):
    """Where a piece of text points to, and the anchor it is itself."""

    href: str = ""
    id: str = ""


NO_LINK = Link()


class Marks(NamedTuple):
    """The link and the marks (of ``MARKS``) of a piece of text."""

    link: Link = NO_LINK
    names: frozenset[str] = frozenset()

    def with_name(self, name: str) -> "Marks":
        """The marks with one more; of sub and sup the outer one stays."""
        if name in ("sub", "sup") and self.names & {"sub", "sup"}:
            return self
        return self._replace(names=self.names | {name})


PLAIN = Marks()


@dataclass(frozen=True)
class Run:
    """Text with marks."""

    text: str
    marks: Marks = PLAIN

    def marked(self, marks: Marks) -> "Run":
        return replace(self, marks=marks)


@dataclass(frozen=True)
class Image:
    """A picture in a line; *source* is ``asset:<digest>``. Its marks hold a link only."""

    source: str
    alt: str
    marks: Marks = PLAIN

    def marked(self, marks: Marks) -> "Image":
        return replace(self, marks=Marks(marks.link))


@dataclass(frozen=True)
class Break:
    """A line break. It carries no marks."""

    marks: Marks = PLAIN

    def marked(self, marks: Marks) -> "Break":
        return self


Piece = Run | Image | Break


@dataclass
class Block:
    """An element of ``content.body.ELEMENTS`` that is no mark: with a line or with children; a figure may have both."""

    tag: str
    line: list[Piece] = field(default_factory=list)
    children: list["Block"] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)


def holding(tag: str, blocks: list[Block]) -> Block | None:
    """The blocks as an entry or a cell, None where there are none; a single plain paragraph gives its line."""
    if not blocks:
        return None
    only = blocks[0]
    if len(blocks) == 1 and only.tag == "p" and not only.attributes:
        return Block(tag, only.line)
    return Block(tag, children=blocks)
