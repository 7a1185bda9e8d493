"""The commands of editors and signers: submit, check, preview, package, sign, override."""

from pathlib import Path
from typing import Annotated

import typer

from content.finding import Finding
from content.packages import Line, Package
from flows import editing
from flows.allowances import allowances
from flows.cli.accounts import show_accounts
from flows.cli.terminal import (
    DONE,
    REFUSED,
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
from flows.wiring import Wired

SetOption = Annotated[list[str] | None, typer.Option("--set", help="A field, as field=value; wins over the file.")]


def submit(
    files: Annotated[list[Path], typer.Argument(help="Files of approved items: .md, .txt, .docx.")],
    by: AsOption,
    values: SetOption = None,
    item: Annotated[str | None, typer.Option("--item", help="Hand the file in as a new revision of this item.")] = None,
    passphrase_file: PassphraseOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hand files in: each becomes an item and its revision, with all findings of the checks."""
    with terminal(as_json=as_json, home=home) as term:
        wired = term.wired()
        if item and len(files) != 1:
            raise Usage("--item takes exactly one file")
        given = _values(values)
        ask = term.passphrase(passphrase_file)
        done = [editing.submit(wired, path, given, by, ask, item) for path in files]
        for submission in done:
            _tell_submission(term, submission)
        document = {"items": [_submission(submission) for submission in done]}
        blocked = any(finding.blocks for submission in done for finding in submission.findings)
        term.result(document, REFUSED if blocked else DONE)


def check(
    what: Annotated[str, typer.Argument(help="A file, or an item's id.")],
    values: SetOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """All findings of a file or an item; nothing is kept."""
    with terminal(as_json=as_json, home=home) as term:
        wired, path = term.wired(), Path(what)
        if path.is_file():
            findings = editing.check_file(wired, path, _values(values))
        elif what.isascii() and what.isdigit():
            findings = editing.check_item(wired, what)
        else:
            raise Usage(f"{what} is neither a file nor an item's id")
        term.findings(findings)
        term.say(_summary(findings))
        document = {"findings": [finding.as_dict() for finding in findings]}
        term.result(document, REFUSED if any(finding.blocks for finding in findings) else DONE)


def preview(
    item: Annotated[str, typer.Argument(help="The item's id.")],
    to: Annotated[
        Path | None, typer.Option("--to", help="Where to write (default: preview/<item> in the workspace).")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write every outlet's rendition as files to look at."""
    with terminal(as_json=as_json, home=home) as term:
        wired = term.wired()
        folder = to or wired.workspace.home / "preview" / item
        folders = editing.preview(wired, item, folder)
        for entry in folders:
            term.say(f"{entry}: {', '.join(sorted(path.name for path in entry.rglob('*') if path.is_file()))}")
        term.result({"item": item, "folders": [str(entry) for entry in folders]})


def package(
    items: Annotated[
        list[str], typer.Argument(help="The item's id; several go out in this order where an account can (多图文).")
    ],
    headline: Annotated[str | None, typer.Option("--headline", help="Of several items the first one (头条).")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Freeze the renditions of the newest revisions and print each manifest's digest, which is what gets signed."""
    with terminal(as_json=as_json, home=home) as term:
        from flows.together import freeze_together

        wired = term.wired()
        made = freeze_together(wired, _ordered(items, headline))
        for frozen, fresh in made:
            _tell_package(term, frozen, fresh=fresh)
        _tell_issue(term, wired, [frozen for frozen, _ in made])
        accounts = allowances(wired, {line.outlet for frozen, _ in made for line in frozen.lines})
        show_accounts(term, accounts)
        documents = [
            {"item": one.item_id, "digest": one.digest, "fresh": fresh, "manifest": dict(one.manifest)}
            for one, fresh in made
        ]
        document = documents[0] if len(documents) == 1 else {"packages": documents}
        term.result(document | {"accounts": accounts})


def _ordered(items: list[str], headline: str | None) -> list[str]:
    if headline is None:
        return items
    if headline not in items:
        raise Usage(f"--headline {headline} is none of the items: name it among them, too")
    return [headline, *(item for item in items if item != headline)]


def _tell_package(term: Terminal, frozen: Package, *, fresh: bool) -> None:
    action = f"{frozen.action.value} · {len(frozen.lines)} outlets{'' if fresh else ' (unchanged)'}"
    term.say(f"item {frozen.item_id} · {action}")
    for line in frozen.lines:
        term.say(f"  {line.outlet:14} {line.channel:11} {line.rendition[:16]}{_place(line)}")
    term.say(f"manifest {frozen.digest}")


def _place(line: Line) -> str:
    """Where the item stands among those that go out with it."""
    if line.push is None:
        return ""
    headline = " · headline" if line.push.place == 1 else ""
    return f"  {line.push.place} of {len(line.push.members)} in one push{headline}"


def _tell_issue(term: Terminal, wired: Wired, frozen: list[Package]) -> None:
    from flows import issues

    printed = any(line.channel == issues.GAZETTE for one in frozen for line in one.lines)
    if printed and issues.store(wired).current() is None:
        term.say("no issue of the gazette is open: tongbu gazette open, else what goes out now joins the next one")


def sign(
    item: Annotated[str, typer.Argument(help="The item's id.")],
    by: AsOption,
    level: LevelOption,
    digest: DigestOption,
    passphrase_file: PassphraseOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sign exactly that manifest, at one level."""
    with terminal(as_json=as_json, home=home) as term:
        signed, missing = editing.sign(term.wired(), item, by, level, digest, term.passphrase(passphrase_file))
        after = f"still missing: {', '.join(missing)}" if missing else f"fully signed: tongbu broadcast {item} --as …"
        term.say(f"item {item} · {level} signed by {by} · {after}")
        term.result({"item": item, "digest": signed.digest, "level": level, "person": by, "missing": missing})


def override(
    item: Annotated[str, typer.Argument(help="The item's id.")],
    code: Annotated[str, typer.Argument(help="The warning's code.")],
    by: AsOption,
    reason: Annotated[str, typer.Option("--reason", help="Why it may go out all the same; kept and signed.")],
    passphrase_file: PassphraseOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Set one warning aside, by name and with a reason."""
    with terminal(as_json=as_json, home=home) as term:
        stored = editing.override(term.wired(), item, code, by, reason, term.passphrase(passphrase_file))
        term.say(f"item {item} · warning {code} set aside by {by}: {reason}")
        term.result({"item": item, "revision": stored.digest, "code": code, "person": by, "reason": reason})


def _values(pairs: list[str] | None) -> dict[str, str]:
    found = {}
    for pair in pairs or []:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise Usage(f"--set {pair!r} must be field=value")
        found[name.strip()] = value
    return found


def _submission(submission: editing.Submission) -> dict[str, object]:
    stored = submission.stored
    return {
        "item": stored.item_id,
        "file": stored.file_name,
        "revision": stored.sequence,
        "digest": stored.digest,
        "new": submission.new,
        "findings": [finding.as_dict() for finding in submission.findings],
    }


def _tell_submission(term: Terminal, submission: editing.Submission) -> None:
    stored = submission.stored
    state = "" if submission.new else " (here already, nothing changed)"
    term.say(
        f"item {stored.item_id} · revision {stored.sequence} · {stored.digest[:16]} · {stored.revision.fields.title}{state}"
    )
    term.findings(submission.findings)
    term.say(f"  {_summary(submission.findings)}")


def _summary(findings: tuple[Finding, ...]) -> str:
    errors = sum(finding.blocks for finding in findings)
    return f"{errors} error(s), {len(findings) - errors} warning(s)" if findings else "no findings"
