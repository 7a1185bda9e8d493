"""Which files a delivery touches: its own, those of its neighbours, its lists, the home page, the site maps.

Everything here is worked out from the shelf and may be worked out again at any time with the same result.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

from channels.files import inside
from channels.fragment import ATTACHMENTS, PICTURES, item_folder
from channels.shelving import texts
from channels.website import gazette, gazette_pages, lists, pages, sitemaps
from channels.website.entries import neighbours, part_digests
from channels.website.gazette import NONE, Shown
from channels.website.layout import static_files
from channels.website.lines import Row, row_of
from channels.website.ready import ReadyRows
from channels.website.site import SiteView
from content.assets import Assets
from content.gazette.contents import READING
from content.gazette.issue import Issue
from content.shelf import Entry, Shelf

_row_of = lru_cache(maxsize=2048)(row_of)
"""Kept for the next list: one item more stands first in several, and all others stand where they stood."""

Files = Iterator[tuple[str, bytes]]
"""Paths on the site with their bytes, in the order in which they are to be written."""


@dataclass(frozen=True)
class Plan:
    """The files of one outlet. *public* is the folder that the web server shows; *ready* are rows rendered before,
    *gazette* the issues of the print gazette that it shows."""

    view: SiteView
    shelf: Shelf
    assets: Assets
    public: Path
    ready: ReadyRows | None = None
    gazette: Shown = NONE

    def own(self, entry: Entry) -> Files:
        """What the item brings with it, what its page needs, and then its page."""
        yield from static_files().items()
        yield from self.brought(entry)
        yield from self.page(entry)

    def brought(self, entry: Entry) -> Files:
        """The item's pictures and attachments."""
        folder = item_folder(entry.address)
        for name, digest in part_digests(entry).items():
            if name.startswith((f"{PICTURES}/", f"{ATTACHMENTS}/")):
                yield f"{folder}/{name}", self.assets.get(digest)

    def frame(self, entry: Entry) -> Files:
        """The pages of others that name this item. A neighbour's page comes with what it needs to be whole."""
        for other in neighbours(entry, self.shelf):
            yield from self.page(other)
        names = self._lists(entry)
        for name in names:
            yield from self._list(name, entry)
        for kind in lists.OVERVIEWS:
            if any(name.startswith(f"{kind}/") for name in names):
                yield from self.overview(kind)
        yield from self.standing()
        yield from self._site_maps(entry)
        yield from self._printed(entry)

    def page(self, entry: Entry) -> Files:
        yield from self._twins(entry.address, lambda: pages.item_page(entry, self.shelf, self.assets, self.view))

    def list_index(self, name: str) -> Files:
        yield from self._twins(lists.index_path(name), lambda: self._list_page(name, None))

    def list_archive(self, name: str, number: int) -> Files:
        path = lists.archive_path(name, number)
        yield from self._twins(path, lambda: self._list_page(name, number))

    def _list_page(self, name: str, number: int | None) -> bytes:
        return pages.list_page(name, number, self.shelf, self.view, self._rows)

    def _rows(self, name: str, first: int, size: int) -> Sequence[Row]:
        if self.ready is None:
            return [_row_of(entry) for entry in self.shelf.span(name, first, size)]
        return self.ready.span(name, first, size, self.shelf)

    def overview(self, kind: str) -> Files:
        yield from self._twins(f"{kind}/index.html", lambda: pages.overview_page(kind, self.shelf, self.view))

    def standing(self) -> Files:
        """The pages that every site has, whatever stands on it."""
        yield from self._twins("sitemap.html", lambda: pages.site_map(self.shelf, self.view, self.gazette))
        yield from self._twins("about.html", lambda: pages.about_page(self.view))
        yield from self.list_index(lists.CATALOGUE)
        yield "404.html", pages.not_found_page(self.view)
        yield "robots.txt", sitemaps.robots(self.view)
        yield "sitemaps/lists.xml", sitemaps.of_lists(self.shelf, self.view)
        yield "sitemap.xml", sitemaps.index(self.shelf, self.view, self.gazette)
        yield from self._twins("index.html", lambda: pages.home_page(self.shelf, self.view, self.gazette))

    def shard(self, number: int) -> Files:
        yield sitemaps.shard_path(number), sitemaps.shard(number, self.shelf, self.view)

    def issue(self, issue: Issue) -> Files:
        """An issue's page, and before it the PDF that was signed."""
        contents = self.gazette.contents(issue.id)
        if contents is None:
            return
        pdf = self.assets.get(contents.pdfs[READING]) if READING in contents.pdfs else b""
        if pdf:
            yield gazette.pdf_path(issue), pdf
        page = partial(gazette_pages.issue_page, issue, contents, self.gazette, self.view, len(pdf))
        yield from self._twins(gazette.page_path(issue), page)

    def _printed(self, entry: Entry) -> Files:
        """The gazette's pages that name the item: what was withdrawn is marked where it stands in print."""
        for issue in self.gazette.holding(entry.item_id):
            yield from self.issue(issue)
            if issue == self.gazette.newest:
                yield from self.all_issues()

    def issues_around(self, issue: Issue) -> Files:
        """The pages that change when an issue comes: its neighbours', those of issues that it corrects, its year's, that of all,
        the home page, the site maps."""
        told = [one for notice in self.gazette.documents(issue) for one in self.gazette.holding(notice.item)]
        near = (self.gazette.before(issue), self.gazette.after(issue))
        for other in dict.fromkeys(one for one in (*near, *told) if one is not None and one != issue):
            yield from self.issue(other)
        yield from self.issue_year(issue.year)
        yield from self.all_issues()
        yield from self.standing()

    def issue_year(self, year: int) -> Files:
        yield from self._twins(gazette.year_path(year), lambda: gazette_pages.year_page(year, self.gazette, self.view))

    def all_issues(self) -> Files:
        """What names every issue."""
        yield gazette.SITE_MAP, sitemaps.of_gazette(self.gazette, self.view)
        yield from self._twins(gazette.INDEX, lambda: gazette_pages.index_page(self.gazette, self.view))

    def surplus(self, entry: Entry) -> list[str]:
        """Paths of files that this item no longer has; what is removed leaves no copy."""
        folder = item_folder(entry.address)
        wanted = {inside(self.public, f"{folder}/{name}") for name in part_digests(entry)}
        there = inside(self.public, folder).rglob("*")
        return [str(path.relative_to(self.public)) for path in there if path.is_file() and path not in wanted]

    def _twins(self, path: str, render: Callable[[], bytes]) -> Files:
        """A page, and its traditional-Chinese twin where the site has those."""
        data = render()
        if self.view.traditional and not path.startswith(f"{lists.ENGLISH}/"):
            yield from pages.traditional(path, data)
        yield path, data

    def _lists(self, entry: Entry) -> list[str]:
        """The lists with pages that the item stands in or ever stood in, of columns those that the site has."""
        return self.view.with_pages(texts(entry.data.get("lists_ever")))

    def _list(self, name: str, entry: Entry) -> Files:
        slot = self.shelf.slot(entry.item_id, name)
        extent, size = self.shelf.extent(name), lists.SIZE
        numbers = set(lists.touched(slot, extent, size)) if slot is not None else set()
        last = lists.archived(extent, size)
        if last and not inside(self.public, lists.archive_path(name, last)).exists():
            numbers |= {last} | ({last - 1} if last > 1 else set())
        for number in sorted(numbers):
            yield from self.list_archive(name, number)
        if name != lists.CATALOGUE:  # which every site has, also one without an item
            yield from self.list_index(name)

    def _site_maps(self, entry: Entry) -> Files:
        slot = self.shelf.slot(entry.item_id, lists.EVERYTHING)
        if slot is not None:
            yield from self.shard(sitemaps.shard_of(slot))
