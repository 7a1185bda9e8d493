"""The receipt sheet (回执单) of one item: what was signed, where it went, what came back, and how to check the ledger."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from channels import CHANNELS
from channels.typeset import NO_GLYPH, GlyphsMissing, compile_pdf, replaced
from content.broadcasts import Broadcast, Progress
from content.clock import in_china
from content.counts import CHANNEL_LABELS
from content.events import Head
from content.folding import INVISIBLE
from content.heads import head_code, parse_head_code
from content.item import Item
from content.items import StoredRevision
from content.office import Office
from content.packages import Package
from content.records import Record
from content.vocabulary import KIND_LABELS, ROW_LABELS, STATE_LABELS, Action, Row, State

ACTION_LABELS = {Action.PUBLISH: "发布", Action.CORRECT: "更正", Action.WITHDRAW: "撤回", Action.MARK: "标注"}
PROGRESS_LABELS = {
    Progress.ORDERED: "已下达",
    Progress.WAITING: "待发布",
    Progress.OPEN: "发布中",
    Progress.PARTIAL: "部分完成",
    Progress.SYNCHRONISED: "已同步",
    Progress.REFUSED: "未放行",
    Progress.REHEARSED: "已演练",
}
CHANNEL_NAMES = {**CHANNEL_LABELS, "feeds": "订阅源"}
BAD = (State.REFUSED, State.UNKNOWN, State.HELD)
TOLD_FIRST = (State.LIVE, State.ACCEPTED, *BAD)
LONGEST_TEXT = 300
MOST_GLYPH_ROUNDS = 300
_DROPPED = re.compile(f"[{INVISIBLE}\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


@dataclass(frozen=True)
class SheetSignOff:
    """Who signed a package at which level, and when."""

    level: str
    person: str
    unit: str
    at: datetime


@dataclass(frozen=True)
class SheetPackage:
    """A package of the item that has deliveries, with its sign-offs in the order in which they were given."""

    package: Package
    sign_offs: tuple[SheetSignOff, ...]


@dataclass(frozen=True)
class Counted:
    """A row of the statistics form that the item falls into, from its first live moment there. *left_out*: it was
    withdrawn everywhere by that year's end, and the office's setting subtracts that."""

    row: Row
    live_at: datetime
    left_out: bool = False


@dataclass(frozen=True)
class Sheet:
    """Everything that stands on an item's receipt sheet.

    *revisions* are those of *packages*, oldest first. *outlets* are names by id. *printed* is where the gazette has what
    joined it, by the delivery's id: its section, and the printed page once its issue is closed. *head* is the ledger's newest link, read
    after everything else, so that it covers all that is shown.
    """

    office: Office
    item: Item
    revisions: tuple[StoredRevision, ...]
    packages: tuple[SheetPackage, ...]
    deliveries: tuple[Record, ...]
    broadcasts: tuple[Broadcast, ...]
    head: Head
    printed_at: datetime
    outlets: Mapping[str, str] = field(default_factory=dict)
    counted: tuple[Counted, ...] = ()
    printed: Mapping[str, tuple[str, int | None]] = field(default_factory=dict)


def typeset_sheet(sheet: Sheet) -> bytes:
    """The sheet as PDF/A; the same input gives the same bytes. A character that no font has becomes 〓, and the sheet
    says so. Raises TypesettingFailed."""
    data, files = sheet_data(sheet), {"head.svg": head_picture(sheet.head)}
    for _ in range(MOST_GLYPH_ROUNDS):
        try:
            return compile_pdf("sheet/sheet", data, files).pdf
        except GlyphsMissing as missing:
            data = _without(data, missing.characters)
    return compile_pdf("sheet/sheet", data, files).pdf


def sheet_data(sheet: Sheet) -> dict[str, Any]:
    """What the layout sets, as JSON values: all words of the sheet stand here."""
    printed = in_china(sheet.printed_at)
    return {
        "name": "同步发布回执单",
        "office": plain(sheet.office.name or sheet.office.organ),
        "title": plain(sheet.revisions[-1].revision.fields.title),
        "dated": {"year": printed.year, "month": printed.month, "day": printed.day},
        "printed": moment(sheet.printed_at),
        "rehearsal": sheet.office.rehearsal,
        "stamp": "演练　不作为正式发布和统计的凭据",
        "folio": f"稿件{sheet.item.id}　{head_code(sheet.head)}",
        "item": _item_entries(sheet),
        "packages": [_package_entry(sheet, entry) for entry in sheet.packages],
        "deliveries": [_delivery_entry(sheet, record) for record in _in_order(sheet.deliveries)],
        "summary": _summary(sheet.deliveries),
        "broadcasts": _broadcast_lines(sheet.broadcasts),
        "counted": _counted_lines(sheet),
        "check": _check(sheet.head),
        "signatures": ["经办人：", "复核人：", "归档日期："],
        "headings": dict(
            zip(
                ("item", "signed", "deliveries", "broadcasts", "counted"),
                ("一、稿件", "二、审签", "三、投递与回执", "四、同步发布", "五、统计口径"),
                strict=True,
            )
        ),
        "columns": {
            "signed": ["定稿", "级别", "人员", "单位", "时间"],
            "deliveries": ["渠道", "发布点", "动作", "状态", "发布时间", "回执"],
        },
    }


def scan_code(head: Head) -> str:
    """The head's code as the QR picture gives it, ``128:3f9a-0c41-77de-b2a6``, which ``tongbu verify --code`` takes: figures
    and Latin letters only, because a scanner that acts as a keyboard types no Chinese."""
    digits = parse_head_code(head_code(head)).digits
    return f"{head.seq}:" + "-".join(digits[start : start + 4] for start in range(0, len(digits), 4))


def head_picture(head: Head) -> bytes:
    """The QR code of the head, as SVG."""
    from io import BytesIO

    import segno

    picture = BytesIO()
    segno.make(scan_code(head), error="m", micro=False).save(
        picture, kind="svg", border=4, scale=4, light="white", xmldecl=False
    )
    return picture.getvalue()


def plain(text: str) -> str:
    """Text from outside as one line that can be set: without control characters and marks that turn its direction, and
    where it is longer than 300 characters with a note of how long it is."""
    shown = " ".join(_DROPPED.sub("", text).split())
    if len(shown) <= LONGEST_TEXT:
        return shown
    return f"{shown[:LONGEST_TEXT]}……（全文{len(shown)}字，见台账）"


def moment(at: datetime | None) -> str:
    """A moment as the readers' clock shows it."""
    return f"{in_china(at):%Y-%m-%d %H:%M:%S}" if at else "—"


