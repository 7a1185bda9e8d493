"""``tongbu inspect``: every website of a workspace looked at as inspectors would, and the ledger's note of it."""

import multiprocessing
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from functools import partial
from pathlib import Path

from channels.website.inspection.files import FileCheck, Portion, Run
from channels.website.inspection.site import Order, file_check, inspect_site
from content import events
from content.inspection.result import Inspection, SiteResult
from content.inspection.signed import SignedReader
from content.outlet import Outlet
from content.vocabulary import WorkspaceKind
from flows.wiring import NoSuchOutlet, Wired
from flows.workspace import Workspace

SMALL = 1000
"""Items of a site that one process looks at sooner than others are started."""
AHEAD = 4


class NothingToFetch(ValueError):
    """Pages are to be fetched, and nobody said from where."""


def inspect(
    wired: Wired, outlet_id: str = "", live: str | None = None, outside: bool = False, processes: int = 0
) -> Inspection:
    """Inspects one website, or all. *live* fetches the pages: from that address, or where it is empty from each
    outlet's ``read_back``. A large site's files are looked at by several *processes* (0: one per core).

    Raises NoSuchOutlet, NothingToFetch, and Refused or Unavailable as the sites say.
    """
    started_at = wired.workspace.clock()
    sites = tuple(_inspect(wired, outlet, live, outside, processes) for outlet in _websites(wired, outlet_id))
    rehearsal = wired.workspace.settings.kind is WorkspaceKind.REHEARSAL
    return Inspection(started_at, wired.workspace.clock(), rehearsal, outside, sites)


def _inspect(wired: Wired, outlet: Outlet, live: str | None, outside: bool, processes: int) -> SiteResult:
    settings = wired.workspace.settings
    order = Order(settings.allowed_hosts, wired.workspace.clock(), _address(outlet, live), outside)
    result = inspect_site(
        outlet,
        wired.bench(outlet),
        SignedReader(wired.database, outlet.id),
        order,
        _run(wired, outlet, order, processes),
    )
    _note(wired, result)
    return result


def _run(wired: Wired, outlet: Outlet, order: Order, processes: int) -> Run | None:
    """Several processes where there is enough to do for them."""
    wanted = processes or os.cpu_count() or 1
    if wanted == 1 or (not processes and len(wired.bench(outlet).shelf.after("", SMALL)) < SMALL):
        return None
    return partial(_side_by_side, wired.workspace.home, outlet.id, order, wanted)


def _side_by_side(
    home: Path, outlet_id: str, order: Order, processes: int, generation: int, portions: Iterator[list[str]]
) -> Iterator[Portion]:
    """A few portions wait for each process, however many there are."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context, _open, (home, outlet_id, order, generation)) as pool:
        waiting: deque[Future[Portion]] = deque()
        for portion in portions:
            waiting.append(pool.submit(_look, portion))
            if len(waiting) >= AHEAD * processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


class _Here:
    """What a process of the pool works with, opened once."""

    check: FileCheck


def _open(home: Path, outlet_id: str, order: Order, generation: int) -> None:
    wired = Wired(Workspace.open(home))
    outlet = wired.outlet(outlet_id)
    reader = SignedReader(wired.database, outlet_id)
    _Here.check = file_check(outlet, wired.bench(outlet), reader, order, generation)


def _look(paths: list[str]) -> Portion:
    return _Here.check.look(paths)


def _websites(wired: Wired, outlet_id: str) -> list[Outlet]:
    if not outlet_id:
        return [outlet for outlet in wired.workspace.settings.active_outlets if outlet.channel == "website"]
    outlet = wired.outlet(outlet_id)
    if outlet.channel != "website":
        raise NoSuchOutlet(f"{outlet_id} is no website: tongbu inspect looks at websites")
    return [outlet]


def _address(outlet: Outlet, live: str | None) -> str:
    if live is None:
        return ""
    address = live or str(outlet.options.get("read_back", ""))
    if not address.startswith(("http://", "https://")):
        raise NothingToFetch(
            f"{outlet.id} has no address to fetch pages from: give --from http://…, or its option read_back"
        )
    return address


def _note(wired: Wired, result: SiteResult) -> None:
    """That the site was looked at, how much of it, and what was found, in the ledger."""
    said = {
        "way": result.way,
        "looked_at": result.looked.as_json(),
        "weights": result.findings.by_weight(),
        "counts": dict(sorted(result.findings.counts.items())),
    }
    with wired.database.write() as connection:
        events.append(connection, wired.database, "site.inspected", f"outlet/{result.outlet}", said)
