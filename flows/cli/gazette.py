"""The print gazette: ``tongbu gazette …``, from opening an issue to closing it under the office's sign-offs."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from content.clock import in_china, unstamp
from content.gazette.issue import Issue
from flows.cli.moments import shown_moment
from flows.cli.terminal import (
    DONE,
    PARTLY,
    AsOption,
    DigestOption,
    HomeOption,
    JsonOption,
    LevelOption,
    PassphraseOption,
    Terminal,
    Usage,
    terminal,
)

if TYPE_CHECKING:
    from content.gazette.contents import Contents
    from flows.issue_view import IssueView

app = typer.Typer(no_args_is_help=True, help="The print gazette's issues.")
IssueArgument = Annotated[str | None, typer.Argument(help="The issue, such as 2026-11 (default: the open one).")]
OnOption = Annotated[str | None, typer.Option("--on", help="The date of issue, 2026-11-30 (default: today).")]


@app.command("list")
def list_issues(
    year: Annotated[int | None, typer.Option("--year", help="Only this year's.")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Every issue, with those that are older than the workspace, and the numbers that are still to be entered."""
    with terminal(as_json=as_json, home=home) as term:
        from content.gazette.archive import missing
        from flows import issues

        wired = term.wired()
        known = [one for one in issues.store(wired).all() if year in (None, one.year)]
        lines = [
            [one.id, *_words(one.total_number, one.issued_on, one.state.value, one.copies), _where(one)]
            for one in known
        ]
        term.table("", ["issue", "总期号", "date", "state", "copies", ""], lines)
        absent = missing(known)
        if absent:
            term.say(f"not entered: {', '.join(absent)} (tongbu gazette record)")
        lacking = issues.lacking(wired)
        for site, ids in lacking.items():
            term.say(f"{site} has no page for {issues.few(ids)}: tongbu rebuild {site} --search")
        term.result({"issues": [_issue(one) for one in known], "missing": absent, "lacking": lacking})


