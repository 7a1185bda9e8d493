"""Whether every closed issue is still what was signed: its row, its contents, its signatures, its PDFs, the event log."""

import json

from sqlalchemy import Connection, select

from content.assets import AssetAltered, AssetMissing, Assets
from content.database import Database
from content.gazette.contents import READING
from content.gazette.issue import Issue, IssueState
from content.gazette.issues import issue_of
from content.gazette.proofs import Proof, by_digest, problems
from content.gazette.schema import issue_table
from content.people import PersonError, differences, get, signature_holds
from content.schema import event


def verify(database: Database, assets: Assets) -> tuple[int, list[str]]:
    """How many closed issues were looked at, and what is wrong with any of them, each with the issue's id."""
    said: list[str] = []
    with database.read() as connection:
        rows = connection.execute(select(issue_table).where(issue_table.c.state == IssueState.CLOSED))
        issues = {issue.id: issue for issue in map(issue_of, rows)}
        logged = _logged(connection)
        for issue_id in sorted(logged.keys() | {issue.id for issue in issues.values() if issue.proof}):
            found = _problems(connection, assets, issues.get(issue_id), logged.get(issue_id, []))
            said += [f"issue {issue_id}: {problem}" for problem in found]
    return len(logged), said


def _logged(connection: Connection) -> dict[str, list[str]]:
    """The proofs that the event log says were closed or entered, by issue."""
    found: dict[str, list[str]] = {}
    kinds = event.c.kind.in_(("issue.closed", "issue.recorded"))
    for subject, data in connection.execute(select(event.c.subject, event.c.data).where(kinds)):
        digest = json.loads(data).get("proof")  # older workspaces closed issues without one
        if digest:
            found.setdefault(subject.partition("/")[2], []).append(digest)
    return found


def _problems(connection: Connection, assets: Assets, issue: Issue | None, logged: list[str]) -> list[str]:
    if issue is None:
        return ["the event log knows it, and it is no longer there as a closed issue"]
    if logged != [issue.proof]:
        return ["the event log knows other contents of it"]
    try:
        proof = by_digest(connection, issue.proof)
    except (ValueError, TypeError, KeyError):
        return ["its contents have been altered and cannot be read"]
    if proof is None:
        return ["its contents are gone"]
    said = _row_problems(issue, proof)
    said += _recorder_problems(connection, proof) if issue.recorded else problems(connection, proof)
    return said + [why for name, digest in proof.contents.pdfs.items() if (why := _pdf_problem(assets, name, digest))]


def _row_problems(issue: Issue, proof: Proof) -> list[str]:
    contents = proof.contents
    row = (issue.id, issue.year, issue.number, issue.total_number, issue.issued_on, issue.copies, issue.pdf_digest)
    kept = (contents.issue, contents.year, contents.number, contents.total_number, contents.issued_on, contents.copies)
    said = [] if contents.digest == proof.digest else ["its contents have been altered"]
    if row != (*kept, contents.pdfs.get(READING, "")) or issue.recorded != contents.recorded:
        said.append("its numbers, date or copies are not those that were signed")
    return said


def _recorder_problems(connection: Connection, proof: Proof) -> list[str]:
    try:
        who = get(connection, proof.person)
    except PersonError as problem:
        return [str(problem)]
    holds = signature_holds(who.public_key, proof.statement, proof.signature)
    return differences(connection, who) + ([] if holds else [f"the signature of {who.name} does not hold"])


def _pdf_problem(assets: Assets, name: str, digest: str) -> str:
    try:
        assets.get(digest)
    except (AssetMissing, AssetAltered) as problem:
        return f"its {name} PDF: {problem}"
    return ""
