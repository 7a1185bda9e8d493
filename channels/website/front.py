"""The home page: what is new, and the ways to everything else."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from channels.website import lists, sections
from channels.website.frame import Place, composed
from channels.website.gazette import INDEX, Shown
from channels.website.gazette_pages import newest_issue
from channels.website.layout import piece
from channels.website.lines import Line, asking_of, line_of, still_asking
from channels.website.linked_data import serialised, site_data
from channels.website.site import SiteView
from channels.website.wording import wording
from content.office import Column
from content.shelf import Entry, Shelf

_STORIES, _LINES, _PER_COLUMN, _TOPICS, _ASKED = 3, 9, 5, 8, 4
_KEPT = 512
_ASKING_TYPE, _REPORTS_TYPE = "征集调查", "信息公开年报"

Newest = Mapping[str, Sequence[Entry]]
"""The newest of every column that has any, by the column's list."""


def home_page(shelf: Shelf, view: SiteView, gazette: Shown) -> bytes:
    """The newest items and every column that has any (an empty column is not shown: 国办秘函〔2019〕19号)."""
    english = [("en", lists.index_path(lists.ENGLISH))] if shelf.names(lists.ENGLISH) else []
    place = Place(view, "index.html", sections.home_section(view), current="home", translations=tuple(english))
    chinese = shelf.headlines(lists.CATALOGUE, _STORIES + _LINES)
    newest = shelf.headlines_under(lists.COLUMN, _PER_COLUMN)
    values = {
        "stories": [line_of(entry, "") for entry in chinese[:_STORIES]],
        "lead": [line_of(entry, "") for entry in chinese[_STORIES:]],
        "sections": _sections(newest, view),
        "topics": _links(shelf, "topic/", _TOPICS),
        "entries": _entries(shelf, newest, view, gazette),
        "gazette": newest_issue(gazette, view, ""),
        "asked": _asked(shelf, view),
        "linked_data": serialised(*site_data(view)),
    }
    return composed("home.html", place, indexed=bool(chinese), **values)


def _sections(newest: Newest, view: SiteView) -> list[dict[str, Any]]:
    filled = [(column, newest[name]) for column in view.columns if (name := f"{lists.COLUMN}{column.id}") in newest]
    return [
        {"column": column, "href": _href(column), "lines": _column_lines(tuple(entries))} for column, entries in filled
    ]


@lru_cache(maxsize=_KEPT)
def _column_lines(entries: tuple[Entry, ...]) -> Markup:
    """A column's newest as they stand on the home page; one item more changes those of its own columns."""
    return Markup(piece("home_lines.html", lines=[line_of(entry, "") for entry in entries]))  # noqa: S704 # a template's


def _links(shelf: Shelf, prefix: str, limit: int) -> list[dict[str, str]]:
    names = shelf.names(prefix)[:limit]
    return [{"title": name.removeprefix(prefix), "href": quote(lists.index_path(name))} for name in names]


def _entries(shelf: Shelf, newest: Newest, view: SiteView, gazette: Shown) -> list[dict[str, str]]:
    """The ways into the disclosure platform: the catalogue, the series, 五公开, the gazette, the annual reports."""
    found = []
    if shelf.names(lists.CATALOGUE):
        found.append(("信息公开目录", "按索引号、主题、机关、年份查阅", lists.index_path(lists.CATALOGUE)))
    if shelf.names("series/"):
        found.append(("文件汇编", "按制发机关和年份查阅文件", "series/index.html"))
    if shelf.names("openness/"):
        found.append(("五公开", "决策、执行、管理、服务、结果", "openness/index.html"))
    if gazette.issues:
        found.append(("政府公报", "历年各期目录和全文", INDEX))
    columns = (column for column in view.columns if not (gazette.issues and "公报" in column.name))
    special = [column for column in columns if column.type == _REPORTS_TYPE or "公报" in column.name]
    found += [
        (column.name, column.description, lists.index_path(f"{lists.COLUMN}{column.id}"))
        for column in special
        if f"{lists.COLUMN}{column.id}" in newest
    ]
    return [{"title": title, "text": text, "href": quote(path)} for title, text, path in found]


def _asked(shelf: Shelf, view: SiteView) -> list[Line]:
    """The newest consultations and surveys; whether one is open today is for the reader's own clock to say."""
    columns = [column for column in view.columns if column.type == _ASKING_TYPE]
    found = [entry for column in columns for entry in shelf.headlines(f"{lists.COLUMN}{column.id}", 2 * _ASKED)]
    say = wording(english=False)
    return [asking_of(entry, say) for entry in still_asking(found)[:_ASKED]]


def _href(column: Column) -> str:
    return quote(lists.index_path(f"{lists.COLUMN}{column.id}"))
