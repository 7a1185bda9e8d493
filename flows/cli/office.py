"""The commands of the office: init, person, counts, verify, gazette."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from content import events, people
from content.vocabulary import WorkspaceKind
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
        secret = term.passphrase(passphrase_file, new=True)(name)
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


def verify(
    heads: Annotated[
        list[Path] | None, typer.Argument(help="Exported heads to compare with (default: heads/ in the workspace).")
    ] = None,
    codes: Annotated[
        list[str] | None, typer.Option("--code", help="A code printed on a 回执单 (may be repeated).")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check the ledger's chain of events, also against heads that were exported earlier or printed on a 回执单, and the
    gazette's closed issues against their signatures."""
    with terminal(as_json=as_json, home=home) as term:
        from content import heads as exported

        wired = term.wired()
        folder = wired.workspace.home / "heads"
        printed = _compare_codes(wired, codes or [])
        known = exported.read(heads or sorted(folder.glob("*.json")))
        broken = events.verify_chain(wired.database, known)
        head = events.head(wired.database)
        document = {"events": head.seq, "head": head.hash, "compared": len(known), "broken": None}
        document |= _tell_codes(term, printed) | _tell_issues(term, wired)
        if broken is not None:
            term.say(f"the chain is broken at event {broken.seq}: {broken.problem}")
            term.result(document | {"broken": {"seq": broken.seq, "problem": broken.problem}}, REFUSED)
            return
        term.say(f"the chain of {head.seq} events holds; compared with {len(known)} exported head(s)")
        term.say(f"head {exported.head_code(head)}")
        sound = all(printed.values()) and not document["issue_problems"]
        if sound:
            exported.export(wired.database, folder)
        term.result(document, DONE if sound else REFUSED)


def _compare_codes(wired: Wired, codes: Sequence[str]) -> dict[str, bool]:
    """Whether each printed code fits the chain. Raises Usage for a text that is no code."""
    from content import heads

    try:
        return {code: heads.matches(wired.database, code) for code in codes}
    except heads.HeadCodeWrong as problem:
        raise Usage(f"--code: {problem}") from None


def _tell_codes(term: Terminal, printed: Mapping[str, bool]) -> dict[str, Any]:
    for code, fits in printed.items():
        missing = "no longer fits the chain: the ledger was altered, or the code is another workspace's or misread"
        term.say(f"{'●' if fits else '✗'} the printed code {code} {'fits the chain' if fits else missing}")
    return {"codes": [{"code": code, "fits": fits} for code, fits in printed.items()]} if printed else {}


def _tell_issues(term: Terminal, wired: Wired) -> dict[str, Any]:
    """Whether the gazette's closed issues are what was signed."""
    from content.gazette.verifying import verify as verify_issues

    looked_at, wrong = verify_issues(wired.database, wired.workspace.assets)
    if looked_at and not wrong:
        term.say(f"● {looked_at} closed issue(s) of the gazette: contents, signatures and PDFs hold")
    for problem in wrong:
        term.say(f"✗ {problem}")
    return {"issues": looked_at, "issue_problems": wrong}


def _person(who: people.Person) -> dict[str, Any]:
    roles = list(who.roles)
    return {"name": who.name, "unit": who.unit, "roles": roles, "public_key": who.public_key, "disabled": who.disabled}
