"""Every file of a site against the manifest, and every page for what it carries."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import PurePosixPath

from channels.files import folder_lock
from channels.website.inspection.changes import change
from channels.website.inspection.source import Seen
from channels.website.inspection.subject import TWINS, Subject, translated, volatile
from content.inspection.hijack import foreign_in_text, foreign_names, hijacked
from content.inspection.page import Link, Page
from content.inspection.result import Findings, Hit, Looked, SiteResult
from content.inspection.rules import rules
from content.inspection.tags import PageKind, footer_hits, tag_hits
from content.inspection.targets import Leads, Place, Target

PORTION = 200
_EXPLAINED = 100
"""How many altered files are compared with what should stand there; the others are named."""
_KNOWN_TARGETS = 50_000
_ITEM = re.compile(r"(?:^|/)\d{6}/t\d{8}_\d+\.html$")
_ANSWERED = frozenset({"search", "search.rss", "suggest"})
"""What the public process answers on the site's own host; no file stands there."""
_TAG = re.compile(r"<[^>]*>")
_TEXTS = (".xml", ".json", ".txt")
_CODE = (".css", ".js", ".svg")


Outside = dict[str, tuple[str, int, int]]
"""Addresses outside with the first page that carries each, and how often it stands on the home page and elsewhere."""


@dataclass
class Portion:
    """What came of some of a site's files."""

    findings: Findings
    looked: Looked
    outside: Outside | None


Run = Callable[[int, Iterator[list[str]]], Iterable[Portion]]
"""Looks at portions of the paths of a generation, side by side."""


class SiteSwitched(Exception):
    """Another generation of the site was shown meanwhile: the inspection must begin anew."""


