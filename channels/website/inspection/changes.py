"""What was changed in a file: against the signed body, and against the page as it should be, line and column."""

import re
from collections.abc import Iterator

from channels.website import lists
from channels.website.gazette import page_path, pdf_path, year_path
from channels.website.inspection.source import Seen
from channels.website.inspection.subject import TWINS, Subject
from channels.website.layout import static_files
from channels.website.readback import read_marks
from channels.website.rendition import BODY
from content.assets import AssetAltered, AssetMissing
from content.canonical import digest
from content.checks.reading import shown
from content.inspection.result import Hit
from content.shelf import Entry

_ITEM_ID = re.compile(r"_(\d+)\.html$")
_LIST_PAGE = re.compile(r"(?P<folder>.+)/(?:index|page-(?P<number>\d{1,9}))\.html")
_AROUND, _BEFORE = 40, 10


def change(subject: Subject, seen: Seen, wanted: str, *, explained: bool = True) -> Hit:
    """A file whose bytes are not those of the manifest: where it differs, as far as that can be told. Not *explained*:
    without making the page again."""
    expected = _expected(subject, seen.path, wanted) if explained else None
    where, line = ("", 0) if expected is None or seen.data is None else _first_difference(expected, seen.data)
    entry = _entry(subject, seen.path)
    if entry is not None and seen.data is not None and seen.path == entry.address:
        marks = read_marks(seen.data)
        if marks is None:
            return Hit("page-altered", seen.path, where or "页面已不是本系统生成的页面", line)
        signed = subject.signed.of([entry.item_id]).get(entry.item_id)
        if signed is not None and all(marks.fragment != one.parts.get(BODY) for one in signed.candidates):
            return Hit("page-altered", seen.path, where or "正文的摘要不是审签时的摘要", line)
    what = "文件已成为空文件" if seen.data == b"" else where or "摘要不是发布时记录的摘要"
    return Hit("file-altered", seen.path, what, line)


def _entry(subject: Subject, path: str) -> Entry | None:
    """The entry whose page, or the page's twin, a path is."""
    found = _ITEM_ID.search(path)
    entry = subject.bench.shelf.get(found[1]) if found else None
    return entry if entry is not None and path in (entry.address, TWINS + entry.address) else None


def _expected(subject: Subject, path: str, wanted: str) -> bytes | None:
    """The bytes that should stand there, made again; None where that does not give what was written."""
    try:
        data = next((data for name, data in _made(subject, path) if name == path), None)
    except (AssetMissing, AssetAltered):
        return None
    return data if data is not None and digest(data) == wanted else None


def _made(subject: Subject, path: str) -> Iterator[tuple[str, bytes]]:
    """The files that are made together with this one."""
    entry, own = _entry(subject, path), path.removeprefix(TWINS)
    listed = _LIST_PAGE.fullmatch(own)
    if entry is not None:
        yield from subject.plan.page(entry)
    elif own.startswith("static/"):
        yield from static_files().items()
    elif own.startswith(f"{lists.GAZETTE}/"):
        yield from _of_gazette(subject, own)
    elif listed is None:
        yield from subject.plan.standing()
    elif listed["folder"] in lists.OVERVIEWS:
        yield from subject.plan.overview(listed["folder"])
    else:
        known = any(column.id == listed["folder"] for column in subject.view.columns)
        name = f"{lists.COLUMN}{listed['folder']}" if known else listed["folder"]
        number = listed["number"]
        yield from subject.plan.list_archive(name, int(number)) if number else subject.plan.list_index(name)


def _of_gazette(subject: Subject, own: str) -> Iterator[tuple[str, bytes]]:
    """The pages that stand with one of the gazette's; its file's name is an issue's number."""
    plan, (_, _, rest) = subject.plan, own.partition("/")
    for issue in plan.gazette.issues:
        if own in (page_path(issue), pdf_path(issue)):
            yield from plan.issue(issue)
        elif own == year_path(issue.year):
            yield from plan.issue_year(issue.year)
    if rest == "index.html":
        yield from plan.all_issues()


def _first_difference(expected: bytes, found: bytes) -> tuple[str, int]:
    """Where two texts part, in words and as a line."""
    wanted, there = (data.decode("utf-8", errors="replace") for data in (expected, found))
    at = next((n for n, (one, other) in enumerate(zip(wanted, there, strict=False)) if one != other), None)
    at = min(len(wanted), len(there)) if at is None else at
    begun = there.rfind("\n", 0, at) + 1
    line, first = there.count("\n", 0, at) + 1, max(begun, at - _BEFORE)
    said, before = (shown(text[first : at + _AROUND], _AROUND) for text in (there, wanted))
    return f"第{line}行第{at - begun + 1}字起有改动：现为“{said}”，应为“{before}”", line
