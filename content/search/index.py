"""The writer's side of the search."""

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from content.clock import stamp
from content.search import tables
from content.search.document import SearchDocument, cleaned

PATIENCE_SECONDS = 60.0
_PAUSE_SECONDS = 0.02
_LOCK = ".lock"


class SearchUnusable(Exception):
    """The index's file is damaged or cannot be written; it can always be made again."""


class SearchBusy(Exception):
    """Another process held the index for too long; nothing was written."""


class SearchIndex:
    """The search of one site, for whoever publishes. Safe for several threads and processes.

    *path* is a symbolic link to the file that counts (``index-3.sqlite``), so that a rebuilt one takes its place in
    one step, and readers that have the old one open go on with it. SQLite keeps a log beside each file by its name,
    so a file of the same name could not be exchanged under its readers.
    """

    def __init__(self, path: Path, patience: float = PATIENCE_SECONDS) -> None:
        self.path = path
        self._patience = patience

    def put(self, document: SearchDocument) -> None:
        """Keeps the document in place of the item's older one. Free to repeat. Raises SearchUnusable, SearchBusy."""
        document = _fit(document)
        with self._writing() as connection, tables.transaction(connection):
            number = _place(connection, document.item)
            known = tables.document_at(connection, number)
            if known == document:
                return
            if known is not None:
                tables.take_out(connection, number, known)
            tables.add(connection, number, document)

    def remove(self, item_id: str) -> None:
        """Takes an item out; nothing of its text stays findable. Free to repeat. Raises SearchUnusable, SearchBusy."""
        if not self.path.exists():
            return
        with self._writing() as connection, tables.transaction(connection):
            row = connection.execute("SELECT id FROM document WHERE item = ?", (item_id,)).fetchone()
            known = tables.document_at(connection, row[0]) if row else None
            if known is not None:
                tables.take_out(connection, row[0], known)

    def holds(self, item_id: str, act: str) -> bool:
        """Whether the item is there as this act left it. Raises SearchUnusable."""
        if not self.path.exists():
            return False
        with _said(self.path), closing(tables.opened(self.path, "mode=rw")) as connection:
            sql = "SELECT 1 FROM document WHERE item = ? AND act = ?"
            return connection.execute(sql, (item_id, act)).fetchone() is not None

    def rebuild(self, documents: Iterable[SearchDocument]) -> None:
        """Makes the index from these documents alone, in any order; until it is whole the old one counts. Whoever puts
        meanwhile waits. Raises SearchUnusable, SearchBusy."""
        with self._turn(), _said(self.path):
            self._replace(documents)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._turn(), _said(self.path):
            if not self.path.exists():
                self._replace(())
            with closing(self._opened()) as connection:
                yield connection

    def _opened(self) -> sqlite3.Connection:
        """A connection to an index of this version. Opened once: who closes a file last moves its log into it."""
        connection = tables.opened(self.path, "mode=rw")
        try:
            if tables.of_this_version(connection):
                return connection
        except BaseException:
            connection.close()
            raise
        connection.close()
        self._replace(_kept(self.path))
        return tables.opened(self.path, "mode=rw")

    @contextmanager
    def _turn(self) -> Iterator[None]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle = (self.path.parent / _LOCK).open("ab")
        except OSError as problem:
            raise SearchUnusable(f"{self.path.parent} cannot be written: {problem.strerror}") from problem
        with handle:
            limit = time.monotonic() + self._patience
            while not _locked(handle.fileno()):
                if time.monotonic() > limit:
                    raise SearchBusy(f"{self.path} is being written by another process; try again later")
                time.sleep(_PAUSE_SECONDS)
            yield

    def _replace(self, documents: Iterable[SearchDocument]) -> None:
        folder = self.path.parent
        current = self.path.readlink().name if self.path.is_symlink() else ""
        _sweep(folder, self.path, current)
        made = folder / f"{self.path.stem}-{_serial(current) + 1}{self.path.suffix}"
        try:
            _fill(made, documents)
        except BaseException:
            _sweep(folder, self.path, current)
            raise
        link = folder / f".{self.path.name}.link"
        link.unlink(missing_ok=True)
        link.symlink_to(made.name)
        link.replace(self.path)
        _synced(folder)
        _sweep(folder, self.path, made.name)


def _fill(path: Path, documents: Iterable[SearchDocument]) -> None:
    """Makes a whole index beside the one that counts. Sorted by time first, for that is the order of their numbers."""
    with closing(tables.opened(path, "mode=rwc")) as connection:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "temp_store=FILE", "cache_size=-65536"):
            connection.execute(f"PRAGMA {pragma}")
        tables.create(connection)
        tables.in_bulk(connection)
        connection.execute("BEGIN")
        for number, document in enumerate(_in_time_order(connection, documents), 1):
            connection.execute("INSERT INTO place VALUES (?, ?)", (number, document.item))
            tables.add(connection, number, document)
        tables.optimise(connection)
        connection.execute("COMMIT")
        connection.execute("DROP TABLE IF EXISTS temp.spool")
        connection.execute("PRAGMA journal_mode=WAL")
    _synced(path)


def _in_time_order(connection: sqlite3.Connection, documents: Iterable[SearchDocument]) -> Iterator[SearchDocument]:
    """By way of a table on disk, so that a hundred thousand texts need no memory. Of two of an item the later counts."""
    import pickle

    connection.execute("CREATE TEMP TABLE spool (item TEXT PRIMARY KEY, at TEXT, data BLOB)")
    for document in map(_fit, documents):
        row = (document.item, stamp(document.published_at), pickle.dumps(document))
        connection.execute("INSERT OR REPLACE INTO temp.spool VALUES (?, ?, ?)", row)
    for (data,) in connection.execute("SELECT data FROM temp.spool ORDER BY at, item"):
        yield pickle.loads(data)  # noqa: S301 # written by this very call


def _kept(path: Path) -> Iterator[SearchDocument]:
    """All documents of an index of another version."""
    with closing(tables.opened(path, "mode=rw")) as connection:
        for (number,) in connection.execute("SELECT id FROM document ORDER BY id").fetchall():
            document = tables.document_at(connection, number)
            if document is not None:
                yield document


def _place(connection: sqlite3.Connection, item: str) -> int:
    """The item's number, for ever the same."""
    row = connection.execute("SELECT id FROM place WHERE item = ?", (item,)).fetchone()
    if row is not None:
        return int(row[0])
    return int(connection.execute("INSERT INTO place (item) VALUES (?)", (item,)).lastrowid or 0)


def _fit(document: SearchDocument) -> SearchDocument:
    """The document without characters that no page could show."""
    changes: dict[str, Any] = {}
    for entry in fields(document):
        value = getattr(document, entry.name)
        if isinstance(value, str):
            changes[entry.name] = cleaned(value)
        elif isinstance(value, tuple):
            changes[entry.name] = tuple(cleaned(str(text)) for text in value)
    return replace(document, **changes)


@contextmanager
def _said(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.DatabaseError, OSError) as problem:
        raise SearchUnusable(f"the search index {path} cannot be used ({problem}); make it again") from problem


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _serial(name: str) -> int:
    digits = Path(name).stem.rpartition("-")[2]
    return int(digits) if digits.isdecimal() else 0


def _sweep(folder: Path, path: Path, current: str) -> None:
    """Removes every file of an index that does not count, whole or half made."""
    for file in folder.glob(f"{path.stem}-*{path.suffix}*"):
        if not (current and file.name.startswith(current)):
            with suppress(FileNotFoundError):
                file.unlink()


def _synced(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
