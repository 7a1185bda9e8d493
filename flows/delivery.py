"""The life of one delivery in plain Python: prepare, release, settle, follow.

What goes to an outlet in one act (a push, 多图文) is prepared, claimed and released together, whichever of it is named.

Every step may run twice at once and be killed anywhere. Each begins with what the ledger says now and ends with one
compare-and-set; a step that lost the race changes nothing (``Fenced``).
"""

import logging
import os
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from channels.base import Follows, Pushes, Refused, Repeated, SendAgain, Unavailable, Unknown
from content import halts, ledger
from content.delivery import Prepared, Receipt
from content.events import append
from content.records import Record, get
from content.vocabulary import Action, State
from flows import proving
from flows.consignment import Tampered, consigned
from flows.fellows import fellows
from flows.proving import Load, Proved
from flows.settings import LONGEST_BACKOFF, QUIET_SECONDS, quiet_time
from flows.wiring import PARTNERS, Wired

RECEIPT_PAUSES = (timedelta(minutes=5), timedelta(days=1))
FOLLOW_PAUSES = (1, 2, 5, 10, 30, 60, 300, 900, 3600)
log = logging.getLogger("tongbu.delivery")


def prepare(wired: Wired, delivery_id: str) -> Record:
    """planned → prepared, or refused, or planned for later. Nothing public; safe to repeat."""
    record = _read(wired, delivery_id)
    if record.state is not State.PLANNED or record.not_before > wired.workspace.clock():
        return record
    if ledger.overtaken(wired.database, record):
        return _settled(wired, record, lambda: ledger.cancel(wired.database, record, "marked anew"))
    return _settled(wired, record, lambda: _prepare(wired, record))


def release(wired: Wired, delivery_id: str) -> Record:
    """prepared → sending → accepted, live, unknown, refused, or planned again when provably nothing was sent."""
    record = _read(wired, delivery_id)
    if record.state is not State.PREPARED:
        return record
    together = [record]
    try:
        with wired.database.read() as connection:
            going = fellows(connection, record)
            together = [one for one, _ in going]
            _require_prepared(together)
            expired = any(_expired(wired, one) for one in together)
            proved = [] if expired else [proving.prove(connection, wired, one, package) for one, package in going]
        if expired:
            return _each(wired, record, together, partial(_again, wired, why="the preparation expired"))
        claimed, deadline = _claim(wired, together, proved)
    except ledger.Fenced:
        return _read(wired, delivery_id)
    except (Tampered, Refused) as problem:
        return _each(wired, record, together, partial(_turn_down, wired, problem=problem))
    except Unavailable as problem:
        return _each(wired, record, together, partial(_again_later, wired, problem=problem))
    return _send(wired, record, claimed, proved, deadline)


def settle(wired: Wired, delivery_id: str) -> Record:
    """Settles what is unknown, by asking the outlet; finds a claim whose lease ran out to be unknown first."""
    record = _read(wired, delivery_id)
    now = wired.workspace.clock()
    if record.state is State.SENDING and record.lease_until and record.lease_until <= now:
        look_after = now + _quiet(wired, record)
        record = _settled(wired, record, lambda: ledger.lost(wired.database, record, "the sender vanished", look_after))
    if record.state is not State.UNKNOWN or (record.look_after and record.look_after > now):
        return record
    return _asked(wired, record, partial(_look, wired))


def follow(wired: Wired, delivery_id: str) -> Record:
    """accepted → live where the channel can tell by asking; otherwise it waits for a receipt."""
    record = _read(wired, delivery_id)
    now = wired.workspace.clock()
    if record.state is not State.ACCEPTED or record.receipt is None or (record.look_after and record.look_after > now):
        return record
    return _asked(wired, record, partial(_ask, wired))


def _prepare(wired: Wired, record: Record) -> Record:
    together = [record]
    try:
        with wired.database.read() as connection:
            going = fellows(connection, record)
            together = [one for one, _ in going]
            loads = [proving.load_in(connection, wired, one, package) for one, package in going]
        prepared = _prepared(loads)
    except (Tampered, Refused) as problem:
        return _each(wired, record, together, partial(_turn_down, wired, problem=problem))
    except Unavailable as problem:
        return _each(wired, record, together, partial(_postpone, wired, why=str(problem), later=problem.retry_after))
    except Exception as problem:
        log.exception("preparing delivery %s", record.id)
        return _each(wired, record, together, partial(_postpone, wired, why=_unexpected(problem)))
    kept = ledger.keep_prepared_together(wired.database, list(zip(together, prepared, strict=True)))
    return _own(kept, record)


