"""The ledger: every delivery, its state, and every move between states, each with its event in the same transaction.

Moves are compare-and-set on state and token: a writer that lost its claim changes nothing (``Fenced``). The diagram is
in engine.md part 4.3, the closed list of moves is ``MOVES``.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, exists, insert, or_, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from content import items, packages
from content.clock import in_china, stamp
from content.database import Database
from content.delivery import Prepared, Receipt
from content.events import append
from content.halts import ALL_OUTLETS
from content.packages import Package
from content.records import Record, Target, get, of_item, prepared_json, receipt_json, record_from
from content.schema import attempt, delivery, halt
from content.vocabulary import Action, State

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
IN_FLIGHT = (State.SENDING.value, State.UNKNOWN.value)
REPEATED = "repeated"


class Fenced(Exception):
    """Somebody else moved the delivery meanwhile: nothing was changed, and nothing is to be done again."""


class ImpossibleMoment(ValueError):
    """A receipt states a moment in the future, or before the hand-over."""


def plan(database: Database, package: Package, targets: Sequence[Target], not_before: datetime) -> list[Record]:
    """Makes the deliveries of a package that are not there yet, and returns them all.

    A delivery that exists is returned as it is: a second broadcast plans nothing new. A mark cancels what was not sent
    of earlier marks, so that none comes after it.
    """
    with database.write() as connection:
        if package.mark:
            _cancel_earlier_marks(connection, database, package)
        numbers = [_plan_one(connection, database, package, target, not_before) for target in targets]
        return [get(connection, str(number)) for number in numbers]


def keep_prepared(database: Database, record: Record, prepared: Prepared) -> Record:
    """planned → prepared. Raises Fenced."""
    return _move(database, record, State.PREPARED, {"prepared": prepared_json(prepared), "problem": ""})


def back_to_planned(
    database: Database, record: Record, why: str, not_before: datetime | None = None, failed: bool = False
) -> Record:
    """To planned again: proof that nothing was sent, or a preparation that expired or was altered. Raises Fenced."""
    values: dict[str, Any] = {"prepared": None, "problem": why, "absent_reads": 0, "look_after": None}
    if not_before is not None:
        values["not_before"] = stamp(not_before)
    if failed:
        values["failures"] = record.failures + 1
    return _move(database, record, State.PLANNED, values)


def postpone(database: Database, record: Record, why: str, not_before: datetime) -> Record:
    """Stays planned, not to be tried before *not_before*; the problem is kept for people to see. Raises Fenced."""
    values = {"problem": why, "not_before": stamp(not_before), "failures": record.failures + 1}
    with database.write() as connection:
        return _compare_and_set(connection, record, values)


def due_now(database: Database, record: Record) -> Record:
    """A person ordered it anew: the pause after earlier failures ends. Raises Fenced."""
    with database.write() as connection:
        return _compare_and_set(connection, record, {"not_before": stamp(database.clock()), "failures": 0})


def claim(
    database: Database, record: Record, lease: timedelta, process: str, rendition: str, *, alone: Sequence[str] = ()
) -> Record:
    """prepared → sending, in one statement, before anything is sent; writes the attempt. Raises Fenced.

    Refused while the outlet (or everything) is halted, while another delivery of the item is in flight at the outlet,
    and while any delivery of the outlets *alone*, those of the same account, is unknown or its sender vanished: where
    read-back is narrow a newer post would push the evidence out of sight (engine.md S5, S5b). *process* tells who claims;
    *rendition* is the digest to be sent.
    """
    now = database.clock()
    values = {
        "at": stamp(now),
        "since": stamp(record.since or now),
        "lease_until": stamp(now + lease),
        "token": record.token + 1,
        "problem": "",
    }
    free: dict[str, Any] = {"free_item": int(record.item_id), "free_outlet": record.outlet, "free_now": stamp(now)}
    claiming = _CLAIM
    if alone:
        claiming, free["free_account"] = _CLAIM_ALONE, list(alone)
    started = {"delivery": int(record.id), "started_at": stamp(now), "process": process, "rendition": rendition}
    with database.write() as connection:
        moved = _move_in(connection, database, record, State.SENDING, values | free, claiming)
        connection.execute(_BEGIN_ATTEMPT, started | {"token": moved.token})
        return moved


def keep_receipt(database: Database, record: Record, receipt: Receipt) -> Record:
    """To accepted or live, by a receipt. ``live_at`` is what the evidence states, else now. Raises Fenced, and
    ImpossibleMoment."""
    now = database.clock()
    values: dict[str, Any] = {"receipt": receipt_json(receipt), "problem": "", "look_after": None, "failures": 0}
    if record.answered_at is None:
        values["answered_at"] = stamp(now)
    if receipt.state is State.LIVE:
        live_at = receipt.live_at or now
        _refuse_impossible(record, live_at, now)
        values |= {"live_at": stamp(live_at), "live_month": f"{in_china(live_at):%Y-%m}", "observed_at": stamp(now)}
    return _move(database, record, receipt.state, values, outcome=receipt.state.value)


def still_accepted(database: Database, record: Record, receipt: Receipt, look_after: datetime) -> Record:
    """An accepted delivery that is not live yet: keeps what the outlet said and when to ask again. Raises Fenced."""
    with database.write() as connection:
        return _compare_and_set(connection, record, {"receipt": receipt_json(receipt), "look_after": stamp(look_after)})


def lost(database: Database, record: Record, why: str, look_after: datetime, *, repeated: bool = False) -> Record:
    """sending → unknown: it may have been sent, and nobody may send it again before evidence says so. *repeated*: the outlet
    says that it has the same already. Raises Fenced."""
    values = {"problem": why, "look_after": stamp(look_after), "absent_reads": 0}
    return _move(database, record, State.UNKNOWN, values, outcome=REPEATED if repeated else "unknown")


def repeated(database: Database, record: Record) -> bool:
    """Whether the outlet answered the newest attempt with that it has the same already: then absence proves nothing."""
    this = and_(attempt.c.delivery == int(record.id), attempt.c.token == record.token)
    with database.read() as connection:
        return connection.execute(select(attempt.c.outcome).where(this)).scalar_one_or_none() == REPEATED


def absent(database: Database, record: Record, look_after: datetime) -> Record:
    """One more look that did not find it; the state stays unknown. Raises Fenced."""
    with database.write() as connection:
        values = {"absent_reads": record.absent_reads + 1, "look_after": stamp(look_after)}
        changed = _compare_and_set(connection, record, values)
        append(connection, database, "delivery.absent", f"delivery/{record.id}", {"reads": record.absent_reads + 1})
        return changed


def look_again(database: Database, record: Record, why: str, look_after: datetime) -> Record:
    """The outlet could not be asked: nothing is learnt, ask later. Raises Fenced."""
    with database.write() as connection:
        return _compare_and_set(connection, record, {"problem": why, "look_after": stamp(look_after)})


def refuse(database: Database, record: Record, why: str) -> Record:
    """The outlet says no for good; a person must act. Raises Fenced."""
    return _move(database, record, State.REFUSED, {"problem": why}, outcome="refused")


def vanished(database: Database, record: Record, why: str) -> Record:
    """What was live is no longer at the outlet. It stays live, for it was public: people are told. Raises Fenced."""
    with database.write() as connection:
        changed = _compare_and_set(connection, record, {"problem": why})
        told = {"outlet": record.outlet, "problem": why}
        append(connection, database, "incident.vanished", f"delivery/{record.id}", told)
        return changed


def hold(database: Database, record: Record, why: str, receipt: Receipt | None = None) -> Record:
    """Waits for a person, with the evidence beside it: a *receipt* that proves too little. Raises Fenced."""
    evidence = {"receipt": receipt_json(receipt)} if receipt else {}
    return _move(database, record, State.HELD, {"problem": why, **evidence})


def cancel(database: Database, record: Record, why: str) -> Record:
    """Never sent and never will be. Raises Fenced."""
    return _move(database, record, State.CANCELLED, {"problem": why})


def cancel_unsent(connection: Connection, database: Database, item_id: str, why: str) -> int:
    """Cancels the item's deliveries that were never claimed, in the caller's transaction; returns how many."""
    waiting = [record for record in of_item(connection, item_id) if record.state in (State.PLANNED, State.PREPARED)]
    for record in waiting:
        _move_in(connection, database, record, State.CANCELLED, {"problem": why})
    return len(waiting)


def successor_withdraws(connection: Connection, record: Record) -> bool:
    """Whether a withdrawal of the item was planned at the outlet after this delivery: absent then means cancelled."""
    later = select(delivery.c.id).where(
        delivery.c.item == int(record.item_id),
        delivery.c.outlet == record.outlet,
        delivery.c.id > int(record.id),
        delivery.c.action == Action.WITHDRAW.value,
        delivery.c.state != State.CANCELLED.value,
    )
    return connection.execute(later.limit(1)).first() is not None


def marked_anew(connection: Connection, item_id: str, number: int) -> bool:
    """Whether a later mark of the item than the one with this number was planned, anywhere."""
    later = _marks_of(item_id).where(delivery.c.round > number, delivery.c.state != State.CANCELLED.value)
    return connection.execute(later.limit(1)).first() is not None


def overtaken(database: Database, record: Record) -> bool:
    """Whether this is a mark that a later one took the place of: it must not come after that."""
    if record.action is not Action.MARK:
        return False
    with database.read() as connection:
        return marked_anew(connection, record.item_id, record.round)


def _plan_one(
    connection: Connection, database: Database, package: Package, target: Target, not_before: datetime
) -> int:
    key = {
        "item": int(package.item_id),
        "revision": package.revision,
        "outlet": target.outlet,
        "action": package.action.value,
        "round": package.turn,
    }
    query = select(delivery.c.id).where(*(delivery.c[name] == value for name, value in key.items()))
    known = connection.execute(query).scalar_one_or_none()
    if known is not None:
        return int(known)
    fresh = {
        "package": package.digest,
        "channel": target.channel,
        "row": target.row,
        "direct": target.direct,
        "required": target.required,
        "state": State.PLANNED.value,
        "not_before": stamp(not_before),
        "problem": "",
    }
    counters = {"token": 0, "absent_reads": 0, "failures": 0}
    made = connection.execute(insert(delivery).values(**key, **fresh, **counters).returning(delivery.c.id)).scalar_one()
    told = {"package": package.digest, "outlet": target.outlet, "action": package.action.value, "round": package.turn}
    append(connection, database, "delivery.moved", f"delivery/{made}", told | {"to": State.PLANNED.value})
    return int(made)


def _marks_of(item_id: str) -> Select[Any]:
    return select(delivery.c.id).where(delivery.c.item == int(item_id), delivery.c.action == Action.MARK.value)


def _cancel_earlier_marks(connection: Connection, database: Database, package: Package) -> None:
    for record in of_item(connection, package.item_id):
        unsent = record.state in (State.PLANNED, State.PREPARED)
        if record.action is Action.MARK and record.round < package.turn and unsent:
            _move_in(connection, database, record, State.CANCELLED, {"problem": "marked anew"})


def _take_effect(connection: Connection, database: Database, record: Record) -> None:
    """The item has the effect that its page shows: what a mark says becomes true with its first receipt, unless a later
    mark has one already."""
    shown = delivery.c.state.in_((State.ACCEPTED.value, State.LIVE.value))
    later = _marks_of(record.item_id).where(delivery.c.round > record.round, shown)
    mark = packages.by_digest(connection, record.package).mark
    if mark and connection.execute(later.limit(1)).first() is None:
        items.set_effect(connection, database, record.item_id, mark.effect, record.package)


def _free_to_go(*, alone: bool) -> ColumnElement[bool]:
    """What a claim asks of everything beside the delivery itself."""
    other = delivery.alias("other")
    here = other.c.outlet == bindparam("free_outlet")
    blocked = and_(here, other.c.item == bindparam("free_item"), other.c.state.in_(IN_FLIGHT))
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
_CLAIM = _CHANGE.where(_free_to_go(alone=False))
_CLAIM_ALONE = _CHANGE.where(_free_to_go(alone=True))
_BEGIN_ATTEMPT = insert(attempt)
_END_ATTEMPT = update(attempt).where(
    attempt.c.delivery == bindparam("held_id"), attempt.c.token == bindparam("held_token")
)


def _move(
    database: Database, record: Record, to: State, values: Mapping[str, Any], outcome: str | None = None
) -> Record:
    with database.write() as connection:
        moved = _move_in(connection, database, record, to, values)
        if record.action is Action.MARK and to in (State.ACCEPTED, State.LIVE):
            _take_effect(connection, database, record)
        if outcome and record.state is State.SENDING:
            ended = {"outcome": outcome, "answered_at": stamp(database.clock())}
            connection.execute(_END_ATTEMPT, {"held_id": int(record.id), "held_token": record.token, **ended})
        return moved


def _move_in(
    connection: Connection,
    database: Database,
    record: Record,
    to: State,
    values: Mapping[str, Any],
    change: ReturningUpdate[Any] | None = None,
) -> Record:
    if to not in MOVES[record.state]:
        raise ValueError(f"a delivery cannot go from {record.state} to {to}")
    moved = _compare_and_set(connection, record, {**values, "state": to.value}, change)
    told = {name: values[name] for name in ("receipt", "problem", "live_at", "token") if values.get(name)}
    data = {"from": record.state.value, "to": to.value, **told}
    append(connection, database, "delivery.moved", f"delivery/{record.id}", data)
    return moved


def _compare_and_set(
    connection: Connection,
    record: Record,
    values: Mapping[str, Any],
    change: ReturningUpdate[Any] | None = None,
) -> Record:
    held = {"held_id": int(record.id), "held_state": record.state.value, "held_token": record.token}
    statement = _CHANGE if change is None else change
    row = connection.execute(statement, {**held, **values}).mappings().one_or_none()
    if row is None:
        raise Fenced(f"delivery {record.id} was moved by somebody else, or is held up")
    return record_from(row)


def _refuse_impossible(record: Record, live_at: datetime, now: datetime) -> None:
    if live_at > now + timedelta(minutes=5):
        raise ImpossibleMoment(f"{in_china(live_at):%Y-%m-%d %H:%M} lies in the future")
    if record.since is not None and live_at < record.since - timedelta(minutes=5):
        raise ImpossibleMoment(f"{in_china(live_at):%Y-%m-%d %H:%M} lies before the hand-over")
