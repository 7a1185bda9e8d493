"""What the office sees of an issue: its documents in their order, its proof, who signed, and whether the proof is still true."""

import json
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Connection

from content.events import of_subject
from content.gazette import proofs
from content.gazette.contents import Placed, PlacedSection, joined_digest
from content.gazette.issue import Issue, IssueEntry, printed
from content.gazette.proofs import Proof
from flows.issues import named, store
from flows.wiring import Wired


@dataclass(frozen=True)
class IssueView:
    """*proof* is empty before the issue is frozen; *moves* are what editors changed of the order, with who and when; *note*
    says in a few words how far it is."""

    issue: Issue
    sections: tuple[PlacedSection, ...]
    proof: str
    signed: tuple[dict[str, str], ...]
    moves: tuple[dict[str, str], ...]
    note: str

    def as_json(self) -> dict[str, Any]:
        sections = [asdict(section) for section in self.sections]
        kept = {"proof": self.proof, "signed": list(self.signed), "moves": list(self.moves), "note": self.note}
        return {"sections": sections, **kept}


def view(wired: Wired, issue_id: str | None) -> IssueView:
    """An issue as it stands, by default the open one. Raises IssueError."""
    issue = named(wired, issue_id)
    with wired.database.read() as connection:
        proof = proofs.newest(connection, issue.id)
        offs = proofs.sign_offs(connection, proof.digest) if proof else []
        moves = _moves(connection, issue.id)
    joined = store(wired).entries(issue.id)
    true = proof is not None and (proof.contents.recorded or proof.contents.joined == joined_digest(joined))
    sections = proof.contents.sections if proof and true else _as_joined(wired, joined)
    signed = tuple({"level": one.level, "person": one.person, "at": one.at} for one in offs)
    return IssueView(issue, sections, proof.digest if proof else "", signed, moves, _note(issue, proof, true=true))


def _moves(connection: Connection, issue_id: str) -> tuple[dict[str, str], ...]:
    happened = [event for event in of_subject(connection, f"issue/{issue_id}") if event["kind"] == "issue.ordered"]
    named = ("item", "section", "before", "person")
    return tuple({name: event["data"][name] for name in named} | {"at": event["at"]} for event in happened)


def _note(issue: Issue, proof: Proof | None, *, true: bool) -> str:
    if issue.closed_at is not None:
        return "entered from before the workspace" if issue.recorded else f"issued on {issue.issued_on}"
    if proof is None:
        return "not frozen yet"
    return f"proof {proof.digest[:16]}" if true else "changed since it was frozen: freeze it again"


def _as_joined(wired: Wired, joined: list[IssueEntry]) -> tuple[PlacedSection, ...]:
    """The documents of an issue that is not typeset yet, as they would be printed."""
    shown = printed(joined, wired.workspace.settings.office.gazette.section_names)
    grouped = groupby(shown, key=lambda entry: entry.section)
    return tuple(PlacedSection(name, tuple(_unplaced(wired, entry) for entry in group)) for name, group in grouped)


def _unplaced(wired: Wired, entry: IssueEntry) -> Placed:
    digest = entry.parts["document.json"]
    document = json.loads(wired.workspace.assets.get(digest))
    return Placed(
        title=document["title"],
        number=document["number"],
        organ=document["organ"],
        item=entry.item_id,
        sequence=entry.sequence,
        action=entry.action.value,
        round=entry.round,
        url=document["url"],
        document=digest,
    )
