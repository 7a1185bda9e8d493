"""A shelf and a manifest in memory, with the behaviour of those in the database, for tests of what stands on them."""

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from content.shelf import Entry, brief


class MemoryShelf:
    """Keeps entries as the database does: what JSON cannot carry is an error, withdrawn ones are in no list."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._slots: dict[str, list[str]] = {}
        self._lock = threading.Lock()

    def put(self, entry: Entry) -> bool:
        with self._lock:
            known = self._entries.get(entry.item_id)
            if known is not None and known.sequence > entry.sequence:
                return False
            kept = replace(entry, data=json.loads(json.dumps(entry.data)))
            self._entries[entry.item_id] = replace(kept, published_at=known.published_at) if known else kept
            for name in () if entry.withdrawn else entry.lists:
                slots = self._slots.setdefault(name, [])
                if entry.item_id not in slots:
                    slots.append(entry.item_id)
            return True

    def get(self, item_id: str) -> Entry | None:
        return self._entries.get(item_id)

    def remove(self, item_id: str) -> None:
        self._entries.pop(item_id, None)

    def latest(self, list_name: str | None = None, limit: int = 20) -> Sequence[Entry]:
        if list_name is None:
            return self._sorted(lambda entry: not entry.withdrawn)[::-1][:limit]
        with self._lock:
            slots = [item for item in self._slots.get(list_name, []) if self._stands(item, list_name)]
            newest = [self._entries[item] for item in slots[::-1][:limit]]
        return sorted(newest, key=_order, reverse=True)

    def headlines(self, list_name: str, limit: int) -> Sequence[Entry]:
        return [replace(entry, data=brief(entry.data)) for entry in self.latest(list_name, limit)]

    def headlines_under(self, prefix: str, limit: int) -> Mapping[str, Sequence[Entry]]:
        return {name: self.headlines(name, limit) for name in self.names(prefix)}

    def span(self, list_name: str, first: int, size: int) -> Sequence[Entry]:
        with self._lock:
            slots = self._slots.get(list_name, [])[first : first + size]
            found = sorted((self._entries[item] for item in slots if self._stands(item, list_name)), key=_order)
            return [replace(entry, data=brief(entry.data)) for entry in found]

    def standing(self, list_name: str, first: int, size: int) -> Mapping[int, str]:
        with self._lock:
            slots = enumerate(self._slots.get(list_name, [])[first : first + size], first)
            return {slot: item for slot, item in slots if self._stands(item, list_name)}

    def addresses(self, list_name: str, first: int, size: int) -> Sequence[tuple[str, datetime]]:
        return [(entry.address, entry.updated_at) for entry in self.span(list_name, first, size)]

    def extent(self, list_name: str) -> int:
        return len(self._slots.get(list_name, []))

    def slot(self, item_id: str, list_name: str) -> int | None:
        slots = self._slots.get(list_name, [])
        return slots.index(item_id) if item_id in slots else None

    def count(self, list_name: str | None = None) -> int:
        return len(self.latest(list_name, 10**9))

    def names(self, prefix: str) -> Sequence[str]:
        return sorted(name for name in self._slots if name.startswith(prefix) and self.count(name))

    def after(self, item_id: str, limit: int) -> Sequence[Entry]:
        return [self._entries[name] for name in sorted(self._entries) if name > item_id][:limit]

    def item_ids(self) -> Sequence[str]:
        return sorted(self._entries)

    def changed_since(self, moment: datetime) -> Sequence[Entry]:
        return [self._entries[name] for name in sorted(self._entries) if self._entries[name].updated_at >= moment]

    def related(self, reference: str) -> Sequence[Entry]:
        return self._named("refers_to", reference)

    def find(self, reference: str) -> Entry | None:
        return next(iter(self._named("numbers", reference)), None)

    def recalling(self, numbers: Iterable[str], references: Iterable[str]) -> "MemoryShelf":
        return self

    @contextmanager
    def reading(self) -> Iterator["MemoryShelf"]:
        yield self

    def _stands(self, item: str, list_name: str) -> bool:
        entry = self._entries.get(item)
        return entry is not None and not entry.withdrawn and list_name in entry.lists

    def _named(self, role: str, reference: str) -> list[Entry]:
        def names(entry: Entry) -> bool:
            listed = entry.data.get(role)
            return isinstance(listed, list) and reference in listed

        return self._sorted(names)

    def _sorted(self, wanted: Callable[[Entry], bool]) -> list[Entry]:
        with self._lock:
            return sorted(filter(wanted, self._entries.values()), key=_order)


class MemorySiteFiles:
    """A manifest as the database keeps it."""

    def __init__(self) -> None:
        self.files: dict[int, dict[str, tuple[str, str]]] = {}
        self.queue: dict[str, None] = {}

    def digests(self, generation: int, paths: Sequence[str]) -> Mapping[str, str]:
        known = self.files.get(generation, {})
        return {path: known[path][0] for path in paths if path in known}

    def record(self, generation: int, files: Mapping[str, str | None], writer: str) -> None:
        kept = self.files.setdefault(generation, {})
        for path, digest in files.items():
            kept.pop(path, None)
            self.queue.pop(path, None)
            self.queue[path] = None
            if digest is not None:
                kept[path] = digest, writer

    def all(self, generation: int) -> Iterator[tuple[str, str]]:
        for path, (digest, _) in sorted(self.files.get(generation, {}).items()):
            yield path, digest

    def of_writers_but(self, generation: int, writer: str) -> Iterator[tuple[str, str, str]]:
        for path, (digest, known) in sorted(self.files.get(generation, {}).items()):
            if known != writer:
                yield path, digest, known

    def fill(self, generation: int, files: Mapping[str, str], writer: str) -> None:
        self.files.setdefault(generation, {}).update({path: (digest, writer) for path, digest in files.items()})

    def drop(self, generation: int) -> None:
        self.files.pop(generation, None)

    def queue_changes(self, old: int, new: int) -> None:
        before, now = dict(self.all(old)), dict(self.all(new))
        self.queue |= {path: None for path in before | now if before.get(path) != now.get(path)}

    def pending(self, limit: int = 500) -> Sequence[str]:
        return list(self.queue)[:limit]

    def settled(self, paths: Sequence[str]) -> None:
        for path in paths:
            self.queue.pop(path, None)


def _order(entry: Entry) -> tuple[object, str]:
    return entry.published_at, entry.item_id
