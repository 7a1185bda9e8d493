"""A package: a revision with its renditions for one action, closed by a manifest whose digest is what gets signed."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, bindparam, distinct, func, insert, select, update

from content.assets import Assets
from content.canonical import canonical_json, digest, digest_of
from content.clock import stamp, unstamp
from content.database import Database
from content.events import append
from content.items import Override, StoredRevision
from content.push import Push, push_from
from content.schema import package, rendition, signoff
from content.vocabulary import Action, Effect


class NoPackage(LookupError):
    """The item has no package for this; the message says which command makes one."""


class PackageAltered(ValueError):
    """What is stored is no longer what was frozen; the message names the part."""


@dataclass(frozen=True)
class Line:
    """One outlet's line of the manifest. *parts* are name → (media type, SHA-256); their bytes are assets. *push* is there
    where the outlet carries the item together with others."""

    outlet: str
    channel: str
    identity: str
    rendition: str
    parts: Mapping[str, tuple[str, str]]
    slots: tuple[str, ...]
    push: Push | None = None

    def as_json(self) -> dict[str, Any]:
        """What the manifest says of this outlet; the parts are covered by the rendition's digest."""
        alone = {
            "outlet": self.outlet,
            "channel": self.channel,
            "identity": self.identity,
            "rendition": self.rendition,
            "slots": sorted(self.slots),
        }
        return alone | ({"push": self.push.as_json()} if self.push else {})


@dataclass(frozen=True)
class Mark:
    """What a package with the action MARK says: the document's effect from then on. *number* counts the item's marks
    from 1; *by* is who asked for it, *signature* theirs on ``mark_statement``."""

    effect: Effect
    number: int
    by: str
    signature: str

    def as_json(self) -> dict[str, Any]:
        return {"effect": self.effect.value, "number": self.number, "by": self.by, "signature": self.signature}


@dataclass(frozen=True)
class Package:
    """A closed package; *digest* is the SHA-256 of the manifest's canonical JSON. *round* is 1 for the first time that
    the item goes out and grows by one with each withdrawal. *mark* is there when *action* is MARK, and only then."""

    digest: str
    item_id: str
    revision: str
    action: Action
    reason: str
    round: int
    lines: tuple[Line, ...]
    manifest: Mapping[str, Any]
    frozen_at: datetime
    serial: int
    mark: Mark | None = None

    @property
    def turn(self) -> int:
        """What tells this package's deliveries from others of the same revision and action: the round, for a mark its
        number (a revision may be marked again)."""
        return self.mark.number if self.mark else self.round

    def line(self, outlet: str) -> Line | None:
        return next((line for line in self.lines if line.outlet == outlet), None)


def manifest_of(
    stored: StoredRevision,
    action: Action,
    reason: str,
    lines: Sequence[Line],
    overrides: Sequence[Override],
    number: int = 1,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
) -> dict[str, Any]:
    """The manifest as JSON values (design.md, What exactly is signed). *number* is the round."""
    return {
        "action": action.value,
        "item": stored.item_id,
        "revision": stored.digest,
        "reason": reason,
        "round": number,
        "outlets": [line.as_json() for line in sorted(lines, key=lambda line: line.outlet)],
        "overrides": [{"code": entry.code, "person": entry.person, "reason": entry.reason} for entry in overrides],
        "not_before": stamp(not_before) if not_before else None,
        "not_after": stamp(not_after) if not_after else None,
    }


def mark_statement(item_id: str, revision: str, effect: Effect, reason: str) -> dict[str, Any]:
    """What who asks for a mark signs."""
    return {"act": "mark", "item": item_id, "revision": revision, "effect": effect.value, "reason": reason}


def freeze(database: Database, manifest: Mapping[str, Any], lines: Sequence[Line]) -> tuple[Package, bool]:
    """Keeps a package; freezing the same again changes nothing (then the second value is False). One that another was
    frozen after meanwhile is the item's newest again, with the sign-offs that it has."""
    name = digest_of(manifest)
    with database.write() as connection:
        known = connection.execute(select(package.c.digest).where(package.c.digest == name)).first()
        if known is None:
            _keep(connection, database, name, manifest, lines)
        elif latest(connection, str(manifest["item"])).digest != name:
            connection.execute(update(package).where(package.c.digest == name).values(serial=_next_serial(connection)))
            _tell(connection, database, name, manifest)
        return by_digest(connection, name), known is None


# Built once: making a statement costs more than running it.
_BY_DIGEST = select(package).where(package.c.digest == bindparam("named"))
_RENDITIONS = select(rendition).where(rendition.c.package == bindparam("named"))
_WITHDRAWALS = (
    select(func.count(distinct(package.c.digest)))
    .join(signoff, signoff.c.package == package.c.digest)
    .where(package.c.item == bindparam("number"), package.c.action == Action.WITHDRAW.value)
)


def by_digest(connection: Connection, name: str) -> Package:
    """The package as stored. Raises NoPackage, and PackageAltered when the manifest no longer has its digest."""
    row = connection.execute(_BY_DIGEST, {"named": name}).first()
    if row is None:
        raise NoPackage(f"there is no package {name}")
    return _package(row, tuple(connection.execute(_RENDITIONS, {"named": name})))


