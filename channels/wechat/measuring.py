"""How many people read, shared, liked and commented on an article (contracts: WeChat 8).

Figures are asked for by the day of publication, one day a call; an answer holds all later days so far, each counted from
the publication on. The figures of a day are there from 08:00 of the next one.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from channels.base import Figure, Measurable, Unavailable
from channels.calls import field, tally, text
from channels.options import one_of
from channels.outcomes import Failed
from content.account_facts import Facts
from content.clock import in_china
from content.delivery import Receipt
from content.outlet import Outlet
from content.reads import Reads

READY = time(8)
NOT_READY = 61503
# Days of publication that one run asks about: a call each.
MOST_DAYS = 62
_ASKED_FOR = timedelta(days=800)
_SEEN_LATE = timedelta(hours=1)
Ask = Callable[[str, date], Any]


@dataclass(frozen=True)
class Shape:
    """One of the platform's two generations of figures: the interface, for how many days after the publication it counts,
    since when it knows anything, and what it calls things. People are counted, not openings: both generations tell that."""

    interface: str
    days: int
    since: date
    details: str
    reads: str
    shares: str = "share_user"
    likes: str = ""
    comments: str = ""


SHAPES: Mapping[str, Shape] = {
    "new": Shape(
        "getarticletotaldetail",
        30,
        date(2025, 11, 1),
        "detail_list",
        "read_user",
        likes="like_user",
        comments="comment_count",
    ),
    "old": Shape("getarticletotal", 7, date(2014, 12, 1), "details", "int_page_read_user"),
}
"""``old``: marked as discontinued by the platform, and of mass-sent articles only."""


def shape_of(outlet: Outlet) -> Shape:
    """By the option ``statistics``. Raises Refused for another word."""
    return SHAPES[one_of(outlet, "statistics", "new", dict.fromkeys(SHAPES, ""))]


def measured(ask: Ask, shape: Shape, live: Sequence[Measurable], facts: Facts, now: datetime) -> Iterator[Figure]:
    """The figures of the days of publication that may have new ones, the newest day first. Days whose figures are not
    ready are asked about in a later run: the others come first, then Unavailable says so."""
    latest, late = _latest(now), False
    there = {key: one for one in live if (key := key_of(one.receipt))}
    for day in _due(shape, list(there.values()), facts, latest):
        try:
            reply = ask(shape.interface, day)
        except Failed as failed:
            if failed.code != NOT_READY:
                raise failed.error from failed
            late = True
            continue
        yield from _figures(shape, reply, there, latest)
        if field(reply, "is_delay") in (True, "true", 1):
            late = True
        else:
            facts.keep(_name(shape, day), _last(shape, day, latest).isoformat(), now + _ASKED_FOR)
    if late:
        raise Unavailable("微信：部分日期的阅读数据平台还没有统计好，稍后再取", now + timedelta(hours=1))


def key_of(receipt: Receipt) -> str:
    """What the platform's figures call the article: its message's number and its place in it; the number also stands in
    the article's address. Empty where neither is known."""
    query = _query(receipt.url)
    message = receipt.evidence.get("msg_data_id", "") or query.get("mid", [""])[0]
    index = receipt.evidence.get("index", "") or query.get("idx", [""])[0] or "1"
    numbers = message.isascii() and message.isdigit() and index.isascii() and index.isdigit()
    return f"{message}_{index}" if numbers else ""


def _query(url: str) -> Mapping[str, list[str]]:
    try:
        return parse_qs(urlsplit(url).query)
    except ValueError:
        return {}


def _figures(shape: Shape, reply: Any, there: Mapping[str, Measurable], latest: date) -> Iterable[Figure]:
    """One for each article and day, however often the answer has it; days that say nothing are left out."""
    found: dict[tuple[str, date], Figure] = {}
    entries = field(reply, "list")
    if not isinstance(entries, list):
        raise Unavailable("查询微信阅读数据：平台的回答中没有列表，稍后再取")
    for entry in entries:
        one, details = there.get(text(entry, "msgid")), field(entry, shape.details)
        for detail in details if one is not None and isinstance(details, list) else []:
            day = _date(text(detail, "stat_date"))
            if one is None or day is None or not max(_first(one), one.kept or date.min) <= day <= latest:
                continue
            if (counted := _reads(shape, detail)) != Reads():
                found[one.delivery, day] = Figure(one.delivery, day, counted)
    return found.values()


def _reads(shape: Shape, detail: Any) -> Reads:
    names = (shape.reads, shape.shares, shape.likes, shape.comments)
    return Reads(*(tally(detail, name) if name else None for name in names))


def _due(shape: Shape, live: Sequence[Measurable], facts: Facts, latest: date) -> list[date]:
    """The days of publication that the platform may say something new about."""
    days = sorted({day for one in live for day in (_first(one), in_china(one.live_at).date())}, reverse=True)
    known = [day for day in days if shape.since <= day <= latest]
    return [day for day in known if facts.get(_name(shape, day)) < _last(shape, day, latest).isoformat()][:MOST_DAYS]


def _latest(now: datetime) -> date:
    """The newest day whose figures are there."""
    local = in_china(now)
    return local.date() - timedelta(days=1 if local.time() >= READY else 2)


def _last(shape: Shape, day: date, latest: date) -> date:
    """The last day that the platform counts for what was published on *day*, as far as it has come."""
    return min(latest, day + timedelta(days=shape.days))


def _name(shape: Shape, day: date) -> str:
    return f"{shape.interface}/{day}"


def _first(one: Measurable) -> date:
    """The day of publication: what was seen live soon after midnight may have been published before."""
    return in_china(one.live_at - _SEEN_LATE).date()


def _date(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None
