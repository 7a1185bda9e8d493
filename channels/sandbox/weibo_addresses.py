"""Addresses and numbers in the sandbox's Weibo: short addresses, posts' numbers and codes, the way to a post's page
(contracts: Weibo 6, 9)."""

import hashlib
from typing import Any
from urllib.parse import urlsplit

from channels.sandbox.accounts import Account
from channels.sandbox.exchange import Call, Handler, Reply
from channels.sandbox.store import SandboxStore
from channels.sandbox.weibo_replies import failure
from channels.weibo.address import ALPHABET, code_of, mid_of, page_url

GO = "2/statuses/go"
MOST_ADDRESSES = 20
LONGEST_ADDRESS = 1024
MOST_NUMBERS = 20
# Of the numbers that may be asked about those of posts are 1.
_POSTS = "1"


class Addresses:
    """``short_url/shorten``, ``statuses/queryid`` and ``querymid``; ``statuses/go`` needs no token: it is what a link leads to."""

    def __init__(self, store: SandboxStore) -> None:
        self._store = store

    def calls(self) -> dict[str, tuple[str, Handler]]:
        return {
            "2/short_url/shorten.json": ("GET", self.shorten),
            "2/statuses/queryid.json": ("GET", self.number_of),
            "2/statuses/querymid.json": ("GET", self.code_of),
        }

    def go(self, call: Call) -> Reply:
        uid, mid = call.value("uid"), call.value("id")
        if not uid or not mid:
            return failure(
                call, 10016, f"Miss required parameter ({'id' if uid else 'uid'}) , see doc for more info.", 400
            )
        row = self._row(mid)
        if row is None or row["uid"] != uid:
            return failure(call, 20101, "target weibo does not exist!", 400)
        return Reply(b"", 302, "text/html", location=page_url(uid, mid))

    def shorten(self, account: Account, call: Call) -> Reply:
        """An address that is none fails alone; the others are shortened."""
        addresses = call.every("url_long")
        if not any(addresses):
            return failure(call, 21501, "parameter url_long is null", 400)
        if len(addresses) > MOST_ADDRESSES:
            return failure(call, 21502, "too many url_long", 400)
        if any(len(address) > LONGEST_ADDRESS for address in addresses):
            return failure(call, 21504, "url_long is too long", 400)
        return Reply({"urls": [self._shortened(address) for address in addresses]})

    def number_of(self, account: Account, call: Call) -> Reply:
        """From the code in a post's address (``isBase62``), or its number, to its number."""
        return self._asked(call, "mid", "id")

    def code_of(self, account: Account, call: Call) -> Reply:
        """The other way round."""
        return self._asked(call, "id", "mid")

    def _asked(self, call: Call, given: str, wanted: str) -> Reply:
        if call.value("type") != _POSTS or not call.value(given):
            missing = given if call.value("type") == _POSTS else "type"
            return failure(call, 10016, f"Miss required parameter ({missing}) , see doc for more info.", 400)
        batch, coded = call.value("is_batch") == "1", call.value("isBase62") == "1"
        asked = call.value(given).split(",") if batch else [call.value(given)]
        if len(asked) > MOST_NUMBERS:
            return failure(call, 10017, f"parameter ({given})'s value invalid, expect at most {MOST_NUMBERS}", 400)
        found = {one: self._found(one, to_number=wanted == "id", coded=coded) for one in asked}
        if batch:
            return Reply([{one: there} for one, there in found.items() if there])
        [there] = found.values()
        return Reply({wanted: there}) if there else failure(call, 20101, "target weibo does not exist!", 400)

    def _found(self, asked: str, *, to_number: bool, coded: bool) -> str:
        mid = _decoded(asked) if to_number and coded else asked
        row = self._row(mid)
        if row is None:
            return ""
        return code_of(mid) if coded and not to_number else mid

    def _row(self, mid: str) -> Any:
        if not (mid.isascii() and mid.isdigit() and len(mid) < 19):
            return None
        return self._store.row("SELECT * FROM weibos WHERE mid = ? AND deleted IS NULL", int(mid))

    def _shortened(self, address: str) -> dict[str, Any]:
        whole = _is_address(address)
        short = shortened(self._store, address) if whole else ""
        return {"url_short": short, "url_long": address, "type": 0, "result": whole}


def shortened(store: SandboxStore, address: str) -> str:
    """The address at t.cn that leads there; the same every time."""
    value = int.from_bytes(hashlib.sha256(address.encode()).digest()[:5], "big")
    code = ""
    while len(code) < 6:
        value, rest = divmod(value, 62)
        code = ALPHABET[rest] + code
    store.run("INSERT INTO short_urls VALUES (?, ?) ON CONFLICT DO NOTHING", f"A6{code}", address)
    return f"http://t.cn/A6{code}"


def _decoded(code: str) -> str:
    try:
        return mid_of(code)
    except ValueError:
        return ""


def _is_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and address.isascii()
