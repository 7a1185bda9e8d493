"""What search engines read: sitemap.xml in shards (sitemaps.org 0.9) and robots.txt."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from urllib.parse import quote
from xml.sax.saxutils import escape

from channels.website import gazette, lists
from channels.website.gazette import Shown
from channels.website.site import SiteView
from content.clock import in_china
from content.shelf import Shelf

SHARD = 500
"""Addresses in a shard. The protocol allows 50,000; a new item rewrites one shard, so they are small."""
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def shard_of(slot: int) -> int:
    """The number of the shard, from 1, that holds an item's slot in the list of everything."""
    return slot // SHARD + 1


def shard_path(number: int) -> str:
    return f"sitemaps/{number}.xml"


def shard(number: int, shelf: Shelf, view: SiteView) -> bytes:
    """The addresses of one shard with the day of their last change."""
    found = shelf.addresses(lists.EVERYTHING, (number - 1) * SHARD, SHARD)
    return _url_set(_line(view.url, address, changed) for address, changed in found)


def of_lists(shelf: Shelf, view: SiteView) -> bytes:
    """The home page, the columns, the topics and the overviews that have something to show."""
    shown = set(shelf.names(lists.COLUMN))
    named = [name for column in view.columns if (name := f"{lists.COLUMN}{column.id}") in shown]
    paths = ["", "about.html", "sitemap.html", *(lists.index_path(name) for name in named)]
    paths += [f"{kind}/index.html" for kind in lists.OVERVIEWS if shelf.names(f"{kind}/")]
    paths += [lists.index_path(name) for name in (lists.CATALOGUE, lists.ENGLISH) if shelf.names(name)]
    paths += [lists.index_path(name) for name in shelf.names("topic/")]
    return _url_set(_line(view.url, path, None) for path in paths)


def of_gazette(shown: Shown, view: SiteView) -> bytes:
    """The issues of the print gazette."""
    paths = [gazette.INDEX, *map(gazette.year_path, shown.years), *map(gazette.page_path, shown.issues)]
    return _url_set(_line(view.url, path, None) for path in paths)


def index(shelf: Shelf, view: SiteView, shown: Shown) -> bytes:
    """Names every shard. It changes only when one is added."""
    last = shard_of(shelf.extent(lists.EVERYTHING) - 1) if shelf.extent(lists.EVERYTHING) else 0
    shards = [
        "sitemaps/lists.xml",
        *([gazette.SITE_MAP] if shown.issues else []),
        *(shard_path(number) for number in range(1, last + 1)),
    ]
    lines = "".join(f"<sitemap><loc>{escape(f'{view.url}/{path}')}</loc></sitemap>\n" for path in shards)
    return f'{_HEAD}<sitemapindex xmlns="{_SPACE}">\n{lines}</sitemapindex>\n'.encode()


def robots(view: SiteView) -> bytes:
    """Search results are not indexed; a rehearsal is not at all."""
    if view.rehearsal:
        return b"User-agent: *\nDisallow: /\n"
    rules = "Disallow: /search\nDisallow: /suggest\n" if view.search else "Allow: /\n"
    return f"User-agent: *\n{rules}Sitemap: {view.url}/sitemap.xml\n".encode()


def _url_set(lines: Iterable[str]) -> bytes:
    return f'{_HEAD}<urlset xmlns="{_SPACE}">\n{"".join(lines)}</urlset>\n'.encode()


@lru_cache(maxsize=4 * SHARD)
def _line(url: str, path: str, changed: datetime | None) -> str:
    """A page with the day of its last change; kept, for one item more changes one line of a shard."""
    return f"<url><loc>{escape(f'{url}/{quote(path)}')}</loc>{_changed(changed)}</url>\n"


def _changed(moment: datetime | None) -> str:
    return f"<lastmod>{in_china(moment):%Y-%m-%d}</lastmod>" if moment else ""
