"""How values read on a page: dates, times, sizes, lists."""

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import PurePosixPath

from content.clock import in_china

_MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905 # reads better
)


def minute(moment: datetime) -> str:
    """``YYYY-MM-DD HH:MM`` on the readers' clock (国办发〔2017〕47号)."""
    return in_china(moment).isoformat(" ", "minutes")[:16]


def day(moment: datetime) -> str:
    return in_china(moment).date().isoformat()


def chinese_date(text: object) -> str:
    """``2026年5月8日`` from ``2026-05-08``; a date or the day of a time in ISO 8601, else empty."""
    return full_date(text, english=False)


def full_date(text: object, *, english: bool) -> str:
    """``2026年5月8日`` or ``8 May 2026`` from the day of a date or time in ISO 8601; empty for nothing."""
    if not text:
        return ""
    value = date.fromisoformat(str(text)[:10])
    if english:
        return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"
    return f"{value.year}年{value.month}月{value.day}日"


def full_minute(text: object, *, english: bool) -> str:
    """Day and time on the readers' clock, from ISO 8601; a time without an offset is the readers' own."""
    if not text:
        return ""
    moment = datetime.fromisoformat(str(text))
    local = in_china(moment) if moment.tzinfo else moment
    return f"{full_date(local.date(), english=english)} {local:%H:%M}"


def period(opens: object, closes: object, *, english: bool) -> str:
    """From one day to another; one of them may be missing."""
    first, last = full_date(opens, english=english), full_date(closes, english=english)
    if english:
        return f"{first} to {last}" if first and last else f"from {first}" if first else f"until {last}" if last else ""
    return f"{first}至{last}" if first and last else f"{first}起" if first else f"{last}止" if last else ""


def listed(values: Iterable[object], *, english: bool = False) -> str:
    return (", " if english else "、").join(str(value) for value in values if value)


def file_size(size_bytes: int) -> str:
    """``12 KB``, ``3.4 MB``: rounded up, so that no file is 0 KB."""
    if size_bytes < 1024 * 1024:
        return f"{max(1, -(-size_bytes // 1024))} KB"
    return f"{size_bytes / (1024 * 1024):.1f} MB"


def file_type(name: str) -> str:
    """The suffix as readers know it: ``PDF``, ``DOCX``; empty where there is none."""
    return PurePosixPath(name).suffix.lstrip(".").upper()
