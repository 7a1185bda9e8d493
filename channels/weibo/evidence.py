"""Reading Weibo's answers: which post is ours, and what proves it."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from channels.calls import field, text
from channels.weibo.address import moment_of, page_url
from channels.weibo.wording import bare
from content.delivery import Receipt
from content.vocabulary import State

# An ordinary app is shown its five newest posts, whatever it asks for (contracts: Weibo 6).
SHOWN = 5
# The platform's clock against ours.
TOLERANCE = timedelta(seconds=5)
# Ids are 64-bit numbers (contracts: Weibo 4).
_MOST_DIGITS = 19


def mid(post: Any) -> str:
    """The authoritative id of a post, empty where there is none; ``id`` may have lost digits (contracts: Weibo 4)."""
    for name in ("idstr", "mid", "id"):
        value = text(post, name)
        if value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS:
            return value
    return ""


def deleted(post: Any) -> bool:
    return text(post, "deleted") == "1"


def receipt(post: Any, uid: str, digest: str, state: State, **evidence: str) -> Receipt:
    """The receipt that a post's own record gives; *post* must have a mid."""
    number = mid(post)
    facts = {"mid": number, "created_at": text(post, "created_at"), **evidence}
    return Receipt(state, number, page_url(uid, number), moment_of(field(post, "created_at")), digest, facts)


def ours(posts: Iterable[Any], status: str, since: datetime) -> list[Any]:
    """The posts that say what *status* says and were made no earlier than the attempt, oldest first.

    The platform rewrites addresses to t.cn and may add invisible characters, so texts are compared without either.
    """
    wanted = bare(status)
    found = [post for post in posts if mid(post) and not deleted(post) and bare(text(post, "text")) == wanted]
    return sorted((post for post in found if _not_before(post, since)), key=lambda post: int(mid(post)))


def altered(post: Any, status: str) -> bool:
    """Whether readers get other words than *status*: the platform takes topics out and says nothing (contracts: Weibo 3).
    What it cut short in its answer alone proves nothing."""
    cut = any(field(post, name) in (True, "true", 1) for name in ("truncated", "isLongText"))
    return not cut and bare(text(post, "text")) != bare(status)


def hidden(posts: Sequence[Any], since: datetime) -> bool:
    """Whether newer posts may have pushed the evidence out of what we are shown: then absence proves nothing."""
    return len(posts) >= SHOWN and all(_not_before(post, since) for post in posts)


def _not_before(post: Any, since: datetime) -> bool:
    moment = moment_of(field(post, "created_at"))
    return moment is None or moment >= since - TOLERANCE
