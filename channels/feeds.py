"""Feeds: the site's newest items as RSS 2.0 and Atom, whole and per column. A view of the website: counted nowhere."""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote

from channels.base import Part, Refused, Rendition, Unavailable, Workbench
from channels.columns import by_id, columns_of, shown
from channels.files import inside, require_room, said_as, segment
from channels.fragment import body_findings, html_fragment, item_folder, opening, refuse, shown_pictures
from channels.shelved_files import ShelvedFiles
from channels.shelving import Showing, texts
from content.canonical import canonical_json, digest
from content.delivery import Delivery, Prepared, Receipt
from content.finding import Finding, error
from content.item import Item, Revision
from content.office import Column
from content.outlet import Outlet
from content.shelf import Entry
from content.vocabulary import Action, Effect, Row, State

if TYPE_CHECKING:
    from channels.feed_documents import FeedItem, FeedPage, Gone

NEWEST = 50
ALL = "all"
ENTRY = "entry.json"
_ROOM_BYTES = 32 * 1024 * 1024
COLUMN = "column/"
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ATOM = "{http://www.w3.org/2005/Atom}"


class Feeds:
    """Writes ``public/feeds/all.rss.xml``, ``all.atom.xml`` and the same per column (``zcwj.rss.xml``), topic
    (``topic/<name>.rss.xml``) and organ (``organ/<name>.rss.xml``), each of the newest 50 items.

    An entry's id is the item's canonical address for life; a correction changes its time; a withdrawal takes it out
    and leaves a deleted-entry in Atom (RFC 6721). Options: ``url``, ``name`` and ``columns`` of a site that is not the
    canonical one.
    """

    row: ClassVar[Row | None] = None
    direct: ClassVar[bool] = True

    def __init__(self, outlet: Outlet, bench: Workbench) -> None:
        self.outlet = outlet
        self.bench = bench

    @property
    def public(self) -> Path:
        return self.bench.folder / "public" / "feeds"

    def check(self, revision: Revision) -> Sequence[Finding]:
        return [*_text_findings(revision), *body_findings(revision)]

    def render(self, item: Item, revision: Revision, action: Action = Action.PUBLISH, reason: str = "") -> Rendition:
        withdrawn = action is Action.WITHDRAW
        values = self._gone(revision, reason) if withdrawn else self._said(item, revision, reason)
        identity = {"item": item.id, "link": item.url, "revision": revision.digest, "action": str(action)}
        part = Part("application/json", canonical_json(values | identity))
        return Rendition("feeds", self.outlet.id, {ENTRY: part}, ("published_at",))

    def prepare(self, delivery: Delivery, rendition: Rendition) -> Prepared:
        if any(column.id == ALL for column in self._columns()):
            raise Refused(f"栏目编号不能是 {ALL}：它与全站订阅源同名，请改用其他编号。")
        require_room(self.bench.folder, _ROOM_BYTES)
        self.bench.mirror.check()
        return Prepared(digest=rendition.digest)

    def release(self, delivery: Delivery, rendition: Rendition, prepared: Prepared) -> Receipt:
        values = json.loads(rendition.text(ENTRY))
        part = rendition.parts[ENTRY]
        lists = feed_lists(values)
        gone = [f"gone/{name}" for name in (ALL, *lists)] if delivery.action is Action.WITHDRAW else []
        showing = Showing(
            title=values["title"],
            kind=values["kind"],
            organ=values["organ"],
            columns=tuple(values["columns"]),
            data={"part": digest(part.data), "link": values["link"], "reason": values["reason"], "refers_to": gone},
            lists=lists,
        )
        return self._receipt(self._files().show(delivery, part, showing))

    def find(self, delivery: Delivery, rendition: Rendition) -> Receipt | None:
        entry = self._files().shown(delivery)
        return self._receipt(entry) if entry else None

    def _said(self, item: Item, revision: Revision, reason: str) -> dict[str, Any]:
        refuse(self.check(revision))
        fields, site = revision.fields, self.bench.site
        pictures = shown_pictures(revision, self.bench.assets)
        base = f"{self._base()}/{quote(item_folder(item.address))}/"
        return {
            "title": fields.title,
            "summary": fields.summary or opening(revision),
            "organ": fields.organ or fields.source,
            "columns": list(fields.columns),
            **({"topics": list(fields.topics)} if fields.topics else {}),
            "kind": str(fields.kind),
            "html": html_fragment(revision, pictures, base, site.domain),
            "reason": reason,
        }

    def _gone(self, revision: Revision, reason: str) -> dict[str, Any]:
        fields = revision.fields
        said = {
            "title": "本稿件已撤回",
            "organ": fields.organ,
            "columns": list(fields.columns),
            **({"topics": list(fields.topics)} if fields.topics else {}),
            "kind": str(fields.kind),
        }
        return said | {"reason": reason.strip() or "稿件内容有误"}

    def _receipt(self, entry: Entry) -> Receipt:
        """LIVE once the Atom feed, read back, says of this item what it should."""
        with said_as(Unavailable, self.public):
            data = inside(self.public, f"{ALL}.atom.xml").read_bytes()
        link = str(entry.data["link"])
        seen = "gone" if entry.withdrawn else "shown"
        if seen != _seen(data, link):
            seen = f"{_seen(data, link)}; the newest {NEWEST} are shown"
        evidence = {"feed": f"{ALL}.atom.xml", "entry": seen, "part": str(entry.data["part"])}
        url = f"{self._base()}/feeds/{ALL}.atom.xml"
        return Receipt(State.LIVE, link, url, entry.updated_at, digest(data), evidence)

    def _files(self) -> ShelvedFiles:
        return ShelvedFiles(self.bench, self._documents, self.outlet.id)

    def _documents(self, entry: Entry) -> Iterator[tuple[str, bytes]]:
        from channels.feed_documents import atom, rss

        for name in (*self._touched(entry), ALL):
            page = self._page(name)
            yield f"feeds/{feed_path(name)}.rss.xml", rss(page)
            yield f"feeds/{feed_path(name)}.atom.xml", atom(page)

    def _touched(self, entry: Entry) -> list[str]:
        """The lists that the entry is or was in, of columns those that the site has."""
        known = {f"{COLUMN}{column.id}" for column in self._columns()}
        named = texts(entry.data.get("lists_ever"))
        return [name for name in named if name in known or not name.startswith(COLUMN)]

    def _page(self, name: str) -> "FeedPage":
        from channels.feed_documents import FeedPage

        entries = self.bench.shelf.latest(None if name == ALL else name, NEWEST)
        gone = self._tombstones(name)
        site = str(self.outlet.options.get("name", self.bench.site.name))
        title, about, path = self._told(name, site)
        return FeedPage(
            base=f"{self._base()}/feeds/{quote(feed_path(name))}",
            home=f"{self._base()}/{path}",
            title=self._stamped(title),
            subtitle=about,
            organ=self.bench.office.organ,
            items=[self._item(entry) for entry in entries],
            gone=[_gone_of(entry) for entry in gone],
            updated_at=max((entry.updated_at for entry in (*entries, *gone)), default=_NEVER),
        )

    def _told(self, name: str, site: str) -> tuple[str, str, str]:
        """A feed's title and description, and the page that it is the feed of."""
        kind, _, rest = name.partition("/")
        if name == ALL:
            return f"{site}·最新信息", f"{site}最新公开的信息", ""
        if name.startswith(COLUMN):
            column = next(column for column in self._columns() if column.id == rest)
            return f"{site}·{column.name}", column.description, f"{quote(rest)}/index.html"
        if kind == "topic":
            return f"{site}·专题：{rest}", f"{site}“{rest}”专题的信息", f"topic/{quote(rest)}/index.html"
        return f"{site}·{rest}", f"{rest}公开的信息", f"catalogue/organ/{quote(rest)}/index.html"

    def _tombstones(self, name: str) -> list[Entry]:
        gone = [entry for entry in self.bench.shelf.related(f"gone/{name}") if entry.withdrawn]
        return sorted(gone, key=lambda entry: (entry.updated_at, entry.item_id), reverse=True)[:NEWEST]

    def _item(self, entry: Entry) -> "FeedItem":
        from channels.feed_documents import FeedItem

        values = json.loads(self.bench.assets.get(str(entry.data["part"])))
        effect = str(entry.data.get("effect", ""))
        ended = f"<p>本文件已{effect}。</p>" if effect in (Effect.LAPSED, Effect.REPEALED) else ""
        return FeedItem(
            url=str(entry.data["link"]),
            title=self._stamped(f"{entry.title}（已{effect}）" if ended else entry.title),
            summary=values["summary"],
            html=ended + values["html"],
            organ=entry.organ,
            columns=tuple(column.name for column in shown(by_id(self._columns()), entry.columns)),
            published_at=entry.published_at,
            updated_at=entry.updated_at,
        )

    def _stamped(self, text: str) -> str:
        return f"【演练】{text}" if self.bench.office.rehearsal else text

    def _columns(self) -> tuple[Column, ...]:
        return columns_of(self.outlet, self.bench.site)

    def _base(self) -> str:
        return str(self.outlet.options.get("url", self.bench.site.url)).rstrip("/")