def _prepared(loads: Sequence[Load]) -> Sequence[Prepared]:
    first = loads[0]
    if len(loads) == 1:
        return [first.channel.prepare(first.delivery, first.rendition)]
    return _pushing(first).prepare_push([(load.delivery, load.rendition) for load in loads])


def _pushing(proved: Proved) -> Pushes:
    channel: object = proved.channel
    if not isinstance(channel, Pushes):
        raise Refused(f"{proved.rendition.outlet} carries one item at a time now: package its items one by one")
    return channel


def _asked(wired: Wired, record: Record, act: Callable[[Record], Record]) -> Record:
    """Asks the outlet unless another process does at this moment: every call counts (contracts: Weibo 7)."""
    lease = wired.workspace.settings.engine.lease
    return _settled(wired, record, lambda: act(ledger.claim_asking(wired.database, record, lease)))


def _ask(wired: Wired, record: Record) -> Record:
    try:
        load = proving.load(wired, record, signed=False)
        if record.receipt is None or not isinstance(load.channel, Follows):
            return record
        receipt = load.channel.follow(load.delivery, load.rendition, record.receipt)
    except Refused as problem:
        return ledger.refuse(wired.database, record, str(problem))
    except (Unavailable, Unknown, Tampered) as problem:
        return _not_told(wired, record, problem)
    except Exception as problem:
        log.exception("following delivery %s", record.id)
        return ledger.look_again(wired.database, record, _unexpected(problem), _next_look(wired, record))
    if receipt.state is State.LIVE:
        return _keep(wired, record, receipt)
    return ledger.still_accepted(wired.database, record, receipt, _next_look(wired, record))


def _not_told(wired: Wired, record: Record, problem: Unavailable | Unknown | Tampered) -> Record:
    """It is asked again later. What the outlet can never tell a person must, unless it was withdrawn since."""
    if not isinstance(problem, Unknown):
        later = getattr(problem, "retry_after", None) or _next_look(wired, record)
        return ledger.look_again(wired.database, record, str(problem), later)
    with wired.database.read() as connection:
        withdrawn = ledger.successor_withdraws(connection, record)
    if withdrawn:
        return ledger.refuse(wired.database, record, f"withdrawn before it was seen to be public: {problem}")
    return ledger.hold(wired.database, record, str(problem))


def _look(wired: Wired, record: Record) -> Record:
    now = wired.workspace.clock()
    later = now + max(_quiet(wired, record), timedelta(seconds=5))
    try:
        load = proving.load(wired, record, signed=False)
        receipt = load.channel.find(load.delivery, load.rendition)
    except Unavailable as problem:
        return ledger.look_again(wired.database, record, str(problem), problem.retry_after or later)
    except SendAgain:
        return _send_again(wired, record)
    except (Refused, Unknown, Tampered) as problem:
        return ledger.hold(wired.database, record, str(problem))
    except Exception as problem:
        log.exception("looking for delivery %s", record.id)
        return ledger.look_again(wired.database, record, _unexpected(problem), later)
    if receipt is not None:
        return _keep(wired, record, receipt)
    return _not_there(wired, record, now)


def _send_again(wired: Wired, record: Record) -> Record:
    """The very same once more, to an outlet that drops what it has already. The delivery stays unknown until that is
    answered: back in planned, a withdrawal would pass by what the outlet may have. It is not sent after a withdrawal."""
    with wired.database.read() as connection:
        withdrawn = ledger.successor_withdraws(connection, record)
        halted = {halts.ALL_OUTLETS, record.outlet} & halts.halted(connection).keys()
    later = _next_attempt(wired, record)
    if withdrawn:
        return ledger.cancel(wired.database, record, "withdrawn before it was known to have arrived")
    if halted:
        return ledger.look_again(wired.database, record, f"{record.outlet} is halted", later)
    try:
        load = proving.load(wired, record)
        receipt = load.channel.release(load.delivery, load.rendition, record.prepared or Prepared())
    except (Refused, Tampered) as problem:
        return ledger.hold(wired.database, record, str(problem))
    except (Unavailable, Unknown) as problem:
        soonest = getattr(problem, "retry_after", None) or later
        return ledger.look_again(wired.database, record, str(problem), soonest)
    except Exception as problem:
        log.exception("sending delivery %s again", record.id)
        return ledger.look_again(wired.database, record, _unexpected(problem), later)
    return _keep(wired, record, receipt)


