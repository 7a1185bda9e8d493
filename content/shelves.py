"""The shelf kept in the ledger's database."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, and_, delete, func, insert, select, text, update

from content.clock import stamp, unstamp
from content.database import Database
from content.schema import shelf, shelf_list, shelf_reference
from content.shelf import Entry

NUMBERS = "numbers"
REFERS_TO = "refers_to"

# From one name to the next by the primary key, so that it costs as many steps as there are names, not entries.
_NAMES = text("""
WITH RECURSIVE name(list) AS (
    SELECT min(list) FROM shelf_list WHERE outlet = :outlet AND list >= :first AND list < :last
    UNION ALL
    SELECT (SELECT min(l.list) FROM shelf_list l WHERE l.outlet = :outlet AND l.list > name.list AND l.list < :last)
    FROM name WHERE name.list IS NOT NULL
)
SELECT list FROM name WHERE list IS NOT NULL AND EXISTS (
    SELECT 1 FROM shelf_list s WHERE s.outlet = :outlet AND s.list = name.list AND s.shown
) ORDER BY list
""")
_LAST_CHARACTER = "\U0010ffff"


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
            self._refer(connection, entry)
            self._place(connection, entry)
            return True

    def get(self, item_id: str) -> Entry | None:
        with self.database.read() as connection:
            row = self._row(connection, item_id)
            return _entry(row) if row else None

    def remove(self, item_id: str) -> None:
        with self.database.write() as connection:
            self._forget(connection, item_id)
            connection.execute(self._hide(item_id))

    def latest(self, list_name: str | None = None, limit: int = 20) -> Sequence[Entry]:
        if list_name is None:
            query = self._shown().order_by(shelf.c.published_at.desc(), shelf.c.item.desc())
        else:
            query = self._in_list(list_name).order_by(shelf_list.c.slot.desc())
        return sorted(self._entries(query.limit(limit)), key=_age, reverse=True)

    def span(self, list_name: str, first: int, size: int) -> Sequence[Entry]:
        return sorted(self._entries(_between(self._in_list(list_name), first, size)), key=_age)

    def addresses(self, list_name: str, first: int, size: int) -> Sequence[tuple[str, datetime]]:
        query = self._in_list(list_name).with_only_columns(shelf.c.address, shelf.c.updated_at)
        with self.database.read() as connection:
            return [(row.address, unstamp(row.updated_at)) for row in connection.execute(_between(query, first, size))]

    def extent(self, list_name: str) -> int:
        with self.database.read() as connection:
            return self._extent(connection, list_name)

    def slot(self, item_id: str, list_name: str) -> int | None:
        mine = and_(self._mine(list_name), shelf_list.c.item == item_id)
        with self.database.read() as connection:
            found: int | None = connection.execute(select(shelf_list.c.slot).where(mine)).scalar_one_or_none()
            return found

    def count(self, list_name: str | None = None) -> int:
        if list_name is None:
            shown = select(func.count()).where(shelf.c.outlet == self.outlet, shelf.c.withdrawn.is_(False))
        else:
            shown = select(func.count()).where(self._mine(list_name), shelf_list.c.shown)
        with self.database.read() as connection:
            return int(connection.execute(shown).scalar_one())

    def names(self, prefix: str) -> Sequence[str]:
        limits = {"outlet": self.outlet, "first": prefix, "last": prefix + _LAST_CHARACTER}
        with self.database.read() as connection:
            return list(connection.execute(_NAMES, limits).scalars())

    def after(self, item_id: str, limit: int) -> Sequence[Entry]:
        query = select(shelf).where(shelf.c.outlet == self.outlet, shelf.c.item > item_id)
        return self._entries(query.order_by(shelf.c.item).limit(limit))

    def item_ids(self) -> Sequence[str]:
        query = select(shelf.c.item).where(shelf.c.outlet == self.outlet).order_by(shelf.c.item)
        with self.database.read() as connection:
            return list(connection.execute(query).scalars())

    def changed_since(self, moment: datetime) -> Sequence[Entry]:
        query = select(shelf).where(shelf.c.outlet == self.outlet, shelf.c.updated_at >= stamp(moment))
        return self._entries(query.order_by(shelf.c.item))

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

    def _mine(self, list_name: str) -> Any:
        return and_(shelf_list.c.outlet == self.outlet, shelf_list.c.list == list_name)

    def _in_list(self, list_name: str) -> Select[Any]:
        joined = and_(shelf.c.outlet == shelf_list.c.outlet, shelf.c.item == shelf_list.c.item)
        return select(shelf).join(shelf_list, joined).where(self._mine(list_name), shelf_list.c.shown)

    def _extent(self, connection: Connection, list_name: str) -> int:
        highest = select(shelf_list.c.slot).where(self._mine(list_name)).order_by(shelf_list.c.slot.desc()).limit(1)
        found = connection.execute(highest).scalar_one_or_none()
        return 0 if found is None else int(found) + 1

    def _entries(self, query: Select[Any]) -> Sequence[Entry]:
        with self.database.read() as connection:
            return [_entry(row) for row in connection.execute(query).mappings()]

    def _forget(self, connection: Connection, item_id: str) -> None:
        for table in (shelf, shelf_reference):
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
            "lists": json.dumps(entry.lists, ensure_ascii=False),
        }

    def _refer(self, connection: Connection, entry: Entry) -> None:
        key = {"outlet": self.outlet, "item": entry.item_id}
        named = [(role, str(name)) for role in (NUMBERS, REFERS_TO) for name in _listed(entry.data.get(role))]
        if named:
            rows = [key | {"role": role, "reference": name} for role, name in dict.fromkeys(named)]
            connection.execute(insert(shelf_reference), rows)

    def _place(self, connection: Connection, entry: Entry) -> None:
        """Shows the item in its lists, in the slots that it had before or else in new ones at the end."""
        mine = and_(shelf_list.c.outlet == self.outlet, shelf_list.c.item == entry.item_id)
        had = set(connection.execute(select(shelf_list.c.list).where(mine)).scalars())
        wanted = [] if entry.withdrawn else list(dict.fromkeys(entry.lists))
        if had:
            connection.execute(self._hide(entry.item_id))
        for name in wanted:
            if name in had:
                connection.execute(update(shelf_list).where(mine, shelf_list.c.list == name).values(shown=True))
            else:
                row = {"outlet": self.outlet, "list": name, "slot": self._extent(connection, name)}
                connection.execute(insert(shelf_list).values(item=entry.item_id, shown=True, **row))

    def _hide(self, item_id: str) -> Any:
        mine = and_(shelf_list.c.outlet == self.outlet, shelf_list.c.item == item_id)
        return update(shelf_list).where(mine).values(shown=False)


def _between(query: Select[Any], first: int, size: int) -> Select[Any]:
    return query.where(shelf_list.c.slot >= first, shelf_list.c.slot < first + size).order_by(shelf_list.c.slot)


def _age(entry: Entry) -> tuple[datetime, str]:
    return entry.published_at, entry.item_id


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
        lists=tuple(json.loads(row["lists"])),
    )
