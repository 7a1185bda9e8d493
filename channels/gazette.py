"""The gazette channel: an item's typeset document, and its place in the open issue.

What may stand in a gazette: 国办发〔2018〕22号 (own documents and those of one's departments, never those of higher
organs). Layout: GB/T 9704-2012 without the red head (domain.md 5.2).
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, ClassVar

from channels.base import CannotRender, Part, Refused, Rendition, Unavailable, Workbench
from channels.gazette_document import date_parts, document_entry, own_fonts, picture_file
from channels.print_blocks import laid_out
from channels.print_body import MOST_COLUMNS, NestedTooDeep, TableTooWide
from channels.typeset import GlyphsMissing, TypesettingFailed, all_missing, compile_pdf
from content.assets import AssetAltered, AssetMissing
from content.canonical import canonical_json, digest
from content.clock import CHINA, in_china
from content.delivery import Delivery, Prepared, Receipt
from content.finding import Finding, error
from content.gazette.issue import IssueEntry, IssueError, NoOpenIssue, in_print
from content.item import Item, Revision
from content.outlet import Outlet
from content.vocabulary import KIND_LABELS, Action, Level, Row, State

if TYPE_CHECKING:
    from content.gazette.issues import Issues

RULE = "国办发〔2018〕22号"
CARRIED_LEVELS = frozenset({Level.CITY, Level.DEPARTMENT, None})
UNDATED = date(2000, 1, 1)


class Gazette:
    """One gazette. Option: ``fonts`` (a folder of the office's own)."""

    row: ClassVar[Row | None] = Row.GAZETTE
    direct: ClassVar[bool] = False

    def __init__(self, outlet: Outlet, bench: Workbench) -> None:
        self.outlet = outlet
        self.bench = bench

    def check(self, revision: Revision) -> Sequence[Finding]:
        """``not-carried`` alone for what a gazette never prints; else what stands in the way of typesetting."""
        refusal = self._not_carried(revision)
        if refusal is not None:
            return [refusal]
        try:
            self._typeset(revision, self._entry(revision, Action.PUBLISH, ""), UNDATED)
        except CannotRender as problem:
            return [problem.finding]
        return []

    def render(self, item: Item, revision: Revision, action: Action = Action.PUBLISH, reason: str = "") -> Rendition:
        """``document.pdf`` (no page numbers) and ``document.json``, from which an issue is typeset."""
        refusal = self._not_carried(revision)
        section = self.bench.office.gazette.section_of(revision.fields, action)
        if refusal is not None or section is None:
            raise CannotRender(refusal or self._no_section(revision))
        entry = self._entry(revision, action, reason)
        pdf = self._typeset(revision, entry, revision.fields.made_on or in_china(item.assigned_at).date())
        kept = {**entry, "item": item.id, "url": item.url, "section": section}
        parts = {
            "document.pdf": Part("application/pdf", pdf),
            "document.json": Part("application/json", canonical_json(kept)),
        }
        return Rendition("gazette", self.outlet.id, parts)

    def prepare(self, delivery: Delivery, rendition: Rendition) -> Prepared:
        if self._joined(delivery) is None and self._issues().current() is None:
            raise Unavailable(str(NoOpenIssue()))
        return Prepared(digest=rendition.digest)

    def release(self, delivery: Delivery, rendition: Rendition, prepared: Prepared) -> Receipt:
        """Joins the open issue, once for each item, sequence, action and round."""
        digests = {name: self.bench.assets.put(part.data) for name, part in rendition.parts.items()}
        section = json.loads(rendition.text("document.json"))["section"]
        try:
            entry = self._issues().add(*_key(delivery), section, digests)
        except NoOpenIssue as problem:
            raise Unavailable(str(problem)) from problem
        except IssueError as problem:
            raise Refused(str(problem)) from problem
        return self._receipt(entry, rendition)

    def find(self, delivery: Delivery, rendition: Rendition) -> Receipt | None:
        entry = self._joined(delivery)
        if entry is None:
            return None
        if dict(entry.parts) != {name: digest(part.data) for name, part in rendition.parts.items()}:
            raise Refused(f"公报期 {entry.issue} 中该稿件的内容与定稿不同，请人工核对。")
        return self._receipt(entry, rendition)

    def follow(self, delivery: Delivery, rendition: Rendition, receipt: Receipt) -> Receipt:
        """LIVE once the item's issue is closed and published (its electronic page is up) and its date of issue has come;
        ``live_at`` is that day's first moment after the item joined. What was withdrawn before its issue was printed stays
        ACCEPTED: no reader ever had it."""
        entry = self._joined(delivery)
        issue = self._issues().get(entry.issue) if entry else None
        if entry is None or issue is None or issue.published_at is None or issue.issued_on is None:
            return receipt
        issued_at = datetime.combine(issue.issued_on, time(), CHINA)
        if issued_at > self.bench.clock() or not in_print(entry, self._issues().entries(entry.issue)):
            return receipt
        evidence = {**receipt.evidence, "issued_on": issue.issued_on.isoformat(), "pdf": issue.pdf_digest}
        evidence |= {"issue_page": issue.url} if issue.url else {}
        return Receipt(
            state=State.LIVE,
            remote_id=receipt.remote_id,
            url=receipt.url,
            live_at=max(issued_at, entry.added_at),
            digest=receipt.digest,
            evidence=evidence,
        )

    def _joined(self, delivery: Delivery) -> IssueEntry | None:
        return self._issues().find(*_key(delivery))

    def _issues(self) -> "Issues":
        if self.bench.issues is None:
            raise Unavailable("本发布点没有接入公报期台账，请检查设置。")
        return self.bench.issues

    def _receipt(self, entry: IssueEntry, rendition: Rendition) -> Receipt:
        again = f"-n{entry.round}" if entry.round > 1 else ""
        return Receipt(
            state=State.ACCEPTED,
            remote_id=f"{entry.issue}/{entry.item_id}-r{entry.sequence}-{entry.action}{again}",
            digest=rendition.digest,
            evidence={"issue": entry.issue, "section": entry.section, "position": str(entry.position)},
        )

    def _not_carried(self, revision: Revision) -> Finding | None:
        fields = revision.fields
        if fields.reprint:
            why = f"转载自“{fields.source}”"
        elif fields.level not in CARRIED_LEVELS:
            why = f"来源层级为“{fields.level}”"
        elif self.bench.office.gazette.section_of(fields, Action.PUBLISH) is None:
            return self._no_section(revision)
        else:
            return None
        return error(
            "not-carried",
            self._place(),
            f"{why}，政府公报只刊登本级政府及其部门制发的文件（{RULE}），本稿不编入公报。",
            "无须处理；如来源层级或转载来源填写有误，请改正后重新提交。",
        )

    def _no_section(self, revision: Revision) -> Finding:
        """What no section takes: an office says so in ``[[gazette.sections]]``."""
        return error(
            "not-carried",
            self._place(),
            f"公报没有收录这类稿件的栏目（{KIND_LABELS[revision.fields.kind]}），本稿不编入公报。",
            "无须处理；如应刊登，请在设置 [[gazette.sections]] 中为它设栏目。",
        )

    def _entry(self, revision: Revision, action: Action, reason: str) -> dict[str, object]:
        try:
            return document_entry(revision, action, reason)
        except ValueError as problem:
            raise CannotRender(self._body_finding(problem)) from problem

    def _typeset(self, revision: Revision, entry: dict[str, object], dated: date) -> bytes:
        data = {"entry": entry, "dated": date_parts(dated), "rehearsal": self.bench.office.rehearsal}
        files: dict[str, bytes] = {}

        def compiled(values: Mapping[str, Any]) -> bytes:
            shown = {**values, "entry": laid_out(values["entry"])}
            return compile_pdf("gazette/document", shown, files, own_fonts(self.outlet)).pdf

        try:
            files |= {picture_file(picture): self.bench.assets.get(picture.digest) for picture in revision.pictures}
            return compiled(data)
        except (AssetMissing, AssetAltered) as problem:
            mend = "请重新提交带图片的原稿；仍有问题请联系管理员核对资料库。"
            raise CannotRender(error("gazette-picture", self._place(), f"图片文件不可用：{problem}", mend)) from problem
        except GlyphsMissing as problem:
            raise CannotRender(self._glyph_finding(all_missing(compiled, data, problem))) from problem
        except TypesettingFailed as problem:
            raise CannotRender(self._layout_finding(problem)) from problem

    def _place(self) -> str:
        return f"outlet/{self.outlet.id}"

    def _body_finding(self, problem: ValueError) -> Finding:
        if isinstance(problem, TableTooWide):
            return error(
                "gazette-table-wide",
                f"正文第{problem.number}个表格",
                f"表格有{problem.columns}列，公报版心最多容纳{MOST_COLUMNS}列。",
                "请拆成几个表格，或把表格作为附件。",
            )
        if isinstance(problem, NestedTooDeep):
            mend = "请把嵌套的表格、列表或引用展开后重新提交。"
            return error("gazette-layout", "正文", "表格、列表或引用层层嵌套，超过公报能排的层数。", mend)
        return error("gazette-body", "正文", f"正文不能排版：{problem}", "请用原稿重新提交；仍有问题请联系管理员。")

    def _glyph_finding(self, characters: str) -> Finding:
        shown = "、".join(f"{character}（U+{ord(character):04X}）" for character in characters[:30])
        return error(
            "gazette-glyphs",
            self._place(),
            f"公报字库缺少这些字：{shown}。",
            "请核对是否误用了私有编码的字；确系生僻字的，请在发布点设置 fonts 中加装含有该字的字体。",
        )

    def _layout_finding(self, problem: TypesettingFailed) -> Finding:
        return error(
            "gazette-layout", self._place(), f"公报排版失败：{problem}", "请简化正文的表格、列表层次或图片后重新提交。"
        )


def _key(delivery: Delivery) -> tuple[str, int, Action, int]:
    """What an entry of an issue is known by."""
    return delivery.item.id, delivery.sequence, delivery.action, delivery.round
