"""How often an account may call each interface and send to all, and paying for it beforehand (contracts: WeChat 3, 7.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from channels.base import Allowance, Refused, Unavailable
from content.outlet import Outlet
from content.quotas import Budget, Quotas, Span, Spent, next_period, period_of

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
    "message/mass/sendall": 100,
    "message/mass/delete": 10,
}
SUBSCRIPTION, SERVICE = "subscription", "service"
# Successful sends: a subscription account's of a day, a service account's to each follower of a month (contracts: 7.1).
SENDS = {SUBSCRIPTION: (1, Span.DAY), SERVICE: (4, Span.MONTH)}
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
class Sends:
    """How often an account may send to all: once a day or four times a month, or as the office's contract has it."""

    most: int
    span: Span

    @classmethod
    def of(cls, outlet: Outlet) -> "Sends":
        """By the options ``account`` and ``sends``. Raises Refused for a value that is none."""
        account, own = outlet.options.get("account", SUBSCRIPTION), outlet.options.get("sends")
        if not isinstance(account, str) or account not in SENDS:
            raise Refused(f"发布点 {outlet.id} 的 account 应是 subscription（订阅号）或 service（服务号），请修改设置")
        if own is not None and not _limit(own):
            raise Refused(f"发布点 {outlet.id} 的 sends 应是不小于1的整数，请修改设置")
        most, span = SENDS[account]
        return cls(own if isinstance(own, int) else most, span)

    def budget(self, moment: datetime) -> Budget:
        """That of the period which *moment* is in: what is promised to tomorrow takes nothing from today."""
        return Budget(f"sends {period_of(self.span, moment)}", self.most, self.span)

    def again_at(self, moment: datetime) -> datetime:
        """When the period after that of *moment* begins."""
        return next_period(self.span, moment)

    def allowance(self, quotas: Quotas, now: datetime) -> Allowance:
        return Allowance("sends", quotas.left(self.budget(now)), self.most, self.again_at(now))


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

    def reserve(self, needed: Mapping[str, int], now: datetime) -> None:
        """Calls by path, before anything is sent. Raises Unavailable with when there are more."""
        try:
            self.quotas.hold({self.budgets[path]: n for path, n in needed.items()}, self.holder, now + _RESERVED_FOR)
        except Spent as spent:
            raise _unavailable(spent) from None

    def reserve_send(self, sends: Sends, at: datetime) -> None:
        """One send to all at the planned moment *at*; kept until that day is over. Raises Unavailable."""
        try:
            self.quotas.hold({sends.budget(at): 1}, self.holder, next_period(Span.DAY, at))
        except Spent:
            raise _no_send(sends, at) from None

    def pay_send(self, sends: Sends, at: datetime) -> None:
        """For the send that comes now. Raises Unavailable."""
        try:
            self.quotas.use({sends.budget(at): 1}, self.holder)
        except Spent:
            raise _no_send(sends, at) from None

    def send_not_made(self, sends: Sends, at: datetime) -> None:
        """The send that was paid for at *at* was provably not made."""
        self.quotas.give_back({sends.budget(at): 1})

    def settle(self) -> None:
        self.quotas.settle(self.holder)


def needed_of(*needs: Mapping[str, int]) -> dict[str, int]:
    """Several needs together."""
    paths = dict.fromkeys(path for need in needs for path in need)
    return {path: sum(need.get(path, 0) for need in needs) for path in paths}


def _unavailable(spent: Spent) -> Unavailable:
    words = f"该公众号今日对 {spent.budget.name} 的调用次数只剩{spent.left}次，不够一次发布和核实，等待平台恢复额度"
    return Unavailable(words, spent.again_at)


def _no_send(sends: Sends, at: datetime) -> Unavailable:
    period = "当天" if sends.span is Span.DAY else "当月"
    return Unavailable(
        f"该公众号{period}的{sends.most}次群发已用完或已留给其他稿件，等到下一期再发", sends.again_at(at)
    )


def _limit(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1
