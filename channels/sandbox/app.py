"""The sandbox as one ASGI application: both platforms below their prefixes, the pages, and the switches."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from channels.sandbox.accounts import AccountsUnreadable
from channels.sandbox.events import Teller, checked, told
from channels.sandbox.exchange import Call, Reply, parsed
from channels.sandbox.faults import PUBLISHING, Fault, Hit, Switch
from channels.sandbox.pages import Pages
from channels.sandbox.store import SandboxStore
from channels.sandbox.wechat import Wechat
from channels.sandbox.weibo import Weibo

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.background import BackgroundTask
    from starlette.requests import Request
    from starlette.responses import Response

_FARTHEST_AHEAD = 10 * 366 * 86_400
LARGEST_BODY = 24 * 1024 * 1024
# What the server offers for closing a connection without a byte of answer; see ``server.Droppable``.
DROP = "tongbu.drop"
_GATEWAY = b"<html><head><title>%s</title></head><body><center><h1>%s</h1></center></body></html>"


class Platform(Protocol):
    """What the app needs of a platform."""

    platform: str

    def account_of(self, call: Call) -> str: ...
    def reply(self, call: Call) -> Reply: ...
    def rate(self, call: Call, code: int = 0) -> Reply: ...
    def refused(self, call: Call) -> Reply: ...
    def coded(self, call: Call, code: int) -> Reply: ...
    def token_problem(self, call: Call, hit: Hit) -> Reply | None: ...
    def ip_refused(self, call: Call) -> Reply: ...
    def delayed(self, call: Call, reply: Reply, value: int) -> Reply: ...
    def dressed(self, call: Call, reply: Reply, hit: Hit) -> Reply: ...


Endpoint = Callable[["Request"], Awaitable["Response"]]


@dataclass(frozen=True)
class Carried:
    """A call carried out: the reply, how many seconds it is kept back, and whether the connection is cut instead."""

    reply: Reply
    wait: float
    dropped: bool


def make_app(store: SandboxStore) -> "Starlette":
    """The application over *store*. Faults are switched in the store or by POST to ``/admin/faults``."""
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware
    from starlette.routing import Route

    pages, admin, teller = Pages(store), _Admin(store), Teller(store)
    routes = [
        Route("/weibo/{name:path}", _endpoint(store, Weibo(store), teller), methods=["GET", "POST", "PUT", "DELETE"]),
        Route("/wechat/{name:path}", _endpoint(store, Wechat(store), teller), methods=["GET", "POST", "PUT", "DELETE"]),
        Route("/admin/faults", admin.faults, methods=["GET", "POST", "DELETE"]),
        Route("/admin/clock", admin.clock, methods=["GET", "POST"]),
        Route("/admin/check", admin.check, methods=["POST"]),
        Route("/admin/events", admin.events, methods=["GET"]),
        Route("/admin/reload", admin.reload, methods=["POST"]),
        *pages.routes(),
    ]
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost", "sandbox"])
    return Starlette(routes=routes, middleware=[hosts])


def carried_out(store: SandboxStore, platform: Platform, call: Call) -> Carried:
    """Answers one call by the platform's rules and the faults that are on; state and log change together."""
    with store.transaction():
        account = platform.account_of(call)

        def hit(fault: Fault) -> Switch | None:
            return store.take(platform.platform, account, fault, call.name)

        latency = hit(Fault.LATENCY)
        wait = latency.value / 1000 if latency else 0
        early = _before(platform, call, hit)
        carried = Carried(early, wait, dropped=False) if early else _after(platform, call, hit, wait)
        carried = replace(carried, reply=platform.dressed(call, carried.reply, hit))
        store.note(platform.platform, account, call, carried.reply)
    return carried


def _before(platform: Platform, call: Call, hit: Hit) -> Reply | None:
    """What stops the call before the platform takes it."""
    if hit(Fault.IP_REFUSED):
        return platform.ip_refused(call)
    return platform.token_problem(call, hit) or _switched_off(platform, call, hit)


def _switched_off(platform: Platform, call: Call, hit: Hit) -> Reply | None:
    if rate := hit(Fault.RATE):
        return platform.rate(call, int(rate.value))
    if code := hit(Fault.CODE):
        return platform.coded(call, int(code.value))
    if hit(Fault.REFUSE):
        return platform.refused(call)
    if hit(Fault.ERROR_BEFORE):
        return Reply(_GATEWAY % (b"502 Bad Gateway", b"502 Bad Gateway"), 502, "text/html")
    return None


def _after(platform: Platform, call: Call, hit: Hit, wait: float) -> Carried:
    """The platform's reply, and what happens to it on the way back once something was accepted."""
    reply = platform.reply(call)
    if not reply.accepted:
        return Carried(reply, wait, dropped=False)
    if delayed := hit(Fault.DELAYED):
        reply = platform.delayed(call, reply, int(delayed.value))
    slow = hit(Fault.SLOW)
    wait += slow.value if slow else 0
    if hit(Fault.ERROR_AFTER_ACCEPT):
        words = b"500 Internal Server Error"
        reply = replace(reply, body=_GATEWAY % (words, words), status=500, media_type="text/html")
    return Carried(reply, wait, dropped=hit(Fault.ACCEPT_THEN_DROP) is not None)


