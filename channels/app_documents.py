"""The app's JSON documents: JSON Feed 1.1 (jsonfeed.org/version/1.1), and what it has no word for under ``_tongbu``.

What each member means to an app stands in docs/app.md.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from channels.fragment import (
    ATTACHMENTS,
    PICTURES,
    ShownPicture,
    body_findings,
    html_fragment,
    item_folder,
    opening,
    refuse,
    shown_pictures,
)
from content.assets import Assets
from content.clock import in_china
from content.item import Item, Revision
from content.shelf import Entry
from content.vocabulary import KIND_LABELS, Action

VERSION = "https://jsonfeed.org/version/1.1"
REHEARSAL = "【演练】"


@dataclass(frozen=True)
class Feed:
    """What the feed and each of its pages say of themselves. *base* is the site's address, without a slash at its end."""

    base: str
    name: str
    organ: str
    rehearsal: bool

    def document(self, path: str, items: Iterable[Mapping[str, Any]], next_path: str = "") -> dict[str, Any]:
        """The feed at *path*; *next_path* is where older items stand."""
        return {
            "version": VERSION,
            "title": f"{REHEARSAL}{self.name}" if self.rehearsal else self.name,
            "home_page_url": f"{self.base}/",
            "feed_url": f"{self.base}/{path}",
            "language": "zh-CN",
            "authors": [{"name": self.organ, "url": f"{self.base}/"}],
            "items": list(items),
            **({"next_url": f"{self.base}/{next_path}"} if next_path else {}),
        }

    def filled(self, said: Mapping[str, Any], entry: Entry) -> dict[str, Any]:
        """A signed item with what the release knows: its times and its effect."""
        ours = said["_tongbu"] | {"effect": str(entry.data["effect"]), "rehearsal": self.rehearsal}
        times = {"date_published": moment(entry.published_at), "date_modified": moment(entry.updated_at)}
        stamped = {"title": f"{REHEARSAL}{said['title']}"} if self.rehearsal and "title" in said else {}
        return {**said, **times, **stamped, "_tongbu": ours}


def moment(when: datetime) -> str:
    """RFC 3339, China's time."""
    return in_china(when).isoformat(timespec="seconds")


def item_said(
    item: Item, revision: Revision, action: Action, reason: str, assets: Assets, site: tuple[str, str]
) -> dict[str, Any]:
    """The item as it is signed. *site* is the address that its files are named under, and the domain. Raises CannotRender."""
    refuse(body_findings(revision))
    fields, pictures = revision.fields, shown_pictures(revision, assets)
    folder = f"{site[0]}/{quote(item_folder(item.address))}/"
    author = fields.organ or fields.source
    values = {
        "id": item.url,
        "url": item.url,
        "title": fields.word("app.title", fields.title),
        "summary": fields.word("app.summary", fields.summary) or opening(revision),
        "content_html": html_fragment(revision, pictures, folder, site[1]),
        "authors": [{"name": author}] if author else [],
        "tags": list(fields.keywords),
        "language": fields.language,
        "image": _image(revision, pictures, folder),
        "attachments": _attachments(revision, folder),
        "_tongbu": _identity(item, revision, action, reason) | _document(revision),
    }
    return {name: value for name, value in values.items() if value or name == "content_html"}


def item_gone(item: Item, revision: Revision, reason: str) -> dict[str, Any]:
    """A withdrawn item: that it was withdrawn and why, and nothing of its text."""
    said = reason.strip() or "稿件内容有误"
    return {
        "id": item.url,
        "url": item.url,
        "title": "本稿件已撤回",
        "content_text": f"本稿件已由发布单位撤回。撤回原因：{said}",
        "_tongbu": _identity(item, revision, Action.WITHDRAW, said) | {"withdrawn": True},
    }


def _identity(item: Item, revision: Revision, action: Action, reason: str) -> dict[str, Any]:
    fields = revision.fields
    return {
        "item": item.id,
        "index_number": item.index_number,
        "revision": revision.digest,
        "action": str(action),
        "reason": reason,
        "kind": str(fields.kind),
        "kind_label": KIND_LABELS[fields.kind],
        "organ": fields.organ,
        "columns": list(fields.columns),
    }


def _document(revision: Revision) -> dict[str, Any]:
    fields = revision.fields
    values = {
        "document_number": fields.document_number,
        "made_on": fields.made_on.isoformat() if fields.made_on else "",
        "in_force_on": fields.in_force_on.isoformat() if fields.in_force_on else "",
        "theme": fields.theme,
        "interprets": list(fields.interprets),
        "editor": fields.editor,
    }
    return {name: value for name, value in values.items() if value}


def _image(revision: Revision, pictures: dict[str, ShownPicture], base: str) -> str:
    first = next(iter(revision.pictures), None)
    return f"{base}{PICTURES}/{pictures[first.digest].name}" if first else ""


def _attachments(revision: Revision, base: str) -> list[dict[str, Any]]:
    return [
        {
            "url": f"{base}{ATTACHMENTS}/{quote(one.name)}",
            "mime_type": one.media_type,
            "title": one.name,
            "size_in_bytes": one.size,
        }
        for one in revision.attachments
    ]
