"""The print gazette's issues: what the office does with them."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

from channels.base import ChannelError, ShowsIssues
from channels.issue import BuiltIssue, build_issue
from content import ledger, people
from content.clock import in_china
from content.finding import Finding
from content.gazette import proofs
from content.gazette.contents import PRINTER, READING, Contents, joined_digest
from content.gazette.issue import Issue, IssueEntry, IssueError
from content.gazette.issues import Issues, NoOpenIssue
from content.gazette.order import Move
from content.gazette.proofs import Proof
from content.gazette.records import MOST_NUMBER, MOST_TOTAL
from content.outlet import Outlet
from content.records import Record, in_states, of_item
from content.vocabulary import State
from flows import delivery, issue_files, issue_proving
from flows.editing import Blocked, NotPossible, Passphrase, act_of, latest
from flows.gate import WEBSITE
from flows.wiring import Wired

GAZETTE = "gazette"
_FEW = 5
log = logging.getLogger("tongbu.issues")


def store(wired: Wired) -> Issues:
    return Issues(wired.database.engine, wired.workspace.clock)


def outlet_of(wired: Wired) -> Outlet:
    """The gazette's outlet; raises NotPossible when the settings have none."""
    found = next((outlet for outlet in wired.workspace.settings.outlets if outlet.channel == GAZETTE), None)
    if found is None:
        raise NotPossible('the settings name no gazette: add an outlet with channel = "gazette"')
    return found


def named(wired: Wired, issue_id: str | None) -> Issue:
    """The issue of this id, by default the open one. Raises NoOpenIssue, and IssueError for one that is not there."""
    issue = store(wired).get(issue_id) if issue_id else store(wired).current()
    if issue is None and issue_id:
        raise IssueError(f"没有公报期 {issue_id}，用 tongbu gazette list 查看已有的各期。")
    if issue is None:
        raise NoOpenIssue
    return issue


def open_issue(wired: Wired, year: int, number: int | None, total: int | None) -> Issue:
    """Opens the next issue; what waited for one may join it now. Raises IssueError."""
    _refuse_mistyped(in_china(wired.workspace.clock()).year, year, number, total)
    _refuse_unnumbered(store(wired).all(), year, number)
    opened = store(wired).open(year, number, total)
    for record in _waiting(wired):
        with suppress(ledger.Fenced):
            ledger.due_now(wired.database, record)
    return opened


def _refuse_mistyped(this_year: int, year: int, number: int | None, total: int | None) -> None:
    """An issue that was opened stays: its numbers are never given anew. So a slip of the hand must not open one."""
    if abs(year - this_year) > 1:
        raise IssueError(
            f"年份 {year} 不是今年（{this_year}）、去年或明年，请核对；更早的各期用 tongbu gazette record 补录。"
        )
    for name, value, most in (("期号", number, MOST_NUMBER), ("总期号", total, MOST_TOTAL)):
        if value is not None and not 1 <= value <= most:
            raise IssueError(f"{name} {value} 不是 1 到 {most} 的整数，请核对。")


def _refuse_unnumbered(known: Sequence[Issue], year: int, number: int | None) -> None:
    """What number the first issue of a workspace has, nobody but the office knows; it may have had ten this year."""
    if number is None and not any(issue.year == year or not issue.recorded for issue in known):
        raise IssueError(
            f"这是本系统打开的第一期，请写明它是{year}年第几号、总第几号，如 tongbu gazette open --number 11 --total 131"
            "（确是当年第一期的，写 --number 1；没有总期号的，不写 --total）；以后各期自动续编。"
        )


def join(wired: Wired, item_id: str) -> list[Record]:
    """Lets an item's signed gazette delivery join the open issue now: for what could not join when it went out.

    Raises NotPossible, and Blocked with the rule for what a gazette never prints.
    """
    mine = [record for record in _waiting(wired) if record.item_id == item_id]
    if not mine:
        _refuse_not_carried(wired, item_id)
        raise NotPossible(
            f"item {item_id} has nothing that waits for the gazette: tongbu broadcast {item_id} takes it there"
        )
    with wired.database.read() as connection:
        out = any(r.state is State.LIVE and r.target.channel == WEBSITE for r in of_item(connection, item_id))
    if not out:
        raise NotPossible(
            f"item {item_id} is not on the website yet: tongbu broadcast {item_id} takes it everywhere at once"
        )
    return [delivery.release(wired, delivery.prepare(wired, record.id).id) for record in mine]


def _gazettes(wired: Wired) -> set[str]:
    return {outlet.id for outlet in wired.workspace.settings.outlets if outlet.channel == GAZETTE}


def _waiting(wired: Wired) -> list[Record]:
    """The gazette's deliveries that have not joined an issue yet."""
    gazettes = _gazettes(wired)
    with wired.database.read() as connection:
        return [r for r in in_states(connection, [State.PLANNED, State.PREPARED]) if r.outlet in gazettes]


