"""The headers of every answer, and how files are sent: one place that web servers' configurations are tested against."""

import re
from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
ASKED_AGAIN = "no-cache"
NEVER_KEPT = "no-store"
UNCHANGING = "public, max-age=31536000, immutable"

_UNCHANGING_PATH = re.compile(r"(hant/)?static/[^/]+-[0-9a-f]+\.[a-z0-9]+")
_DOWNLOADS = {
    "pdf": "application/pdf",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "et": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt": "application/vnd.ms-powerpoint",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "wps": "application/vnd.ms-works",
    "zip": "application/zip",
    "rar": "application/vnd.rar",
    "ofd": "application/ofd",
    "txt": "text/plain",
    "csv": "text/csv",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
}
_SHOWN = {
    "html": "text/html; charset=utf-8",
    "rss.xml": "application/rss+xml; charset=utf-8",
    "atom.xml": "application/atom+xml; charset=utf-8",
    "xml": "text/xml; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "svg": "image/svg+xml",
    "ico": "image/x-icon",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "woff2": "font/woff2",
    "pdf": "application/pdf",
}
_ANY = "application/octet-stream"
_JSON_FEED = re.compile(r"app/(feed|pages/[0-9]+)\.json")


def file_headers(path: str) -> dict[str, str]:
    """How the file at this path of the site is sent. Attachments are saved, never shown: nobody's file runs here."""
    caching = UNCHANGING if _UNCHANGING_PATH.fullmatch(path) else ASKED_AGAIN
    name = path.rpartition("/")[2].lower()
    last, two = name.rpartition(".")[2], ".".join(name.split(".")[-2:])
    if "attachments" in path.split("/")[:-1]:
        disposition = {"content-disposition": "attachment"}
        return {"cache-control": caching, "content-type": _DOWNLOADS.get(last, _ANY), **disposition}
    if _JSON_FEED.fullmatch(path):
        return {"cache-control": caching, "content-type": "application/feed+json; charset=utf-8"}
    return {"cache-control": caching, "content-type": _SHOWN.get(two) or _SHOWN.get(last, _ANY)}


class Guarded:
    """Puts the headers on every answer of an application, its failures included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", ASKED_AGAIN)
            await send(message)

        await self._app(scope, receive, guarded)
