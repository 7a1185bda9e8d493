"""The app's data: JSON Feed 1.1 of the newest items, and every item as a file of its own."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

from channels.base import Part, Rendition, Unavailable, Workbench
from channels.files import inside, require_room, said_as
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
from channels.shelved_files import ShelvedFiles
from channels.shelving import Showing
from content.canonical import canonical_json, digest
from content.clock import in_china
from content.delivery import Delivery, Prepared, Receipt
from content.finding import Finding
from content.item import Item, Revision
from content.outlet import Outlet
from content.shelf import Entry
from content.vocabulary import KIND_LABELS, Action, Row, State

NEWEST = 50
ITEM = "item.json"
FEED = "feed.json"
VERSION = "https://jsonfeed.org/version/1.1"
_ROOM_BYTES = 32 * 1024 * 1024


class App:
    """Writes ``public/app/feed.json`` (the newest 50) and ``public/app/items/<id>.json``, which stays for good.

    A withdrawn item leaves the feed, and its own file says that it was withdrawn and why. What JSON Feed has no word
    for stands under ``_tongbu``. Option ``url``: the site whose pages and files the entries name.
    """

    row: ClassVar[Row | None] = Row.OTHER
    direct: ClassVar[bool] = True

    def __init__(self, outlet: Outlet, bench: Workbench) -> None:
        self.outlet = outlet
        self.bench = bench

    @property
    def public(self) -> Path:
        return self.bench.folder / "public" / "app"

    def check(self, revision: Revision) -> Sequence[Finding]:
        return body_findings(revision)

    def render(self, item: Item, revision: Revision, action: Action = Action.PUBLISH, reason: str = "") -> Rendition:
        withdrawn = action is Action.WITHDRAW
        values = _gone(item, revision, reason) if withdrawn else self._said(item, revision, action, reason)
        part = Part("application/feed+json", canonical_json(values))
        return Rendition("app", self.outlet.id, {ITEM: part}, ("published_at",))

    def prepare(self, delivery: Delivery, rendition: Rendition) -> Prepared:
        inside(self.public, _item_path(delivery.item.id))
        require_room(self.bench.folder, _ROOM_BYTES)
        self.bench.mirror.check()
        return Prepared({"path": _item_path(delivery.item.id)}, rendition.digest)

    def release(self, delivery: Delivery, rendition: Rendition, prepared: Prepared) -> Receipt:
        part = rendition.parts[ITEM]
        values = json.loads(part.data)
        ours = values["_tongbu"]
        showing = Showing(
            title=values.get("title", ""),
            kind=ours["kind"],
            organ=ours["organ"],
            columns=tuple(ours["columns"]),
            data={"part": digest(part.data), "link": values["url"]},
        )
        return self._receipt(self._files().show(delivery, part, showing))

    def find(self, delivery: Delivery, rendition: Rendition) -> Receipt | None:
        entry = self._files().shown(delivery)
        return self._receipt(entry) if entry else None

    def _said(self, item: Item, revision: Revision, action: Action, reason: str) -> dict[str, Any]:
        refuse(self.check(revision))
        fields = revision.fields
        pictures = shown_pictures(revision, self.bench.assets)
        base = f"{self._base()}/{quote(item_folder(item.address))}/"
        values = {
            "id": item.url,
            "url": item.url,
            "title": fields.word("app.title", fields.title),
            "summary": fields.word("app.summary", fields.summary) or opening(revision),
            "content_html": html_fragment(revision, pictures, base, self.bench.site.domain),
            "authors": [{"name": fields.organ or fields.source}],
            "tags": list(fields.keywords),
            "language": fields.language,
            "image": _image(revision, pictures, base),
            "attachments": _attachments(revision, base),
            "_tongbu": _identity(item, revision, action, reason) | _document(revision),
        }
        return {name: value for name, value in values.items() if value}

    def _receipt(self, entry: Entry) -> Receipt:
        """LIVE: the item's own file is read back."""
        path = _item_path(entry.item_id)
        with said_as(Unavailable, self.public):
            data = inside(self.public, path).read_bytes()
        evidence = {"file": f"app/{path}", "revision": str(json.loads(data)["_tongbu"]["revision"])}
        return Receipt(
            State.LIVE, entry.item_id, f"{self._base()}/app/{path}", entry.updated_at, digest(data), evidence
        )

    def _files(self) -> ShelvedFiles:
        return ShelvedFiles(self.bench, self._documents, self.outlet.id)

    def _documents(self, entry: Entry) -> Iterator[tuple[str, bytes]]:
        yield f"app/{_item_path(entry.item_id)}", canonical_json(self._filled(entry))
        yield f"app/{FEED}", canonical_json(self._feed())

    def _feed(self) -> dict[str, Any]:
        office, site = self.bench.office, self.bench.site
        name = str(self.outlet.options.get("name", site.name))
        return {
            "version": VERSION,
            "title": f"【演练】{name}" if office.rehearsal else name,
            "home_page_url": f"{self._base()}/",
            "feed_url": f"{self._base()}/app/{FEED}",
            "language": "zh-CN",
            "authors": [{"name": office.organ, "url": f"{self._base()}/"}],
            "items": [self._filled(entry) for entry in self.bench.shelf.latest(None, NEWEST)],
        }

    def _filled(self, entry: Entry) -> dict[str, Any]:
        """The signed item with what the release knows: its times and its effect."""
        values: dict[str, Any] = json.loads(self.bench.assets.get(str(entry.data["part"])))
        ours = values["_tongbu"] | {"effect": str(entry.data["effect"]), "rehearsal": self.bench.office.rehearsal}
        times = {"date_published": _moment(entry.published_at), "date_modified": _moment(entry.updated_at)}
        if not self.bench.office.rehearsal or "title" not in values:
            return values | times | {"_tongbu": ours}
        return values | times | {"_tongbu": ours, "title": f"【演练】{values['title']}"}

    def _base(self) -> str:
        return str(self.outlet.options.get("url", self.bench.site.url)).rstrip("/")


def _item_path(item_id: str) -> str:
    return f"items/{item_id}.json"


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


def _gone(item: Item, revision: Revision, reason: str) -> dict[str, Any]:
    said = reason.strip() or "稿件内容有误"
    return {
        "id": item.url,
        "url": item.url,
        "title": "本稿件已撤回",
        "content_text": f"本稿件已由发布单位撤回。撤回原因：{said}",
        "_tongbu": _identity(item, revision, Action.WITHDRAW, said) | {"withdrawn": True},
    }


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


def _moment(moment: Any) -> str:
    return in_china(moment).isoformat(timespec="seconds")
