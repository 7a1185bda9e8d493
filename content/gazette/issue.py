"""An issue of the print gazette, its entries and sections: what stands where, as plain values (domain.md 5.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from content.vocabulary import Action


class IssueError(Exception):
    """What cannot be done with an issue; the message is Chinese and says how to mend it."""


class NoOpenIssue(IssueError):
    """Nothing can join: no issue is open."""

    def __init__(self) -> None:
        super().__init__("没有打开的公报期，请先运行 tongbu gazette open。")


class IssueState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True)
class Issue:
    """One number of the gazette. *id* is ``2026-11``; *total_number* is 总期号, *copies* 印数, both None when not known.

    Of a closed issue *proof* is the digest of its contents, as they were signed; *published_at* is when its electronic
    page was up, at *url* (empty for a site without such pages). *recorded* tells one that is older than the workspace.
    """

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
    proof: str = ""
    recorded: bool = False
    published_at: datetime | None = None
    url: str = ""

    @property
    def label(self) -> str:
        return f"{self.year}年第{self.number}号"


@dataclass(frozen=True)
class IssueEntry:
    """One item in an issue. *position* counts from 1 in the order of adding or of ``reorder``; *round* is that of its
    delivery; *parts* are the digests of the rendition's files by name."""

    issue: str
    position: int
    section: str
    item_id: str
    sequence: int
    action: Action
    round: int
    parts: Mapping[str, str]
    added_at: datetime


def printed(entries: Sequence[IssueEntry], sections: Sequence[str]) -> list[IssueEntry]:
    """What of an issue's entries is printed, in print order: by *sections*, the names in their order, then by position. A
    section that is not among them (an office took it out of its settings) comes last.

    An item that was corrected before its issue closed is printed as corrected, in its own section; one that was
    withdrawn before that is not printed at all, and neither is the notice: no reader has seen what it speaks of.
    Each round stands for itself: what went out again after a withdrawal is printed, beside the notice of an earlier
    round that readers have seen.
    """
    rank = {name: number for number, name in enumerate(sections)}
    by_round: dict[tuple[str, int], list[IssueEntry]] = {}
    for entry in sorted(entries, key=lambda entry: entry.sequence):
        by_round.setdefault((entry.item_id, entry.round), []).append(entry)
    shown = [entry for entry in map(_printed_of, by_round.values()) if entry is not None]
    others = {name: len(rank) + n for n, name in enumerate(sorted({e.section for e in shown} - set(rank)))}
    return sorted(shown, key=lambda entry: ((rank | others)[entry.section], entry.position))


def in_print(entry: IssueEntry, entries: Sequence[IssueEntry]) -> bool:
    """Whether the reader of a closed issue with these entries has before them what the entry was to bring about.

    A withdrawal is done when nothing is left or its notice is printed; all else must stand in the issue, so what was
    withdrawn before printing never was published.
    """
    if entry.action is Action.WITHDRAW:
        return True
    shown = ((one.item_id, one.round) for one in printed(entries, ()) if one.action is not Action.WITHDRAW)
    return (entry.item_id, entry.round) in shown


def _printed_of(group: Sequence[IssueEntry]) -> IssueEntry | None:
    """What is printed of one round's entries in an issue, given oldest sequence first; a withdrawal ends its round."""
    first = next((entry for entry in group if entry.action is Action.PUBLISH), None)
    withdrawal = next((entry for entry in group if entry.action is Action.WITHDRAW), None)
    if first is None:
        return withdrawal or group[-1]
    if withdrawal is not None:
        return None
    return replace(first, parts=group[-1].parts, sequence=group[-1].sequence)
