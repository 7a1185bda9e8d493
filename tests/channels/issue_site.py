"""A print gazette beside a site: issues with real PDFs, closed by people of an office, for tests of the pages that show them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from channels.base import Workbench
from channels.gazette import Gazette
from channels.issue import BuiltIssue, build_issue
from content.database import Database
from content.gazette import archive
from content.gazette.contents import READING, Contents
from content.gazette.issue import Issue
from content.gazette.issues import Issues
from content.gazette.records import EarlierDocument, EarlierIssue
from content.item import Item, Revision
from content.vocabulary import Action
from tests.channels import site_bench as given
from tests.issue_office import MAKER, IssueOffice
from tests.ledgers import new_ledger

MASTHEAD = "荆州市人民政府公报"


@dataclass
class Press:
    """The gazette's office. *bench* is the site's; give the site's channel ``with_issues`` of it."""

    office: IssueOffice
    gazette: Gazette

    @classmethod
    def beside(cls, bench: Workbench, folder: Path, clock: Callable[[], datetime]) -> "Press":
        folder.mkdir(parents=True, exist_ok=True)
        office = IssueOffice(new_ledger(folder / "gazette.sqlite", clock))
        return cls(office, Gazette(given.outlet("gazette"), replace(bench, issues=office.issues)))

    @property
    def issues(self) -> Issues:
        return self.office.issues

    @property
    def database(self) -> Database:
        return self.office.database

    def join(self, items: Sequence[tuple[Item, Revision]]) -> None:
        """What is printed in the open issue."""
        for item, revision in items:
            work = given.delivery(item, "gazette", Action.PUBLISH)
            given.send(self.gazette, work, revision)

    def print(
        self, items: Sequence[tuple[Item, Revision]], on: date, number: int | None = None, total: int | None = None
    ) -> Contents:
        """Opens an issue with these items and closes it, as it was typeset, frozen and signed."""
        opened = self.issues.open(on.year, number, total)
        self.join(items)
        built = build_issue(self.gazette.bench, self.gazette.outlet, self.issues, opened.id, on)
        return self.close(opened, built, on)

    def close(self, opened: Issue, built: BuiltIssue, on: date) -> Contents:
        pdfs = {READING: self.gazette.bench.assets.put(built.pdf)}
        self.office.close(on, published=False, sections=built.sections, pdfs=pdfs)
        made = self.issues.contents(opened.id)
        assert made is not None
        return made

    def enter(self, issues: Sequence[EarlierIssue], pdf: bytes = b"") -> list[Contents]:
        """Issues of before the workspace."""
        digest = self.gazette.bench.assets.put(pdf) if pdf else ""
        contents = [archive.contents_from(one, digest) for one in issues]
        act = self.office.act(MAKER, archive.statement(contents))
        archive.record(self.database, "各期.csv", contents, act)
        return contents


def earlier(year: int, number: int, total: int, titles: Sequence[str] = ()) -> EarlierIssue:
    """An issue that was printed before the workspace was made, at the end of a month."""
    documents = [EarlierDocument(title, section="市政府文件", page=1 + 4 * n) for n, title in enumerate(titles)]
    return EarlierIssue(f"{year}-{number}", year, number, total, date(year, number, 28), documents=documents)
