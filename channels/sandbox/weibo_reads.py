"""Reading in the sandbox's Weibo: one's own posts and what is left of the limits (contracts: Weibo 6, 7)."""

from datetime import UTC, datetime
from typing import Any

from channels.sandbox.accounts import Account
from channels.sandbox.exchange import Call, Handler, Reply
from channels.sandbox.faults import Fault
from channels.sandbox.readers import crowd
from channels.sandbox.store import SandboxStore
from channels.sandbox.weibo_posts import HOUR
from channels.sandbox.weibo_replies import PLATFORM, failure, told
from content.clock import in_china

# What an ordinary app is shown, whatever count it asks for.
SHOWN = 5
USUAL_COUNT, MOST_COUNT = 20, 100
IP_LIMIT = 15_000
_UNLIMITED = 15_000
_DAY = 86_400


class Reads:
    """``statuses/show``, ``user_timeline``, ``count`` and ``account/rate_limit_status``."""

    def __init__(self, store: SandboxStore) -> None:
        self._store = store

    def calls(self) -> dict[str, tuple[str, Handler]]:
        return {
            "2/statuses/show.json": ("GET", self.show),
            "2/statuses/user_timeline.json": ("GET", self.timeline),
            "2/statuses/count.json": ("GET", self.count),
            "2/account/rate_limit_status.json": ("GET", self.limits),
        }

    def show(self, account: Account, call: Call) -> Reply:
        row = self._row(account, call.value("id"))
        if row is None or row["deleted"] is not None or not self._visible(row, self._lag(account, call)):
            return failure(call, 20101, "target weibo does not exist!", 400)
        return Reply(told(account, row))

    def timeline(self, account: Account, call: Call) -> Reply:
        asked = call.value("uid") or account.id
        if asked != account.id or (call.value("screen_name") or account.name) != account.name:
            return failure(call, 21335, "uid must be the current user", 400)
        numbers = {name: _whole(call, name, usual) for name, usual in _PAGE.items()}
        if min(numbers.values()) < 0:
            return failure(call, 10017, "parameter value invalid", 400)
        statement = "SELECT * FROM weibos WHERE uid = ? AND deleted IS NULL ORDER BY mid DESC LIMIT 200"
        lag = self._lag(account, call)
        visible = [row for row in self._store.rows(statement, account.id) if self._visible(row, lag)]
        shown = [row for row in visible[:SHOWN] if _within(row["mid"], numbers)]
        count = min(numbers["count"] or USUAL_COUNT, MOST_COUNT)
        start = (max(numbers["page"], 1) - 1) * count
        trimmed = call.value("trim_user") == "1"
        posts = [told(account, row, trimmed=trimmed) for row in shown[start : start + count]]
        return Reply({"statuses": posts, "previous_cursor": 0, "next_cursor": 0, "total_number": len(visible)})

    def count(self, account: Account, call: Call) -> Reply:
        """In no certain order, and without those that are not there (contracts: Weibo 6)."""
        asked = call.value("ids").split(",")
        if len(asked) > MOST_COUNT:
            return failure(call, 10017, f"parameter (ids)'s value invalid, expect at most {MOST_COUNT}", 400)
        rows = [self._row(account, mid.strip()) for mid in reversed(asked)]
        alive = [row for row in rows if row is not None and row["deleted"] is None]
        return Reply([_counted(row, self._store.clock()) for row in alive])

    def limits(self, account: Account, call: Call) -> Reply:
        now = self._store.clock()
        local = in_china(datetime.fromtimestamp(now, UTC))
        seconds = _DAY - (local.hour * HOUR + local.minute * 60 + local.second)
        reset = in_china(datetime.fromtimestamp(now + seconds, UTC))
        limit = account.limit or _UNLIMITED
        used = self._store.calls_today(account) if account.limit else 0
        posts = self._store.number("SELECT count(*) FROM weibos WHERE uid = ? AND created > ?", account.id, now - HOUR)
        share = {"api": "/statuses/share", "limit": account.posts, "limit_time_unit": "HOURS"}
        share |= {"remaining_hits": max(account.posts - posts, 0)}
        values = {"ip_limit": IP_LIMIT, "limit_time_unit": "HOURS", "remaining_ip_hits": IP_LIMIT}
        values |= {"remaining_user_hits": max(limit - used, 0), "user_limit": limit}
        values |= {"reset_time": f"{reset:%Y-%m-%d %H:%M:%S}", "reset_time_in_seconds": seconds}
        return Reply(values | {"api_rate_limits": [share] if account.posts else []})

    def _lag(self, account: Account, call: Call) -> float:
        switch = self._store.take(PLATFORM, account.id, Fault.VISIBILITY_LAG, call.name)
        return switch.value if switch else 0

    def _visible(self, row: Any, lag: float) -> bool:
        return bool(self._store.clock() - row["created"] >= lag)

    def _row(self, account: Account, mid: str) -> Any:
        if not (mid.isascii() and mid.isdigit() and len(mid) < 19):
            return None
        return self._store.row("SELECT * FROM weibos WHERE mid = ? AND uid = ?", int(mid), account.id)


_PAGE = {"since_id": 0, "max_id": 0, "count": USUAL_COUNT, "page": 1}


def _whole(call: Call, name: str, usual: int) -> int:
    """A number of the call, -1 where it is none."""
    value = call.value(name)
    if not value:
        return usual
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else -1


def _counted(row: Any, now: float) -> dict[str, int]:
    come = crowd(row["mid"], now - row["created"])
    return {"id": row["mid"], "comments": come.comments, "reposts": come.shares, "attitudes": come.likes}


def _within(mid: int, numbers: dict[str, int]) -> bool:
    return mid > numbers["since_id"] and (not numbers["max_id"] or mid <= numbers["max_id"])
