"""Working days of mainland China, for the time limits of the 政府信息公开条例 (art. 26: 20 working days)."""

from datetime import date, timedelta

PUBLISH_WITHIN = 20
"""Working days between 形成或者变更 and publication (国务院令第711号 art. 26; 国务院令第492号 art. 18)."""


def is_workday(day: date) -> bool:
    """Whether offices work on this day. Outside the calendar's years: Monday to Friday."""
    known = _known_workday(day)
    return day.weekday() < 5 if known is None else known


def add_workdays(start: date, days: int) -> tuple[date, bool]:
    """The day that lies *days* working days after *start*, and whether any day on the way was outside the calendar's
    years, so that only weekdays could be counted.

    The start itself is not counted. Raises ValueError for a negative count and OverflowError past the year 9999.
    """
    if days < 0:
        raise ValueError(f"working days are counted forwards, not {days}")
    day, left, guessed = start, days, False
    while left:
        day += timedelta(days=1)
        known = _known_workday(day)
        guessed = guessed or known is None
        left -= day.weekday() < 5 if known is None else known
    return day, guessed


def unknown_years(start: date, end: date) -> tuple[int, ...]:
    """The years from *start* to *end* whose holidays the calendar does not know."""
    return tuple(year for year in range(start.year, end.year + 1) if _known_workday(date(year, 1, 1)) is None)


def _known_workday(day: date) -> bool | None:
    from chinese_calendar import is_workday as calendar_says

    try:
        return bool(calendar_says(day))
    except NotImplementedError:  # the library's word for a year outside its data
        return None
