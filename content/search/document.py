"""What goes into the search and what comes out of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

LONGEST_QUERY = 100
PAGE_SIZE = 20
LAST_PAGE = 50
FILTERS = ("theme", "organ", "year", "genre", "effect", "column", "kind")
"""What a search can be narrowed by, by the names that addresses use."""

_NON_CHARACTERS = "".join(chr(plane * 0x10000 + 0xFFFE) + chr(plane * 0x10000 + 0xFFFF) for plane in range(17))
_UNFIT = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef{_NON_CHARACTERS}]")


@dataclass(frozen=True)
class SearchDocument:
    """An item as the search knows it. *act* is what a delivery wrote (``holds`` asks for it), *address* is the path on the
    site, *theme* may be ``class\\child``, *year* is what the catalogue files it under, *text* is plain text."""

    item: str
    act: str
    address: str
    title: str
    published_at: datetime
    number: str = ""
    index_number: str = ""
    organ: str = ""
    joint_organs: tuple[str, ...] = ()
    theme: str = ""
    genre: str = ""
    year: str = ""
    effect: str = ""
    kind: str = ""
    columns: tuple[str, ...] = ()
    language: str = "zh-CN"
    summary: str = ""
    text: str = ""

    def facets(self) -> list[tuple[str, str]]:
        """Every (filter, value) that this document answers to, the class of its theme included."""
        theme_class = self.theme.partition("\\")[0]
        pairs = [
            ("theme", theme_class),
            ("theme", self.theme),
            *(("organ", organ) for organ in (self.organ, *self.joint_organs)),
            ("year", self.year),
            ("genre", self.genre),
            ("effect", self.effect),
            *(("column", column) for column in self.columns),
            ("kind", self.kind),
        ]
        return [pair for pair in dict.fromkeys(pairs) if pair[1]]


@dataclass(frozen=True)
class Query:
    """A reader's question, as hostile as it comes: ``SearchReader`` takes any of it. An empty *text* lists everything
    that the filters leave, newest first. *newest* orders by time instead of by how well a document matches."""

    text: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    page: int = 1
    size: int = PAGE_SIZE
    newest: bool = False


@dataclass(frozen=True)
class Part:
    """A piece of a text to show; *marked* is what was looked for. Not escaped."""

    text: str
    marked: bool = False


@dataclass(frozen=True)
class Hit:
    """A document that was found, without its text."""

    document: SearchDocument
    title: tuple[Part, ...]
    number: tuple[Part, ...]
    snippet: tuple[Part, ...]


class State(StrEnum):
    """How far an answer can be relied on."""

    COMPLETE = "complete"
    PARTIAL = "partial"  # the time was up before everything was looked at
    MISSING = "missing"  # nothing has been indexed yet
    UNUSABLE = "unusable"  # the index cannot be read


@dataclass(frozen=True)
class Found:
    """An answer. *total* is an estimate unless *exact*; *shortened* says that the text was longer than
    ``LONGEST_QUERY``, *wordless* that there was a text with no word in it."""

    state: State = State.COMPLETE
    hits: tuple[Hit, ...] = ()
    total: int = 0
    exact: bool = True
    more: bool = False
    page: int = 1
    shortened: bool = False
    wordless: bool = False


Facets = Mapping[str, Sequence[tuple[str, int]]]
"""For each filter its values with the number of documents, most frequent first."""


def cleaned(text: str) -> str:
    """The text without what no document may hold: control characters (line ends and tabs stay), lone surrogates,
    non-characters; neither HTML nor XML can carry them."""
    return _UNFIT.sub("", text)
