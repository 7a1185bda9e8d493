"""The readers' side of the search: read-only, bounded in time, and never an error because of what was typed."""

import json
import logging
import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from content.search import tables
from content.search.document import (
    LAST_PAGE,
    LONGEST_QUERY,
    Facets,
    Found,
    Hit,
    Query,
    SearchDocument,
    State,
    cleaned,
)
from content.search.expressions import Asked, Word, filters_of, words_of
from content.search.highlight import marked, opening, snippet
from content.search.numbers import mended
from content.search.stages import Sql, Stages, stages, suggestions

T = TypeVar("T")

MOST_SUGGESTIONS = 8
LARGEST_PAGE = 100
COUNTED_ROWS = 2_000
COUNTING_SECONDS = 0.05
_STEPS = 4_000
_ATTEMPTS = 4
_LOCK_SECONDS = 1.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Suggestion:
    """A document that the reader may be typing the title or the number of."""

    title: str
    number: str
    address: str


@dataclass
class _Walk:
    """The numbers of the best documents, and how many there are in all."""

    numbers: list[int]
    total: int = 0
    exact: bool = True
    complete: bool = True

    def add(self, numbers: list[int]) -> None:
        known = set(self.numbers)
        self.numbers += [number for number in numbers if number not in known]


class SearchReader:
    """The search of one site, for one thread. *path* may be missing, and may be replaced at any time.

    *seconds* bounds the work of one question: what was found by then is the answer.
    """

    def __init__(self, path: Path, seconds: float = 1.0) -> None:
        self.path = path
        self._seconds = seconds
        self._connection: sqlite3.Connection | None = None
        self._seen: tuple[object, ...] = ()

    def search(self, query: Query) -> Found:
        """Answers any question; see ``Found`` for what to tell the reader beside the hits."""
        text = cleaned(query.text)
        page = min(max(1, query.page), LAST_PAGE)
        short = " ".join(text[:LONGEST_QUERY].split())
        asked = Asked(words_of(mended(short)), filters_of(query.filters))
        told = Found(page=page, shortened=len(text) > LONGEST_QUERY)
        if query.text.strip() and not asked.words:
            return replace(told, wordless=True)
        plan = stages(asked, short, newest=query.newest)
        size = min(max(1, query.size), LARGEST_PAGE)
        return self._asked(
            lambda connection: _found(connection, plan, asked.words, told, size, self._seconds),
            replace(told, state=State.MISSING),
            replace(told, state=State.UNUSABLE, exact=False),
        )

    def suggest(self, text: str) -> list[Suggestion]:
        """Up to eight documents whose number or title begins with the text or holds it."""
        short = " ".join(cleaned(text)[:LONGEST_QUERY].split())
        statements = suggestions(short)
        return self._asked(lambda connection: _suggested(connection, statements, self._seconds), [], [])

    def facets(self) -> Facets:
        """What there is to choose from; themes by their classes, years newest first, all else most frequent first."""
        return self._asked(_facets, {}, {})

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection, self._seen = None, ()

    def _asked(self, ask: Callable[[sqlite3.Connection], T], missing: T, unusable: T) -> T:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                connection = self._current()
                return missing if connection is None else ask(connection)
            except (sqlite3.Error, OSError, ValueError, UnicodeError) as problem:
                if attempt == _ATTEMPTS:
                    _log.warning("the search index %s cannot be read: %s", self.path, problem)
                with suppress(sqlite3.Error):
                    self.close()
        return unusable

    def _current(self) -> sqlite3.Connection | None:
        """The connection to the file that counts now; None while there is none."""
        try:
            target = self.path.resolve(strict=True)
            looks = _looks(target)
        except FileNotFoundError:
            self.close()
            if self.path.is_symlink():  # exchanged between the two looks
                raise
            return None
        if self._connection is None or looks[: len(self._seen)] != self._seen:
            self.close()
            self._connection, still = _opened(target)
            self._seen = looks if still else looks[:2]
        return self._connection


def _looks(target: Path) -> tuple[object, ...]:
    """Which file it is, and what changes when somebody writes into it."""
    seen, log = target.stat(), target.with_name(f"{target.name}-wal")
    return seen.st_dev, seen.st_ino, seen.st_mtime_ns, seen.st_size, log.exists()


def _opened(target: Path) -> tuple[sqlite3.Connection, bool]:
    """The connection, and whether it takes the file for one that stands still.

    SQLite reads a file with a log only where it may write the log's index beside it or finds it there; whoever has no
    leave to write takes the file as it stands while nobody writes, and looks again before every question.
    """
    connection = tables.opened(target, "mode=ro", _LOCK_SECONDS)
    try:
        _try(connection)
    except sqlite3.OperationalError as problem:
        connection.close()
        if problem.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
            raise
    else:
        return connection, False
    connection = tables.opened(target, "mode=ro&immutable=1", _LOCK_SECONDS)
    _try(connection)
    return connection, True


