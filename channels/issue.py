"""A whole issue of the gazette as one PDF: cover, contents, documents, imprint."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from channels.base import Workbench
from channels.gazette_document import chinese_date, date_parts, own_fonts
from channels.imposition import impose
from channels.layout_report import layout_report
from channels.phone_picture import phone_pictures
from channels.print_blocks import laid_out
from channels.qr import svg_of
from channels.skins import BULLETIN, Skin, skin_of, way_of
from channels.typeset import Typeset, compile_pdf, faces
from content.clock import in_china
from content.gazette.contents import Placed, PlacedSection
from content.gazette.issue import Issue, IssueEntry, IssueError, printed
from content.office import Office
from content.outlet import Outlet
from content.vocabulary import Action

if TYPE_CHECKING:
    from content.gazette.issues import Issues


IMPRINT_CHARACTERS = 28
"""What a line of the imprint holds beside its label."""


class TooLong(IssueError):
    """An issue needs more pages than its skin has."""


@dataclass(frozen=True)
class BuiltIssue:
    """An issue as it was typeset, and where each of its documents stands in it. *printer* is the printer's PDF, empty where
    it was not wanted; *report* the layout report in Chinese; *phone* the pictures for phones, of a bulletin only."""

    pdf: bytes
    warnings: tuple[str, ...]
    sections: tuple[PlacedSection, ...]
    printer: bytes = b""
    report: str = ""
    phone: tuple[bytes, ...] = ()


def build_issue(
    bench: Workbench,
    outlet: Outlet,
    issues: "Issues",
    issue_id: str,
    issued_on: date | None = None,
    copies: int | None = None,
    for_printer: bool = False,
) -> BuiltIssue:
    """The issue's reading PDF, and *for_printer* the printer's too, from the ``document.json`` that was signed with each
    item and kept in the assets.

    *issued_on* is the date on the cover (default: the issue's own, else today by the bench's clock), *copies* what the
    imprint says is printed (default: the issue's own, else what the office's groups get). The same entries and values give
    the same bytes. Raises LookupError for an issue that does not exist, AssetMissing or AssetAltered, Refused for options
    that do not exist, TooLong and TypesettingFailed.
    """
    issue = issues.get(issue_id)
    if issue is None:
        raise LookupError(f"没有公报期 {issue_id}，用 tongbu gazette list 查看已有的公报期。")
    day = issued_on or issue.issued_on or in_china(bench.clock()).date()
    shown = printed(issues.entries(issue_id), bench.office.gazette.section_names)
    entries = [(entry, _document(bench, issues, entry)) for entry in shown]
    data = _data(bench, outlet, issue, entries, day, copies or issue.copies or bench.office.gazette.copies)
    pictures = {shown["file"]: shown["digest"] for _, document in entries for shown in document["pictures"]}
    files = {file: bench.assets.get(digest) for file, digest in pictures.items()}
    files |= {document["code"]: svg_of(document["url"]) for _, document in entries if document["code"]}
    skin, way = skin_of(outlet), way_of(outlet)
    made = set_issue(skin, data, files, own_fonts(outlet), for_printer)
    title = data["issue"]["name"]
    return BuiltIssue(
        made.pdf,
        made.warnings,
        _placed(entries, made.found["begins"]),
        printer=impose(made.with_bleed, title, way) if for_printer else b"",
        report=layout_report(title, skin, faces(own_fonts(outlet)), _page_count(made), way, made.warnings),
        phone=tuple(phone_pictures(data)) if for_printer and skin is BULLETIN else (),
    )


def _data(
    bench: Workbench,
    outlet: Outlet,
    issue: Issue,
    entries: Sequence[tuple[IssueEntry, dict[str, Any]]],
    day: date,
    copies: int | None,
) -> dict[str, Any]:
    """What the layouts set. Each document is told the file of its page's code."""
    for number, (_, document) in enumerate(entries):
        document["code"] = f"code-{number}.svg" if document.get("url") else ""
    return {
        "issue": _cover(bench.office, issue, day),
        "sections": _by_section(entries),
        "imprint": imprint(bench.office, bench.site.url, copies),
        "words": {"code": ["手机扫码", "阅读网页版"], "code-alt": "本文网页地址的二维码"},
        "dated": date_parts(day),
        "rehearsal": bench.office.rehearsal,
    }


def set_issue(
    skin: Skin,
    data: Mapping[str, Any],
    files: Mapping[str, bytes],
    own_fonts: Path | None = None,
    for_printer: bool = False,
) -> Typeset:
    """From values to PDF: the issue in the skin's first setting in which it has no more pages than the skin. Raises TooLong and
    TypesettingFailed."""
    made = None
    sections = [{**section, "entries": [*map(laid_out, section["entries"])]} for section in data["sections"]]
    for setting in skin.settings:
        measured = {**data, "sections": sections, "measure": setting.as_json()}
        made = compile_pdf(skin.layout, measured, files, own_fonts, labels=("begins", "pages"), with_bleed=for_printer)
        if skin.most_pages is None or _page_count(made) <= skin.most_pages:
            return made
    pages = _page_count(made) if made else 0
    raise TooLong(
        f"内容用最小的字号排成{pages}页，超过{skin.described}的{skin.most_pages}页：请把部分稿件移到下一期，或把发布点的 skin 改为 gazette。"
    )


def _page_count(made: Typeset) -> int:
    return int(made.found["pages"][-1])


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
    entries: Sequence[tuple[IssueEntry, dict[str, Any]]], found: Sequence[tuple[int, int, int, int]]
) -> tuple[PlacedSection, ...]:
    """Where the layout put each document: *found* tells section, place in it, page and sheet of the PDF."""
    pages = {(section, place): (page, leaf) for section, place, page, leaf in found}
    grouped = groupby(entries, key=lambda pair: pair[0].section)
    return tuple(
        PlacedSection(name, tuple(_placed_one(*pair, *pages[number, place]) for place, pair in enumerate(pairs)))
        for number, (name, pairs) in enumerate(grouped)
    )


def _placed_one(entry: IssueEntry, document: Mapping[str, Any], page: int, leaf: int) -> Placed:
    return Placed(
        title=document["title"],
        number=document["number"],
        organ=document["organ"],
        page=page,
        leaf=leaf,
        item=entry.item_id,
        sequence=entry.sequence,
        action=entry.action.value,
        round=entry.round,
        url=document["url"],
        document=entry.parts["document.json"],
    )


def _cover(office: Office, issue: Issue, day: date) -> dict[str, Any]:
    name = office.gazette_name
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
