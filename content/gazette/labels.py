"""The labels for sending the gazette's copies, as a workbook: labels to print, the list, the copies by group."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from content.assets import write_whole
from content.counts_files import printable
from content.gazette.addresses import Address, copies_by_group

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

ACROSS, DOWN = 3, 8
"""Labels on an A4 sheet: 24 of 70 × 37 mm, the usual sheet of self-adhesive ones."""
COLUMN_WIDTH = 32.0
"""69 mm in the unit of a spreadsheet's columns: digits of the book's font (in 宋体 8 points of a 96th of an inch), and 5 for
their edges. Three of 70 mm are as wide as the sheet, and rounded up would go over to the next."""
ROW_POINTS = 105
"""37 mm; eight of them fit on A4."""
BODY, HEAD = "宋体", "黑体"


def write(addresses: Sequence[Address], title: str, path: Path, *, rehearsal: bool) -> None:
    """Writes the workbook; *title* names the issue. No cell is a formula, whatever the list says."""
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    book._named_styles["Normal"].font = Font(
        name=BODY, size=11
    )  # the measure of all columns; the library offers no other way
    book.properties.creator, book.properties.title = "同步", f"{title}发送标签"
    named = f"【演练】{title}" if rehearsal else title
    _labels(book.active, addresses, named)
    heads = ["分组", "收件人", "地址", "邮编", "电话", "份数"]
    lines: list[list[str | int]] = [[a.group, a.name, a.address, a.postcode, a.phone, a.copies] for a in addresses]
    _table(book.create_sheet("清单"), f"{named}发送清单", heads, lines, (14, 32, 46, 9, 16, 8))
    groups = copies_by_group(addresses)
    totals: list[list[str | int]] = [[group, copies] for group, copies in groups.items()]
    _table(
        book.create_sheet("份数"),
        f"{named}发送份数",
        ["分组", "份数"],
        [*totals, ["合计", sum(groups.values())]],
        (56, 16),
    )
    stream = io.BytesIO()
    book.save(stream)
    write_whole(path, stream.getvalue())


def _labels(sheet: "Worksheet", addresses: Sequence[Address], title: str) -> None:
    """24 on a sheet of A4, row by row, without margins: as sheets of self-adhesive labels are cut."""
    from openpyxl.styles import Alignment, Font

    sheet.title = "标签"
    for column in "ABC"[:ACROSS]:
        sheet.column_dimensions[column].width = COLUMN_WIDTH
    for number, one in enumerate(addresses):
        row, place = divmod(number, ACROSS)
        cell = _put(sheet, row + 1, place + 1, _label(one, title))
        cell.alignment = Alignment(horizontal="left", vertical="center", wrap_text=True, indent=1)
        cell.font = Font(name=BODY, size=10)
        sheet.row_dimensions[row + 1].height = ROW_POINTS
    _page(sheet)
    sheet.page_margins.left = sheet.page_margins.right = sheet.page_margins.top = sheet.page_margins.bottom = 0
    from openpyxl.worksheet.pagebreak import Break

    for last in range(DOWN, len(addresses) // ACROSS + 1, DOWN):
        sheet.row_breaks.append(Break(id=last))


def _label(one: Address, title: str) -> str:
    """What is written on a label: postcode and address, who gets it, which issue and how many."""
    to = [part for part in (one.postcode, one.address) if part]
    who = f"{one.name}　收" + (f"　{one.phone}" if one.phone else "")
    return "\n".join([*to, who, f"{title}　{one.copies}份"])


def _table(
    sheet: "Worksheet", title: str, heads: Sequence[str], lines: Sequence[Sequence[str | int]], widths: Sequence[int]
) -> None:
    from openpyxl.styles import Alignment, Border, Font, Side

    thin = Side(style="thin", color="999999")
    sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=len(heads))
    top = _put(sheet, 1, 1, title)
    top.font, top.alignment = Font(name=HEAD, size=14), Alignment(horizontal="center", vertical="center")
    sheet.row_dimensions[1].height = 28
    for row, line in enumerate([heads, *lines], 2):
        for column, value in enumerate(line, 1):
            cell = _put(sheet, row, column, value)
            cell.font = Font(name=HEAD if row == 2 else BODY, size=10.5)
            cell.alignment = Alignment(wrap_text=True, vertical="center")
            cell.border = Border(left=thin, right=thin, top=thin, bottom=thin)
    for number, width in enumerate(widths):
        sheet.column_dimensions["ABCDEF"[number]].width = width
    sheet.freeze_panes, sheet.print_title_rows = "A3", "1:2"
    _page(sheet)
    sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.page_setup.fitToHeight = True, 0


def _put(sheet: "Worksheet", row: int, column: int, value: str | int) -> "Cell":
    """A cell that is text even where it begins like a formula."""
    cell = sheet.cell(row, column)
    if isinstance(value, int):
        cell.value = value
    else:
        cell.value = printable(value)
        cell.data_type = "s"
    return cell


def _page(sheet: "Worksheet") -> None:
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties()
