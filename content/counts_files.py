"""The office's figures as files: CSV for one breakdown, an Excel workbook for all. The same figures give the same bytes."""

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from content.activities import Activity
from content.assets import write_whole
from content.counts import PARTITIONS, By, Counts, Line, remarks
from content.reads import COUNTED, Readers
from content.vocabulary import ROW_LABELS, Row

if TYPE_CHECKING:
    from openpyxl.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

STAMP = "演练数据，不得作为统计数据填报"
TOTAL = "合计（同一信息计1条）"
UNIT = "单位：条"
ACTIVITY_SHEET = "回应解读和互动"
READER_SHEET = "阅读和传播"
READER_HEADINGS = ("统计口径", "有数据的发布次数", "阅读人数", "分享或转发", "点赞", "评论", "数据截至")
READER_NOTE = "由平台统计，不属于法定统计指标，也不计入公开信息数；平台不提供的留空。"
ACTIVITY_HEADINGS = ("代码", "统计表行号", "统计指标", "统计数", "单位")
BY_LABELS: dict[By, str] = {
    By.ROW: "统计口径",
    By.CHANNEL: "渠道",
    By.MONTH: "月份",
    By.ORGAN: "发布机构",
    By.KIND: "稿件类型",
    By.LEVEL: "来源层级",
    By.OUTLET: "发布点",
}
OVERLAP = "同一条信息在多个{word}公开的，在各行分别计1条，各行之和可以大于年度总数。"
FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r", "\n")
FORMULA_FOLDED = ("＝", "＋", "－", "＠")
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
WIDEST = 48
LONGEST_CELL = 32_000
FIRST_DATE = (1980, 1, 1, 0, 0, 0)
MOMENTS = re.compile(rb"<dcterms:(created|modified)\b.*?</dcterms:\1>", re.DOTALL)
TEXT, NUMBER = "@", "#,##0"
Cells = Sequence[str | int]
BODY, HEAD = "宋体", "黑体"


def write_csv(lines: Sequence[Line], target: Path | BinaryIO, rehearsal: bool = False) -> None:
    """A breakdown as CSV: UTF-8 with a byte order mark, so that Excel shows Chinese; CRLF (RFC 4180).

    A label that a spreadsheet would take for a formula gets a leading apostrophe. In a rehearsal every line says so.
    *target* is a path, written whole, or a binary stream.
    """
    headings = ["代码", "名称", *ROW_LABELS.values(), TOTAL]
    cells: list[Cells] = [[harmless(line.key), harmless(line.label), *_figures(line)] for line in lines]
    _write_csv(headings, cells, target, rehearsal)


def write_activities_csv(found: Sequence[Activity], target: Path | BinaryIO, rehearsal: bool = False) -> None:
    """The figures of interviews, responses and consultations as CSV, in the same form."""
    cells: list[Cells] = [[one.key, one.row, one.label, one.number, one.unit] for one in found]
    _write_csv(ACTIVITY_HEADINGS, cells, target, rehearsal)


def write_readers_csv(found: Sequence[Readers], target: Path | BinaryIO, rehearsal: bool = False) -> None:
    """What platforms counted of the year's deliveries as CSV, in the same form."""
    cells: list[Cells] = [[harmless(one.outlet), *_readers_cells(one)] for one in found]
    _write_csv(["发布点代码", *READER_HEADINGS], cells, target, rehearsal)


def _write_csv(headings: Cells, lines: Sequence[Cells], target: Path | BinaryIO, rehearsal: bool) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([*headings, *(["说明"] if rehearsal else [])])
    writer.writerows([*line, *([STAMP] if rehearsal else [])] for line in lines)
    data = text.getvalue().encode("utf-8-sig")
    if isinstance(target, Path):
        write_whole(target, data)
    else:
        target.write(data)


def write_xlsx(
    counts: Counts,
    breakdowns: Mapping[str, Sequence[Line]],
    path: Path,
    activities: Sequence[Activity] = (),
    readers: Sequence[Readers] = (),
) -> None:
    """A workbook: the year's figures and the remarks on the first sheet, then one sheet per breakdown, by its ``By``, and
    one each for the *activities* and for what platforms counted of the *readers*.

    Raises ValueError for a breakdown that is not known.
    """
    from openpyxl import Workbook

    book = Workbook()
    book.properties.creator = "同步"
    book.properties.title = f"{counts.year}年主动公开政府信息统计"
    first = book.active
    first.title = "年度总数"
    _fill(first, _overview(counts))
    for name, lines in breakdowns.items():
        by = By(name)
        _fill(book.create_sheet(f"按{BY_LABELS[by]}"), _breakdown(counts, by, lines))
    if activities:
        _fill(book.create_sheet(ACTIVITY_SHEET), _activities(counts, activities))
    if readers:
        _fill(book.create_sheet(READER_SHEET), _readers(counts, readers))
    stream = io.BytesIO()
    book.save(stream)
    write_whole(path, _without_moments(stream.getvalue()))


