"""Deliveries as the ledger's rows: reading them, and the JSON of what was prepared and received."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, bindparam, select

from content.canonical import canonical_json
from content.clock import stamp, unstamp
from content.delivery import Prepared, Receipt
from content.schema import delivery
from content.vocabulary import Action, State


class NoSuchDelivery(LookupError):
    """An id that no delivery has."""


@dataclass(frozen=True)
class Target:
    """Where a delivery of a package shall go; *row* is empty for what counts nowhere."""

    outlet: str
    channel: str
    row: str
    direct: bool
    required: bool


@dataclass(frozen=True)
class Record:
    """A delivery as it stands in the ledger. *round* is its package's turn: the round, for a mark the mark's number.

    *asking* stands in no column: who has it may ask the outlet until ``look_after`` (``ledger.claim_asking``).
    """

    id: str
    package: str
    item_id: str
    revision: str
    target: Target
    action: Action
    round: int
    state: State
    token: int
    not_before: datetime
    since: datetime | None
    at: datetime | None
    lease_until: datetime | None
    look_after: datetime | None
    absent_reads: int
    failures: int
    prepared: Prepared | None
    receipt: Receipt | None
    problem: str
    answered_at: datetime | None
    live_at: datetime | None
    observed_at: datetime | None
    asking: bool = False

    @property
    def outlet(self) -> str:
        return self.target.outlet


# Built once: making a statement costs more than running it.
_BY_ID = select(delivery).where(delivery.c.id == bindparam("number"))
_OF_ITEM = select(delivery).where(delivery.c.item == bindparam("number")).order_by(delivery.c.id)
_OF_ITEM_AT = _OF_ITEM.where(delivery.c.outlet == bindparam("here"))


def get(connection: Connection, delivery_id: str) -> Record:
    """The delivery; raises NoSuchDelivery."""
    number = int(delivery_id) if delivery_id.isascii() and delivery_id.isdigit() else -1
    row = connection.execute(_BY_ID, {"number": number}).mappings().first()
    if row is None:
        raise NoSuchDelivery(f"there is no delivery {delivery_id}: tongbu status lists them")
    return record_from(row)


def of_item(connection: Connection, item_id: str) -> list[Record]:
    return [record_from(row) for row in connection.execute(_OF_ITEM, {"number": int(item_id)}).mappings()]


def of_turn(connection: Connection, item_id: str, revision: str, action: Action, turn: int) -> list[Record]:
    """The deliveries of one revision, action and turn of an item: one at each outlet, whichever package planned it."""
    key = (revision, action, turn)
    return [one for one in of_item(connection, item_id) if (one.revision, one.action, one.round) == key]


def of_item_at(connection: Connection, item_id: str, outlet: str) -> list[Record]:
    here = {"number": int(item_id), "here": outlet}
    return [record_from(row) for row in connection.execute(_OF_ITEM_AT, here).mappings()]


def of_package(connection: Connection, digest: str) -> list[Record]:
    query = select(delivery).where(delivery.c.package == digest).order_by(delivery.c.id)
    return [record_from(row) for row in connection.execute(query).mappings()]


def in_states(connection: Connection, states: Sequence[State]) -> list[Record]:
    wanted = [state.value for state in states]
    query = select(delivery).where(delivery.c.state.in_(wanted)).order_by(delivery.c.id)
    return [record_from(row) for row in connection.execute(query).mappings()]


def live_at(connection: Connection, outlet: str) -> list[Record]:
    """What the outlet shows or has shown: its live publications and corrections."""
    public = delivery.c.action.in_((Action.PUBLISH.value, Action.CORRECT.value))
    query = select(delivery).where(delivery.c.outlet == outlet, delivery.c.state == State.LIVE.value, public)
    return [record_from(row) for row in connection.execute(query.order_by(delivery.c.id)).mappings()]


def still_shown(connection: Connection) -> list[Record]:
    """The confirmed withdrawals whose receipts say that what was withdrawn can still be seen there."""
    told = delivery.c.receipt.contains('"still_shown":', autoescape=True)
    confirmed = and_(delivery.c.action == Action.WITHDRAW.value, delivery.c.state == State.LIVE.value)
    query = select(delivery).where(confirmed, told).order_by(delivery.c.id)
    return [record_from(row) for row in connection.execute(query).mappings()]


def newest_live(connection: Connection, outlet: str, most: int) -> list[Record]:
    """The deliveries that became live at an outlet last, by their planning, the last one first."""
    live = select(delivery).where(delivery.c.state == State.LIVE.value, delivery.c.outlet == outlet)
    query = live.order_by(delivery.c.id.desc()).limit(most)
    return [record_from(row) for row in connection.execute(query).mappings()]


def prepared_json(prepared: Prepared) -> str:
    expires = stamp(prepared.expires_at) if prepared.expires_at else None
    values = {"references": dict(prepared.references), "digest": prepared.digest, "expires_at": expires}
    return canonical_json(values).decode()


def receipt_json(receipt: Receipt) -> str:
    values = {
        "state": receipt.state.value,
        "remote_id": receipt.remote_id,
        "url": receipt.url,
        "live_at": stamp(receipt.live_at) if receipt.live_at else None,
        "digest": receipt.digest,
        "evidence": dict(receipt.evidence),
    }
    return canonical_json(values).decode()


def _prepared(text: str | None) -> Prepared | None:
    if text is None:
        return None
    values = json.loads(text)
    return Prepared(values["references"], values["digest"], _moment(values["expires_at"]))


def _receipt(text: str | None) -> Receipt | None:
    if text is None:
        return None
    values = json.loads(text)
    return Receipt(**{**values, "state": State(values["state"]), "live_at": _moment(values["live_at"])})


def _moment(text: str | None) -> datetime | None:
    return unstamp(text) if text else None


def record_from(row: RowMapping) -> Record:
    """A delivery from a whole row of the table."""
    moments: dict[str, Any] = {
        name: _moment(row[name])
        for name in ("since", "at", "lease_until", "look_after", "answered_at", "live_at", "observed_at")
    }
    return Record(
        id=str(row["id"]),
        package=row["package"],
        item_id=str(row["item"]),
        revision=row["revision"],
        target=Target(row["outlet"], row["channel"], row["row"], row["direct"], row["required"]),
        action=Action(row["action"]),
        round=row["round"],
        state=State(row["state"]),
        token=row["token"],
        not_before=unstamp(row["not_before"]),
        absent_reads=row["absent_reads"],
        failures=row["failures"],
        prepared=_prepared(row["prepared"]),
        receipt=_receipt(row["receipt"]),
        problem=row["problem"],
        **moments,
    )
