"""``tongbu inspect``: every website of a workspace looked at as inspectors would, and the ledger's note of it."""

from channels.website.inspection.site import Order, inspect_site
from content import events
from content.inspection.result import Inspection, SiteResult
from content.inspection.signed import SignedReader
from content.outlet import Outlet
from content.vocabulary import WorkspaceKind
from flows.wiring import NoSuchOutlet, Wired


class NothingToFetch(ValueError):
    """Pages are to be fetched, and nobody said from where."""


def inspect(wired: Wired, outlet_id: str = "", live: str | None = None, outside: bool = False) -> Inspection:
    """Inspects one website, or all. *live* fetches the pages: from that address, or where it is empty from each
    outlet's ``read_back``.

    Raises NoSuchOutlet, NothingToFetch, and Refused or Unavailable as the sites say.
    """
    started_at = wired.workspace.clock()
    sites = tuple(_inspect(wired, outlet, live, outside) for outlet in _websites(wired, outlet_id))
    rehearsal = wired.workspace.settings.kind is WorkspaceKind.REHEARSAL
    return Inspection(started_at, wired.workspace.clock(), rehearsal, outside, sites)


def _inspect(wired: Wired, outlet: Outlet, live: str | None, outside: bool) -> SiteResult:
    settings = wired.workspace.settings
    order = Order(settings.allowed_hosts, wired.workspace.clock(), _address(outlet, live), outside)
    result = inspect_site(outlet, wired.bench(outlet), SignedReader(wired.database, outlet.id), order)
    _note(wired, result)
    return result


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
