"""The electronic gazette: which issues of the print gazette a site shows, and where their pages stand (domain.md 5.2)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from channels.website import lists
from content.gazette.contents import Contents
from content.gazette.issue import Issue

if TYPE_CHECKING:
    from content.gazette.issues import Issues

INDEX = lists.index_path(lists.GAZETTE)
SITE_MAP = "sitemaps/gazette.xml"


def _nothing(_: str) -> Contents | None:
    return None


@dataclass(frozen=True)
class Shown:
    """The issues on a site, oldest first. *contents* gives what readers of one have, by its id."""

    issues: tuple[Issue, ...] = ()
    contents: Callable[[str], Contents | None] = _nothing

    @property
    def newest(self) -> Issue | None:
        return self.issues[-1] if self.issues else None

    @property
    def years(self) -> list[int]:
        """The years that have an issue, newest first."""
        return sorted({issue.year for issue in self.issues}, reverse=True)

    def of_year(self, year: int) -> list[Issue]:
        return [issue for issue in self.issues if issue.year == year]

    def before(self, issue: Issue) -> Issue | None:
        return next((one for one in reversed(self.issues) if _key(one) < _key(issue)), None)

    def after(self, issue: Issue) -> Issue | None:
        return next((one for one in self.issues if _key(one) > _key(issue)), None)

    def with_issue(self, issue: Issue) -> "Shown":
        others = (one for one in self.issues if one.id != issue.id)
        return replace(self, issues=tuple(sorted([*others, issue], key=_key)))


NONE = Shown()


def to_show(issues: "Issues | None") -> Shown:
    """Every issue that has contents for readers: the closed ones."""
    if issues is None:
        return NONE
    return Shown(_readable(issues.all()), issues.contents)


def on_site(issues: "Issues | None", public: Path) -> Shown:
    """Those whose page stands in the *public* folder, so that whatever names one names a page that is there."""
    every = to_show(issues)
    return replace(every, issues=tuple(issue for issue in every.issues if (public / page_path(issue)).exists()))


def page_path(issue: Issue) -> str:
    return f"{lists.GAZETTE}/{issue.year}/{issue.number}.html"


def pdf_path(issue: Issue) -> str:
    """Where the bytes stand that were signed."""
    return f"{lists.GAZETTE}/{issue.year}/{issue.number}.pdf"


def year_path(year: int) -> str:
    return lists.index_path(f"{lists.GAZETTE}/{year}")


def item_of(issue: Issue) -> str:
    """What an issue is called in the site's search."""
    return f"{lists.GAZETTE}-{issue.id}"


def _readable(issues: Iterable[Issue]) -> tuple[Issue, ...]:
    return tuple(sorted((issue for issue in issues if issue.closed_at is not None and issue.proof), key=_key))


def _key(issue: Issue) -> tuple[int, int]:
    return issue.year, issue.number
