"""The tags and the footer that every page must have (国办发〔2017〕47号)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from content.inspection.page import Page
from content.inspection.result import Hit
from content.inspection.rules import rules
from content.inspection.targets import Leads, Place

_MINUTE = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}")
_ID_CODE = re.compile(r"\d{10}|bm\d{8}")
_REPORT_HOST = "zfwzgl.www.gov.cn"


class PageKind(Enum):
    """What a page is, as far as its tags go: the groups of tags that it must have."""

    CONTENT = ("site", "column", "content")
    COLUMN = ("site", "column")
    OTHER = ("site",)


@dataclass(frozen=True)
class Footer:
    """What the footer must say and lead to. *texts* are by name; *translated* pages need only those that no translation
    changes. *error_report* is the address of 我为政府网站找错."""

    texts: tuple[tuple[str, str], ...]
    unchanging: frozenset[str]
    error_report: str
    site_map: str = "sitemap.html"


def tag_hits(page: Page, kind: PageKind, path: str) -> Iterator[Hit]:
    """Tags that are missing, empty, or not in the form that the rule gives."""
    groups, metas = rules()["tags"], page.metas
    wanted = [name for group in kind.value for name in groups[group]]
    for name in wanted:
        if name not in metas:
            yield Hit("tag-missing", path, name)
    for name, value in metas.items():
        if not value.strip() or value.strip().lower() in groups["empty"]:
            yield Hit("tag-empty", path, f"{name}=“{value.strip()}”")
        elif not _well_formed(name, value.strip()):
            yield Hit("tag-wrong", path, f"{name}=“{value.strip()[:60]}”")


def footer_hits(page: Page, place: Place, footer: Footer, *, translated: bool) -> Iterator[Hit]:
    """Elements of the footer that a page lacks."""
    leads = [place.target(link.written) for link in page.links if link.tag == "a"]
    if not any(target.host == _REPORT_HOST or target.url == footer.error_report for target in leads):
        yield Hit("error-report-missing", place.path, footer.error_report)
    lacking = list(_lacking(page.text, footer, translated=translated))
    if not any(target.leads is Leads.INSIDE and target.path.endswith(footer.site_map) for target in leads):
        lacking.append("站点地图")
    for name in lacking:
        yield Hit("footer-incomplete", place.path, name)


def _lacking(text: str, footer: Footer, *, translated: bool) -> Iterable[str]:
    plain = "".join(text.split())
    for name, value in footer.texts:
        if (not translated or name in footer.unchanging) and "".join(value.split()) not in plain:
            yield name


def _well_formed(name: str, value: str) -> bool:
    if name == "PubDate":
        return bool(_MINUTE.fullmatch(value))
    if name == "SiteIDCode":
        return bool(_ID_CODE.fullmatch(value))
    if name == "SiteDomain":
        return "/" not in value and "." in value
    return True
