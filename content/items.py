"""The store of items and their revisions."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, or_, select, update

from content.canonical import canonical_json, digest
from content.clock import in_china, stamp, unstamp
from content.database import Database
from content.events import append
from content.finding import Finding
from content.item import Item, Revision
from content.numbering import make_index_number
from content.office import Office, Site
from content.people import SignedAct
from content.schema import item, override, revision
from content.vocabulary import Effect, Severity

FIRST_NUMBER = 1001


class NoSuchItem(LookupError):
    """An id that no item has."""


class RevisionAltered(ValueError):
    """A stored revision no longer has its digest."""


@dataclass(frozen=True)
class StoredRevision:
    """A revision as it was handed in. *sequence* counts from 1 within its item; *cleaned* is what intake removed."""

    item_id: str
    sequence: int
    digest: str
    revision: Revision
    file_name: str
    cleaned: tuple[Finding, ...]
    handed_in_by: str
    handed_in_at: datetime


@dataclass(frozen=True)
class Override:
    code: str
    person: str
    reason: str


# Built once: making a statement costs more than running it.
_BY_NUMBER = select(item).where(item.c.number == bindparam("named"))
_BY_DIGEST = select(revision).where(revision.c.digest == bindparam("named"))
_TOUCHED = (
    select(revision.c.handed_in_by)
    .where(revision.c.digest == bindparam("named"))
    .union(select(override.c.person).where(override.c.revision == bindparam("named")))
)


def hand_in(
    database: Database,
    handed_in: Revision,
    act: SignedAct,
    file_name: str,
    cleaned: Sequence[Finding] = (),
    item_id: str | None = None,
) -> tuple[StoredRevision, bool]:
    """Keeps a revision: of a new item, or of *item_id*. The same bytes again change nothing (then the second value is False)."""
    with database.write() as connection:
        known = connection.execute(select(revision.c.digest).where(revision.c.digest == handed_in.digest)).first()
        if known is None:
            number = int(item_id) if item_id else _next_number(connection)
            _keep_item(connection, database, number, handed_in, new=item_id is None)
            _keep_revision(connection, database, number, handed_in, act, file_name, cleaned)
        return by_digest(connection, handed_in.digest), known is None


def latest(connection: Connection, item_id: str) -> StoredRevision:
    """The newest revision of an item; raises NoSuchItem."""
    query = select(revision.c.digest).where(revision.c.item == _number(item_id)).order_by(revision.c.sequence.desc())
    found = connection.execute(query.limit(1)).scalar_one_or_none()
    if found is None:
        raise NoSuchItem(f"there is no item {item_id}: tongbu status lists them")
    return by_digest(connection, found)


def by_digest(connection: Connection, name: str) -> StoredRevision:
    """The revision, its digest computed again from what is stored. Raises RevisionAltered or NoSuchItem."""
    row = connection.execute(_BY_DIGEST, {"named": name}).first()
    if row is None:
        raise NoSuchItem(f"there is no revision {name}")
    return _stored(row)


@lru_cache(maxsize=32)
def _stored(row: Row[Any]) -> StoredRevision:
    """The same row gives the same revision: it is read before each step of each of its deliveries."""
    if digest(row.content.encode()) != row.digest:
        raise RevisionAltered(f"revision {row.digest[:12]} of item {row.item} has been altered in the database")
    return StoredRevision(
        item_id=str(row.item),
        sequence=row.sequence,
        digest=row.digest,
        revision=Revision.from_content(json.loads(row.content)),
        file_name=row.file_name,
        cleaned=tuple(_finding(entry) for entry in json.loads(row.cleaned)),
        handed_in_by=row.handed_in_by,
        handed_in_at=unstamp(row.handed_in_at),
    )


def set_aside(database: Database, stored: StoredRevision, code: str, reason: str, act: SignedAct) -> None:
    """Records that a named person sets a warning of this revision aside, with the reason."""
    values = {"revision": stored.digest, "code": code, "person": act.person, "reason": reason}
    with database.write() as connection:
        connection.execute(insert(override).values(**values, at=stamp(database.clock()), signature=act.signature))
        append(
            connection, database, "warning.overridden", f"item/{stored.item_id}", values | {"signature": act.signature}
        )


def overrides(connection: Connection, revision_digest: str) -> list[Override]:
    query = select(override).where(override.c.revision == revision_digest).order_by(override.c.code)
    return [Override(row.code, row.person, row.reason) for row in connection.execute(query)]


def touched_by(connection: Connection, revision_digest: str) -> set[str]:
    """Everybody who handed this revision in or set a warning of it aside: they cannot sign it (rule 2)."""
    return set(connection.execute(_TOUCHED, {"named": revision_digest}).scalars())


def assign(database: Database, office: Office, site: Site, item_id: str, column: str) -> Item:
    """Gives the item its index number and address, once; later calls return what it has (design.md: Assigned once)."""
    with database.write() as connection:
        row = connection.execute(select(item).where(item.c.number == _number(item_id))).mappings().first()
        if row is None:
            raise NoSuchItem(f"there is no item {item_id}")
        if row["address"] is None:
            _assign(connection, database, office, item_id, column)
    assigned = find(database, site, item_id)
    if assigned is None:
        raise NoSuchItem(f"item {item_id} has no address")
    return assigned


def find(database: Database, site: Site, item_id: str) -> Item | None:
    """The assigned part of an item; None before its first package is frozen or when there is no such item."""
    with database.read() as connection:
        return get(connection, site, item_id)


def get(connection: Connection, site: Site, item_id: str) -> Item | None:
    row = connection.execute(_BY_NUMBER, {"named": _number(item_id)}).mappings().first()
    if row is None or row["address"] is None:
        return None
    return Item(
        id=item_id,
        index_number=row["index_number"],
        address=row["address"],
        url=site.address_url(row["address"]),
        assigned_at=unstamp(row["assigned_at"]),
        effect=Effect(row["effect"]),
    )


def by_reference(connection: Connection, reference: str) -> str | None:
    """The id of the item that an id, a document number or an index number names."""
    number = int(reference) if reference.isascii() and reference.isdigit() else -1
    query = select(item.c.number).where(
        or_(item.c.number == number, item.c.document_number == reference, item.c.index_number == reference)
    )
    found = connection.execute(query.order_by(item.c.number).limit(1)).scalar_one_or_none()
    return None if found is None or not reference else str(found)


def all_ids(connection: Connection) -> list[str]:
    return [str(number) for number in connection.execute(select(item.c.number).order_by(item.c.number)).scalars()]


def set_effect(connection: Connection, database: Database, item_id: str, effect: Effect, package: str) -> None:
    """The effect that a signed mark gave the item, in the caller's transaction; *package* is the mark's digest."""
    mine = item.c.number == _number(item_id)
    if connection.execute(select(item.c.effect).where(mine)).scalar_one() != effect.value:
        connection.execute(update(item).where(mine).values(effect=effect.value))
        append(connection, database, "item.marked", f"item/{item_id}", {"effect": effect.value, "package": package})


def _number(item_id: str) -> int:
    if not (item_id.isascii() and item_id.isdigit() and len(item_id) < 10):
        raise NoSuchItem(f"{item_id!r} is not an item's id: a number such as {FIRST_NUMBER}")
    return int(item_id)


def _next_number(connection: Connection) -> int:
    highest = connection.execute(select(func.max(item.c.number))).scalar_one()
    return FIRST_NUMBER if highest is None else int(highest) + 1


def _keep_item(connection: Connection, database: Database, number: int, handed_in: Revision, *, new: bool) -> None:
    shown = {
        "kind": handed_in.fields.kind.value,
        "title": handed_in.fields.title,
        "organ": handed_in.fields.organ,
        "level": handed_in.fields.level.value if handed_in.fields.level else "",
        "document_number": handed_in.fields.document_number,
    }
    if new:
        at = stamp(database.clock())
        connection.execute(insert(item).values(number=number, submitted_at=at, effect=Effect.VALID.value, **shown))
    elif connection.execute(update(item).where(item.c.number == number).values(**shown)).rowcount == 0:
        raise NoSuchItem(f"there is no item {number}")


def _keep_revision(
    connection: Connection,
    database: Database,
    number: int,
    handed_in: Revision,
    act: SignedAct,
    file_name: str,
    cleaned: Sequence[Finding],
) -> None:
    before = connection.execute(select(func.max(revision.c.sequence)).where(revision.c.item == number)).scalar_one()
    sequence = (before or 0) + 1
    connection.execute(
        insert(revision).values(
            digest=handed_in.digest,
            item=number,
            sequence=sequence,
            content=canonical_json(handed_in.content()).decode(),
            file_name=file_name,
            cleaned=json.dumps([finding.as_dict() for finding in cleaned], ensure_ascii=False),
            handed_in_by=act.person,
            handed_in_at=stamp(database.clock()),
            signature=act.signature,
        )
    )
    data = {"revision": handed_in.digest, "sequence": sequence, "person": act.person, "signature": act.signature}
    append(connection, database, "revision.handed-in", f"item/{number}", data)


def _assign(connection: Connection, database: Database, office: Office, item_id: str, column: str) -> None:
    now = in_china(database.clock())
    last = connection.execute(select(func.max(item.c.index_serial)).where(item.c.index_year == now.year)).scalar_one()
    serial = (last or 0) + 1
    values = {
        "index_year": now.year,
        "index_serial": serial,
        "index_number": make_index_number(office.organ_code, now.year, serial),
        "address": f"{column}/{now:%Y%m}/t{now:%Y%m%d}_{item_id}.html",
        "assigned_at": stamp(now),
    }
    connection.execute(update(item).where(item.c.number == int(item_id)).values(**values))
    append(connection, database, "item.assigned", f"item/{item_id}", values)


def _finding(entry: dict[str, str]) -> Finding:
    return Finding(entry["code"], Severity(entry["severity"]), entry["place"], entry["message"], entry["mend"])
