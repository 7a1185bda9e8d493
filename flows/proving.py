"""What is proved before anything leaves: sign-offs, stored bytes, accounts. What was proved is what is sent."""

from collections.abc import Callable, Container
from dataclasses import dataclass
from functools import cache, partial

from sqlalchemy import Connection

from channels.base import Addressed, Channel, Part, Rendition, Unavailable
from content import items, packages, signing
from content.assets import AssetAltered, AssetMissing
from content.delivery import Delivery
from content.packages import Line, Package, PackageAltered
from content.records import Record
from content.vocabulary import Action
from flows.consignment import Tampered, consigned_in, package_of
from flows.settings import SettingsError
from flows.wiring import NoSuchOutlet, Wired


@dataclass(frozen=True)
class Proved:
    """What was verified a moment ago: these very bytes are sent. *sequence* is the revision's number within its item."""

    package: Package
    sequence: int
    rendition: Rendition
    channel: Channel


@dataclass(frozen=True)
class Load(Proved):
    """The same with the delivery as a channel is given it."""

    delivery: Delivery


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
        said += _outlet_problems(wired, line, look_at) if line.outlet in outlets else []
    return said


def _outlet_problems(wired: Wired, line: Line, look_at: Callable[[str], bytes]) -> list[str]:
    """What the settings changed of an outlet since the sign-off: its account, or whom it reaches."""
    said = _identity_problems(wired, line)
    channel = None if said else wired.channel_if_built(line.outlet)
    if not isinstance(channel, Addressed):
        return said
    try:
        changed = channel.not_as_signed(_rendition(look_at, line))
    except Tampered:
        return said
    return [changed] if changed else said


def _sign_off_problems(wired: Wired, connection: Connection, package: Package) -> list[str]:
    """Why the sign-offs do not carry this package now: missing, forged or unlogged ones, a withdrawal since."""
    said = signing.problems(connection, package, wired.workspace.settings.levels_for(package.action))
    if package.action is not Action.WITHDRAW and package.round != packages.round_of(connection, package.item_id):
        said.append(f"item {package.item_id} was withdrawn since: tongbu package {package.item_id}, and sign again")
    return said


def load(wired: Wired, record: Record, *, signed: bool = True) -> Load:
    """``load_in`` in a transaction of its own."""
    with wired.database.read() as connection:
        return load_in(connection, wired, record, package_of(connection, record), signed=signed)


def load_in(connection: Connection, wired: Wired, record: Record, package: Package, *, signed: bool = True) -> Load:
    """``prove``, and what the channel is told beside."""
    proved = prove(connection, wired, record, package, signed=signed)
    delivery = consigned_in(connection, wired, record, package, proved.sequence)
    return Load(package, proved.sequence, proved.rendition, proved.channel, delivery)


def prove(connection: Connection, wired: Wired, record: Record, package: Package, *, signed: bool = True) -> Proved:
    """Reads the bytes of a package's delivery and proves them and the sign-offs again. Raises Tampered, and Unavailable for
    an outlet whose channel cannot be built from the settings.

    Without *signed* the stored bytes alone are proved: what was sent must be found even when a person was disabled since.
    """
    try:
        stored = items.by_digest(connection, record.revision)
    except (items.RevisionAltered, items.NoSuchItem) as problem:
        raise Tampered(str(problem)) from problem
    line = package.line(record.outlet)
    if line is None:
        raise Tampered(f"the signed manifest does not name {record.outlet}")
    said = _sign_off_problems(wired, connection, package) + _identity_problems(wired, line) if signed else []
    if said:
        raise Tampered("; ".join(said))
    rendition = _rendition(wired.workspace.assets.get, line)
    return Proved(package, stored.sequence, rendition, _channel(wired, record.outlet))


def _channel(wired: Wired, outlet: str) -> Channel:
    try:
        return wired.channel(outlet)
    except (SettingsError, NoSuchOutlet, OSError) as problem:
        raise Unavailable(str(problem)) from problem


def _rendition(look_at: Callable[[str], bytes], line: Line) -> Rendition:
    try:
        bytes_of = packages.parts_of(look_at, line)
    except (AssetMissing, AssetAltered, PackageAltered) as problem:
        raise Tampered(str(problem)) from problem
    parts = {name: Part(line.parts[name][0], data) for name, data in bytes_of.items()}
    return Rendition(line.channel, line.outlet, parts, line.slots)


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
