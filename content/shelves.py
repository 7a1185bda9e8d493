"""The shelf kept in the ledger's database."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, case, delete, func, insert, literal, select, text, update

from content.clock import stamp, unstamp
from content.database import Database
from content.schema import shelf, shelf_list, shelf_reference
from content.shelf import Entry, brief

NUMBERS = "numbers"
REFERS_TO = "refers_to"

# From one name to the next by the primary key, so that it costs as many steps as there are names, not entries.
_NAMES = text(
    """
WITH RECURSIVE name(list) AS (
    SELECT min(list) FROM shelf_list WHERE outlet = :of_outlet AND list >= :first AND list < :last
    UNION ALL
    SELECT (SELECT min(l.list) FROM shelf_list l WHERE l.outlet = :of_outlet AND l.list > name.list AND l.list < :last)
    FROM name WHERE name.list IS NOT NULL
)
SELECT list FROM name WHERE list IS NOT NULL AND EXISTS (
    SELECT 1 FROM shelf_list s WHERE s.outlet = :of_outlet AND s.list = name.list AND s.shown
) ORDER BY list
"""
).columns(shelf_list.c.list)
_LAST_CHARACTER = "\U0010ffff"
_PORTION = 500
_KEPT = 2048

_ENTRY = (
    shelf.c.item,
    shelf.c.sequence,
    shelf.c.address,
    shelf.c.title,
    shelf.c.kind,
    shelf.c.organ,
    shelf.c.columns,
    shelf.c.published_at,
    shelf.c.updated_at,
    shelf.c.withdrawn,
    shelf.c.data,
    shelf.c.lists,
)
_BRIEF_ENTRY = (
    *(column for column in _ENTRY if column is not shelf.c.data and column is not shelf.c.lists),
    case((shelf.c.brief == "", shelf.c.data), else_=shelf.c.brief),
    literal("[]"),
)
_MINE = shelf.c.outlet == bindparam("of_outlet")
_IN_LIST = and_(shelf_list.c.outlet == bindparam("of_outlet"), shelf_list.c.list == bindparam("of_list"))
_IN_SPAN = and_(shelf_list.c.slot >= bindparam("first"), shelf_list.c.slot < bindparam("end"))
_SLOTS = and_(shelf.c.outlet == shelf_list.c.outlet, shelf.c.item == shelf_list.c.item)
_REFERRED = and_(shelf.c.outlet == shelf_reference.c.outlet, shelf.c.item == shelf_reference.c.item)
_BY_REFERENCE = and_(
    shelf_reference.c.outlet == bindparam("of_outlet"),
    shelf_reference.c.reference.in_(bindparam("references", expanding=True)),
    shelf_reference.c.role == bindparam("role"),
)

# Built once: making a statement costs more than running it.
_GET = select(*_ENTRY).where(_MINE, shelf.c.item == bindparam("of_item"))
_LATEST = (
    select(*_ENTRY)
    .where(_MINE, shelf.c.withdrawn.is_(False))
    .order_by(shelf.c.published_at.desc(), shelf.c.item.desc())
    .limit(bindparam("most"))
)
_SHOWN = select(*_ENTRY).join(shelf_list, _SLOTS).where(_IN_LIST, shelf_list.c.shown)
_SHOWN_IN_BRIEF = select(*_BRIEF_ENTRY).join(shelf_list, _SLOTS).where(_IN_LIST, shelf_list.c.shown)
_LATEST_OF_LIST = _SHOWN.order_by(shelf_list.c.slot.desc()).limit(bindparam("most"))
_HEADLINES = _SHOWN_IN_BRIEF.order_by(shelf_list.c.slot.desc()).limit(bindparam("most"))
_SPAN = _SHOWN_IN_BRIEF.where(_IN_SPAN).order_by(shelf_list.c.slot)
_STANDING = select(shelf_list.c.slot, shelf_list.c.item).where(_IN_LIST, shelf_list.c.shown, _IN_SPAN)
_ADDRESSES = _SPAN.with_only_columns(shelf.c.address, shelf.c.updated_at)
_AFTER = select(*_ENTRY).where(_MINE, shelf.c.item > bindparam("after")).order_by(shelf.c.item).limit(bindparam("most"))
_REFERENCES = (
    select(shelf_reference.c.reference, *_ENTRY)
    .join(shelf_reference, _REFERRED)
    .where(_BY_REFERENCE)
    .order_by(shelf.c.published_at, shelf.c.item)
)
_EXTENT = select(shelf_list.c.slot).where(_IN_LIST).order_by(shelf_list.c.slot.desc()).limit(1)
_GAPS = select(func.count()).where(_IN_LIST, shelf_list.c.shown.is_(False))
_EXTENT_AND_GAPS = select(_EXTENT.scalar_subquery(), _GAPS.scalar_subquery())
_COUNT = select(func.count()).where(_MINE, shelf.c.withdrawn.is_(False))

# The newest of every list of a kind: from the slot on of which the list shows as many as wanted.
_NAMED = _NAMES.cte("named")
_TAIL = shelf_list.alias("tail")
_TAIL_SLOT = (
    select(_TAIL.c.slot)
    .where(_TAIL.c.outlet == bindparam("of_outlet"), _TAIL.c.list == _NAMED.c.list, _TAIL.c.shown)
    .order_by(_TAIL.c.slot.desc())
    .limit(1)
    .offset(bindparam("others"))
    .correlate(_NAMED)
    .scalar_subquery()
)
_IN_TAIL = and_(
    shelf_list.c.outlet == bindparam("of_outlet"),
    shelf_list.c.list == _NAMED.c.list,
    shelf_list.c.shown,
    shelf_list.c.slot >= func.coalesce(_TAIL_SLOT, 0),
)
_HEADLINES_UNDER = (
    select(_NAMED.c.list, *_BRIEF_ENTRY).select_from(_NAMED).join(shelf_list, _IN_TAIL).join(shelf, _SLOTS)
)

_OF_ITEM = and_(shelf_list.c.outlet == bindparam("of_outlet"), shelf_list.c.item == bindparam("of_item"))
_FORGET = [
    delete(table).where(table.c.outlet == bindparam("of_outlet"), table.c.item == bindparam("of_item"))
    for table in (shelf, shelf_reference)
]
_PUT, _REFER = insert(shelf), insert(shelf_reference)
_LISTS_OF_ITEM = select(shelf_list.c.list).where(_OF_ITEM)
_IN_SAME_LIST = and_(_TAIL.c.outlet == bindparam("of_outlet"), _TAIL.c.list == shelf_list.c.list)
_PLACES_OF_ITEM = select(
    shelf_list.c.list,
    shelf_list.c.slot,
    select(func.max(_TAIL.c.slot) + 1).where(_IN_SAME_LIST).correlate(shelf_list).scalar_subquery(),
    select(func.count()).where(_IN_SAME_LIST, _TAIL.c.shown.is_(False)).correlate(shelf_list).scalar_subquery(),
).where(_OF_ITEM)
_HIDE = update(shelf_list).where(_OF_ITEM).values(shown=False)
_SHOW_AGAIN = update(shelf_list).where(_OF_ITEM, shelf_list.c.list == bindparam("of_list")).values(shown=True)
_AT_THE_END = insert(shelf_list).values(
    outlet=bindparam("of_outlet"),
    list=bindparam("of_list"),
    slot=select(func.coalesce(func.max(_TAIL.c.slot) + 1, 0))
    .where(_TAIL.c.outlet == bindparam("of_outlet"), _TAIL.c.list == bindparam("of_list"))
    .scalar_subquery(),
    item=bindparam("of_item"),
    shown=True,
)


@dataclass(frozen=True)
class DatabaseShelf:
    """One outlet's shelf; see ``content.shelf.Shelf`` for what each method promises."""

    database: Database
    outlet: str
    recalled: Mapping[tuple[str, str], Sequence[Entry]] = field(default_factory=dict, repr=False, compare=False)
    held: Connection | None = field(default=None, repr=False, compare=False)
    said: dict[tuple[str, str], Any] = field(default_factory=dict, repr=False, compare=False)

    def put(self, entry: Entry) -> bool:
        with self.database.write() as connection:
            known = self._known(connection, entry.item_id)
            if known is not None and known.sequence > entry.sequence:
                return False
            published_at = stamp(known.published_at if known else entry.published_at)
            self._forget(connection, entry.item_id)
            connection.execute(_PUT, self._values(entry, published_at))
            self._refer(connection, entry)
            self._place(connection, entry)
            return True

    def get(self, item_id: str) -> Entry | None:
        with self._read() as connection:
            return self._known(connection, item_id)

    def remove(self, item_id: str) -> None:
        with self.database.write() as connection:
            self._forget(connection, item_id)
            connection.execute(_HIDE, {"of_outlet": self.outlet, "of_item": item_id})

    def latest(self, list_name: str | None = None, limit: int = 20) -> Sequence[Entry]:
        if list_name is None:
            found = self._entries(_LATEST, most=limit)
        else:
            found = self._entries(_LATEST_OF_LIST, of_list=list_name, most=limit)
        return sorted(found, key=_age, reverse=True)

    def headlines(self, list_name: str, limit: int) -> Sequence[Entry]:
        return sorted(self._briefly(_HEADLINES, of_list=list_name, most=limit), key=_age, reverse=True)

    def headlines_under(self, prefix: str, limit: int) -> Mapping[str, Sequence[Entry]]:
        found: dict[str, list[Entry]] = {}
        with self._read() as connection:
            rows = connection.execute(_HEADLINES_UNDER, {**self._named(prefix), "others": limit - 1}).all()
        for name, *values in rows:
            found.setdefault(name, []).append(_brief_entry(*values))
        return {name: sorted(found[name], key=_age, reverse=True) for name in sorted(found)}

    def span(self, list_name: str, first: int, size: int) -> Sequence[Entry]:
        return sorted(self._briefly(_SPAN, of_list=list_name, first=first, end=first + size), key=_age)

    def standing(self, list_name: str, first: int, size: int) -> Mapping[int, str]:
        limits = {"of_outlet": self.outlet, "of_list": list_name, "first": first, "end": first + size}
        with self._read() as connection:
            return {row.slot: row.item for row in connection.execute(_STANDING, limits)}

    def addresses(self, list_name: str, first: int, size: int) -> Sequence[tuple[str, datetime]]:
        limits = {"of_outlet": self.outlet, "of_list": list_name, "first": first, "end": first + size}
        with self._read() as connection:
            return [(address, unstamp(at)) for address, at in connection.execute(_ADDRESSES, limits).all()]

    def extent(self, list_name: str) -> int:
        return int(self._once("extent", list_name, self._asked_extent)[0])

    def slot(self, item_id: str, list_name: str) -> int | None:
        slots: dict[str, int] = self._once("slots", item_id, self._asked_slots)
        return slots.get(list_name)

    def count(self, list_name: str | None = None) -> int:
        """Of a list: the slots less those that are gaps, which are few."""
        if list_name is not None:
            extent, gaps = self._once("extent", list_name, self._asked_extent)
            return int(extent - gaps)
        with self._read() as connection:
            return int(connection.execute(_COUNT, {"of_outlet": self.outlet}).scalar_one())

    def names(self, prefix: str) -> Sequence[str]:
        kind = prefix.partition("/")[0]  # of which one asks for one facet after the other
        return [name for name in self._once("names", kind, self._asked_names) if name.startswith(prefix)]

    def _once(self, question: str, name: str, ask: Callable[[str], Any]) -> Any:
        """What does not change while one reads is asked once."""
        if self.held is None:
            return ask(name)
        if (question, name) not in self.said:
            self.said[question, name] = ask(name)
        return self.said[question, name]

    def _asked_extent(self, list_name: str) -> tuple[int, int]:
        """A list's extent, and how many of its slots are gaps."""
        with self._read() as connection:
            mine = {"of_outlet": self.outlet, "of_list": list_name}
            last, gaps = connection.execute(_EXTENT_AND_GAPS, mine).one()
            return 0 if last is None else last + 1, gaps

    def _asked_slots(self, item_id: str) -> dict[str, int]:
        """An item's slot in every list that it ever stood in; who asks for it goes on to ask for the extents of these."""
        with self._read() as connection:
            places = connection.execute(_PLACES_OF_ITEM, {"of_outlet": self.outlet, "of_item": item_id}).all()
        if self.held is not None:
            self.said.update({("extent", name): (extent, gaps) for name, _, extent, gaps in places})
        return {name: slot for name, slot, _, _ in places}

    def _asked_names(self, prefix: str) -> list[str]:
        with self._read() as connection:
            return list(connection.execute(_NAMES, self._named(prefix)).scalars())

    def _named(self, prefix: str) -> dict[str, Any]:
        return {"of_outlet": self.outlet, "first": prefix, "last": prefix + _LAST_CHARACTER}

    def after(self, item_id: str, limit: int) -> Sequence[Entry]:
        return self._entries(_AFTER, after=item_id, most=limit)

    def item_ids(self) -> Sequence[str]:
        query = select(shelf.c.item).where(shelf.c.outlet == self.outlet).order_by(shelf.c.item)
        with self._read() as connection:
            return list(connection.execute(query).scalars())

    def changed_since(self, moment: datetime) -> Sequence[Entry]:
        query = select(*_ENTRY).where(_MINE, shelf.c.updated_at >= stamp(moment))
        return self._entries(query.order_by(shelf.c.item))

    def related(self, reference: str) -> Sequence[Entry]:
        return self._by_reference(reference, REFERS_TO)

    def find(self, reference: str) -> Entry | None:
        return next(iter(self._by_reference(reference, NUMBERS)), None)

    def recalling(self, numbers: Iterable[str], references: Iterable[str]) -> "DatabaseShelf":
        with self._read() as connection:
            found = {
                **self._referring(connection, numbers, REFERS_TO),
                **self._referring(connection, references, NUMBERS),
            }
        return replace(self, recalled=found)

    @contextmanager
    def reading(self) -> Iterator["DatabaseShelf"]:
        with self.database.read() as connection:
            yield replace(self, held=connection, said={})

    def _read(self) -> AbstractContextManager[Connection]:
        return nullcontext(self.held) if self.held is not None else self.database.read()

    def _by_reference(self, reference: str, role: str) -> Sequence[Entry]:
        if (role, reference) in self.recalled:
            return self.recalled[role, reference]
        return list(self._once(role, reference, lambda name: self._asked_reference(name, role)))

    def _asked_reference(self, reference: str, role: str) -> Sequence[Entry]:
        with self._read() as connection:
            return self._referring(connection, [reference], role)[role, reference]

    def _referring(
        self, connection: Connection, references: Iterable[str], role: str
    ) -> dict[tuple[str, str], list[Entry]]:
        found: dict[tuple[str, str], list[Entry]] = {(role, reference): [] for reference in references}
        for portion in _portions([reference for _, reference in found]):
            named = {"of_outlet": self.outlet, "role": role, "references": portion}
            for reference, *values in connection.execute(_REFERENCES, named):
                found[role, reference].append(_entry(values))
        return found

    def _known(self, connection: Connection, item_id: str) -> Entry | None:
        row = connection.execute(_GET, {"of_outlet": self.outlet, "of_item": item_id}).first()
        return _entry(row) if row else None

    def _entries(self, query: Select[Any], **values: Any) -> list[Entry]:
        with self._read() as connection:
            return [_entry(row) for row in connection.execute(query, {"of_outlet": self.outlet, **values})]

    def _briefly(self, query: Select[Any], **values: Any) -> list[Entry]:
        with self._read() as connection:
            rows = connection.execute(query, {"of_outlet": self.outlet, **values}).all()
        return [_brief_entry(*row) for row in rows]

    def _forget(self, connection: Connection, item_id: str) -> None:
        for statement in _FORGET:
            connection.execute(statement, {"of_outlet": self.outlet, "of_item": item_id})

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
            "brief": json.dumps(brief(entry.data), ensure_ascii=False),
        }

    def _refer(self, connection: Connection, entry: Entry) -> None:
        key = {"outlet": self.outlet, "item": entry.item_id}
        named = [(role, str(name)) for role in (NUMBERS, REFERS_TO) for name in _listed(entry.data.get(role))]
        if named:
            rows = [key | {"role": role, "reference": name} for role, name in dict.fromkeys(named)]
            connection.execute(_REFER, rows)

    def _place(self, connection: Connection, entry: Entry) -> None:
        """Shows the item in its lists, in the slots that it had before or else in new ones at the end."""
        mine = {"of_outlet": self.outlet, "of_item": entry.item_id}
        had = set(connection.execute(_LISTS_OF_ITEM, mine).scalars())
        wanted = [] if entry.withdrawn else list(dict.fromkeys(entry.lists))
        if had:
            connection.execute(_HIDE, mine)
        if again := [{**mine, "of_list": name} for name in wanted if name in had]:
            connection.execute(_SHOW_AGAIN, again)
        if new := [{**mine, "of_list": name} for name in wanted if name not in had]:
            connection.execute(_AT_THE_END, new)


def _age(entry: Entry) -> tuple[datetime, str]:
    return entry.published_at, entry.item_id


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []


def _portions(texts: list[str]) -> Iterator[list[str]]:
    return (texts[start : start + _PORTION] for start in range(0, len(texts), _PORTION))


def _entry(row: Iterable[Any]) -> Entry:
    """From the columns of ``_ENTRY``."""
    item_id, sequence, address, title, kind, organ, columns, published_at, updated_at, withdrawn, data, lists = row
    named, values, listed = json.loads(f"[{columns},{data},{lists}]")
    return Entry(
        item_id=item_id,
        sequence=sequence,
        address=address,
        title=title,
        kind=kind,
        organ=organ,
        columns=tuple(named),
        published_at=unstamp(published_at),
        updated_at=unstamp(updated_at),
        withdrawn=withdrawn,
        data=values,
        lists=tuple(listed),
    )


@lru_cache(maxsize=_KEPT)
def _brief_entry(*row: Any) -> Entry:
    """An entry as lists show it: the same for the same columns, for the newest stand in many lists."""
    return _entry(row)
