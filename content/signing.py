"""Sign-offs: named persons' signatures, at levels in order, on one package's manifest digest (rule 2)."""

import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, insert, select

from content.canonical import canonical_json
from content.clock import stamp
from content.database import Database
from content.events import append, of_subjects
from content.items import touched_by
from content.packages import Package, mark_statement
from content.people import (
    Person,
    PersonError,
    SignedAct,
    differences,
    get,
    missing,
    named,
    signature_holds,
    unlike,
)
from content.schema import signoff


class SignOffRefused(Exception):
    """The sign-off does not fit the rules; the message names the rule."""


@dataclass(frozen=True)
class Level:
    """A level of the sign-off (初审, 复审, 终审, 保密审查) and the role that a person needs for it."""

    name: str
    role: str


@dataclass(frozen=True)
class SignOff:
    level: str
    person: str
    statement: dict[str, Any]
    signature: str
    at: str


def statement(signed: Package, level: str, person: str) -> dict[str, Any]:
    """What is signed: the manifest's digest, the level and the person, so that no signature fits another place."""
    return {"act": "sign", "package": signed.digest, "item": signed.item_id, "level": level, "person": person}


def check_sign(connection: Connection, signed: Package, levels: Sequence[Level], level: str, who: Person) -> None:
    """Raises SignOffRefused unless *who* may sign *level* of this package now."""
    wanted = level_for(levels, level, who)
    if who.name in touched_by(connection, signed.revision):
        raise SignOffRefused(f"{who.name} handed this revision in or set a warning of it aside, and cannot sign it")
    if signed.mark and who.name == signed.mark.by:
        raise SignOffRefused(f"{who.name} asked for this mark and cannot sign it")
    done = {entry.level: entry.person for entry in of_package(connection, signed.digest)}
    require_turn(levels, wanted, who, done, "package")


def level_for(levels: Sequence[Level], level: str, who: Person) -> Level:
    """The level of this name. Raises SignOffRefused where there is none, or *who* lacks its role."""
    wanted = next((entry for entry in levels if entry.name == level), None)
    if wanted is None:
        raise SignOffRefused(f"there is no level {level}: the levels are {', '.join(entry.name for entry in levels)}")
    if wanted.role not in who.roles:
        raise SignOffRefused(f"{who.name} does not have the role {wanted.role} that {level} needs")
    return wanted


def require_turn(levels: Sequence[Level], wanted: Level, who: Person, done: Mapping[str, str], what: str) -> None:
    """Levels go in order and nobody signs two of the same package or issue (rule 2). *done* are who signed, by level; *what*
    is signed. Raises SignOffRefused."""
    if wanted.name in done:
        raise SignOffRefused(f"{wanted.name} is signed already, by {done[wanted.name]}")
    if who.name in done.values():
        raise SignOffRefused(f"{who.name} has signed another level of this {what}")
    before = [entry.name for entry in levels[: levels.index(wanted)] if entry.name not in done]
    if before:
        raise SignOffRefused(f"{wanted.name} comes after {', '.join(before)}, which nobody has signed yet")


def sign(database: Database, signed: Package, levels: Sequence[Level], level: str, act: SignedAct) -> None:
    """Records a sign-off; the rules are checked again in the same transaction. Raises SignOffRefused."""
    with database.write() as connection:
        check_sign(connection, signed, levels, level, get(connection, act.person))
        values = {
            "package": signed.digest,
            "level": level,
            "person": act.person,
            "statement": canonical_json(act.act).decode(),
            "signature": act.signature,
        }
        connection.execute(insert(signoff).values(**values, at=stamp(database.clock())))
        data = {"package": signed.digest, "level": level, "person": act.person, "signature": act.signature}
        append(connection, database, "package.signed", f"item/{signed.item_id}", data)


_OF_PACKAGE = select(signoff).where(signoff.c.package == bindparam("digest")).order_by(signoff.c.at)


def of_package(connection: Connection, package_digest: str) -> list[SignOff]:
    rows = connection.execute(_OF_PACKAGE, {"digest": package_digest})
    return [_sign_off(row) for row in rows.mappings()]


