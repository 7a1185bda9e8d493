"""Receipts that partners put into their folders: looked for beside the clock, so that a server which does not answer holds up
no publication, and whenever somebody resolves."""

from collections.abc import Iterable
from contextlib import nullcontext, suppress
from datetime import datetime
from itertools import groupby

from channels.base import Visits
from content import ledger
from content.records import Record, in_states
from content.vocabulary import State
from flows import delivery
from flows.wiring import PARTNERS, Wired


def look(wired: Wired, *, asked: bool = False) -> list[Record]:
    """Follows what partners have accepted and nobody has looked at lately, or all of it where somebody has *asked*; returns
    what became live. Safe to run twice at once."""
    now = wired.workspace.clock()
    known = {outlet.id for outlet in wired.workspace.settings.outlets}
    with wired.database.read() as connection:
        waiting = in_states(connection, [State.ACCEPTED])
    theirs = [record for record in waiting if record.target.channel in PARTNERS and record.outlet in known]
    if asked:
        for record in theirs:
            _look_now(wired, record, now)
    became = []
    for outlet, records in groupby(sorted(theirs, key=_outlet), key=_outlet):
        became += _at(wired, outlet, records)
    return became


def _at(wired: Wired, outlet: str, records: Iterable[Record]) -> list[Record]:
    """What became live at one partner, whose place is opened once for all of it."""
    channel = wired.channel_if_built(outlet)
    with channel.visiting() if isinstance(channel, Visits) else nullcontext() as visiting:
        here = wired.using(outlet, visiting) if visiting else wired
        followed = [delivery.follow(here, record.id) for record in records]
    return [record for record in followed if record.state is State.LIVE]


def _look_now(wired: Wired, record: Record, now: datetime) -> None:
    if record.look_after is not None and record.look_after > now:
        with suppress(ledger.Fenced):
            ledger.look_again(wired.database, record, record.problem, now)


def _outlet(record: Record) -> str:
    return record.outlet
