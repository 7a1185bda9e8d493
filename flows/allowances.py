"""What the accounts on platforms may still do today, and whose authorisation ends soon."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from channels.base import Allowance, ChannelError, Limited
from content.clock import stamp
from flows.wiring import Wired

WARNED_AHEAD = timedelta(days=7)
"""A person is warned so long before an authorisation ends (contracts: Weibo 2)."""


def allowances(wired: Wired, among: Collection[str] | None = None) -> list[dict[str, Any]]:
    """Of every active outlet (*among* these) whose platform counts: what is left, and the authorisation's end where it is
    known."""
    chosen = [one.id for one in wired.workspace.settings.active_outlets if among is None or one.id in among]
    named = [(outlet, wired.channel_if_built(outlet)) for outlet in chosen]
    return [_of(outlet, channel, wired.workspace.clock()) for outlet, channel in named if isinstance(channel, Limited)]


def ends_soon(ends_at: datetime | None, now: datetime) -> bool:
    return ends_at is not None and ends_at - now <= WARNED_AHEAD


def _of(outlet: str, channel: Limited, now: datetime) -> dict[str, Any]:
    try:
        left, ends_at, problem = channel.allowances(), channel.authorised_until(), ""
    except ChannelError as refused:
        left, ends_at, problem = [], None, str(refused)
    return {
        "outlet": outlet,
        "left": [_described(one) for one in left],
        "authorised_until": stamp(ends_at) if ends_at else None,
        "ends_soon": ends_soon(ends_at, now),
        "problem": problem,
    }


def _described(one: Allowance) -> dict[str, Any]:
    return {"calls": one.name, "left": one.left, "of": one.most, "again_at": stamp(one.again_at)}
