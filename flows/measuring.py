"""Brings what platforms count of the live deliveries: reads, shares, likes and comments, kept by delivery and day."""

import logging
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from channels.base import ChannelError, Measurable, Measures, Unavailable
from content import reads
from content.clock import stamp
from content.outlet import Outlet
from content.records import live_at
from flows.wiring import Wired

log = logging.getLogger("tongbu.measuring")


@dataclass
class Measured:
    """What came of one outlet: how many deliveries are live, how many of them got figures, up to which day, and why not
    more; *later* tells whether asking again helps, from *again_at* on."""

    outlet: str
    channel: str
    live: int = 0
    figures: set[str] = field(default_factory=set)
    newest: date | None = None
    problem: str = ""
    later: bool = False
    again_at: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "outlet": self.outlet,
            "channel": self.channel,
            "live": self.live,
            "measured": len(self.figures),
            "newest": self.newest.isoformat() if self.newest else None,
            "problem": self.problem,
            "again_at": stamp(self.again_at) if self.again_at else None,
        }


def measure(wired: Wired, among: Collection[str] | None = None) -> list[Measured]:
    """Asks every active outlet (*among* these) whose platform counts, unless its option ``measure`` is false; may be run as often as one
    likes. What one of them says no to keeps no other from being asked; an account that said no is asked once."""
    kept = {delivery: day for delivery, (day, _) in reads.newest(wired.database).items()}
    problems: dict[tuple[str, str], Measured] = {}
    return [_measured(wired, outlet, channel, kept, problems) for outlet, channel in _measurable(wired, among)]


def _measurable(wired: Wired, among: Collection[str] | None) -> Iterator[tuple[Outlet, Measures]]:
    active = wired.workspace.settings.active_outlets
    for outlet in (one for one in active if among is None or one.id in among):
        channel = wired.channel_if_built(outlet.id)
        if isinstance(channel, Measures) and outlet.options.get("measure") is not False:
            yield outlet, channel


def _measured(
    wired: Wired, outlet: Outlet, channel: Measures, kept: Mapping[int, date], problems: dict[tuple[str, str], Measured]
) -> Measured:
    with wired.database.read() as connection:
        live = [record for record in live_at(connection, outlet.id) if record.receipt and record.live_at]
    done = Measured(outlet.id, outlet.channel, len(live))
    account = (outlet.channel, outlet.identity)
    if account in problems:
        return replace(done, **{name: getattr(problems[account], name) for name in ("problem", "later", "again_at")})
    asked = [Measurable(one.id, one.receipt, one.live_at, kept.get(int(one.id))) for one in live]  # type: ignore[arg-type]
    if asked:
        _ask(wired, channel, asked, done)
    if done.problem:
        problems[account] = done
    return done


def _ask(wired: Wired, channel: Measures, live: list[Measurable], done: Measured) -> None:
    try:
        for figure in channel.measure(live):
            reads.keep(wired.database, int(figure.delivery), figure.day, figure.reads)
            done.figures.add(figure.delivery)
            done.newest = max(done.newest or figure.day, figure.day)
    except ChannelError as problem:
        done.problem, done.later = str(problem), isinstance(problem, Unavailable)
        done.again_at = getattr(problem, "retry_after", None)
    except Exception as problem:
        log.exception("measuring %s", done.outlet)
        done.problem, done.later = f"an unexpected {type(problem).__name__}: {problem}", True