def feed_path(name: str) -> str:
    """The file of a list's feed under ``feeds/``, without its suffix: a column's has the column's id."""
    return name.removeprefix(COLUMN)


def feed_lists(values: dict[str, Any]) -> tuple[str, ...]:
    """The lists of an item that have feeds, by the names that the website gives them."""
    topics = [f"topic/{segment(topic)}" for topic in values.get("topics", ())]
    organ = [f"organ/{segment(values['organ'])}"] if values["organ"] else []
    return tuple(dict.fromkeys([*(f"{COLUMN}{name}" for name in values["columns"]), *topics, *organ]))


def _gone_of(entry: Entry) -> "Gone":
    from channels.feed_documents import Gone

    return Gone(str(entry.data["link"]), str(entry.data["reason"]), entry.updated_at)


def _seen(feed: bytes, link: str) -> str:
    """What an Atom feed says of an item: shown, gone or absent."""
    from lxml import etree

    root = etree.fromstring(feed, etree.XMLParser(resolve_entities=False, no_network=True))
    if any(element.text == link for element in root.iterfind(f"{_ATOM}entry/{_ATOM}id")):
        return "shown"
    deleted = root.iterfind("{http://purl.org/atompub/tombstones/1.0}deleted-entry")
    return "gone" if any(element.get("ref") == link for element in deleted) else "absent"


def _text_findings(revision: Revision) -> list[Finding]:
    """XML 1.0 cannot carry control characters, escaped or not."""
    named = {"title": revision.fields.title, "summary": revision.fields.summary, "organ": revision.fields.organ}
    bad = [name for name, text in named.items() if _CONTROL.search(text)]
    message = "含有不可见的控制字符，订阅源无法收录"
    return [error("control-character", name, message, "请删去控制字符，可将该项文字重新手工输入。") for name in bad]
