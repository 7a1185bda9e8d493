"""Faults that can be switched on per account: what real platforms do on bad days."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """What goes wrong, or which way a platform goes where its contract leaves two. In brackets: the value's unit."""

    ACCEPT_THEN_DROP = "accept-then-drop"
    ERROR_AFTER_ACCEPT = "500-after-accept"
    ERROR_BEFORE = "500-before"
    RATE = "rate"  # the platform's code, 0 for its usual one
    REFUSE = "refuse"
    CODE = "code"  # the platform's code
    EXPIRED_TOKEN = "expired-token"  # noqa: S105 - a fault's name
    IP_REFUSED = "ip-refused"
    DELAYED = "delayed"
    SLOW = "slow"  # seconds before the answer, after the call was carried out
    LATENCY = "latency"  # milliseconds on every call
    VISIBILITY_LAG = "visibility-lag"  # seconds until reads show what was published
    # WeChat's ways
    SUPERSEDED_TOKEN = "superseded-token"  # noqa: S105 - a fault's name
    TEXT_PLAIN = "text-plain"
    DIRTY_BYTES = "dirty-bytes"
    TIDY = "tidy"
    PUBLISH_ID_STRING = "publish-id-string"
    REVIEW = "review"  # a script of states
    MEDIA_LAG = "media-lag"  # seconds until a new material's id is known everywhere
    LINKS_STRIPPED = "links-stripped"
    CONTENT_LIMIT = "content-limit"  # characters
    # Weibo's ways
    ERROR_CODE_STRING = "error-code-string"
    ERRORS_AS_200 = "errors-as-200"
    TOPICS_REFUSED = "topics-refused"
    ENCODED_TWICE_REFUSED = "encoded-twice-refused"
    REPEAT_WINDOW = "repeat-window"  # seconds, 0 for no window
    SIMILAR_REFUSED = "similar-refused"  # seconds
    DESTROY_CLOSED = "destroy-closed"
    DOMAIN_UNBOUND = "domain-unbound"
    RIP_OPTIONAL = "rip-optional"
    EVENT_LOST = "event-lost"
    EVENT_TWICE = "event-twice"
    EVENT_FIRST = "event-first"
    EVENT_DELAY = "event-delay"  # seconds


FAULT_LABELS: dict[Fault, str] = {
    Fault.ACCEPT_THEN_DROP: "受理后断开连接，不作回答",
    Fault.ERROR_AFTER_ACCEPT: "受理后回答 HTTP 500",
    Fault.ERROR_BEFORE: "未受理，回答 HTTP 502 网页",
    Fault.RATE: "回答平台自己的超限代码",
    Fault.REFUSE: "回答内容不合规",
    Fault.CODE: "回答指定的错误代码",
    Fault.EXPIRED_TOKEN: "令牌过期",
    Fault.IP_REFUSED: "调用方 IP 不在白名单",
    Fault.DELAYED: "受理，稍后可见（微博 20032；微信审核不通过）",
    Fault.SLOW: "受理后拖延若干秒才回答",
    Fault.LATENCY: "每次调用延迟若干毫秒",
    Fault.VISIBILITY_LAG: "发布后若干秒才能读到",
    Fault.SUPERSEDED_TOKEN: "令牌已被别的进程换掉（40001）",
    Fault.TEXT_PLAIN: "回答的类型为 text/plain",
    Fault.DIRTY_BYTES: "回答里夹着控制字符和坏字节",
    Fault.TIDY: "成功的回答都带 errcode 0，不带多余字段",
    Fault.PUBLISH_ID_STRING: "publish_id 为字符串",
    Fault.REVIEW: "按脚本给出发布状态",
    Fault.MEDIA_LAG: "素材上传后若干秒内仍答 40007",
    Fault.LINKS_STRIPPED: "外部链接被去掉而不报错",
    Fault.CONTENT_LIMIT: "正文字数上限",
    Fault.ERROR_CODE_STRING: "error_code 为字符串",
    Fault.ERRORS_AS_200: "错误也答 HTTP 200",
    Fault.TOPICS_REFUSED: "含 #话题# 的微博被拒绝",
    Fault.ENCODED_TWICE_REFUSED: "重复编码的正文被拒绝",
    Fault.REPEAT_WINDOW: "相同内容的时间窗（秒）",
    Fault.SIMILAR_REFUSED: "相似内容被拒绝（20017）",
    Fault.DESTROY_CLOSED: "没有删除微博的权限",
    Fault.DOMAIN_UNBOUND: "应用没有绑定安全域名",
    Fault.RIP_OPTIONAL: "可以不带 rip",
    Fault.EVENT_LOST: "不推送事件（微信）",
    Fault.EVENT_TWICE: "事件推送两次（微信）",
    Fault.EVENT_FIRST: "事件先于回答到达（微信）",
    Fault.EVENT_DELAY: "若干秒后才推送事件（微信）",
}

# These hit only the call that publishes unless another is named; all others hit every call of the account.
AT_PUBLISHING = frozenset(
    {
        Fault.ACCEPT_THEN_DROP,
        Fault.ERROR_AFTER_ACCEPT,
        Fault.ERROR_BEFORE,
        Fault.RATE,
        Fault.REFUSE,
        Fault.CODE,
        Fault.DELAYED,
        Fault.SLOW,
        Fault.EVENT_LOST,
        Fault.EVENT_TWICE,
        Fault.EVENT_FIRST,
        Fault.EVENT_DELAY,
    }
)
PUBLISHING = frozenset({"2/statuses/share.json", "cgi-bin/freepublish/submit", "cgi-bin/message/mass/sendall"})
# After this call an account's quotas begin anew (contracts: WeChat 2.3).
CLEARING = "cgi-bin/clear_quota"
# What freepublish/get says (contracts: WeChat 6.2): 1 while it runs.
STATES = frozenset(range(7))
_LARGEST = 10_000_000


@dataclass(frozen=True)
class Switch:
    """A fault at an account. *account* ``*`` is every account, *call* empty the usual one, *count* None always. *script* is
    what ``review`` plays, a state for every time that somebody asks; its last state stays."""

    platform: str
    account: str
    fault: Fault
    call: str = ""
    value: float = 0
    count: int | None = None
    script: tuple[int, ...] = ()

    def hits(self, call: str) -> bool:
        if self.call:
            return self.call in ("*", call)
        return self.fault not in AT_PUBLISHING or call in PUBLISHING

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
        if isinstance(value, bool) or not isinstance(value, int | float) or not -1 <= value <= _LARGEST:
            raise ValueError(f"value must be a number from -1 to {_LARGEST}")
        account, call, fault = str(values.get("account", "*")), str(values.get("call", "")), Fault(values["fault"])
        script = _script(values.get("script", []), needed=fault is Fault.REVIEW)
        return cls(values["platform"], account, fault, call, float(value), count, script)


def _script(values: object, *, needed: bool) -> tuple[int, ...]:
    known = isinstance(values, list) and all(type(value) is int and value in STATES for value in values)
    if not isinstance(values, list) or not known or (needed and not values):
        raise ValueError("script must be a list of publish states from 0 to 6, for example [1, 1, 4]")
    return tuple(values)


Hit = Callable[[Fault], Switch | None]
"""Asks whether a fault hits the call in hand, and uses one up where they are counted."""
