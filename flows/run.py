"""The one run in plain Python: prepare everywhere, one gate, the website, then all others at once, follow until live.

Every function may run twice at once, be killed anywhere and be called again: it begins with what the ledger says.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from content import broadcasts, ledger
from content.broadcasts import Broadcast, Progress
from content.packages import NoPackage, Package, PackageAltered
from content.records import Record, Target, get, in_states, of_turn
from content.vocabulary import BEGUN, State
from flows import delivery, gate, issues, returning, still_shown, watching
from flows.daily_head import keep_daily_head
from flows.describing import describe, progress
from flows.fellows import acts
from flows.hearing import woken
from flows.runner import InlineRunner, Report, Runner
from flows.upkeep import upkeep
from flows.wiring import Wired
from flows.workspace import Workspace

__all__ = [
    "InlineRunner",
    "Report",
    "Runner",
    "broadcast",
    "describe",
    "execute",
    "resolve",
    "target_of",
    "tick",
    "upkeep",
]

PATIENCE = timedelta(seconds=60)


@dataclass(frozen=True)
class _Run:
    wired: Wired
    broadcast: Broadcast
    packages: tuple[Package, ...]
    runner: Runner
    report: Report

    def now(self) -> datetime:
        return self.wired.workspace.clock()


def execute(workspace: Workspace, order: Mapping[str, object], runner: Runner, report: Report) -> dict[str, object]:
    """Carries out one order of ids and flags, and returns the command's JSON document with its exit code.

    ``{"do": "broadcast", "broadcast": id, "wait": bool}`` or ``{"do": "resolve"}``.
    """
    wired = Wired(workspace)
    if order.get("do") == "broadcast":
        document = broadcast(wired, str(order["broadcast"]), runner, report, wait=bool(order.get("wait")))
        keep_daily_head(workspace)
        return document
    if order.get("do") == "resolve":
        return resolve(wired, runner, report)
    raise ValueError(f"an order to do {order.get('do')!r} is not known")


def tick(workspace: Workspace, runner: Runner, report: Report) -> None:
    """Recovery: continues what was begun, settles what is unknown, follows what was accepted, opens due embargoes."""
    keep_daily_head(workspace)
    wired = Wired(workspace)
    if _due(wired) or _unfinished_due(wired, PATIENCE):
        resolve(wired, runner, report, PATIENCE)


def resolve(wired: Wired, runner: Runner, report: Report, patience: timedelta = timedelta()) -> dict[str, object]:
    """Settles everything that can be settled by asking, and goes on with unfinished broadcasts.

    A broadcast that was ordered less than *patience* ago is left to whoever carries it out. Without patience somebody has
    asked: it is also looked whether what is live or was withdrawn can still be seen, which the engine does by itself.
    """
    gone, taken_down = ([], []) if patience else (watching.watch(wired), still_shown.look_again(wired, asked=True))
    printed = [] if patience else [one for one in issues.catch_up(wired) if one.state is not State.ACCEPTED]
    returned = [] if patience else returning.look(wired, asked=True)
    settled = _settle_all(wired, runner, report) + printed + returned
    went_on = [broadcast(wired, entry.id, runner, report, wait=False) for entry in _unfinished_due(wired, patience)]
    with wired.database.read() as connection:
        left = in_states(connection, [State.UNKNOWN, State.HELD, State.REFUSED, State.ACCEPTED, State.SENDING])
        settled = [get(connection, record.id) for record in settled]
    open_ones = [record for record in left if record.state is not State.ACCEPTED or record.target.direct]
    return {
        "settled": [describe(record) for record in settled],
        "broadcasts": [{"broadcast": entry["broadcast"], "state": entry["state"]} for entry in went_on],
        "left": [describe(record) for record in open_ones],
        "vanished": [describe(record) for record in gone],
        "taken_down": [describe(record) for record in taken_down],
        "exit": 3 if open_ones else 0,
    }


def broadcast(wired: Wired, broadcast_id: str, runner: Runner, report: Report, *, wait: bool) -> dict[str, object]:
    """Takes an ordered broadcast as far as it goes now. With *wait* it waits for the hour, however far away it is."""
    with wired.database.read() as connection:
        ordered = broadcasts.get(connection, broadcast_id)
    try:
        closed = gate.closed_packages(wired, ordered)
    except (PackageAltered, NoPackage) as problem:
        gate.note_tampering(wired, f"broadcast/{ordered.id}", [str(problem)])
        return _refused(_Run(wired, ordered, (), runner, report), [str(problem)])
    run = _Run(wired, ordered, closed, runner, report)
    if ordered.progress in (Progress.OPEN, Progress.PARTIAL):
        return _go_out(run)
    problems = gate.problems(wired, ordered, closed) or _make_ready(run)
    if problems:
        return _refused(run, problems)
    if ordered.order.rehearse:
        broadcasts.move(wired.database, ordered.id, Progress.REHEARSED)
        return _document(run, "partial", exit_code=0)
    return _at_the_hour(run, wait=wait)


def _make_ready(run: _Run) -> list[str]:
    """Plans and prepares every delivery; returns what keeps the whole run back. A withdrawal waits for no outlet."""
    _plan(run)
    missing = _prepare(run)
    return gate.cancelled_problems(_records(run)) or ([] if gate.urgent(run.packages) else missing)


def _at_the_hour(run: _Run, *, wait: bool) -> dict[str, object]:
    _hand_over_early(run)
    away = run.broadcast.not_before - run.now()
    if away > PATIENCE and not wait:
        broadcasts.move(run.wired.database, run.broadcast.id, Progress.WAITING)
        return _document(run, "partial", exit_code=3) | {"waiting_until": run.broadcast.not_before.isoformat()}
    while run.broadcast.not_before > run.now():
        time.sleep(min(1.0, max(0.0, (run.broadcast.not_before - run.now()).total_seconds())))
        _hand_over_early(run)
    problems = gate.problems(run.wired, run.broadcast, run.packages)
    if problems:
        return _refused(run, problems)
    broadcasts.move(run.wired.database, run.broadcast.id, Progress.OPEN)
    return _go_out(run)


def _go_out(run: _Run) -> dict[str, object]:
    """The website first, read back because the others link to it; then all others at once. A withdrawal reaches the others
    whatever becomes of the website."""
    _prepare(run)
    sites = [record for record in _records(run) if record.target.channel == gate.WEBSITE]
    _release(run, sites)
    _follow(run, [record.id for record in sites])
    standing = _records(run)
    if gate.urgent(run.packages) or all(r.state is State.LIVE for r in standing if _is_portal(r)):
        _release(run, [record for record in standing if record.target.channel != gate.WEBSITE])
        _follow(run, [record.id for record in _records(run)])
    return _finish(run)


def _finish(run: _Run) -> dict[str, object]:
    records = _records(run)
    done = all(_arrived(record) for record in records)
    progress = Progress.SYNCHRONISED if done else Progress.PARTIAL
    broadcasts.move(run.wired.database, run.broadcast.id, progress, skew_seconds=_skew(records))
    return _document(run, progress.value, exit_code=0 if done else 3)


def _arrived(record: Record) -> bool:
    """Direct outlets must be live, partners must have accepted (design.md: A broadcast is synchronised when)."""
    if record.state is State.CANCELLED:
        return True
    return record.state is State.LIVE or (record.state is State.ACCEPTED and not record.target.direct)


def _plan(run: _Run) -> None:
    """Plans what is not planned yet. What paused after failures is tried at once when a person orders it anew."""
    for package in run.packages:
        records = ledger.plan(run.wired.database, package, _targets(run, package), run.broadcast.ordered_at)
        for record in records:
            paused = record.state is State.PLANNED and record.failures and record.not_before > run.now()
            if paused and run.broadcast.progress is Progress.ORDERED:
                _end_pause(run.wired, record)


def _end_pause(wired: Wired, record: Record) -> None:
    with suppress(ledger.Fenced):
        ledger.due_now(wired.database, record)


def _targets(run: _Run, package: Package) -> list[Target]:
    lines = [line for line in package.lines if gate.wanted(run.broadcast.order, line.outlet)]
    return [target_of(run.wired, line.outlet) for line in lines]


def target_of(wired: Wired, outlet_id: str) -> Target:
    from channels import channel_class

    outlet = wired.outlet(outlet_id)
    kind = channel_class(outlet.channel)
    return Target(outlet.id, outlet.channel, kind.row.value if kind.row else "", kind.direct, outlet.required)


def _records(run: _Run) -> list[Record]:
    """The run's deliveries. What an earlier package of the same revision and action planned is the same delivery."""
    found = []
    with run.wired.database.read() as connection:
        for package in run.packages:
            named = {line.outlet for line in package.lines if gate.wanted(run.broadcast.order, line.outlet)}
            mine = of_turn(connection, package.item_id, package.revision, package.action, package.turn)
            found += [record for record in mine if record.outlet in named]
    return found


