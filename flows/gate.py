"""The gate of the run: what keeps a package, or a whole broadcast, from going out."""

from collections.abc import Sequence
from datetime import datetime

from content import ledger, packages
from content.broadcasts import Broadcast, Order
from content.events import append
from content.packages import Package
from content.push import pushes_of
from content.records import Record, of_item, of_turn
from content.vocabulary import BEGUN, Action, State
from flows import proving
from flows.wiring import Wired

WEBSITE = "website"


def closed_packages(wired: Wired, ordered: Broadcast) -> tuple[Package, ...]:
    """The packages of an order as they were frozen. Raises PackageAltered or NoPackage."""
    with wired.database.read() as connection:
        return tuple(packages.by_digest(connection, digest) for digest in ordered.order.packages)


def problems(wired: Wired, ordered: Broadcast, closed: Sequence[Package]) -> list[str]:
    """Why this broadcast may not go out now; what is not as it was signed is kept as an incident too."""
    said = []
    for package in closed:
        outlets = {line.outlet for line in package.lines if wanted(ordered.order, line.outlet)}
        altered = proving.problems_of(wired, package, outlets)
        note_tampering(
            wired, f"broadcast/{ordered.id}", [problem for problem in altered if " is not signed: " not in problem]
        )
        said += altered + _narrowing_problems(ordered, package) + _window_problems(wired, ordered, package)
        said += _link_problems(wired, ordered, package) + _mark_problems(wired, package)
        said += _push_problems(wired, ordered, package, closed)
    return said


def note_tampering(wired: Wired, subject: str, said: Sequence[str]) -> None:
    """Keeps an incident of what did not go out because something is not as it was signed."""
    if not said:
        return
    with wired.database.write() as connection:
        append(connection, wired.database, "incident.tampered", subject, {"problems": list(said)})


def wanted(order: Order, outlet: str) -> bool:
    return (not order.outlets or outlet in order.outlets) and outlet not in order.without


def cancelled_problems(records: Sequence[Record]) -> list[str]:
    """An item that was withdrawn before it went out does not go out after all."""
    by_item: dict[str, list[Record]] = {}
    for record in records:
        by_item.setdefault(record.item_id, []).append(record)
    return [
        f"item {item} was withdrawn before it went out: hand in a new revision, tongbu submit --item {item} …"
        for item, mine in by_item.items()
        if all(record.state is State.CANCELLED for record in mine)
    ]


def urgent(closed: Sequence[Package]) -> bool:
    """Whether this is a withdrawal: it waits for no outlet (design.md: Withdraw goes out at once)."""
    return bool(closed) and all(package.action is Action.WITHDRAW for package in closed)


def _mark_problems(wired: Wired, package: Package) -> list[str]:
    """A mark that a later one took the place of does not go out after it."""
    with wired.database.read() as connection:
        late = package.mark and ledger.marked_anew(connection, package.item_id, package.mark.number)
    return [f"item {package.item_id} was marked anew since: tongbu mark {package.item_id} …"] if late else []


def _narrowing_problems(ordered: Broadcast, package: Package) -> list[str]:
    """A broadcast may narrow what was signed, never widen it (design.md: The manifest of a package)."""
    named = {line.outlet for line in package.lines}
    return [
        f"{outlet} is not in the signed package of item {package.item_id}"
        for outlet in ordered.order.outlets
        if outlet not in named
    ]


def _push_problems(wired: Wired, ordered: Broadcast, package: Package, closed: Sequence[Package]) -> list[str]:
    """A push goes out whole and as it was signed, unless it is out already."""
    lines = [line for line in package.lines if line.push and wanted(ordered.order, line.outlet)]
    if not lines:
        return []
    with wired.database.read() as connection:
        records = of_turn(connection, package.item_id, package.revision, package.action, package.turn)
    begun = {record.outlet for record in records if record.state in BEGUN}
    here = {(line.outlet, line.push) for other in closed for line in other.lines}
    return [
        f"item {package.item_id} goes to {line.outlet} in one push with item {push.own.item}, which is not in this broadcast "
        f"as it was packaged: broadcast {' '.join(push.items)} together, or --without {line.outlet}, or package anew"
        for line in lines
        if line.outlet not in begun
        for push in (pushes_of(line.push.members) if line.push else ())
        if (line.outlet, push) not in here
    ]


def _window_problems(wired: Wired, ordered: Broadcast, package: Package) -> list[str]:
    moment = max(ordered.not_before, wired.workspace.clock())
    first, last = (_moment(package, edge) for edge in ("not_before", "not_after"))
    said = []
    if first and moment < first:
        said.append(f"item {package.item_id} may go out from {first.isoformat()}: not_before was signed")
    if last and moment > last:
        said.append(f"item {package.item_id} may go out until {last.isoformat()}: not_after was signed")
    return said


def _moment(package: Package, edge: str) -> datetime | None:
    text = package.manifest.get(edge)
    return datetime.fromisoformat(text) if text else None


def _link_problems(wired: Wired, ordered: Broadcast, package: Package) -> list[str]:
    """Everything links to the item's page: without it on the site, no other outlet may go out."""
    domain = wired.workspace.settings.site.domain
    portal = [line.outlet for line in package.lines if line.identity == domain and line.channel == WEBSITE]
    if package.action is not Action.PUBLISH or not portal or any(wanted(ordered.order, name) for name in portal):
        return []
    with wired.database.read() as connection:
        mine = of_item(connection, package.item_id)
    if any(record.outlet in portal and record.state is State.LIVE for record in mine):
        return []
    return [f"item {package.item_id} is not on {portal[0]} yet, and every other outlet links to it there"]
