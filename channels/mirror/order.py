"""In which order a mirror gets its files, and how a server is to name and keep each: what is named stands before what
names it."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from channels.places.media import media_type
from channels.places.target import Described

_DIGEST_IN_NAME = re.compile(r"^(hant/)?static/[^/]+-[0-9a-f]+\.[a-z0-9]+$")
_FOR_EVER, _ASK_AGAIN = "public, max-age=31536000, immutable", "no-cache"

_ITEM = re.compile(r"(^|/)t\d{8}_[^/]+\.html$|^app/(items|pages)/")
_SITE_MAP = re.compile(r"^(sitemaps/[^/]+|sitemap\.xml|robots\.txt)$")
_FRONT = re.compile(r"^(hant/)?[^/]+\.html$|^(feeds|app)/")


_LAST = 5  # the rank of what names everything


def described(path: str) -> Described:
    """The same for a path that the ready server configurations say (docs/server)."""
    caching = _FOR_EVER if _DIGEST_IN_NAME.match(path) else _ASK_AGAIN
    return Described(media_type(path), caching, "attachment" if "/attachments/" in path else "")


def in_stages(paths: Iterable[str], gone: frozenset[str]) -> list[list[str]]:
    """Pictures, attachments and styles; item pages; lists; column indexes; home page and feeds; site maps; and the *gone*
    last, what names others before what is named. What stands in one stage may be carried in any order."""
    stages: dict[int, list[str]] = {}
    for path in sorted(paths):
        stage = 2 * _LAST - _rank(path) if path in gone else _rank(path)
        stages.setdefault(stage, []).append(path)
    return [stages[stage] for stage in sorted(stages)]


def _rank(path: str) -> int:
    name = PurePosixPath(path).name
    if _ITEM.search(path):
        return 1
    if _SITE_MAP.match(path):
        return _LAST
    if _FRONT.match(path):
        return 4
    if name.endswith(".html"):
        return 3 if name == "index.html" else 2
    return 0
