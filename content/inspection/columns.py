"""Whether columns and the home page are kept up to date (国办秘函〔2019〕19号)."""

import calendar
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from content.clock import in_china
from content.inspection.result import Hit
from content.inspection.rules import FreshnessClock, clock_of, rules


@dataclass(frozen=True)
class ColumnState:
    """A column as readers see it. *newest* is when its newest dated item was published; None: no item, or none with a
    date, which counts as not updated. *stands*: the site has a page of it."""

    name: str
    type: str
    path: str
    shown: bool
    stands: bool
    newest: datetime | None


def column_hits(columns: Sequence[ColumnState], now: datetime) -> Iterator[Hit]:
    """Stale and blank columns one by one, and the site's failure where there are too many."""
    limits = rules()["columns"]
    stale = [(one, clock) for one in columns if (clock := _overdue(one, now)) is not None]
    for column, clock in stale:
        yield Hit("column-stale", column.path, _stale_words(column, clock))
    blank = [one for one in columns if not one.shown and one.stands]
    for column in blank:
        yield Hit("column-blank", column.path, column.name)
    waiting = [column.name for column in columns if not column.shown and not column.stands]
    if waiting:
        yield Hit("column-waiting", "index.html", "、".join(waiting))
    strict = [column.name for column, clock in stale if clock.strict]
    if len(strict) >= limits["stale_veto"]:
        yield Hit(
            "columns-stale", "index.html", f"动态要闻、通知公告、政策文件类共{len(strict)}个：{'、'.join(strict)}"
        )
    if len(stale) >= limits["all_stale_veto"]:
        names = "、".join(column.name for column, _ in stale)
        yield Hit("columns-stale", "index.html", f"应更新而未更新的共{len(stale)}个：{names}")
    if len(blank) >= limits["blank_veto"]:
        names = "、".join(column.name for column in blank)
        yield Hit("columns-blank", "index.html", f"共{len(blank)}个：{names}")


def home_hits(newest: datetime | None, now: datetime) -> Iterator[Hit]:
    """*newest* is when the newest dated item that the home page shows was published."""
    days = int(rules()["home"]["days"])
    if newest is None:
        yield Hit("home-stale", "index.html", "首页没有带发布时间的信息")
    elif newest + timedelta(days=days) < now:
        yield Hit("home-stale", "index.html", f"最新信息发布于{_day(newest)}，已超过{days}天")


def months_before(day: date, months: int) -> date:
    """The same day *months* calendar months earlier, or the month's last day where that month has no such day."""
    count = day.year * 12 + day.month - 1 - months
    year, month = count // 12, count % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _overdue(column: ColumnState, now: datetime) -> FreshnessClock | None:
    """The clock that the column has run past; a column without items is blank, not stale."""
    clock = clock_of(column.name, column.type)
    if clock is None or not column.shown:
        return None
    return clock if column.newest is None or _past(column.newest, clock, now) else None


def _past(newest: datetime, clock: FreshnessClock, now: datetime) -> bool:
    if clock.days:
        return newest + timedelta(days=clock.days) < now
    return in_china(newest).date() < months_before(in_china(now).date(), clock.months)


def _stale_words(column: ColumnState, clock: FreshnessClock) -> str:
    limit = f"{clock.days}天" if clock.days else f"{clock.months}个月"
    last = f"最新稿件发布于{_day(column.newest)}" if column.newest else "稿件没有发布时间，按未更新计算"
    return f"“{column.name}”（{clock.name}，{limit}内应更新）{last}"


def _day(moment: datetime) -> str:
    return in_china(moment).strftime("%Y-%m-%d")