@app.command()
def show(
    issue: IssueArgument = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """What stands in an issue, in its order: with page numbers once it is frozen, and who has signed."""
    with terminal(as_json=as_json, home=home) as term:
        from flows.issue_view import view

        seen = view(term.wired(), issue)
        _tell_view(term, seen)
        term.result(_issue(seen.issue) | seen.as_json())


@app.command("open")
def open_issue(
    year: Annotated[int | None, typer.Option("--year", help="The year (default: this one).")] = None,
    number: Annotated[
        int | None,
        typer.Option("--number", help="期号, for the workspace's first one; later ones follow by themselves."),
    ] = None,
    total: Annotated[
        int | None, typer.Option("--total", help="总期号, for the first one where the gazette has them.")
    ] = None,
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
def order(
    item: Annotated[str, typer.Argument(help="The item whose document is moved.")],
    by: AsOption,
    section: Annotated[str, typer.Option("--section", help="Into this section (default: it stays in its own).")] = "",
    before: Annotated[
        str, typer.Option("--before", help="Before the document of this item (default: to the section's end).")
    ] = "",
    passphrase_file: PassphraseOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Move a document of the open issue within its section or into another one, under your signature."""
    with terminal(as_json=as_json, home=home) as term:
        from content.gazette.order import Move
        from flows import issues
        from flows.issue_view import view

        wired = term.wired()
        issues.order(wired, Move(item, section, before), by, term.passphrase(passphrase_file))
        seen = view(wired, None)
        _tell_view(term, seen)
        term.result(_issue(seen.issue) | seen.as_json())


@app.command()
def build(
    issue: IssueArgument = None,
    on: OnOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Typeset an issue as a PDF to look at; of a closed one, the PDF that was signed."""
    with terminal(as_json=as_json, home=home) as term:
        from flows import issue_files, issues

        built, path, digest = issues.build(term.wired(), issue, _day(on))
        files = issue_files.beside(path)
        term.say(f"issue {built.id} ({built.label}): {path}")
        for name in ("printer", "report"):
            term.say(f"{name}: {files.get(name, 'none')}")
        if "report" in files:
            term.say(Path(files["report"]).read_text(encoding="utf-8").rstrip())
        term.result(_issue(built) | {"pdf": str(path), "digest": digest, **files})


@app.command()
def freeze(
    by: AsOption,
    on: OnOption = None,
    copies: Annotated[
        int | None, typer.Option("--copies", help="How many are printed (default: what the groups get together).")
    ] = None,
    passphrase_file: PassphraseOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Typeset the open issue for its date and keep it as the proof that is signed; who freezes it does not sign it."""
    with terminal(as_json=as_json, home=home) as term:
        from flows import issues

        wired = term.wired()
        day = _day(on) or in_china(wired.workspace.clock()).date()
        issue, proof, path = issues.freeze(wired, day, copies, by, term.passphrase(passphrase_file))
        term.say(f"froze issue {issue.id} ({issue.label}), {len(proof.contents.documents)} documents: {path}")
        term.say(f"proof {proof.digest}")
        levels = [name for name, _ in proof.contents.levels]
        term.say(f"next: tongbu gazette sign --level {levels[0]} --digest {proof.digest[:16]} --as NAME")
        term.result(_issue(issue) | {"pdf": str(path), "proof": proof.digest, "levels": levels, **_of(proof.contents)})


@app.command()
def sign(
    by: AsOption,
    level: LevelOption,
    digest: DigestOption,
    passphrase_file: PassphraseOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sign the open issue's proof at a level."""
    with terminal(as_json=as_json, home=home) as term:
        from flows import issues

        proof, missing = issues.sign(term.wired(), by, level, digest, term.passphrase(passphrase_file))
        left = f"still missing: {', '.join(missing)}" if missing else "next: tongbu gazette close --as NAME"
        term.say(f"{by} signed {level} of issue {proof.contents.issue} · {left}")
        term.result({"issue": proof.contents.issue, "proof": proof.digest, "level": level, "missing": missing})


@app.command()
def close(
    by: AsOption, passphrase_file: PassphraseOption = None, home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """Close the open issue as it was frozen and signed at every level: its documents are live on the date of issue."""
    with terminal(as_json=as_json, home=home) as term:
        from flows import issues

        wired = term.wired()
        closed, path, records = issues.close(wired, by, term.passphrase(passphrase_file))
        live = sum(record.live_at is not None for record in records)
        term.say(f"closed issue {closed.id} ({closed.label}), {len(records)} documents, {live} live: {path}")
        page = closed.url or (
            "" if closed.published_at else "its electronic page is not up yet, the engine tries again"
        )
        if page:
            term.say(page)
        term.result(_issue(closed) | {"pdf": str(path), "documents": len(records), "live": live})


@app.command()
def record(
    file: Annotated[Path, typer.Argument(help="A .toml or .csv file with issues and the titles in them.")],
    by: AsOption,
    passphrase_file: PassphraseOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Enter issues that are older than the workspace, so that all issues since the gazette began are there."""
    with terminal(as_json=as_json, home=home) as term:
        from content.gazette.archive import missing
        from flows import issue_papers, issues

        wired = term.wired()
        entered = issue_papers.record(wired, file, by, term.passphrase(passphrase_file))
        absent = missing(issues.store(wired).all())
        term.say(f"entered {len(entered)} issues: {entered[0].id} to {entered[-1].id}")
        if absent:
            term.say(f"not entered: {', '.join(absent)}")
        term.result({"issues": [_issue(one) for one in entered], "missing": absent})


@app.command()
def labels(
    addresses: Annotated[Path, typer.Argument(help="The office's list: .xlsx or .csv with 分组、收件人、地址、份数.")],
    target: Annotated[Path, typer.Argument(help="The .xlsx file to write.")],
    issue: Annotated[
        str | None, typer.Option("--issue", help="The issue (default: the open one, else the newest).")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write labels for sending an issue's copies; the list must give every group of the settings exactly its copies."""
    with terminal(as_json=as_json, home=home) as term:
        from content.gazette.addresses import copies_by_group
        from flows import issue_papers

        of, listed = issue_papers.write_labels(term.wired(), issue, addresses, target)
        groups = copies_by_group(listed)
        term.say(f"{len(listed)} labels for {sum(groups.values())} copies of issue {of.id}: {target}")
        copies = sum(groups.values())
        term.result({"issue": of.id, "labels": len(listed), "copies": copies, "groups": groups, "file": str(target)})


def _tell_view(term: Terminal, seen: "IssueView") -> None:
    term.say(f"issue {seen.issue.id} ({seen.issue.label}) · {seen.issue.state.value} · {seen.note}")
    lines = [
        [section.name, one.item, one.number, one.title, str(one.page or "")]
        for section in seen.sections
        for one in section.documents
    ]
    term.table("", ["section", "item", "number", "title", "page"], lines)
    for move in seen.moves:
        where = " · ".join(part for part in (move["section"], move["before"] and f"before {move['before']}") if part)
        term.say(f"{move['person']} moved {move['item']} ({where or 'to the end'}) {shown_moment(unstamp(move['at']))}")
    for entry in seen.signed:
        term.say(f"{entry['level']} {entry['person']} {shown_moment(unstamp(entry['at']))}")


def _words(*values: object) -> list[str]:
    return ["" if value is None else str(value) for value in values]


def _where(issue: Issue) -> str:
    return "recorded" if issue.recorded else issue.url


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Usage(f"--on {text!r} is not a date: write 2026-11-30") from None


def _of(contents: "Contents") -> dict[str, Any]:
    groups = {group.name: group.copies for group in contents.groups}
    return {"on": contents.issued_on.isoformat(), "copies": contents.copies, "groups": groups}


def _issue(issue: Issue) -> dict[str, Any]:
    return {
        "issue": issue.id,
        "year": issue.year,
        "number": issue.number,
        "total_number": issue.total_number,
        "state": issue.state.value,
        "on": issue.issued_on.isoformat() if issue.issued_on else None,
        "recorded": issue.recorded,
        "published": issue.published_at is not None,
        "url": issue.url,
    }
