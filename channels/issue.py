"""A whole issue of the gazette as one PDF: cover, contents, documents, imprint."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Any

from channels.base import Workbench
from channels.gazette_document import chinese_date, date_parts, masthead, own_fonts
from channels.typeset import compile_pdf
from content.clock import in_china
from content.issue import Issue, IssueEntry, printed
from content.issue_contents import Placed, PlacedSection
from content.office import Office
from content.outlet import Outlet
from content.vocabulary import Action

if TYPE_CHECKING:
    from content.gazette import Issues


IMPRINT_CHARACTERS = 28
"""What a line of the imprint holds beside its label."""


@dataclass(frozen=True)
class BuiltIssue:
    """An issue as it was typeset, and where each of its documents stands in it."""

    pdf: bytes
    warnings: tuple[str, ...]
    sections: tuple[PlacedSection, ...]


def build_issue(
    bench: Workbench,
    outlet: Outlet,
    issues: "Issues",
    issue_id: str,
    issued_on: date | None = None,
    copies: int | None = None,
) -> BuiltIssue:
    """The issue's PDF, from the ``document.json`` that was signed with each item and kept in the assets.

    *issued_on* is the date on the cover (default: the issue's own, else today by the bench's clock), *copies* what the
    imprint says is printed (default: the issue's own, else what the office's groups get). The same entries and values give
    the same bytes. Raises LookupError for an issue that does not exist, AssetMissing or AssetAltered, and
    TypesettingFailed.
    """
    issue = issues.get(issue_id)
    if issue is None:
        raise LookupError(f"没有公报期 {issue_id}，用 tongbu gazette list 查看已有的公报期。")
    day = issued_on or issue.issued_on or in_china(bench.clock()).date()
    shown = printed(issues.entries(issue_id), bench.office.gazette.section_names)
    entries = [(entry, _document(bench, issues, entry)) for entry in shown]
    name = masthead(bench.office.organ, outlet.options)
    data = {
        "issue": _cover(bench.office, issue, name, day),
        "sections": _by_section(entries),
        "imprint": imprint(bench.office, bench.site.url, copies or issue.copies or bench.office.gazette.copies),
        "dated": date_parts(day),
        "rehearsal": bench.office.rehearsal,
    }
    pictures = {shown["file"]: shown["digest"] for _, document in entries for shown in document["pictures"]}
    files = {file: bench.assets.get(digest) for file, digest in pictures.items()}
    made = compile_pdf("gazette/issue", data, files, own_fonts(outlet), label="begins")
    return BuiltIssue(made.pdf, made.warnings, _placed(entries, made.found))


def imprint(office: Office, site_url: str, copies: int | None) -> list[list[str]]:
    """The lines of the back page: the office's own first, then what every gazette names (domain.md 5.2)."""
    lines = dict(office.imprint)
    usual = {
        "主办": office.organ,
        "编辑": office.name,
        "地址": office.address,
        "邮编": office.postcode,
        "电话": office.phone,
        "网址": site_url,
        "印数": f"{copies}份" if copies else "",
        "发送": _lines([f"{group.name}{group.copies}份" for group in office.gazette.groups]),
    }
    for label, value in usual.items():
        if value:
            lines.setdefault(label, value)
    return [[label, value] for label, value in lines.items()]


def _lines(words: Sequence[str]) -> str:
    """Words in lines of the imprint, none of them broken."""
    lines: list[str] = []
    for word in words:
        fits = lines and len(lines[-1]) + len(word) < IMPRINT_CHARACTERS
        lines = [*lines[:-1], f"{lines[-1]}、{word}"] if fits else [*lines, word]
    return "、\n".join(lines)


def _placed(
    entries: Sequence[tuple[IssueEntry, dict[str, Any]]], found: Sequence[tuple[int, int, int]]
) -> tuple[PlacedSection, ...]:
    """Where the layout put each document: *found* tells section, place in it and page."""
    pages = {(section, place): page for section, place, page in found}
    grouped = groupby(entries, key=lambda pair: pair[0].section)
    return tuple(
        PlacedSection(name, tuple(_placed_one(*pair, pages[number, place]) for place, pair in enumerate(pairs)))
        for number, (name, pairs) in enumerate(grouped)
    )


def _placed_one(entry: IssueEntry, document: Mapping[str, Any], page: int) -> Placed:
    return Placed(
        title=document["title"],
        number=document["number"],
        organ=document["organ"],
        page=page,
        item=entry.item_id,
        sequence=entry.sequence,
        action=entry.action.value,
        round=entry.round,
        url=document["url"],
        document=entry.parts["document.json"],
    )


def _cover(office: Office, issue: Issue, name: str, day: date) -> dict[str, Any]:
    stem = name.removesuffix("公报")
    return {
        "name": f"{name}{issue.label}",
        "organ": office.organ,
        "sponsor": f"{office.imprint.get('主办', office.organ)}主办",
        "masthead": [stem, "公报"] if stem and stem != name else [name, ""],
        "label": issue.label,
        "total": f"（总第{issue.total_number}号）" if issue.total_number else "",
        "date": chinese_date(day),
    }


def _by_section(entries: Iterable[tuple[IssueEntry, dict[str, Any]]]) -> list[dict[str, Any]]:
    grouped = groupby(entries, key=lambda pair: pair[0].section)
    return [{"name": name, "entries": [document for _, document in pairs]} for name, pairs in grouped]


def _document(bench: Workbench, issues: "Issues", entry: IssueEntry) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(bench.assets.get(entry.parts["document.json"]))
    if entry.action is Action.PUBLISH:
        document["notice"] = []
    elif document["notice"]:
        document["notice"] = [*document["notice"], *_first_printed(issues.of_item(entry.item_id), entry)]
    return document


def _first_printed(entries: Sequence[IssueEntry], notice: IssueEntry) -> list[str]:
    """Which issue printed what the notice speaks of, as a line of the notice: that of its own round."""
    mine = [entry for entry in entries if entry.round == notice.round and entry.issue != notice.issue]
    earlier = [entry.issue for entry in mine if entry.action is Action.PUBLISH]
    if not earlier:
        return []
    year, _, number = earlier[-1].partition("-")
    return [f"（原文载{year}年第{number}号）"]
