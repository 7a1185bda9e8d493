"""The ledger's database: SQLite embedded, PostgreSQL when it grows, from one code (engine.md 4.2 L1)."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Delete, Engine, Insert, Table, bindparam, create_engine, delete, event, insert, text

from content.clock import Clock, system_clock

BUSY_TIMEOUT_MS = 10_000
# How a connection's next transaction begins on SQLite, in its ``info``.
_BEGIN = "tongbu_begin"
_READ = ("BEGIN",)
_KEPT = ("PRAGMA synchronous=FULL", "BEGIN IMMEDIATE")
_NOTED = ("PRAGMA synchronous=NORMAL", "BEGIN IMMEDIATE")


class DatabaseUnusable(Exception):
    """The database cannot be opened or is damaged; the message names the place and the mend."""


@dataclass(frozen=True)
class Database:
    """An engine and the clock that goes with it."""

    engine: Engine
    clock: Clock = system_clock

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction that may write: BEGIN IMMEDIATE on SQLite, committed at the end, rolled back on an error.

        A transaction that reads first and writes later would be refused at once with SQLITE_BUSY_SNAPSHOT when another
        writer came between (engine.md part 2), so every writer begins as one. It is on the disk when this returns (L1).
        """
        with self._turn(), self._transaction(_KEPT) as connection:
            yield connection

    @contextmanager
    def note(self) -> Iterator[Connection]:
        """Like ``write``, for what is counted and remembered beside the ledger: every process sees it at once and no kill
        loses it, but a power cut may lose what came after the last ``write``. It waits for no disk."""
        with self._turn(), self._transaction(_NOTED) as connection:
            if self.engine.dialect.name == "postgresql":
                connection.execute(_NO_WAITING)
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One transaction that only reads; it waits for no writer."""
        with self._transaction(_READ) as connection:
            yield connection

    @contextmanager
    def _transaction(self, begin: Sequence[str]) -> Iterator[Connection]:
        with self.engine.connect() as connection:
            connection.info[_BEGIN] = begin
            with connection.begin():
                yield connection

    def _turn(self) -> AbstractContextManager[object]:
        """Lets this process's threads write one after the other on SQLite, whose own waiting sleeps ever longer: eighteen
        threads that answer at the same moment would otherwise finish a second apart."""
        return _TURNS.setdefault(self.engine, Lock()) if self.engine.dialect.name == "sqlite" else nullcontext()


# As many connections as steps run at once, kept open: opening one costs as much as a dozen statements.
_POOL_ON_SQLITE = {"pool_size": 20}
_NO_WAITING = text("SET LOCAL synchronous_commit TO OFF")
_TURNS: WeakKeyDictionary[Engine, Lock] = WeakKeyDictionary()


def open_database(url: str, clock: Clock = system_clock) -> Database:
    """Opens ``sqlite:///path`` or ``postgresql+psycopg://…``; makes nothing, see ``migrations.upgrade``."""
    engine = create_engine(url, **(_POOL_ON_SQLITE if url.startswith("sqlite") else {}))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_pragmas)
        # Not by its event "begin": whoever listens to one makes every statement slower.
        engine.dialect.do_begin = _begin_sqlite  # type: ignore[assignment, method-assign]
    return Database(engine, clock)


def serialise_events(connection: Connection) -> None:
    """Lets one transaction at a time append to the event chain; on SQLite the writer's lock already does."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(7461)"))


def serialise(connection: Connection, name: str) -> None:
    """Lets one transaction at a time work on what *name* names; on SQLite the writer's lock already does."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(7462, hashtext(:name))"), {"name": name})


def put_row(connection: Connection, table: Table, key: Mapping[str, Any], **values: Any) -> None:
    """Puts a row in the place of the one with this *key*, if there is one; of several processes the last one's stays."""
    serialise(connection, f"{table.name} {sorted(key.items())}")
    forget, keep = _replacing(table, tuple(key))
    connection.execute(forget, {f"of_{name}": value for name, value in key.items()})
    connection.execute(keep, {**key, **values})


@cache
def _replacing(table: Table, key: tuple[str, ...]) -> tuple[Delete, Insert]:
    """Built once for each table: making a statement costs more than running it."""
    return delete(table).where(*(table.c[name] == bindparam(f"of_{name}") for name in key)), insert(table)


def integrity_problem(database: Database) -> str | None:
    """What SQLite's own quick check finds, None when all is well; PostgreSQL checks its pages itself."""
    if database.engine.dialect.name != "sqlite":
        return None
    with database.read() as connection:
        answer = connection.execute(text("PRAGMA quick_check(1)")).scalar_one()
    return None if answer == "ok" else str(answer)


def _set_pragmas(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", f"busy_timeout={BUSY_TIMEOUT_MS}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    for statement in connection.info.pop(_BEGIN, _KEPT):
        connection.driver_connection.execute(statement)
