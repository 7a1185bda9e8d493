"""How many people passed a Weibo on, liked it and commented on it (contracts: Weibo 6). How many read it is not told."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from channels.base import Figure, Measurable
from channels.calls import tally
from channels.weibo import evidence
from channels.weibo.api import Api
from content.clock import in_china
from content.reads import Reads

IN_ONE_CALL = 100
# Figures of a young post are asked for every day, of an older one once in so many.
YOUNG = timedelta(days=30)


def measured(api: Api, live: Sequence[Measurable], now: datetime) -> Iterator[Figure]:
    """The figures of the posts that are due, the newest first: where the calls do not last, the oldest wait."""
    today = in_china(now).date()
    due = sorted((one for one in live if _due(one, now, today)), key=lambda one: one.live_at, reverse=True)
    for start in range(0, len(due), IN_ONE_CALL):
        some = {one.receipt.remote_id: one for one in due[start : start + IN_ONE_CALL]}
        for entry in api.counts(list(some)):
            known = some.get(evidence.mid(entry))
            if known is not None and (counted := _reads(entry)) != Reads():
                yield Figure(known.delivery, today, counted)


def _due(one: Measurable, now: datetime, today: date) -> bool:
    if not one.receipt.remote_id:
        return False
    return now - one.live_at <= YOUNG or one.kept is None or today - one.kept >= YOUNG


def _reads(entry: object) -> Reads:
    """Ordinary apps are told ``attitudes``, some ``likes``."""
    attitudes = tally(entry, "attitudes")
    likes = tally(entry, "likes") if attitudes is None else attitudes
    return Reads(None, tally(entry, "reposts"), likes, tally(entry, "comments"))