def harmless(text: str) -> str:
    """The text for a CSV cell: what a spreadsheet would run as a formula gets a leading apostrophe, controls go.

    Full-width forms of the signs count too: Chinese and Japanese Excel fold them.
    """
    plain = printable(text)
    begun = plain.lstrip(" \u00a0\u3000\ufeff")
    risky = text.startswith(FORMULA_MARKS) or begun.startswith(FORMULA_MARKS + FORMULA_FOLDED)
    return f"'{plain}" if risky else plain


def printable(text: str) -> str:
    """The text without the control characters and lone surrogates that no file can hold."""
    return CONTROLS.sub("", text)


@dataclass(frozen=True)
class _Table:
    """What one sheet shows."""

    title: str
    headings: Sequence[str]
    lines: Sequence[Cells]
    total: Cells
    notes: Sequence[str]
    rehearsal: bool
    unit: str = UNIT


def _overview(counts: Counts) -> _Table:
    rows: list[Cells] = [[ROW_LABELS[row], counts.rows.get(row.value, 0)] for row in Row]
    lines: list[Cells] = [*rows, ["各渠道之和", sum(counts.rows.values())], ["其中：重复公开", counts.repeats]]
    total: Cells = ["主动公开政府信息数（不同渠道和方式公开相同信息计1条）", counts.items]
    title = f"{counts.year}年主动公开政府信息统计"
    return _Table(title, ["统计指标", "统计数"], lines, total, remarks(counts), counts.rehearsal)


def _breakdown(counts: Counts, by: By, lines: Sequence[Line]) -> _Table:
    word = BY_LABELS[by]
    cells: list[Cells] = [[line.label, *_figures(line)] for line in lines]
    total: Cells = ["合计", *_sums(lines)] if by in PARTITIONS else []
    notes = [] if by in PARTITIONS else [OVERLAP.format(word=word)]
    headings = [word, *ROW_LABELS.values(), TOTAL]
    title = f"{counts.year}年主动公开政府信息统计（按{word}）"
    return _Table(title, headings, cells, total, notes, counts.rehearsal)


def _activities(counts: Counts, found: Sequence[Activity]) -> _Table:
    cells: list[Cells] = [[one.label, one.row, one.unit, one.number] for one in found]
    title = f"{counts.year}年回应解读和互动情况统计"
    notes = ["行号为本系统对统计表“二、回应解读情况”各行的编号；没有代码的各行不在统计表内。"]
    headings = ["统计指标", "统计表行号", "单位", "统计数"]
    return _Table(title, headings, cells, [], notes, counts.rehearsal, "")


def _readers(counts: Counts, found: Sequence[Readers]) -> _Table:
    cells: list[Cells] = [[one.outlet, *_readers_cells(one)] for one in found]
    title = f"{counts.year}年发布内容的阅读和传播情况"
    return _Table(title, ["发布点代码", *READER_HEADINGS], cells, [], [READER_NOTE], counts.rehearsal, "")


def _readers_cells(one: Readers) -> list[str | int]:
    figures = [getattr(one.counted, name) for name in COUNTED]
    known: list[str | int] = ["" if figure is None else figure for figure in figures]
    label = ROW_LABELS[Row(one.row)] if one.row in set(Row) else one.row
    return [label, one.deliveries, *known, one.newest.isoformat()]


def _figures(line: Line) -> list[int]:
    return [*(line.rows.get(row.value, 0) for row in Row), line.items]


def _sums(lines: Sequence[Line]) -> list[int]:
    return [sum(column) for column in zip(*map(_figures, lines), strict=True)] or [0] * (len(Row) + 1)


def _fill(sheet: "Worksheet", table: _Table) -> None:
    width = len(table.headings)
    top = _title(sheet, table, width)
    _headings(sheet, top, table.headings)
    row = top + 1
    for line in table.lines:
        _line(sheet, row, line)
        row += 1
    if table.total:
        _line(sheet, row, table.total, bold=True)
        row += 1
    _widths(sheet, table)
    for number, note in enumerate(table.notes, 1):
        _note(sheet, row + number, note, width)
    _page(sheet, top)


