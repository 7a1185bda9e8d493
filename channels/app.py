"""The app: JSON Feed 1.1 of the newest items, pages of the older ones, every item as a file, and a webhook to its backend."""

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

from channels.app_documents import Feed, item_gone, item_said, moment
from channels.base import Part, Rendition, SendAgain, Unavailable, Unknown, Workbench
from channels.files import inside, require_room, said_as
from channels.fragment import body_findings
from channels.shelved_files import ShelvedFiles
from channels.shelving import Showing, next_entry, repeated
from channels.webhook import Event, Webhook
from content.canonical import canonical_json, digest, digest_of
from content.delivery import Delivery, Prepared, Receipt
from content.finding import Finding
from content.item import Item, Revision
from content.outlet import Outlet
from content.shelf import Entry
from content.vocabulary import Action, Row, State

NEWEST = 50
PAGE = 25
"""Half of NEWEST: what came in another order than its time says is in the feed all the same until its page is closed."""
GONE = 50
QUIET = timedelta(seconds=30)
ITEM = "item.json"
FEED = "app/feed.json"
_LIST, _GONE = "all", "gone"
_ROOM_BYTES = 32 * 1024 * 1024
_EVENTS = {
    Action.PUBLISH: "item.published",
    Action.CORRECT: "item.corrected",
    Action.WITHDRAW: "item.withdrawn",
    Action.MARK: "item.marked",
}


