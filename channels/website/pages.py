"""Pages as bytes: pure functions of the shelf, the site's settings and the templates."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

from channels.website import lists, sections
from channels.website.entries import Tie, ties
from channels.website.frame import Place, address, composed
from channels.website.front import home_page
from channels.website.item_view import item_values
from channels.website.languages import language_of, stands_apart, translations_of
from channels.website.lines import Row, listed
from channels.website.linked_data import Crumb, crumb_data, serialised
from channels.website.overviews import about_page, not_found_page, overview_page, site_map
from channels.website.site import SiteView
from channels.website.traditional import hant_page, traditional
from channels.website.wording import is_english
from content.assets import Assets
from content.office import Column
from content.shelf import Entry, Shelf

__all__ = [
    "about_page",
    "hant_page",
    "home_page",
    "item_page",
    "list_page",
    "not_found_page",
    "overview_page",
    "site_map",
    "traditional",
]

RowsIn = Callable[[str, int, int], Sequence[Row]]
"""The rows of a list whose slots are *first* to *first + size - 1*; gaps are left out."""


def item_page(entry: Entry, shelf: Shelf, assets: Assets, view: SiteView) -> bytes:
    """An item's page, or the notice in its place when it is withdrawn."""
    tied = ties(entry, shelf)
    columns = view.shown(entry.columns)
    main = columns[0] if columns else None
    place = _place_of(entry, tied, main, view)
    values = item_values(entry, tied, assets, view, _crumbs(entry, main, view))
    way = {"column": main, "column_href": "", "column_label": ""}
    if main:
        name = lists.ENGLISH if place.english else f"{lists.COLUMN}{main.id}"
        label = sections.ENGLISH.name if place.english else main.name
        way |= {"column_href": place.root + quote(lists.index_path(name)), "column_label": label}
    template = "withdrawn.html" if entry.withdrawn else "item.html"
    return composed(template, place, indexed=not entry.withdrawn, **way, **values)


def list_page(name: str, number: int | None, shelf: Shelf, view: SiteView, rows_in: RowsIn) -> bytes:
    """A page of a list: its index with the newest items, or archive page *number* (from 1, from the oldest slot)."""
    size, extent = lists.SIZE, shelf.extent(name)
    first, length = lists.index_span(extent, size) if number is None else lists.archive_span(number, size)
    rows = sorted(rows_in(name, first, length), reverse=True) if length else []
    place = _list_place(name, number, view)
    table = name.startswith((lists.CATALOGUE, "series/"))
    values = {
        "lines": listed(rows, place.root, table=table),
        "heading": place.section.name if place.section else "",
        "description": place.section.description if place.section else "",
        "count": shelf.count(name) if number is None else 0,
        "span": _span(rows) if number is not None else "",
        "parents": [(label, place.root + quote(path)) for label, path in _parents(name)],
        "linked_data": serialised(crumb_data(_list_crumbs(name, place))),
        **_steps(number, lists.archived(extent, size)),
    }
    if name == lists.CATALOGUE and number is None:
        values |= {"facets": _facets(shelf, place.root)}
    return composed("catalogue.html" if table else "list.html", place, indexed=bool(rows), **values)


def _place_of(entry: Entry, tied: list[Tie], main: Column | None, view: SiteView) -> Place:
    others = [tie.entry for tie in tied if tie.relation == "translation_of" and tie.entry]
    canonical = str(entry.data.get("canonical", ""))
    language = language_of(entry)
    english = is_english(language)
    return Place(
        view,
        entry.address,
        main,
        english=english,
        language=language if english else "",
        feeds=_feeds(entry, main),
        canonical=canonical,
        twin=not stands_apart(language),
        translations=translations_of(entry, others),
    )


def _feeds(entry: Entry, main: Column | None) -> tuple[tuple[str, str], ...]:
    """The feeds that carry an item beside the site's own: its first column's, its topics', its organ's."""
    topics = [name for name in entry.lists if name.startswith("topic/")]
    organs = [name for name in entry.lists if name.startswith(f"{lists.CATALOGUE}/organ/")]
    found = [(name.partition("/")[2], name) for name in topics]
    found += [(name.rpartition("/")[2], f"organ/{name.rpartition('/')[2]}") for name in organs]
    return ((main.name, main.id), *found) if main else tuple(found)


def _crumbs(entry: Entry, main: Column | None, view: SiteView) -> list[Crumb]:
    own = (entry.title, address(view, entry.address))
    column = [(main.name, address(view, lists.index_path(f"{lists.COLUMN}{main.id}")))] if main else []
    if is_english(language_of(entry)):
        column = [(sections.ENGLISH.name, address(view, lists.index_path(lists.ENGLISH)))]
    return [("首页", address(view, "index.html")), *column, own]


def _list_place(name: str, number: int | None, view: SiteView) -> Place:
    section = sections.section_of(name, view)
    path = lists.index_path(name) if number is None else lists.archive_path(name, number)
    at_catalogue = "catalogue" if name == lists.CATALOGUE else ""
    feeds = sections.feeds_of(name, section)
    return Place(view, path, section, english=name == lists.ENGLISH, current=at_catalogue, feeds=feeds)


def _list_crumbs(name: str, place: Place) -> list[Crumb]:
    view = place.view
    parents = [(label, address(view, path)) for label, path in _parents(name)]
    own = (place.section.name if place.section else name, address(view, lists.index_path(name)))
    return [("首页", address(view, "index.html")), *parents, own]


def _parents(name: str) -> list[tuple[str, str]]:
    """The overviews between the home page and a list, as (title, path)."""
    kind = name.partition("/")[0]
    if kind in sections.OVERVIEWS:
        return [(sections.OVERVIEWS[kind].name, f"{kind}/index.html")]
    facet, _ = sections.facet_of(name) if kind == lists.CATALOGUE else ("", "")
    return [("信息公开目录", lists.index_path(lists.CATALOGUE))] if facet else []


def _steps(number: int | None, archived: int) -> dict[str, str]:
    """The ways to the newer and older pages, and to both ends; all stand in one folder."""
    if number is None:
        return {"newer": "", "older": f"page-{archived}.html" if archived else "", "oldest": _oldest(archived)}
    newer = f"page-{number + 1}.html" if number < archived else "index.html"
    older = f"page-{number - 1}.html" if number > 1 else ""
    return {"newer": newer, "older": older, "oldest": _oldest(number - 1)}


def _oldest(pages_before: int) -> str:
    return "page-1.html" if pages_before > 1 else ""


def _span(rows: Sequence[Row]) -> str:
    """From the oldest to the newest day of a page that is newest first."""
    return f"{rows[-1].day} 至 {rows[0].day}" if rows else ""


def _facets(shelf: Shelf, root: str) -> list[dict[str, Any]]:
    """The catalogue's filters: every value that some item has, with the list of those that have it."""
    found = []
    for facet, label in sections.FACETS.items():
        names = shelf.names(f"{lists.CATALOGUE}/{facet}/")
        values = [{"value": sections.facet_of(name)[1], "href": root + quote(lists.index_path(name))} for name in names]
        if facet == "year":
            values.reverse()
        found.append({"facet": facet, "label": label, "values": values})
    return [facet for facet in found if facet["values"]]
