"""The manifest of a site: the digest of every file that it shows, so that inspection can say what does not belong.

Kept per generation of the site's folder: a rebuild fills the next one and then switches over.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection, and_, bindparam, delete, func, insert, select

from content.database import Database
from content.schema import site_file, site_pending

_PORTION = 500

_HERE = and_(site_file.c.outlet == bindparam("of_outlet"), site_file.c.generation == bindparam("of_generation"))
_NAMED = site_file.c.path.in_(bindparam("paths", expanding=True))
_QUEUED = and_(
    site_pending.c.outlet == bindparam("of_outlet"), site_pending.c.path.in_(bindparam("paths", expanding=True))
)

# Built once: making a statement costs more than running it.
_DIGESTS = select(site_file.c.path, site_file.c.digest).where(_HERE, _NAMED)
_DROP = delete(site_file).where(_HERE)
_WALK = select(site_file.c.path, site_file.c.digest, site_file.c.writer).where(_HERE).order_by(site_file.c.path)
_FORGET = delete(site_file).where(_HERE, _NAMED)
_INSERT = insert(site_file)
_UNQUEUE = delete(site_pending).where(_QUEUED)


class SiteFiles(Protocol):
    """The files of one site. Paths are relative to the public folder; a digest of None means that the file is gone."""

    def digests(self, generation: int, paths: Sequence[str]) -> Mapping[str, str]:
        """The digests of those of *paths* that stand in the manifest."""

    def record(self, generation: int, files: Mapping[str, str | None], writer: str) -> None:
        """Notes what *writer* is about to write and remove, and queues it for the mirror."""

    def all(self, generation: int) -> Iterator[tuple[str, str]]:
        """Every file with its digest, in the order of the paths."""

    def of_writers_but(self, generation: int, writer: str) -> Iterator[tuple[str, str, str]]:
        """Path, digest and writer of every file that somebody else wrote."""

    def fill(self, generation: int, files: Mapping[str, str], writer: str) -> None:
        """Adds to a generation that nobody reads yet; nothing is queued for the mirror."""

    def drop(self, generation: int) -> None: ...

    def queue_changes(self, old: int, new: int) -> None:
        """Queues for the mirror every path that differs between two generations."""

    def pending(self, limit: int = _PORTION) -> Sequence[str]:
        """Paths that the mirror has yet to carry, in the order in which they changed."""

    def settled(self, paths: Sequence[str]) -> None:
        """Takes paths from the queue, once the mirror holds what stands there now."""


@dataclass(frozen=True)
class DatabaseSiteFiles:
    """The manifest in the ledger's database; *mirrored* sites have a queue for their mirror."""

    database: Database
    outlet: str
    mirrored: bool = False

    def digests(self, generation: int, paths: Sequence[str]) -> Mapping[str, str]:
        found: dict[str, str] = {}
        with self.database.read() as connection:
            for portion in _portions(list(paths)):
                rows = connection.execute(_DIGESTS, {**self._here(generation), "paths": portion}).all()
                found |= {path: digest for path, digest in rows}  # noqa: C416 # a row is no pair for dict
        return found

    def record(self, generation: int, files: Mapping[str, str | None], writer: str) -> None:
        if not files:
            return
        with self.database.write() as connection:
            self._forget(connection, generation, list(files))
            kept = {path: digest for path, digest in files.items() if digest is not None}
            self._insert(connection, generation, kept, writer)
            if self.mirrored:
                self._queue(connection, list(files))

    def all(self, generation: int) -> Iterator[tuple[str, str]]:
        for row in self._walk(generation):
            yield row.path, row.digest

    def of_writers_but(self, generation: int, writer: str) -> Iterator[tuple[str, str, str]]:
        for row in self._walk(generation, site_file.c.writer != writer):
            yield row.path, row.digest, row.writer

    def fill(self, generation: int, files: Mapping[str, str], writer: str) -> None:
        with self.database.write() as connection:
            self._forget(connection, generation, list(files))
            self._insert(connection, generation, files, writer)

    def drop(self, generation: int) -> None:
        with self.database.write() as connection:
            connection.execute(_DROP, self._here(generation))

    def queue_changes(self, old: int, new: int) -> None:
        if not self.mirrored:
            return
        before, now = (dict(self.all(generation)) for generation in (old, new))
        changed = [path for path in before | now if before.get(path) != now.get(path)]
        with self.database.write() as connection:
            self._queue(connection, changed)

    def pending(self, limit: int = _PORTION) -> Sequence[str]:
        mine = site_pending.c.outlet == self.outlet
        query = select(site_pending.c.path).where(mine).order_by(site_pending.c.serial, site_pending.c.path)
        with self.database.read() as connection:
            return list(connection.execute(query.limit(limit)).scalars())

    def settled(self, paths: Sequence[str]) -> None:
        with self.database.write() as connection:
            self._unqueue(connection, list(paths))

    def _here(self, generation: int) -> dict[str, Any]:
        return {"of_outlet": self.outlet, "of_generation": generation}

    def _walk(self, generation: int, *wanted: Any) -> Iterator[Any]:
        last = ""
        while True:
            query = _WALK.where(site_file.c.path > last, *wanted).limit(_PORTION)
            with self.database.read() as connection:
                rows = connection.execute(query, self._here(generation)).all()
            yield from rows
            if len(rows) < _PORTION:
                return
            last = rows[-1].path

    def _forget(self, connection: Connection, generation: int, paths: list[str]) -> None:
        for portion in _portions(paths):
            connection.execute(_FORGET, {**self._here(generation), "paths": portion})

    def _insert(self, connection: Connection, generation: int, files: Mapping[str, str], writer: str) -> None:
        key = {"outlet": self.outlet, "generation": generation, "writer": writer}
        rows = [key | {"path": path, "digest": digest} for path, digest in files.items()]
        if rows:
            connection.execute(_INSERT, rows)

    def _queue(self, connection: Connection, paths: list[str]) -> None:
        highest = select(func.max(site_pending.c.serial)).where(site_pending.c.outlet == self.outlet)
        first = (connection.execute(highest).scalar_one() or 0) + 1
        self._unqueue(connection, paths)
        rows = [{"outlet": self.outlet, "path": path, "serial": first + n} for n, path in enumerate(paths)]
        if rows:
            connection.execute(insert(site_pending), rows)

    def _unqueue(self, connection: Connection, paths: list[str]) -> None:
        for portion in _portions(paths):
            connection.execute(_UNQUEUE, {"of_outlet": self.outlet, "paths": portion})


def _portions(paths: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(paths), _PORTION):
        yield paths[start : start + _PORTION]
