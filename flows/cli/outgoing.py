"""The commands that take packages out and settle what comes back."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from content import broadcasts, halts, ledger
from content.broadcasts import Broadcast, Order
from content.clock import CHINA
from content.records import Record, in_states, of_item, still_shown
from content.vocabulary import Action, Effect, State
from flows import publishing, run
from flows.allowances import allowances
from flows.cli.accounts import show_accounts
from flows.cli.carrying import carry_out
from flows.cli.measuring import say_measured
from flows.cli.moments import short, shown_moment
from flows.cli.terminal import (
    DONE,
    REFUSED,
    AsOption,
    HomeOption,
    JsonOption,
    PassphraseOption,
    Terminal,
    Usage,
    terminal,
)
from flows.editing import findings_of
from flows.wiring import Wired

LONGEST_ADDRESS = 54
ItemArgument = Annotated[str, typer.Argument(help="The item's id.")]
InlineOption = Annotated[bool, typer.Option("--inline", help="Run in this process, without the engine.")]


def broadcast(
    items: Annotated[list[str], typer.Argument(help="The items' ids: they go together or not at all.")],
    by: AsOption,
    outlets: Annotated[
        list[str] | None, typer.Option("--outlet", help="Only this outlet or group (may be repeated).")
    ] = None,
    without: Annotated[list[str] | None, typer.Option("--without", help="Go on without this outlet or group.")] = None,
    at: Annotated[
        str | None, typer.Option("--at", help="Not before this moment, 2026-11-24 09:00 (China time).")
    ] = None,
    rehearse: Annotated[bool, typer.Option("--rehearse", help="Do everything but release.")] = False,
    inline: InlineOption = False,
    passphrase_file: PassphraseOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """The one run: take signed packages to their outlets, all at the same moment."""
    with terminal(as_json=as_json, home=home) as term:
        wired = term.wired()
        order = Order((), tuple(outlets or ()), tuple(without or ()), rehearse)
        ordered = publishing.order_broadcast(wired, items, order, _moment(at), by, term.passphrase(passphrase_file))
        _go(term, wired, ordered, inline=inline)


def withdraw(
    item: ItemArgument,
    by: AsOption,
    reason: Annotated[str, typer.Option("--reason", help="Why; readers and partners are told.")],
    inline: InlineOption = False,
    passphrase_file: PassphraseOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Withdraw an item at once from everybody who received it, on one authorised person's signed word."""
    with terminal(as_json=as_json, home=home) as term:
        wired = term.wired()
        ordered = publishing.withdraw(wired, item, reason, by, term.passphrase(passphrase_file))
        _go(term, wired, ordered, inline=inline)


