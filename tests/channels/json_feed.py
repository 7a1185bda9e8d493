"""What JSON Feed 1.1 demands of a document (jsonfeed.org/version/1.1), for tests."""

import re
from datetime import datetime
from typing import Any

_URL = re.compile(r"https?://[^\s\u4e00-\u9fff]+")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_FEED = {
    *("version", "title", "home_page_url", "feed_url", "description", "user_comment", "next_url", "icon", "favicon"),
    *("authors", "language", "expired", "hubs", "items"),
}
_ITEM = {
    *("id", "url", "external_url", "title", "content_html", "content_text", "summary", "image", "banner_image"),
    *("date_published", "date_modified", "authors", "tags", "language", "attachments"),
}
_AUTHOR = {"name", "url", "avatar"}
_ATTACHMENT = {"url", "mime_type", "title", "size_in_bytes", "duration_in_seconds"}
_ADDRESSES = (
    "home_page_url",
    "feed_url",
    "next_url",
    "icon",
    "favicon",
    "url",
    "external_url",
    "image",
    "banner_image",
)


def problems(feed: dict[str, Any]) -> list[str]:
    """What is wrong with a feed; empty for a good one."""
    said = _members(feed, _FEED, "feed")
    said += [] if feed.get("version") == "https://jsonfeed.org/version/1.1" else ["feed: another version"]
    said += [] if feed.get("title") and isinstance(feed.get("items"), list) else ["feed: no title or no items"]
    said += ["feed: next_url is its own"] if feed.get("next_url") == feed.get("feed_url") else []
    said += _shared(feed, "feed")
    ids = [item.get("id") for item in feed["items"]]
    said += ["feed: an id twice"] if len(set(ids)) != len(ids) else []
    return said + [problem for item in feed["items"] for problem in item_problems(item)]


def item_problems(item: dict[str, Any]) -> list[str]:
    place = f"item {item.get('id')}"
    said = _members(item, _ITEM, place) + _shared(item, place)
    said += [] if isinstance(item.get("id"), str) and item["id"] else [f"{place}: no id"]
    said += [] if {"content_html", "content_text"} & item.keys() else [f"{place}: no content"]
    for name in ("date_published", "date_modified"):
        said += [] if name not in item or datetime.fromisoformat(item[name]).tzinfo else [f"{place}: {name}"]
    said += [] if all(isinstance(tag, str) and tag for tag in item.get("tags", [])) else [f"{place}: tags"]
    for one in item.get("attachments", []):
        said += _members(one, _ATTACHMENT, f"{place}: attachment") + _shared(one, f"{place}: attachment")
        said += [] if "url" in one and "/" in one.get("mime_type", "") else [f"{place}: attachment {one}"]
        said += [] if isinstance(one.get("size_in_bytes", 0), int) else [f"{place}: attachment's size"]
    return said


def _shared(values: dict[str, Any], place: str) -> list[str]:
    said = [f"{place}: {name}" for name in _ADDRESSES if name in values and not _URL.fullmatch(values[name])]
    language = values.get("language")
    said += [] if language is None or _LANGUAGE.fullmatch(language) else [f"{place}: language {language}"]
    for author in values.get("authors", []):
        said += _members(author, _AUTHOR, f"{place}: author")
        said += [] if any(author.values()) else [f"{place}: an author without anything"]
    return said


def _members(values: dict[str, Any], known: set[str], place: str) -> list[str]:
    """Members that the version does not have; a publisher's own begin with an underscore and hold an object."""
    said = [f"{place}: {name} is not known" for name in values if name not in known and not re.match("_[a-z]", name)]
    return said + [f"{place}: {name}" for name in values if name[0] == "_" and not isinstance(values[name], dict)]
