"""WeChat's figures in the sandbox, in both of the platform's generations (contracts: WeChat 8)."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from channels.sandbox.accounts import Account
from channels.sandbox.exchange import Call, Handler, Reply
from channels.sandbox.readers import Crowd, crowd
from channels.sandbox.store import SandboxStore
from channels.sandbox.wechat_mass import DATA_IDS_BEHIND, DELETED, SUCCESS
from channels.sandbox.wechat_publish import DATA_IDS_AHEAD
from channels.sandbox.wechat_replies import body_of, failure
from content.clock import CHINA, in_china

READY = time(8)
FEWEST_READS = 3
OLD_SINCE, NEW_SINCE = date(2014, 12, 1), date(2025, 11, 1)
OLD_DAYS, NEW_DAYS = 7, 30


@dataclass(frozen=True)
class Shown:
    """One article that readers have: *notified* when it was sent to all followers."""

    message: int
    index: int
    title: str
    url: str
    at: datetime
    notified: bool

    @property
    def msgid(self) -> str:
        return f"{self.message}_{self.index}"

    @property
    def day(self) -> date:
        return in_china(self.at).date()

    def until(self, day: date) -> Crowd:
        """Who came from the publication to the end of a day."""
        end = datetime.combine(day + timedelta(days=1), time(), CHINA)
        return crowd(self.message + self.index - 1, (end - self.at).total_seconds())

    def on(self, day: date) -> Crowd:
        """Who came on a day."""
        now, before = asdict(self.until(day)), asdict(self.until(day - timedelta(days=1)))
        return Crowd(**{name: now[name] - (before[name] if day > self.day else 0) for name in now})


Rows = Callable[["Datacube", Account, date, date], list[dict[str, Any]]]


class Datacube:
    """The calls under ``datacube/``."""

    def __init__(self, store: SandboxStore) -> None:
        self._store = store

    def calls(self) -> dict[str, tuple[str, Handler]]:
        """Path to method and handler."""
        return {f"datacube/{name}": ("POST", self._answering(name)) for name in INTERFACES}

    def _answering(self, name: str) -> Handler:
        interface = INTERFACES[name]

        def answer(account: Account, call: Call) -> Reply:
            span = self._span(call, interface)
            if isinstance(span, Reply):
                return span
            rows = interface.rows(self, account, *span)
            return Reply({"list": rows, **({"is_delay": False} if interface.since == NEW_SINCE else {})})

        return answer

    def _span(self, call: Call, interface: "Interface") -> tuple[date, date] | Reply:
        values = body_of(call)
        if isinstance(values, Reply):
            return values
        begin, end = _date(values.get("begin_date")), _date(values.get("end_date"))
        if begin is None or end is None:
            return failure(61500, "date format error")
        yesterday = self._now().date() - timedelta(days=1)
        if not interface.since <= begin <= end <= yesterday or (end - begin).days >= interface.span:
            return failure(61501, "date range error")
        if end == yesterday and self._now().time() < READY:
            return failure(61503, "data not ready, please try later")
        return begin, end

    def _now(self) -> datetime:
        return in_china(datetime.fromtimestamp(self._store.clock(), UTC))

    def _latest(self) -> date:
        return self._now().date() - timedelta(days=1 if self._now().time() >= READY else 2)

    def _shown(self, account: Account) -> Iterator[Shown]:
        """Everything that readers ever had, what was deleted since among it."""
        for row in self._store.rows("SELECT * FROM publications WHERE appid = ? AND outcome IN (0, 5)", account.id):
            yield from _articles(row["publish_id"] + DATA_IDS_AHEAD, row, notified=False)
        statement = "SELECT * FROM mass_sends WHERE appid = ? AND msgtype = 'mpnews' AND outcome IN (?, ?)"
        for row in self._store.rows(statement, account.id, SUCCESS, DELETED):
            yield from _articles(row["msg_id"] - DATA_IDS_BEHIND, row, notified=True)

    def totals(self, account: Account, begin: date, end: date) -> list[dict[str, Any]]:
        """``getarticletotal``: mass-sent articles only, each with its first days."""
        return [
            {"ref_date": f"{begin}", "msgid": one.msgid, "title": one.title, "user_source": 0, "details": details}
            for one in self._shown(account)
            if one.notified and one.day == begin and (details := self._details(one, OLD_DAYS, _old_total))
        ]

    def summary(self, account: Account, begin: date, end: date) -> list[dict[str, Any]]:
        """``getarticlesummary``: mass-sent articles that were read on the day."""
        return [
            {"ref_date": f"{begin}", "user_source": 0, "msgid": one.msgid, "title": one.title, **_old(one.on(begin))}
            for one in self._shown(account)
            if one.notified and one.day <= begin and one.on(begin).reads >= FEWEST_READS
        ]

    def user_read(self, account: Account, begin: date, end: date) -> list[dict[str, Any]]:
        """``getuserread``: all together; 99999999 is every source."""
        come = [one.on(begin) for one in self._shown(account) if one.notified and one.day <= begin]
        return [{"ref_date": f"{begin}", "user_source": 99999999, **_old(_sum(come))}]

    def total_details(self, account: Account, begin: date, end: date) -> list[dict[str, Any]]:
        """``getarticletotaldetail``: everything that was published on the day."""
        found = []
        for one in self._shown(account):
            details = self._details(one, NEW_DAYS, _new_total) if one.day == begin else []
            if details:
                head = {"ref_date": f"{begin}", "msgid": one.msgid, "publish_type": 0 if one.notified else 1}
                found.append({**head, "title": one.title, "content_url": one.url, "detail_list": details})
        return found

    def read(self, account: Account, begin: date, end: date) -> list[dict[str, Any]]:
        """``getarticleread``: what was read on the day, whenever it was published."""
        come = [(one, one.on(begin).reads) for one in self._shown(account) if one.day <= begin]
        return [
            {
                "ref_date": f"{begin}",
                "msgid": one.msgid,
                "detail": {"read_user": reads, "read_user_source": _sources(reads)},
            }
            for one, reads in come
            if reads >= FEWEST_READS
        ]

    def shared(self, account: Account, begin: date, end: date) -> list[dict[str, Any]]:
        """``getarticleshare``: what was shared on the day."""
        come = [(one, one.on(begin)) for one in self._shown(account) if one.day <= begin]
        return [
            {"ref_date": f"{begin}", "msgid": one.msgid, "detail": {"share_user": crowd.shares}}
            for one, crowd in come
            if crowd.reads >= FEWEST_READS
        ]

    def biz_summary(self, account: Account, begin: date, end: date) -> list[dict[str, Any]]:
        """``getbizsummary``: the account by day, up to 30 days."""
        days = [begin + timedelta(days=number) for number in range((end - begin).days + 1)]
        shown = list(self._shown(account))
        sums = {day: _sum([one.on(day) for one in shown if one.day <= day]) for day in days}
        return [{"ref_date": f"{day}", "detail": _new(come)} for day, come in sums.items()]

    def _details(self, one: Shown, days: int, told: Callable[[date, Crowd], dict[str, Any]]) -> list[dict[str, Any]]:
        """Each day's figures from the publication on; none for an article that hardly anybody read."""
        last = min(self._latest(), one.day + timedelta(days=days))
        if one.until(last).reads < FEWEST_READS:
            return []
        count = (last - one.day).days + 1
        return [told(day, one.until(day)) for day in (one.day + timedelta(days=number) for number in range(count))]


