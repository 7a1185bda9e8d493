"""Calls to a platform over HTTP: what a lost or odd answer proves, decided once for all platforms.

A call *acts* when the platform may do something public because of it. Where the answer to such a call is lost after
the request may have left, nobody knows what happened: ``Unknown``. Everything else that fails is ``Unavailable``.
"""

import json
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Protocol

from channels.base import Refused, Unavailable, Unknown

if TYPE_CHECKING:
    import httpx


class Answer(Protocol):
    """An answer as far as it matters here; httpx's own is one."""

    @property
    def status_code(self) -> int: ...
    @property
    def content(self) -> bytes: ...
    @property
    def headers(self) -> Mapping[str, str]: ...


class _Redacted(logging.Filter):
    """httpx logs whole addresses; WeChat demands the token in the query (contracts: WeChat 1.1)."""

    _SECRET = re.compile(r"((?:access_token|secret|appsecret)=)[^&\s\"]+")

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self._SECRET.sub(r"\1***", record.getMessage()), ()
        return True


def quiet_logs() -> None:
    """Keeps credentials out of httpx's log lines; safe to call often."""
    logger = logging.getLogger("httpx")
    if not any(isinstance(known, _Redacted) for known in logger.filters):
        logger.addFilter(_Redacted())


def answer(
    client: "httpx.Client", method: str, url: str, what: str, *, acts: bool = False, **request: Any
) -> "httpx.Response":
    """Sends one request, once. *what* names the call in messages, in Chinese.

    Raises Unavailable when provably nothing was done, Unknown when an acting call's answer was lost, and Refused for
    an address that cannot be called at all.
    """
    quiet_logs()
    with said_of_calls(what, acts=acts):
        return client.request(method, url, **request)


@contextmanager
def said_of_calls(what: str, *, acts: bool) -> Iterator[None]:
    """Turns what goes wrong with one request into the error that it proves, as ``answer`` says."""
    import httpx

    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as problem:
        raise Unavailable(
            f"{what}：连接不上平台（{type(problem).__name__}），未发出任何内容，稍后自动重试"
        ) from problem
    except (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.LocalProtocolError) as problem:
        raise Refused(f"{what}：接口地址无效，请检查该发布点的 api 设置") from problem
    except httpx.HTTPError as problem:
        raise lost(f"{what}：请求发出后没有收到完整回答（{type(problem).__name__}）", acts=acts) from problem


def lost(message: str, *, acts: bool) -> Unknown | Unavailable:
    """The error for an answer that proves nothing."""
    return Unknown(f"{message}，结果未知，须先核实") if acts else Unavailable(f"{message}，稍后自动重试")


def json_of(response: Answer) -> Any:
    """The JSON of an answer whatever its media type; None when it is none.

    Bytes that are not UTF-8 and raw control characters occur in real answers (contracts: WeChat 1.6, 1.7).
    """
    try:
        return json.loads(response.content.decode("utf-8", "ignore").lstrip("\ufeff"), strict=False)
    except (ValueError, RecursionError):
        return None


def gateway(response: Answer, what: str, now: datetime, *, acts: bool) -> Exception:
    """The error for an answer that does not come from the platform's own code: a gateway's page, a bare status."""
    status = response.status_code
    if status == 429:
        return Unavailable(f"{what}：请求过于频繁（HTTP 429）", retry_after(response, now))
    return lost(f"{what}：平台返回了无法识别的内容（HTTP {status}）", acts=acts)


def retry_after(response: Answer, now: datetime) -> datetime:
    """When the answer's Retry-After header allows the next call; a minute from now where it says nothing."""
    value = response.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return now + timedelta(seconds=min(int(value), 86_400))
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return now + timedelta(minutes=1)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def number(value: Any) -> int | None:
    """A code that may come as a number or as text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value).strip()
    return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else None


def tally(values: Any, name: str) -> int | None:
    """A member that counts something; None where it is no number from 0 that the ledger can hold."""
    counted = number(field(values, name))
    return counted if counted is not None and 0 <= counted <= 2_147_483_647 else None


def field(values: Any, name: str) -> Any:
    """A member of what should be a JSON object; None when it is not one or has no such member."""
    return values.get(name) if isinstance(values, Mapping) else None


def text(values: Any, name: str) -> str:
    """A member as text, numbers included; empty for anything else."""
    value = field(values, name)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
