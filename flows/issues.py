"""The print gazette's issues: what the office does with them."""

from contextlib import suppress
from datetime import date
from pathlib import Path

from channels.issue import build_issue
from content import ledger
from content.assets import write_whole
from content.events import append
from content.gazette import Issues, NoOpenIssue
from content.issue import Issue, IssueEntry
from content.outlet import Outlet
from content.records import Record, in_states, of_item
from content.vocabulary import State
from flows import delivery
from flows.editing import NotPossible, Passphrase, act_of
from flows.gate import WEBSITE
from flows.wiring import Wired

GAZETTE = "gazette"


def store(wired: Wired) -> Issues:
    return Issues(wired.database.engine, wired.workspace.clock)


def outlet_of(wired: Wired) -> Outlet:
    """The gazette's outlet; raises NotPossible when the settings have none."""
    found = next((outlet for outlet in wired.workspace.settings.outlets if outlet.channel == GAZETTE), None)
    if found is None:
        raise NotPossible('the settings name no gazette: add an outlet with channel = "gazette"')
    return found


def open_issue(wired: Wired, year: int, number: int | None, total: int | None) -> Issue:
    """Opens the next issue; what waited for one may join it now. Raises IssueError."""
    opened = store(wired).open(year, number, total)
    with wired.database.write() as connection:
        append(connection, wired.database, "issue.opened", f"issue/{opened.id}", {"total": opened.total_number})
    for record in _waiting(wired):
        with suppress(ledger.Fenced):
            ledger.due_now(wired.database, record)
    return opened


def join(wired: Wired, item_id: str) -> list[Record]:
    """Lets an item's signed gazette delivery join the open issue now: for what could not join when it went out."""
    mine = [record for record in _waiting(wired) if record.item_id == item_id]
    if not mine:
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


def _waiting(wired: Wired) -> list[Record]:
    """The gazette's deliveries that have not joined an issue yet."""
    gazettes = {outlet.id for outlet in wired.workspace.settings.outlets if outlet.channel == GAZETTE}
    with wired.database.read() as connection:
        return [r for r in in_states(connection, [State.PLANNED, State.PREPARED]) if r.outlet in gazettes]


def build(wired: Wired, issue_id: str | None, issued_on: date | None) -> tuple[Issue, Path, str]:
    """Typesets the open issue, or one that is named; returns it, the PDF's path and its digest. Raises NoOpenIssue."""
    issues = store(wired)
    issue = issues.get(issue_id) if issue_id else issues.current()
    if issue is None:
        raise NoOpenIssue
    outlet = outlet_of(wired)
    data = build_issue(wired.bench(outlet), outlet, issues, issue.id, issued_on).pdf
    path = wired.workspace.home / "gazette" / f"{issue.id}.pdf"
    write_whole(path, data)
    return issue, path, wired.workspace.assets.put(data)


def close(
    wired: Wired, issued_on: date, copies: int | None, by: str, passphrase: Passphrase
) -> tuple[Issue, Path, list[Record]]:
    """Typesets the open issue for its date, closes it under the signed word of *by* on the PDF's digest, and follows its
    deliveries: they are live on the date of issue. Raises IssueError or PersonError."""
    issue, path, pdf_digest = build(wired, None, issued_on)
    entries: list[IssueEntry] = store(wired).entries(issue.id)
    act = act_of(
        wired, by, passphrase, {"act": "close-issue", "issue": issue.id, "pdf": pdf_digest, "on": issued_on.isoformat()}
    )
    closed = store(wired).close(issued_on, pdf_digest, copies, len(entries))
    with wired.database.write() as connection:
        told = {"pdf": pdf_digest, "person": by, "signature": act.signature, "on": issued_on.isoformat()}
        append(connection, wired.database, "issue.closed", f"issue/{closed.id}", told)
    with wired.database.read() as connection:
        accepted = [r for r in in_states(connection, [State.ACCEPTED]) if r.outlet == outlet_of(wired).id]
    return closed, path, [delivery.follow(wired, record.id) for record in accepted]