def _item_entries(sheet: Sheet) -> list[dict[str, Any]]:
    fields = sheet.revisions[-1].revision.fields
    digests = [f"版本{entry.sequence}　{entry.digest}" for entry in sheet.revisions]
    return [
        {"label": "标题", "wide": "title", "lines": [plain(fields.title)]},
        {"label": "文号", "text": plain(fields.document_number) or "—"},
        {"label": "索引号", "text": plain(sheet.item.index_number)},
        {"label": "发布机构", "text": plain("、".join((fields.organ, *fields.joint_organs))) or "—"},
        {"label": "类别", "text": f"{KIND_LABELS[fields.kind]}（稿件{sheet.item.id}）"},
        {"label": "网址", "wide": "address", "lines": [plain(sheet.item.url)]},
        {"label": "版本摘要", "wide": "code", "lines": digests},
    ]


def _package_entry(sheet: Sheet, entry: SheetPackage) -> dict[str, Any]:
    package = entry.package
    sequence = next((known.sequence for known in sheet.revisions if known.digest == package.revision), 0)
    again = f"，第{package.round}轮" if package.round > 1 else ""
    return {
        "name": f"{ACTION_LABELS[package.action]}（版本{sequence}{again}）",
        "digest": package.digest[:16],
        "reason": plain(package.reason),
        "unsigned": "没有审签记录",
        "sign_offs": [
            {"level": plain(by.level), "person": plain(by.person), "unit": plain(by.unit), "at": moment(by.at)}
            for by in entry.sign_offs
        ],
    }


