"""How often an ordinary app may act for one user, and paying for each call before it is made (contracts: Weibo 7)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from channels.base import Refused, Unavailable
from content.outlet import Outlet
from content.quotas import Budget, Quotas, Span, Spent

POSTS_AN_HOUR = 30
CALLS_A_DAY = 100
# Of the calls of a day: one to publish, one to read it back, and two to look if the answer is lost (engine.md S5b).
RESERVED_CALLS = 4
# Longer than anything is looked for by itself; then a person has the delivery.
_RESERVED_FOR = timedelta(days=2)


@dataclass(frozen=True)
class Budgets:
    """The account's limits: reads and posts together by the day, posts by the hour. The platform calls them dependent
    on the app's quality, so the outlet's options ``calls_a_day`` and ``posts_an_hour`` go before."""

    calls: Budget
    posts: Budget

    @classmethod
    def of(cls, outlet: Outlet) -> "Budgets":
        """Raises Refused for an option that is no whole number from 1."""
        return cls(
            Budget("calls", _limit(outlet, "calls_a_day", CALLS_A_DAY), Span.DAY),
            Budget("posts", _limit(outlet, "posts_an_hour", POSTS_AN_HOUR), Span.HOUR),
        )


@dataclass(frozen=True)
class Purse:
    """Pays for the calls of one delivery, first out of what is reserved for it."""

    quotas: Quotas
    budgets: Budgets
    holder: str

    def pay(self, *, posts: bool) -> None:
        """For one call. Raises Unavailable with when there is more."""
        self._do(self.quotas.use, {self.budgets.calls: 1, self.budgets.posts: int(posts)})

    def reserve(self, now: datetime, *, posts: bool) -> None:
        """Before anything is sent: what it takes to publish and to find out what became of it. Raises Unavailable."""
        until = now + _RESERVED_FOR
        costs = {self.budgets.calls: RESERVED_CALLS, self.budgets.posts: int(posts)}
        self._do(lambda all_of_it, holder: self.quotas.hold(all_of_it, holder, until), costs)

    def settle(self) -> None:
        self.quotas.settle(self.holder)

    def _do(self, act: Callable[[Mapping[Budget, int], str], None], costs: Mapping[Budget, int]) -> None:
        try:
            act({budget: calls for budget, calls in costs.items() if calls}, self.holder)
        except Spent as spent:
            raise Unavailable(_words(spent), spent.again_at) from None


def _words(spent: Spent) -> str:
    span = "今日" if spent.budget.span is Span.DAY else "本小时"
    what = "调用" if spent.budget.name == "calls" else "发博"
    return f"该微博账号{span}的{what}次数只剩{spent.left}次，不够一次发布和核实，等待平台恢复额度"


def _limit(outlet: Outlet, name: str, usual: int) -> int:
    value = outlet.options.get(name, usual)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise Refused(f"发布点 {outlet.id} 的 {name} 应是不小于1的整数，请修改设置")
    return value
