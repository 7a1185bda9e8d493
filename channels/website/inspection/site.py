"""One site inspected from its files to its items, its lists and its links outside."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from channels.base import Refused, Workbench
from channels.public_folder import PublicFolder
from channels.website.inspection.files import FileCheck, Outside, Run, SiteSwitched
from channels.website.inspection.items import ItemCheck
from channels.website.inspection.lists import ListCheck
from channels.website.inspection.outside import outside_hits
from channels.website.inspection.source import OnDisk, OverHttp, Source
from channels.website.inspection.subject import Subject
from channels.website.site import SiteView, site_of
from content.inspection.hijack import Trusted
from content.inspection.result import Hit, SiteResult
from content.inspection.signed import SignedReader
from content.outlet import Outlet

_TRIES = 3


@dataclass(frozen=True)
class Order:
    """How a site is inspected. *allowed_hosts* is the office's list; *live* is the base address to fetch pages from,
    empty for the files; *outside* asks links that lead outside, too."""

    allowed_hosts: tuple[str, ...]
    now: datetime
    live: str = ""
    outside: bool = False


def inspect_site(
    outlet: Outlet, bench: Workbench, signed: SignedReader, order: Order, run: Run | None = None
) -> SiteResult:
    """Everything that was found on one site; *run* looks at its files with several processes. Raises Refused for bad settings, and Unavailable when the folder stays
    locked or the site is made anew again and again."""
    for _ in range(_TRIES - 1):
        try:
            return _inspect(outlet, bench, signed, order, run)
        except SiteSwitched:
            continue
    try:
        return _inspect(outlet, bench, signed, order, run)
    except SiteSwitched:
        raise Refused(f"发布点 {outlet.id} 正在反复重新生成，检查无法进行，请稍后重试。") from None


def _inspect(outlet: Outlet, bench: Workbench, signed: SignedReader, order: Order, run: Run | None) -> SiteResult:
    view = site_of(outlet, bench)
    result = SiteResult(outlet.id, view.name, view.url, order.live or "files")
    folder = PublicFolder(bench.folder, bench.site_files, outlet.id)
    wrong = OnDisk(folder).unreadable()
    if wrong:
        nothing = not bench.shelf.after("", 1)
        code = "inspection-limited" if nothing else "folder-switched"
        result.findings.add([Hit(code, "public", "网站还没有发布任何内容" if nothing else wrong)])
        return result
    with ExitStack() as stack:
        source = _source(folder, order, stack.enter_context)(bench)
        subject = Subject(outlet, bench, view, source, signed, _trusted(view, order), folder.generation, order.now)
        _look(subject, result, order, run)
    return result


def file_check(outlet: Outlet, bench: Workbench, signed: SignedReader, order: Order, generation: int) -> FileCheck:
    """The check of files on the disk, for a process that looks at portions of them."""
    view = site_of(outlet, bench)
    source = OnDisk(PublicFolder(bench.folder, bench.site_files, outlet.id))
    trusted = _trusted(view, order)
    subject = Subject(outlet, bench, view, source, signed, trusted, generation, order.now)
    result = SiteResult(outlet.id, view.name, view.url, source.way)
    return FileCheck(subject, result, {} if order.outside else None)


def _look(subject: Subject, result: SiteResult, order: Order, run: Run | None) -> None:
    home = subject.source.read("index.html")
    if order.live and home is not None and home.problem:
        result.findings.add([Hit("site-unreachable", "index.html", home.problem)])
        return
    outside: Outside | None = {} if order.outside else None
    FileCheck(subject, result, outside).run(None if order.live else run)
    ItemCheck(subject, result).run()
    ListCheck(subject, result).run()
    if outside is not None:
        result.looked.links_outside = len(outside)
        result.findings.add(outside_hits(outside, subject.bench.client))


def _source(folder: PublicFolder, order: Order, enter: Callable[..., object]) -> Callable[[Workbench], Source]:
    def make(bench: Workbench) -> Source:
        if not order.live:
            return OnDisk(folder)
        client = bench.client()
        enter(client)
        return OverHttp(order.live.rstrip("/"), bench.site_files, folder.generation, client)

    return make


def _trusted(view: SiteView, order: Order) -> Trusted:
    """The office's list, the site's own names, and the places that the footer leads to by the settings."""
    named = [view.domain, *(urlsplit(url).hostname for url in (view.url, view.error_report, order.live))]
    return Trusted((*order.allowed_hosts, *(name for name in named if name)))
