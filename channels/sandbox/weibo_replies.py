"""Weibo's ways of answering: its errors, a post as it tells it, and its dates (contracts: Weibo 1, 4)."""

from datetime import UTC, datetime
from typing import Any

from channels.sandbox.accounts import Account
from channels.sandbox.exchange import Call, Reply
from content.clock import in_china

PLATFORM = "weibo"


def failure(call: Call, code: int, words: str, status: int, hint: str = "") -> Reply:
    """Weibo's error shape; *hint* stands in the log beside code and words."""
    told = f"{code} {words} ({hint})" if hint else ""
    return Reply({"error": words, "error_code": code, "request": f"/{call.name}"}, status, hint=told)


def told(account: Account, row: Any, *, trimmed: bool = False) -> dict[str, Any]:
    """The post as the platform tells it; its number has lost its last digits, as in the official sample."""
    mid = str(row["mid"])
    picture = {"pic_urls": []} if not row["picture"] else _pictures(row["picture"])
    user: Any = {"id": number(account.id), "idstr": account.id, "screen_name": account.name, "name": account.name}
    counts = {"reposts_count": 0, "comments_count": 0, "attitudes_count": 0}
    head = {"created_at": moment(row["created"]), "id": row["mid"] // 1000 * 1000, "idstr": mid, "mid": mid}
    source = '<a href="http://open.weibo.com" rel="nofollow">tongbu sandbox</a>'
    text = {"text": row["shown"], "source": source, "favorited": False, "truncated": False}
    nobody = dict.fromkeys(("in_reply_to_status_id", "in_reply_to_user_id", "in_reply_to_screen_name"), "")
    who = user["id"] if trimmed else user | {"verified": True}
    return {**head, **text, **nobody, **picture, "geo": None, "user": who, **counts} | {
        "annotations": [],
        "visible": {"type": 0, "list_id": 0},
    }


def moment(seconds: float) -> str:
    """``Tue May 31 17:46:55 +0800 2011``; English names whatever the locale."""
    local = in_china(datetime.fromtimestamp(seconds, UTC))
    day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[local.weekday()]
    names = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{day} {names[local.month - 1]} {local.day:02} {local:%H:%M:%S} +0800 {local.year}"


def number(uid: str) -> int | str:
    return int(uid) if uid.isascii() and uid.isdigit() else uid


def _pictures(name: str) -> dict[str, Any]:
    sizes = {f"{size}_pic": f"http://wx1.sinaimg.cn/{size}/{name}.jpg" for size in ("thumbnail", "bmiddle")}
    large = {"original_pic": f"http://wx1.sinaimg.cn/large/{name}.jpg"}
    return {"pic_urls": [{"thumbnail_pic": sizes["thumbnail_pic"]}], **sizes, **large}
