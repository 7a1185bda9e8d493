"""Dates in the fields: their order, and the time limit for publication."""

from collections.abc import Iterator
from datetime import date, datetime

from content.checks.case import Case
from content.checks.labels import label
from content.clock import CHINA
from content.finding import Finding, error, warning
from content.workdays import PUBLISH_WITHIN, add_workdays, unknown_years

_REGULATION = date(2008, 5, 1)  # 国务院令第492号 came into force: no time limit before
_REVISED = date(2019, 5, 15)  # 国务院令第711号 came into force: art. 18 became art. 26
_REPUBLIC = date(1949, 10, 1)


def check_dates(case: Case) -> Iterator[Finding]:
    """The date made, the date in force, the limit of 20 working days (a warning), periods for taking part, embargo."""
    yield from _made(case)
    yield from _late(case)
    yield from _period(case)
    yield from _embargo(case)


def chinese(day: date) -> str:
    """A day as official documents write it, without zeros: 2016年5月8日."""
    return f"{day.year}年{day.month}月{day.day}日"


def _made(case: Case) -> Iterator[Finding]:
    made, in_force, today = case.fields.made_on, case.fields.in_force_on, case.context.today
    if made is None:
        return
    if made > today:
        message = f"成文日期{chinese(made)}晚于今天（{chinese(today)}）。"
        yield error("made-in-future", label("made_on"), message, "请按文件落款改正成文日期；尚未签发的文件不能发布。")
    if made < _REPUBLIC:
        message = f"成文日期{chinese(made)}早于1949年10月1日，可能是年份填写有误。"
        yield warning("date-implausible", label("made_on"), message, "请核对成文日期的年份。")
    if in_force is not None and in_force < made:
        message = f"施行日期{chinese(in_force)}早于成文日期{chinese(made)}。"
        mend = "请核对两个日期；确属自成文前某日起执行的，说明理由后放行。"
        yield warning("in-force-before-made", label("in_force_on"), message, mend)


def _late(case: Case) -> Iterator[Finding]:
    made, today = case.fields.made_on, case.context.today
    if made is None or case.fields.reprint or not _REGULATION <= made <= today:
        return
    due, guessed = add_workdays(made, PUBLISH_WITHIN)
    caveat = _caveat(made, due) if guessed else ""
    article = "第二十六条" if made >= _REVISED else "第十八条"
    if today > due:
        message = (
            f"成文已超过{PUBLISH_WITHIN}个工作日：按照《政府信息公开条例》{article}，应在{chinese(due)}前公开，"
            f"今天是{chinese(today)}。{caveat}"
        )
        mend = "请核对成文日期；确属逾期的，说明理由后放行并尽快发布。"
        yield warning("late", label("made_on"), message, mend)
    elif guessed:
        message = f"{caveat}据此推算，应在{chinese(due)}前公开。"
        yield warning("calendar-unknown", label("made_on"), message, "请按国务院办公厅的节假日安排核对公开期限。")


def _caveat(start: date, end: date) -> str:
    years = "、".join(f"{year}年" for year in unknown_years(start, end))
    return f"工作日历中没有{years}的节假日安排，该年度只按周一至周五推算。"


def _period(case: Case) -> Iterator[Finding]:
    """An item that publishes results may repeat the period that is over; its order is looked at all the same."""
    opens, closes = case.fields.opens_on, case.fields.closes_on
    if closes is None:
        return
    if opens is not None and closes < opens:
        message = f"截止日期{chinese(closes)}早于开始日期{chinese(opens)}。"
        yield error("period-order", label("closes_on"), message, "请改正开始日期或者截止日期。")
    elif closes < case.context.today and not case.fields.results_of:
        message = f"截止日期{chinese(closes)}已过，公众无法再参与。"
        yield warning("period-past", label("closes_on"), message, "请延长期限；只为存档的，说明理由后放行。")


def _embargo(case: Case) -> Iterator[Finding]:
    embargo = case.fields.embargo
    if embargo is not None and day_of(embargo) < case.context.today:
        message = f"“{label('embargo')}”{chinese(day_of(embargo))}已过，不再起作用。"
        yield warning("embargo-past", label("embargo"), message, "请改为将来的时间，或者删去。")


def day_of(moment: datetime) -> date:
    """The day in China; a moment without a zone is China's."""
    return (moment.replace(tzinfo=CHINA) if moment.tzinfo is None else moment.astimezone(CHINA)).date()
