"""``tongbu demo``: the whole chain on the samples, in a fresh workspace, and what came out."""

import json
import secrets
import shlex
import shutil
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from content import broadcasts, counts, people, samples
from content.broadcasts import Order
from content.clock import in_china
from content.finding import Finding
from content.gazette.issue import Issue
from content.vocabulary import ROW_LABELS, Row, Severity
from flows import editing, engine_client, issues, phone_views, publishing
from flows.cli.carrying import carry_out
from flows.cli.outgoing import show_deliveries
from flows.cli.terminal import Terminal
from flows.wiring import Wired, sandbox_url
from flows.workspace import Workspace, WorkspaceError, make

MARKER = "demo.json"
EDITOR, FIRST, LAST = "李文", "周岚", "陈国平"
PERSONS = {EDITOR: ("编辑室", ()), FIRST: ("政务公开科", ("初审",)), LAST: ("市政府办公室", ("终审", "撤稿"))}
BEFORE = ("annual-report-2016.docx", "convenience-notice.md")
TOGETHER = ("policy-document.md", "interpretation.md")
HIJACKED = "hijacked-annual-report.txt"


def play(term: Terminal, *, keep: bool) -> dict[str, Any]:
    """Plays the whole chain and returns the last broadcast's document with the counts of the year beside it.

    An earlier demo in the same place is replaced; anything else there is refused (WorkspaceError).
    """
    began = time.monotonic()
    workspace = _fresh_workspace(term)
    wired = Wired(workspace)
    with ThreadPoolExecutor(1) as pool:
        engine = pool.submit(engine_client.start_engine, workspace)
        try:
            document = _play(term, wired, engine)
        finally:
            _await(engine)
            if not keep:
                engine_client.stop(workspace)
    _tell_the_end(term, wired, time.monotonic() - began, keep=keep)
    return document


def _play(term: Terminal, wired: Wired, engine: "Future[None]") -> dict[str, Any]:
    ask = _add_people(term, wired)
    year = in_china(wired.workspace.clock()).year
    issues.open_issue(wired, year, 11, 131)
    _refuse_hijacked(term, wired)
    ids = {name: _hand_in_and_sign(term, wired, name, ask) for name in (*BEFORE, *TOGETHER)}
    term.say("starting the engine (Prefect, sandbox platforms) …")
    _await(engine)
    _broadcast(term, wired, [ids[name] for name in BEFORE], ask)
    publishing.record_receipt(
        wired,
        "radio",
        ids[BEFORE[1]],
        f"{in_china(wired.workspace.clock()):%Y-%m-%d}",
        "荆州新闻广播 早新闻",
        EDITOR,
        ask,
    )
    together = _broadcast(term, wired, [ids[name] for name in TOGETHER], ask)
    carry_out(term, wired, {"do": "resolve"}, inline=False)
    closed = _close_issue(wired, ask)
    figures = counts.counts(wired.database, year, withdrawal_subtracts=False, rehearsal=True).as_json()
    _tell_outcome(term, wired, together, figures, closed.id)
    return together | {"counts": figures}


def _fresh_workspace(term: Terminal) -> Workspace:
    home = term.home
    if home.exists() and any(home.iterdir()):
        if not (home / MARKER).is_file():
            raise WorkspaceError(f"{home} holds something that is no demo: name another folder with --home")
        _end_earlier(home)
        shutil.rmtree(home)
    workspace = make(home)
    (home / MARKER).write_text(json.dumps({"made": workspace.clock().isoformat()}), encoding="utf-8")
    term.say(f"made a rehearsal workspace in {home}")
    return workspace


def _end_earlier(home: Path) -> None:
    """Ends the engine of the demo that is replaced, however broken its workspace is."""
    from flows.settings import load

    ended = engine_client.stop(Workspace(home.absolute(), load(home)))
    if not ended["stopped"]:
        raise WorkspaceError(f"the engine of the earlier demo in {home} does not end (process {ended['pid']})")


def _add_people(term: Terminal, wired: Wired) -> Callable[[str], str]:
    folder = wired.workspace.home / "secrets" / "passphrases"
    folder.mkdir(mode=0o700)
    phrases = {name: secrets.token_urlsafe(12) for name in PERSONS}
    for name, (unit, roles) in PERSONS.items():
        people.add(wired.database, wired.workspace.keys, name, unit, roles, phrases[name])
        path = folder / f"{name}.txt"
        path.touch(mode=0o600)
        path.write_text(phrases[name], encoding="utf-8")
    term.say(f"added an editor ({EDITOR}) and two signers ({FIRST} 初审, {LAST} 终审), each with a key of their own")
    return phrases.__getitem__


