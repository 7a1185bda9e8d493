"""Whether what is live on the platforms is still there: its owner or the platform may have deleted it since.

A delivery is looked at an hour, a day, a week and a month after it became live, while the account has calls to spare.
It stays live when it vanished, for it was public and counts (design.md rule 7); an incident tells people.
"""

import logging
from datetime import datetime, timedelta

from channels.base import ChannelError, Watches
from content import ledger
from content.account_facts import Facts
from content.accounts import account_name
from content.clock import stamp, unstamp
from content.outlet import Outlet
from content.records import Record, newest_live, of_item
from content.vocabulary import BEGUN, Action
from flows.wiring import PLATFORMS, Wired

AGES = (timedelta(hours=1), timedelta(days=1), timedelta(days=7), timedelta(days=30))
PAUSE = timedelta(hours=1)
# Of an outlet, at a time: what went out before these is not looked at any more.
NEWEST = 50
# A platform that says no so often says it to the rest as well.
MOST_FAILURES = 3
_KEPT = timedelta(days=60)
log = logging.getLogger("tongbu.watching")


def watch(wired: Wired) -> list[Record]:
    """Looks at what is due, at most once an hour for each account; returns what was found to have vanished."""
    outlets = [outlet for outlet in wired.workspace.settings.active_outlets if outlet.channel in PLATFORMS]
    return [record for outlet in outlets for record in _watch(wired, outlet)]


def due(live_at: datetime, looked_at: datetime | None, now: datetime) -> bool:
    """Whether an age has come at which it was not looked at yet."""
    return any(live_at + age <= now and (looked_at is None or looked_at < live_at + age) for age in AGES)


def _watch(wired: Wired, outlet: Outlet) -> list[Record]:
    facts, now = Facts(wired.database, account_name(outlet.channel, outlet.identity)), wired.workspace.clock()
    if not facts.claim(f"watched {outlet.id}", stamp(now), now + PAUSE):
        return []
    channel = wired.channel_if_built(outlet.id)
    if not isinstance(channel, Watches):
        return []
    found, failures = [], 0
    for record in _candidates(wired, outlet, facts, now):
        try:
            found += _looked_at(wired, channel, facts, record)
        except ChannelError as problem:
            log.info("delivery %s could not be looked at: %s", record.id, problem)
            failures += 1
        if failures == MOST_FAILURES:
            break
    return found


def _candidates(wired: Wired, outlet: Outlet, facts: Facts, now: datetime) -> list[Record]:
    with wired.database.read() as connection:
        live = newest_live(connection, outlet.id, NEWEST)
        standing = [
            record for record in live if not record.problem and _stands(record, of_item(connection, record.item_id))
        ]
    return [record for record in standing if record.live_at and due(record.live_at, _looked(facts, record), now)]


def _stands(record: Record, all_of_item: list[Record]) -> bool:
    """Whether readers are to have it: nothing of the item came after it at the outlet."""
    later = [one for one in all_of_item if one.outlet == record.outlet and int(one.id) > int(record.id)]
    return record.action in (Action.PUBLISH, Action.CORRECT) and not any(one.state in BEGUN for one in later)


def _looked_at(wired: Wired, channel: Watches, facts: Facts, record: Record) -> list[Record]:
    """The record with what is wrong; nothing when nothing is. Raises ChannelError when nothing can be learnt."""
    if record.receipt is None:
        return []
    why = channel.vanished(record.receipt)
    now = wired.workspace.clock()
    facts.keep(f"watched/{record.id}", stamp(now), now + _KEPT)
    try:
        return [ledger.vanished(wired.database, record, why)] if why else []
    except ledger.Fenced:
        return []


def _looked(facts: Facts, record: Record) -> datetime | None:
    kept = facts.get(f"watched/{record.id}")
    return unstamp(kept) if kept else None
