"""Single values as editors write them: lists, dates, yes and no, words from a closed list."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from content.clock import CHINA

_SEPARATORS = re.compile("[、；;，,\n]")
_DATE = re.compile(r"(\d{4})\s*(?:[-/.]|年)\s*(\d{1,2})\s*(?:[-/.]|月)\s*(\d{1,2})\s*日?")
_TIME = re.compile(r"[T\s]*(\d{1,2})\s*(?:[:：时]\s*(\d{1,2})?)\s*分?(?:\s*[:：]?\s*(\d{1,2})\s*秒?)?\s*")
_ZONED = re.compile(r".*\d(?:Z|[+-]\d\d:?\d\d)$")
YES = frozenset({"是", "true", "yes", "1", "对"})
NO = frozenset({"否", "false", "no", "0", "不是"})


class WrongValue(ValueError):
    """A value in a form that the field does not take; the text says, in Chinese, which form is wanted."""


def text_of(value: Any) -> str:
    """A text, without white space around it."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise WrongValue("应是一段文字")
    return str(value).replace("\r\n", "\n").strip()


def texts_of(value: Any) -> tuple[str, ...]:
    """A list, or a text whose parts are set apart by 、 ； ， or their half-width forms; empty parts are left out."""
    if isinstance(value, str | int) and not isinstance(value, bool):
        parts = _SEPARATORS.split(str(value))
    elif isinstance(value, list | tuple):
        parts = [text_of(part) for part in value]
    else:
        raise WrongValue("应是列表，或用顿号、逗号、分号隔开的文字")
    return tuple(part.strip() for part in parts if part.strip())


def truth_of(value: Any) -> bool:
    """是 or 否, true or false."""
    word = str(value).strip().lower()
    if word in YES | NO:
        return word in YES
    raise WrongValue("应是“是”或“否”")


def number_of(value: Any, low: int, high: int) -> int:
    """A whole number from *low* to *high*."""
    word = str(value).strip()
    if not isinstance(value, bool) and re.fullmatch(r"[0-9]{1,9}", word) and low <= int(word) <= high:
        return int(word)
    raise WrongValue(f"应是 {low} 到 {high} 的整数")


def date_of(value: Any) -> date:
    """2026-11-20, 2026/11/20, 2026.11.20 or 2026年11月20日."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    found = _DATE.fullmatch(str(value).strip())
    if not found:
        raise WrongValue("应是日期，如 2026-11-20 或 2026年11月20日")
    return _day(found)


def moment_of(value: Any) -> datetime:
    """A date with an hour, as the clock in China shows it unless it names its zone; a date alone is its first moment."""
    if isinstance(value, datetime):
        return _in_china(value)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=CHINA)
    text = str(value).strip()
    if _ZONED.fullmatch(text):
        return _in_china(_iso(text))
    found = _DATE.match(text)
    clock = _TIME.fullmatch(text, found.end()) if found else None
    if not found or (not clock and text[found.end() :].strip()):
        raise WrongValue(_MOMENT)
    day = _day(found)
    hour, minute, second = (int(part or 0) for part in clock.groups()) if clock else (0, 0, 0)
    try:
        return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=CHINA)
    except ValueError as problem:
        raise WrongValue(f"时刻不存在；{_MOMENT}") from problem


def choice_of(value: Any, choices: type[StrEnum], labels: Mapping[Any, str] | None = None) -> Any:
    """A member of a closed list, by its stored word or its Chinese label."""
    word = str(value).strip()
    known = {str(member): member for member in choices}
    named = {label: member for member, label in (labels or {}).items()}
    if word in known or word in named:
        return known.get(word) or named[word]
    raise WrongValue(f"应是其中之一：{'、'.join(named or known)}")


_MOMENT = "应是日期和时间，如 2026-11-25 09:30 或 2026年11月25日9时30分"


def _day(found: re.Match[str]) -> date:
    try:
        return date(*(int(part) for part in found.groups()))
    except ValueError as problem:
        raise WrongValue("日历上没有这一天；应是日期，如 2026-11-20 或 2026年11月20日") from problem


def _iso(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as problem:
        raise WrongValue(_MOMENT) from problem


def _in_china(moment: datetime) -> datetime:
    return moment.replace(tzinfo=CHINA) if moment.tzinfo is None else moment.astimezone(CHINA)
