"""Enters issues that are older than the workspace into its database, all of a file or none."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, insert, select

from content.canonical import digest_of
from content.clock import stamp
from content.database import Database, serialise
from content.events import append
from content.finding import Finding, error
from content.gazette.contents import READING, Contents, Placed, PlacedSection
from content.gazette.issue import Issue, IssueState
from content.gazette.issues import issue_of, locked_open
from content.gazette.pdf_pages import PdfPages
from content.gazette.proofs import keep
from content.gazette.records import UNNAMED_SECTION, EarlierIssue, RecordsWrong, order_problems
from content.gazette.schema import issue_table
from content.people import SignedAct

NO_PAGES = PdfPages()


def contents_from(issue: EarlierIssue, pdf_digest: str, pages: PdfPages = NO_PAGES) -> Contents:
    """What the file says of an issue, as every issue's contents are kept; *pdf_digest* is empty where there is no PDF, and
    *pages* what that tells of its own pages."""
    sections: dict[str, list[Placed]] = {}
    for one in issue.documents:
        leaf = leaf_of(one.page, issue.offset, pages) if pdf_digest else None
        placed = Placed(one.title, one.document_number, one.organ, one.page, leaf, url=one.url)
        sections.setdefault(one.section or UNNAMED_SECTION, []).append(placed)
    return Contents(
        issue=issue.id,
        year=issue.year,
        number=issue.number,
        total_number=issue.total,
        issued_on=issue.issued_on,
        sections=tuple(PlacedSection(name, tuple(placed)) for name, placed in sections.items()),
        pdfs={READING: pdf_digest} if pdf_digest else {},
        recorded=True,
    )


def leaf_of(page: int | None, offset: int | None, pages: PdfPages) -> int | None:
    """The sheet of the PDF that bears a page, by what the office says of the PDF, else by what that says itself."""
    if page is None:
        return None
    leaf = pages.labelled.get(page) if offset is None else page + offset
    return leaf if leaf is None or not pages.sheets or leaf <= pages.sheets else None


def statement(contents: Sequence[Contents]) -> dict[str, str]:
    """What the person who enters issues signs: all of them at once."""
    return {"act": "record-issues", "issues": digest_of([one.digest for one in contents])}


def record(database: Database, name: str, contents: Sequence[Contents], act: SignedAct) -> list[Issue]:
    """Keeps the issues of the file *name*, in one transaction. Raises RecordsWrong with everything that collides."""
    with database.write() as connection:
        serialise(connection, "issues")
        locked_open(connection)
        found = collisions(connection, contents)
        if found:
            raise RecordsWrong(name, found)
        return [_keep(connection, database, one, act) for one in contents]


def collisions(connection: Connection, contents: Sequence[Contents]) -> list[Finding]:
    """What stands against entering these issues: one that is there already, one after our first, totals out of order."""
    known = {issue.id: issue for issue in map(issue_of, connection.execute(select(issue_table)))}
    ours = min((issue for issue in known.values() if not issue.recorded), key=_key, default=None)
    found = [finding for one in contents for finding in _collides(one, known, ours)]
    if found:
        return found
    rows: list[Contents | Issue] = sorted([*known.values(), *contents], key=_key)
    return order_problems((_name(row), _name(row), row.total_number, row.issued_on) for row in rows)


def _collides(one: Contents, known: Mapping[str, Issue], ours: Issue | None) -> list[Finding]:
    if one.issue in known:
        there = "已经补录过" if known[one.issue].recorded else "是本系统编的"
        return [_wrong(one, f"{one.issue} {there}", "已有的公报期不能改写，请从文件中删去。")]
    if ours is not None and _key(one) > _key(ours):
        return [_wrong(one, f"{one.issue} 在本系统的第一期 {ours.id} 之后", "只补录本系统启用之前的各期。")]
    return []


def _keep(connection: Connection, database: Database, one: Contents, act: SignedAct) -> Issue:
    now = stamp(database.clock())
    values = {
        "id": one.issue,
        "year": one.year,
        "number": one.number,
        "total_number": one.total_number,
        "state": IssueState.CLOSED,
        "opened_at": now,
        "closed_at": now,
        "issued_on": one.issued_on.isoformat(),
        "pdf_digest": one.pdfs.get(READING),
        "proof": one.digest,
        "recorded": True,
    }
    connection.execute(insert(issue_table).values(**values))
    keep(connection, database, one, act)
    told = {"proof": one.digest, "pdfs": dict(one.pdfs), "person": act.person, "signature": act.signature}
    append(connection, database, "issue.recorded", f"issue/{one.issue}", told)
    return issue_of(connection.execute(select(issue_table).where(issue_table.c.id == one.issue)).one())


def missing(issues: Sequence[Issue]) -> list[str]:
    """The ids of numbers that are absent below the highest one of each year that has any."""
    years: dict[int, set[int]] = {}
    for issue in issues:
        years.setdefault(issue.year, set()).add(issue.number)
    return [f"{year}-{n}" for year, there in sorted(years.items()) for n in range(1, max(there)) if n not in there]


def _key(one: Issue | Contents) -> tuple[int, int]:
    return one.year, one.number


def _name(row: Issue | Contents) -> str:
    return row.issue if isinstance(row, Contents) else row.id


def _wrong(one: Contents, message: str, mend: str) -> Finding:
    return error("gazette-record", one.issue, f"{message}。", mend)