def _prepare(run: _Run) -> list[str]:
    """Prepares whatever is planned, everywhere at once; returns what a required outlet is missing for."""
    records = _records(run)
    if planned := [record for record in records if record.state is State.PLANNED]:
        _act(run, "prepare", delivery.prepare, planned)
        records = _records(run)
    return [
        f"{record.outlet}: {record.problem or record.state.value}"
        for record in records
        if record.target.required and record.state not in (State.PREPARED, State.CANCELLED, *BEGUN)
    ]


def _hand_over_early(run: _Run) -> None:
    """Partners with a lead get their copy before the hour, under an embargo line."""
    due = []
    for record in _records(run):
        lead = _lead(run.wired, record.outlet)
        handed_over_at = run.broadcast.not_before - lead
        if lead and not record.target.direct and handed_over_at <= run.now() < run.broadcast.not_before:
            due.append(record)
    _release(run, due)


def _lead(wired: Wired, outlet_id: str) -> timedelta:
    outlet = wired.workspace.settings.outlet(outlet_id)
    return outlet.lead if outlet else timedelta()


def _release(run: _Run, records: Sequence[Record]) -> None:
    _act(run, "release", delivery.release, [record for record in records if record.state is State.PREPARED])


def _act(run: _Run, step: str, act: Callable[[Wired, str], Record], records: Sequence[Record]) -> None:
    """Once for everything that goes in one act."""
    together = acts(run.packages, records)

    def work(key: str) -> Record:
        record = act(run.wired, key)
        run.report(progress(step, record))
        others = [other for other in together[key] if other != key]
        if others:
            with run.wired.database.read() as connection:
                moved = [get(connection, other) for other in others]
            for one in moved:
                run.report(progress(step, one))
        return record

    run.runner.each(step, work, list(together))


