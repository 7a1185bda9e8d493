"""The shelf: what each website, feed and app outlet shows now. Frames (lists, feeds) are made from it.

It is derived: everything in it stands in the ledger and in the stored renditions as well.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Entry:
    """One item as an outlet shows it. *lists* are the names of the lists it stands in (``column/zcwj``), *data* are the
    rendition's own values as JSON (text, lists, numbers)."""

    item_id: str
    sequence: int
    address: str
    title: str
    kind: str
    organ: str
    columns: tuple[str, ...]
    published_at: datetime
    updated_at: datetime
    withdrawn: bool = False
    data: dict[str, object] = field(default_factory=dict)
    lists: tuple[str, ...] = ()

    def __hash__(self) -> int:
        """Of what tells entries apart; ``data`` has no hash. So what is made of an entry alone can be kept by it."""
        return hash((self.item_id, self.sequence, self.updated_at))


# What lists show of an entry: its effect, and these of the values of its head.
_IN_BRIEF = (
    "document_number",
    "index_number",
    "made_on",
    "summary",
    "opening",
    "language",
    "opens_on",
    "closes_on",
    "results_of",
)


def brief(data: Mapping[str, object]) -> dict[str, object]:
    """Only that of an entry's data which lists show: a tenth of it, read for every line of every list."""
    head = data.get("head")
    known = head if isinstance(head, Mapping) else {}
    return {
        **{name: data[name] for name in ("effect",) if name in data},
        "head": {name: known[name] for name in _IN_BRIEF if name in known},
    }


class Shelf(Protocol):
    """The entries of one outlet. Safe for several processes.

    In a list every item has a slot, counted from 0 in the order in which the items came, and keeps it for ever: one that
    is withdrawn or leaves the list leaves a gap, so that what comes or goes touches one page of the list.
    """

    def put(self, entry: Entry) -> bool:
        """Keeps the entry unless one with a higher sequence is there (then False). ``published_at`` of an entry
        that is there already is kept."""

    def get(self, item_id: str) -> Entry | None: ...

    def remove(self, item_id: str) -> None: ...

    def latest(self, list_name: str | None = None, limit: int = 20) -> Sequence[Entry]:
        """Newest first, of a list or of all; entries that are withdrawn are left out."""

    def headlines(self, list_name: str, limit: int) -> Sequence[Entry]:
        """The newest of a list, newest first, with their data in ``brief``."""

    def headlines_under(self, prefix: str, limit: int) -> Mapping[str, Sequence[Entry]]:
        """``headlines`` of every list that begins with *prefix* and shows an entry, by its name, in text order."""

    def span(self, list_name: str, first: int, size: int) -> Sequence[Entry]:
        """The entries whose slots are *first* to *first + size - 1*, oldest first, with their data in ``brief``; gaps are
        left out."""

    def standing(self, list_name: str, first: int, size: int) -> Mapping[int, str]:
        """The ids of the entries that ``span`` gives, by their slots."""

    def addresses(self, list_name: str, first: int, size: int) -> Sequence[tuple[str, datetime]]:
        """Address and last change of the entries of a span: what a site map needs of them."""

    def extent(self, list_name: str) -> int:
        """One more than the highest slot that was ever taken; 0 for a list that never had an entry."""

    def slot(self, item_id: str, list_name: str) -> int | None:
        """The item's slot, also after it left the list; None when it never stood there."""

    def count(self, list_name: str | None = None) -> int:
        """How many entries are shown."""

    def names(self, prefix: str) -> Sequence[str]:
        """The names of all lists that begin with *prefix* and show an entry, in text order."""

    def after(self, item_id: str, limit: int) -> Sequence[Entry]:
        """The entries behind an item id, in the order of the ids, withdrawn ones too: all of them in portions."""

    def item_ids(self) -> Sequence[str]:
        """The ids of all entries, withdrawn ones too, in the order in which ``after`` gives them."""

    def changed_since(self, moment: datetime) -> Sequence[Entry]:
        """The entries that were changed at *moment* or later, withdrawn ones too."""

    def related(self, reference: str) -> Sequence[Entry]:
        """Entries whose ``data["refers_to"]`` list names this reference (an item id, document or index number)."""

    def find(self, reference: str) -> Entry | None:
        """The entry whose id, document number or index number this is (``data["numbers"]``)."""

    def recalling(self, numbers: Iterable[str], references: Iterable[str]) -> "Shelf":
        """The same shelf, with what ``related`` says of *numbers* and ``find`` of *references* read at once: for who
        asks about many items."""

    def reading(self) -> AbstractContextManager["Shelf"]:
        """The same shelf as it is at this moment, for who reads a lot of it; nothing may be put there meanwhile by the
        one who reads."""
