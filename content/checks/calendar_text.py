"""Dates written in the texts: that they exist, fall on the weekday named, and run forwards."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from content.checks.case import Case, by_subject
from content.checks.reading import Reading
from content.finding import Finding, error, warning

_ARABIC = re.compile(
    r"(?<![0-9])(?:(?P<year>[12][0-9]{3})[ ]?年[ ]?)?(?P<month>[0-9]{1,2})[ ]?月[ ]?(?P<day>[0-9]{1,2})[ ]?日"
    r"(?:[ ]?[（(]?[ ]?(?:星期|周|礼拜)(?P<weekday>[一二三四五六日天])(?![期年次]))?"
)
_HYPHENS = re.compile(
    r"(?<![0-9.\-/])(?P<year>(?:19|20)[0-9]{2})(?P<sep>[-/])(?P<month>[0-9]{1,2})(?P=sep)(?P<day>[0-9]{1,2})(?![0-9\-/])"
)
_WRITTEN = re.compile(
    r"(?P<year>[一二][〇○零一二三四五六七八九]{3})年(?P<month>[一二三四五六七八九十]{1,3})月(?P<day>[一二三四五六七八九十]{1,4})日"
)
_LUNAR = re.compile(r"(?:农历|阴历|旧历|夏历)[^\n]{0,4}\Z")
_UNTIL = re.compile(r"[ ]?(?:起?至|起?到|[-—–~～]{1,2})[ ]?")
_WEEKDAYS = "一二三四五六日"
_LEAP = 2000


@dataclass(frozen=True)
class _Date:
    """A date in a text; *year* None where it was left out. *day* is None when no calendar has it."""

    written: str
    start: int
    end: int
    year: int | None
    day: date | None
    weekday: str


def check_calendar(case: Case) -> Iterator[Finding]:
    """The dates of every text, in Arabic figures and in Chinese ones."""
    reading = case.reading.folded
    found = sorted(_dates(reading.text), key=lambda one: one.start)
    yield from _impossible(reading, found)
    yield from _weekdays(reading, found)
    yield from _ranges(reading, found)


def _dates(text: str) -> Iterator[_Date]:
    for pattern in (_ARABIC, _HYPHENS, _WRITTEN):
        for match in pattern.finditer(text):
            if not _LUNAR.search(text[max(0, match.start() - 8) : match.start()]):
                yield _date(match)


def _date(match: re.Match[str]) -> _Date:
    parts = match.groupdict()
    year = int(_figures(parts["year"])) if parts["year"] else None
    day = _day(year or _LEAP, _number(parts["month"]), _number(parts["day"]))
    weekday = (parts.get("weekday") or "").replace("天", "日")
    return _Date(match[0], match.start(), match.end(), year, day, weekday)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _figures(text: str) -> str:
    return text.translate(str.maketrans("〇○零一二三四五六七八九", "000123456789"))


def _number(text: str) -> int:
    """A day or month in figures; Chinese ones up to 九十九, 0 for what is no number (十十)."""
    if text.isascii():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    figures = _figures((tens or "1") + (ones or "0")) if ten else _figures(text)
    return int(figures) if figures.isascii() else 0


def _impossible(reading: Reading, found: Iterable[_Date]) -> Iterator[Finding]:
    hits = ((one.written, reading.at(one.start).place) for one in found if one.day is None)
    for written, where in by_subject(hits).items():
        yield error("date-impossible", where, f"日历上没有“{written}”这一天。", "请对照原件改正日期。")


def _weekdays(reading: Reading, found: Iterable[_Date]) -> Iterator[Finding]:
    for one in found:
        if one.day is None or one.year is None or not one.weekday or _WEEKDAYS[one.day.weekday()] == one.weekday:
            continue
        right = _WEEKDAYS[one.day.weekday()]
        message = f"“{one.written}”的星期有误，{one.year}年{one.day.month}月{one.day.day}日是星期{right}。"
        yield warning("weekday-wrong", reading.at(one.start).place, message, f"请改为“星期{right}”，或者核对日期。")


def _ranges(reading: Reading, found: list[_Date]) -> Iterator[Finding]:
    for first, last in pairwise(found):
        if not (first.day and last.day and first.year and last.year) or last.day >= first.day:
            continue
        if _UNTIL.fullmatch(reading.text[first.end : last.start]):
            message = f"“{first.written}”至“{last.written}”的起止顺序颠倒。"
            yield warning("range-order", reading.at(first.start).place, message, "请核对起止日期。")
