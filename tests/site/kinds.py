"""The kinds of pages that the site has: what is judged is judged for each of them, and a page of no kind is a failure."""

import re
from collections.abc import Mapping
from pathlib import Path

TRADITIONAL = "hant/"
_COLUMN = r"(?P<column>[a-z][a-z0-9]*)"
# The first that fits is a page's kind.
KINDS: Mapping[str, str] = {
    "home": r"index\.html",
    "site map": r"sitemap\.html",
    "about": r"about\.html",
    "not found": r"404\.html",
    "item": _COLUMN + r"/\d{6}/t\d{8}_\d+\.html",
    "topics": r"topic/index\.html",
    "topic": r"topic/[^/]+/index\.html",
    "views of openness": r"openness/index\.html",
    "view of openness": r"openness/[^/]+/index\.html",
    "all series": r"series/index\.html",
    "series": r"series/[^/]+/\d{4}/index\.html",
    "catalogue": r"catalogue/index\.html",
    "part of the catalogue": r"catalogue/(theme|organ|year|genre|effect)/[^/]+/index\.html",
    "gazette": r"gazette/index\.html",
    "year of the gazette": r"gazette/\d{4}/index\.html",
    "issue of the gazette": r"gazette/\d{4}/\d+\.html",
    "English list": r"en/index\.html",
    "column": _COLUMN + r"/index\.html",
    "later page of a list": r".+/page-\d+\.html",
}


# What the search answers is no file; the second and third find, the fourth finds nothing, the last is in traditional characters.
SEARCHES = (
    "search",
    "search?q=救助",
    "search?q=荆政办发〔2026〕31号&year=2026",
    "search?q=查无此事的词",
    "hant/search?q=救助",
)


def kind_of(path: str) -> str:
    """The kind of a page by its path in the public folder; empty when no kind fits."""
    plain = path.removeprefix(TRADITIONAL)
    return next((kind for kind, pattern in KINDS.items() if re.fullmatch(pattern, plain)), "")


def pages_under(public: Path) -> list[str]:
    """Every page of a site, by its path; what stands among the attachments is no page."""
    root = public.resolve()
    found = (path.relative_to(root).as_posix() for path in root.rglob("*.html"))
    return sorted(path for path in found if "/attachments/" not in path)


def examples(public: Path) -> dict[str, str]:
    """One page of each kind that the site has."""
    by_kind: dict[str, str] = {}
    for path in pages_under(public):
        if not path.startswith(TRADITIONAL):
            by_kind.setdefault(kind_of(path), path)
    return by_kind
