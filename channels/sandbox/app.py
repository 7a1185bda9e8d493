"""The sandbox as one ASGI application: both platforms below their prefixes, the pages, and the switches."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from channels.sandbox.accounts import AccountsUnreadable
from channels.sandbox.exchange import Call, Reply, parsed
from channels.sandbox.faults import Fault, Switch
from channels.sandbox.pages import Pages
from channels.sandbox.store import SandboxStore
from channels.sandbox.wechat import Wechat
from channels.sandbox.weibo import Weibo

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

LARGEST_BODY = 24 * 1024 * 1024
# What the server offers for closing a connection without a byte of answer; see ``server.Droppable``.
DROP = "tongbu.drop"
_GATEWAY = b"<html><head><title>%s</title></head><body><center><h1>%s</h1></center></body></html>"


class Platform(Protocol):
    """What the app needs of a platform."""

    platform: str

    def account_of(self, call: Call) -> str: ...
    def reply(self, call: Call) -> Reply: ...
    def rate(self, call: Call) -> Reply: ...
    def refused(self, call: Call) -> Reply: ...
    def expired(self, call: Call) -> Reply: ...
    def delayed(self, call: Call, reply: Reply) -> Reply: ...


Hit = Callable[[Fault], Switch | None]
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

    pages, admin = Pages(store), _Admin(store)
    routes = [
        Route("/weibo/{name:path}", _endpoint(store, Weibo(store)), methods=["GET", "POST", "PUT", "DELETE"]),
        Route("/wechat/{name:path}", _endpoint(store, Wechat(store)), methods=["GET", "POST", "PUT", "DELETE"]),
        Route("/admin/faults", admin.faults, methods=["GET", "POST", "DELETE"]),
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
        store.note(platform.platform, account, call, carried.reply)
    return carried


def _before(platform: Platform, call: Call, hit: Hit) -> Reply | None:
    """What stops the call before the platform takes it."""
    if call.name != "cgi-bin/stable_token" and hit(Fault.EXPIRED_TOKEN):
        return platform.expired(call)
    if hit(Fault.RATE):
        return platform.rate(call)
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
    if hit(Fault.DELAYED):
        reply = platform.delayed(call, reply)
    slow = hit(Fault.SLOW)
    wait += slow.value if slow else 0
    if hit(Fault.ERROR_AFTER_ACCEPT):
        words = b"500 Internal Server Error"
        reply = replace(reply, body=_GATEWAY % (words, words), status=500, media_type="text/html")
    return Carried(reply, wait, dropped=hit(Fault.ACCEPT_THEN_DROP) is not None)


def _endpoint(store: SandboxStore, platform: Platform) -> Endpoint:
    """One platform behind its prefix."""
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import Response

    async def endpoint(request: "Request") -> "Response":
        body = await _body(request)
        if body is None:
            return Response("413 Request Entity Too Large", 413, media_type="text/html")
        carried = await run_in_threadpool(carried_out, store, platform, _call(request, body))
        await asyncio.sleep(carried.wait)
        if carried.dropped:
            await _drop(request)
        reply = carried.reply
        return Response(reply.encoded(), reply.status, headers={"Content-Type": reply.media_type})

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
    )


async def _drop(request: "Request") -> None:
    """Cuts the connection and waits until the server has noticed, so that not one byte is answered."""
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
        if not request.headers.get("content-type", "").startswith("application/json"):
            return "the content type must be application/json"
        try:
            self._store.set_fault(Switch.from_values(json.loads(await request.body())))
        except (ValueError, RecursionError) as problem:
            return str(problem)
        return ""

    async def reload(self, request: "Request") -> "Response":
        from starlette.responses import JSONResponse

        try:
            accounts = self._store.reload()
        except AccountsUnreadable as problem:
            return JSONResponse({"error": str(problem)}, 400)
        return JSONResponse({"accounts": [[account.platform, account.id, account.name] for account in accounts]})


def _plain(switch: Switch) -> dict[str, object]:
    return {
        "platform": switch.platform,
        "account": switch.account,
        "fault": switch.fault.value,
        "call": switch.call,
        "value": switch.value,
        "count": switch.count,
    }
