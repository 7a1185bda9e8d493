"""People who freeze, sign and close an issue of the gazette, for tests that need a closed one."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from content import people
from content.database import Database
from content.gazette import proofs
from content.gazette.contents import READING, Contents, Placed, PlacedSection, joined_digest
from content.gazette.issue import Issue
from content.gazette.issues import Issues
from content.gazette.proofs import Proof
from content.people import Keys, SignedAct
from content.signing import Level

PASSPHRASE = "correct horse 电池"
MAKER, FIRST, LAST = "李文", "周岚", "陈国平"
LEVELS = (Level("初审", "初审"), Level("终审", "终审"))
ROLES = {MAKER: ("初审", "终审"), FIRST: ("初审",), LAST: ("终审",)}


class _Keys(Keys):
    """Keys in a folder that goes with them."""

    def __init__(self) -> None:
        self._kept = TemporaryDirectory(prefix="tongbu-keys-")
        super().__init__(Path(self._kept.name))


_KEYS: WeakKeyDictionary[Engine, Keys] = WeakKeyDictionary()


@dataclass
class IssueOffice:
    """An office of three: one puts issues together, two sign. Made twice for a database it is the same office."""

    database: Database
    keys: Keys = field(init=False)

    def __post_init__(self) -> None:
        self.keys = _KEYS.setdefault(self.database.engine, _Keys())
        self.issues = Issues(self.database.engine, self.database.clock)
        if not people.everyone(self.database):
            for name, roles in ROLES.items():
                people.add(self.database, self.keys, name, "市政府办公室", roles, PASSPHRASE)

    def act(self, name: str, statement: Mapping[str, Any]) -> SignedAct:
        return people.act(self.keys, people.find(self.database, name), lambda: PASSPHRASE, statement)

    def contents(self, on: date, **changes: Any) -> Contents:
        """What the open issue holds, as if it had been typeset."""
        issue = self.issues.current()
        assert issue is not None
        joined = self.issues.entries(issue.id)
        with self.database.read() as connection:
            last = proofs.newest(connection, issue.id)
        placed = tuple(Placed(f"第{e.position}件", page=e.position, item=e.item_id) for e in joined)
        made = Contents(
            issue=issue.id,
            year=issue.year,
            number=issue.number,
            total_number=issue.total_number,
            issued_on=on,
            sections=(PlacedSection("市政府文件", placed),),
            pdfs={READING: "c" * 64},
            levels=tuple((level.name, level.role) for level in LEVELS),
            joined=joined_digest(joined),
            proof=last.contents.proof + 1 if last else 1,
        )
        return replace(made, **changes)

    def freeze(self, on: date, by: str = MAKER, **changes: Any) -> Proof:
        contents = self.contents(on, **changes)
        return proofs.freeze(self.database, contents, self.act(by, proofs.freeze_statement(contents, by)))

    def sign(self, proof: Proof, level: str, by: str) -> None:
        proofs.sign(self.database, proof, level, self.act(by, proofs.sign_statement(proof, level, by)))

    def signed(self, on: date, **changes: Any) -> Proof:
        proof = self.freeze(on, **changes)
        self.sign(proof, "初审", FIRST)
        self.sign(proof, "终审", LAST)
        return proof

    def close_as(self, proof: Proof, by: str = MAKER) -> Issue:
        return proofs.close(self.database, proof, LEVELS, self.act(by, proofs.close_statement(proof, by)))

    def close(self, on: date, *, published: bool = True, **changes: Any) -> Issue:
        """Freezes, signs at both levels, closes and publishes the open issue."""
        closed = self.close_as(self.signed(on, **changes))
        if published:
            proofs.published(self.database, closed.id, "")
        return closed
