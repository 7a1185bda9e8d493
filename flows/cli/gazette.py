"""The print gazette: ``tongbu gazette open|add|build|close``."""

from datetime import date
from typing import Annotated, Any

import typer

from content.clock import in_china
from content.issue import Issue
from flows.cli.terminal import DONE, PARTLY, AsOption, HomeOption, JsonOption, PassphraseOption, Usage, terminal

app = typer.Typer(no_args_is_help=True, help="The print gazette's issues.")
OnOption = Annotated[str | None, typer.Option("--on", help="The date of issue, 2026-11-30 (default: today).")]


@app.command("open")
def open_issue(
    year: Annotated[int | None, typer.Option("--year", help="The year (default: this one).")] = None,
    number: Annotated[
        int | None, typer.Option("--number", help="期号, only for the first one of a running year.")
    ] = None,
    total: Annotated[int | None, typer.Option("--total", help="总期号, only for the first one.")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Open the next issue: from now on documents join it when they go out."""
    with terminal(as_json=as_json, home=home) as term:
        from flows import issues

        wired = term.wired()
        opened = issues.open_issue(wired, year or in_china(wired.workspace.clock()).year, number, total)
        term.say(f"opened issue {opened.id} ({opened.label})")
        term.result(_issue(opened))


@app.command()
def add(
    item: Annotated[str, typer.Argument(help="The item whose signed document waits for the gazette.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let a signed document join the open issue, if none was open when it went out."""
    with terminal(as_json=as_json, home=home) as term:
        from flows import issues
        from flows.run import describe

        joined = issues.join(term.wired(), item)
        for record in joined:
            term.say(f"item {item} · {record.outlet} · {record.state.value} {record.problem}")
        done = all(record.receipt is not None for record in joined)
        term.result({"deliveries": [describe(record) for record in joined]}, DONE if done else PARTLY)


@app.command()
def build(
    issue: Annotated[str | None, typer.Argument(help="The issue, such as 2026-11 (default: the open one).")] = None,
    on: OnOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Typeset an issue as a PDF to look at."""
    with terminal(as_json=as_json, home=home) as term:
        from flows import issues

        built, path, digest = issues.build(term.wired(), issue, _day(on))
        term.say(f"issue {built.id} ({built.label}): {path}")
        term.result(_issue(built) | {"pdf": str(path), "digest": digest})


@app.command()
def close(
    by: AsOption,
    on: OnOption = None,
    copies: Annotated[int | None, typer.Option("--copies", help="How many are printed.")] = None,
    passphrase_file: PassphraseOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Close the open issue under your signature on its PDF: its documents are live on the date of issue."""
    with terminal(as_json=as_json, home=home) as term:
        from flows import issues

        wired = term.wired()
        day = _day(on) or in_china(wired.workspace.clock()).date()
        closed, path, records = issues.close(wired, day, copies, by, term.passphrase(passphrase_file))
        live = sum(record.live_at is not None for record in records)
        term.say(f"closed issue {closed.id} ({closed.label}), {len(records)} documents, {live} live: {path}")
        term.result(_issue(closed) | {"pdf": str(path), "documents": len(records), "live": live})


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Usage(f"--on {text!r} is not a date: write 2026-11-30") from None


def _issue(issue: Issue) -> dict[str, Any]:
    return {
        "issue": issue.id,
        "year": issue.year,
        "number": issue.number,
        "total_number": issue.total_number,
        "state": issue.state.value,
    }
