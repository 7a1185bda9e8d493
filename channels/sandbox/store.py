"""The sandbox's memory: accounts, what was published, the log of calls, and the faults that are switched on.

SQLite in the workspace, so that it survives restarts and ``kill -9``. The log is append-only: it is what tests ask how
often something was really accepted.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from channels.sandbox.accounts import Account, accounts_in
from channels.sandbox.exchange import Call, Reply
from channels.sandbox.faults import CLEARING, PUBLISHING, Fault, Switch

# One file for each part of the platforms; every statement says IF NOT EXISTS.
SCHEMAS = Path(__file__).parent / "data"
DATABASE = "sandbox.sqlite3"
# Columns that came after their table: a sandbox of an earlier version gets them when it is opened.
LATER_COLUMNS = (
    ("accounts", "settings", "TEXT NOT NULL DEFAULT '{}'"),
    ("faults", "script", "TEXT NOT NULL DEFAULT '[]'"),
    ("tokens", "family", "TEXT NOT NULL DEFAULT 'stable'"),
    ("tokens", "superseded", "INTEGER NOT NULL DEFAULT 0"),
    ("publications", "script", "TEXT NOT NULL DEFAULT '[]'"),
    ("weibos", "reposted", "INTEGER NOT NULL DEFAULT 0"),
    ("mass_sends", "reason", "INTEGER NOT NULL DEFAULT 0"),
    ("mass_sends", "tag", "INTEGER NOT NULL DEFAULT 0"),
)
_FROM_CHINA_MIDNIGHT = 8 * 3600


@dataclass(frozen=True)
class Logged:
    """One line of the log. *at* is Unix seconds; *marker* what was said (Weibo's text, WeChat's address of the page)."""

    number: int
    at: float
    platform: str
    account: str
    call: str
    marker: str
    accepted: bool
    result: str


class SandboxStore:
    """Everything the sandbox knows, in *folder*. Safe for several threads and processes. *clock* gives Unix seconds."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._clock = clock
        self._lock = threading.RLock()
        self._depth = 0
        self._database = sqlite3.connect(folder / DATABASE, check_same_thread=False, timeout=10, isolation_level=None)
        self._database.row_factory = sqlite3.Row
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        for schema in sorted(SCHEMAS.glob("*.sql")):
            self._database.executescript(schema.read_text(encoding="utf-8"))
        self._add_later_columns()
        self.reload()

    def close(self) -> None:
        with self._lock:
            self._database.close()

    def clock(self) -> float:
        """Unix seconds on the sandbox's own clock, which may have been moved ahead."""
        return self._clock() + self.ahead()

    def ahead(self) -> float:
        """By how many seconds it was moved."""
        row = self.row("SELECT value FROM settings WHERE name = 'ahead'")
        return float(row["value"]) if row else 0.0

    def move_clock(self, seconds: float) -> None:
        """How far the sandbox's clock is ahead of the machine's: tokens end, windows pass, days begin."""
        self.run("INSERT INTO settings VALUES ('ahead', ?) ON CONFLICT DO UPDATE SET value = excluded.value", seconds)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, one at a time; may be nested."""
        with self._lock:
            self._depth += 1
            try:
                if self._depth == 1:
                    self._database.execute("BEGIN IMMEDIATE")
                yield
            except BaseException:
                if self._depth == 1:
                    self._database.execute("ROLLBACK")
                raise
            else:
                if self._depth == 1:
                    self._database.execute("COMMIT")
            finally:
                self._depth -= 1

    def run(self, statement: str, *values: Any) -> None:
        with self._lock:
            self._database.execute(statement, values)

    def rows(self, statement: str, *values: Any) -> list[sqlite3.Row]:
        with self._lock:
            return self._database.execute(statement, values).fetchall()

    def row(self, statement: str, *values: Any) -> sqlite3.Row | None:
        found = self.rows(statement, *values)
        return found[0] if found else None

    def number(self, statement: str, *values: Any) -> int:
        found = self.row(statement, *values)
        return int(found[0] or 0) if found else 0

    def reload(self) -> list[Account]:
        """Takes over what ``accounts.json`` lists now. Raises AccountsUnreadable."""
        listed = accounts_in(self.folder)
        with self.transaction():
            for account in listed:
                self.add_account(account)
        return self.accounts()

    def add_account(self, account: Account) -> None:
        """Adds an account, or gives it other values; its publications stay. With another secret the
        life of its token begins anew."""
        known = (account.platform, account.id, account.name, account.secret, account.domain, account.limit)
        self.run(
            "INSERT INTO accounts (platform, id, name, secret, domain, daily_limit, since, settings)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET name = excluded.name,"
            " since = CASE WHEN secret = excluded.secret THEN since ELSE excluded.since END,"
            " secret = excluded.secret, domain = excluded.domain, daily_limit = excluded.daily_limit,"
            " settings = excluded.settings",
            *known,
            self.clock(),
            json.dumps(account.settings),
        )

    def accounts(self) -> list[Account]:
        return [_account(row) for row in self.rows("SELECT * FROM accounts ORDER BY platform, rowid")]

    def account(self, platform: str, identity: str) -> Account | None:
        row = self.row("SELECT * FROM accounts WHERE platform = ? AND id = ?", platform, identity)
        return _account(row) if row else None

    def authorise_again(self, account: Account) -> None:
        """The life of the account's token begins anew."""
        self.run("DELETE FROM revoked WHERE token = ?", account.secret)
        statement = "UPDATE accounts SET since = ? WHERE platform = ? AND id = ?"
        self.run(statement, self.clock(), account.platform, account.id)

    def account_since(self, account: Account) -> float:
        row = self.row("SELECT since FROM accounts WHERE platform = ? AND id = ?", account.platform, account.id)
        return float(row["since"]) if row else self.clock()

    def set_fault(self, switch: Switch) -> None:
        values = (switch.platform, switch.account, switch.fault.value, switch.call, switch.value, switch.count)
        statement = (
            "INSERT INTO faults (platform, account, fault, call, value, remaining, script) VALUES (?, ?, ?, ?, ?, ?, ?)"
        )
        self.run(statement, *values, json.dumps(switch.script))

    def clear_faults(self) -> None:
        self.run("DELETE FROM faults")

    def faults(self) -> list[Switch]:
        return [_switch(row) for row in self.rows("SELECT * FROM faults ORDER BY number")]

    def take(self, platform: str, account: str, fault: Fault, call: str) -> Switch | None:
        """The fault if it hits this call; one of those that were counted is used up."""
        statement = "SELECT * FROM faults WHERE platform = ? AND account IN (?, '*') AND fault = ? ORDER BY number"
        with self.transaction():
            for row in self.rows(statement, platform, account, fault.value):
                switch = _switch(row)
                if switch.hits(call):
                    self._use_up(row)
                    return switch
        return None

    def note(self, platform: str, account: str, call: Call, reply: Reply) -> None:
        """Writes a line of the log, in the same transaction as what the call did."""
        values = (self.clock(), platform, account, call.name, reply.marker, int(reply.accepted), _result(reply))
        statement = (
            "INSERT INTO calls (at, platform, account, call, marker, accepted, result) VALUES (?, ?, ?, ?, ?, ?, ?)"
        )
        self.run(statement, *values)

    def log(self, limit: int = 200) -> list[Logged]:
        """The newest lines, newest first."""
        return [_logged(row) for row in self.rows("SELECT * FROM calls ORDER BY number DESC LIMIT ?", limit)]

    def calls(self, platform: str, account: str, call: str = "") -> list[Logged]:
        """Every line of an account, oldest first; of one call where it is named."""
        found = self.rows("SELECT * FROM calls WHERE platform = ? AND account = ? ORDER BY number", platform, account)
        return [_logged(row) for row in found if not call or row["call"] == call]

    def published(self, platform: str, account: str) -> list[Logged]:
        """What the account's publishing call accepted, oldest first: the oracle."""
        return [line for line in self.calls(platform, account) if line.accepted and line.call in PUBLISHING]

    def calls_today(self, account: Account, call: str = "") -> int:
        """How many calls the account has made since midnight in China; of one call where it is named."""
        statement = (
            "SELECT count(*) FROM calls WHERE platform = ? AND account = ? AND at >= ? AND (? = '' OR call = ?)"
            " AND result NOT LIKE '45009 %'"
        )
        return self.number(statement, account.platform, account.id, self._day_began(account), call, call)

    def _day_began(self, account: Account) -> float:
        """Midnight in China, when quotas begin anew (contracts: WeChat 2.2), or when they were last cleared, if later."""
        now = self.clock() + _FROM_CHINA_MIDNIGHT
        midnight = now - now % 86_400 - _FROM_CHINA_MIDNIGHT
        statement = "SELECT max(at) AS last FROM calls WHERE platform = ? AND account = ? AND call = ? AND accepted = 1"
        row = self.row(statement, account.platform, account.id, CLEARING)
        return max(midnight, row["last"] or 0) if row else midnight

    def keep_media(self, media_id: str, account: Account, use: str, media_type: str, data: bytes) -> None:
        values = (media_id, account.platform, account.id, use, media_type, data, self.clock())
        self.run("INSERT INTO media VALUES (?, ?, ?, ?, ?, ?, ?)", *values)

    def _add_later_columns(self) -> None:
        with self.transaction():
            for table, column, kind in LATER_COLUMNS:
                if column not in {row["name"] for row in self.rows(f"PRAGMA table_info({table})")}:
                    self.run(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")

    def _use_up(self, row: sqlite3.Row) -> None:
        if row["remaining"] is None:
            return
        self.run("UPDATE faults SET remaining = remaining - 1 WHERE number = ?", row["number"])
        self.run("DELETE FROM faults WHERE remaining <= 0")


def published_in(folder: Path, platform: str, account: str) -> Sequence[Logged]:
    """The oracle of a sandbox that runs elsewhere, by its folder."""
    store = SandboxStore(folder)
    try:
        return store.published(platform, account)
    finally:
        store.close()


def _result(reply: Reply) -> str:
    if reply.hint:
        return reply.hint[:200]
    if isinstance(reply.body, dict):
        code = reply.body.get("error_code") or reply.body.get("errcode") or 0
        words = reply.body.get("error") or reply.body.get("errmsg") or ""
        return f"{code} {words}".strip()[:200]
    return f"HTTP {reply.status}"


def _account(row: sqlite3.Row) -> Account:
    settings = json.loads(row["settings"])
    known = (row["platform"], row["id"], row["name"], row["secret"], row["domain"], row["daily_limit"])
    return Account(*known, **settings | {name: tuple(settings.get(name, ())) for name in ("tags", "rights")})


def _switch(row: sqlite3.Row) -> Switch:
    known = (row["platform"], row["account"], Fault(row["fault"]), row["call"], row["value"], row["remaining"])
    return Switch(*known, script=tuple(json.loads(row["script"])))


def _logged(row: sqlite3.Row) -> Logged:
    return Logged(
        row["number"],
        row["at"],
        row["platform"],
        row["account"],
        row["call"],
        row["marker"],
        bool(row["accepted"]),
        row["result"],
    )
