"""Access tokens of the sandbox's official accounts: both families, their lives and their errors (contracts: WeChat 2)."""

import secrets
from typing import Any

from channels.sandbox.accounts import Account
from channels.sandbox.exchange import Call, Reply
from channels.sandbox.store import SandboxStore
from channels.sandbox.wechat_replies import PLATFORM, body_of, failure

TOKEN, STABLE_TOKEN = "cgi-bin/token", "cgi-bin/stable_token"
TOKEN_CALLS = frozenset({TOKEN, STABLE_TOKEN})
TOKEN_SECONDS = 7200
OVERLAP_SECONDS = 300
FORCED_PAUSE_SECONDS = 30
FORCED_A_DAY = 20
_SHORTEST = 40


class Tokens:
    """Gives tokens out and says what is wrong with one."""

    def __init__(self, store: SandboxStore) -> None:
        self._store = store

    def account_of(self, call: Call) -> str:
        if call.name == TOKEN:
            return call.query.get("appid", "")
        if call.name == STABLE_TOKEN:
            values = body_of(call)
            return "" if isinstance(values, Reply) else str(values.get("appid", ""))
        row = self._row(call)
        return str(row["appid"]) if row else ""

    def given(self, call: Call) -> Reply:
        """Answers one of TOKEN_CALLS. The two families know nothing of each other."""
        if call.name == TOKEN:
            account = self._asking(call.query)
            return account if isinstance(account, Reply) else self._another(account)
        if call.method != "POST":
            return failure(43002, "require POST method")
        values = body_of(call)
        account = values if isinstance(values, Reply) else self._asking(values)
        if isinstance(account, Reply) or isinstance(values, Reply):
            return account if isinstance(account, Reply) else failure(47001, "data format error")
        return self._stable(account, force=values.get("force_refresh") is True)

    def problem(self, call: Call) -> Reply | None:
        """What is wrong with the call's token."""
        token = call.query.get("access_token", "")
        if not token:
            return failure(41001, "access_token missing")
        row = self._row(call)
        if row is None and len(token) < _SHORTEST:
            return failure(40014, "invalid access_token")
        if row is None or row["superseded"]:
            return failure(40001, "invalid credential, access_token is invalid or not latest")
        return failure(42001, "access_token expired") if row["expires"] <= self._store.clock() else None

    def end(self, appid: str) -> None:
        """All tokens of the account are over."""
        self._store.run("UPDATE tokens SET expires = ? WHERE appid = ?", self._store.clock(), appid)

    def supersede(self, appid: str) -> None:
        """Somebody else had another token made, and these died at once."""
        statement = "UPDATE tokens SET superseded = 1, expires = min(expires, ?) WHERE appid = ?"
        self._store.run(statement, self._store.clock(), appid)

    def _asking(self, values: Any) -> Account | Reply:
        rules = (("appid", 41002, "appid missing"), ("secret", 41004, "appsecret missing"))
        if values.get("grant_type") != "client_credential":
            return failure(40002, "invalid grant_type")
        for name, code, words in rules:
            if not values.get(name):
                return failure(code, words)
        account = self._store.account(PLATFORM, str(values["appid"]))
        if account is None:
            return failure(40013, "invalid appid")
        return account if values["secret"] == account.secret else failure(40125, "invalid appsecret")

    def _another(self, account: Account) -> Reply:
        """Contracts: WeChat 2.1: every call a new token; the one before goes on for five minutes at most."""
        now = self._store.clock()
        statement = "UPDATE tokens SET expires = min(expires, ?) WHERE appid = ? AND family = 'token'"
        self._store.run(statement, now + OVERLAP_SECONDS, account.id)
        return self._made(account, "token", forced=False)

    def _stable(self, account: Account, *, force: bool) -> Reply:
        """Contracts: WeChat 2.1: the same token with what is left of it; forced, a new one and the old dies at once."""
        now = self._store.clock()
        statement = (
            "SELECT * FROM tokens WHERE appid = ? AND family = 'stable' AND superseded = 0"
            " ORDER BY expires DESC, issued DESC"
        )
        current = self._store.row(statement, account.id)
        recent = force and current is not None and current["forced"] and now - current["issued"] < FORCED_PAUSE_SECONDS
        fresh = current is not None and current["expires"] - now > OVERLAP_SECONDS
        if current is not None and fresh and (recent or not force):
            return Reply({"access_token": current["token"], "expires_in": int(current["expires"] - now)})
        if force and self._forced_today(account) >= FORCED_A_DAY:
            return failure(45009, "reach max api daily quota limit")
        if force:
            statement = (
                "UPDATE tokens SET superseded = 1, expires = min(expires, ?) WHERE appid = ? AND family = 'stable'"
            )
            self._store.run(statement, now, account.id)
        return self._made(account, "stable", forced=force)

    def _forced_today(self, account: Account) -> int:
        statement = "SELECT count(*) FROM tokens WHERE appid = ? AND forced = 1 AND issued > ?"
        return self._store.number(statement, account.id, self._store.clock() - 86_400)

    def _made(self, account: Account, family: str, *, forced: bool) -> Reply:
        now, token = self._store.clock(), f"97_{secrets.token_urlsafe(96)}"
        statement = "INSERT INTO tokens (token, appid, issued, expires, forced, family) VALUES (?, ?, ?, ?, ?, ?)"
        self._store.run(statement, token, account.id, now, now + TOKEN_SECONDS, int(forced), family)
        return Reply({"access_token": token, "expires_in": TOKEN_SECONDS})

    def _row(self, call: Call) -> Any:
        return self._store.row("SELECT * FROM tokens WHERE token = ?", call.query.get("access_token", ""))
