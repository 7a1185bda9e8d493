"""Pages as bytes: pure functions of the shelf, the site's settings and the templates."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from channels.website import lists, words
from channels.website.item_view import item_values
from channels.website.layout import rendered, style_sheet
from channels.website.site import SiteView
from content.assets import Assets
from content.office import Column
from content.shelf import Entry, Shelf

LEAD = 8
PER_COLUMN = 6


def item_page(entry: Entry, shelf: Shelf, assets: Assets, view: SiteView) -> bytes:
    """An item's page, or the notice in its place when it is withdrawn."""
    columns = view.shown(entry.columns)
    main = columns[0] if columns else None
    values = item_values(entry, shelf, assets, view)
    template = "withdrawn.html" if entry.withdrawn else "item.html"
    return rendered(template, **_common(view, entry.address, main), **values)


def home_page(shelf: Shelf, view: SiteView) -> bytes:
    """The newest items and every column that has any (an empty column is not shown: 国办秘函〔2019〕19号)."""
    newest = shelf.latest(lists.CATALOGUE, LEAD)
    sections = [(column, shelf.latest(f"{lists.COLUMN}{column.id}", PER_COLUMN)) for column in view.columns]
    values = {
        "lead": [_line(entry, "") for entry in newest],
        "sections": [
            {
                "column": column,
                "href": f"{quote(column.id)}/index.html",
                "lines": [_line(entry, "") for entry in entries],
            }
            for column, entries in sections
            if entries
        ],
    }
    return rendered("home.html", **_common(view, "index.html", None), **values)


def site_map(shelf: Shelf, view: SiteView) -> bytes:
    """Every column that has items, with what it is for."""
    filled = [column for column in view.columns if shelf.latest(f"{lists.COLUMN}{column.id}", 1)]
    links = [{"column": column, "href": f"{quote(column.id)}/index.html"} for column in filled]
    return rendered("sitemap.html", **_common(view, "sitemap.html", None), links=links)


def list_page(name: str, number: int | None, shelf: Shelf, view: SiteView) -> bytes:
    """A page of a list: its index, with the newest items, or archive page *number*, counted from the oldest."""
    extent, size = shelf.extent(name), lists.size_of(name)
    last = lists.archived(extent, size)
    first, length = lists.archive_span(number, size) if number else lists.index_span(extent, size)
    older = (number or last + 1) - 1
    newer = "" if number is None else f"page-{number + 1}.html" if number < last else "index.html"
    values = {"older": f"page-{older}.html" if older else "", "newer": newer}
    path = lists.archive_path(name, number) if number else lists.index_path(name)
    count = shelf.count(name) if number is None else 0
    return _list_page(_column_of(name, view), path, shelf.span(name, first, length), view, count=count, **values)


def overview_page(kind: str, shelf: Shelf, view: SiteView) -> bytes:
    """All lists of a kind: the topics, the five kinds of openness, the document series."""
    names = shelf.names(f"{kind}/")
    links = [{"column": _column_of(name, view), "href": quote(f"../{lists.index_path(name)}")} for name in names]
    return rendered("sitemap.html", **_common(view, f"{kind}/index.html", None), links=links)


def about_page(view: SiteView) -> bytes:
    return rendered("sitemap.html", **_common(view, "about.html", None), links=[])


def not_found_page(view: SiteView) -> bytes:
    return rendered("sitemap.html", **_common(view, "404.html", None), links=[])


def traditional(path: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """The traditional-Chinese twin of a page."""
    yield from ()


def _column_of(name: str, view: SiteView) -> Column:
    """A list as a column, for the tags that a list page must have."""
    found = next((column for column in view.columns if name == f"{lists.COLUMN}{column.id}"), None)
    label = name.rpartition("/")[2]
    return found or Column(lists.folder_of(name), label, "信息公开目录", f"{label}的信息", label)


def root_of(path: str) -> str:
    """The way from a page up to the site's root, empty or ending with a slash."""
    return "../" * path.count("/")


def _list_page(
    column: Column, path: str, entries: Sequence[Entry], view: SiteView, *, older: str, newer: str, count: int
) -> bytes:
    root = root_of(path)
    values = {
        "lines": [_line(entry, root) for entry in reversed(entries)],
        "older": older,
        "newer": newer,
        "count": count,
        "span": f"{words.day(entries[0].published_at)} 至 {words.day(entries[-1].published_at)}" if entries else "",
    }
    return rendered("column.html", **_common(view, path, column), **values)


def _common(view: SiteView, path: str, column: Column | None) -> dict[str, Any]:
    root = root_of(path)
    return {
        "site": view,
        "root": root,
        "home": f"{root}index.html",
        "style": root + style_sheet()[0],
        "page_url": f"{view.url}/{quote('' if path == 'index.html' else path)}",
        "column": column,
        "column_href": f"{root}{quote(lists.index_path(f'{lists.COLUMN}{column.id}'))}" if column else "",
        "feed_name": quote(column.id) if column else "all",
    }


def _line(entry: Entry, root: str) -> dict[str, Any]:
    head = entry.data.get("head")
    values = head if isinstance(head, dict) else {}
    return {
        "title": entry.title,
        "href": root + quote(entry.address),
        "date": words.day(entry.published_at),
        "number": str(values.get("document_number", "")),
        "opening": str(values.get("summary", "") or values.get("opening", "")),
        "effect": _lapsed(entry),
        "organ": entry.organ,
    }


def _lapsed(entry: Entry) -> str:
    effect = str(entry.data.get("effect", ""))
    return "" if effect == "有效" else effect