class App:
    """Writes ``public/app/feed.json`` (the newest 50), ``public/app/pages/<n>.json`` (25 items each, by the order in which
    they came) and ``public/app/items/<id>.json``, which stays for good; tells the app's backend first where a ``webhook`` is
    configured.

    A withdrawn item leaves feed and page, and its own file says that it was withdrawn and why. Options: ``url``, the site
    whose pages and files the entries name; ``name``; and those of ``channels.webhook``.

    The files are written after the backend has acknowledged the event. So what a refusal or a time-out leaves is never
    half public, and files that stand prove the acknowledgement.
    """

    row: ClassVar[Row | None] = Row.OTHER
    direct: ClassVar[bool] = True

    def __init__(self, outlet: Outlet, bench: Workbench) -> None:
        self.outlet = outlet
        self.bench = bench
        self._webhook = Webhook(outlet, bench)

    @property
    def public(self) -> Path:
        return self.bench.folder / "public" / "app"

    def check(self, revision: Revision) -> Sequence[Finding]:
        return body_findings(revision)

    def render(self, item: Item, revision: Revision, action: Action = Action.PUBLISH, reason: str = "") -> Rendition:
        if action is Action.WITHDRAW:
            values = item_gone(item, revision, reason)
        else:
            site = (self._base(), self.bench.site.domain)
            values = item_said(item, revision, action, reason, self.bench.assets, site)
        part = Part("application/feed+json", canonical_json(values))
        return Rendition("app", self.outlet.id, {ITEM: part}, ("published_at",))

    def prepare(self, delivery: Delivery, rendition: Rendition) -> Prepared:
        """Refused for a webhook whose address or keys cannot be used."""
        inside(self.public, _item_path(delivery.item.id))
        require_room(self.bench.folder, _ROOM_BYTES)
        self.bench.mirror.check()
        if self._webhook.configured:
            self._webhook.check()
        return Prepared({"path": _item_path(delivery.item.id)}, rendition.digest)

    def release(self, delivery: Delivery, rendition: Rendition, prepared: Prepared) -> Receipt:
        """LIVE: the backend has acknowledged the event, and the item's own file is read back."""
        if not self._webhook.configured:
            return self._shown(delivery, rendition)
        acknowledged = self._webhook.send(self._event(delivery, rendition))
        try:
            return self._shown(delivery, rendition, acknowledged)
        except Unavailable as problem:
            raise Unknown(f"应用后台已收到，数据文件尚未写完：{problem}") from problem

    def find(self, delivery: Delivery, rendition: Rendition) -> Receipt | None:
        """What the backend has taken is put into the feed too: a withdrawal must find both. Raises SendAgain when nobody
        can tell what the backend has."""
        entry = self._files().shown(delivery)
        if not self._webhook.configured:
            return self._receipt(entry) if entry else None
        event = _event_id(self.outlet, delivery, rendition)
        if entry and entry.data.get("event") == event:
            return self._receipt(entry)
        acknowledged = self._acknowledged(delivery, event)
        received = None if acknowledged else self._webhook.received(event)
        if acknowledged or received:
            return self._shown(delivery, rendition, acknowledged or "status")
        if self._webhook.may_repeat():
            raise SendAgain("应用后台是否收到尚不清楚，用同一编号再次通知")
        if received is None:
            raise Unknown("应用后台是否收到尚不清楚，后台不提供查询，也不剔除重复通知，请与后台核实")
        self._require_quiet(delivery)
        return None

    def answers(self) -> str:
        """How the backend answers a signed event that changes nothing; empty where there is none. Raises Refused,
        Unavailable and Unknown."""
        if not self._webhook.configured:
            return ""
        self._webhook.check()
        return f"{self.outlet.options['webhook']} acknowledges (HTTP {self._webhook.ping()})"

    def _require_quiet(self, delivery: Delivery) -> None:
        """That the backend has nothing proves something only some time after the attempt, which may be under way still."""
        proved_from = delivery.at + QUIET
        if self.bench.clock() < proved_from:
            raise Unavailable("应用后台说尚未收到，稍后再核实", proved_from)

    def _shown(self, delivery: Delivery, rendition: Rendition, acknowledged: str = "") -> Receipt:
        """Writes the files and reads the item's own back."""
        told = {"event": _event_id(self.outlet, delivery, rendition), "acknowledged": acknowledged}
        part = rendition.parts[ITEM]
        entry = self._files().show(delivery, part, _showing(delivery, part, told if acknowledged else {}))
        return self._receipt(entry)

    def _acknowledged(self, delivery: Delivery, event: str) -> str:
        """What the shelf knows of an acknowledgement: an earlier attempt got that far."""
        entry = self.bench.shelf.get(delivery.item.id)
        known = entry is not None and repeated(entry, delivery) and entry.data.get("event") == event
        return str(entry.data["acknowledged"]) if entry and known else ""

    def _event(self, delivery: Delivery, rendition: Rendition) -> Event:
        """The whole item as its file will say it. Raises Refused for what comes too late."""
        part = rendition.parts[ITEM]
        entry = next_entry(self.bench.shelf.get(delivery.item.id), delivery, _showing(delivery, part, {}))
        values = {
            "type": _EVENTS[delivery.action],
            "timestamp": moment(delivery.at),
            "data": {
                "outlet": self.outlet.id,
                "order": [delivery.round, delivery.sequence],
                "rehearsal": self.bench.office.rehearsal,
                "feed_url": f"{self._base()}/{FEED}",
                "item_url": f"{self._base()}/app/{_item_path(delivery.item.id)}",
                "item": self._feed().filled(json.loads(part.data), entry),
            },
        }
        return Event(_event_id(self.outlet, delivery, rendition), canonical_json(values))

    def _receipt(self, entry: Entry) -> Receipt:
        path = _item_path(entry.item_id)
        with said_as(Unavailable, self.public):
            data = inside(self.public, path).read_bytes()
        evidence = {"file": f"app/{path}", "revision": str(json.loads(data)["_tongbu"]["revision"])}
        evidence |= {name: str(entry.data[name]) for name in ("event", "acknowledged") if name in entry.data}
        return Receipt(
            State.LIVE, entry.item_id, f"{self._base()}/app/{path}", entry.updated_at, digest(data), evidence
        )

    def _files(self) -> ShelvedFiles:
        return ShelvedFiles(self.bench, self._documents, self.outlet.id)

    def _documents(self, entry: Entry) -> Iterator[tuple[str, bytes]]:
        """The item's own file, the pages that it touches, and the feed: the newest closed page always, for the feed names it."""
        feed, newest = self._feed(), _closed(self.bench.shelf.extent(_LIST))
        slot = self.bench.shelf.slot(entry.item_id, _LIST)
        own = newest if slot is None else slot // PAGE + 1
        yield f"app/{_item_path(entry.item_id)}", canonical_json(self._filled(entry))
        for number in sorted({own, newest}):
            if 0 < number <= newest:
                page = feed.document(_page_path(number), self._page(number), _page_path(number - 1))
                yield _page_path(number), canonical_json(page)
        items = [self._filled(one) for one in self.bench.shelf.latest(None, NEWEST)]
        gone = {"_tongbu": {"withdrawn": [self._tombstone(one) for one in self._gone()]}}
        yield FEED, canonical_json(feed.document(FEED, items, _page_path(newest)) | gone)

    def _page(self, number: int) -> list[dict[str, Any]]:
        """The items that stand in a page, newest first."""
        shelf = self.bench.shelf
        found = shelf.standing(_LIST, (number - 1) * PAGE, PAGE)
        entries = [shelf.get(found[slot]) for slot in sorted(found, reverse=True)]
        return [self._filled(entry) for entry in entries if entry]

    def _gone(self) -> list[Entry]:
        """What was withdrawn last: an app that missed its event learns of it here."""
        entries = [entry for entry in self.bench.shelf.related(_GONE) if entry.withdrawn]
        return sorted(entries, key=lambda entry: (entry.updated_at, entry.item_id), reverse=True)[:GONE]

    def _tombstone(self, entry: Entry) -> dict[str, str]:
        return {
            "id": str(entry.data["link"]),
            "reason": str(entry.data["reason"]),
            "withdrawn_at": moment(entry.updated_at),
        }

    def _filled(self, entry: Entry) -> dict[str, Any]:
        return self._feed().filled(json.loads(self.bench.assets.get(str(entry.data["part"]))), entry)

    def _feed(self) -> Feed:
        office = self.bench.office
        name = str(self.outlet.options.get("name", self.bench.site.name))
        return Feed(self._base(), name, office.organ, office.rehearsal)

    def _base(self) -> str:
        return str(self.outlet.options.get("url", self.bench.site.url)).rstrip("/")


