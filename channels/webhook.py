"""A signed webhook: an event posted to a partner's server, and what its answer proves.

Headers and signature are those of Standard Webhooks (standardwebhooks.com), so that a receiver may verify with any of its
libraries; what a receiver must do stands in docs/app.md. An event keeps its id through every attempt; its timestamp is
that of the attempt.
"""

import base64
import binascii
import hashlib
import hmac
import ipaddress
import re
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, quote, urlsplit

from channels.base import Refused, Unavailable, Workbench
from channels.calls import field, gateway, json_of, lost, quiet_logs, retry_after, said_of_calls, text
from channels.options import yes_or_no
from content.canonical import canonical_json, digest_of
from content.clock import in_china
from content.outlet import Outlet

if TYPE_CHECKING:
    import httpx

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
KEYS = ("webhook_key", "webhook_key_old")
KEY_PREFIX = "whsec_"
LEAST_KEY_BYTES = 24
ANSWER_BYTES = 64 * 1024
ANSWER_SECONDS = 20.0
"""Together with the longest silence that the client waits for, less than a lease: nobody takes a sender that waits for dead
(engine.md S4)."""
_HEADERS = {"Content-Type": "application/json", "Accept-Encoding": "identity", "User-Agent": "tongbu"}
_WORDS = 200
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# RFC 1918 and RFC 4193
_PRIVATE = [ipaddress.ip_network(one) for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")]
_MAY_BE_ALLOWED = "；后台确在单位内网的，请写明 allow_private = true"
_HTML = re.compile(rb"\s*<")


@dataclass(frozen=True)
class Event:
    """What is told, and the id by which the receiver knows a repetition."""

    id: str
    body: bytes


@dataclass(frozen=True)
class _Answer:
    """As much of an answer as is read."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes


class Webhook:
    """The receiver that the outlet's options name: ``webhook`` (its address), ``webhook_status`` (where it says what it has)
    ``webhook_repeat`` (false: it does not drop repetitions) and ``allow_private`` (it may stand in the office's own network). Secrets: ``webhook_key``, and ``webhook_key_old`` while a
    new key is brought in."""

    def __init__(self, outlet: Outlet, bench: Workbench) -> None:
        self._outlet = outlet
        self._bench = bench

    @property
    def configured(self) -> bool:
        return bool(self._outlet.options.get("webhook"))

    def check(self) -> None:
        """That addresses and keys can be used; nobody is asked but the name server. Raises Refused, and Unavailable."""
        self._keys()
        self.may_repeat()
        for name in ("webhook", "webhook_status"):
            if self._outlet.options.get(name):
                self._address(name)

    def may_repeat(self) -> bool:
        """Whether the receiver drops what it has already, as docs/app.md demands. Raises Refused."""
        return yes_or_no(self._outlet, "webhook_repeat") is not False

    def send(self, event: Event) -> str:
        """Posts the event once; returns the status that acknowledges it. Raises Refused, Unavailable and Unknown."""
        answer = self._call("POST", self._address("webhook"), event, "通知应用后台", acts=True)
        if 200 <= answer.status_code < 300 and not _HTML.match(answer.content):
            return str(answer.status_code)
        raise self._problem(answer, "通知应用后台")

    def ping(self) -> str:
        """Posts a signed event that changes nothing; returns the status. Raises what ``send`` raises."""
        now = self._bench.clock()
        values = {"type": "ping", "timestamp": in_china(now).isoformat(timespec="seconds"), "data": {}}
        return self.send(Event(f"ping-{digest_of({**values, 'outlet': self._outlet.id})[:32]}", canonical_json(values)))

    def received(self, event_id: str) -> bool | None:
        """Whether the receiver says that it has the event; None where it offers no way to ask. Raises Unavailable."""
        if not self._outlet.options.get("webhook_status"):
            return None
        what = "查询应用后台"
        address = f"{self._address('webhook_status').rstrip('/')}/{quote(event_id)}"
        answer = self._call("GET", address, Event(event_id, b""), what, acts=False)
        said = json_of(answer)
        if answer.status_code == 200 and text(said, "id") == event_id and isinstance(field(said, "received"), bool):
            return bool(said["received"])
        raise lost(f"{what}：后台没有说明是否收到（HTTP {answer.status_code}）", acts=False)

    def _call(self, method: str, address: str, event: Event, what: str, *, acts: bool) -> _Answer:
        quiet_logs()
        headers = {**_HEADERS, **self._signed(event)}
        limit = time.monotonic() + ANSWER_SECONDS
        with (
            said_of_calls(what, acts=acts),
            self._bench.client() as client,
            client.stream(method, address, content=event.body, headers=headers) as response,
        ):
            return _Answer(response.status_code, response.headers, _read(response, limit, what, acts=acts))

    def _signed(self, event: Event) -> dict[str, str]:
        moment = str(int(self._bench.clock().timestamp()))
        said = [signature(key, event.id, moment, event.body) for key in self._keys()]
        return {ID: event.id, TIMESTAMP: moment, SIGNATURE: " ".join(said)}

    def _keys(self) -> list[bytes]:
        """The key, and the old one while there is one. Raises Refused; no message holds a key."""
        given = [(name, self._bench.secrets.get(name, "").strip()) for name in KEYS]
        if not given[0][1]:
            raise Refused(f"发布点 {self._outlet.id} 没有签名密钥（{KEYS[0]}），请按 docs/app.md 生成并写入凭据")
        return [self._key(name, value) for name, value in given if value]

    def _key(self, name: str, value: str) -> bytes:
        try:
            key = base64.b64decode(value.removeprefix(KEY_PREFIX), validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if not value.startswith(KEY_PREFIX) or len(key) < LEAST_KEY_BYTES:
            raise Refused(
                f"发布点 {self._outlet.id} 的 {name} 应是 {KEY_PREFIX} 加上至少{LEAST_KEY_BYTES}字节的 Base64，"
                "请按 docs/app.md 重新生成"
            )
        return key

    def _address(self, name: str) -> str:
        """An option's address, when it may be called. Raises Refused, and Unavailable when its host has no address now."""
        address = self._outlet.options.get(name)
        place = f"发布点 {self._outlet.id} 的 {name}"
        parts = _parts(address)
        if parts is None or parts.username is not None or parts.query or parts.fragment:
            raise Refused(f"{place} 应是 https:// 开头的完整地址，不带用户名、参数和 #，请修改设置")
        private = yes_or_no(self._outlet, "allow_private") is True
        if not self._bench.office.rehearsal:
            _require_reachable(parts, place, private=private)
        return str(address)

    def _problem(self, answer: _Answer, what: str) -> Exception:
        now, status = self._bench.clock(), answer.status_code
        if 300 <= status < 400:
            return Refused(f"{what}：地址已转向（HTTP {status}），不予跟随，请把 webhook 改为新地址")
        if status in (408, 425) or (status == 503 and not answer.headers.get("retry-after")):
            return lost(f"{what}：后台未能处理（HTTP {status}）", acts=True)
        if status == 503:
            return Unavailable(f"{what}：后台暂停接收（HTTP 503），稍后自动重试", retry_after(answer, now))
        if status == 429 or not 400 <= status < 500:
            return gateway(answer, what, now, acts=True)
        return Refused(f"{what}：后台拒绝接收（HTTP {status}）{_words(answer)}{_MENDS.get(status, '')}")


_MENDS = {
    401: "，请与后台核对签名密钥和双方时钟",
    403: "，请与后台核对签名密钥和双方时钟",
    404: "，请核对 webhook 的地址",
    410: "，后台已停用该地址，请与后台联系并修改 webhook",
    413: "，请让后台放宽对请求大小的限制",
}


def signature(key: bytes, event_id: str, moment: str, body: bytes) -> str:
    """``v1,`` and the Base64 of HMAC-SHA256 over id, timestamp (whole seconds since 1970) and body, joined with dots."""
    signed = b".".join((event_id.encode(), moment.encode(), body))
    return f"v1,{base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()}"


def _read(response: "httpx.Response", limit: float, what: str, *, acts: bool) -> bytes:
    """The beginning of an answer. One that drips until the *limit* is lost."""
    content = bytearray()
    for chunk in response.iter_raw():
        content += chunk
        if len(content) >= ANSWER_BYTES:
            break
        if time.monotonic() > limit:
            raise lost(f"{what}：回答迟迟没有传完", acts=acts)
    return bytes(content[:ANSWER_BYTES])


def _words(answer: _Answer) -> str:
    """What the receiver says of its no, in one line; a page says nothing."""
    said = text(json_of(answer), "message")
    if not said and answer.headers.get("content-type", "").startswith("text/plain"):
        said = answer.content.decode("utf-8", "replace")
    line = " ".join("".join(mark if mark.isprintable() else " " for mark in said).split())
    return f"：{line[:_WORDS]}" if line else ""


def _parts(address: object) -> SplitResult | None:
    """An HTTP address in parts; None for anything else."""
    if not isinstance(address, str) or not address.isprintable() or " " in address:
        return None
    try:
        parts = urlsplit(address)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if good else None


def _require_reachable(parts: SplitResult, place: str, *, private: bool) -> None:
    """In production: HTTPS, and a host on the public network or, where the office says so, in its own. Raises Refused, and
    Unavailable."""
    host = parts.hostname or ""
    if parts.scheme != "https":
        raise Refused(f"{place} 不是 https:// 地址，正式环境不予使用，请修改设置")
    try:
        found = socket.getaddrinfo(host, parts.port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as problem:
        raise Unavailable(f"{place}：查不到 {host} 的网络地址，未发出任何内容，稍后自动重试") from problem
    hosts = {str(entry[4][0]): _plain(str(entry[4][0])) for entry in found}
    inner = sorted(said for said, one in hosts.items() if not (_is_public(one) or (private and _is_private(one))))
    if inner:
        wish = _MAY_BE_ALLOWED if not private and _is_private(hosts[inner[0]]) else ""
        raise Refused(f"{place} 指向内部网络地址 {inner[0]}，正式环境不予使用，请修改设置{wish}")


def _plain(address: str) -> _Address:
    """Without its zone, and an IPv4 address in IPv6 as what it is."""
    known = ipaddress.ip_address(address.partition("%")[0])
    return getattr(known, "ipv4_mapped", None) or known


def _is_public(address: _Address) -> bool:
    return address.is_global and not address.is_multicast


def _is_private(address: _Address) -> bool:
    """Of an office's own network; never this machine, nor the link on which clouds tell their secrets (169.254.169.254)."""
    return any(address.version == network.version and address in network for network in _PRIVATE)
