"""The website outlet: prepares, releases and reads back."""

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import ClassVar

from channels.base import Refused, Rendition, Unavailable, Unknown, Workbench
from channels.files import folder_lock, inside, require_room, said_as
from channels.fragment import item_folder
from channels.public_folder import PublicFolder
from channels.shelving import act, repeated
from channels.website.entries import head_of, put_parts, recalling, shelved
from channels.website.gazette import NONE, Shown, on_site, to_show
from channels.website.plan import Plan
from channels.website.readback import read_marks
from channels.website.rendition import BODY, HEAD, findings, rendition
from channels.website.searching import documents, index_path, issue_documents, tell, tell_issue
from channels.website.show_issue import IssueOnSite
from channels.website.site import SiteView, require_complete, site_of
from content.canonical import digest
from content.delivery import Delivery, Prepared, Receipt
from content.finding import Finding
from content.gazette.contents import Contents
from content.item import Item, Revision
from content.outlet import Outlet
from content.search import SearchBusy, SearchDocument, SearchIndex, SearchUnusable
from content.shelf import Entry
from content.vocabulary import Action, Row, State

log = logging.getLogger("tongbu.website")
_FRAME_BYTES = 4 * 1024 * 1024


class Website:
    """One site, as files under ``bench.folder / "public"`` for any web server.

    Options: ``read_back`` (the public base address to read pages back from; without it the files are read), ``feeds``
    (announce them, default true), and for a site other than the canonical one its own ``name``, ``url``, ``domain``,
    ``id_code``, ``icp``, ``police_record``, ``organ``, ``undertaker``, ``address``, ``postcode``, ``phone``,
    ``error_report`` and ``columns`` (ids of the site's columns, or tables). ``gazette`` (whether it has pages for the
    print gazette's issues). ``mirror`` and what belongs to it are read by
    ``channels.mirror``.

    Releasing is free to repeat: killed at any step, the next run ends with the same files.
    """

    row: ClassVar[Row | None] = Row.WEBSITE
    direct: ClassVar[bool] = True

    def __init__(self, outlet: Outlet, bench: Workbench) -> None:
        self.outlet = outlet
        self.bench = bench

    @property
    def public(self) -> Path:
        return self.folder.path

    @property
    def folder(self) -> PublicFolder:
        """What the web server shows."""
        return PublicFolder(self.bench.folder, self.bench.site_files, self.outlet.id)

    def check(self, revision: Revision) -> Sequence[Finding]:
        return findings(revision, self.view())

    def render(self, item: Item, revision: Revision, action: Action = Action.PUBLISH, reason: str = "") -> Rendition:
        return rendition(item, revision, self.outlet, self.view(), self.bench.assets, action, reason)

    def prepare(self, delivery: Delivery, rendition: Rendition) -> Prepared:
        """Refused while a setting is missing that the pages must show, or for a mirror that is not ours; Unavailable
        without room or leave to write, or when the mirror does not answer."""
        require_complete(self.view(), self.outlet.id)
        inside(self.public, delivery.item.address)
        needed = sum(len(part.data) for part in rendition.parts.values()) + _FRAME_BYTES
        require_room(self.bench.folder, needed)
        self.bench.mirror.check()
        return Prepared({"address": delivery.item.address}, rendition.digest)

    def release(self, delivery: Delivery, rendition: Rendition, prepared: Prepared) -> Receipt:
        """The receipt is ACCEPTED; ``follow`` makes it LIVE by reading the page back."""
        view = self.view()
        require_complete(view, self.outlet.id)
        with self.bench.mirror.ready() as carry:
            try:
                page, evidence = self._written(delivery, rendition, view)
            finally:  # a withdrawal that the search did not hear of must leave the mirror all the same
                carry()
        return Receipt(
            State.ACCEPTED, delivery.item.id, self._url(delivery.item), digest=digest(page), evidence=evidence
        )

    def find(self, delivery: Delivery, rendition: Rendition) -> Receipt | None:
        """A receipt when all that this delivery writes stands as it should; None when any of it is missing, so that
        releasing again puts it right."""
        with folder_lock(self.bench.folder), said_as(Unavailable, self.public):
            entry = self.bench.shelf.get(delivery.item.id)
            said = json.loads(rendition.text(HEAD))
            if entry is None or not repeated(entry, delivery) or head_of(entry) != said or not self._stands(entry):
                return None
            page = inside(self.public, entry.address).read_bytes()
            evidence = self._told_search(entry)
        accepted = Receipt(
            State.ACCEPTED, delivery.item.id, self._url(delivery.item), digest=digest(page), evidence=evidence
        )
        return self.follow(delivery, rendition, accepted)

    def follow(self, delivery: Delivery, rendition: Rendition, receipt: Receipt) -> Receipt:
        """LIVE when the page as readers get it carries this revision, this act and the signed fragment, and nothing of the
        item waits for the mirror."""
        if self._waits(delivery.item.address):
            return replace(receipt, evidence={**receipt.evidence, "seen": "not yet on the mirror"})
        data, place = self._read_back(delivery.item.address)
        marks = read_marks(data) if data is not None else None
        if marks is None:
            return replace(receipt, evidence={**receipt.evidence, "read_back": place, "seen": "no page of ours"})
        head = json.loads(rendition.text(HEAD))
        fragment = digest(rendition.parts[BODY].data)
        if (marks.revision, marks.act, marks.fragment) != (head["revision"], act(delivery), fragment):
            return replace(receipt, evidence={**receipt.evidence, "read_back": place, "seen": marks.act})
        proof = {"read_back": place, "revision": marks.revision, "fragment": fragment, "page": marks.page}
        evidence = {**receipt.evidence, **proof}
        return replace(receipt, state=State.LIVE, live_at=marks.shown_at, evidence=evidence)

    def show_issue(self, contents: Contents) -> str:
        """Gives nothing where the site shows no gazette."""
        view = self.view()
        if not view.gazette:
            return ""
        require_complete(view, self.outlet.id)
        return IssueOnSite(self.bench, self.folder, view, contents).show(self._read_back)

    def gazette(self, view: SiteView) -> Shown:
        """The issues of the print gazette that the site shows now."""
        return on_site(self.bench.issues, self.bench.shelf, self.public) if view.gazette else NONE

    def issues_lacking(self) -> Sequence[str]:
        """Issues of the gazette that this site ought to show and does not: it was added, or told to show them, after they
        came out."""
        view = self.view()
        if not view.gazette:
            return ()
        there = {issue.id for issue in self.gazette(view).issues}
        return [issue.id for issue in to_show(self.bench.issues, self.bench.shelf).issues if issue.id not in there]

    def searchable(self) -> Iterator[SearchDocument]:
        """Everything that the site shows, for a search that is made anew."""
        view = self.view()
        yield from documents(self.bench.shelf, self.bench.assets)
        yield from issue_documents(self.gazette(view), view)

    def view(self) -> SiteView:
        """The site as its pages name it, by the settings."""
        return site_of(self.outlet, self.bench)

    def _written(self, delivery: Delivery, rendition: Rendition, view: SiteView) -> tuple[bytes, dict[str, str]]:
        """The page as it stands now, and what the receipt says of the search."""
        with folder_lock(self.bench.folder):
            known = self.bench.shelf.get(delivery.item.id)
            entry = _entry(known, delivery, rendition, view)
            with said_as(Unavailable, self.bench.folder):
                put_parts(rendition, self.bench.assets)
            with said_as(Unknown, self.public):
                page = self._write(entry, view, new=known is None)
            return page, self._told_search(entry)

    @contextmanager
    def _planning(self, entry: Entry, view: SiteView) -> Iterator[Plan]:
        """What there is to write for an item, by the shelf as it is now."""
        with self.bench.shelf.reading() as shelf:
            known = recalling(shelf, [entry])
            yield Plan(view, known, self.bench.assets, self.public, gazette=self.gazette(view))

    def _url(self, item: Item) -> str:
        """Where readers find it on this site; the canonical address where this is the canonical site."""
        own = self.outlet.options.get("url")
        return f"{str(own).rstrip('/')}/{item.address}" if own else item.url

    def _write(self, entry: Entry, view: SiteView, *, new: bool) -> bytes:
        """Writes all that changes and returns the page.

        A new item's page stands before any list can name it, even when the process is killed in between. The rest
        changes together: the page, its files, its neighbours, the lists, the home page, and then the search.
        """
        if new:
            with self._planning(entry, view) as plan:
                self.folder.write(plan.own(entry))
        if not self.bench.shelf.put(entry):
            raise Refused("发布点已有较新的版本，较早的版本不再发布。")
        with self._planning(entry, view) as plan:
            own = () if new else plan.own(entry)
            self.folder.write(chain(own, plan.frame(entry)), plan.surplus(entry))
        return inside(self.public, entry.address).read_bytes()

    def _told_search(self, entry: Entry) -> dict[str, str]:
        """Brings the search up to date. Publishing does not wait for a search that is broken, its receipt says so; a
        withdrawal does: raises Unknown while the withdrawn text may still be found."""
        if not self.view().search:
            return {}
        try:
            self._tell(SearchIndex(index_path(self.bench.folder)), entry)
        except (SearchUnusable, SearchBusy) as problem:
            if entry.withdrawn:
                raise Unknown(
                    f"站内搜索未能更新（{problem}），撤回的内容可能仍能搜到。请执行 tongbu rebuild --search。"
                ) from problem
            log.warning("the search of %s does not know item %s: %s", self.outlet.id, entry.item_id, problem)
            return {"search": f"站内搜索未能更新（{problem}），请执行 tongbu rebuild --search。"}
        return {}

    def _tell(self, index: SearchIndex, entry: Entry) -> None:
        """The item, and the gazette's issues that it is printed in."""
        tell(index, entry, self.bench.assets)
        view = self.view()
        shown = self.gazette(view)
        for issue in shown.holding(entry.item_id):
            tell_issue(index, issue, shown, view)

    def _stands(self, entry: Entry) -> bool:
        paths = list[str]()
        with self._planning(entry, self.view()) as plan:
            files = _noted(chain(plan.own(entry), plan.frame(entry)), paths)
            stands = self.folder.stands(files) and not plan.surplus(entry)
        return stands and not self._waits(entry.address, paths)

    def _waits(self, address: str, paths: Sequence[str] = ()) -> bool:
        """Whether the mirror has yet to carry the page at *address*, what belongs to it, or one of *paths*."""
        pages = (address, f"hant/{address}")
        return self.bench.mirror.behind({*paths, *pages}, item_folder(address))

    def _read_back(self, address: str) -> tuple[bytes | None, str]:
        base = self.outlet.options.get("read_back")
        if base:
            return self._fetched(f"{str(base).rstrip('/')}/{address}")
        path = inside(self.public, address)
        with said_as(Unavailable, self.public):
            return (path.read_bytes() if path.exists() else None), "file"

    def _fetched(self, url: str) -> tuple[bytes | None, str]:
        import httpx

        try:
            with self.bench.client() as client:
                answer = client.get(url, headers={"Cache-Control": "no-cache"})
        except httpx.HTTPError as problem:
            return None, f"{url}: {type(problem).__name__}"
        return (answer.content, url) if answer.status_code == httpx.codes.OK else (None, f"{url}: {answer.status_code}")


def _entry(known: Entry | None, delivery: Delivery, rendition: Rendition, view: SiteView) -> Entry:
    head = json.loads(rendition.text(HEAD))
    columns = [column.id for column in view.shown(tuple(head.get("columns", ())))]
    return shelved(known, delivery, rendition, columns)


def _noted(files: Iterator[tuple[str, bytes]], paths: list[str]) -> Iterator[tuple[str, bytes]]:
    """The files as they come; their paths are kept in *paths*."""
    for path, data in files:
        paths.append(path)
        yield path, data
