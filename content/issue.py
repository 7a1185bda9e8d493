"""An issue of the print gazette, its entries and sections: what stands where, as plain values (domain.md 5.2)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache

from content.item import Fields
from content.kinds import data
from content.vocabulary import Action


class IssueState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True)
class Issue:
    """One number of the gazette. *id* is ``2026-11``; *total_number* is 总期号, *copies* 印数, both None when not known."""

    id: str
    year: int
    number: int
    total_number: int | None
    state: IssueState
    opened_at: datetime
    closed_at: datetime | None = None
    issued_on: date | None = None
    pdf_digest: str = ""
    copies: int | None = None

    @property
    def label(self) -> str:
        return f"{self.year}年第{self.number}号"


@dataclass(frozen=True)
class IssueEntry:
    """One item in an issue. *position* counts from 1 in the order of adding or of ``reorder``; *parts* are the digests
    of the rendition's files by name."""

    issue: str
    position: int
    section: str
    item_id: str
    sequence: int
    action: Action
    parts: Mapping[str, str]
    added_at: datetime


@dataclass(frozen=True)
class Section:
    """A part of the contents, and which entries it takes; an empty rule takes all."""

    name: str
    actions: frozenset[str] = frozenset({"publish"})
    kinds: frozenset[str] = frozenset()
    number: str = ""
    organ: str = ""

    def takes(self, fields: Fields, action: Action) -> bool:
        return (
            action in self.actions
            and (not self.kinds or fields.kind in self.kinds)
            and bool(re.search(self.number, fields.document_number))
            and bool(re.search(self.organ, fields.organ))
        )


@lru_cache(maxsize=1)
def sections() -> tuple[Section, ...]:
    """The sections of ``data/gazette.toml``, in print order."""
    return tuple(
        Section(
            name=entry["name"],
            actions=frozenset(entry.get("actions", ["publish"])),
            kinds=frozenset(entry.get("kinds", [])),
            number=entry.get("number", ""),
            organ=entry.get("organ", ""),
        )
        for entry in data("gazette.toml")["section"]
    )


def section_of(fields: Fields, action: Action) -> str:
    """The name of the section that an item stands in; the last one takes what no rule names."""
    return next((section.name for section in sections() if section.takes(fields, action)), sections()[-1].name)


def printed(entries: Sequence[IssueEntry]) -> list[IssueEntry]:
    """What of an issue's entries is printed, in print order.

    An item that was corrected before its issue closed is printed as corrected, in its own section; one that was
    withdrawn before that is not printed at all, and neither is the notice: no reader has seen what it speaks of.
    """
    rank = {section.name: number for number, section in enumerate(sections())}
    by_item: dict[str, list[IssueEntry]] = {}
    for entry in sorted(entries, key=lambda entry: entry.sequence):
        by_item.setdefault(entry.item_id, []).append(entry)
    shown = [entry for entry in map(_printed_of, by_item.values()) if entry is not None]
    return sorted(shown, key=lambda entry: (rank.get(entry.section, len(rank)), entry.position))


def _printed_of(group: Sequence[IssueEntry]) -> IssueEntry | None:
    """What is printed of one item's entries in an issue, given oldest sequence first."""
    first = next((entry for entry in group if entry.action is Action.PUBLISH), None)
    if first is None:
        return group[-1]
    if any(entry.action is Action.WITHDRAW for entry in group):
        return None
    return replace(first, parts=group[-1].parts, sequence=group[-1].sequence)
