"""How often an account may call each interface and send to all, and paying for it beforehand (contracts: WeChat 3, 7.1)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from channels.base import Allowance, Refused, Unavailable
from channels.options import is_whole, one_of, whole
from channels.purse import Purse
from channels.wechat.audience import audience_of
from content.outlet import Outlet
from content.quotas import Budget, Quotas, Span, Spent, next_period, period_of

STATISTICS = ("datacube/getarticletotaldetail", "datacube/getarticletotal")
# The platform names no limit for these (contracts: WeChat 3, 8). This one is ours: eight runs of ``tongbu measure`` that
# each ask about as many days as one may.
MEASURED_A_DAY = 500
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
    **dict.fromkeys(STATISTICS, MEASURED_A_DAY),
}
SUBSCRIPTION, SERVICE = "subscription", "service"
# Successful sends: a subscription account's of a day, a service account's to each follower of a month (contracts: 7.1).
SENDS = {SUBSCRIPTION: (1, Span.DAY), SERVICE: (4, Span.MONTH)}
_ACCOUNTS = {SUBSCRIPTION: "订阅号", SERVICE: "服务号"}
_ACTS = ("freepublish/submit", "message/mass/sendall")


def budgets_of(outlet: Outlet) -> Mapping[str, Budget]:
    """By the interface's path. Raises Refused for an option that is no table of whole numbers from 1."""
    own = outlet.options.get("calls_a_day", {})
    if not isinstance(own, Mapping) or not all(is_whole(limit) for limit in own.values()):
        raise Refused(f"发布点 {outlet.id} 的 calls_a_day 应是“接口 = 每日次数”的表，次数为不小于1的整数，请修改设置")
    unknown = sorted(set(own) - set(A_DAY))
    if unknown:
        raise Refused(f"发布点 {outlet.id} 的 calls_a_day 中没有接口 {unknown[0]}，可用：{'、'.join(A_DAY)}")
    return {path: Budget(path, int(own.get(path, most)), Span.DAY) for path, most in A_DAY.items()}


@dataclass(frozen=True)
class Sends:
    """How often an account may send: once a day, to all or to a group; or each follower four times a month, so that a
    service account's groups are counted one by one, each with what goes to all (contracts: WeChat 7.1)."""

    most: int
    span: Span
    tag_id: int | None = None

    @classmethod
    def of(cls, outlet: Outlet) -> "Sends":
        """By the options ``account``, ``sends`` and ``tag_id``. Raises Refused for a value that is none."""
        most, span = SENDS[one_of(outlet, "account", SUBSCRIPTION, _ACCOUNTS)]
        tag_id = audience_of(outlet).tag_id if span is Span.MONTH else None
        return cls(whole(outlet, "sends", most), span, tag_id)

    def budget(self, moment: datetime) -> Budget:
        """That of the period which *moment* is in: what is promised to tomorrow takes nothing from today."""
        return Budget(f"{self._name} {period_of(self.span, moment)}", self.most, self.span)

    def still(self, quotas: Quotas, moment: datetime) -> Budget:
        """The same less what of it went, or is promised, to all."""
        mine, to_all = self.budget(moment), replace(self, tag_id=None).budget(moment)
        return mine if mine == to_all else replace(mine, most=mine.most - (to_all.most - quotas.left(to_all)))

    def again_at(self, moment: datetime) -> datetime:
        """When the period after that of *moment* begins."""
        return next_period(self.span, moment)

    def allowance(self, quotas: Quotas, now: datetime) -> Allowance:
        return Allowance(self._name, quotas.left(self.still(quotas, now)), self.most, self.again_at(now))

    @property
    def _name(self) -> str:
        return "sends" if self.tag_id is None else f"sends to tag {self.tag_id}"


@dataclass(frozen=True)
class CallPurse(Purse):
    """The same by interface, and for mass sends."""

    budgets: Mapping[str, Budget]

    @classmethod
    def of(cls, quotas: Quotas, holder: str, budgets: Mapping[str, Budget]) -> "CallPurse":
        return cls(quotas, holder, _too_few, budgets)

    def pay_call(self, path: str) -> None:
        """For one call of an interface; those without a limit of their own are free. Raises Unavailable."""
        if path in self.budgets:
            self.pay({self.budgets[path]: 1})

    def used_up(self, path: str) -> None:
        """The platform says that none is left today: what others called with the account counts there, too."""
        if path in self.budgets:
            self.quotas.told(self.budgets[path], 0)

    def pay_spare_call(self, path: str) -> None:
        """The same, and half of the day's stays for others. Raises Unavailable."""
        if path in self.budgets:
            spare = replace(self, words=_half_used)
            spare.pay({self.budgets[path]: 1}, leaving=self.budgets[path].most // 2)

    def reserve_calls(self, needed: Mapping[str, int], now: datetime) -> None:
        """Calls by path, before anything is sent. Raises Unavailable with when there are more."""
        self.reserve({self.budgets[path]: calls for path, calls in needed.items()}, now)

    def reserve_send(self, sends: Sends, at: datetime) -> None:
        """One send to all at the planned moment *at*; kept until that day is over. Raises Unavailable."""
        try:
            self.quotas.hold({sends.still(self.quotas, at): 1}, self.holder, next_period(Span.DAY, at))
        except Spent:
            raise no_send(sends, at) from None

    def pay_send(self, sends: Sends, at: datetime) -> None:
        """For the send that comes now. Raises Unavailable."""
        try:
            self.quotas.use({sends.still(self.quotas, at): 1}, self.holder)
        except Spent:
            raise no_send(sends, at) from None

    def send_not_made(self, sends: Sends, at: datetime) -> None:
        """The send that was paid for at *at* was provably not made."""
        self.quotas.give_back({sends.budget(at): 1})


def looking_in(needed: Mapping[str, int]) -> dict[str, int]:
    """What of it is looking: an article that goes out together with others adds no act."""
    return {path: calls for path, calls in needed.items() if path not in _ACTS}


def needed_of(*needs: Mapping[str, int]) -> dict[str, int]:
    """Several needs together."""
    paths = dict.fromkeys(path for need in needs for path in need)
    return {path: sum(need.get(path, 0) for need in needs) for path in paths}


def _too_few(spent: Spent) -> str:
    left = f"该公众号今日对 {spent.budget.name} 的调用次数只剩{spent.left}次"
    if spent.budget.name in STATISTICS:
        return f"{left}，其余日期的阅读数据改日再取"
    return f"{left}，不够一次发布和核实，等待平台恢复额度"


def _half_used(spent: Spent) -> str:
    return f"该公众号今日对 {spent.budget.name} 的调用次数已用去一半，留给发布和核实，巡查改日再做"


def no_send(sends: Sends, at: datetime) -> Unavailable:
    """None of a period's sends is left."""
    period = "当天" if sends.span is Span.DAY else "当月"
    return Unavailable(
        f"该公众号{period}的{sends.most}次群发已用完或已留给其他稿件，等到下一期再发", sends.again_at(at)
    )
