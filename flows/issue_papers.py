"""What an office keeps beside its issues: the years before tongbu, and the labels for sending copies."""

from collections.abc import Sequence
from pathlib import Path

from content.clock import in_china
from content.finding import Finding, error
from content.gazette import addresses, archive, labels, records
from content.gazette.addresses import Address
from content.gazette.contents import Contents
from content.gazette.issue import Issue
from content.gazette.pdf_pages import pages_of
from content.gazette.records import EarlierIssue, RecordsWrong
from flows.editing import NotPossible, Passphrase, act_of
from flows.issues import named, publish_due, store
from flows.wiring import Wired

MOST_PDF_BYTES = 500_000_000


def record(wired: Wired, path: Path, by: str, passphrase: Passphrase) -> list[Issue]:
    """Enters the issues of a file that are older than the workspace, under the signed word of *by*: all of them or none.

    Raises RecordsWrong with everything that is wrong, PersonError, OSError.
    """
    issues = records.read(path, in_china(wired.workspace.clock()).date())
    found = [finding for one in issues for finding in _pdf_problems(path.parent, one)]
    if found:
        raise RecordsWrong(path.name, found)
    contents = [_contents(wired, path.parent, one) for one in issues]
    with wired.database.read() as connection:
        found = archive.collisions(connection, contents)
    if found:
        raise RecordsWrong(path.name, found)
    act = act_of(wired, by, passphrase, archive.statement(contents))
    entered = archive.record(wired.database, path.name, contents, act)
    publish_due(wired)
    return entered


def write_labels(
    wired: Wired, issue_id: str | None, list_of_addresses: Path, target: Path
) -> tuple[Issue, Sequence[Address]]:
    """Writes the labels of an issue (default: the open one, else the newest) from the office's list of addresses.

    Raises AddressesWrong with everything that is wrong, NotPossible, IssueError, OSError.
    """
    office = wired.workspace.settings.office
    if not office.gazette.groups:
        raise NotPossible("the settings do not say who gets copies: add [[gazette.groups]] with name and copies")
    issue = _to_send(wired, issue_id)
    if target.suffix.lower() != ".xlsx":
        raise NotPossible(f"{target} does not end in .xlsx")
    listed = addresses.read(list_of_addresses, office.gazette)
    labels.write(listed, f"{office.gazette_name}{issue.label}", target, rehearsal=office.rehearsal)
    return issue, listed


def _to_send(wired: Wired, issue_id: str | None) -> Issue:
    """Copies are sent after closing, when no issue is open any more, so the newest one of ours is meant then."""
    known = store(wired)
    ours = [one for one in known.all() if not one.recorded]
    if issue_id or known.current() is not None or not ours:
        return named(wired, issue_id)
    return ours[-1]


def _pdf_problems(folder: Path, issue: EarlierIssue) -> list[Finding]:
    if not issue.pdf:
        return []
    path = folder / issue.pdf
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            begun = stream.read(5)
    except OSError as problem:
        return [_wrong(issue, f"PDF {issue.pdf} 不能读取：{problem.strerror}", "路径从本文件所在的文件夹算起。")]
    if begun != b"%PDF-":
        return [_wrong(issue, f"{issue.pdf} 不是 PDF", "请换成这一期的 PDF。")]
    if size > MOST_PDF_BYTES:
        said = f"{issue.pdf} 有 {size // 1_000_000} MB，超过 {MOST_PDF_BYTES // 1_000_000} MB"
        return [_wrong(issue, said, "请压缩扫描件的图片后重试。")]
    return _offset_problems(path, issue)


def _offset_problems(path: Path, issue: EarlierIssue) -> list[Finding]:
    """A page that the PDF does not have, by what the office says of it."""
    last = max((one.page for one in issue.documents if one.page), default=0)
    sheets = pages_of(path).sheets if issue.offset is not None else 0
    if not sheets or issue.offset is None or last + issue.offset <= sheets:
        return []
    said = f"第{last}页加上前置的{issue.offset}页，超过 {issue.pdf} 的{sheets}页"
    return [_wrong(issue, said, "请核对页码和“PDF前置页数”。")]


def _contents(wired: Wired, folder: Path, issue: EarlierIssue) -> Contents:
    if not issue.pdf:
        return archive.contents_from(issue, "")
    path = folder / issue.pdf
    pages = pages_of(path) if issue.offset is None else archive.NO_PAGES  # an offset was held against the PDF already
    return archive.contents_from(issue, wired.workspace.assets.put(path.read_bytes()), pages)


def _wrong(issue: EarlierIssue, message: str, mend: str) -> Finding:
    return error("gazette-record", issue.place, f"{message}。", mend)
