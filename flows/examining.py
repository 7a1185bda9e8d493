"""What ``tongbu doctor`` looks at in this workspace: the probes of its outlets, its database, its clock."""

from datetime import datetime

from sqlalchemy import select

from channels import channel_class
from content.clock import unstamp
from content.database import integrity_problem
from content.outlet import Outlet
from content.schema import event
from flows.doctor import Check, Probe, examine
from flows.settings import SANDBOX
from flows.wiring import Wired, sandbox_url


def examine_all(wired: Wired) -> list[Check]:
    """Every check of the workspace; none raises."""
    return examine(
        wired.workspace,
        lambda: [_probe(wired, outlet) for outlet in wired.workspace.settings.active_outlets],
        integrity=lambda: integrity_problem(wired.database),
        last_event=lambda: _last_event(wired),
        now=wired.workspace.clock,
    )


def _probe(wired: Wired, outlet: Outlet) -> Probe:
    api = str(outlet.options.get("api", ""))
    if api == SANDBOX:
        return Probe(outlet.id, url=sandbox_url(wired.workspace) or "http://127.0.0.1:1")
    if channel_class(outlet.channel).direct and api:
        return Probe(outlet.id, url=api)
    return Probe(outlet.id, folder=wired.bench(outlet).folder)


def _last_event(wired: Wired) -> datetime | None:
    with wired.database.read() as connection:
        found = connection.execute(select(event.c.at).order_by(event.c.seq.desc()).limit(1)).scalar_one_or_none()
    return unstamp(found) if found else None