def problems(connection: Connection, signed: Package, levels: Sequence[Level]) -> list[str]:
    """Why this package may not go out, as far as its sign-offs go: unsigned levels, forged, foreign or doubled signatures.

    Everything is proved again from the stored statements and the keys that the event log recorded.
    """
    known = _known(connection, signed)
    found = {entry.level: entry for entry in known.entries}
    said = [
        f"{level.name} is not signed: tongbu sign {signed.item_id} --level {level.name} …"
        for level in levels
        if level.name not in found
    ]
    for level in levels:
        if level.name in found:
            said += _entry_problems(signed, level, found[level.name], known)
    said += _mark_problems(connection, signed)
    if len({entry.person for entry in known.entries}) != len(known.entries):
        said.append("one person signed two levels")
    return said + _unlogged(signed, known)


@dataclass(frozen=True)
class _Known:
    """What the tables and the event log say about a package's sign-offs and who gave them."""

    entries: Sequence[SignOff]
    touched: Container[str]
    persons: Mapping[str, Person]
    told: Mapping[str, Sequence[Mapping[str, Any]]]


def _known(connection: Connection, signed: Package) -> _Known:
    entries = of_package(connection, signed.digest)
    names = {entry.person for entry in entries}
    subjects = [f"item/{signed.item_id}", *(f"person/{name}" for name in names)]
    touched = touched_by(connection, signed.revision)
    return _Known(entries, touched, named(connection, names), of_subjects(connection, subjects))


def _unlogged(signed: Package, known: _Known) -> list[str]:
    """Sign-offs that the item's events do not tell of: a row that was put in, or an event that was taken out."""
    happened = known.told[f"item/{signed.item_id}"]
    told = [(entry["kind"], entry["data"]) for entry in happened if entry["data"].get("package") == signed.digest]
    logged = {(data["level"], data["person"], data["signature"]) for kind, data in told if kind == "package.signed"}
    said = [
        f"the event log knows nothing of the sign-off {entry.level} by {entry.person}: tongbu verify"
        for entry in known.entries
        if (entry.level, entry.person, entry.signature) not in logged
    ]
    frozen = any(kind == "package.frozen" for kind, _ in told)
    return (
        said if frozen else [*said, f"the event log knows nothing of the package {signed.digest[:12]}: tongbu verify"]
    )


def _mark_problems(connection: Connection, signed: Package) -> list[str]:
    """Whether who is named as asking for a mark did ask for it: only so they are kept from signing it."""
    mark = signed.mark
    if mark is None:
        return []
    try:
        who = get(connection, mark.by)
    except PersonError as problem:
        return [str(problem)]
    asked = mark_statement(signed.item_id, signed.revision, mark.effect, signed.reason)
    holds = signature_holds(who.public_key, asked, mark.signature)
    return differences(connection, who) + ([] if holds else [f"{mark.by} did not ask for this mark"])


def _entry_problems(signed: Package, level: Level, entry: SignOff, known: _Known) -> list[str]:
    said = []
    if entry.statement != statement(signed, level.name, entry.person):
        said.append(f"the sign-off {level.name} by {entry.person} is for something else")
    who = known.persons.get(entry.person)
    if who is None:
        return [*said, missing(entry.person)]
    said += unlike(who, known.told[f"person/{who.name}"])
    if not signature_holds(who.public_key, entry.statement, entry.signature):
        said.append(f"the signature of {entry.person} at {level.name} does not hold")
    if entry.person in known.touched:
        said.append(f"{entry.person} touched the revision and signed it")
    if signed.mark and entry.person == signed.mark.by:
        said.append(f"{entry.person} asked for the mark and signed it")
    if level.role not in who.roles:
        said.append(f"{entry.person} does not have the role {level.role}")
    return said


def _sign_off(row: RowMapping) -> SignOff:
    return SignOff(row["level"], row["person"], json.loads(row["statement"]), row["signature"], row["at"])
