"""What takes a signed package out, and what comes back: broadcasts, withdrawals, receipts, held deliveries."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from content import broadcasts, halts, ledger, packages, people, signing
from content.broadcasts import Broadcast, Order
from content.delivery import Receipt
from content.intake import read
from content.items import StoredRevision
from content.packages import Package, PackageAltered
from content.records import Record, get, of_item, of_package
from content.stated import NoMoment, stated_moment
from content.vocabulary import BEGUN, Action, State
from flows import gate
from flows.editing import NotPossible, Passphrase, Submission, act_of, findings_of, freeze, hand_in, latest
from flows.wiring import Wired


def order_broadcast(
    wired: Wired, item_ids: Sequence[str], order: Order, at: datetime | None, by: str, passphrase: Passphrase
) -> Broadcast:
    """Records the order to take the items' newest packages out together, under the word of *by*.

    Outlets may be named by their group; the order holds their ids. Every package's own not_before holds for all: they go
    together or not at all. Raises NoSuchOutlet, NoPackage, PackageAltered or PersonError.
    """
    chosen = [_newest(wired, item_id) for item_id in dict.fromkeys(item_ids)]
    outlets, without = wired.outlets(order.outlets), wired.outlets(order.without)
    full = Order(tuple(package.digest for package in chosen), outlets, without, order.rehearse)
    moments = [at or wired.workspace.clock(), *(_not_before(package) for package in chosen)]
    statement = {"act": "broadcast", "packages": list(full.packages), "outlets": list(full.outlets)}
    act = act_of(wired, by, passphrase, statement | {"without": list(full.without), "rehearse": full.rehearse})
    return broadcasts.keep(wired.database, full, max(moments), act)


def _newest(wired: Wired, item_id: str) -> Package:
    try:
        with wired.database.read() as connection:
            newest = packages.latest(connection, item_id)
            if newest.mark and _carried_out(connection, newest):
                newest = packages.latest(connection, item_id, besides=Action.MARK)
            return newest
    except PackageAltered as problem:
        gate.note_tampering(wired, f"item/{item_id}", [str(problem)])
        raise


def _carried_out(connection: Connection, package: Package) -> bool:
    """Whether nothing of the package is left to do: then what was frozen before may still go to further outlets."""
    settled = {r.outlet for r in of_package(connection, package.digest) if r.state in ledger.SETTLED}
    return settled == {line.outlet for line in package.lines}


def withdraw(wired: Wired, item_id: str, reason: str, by: str, passphrase: Passphrase) -> Broadcast:
    """Makes the withdrawal to everybody who received the item, on one authorised person's signed word.

    What was never sent is cancelled in the same breath. Raises NotPossible when nobody received it.
    """
    if not reason.strip():
        raise NotPossible("a withdrawal needs its reason: --reason …")
    who = people.find(wired.database, by)
    role = wired.workspace.settings.withdraw_role
    if role not in who.roles:
        raise NotPossible(f"{by} does not have the role {role}, which a withdrawal needs")
    latest(wired, item_id)
    act_of(wired, by, passphrase, {"act": "withdraw", "item": item_id, "reason": reason})
    with wired.database.write() as connection:
        cancelled = ledger.cancel_unsent(connection, wired.database, item_id, f"withdrawn by {by}: {reason}")
    number, recipients = recipients_of(wired, item_id)
    if not recipients:
        raise NotPossible(f"no outlet has received item {item_id}; {cancelled} planned deliveries were cancelled")
    package, _ = freeze(wired, item_id, Action.WITHDRAW, reason, recipients, number=number)
    return _order_withdrawal(wired, package, by, passphrase)


def _order_withdrawal(wired: Wired, package: Package, by: str, passphrase: Passphrase) -> Broadcast:
    """Signs the withdrawal and orders it; one that was signed and then interrupted is ordered again."""
    levels = wired.workspace.settings.levels_for(Action.WITHDRAW)
    act = act_of(wired, by, passphrase, signing.statement(package, levels[0].name, by))
    with wired.database.read() as connection:
        signed = signing.of_package(connection, package.digest)
    if not signed:
        signing.sign(wired.database, package, levels, levels[0].name, act)
    return broadcasts.keep(wired.database, Order((package.digest,)), wired.workspace.clock(), act)


def correct(
    wired: Wired, item_id: str, path: Path, reason: str, by: str, passphrase: Passphrase
) -> tuple[Submission, Package]:
    """Hands in a corrected revision and freezes its package for everybody who received the item.

    It is signed like any package and then broadcast. Raises Blocked, NotPossible or IntakeError.
    """
    if not reason.strip():
        raise NotPossible("a correction tells readers why: --reason …")
    _, recipients = recipients_of(wired, item_id)
    if not recipients:
        raise NotPossible(
            f"no outlet has received item {item_id}: hand it in again with tongbu submit --item {item_id}"
        )
    submission = _hand_in_again(wired, item_id, path, by, passphrase)
    package, _ = freeze(wired, item_id, Action.CORRECT, reason, recipients)
    return submission, package


def record_receipt(
    wired: Wired,
    outlet_id: str,
    item_id: str,
    on: str,
    note: str,
    by: str,
    passphrase: Passphrase,
    scan: Path | None = None,
) -> Record:
    """Records a partner's acknowledgement, with a date (2026-11-24) or a moment (2026-11-24 18:30): only then it is live.

    Raises NotPossible when there is nothing to acknowledge, or for a moment before the hand-over or in the future.
    """
    wired.outlet(outlet_id)
    with wired.database.read() as connection:
        waiting = [
            record
            for record in of_item(connection, item_id)
            if record.outlet == outlet_id and record.state in (State.ACCEPTED, State.HELD, State.UNKNOWN)
        ]
    if not waiting:
        raise NotPossible(f"{outlet_id} has accepted nothing of item {item_id} that waits for a receipt")
    record = waiting[-1]
    if record.target.direct:
        raise NotPossible(f"{outlet_id} is a direct outlet: tongbu resolve asks it, nobody vouches for it")
    scanned = {"scan": wired.workspace.assets.put(scan.read_bytes())} if scan else {}
    return acknowledge(wired, record, on, ({"note": note} if note else {}) | scanned, by, passphrase)


def acknowledge(
    wired: Wired, record: Record, on: str, facts: Mapping[str, str], by: str, passphrase: Passphrase
) -> Record:
    """Makes a delivery live by what a partner states: the moment *on*, and *facts* that are kept with it, under the word of
    *by*. Raises NotPossible for a moment before the hand-over or in the future."""
    now = wired.workspace.clock()
    try:
        live_at = stated_moment(on, record.since or now, now)
    except NoMoment as problem:
        raise NotPossible(str(problem)) from None
    stated = {name: facts.get(name, "") for name in ("note", "scan")} | (
        {"mail": facts["mail"]} if "mail" in facts else {}
    )
    act = act_of(
        wired, by, passphrase, {"act": "receipt", "delivery": record.id, "live_at": live_at.isoformat(), **stated}
    )
    known = record.receipt or Receipt(State.LIVE)
    told = {**known.evidence, **facts, "stated": on, "by": by, "signature": act.signature}
    return ledger.keep_receipt(wired.database, record, replace(known, state=State.LIVE, live_at=live_at, evidence=told))


def settle_held(
    wired: Wired, delivery_id: str, verdict: State, evidence: str, persons: Sequence[str], passphrase: Passphrase
) -> Record:
    """Settles a delivery that waits for people: two of them, named, with their evidence (engine.md S8).

    *verdict* is LIVE (it is there), PLANNED (it is not: send it again), REFUSED or CANCELLED. Raises NotPossible.
    """
    with wired.database.read() as connection:
        record = get(connection, delivery_id)
    if len(set(persons)) != 2:
        raise NotPossible("two different persons settle a delivery: --as A --as B")
    if not evidence.strip():
        raise NotPossible("what is settled by people needs their evidence: --evidence …")
    if record.state not in (State.HELD, State.REFUSED) or verdict not in ledger.MOVES[record.state]:
        raise NotPossible(f"delivery {delivery_id} is {record.state} and cannot be settled as {verdict}")
    statement = {"act": "settle", "delivery": delivery_id, "verdict": verdict.value, "evidence": evidence}
    acts = [act_of(wired, name, passphrase, statement) for name in persons]
    told = f"{evidence} ({', '.join(persons)})"
    if verdict is State.LIVE:
        signed = {f"signature-{act.person}": act.signature for act in acts}
        known = record.receipt or Receipt(State.LIVE)
        proof = {**known.evidence, "note": told, **signed}
        return ledger.keep_receipt(
            wired.database, record, replace(known, state=State.LIVE, live_at=None, evidence=proof)
        )
    if verdict is State.PLANNED:
        return ledger.back_to_planned(wired.database, record, told)
    move = ledger.refuse if verdict is State.REFUSED else ledger.cancel
    return move(wired.database, record, told)


def _hand_in_again(wired: Wired, item_id: str, path: Path, by: str, passphrase: Passphrase) -> Submission:
    """The corrected file as the newest revision; one that was handed in already and is not out yet is gone on with."""
    taken = read(path, wired.workspace.assets)
    newest = latest(wired, item_id)
    if taken.revision.digest == newest.digest:
        if _is_out(wired, newest):
            raise NotPossible(f"{path.name} is what item {item_id} says already: there is nothing to correct")
        return Submission(newest, new=False, findings=findings_of(wired, newest.revision, newest.cleaned))
    return hand_in(wired, taken, path, by, passphrase, item_id)


def _is_out(wired: Wired, stored: StoredRevision) -> bool:
    with wired.database.read() as connection:
        records = of_item(connection, stored.item_id)
    bringing = [r for r in records if r.action in (Action.PUBLISH, Action.CORRECT) and r.state in BEGUN]
    return any(r.revision == stored.digest for r in bringing)


def recipients_of(wired: Wired, item_id: str) -> tuple[int, list[str]]:
    """The item's round that is out, and every outlet that received it in that round, also those switched off since
    (rule 8). A withdrawal that was begun and never carried out closes no round; marks bring nothing out."""
    latest(wired, item_id)
    with wired.database.read() as connection:
        records = of_item(connection, item_id)
    received = [r for r in records if r.action in (Action.PUBLISH, Action.CORRECT) and r.state in BEGUN]
    number = max((r.round for r in received), default=1)
    gone = {r.outlet for r in records if r.action is Action.WITHDRAW and r.round == number and r.state is State.LIVE}
    names = [r.outlet for r in received if r.round == number and r.outlet not in gone]
    return number, list(dict.fromkeys(names))


def _not_before(package: Package) -> datetime:
    limit = package.manifest.get("not_before")
    return datetime.fromisoformat(limit) if limit else datetime.min.replace(tzinfo=UTC)


def halt(wired: Wired, outlet: str, reason: str, by: str, passphrase: Passphrase) -> None:
    """The kill switch for one outlet or all (``*``), under the word of *by*. Raises NoSuchOutlet or PersonError."""
    if outlet != halts.ALL_OUTLETS:
        wired.outlet(outlet)
    act_of(wired, by, passphrase, {"act": "halt", "outlet": outlet, "reason": reason})
    halts.stop(wired.database, outlet, by, reason)


def resume(wired: Wired, outlet: str, by: str, passphrase: Passphrase) -> bool:
    """Ends a halt; False when there was none."""
    act_of(wired, by, passphrase, {"act": "resume", "outlet": outlet})
    return halts.lift(wired.database, outlet, by)
