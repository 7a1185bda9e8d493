"""How often an ordinary app may act for one user (contracts: Weibo 7)."""

from dataclasses import dataclass

from channels.options import whole
from channels.purse import Costs
from content.outlet import Outlet
from content.quotas import Budget, Span, Spent

POSTS_AN_HOUR = 30
CALLS_A_DAY = 100
# Of the calls of a day: one to publish, one to read it back, and two to look if the answer is lost (engine.md S5b).
RESERVED_CALLS = 4
# Of the day's calls so many stay for publishing and for looking: ten publications.
LEFT_FOR_PUBLISHING = 40


@dataclass(frozen=True)
class Budgets:
    """The account's limits: reads and posts together by the day, posts by the hour. The platform calls them dependent
    on the app's quality, so the outlet's options ``calls_a_day`` and ``posts_an_hour`` go before. *leaving* of the day's
    calls are neither measured nor watched with: the option ``calls_left_for_publishing``."""

    calls: Budget
    posts: Budget
    leaving: int

    @classmethod
    def of(cls, outlet: Outlet) -> "Budgets":
        """Raises Refused for an option that is no such number."""
        return cls(
            Budget("calls", whole(outlet, "calls_a_day", CALLS_A_DAY), Span.DAY),
            Budget("posts", whole(outlet, "posts_an_hour", POSTS_AN_HOUR), Span.HOUR),
            whole(outlet, "calls_left_for_publishing", LEFT_FOR_PUBLISHING, least=0),
        )

    def cost(self, *, posts: bool, calls: int = 1) -> Costs:
        return {self.calls: calls, self.posts: int(posts)}

    def too_few(self, spent: Spent) -> str:
        span = "今日" if spent.budget.span is Span.DAY else "本小时"
        what = "调用" if spent.budget == self.calls else "发博"
        return f"该微博账号{span}的{what}次数只剩{spent.left}次，不够一次发布和核实，等待平台恢复额度"

    def none_to_spare(self, spent: Spent) -> str:
        return f"该微博账号今日的调用次数只剩{spent.left}次，其中{self.leaving}次留给发布和核实，统计和巡查改日再做"
