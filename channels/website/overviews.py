"""Pages that name the lists of a site, and those that speak of the site itself."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any
from urllib.parse import quote

from channels.website import lists, sections
from channels.website.frame import Place, address, composed
from channels.website.lines import line_of
from channels.website.linked_data import crumb_data, serialised
from channels.website.site import SiteView
from content.office import Column
from content.shelf import Entry, Shelf

_PER_TOPIC = 3


def overview_page(kind: str, shelf: Shelf, view: SiteView) -> bytes:
    """All topics, the five kinds of openness, or the document series by organ and year."""
    section = sections.OVERVIEWS[kind]
    place = Place(view, f"{kind}/index.html", section)
    names = sections.in_order(shelf.names(f"{kind}/"))
    if kind == "series":
        values: dict[str, Any] = {"organs": _series(names, place.root), "groups": []}
    else:
        newest = shelf.headlines_under(f"{kind}/", _PER_TOPIC)
        values = {"organs": [], "groups": [_group(name, newest[name], shelf, place.root) for name in names]}
    data = serialised(crumb_data(_crumbs(place, section)))
    return composed("overview.html", place, indexed=bool(names), heading=section, linked_data=data, **values)


def site_map(shelf: Shelf, view: SiteView) -> bytes:
    """Every list that has items: columns, topics, 五公开, the catalogue, the series; and the feeds."""
    section = sections.map_section(view)
    place = Place(view, "sitemap.html", section, current="map")
    shown = set(shelf.names(lists.COLUMN))
    filled = [column for column in view.columns if f"{lists.COLUMN}{column.id}" in shown]
    groups = [
        ("专题", _named(shelf, "topic/")),
        ("五公开", _named(shelf, "openness/")),
        ("主题分类", _named(shelf, f"{lists.CATALOGUE}/theme/")),
        ("发布机构", _named(shelf, f"{lists.CATALOGUE}/organ/")),
        ("年份", _named(shelf, f"{lists.CATALOGUE}/year/")[::-1]),
    ]
    overviews = [section for kind, section in sections.OVERVIEWS.items() if shelf.names(f"{kind}/")]
    values: dict[str, Any] = {
        "columns": [
            {"column": column, "href": quote(lists.index_path(f"{lists.COLUMN}{column.id}"))} for column in filled
        ],
        "overviews": [{"section": section, "href": f"{section.id}/index.html"} for section in overviews],
        "groups": [{"title": title, "links": links} for title, links in groups if links],
        "has_catalogue": bool(shelf.names(lists.CATALOGUE)),
        "has_english": bool(shelf.names(lists.ENGLISH)),
        "linked_data": serialised(crumb_data(_crumbs(place, section))),
    }
    return composed("sitemap.html", place, **values)


@lru_cache(maxsize=8)
def about_page(view: SiteView) -> bytes:
    """网站概况: who runs the site and how to reach them; subscribing, errors, privacy, accessibility."""
    section = sections.about_section(view)
    place = Place(view, "about.html", section, current="about")
    return composed("about.html", place, linked_data=serialised(crumb_data(_crumbs(place, section))))


@lru_cache(maxsize=8)
def not_found_page(view: SiteView) -> bytes:
    """What the web server answers for an address without a page; it may be any, so no link depends on it."""
    place = Place(view, "404.html", sections.not_found_section(view), twin=False, anywhere=True)
    return composed("404.html", place, indexed=False)


def _group(name: str, newest: Sequence[Entry], shelf: Shelf, root: str) -> dict[str, Any]:
    return {
        "title": name.partition("/")[2],
        "href": root + quote(lists.index_path(name)),
        "count": shelf.count(name),
        "lines": [line_of(entry, root) for entry in newest],
    }


def _series(names: list[str], root: str) -> list[dict[str, Any]]:
    """Organs in text order, each with its years, newest first."""
    return [
        {
            "organ": organ,
            "years": [
                {"year": name.rpartition("/")[2], "href": root + quote(lists.index_path(name))}
                for name in reversed(list(own))
            ],
        }
        for organ, own in groupby(names, key=lambda name: name.partition("/")[2].rpartition("/")[0])
    ]


def _named(shelf: Shelf, prefix: str) -> list[dict[str, str]]:
    return [{"title": name.removeprefix(prefix), "href": quote(lists.index_path(name))} for name in shelf.names(prefix)]


def _crumbs(place: Place, section: Column) -> list[tuple[str, str]]:
    return [("首页", address(place.view, "index.html")), (section.name, place.url)]