def _in_order(records: Sequence[Record]) -> list[Record]:
    """By package, the oldest first; within one by channel, in the registry's order."""
    first: dict[str, int] = {}
    for record in records:
        first.setdefault(record.package, len(first))
    channels = {name: place for place, name in enumerate(CHANNELS)}

    def place(record: Record) -> tuple[int, int, str]:
        return first[record.package], channels.get(record.target.channel, len(channels)), record.outlet

    return sorted(records, key=place)


def _delivery_entry(sheet: Sheet, record: Record) -> dict[str, Any]:
    live = in_china(record.live_at) if record.live_at else None
    return {
        "channel": CHANNEL_NAMES.get(record.target.channel, record.target.channel),
        "outlet": plain(sheet.outlets.get(record.outlet, record.outlet)),
        "action": ACTION_LABELS[record.action],
        "state": _state(record),
        "good": record.state is State.LIVE,
        "bad": record.state in BAD,
        "live_at": [f"{live:%Y-%m-%d}", f"{live:%H:%M:%S}"] if live else ["—"],
        "facts": _facts(sheet, record) or [_fact("", "—")],
    }


def _state(record: Record) -> str:
    """The state's word; a correction or withdrawal that took effect is called what it is."""
    if record.state is State.LIVE and record.action is not Action.PUBLISH:
        return f"已{ACTION_LABELS[record.action]}"
    return STATE_LABELS[record.state]


def _facts(sheet: Sheet, record: Record) -> list[dict[str, Any]]:
    """What proves the delivery as far as it goes, or says what is in its way."""
    said = _receipt_facts(sheet, record)
    if record.state is State.ACCEPTED:
        said.append(_fact("受理", moment(record.answered_at), code=True))
    if record.problem and record.state is not State.LIVE:
        said.append(_fact("原因", plain(record.problem)))
    return said


def _receipt_facts(sheet: Sheet, record: Record) -> list[dict[str, Any]]:
    receipt = record.receipt
    if receipt is None:
        return []
    said = [_fact("网址", plain(receipt.url), code=True, link=receipt.url)] if receipt.url else []
    if receipt.remote_id and receipt.remote_id not in (sheet.item.id, sheet.item.url):
        said.append(_fact("编号", plain(receipt.remote_id), code=True))
    if receipt.evidence.get("issue"):
        said.append(_issue_fact(sheet, record, receipt.evidence))
    if not record.target.direct:
        told = ((word, receipt.evidence.get(name)) for name, word in _STATED.items())
        said += [_fact(word, plain(text)) for word, text in told if text]
    said += _evidence_facts(receipt.evidence)
    if receipt.digest:
        said.append(_fact("摘要", receipt.digest[:16], code=True))
    return said


# What a partner's receipt may state (channels.receipts), and how the sheet calls it.
_STATED = {"page": "版面", "channel": "频道", "programme": "栏目", "printed": "印数", "handler": "经办"}


def _issue_fact(sheet: Sheet, record: Record, evidence: Mapping[str, str]) -> dict[str, Any]:
    """Where a reader of the paper finds it; the order of joining is not that of the printed issue."""
    section, page = sheet.printed.get(record.id, (evidence.get("section", ""), None))
    place = [f"{evidence['issue']}期", section, f"第{page}页" if page else ""]
    return _fact("公报期", plain("　".join(filter(None, place))))


def _evidence_facts(evidence: Mapping[str, str]) -> list[dict[str, Any]]:
    """What people stated; the rest of the evidence is for machines and stays in the ledger."""
    said = []
    if evidence.get("note"):
        said.append(_fact("凭据", plain(evidence["note"])))
    if evidence.get("scan"):
        said.append(_fact("附件", evidence["scan"][:16], code=True))
    if evidence.get("still_shown"):
        said.append(_fact("注意", f"未能删除，已发布撤稿说明；原内容 {plain(evidence['still_shown'])} 仍可见"))
    elif evidence.get("way") == "follow-up" and evidence.get("gone"):
        said.append(_fact("核实", f"已发布撤稿说明；原内容 {plain(evidence['gone'])} 其后已删除"))
    if evidence.get("by"):
        said.append(_fact("登记", plain(evidence["by"])))
    return said