def _next_attempt(wired: Wired, record: Record) -> datetime:
    """Twice as long after the first attempt as now, within what the back-off allows."""
    now = wired.workspace.clock()
    age = now - (record.at or now)
    return now + min(max(age, wired.workspace.settings.engine.backoff(0)), LONGEST_BACKOFF)


def _keep(wired: Wired, record: Record, receipt: Receipt) -> Record:
    """Keeps a receipt. One that states an impossible moment is no proof: after the answer the outlet is looked at once
    more, after a look a person decides."""
    try:
        return ledger.keep_receipt(wired.database, record, receipt)
    except ledger.ImpossibleMoment as problem:
        why = f"the receipt cannot be right: {problem}"
        if record.state is not State.SENDING:
            return ledger.hold(wired.database, record, why, receipt)
        return ledger.lost(wired.database, record, why, wired.workspace.clock() + _quiet(wired, record))


def _not_there(wired: Wired, record: Record, now: datetime) -> Record:
    quiet = _quiet(wired, record)
    needed = wired.workspace.settings.engine.absent_reads if quiet else 1
    if record.absent_reads + 1 < needed:
        return ledger.absent(wired.database, record, now + quiet)
    with wired.database.read() as connection:
        withdrawn = ledger.successor_withdraws(connection, record)
    if withdrawn:
        return ledger.cancel(wired.database, record, "absent at the outlet, and withdrawn meanwhile")
    if ledger.overtaken(wired.database, record):
        return ledger.cancel(wired.database, record, "absent at the outlet, and marked anew meanwhile")
    if ledger.repeated(wired.database, record):
        why = f"the outlet has the same already and does not show it: {record.problem}"
        return ledger.hold(wired.database, record, why)
    return ledger.back_to_planned(wired.database, record, "the outlet does not have it: it may be sent again")


def _claim(wired: Wired, records: Sequence[Record], proved: Sequence[Proved]) -> tuple[list[Record], float]:
    lease = wired.workspace.settings.engine.lease
    process = f"{os.uname().nodename}/{os.getpid()}"
    deadline = _boot_time() + lease.total_seconds() / 2
    first = records[0]
    waits = _quiet(wired, first) and first.action is not Action.WITHDRAW  # which goes out at once (design.md)
    alone = wired.workspace.settings.account_of(first.outlet) if waits else ()
    going = [(record, one.rendition.digest) for record, one in zip(records, proved, strict=True)]
    return ledger.claim_together(wired.database, going, lease, process, alone=alone), deadline


def _send(wired: Wired, record: Record, claimed: Sequence[Record], proved: Sequence[Proved], deadline: float) -> Record:
    """The one public act. The own deadline is looked at right before it: a process that was stopped in between must not
    send on a claim that others may hold dead by now (engine.md S3)."""
    if _boot_time() > deadline:
        why = "this process was stopped for too long after its claim"
        return _each(wired, record, claimed, partial(_again, wired, why=why))
    try:
        receipts = _released(wired, claimed, proved)
    except Refused as problem:
        return _each(wired, record, claimed, partial(_turn_down, wired, problem=problem))
    except Unavailable as problem:
        return _each(wired, record, claimed, partial(_again_later, wired, problem=problem))
    except Exception as problem:
        if not isinstance(problem, Unknown):
            log.exception("releasing delivery %s", record.id)
        why = str(problem) if isinstance(problem, Unknown) else _unexpected(problem)
        return _each(wired, record, claimed, partial(_lost, wired, why=why, repeated=isinstance(problem, Repeated)))
    by_id = {one.id: receipt for one, receipt in zip(claimed, receipts, strict=True)}
    return _each(wired, record, claimed, lambda one: _keep(wired, one, by_id[one.id]))


