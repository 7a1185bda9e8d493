"""``tongbu receipt``: partners' acknowledgements, by hand or from their mails."""

from pathlib import Path
from typing import Annotated

import typer

from content.records import Record
from flows import publishing, run
from flows.cli.moments import shown_moment
from flows.cli.terminal import (
    DONE,
    PARTLY,
    AsOption,
    HomeOption,
    JsonOption,
    PassphraseOption,
    Terminal,
    Usage,
    terminal,
)
from flows.editing import Passphrase
from flows.wiring import Wired


def receipt(
    by: AsOption,
    outlet: Annotated[str, typer.Argument(help="The partner's outlet.")] = "",
    items: Annotated[list[str] | None, typer.Argument(help="The items that it acknowledges.")] = None,
    on: Annotated[str, typer.Option("--on", help="When it went out: 2026-11-24, or 2026-11-24 18:30.")] = "",
    note: Annotated[str, typer.Option("--note", help="Programme, newspaper page, issue …")] = "",
    scan: Annotated[Path | None, typer.Option("--scan", help="A scan or recording that proves it.")] = None,
    mail: Annotated[
        list[Path] | None, typer.Option("--mail", help="Instead: partners' mails, a file (.eml, mbox) or a folder.")
    ] = None,
    passphrase_file: PassphraseOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record a partner's acknowledgement: only then its delivery is live and counts."""
    with terminal(as_json=as_json, home=home) as term:
        if mail and (outlet or items or on or note or scan):
            raise Usage("--mail reads everything from the mails: leave the other words away")
        if not mail and not (outlet and items and on):
            raise Usage("write OUTLET ITEM --on DATE, or --mail FILE")
        wired, ask = term.wired(), term.passphrase(passphrase_file)
        if mail:
            _receipts_by_mail(term, wired, mail, by, ask)
            return
        records: list[Record] = []
        for item in items or []:
            record = publishing.record_receipt(wired, outlet, item, on, note, by, ask, scan)
            term.say(f"item {record.item_id} · {outlet} · live {shown_moment(record.live_at)}")
            records.append(record)
        term.result({"deliveries": [run.describe(record) for record in records]})


def _receipts_by_mail(term: Terminal, wired: Wired, paths: list[Path], by: str, ask: Passphrase) -> None:
    from flows.mail_receipts import record_mails

    read = list(record_mails(wired, paths, by, ask))
    for one in read:
        if one.problem:
            term.say(f"✗ {one.place}: {one.problem}")
        elif one.record is not None:
            before = "" if one.fresh else " (known before)"
            term.say(
                f"item {one.record.item_id} · {one.record.outlet} · live {shown_moment(one.record.live_at)}{before}"
            )
    others = sum(not one.problem and one.record is None for one in read)
    if others:
        term.say(f"{others} of {len(read)} mails name nothing of ours")
    document = {
        "deliveries": [run.describe(one.record) for one in read if one.record is not None],
        "problems": [{"mail": one.place, "problem": one.problem} for one in read if one.problem],
        "unrelated": others,
    }
    term.result(document, PARTLY if document["problems"] else DONE)
