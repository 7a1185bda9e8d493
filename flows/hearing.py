"""Accepted deliveries whose platform has told us the end meanwhile: they are followed now, not when it was their turn."""

from datetime import datetime

from channels.base import Hears
from content import ledger
from content.records import Record
from content.vocabulary import State
from flows.wiring import PLATFORMS, Wired


def woken(wired: Wired, record: Record, now: datetime) -> Record:
    """The record, due now when its outlet has heard how it ended. One that has a problem waits for its turn."""
    waits = record.state is State.ACCEPTED and record.look_after is not None and record.look_after > now
    if not waits or record.problem or record.receipt is None or record.target.channel not in PLATFORMS:
        return record
    channel = wired.channel_if_built(record.outlet)
    try:
        if isinstance(channel, Hears) and channel.heard(record.receipt):
            return ledger.look_again(wired.database, record, "", now)
    except (OSError, ledger.Fenced):
        return record
    return record
