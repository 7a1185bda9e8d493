"""What was signed for the items that an outlet shows, read from the ledger and proved again."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from content.canonical import digest, digest_of
from content.database import Database
from content.people import Person, PersonError, differences, get, signature_holds
from content.records import Record, record_from
from content.schema import delivery, package, rendition, revision, signoff
from content.vocabulary import BEGUN, Action, State


@dataclass(frozen=True)
class SignedParts:
    """One signed package at one outlet. *parts* are the digests of its files by name."""

    package: str
    action: Action
    revision: str
    parts: Mapping[str, str]


@dataclass(frozen=True)
class Signed:
    """What may stand at the outlet for one item, newest first: what is live there, and what is being sent right now.
    *problems* say why the ledger cannot be believed. *first_live* are the moments between which the item came out."""

    item_id: str
    candidates: tuple[SignedParts, ...]
    first_live: tuple[datetime, datetime] | None
    normative: bool = False
    problems: tuple[str, ...] = ()


@dataclass
class SignedReader:
    """Reads portions of an outlet's items. Persons' keys are looked up once."""

    database: Database
    outlet: str
    _persons: dict[str, Person | str] = field(default_factory=dict)

    def of(self, item_ids: Sequence[str]) -> dict[str, Signed]:
        """By item id; an item that the ledger never sent to this outlet is left out."""
        with self.database.read() as connection:
            records = self._records(connection, item_ids)
            current = {item: _current(known) for item, known in records.items()}
            names = {record.package for known in current.values() for record in known}
            manifests = _rows(connection, package, package.c.digest, names)
            kept = _rows(connection, rendition, rendition.c.package, names)
            mine = {row["package"]: row for row in kept if row["outlet"] == self.outlet}
            parts = {row["digest"]: _parts(row, mine.get(row["digest"]), self.outlet) for row in manifests}
            signatures = self._signatures(connection, names)
            normative = _normative(connection, {record.revision for known in current.values() for record in known})
        return {
            item: _signed(item, records[item], known, parts, signatures, normative) for item, known in current.items()
        }

    def _records(self, connection: Connection, item_ids: Sequence[str]) -> dict[str, list[Record]]:
        numbers = [int(name) for name in item_ids if name.isascii() and name.isdigit()]
        begun = [state.value for state in BEGUN]
        query = select(delivery).where(
            delivery.c.item.in_(numbers), delivery.c.outlet == self.outlet, delivery.c.state.in_(begun)
        )
        found: dict[str, list[Record]] = {}
        for row in connection.execute(query.order_by(delivery.c.id)).mappings():
            found.setdefault(str(row["item"]), []).append(record_from(row))
        return found

    def _signatures(self, connection: Connection, names: Iterable[str]) -> dict[str, list[str]]:
        """What is wrong with each package's sign-offs."""
        found: dict[str, list[str]] = {name: [] for name in names}
        signed: set[str] = set()
        for row in _rows(connection, signoff, signoff.c.package, found):
            signed.add(row["package"])
            found[row["package"]] += self._signature(connection, row)
        for name in found.keys() - signed:
            found[name].append(f"定稿 {name[:12]} 没有审签")
        return found

    def _signature(self, connection: Connection, row: Mapping[str, Any]) -> list[str]:
        who, said = self._person(connection, row["person"]), json.loads(row["statement"])
        if isinstance(who, str):
            return [who]
        fits = said.get("package") == row["package"] and said.get("person") == row["person"]
        if not fits or not signature_holds(who.public_key, said, row["signature"]):
            return [f"{row['person']}对定稿 {row['package'][:12]} 的签名不成立"]
        return []

    def _person(self, connection: Connection, name: str) -> Person | str:
        if name not in self._persons:
            self._persons[name] = _known(connection, name)
        return self._persons[name]


def _known(connection: Connection, name: str) -> Person | str:
    try:
        who = get(connection, name)
    except PersonError:
        return f"没有名为“{name}”的审签人"
    return f"审签人“{name}”的密钥或角色与登记时不同" if differences(connection, who) else who


def _current(records: Sequence[Record]) -> list[Record]:
    """Newest first: what is on the way, down to the newest that the outlet has."""
    found = []
    for record in reversed(records):
        found.append(record)
        if record.state in (State.LIVE, State.ACCEPTED):
            break
    return found


def _rows(connection: Connection, table: Any, column: Any, names: Iterable[str]) -> list[Mapping[str, Any]]:
    return [dict(row) for row in connection.execute(select(table).where(column.in_(list(names)))).mappings()]


def _parts(row: Mapping[str, Any], kept: Mapping[str, Any] | None, outlet: str) -> dict[str, str] | str:
    """The digests of the parts that were signed for the outlet, or why they cannot be believed."""
    if digest(row["manifest"].encode()) != row["digest"]:
        return f"定稿 {row['digest'][:12]} 的清单已被改动"
    lines = json.loads(row["manifest"])["outlets"]
    line = next((one for one in lines if one["outlet"] == outlet), None)
    if line is None or kept is None:
        return f"定稿 {row['digest'][:12]} 没有该发布点的成品"
    stored = json.loads(kept["manifest"])
    covered = {"channel": line["channel"], "outlet": outlet, "parts": stored["parts"], "slots": sorted(line["slots"])}
    if digest_of(covered) != line["rendition"]:
        return f"定稿 {row['digest'][:12]} 的成品已不是审签时的成品"
    return {name: part[1] for name, part in stored["parts"].items()}


def _normative(connection: Connection, names: Iterable[str]) -> set[str]:
    """Those of the revisions that are 规范性文件."""
    query = select(revision.c.digest, revision.c.content).where(revision.c.digest.in_(list(names)))
    return {row.digest for row in connection.execute(query) if _says_normative(row.content)}


def _says_normative(content: str) -> bool:
    return json.loads(content)["fields"].get("normative") is True


def _signed(
    item: str,
    records: Sequence[Record],
    current: Sequence[Record],
    parts: Mapping[str, dict[str, str] | str],
    signatures: Mapping[str, list[str]],
    normative: set[str],
) -> Signed:
    candidates, problems = [], []
    for record in current:
        found = parts.get(record.package, f"定稿 {record.package[:12]} 不在数据库中")
        if isinstance(found, str):
            problems.append(found)
        else:
            candidates.append(SignedParts(record.package, record.action, record.revision, found))
        problems += signatures.get(record.package, [])
    return Signed(
        item,
        tuple(candidates),
        _first_live(records),
        any(one.revision in normative for one in current),
        tuple(problems),
    )


def _first_live(records: Sequence[Record]) -> tuple[datetime, datetime] | None:
    """From the first attempt to the first proof that it was out."""
    begun = [record.since for record in records if record.since is not None]
    out = next((record for record in records if record.state is State.LIVE), None)
    if not begun or out is None:
        return None
    ends = [moment for moment in (out.at, out.live_at, out.observed_at) if moment is not None]
    return (min(begun), max(ends)) if ends else None
