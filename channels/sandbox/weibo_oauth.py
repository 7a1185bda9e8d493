"""Authorisations in the sandbox's Weibo: given, asked about, at an end, taken back (contracts: Weibo 2)."""

import math
import secrets
from typing import Any
from urllib.parse import urlencode

from channels.sandbox.accounts import Account
from channels.sandbox.exchange import Call, Handler, Reply
from channels.sandbox.store import SandboxStore
from channels.sandbox.weibo_replies import PLATFORM, failure, number

AUTHORISE, ACCESS_TOKEN = "oauth2/authorize", "oauth2/access_token"
# These are asked before there is a token.
OPEN_CALLS = frozenset({AUTHORISE, ACCESS_TOKEN})
APP_KEY = 1352222456
_DAY = 86_400
_FOR_EVER = 100 * 366 * _DAY


class Authorisations:
    """The calls under ``oauth2/``, and whose token a call bears.

    Nobody logs in here: ``authorize`` sends back at once to ``redirect_uri`` with a code, for the account that the
    parameter ``uid`` names, else the first one.
    """

    def __init__(self, store: SandboxStore) -> None:
        self._store = store

    def calls(self) -> dict[str, tuple[str, Handler]]:
        return {"oauth2/get_token_info": ("POST", self._info), "oauth2/revokeoauth2": ("", self._revoke)}

    def bearer(self, call: Call) -> Account | None:
        token = _token(call)
        known = [account for account in self._store.accounts() if account.platform == PLATFORM]
        return next((account for account in known if account.secret == token), None)

    def problem(self, call: Call) -> Reply | None:
        """What is wrong with the call's token."""
        if not _token(call):
            return failure(call, 21301, "Auth faild! empty accessToken", 403)
        account = self.bearer(call)
        if account is None:
            return failure(call, 21332, "invalid_access_token", 401)
        if self._store.row("SELECT 1 FROM revoked WHERE token = ?", account.secret):
            return failure(call, 21321, "Applications over the unaudited use restrictions!", 403)
        if self._left(account) <= 0:
            return failure(call, 21327, "expired_token", 401)
        return None

    def given(self, call: Call) -> Reply:
        """Answers one of OPEN_CALLS."""
        return self._code(call) if call.name == AUTHORISE else self._access_token(call)

    def _code(self, call: Call) -> Reply:
        if call.value("response_type") != "code":
            return _refused(call, 21329, "unsupported_response_type")
        if not call.value("redirect_uri").startswith(("http://", "https://")):
            return _refused(call, 21322, "redirect_uri_mismatch")
        accounts = [account for account in self._store.accounts() if account.platform == PLATFORM]
        uid = call.value("uid")
        account = next((account for account in accounts if uid in ("", account.id)), None)
        if account is None or not call.value("client_id"):
            return _refused(call, 21324, "invalid_client")
        code = secrets.token_hex(16)
        self._store.run("INSERT INTO codes VALUES (?, ?, ?)", code, account.id, call.value("redirect_uri"))
        query = urlencode({"code": code} | ({"state": call.value("state")} if call.value("state") else {}))
        joint = "&" if "?" in call.value("redirect_uri") else "?"
        return Reply(b"", 302, "text/html", location=f"{call.value('redirect_uri')}{joint}{query}")

    def _access_token(self, call: Call) -> Reply:
        """Gives the account's token for a code, which is good for once; its life begins anew."""
        if call.method != "POST" or not call.value("client_id"):
            return _refused(call, 21323, "invalid_request")
        if not call.value("client_secret"):
            return _refused(call, 21324, "invalid_client")
        if call.value("grant_type") != "authorization_code":
            return _refused(call, 21328, "unsupported_grant_type")
        row = self._store.row("SELECT * FROM codes WHERE code = ?", call.value("code"))
        account = self._store.account(PLATFORM, row["uid"]) if row else None
        if row is None or account is None:
            return _refused(call, 21325, "invalid_grant")
        if row["redirect_uri"] != call.value("redirect_uri"):
            return _refused(call, 21322, "redirect_uri_mismatch")
        self._store.run("DELETE FROM codes WHERE code = ?", row["code"])
        self._store.authorise_again(account)
        return Reply(_granted(account, math.ceil(self._left(account))))

    def _info(self, account: Account, call: Call) -> Reply:
        since = int(self._store.account_since(account))
        values = {"uid": number(account.id), "appkey": APP_KEY, "scope": None}
        return Reply({**values, "create_at": since, "expire_in": int(self._left(account))})

    def _revoke(self, account: Account, call: Call) -> Reply:
        self._store.run("INSERT INTO revoked VALUES (?, ?)", account.secret, self._store.clock())
        return Reply({"result": "true"}, accepted=True)

    def _left(self, account: Account) -> float:
        life = account.token_days * _DAY or _FOR_EVER
        return self._store.account_since(account) + life - self._store.clock()


def _token(call: Call) -> str:
    kind, _, token = call.authorization.partition(" ")
    return call.value("access_token") or (token.strip() if kind == "OAuth2" else "")


def _granted(account: Account, seconds: int) -> dict[str, Any]:
    values = {"access_token": account.secret, "remind_in": str(seconds), "expires_in": seconds}
    return values | {"uid": account.id, "isRealName": "true"}


def _refused(call: Call, code: int, words: str) -> Reply:
    body = failure(call, code, words, 400).body
    more = {"error_uri": f"/{call.name}", "error_description": words.replace("_", " ")}
    return Reply(body | more, 400)