def _fact(label: str, text: str, *, code: bool = False, link: str = "") -> dict[str, Any]:
    safe = link if link == text and re.match(r"https?://[!-~]+$", link) else ""
    return {"label": label, "text": text, "code": code, "link": safe}


def _summary(records: Sequence[Record]) -> str:
    order = [*TOLD_FIRST, *(state for state in State if state not in TOLD_FIRST)]
    numbers = Counter(_state(record) for record in sorted(records, key=lambda record: order.index(record.state)))
    told = "，".join(f"{word}{number}项" for word, number in numbers.items())
    return f"共{len(records)}项投递：{told}。"


def _broadcast_lines(broadcasts: Sequence[Broadcast]) -> list[str]:
    return [_broadcast_line(entry) for entry in broadcasts] or ["尚无同步发布。"]


def _broadcast_line(entry: Broadcast) -> str:
    others = len(entry.order.packages) - 1
    together = f"，与其他{others}件稿件同时发布" if others else ""
    return (
        f"第{entry.id}次同步发布：{plain(entry.ordered_by)}下达，定于{moment(entry.not_before)}{together}；"
        f"{PROGRESS_LABELS[entry.progress]}；{_skew(entry.skew_seconds)}。"
    )


def _skew(seconds: Decimal | None) -> str:
    if seconds is None:
        return "时差尚未测得"
    return f"各直接渠道首末应答时差{seconds.quantize(Decimal('0.001'))}秒"


def _counted_lines(sheet: Sheet) -> list[str]:
    lines = ["演练环境的发布不计入统计，以下仅作口径演示。"] if sheet.office.rehearsal else []
    lines += _counted_by_year(sheet.counted) or ["尚无已发布的投递，未计入任何统计口径。"]
    waiting = _waiting_rows(sheet)
    return [*lines, f"尚未计入：{'、'.join(waiting)}（待发布或待回执）。"] if waiting else lines


def _counted_by_year(counted: Sequence[Counted]) -> list[str]:
    ordered = sorted(counted, key=lambda entry: entry.live_at)
    years = groupby(ordered, key=lambda entry: in_china(entry.live_at).year)
    first = in_china(ordered[0].live_at).year if ordered else 0
    return [_counted_in(year, first, list(entries)) for year, entries in years]


def _counted_in(year: int, first: int, entries: list[Counted]) -> str:
    """One year's line: an item counts once per row, and once in the total, in the year where it was first live."""
    rows = sorted(entries, key=lambda entry: list(Row).index(entry.row))
    told = "、".join(f"{ROW_LABELS[entry.row]}（{in_china(entry.live_at):%Y-%m-%d}）" for entry in rows)
    if any(entry.left_out for entry in rows):
        return f"{year}年度：{told}；本稿件当年已全部撤回，按本单位的设置不计入统计。"
    total = "公开总数计1条" if year == first else f"公开总数归入{first}年度"
    return f"{year}年度：{told}{'各' if len(rows) > 1 else ''}计1条；{total}。"


def _waiting_rows(sheet: Sheet) -> list[str]:
    there = {entry.row for entry in sheet.counted}
    meant = {
        Row(record.target.row)
        for record in sheet.deliveries
        if record.action is Action.PUBLISH and record.target.row and record.state not in (State.CANCELLED, State.LIVE)
    }
    return [ROW_LABELS[row] for row in Row if row in meant - there]


def _check(head: Head) -> dict[str, str]:
    code = head_code(head)
    return {
        "heading": "台账核对",
        "code": code,
        "how": "本单所列，以打印时的台账为准。日后核对台账未被改动：",
        "command": f'tongbu verify --code "{code}"',
        "note": "扫描二维码可得同一核对码。",
        "alt": f"核对码{code}的二维码",
    }


def _without(data: dict[str, Any], characters: str) -> dict[str, Any]:
    """The same values with 〓 for characters that no font has, and a remark that says so."""
    found: dict[str, Any] = replaced(data, str.maketrans(dict.fromkeys(characters, NO_GLYPH)))
    remark = f"字库所缺的字以“{NO_GLYPH}”代替，原文见台账。"
    known = found["check"]["note"]
    return found | {"check": found["check"] | {"note": known if remark in known else known + remark}}