@dataclass
class FileCheck:
    """Looks at files in portions; what a publication may have been changing is looked at again under the lock.
    *outside* collects the addresses that lead outside."""

    subject: Subject
    result: SiteResult
    outside: Outside | None = None
    _targets: set[str] = field(default_factory=set)
    _names: dict[str, set[str]] = field(default_factory=dict)
    _dead: set[str] = field(default_factory=set)
    _altered: int = 0
    _again: bool = False

    def run(self, side_by_side: Run | None = None) -> None:
        """All files that are there, then all that should be. Raises SiteSwitched, and Unavailable for the lock."""
        portions = _portions(self.subject.source.paths())
        if side_by_side is None:
            for portion in portions:
                self._look(portion)
        else:
            for done in side_by_side(self.subject.generation, portions):
                self._add(done)
        for portion in _portions(path for path, _ in self.subject.bench.site_files.all(self.subject.generation)):
            self._look_for([path for path in portion if not self.subject.source.exists(path)])

    def look(self, paths: list[str]) -> Portion:
        """What a process of its own finds in some of the files. Raises as ``run``."""
        self.result.findings, self.result.looked = Findings(), Looked()
        self.outside = None if self.outside is None else {}
        self._look(paths)
        return Portion(self.result.findings, self.result.looked, self.outside)

    def _add(self, done: Portion) -> None:
        self.result.findings.merge(done.findings)
        self.result.looked.add(done.looked)
        if self.outside is not None:
            for url, (page, at_home, elsewhere) in (done.outside or {}).items():
                first, home, other = self.outside.get(url, (page, 0, 0))
                if url in self.outside or len(self.outside) < rules()["links"]["most"]:
                    self.outside[url] = (first, home + at_home, other + elsewhere)

    def _look(self, paths: list[str]) -> None:
        wanted = self._wanted(paths)
        suspects = []
        for path, seen in self.subject.source.read_many(paths):
            hits = self._hits(path, seen, wanted.get(path))
            self._count(path, seen)
            if any(volatile(hit) and not self._known_dead(hit) for hit in hits):
                suspects.append(path)
            else:
                self.result.findings.add(hits)
        self._look_again(suspects)

    def _look_for(self, missing: list[str]) -> None:
        """Those of the manifest that are not there. A fetched one was reported when it was read."""
        if self.subject.source.way == "files":
            self._look_again(missing)

    def _look_again(self, paths: list[str]) -> None:
        if not paths:
            return
        with folder_lock(self.subject.bench.folder):
            self._targets.clear()
            self._names.clear()
            if self.subject.folder.generation != self.subject.generation:
                raise SiteSwitched
            wanted = self._wanted(paths)
            self._again = True
            for path in paths:
                hits = self._hits(path, self.subject.source.read(path), wanted.get(path))
                self._dead |= {hit.found for hit in hits if hit.code == "link-dead"}
                self.result.findings.add(hits)
            self._again = False

    def _known_dead(self, hit: Hit) -> bool:
        """Whether it is a dead link that was looked at under the lock already: one in the frame stands on every page."""
        return hit.code == "link-dead" and hit.found in self._dead

    def _wanted(self, paths: list[str]) -> dict[str, str]:
        known = [path for path in paths if _printable(path) == path]
        return dict(self.subject.bench.site_files.digests(self.subject.generation, known))

    def _count(self, path: str, seen: Seen | None) -> None:
        self.result.looked.files += 1
        if path.endswith(".html") and seen is not None:
            self.result.looked.pages += 1

    # One file

    def _hits(self, path: str, seen: Seen | None, wanted: str | None) -> list[Hit]:
        hits = list(self._integrity(path, seen, wanted))
        if seen is not None and seen.data is not None and (wanted is not None or path.endswith(".html")):
            hits += self._contents(_printable(path), seen.data)
        return hits

    def _integrity(self, path: str, seen: Seen | None, wanted: str | None) -> Iterator[Hit]:
        shown = _printable(path)
        if seen is None:
            if wanted is not None:
                yield Hit("file-missing", shown, "发布过的文件不在了")
        elif seen.problem:
            strange = not seen.problem.startswith(("符号链接", "不是普通文件"))
            yield Hit("file-unreadable" if strange else "file-strange", shown, seen.problem)
        elif any(part.startswith(".") for part in PurePosixPath(path).parts):
            yield Hit("file-strange", shown, "隐藏文件")
        elif wanted is None:
            yield Hit("file-added", shown, "不是本系统发布的文件")
        elif seen.digest != wanted:
            self._altered += 1
            yield change(self.subject, seen, wanted, explained=self._altered <= _EXPLAINED)

    def _contents(self, path: str, data: bytes) -> Iterator[Hit]:
        if path.endswith((".html", ".htm")):
            yield from self._page(path, Page(data))
        elif path.endswith(_TEXTS):
            text = _TAG.sub("\n", data.decode("utf-8", errors="replace"))
            yield from foreign_names(text, path, self.subject.trusted)
        elif path.endswith(_CODE):
            yield from foreign_in_text(data.decode("utf-8", errors="replace"), path, self.subject.trusted)

    def _page(self, path: str, page: Page) -> Iterator[Hit]:
        place = self.subject.place(path)
        yield from hijacked(page, place, self.subject.trusted)
        yield from tag_hits(page, self._kind(path, page), path)
        yield from footer_hits(page, place, self.subject.footer, translated=translated(path, page))
        yield from self._links(page, place)

    def _kind(self, path: str, page: Page) -> PageKind:
        if "/withdraw/" in page.metas.get("tongbu-act", ""):
            return PageKind.OTHER
        if "tongbu-item" in page.metas or _ITEM.search(path):
            return PageKind.CONTENT
        own = path.removeprefix(TWINS)
        of_column = any(own.startswith(f"{column.id}/") for column in self.subject.view.columns)
        return PageKind.COLUMN if own == "index.html" or of_column or "ColumnName" in page.metas else PageKind.OTHER

    # Links

    def _links(self, page: Page, place: Place) -> Iterator[Hit]:
        points = rules()["links"]
        home = place.path == "index.html"
        for link in page.links:
            target = place.target(link.written)
            self.result.looked.links += not self._again
            if target.leads is Leads.OUTSIDE:
                self._note_outside(link, target, place.path, home=home)
            elif target.leads is Leads.INSIDE and not self._resolves(target, page, place):
                cost = points["home_points"] if home else points["other_points"]
                yield Hit("link-dead", place.path, _dead_words(target), link.line, cost)

    def _resolves(self, target: Target, page: Page, place: Place) -> bool:
        if target.path.removeprefix(TWINS) in _ANSWERED:
            return self.subject.view.search
        if target.path == place.path:
            return not target.fragment or _special(target.fragment) or target.fragment in page.names
        if not self._stands(target.path):
            return False
        return not target.fragment or _special(target.fragment) or target.fragment in self._names_of(target.path)

    def _stands(self, path: str) -> bool:
        if path in self._targets:
            return True
        exists = self.subject.source.exists
        found = exists(path) or exists(f"{path}/index.html")
        if found:
            if len(self._targets) >= _KNOWN_TARGETS:
                self._targets.clear()
            self._targets.add(path)
        return found

    def _names_of(self, path: str) -> set[str]:
        if path not in self._names:
            if len(self._names) >= PORTION:
                self._names.clear()
            page = self.subject.page(path)
            self._names[path] = page.names if page is not None else set()
        return self._names[path]

    def _note_outside(self, link: Link, target: Target, path: str, *, home: bool) -> None:
        """Only what a reader can follow: a namespace or a preconnection leads nobody anywhere."""
        if self.outside is None or self._again or link.tag not in ("a", "area", "img", "video", "audio", "source"):
            return
        if target.url not in self.outside and len(self.outside) >= rules()["links"]["most"]:
            return
        first, at_home, elsewhere = self.outside.get(target.url, (path, 0, 0))
        self.outside[target.url] = (first, at_home + home, elsewhere + (not home))


def _dead_words(target: Target) -> str:
    return f"{target.path}#{target.fragment}"[:200] if target.fragment else target.path[:200]


def _portions(paths: Iterator[str]) -> Iterator[list[str]]:
    while portion := list(islice(paths, PORTION)):
        yield portion


def _special(fragment: str) -> bool:
    """The top of a page, and a text that the browser looks for."""
    return fragment.lower() == "top" or ":~:" in fragment


def _printable(path: str) -> str:
    """A name that is no UTF-8 as people can read it."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
