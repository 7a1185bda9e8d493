"""The rows of all items while a site is made anew: each is rendered once, and stands on some eight pages."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from channels.website.lines import Row, row_of
from content.shelf import Shelf

_PATIENCE_SECONDS = 60
_SLOTS = 1000
"""How many rows are read at once."""
_TABLE = "CREATE TABLE IF NOT EXISTS ready (item TEXT PRIMARY KEY, age TEXT, day TEXT, line TEXT, row TEXT)"


@dataclass
class ReadyRows:
    """A file beside the generation that is in the making. What a kill leaves of it is not used again."""

    connection: sqlite3.Connection
    _held: tuple[str, range, Mapping[int, Row]] = ("", range(0), MappingProxyType({}))

    @classmethod
    @contextmanager
    def at(cls, path: Path) -> Iterator["ReadyRows"]:
        """Safe for several processes that add at once."""
        with closing(sqlite3.connect(path, timeout=_PATIENCE_SECONDS)) as connection:
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("PRAGMA journal_mode = MEMORY")
            connection.execute(_TABLE)
            yield cls(connection)

    def add(self, rows: Mapping[str, Row]) -> None:
        with self.connection:
            self.connection.executemany(
                "INSERT OR REPLACE INTO ready VALUES (?, ?, ?, ?, ?)", [(item, *row) for item, row in rows.items()]
            )

    def span(self, name: str, first: int, size: int, shelf: Shelf) -> list[Row]:
        """The rows of a list whose slots are *first* to *first + size - 1*; those of the pages after it are kept at hand."""
        if self._held[0] != name or first not in self._held[1] or first + size - 1 not in self._held[1]:
            slots = range(first, first + max(size, _SLOTS))
            self._held = (name, slots, self._read(shelf.standing(name, first, len(slots)), shelf))
        rows = self._held[2]
        return [rows[slot] for slot in range(first, first + size) if slot in rows]

    def _read(self, standing: Mapping[int, str], shelf: Shelf) -> dict[int, Row]:
        """Those of items that came meanwhile are made from the shelf."""
        places = ",".join("?" * len(standing))
        query = f"SELECT item, age, day, line, row FROM ready WHERE item IN ({places})"  # noqa: S608 # only marks
        found = {item: Row(*row) for item, *row in self.connection.execute(query, list(standing.values()))}
        for item in standing.values():
            if item not in found and (entry := shelf.get(item)) and not entry.withdrawn:
                found[item] = row_of(entry)
        return {slot: found[item] for slot, item in standing.items() if item in found}