def _follow(run: _Run, ids: Sequence[str]) -> None:
    """Asks accepted outlets until they are live, at once where their platform tells that they are, and unknown ones once
    their quiet time is over, for a while."""
    until = time.monotonic() + run.wired.workspace.settings.engine.follow_seconds
    while True:
        open_ones = [record for record in _records(run) if record.id in ids and _can_be_asked(run.wired, record)]
        if not open_ones or time.monotonic() > until:
            return
        heard = [woken(run.wired, record, run.now()) for record in open_ones]
        due = [record for record in heard if (_next_look(record) or run.now()) <= run.now()]
        _ask(run.wired, run.runner, run.report, "follow", due)
        _send_again(run, ids)
        if not due:
            time.sleep(0.1)


def _send_again(run: _Run, ids: Sequence[str]) -> None:
    """What was proved absent is planned again: it is prepared and released like the first time."""
    again = [
        record for record in _records(run) if record.id in ids and record.state is State.PLANNED and not record.failures
    ]
    if again:
        _prepare(run)
        _release(run, [record for record in _records(run) if record.id in ids])


def _settle_or_follow(wired: Wired, delivery_id: str) -> Record:
    record = delivery.settle(wired, delivery_id)
    return delivery.follow(wired, delivery_id) if record.state is State.ACCEPTED else record


