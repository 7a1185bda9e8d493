"""The RSS feed of a search; loads feedgen, so it is imported where a feed is asked for."""

from datetime import datetime
from urllib.parse import quote

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator

from channels.website.search_page import PATH, RSS_PATH, described, parameters
from channels.website.site import SiteView
from content.clock import in_china
from content.search import Found, Hit, Query


def search_feed(view: SiteView, query: Query, found: Found) -> bytes:
    """RSS 2.0 of what was found, newest first."""
    made = FeedGenerator()
    title = f"{described(query, view)} - {view.name}"
    made.title(title)
    made.description(f"{view.name}按条件订阅：{described(query, view)}")
    made.language("zh-CN")
    made.generator("tongbu")
    made.link(href=f"{view.url}/{RSS_PATH}?{parameters(query, 1)}", rel="self")
    made.link(href=f"{view.url}/{PATH}?{parameters(query, 1)}", rel="alternate")
    # Without items the feed has no time of its own: the same answer is the same bytes.
    newest = max((hit.document.published_at for hit in found.hits), default=None)
    made.lastBuildDate(_second(newest) if newest else None)
    for hit in found.hits:
        made.add_entry(_entry(hit, view), order="append")
    data: bytes = made.rss_str(pretty=True)
    return data


def _entry(hit: Hit, view: SiteView) -> FeedEntry:
    document, made = hit.document, FeedEntry()
    url = f"{view.url}/{quote(document.address)}"
    made.load_extension("dc", atom=False)
    made.guid(url, permalink=True)
    made.link(href=url, rel="alternate")
    made.title(document.title)
    made.dc.dc_creator(document.organ or view.organ)
    made.published(_second(document.published_at))
    made.category([{"term": column.name} for column in view.shown(document.columns)])
    made.description(document.summary or "".join(part.text for part in hit.snippet) or document.title)
    return made


def _second(moment: datetime) -> datetime:
    return in_china(moment).replace(microsecond=0)