def latest(
    connection: Connection, item_id: str, action: Action | None = None, besides: Action | None = None
) -> Package:
    """The item's newest package, of *action* if one is named, of no action *besides*; raises NoPackage."""
    query = select(package.c.digest).where(package.c.item == int(item_id)).order_by(package.c.serial.desc())
    if action is not None:
        query = query.where(package.c.action == action.value)
    if besides is not None:
        query = query.where(package.c.action != besides.value)
    found = connection.execute(query.limit(1)).scalar_one_or_none()
    if found is None:
        raise NoPackage(f"item {item_id} has no package yet: tongbu package {item_id}")
    return by_digest(connection, found)


def round_of(connection: Connection, item_id: str) -> int:
    """Which round a package of this item belongs to now: a signed withdrawal closes a round (rule 4)."""
    return 1 + int(connection.execute(_WITHDRAWALS, {"number": int(item_id)}).scalar_one())


def part_bytes(assets: Assets, line: Line) -> dict[str, bytes]:
    """The bytes of a line's parts, every digest computed again. Raises AssetMissing, AssetAltered or PackageAltered."""
    return parts_of(assets.get, line)


def parts_of(get: Callable[[str], bytes], line: Line) -> dict[str, bytes]:
    """``part_bytes`` by what *get* has for a digest: lines of one package share their pictures."""
    covered = {
        "channel": line.channel,
        "outlet": line.outlet,
        "parts": {name: list(part) for name, part in line.parts.items()},
        "slots": sorted(line.slots),
    }
    if digest_of(covered) != line.rendition:
        raise PackageAltered(f"the rendition for {line.outlet} no longer has the digest that was signed")
    return {name: get(part_digest) for name, (_, part_digest) in line.parts.items()}


def _keep(
    connection: Connection, database: Database, name: str, manifest: Mapping[str, Any], lines: Sequence[Line]
) -> None:
    connection.execute(
        insert(package).values(
            digest=name,
            item=int(manifest["item"]),
            revision=manifest["revision"],
            action=manifest["action"],
            manifest=canonical_json(manifest).decode(),
            frozen_at=stamp(database.clock()),
            serial=_next_serial(connection),
        )
    )
    if lines:
        connection.execute(insert(rendition), [_rendition_row(name, line) for line in lines])
    _tell(connection, database, name, manifest)


def _next_serial(connection: Connection) -> int:
    return int(connection.execute(select(func.coalesce(func.max(package.c.serial), 0))).scalar_one()) + 1


def _tell(connection: Connection, database: Database, name: str, manifest: Mapping[str, Any]) -> None:
    data = {"package": name, "revision": manifest["revision"], "action": manifest["action"]}
    append(connection, database, "package.frozen", f"item/{manifest['item']}", data)


def _rendition_row(package_digest: str, line: Line) -> dict[str, str]:
    parts = {name: list(part) for name, part in line.parts.items()}
    return {
        "package": package_digest,
        "outlet": line.outlet,
        "digest": line.rendition,
        "manifest": canonical_json({"parts": parts, "slots": list(line.slots)}).decode(),
    }


@lru_cache(maxsize=32)
def _package(row: Row[Any], kept: tuple[Row[Any], ...]) -> Package:
    """The same rows give the same package: one for many outlets is read before each step of each of its deliveries."""
    if digest(row.manifest.encode()) != row.digest:
        raise PackageAltered(f"the manifest {row.digest[:12]} of item {row.item} has been altered")
    manifest = json.loads(row.manifest)
    renditions = {entry.outlet: entry for entry in kept}
    return Package(
        digest=row.digest,
        item_id=str(row.item),
        revision=manifest["revision"],
        action=Action(manifest["action"]),
        reason=manifest["reason"],
        round=manifest["round"],
        lines=tuple(_line(entry, renditions.get(entry["outlet"])) for entry in manifest["outlets"]),
        manifest=manifest,
        frozen_at=unstamp(row.frozen_at),
        serial=row.serial,
        mark=_mark(manifest),
    )


def _mark(manifest: Mapping[str, Any]) -> Mark | None:
    said = manifest.get("mark")
    return Mark(Effect(said["effect"]), said["number"], said["by"], said["signature"]) if said else None


def _line(signed: Mapping[str, Any], kept: Row[Any] | None) -> Line:
    """The signed line with the parts that are kept beside it; ``part_bytes`` proves that they belong together."""
    if kept is None:
        raise PackageAltered(f"the rendition for {signed['outlet']} is gone from the database")
    stored = json.loads(kept.manifest)
    return Line(
        outlet=signed["outlet"],
        channel=signed["channel"],
        identity=signed["identity"],
        rendition=signed["rendition"],
        parts={name: (part[0], part[1]) for name, part in stored["parts"].items()},
        slots=tuple(signed["slots"]),
        push=push_from(signed["push"]) if "push" in signed else None,
    )