def _try(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA query_only=ON")
    connection.execute("PRAGMA cache_size=-16384")
    connection.execute("SELECT value FROM about").fetchall()


def _found(
    connection: sqlite3.Connection, plan: Stages, words: tuple[Word, ...], told: Found, size: int, seconds: float
) -> Found:
    with _reading(connection):
        walk = _walk(connection, plan, told.page * size + 1, seconds)
        first = (told.page - 1) * size
        documents = [tables.document_at(connection, number) for number in walk.numbers[first : first + size]]
    return replace(
        told,
        state=State.COMPLETE if walk.complete else State.PARTIAL,
        hits=tuple(_hit(document, words) for document in documents if document is not None),
        total=walk.total,
        exact=walk.exact,
        more=len(walk.numbers) > first + size and told.page < LAST_PAGE,
    )


def _hit(document: SearchDocument, words: tuple[Word, ...]) -> Hit:
    shown = snippet(document.text, words) or snippet(document.summary, words)
    return Hit(
        document=replace(document, text=""),
        title=marked(document.title, words),
        number=marked(document.number, words),
        snippet=shown or opening(document.summary or document.text),
    )


@contextmanager
def _reading(connection: sqlite3.Connection) -> Iterator[None]:
    """One look at one state of the index."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


def _walk(connection: sqlite3.Connection, plan: Stages, wanted: int, seconds: float) -> _Walk:
    """The best *wanted* numbers and the total."""
    walk = _Walk([])
    began = time.monotonic()
    try:
        with _limited(connection, began + seconds):
            for statement in plan.best:
                if len(walk.numbers) < wanted:
                    walk.add(_numbers(connection, statement, wanted))
            room = max(wanted, len(walk.numbers)) + len(walk.numbers)
            found = _numbers(connection, plan.whole, room)
            walk.add(found)
        walk.total = len(walk.numbers)
        if len(found) == room:
            _count(connection, plan, walk, found, min(began + seconds, time.monotonic() + COUNTING_SECONDS))
    except sqlite3.OperationalError as problem:
        if problem.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        walk.complete, walk.exact, walk.total = False, False, len(walk.numbers)
    return walk


def _count(connection: sqlite3.Connection, plan: Stages, walk: _Walk, newest: list[int], until: float) -> None:
    """The total where it is known or soon counted; beyond that it is estimated from the *newest* that fit."""
    if plan.total is not None:
        statement, values = plan.total
        row = connection.execute(statement, values).fetchone()
        walk.total = row[0] if row else 0
        return
    found: list[int] = []
    with suppress(sqlite3.OperationalError), _limited(connection, until):
        found = _numbers(connection, plan.whole, COUNTED_ROWS)
    if found and len(found) < COUNTED_ROWS:
        walk.total = len(set(found) | set(walk.numbers))
        return
    seen = found or newest
    last = connection.execute("SELECT max(id) FROM document").fetchone()[0]
    walk.total, walk.exact = max(walk.total, _estimate(len(seen), int(last), seen[-1])), False


def _estimate(counted: int, last: int, reached: int) -> int:
    """How many there are when the older documents hold as many as the newer: two figures, no more is known."""
    estimate = counted * last // max(1, last - reached + 1)
    step: int = 10 ** max(0, len(str(estimate)) - 2)
    return estimate // step * step


def _numbers(connection: sqlite3.Connection, statement: Sql, limit: int) -> list[int]:
    """Up to *limit* numbers, newest first, as one row: Python's threads wait for each other at every row."""
    sql, values = statement
    gathered = f"SELECT json_group_array(number) FROM ({sql} LIMIT ?)"  # noqa: S608 # our own statements
    (found,) = connection.execute(gathered, (*values, limit)).fetchone()
    return sorted(json.loads(found), reverse=True)


@contextmanager
def _limited(connection: sqlite3.Connection, until: float) -> Iterator[None]:
    """Interrupts statements from this moment of ``time.monotonic`` on."""
    connection.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
    try:
        yield
    finally:
        connection.set_progress_handler(None, 0)


def _suggested(connection: sqlite3.Connection, statements: list[Sql], seconds: float) -> list[Suggestion]:
    walk = _Walk([])
    with suppress(sqlite3.OperationalError), _limited(connection, time.monotonic() + seconds):
        for statement in statements:
            if len(walk.numbers) < MOST_SUGGESTIONS:
                walk.add(_numbers(connection, statement, MOST_SUGGESTIONS))
    found = (tables.document_at(connection, number, with_text=False) for number in walk.numbers[:MOST_SUGGESTIONS])
    return [Suggestion(one.title, one.number, one.address) for one in found if one is not None]


def _facets(connection: sqlite3.Connection) -> Facets:
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for name, value, documents in connection.execute("SELECT * FROM facet ORDER BY name, documents DESC, value"):
        if name != "theme" or "\\" not in value:
            found[name].append((value, documents))
    return {name: sorted(values, reverse=True) if name == "year" else values for name, values in found.items()}