def _title(sheet: "Worksheet", table: _Table, width: int) -> int:
    """The lines above the table; returns the row of the headings."""
    from openpyxl.styles import Alignment

    title = _across(sheet, 1, table.title, width, size=16, name=HEAD)
    title.alignment = Alignment(horizontal="center", vertical="center", shrink_to_fit=True)
    sheet.row_dimensions[1].height = 30
    if table.rehearsal:
        stamp = _across(sheet, 2, f"【演练】{STAMP.removeprefix('演练')}", width, size=12, name=HEAD, color="C00000")
        stamp.alignment = Alignment(horizontal="center", vertical="center", shrink_to_fit=True)
        sheet.row_dimensions[2].height = 21
    unit = _across(sheet, 2 + table.rehearsal, table.unit, width, size=10.5)
    unit.alignment = Alignment(horizontal="right")
    return 3 + table.rehearsal


def _across(sheet: "Worksheet", row: int, text: str, width: int, **font: Any) -> "Cell":
    from openpyxl.styles import Font

    sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=width)
    cell = _text(sheet, row, 1, text)
    cell.font = Font(**{"name": BODY, **font})
    return cell


def _headings(sheet: "Worksheet", row: int, headings: Sequence[str]) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    for column, heading in enumerate(headings, 1):
        cell = _text(sheet, row, column, heading)
        cell.font = Font(name=HEAD, size=11)
        cell.fill = PatternFill("solid", fgColor="E9EDF2")
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        cell.border = _border()
    sheet.row_dimensions[row].height = 33
    sheet.freeze_panes = sheet.cell(row + 1, 2)


def _line(sheet: "Worksheet", row: int, values: Cells, bold: bool = False) -> None:
    from openpyxl.styles import Alignment, Font

    for column, value in enumerate(values, 1):
        if isinstance(value, int):
            cell = sheet.cell(row, column, value)
            cell.number_format = NUMBER
        else:
            cell = _text(sheet, row, column, value)
            cell.alignment = Alignment(vertical="center", wrap_text=True)
        cell.font = Font(name=BODY, size=11, bold=bold)
        cell.border = _border()


def _note(sheet: "Worksheet", row: int, note: str, width: int) -> None:
    from openpyxl.styles import Alignment

    cell = _across(sheet, row, f"注：{note}", width, size=10)
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    room = sum(sheet.column_dimensions[_letter(column)].width for column in range(1, width + 1))
    sheet.row_dimensions[row].height = 15 * (1 + int(_columns(note) * 1.05 / max(room, 1)))


def _text(sheet: "Worksheet", row: int, column: int, text: str) -> "Cell":
    """A cell that is text whatever it begins with: openpyxl would store ``=…`` as a formula. Excel takes 32,767 characters."""
    cell: Cell = sheet.cell(row, column)
    plain = printable(text)
    cell.value = plain if len(plain) <= LONGEST_CELL else f"{plain[:LONGEST_CELL]}……（过长，余下未列）"
    cell.data_type = "s"
    cell.number_format = TEXT
    cell.quotePrefix = text.startswith(FORMULA_MARKS)
    return cell


def _widths(sheet: "Worksheet", table: _Table) -> None:
    labels = [str(line[0]) for line in [*table.lines, table.total or [""]]]
    longest = max((_columns(label) for label in [table.headings[0], *labels]), default=0)
    sheet.column_dimensions["A"].width = max(14, min(WIDEST, longest + 3))
    for column in range(2, len(table.headings) + 1):
        sheet.column_dimensions[_letter(column)].width = 13 if column < len(table.headings) else 18


def _page(sheet: "Worksheet", top: int) -> None:
    """A4, as wide as the page, the headings on every page."""
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.orientation = "landscape" if sheet.max_column > 3 else "portrait"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"1:{top}"
    sheet.print_options.horizontalCentered = True
    sheet.oddFooter.center.text = "第&P页 共&N页"


def _columns(text: str) -> int:
    """How wide a text is, a Chinese character counting two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WFA" else 1 for character in text)


def _letter(column: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(column))


def _border() -> Any:
    from openpyxl.styles import Border, Side

    side = Side(style="thin", color="8C96A3")
    return Border(left=side, right=side, top=side, bottom=side)


def _without_moments(data: bytes) -> bytes:
    """The same workbook without the moment of its making, which openpyxl writes into the properties and the archive."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after:
        for name, content in _entries(before):
            entry = zipfile.ZipInfo(name, FIRST_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            after.writestr(entry, content)
    return made.getvalue()


def _entries(archive: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    for entry in archive.infolist():
        content = archive.read(entry)
        yield entry.filename, MOMENTS.sub(b"", content) if entry.filename == "docProps/core.xml" else content
