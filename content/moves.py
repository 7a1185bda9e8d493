"""Moving a delivery between its states: compare-and-set on state and token, and the event in the same transaction.

The diagram is in engine.md part 4.3, the closed list of moves is ``MOVES``; ``content.ledger`` says what each is for.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, exists, or_, update
from sqlalchemy.sql.dml import ReturningUpdate

from content.clock import stamp
from content.database import Database
from content.events import append
from content.halts import ALL_OUTLETS
from content.records import Record, record_from
from content.schema import delivery, halt
from content.vocabulary import State

MOVES: dict[State, frozenset[State]] = {
    State.PLANNED: frozenset({State.PREPARED, State.REFUSED, State.CANCELLED, State.HELD}),
    State.PREPARED: frozenset({State.SENDING, State.PLANNED, State.REFUSED, State.CANCELLED}),
    State.SENDING: frozenset({State.ACCEPTED, State.LIVE, State.UNKNOWN, State.PLANNED, State.REFUSED}),
    State.UNKNOWN: frozenset({State.ACCEPTED, State.LIVE, State.PLANNED, State.HELD, State.CANCELLED, State.REFUSED}),
    State.ACCEPTED: frozenset({State.LIVE, State.REFUSED, State.HELD}),
    State.HELD: frozenset({State.ACCEPTED, State.LIVE, State.PLANNED, State.REFUSED, State.CANCELLED}),
    State.REFUSED: frozenset({State.PLANNED}),
    State.LIVE: frozenset(),
    State.CANCELLED: frozenset(),
}
SETTLED = frozenset({State.LIVE, State.REFUSED, State.CANCELLED})
_IN_FLIGHT = (State.SENDING.value, State.UNKNOWN.value)


class Fenced(Exception):
    """Somebody else moved the delivery meanwhile: nothing was changed, and nothing is to be done again."""


def _free_to_go(*, alone: bool) -> ColumnElement[bool]:
    """What a claim asks of everything beside the delivery itself."""
    other = delivery.alias("other")
    here = other.c.outlet == bindparam("free_outlet")
    blocked = and_(here, other.c.item == bindparam("free_item"), other.c.state.in_(_IN_FLIGHT))
    if alone:
        account = other.c.outlet.in_(bindparam("free_account", expanding=True))
        vanished = and_(other.c.state == State.SENDING.value, other.c.lease_until <= bindparam("free_now"))
        blocked = or_(blocked, and_(account, or_(other.c.state == State.UNKNOWN.value, vanished)))
    in_the_way = exists().where(other.c.id != delivery.c.id, blocked)
    stopped = exists().where(or_(halt.c.outlet == bindparam("free_outlet"), halt.c.outlet == ALL_OUTLETS))
    return and_(delivery.c.not_before <= bindparam("free_now"), ~in_the_way, ~stopped)


# Built once: making a statement costs as much as running it.
_CHANGE = (
    update(delivery)
    .where(
        delivery.c.id == bindparam("held_id"),
        delivery.c.state == bindparam("held_state"),
        delivery.c.token == bindparam("held_token"),
    )
    .returning(delivery)
)
_CHANGE_ASKED = _CHANGE.where(delivery.c.look_after == bindparam("held_asking"))
CLAIM_ASKING = _CHANGE.where(or_(delivery.c.look_after.is_(None), delivery.c.look_after <= bindparam("free_now")))
CLAIM = _CHANGE.where(_free_to_go(alone=False))
CLAIM_ALONE = _CHANGE.where(_free_to_go(alone=True))


def move_in(
    connection: Connection,
    database: Database,
    record: Record,
    to: State,
    values: Mapping[str, Any],
    change: ReturningUpdate[Any] | None = None,
) -> Record:
    """Moves a delivery and writes its event, in the caller's transaction. Raises Fenced, and ValueError for a move that
    is not in ``MOVES``."""
    if to not in MOVES[record.state]:
        raise ValueError(f"a delivery cannot go from {record.state} to {to}")
    moved = compare_and_set(connection, record, {**values, "state": to.value}, change)
    told = {name: values[name] for name in ("receipt", "problem", "live_at", "token") if values.get(name)}
    data = {"from": record.state.value, "to": to.value, **told}
    append(connection, database, "delivery.moved", f"delivery/{record.id}", data)
    return moved


def compare_and_set(
    connection: Connection,
    record: Record,
    values: Mapping[str, Any],
    change: ReturningUpdate[Any] | None = None,
) -> Record:
    """Changes a delivery that is still as *record* has it; who asks the outlet, while nobody took over the asking. Raises
    Fenced."""
    held = {"held_id": int(record.id), "held_state": record.state.value, "held_token": record.token}
    statement = _CHANGE if change is None else change
    if record.asking and record.look_after:
        statement, held = _CHANGE_ASKED, held | {"held_asking": stamp(record.look_after)}
    row = connection.execute(statement, {**held, **values}).mappings().one_or_none()
    if row is None:
        raise Fenced(f"delivery {record.id} was moved by somebody else, or is held up")
    return record_from(row)
