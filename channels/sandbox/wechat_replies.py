"""WeChat's ways of answering and of reading what it is given (contracts: WeChat 1)."""

import json
import re
import secrets
from typing import Any

from channels.sandbox.exchange import Call, Reply

PLATFORM = "wechat"
_FARTHEST = 2**31
_ESCAPE = re.compile(r"(?<!\\)((?:\\\\)*)\\u")


def failure(code: int, words: str) -> Reply:
    """An error: HTTP 200 all the same, with a free text that ends in a request id."""
    token = secrets.token_hex(12)
    return Reply({"errcode": code, "errmsg": f"{words} rid: {token[:8]}-{token[8:16]}-{token[16:]}"})


def done(**values: Any) -> Reply:
    return Reply({"errcode": 0, "errmsg": "ok", **values}, accepted=True)


def body_of(call: Call) -> dict[str, Any] | Reply:
    """The call's JSON object. ``\\u`` escapes are not undone: the platform stores them literally (contracts: 1.8)."""
    if not call.body:
        return failure(44002, "empty post data")
    try:
        values = json.loads(_ESCAPE.sub(r"\1\\\\u", call.body.decode("utf-8")))
    except (ValueError, RecursionError):
        return failure(47001, "data format error")
    return values if isinstance(values, dict) else failure(47001, "data format error")


def page_of(values: dict[str, Any]) -> tuple[int, int, bool] | Reply:
    """Offset, count and whether content is left out; a count is 1 to 20."""
    offset, count = values.get("offset"), values.get("count")
    if type(offset) is not int or type(count) is not int or offset < 0 or not 1 <= count <= 20:
        return failure(40002, "invalid args")
    return min(offset, _FARTHEST), count, values.get("no_content") == 1


def without_content(articles: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in article.items() if name != "content"} for article in articles]
