"""Moments as the terminal shows them."""

from datetime import datetime

from content.clock import in_china, system_clock


def short(stamped: str | None) -> str:
    """A moment as the office's clock shows it; of today only the time."""
    if not stamped:
        return ""
    moment = in_china(datetime.fromisoformat(stamped))
    today = in_china(system_clock()).date()
    return f"{moment:%H:%M:%S}" if moment.date() == today else f"{moment:%Y-%m-%d %H:%M}"


def shown_moment(moment: datetime | None) -> str:
    return f"{in_china(moment):%Y-%m-%d %H:%M:%S}" if moment else ""
