"""The index's file: its tables, how it is opened, and how documents lie in it.

``document`` holds what is shown, ``body_text`` the text (zlib), ``place`` which number an item has for ever: numbers grow
with the time of publication, so the newest come first by going backwards. The three FTS5 tables keep no text
(contentless); SQLite 3.40 takes a document out of them only when it is given the same tokens again.
"""

import json
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from content.clock import stamp, unstamp
from content.search.document import SearchDocument
from content.search.expressions import filter_token
from content.search.numbers import key_tokens, number_key
from content.search.tokens import BOUNDARY, characters, field_tokens, version

BUSY_SECONDS = 20.0
SCHEMA = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE place (id INTEGER PRIMARY KEY, item TEXT NOT NULL UNIQUE);
CREATE TABLE document (
  id INTEGER PRIMARY KEY, item TEXT NOT NULL UNIQUE, act TEXT NOT NULL, address TEXT NOT NULL, title TEXT NOT NULL,
  published_at TEXT NOT NULL, number TEXT NOT NULL, number_key TEXT NOT NULL, index_number TEXT NOT NULL,
  index_key TEXT NOT NULL, organ TEXT NOT NULL, joint_organs TEXT NOT NULL, theme TEXT NOT NULL, genre TEXT NOT NULL,
  year TEXT NOT NULL, effect TEXT NOT NULL, kind TEXT NOT NULL, columns TEXT NOT NULL, language TEXT NOT NULL,
  summary TEXT NOT NULL);