def _endpoint(store: SandboxStore, platform: Platform, teller: Teller) -> Endpoint:
    """One platform behind its prefix."""
    from starlette.background import BackgroundTask
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import Response

    async def endpoint(request: "Request") -> "Response":
        body = await _body(request)
        if body is None:
            return Response("413 Request Entity Too Large", 413, media_type="text/html")
        call = _call(request, body)
        carried = await run_in_threadpool(carried_out, store, platform, call)
        tells = carried.reply.accepted and platform.platform == "wechat" and call.name in PUBLISHING
        if tells:
            await teller.before_the_answer()
        await asyncio.sleep(carried.wait)
        later = BackgroundTask(teller.after_the_answer) if tells else None
        if carried.dropped:
            await _drop(request, later)
        reply = carried.reply
        headers = {"Content-Type": reply.media_type} | ({"Location": reply.location} if reply.location else {})
        return Response(reply.encoded(), reply.status, headers=headers, background=later)

    return endpoint


async def _body(request: "Request") -> bytes | None:
    """The whole body; None when it is larger than any platform would take."""
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > LARGEST_BODY:
            return None
        pieces.append(piece)
    return b"".join(pieces)


def _call(request: "Request", body: bytes) -> Call:
    headers = request.headers
    return parsed(
        request.method,
        request.path_params["name"],
        dict(request.query_params),
        headers.get("content-type", ""),
        headers.get("authorization", ""),
        body,
        request.client.host if request.client else "127.0.0.1",
        request.query_params.multi_items(),
    )


async def _drop(request: "Request", later: "BackgroundTask | None") -> None:
    """Cuts the connection and waits until the server has noticed, so that not one byte is answered."""
    if later is not None:
        await later()
    drop = request.scope.get("extensions", {}).get(DROP)
    if drop is None:
        raise ConnectionAbortedError("the sandbox cut this connection (accept-then-drop)")
    drop()
    for _ in range(100):
        if await request.is_disconnected():
            return
        await asyncio.sleep(0.01)


class _Admin:
    """The switches. JSON only, so that no page of another site can flip them by a form."""

    def __init__(self, store: SandboxStore) -> None:
        self._store = store

    async def faults(self, request: "Request") -> "Response":
        from starlette.responses import JSONResponse

        if request.method == "DELETE":
            self._store.clear_faults()
        if request.method == "POST":
            problem = await self._switched(request)
            if problem:
                return JSONResponse({"error": problem}, 400)
        return JSONResponse({"faults": [_plain(switch) for switch in self._store.faults()]})

    async def _switched(self, request: "Request") -> str:
        try:
            self._store.set_fault(Switch.from_values(await _values(request)))
        except (ValueError, RecursionError) as problem:
            return str(problem)
        return ""

    async def clock(self, request: "Request") -> "Response":
        """Moves the sandbox's clock ahead of the machine's by ``ahead`` seconds."""
        from starlette.responses import JSONResponse

        if request.method == "POST":
            try:
                self._store.move_clock(_ahead(await _values(request)))
            except (ValueError, RecursionError) as problem:
                return JSONResponse({"error": str(problem)}, 400)
        return JSONResponse({"now": self._store.clock()})

    async def events(self, request: "Request") -> "Response":
        """What WeChat's accounts are told, and how it ended; the newest first."""
        from starlette.responses import JSONResponse

        return JSONResponse({"events": told(self._store)})

    async def check(self, request: "Request") -> "Response":
        """Checks an account's callback address as the console does; ``problem`` is empty when it is well."""
        from starlette.concurrency import run_in_threadpool
        from starlette.responses import JSONResponse

        try:
            values = await _values(request)
        except (ValueError, RecursionError) as problem:
            return JSONResponse({"error": str(problem)}, 400)
        appid = str(values.get("appid", "")) if isinstance(values, dict) else ""
        return JSONResponse({"problem": await run_in_threadpool(checked, self._store, appid)})

    async def reload(self, request: "Request") -> "Response":
        from starlette.responses import JSONResponse

        try:
            accounts = self._store.reload()
        except AccountsUnreadable as problem:
            return JSONResponse({"error": str(problem)}, 400)
        return JSONResponse({"accounts": [[account.platform, account.id, account.name] for account in accounts]})


async def _values(request: "Request") -> object:
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise ValueError("the content type must be application/json")
    return json.loads(await request.body())


def _ahead(values: object) -> float:
    ahead = values.get("ahead") if isinstance(values, dict) else None
    if isinstance(ahead, bool) or not isinstance(ahead, int | float) or not 0 <= ahead <= _FARTHEST_AHEAD:
        raise ValueError(f"ahead must be a number of seconds from 0 to {_FARTHEST_AHEAD}")
    return float(ahead)


def _plain(switch: Switch) -> dict[str, object]:
    return {
        "platform": switch.platform,
        "account": switch.account,
        "fault": switch.fault.value,
        "call": switch.call,
        "value": switch.value,
        "count": switch.count,
        "script": list(switch.script),
    }
