"""The closed sets of words that code, tables, screens and tests share. Each member's value is what is stored."""

from enum import StrEnum


class Kind(StrEnum):
    """What an item is; which fields it needs stands in ``data/kinds.toml``."""

    POLICY_DOCUMENT = "policy-document"
    INTERPRETATION = "interpretation"
    CONVENIENCE_NOTICE = "convenience-notice"
    NEWS = "news"
    INTERVIEW = "interview"
    PRESS_CONFERENCE = "press-conference"
    CONSULTATION = "consultation"
    SURVEY = "survey"
    RESPONSE = "response"
    ANNUAL_REPORT = "annual-report"
    APPOINTMENT = "appointment"


KIND_LABELS: dict[Kind, str] = {
    Kind.POLICY_DOCUMENT: "政策文件",
    Kind.INTERPRETATION: "政策解读",
    Kind.CONVENIENCE_NOTICE: "便民公告",
    Kind.NEWS: "要闻动态",
    Kind.INTERVIEW: "在线访谈",
    Kind.PRESS_CONFERENCE: "新闻发布会",
    Kind.CONSULTATION: "民意征集",
    Kind.SURVEY: "网上调查",
    Kind.RESPONSE: "回应关切",
    Kind.ANNUAL_REPORT: "信息公开年报",
    Kind.APPOINTMENT: "人事任免",
}


class Level(StrEnum):
    """The source level (来源层级) of the organ that made the item."""

    STATE_COUNCIL = "国务院"
    PROVINCE = "省"
    CITY = "市"
    DEPARTMENT = "部门"
    COUNTY = "县区"


class Disclosure(StrEnum):
    """公开方式. Only 主动公开 may go out (domain.md 6.5)."""

    PROACTIVE = "主动公开"
    ON_REQUEST = "依申请公开"
    WITHHELD = "不予公开"


class Effect(StrEnum):
    """效力状态 of a document, changed only by a signed ``mark``."""

    VALID = "有效"
    LAPSED = "失效"
    REPEALED = "废止"


class Openness(StrEnum):
    """五公开 (中办发〔2016〕8号)."""

    DECISION = "决策公开"
    EXECUTION = "执行公开"
    MANAGEMENT = "管理公开"
    SERVICE = "服务公开"
    RESULT = "结果公开"


class Row(StrEnum):
    """A line of the statistics form (统计口径, 国办发〔2014〕32号 A2.1–A2.5)."""

    GAZETTE = "gazette"
    WEBSITE = "website"
    WEIBO = "weibo"
    WECHAT = "wechat"
    OTHER = "other"


ROW_LABELS: dict[Row, str] = {
    Row.GAZETTE: "政府公报",
    Row.WEBSITE: "政府网站",
    Row.WEIBO: "政务微博",
    Row.WECHAT: "政务微信",
    Row.OTHER: "其他方式",
}


class Action(StrEnum):
    """What a package does."""

    PUBLISH = "publish"
    CORRECT = "correct"
    WITHDRAW = "withdraw"
    MARK = "mark"


class State(StrEnum):
    """State of one delivery; the moves between them stand in ``ledger.MOVES``."""

    PLANNED = "planned"
    PREPARED = "prepared"
    SENDING = "sending"
    ACCEPTED = "accepted"
    LIVE = "live"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    HELD = "held"
    CANCELLED = "cancelled"


# The outlet may have it: these are what a withdrawal or a correction must reach.
BEGUN = (State.SENDING, State.UNKNOWN, State.ACCEPTED, State.LIVE, State.HELD)

STATE_LABELS: dict[State, str] = {
    State.PLANNED: "待准备",
    State.PREPARED: "已准备",
    State.SENDING: "发送中",
    State.ACCEPTED: "已受理",
    State.LIVE: "已发布",
    State.UNKNOWN: "结果未知",
    State.REFUSED: "被拒绝",
    State.HELD: "待人工",
    State.CANCELLED: "已取消",
}


class Severity(StrEnum):
    """An error blocks the sign-off; a warning can be overridden by name with a reason."""

    ERROR = "error"
    WARNING = "warning"


class WorkspaceKind(StrEnum):
    """Fixed at ``init``: a rehearsal never becomes a statutory figure."""

    REHEARSAL = "rehearsal"
    PRODUCTION = "production"
