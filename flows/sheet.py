"""An item's receipt sheet (回执单): gathered from the ledger, typeset, written where the office wants it."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, or_, select

from content import broadcasts, events, items, packages, people, signing
from content.assets import write_whole
from content.broadcasts import Broadcast, Progress
from content.clock import in_china, unstamp
from content.gazette.contents import Placed
from content.gazette.issues import Issues
from content.packages import Package
from content.records import Record, of_item
from content.schema import broadcast
from content.vocabulary import Action, Row
from flows.editing import NotPossible
from flows.wiring import Wired

if TYPE_CHECKING:
    from channels.sheet import Counted, Sheet, SheetPackage


def write_sheet(wired: Wired, item_id: str, path: Path) -> Path:
    """Writes the item's sheet as PDF, in place of what stands there. Raises NoSuchItem, NotPossible when the item has no
    deliveries, RevisionAltered or PackageAltered when the ledger is not what was signed, and TypesettingFailed."""
    from channels.sheet import typeset_sheet

    if path.is_dir():
        raise NotPossible(f"{path} is a folder: name the file, such as {path / f'{item_id}.pdf'}")
    write_whole(path, typeset_sheet(gather(wired, item_id)))
    return path


def gather(wired: Wired, item_id: str) -> "Sheet":
    """Everything that the sheet shows, as the ledger has it now; raises like ``write_sheet``."""
    from channels.sheet import Sheet

    settings = wired.workspace.settings
    with wired.database.read() as connection:
        items.latest(connection, item_id)
        found, records = items.get(connection, settings.site, item_id), of_item(connection, item_id)
        if found is None or not records:
            raise NotPossible(f"item {item_id} has no deliveries yet: tongbu broadcast {item_id} makes them")
        closed = _packages(connection, records)
        revisions = [items.by_digest(connection, name) for name in dict.fromkeys(p.revision for p in closed)]
        shown = tuple(_signed(connection, package) for package in closed)
        runs = _broadcasts(connection, closed)
    return Sheet(
        office=settings.office,
        item=found,
        revisions=tuple(sorted(revisions, key=lambda entry: entry.sequence)),
        packages=shown,
        deliveries=tuple(records),
        broadcasts=runs,
        head=events.head(wired.database),
        printed_at=wired.workspace.clock(),
        outlets={outlet.id: outlet.name for outlet in settings.outlets},
        counted=counted(records, settings.withdrawal_subtracts),
        printed=_printed(wired, item_id, records),
    )


def _printed(wired: Wired, item_id: str, records: Sequence[Record]) -> dict[str, tuple[str, int | None]]:
    """Where the gazette has what joined it, by delivery: as an editor ordered it, and once its issue is closed with the
    page. A correction that came before its issue closed is printed in place of what it corrects."""
    store = Issues(wired.database.engine, wired.workspace.clock)
    entries = {(e.issue, e.action, e.round): e.section for e in store.of_item(item_id)}
    found: dict[str, tuple[str, int | None]] = {}
    for record in records:
        issue = record.receipt.evidence.get("issue", "") if record.receipt else ""
        if (issue, record.action, record.round) in entries:
            found[record.id] = (entries[issue, record.action, record.round], None)
        contents = store.contents(issue) if issue else None
        for section in contents.sections if contents else ():
            found.update((record.id, (section.name, d.page)) for d in section.documents if _prints(d, record))
    return found


def _prints(document: Placed, record: Record) -> bool:
    """Whether a document of an issue is what this delivery took there."""
    actions = [record.action, Action.PUBLISH] if record.action is Action.CORRECT else [record.action]
    return (document.item, document.round) == (record.item_id, record.round) and document.action in actions


def counted(records: Sequence[Record], withdrawal_subtracts: bool = False) -> "tuple[Counted, ...]":
    """The rows of the statistics form that these deliveries of one item fall into, each from its first live moment: the
    same rule as ``content.counts`` (design.md, rule 7), which answers it for all items at once."""
    from channels.sheet import Counted

    firsts: dict[Row, datetime] = {}
    for record in records:
        if record.action is Action.PUBLISH and record.live_at and record.target.row:
            row = Row(record.target.row)
            firsts[row] = min(record.live_at, firsts.get(row, record.live_at))
    return tuple(
        Counted(row, firsts[row], withdrawal_subtracts and _withdrawn_by(records, in_china(firsts[row]).year))
        for row in Row
        if row in firsts
    )


def _withdrawn_by(records: Sequence[Record], year: int) -> bool:
    """Whether the item is withdrawn everywhere at the year's end, each withdrawal confirmed."""
    effective = [record for record in records if record.live_at and in_china(record.live_at).year <= year]
    lifted: dict[str, int] = {}
    for record in effective:
        if record.action is Action.WITHDRAW:
            lifted[record.outlet] = max(record.round, lifted.get(record.outlet, 0))
    published = [record for record in effective if record.action is Action.PUBLISH]
    return bool(lifted) and all(record.round <= lifted.get(record.outlet, 0) for record in published)


def _packages(connection: Connection, records: Sequence[Record]) -> list[Package]:
    """The packages of these deliveries, in the order in which they were frozen."""
    found = [packages.by_digest(connection, name) for name in dict.fromkeys(record.package for record in records)]
    return sorted(found, key=lambda package: package.serial)


def _signed(connection: Connection, package: Package) -> "SheetPackage":
    from channels.sheet import SheetPackage, SheetSignOff

    entries = signing.of_package(connection, package.digest)
    signers = {entry.person: people.get(connection, entry.person) for entry in entries}
    told = (SheetSignOff(e.level, e.person, signers[e.person].unit, unstamp(e.at)) for e in entries)
    return SheetPackage(package, tuple(told))


def _broadcasts(connection: Connection, closed: Sequence[Package]) -> tuple[Broadcast, ...]:
    """The runs that took these packages out; those that were refused or only rehearsed released nothing."""
    nothing = [Progress.REFUSED.value, Progress.REHEARSED.value]
    named = or_(*(broadcast.c.order.contains(package.digest) for package in closed))
    query = select(broadcast.c.id).where(named, broadcast.c.state.not_in(nothing)).order_by(broadcast.c.id)
    return tuple(broadcasts.get(connection, str(number)) for number in connection.execute(query).scalars())