def _released(wired: Wired, claimed: Sequence[Record], proved: Sequence[Proved]) -> Sequence[Receipt]:
    """The receipts, in the order of what was claimed."""
    going = [consigned(wired, one, known.package, known.sequence) for one, known in zip(claimed, proved, strict=True)]
    prepared = [one.prepared or Prepared() for one in claimed]
    first = proved[0]
    if len(proved) == 1:
        return [first.channel.release(going[0], first.rendition, prepared[0])]
    members = [(delivery, known.rendition) for delivery, known in zip(going, proved, strict=True)]
    return _pushing(first).release_push(members, prepared)


def _lost(wired: Wired, record: Record, why: str, *, repeated: bool) -> Record:
    later = wired.workspace.clock() + _quiet(wired, record)
    return ledger.lost(wired.database, record, why, later, repeated=repeated)


def _again(wired: Wired, record: Record, why: str) -> Record:
    return ledger.back_to_planned(wired.database, record, why)


def _again_later(wired: Wired, record: Record, problem: Unavailable) -> Record:
    later = problem.retry_after or _after_backoff(wired, record)
    return ledger.back_to_planned(wired.database, record, str(problem), later, failed=True)


def _postpone(wired: Wired, record: Record, why: str, later: datetime | None = None) -> Record:
    return ledger.postpone(wired.database, record, why, later or _after_backoff(wired, record))


def _each(wired: Wired, record: Record, together: Sequence[Record], move: Callable[[Record], Record]) -> Record:
    """Moves all that go together, each by itself, and gives what became of *record*."""
    return _own([_settled(wired, one, partial(move, one)) for one in together], record)


def _own(records: Sequence[Record], record: Record) -> Record:
    return next(one for one in records if one.id == record.id)


def _require_prepared(together: Sequence[Record]) -> None:
    unprepared = [one.id for one in together if one.state is not State.PREPARED]
    if unprepared:
        raise ledger.Fenced(f"of the push, delivery {unprepared[0]} is not prepared yet")


def _turn_down(wired: Wired, record: Record, problem: Tampered | Refused) -> Record:
    """It does not go out; what is more than an ordinary no is kept as an incident too."""
    if problem.incident:
        with wired.database.write() as connection:
            told = {"outlet": record.outlet, "problem": str(problem)}
            append(connection, wired.database, f"incident.{problem.incident}", f"delivery/{record.id}", told)
    return ledger.refuse(wired.database, record, str(problem))


def _settled(wired: Wired, record: Record, act: Callable[[], Record]) -> Record:
    try:
        return act()
    except ledger.Fenced:
        return _read(wired, record.id)


def _read(wired: Wired, delivery_id: str) -> Record:
    with wired.database.read() as connection:
        return get(connection, delivery_id)


def _expired(wired: Wired, record: Record) -> bool:
    prepared = record.prepared
    return prepared is None or (prepared.expires_at is not None and prepared.expires_at <= wired.workspace.clock())


def _quiet(wired: Wired, record: Record) -> timedelta:
    outlet = wired.workspace.settings.outlet(record.outlet)
    return quiet_time(outlet) if outlet else timedelta(seconds=QUIET_SECONDS.get(record.target.channel, 0.0))


def _after_backoff(wired: Wired, record: Record) -> datetime:
    return wired.workspace.clock() + wired.workspace.settings.engine.backoff(record.failures)


def _next_look(wired: Wired, record: Record) -> datetime:
    """Asks soon at first and then ever more rarely: the platforms count every read (contracts: WeChat 6.2). Into a partner's
    folder it is looked every few minutes at first, and once a day when nothing has come for two weeks."""
    now = wired.workspace.clock()
    waited = now - (record.answered_at or now)
    if record.target.channel in PARTNERS:
        return now + min(max(waited / 12, RECEIPT_PAUSES[0]), RECEIPT_PAUSES[1])
    age = waited.total_seconds()
    pause = next((pause for pause in FOLLOW_PAUSES if age < pause * 4), FOLLOW_PAUSES[-1])
    return now + timedelta(seconds=pause)


def _boot_time() -> float:
    """Seconds since boot, time asleep included: no change of the wall clock moves it."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _unexpected(problem: BaseException) -> str:
    return f"an unexpected {type(problem).__name__}: {problem}"
