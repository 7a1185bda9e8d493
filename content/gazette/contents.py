"""What an issue of the gazette holds, frozen: its numbers, sections, documents with their pages, copies and the PDFs' digests.

Made when an issue is frozen for its sign-offs, or entered for an issue older than the workspace; never changed afterwards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from content.canonical import digest_of
from content.gazette.issue import IssueEntry
from content.gazette.plan import Group

READING, PRINTER = "reading", "printer"
"""The names of an issue's two PDFs; each has the same content."""


@dataclass(frozen=True)
class Placed:
    """A document where it stands in its issue. *page* is the number that is printed, *leaf* counts the PDF's pages
    from its cover; None where nobody knows them.

    *item*, *sequence*, *action* and *round* are those of its entry, and *url* its page's address; all of them empty in an
    issue that is older than the workspace.
    """

    title: str
    number: str = ""
    organ: str = ""
    page: int | None = None
    leaf: int | None = None
    item: str = ""
    sequence: int = 0
    action: str = ""
    round: int = 0
    url: str = ""
    document: str = ""
    """The digest of the ``document.json`` that it was typeset from."""


@dataclass(frozen=True)
class PlacedSection:
    name: str
    documents: tuple[Placed, ...]


@dataclass(frozen=True)
class Contents:
    """One issue as its readers have it. *pdfs* are digests by name (READING, PRINTER); *levels* the sign-offs that it
    needs, by name and role; *joined* what had joined when it was frozen, by ``joined_digest``; *proof* counts the issue's
    proofs. *recorded* tells an issue that is older than the workspace, which nobody signs."""

    issue: str
    year: int
    number: int
    total_number: int | None
    issued_on: date
    sections: tuple[PlacedSection, ...]
    pdfs: Mapping[str, str] = field(default_factory=dict)
    copies: int | None = None
    groups: tuple[Group, ...] = ()
    levels: tuple[tuple[str, str], ...] = ()
    joined: str = ""
    proof: int = 1
    recorded: bool = False

    @property
    def digest(self) -> str:
        """What is signed: SHA-256 of the canonical JSON."""
        return digest_of(self.as_json())

    @property
    def documents(self) -> list[Placed]:
        return [document for section in self.sections for document in section.documents]

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"issued_on": self.issued_on.isoformat()}


def contents_of(values: Mapping[str, Any]) -> Contents:
    """Contents as ``as_json`` wrote them."""
    sections = [
        PlacedSection(section["name"], tuple(Placed(**document) for document in section["documents"]))
        for section in values["sections"]
    ]
    changed: dict[str, Any] = {
        "issued_on": date.fromisoformat(values["issued_on"]),
        "sections": tuple(sections),
        "groups": tuple(Group(**group) for group in values["groups"]),
        "levels": tuple((name, role) for name, role in values["levels"]),
    }
    return Contents(**{**values, **changed})


def joined_digest(entries: Sequence[IssueEntry]) -> str:
    """What joined an issue and in what order: another one means that a proof of it is no longer true."""
    return digest_of(
        [
            [entry.position, entry.section, entry.item_id, entry.sequence, entry.action, entry.round, dict(entry.parts)]
            for entry in entries
        ]
    )