def _refuse_not_carried(wired: Wired, item_id: str) -> None:
    revision = latest(wired, item_id).revision
    found: list[Finding] = [f for f in wired.channel(outlet_of(wired).id).check(revision) if f.code == "not-carried"]
    if found:
        raise Blocked([item_id], found)


def order(wired: Wired, move: Move, by: str, passphrase: Passphrase) -> list[IssueEntry]:
    """Moves a document of the open issue, under the signed word of *by*, who then does not sign the issue.

    Raises IssueError and PersonError.
    """
    issue = named(wired, None)
    statement = {"act": "order-issue", "issue": issue.id, "item": move.item_id}
    act = act_of(wired, by, passphrase, statement | {"section": move.section, "before": move.before})
    return store(wired).move(move, wired.workspace.settings.office.gazette.section_names, act)


def build(wired: Wired, issue_id: str | None, issued_on: date | None) -> tuple[Issue, Path, str]:
    """Typesets the open issue to look at, or gives the PDF of one that is closed; returns it, the PDF's path and its digest.
    Raises IssueError, and NotPossible for a closed issue that has no PDF."""
    issue = named(wired, issue_id)
    closed = store(wired).contents(issue.id)
    if closed is not None and READING not in closed.pdfs:
        raise NotPossible(f"issue {issue.id} was entered without a PDF")
    if closed is not None:
        return issue, _show_kept(wired, closed), closed.pdfs[READING]
    built = _typeset(wired, issue, issued_on, None)
    return issue, issue_files.show_built(_folder(wired), issue.id, built), wired.workspace.assets.put(built.pdf)


def freeze(
    wired: Wired, issued_on: date, copies: int | None, by: str, passphrase: Passphrase
) -> tuple[Issue, Proof, Path]:
    """Typesets the open issue for its date and keeps it as a proof to be signed, under the signed word of *by*.

    Freezing again without a change gives the same proof, and its sign-offs stand. Raises IssueError and PersonError.
    """
    issue = named(wired, None)
    joined = store(wired).entries(issue.id)
    _refuse_unsigned(wired, joined)
    copies = _copies(wired, copies)
    built = _typeset(wired, issue, issued_on, copies)
    if not built.sections:
        raise IssueError(f"{issue.label}还没有要刊登的文件，不能付印。")
    pdfs = {READING: wired.workspace.assets.put(built.pdf), PRINTER: wired.workspace.assets.put(built.printer)}
    contents = _contents(wired, issue, built, joined, issued_on, copies, pdfs)
    path = issue_files.show_built(_folder(wired), issue.id, built)
    with wired.database.read() as connection:
        last = proofs.newest(connection, issue.id)
    if last is not None and replace(contents, proof=last.contents.proof) == last.contents:
        return issue, last, path
    contents = replace(contents, proof=last.contents.proof + 1 if last else 1)
    act = act_of(wired, by, passphrase, proofs.freeze_statement(contents, by))
    return issue, proofs.freeze(wired.database, contents, act), path


def sign(wired: Wired, by: str, level: str, named: str, passphrase: Passphrase) -> tuple[Proof, list[str]]:
    """A sign-off on exactly the proof whose digest is named (12 characters or more). Returns the levels still missing.

    Raises SignOffRefused, PersonError, IssueError or NotPossible.
    """
    proof = proof_of(wired)
    if len(named) < 12 or not proof.digest.startswith(named):
        raise NotPossible(f"issue {proof.contents.issue}'s proof is {proof.digest}, not {named}: look at what you sign")
    with wired.database.read() as connection:
        proofs.check_sign(connection, proof, level, people.get(connection, by))
    wired.workspace.assets.get(proof.contents.pdfs[READING])
    act = act_of(wired, by, passphrase, proofs.sign_statement(proof, level, by))
    proofs.sign(wired.database, proof, level, act)
    with wired.database.read() as connection:
        done = {entry.level for entry in proofs.sign_offs(connection, proof.digest)}
    return proof, [name for name, _ in proof.contents.levels if name not in done]


def close(wired: Wired, by: str, passphrase: Passphrase) -> tuple[Issue, Path, list[Record]]:
    """Closes the open issue as it was frozen and signed, puts its electronic page up, and follows its deliveries: they are
    live on the date of issue. Raises IssueError (IssueNotSigned with all that is missing) or PersonError."""
    proof = proof_of(wired)
    path = _show_kept(wired, proof.contents)
    act = act_of(wired, by, passphrase, proofs.close_statement(proof, by))
    closed = proofs.close(wired.database, proof, wired.workspace.settings.levels, act)
    records = catch_up(wired)
    return store(wired).get(closed.id) or closed, path, records


def publish(wired: Wired, issue: Issue) -> None:
    """Puts the electronic page of a closed issue on every website that has such pages; the first one's address is kept.
    Where no website has them, closing is publishing. Raises ChannelError; safe to repeat."""
    contents = store(wired).contents(issue.id)
    addresses = [site.show_issue(contents) for site in _showing(wired, wired.channel).values()] if contents else []
    proofs.published(wired.database, issue.id, next(filter(None, addresses), ""))