def _item_path(item_id: str) -> str:
    return f"items/{item_id}.json"


def _page_path(number: int) -> str:
    """Empty for the page before the first."""
    return f"app/pages/{number}.json" if number > 0 else ""


def _closed(extent: int) -> int:
    """How many pages are closed: those behind the page that the newest item came into. No item will be added to them."""
    return max(0, extent - 1) // PAGE


def _showing(delivery: Delivery, part: Part, told: dict[str, str]) -> Showing:
    values = json.loads(part.data)
    ours = values["_tongbu"]
    withdrawn = delivery.action is Action.WITHDRAW
    gone = {"refers_to": [_GONE], "reason": ours["reason"]} if withdrawn else {}
    return Showing(
        title=values.get("title", ""),
        kind=ours["kind"],
        organ=ours["organ"],
        columns=tuple(ours["columns"]),
        data={"part": digest(part.data), "link": values["url"], **gone, **told},
        lists=(_LIST,),
    )


def _event_id(outlet: Outlet, delivery: Delivery, rendition: Rendition) -> str:
    """The same for every attempt at one delivery, and for no other."""
    values = {
        "outlet": [outlet.id, outlet.identity],
        "delivery": delivery.id,
        "item": delivery.item.url,
        "act": [delivery.round, delivery.sequence, str(delivery.action)],
        "rendition": rendition.digest,
    }
    return f"evt_{digest_of(values)[:32]}"