CREATE INDEX document_number_key ON document (number_key) WHERE number_key <> '';
CREATE INDEX document_index_key ON document (index_key) WHERE index_key <> '';
CREATE TABLE body_text (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE facet (name TEXT NOT NULL, value TEXT NOT NULL, documents INTEGER NOT NULL, PRIMARY KEY (name, value))
  WITHOUT ROWID;
CREATE VIRTUAL TABLE heading USING fts5(title, number, mark, content='', tokenize='ascii');
CREATE VIRTUAL TABLE body USING fts5(text, facet, content='', tokenize='ascii');
CREATE VIRTUAL TABLE bag USING fts5(mark, content='', detail=none, tokenize='ascii');
"""
COLUMNS = (
    "item, act, address, title, published_at, number, index_number, organ, joint_organs, theme, genre, year, effect, "
    "kind, columns, language, summary"
)
_FTS = {"heading": ("title", "number", "mark"), "body": ("text", "facet"), "bag": ("mark",)}
_BULK_BYTES = 8 * 1024 * 1024


def create(connection: sqlite3.Connection) -> None:
    """Makes the tables of an empty file."""
    connection.executescript(SCHEMA)
    connection.execute("INSERT INTO about VALUES ('tokens', ?)", (version(),))


def opened(path: Path, mode: str, patience: float = BUSY_SECONDS) -> sqlite3.Connection:
    """A connection without transactions of Python's own; *mode* as in SQLite's addresses (``mode=ro``). It waits for
    locks *patience* seconds."""
    address = f"file:{quote(str(path.absolute()))}?{mode}"
    return sqlite3.connect(address, uri=True, isolation_level=None, timeout=patience)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """One transaction that writes; whatever goes wrong in it leaves no trace."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def of_this_version(connection: sqlite3.Connection) -> bool:
    """Whether the index was made of the tokens that this program makes."""
    row = connection.execute("SELECT value FROM about WHERE name = 'tokens'").fetchone()
    return row is not None and row[0] == version()


def add(connection: sqlite3.Connection, number: int, document: SearchDocument) -> None:
    """Adds a document under its number; it must not be there."""
    values = (number, *_values(document), number_key(document.number), number_key(document.index_number))
    names = f"id, {COLUMNS}, number_key, index_key"
    connection.execute(f"INSERT INTO document ({names}) VALUES ({_marks(values)})", values)  # noqa: S608 # our own names
    connection.execute("INSERT INTO body_text VALUES (?, ?)", (number, zlib.compress(document.text.encode(), 6)))
    for table, columns in tokens_of(document).items():
        names = ", ".join(_FTS[table])
        sql = f"INSERT INTO {table} (rowid, {names}) VALUES ({_marks([number, *columns])})"  # noqa: S608 # our own names
        connection.execute(sql, (number, *columns))
    _count(connection, document, 1)


def take_out(connection: sqlite3.Connection, number: int, document: SearchDocument) -> None:
    """Takes a document out; it must be the one that was added."""
    for table, columns in tokens_of(document).items():
        names = ", ".join(_FTS[table])
        marks = _marks([number, *columns])
        sql = f"INSERT INTO {table} ({table}, rowid, {names}) VALUES ('delete', {marks})"  # noqa: S608 # our own names
        connection.execute(sql, (number, *columns))
    connection.execute("DELETE FROM body_text WHERE id = ?", (number,))
    connection.execute("DELETE FROM document WHERE id = ?", (number,))
    _count(connection, document, -1)


def tokens_of(document: SearchDocument) -> dict[str, tuple[str, ...]]:
    """What each FTS5 table is given, by table, in the order of its columns."""
    names = (document.title, document.number, document.index_number, document.organ, *document.joint_organs)
    texts = (*names, document.summary, document.text)
    facets = [filter_token(name, value) for name, value in document.facets()]
    keys = [" ".join(key_tokens(number_key(number))) for number in (document.number, document.index_number) if number]
    title_marks = " ".join([*characters([document.title]), *facets])
    return {
        "heading": (field_tokens(document.title), f" {BOUNDARY} ".join(keys), title_marks),
        "body": (field_tokens(*texts), " ".join(facets)),
        "bag": (" ".join([*characters(texts), *facets]),),
    }


def document_at(connection: sqlite3.Connection, number: int, *, with_text: bool = True) -> SearchDocument | None:
    """The document under this number, None when there is none."""
    sql = f"SELECT {COLUMNS} FROM document WHERE id = ?"  # noqa: S608 # our own names
    row = connection.execute(sql, (number,)).fetchone()
    if row is None:
        return None
    names = COLUMNS.split(", ")
    values: dict[str, Any] = dict(zip(names, row, strict=True))
    values["published_at"] = unstamp(values["published_at"])
    for name in ("joint_organs", "columns"):
        values[name] = tuple(json.loads(values[name]))
    return SearchDocument(**values, text=text_at(connection, number) if with_text else "")


def text_at(connection: sqlite3.Connection, number: int) -> str:
    row = connection.execute("SELECT data FROM body_text WHERE id = ?", (number,)).fetchone()
    return zlib.decompress(row[0]).decode() if row else ""


def in_bulk(connection: sqlite3.Connection) -> None:
    """Lets the tables grow in few large pieces while a file is filled that nobody reads yet."""
    for table in _FTS:
        for setting, value in (("hashsize", _BULK_BYTES), ("automerge", 0)):
            connection.execute(f"INSERT INTO {table} ({table}, rank) VALUES (?, ?)", (setting, value))  # noqa: S608 # our own names


def optimise(connection: sqlite3.Connection) -> None:
    """One piece per table, and the settings for single documents again (FTS5's own defaults)."""
    for table in _FTS:
        connection.execute(f"INSERT INTO {table} ({table}) VALUES ('optimize')")  # noqa: S608 # our own names
        for setting, value in (("hashsize", 1024 * 1024), ("automerge", 4)):
            connection.execute(f"INSERT INTO {table} ({table}, rank) VALUES (?, ?)", (setting, value))  # noqa: S608 # our own names
    connection.execute("ANALYZE document")


def _values(document: SearchDocument) -> tuple[object, ...]:
    kept = {"joint_organs": json.dumps(document.joint_organs), "columns": json.dumps(document.columns)}
    kept["published_at"] = stamp(document.published_at)
    return tuple(kept.get(name, getattr(document, name)) for name in COLUMNS.split(", "))


def _count(connection: sqlite3.Connection, document: SearchDocument, change: int) -> None:
    for pair in document.facets():
        connection.execute(
            "INSERT INTO facet VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET documents = documents + excluded.documents",
            (*pair, change),
        )
    if change < 0:
        connection.execute("DELETE FROM facet WHERE documents <= 0")


def _marks(values: object) -> str:
    return ", ".join("?" * len(values))  # type: ignore[arg-type] # any sequence
