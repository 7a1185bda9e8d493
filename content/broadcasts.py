"""Broadcasts: which packages were ordered to go out together, when, by whom, and how far the run has come."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import Connection, RowMapping, bindparam, insert, select, update

from content.canonical import canonical_json
from content.clock import stamp, unstamp
from content.database import Database
from content.events import append
from content.people import SignedAct
from content.schema import broadcast


class Progress(StrEnum):
    """How far a broadcast is. OPEN: its gate has opened, so something may be public and the rest must follow."""

    ORDERED = "ordered"
    WAITING = "waiting"
    OPEN = "open"
    PARTIAL = "partial"
    SYNCHRONISED = "synchronised"
    REFUSED = "refused"
    REHEARSED = "rehearsed"


UNFINISHED = (Progress.ORDERED, Progress.WAITING, Progress.OPEN, Progress.PARTIAL)
_UNDER_WAY = broadcast.c.state.in_([one.value for one in UNFINISHED])
_UNFINISHED = select(broadcast).where(_UNDER_WAY).order_by(broadcast.c.id)
# Asked for each delivery: orders of many packages are searched, not read. Nothing else in them looks like a digest.
_HOURS = (
    select(broadcast.c.not_before)
    .where(_UNDER_WAY, broadcast.c.order.contains(bindparam("named")))
    .order_by(broadcast.c.id.desc())
)


class NoSuchBroadcast(LookupError):
    """An id that no broadcast has."""


@dataclass(frozen=True)
class Order:
    """What was ordered. *packages* are digests; an empty *outlets* means every outlet of the packages.

    *without* are outlets that the caller goes on without. A rehearsal does everything but release.
    """

    packages: tuple[str, ...]
    outlets: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    rehearse: bool = False


@dataclass(frozen=True)
class Broadcast:
    id: str
    ordered_by: str
    ordered_at: datetime
    order: Order
    not_before: datetime
    progress: Progress
    skew_seconds: Decimal | None


def keep(database: Database, order: Order, not_before: datetime, act: SignedAct) -> Broadcast:
    """Records an order, under the signed word of who gave it."""
    with database.write() as connection:
        values = {
            "ordered_by": act.person,
            "ordered_at": stamp(database.clock()),
            "order": canonical_json(asdict(order)).decode(),
            "not_before": stamp(not_before),
            "state": Progress.ORDERED.value,
        }
        made = connection.execute(insert(broadcast).values(**values).returning(broadcast.c.id)).scalar_one()
        told = {"person": act.person, "order": json.loads(values["order"]), "signature": act.signature}
        append(connection, database, "broadcast.ordered", f"broadcast/{made}", told)
        return get(connection, str(made))


def get(connection: Connection, broadcast_id: str) -> Broadcast:
    """Raises NoSuchBroadcast."""
    number = int(broadcast_id) if broadcast_id.isascii() and broadcast_id.isdigit() else -1
    row = connection.execute(select(broadcast).where(broadcast.c.id == number)).mappings().first()
    if row is None:
        raise NoSuchBroadcast(f"there is no broadcast {broadcast_id}")
    return _broadcast(row)


def unfinished(connection: Connection) -> list[Broadcast]:
    return [_broadcast(row) for row in connection.execute(_UNFINISHED).mappings()]


def hour_of(connection: Connection, package_digest: str) -> datetime | None:
    """The hour that a package waits for: its newest unfinished broadcast's, None when it is in none."""
    found = connection.execute(_HOURS, {"named": f'"{package_digest}"'}).scalars().first()
    return unstamp(found) if found else None


def move(
    database: Database,
    broadcast_id: str,
    progress: Progress,
    *,
    skew_seconds: Decimal | None = None,
    problems: Sequence[str] = (),
) -> None:
    """Notes how far the run has come; the same again writes nothing."""
    with database.write() as connection:
        now = get(connection, broadcast_id)
        if now.progress is progress and now.skew_seconds == skew_seconds:
            return
        values = {"state": progress.value, "finished_at": stamp(database.clock())}
        if skew_seconds is not None:
            values["skew_seconds"] = str(skew_seconds)
        connection.execute(update(broadcast).where(broadcast.c.id == int(broadcast_id)).values(**values))
        told = {"from": now.progress.value, "to": progress.value, "problems": list(problems)}
        append(connection, database, "broadcast.moved", f"broadcast/{broadcast_id}", told)


def _broadcast(row: RowMapping) -> Broadcast:
    order = json.loads(row["order"])
    return Broadcast(
        id=str(row["id"]),
        ordered_by=row["ordered_by"],
        ordered_at=unstamp(row["ordered_at"]),
        order=Order(tuple(order["packages"]), tuple(order["outlets"]), tuple(order["without"]), order["rehearse"]),
        not_before=unstamp(row["not_before"]),
        progress=Progress(row["state"]),
        skew_seconds=Decimal(row["skew_seconds"]) if row["skew_seconds"] else None,
    )