def lacking(wired: Wired) -> dict[str, list[str]]:
    """The websites that lack pages of published issues, with the issues' ids: a site was added, or told to show them, after
    they came out. ``tongbu rebuild`` makes them."""
    published = {issue.id for issue in store(wired).all() if issue.published_at is not None}
    sites = _showing(wired, wired.channel_if_built)
    found = {name: [one for one in site.issues_lacking() if one in published] for name, site in sites.items()}
    return {name: ids for name, ids in found.items() if ids}


def few(ids: Sequence[str]) -> str:
    """Issues' ids in a line, however many there are."""
    return ", ".join(ids) if len(ids) <= _FEW else f"{', '.join(ids[:_FEW])} and {len(ids) - _FEW} more"


def _showing(wired: Wired, build: Callable[[str], object]) -> dict[str, ShowsIssues]:
    """The active websites that have pages for issues, each as *build* gives it."""
    names = [outlet.id for outlet in wired.workspace.settings.active_outlets if outlet.channel == WEBSITE]
    return {name: site for name in names if isinstance(site := build(name), ShowsIssues)}


def publish_due(wired: Wired) -> list[Issue]:
    """Publishes what was closed and has no electronic page yet: a process was killed, or a website did not answer."""
    waiting = [issue for issue in store(wired).all() if issue.closed_at is not None and issue.published_at is None]
    for issue in waiting:
        try:
            publish(wired, issue)
        except (ChannelError, OSError) as problem:  # the others are published all the same
            log.warning("the page of issue %s is not up: %s", issue.id, problem)
    return waiting


def catch_up(wired: Wired) -> list[Record]:
    """What is left to do of closed issues, because a process was killed, a website did not answer, or the date of issue has
    come only now: publishes them and follows their deliveries."""
    publish_due(wired)
    return _follow(wired)


def _follow(wired: Wired) -> list[Record]:
    """Follows the deliveries of every published issue whose date of issue has come; they are live, or were withdrawn
    before printing."""
    today = in_china(wired.workspace.clock()).date()
    out = {one.id for one in store(wired).all() if one.published_at and one.issued_on and one.issued_on <= today}
    gazettes = _gazettes(wired)
    with wired.database.read() as connection:
        accepted = [r for r in in_states(connection, [State.ACCEPTED]) if r.outlet in gazettes and r.receipt]
    return [delivery.follow(wired, r.id) for r in accepted if r.receipt and r.receipt.evidence.get("issue") in out]


def proof_of(wired: Wired) -> Proof:
    """The newest proof of the open issue. Raises NoOpenIssue, and NotPossible before it was frozen."""
    issue = named(wired, None)
    with wired.database.read() as connection:
        proof = proofs.newest(connection, issue.id)
    if proof is None:
        raise NotPossible(f"issue {issue.id} is not frozen yet: tongbu gazette freeze --as NAME")
    return proof


def _refuse_unsigned(wired: Wired, joined: list[IssueEntry]) -> None:
    wrong = issue_proving.problems(wired, _gazettes(wired), joined)
    if wrong:
        raise IssueError("；".join([*wrong, "台账被改动过，请运行 tongbu verify 并人工核对"]) + "。")


def _typeset(wired: Wired, issue: Issue, issued_on: date | None, copies: int | None) -> BuiltIssue:
    outlet = outlet_of(wired)
    return build_issue(wired.bench(outlet), outlet, store(wired), issue.id, issued_on, copies, for_printer=True)


def _copies(wired: Wired, wanted: int | None) -> int | None:
    """How many are printed: what the groups get together, where the office says who gets them. Raises NotPossible."""
    plan = wired.workspace.settings.office.gazette
    if wanted is not None and wanted < 1:
        raise NotPossible("--copies must be 1 or more")
    if wanted is not None and plan.copies is not None and wanted != plan.copies:
        parts = ", ".join(f"{group.name} {group.copies}" for group in plan.groups)
        raise NotPossible(f"--copies {wanted} is not what the groups get: {parts}, together {plan.copies}")
    return wanted or plan.copies


def _contents(
    wired: Wired,
    issue: Issue,
    built: BuiltIssue,
    joined: list[IssueEntry],
    issued_on: date,
    copies: int | None,
    pdfs: dict[str, str],
) -> Contents:
    settings = wired.workspace.settings
    return Contents(
        issue=issue.id,
        year=issue.year,
        number=issue.number,
        total_number=issue.total_number,
        issued_on=issued_on,
        sections=built.sections,
        pdfs=pdfs,
        copies=copies,
        groups=settings.office.gazette.groups,
        levels=tuple((level.name, level.role) for level in settings.levels),
        joined=joined_digest(joined),
    )


def _show_kept(wired: Wired, contents: Contents) -> Path:
    """The PDFs that were frozen, as files for people."""
    pdfs = {name: wired.workspace.assets.get(digest) for name, digest in contents.pdfs.items()}
    return issue_files.show(_folder(wired), contents.issue, pdfs)


def _folder(wired: Wired) -> Path:
    return wired.workspace.home / "gazette"
