"""Faults that can be switched on per account: what real platforms do on bad days."""

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """What goes wrong. In brackets: the unit of the fault's value, where it has one."""

    ACCEPT_THEN_DROP = "accept-then-drop"
    ERROR_AFTER_ACCEPT = "500-after-accept"
    ERROR_BEFORE = "500-before"
    RATE = "rate"
    REFUSE = "refuse"
    EXPIRED_TOKEN = "expired-token"  # noqa: S105 - a fault's name
    DELAYED = "delayed"
    DESTROY_CLOSED = "destroy-closed"
    SLOW = "slow"  # seconds before the answer, after the call was carried out
    LATENCY = "latency"  # milliseconds on every call
    VISIBILITY_LAG = "visibility-lag"  # seconds until reads show what was published


FAULT_LABELS: dict[Fault, str] = {
    Fault.ACCEPT_THEN_DROP: "受理后断开连接，不作回答",
    Fault.ERROR_AFTER_ACCEPT: "受理后回答 HTTP 500",
    Fault.ERROR_BEFORE: "未受理，回答 HTTP 502 网页",
    Fault.RATE: "回答平台自己的超限代码",
    Fault.REFUSE: "回答内容不合规",
    Fault.EXPIRED_TOKEN: "令牌过期",
    Fault.DELAYED: "受理，稍后可见（微博 20032；微信审核不通过）",
    Fault.DESTROY_CLOSED: "没有删除微博的权限",
    Fault.SLOW: "受理后拖延若干秒才回答",
    Fault.LATENCY: "每次调用延迟若干毫秒",
    Fault.VISIBILITY_LAG: "发布后若干秒才能读到",
}

# These hit every call of the account unless one is named; the others hit the call that publishes.
ON_EVERY_CALL = frozenset({Fault.LATENCY, Fault.VISIBILITY_LAG, Fault.EXPIRED_TOKEN, Fault.DESTROY_CLOSED})
PUBLISHING = frozenset({"2/statuses/share.json", "cgi-bin/freepublish/submit"})


@dataclass(frozen=True)
class Switch:
    """A fault at an account. *account* ``*`` is every account, *call* empty the usual one, *count* None always."""

    platform: str
    account: str
    fault: Fault
    call: str = ""
    value: float = 0
    count: int | None = None

    def hits(self, call: str) -> bool:
        if self.call:
            return self.call in ("*", call)
        return self.fault in ON_EVERY_CALL or call in PUBLISHING

    @classmethod
    def from_values(cls, values: object) -> "Switch":
        """A switch from JSON; raises ValueError that names what is wrong."""
        if not isinstance(values, dict):
            raise ValueError("a switch is a JSON object")  # noqa: TRY004 - what came in is data, not an argument
        if values.get("platform") not in ("weibo", "wechat"):
            raise ValueError("platform must be weibo or wechat")
        names = ", ".join(fault.value for fault in Fault)
        if values.get("fault") not in set(Fault):
            raise ValueError(f"fault must be one of {names}")
        count, value = values.get("count"), values.get("value", 0)
        if count is not None and (isinstance(count, bool) or not isinstance(count, int) or count < 1):
            raise ValueError("count must be a whole number from 1, or null for always")
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 86_400:
            raise ValueError("value must be a number from 0 to 86400")
        account, call = str(values.get("account", "*")), str(values.get("call", ""))
        return cls(values["platform"], account, Fault(values["fault"]), call, float(value), count)