def _can_be_asked(wired: Wired, record: Record) -> bool:
    return record.state in (State.UNKNOWN, State.SENDING) or (record.state is State.ACCEPTED and record.target.direct)


def _next_look(record: Record) -> datetime | None:
    """When asking can tell something: a claim is left alone while its lease runs. None is now."""
    return record.lease_until if record.state is State.SENDING else record.look_after


def _settle_all(wired: Wired, runner: Runner, report: Report) -> list[Record]:
    due = _due(wired)
    _ask(wired, runner, report, "settle", due)
    return due


def _ask(wired: Wired, runner: Runner, report: Report, step: str, due: Sequence[Record]) -> None:
    def work(key: str) -> Record:
        record = _settle_or_follow(wired, key)
        report(progress(step, record))
        return record

    runner.each(step, work, [record.id for record in due])


def _due(wired: Wired) -> list[Record]:
    now = wired.workspace.clock()
    with wired.database.read() as connection:
        waiting = in_states(connection, [State.SENDING, State.UNKNOWN, State.ACCEPTED])
    waiting = [woken(wired, record, now) for record in waiting]
    known = {outlet.id for outlet in wired.workspace.settings.outlets}
    return [
        record
        for record in waiting
        if record.outlet in known
        and (record.state is not State.ACCEPTED or record.target.direct)
        and (_next_look(record) or now) <= now
    ]


def _unfinished_due(wired: Wired, patience: timedelta) -> list[Broadcast]:
    """Broadcasts that have something to do now: an hour that has come, or deliveries that can move."""
    now = wired.workspace.clock()
    with wired.database.read() as connection:
        waiting = broadcasts.unfinished(connection)
    ready = [entry for entry in waiting if not entry.order.rehearse and entry.ordered_at + patience <= now]
    return [entry for entry in ready if _has_work(wired, entry, now)]


def _has_work(wired: Wired, entry: Broadcast, now: datetime) -> bool:
    try:
        closed = gate.closed_packages(wired, entry)
    except (PackageAltered, NoPackage):
        return True
    records = _records(_Run(wired, entry, closed, InlineRunner(), _silent))
    movable = any(r.state in (State.PLANNED, State.PREPARED) and r.not_before <= now for r in records)
    if entry.progress is Progress.PARTIAL:
        return movable or all(_arrived(record) for record in records)
    lead = max((_lead(wired, record.outlet) for record in records), default=timedelta())
    return entry.not_before - (lead if movable else timedelta()) <= now


def _is_portal(record: Record) -> bool:
    return record.target.channel == gate.WEBSITE and record.target.required


def _refused(run: _Run, problems: Sequence[str]) -> dict[str, object]:
    broadcasts.move(run.wired.database, run.broadcast.id, Progress.REFUSED, problems=problems)
    return _document(run, "refused", exit_code=1) | {"problems": list(problems)}


def _skew(records: Sequence[Record]) -> Decimal | None:
    """Last minus first answered release among direct outlets, in seconds."""
    answered = [record.answered_at for record in records if record.target.direct and record.answered_at]
    if not answered:
        return None
    return Decimal(str((max(answered) - min(answered)).total_seconds()))


def _document(run: _Run, state: str, exit_code: int) -> dict[str, object]:
    records = _records(run)
    skew = _skew(records)
    return {
        "broadcast": run.broadcast.id,
        "state": state,
        "skew_seconds": float(skew) if skew is not None else None,
        "deliveries": [describe(record) for record in records],
        "exit": exit_code,
    }


def _silent(_progress: dict[str, object]) -> None:
    return None