def correct(
    item: ItemArgument,
    file: Annotated[Path, typer.Argument(help="The corrected file.")],
    by: AsOption,
    reason: Annotated[str, typer.Option("--reason", help="What was wrong; readers are told.")],
    passphrase_file: PassphraseOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hand in a correction and freeze its package for everybody who received the item; sign it, then broadcast."""
    with terminal(as_json=as_json, home=home) as term:
        ask = term.passphrase(passphrase_file)
        submission, package = publishing.correct(term.wired(), item, file, reason, by, ask)
        term.say(f"item {item} · revision {submission.stored.sequence} · correction for {len(package.lines)} outlets")
        term.say(f"manifest {package.digest}\nnext: tongbu sign {item} --level … --digest {package.digest[:12]} --as …")
        outlets = [line.outlet for line in package.lines]
        document = {"item": item, "revision": submission.stored.digest, "digest": package.digest, "outlets": outlets}
        term.result(document)


def mark(
    item: ItemArgument,
    by: AsOption,
    effect: Annotated[str, typer.Option("--effect", help="有效, 失效 or 废止.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; kept in the package.")] = "",
    passphrase_file: PassphraseOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Freeze the package that marks a document 有效, 失效 or 废止 on website and feeds; sign it, then broadcast."""
    with terminal(as_json=as_json, home=home) as term:
        from flows import marking

        if effect not in list(Effect):
            raise Usage(f"--effect {effect} is not known: {', '.join(Effect)}")
        ask = term.passphrase(passphrase_file)
        package, fresh = marking.mark(term.wired(), item, Effect(effect), reason, by, ask)
        outlets = [line.outlet for line in package.lines]
        term.say(f"item {item} · {effect} · mark for {', '.join(outlets)}{'' if fresh else ' · unchanged'}")
        term.say(f"manifest {package.digest}\nnext: tongbu sign {item} --level … --digest {package.digest[:12]} --as …")
        term.result({"item": item, "effect": effect, "digest": package.digest, "fresh": fresh, "outlets": outlets})


def status(
    item: Annotated[str | None, typer.Argument(help="The item's id; all items without it.")] = None,
    sheet: Annotated[Path | None, typer.Option("--sheet", help="Write the item's 回执单 to this PDF file.")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """States and receipts of one item's deliveries, or of all that are not settled."""
    with terminal(as_json=as_json, home=home) as term:
        if item is None and sheet is not None:
            raise Usage("--sheet needs an item: tongbu status ITEM --sheet FILE.pdf")
        wired = term.wired()
        if item is None:
            _status_of_all(term, wired)
        else:
            _status_of_item(term, wired, item, sheet)


def resolve(
    delivery: Annotated[str | None, typer.Argument(help="A delivery that waits for people.")] = None,
    evidence: Annotated[str, typer.Option("--evidence", help="What proves it.")] = "",
    verdict: Annotated[
        str, typer.Option("--verdict", help="live, absent (send again), refused or cancelled.")
    ] = "live",
    persons: Annotated[list[str] | None, typer.Option("--as", help="Two persons: --as A --as B.")] = None,
    inline: InlineOption = False,
    passphrase_file: PassphraseOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Settle what is unknown or accepted, by asking the outlets; what is held, by two people with evidence."""
    with terminal(as_json=as_json, home=home) as term:
        wired = term.wired()
        if delivery is None:
            _resolve_all(term, wired, inline=inline)
            return
        state = {"live": State.LIVE, "absent": State.PLANNED, "refused": State.REFUSED, "cancelled": State.CANCELLED}
        if verdict not in state:
            raise Usage(f"--verdict {verdict} is not known: {', '.join(state)}")
        ask = term.passphrase(passphrase_file)
        record = publishing.settle_held(wired, delivery, state[verdict], evidence, persons or [], ask)
        term.say(f"delivery {delivery} · {record.outlet} · {record.state.value}")
        term.result(run.describe(record))


def halt(
    by: AsOption,
    outlet: Annotated[str, typer.Argument(help="The outlet; all of them without it.")] = halts.ALL_OUTLETS,
    reason: Annotated[str, typer.Option("--reason", help="Why; kept in the ledger.")] = "",
    passphrase_file: PassphraseOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """The kill switch: nothing more is sent to the outlet until it is resumed."""
    with terminal(as_json=as_json, home=home) as term:
        wired = term.wired()
        publishing.halt(wired, outlet, reason, by, term.passphrase(passphrase_file))
        again = "tongbu resume" if outlet == halts.ALL_OUTLETS else f"tongbu resume {outlet}"
        term.say(f"halted: {_named(outlet)}. {again} --as … lets it go on")
        term.result({"halted": outlet})


def resume(
    by: AsOption,
    outlet: Annotated[str, typer.Argument(help="The outlet; the halt of all of them without it.")] = halts.ALL_OUTLETS,
    passphrase_file: PassphraseOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """End a halt."""
    with terminal(as_json=as_json, home=home) as term:
        ended = publishing.resume(term.wired(), outlet, by, term.passphrase(passphrase_file))
        term.say(f"{_named(outlet)}: {'goes on' if ended else 'was not halted'}")
        term.result({"resumed": outlet, "was_halted": ended})


def _go(term: Terminal, wired: Wired, ordered: Broadcast, *, inline: bool) -> None:
    document = carry_out(term, wired, {"do": "broadcast", "broadcast": ordered.id, "wait": inline}, inline=inline)
    exit_code = int(str(document.pop("exit", DONE)))
    for problem in document.get("problems", []):  # type: ignore[attr-defined]
        term.say(f"  ✗ {problem}")
    show_deliveries(term, document["deliveries"])  # type: ignore[arg-type]
    term.say(_verdict(document))
    term.result(document, exit_code)


def _verdict(document: dict[str, object]) -> str:
    skew = document.get("skew_seconds")
    told = f" · skew {skew:.3f} s" if isinstance(skew, float) else ""
    later = shown_moment(datetime.fromisoformat(str(document["waiting_until"]))) if "waiting_until" in document else ""
    waiting = f" · prepared; it goes out at {later}, as long as the engine runs (tongbu serve)" if later else ""
    return f"broadcast {document['broadcast']} · {document['state']}{told}{waiting}"


def show_deliveries(term: Terminal, deliveries: Sequence[dict[str, Any]], *, ids: bool = False) -> None:
    """One row per delivery: item, channel, outlet, state, live at, address; with *ids* what ``resolve`` takes."""
    if not deliveries:
        return
    lines = [
        [
            *([entry["id"]] if ids else []),
            entry["item"],
            entry["channel"],
            entry["outlet"],
            entry["state"] if entry["action"] == Action.PUBLISH else f"{entry['action']} {entry['state']}",
            short(entry["live_at"]),
            _address(entry["url"]) or entry["problem"] or entry["remote_id"],
        ]
        for entry in deliveries
    ]
    headings = ["item", "channel", "outlet", "state", "live at", "address"]
    term.table("", ["delivery", *headings] if ids else headings, lines)


def _say_still_shown(term: Terminal, deliveries: Sequence[dict[str, Any]]) -> None:
    """A withdrawal that could not take its text down is done and yet not enough: a person should know."""
    for entry in deliveries:
        if entry["still_shown"]:
            place = f"item {entry['item']} at {entry['outlet']}"
            said = f"could not be deleted, a notice was posted instead ({entry['still_shown']})"
            term.say(f"{place}: withdrawn, but still to be seen there: it {said}; delete it by hand")


def _address(url: str) -> str:
    """The address without its scheme; of a long query only the beginning."""
    shown = url.partition("://")[2]
    return shown if len(shown) <= LONGEST_ADDRESS else f"{shown[: LONGEST_ADDRESS - 1]}…"


def _status_of_item(term: Terminal, wired: Wired, item: str, sheet: Path | None) -> None:
    from flows.editing import latest

    stored = latest(wired, item)
    with wired.database.read() as connection:
        records = of_item(connection, item)
    findings = findings_of(wired, stored.revision, stored.cleaned) if not records else ()
    term.say(f"item {item} · revision {stored.sequence} · {stored.revision.fields.title}")
    term.findings(findings)
    deliveries = [run.describe(record) for record in records]
    show_deliveries(term, deliveries, ids=True)
    _say_still_shown(term, deliveries)
    document = {
        "item": item,
        "revision": stored.digest,
        "title": stored.revision.fields.title,
        "findings": [finding.as_dict() for finding in findings],
        "deliveries": deliveries,
    }
    term.result(document | _sheet(term, wired, item, sheet))


def _sheet(term: Terminal, wired: Wired, item: str, path: Path | None) -> dict[str, str]:
    if path is None:
        return {}
    from flows.sheet import write_sheet

    written = write_sheet(wired, item, path)
    term.say(f"wrote the receipt sheet (回执单) to {written}")
    return {"sheet": str(written)}


def _status_of_all(term: Terminal, wired: Wired) -> None:
    from content import items as store

    with wired.database.read() as connection:
        known = [store.latest(connection, item_id) for item_id in store.all_ids(connection)[-50:]]
        open_ones = in_states(connection, [state for state in State if state not in ledger.SETTLED])
        running = broadcasts.unfinished(connection)
        halted = halts.halted(connection)
        shown = [run.describe(record) for record in still_shown(connection)]
    lines = [[entry.item_id, str(entry.sequence), entry.handed_in_by, entry.revision.fields.title] for entry in known]
    term.table("items (the newest 50)", ["item", "revision", "by", "title"], lines)
    show_deliveries(term, [run.describe(record) for record in open_ones], ids=True)
    _say_still_shown(term, shown)
    accounts = allowances(wired)
    show_accounts(term, accounts)
    for outlet, reason in halted.items():
        term.say(f"halted: {_named(outlet)}{': ' + reason if reason else ''}")
    document = {
        "items": [
            {"item": entry.item_id, "title": entry.revision.fields.title, "digest": entry.digest} for entry in known
        ],
        "open": [run.describe(record) for record in open_ones],
        "broadcasts": [{"broadcast": entry.id, "state": entry.progress.value} for entry in running],
        "halted": halted,
        "accounts": accounts,
        "still_shown": shown,
        "measured": say_measured(term, wired),
    }
    term.result(document)


def _resolve_all(term: Terminal, wired: Wired, *, inline: bool) -> None:
    document = carry_out(term, wired, {"do": "resolve"}, inline=inline)
    exit_code = int(str(document.pop("exit", REFUSED)))
    left: list[dict[str, Any]] = document["left"]  # type: ignore[assignment]
    show_deliveries(term, [*document["settled"], *left], ids=True)  # type: ignore[misc]
    gone: list[dict[str, Any]] = document["vanished"]  # type: ignore[assignment]
    for one in gone:
        term.say(f"{one['item']} at {one['outlet']} is no longer there: {one['problem']}")
    taken_down: list[dict[str, Any]] = document["taken_down"]  # type: ignore[assignment]
    for one in taken_down:
        term.say(f"item {one['item']} at {one['outlet']}: what was withdrawn is no longer to be seen there")
    term.say(f"{len(document['settled'])} looked at, {len(left)} still open")  # type: ignore[arg-type]
    term.result(document, exit_code)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Usage(f"--at {text!r} is not a moment: write 2026-11-24T09:00 (China time)") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)


def _named(outlet: str) -> str:
    return "every outlet" if outlet == halts.ALL_OUTLETS else outlet


__all__ = ["Record", "show_deliveries"]
