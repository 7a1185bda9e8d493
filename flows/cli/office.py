"""The commands of the office: init, person, counts, verify, gazette."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from content import events, people
from content.clock import in_china
from content.vocabulary import ROW_LABELS, Row, WorkspaceKind
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
from flows.wiring import Wired

persons = typer.Typer(no_args_is_help=True, help="People, their units, roles and keys.")
BREAKDOWNS = ("row", "channel", "month", "organ", "kind", "level", "outlet")


def init(
    kind: Annotated[
        WorkspaceKind, typer.Option("--kind", help="Fixed for ever: a rehearsal never counts.")
    ] = WorkspaceKind.REHEARSAL,
    database: Annotated[
        str, typer.Option("--database", help="postgresql+psycopg://…; empty means SQLite inside.")
    ] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a workspace: settings, database, sandbox outlets."""
    with terminal(as_json=as_json, home=home) as term:
        from flows.workspace import make

        made = make(term.home, kind, database)
        outlets = [outlet.id for outlet in made.settings.outlets]
        term.say(f"made a {kind.value} workspace in {made.home}: {len(outlets)} outlets, settings in tongbu.toml")
        term.say("next: tongbu person add NAME --unit UNIT --role ROLE")
        term.result({"home": str(made.home), "kind": kind.value, "outlets": outlets})


@persons.command("add")
def person_add(
    name: Annotated[str, typer.Argument(help="The person's name, as it is shown and signed.")],
    unit: Annotated[str, typer.Option("--unit", help="The unit that they work for.")],
    roles: Annotated[list[str] | None, typer.Option("--role", help="A role, such as 终审 (may be repeated).")] = None,
    passphrase_file: PassphraseOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add a person with a key pair of their own, encrypted by their own passphrase."""
    with terminal(as_json=as_json, home=home) as term:
        wired = term.wired()
        secret = term.passphrase(passphrase_file)(name)
        added = people.add(wired.database, wired.workspace.keys, name, unit, tuple(roles or ()), secret)
        term.say(f"added {name} ({unit}): {', '.join(added.roles) or 'no role: may hand in'}")
        term.result(_person(added))


@persons.command("list")
def person_list(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Everybody, with units, roles and keys."""
    with terminal(as_json=as_json, home=home) as term:
        known = people.everyone(term.wired().database)
        lines = [
            [who.name, who.unit, "、".join(who.roles), "disabled" if who.disabled else "", who.public_key[:16]]
            for who in known
        ]
        term.table("", ["name", "unit", "roles", "", "public key"], lines)
        term.result({"persons": [_person(who) for who in known]})


@persons.command("disable")
def person_disable(
    name: Annotated[str, typer.Argument(help="Who may no longer act.")],
    by: AsOption,
    passphrase_file: PassphraseOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take away a person's right to act; what they signed and is out stays."""
    with terminal(as_json=as_json, home=home) as term:
        from flows.editing import act_of

        wired = term.wired()
        act_of(wired, by, term.passphrase(passphrase_file), {"act": "disable", "person": name})
        people.disable(wired.database, name, by)
        term.say(f"disabled {name}")
        term.result({"disabled": name})


def counts(
    year: Annotated[int, typer.Argument(help="The year, Asia/Shanghai.")],
    by: Annotated[str | None, typer.Option("--by", help="channel, month, organ, kind, level, outlet or row.")] = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write the breakdown as CSV.")] = None,
    xlsx: Annotated[Path | None, typer.Option("--xlsx", help="Write all breakdowns as a workbook.")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """The office's figures of a year, counted from the ledger."""
    with terminal(as_json=as_json, home=home) as term:
        from content import counts as counting

        if by is not None and by not in BREAKDOWNS:
            raise Usage(f"--by {by} is not known: {', '.join(BREAKDOWNS)}")
        wired = term.wired()
        settings = wired.workspace.settings
        rehearsal = settings.kind is WorkspaceKind.REHEARSAL
        found = counting.counts(wired.database, year, settings.withdrawal_subtracts, rehearsal)
        show_counts(term, found.as_json(), year, rehearsal=rehearsal)
        document: dict[str, Any] = found.as_json()
        if by is not None or csv is not None:
            lines = counting.counts_by(wired.database, year, by or "row")
            _show_breakdown(term, by or "row", lines)
            document["by"] = {line.key: line.as_json() for line in lines}
        for remark in counting.remarks(found):
            term.say(f"  {remark}")
        _write_files(wired, year, by or "row", csv, xlsx, rehearsal=rehearsal)
        term.result(document)


def show_counts(term: Terminal, document: dict[str, Any], year: int, *, rehearsal: bool) -> None:
    """The figures of a year by row, stamped when they are a rehearsal's."""
    stamp = " · 演练 rehearsal, not a statutory figure" if rehearsal else ""
    lines = [[ROW_LABELS[Row(row)], row, str(number)] for row, number in document["rows"].items()]
    lines.append(["公开总数（计1条）", "items", str(document["items"])])
    term.table(f"{year}{stamp}", ["统计口径", "row", "条"], lines)


def verify(
    heads: Annotated[
        list[Path] | None, typer.Argument(help="Exported heads to compare with (default: heads/ in the workspace).")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check the ledger's chain of events, also against heads that were exported earlier."""
    with terminal(as_json=as_json, home=home) as term:
        from content import heads as exported

        wired = term.wired()
        folder = wired.workspace.home / "heads"
        known = exported.read(heads or sorted(folder.glob("*.json")))
        broken = events.verify_chain(wired.database, known)
        head = events.head(wired.database)
        document = {"events": head.seq, "head": head.hash, "compared": len(known), "broken": None}
        if broken is None:
            exported.export(wired.database, folder)
            term.say(f"the chain of {head.seq} events holds; compared with {len(known)} exported head(s)")
            term.say(f"head {exported.head_code(head)}")
            term.result(document)
            return
        term.say(f"the chain is broken at event {broken.seq}: {broken.problem}")
        term.result(document | {"broken": {"seq": broken.seq, "problem": broken.problem}}, REFUSED)


def _show_breakdown(term: Terminal, by: str, lines: Any) -> None:
    heading = [by, *(ROW_LABELS[row] for row in Row), "条"]
    table = [[line.label, *(str(line.rows.get(row.value, 0)) for row in Row), str(line.items)] for line in lines]
    term.table("", heading, table)


def _write_files(wired: Wired, year: int, by: str, csv: Path | None, xlsx: Path | None, *, rehearsal: bool) -> None:
    from content import counts as counting
    from content import counts_files

    if csv is not None:
        counts_files.write_csv(counting.counts_by(wired.database, year, by), csv)
    if xlsx is not None:
        found = counting.counts(wired.database, year, wired.workspace.settings.withdrawal_subtracts, rehearsal)
        breakdowns = {name: counting.counts_by(wired.database, year, name) for name in BREAKDOWNS}
        counts_files.write_xlsx(found, breakdowns, xlsx)


def _person(who: people.Person) -> dict[str, Any]:
    roles = list(who.roles)
    return {"name": who.name, "unit": who.unit, "roles": roles, "public_key": who.public_key, "disabled": who.disabled}


__all__ = ["DONE", "date", "in_china"]
