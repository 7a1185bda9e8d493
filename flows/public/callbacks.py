"""Where platforms tell us what became of our jobs: ``/callback/wechat/<outlet>``, checked, kept, and answered at once.

Nothing is done here but keeping: whoever publishes reads the inbox. Whatever is not signed is refused before anything
is written, and the log tells of a kind of refusal once a minute, so a flood fills nothing.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from channels.wechat.callback import Callback
from channels.wechat.callback_crypto import CallbackKeys, CallbackRefused, aes_key_of
from channels.wechat.callback_xml import LARGEST_BYTES, JobEnd
from content.clock import Clock, system_clock
from content.inbox import Inbox, TooLarge
from flows.public.headers import NEVER_KEPT
from flows.settings import Settings, SettingsError, callback_secrets_of

PATH = "/callback/wechat/{outlet}"
MOST_AT_ONCE = 32
BODY_SECONDS = 3.0
QUIET_SECONDS = 60.0
_HEADERS = {"Cache-Control": NEVER_KEPT, "X-Robots-Tag": "noindex"}
# The platform repeats what is not answered by this word or by nothing within 5 s (contracts: WeChat 10).
_TAKEN = "success"
_log = logging.getLogger("tongbu.callbacks")
Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Receiver:
    """One outlet's callbacks and where they are kept."""

    callback: Callback
    inbox: Inbox

    def keep(self, end: JobEnd) -> None:
        """Keeps an event once, however often it comes. Raises OSError."""
        try:
            self.inbox.keep(end.kind, end.job, [end.account, str(end.at), end.kind, end.job], end.values())
        except TooLarge as problem:
            _log.warning("an event of job %s: %s", end.job, problem)


def receivers_of(home: Path, settings: Settings, clock: Clock = system_clock) -> dict[str, Receiver]:
    """Those WeChat outlets that have a ``callback_token``, by their id. Raises SettingsError for a key that is none."""
    found = {}
    for outlet in settings.outlets:
        secrets = callback_secrets_of(home, outlet.id) if outlet.channel == "wechat" else {}
        if "callback_token" in secrets:
            keys = _keys(outlet.id, outlet.identity, secrets)
            found[outlet.id] = Receiver(Callback(keys, clock), Inbox.of(home, outlet.channel, outlet.identity))
    return found


def callback_endpoint(receivers: Mapping[str, Receiver]) -> Endpoint:
    """What answers ``PATH`` for these outlets."""
    told = _Told()
    at_once = 0

    async def endpoint(request: Request) -> Response:
        nonlocal at_once
        receiver = receivers.get(request.path_params["outlet"])
        if receiver is None:
            return _said(HTTPStatus.NOT_FOUND)
        if at_once >= MOST_AT_ONCE:
            return _said(HTTPStatus.SERVICE_UNAVAILABLE)
        at_once += 1
        try:
            return await _answer(receiver, request)
        except CallbackRefused as problem:
            told(f"a callback for {request.path_params['outlet']} is refused: {problem}")
            return _said(HTTPStatus(problem.status))
        except OSError as problem:
            told(f"an event cannot be kept in {receiver.inbox.folder}: {problem.strerror}")
            return _said(HTTPStatus.SERVICE_UNAVAILABLE)
        finally:
            at_once -= 1

    return endpoint


async def _answer(receiver: Receiver, request: Request) -> Response:
    query = request.query_params
    if request.method != "POST":
        return PlainTextResponse(receiver.callback.echo(query), headers=_HEADERS)
    receiver.callback.admit(query)
    end = receiver.callback.event(query, await _body(request))
    if end is not None:
        await run_in_threadpool(receiver.keep, end)
    return PlainTextResponse(_TAKEN, headers=_HEADERS)


async def _body(request: Request) -> bytes:
    """The whole body. Raises CallbackRefused for one that is too large, too slow, or cut off."""
    pieces, size = [], 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for piece in request.stream():
                size += len(piece)
                if size > LARGEST_BYTES:
                    raise CallbackRefused("the message is too large", 413)
                pieces.append(piece)
    except (TimeoutError, ClientDisconnect):
        raise CallbackRefused("the message did not come", 408) from None
    return b"".join(pieces)


def _keys(outlet_id: str, appid: str, secrets: Mapping[str, str]) -> CallbackKeys:
    given = secrets.get("callback_aes_key", "")
    try:
        return CallbackKeys(appid, secrets["callback_token"], aes_key_of(given) if given else None)
    except ValueError as problem:
        raise SettingsError(f"callback_aes_key of {outlet_id}: {problem}") from None


def _said(status: HTTPStatus) -> Response:
    return PlainTextResponse(status.phrase, status, _HEADERS)


class _Told:
    """Logs each thing once a minute, and how often it came meanwhile."""

    def __init__(self) -> None:
        self._counts: dict[str, tuple[float, int]] = {}

    def __call__(self, words: str) -> None:
        now = time.monotonic()
        since, count = self._counts.get(words, (-QUIET_SECONDS, 0))
        if now - since < QUIET_SECONDS:
            self._counts[words] = (since, count + 1)
            return
        _log.warning("%s%s", words, f" ({count} more since the last time)" if count else "")
        self._counts[words] = (now, 0)
