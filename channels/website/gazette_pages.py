"""The gazette's pages as bytes: an issue, a year, all issues; and what the home page shows of the newest."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from channels.fragment import own_host
from channels.website import lists, sections, words
from channels.website.frame import Place, address, composed
from channels.website.gazette import INDEX, Shown, Since, page_path, pdf_path, year_path
from channels.website.linked_data import Crumb, crumb_data, issue_data, serialised
from channels.website.site import SiteView
from content.gazette.contents import READING, Contents, Placed, PlacedSection
from content.gazette.issue import Issue
from content.vocabulary import Action

_ON_HOME, _ON_INDEX = 5, 8
_EARLIER = 6
_SINCE = {Action.WITHDRAW: ("已撤回", "撤回启事"), Action.CORRECT: ("已更正", "更正启事")}


def issue_page(issue: Issue, contents: Contents, shown: Shown, view: SiteView, pdf_bytes: int) -> bytes:
    """An issue: its contents by section as they are printed, each with its page and its place in the PDF of *pdf_bytes*."""
    section = sections.issue_section(issue.label, view)
    place = Place(view, page_path(issue), section, current="gazette")
    crumbs = [*_way(view), (f"{issue.year}年", year_path(issue.year)), (issue.label, page_path(issue))]
    values: dict[str, Any] = {
        **_cover(issue, view),
        "sections": [_section(part, issue, contents, shown, place) for part in contents.sections],
        "pdf": _pdf(issue, contents, place, pdf_bytes),
        "proof": contents.digest,
        "address": address(view, page_path(issue)),
        "meta": _tags(issue, view),
        "published": words.minute(issue.closed_at) if issue.closed_at else "",
        "older": _neighbour(shown.before(issue), place),
        "newer": _neighbour(shown.after(issue), place),
        "parents": _parents(crumbs, place),
        "linked_data": serialised(
            issue_data(issue, f"{view.url}/{page_path(issue)}", view), crumb_data(_addresses(crumbs, view))
        ),
    }
    return composed("gazette_issue.html", place, **values)


def year_page(year: int, shown: Shown, view: SiteView) -> bytes:
    """The issues of a year, newest first."""
    section = sections.gazette_year_section(year, view)
    place = Place(view, year_path(year), section, current="gazette")
    crumbs = [*_way(view), (f"{year}年", year_path(year))]
    issues = shown.of_year(year)[::-1]
    values: dict[str, Any] = {
        "heading": section,
        "here": crumbs[-1][0],
        "count": len(issues),
        "lines": [_line(issue, shown, place) for issue in issues],
        "years": _years(shown, place, but=year),
        "parents": _parents(crumbs, place),
        "linked_data": serialised(crumb_data(_addresses(crumbs, view))),
    }
    return composed("gazette_year.html", place, **values)


def index_page(shown: Shown, view: SiteView) -> bytes:
    """The newest issue, and every issue by its year and number."""
    section = sections.gazette_section(view)
    place = Place(view, INDEX, section, current="gazette")
    values: dict[str, Any] = {
        "heading": section,
        "here": section.name,
        "newest": newest_issue(shown, view, place.root, _ON_INDEX),
        "years": [
            {**year, "issues": [_chip(issue, place) for issue in shown.of_year(year["year"])]}
            for year in _years(shown, place)
        ],
        "count": len(shown.issues),
        "parents": _parents(_way(view), place),
        "linked_data": serialised(crumb_data(_addresses(_way(view), view))),
    }
    return composed("gazette_index.html", place, **values)


def newest_issue(shown: Shown, view: SiteView, root: str, most: int = _ON_HOME) -> dict[str, Any] | None:
    """The newest issue with the first of its documents, and some earlier ones; None for a site that shows no issue."""
    issue = shown.newest
    contents = shown.contents(issue.id) if issue else None
    if issue is None or contents is None:
        return None
    documents = contents.documents
    return {
        **_cover(issue, view),
        "href": root + page_path(issue),
        "documents": [_document(one, issue, contents, shown, view, root) for one in documents[:most]],
        "more": max(0, len(documents) - most),
        "earlier": [
            {"label": one.label, "href": root + page_path(one)} for one in shown.issues[:-1][: -_EARLIER - 1 : -1]
        ],
    }


def _tags(issue: Issue, view: SiteView) -> list[tuple[str, str]]:
    """The tags of a content page (国办发〔2017〕47号): an issue is one as well. It is up once it is closed."""
    pairs = [
        ("ArticleTitle", f"{view.gazette}{issue.label}"),
        ("PubDate", words.minute(issue.closed_at) if issue.closed_at else ""),
        ("ContentSource", view.organ),
        ("Url", f"{view.url}/{page_path(issue)}"),
    ]
    return [(name, text) for name, text in pairs if text]


def _cover(issue: Issue, view: SiteView) -> dict[str, Any]:
    stem = view.gazette.removesuffix("公报")
    return {
        "name": view.gazette,
        "masthead": (stem, "公报") if stem and stem != view.gazette else (view.gazette, ""),
        "label": issue.label,
        "total": f"总第{issue.total_number}号" if issue.total_number else "",
        "issued": words.chinese_date(issue.issued_on),
        "issued_on": str(issue.issued_on or ""),
    }


def _section(part: PlacedSection, issue: Issue, contents: Contents, shown: Shown, place: Place) -> dict[str, Any]:
    documents = [_document(one, issue, contents, shown, place.view, place.root) for one in part.documents]
    return {"name": part.name, "documents": documents}


def _document(one: Placed, issue: Issue, contents: Contents, shown: Shown, view: SiteView, root: str) -> dict[str, Any]:
    """A line of the contents. What was withdrawn since has no way into the PDF."""
    href, since = _href(one.url, view, root), shown.since(one, issue)
    gone = since is not None and since.action is Action.WITHDRAW
    leaf = f"{root}{pdf_path(issue)}#page={one.leaf}" if one.leaf and READING in contents.pdfs and not gone else ""
    return {
        "since": _since(since, root) if since else None,
        "title": one.title,
        "number": one.number,
        "href": href,
        "marks": _marks(href, view),
        "page": one.page,
        "leaf": leaf,
    }


def _since(since: Since, root: str) -> dict[str, str]:
    word, notice = _SINCE[since.action]
    told = since.told
    return {
        "word": word,
        "notice": f"{notice}见{told.label}" if told else "",
        "href": root + page_path(told) if told else "",
    }


def _href(url: str, view: SiteView, root: str) -> str:
    """The way to a document's page: within the site where it stands there; empty for what is no web address."""
    if url.startswith(f"{view.url}/"):
        return root + url.removeprefix(f"{view.url}/")
    return url if url.startswith(("https://", "http://")) else ""


