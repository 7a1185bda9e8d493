"""The moment that a partner's receipt states."""

from datetime import date, datetime, time, timedelta

from content.clock import CHINA, in_china

_DAY = len("2026-11-24")


class NoMoment(ValueError):
    """What is stated is no moment, lies in the future, or before the hand-over."""


def stated_moment(text: str, handed_over: datetime, now: datetime) -> datetime:
    """A date (2026-11-24) or a moment (2026-11-24 18:30), China time. A bare date means some time on that day, after the
    hand-over (design.md: Live). Raises NoMoment."""
    try:
        stated = datetime.fromisoformat(text)
    except ValueError:
        raise NoMoment(f"{text!r} is not a moment: write 2026-11-24 or 2026-11-24 18:30") from None
    moment = stated if stated.tzinfo else stated.replace(tzinfo=CHINA)
    if len(text) == _DAY:
        moment = _on_the_day(stated.date(), moment, handed_over, now)
    if moment > now:
        raise NoMoment(f"{text} lies in the future")
    if moment < handed_over - timedelta(minutes=5):
        raise NoMoment(f"{text} lies before the hand-over at {in_china(handed_over):%Y-%m-%d %H:%M}")
    return moment


def _on_the_day(day: date, midnight: datetime, handed_over: datetime, now: datetime) -> datetime:
    if in_china(handed_over).date() == day:
        return handed_over
    if in_china(now).date() == day:
        return min(now, datetime.combine(day, time(12), CHINA))
    return midnight
