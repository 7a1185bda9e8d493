"""The page of a search, in the frame that all pages of the site have. The public process renders it."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from channels.website import lists, words
from channels.website.frame import Place, frame_values
from channels.website.languages import stands_apart
from channels.website.layout import rendered
from channels.website.site import SiteView
from channels.website.traditional import hant_page
from content.search import Facets, Found, Hit, Query
from content.search.document import FILTERS, LAST_PAGE, LONGEST_QUERY
from content.vocabulary import KIND_LABELS

PATH, RSS_PATH = "search", "search.rss"
LABELS = {
    "theme": "主题分类",
    "organ": "发文机关",
    "year": "年份",
    "genre": "体裁",
    "effect": "有效性",
    "column": "栏目",
    "kind": "类型",
}
_MOST_CHOICES = 200
_KINDS = {str(kind): label for kind, label in KIND_LABELS.items()} | {lists.GAZETTE: "政府公报"}


def search_page(view: SiteView, query: Query, found: Found, facets: Facets) -> bytes:
    """What was asked, what was found, and the form to ask again; works without a script."""
    place = Place(view, PATH, None, asked=parameters(query, query.page))
    frame = frame_values(place, indexed=False, search_form=False) | {"alternates": ""}
    values = {
        "query": query,
        "asked": bool(query.text.strip() or any(query.filters.values())),
        "longest": LONGEST_QUERY,
        "last_page": LAST_PAGE,
        "found": found,
        "state": str(found.state),
        "total": f"{found.total:,}",
        "lines": [_line(hit) for hit in found.hits],
        "choices": [_choice(name, query, facets, view) for name in FILTERS],
        "newer": _href(query, found.page - 1) if found.page > 1 else "",
        "older": _href(query, found.page + 1) if found.more else "",
        "rss": f"{RSS_PATH}?{parameters(query, 1)}",
    }
    return rendered("search.html", **frame, **values)


def hant_search_page(view: SiteView, query: Query, found: Found, facets: Facets) -> bytes:
    """The same in traditional characters, for ``hant/search``; its links lead to traditional pages."""
    return hant_page(PATH, search_page(view, query, found, facets), parameters(query, query.page))


def parameters(query: Query, page: int) -> str:
    """The question as the part of an address behind the question mark."""
    named = {"q": query.text, **{name: query.filters.get(name, "") for name in FILTERS}}
    pairs = {name: value for name, value in named.items() if value} | ({"page": str(page)} if page > 1 else {})
    return urlencode(pairs, quote_via=quote, errors="replace")


def described(query: Query, view: SiteView) -> str:
    """The question in words, for a title."""
    chosen = [_label(name, query.filters[name], view) for name in FILTERS if query.filters.get(name)]
    return "、".join([*([f"“{query.text.strip()}”"] if query.text.strip() else []), *chosen]) or "全部信息"


def _href(query: Query, page: int) -> str:
    return f"{PATH}?{parameters(query, page)}"


def _line(hit: Hit) -> dict[str, Any]:
    document = hit.document
    return {
        "href": quote(document.address),
        "title": hit.title,
        "number": hit.number,
        "snippet": hit.snippet,
        "organ": document.organ,
        "date": words.day(document.published_at),
        "effect": document.effect if document.effect not in ("", "有效") else "",
        "language": document.language if stands_apart(document.language) else "",
    }


def _choice(name: str, query: Query, facets: Facets, view: SiteView) -> dict[str, Any]:
    """One filter of the form. What was chosen stands in it even when nothing has it any more."""
    chosen = query.filters.get(name, "")
    options = _options(name, facets, view)
    if chosen and chosen not in [value for value, _ in options]:
        options = [(chosen, _label(name, chosen, view)), *options]
    return {"name": name, "label": LABELS[name], "options": options, "chosen": chosen}


def _options(name: str, facets: Facets, view: SiteView) -> list[tuple[str, str]]:
    counted: Sequence[tuple[str, int]] = facets.get(name, ())
    if name == "column":
        counts: Mapping[str, int] = dict(counted)
        counted = [(column.id, counts[column.id]) for column in view.columns if column.id in counts]
    return [(value, f"{_label(name, value, view)}（{count}）") for value, count in counted[:_MOST_CHOICES]]


def _label(name: str, value: str, view: SiteView) -> str:
    if name == "column":
        return next((column.name for column in view.columns if column.id == value), value)
    return _KINDS.get(value, value) if name == "kind" else f"{value}年" if name == "year" else value
