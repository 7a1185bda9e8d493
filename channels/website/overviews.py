"""Pages that name the lists of a site, and those that speak of the site itself."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any
from urllib.parse import quote

from channels.website import lists, sections
from channels.website.frame import Place, address, composed
from channels.website.gazette import Shown, year_path
from channels.website.lines import line_of
from channels.website.linked_data import crumb_data, serialised
from channels.website.site import SiteView
from content.office import Column
from content.shelf import Entry, Shelf

_PER_TOPIC = 3
_KEPT = 8
_YEARS = f"{lists.CATALOGUE}/year/"
_GROUPS = {
    "topic/": "专题",
    "openness/": "五公开",
    f"{lists.CATALOGUE}/theme/": "主题分类",
    f"{lists.CATALOGUE}/organ/": "发布机构",
    _YEARS: "年份",
}
_NAMED = (lists.COLUMN, *_GROUPS)
"""Beginnings of the names of the lists that the site map names."""
_MENTIONED = (*(f"{kind}/" for kind in lists.OVERVIEWS), lists.CATALOGUE, lists.ENGLISH)
"""And of those of which it says that there are some."""


def overview_page(kind: str, shelf: Shelf, view: SiteView) -> bytes:
    """All topics, the five kinds of openness, or the document series by organ and year."""
    names = sections.in_order(shelf.names(f"{kind}/"))
    if kind == "series":
        return _series_page(view, tuple(names))
    section = sections.OVERVIEWS[kind]
    place = Place(view, f"{kind}/index.html", section)
    newest = shelf.headlines_under(f"{kind}/", _PER_TOPIC)
    groups = [_group(name, newest[name], shelf, place.root) for name in names]
    return _overview(place, section, organs=[], groups=groups)


@lru_cache(maxsize=_KEPT)
def _series_page(view: SiteView, names: tuple[str, ...]) -> bytes:
    section = sections.OVERVIEWS["series"]
    place = Place(view, "series/index.html", section)
    return _overview(place, section, organs=_series(names, place.root), groups=[])


def _overview(place: Place, section: Column, **values: list[dict[str, Any]]) -> bytes:
    data = serialised(crumb_data(_crumbs(place, section)))
    return composed("overview.html", place, indexed=any(values.values()), heading=section, linked_data=data, **values)


def site_map(shelf: Shelf, view: SiteView, gazette: Shown) -> bytes:
    """Every list that has items: columns, topics, 五公开, the catalogue, the series; and the feeds."""
    named = tuple((kind, tuple(shelf.names(kind))) for kind in _NAMED)
    mentioned = tuple(kind for kind in _MENTIONED if shelf.names(kind))
    return _site_map(view, named, mentioned, tuple(gazette.years))


@lru_cache(maxsize=_KEPT)
def _site_map(
    view: SiteView, named: tuple[tuple[str, tuple[str, ...]], ...], mentioned: tuple[str, ...], years: tuple[int, ...]
) -> bytes:
    """Made of names alone, which one item more seldom changes."""
    names = dict(named)
    section = sections.map_section(view)
    place = Place(view, "sitemap.html", section, current="map")
    filled = [column for column in view.columns if f"{lists.COLUMN}{column.id}" in names[lists.COLUMN]]
    groups = [(title, _links(names[kind], kind)) for kind, title in _GROUPS.items()]
    overviews = [section for kind, section in sections.OVERVIEWS.items() if f"{kind}/" in mentioned]
    values: dict[str, Any] = {
        "columns": [
            {"column": column, "href": quote(lists.index_path(f"{lists.COLUMN}{column.id}"))} for column in filled
        ],
        "overviews": [{"section": section, "href": f"{section.id}/index.html"} for section in overviews],
        "groups": [{"title": title, "links": links} for title, links in groups if links],
        "has_catalogue": lists.CATALOGUE in mentioned,
        "gazette": sections.gazette_section(view) if years else None,
        "gazette_years": [{"title": f"{year}年", "href": year_path(year)} for year in years],
        "has_english": lists.ENGLISH in mentioned,
        "linked_data": serialised(crumb_data(_crumbs(place, section))),
    }
    return composed("sitemap.html", place, **values)


@lru_cache(maxsize=_KEPT)
def about_page(view: SiteView) -> bytes:
    """网站概况: who runs the site and how to reach them; subscribing, errors, privacy, accessibility."""
    section = sections.about_section(view)
    place = Place(view, "about.html", section, current="about")
    return composed("about.html", place, linked_data=serialised(crumb_data(_crumbs(place, section))))


@lru_cache(maxsize=_KEPT)
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


def _series(names: Sequence[str], root: str) -> list[dict[str, Any]]:
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


def _links(names: Sequence[str], prefix: str) -> list[dict[str, str]]:
    """Years newest first, everything else in text order."""
    ordered = names[::-1] if prefix == _YEARS else names
    return [{"title": name.removeprefix(prefix), "href": quote(lists.index_path(name))} for name in ordered]


def _crumbs(place: Place, section: Column) -> list[tuple[str, str]]:
    return [("首页", address(place.view, "index.html")), (section.name, place.url)]
