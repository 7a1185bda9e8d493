"""What a request to an account's callback address is: a check of the address, an event, or nothing of the account's.

Contracts: WeChat 10. Pure but for the memory of what came lately; the HTTP around it stands in ``flows.public``.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from channels.calls import number
from channels.wechat.callback_crypto import CallbackKeys, CallbackRefused, is_signed, opened
from channels.wechat.callback_xml import JobEnd, encrypted_in, job_end, root_of, value
from content.canonical import digest

WINDOW = timedelta(minutes=5)
"""How far the platform's clock and ours may be apart, each way."""
LONGEST_ECHO = 512
MOST_REMEMBERED = 20_000


class Callback:
    """Judges the requests to one account's callback address. *clock* is ours.

    With an AES key only what is encrypted counts, so compatible mode's plain half is never believed. A request that was
    seen may come again as it was (the platform repeats what it takes for lost), never with another body.
    """

    def __init__(self, keys: CallbackKeys, clock: Callable[[], datetime]) -> None:
        self.keys = keys
        self._clock = clock
        self._seen: OrderedDict[tuple[str, str], tuple[datetime, str]] = OrderedDict()

    def echo(self, query: Mapping[str, str]) -> str:
        """What the check of the address is answered with. Raises CallbackRefused."""
        self._signed_in_time(query)
        text = query.get("echostr", "")
        if not text or len(text) > LONGEST_ECHO or not text.isascii() or not text.isprintable():
            raise CallbackRefused("there is nothing to echo", 400)
        return text

    def admit(self, query: Mapping[str, str]) -> None:
        """Refuses, before a body is read, what cannot be the platform's. Raises CallbackRefused."""
        if self.keys.aes_key is None:
            self._signed_in_time(query)
            return
        self._in_time(query)
        if not query.get("msg_signature"):
            raise CallbackRefused("this account's messages are encrypted and bear a msg_signature")

    def event(self, query: Mapping[str, str], body: bytes) -> JobEnd | None:
        """The event in a request; None for what is the platform's and does not concern us. Raises CallbackRefused."""
        self.admit(query)
        root = root_of(body)
        signed, inner = body, root
        if self.keys.aes_key is not None:
            encrypted = encrypted_in(root)
            parts = (self.keys.token, query["timestamp"], query.get("nonce", ""), encrypted)
            if not encrypted or not is_signed(query["msg_signature"], *parts):
                raise CallbackRefused("the msg_signature is wrong")
            signed, inner = encrypted.encode(), root_of(opened(encrypted, self.keys))
        self._not_replayed(query, signed)
        if value(inner, "MsgType") == "" or value(inner, "FromUserName") == "":
            raise CallbackRefused("the message says neither what it is nor whose", 400)
        return job_end(inner)

    def _signed_in_time(self, query: Mapping[str, str]) -> None:
        self._in_time(query)
        parts = (self.keys.token, query.get("timestamp", ""), query.get("nonce", ""))
        if not is_signed(query.get("signature", ""), *parts):
            raise CallbackRefused("the signature is wrong")

    def _in_time(self, query: Mapping[str, str]) -> None:
        """Raises CallbackRefused for a time outside the window, or no time."""
        seconds = number(query.get("timestamp", ""))
        if seconds is None or abs(self._clock().timestamp() - seconds) > WINDOW.total_seconds():
            raise CallbackRefused("the timestamp is too far from this machine's clock")

    def _not_replayed(self, query: Mapping[str, str], signed: bytes) -> None:
        now, key, mark = self._clock(), (query["timestamp"], query.get("nonce", "")), digest(signed)
        while self._seen and (len(self._seen) >= MOST_REMEMBERED or self._oldest() < now - 2 * WINDOW):
            self._seen.popitem(last=False)
        if self._seen.setdefault(key, (now, mark))[1] != mark:
            raise CallbackRefused("this signature came before, with another message")

    def _oldest(self) -> datetime:
        return next(iter(self._seen.values()))[0]
