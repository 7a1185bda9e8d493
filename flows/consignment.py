"""A delivery as a channel is given it, from what the ledger holds now."""

from dataclasses import replace
from typing import ClassVar

from sqlalchemy import Connection

from content import broadcasts, items, packages
from content.delivery import Delivery, Receipt
from content.packages import NoPackage, Package, PackageAltered
from content.records import Record, of_item_at
from content.vocabulary import BEGUN, State
from flows.wiring import PLATFORMS, Wired


class Tampered(Exception):
    """What is stored is not what was signed: nothing goes out."""

    incident: ClassVar[str] = "tampered"


def package_of(connection: Connection, record: Record) -> Package:
    """The package that a delivery is of, as it was frozen. Raises Tampered."""
    try:
        return packages.by_digest(connection, record.package)
    except (PackageAltered, NoPackage, ValueError) as problem:
        raise Tampered(str(problem)) from problem


def consigned(wired: Wired, record: Record, package: Package, sequence: int) -> Delivery:
    """The record of a package's delivery, with what the channel has to know beside the rendition.

    A partner that gets its copy before the hour is told that hour, for its embargo line; a platform's account is told it
    while preparing, for what the account may do on that day.

    The item's effect is read here, after the claim: no mark of the item is under way at the outlet then, so what is
    shown there last is what the ledger says. Raises Tampered when the item is gone.
    """
    with wired.database.read() as connection:
        return consigned_in(connection, wired, record, package, sequence)


def consigned_in(connection: Connection, wired: Wired, record: Record, package: Package, sequence: int) -> Delivery:
    """The same by what the caller's transaction sees."""
    item = items.get(connection, wired.workspace.settings.site, record.item_id)
    before = of_item_at(connection, record.item_id, record.outlet)
    hour = broadcasts.hour_of(connection, record.package) if _told_the_hour(wired, record) else None
    if item is None:
        raise Tampered(f"item {record.item_id} has lost its address")
    at = record.at or wired.workspace.clock()
    earlier = [kept for entry in before if int(entry.id) < int(record.id) and (kept := _still_of_use(entry))]
    return Delivery(
        id=record.id,
        item=replace(item, effect=package.mark.effect) if package.mark else item,
        outlet=record.outlet,
        action=record.action,
        round=package.round,
        sequence=sequence,
        state=record.state,
        at=max(at, hour) if hour else at,
        token=record.token,
        since=record.since,
        reason=package.reason,
        earlier=tuple(earlier),
        push=line.push if (line := package.line(record.outlet)) else None,
    )


def _told_the_hour(wired: Wired, record: Record) -> bool:
    planned_at_a_platform = record.state is State.PLANNED and record.target.channel in PLATFORMS
    return planned_at_a_platform or bool(wired.outlet(record.outlet).lead)


def _still_of_use(record: Record) -> Receipt | None:
    """The receipt that a correction or withdrawal acts on: what the outlet turned down without naming it never was there."""
    receipt = record.receipt
    return receipt if receipt is not None and (receipt.remote_id or record.state in BEGUN) else None
