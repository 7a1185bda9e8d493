"""The deliveries that go to an outlet in one act: those of a push (多图文), or one alone."""

from collections.abc import Sequence

from sqlalchemy import Connection

from channels.base import Refused, Unavailable
from content.packages import Package
from content.push import Member, Push
from content.records import Record, of_turn
from content.vocabulary import BEGUN, Action, State
from flows.consignment import package_of

UNSENT = (State.PLANNED, State.PREPARED)
_MAY_COME_BACK = (State.SENDING, State.UNKNOWN, State.HELD)


def fellows(connection: Connection, record: Record) -> list[tuple[Record, Package]]:
    """All that goes with an unsent delivery, each with its package, in the push's order; itself alone when it is in none.

    A push goes out whole, as it was signed, or not at all. Raises Refused when that cannot be any more, Unavailable
    while another one of it is under way or is looked into, and Tampered for an altered package.
    """
    package = package_of(connection, record)
    push = _push_in(package, record)
    if push is None:
        return [(record, package)]
    found = [_found(connection, record, push, member) for member in push.members]
    for one, _ in found:
        _require_unsent(record, one)
    return found


def acts(closed: Sequence[Package], records: Sequence[Record]) -> dict[str, list[str]]:
    """The ids of deliveries by the one that stands for all that go in one act with it."""
    found: dict[tuple[str, str], list[str]] = {}
    lines = {(package.digest, line.outlet): line for package in closed for line in package.lines}
    for record in records:
        line = lines.get((record.package, record.outlet))
        act = line.push.digest if line and line.push else record.id
        found.setdefault((record.outlet, act), []).append(record.id)
    return {ids[0]: ids for ids in found.values()}


def _push_in(package: Package, record: Record) -> Push | None:
    line = package.line(record.outlet)
    return line.push if line else None


def _found(connection: Connection, record: Record, push: Push, member: Member) -> tuple[Record, Package]:
    turn = of_turn(connection, member.item, member.revision, Action.PUBLISH, member.round)
    mine = [one for one in turn if one.outlet == record.outlet]
    if not mine:
        raise Refused(f"{_together(record, push.items)}, and item {member.item} is not in this broadcast")
    package = package_of(connection, mine[0])
    other = _push_in(package, mine[0])
    if mine[0].state in UNSENT and (other is None or other.digest != push.digest or other.own != member):
        raise Refused(f"{_together(record, push.items)}, and item {member.item} was packaged anew since; {_MEND}")
    return mine[0], package


def _require_unsent(record: Record, other: Record) -> None:
    if other.state in UNSENT:
        return
    if other.state in _MAY_COME_BACK:
        raise Unavailable(f"waits for item {other.item_id} of the same push at {record.outlet}, which is {other.state}")
    state = "went out without it" if other.state in BEGUN else f"is {other.state}"
    raise Refused(f"item {other.item_id} of the same push at {record.outlet} {state}; {_MEND}")


def _together(record: Record, items: Sequence[str]) -> str:
    others = ", ".join(item for item in items if item != record.item_id)
    return f"item {record.item_id} goes to {record.outlet} in one push with item {others}"


_MEND = "package what shall go out: tongbu package ITEM …, and sign again"
