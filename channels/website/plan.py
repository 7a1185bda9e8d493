"""Which files a delivery touches: its own, those of its neighbours, its columns' lists, and the home page.

Everything here is worked out from the shelf and may be worked out again at any time with the same result.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from channels.files import holds, inside
from channels.fragment import ATTACHMENTS, PICTURES, item_folder
from channels.shelving import texts
from channels.website import lists, pages
from channels.website.entries import neighbours, part_digests
from channels.website.layout import style_sheet
from channels.website.site import SiteView
from content.assets import Assets
from content.office import Column
from content.shelf import Entry, Shelf

Files = Iterator[tuple[str, bytes]]
"""Paths on the site with their bytes, in the order in which they are to be written."""


@dataclass(frozen=True)
class Plan:
    """The files of one outlet. *public* is the folder that the web server shows."""

    view: SiteView
    shelf: Shelf
    assets: Assets
    public: Path

    def own(self, entry: Entry) -> Files:
        """The style sheet, what the item brings with it, and then its page."""
        yield style_sheet()
        folder = item_folder(entry.address)
        for name, digest in part_digests(entry).items():
            if name.startswith((f"{PICTURES}/", f"{ATTACHMENTS}/")):
                yield f"{folder}/{name}", self.assets.get(digest)
        yield entry.address, self._page(entry)

    def frame(self, entry: Entry) -> Files:
        """The pages of others that name this item. A neighbour's page comes with what it needs to be whole."""
        for other in neighbours(entry, self.shelf):
            yield other.address, self._page(other)
        for column in self._columns(entry):
            yield from self._lists(column, entry)
        yield "index.html", pages.home_page(self.shelf, self.view)
        yield "sitemap.html", pages.site_map(self.shelf, self.view)

    def surplus(self, entry: Entry) -> list[Path]:
        """Files on the disk that this item or its columns no longer have; what is removed leaves no copy."""
        folder = item_folder(entry.address)
        wanted = {inside(self.public, f"{folder}/{name}") for name in part_digests(entry)}
        own = [path for path in inside(self.public, folder).rglob("*") if path.is_file() and path not in wanted]
        return own + [path for column in self._columns(entry) for path in self._beyond(column)]

    def stands(self, entry: Entry) -> bool:
        """Whether the disk shows all of it, and nothing that should be gone."""
        shown = (
            holds(inside(self.public, path), data) for files in (self.own, self.frame) for path, data in files(entry)
        )
        return all(shown) and not self.surplus(entry)

    def _page(self, entry: Entry) -> bytes:
        return pages.item_page(entry, self.shelf, self.assets, self.view)

    def _columns(self, entry: Entry) -> tuple[Column, ...]:
        return self.view.shown(tuple(texts(entry.data.get("columns_ever"))))

    def _lists(self, column: Column, entry: Entry) -> Files:
        position = self.shelf.position(entry.item_id, column.id)
        for number in lists.touched(position, self.shelf.count(column.id)):
            yield pages.archive_path(column.id, number), pages.column_archive(column, number, self.shelf, self.view)
        yield pages.index_path(column.id), pages.column_index(column, self.shelf, self.view)

    def _beyond(self, column: Column) -> Iterator[Path]:
        number = lists.archived(self.shelf.count(column.id)) + 1
        while (path := inside(self.public, pages.archive_path(column.id, number))).exists():
            yield path
            number += 1
