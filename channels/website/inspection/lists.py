"""The home page, the columns and the catalogue: whether they are kept up to date and show what is newest."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from channels.files import folder_lock
from channels.website import lists
from channels.website.inspection.files import SiteSwitched
from channels.website.inspection.subject import Subject, volatile
from content.inspection.columns import ColumnState, column_hits, home_hits
from content.inspection.result import Hit, SiteResult
from content.shelf import Entry

_LOOKED_AT = 20
"""Newest items of a list that are asked for their date before the list counts as one without dates."""
_ITEM_ID = re.compile(r"_(\d+)\.html$")


@dataclass
class ListCheck:
    """Looks at the lists; what a publication may have been changing is looked at again under the lock."""

    subject: Subject
    result: SiteResult

    def run(self) -> None:
        """Raises SiteSwitched, and Unavailable for the lock."""
        hits = list(self._hits())
        if any(volatile(hit) for hit in hits):
            with folder_lock(self.subject.bench.folder):
                if self.subject.folder.generation != self.subject.generation:
                    raise SiteSwitched
                hits = list(self._hits())
        self.result.findings.add(hits)

    def _hits(self) -> Iterator[Hit]:
        yield from column_hits([self._state(column.id) for column in self.subject.view.columns], self.subject.now)
        yield from self._home()
        for column in self.subject.view.columns:
            yield from self._behind(f"{lists.COLUMN}{column.id}", "list-behind")
        yield from self._behind(lists.CATALOGUE, "catalogue-stale")

    def _state(self, column_id: str) -> ColumnState:
        name = f"{lists.COLUMN}{column_id}"
        column = next(one for one in self.subject.view.columns if one.id == column_id)
        newest = self.subject.bench.shelf.latest(name, _LOOKED_AT)
        return ColumnState(
            name=column.name,
            type=column.type,
            path=lists.index_path(name),
            shown=bool(newest),
            stands=self.subject.source.exists(lists.index_path(name)),
            newest=next((entry.published_at for entry in newest if self._dated(entry)), None),
        )

    def _dated(self, entry: Entry) -> bool:
        """Whether readers see when the item was published."""
        page = self.subject.page(entry.address)
        return page is not None and bool(page.metas.get("PubDate", "").strip())

    def _home(self) -> Iterator[Hit]:
        """Freshness by what the home page really links to."""
        shown = self._items_of("index.html")
        if not shown and not self.subject.bench.shelf.latest(None, 1):
            return
        dated = [entry.published_at for entry in shown if self._dated(entry)]
        yield from home_hits(max(dated, default=None), self.subject.now)
        newest = self.subject.bench.shelf.latest(lists.CATALOGUE, 1)
        if newest and newest[0].address not in {entry.address for entry in shown}:
            yield Hit("list-behind", "index.html", f"首页没有最新稿件《{newest[0].title}》")

    def _items_of(self, path: str) -> list[Entry]:
        found = (_ITEM_ID.search(led) for led in sorted(self.subject.leads_to(path)))
        entries = [self.subject.bench.shelf.get(match[1]) for match in found if match]
        return [entry for entry in entries if entry is not None and not entry.withdrawn]

    def _behind(self, name: str, code: str) -> Iterator[Hit]:
        newest = self.subject.bench.shelf.latest(name, 1)
        path = lists.index_path(name)
        if newest and newest[0].address not in self.subject.leads_to(path):
            yield Hit(code, path, f"没有最新稿件《{newest[0].title}》（{newest[0].address}）")
