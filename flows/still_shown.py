"""What a withdrawal could not delete and readers still see: looked for again until somebody has deleted it by hand.

Seldom, and out of the calls that publishing can spare: after an hour, then ever more rarely, once a day in the end.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from channels.base import ChannelError, Watches
from content import ledger, records
from content.account_facts import Facts
from content.accounts import account_name
from content.clock import stamp, unstamp
from content.delivery import Receipt
from content.records import Record, of_item
from content.vocabulary import State
from flows.wiring import Wired

SOONEST, RAREST = timedelta(hours=1), timedelta(days=1)
WHEN_ASKED = timedelta(minutes=5)
"""Somebody who has deleted it and says so by ``tongbu resolve`` need not wait, yet cannot use up the day's calls."""
_KEPT = timedelta(days=60)
STILL_SHOWN, GONE = "still_shown", "gone"
log = logging.getLogger("tongbu.watching")


def look_again(wired: Wired, *, asked: bool = False) -> list[Record]:
    """Looks for what is due, or with *asked* for all of it; returns the withdrawals that have become complete."""
    with wired.database.read() as connection:
        waiting = records.still_shown(connection)
    known = {outlet.id for outlet in wired.workspace.settings.outlets}
    here = [record for record in waiting if record.outlet in known]
    return [done for record in here if (done := _looked_at(wired, record, asked=asked))]


def pause(since: datetime, now: datetime) -> timedelta:
    """How long after a look the next one is due, so long after the withdrawal."""
    return min(RAREST, max(SOONEST, (now - since) / 2))


def _looked_at(wired: Wired, record: Record, *, asked: bool) -> Record | None:
    channel = wired.channel_if_built(record.outlet)
    if not isinstance(channel, Watches) or not _turn(wired, record, asked=asked):
        return None
    try:
        changed = _changed(wired, channel, record)
    except ChannelError as problem:
        log.info("what delivery %s could not delete could not be looked for: %s", record.id, problem)
        return None
    except ledger.Fenced:
        return None
    return changed if changed is not None and not _ids(changed.receipt, STILL_SHOWN) else None


def _turn(wired: Wired, record: Record, *, asked: bool) -> bool:
    """Whether it is due and nobody else looks at this moment."""
    outlet, now = wired.outlet(record.outlet), wired.workspace.clock()
    facts = Facts(wired.database, account_name(outlet.channel, outlet.identity))
    looked, since = facts.get(f"sought/{record.id}"), record.live_at or now
    last = unstamp(looked) if looked else since
    if last + (timedelta() if asked else pause(since, now)) > now:
        return False
    if not facts.claim(f"seeking/{record.id}", "now", now + WHEN_ASKED):
        return False
    facts.keep(f"sought/{record.id}", stamp(now), now + _KEPT)
    return True


def _changed(wired: Wired, channel: Watches, record: Record) -> Record | None:
    """The withdrawal without what is gone; None when all of it is there still."""
    receipt = record.receipt
    if receipt is None:
        return None
    sought = _ids(receipt, STILL_SHOWN)
    gone = [one for one in sought if channel.vanished(_published(wired, record, one))]
    if not gone:
        return None
    left = [one for one in sought if one not in gone]
    return ledger.taken_down(wired.database, record, _without(receipt, gone, left), gone)


def _published(wired: Wired, record: Record, remote_id: str) -> Receipt:
    """The receipt of what was published under an id; its channel may need more of it than that."""
    with wired.database.read() as connection:
        all_of_item = of_item(connection, record.item_id)
    receipts = [one.receipt for one in all_of_item if one.outlet == record.outlet and one.receipt]
    same = (receipt for receipt in receipts if receipt.remote_id == remote_id)
    return next(same, Receipt(State.LIVE, remote_id))


def _without(receipt: Receipt, gone: Sequence[str], left: Sequence[str]) -> Receipt:
    kept = {name: value for name, value in receipt.evidence.items() if name != STILL_SHOWN}
    all_gone = {GONE: " ".join([*_ids(receipt, GONE), *gone])}
    return replace(receipt, evidence=kept | all_gone | ({STILL_SHOWN: " ".join(left)} if left else {}))


def _ids(receipt: Receipt | None, name: str) -> list[str]:
    return receipt.evidence.get(name, "").split() if receipt else []
