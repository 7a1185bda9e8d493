"""RSS 2.0 and Atom from feed entries; loads feedgen, so it is imported where feeds are written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from content.clock import in_china

TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"


@dataclass(frozen=True)
class FeedItem:
    """An item as a feed carries it. *url* is its identity for life, *columns* are names."""

    url: str
    title: str
    summary: str
    html: str
    organ: str
    columns: tuple[str, ...]
    published_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class Gone:
    """A withdrawn item: readers' programs take it off their lists (RFC 6721)."""

    url: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class FeedPage:
    """One feed. *base* is its address without the suffix, *home* the page it is the feed of. Items newest first."""

    base: str
    home: str
    title: str
    subtitle: str
    organ: str
    items: Sequence[FeedItem]
    gone: Sequence[Gone]
    updated_at: datetime


class Tombstones(BaseExtension):  # type: ignore[misc] # feedgen ships no types
    """Deleted entries in an Atom feed (RFC 6721)."""

    def __init__(self) -> None:
        self.gone: Sequence[Gone] = ()

    def extend_ns(self) -> Mapping[str, str]:
        return {"at": TOMBSTONES}

    def extend_atom(self, feed: Any) -> Any:
        for gone in self.gone:
            when = _second(gone.at).isoformat()
            element = etree.SubElement(feed, f"{{{TOMBSTONES}}}deleted-entry", ref=gone.url, when=when)
            etree.SubElement(element, f"{{{TOMBSTONES}}}comment").text = gone.reason
        return feed


def rss(page: FeedPage) -> bytes:
    made = _feed(page, ".rss.xml")
    data: bytes = made.rss_str(pretty=True)
    return data


def atom(page: FeedPage) -> bytes:
    made = _feed(page, ".atom.xml")
    made.register_extension("tombstones", Tombstones, BaseEntryExtension, rss=False)
    made.tombstones.gone = page.gone
    data: bytes = made.atom_str(pretty=True)
    return data


def _feed(page: FeedPage, suffix: str) -> FeedGenerator:
    made = FeedGenerator()
    made.id(f"{page.base}.atom.xml")
    made.title(page.title)
    made.description(page.subtitle)
    made.subtitle(page.subtitle)
    made.author({"name": page.organ})
    made.language("zh-CN")
    made.generator("tongbu")
    made.updated(_second(page.updated_at))
    made.link(href=f"{page.base}{suffix}", rel="self")
    made.link(href=page.home, rel="alternate")
    for item in page.items:
        made.add_entry(_entry(item), order="append")
    return made


def _entry(item: FeedItem) -> FeedEntry:
    made = FeedEntry()
    made.load_extension("dc", atom=False)
    made.id(item.url)
    made.guid(item.url, permalink=True)
    made.link(href=item.url, rel="alternate")
    made.title(item.title)
    made.author({"name": item.organ})
    made.dc.dc_creator(item.organ)
    made.published(_second(item.published_at))
    made.updated(_second(item.updated_at))
    made.category([{"term": name} for name in item.columns])
    if item.summary:
        made.description(escape(item.summary))  # HTML in RSS 2.0, while Atom's summary is text
        made.summary(item.summary)
    made.content(item.html, type="html")
    return made


def _second(moment: datetime) -> datetime:
    return in_china(moment).replace(microsecond=0)
