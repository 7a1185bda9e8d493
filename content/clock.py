"""Clocks, injected everywhere so that tests can live in any year."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")

Clock = Callable[[], datetime]
"""Gives the present moment as an aware datetime."""


def system_clock() -> datetime:
    return datetime.now(UTC)


def in_china(moment: datetime) -> datetime:
    """The same moment as the readers' clock shows it (Asia/Shanghai)."""
    return moment.astimezone(CHINA)


def stamp(moment: datetime) -> str:
    """ISO 8601 in UTC with microseconds, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def unstamp(text: str) -> datetime:
    """The moment that ``stamp`` wrote; raises ValueError on anything without an offset."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no offset from UTC")
    return moment
