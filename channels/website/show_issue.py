"""Putting an issue of the print gazette up: its page and the PDF that was signed, what names it, and the proof that it is there."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain

from channels.base import Refused, Unavailable, Unknown, Workbench
from channels.files import folder_lock, require_room, said_as
from channels.public_folder import PublicFolder
from channels.website.frame import address
from channels.website.gazette import Shown, on_site, page_path, pdf_path
from channels.website.layout import static_files
from channels.website.plan import Plan
from channels.website.readback import issue_mark
from channels.website.searching import index_path, tell_issue
from channels.website.site import SiteView
from content.canonical import digest
from content.gazette.contents import READING, Contents
from content.gazette.issue import Issue
from content.search import SearchBusy, SearchIndex, SearchUnusable

log = logging.getLogger("tongbu.website")
_FRAME_BYTES = 4 * 1024 * 1024

ReadBack = Callable[[str], tuple[bytes | None, str]]
"""What readers get at a path of the site, and where that was looked at."""


@dataclass(frozen=True)
class IssueOnSite:
    """One closed issue on one site. Free to repeat: killed at any step, the next run ends with the same files."""

    bench: Workbench
    folder: PublicFolder
    view: SiteView
    contents: Contents

    def show(self, read_back: ReadBack) -> str:
        """Gives the address of the issue's page once it and the PDF were read back.

        Raises Refused for an issue that is not closed as these contents have it, Unavailable when nothing could be
        written, and Unknown when readers do not have all of it yet.
        """
        issue = self._issue()
        with self.bench.mirror.ready() as carry:
            try:
                self._write(issue)
            finally:
                carry()
        self._prove(issue, read_back)
        return address(self.view, page_path(issue))

    def _issue(self) -> Issue:
        if self.bench.issues is None:
            raise Unavailable("本发布点没有接入公报期台账，请检查设置。")
        issue = self.bench.issues.get(self.contents.issue)
        if issue is None or issue.closed_at is None or issue.proof != self.contents.digest:
            raise Refused(f"公报期 {self.contents.issue} 没有按这份清样关闭，不能上网。请先审签并关闭本期。")
        return issue

    def _write(self, issue: Issue) -> None:
        """The page and its PDF are renamed before what names them: no reader is ever led to a page that is not there."""
        with folder_lock(self.bench.folder), said_as(Unavailable, self.bench.folder):
            digests = self.contents.pdfs
            needed = len(self.bench.assets.get(digests[READING])) if READING in digests else 0
            require_room(self.bench.folder, needed + _FRAME_BYTES)
            shown = on_site(self.bench.issues, self.bench.shelf, self.folder.path).with_issue(issue)
            with self.bench.shelf.reading() as shelf, said_as(Unknown, self.folder.path):
                plan = Plan(self.view, shelf, self.bench.assets, self.folder.path, gazette=shown)
                self.folder.write(chain(static_files().items(), plan.issue(issue), plan.issues_around(issue)))
            self._tell_search(issue, shown)

    def _tell_search(self, issue: Issue, shown: Shown) -> None:
        """An issue does not wait for a search that is broken: ``tongbu rebuild --search`` puts it in later."""
        if not self.view.search:
            return
        with said_as(Unknown, self.bench.folder):
            try:
                tell_issue(SearchIndex(index_path(self.bench.folder)), issue, shown, self.view)
            except (SearchUnusable, SearchBusy) as problem:
                log.warning("the search of %s does not know issue %s: %s", self.folder.writer, issue.id, problem)

    def _prove(self, issue: Issue, read_back: ReadBack) -> None:
        files = [pdf_path(issue)] if READING in self.contents.pdfs else []
        if self.bench.mirror.behind({page_path(issue), f"hant/{page_path(issue)}", *files}):
            raise Unknown(f"{issue.label}的网页还没有传到镜像，稍后自动续传。")
        page, place = read_back(page_path(issue))
        if page is None or issue_mark(page) != self.contents.digest:
            raise Unknown(f"{issue.label}的网页读回（{place}）不是这一期已审签的内容，稍后自动再查。")
        for path in files:
            data, place = read_back(path)
            if data is None or digest(data) != self.contents.pdfs[READING]:
                raise Unknown(f"{issue.label}的 PDF 读回（{place}）不是审签的文件，稍后自动再查。")
