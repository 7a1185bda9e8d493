"""WeChat in the sandbox: which call is answered by what, and what stands before every one of them (contracts: WeChat 1–3)."""

from channels.sandbox.accounts import Account
from channels.sandbox.exchange import Call, Handler, Reply
from channels.sandbox.faults import CLEARING, Fault, Hit
from channels.sandbox.store import SandboxStore
from channels.sandbox.wechat_datacube import Datacube
from channels.sandbox.wechat_drafts import Drafts
from channels.sandbox.wechat_mass import SENDALL, Mass
from channels.sandbox.wechat_media import Materials
from channels.sandbox.wechat_publish import Publications
from channels.sandbox.wechat_replies import PLATFORM, body_of, done, failure
from channels.sandbox.wechat_tokens import TOKEN_CALLS, Tokens

CLEARS_A_MONTH = 10
_MONTH_SECONDS = 30 * 86_400
# Calls a day of a new account (contracts: WeChat 3).
QUOTAS = {
    "cgi-bin/token": 2_000,
    "cgi-bin/stable_token": 500_000,
    "cgi-bin/media/upload": 100_000,
    "cgi-bin/media/uploadimg": 100_000,
    "cgi-bin/material/add_material": 100_000,
    "cgi-bin/draft/add": 1_000,
    "cgi-bin/draft/get": 500,
    "cgi-bin/draft/update": 1_000,
    "cgi-bin/draft/delete": 1_000,
    "cgi-bin/draft/count": 1_000,
    "cgi-bin/draft/batchget": 1_000,
    "cgi-bin/freepublish/submit": 100,
    "cgi-bin/freepublish/get": 100,
    "cgi-bin/freepublish/delete": 10,
    "cgi-bin/freepublish/getarticle": 100,
    "cgi-bin/freepublish/batchget": 100,
    "cgi-bin/message/mass/sendall": 100,
    "cgi-bin/message/mass/delete": 10,
    "cgi-bin/message/mass/preview": 100,
}


class Wechat:
    """The platform's rules over the store's state. ``reply`` answers one call.

    A further part of the platform is a class with ``calls()``: path to method and handler; it is named in ``__init__``.
    """

    platform = PLATFORM

    def __init__(self, store: SandboxStore) -> None:
        self._store = store
        self._tokens, self._mass = Tokens(store), Mass(store)
        self._calls: dict[str, tuple[str, Handler]] = {
            **Materials(store).calls(),
            **Drafts(store).calls(),
            **Publications(store).calls(),
            **Datacube(store).calls(),
            **self._mass.calls(),
            CLEARING: ("POST", self._clear_quota),
            "cgi-bin/openapi/quota/get": ("POST", self._quota),
        }

    def account_of(self, call: Call) -> str:
        """The appid that the call is for, by its token or, where tokens are given out, by what is asked."""
        return self._tokens.account_of(call)

    def reply(self, call: Call) -> Reply:
        if call.name in TOKEN_CALLS:
            account = self._store.account(PLATFORM, self.account_of(call))
            return (self._over_quota(account, call) if account else None) or self._tokens.given(call)
        method, handler = self._calls.get(call.name, ("", None))
        if handler is None:
            return failure(40066, "invalid url")
        if call.method != method:
            return failure(43002, "require POST method") if method == "POST" else failure(43001, "require GET method")
        problem = self._tokens.problem(call)
        account = self._store.account(PLATFORM, self.account_of(call))
        if problem or account is None:
            return problem or failure(40001, "invalid credential, access_token is invalid or not latest")
        return self._over_quota(account, call) or handler(account, call)

    def rate(self, call: Call, code: int = 0) -> Reply:
        if code == 45009:
            return failure(45009, "reach max api daily quota limit")
        return failure(code or 45011, "api minute-quota reach limit, must slower, retry next minute")

    def refused(self, call: Call) -> Reply:
        if call.name == SENDALL:
            return failure(48003, "user not agree mass-send protocol")
        return failure(53503, "draft failed the pre-publish check")

    def coded(self, call: Call, code: int) -> Reply:
        return failure(code, "system error" if code == -1 else "scripted error")

    def ip_refused(self, call: Call) -> Reply:
        """Contracts: WeChat 2.2: the words carry the caller's address."""
        return failure(40164, f"invalid ip {call.ip} ipv6 ::ffff:{call.ip}, not in whitelist")

    def token_problem(self, call: Call, hit: Hit) -> Reply | None:
        """The account's tokens are dead from now on; the next one that is given out is another."""
        if call.name in TOKEN_CALLS:
            return None
        if hit(Fault.EXPIRED_TOKEN):
            self._tokens.end(self.account_of(call))
            return failure(42001, "access_token expired")
        if hit(Fault.SUPERSEDED_TOKEN):
            self._tokens.supersede(self.account_of(call))
            return failure(40001, "invalid credential, access_token is invalid or not latest")
        return None

    def delayed(self, call: Call, reply: Reply, value: int) -> Reply:
        """The publication just accepted will not pass the platform's review (publish_status 4; SEND_FAIL, for the reason *value*)."""
        if reply.accepted and call.name == SENDALL:
            self._mass.failing(int(reply.body["msg_id"]), value)
        if reply.accepted and isinstance(reply.body, dict) and "publish_id" in reply.body:
            self._store.run("UPDATE publications SET outcome = 4 WHERE publish_id = ?", int(reply.body["publish_id"]))
        return reply

    def dressed(self, call: Call, reply: Reply, hit: Hit) -> Reply:
        """The same reply in another of the shapes that were seen (contracts: WeChat 1.3, 1.6, 1.7, 4.1, 5.1)."""
        if isinstance(reply.body, dict) and hit(Fault.TIDY):
            extras = {"item"} if "media_id" in reply.body else set()
            kept = {name: value for name, value in reply.body.items() if name not in extras}
            reply = reply.but(body={"errcode": 0, "errmsg": "ok", **kept})
        reply = reply.but(dirty=True) if hit(Fault.DIRTY_BYTES) else reply
        return reply.but(media_type="text/plain") if hit(Fault.TEXT_PLAIN) else reply

    def _over_quota(self, account: Account, call: Call) -> Reply | None:
        most = self._daily(account, call.name)
        if not most or self._store.calls_today(account, call.name) < most:
            return None
        return self.rate(call, 45009)

    def _daily(self, account: Account, name: str) -> int:
        usual = account.quotas.get("*", QUOTAS.get(name, 0))
        return account.quotas.get(name, usual)

    def _clear_quota(self, account: Account, call: Call) -> Reply:
        """Ten times a month the day's counts begin anew (contracts: WeChat 2.3)."""
        values = body_of(call)
        if isinstance(values, Reply):
            return values
        if values.get("appid") != account.id:
            return failure(40013, "invalid appid")
        statement = "SELECT count(*) FROM calls WHERE account = ? AND call = ? AND accepted = 1 AND at > ?"
        since = self._store.clock() - _MONTH_SECONDS
        if self._store.number(statement, account.id, CLEARING, since) >= CLEARS_A_MONTH:
            return failure(48006, "forbid to clear quota because of reaching the limit")
        return done()

    def _quota(self, account: Account, call: Call) -> Reply:
        values = body_of(call)
        if isinstance(values, Reply):
            return values
        name = str(values.get("cgi_path", "")).strip("/")
        if name not in QUOTAS:
            return failure(76021, "cgi_path not found, please check")
        most, used = self._daily(account, name), self._store.calls_today(account, name)
        left = max(most - used, 0)
        return Reply({"errcode": 0, "errmsg": "ok", "quota": {"daily_limit": most, "used": used, "remain": left}})
