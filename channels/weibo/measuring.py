"""How many people passed a Weibo on, liked it and commented on it (contracts: Weibo 6). How many read it is not told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from channels.base import Figure, Measurable, Refused, Unavailable
from channels.calls import tally
from channels.weibo import evidence
from channels.weibo.api import Api
from channels.weibo.budgets import Budgets
from content.clock import in_china
from content.outlet import Outlet
from content.quotas import Quotas, Spent
from content.reads import Reads

IN_ONE_CALL = 100
# Of the day's calls so many stay for publishing and for looking: ten publications.
LEFT_FOR_PUBLISHING = 40
# Figures of a young post are asked for every day, of an older one once in so many.
YOUNG = timedelta(days=30)


@dataclass(frozen=True)
class Spare:
    """Pays for measuring, and for looking after what is live, out of what publishing can spare."""

    quotas: Quotas
    budgets: Budgets
    leaving: int

    @classmethod
    def of(cls, outlet: Outlet, quotas: Quotas) -> "Spare":
        """Raises Refused for an option ``calls_left_for_publishing`` that is no whole number from 0."""
        leaving = outlet.options.get("calls_left_for_publishing", LEFT_FOR_PUBLISHING)
        if isinstance(leaving, bool) or not isinstance(leaving, int) or leaving < 0:
            raise Refused(f"发布点 {outlet.id} 的 calls_left_for_publishing 应是不小于0的整数，请修改设置")
        return cls(quotas, Budgets.of(outlet), leaving)

    def pay(self, *, posts: bool) -> None:
        """For one call that reads. Raises Unavailable with when there is more."""
        try:
            self.quotas.use({self.budgets.calls: 1}, leaving=self.leaving)
        except Spent as spent:
            words = (
                f"该微博账号今日的调用次数只剩{spent.left}次，其中{self.leaving}次留给发布和核实，统计和巡查改日再做"
            )
            raise Unavailable(words, spent.again_at) from None


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
