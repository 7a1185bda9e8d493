"""The ledger: every delivery, its state, and every move between states, each with its event in the same transaction.

A writer that lost its claim changes nothing (``Fenced``); how a delivery is moved stands in ``content.moves``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, insert, select, update

from content import items, packages
from content.clock import in_china, stamp
from content.database import Database, serialise
from content.delivery import Prepared, Receipt
from content.events import append
from content.moves import CLAIM, CLAIM_ALONE, CLAIM_ASKING, MOVES, SETTLED, Fenced, compare_and_set, move_in
from content.packages import Package
from content.records import Record, Target, get, of_item, of_turn, prepared_json, receipt_json, record_from
from content.schema import attempt, delivery
from content.vocabulary import Action, State

REPEATED = "repeated"
__all__ = ["MOVES", "SETTLED", "Fenced"]


class ImpossibleMoment(ValueError):
    """A receipt states a moment in the future, or before the hand-over."""


def plan(database: Database, package: Package, targets: Sequence[Target], not_before: datetime) -> list[Record]:
    """Makes the deliveries of a package that are not there yet, and returns them all.

    A second broadcast plans nothing new; what was not sent belongs to the newest package from then on. A mark cancels
    what was not sent of earlier marks, so that none comes after it.
    """
    with database.write() as connection:
        serialise(connection, f"plan {package.item_id}")
        if package.mark:
            _cancel_earlier_marks(connection, database, package)
        turn = of_turn(connection, package.item_id, package.revision, package.action, package.turn)
        known = {record.outlet: record for record in turn}
        return [
            _packaged_anew(connection, database, known[target.outlet], package)
            if target.outlet in known
            else _plan_one(connection, database, package, target, not_before)
            for target in targets
        ]


def keep_prepared(database: Database, record: Record, prepared: Prepared) -> Record:
    """planned → prepared. Raises Fenced."""
    return keep_prepared_together(database, [(record, prepared)])[0]


def keep_prepared_together(database: Database, made: Sequence[tuple[Record, Prepared]]) -> list[Record]:
    """planned → prepared for deliveries that go in one act, all or none; what was prepared is so anew. Raises Fenced."""
    with database.write() as connection:
        return [_prepared_in(connection, database, record, prepared) for record, prepared in made]


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
        return compare_and_set(connection, record, values)


def due_now(database: Database, record: Record) -> Record:
    """A person ordered it anew: the pause after earlier failures ends. Raises Fenced."""
    with database.write() as connection:
        return compare_and_set(connection, record, {"not_before": stamp(database.clock()), "failures": 0})


def claim(
    database: Database, record: Record, lease: timedelta, process: str, rendition: str, *, alone: Sequence[str] = ()
) -> Record:
    """``claim_together`` for one delivery."""
    return claim_together(database, [(record, rendition)], lease, process, alone=alone)[0]


def claim_together(
    database: Database,
    going: Sequence[tuple[Record, str]],
    lease: timedelta,
    process: str,
    *,
    alone: Sequence[str] = (),
) -> list[Record]:
    """prepared → sending before anything is sent, in one transaction for all that go in one act; writes the attempts.
    Raises Fenced: then none of them is claimed.

    Refused while the outlet (or everything) is halted, while another delivery of an item is in flight at the outlet,
    and while any delivery of the outlets *alone*, those of the same account, is unknown or its sender vanished: where
    read-back is narrow a newer post would push the evidence out of sight (engine.md S5, S5b). *process* tells who claims;
    *going* are the deliveries with the digests of what is to be sent.
    """
    with database.write() as connection:
        return [_claim_in(connection, database, one, lease, process, alone) for one in going]


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
        return compare_and_set(connection, record, {"receipt": receipt_json(receipt), "look_after": stamp(look_after)})


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
        changed = compare_and_set(connection, record, values)
        append(connection, database, "delivery.absent", f"delivery/{record.id}", {"reads": record.absent_reads + 1})
        return changed


def claim_asking(database: Database, record: Record, lease: timedelta) -> Record:
    """Before the outlet is asked: by one statement, so that of several processes one asks. Raises Fenced.

    No change of state. ``look_after`` is put off by *lease*: while it runs everybody else leaves the outlet alone, and when
    it has run out, somebody asks in the place of who was killed. What the asker then has to say is fenced by it as well.
    """
    now = database.clock()
    asking = {"look_after": stamp(now + lease), "free_now": stamp(now)}
    with database.write() as connection:
        return replace(compare_and_set(connection, record, asking, CLAIM_ASKING), asking=True)


def look_again(database: Database, record: Record, why: str, look_after: datetime) -> Record:
    """The outlet could not be asked: nothing is learnt, ask later. Raises Fenced."""
    with database.write() as connection:
        return compare_and_set(connection, record, {"problem": why, "look_after": stamp(look_after)})


def refuse(database: Database, record: Record, why: str) -> Record:
    """The outlet says no for good; a person must act. Raises Fenced."""
    return _move(database, record, State.REFUSED, {"problem": why}, outcome="refused")


def vanished(database: Database, record: Record, why: str) -> Record:
    """What was live is no longer at the outlet. It stays live, for it was public: people are told. Raises Fenced."""
    with database.write() as connection:
        changed = compare_and_set(connection, record, {"problem": why})
        told = {"outlet": record.outlet, "problem": why}
        append(connection, database, "incident.vanished", f"delivery/{record.id}", told)
        return changed


def taken_down(database: Database, record: Record, receipt: Receipt, gone: Sequence[str]) -> Record:
    """What a confirmed withdrawal could not delete is no longer at the outlet, by *receipt*: somebody deleted it since.
    Raises Fenced."""
    with database.write() as connection:
        changed = compare_and_set(connection, record, {"receipt": receipt_json(receipt)})
        told = {"outlet": record.outlet, "gone": list(gone), "receipt": receipt_json(receipt)}
        append(connection, database, "delivery.taken_down", f"delivery/{record.id}", told)
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
        move_in(connection, database, record, State.CANCELLED, {"problem": why})
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


def _prepared_in(connection: Connection, database: Database, record: Record, prepared: Prepared) -> Record:
    values = {"prepared": prepared_json(prepared), "problem": ""}
    if record.state is State.PREPARED:
        return compare_and_set(connection, record, values)
    return move_in(connection, database, record, State.PREPARED, values)


def _claim_in(
    connection: Connection,
    database: Database,
    going: tuple[Record, str],
    lease: timedelta,
    process: str,
    alone: Sequence[str],
) -> Record:
    record, rendition = going
    now = database.clock()
    values = {
        "at": stamp(now),
        "since": stamp(record.since or now),
        "lease_until": stamp(now + lease),
        "token": record.token + 1,
        "problem": "",
    }
    free: dict[str, Any] = {"free_item": int(record.item_id), "free_outlet": record.outlet, "free_now": stamp(now)}
    claiming = CLAIM
    if alone:
        claiming, free["free_account"] = CLAIM_ALONE, list(alone)
    moved = move_in(connection, database, record, State.SENDING, values | free, claiming)
    started = {"delivery": int(record.id), "started_at": stamp(now), "process": process, "rendition": rendition}
    connection.execute(_BEGIN_ATTEMPT, started | {"token": moved.token})
    return moved


def _plan_one(
    connection: Connection, database: Database, package: Package, target: Target, not_before: datetime
) -> Record:
    fresh = {
        "item": int(package.item_id),
        "revision": package.revision,
        "outlet": target.outlet,
        "action": package.action.value,
        "round": package.turn,
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
    made = record_from(connection.execute(_PLAN, fresh | counters).mappings().one())
    told = {"package": package.digest, "outlet": target.outlet, "action": package.action.value, "round": package.turn}
    append(connection, database, "delivery.moved", f"delivery/{made.id}", told | {"to": State.PLANNED.value})
    return made


def _packaged_anew(connection: Connection, database: Database, record: Record, package: Package) -> Record:
    """What was not sent goes out as it was signed last: it may have been rendered anew, or be in a push now."""
    unsent = record.state in (State.PLANNED, State.PREPARED)
    if not unsent or packages.by_digest(connection, record.package).serial >= package.serial:
        return record
    values = {"package": package.digest, "prepared": None, "problem": "", "state": State.PLANNED.value}
    told = {"from": record.state.value, "to": State.PLANNED.value, "package": package.digest}
    try:
        changed = compare_and_set(connection, record, values)
    except Fenced:
        return get(connection, record.id)
    append(connection, database, "delivery.moved", f"delivery/{record.id}", told)
    return changed


def _marks_of(item_id: str) -> Select[Any]:
    return select(delivery.c.id).where(delivery.c.item == int(item_id), delivery.c.action == Action.MARK.value)


def _cancel_earlier_marks(connection: Connection, database: Database, package: Package) -> None:
    for record in of_item(connection, package.item_id):
        unsent = record.state in (State.PLANNED, State.PREPARED)
        if record.action is Action.MARK and record.round < package.turn and unsent:
            move_in(connection, database, record, State.CANCELLED, {"problem": "marked anew"})


def _take_effect(connection: Connection, database: Database, record: Record) -> None:
    """The item has the effect that its page shows: what a mark says becomes true with its first receipt, unless a later
    mark has one already."""
    shown = delivery.c.state.in_((State.ACCEPTED.value, State.LIVE.value))
    later = _marks_of(record.item_id).where(delivery.c.round > record.round, shown)
    mark = packages.by_digest(connection, record.package).mark
    if mark and connection.execute(later.limit(1)).first() is None:
        items.set_effect(connection, database, record.item_id, mark.effect, record.package)


_PLAN = insert(delivery).returning(delivery)
_BEGIN_ATTEMPT = insert(attempt)
_END_ATTEMPT = update(attempt).where(
    attempt.c.delivery == bindparam("held_id"), attempt.c.token == bindparam("held_token")
)


def _move(
    database: Database, record: Record, to: State, values: Mapping[str, Any], outcome: str | None = None
) -> Record:
    with database.write() as connection:
        moved = move_in(connection, database, record, to, values)
        if record.action is Action.MARK and to in (State.ACCEPTED, State.LIVE):
            _take_effect(connection, database, record)
        if outcome and record.state is State.SENDING:
            ended = {"outcome": outcome, "answered_at": stamp(database.clock())}
            connection.execute(_END_ATTEMPT, {"held_id": int(record.id), "held_token": record.token, **ended})
        return moved


def _refuse_impossible(record: Record, live_at: datetime, now: datetime) -> None:
    if live_at > now + timedelta(minutes=5):
        raise ImpossibleMoment(f"{in_china(live_at):%Y-%m-%d %H:%M} lies in the future")
    if record.since is not None and live_at < record.since - timedelta(minutes=5):
        raise ImpossibleMoment(f"{in_china(live_at):%Y-%m-%d %H:%M} lies before the hand-over")
