"""How long an account's authorisation lasts, and that it is this account's (contracts: Weibo 2)."""

from datetime import datetime, timedelta
from typing import Any

from channels.base import Refused, Unavailable
from channels.calls import field, number, text
from content.account_facts import Facts
from content.canonical import digest
from content.clock import stamp, unstamp

# Five years is what the developer's own account gets (contracts: Weibo 2); more is no sensible answer.
LONGEST_TOKEN = 157_680_000
NAME = "authorisation"
_ASKED_AGAIN_AFTER = timedelta(days=1)


def ends_at(info: Any, uid: str, now: datetime) -> datetime:
    """The moment in the platform's answer. Raises Refused for another account's token, Unavailable when none is said."""
    if text(info, "uid") != uid:
        owner = text(info, "uid") or "未知"
        raise Refused(f"微博授权属于账号 {owner}，不是本发布点的账号 {uid}，请更换授权")
    seconds = number(field(info, "expire_in"))
    if seconds is None:
        raise Unavailable("检查微博授权：平台没有说明授权何时到期，稍后自动重试")
    return now + timedelta(seconds=min(seconds, LONGEST_TOKEN))


def keep(facts: Facts, token: str, until: datetime, now: datetime) -> None:
    facts.keep(NAME, f"{digest(token.encode())} {stamp(until)}", now + _ASKED_AGAIN_AFTER)


def known(facts: Facts, token: str) -> datetime | None:
    """The end of this very token, as the platform said within the last day."""
    mark, _, until = facts.get(NAME).partition(" ")
    return unstamp(until) if mark == digest(token.encode()) else None