def _marks(href: str, view: SiteView) -> Markup:
    """国办发〔2017〕47号: a reader is told before leaving for a site that is not the government's."""
    host = urlsplit(href).hostname or ""
    if not host or own_host(host, view.domain):
        return Markup("")
    title = escape(f"链接到非政府网站 {host}")
    return Markup(f' class="external" rel="noopener noreferrer nofollow" title="{title}"')  # noqa: S704 # escaped


def _pdf(issue: Issue, contents: Contents, place: Place, pdf_bytes: int) -> dict[str, str] | None:
    if READING not in contents.pdfs:
        return None
    return {
        "href": place.root + pdf_path(issue),
        "name": f"{place.view.gazette}{issue.label}.pdf",
        "size": words.file_size(pdf_bytes),
        "digest": contents.pdfs[READING],
    }


def _line(issue: Issue, shown: Shown, place: Place) -> dict[str, Any]:
    contents = shown.contents(issue.id)
    count = len(contents.documents) if contents else 0
    return {
        **_cover(issue, place.view),
        "href": place.root + page_path(issue),
        "count": f"{count}件" if count else "",
    }


def _years(shown: Shown, place: Place, but: int | None = None) -> list[dict[str, Any]]:
    return [{"year": year, "href": place.root + year_path(year)} for year in shown.years if year != but]


def _chip(issue: Issue, place: Place) -> dict[str, Any]:
    return {"number": issue.number, "label": issue.label, "href": place.root + page_path(issue)}


def _neighbour(issue: Issue | None, place: Place) -> dict[str, str] | None:
    return {"label": issue.label, "href": place.root + page_path(issue)} if issue else None


def _way(view: SiteView) -> list[Crumb]:
    """首页 > 政务公开 > 政府公报; 政务公开 is where the whole of it is looked up, the catalogue."""
    gazette = sections.gazette_section(view).name
    return [("首页", "index.html"), ("政务公开", lists.index_path(lists.CATALOGUE)), (gazette, INDEX)]


def _parents(crumbs: Sequence[Crumb], place: Place) -> list[Crumb]:
    """What stands between the home page and this one."""
    return [(label, place.root + path) for label, path in crumbs[1:-1]]


def _addresses(crumbs: Sequence[Crumb], view: SiteView) -> list[Crumb]:
    return [(label, address(view, path)) for label, path in crumbs]