def _refuse_hijacked(term: Terminal, wired: Wired) -> None:
    found = editing.check_file(wired, samples.path(HIJACKED), {})
    errors = [finding for finding in found if finding.blocks]
    term.say(f"\n{HIJACKED} is refused: {len(errors)} errors, {len(found) - len(errors)} warnings")
    _tell_shortly(term, found)


def _tell_shortly(term: Terminal, findings: Sequence[Finding]) -> None:
    for finding in findings:
        mark = "✗" if finding.severity is Severity.ERROR else "!"
        term.say(f"  {mark} {finding.code} · {finding.place} · {finding.message}")


def _hand_in_and_sign(term: Terminal, wired: Wired, name: str, ask: Callable[[str], str]) -> str:
    submission = editing.submit(wired, samples.path(name), {}, EDITOR, ask)
    item_id = submission.stored.item_id
    term.say(f"\n{name} → item {item_id} · {submission.stored.revision.fields.title}")
    _tell_shortly(term, submission.findings)
    for code in dict.fromkeys(finding.code for finding in submission.findings if not finding.blocks):
        editing.override(wired, item_id, code, EDITOR, "演练：已核对，予以放行", ask)
    package, _ = editing.freeze(wired, item_id)
    for level, signer in (("初审", FIRST), ("终审", LAST)):
        editing.sign(wired, item_id, signer, level, package.digest, ask)
    term.say(f"  frozen for {len(package.lines)} outlets · manifest {package.digest[:16]} · signed by {FIRST}, {LAST}")
    return item_id


def _broadcast(term: Terminal, wired: Wired, item_ids: list[str], ask: Callable[[str], str]) -> dict[str, Any]:
    ordered: broadcasts.Broadcast = publishing.order_broadcast(wired, item_ids, Order(()), None, LAST, ask)
    document = carry_out(term, wired, {"do": "broadcast", "broadcast": ordered.id, "wait": True}, inline=False)
    for problem in document.get("problems", []):  # type: ignore[attr-defined]
        term.say(f"  ✗ {problem}")
    if item_ids and document["state"] != "synchronised":
        show_deliveries(term, document["deliveries"])  # type: ignore[arg-type]
    term.say(
        f"\nbroadcast {document['broadcast']} of {' and '.join(item_ids)}: {document['state']}, skew {_seconds(document)}"
    )
    return document


def _close_issue(wired: Wired, ask: Callable[[str], str]) -> Issue:
    """Put together by the editor, signed at both levels, closed."""
    _, proof, _ = issues.freeze(wired, in_china(wired.workspace.clock()).date(), None, EDITOR, ask)
    for level, signer in (("初审", FIRST), ("终审", LAST)):
        issues.sign(wired, signer, level, proof.digest, ask)
    return issues.close(wired, EDITOR, ask)[0]


def _tell_outcome(term: Terminal, wired: Wired, document: dict[str, Any], figures: dict[str, Any], issue: str) -> None:
    show_deliveries(term, document["deliveries"])
    term.say(f"broadcast {document['broadcast']}: {document['state']} · skew {_seconds(document)}")
    told = "  ".join(f"{ROW_LABELS[Row(row)]} {number}" for row, number in figures["rows"].items())
    term.say(f"\n{figures['year']} 演练 rehearsal · {told}  总数 {figures['items']}（计1条）")
    term.say("")
    for name, path in _places(wired, document, issue).items():
        term.say(f"{name:10} {path}")


def _places(wired: Wired, document: dict[str, Any], issue: str) -> dict[str, Path]:
    """Where to look at what came out."""
    home = wired.workspace.home
    first = {entry["channel"]: entry for entry in reversed(document["deliveries"])}
    copies = {name: home / "outlets" / name / "drop" / first[name]["remote_id"] for name in ("radio", "newspaper")}
    return {
        "website": home / "outlets" / "portal" / "public" / "index.html",
        "phone": phone_views.save(sandbox_url(wired.workspace) or "", home / "phone"),
        "radio": copies["radio"] / "script.txt",
        "newspaper": copies["newspaper"] / "copy.docx",
        "gazette": home / "gazette" / f"{issue}.pdf",
    }


def _tell_the_end(term: Terminal, wired: Wired, seconds: float, *, keep: bool) -> None:
    running = "the engine keeps running: tongbu stop ends it" if keep else "everything has ended; to keep it running:"
    term.say(f"took {seconds:.0f} s · {running}")
    if not keep:
        where = (
            ""
            if wired.workspace.home == Path("workspace").absolute()
            else f" --home {shlex.quote(str(wired.workspace.home))}"
        )
        term.say(f"  .venv/bin/tongbu{where} serve")


def _seconds(document: dict[str, Any]) -> str:
    skew = document.get("skew_seconds")
    return f"{skew:.3f} s" if isinstance(skew, float) else "not measured"


def _await(engine: "Future[None]") -> None:
    try:
        engine.result()
    except engine_client.EngineUnreachable:
        return
