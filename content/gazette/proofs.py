"""How an issue is closed: frozen as a proof (清样), signed at the office's levels, then closed; every step one transaction.

Who put an issue together (froze or ordered it) does not sign it, so two persons at least stand behind every issue.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from content.canonical import canonical_json
from content.clock import in_china, stamp
from content.database import Database
from content.events import append, of_subject
from content.gazette.contents import READING, Contents, contents_of, joined_digest
from content.gazette.issue import Issue, IssueError, IssueState, NoOpenIssue
from content.gazette.issues import entries_in, issue_of, locked_open
from content.gazette.schema import issue_signoff, issue_table, proof_table
from content.people import Person, PersonError, SignedAct, differences, get, signature_holds
from content.signing import Level, SignOff, SignOffRefused, level_for, require_turn

_LONGEST_AHEAD = timedelta(days=366)
PUT_TOGETHER = ("issue.ordered", "issue.frozen")
"""The events of who put an issue together."""


class IssueNotSigned(IssueError):
    """Sign-offs are missing or do not hold; the message lists them all."""


@dataclass(frozen=True)
class Proof:
    """An issue as it was frozen; *digest* is what is signed. *person*, *statement* and *signature* are of who froze it."""

    digest: str
    contents: Contents
    person: str
    statement: dict[str, Any]
    signature: str


def freeze_statement(contents: Contents, person: str) -> dict[str, Any]:
    return {"act": "freeze-issue", "issue": contents.issue, "proof": contents.digest, "person": person}


def sign_statement(proof: Proof, level: str, person: str) -> dict[str, Any]:
    """What is signed: the proof, the level and the person, so that no signature fits another place."""
    return {
        "act": "sign-issue",
        "issue": proof.contents.issue,
        "proof": proof.digest,
        "level": level,
        "person": person,
    }


def close_statement(proof: Proof, person: str) -> dict[str, Any]:
    return {"act": "close-issue", "issue": proof.contents.issue, "proof": proof.digest, "person": person}


def newest(connection: Connection, issue_id: str) -> Proof | None:
    """The proof of an issue that counts: its last one."""
    mine = select(proof_table).where(proof_table.c.issue == issue_id).order_by(proof_table.c.number.desc()).limit(1)
    row = connection.execute(mine).one_or_none()
    return _proof(row) if row else None


def by_digest(connection: Connection, digest: str) -> Proof | None:
    row = connection.execute(select(proof_table).where(proof_table.c.digest == digest)).one_or_none()
    return _proof(row) if row else None


def freeze(database: Database, contents: Contents, act: SignedAct) -> Proof:
    """Keeps a proof of the open issue, to be signed. Raises IssueError when the issue changed since it was typeset."""
    with database.write() as connection:
        opened = _open_as(connection, contents)
        if in_china(opened.opened_at).date() > contents.issued_on:
            raise IssueError(f"出版日期 {contents.issued_on} 早于{opened.label}的打开日期，请核对。")
        if contents.issued_on > in_china(database.clock()).date() + _LONGEST_AHEAD:
            raise IssueError(f"出版日期 {contents.issued_on} 在一年以后，请核对。")
        _refuse_before(connection, contents.issued_on)
        keep(connection, database, contents, act)
        told = {"proof": contents.digest, "person": act.person, "signature": act.signature}
        append(connection, database, "issue.frozen", f"issue/{contents.issue}", told)
        return Proof(contents.digest, contents, act.person, dict(act.act), act.signature)


def _refuse_before(connection: Connection, issued_on: date) -> None:
    """Dates grow along with the numbers: the open issue is the last one."""
    last = connection.execute(select(func.max(issue_table.c.issued_on))).scalar_one()
    if last is not None and issued_on.isoformat() < last:
        raise IssueError(f"出版日期 {issued_on} 早于已出版的前一期（{last}），请核对。")


def keep(connection: Connection, database: Database, contents: Contents, act: SignedAct) -> None:
    """The row of a proof. Raises IssueError when another one of this number came first."""
    before = newest(connection, contents.issue)
    if contents.proof != (before.contents.proof + 1 if before else 1):
        raise IssueError(f"公报期 {contents.issue} 的清样刚由他人重新生成，请再运行一次 tongbu gazette freeze。")
    values = {
        "issue": contents.issue,
        "number": contents.proof,
        "digest": contents.digest,
        "contents": canonical_json(contents.as_json()).decode(),
        "person": act.person,
        "statement": canonical_json(act.act).decode(),
        "signature": act.signature,
    }
    connection.execute(insert(proof_table).values(**values, at=stamp(database.clock())))


def check_sign(connection: Connection, proof: Proof, level: str, who: Person) -> None:
    """Raises SignOffRefused unless *who* may sign *level* of this proof now, IssueError when the issue changed since."""
    _open_as(connection, proof.contents)
    levels = [Level(*entry) for entry in proof.contents.levels]
    wanted = level_for(levels, level, who)
    if who.name in makers(connection, proof.contents.issue):
        raise SignOffRefused(f"{who.name} put this issue together and cannot sign it")
    done = {entry.level: entry.person for entry in sign_offs(connection, proof.digest)}
    require_turn(levels, wanted, who, done, "issue")


def sign(database: Database, proof: Proof, level: str, act: SignedAct) -> None:
    """Records a sign-off; the rules are checked again in the same transaction. Raises SignOffRefused and IssueError."""
    with database.write() as connection:
        locked_open(connection)
        check_sign(connection, proof, level, get(connection, act.person))
        values = {
            "proof": proof.digest,
            "level": level,
            "person": act.person,
            "statement": canonical_json(act.act).decode(),
            "signature": act.signature,
        }
        connection.execute(insert(issue_signoff).values(**values, at=stamp(database.clock())))
        told = {"proof": proof.digest, "level": level, "person": act.person, "signature": act.signature}
        append(connection, database, "issue.signed", f"issue/{proof.contents.issue}", told)


def close(database: Database, proof: Proof, levels: Sequence[Level], act: SignedAct) -> Issue:
    """Closes the open issue as its newest proof has it, under the signed word of who closes it: in one transaction, so an
    issue is open or closed, never between.

    Raises NoOpenIssue, IssueError when anything changed since it was frozen, and IssueNotSigned.
    """
    with database.write() as connection:
        _open_as(connection, proof.contents)
        if proof.contents.levels != tuple((level.name, level.role) for level in levels):
            raise IssueError("审签级次的设置在清样生成之后有变动，请重新运行 tongbu gazette freeze 并审签。")
        wrong = problems(connection, proof)
        if wrong:
            raise IssueNotSigned("；".join(wrong))
        contents = proof.contents
        values = _closed_values(contents) | {"closed_at": stamp(database.clock())}
        connection.execute(update(issue_table).where(issue_table.c.id == contents.issue).values(**values))
        told = {"proof": proof.digest, "pdfs": dict(contents.pdfs), "on": contents.issued_on.isoformat()}
        signed = {"person": act.person, "signature": act.signature}
        append(connection, database, "issue.closed", f"issue/{contents.issue}", told | signed)
        return issue_of(connection.execute(select(issue_table).where(issue_table.c.id == contents.issue)).one())


def published(database: Database, issue_id: str, url: str) -> None:
    """That the electronic page of a closed issue is up, at *url*; the first time counts."""
    with database.write() as connection:
        here = (issue_table.c.id == issue_id, issue_table.c.published_at.is_(None))
        here_closed = (*here, issue_table.c.state == IssueState.CLOSED)
        values = {"published_at": stamp(database.clock()), "url": url}
        if connection.execute(update(issue_table).where(*here_closed).values(**values)).rowcount:
            append(connection, database, "issue.published", f"issue/{issue_id}", {"url": url})


def makers(connection: Connection, issue_id: str) -> set[str]:
    """Who put an issue together, by the event log."""
    happened = of_subject(connection, f"issue/{issue_id}")
    return {entry["data"]["person"] for entry in happened if entry["kind"] in PUT_TOGETHER}


def sign_offs(connection: Connection, digest: str) -> list[SignOff]:
    rows = connection.execute(
        select(issue_signoff).where(issue_signoff.c.proof == digest).order_by(issue_signoff.c.at)
    ).mappings()
    return [
        SignOff(row["level"], row["person"], json.loads(row["statement"]), row["signature"], row["at"]) for row in rows
    ]


def problems(connection: Connection, proof: Proof) -> list[str]:
    """Why an issue may not be closed, as far as its sign-offs go; everything is proved again from the stored statements and
    the keys that the event log recorded. Empty when all is well."""
    found = {entry.level: entry for entry in sign_offs(connection, proof.digest)}
    said = [] if proof.contents.levels else ["the issue was frozen without a level of sign-off"]
    said += _signature_problems(connection, proof.person, freeze_statement(proof.contents, proof.person), proof)
    for level in (Level(*entry) for entry in proof.contents.levels):
        entry = found.get(level.name)
        said += (
            _entry_problems(connection, proof, level, entry)
            if entry
            else [f"{level.name} is not signed: tongbu gazette sign --level {level.name} --digest {proof.digest[:16]}"]
        )
    said += _unlogged(connection, proof, list(found.values()))
    persons = [entry.person for entry in found.values()]
    said += ["one person signed two levels"] if len(set(persons)) != len(persons) else []
    return said


def _unlogged(connection: Connection, proof: Proof, entries: Sequence[SignOff]) -> list[str]:
    """What was put into the tables without the event log: a proof, sign-offs."""
    happened = of_subject(connection, f"issue/{proof.contents.issue}")
    told = [(event["kind"], event["data"]) for event in happened if event["data"].get("proof") == proof.digest]
    logged = {(data["level"], data["person"], data["signature"]) for kind, data in told if kind == "issue.signed"}
    said = [] if any(kind == "issue.frozen" for kind, _ in told) else ["the event log knows nothing of this proof"]
    return said + [
        f"the event log knows nothing of the sign-off {entry.level} by {entry.person}"
        for entry in entries
        if (entry.level, entry.person, entry.signature) not in logged
    ]


def _entry_problems(connection: Connection, proof: Proof, level: Level, entry: SignOff) -> list[str]:
    said = _signature_problems(connection, entry.person, sign_statement(proof, level.name, entry.person), entry)
    if entry.person in {proof.person, *makers(connection, proof.contents.issue)}:
        said.append(f"{entry.person} put the issue together and signed it")
    try:
        if level.role not in get(connection, entry.person).roles:
            said.append(f"{entry.person} does not have the role {level.role}")
    except PersonError as problem:
        said.append(str(problem))
    return said


def _signature_problems(connection: Connection, person: str, wanted: object, kept: Proof | SignOff) -> list[str]:
    try:
        who = get(connection, person)
    except PersonError as problem:
        return [str(problem)]
    said = differences(connection, who)
    if kept.statement != wanted:
        said.append(f"what {person} signed is something else")
    if not signature_holds(who.public_key, kept.statement, kept.signature):
        said.append(f"the signature of {person} on issue {_issue_named(kept)} does not hold")
    return said


def _issue_named(kept: Proof | SignOff) -> str:
    return str(kept.statement.get("issue", ""))


def _open_as(connection: Connection, contents: Contents) -> Issue:
    """The open issue, locked, when it is still as *contents* were made from it. Raises NoOpenIssue and IssueError."""
    opened = locked_open(connection)
    if opened is None:
        raise NoOpenIssue
    if opened.id != contents.issue:
        raise IssueError(f"打开的是{opened.label}，不是 {contents.issue}，请核对。")
    last = newest(connection, opened.id)
    if last is not None and last.contents.proof > contents.proof:
        raise IssueError(f"{opened.label}的清样已重新生成，请审签最新的一份：{last.digest[:16]}。")
    if joined_digest(entries_in(connection, opened.id)) != contents.joined:
        raise IssueError(f"{opened.label}在排版之后有变动，请重新运行 tongbu gazette freeze 并审签。")
    return opened


def _closed_values(contents: Contents) -> dict[str, Any]:
    """What the row of a closed issue says, from its contents."""
    return {
        "state": IssueState.CLOSED,
        "issued_on": contents.issued_on.isoformat(),
        "pdf_digest": contents.pdfs.get(READING),
        "copies": contents.copies,
        "proof": contents.digest,
    }


def _proof(row: Row[Any]) -> Proof:
    return Proof(
        row.digest, contents_of(json.loads(row.contents)), row.person, json.loads(row.statement), row.signature
    )
