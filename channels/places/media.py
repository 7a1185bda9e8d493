"""How a server is to name a file: its media type."""

import mimetypes
import re
from pathlib import PurePosixPath

from content.intake.attachments import MEDIA_TYPES

# The frame's own files; those of editors are in MEDIA_TYPES. The standards' names for feeds: RFC 4287, JSON Feed 1.1.
_TYPES = {
    **{f".{suffix}": media_type for suffix, media_type in MEDIA_TYPES.items()},
    ".ico": "image/x-icon",
    ".js": "text/javascript",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
}
_FEEDS = {".rss.xml": "application/rss+xml", ".atom.xml": "application/atom+xml"}
_JSON_FEED = re.compile(r"app/(feed|pages/[0-9]+)\.json")
_IN_UTF8 = re.compile(r"^text/|[/+](json|xml)$")
_UNKNOWN = "application/octet-stream"


def media_type(path: str) -> str:
    """By the name alone; a file that an editor attached is left as it is, without a charset."""
    name = PurePosixPath(path).name.lower()
    feed = next((kind for suffix, kind in _FEEDS.items() if name.endswith(suffix)), "")
    feed = "application/feed+json" if _JSON_FEED.fullmatch(path) else feed
    suffix = PurePosixPath(name).suffix
    plain = mimetypes.MimeTypes(filenames=()).types_map[True]
    kind = feed or _TYPES.get(suffix) or plain.get(suffix, _UNKNOWN)
    return f"{kind}; charset=utf-8" if _IN_UTF8.search(kind) and "/attachments/" not in path else kind
