"""What is proved before anything leaves: sign-offs, stored bytes, accounts. What was proved is what is sent."""

from collections.abc import Callable, Container
from dataclasses import dataclass
from functools import cache, partial

from sqlalchemy import Connection

from channels.base import Addressed, Channel, Part, Rendition, Unavailable
from content import items, packages, signing
from content.assets import AssetAltered, AssetMissing
from content.delivery import Delivery
from content.events import of_subject
from content.packages import Line, Package, PackageAltered
from content.records import Record
from content.vocabulary import Action
from flows.consignment import Tampered, consigned_in
from flows.settings import SettingsError
from flows.wiring import NoSuchOutlet, Wired


@dataclass(frozen=True)
class Load:
    """A delivery with the bytes that were verified a moment ago: these very bytes are sent."""

    delivery: Delivery
    package: Package
    rendition: Rendition
    channel: Channel


def problems_of(wired: Wired, package: Package, outlets: Container[str]) -> list[str]:
    """What is not as it was signed: sign-offs, stored bytes, the accounts of *outlets*, a withdrawal since.

    Of a withdrawal only the sign-off is looked at here: a leak cannot wait for a damaged picture or a changed account,
    each of its deliveries is proved by itself (design.md: Withdraw goes out at once).
    """
    with wired.database.read() as connection:
        said = _sign_off_problems(wired, connection, package)
        if package.action is Action.WITHDRAW:
            return said
        try:
            revision = items.by_digest(connection, package.revision).revision
        except (items.RevisionAltered, items.NoSuchItem) as problem:
            return [*said, str(problem)]
    look_at = cache(wired.workspace.assets.get)
    for name in [*(picture.digest for picture in revision.pictures), *(file.digest for file in revision.attachments)]:
        said += _complaint(partial(look_at, name))
    for line in package.lines:
        said += _complaint(partial(packages.parts_of, look_at, line))
        said += _outlet_problems(wired, line) if line.outlet in outlets else []
    return said


def _outlet_problems(wired: Wired, line: Line) -> list[str]:
    """What the settings changed of an outlet since the sign-off: its account, or whom it reaches."""
    said = _identity_problems(wired, line)
    channel = None if said else wired.channel_if_built(line.outlet)
    if not isinstance(channel, Addressed):
        return said
    try:
        changed = channel.not_as_signed(_rendition(wired, line))
    except Tampered:
        return said
    return [changed] if changed else said


def _sign_off_problems(wired: Wired, connection: Connection, package: Package) -> list[str]:
    """Why the sign-offs do not carry this package now: missing, forged or unlogged ones, a withdrawal since."""
    said = signing.problems(connection, package, wired.workspace.settings.levels_for(package.action))
    said += _unlogged(connection, package)
    if package.action is not Action.WITHDRAW and package.round != packages.round_of(connection, package.item_id):
        said.append(f"item {package.item_id} was withdrawn since: tongbu package {package.item_id}, and sign again")
    return said


def load(wired: Wired, record: Record, *, proved: bool = True) -> Load:
    """Reads the delivery's bytes and proves them and the sign-offs again. Raises Tampered, and Unavailable for an outlet
    whose channel cannot be built from the settings.

    Without *proved* the stored bytes alone are proved: what was sent must be found even when a person was disabled since.
    """
    with wired.database.read() as connection:
        try:
            package = packages.by_digest(connection, record.package)
            stored = items.by_digest(connection, record.revision)
        except (PackageAltered, packages.NoPackage, items.RevisionAltered, items.NoSuchItem) as problem:
            raise Tampered(str(problem)) from problem
        line = package.line(record.outlet)
        if line is None:
            raise Tampered(f"the signed manifest does not name {record.outlet}")
        said = _sign_off_problems(wired, connection, package) + _identity_problems(wired, line) if proved else []
        if said:
            raise Tampered("; ".join(said))
        delivery = consigned_in(connection, wired, record, package, stored.sequence)
    return Load(delivery, package, _rendition(wired, line), _channel(wired, record.outlet))


def _channel(wired: Wired, outlet: str) -> Channel:
    try:
        return wired.channel(outlet)
    except (SettingsError, NoSuchOutlet, OSError) as problem:
        raise Unavailable(str(problem)) from problem


def _rendition(wired: Wired, line: Line) -> Rendition:
    try:
        bytes_of = packages.part_bytes(wired.workspace.assets, line)
    except (AssetMissing, AssetAltered, PackageAltered) as problem:
        raise Tampered(str(problem)) from problem
    parts = {name: Part(line.parts[name][0], data) for name, data in bytes_of.items()}
    return Rendition(line.channel, line.outlet, parts, line.slots)


def _unlogged(connection: Connection, package: Package) -> list[str]:
    """Sign-offs that the item's events do not tell of: a row that was put in, or an event that was taken out."""
    told = [
        (entry["kind"], entry["data"])
        for entry in of_subject(connection, f"item/{package.item_id}")
        if entry["data"].get("package") == package.digest
    ]
    signed = {(data["level"], data["person"], data["signature"]) for kind, data in told if kind == "package.signed"}
    said = [
        f"the event log knows nothing of the sign-off {entry.level} by {entry.person}: tongbu verify"
        for entry in signing.of_package(connection, package.digest)
        if (entry.level, entry.person, entry.signature) not in signed
    ]
    frozen = any(kind == "package.frozen" for kind, _ in told)
    return (
        said if frozen else [*said, f"the event log knows nothing of the package {package.digest[:12]}: tongbu verify"]
    )


def _complaint(look: Callable[[], object]) -> list[str]:
    try:
        look()
    except (AssetMissing, AssetAltered, PackageAltered) as problem:
        return [str(problem)]
    return []


def _identity_problems(wired: Wired, line: Line) -> list[str]:
    outlet = wired.workspace.settings.outlet(line.outlet)
    if outlet is None:
        return [f"{line.outlet} is no longer in the settings"]
    if outlet.identity != line.identity:
        return [f"{line.outlet} was signed for the account {line.identity}; the settings now say {outlet.identity}"]
    return []
