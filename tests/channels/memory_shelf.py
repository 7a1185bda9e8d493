"""A shelf in memory, with the behaviour of ``content.shelves.DatabaseShelf``, for tests of what stands on it."""

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

from content.shelf import Entry


class MemoryShelf:
    """Keeps entries as the database does: what JSON cannot carry is an error, withdrawn ones are in no column."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._lock = threading.Lock()

    def put(self, entry: Entry) -> bool:
        with self._lock:
            known = self._entries.get(entry.item_id)
            if known is not None and known.sequence > entry.sequence:
                return False
            kept = replace(entry, data=json.loads(json.dumps(entry.data)))
            self._entries[entry.item_id] = replace(kept, published_at=known.published_at) if known else kept
            return True

    def get(self, item_id: str) -> Entry | None:
        return self._entries.get(item_id)

    def remove(self, item_id: str) -> None:
        self._entries.pop(item_id, None)

    def latest(self, column: str | None = None, limit: int = 20, offset: int = 0) -> Sequence[Entry]:
        return self._shown(column)[::-1][offset : offset + limit]

    def oldest(self, column: str, limit: int, offset: int) -> Sequence[Entry]:
        return self._shown(column)[offset : offset + limit]

    def count(self, column: str | None = None) -> int:
        return len(self._shown(column))

    def position(self, item_id: str, column: str) -> int:
        mine = self._entries.get(item_id)
        if mine is None:
            return 0
        return sum(_order(entry) < _order(mine) for entry in self._shown(column))

    def related(self, reference: str) -> Sequence[Entry]:
        return self._named("refers_to", reference)

    def find(self, reference: str) -> Entry | None:
        return next(iter(self._named("numbers", reference)), None)

    def _named(self, role: str, reference: str) -> list[Entry]:
        def names(entry: Entry) -> bool:
            listed = entry.data.get(role)
            return isinstance(listed, list) and reference in listed

        return self._sorted(names)

    def _shown(self, column: str | None) -> list[Entry]:
        return self._sorted(lambda entry: not entry.withdrawn and (column is None or column in entry.columns))

    def _sorted(self, wanted: Callable[[Entry], bool]) -> list[Entry]:
        with self._lock:
            return sorted(filter(wanted, self._entries.values()), key=_order)


def _order(entry: Entry) -> tuple[object, str]:
    return entry.published_at, entry.item_id
