"""The electronic gazette: which issues of the print gazette a site shows, and where their pages stand (domain.md 5.2)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from channels.shelving import whole_number
from channels.website import lists
from content.gazette.contents import Contents, Placed
from content.gazette.issue import Issue
from content.shelf import Shelf
from content.vocabulary import Action

if TYPE_CHECKING:
    from content.gazette.issues import Issues

INDEX = lists.index_path(lists.GAZETTE)
SITE_MAP = "sitemaps/gazette.xml"


def _nothing(_: str) -> Contents | None:
    return None


def _nowhere(_: str) -> Sequence[str]:
    return ()


def _never(_item: str, _round: int) -> bool:
    return False


@dataclass(frozen=True)
class Since:
    """What became of a document after it was printed: *action* (withdraw or correct), and the later issue that *tells* of it,
    where that one is up."""

    action: Action
    told: Issue | None = None


@dataclass(frozen=True)
class Shown:
    """The issues on a site, oldest first. *contents* gives what readers of one have, by its id; *places* the ids of the
    issues that an item joined; *withdrawn* whether the site took an item's round back."""

    issues: tuple[Issue, ...] = ()
    contents: Callable[[str], Contents | None] = _nothing
    places: Callable[[str], Sequence[str]] = _nowhere
    withdrawn: Callable[[str, int], bool] = _never

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

    def holding(self, item_id: str) -> list[Issue]:
        """The issues that an item is printed in, with those that tell of its correction or withdrawal."""
        joined = set(self.places(item_id)) if item_id else set()
        return [issue for issue in self.issues if issue.id in joined]

    def since(self, one: Placed, issue: Issue) -> Since | None:
        """What became of a document of *issue* since: print cannot be changed, its electronic page says so."""
        if not one.item or one.action == Action.WITHDRAW:
            return None
        told = self._told(one, issue)
        if Action.WITHDRAW in told or self.withdrawn(one.item, one.round):
            return Since(Action.WITHDRAW, told.get(Action.WITHDRAW))
        return Since(Action.CORRECT, told[Action.CORRECT]) if Action.CORRECT in told else None

    def _told(self, one: Placed, issue: Issue) -> dict[str, Issue]:
        """The newest later issue with a correction, and that with the withdrawal, of this round of a document."""
        return {
            notice.action: later
            for later in self.holding(one.item)
            if _key(later) > _key(issue)
            for notice in self.documents(later)
            if (notice.item, notice.round) == (one.item, one.round)
        }

    def documents(self, issue: Issue) -> list[Placed]:
        contents = self.contents(issue.id)
        return contents.documents if contents else []

    def with_issue(self, issue: Issue) -> "Shown":
        others = (one for one in self.issues if one.id != issue.id)
        return replace(self, issues=tuple(sorted([*others, issue], key=_key)))


NONE = Shown()


def to_show(issues: "Issues | None", shelf: Shelf) -> Shown:
    """Every issue that has contents for readers: the closed ones. *shelf* is the site's."""
    if issues is None:
        return NONE

    def places(item_id: str) -> list[str]:
        return [entry.issue for entry in issues.of_item(item_id)]

    def withdrawn(item_id: str, round: int) -> bool:
        entry = shelf.get(item_id)
        now = whole_number(entry.data.get("round")) if entry else 0  # it grows only by a withdrawal
        return entry is not None and (now > round or (now == round and entry.withdrawn))

    return Shown(_readable(issues.all()), issues.contents, places, withdrawn)


def on_site(issues: "Issues | None", shelf: Shelf, public: Path) -> Shown:
    """Those whose page stands in the *public* folder, so that whatever names one names a page that is there."""
    every = to_show(issues, shelf)
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
