"""How values read on a page: dates, times, sizes, lists."""

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import PurePosixPath

from content.clock import in_china


def minute(moment: datetime) -> str:
    """``YYYY-MM-DD HH:MM`` on the readers' clock (国办发〔2017〕47号)."""
    return in_china(moment).strftime("%Y-%m-%d %H:%M")


def day(moment: datetime) -> str:
    return in_china(moment).strftime("%Y-%m-%d")


def chinese_date(text: object) -> str:
    """``2026年5月8日`` from ``2026-05-08``; a date or the day of a time in ISO 8601, else empty."""
    if not text:
        return ""
    value = date.fromisoformat(str(text)[:10])
    return f"{value.year}年{value.month}月{value.day}日"


def chinese_minute(text: object) -> str:
    """``2026年5月8日 09:30`` on the readers' clock, from ISO 8601; a time without an offset is the readers' own."""
    if not text:
        return ""
    moment = datetime.fromisoformat(str(text))
    local = in_china(moment) if moment.tzinfo else moment
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"


def period(opens: object, closes: object) -> str:
    """From one day to another; one of them may be missing."""
    first, last = chinese_date(opens), chinese_date(closes)
    if first and last:
        return f"{first}至{last}"
    return f"{first}起" if first else f"{last}止" if last else ""


def listed(values: Iterable[object]) -> str:
    return "、".join(str(value) for value in values if value)


def file_size(size_bytes: int) -> str:
    """``12 KB``, ``3.4 MB``: rounded up, so that no file is 0 KB."""
    if size_bytes < 1024 * 1024:
        return f"{max(1, -(-size_bytes // 1024))} KB"
    return f"{size_bytes / (1024 * 1024):.1f} MB"


def file_type(name: str) -> str:
    """The suffix as readers know it: ``PDF``, ``DOCX``; 文件 where there is none."""
    return PurePosixPath(name).suffix.lstrip(".").upper() or "文件"