@dataclass(frozen=True)
class Interface:
    """How many days it may be asked about at once, and since when it knows anything."""

    rows: Rows
    since: date
    span: int = 1


INTERFACES: dict[str, Interface] = {
    "getarticlesummary": Interface(Datacube.summary, OLD_SINCE),
    "getarticletotal": Interface(Datacube.totals, OLD_SINCE),
    "getuserread": Interface(Datacube.user_read, OLD_SINCE),
    "getarticleread": Interface(Datacube.read, NEW_SINCE),
    "getarticleshare": Interface(Datacube.shared, NEW_SINCE),
    "getbizsummary": Interface(Datacube.biz_summary, NEW_SINCE, span=30),
    "getarticletotaldetail": Interface(Datacube.total_details, NEW_SINCE),
}


def _articles(message: int, row: Any, *, notified: bool) -> Iterator[Shown]:
    at = datetime.fromtimestamp(row["submitted"], UTC)
    for index, one in enumerate(json.loads(row["articles"]), 1):
        yield Shown(message, index, str(one.get("title", "")), str(one.get("url", "")), at, notified)


def _date(value: Any) -> date | None:
    if not isinstance(value, str) or len(value) != 10:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _sum(some: list[Crowd]) -> Crowd:
    return Crowd(*(sum(getattr(one, name) for one in some) for name in ("reads", "shares", "likes", "comments")))


def _old(come: Crowd) -> dict[str, int]:
    """People and how often: somebody who reads reads a little more than once."""
    return {
        "int_page_read_user": come.reads,
        "int_page_read_count": come.reads * 5 // 4,
        "ori_page_read_user": come.reads // 20,
        "ori_page_read_count": come.reads // 16,
        "share_user": come.shares,
        "share_count": come.shares * 5 // 4,
        "add_to_fav_user": come.likes,
        "add_to_fav_count": come.likes,
    }


def _new(come: Crowd) -> dict[str, Any]:
    figures = {"share_user": come.shares, "zaikan_user": come.likes // 2, "like_user": come.likes}
    figures |= {"comment_count": come.comments, "collection_user": come.likes // 3}
    return {"read_user": come.reads, "read_user_source": _sources(come.reads), **figures}


def _sources(reads: int) -> list[dict[str, Any]]:
    return [{"scene_desc": "全部", "user_count": reads}, {"scene_desc": "公众号消息", "user_count": reads // 2}]


def _old_total(day: date, come: Crowd) -> dict[str, Any]:
    return {"stat_date": f"{day}", "target_user": 12_000, **_old(come)}


def _new_total(day: date, come: Crowd) -> dict[str, Any]:
    return {"stat_date": f"{day}", **_new(come)}
