"""The shelf kept in the ledger's database."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, and_, delete, func, insert, or_, select

from content.clock import stamp, unstamp
from content.database import Database
from content.schema import shelf, shelf_column, shelf_reference
from content.shelf import Entry

NUMBERS = "numbers"
REFERS_TO = "refers_to"


@dataclass(frozen=True)
class DatabaseShelf:
    """One outlet's shelf; see ``content.shelf.Shelf`` for what each method promises."""

    database: Database
    outlet: str

    def put(self, entry: Entry) -> bool:
        with self.database.write() as connection:
            known = self._row(connection, entry.item_id)
            if known is not None and known["sequence"] > entry.sequence:
                return False
            published_at = known["published_at"] if known else stamp(entry.published_at)
            self._forget(connection, entry.item_id)
            connection.execute(insert(shelf).values(**self._values(entry, published_at)))
            self._index(connection, entry, published_at)
            return True

    def get(self, item_id: str) -> Entry | None:
        with self.database.read() as connection:
            row = self._row(connection, item_id)
            return _entry(row) if row else None

    def remove(self, item_id: str) -> None:
        with self.database.write() as connection:
            self._forget(connection, item_id)

    def latest(self, column: str | None = None, limit: int = 20, offset: int = 0) -> Sequence[Entry]:
        if column is None:
            query = self._shown().order_by(shelf.c.published_at.desc(), shelf.c.item.desc())
        else:
            query = self._in_column(column).order_by(shelf_column.c.published_at.desc(), shelf_column.c.item.desc())
        return self._entries(query.limit(limit).offset(offset))

    def oldest(self, column: str, limit: int, offset: int) -> Sequence[Entry]:
        query = self._in_column(column).order_by(shelf_column.c.published_at, shelf_column.c.item)
        return self._entries(query.limit(limit).offset(offset))

    def count(self, column: str | None = None) -> int:
        shown = self._shown() if column is None else self._in_column(column)
        with self.database.read() as connection:
            return int(connection.execute(select(func.count()).select_from(shown.subquery())).scalar_one())

    def position(self, item_id: str, column: str) -> int:
        mine = self.get(item_id)
        if mine is None:
            return 0
        at = stamp(mine.published_at)
        earlier = or_(
            shelf_column.c.published_at < at,
            and_(shelf_column.c.published_at == at, shelf_column.c.item < item_id),
        )
        older = self._in_column(column).where(earlier)
        with self.database.read() as connection:
            return int(connection.execute(select(func.count()).select_from(older.subquery())).scalar_one())

    def related(self, reference: str) -> Sequence[Entry]:
        return self._by_reference(reference, REFERS_TO)

    def find(self, reference: str) -> Entry | None:
        return next(iter(self._by_reference(reference, NUMBERS)), None)

    def _by_reference(self, reference: str, role: str) -> Sequence[Entry]:
        mine = and_(shelf_reference.c.outlet == self.outlet, shelf_reference.c.reference == reference)
        items = select(shelf_reference.c.item).where(mine, shelf_reference.c.role == role)
        query = select(shelf).where(shelf.c.outlet == self.outlet, shelf.c.item.in_(items))
        return self._entries(query.order_by(shelf.c.published_at, shelf.c.item))

    def _row(self, connection: Connection, item_id: str) -> RowMapping | None:
        mine = and_(shelf.c.outlet == self.outlet, shelf.c.item == item_id)
        return connection.execute(select(shelf).where(mine)).mappings().first()

    def _shown(self) -> Select[Any]:
        return select(shelf).where(shelf.c.outlet == self.outlet, shelf.c.withdrawn.is_(False))

    def _in_column(self, column: str) -> Select[Any]:
        joined = and_(shelf.c.outlet == shelf_column.c.outlet, shelf.c.item == shelf_column.c.item)
        return (
            select(shelf)
            .join(shelf_column, joined)
            .where(shelf_column.c.outlet == self.outlet, shelf_column.c.column == column)
        )

    def _entries(self, query: Select[Any]) -> Sequence[Entry]:
        with self.database.read() as connection:
            return [_entry(row) for row in connection.execute(query).mappings()]

    def _forget(self, connection: Connection, item_id: str) -> None:
        for table in (shelf, shelf_column, shelf_reference):
            connection.execute(delete(table).where(table.c.outlet == self.outlet, table.c.item == item_id))

    def _values(self, entry: Entry, published_at: str) -> dict[str, Any]:
        return {
            "outlet": self.outlet,
            "item": entry.item_id,
            "sequence": entry.sequence,
            "address": entry.address,
            "title": entry.title,
            "kind": entry.kind,
            "organ": entry.organ,
            "columns": json.dumps(entry.columns),
            "published_at": published_at,
            "updated_at": stamp(entry.updated_at),
            "withdrawn": entry.withdrawn,
            "data": json.dumps(entry.data, ensure_ascii=False),
        }

    def _index(self, connection: Connection, entry: Entry, published_at: str) -> None:
        key = {"outlet": self.outlet, "item": entry.item_id}
        if not entry.withdrawn and entry.columns:
            rows = [key | {"column": column, "published_at": published_at} for column in dict.fromkeys(entry.columns)]
            connection.execute(insert(shelf_column), rows)
        named = [(role, str(name)) for role in (NUMBERS, REFERS_TO) for name in _listed(entry.data.get(role))]
        if named:
            rows = [key | {"role": role, "reference": name} for role, name in dict.fromkeys(named)]
            connection.execute(insert(shelf_reference), rows)


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []


def _entry(row: RowMapping) -> Entry:
    return Entry(
        item_id=row["item"],
        sequence=row["sequence"],
        address=row["address"],
        title=row["title"],
        kind=row["kind"],
        organ=row["organ"],
        columns=tuple(json.loads(row["columns"])),
        published_at=unstamp(row["published_at"]),
        updated_at=unstamp(row["updated_at"]),
        withdrawn=row["withdrawn"],
        data=json.loads(row["data"]),
    )
