"""Weibo in the sandbox: which call is answered by what, and what stands before every one of them (contracts: Weibo 1, 7)."""

from collections.abc import Callable

from channels.sandbox.accounts import Account
from channels.sandbox.exchange import Call, Handler, Reply
from channels.sandbox.faults import Fault, Hit
from channels.sandbox.store import SandboxStore
from channels.sandbox.weibo_addresses import GO, Addresses
from channels.sandbox.weibo_oauth import OPEN_CALLS, Authorisations
from channels.sandbox.weibo_posts import Posts
from channels.sandbox.weibo_reads import Reads
from channels.sandbox.weibo_replies import PLATFORM, failure

_RATES = {
    10022: "IP requests out of rate limit!",
    10023: "User requests out of rate limit!",
    10024: "User requests for /statuses/share out of rate limit!",
}
_UNAUTHORISED, _FORBIDDEN = range(21301, 21400), (10014, 10024)
# Calls of apps with more rights than an ordinary one has (contracts: Weibo 3.1).
CLOSED = (
    "2/statuses/update.json",
    "2/statuses/upload.json",
    "2/statuses/upload_url_text.json",
    "2/statuses/upload_pic.json",
)


class Weibo:
    """The platform's rules over the store's state. ``reply`` answers one call.

    A further part of the platform is a class with ``calls()``: path to method (empty for any) and handler; it is named in
    ``__init__``.
    """

    platform = PLATFORM

    def __init__(self, store: SandboxStore) -> None:
        self._store = store
        self._authorisations, self._addresses = Authorisations(store), Addresses(store)
        self._without_token: dict[str, Callable[[Call], Reply]] = {
            **dict.fromkeys(OPEN_CALLS, self._authorisations.given),
            GO: self._addresses.go,
        }
        self._calls: dict[str, tuple[str, Handler]] = {
            **dict.fromkeys(CLOSED, ("", self._closed)),
            **self._authorisations.calls(),
            **Posts(store).calls(),
            **Reads(store).calls(),
            **self._addresses.calls(),
        }

    def account_of(self, call: Call) -> str:
        """The uid whose token the call bears, empty for a stranger's."""
        account = self._authorisations.bearer(call)
        return account.id if account else ""

    def reply(self, call: Call) -> Reply:
        if call.name in self._without_token:
            return self._without_token[call.name](call)
        method, handler = self._calls.get(call.name, ("", None))
        if handler is None:
            return failure(call, 10020, "Interface not found!", 404)
        account = self._authorisations.bearer(call)
        problem = self._authorisations.problem(call)
        if problem or account is None:
            return problem or failure(call, 21332, "invalid_access_token", 401)
        if account.limit and self._store.calls_today(account) >= account.limit:
            return self.rate(call)
        if method and call.method != method:
            return failure(call, 10021, "HTTP METHOD is not suported for this request!", 405)
        return handler(account, call)

    def rate(self, call: Call, code: int = 0) -> Reply:
        return failure(call, code or 10023, _RATES.get(code or 10023, _RATES[10023]), 403 if code == 10024 else 400)

    def refused(self, call: Call) -> Reply:
        return failure(call, 20021, "content is illegal!", 400)

    def coded(self, call: Call, code: int) -> Reply:
        """Any error of the contract's table. The HTTP status is meaningful but coarse (contracts: Weibo 1.6)."""
        status = 403 if code in _FORBIDDEN else 401 if code in _UNAUTHORISED else 400
        return failure(call, code, "scripted error", status)

    def ip_refused(self, call: Call) -> Reply:
        return failure(call, 10004, "IP Limit, request ip is not contained in safety ip", 400)

    def token_problem(self, call: Call, hit: Hit) -> Reply | None:
        expired = call.name not in self._without_token and hit(Fault.EXPIRED_TOKEN)
        return failure(call, 21327, "expired_token", 401) if expired else None

    def delayed(self, call: Call, reply: Reply, value: int) -> Reply:
        """The post was made, but the answer is the code that says so (20032)."""
        told = failure(call, 20032, "Your weibo will be shown in one or two minutes.", 400)
        return Reply(told.body, told.status, accepted=reply.accepted, marker=reply.marker)

    def dressed(self, call: Call, reply: Reply, hit: Hit) -> Reply:
        """The same error in another of the shapes that were seen (contracts: Weibo 1.4, 1.6)."""
        if not isinstance(reply.body, dict) or "error_code" not in reply.body:
            return reply
        if hit(Fault.ERROR_CODE_STRING):
            reply = reply.but(body=reply.body | {"error_code": str(reply.body["error_code"])})
        return reply.but(status=200) if hit(Fault.ERRORS_AS_200) else reply

    def _closed(self, account: Account, call: Call) -> Reply:
        return failure(call, 10014, "Insufficient app permissions!", 403)
