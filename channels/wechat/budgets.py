"""How often an account may call each interface, and paying for each call before it is made (contracts: WeChat 3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from channels.base import Refused, Unavailable
from content.outlet import Outlet
from content.quotas import Budget, Quotas, Span, Spent
from content.vocabulary import Action

# Calls a day of a new account; they grow with the number of followers, so the outlet's option ``calls_a_day`` goes before.
A_DAY: Mapping[str, int] = {
    "draft/add": 1_000,
    "draft/get": 500,
    "draft/delete": 1_000,
    "draft/batchget": 1_000,
    "freepublish/submit": 100,
    "freepublish/get": 100,
    "freepublish/delete": 10,
    "freepublish/batchget": 100,
    "freepublish/getarticle": 100,
}
# What a publication needs, the looking after a lost answer included (engine.md S5b).
_TO_PUBLISH: Mapping[str, int] = {
    "freepublish/submit": 1,
    "freepublish/get": 2,
    "freepublish/batchget": 2,
    "draft/get": 2,
}
_TO_WITHDRAW: Mapping[str, int] = {"freepublish/delete": 1, "freepublish/getarticle": 2}
_NEEDED = {Action.PUBLISH: _TO_PUBLISH, Action.CORRECT: {**_TO_PUBLISH, **_TO_WITHDRAW}, Action.WITHDRAW: _TO_WITHDRAW}
SHOWN = ("freepublish/submit", "freepublish/get", "freepublish/batchget", "freepublish/delete")
"""The narrow ones, which an office wants to see."""
_RESERVED_FOR = timedelta(days=2)


def budgets_of(outlet: Outlet) -> Mapping[str, Budget]:
    """By the interface's path. Raises Refused for an option that is no table of whole numbers from 1."""
    own = outlet.options.get("calls_a_day", {})
    if not isinstance(own, Mapping) or not all(_limit(limit) for limit in own.values()):
        raise Refused(f"发布点 {outlet.id} 的 calls_a_day 应是“接口 = 每日次数”的表，次数为不小于1的整数，请修改设置")
    unknown = sorted(set(own) - set(A_DAY))
    if unknown:
        raise Refused(f"发布点 {outlet.id} 的 calls_a_day 中没有接口 {unknown[0]}，可用：{'、'.join(A_DAY)}")
    return {path: Budget(path, int(own.get(path, most)), Span.DAY) for path, most in A_DAY.items()}


@dataclass(frozen=True)
class Purse:
    """Pays for the calls of one delivery, first out of what is reserved for it."""

    quotas: Quotas
    budgets: Mapping[str, Budget]
    holder: str

    def pay(self, path: str) -> None:
        """For one call of an interface; those without a limit of their own are free. Raises Unavailable."""
        if path in self.budgets:
            try:
                self.quotas.use({self.budgets[path]: 1}, self.holder)
            except Spent as spent:
                raise _unavailable(spent) from None

    def reserve(self, action: Action, now: datetime) -> None:
        """Before anything is sent. Raises Unavailable with when there is more."""
        needed = _NEEDED[action]
        try:
            self.quotas.hold({self.budgets[path]: n for path, n in needed.items()}, self.holder, now + _RESERVED_FOR)
        except Spent as spent:
            raise _unavailable(spent) from None

    def settle(self) -> None:
        self.quotas.settle(self.holder)


def _unavailable(spent: Spent) -> Unavailable:
    words = f"该公众号今日对 {spent.budget.name} 的调用次数只剩{spent.left}次，不够一次发布和核实，等待平台恢复额度"
    return Unavailable(words, spent.again_at)


def _limit(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1
