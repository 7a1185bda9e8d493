"""The site under inspection: what it should be, and where it is looked at."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from channels.base import Workbench
from channels.public_folder import PublicFolder
from channels.website import lists
from channels.website.gazette import NONE, on_site
from channels.website.inspection.source import Source
from channels.website.plan import Plan
from channels.website.site import SiteView
from content.inspection.hijack import Trusted
from content.inspection.page import Page
from content.inspection.result import Hit
from content.inspection.rules import codes
from content.inspection.signed import SignedReader
from content.inspection.tags import Footer
from content.inspection.targets import Place
from content.outlet import Outlet

TWINS = "hant/"
VOLATILE = frozenset({"link-dead", "link-one-way", "list-behind", "catalogue-stale", "home-stale", "column-blank"})
"""Findings besides those of integrity that a publication going on may cause for a moment."""


@dataclass(frozen=True)
class Subject:
    """One site. *generation* is the one that is inspected; *now* is the moment by which freshness is judged."""

    outlet: Outlet
    bench: Workbench
    view: SiteView
    source: Source
    signed: SignedReader
    trusted: Trusted
    generation: int
    now: datetime

    @property
    def folder(self) -> PublicFolder:
        return PublicFolder(self.bench.folder, self.bench.site_files, self.outlet.id)

    @property
    def plan(self) -> Plan:
        shown = on_site(self.bench.issues, self.bench.shelf, self.folder.path) if self.view.gazette else NONE
        return Plan(self.view, self.bench.shelf, self.bench.assets, self.folder.path, gazette=shown)

    def place(self, path: str) -> Place:
        parts = urlsplit(self.view.url)
        named = {self.view.domain, parts.hostname or ""}
        return Place(path, frozenset(name for name in named if name), parts.path.rstrip("/"))

    @property
    def footer(self) -> Footer:
        view = self.view
        texts = (
            ("党政机关网站标识", "党政机关"),
            ("网站标识码", view.id_code),
            ("主办单位", view.organ),
            ("联系方式", view.phone),
            ("ICP备案编号", view.icp),
            ("公安机关备案标识", view.police_record),
        )
        return Footer(texts, frozenset({"网站标识码", "联系方式"}), view.error_report)

    def page(self, path: str) -> Page | None:
        """The page that stands at a path, taken apart; None where none does."""
        seen = self.source.read(path)
        return Page(seen.data) if seen is not None and seen.data is not None else None

    def leads_to(self, path: str) -> frozenset[str]:
        """The files of the site that a page links to."""
        page, place = self.page(path), self.place(path)
        return frozenset(place.target(link.written).path for link in page.links) if page is not None else frozenset()


def translated(path: str, page: Page) -> bool:
    """Whether a page is in another language or script, so that names read otherwise there."""
    return path.startswith((TWINS, f"{lists.ENGLISH}/")) or page.language.lower().startswith(("en", "zh-hant"))


def volatile(hit: Hit) -> bool:
    """Whether the finding must be looked at again while nobody publishes."""
    return hit.code in VOLATILE or codes()[hit.code].integrity
