"""The event log: append-only, hash-chained, and exported so that nobody can rewrite it unseen (engine.md 4.2 L3)."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select

from content.canonical import canonical_json, digest_of
from content.clock import stamp
from content.database import Database, serialise_events
from content.schema import event

GENESIS = "0" * 64
_APPEND = insert(event)
_OF_SUBJECTS = select(event).where(event.c.subject.in_(bindparam("about", expanding=True))).order_by(event.c.seq)
_NEWEST = select(event.c.seq, event.c.hash).order_by(event.c.seq.desc()).limit(1)


@dataclass(frozen=True)
class Head:
    """The chain's newest link: what is exported, printed and later compared."""

    seq: int
    hash: str


def append(connection: Connection, database: Database, kind: str, subject: str, data: Mapping[str, Any]) -> int:
    """Adds one event inside the caller's transaction and returns its sequence number.

    *subject* is ``item/1001``, ``delivery/7``, ``person/张敏``, ``outlet/weibo-main`` or ``workspace``. *data* are JSON values.
    """
    serialise_events(connection)
    before = _head(connection)
    values = {
        "seq": before.seq + 1,
        "at": stamp(database.clock()),
        "kind": kind,
        "subject": subject,
        "data": canonical_json(data).decode(),
        "previous": before.hash,
    }
    connection.execute(_APPEND, {**values, "hash": digest_of(values)})
    return before.seq + 1


def head(database: Database) -> Head:
    """The newest link; sequence 0 and zeros for an empty chain."""
    with database.read() as connection:
        return _head(connection)


def of_subject(connection: Connection, subject: str) -> list[dict[str, Any]]:
    """The events of one subject, oldest first, their data as JSON values."""
    return of_subjects(connection, [subject])[subject]


def of_subjects(connection: Connection, subjects: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    """The same of several subjects, by subject."""
    found: dict[str, list[dict[str, Any]]] = {subject: [] for subject in subjects}
    for row in connection.execute(_OF_SUBJECTS, {"about": list(found)}):
        found[row.subject].append(dict(row._mapping) | {"data": json.loads(row.data)})
    return found


@dataclass(frozen=True)
class Break:
    """Where the chain does not hold, and why."""

    seq: int
    problem: str


def verify_chain(database: Database, exported: Iterable[Head] = ()) -> Break | None:
    """Walks the whole chain, and compares it with heads that were exported or printed earlier.

    Returns the first break: an altered, missing or added event, or a head that the chain no longer contains.
    """
    wanted = {known.seq: known.hash for known in exported}
    before = Head(0, GENESIS)
    with database.read() as connection:
        for row in connection.execute(select(event).order_by(event.c.seq)).yield_per(1000):
            problem = _link_problem(row, before, wanted.pop(row.seq, None))
            if problem:
                return Break(row.seq, problem)
            before = Head(row.seq, row.hash)
    if wanted:
        first = min(wanted)
        return Break(first, f"an exported head names event {first}, and the chain ends at {before.seq}")
    return None


def _head(connection: Connection) -> Head:
    row = connection.execute(_NEWEST).first()
    return Head(row.seq, row.hash) if row else Head(0, GENESIS)


def _link_problem(row: Row[Any], before: Head, exported: str | None) -> str | None:
    if row.seq != before.seq + 1:
        return f"event {before.seq + 1} is missing"
    if row.previous != before.hash:
        return "it does not follow the event before it"
    covered = {name: row._mapping[name] for name in ("seq", "at", "kind", "subject", "data", "previous")}
    if digest_of(covered) != row.hash:
        return "its content has been altered"
    if exported is not None and exported != row.hash:
        return "it differs from the head that was exported"
    return None
