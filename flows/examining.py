"""What ``tongbu doctor`` looks at in this workspace: the probes of its outlets, its database, its clock."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from channels import channel_class
from channels.base import Answers, ChannelError
from channels.partner import Partner
from content.clock import unstamp
from content.database import integrity_problem
from content.outlet import Outlet
from content.schema import event
from flows import issues
from flows.doctor import Check, Probe, examine
from flows.settings import SANDBOX, SettingsError
from flows.wiring import PARTNERS, Wired, sandbox_url

if TYPE_CHECKING:
    from flows.public.callbacks import Receiver


def examine_all(wired: Wired) -> list[Check]:
    """Every check of the workspace; none raises."""
    checks = examine(
        wired.workspace,
        lambda: [_probe(wired, outlet) for outlet in wired.workspace.settings.active_outlets if not _elsewhere(outlet)],
        integrity=lambda: integrity_problem(wired.database),
        last_event=lambda: _last_event(wired),
        now=wired.workspace.clock,
    )
    others = (partner_checks, callback_checks, answer_checks, gazette_checks)
    return [*checks, *(check for look in others for check in look(wired))]


def gazette_checks(wired: Wired) -> list[Check]:
    """Of every website that lacks pages of the gazette's issues."""
    try:
        lacking = issues.lacking(wired)
    except (ChannelError, SettingsError, OSError) as problem:
        return [Check("gazette", ok=False, detail=str(problem), mend="see docs/settings.md, [gazette]")]
    return [
        Check(
            f"gazette {site}", ok=False, detail=f"no page for {issues.few(ids)}", mend=f"tongbu rebuild {site} --search"
        )
        for site, ids in lacking.items()
    ]


def answer_checks(wired: Wired) -> list[Check]:
    """Of every outlet that can try its other end without publishing: that it answers, and takes our key."""
    found = []
    for outlet in wired.workspace.settings.active_outlets:
        channel = wired.channel_if_built(outlet.id)
        if isinstance(channel, Answers) and (check := _answer_check(outlet.id, channel)):
            found.append(check)
    return found


def _answer_check(outlet: str, channel: Answers) -> Check | None:
    """None where there is no other end."""
    try:
        said = channel.answers()
    except ChannelError as problem:
        mend = "check the address, the network and the key with the receiver: docs/app.md"
        return Check(f"webhook {outlet}", ok=False, detail=str(problem), mend=mend)
    return Check(f"webhook {outlet}", ok=True, detail=said) if said else None


def _elsewhere(outlet: Outlet) -> bool:
    """Whether its copy goes to a place that the settings name, or by mail."""
    return outlet.channel in PARTNERS and bool(outlet.options.get("folder") or outlet.options.get("mail_to"))


def partner_checks(wired: Wired) -> list[Check]:
    """Of every partner elsewhere: that its place takes a file, or its mail server lets us in. Nothing is handed over."""
    return [_partner_check(wired, outlet) for outlet in wired.workspace.settings.active_outlets if _elsewhere(outlet)]


def _partner_check(wired: Wired, outlet: Outlet) -> Check:
    name = f"outlet {outlet.id}"
    try:
        channel = wired.channel(outlet.id)
        if isinstance(channel, Partner):
            channel.handing().ready()
    except (ChannelError, SettingsError, OSError) as problem:
        return Check(name, ok=False, detail=str(problem), mend="see docs/settings.md, How a partner gets its copy")
    return Check(name, ok=True, detail=str(outlet.options.get("folder") or outlet.identity))


def callback_checks(wired: Wired) -> list[Check]:
    """Of every WeChat outlet that calls back: its keys, and when something came last. Nothing came is no failure: the
    platform is asked instead."""
    from flows.public.callbacks import receivers_of

    try:
        receivers = receivers_of(wired.workspace.home, wired.workspace.settings)
    except SettingsError as problem:
        return [
            Check("callbacks", ok=False, detail=str(problem), mend="correct it in secrets/, start tongbu public anew")
        ]
    return [_callback_check(name, receiver) for name, receiver in receivers.items()]


def _callback_check(outlet: str, receiver: "Receiver") -> Check:
    last = receiver.inbox.last()
    came = f"the last event came at {last:%Y-%m-%d %H:%M} UTC" if last else "no event has come yet"
    mode = "encrypted" if receiver.callback.keys.aes_key else "in the clear"
    return Check(f"callbacks {outlet}", ok=True, detail=f"{mode}; {came}")


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
