"""Where the sandbox's WeChat accounts want to be told of events, and in which mode (contracts: WeChat 10)."""

import json
import secrets
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from channels.wechat.callback_crypto import CallbackKeys, aes_key_of, sealed, signature_of

FILE = "accounts.json"


class Mode(StrEnum):
    """How much of a message is encrypted: nothing, a copy of it, or all."""

    PLAIN = "plain"
    COMPATIBLE = "compatible"
    SECURE = "secure"


@dataclass(frozen=True)
class Subscriber:
    """An account's own server, as the console's 服务器配置 names it."""

    url: str
    keys: CallbackKeys
    mode: Mode

    def check(self, now: int) -> dict[str, str]:
        """The query of the check that the console makes when an address is saved; its ``echostr`` must come back."""
        timestamp, nonce, echo = str(now), str(secrets.randbelow(2_000_000_000)), str(secrets.randbelow(10**18))
        signature = signature_of(self.keys.token, timestamp, nonce)
        return {"signature": signature, "echostr": echo, "timestamp": timestamp, "nonce": nonce}

    def request(self, xml: bytes, user: str, now: int) -> tuple[dict[str, str], bytes]:
        """Query and body of one delivery of a message, with a fresh nonce; *now* is in Unix seconds."""
        timestamp, nonce = str(now), str(secrets.randbelow(2_000_000_000))
        query = {"signature": signature_of(self.keys.token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce}
        query |= {"openid": user}
        if self.mode is Mode.PLAIN:
            return query, xml
        encrypted = sealed(xml, self.keys, secrets.token_bytes(16))
        signature = signature_of(self.keys.token, timestamp, nonce, encrypted)
        query |= {"encrypt_type": "aes", "msg_signature": signature}
        envelope = f"<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>".encode()
        plain = xml.removesuffix(b"</xml>") if self.mode is Mode.COMPATIBLE else b"<xml><ToUserName/>"
        return query, plain + envelope


def subscriber_in(entry: Any) -> Subscriber | None:
    """The ``callback`` of an account's entry; None where it has none. Raises ValueError that says what is wrong."""
    values = entry.get("callback")
    if values is None:
        return None
    if not isinstance(values, dict) or values.get("mode", "plain") not in set(Mode):
        raise ValueError(f"callback 应是一个对象，含 url、token、aes_key、mode，mode 为 {'、'.join(Mode)} 之一")
    url, token, mode = str(values.get("url", "")), str(values.get("token", "")), Mode(values.get("mode", "plain"))
    if not url.startswith(("http://", "https://")) or not token:
        raise ValueError("callback 的 url 应以 http:// 或 https:// 开头，token 不能为空")
    given = str(values.get("aes_key", ""))
    try:
        key = aes_key_of(given) if given or mode is not Mode.PLAIN else None
    except ValueError:
        raise ValueError("callback 的 aes_key 应是43位的 EncodingAESKey") from None
    return Subscriber(url, CallbackKeys(str(entry.get("appid", "")).strip(), token, key), mode)


def subscriber_of(folder: Path, appid: str) -> Subscriber | None:
    """The account's server as ``accounts.json`` names it now; None where it names none, or cannot be read."""
    try:
        entries = json.loads((folder / FILE).read_bytes()).get("wechat", [])
        found = next((entry for entry in entries if str(entry.get("appid", "")).strip() == appid), None)
        return subscriber_in(found) if found else None
    except (OSError, ValueError, AttributeError, TypeError):
        return None
