"""The shelf: what each website, feed and app outlet shows now. Frames (lists, feeds) are made from it.

It is derived: everything in it stands in the ledger and in the stored renditions as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Entry:
    """One item as an outlet shows it. *data* are the rendition's own values as JSON (text, lists, numbers)."""

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


class Shelf(Protocol):
    """The entries of one outlet. Safe for several processes."""

    def put(self, entry: Entry) -> bool:
        """Keeps the entry unless one with a higher sequence is there (then False). ``published_at`` of an entry
        that is there already is kept."""

    def get(self, item_id: str) -> Entry | None: ...

    def remove(self, item_id: str) -> None: ...

    def latest(self, column: str | None = None, limit: int = 20, offset: int = 0) -> Sequence[Entry]:
        """Newest first; entries that are withdrawn are left out."""

    def oldest(self, column: str, limit: int, offset: int) -> Sequence[Entry]:
        """Oldest first: list pages are numbered from the oldest, so that a new item touches few of them."""

    def count(self, column: str | None = None) -> int: ...

    def position(self, item_id: str, column: str) -> int:
        """How many entries of the column are older than this one."""

    def related(self, reference: str) -> Sequence[Entry]:
        """Entries whose ``data["refers_to"]`` list names this reference (an item id, document or index number)."""

    def find(self, reference: str) -> Entry | None:
        """The entry whose id, document number or index number this is (``data["numbers"]``)."""
