"""The office's list of addresses that the gazette's copies go to, checked against what each group gets."""

import csv
import io
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from content.finding import Finding, error
from content.gazette.plan import MOST_COPIES, GazettePlan

COLUMNS = {
    "group": ("分组", "组别"),
    "name": ("收件人", "单位", "姓名", "名称"),
    "address": ("地址",),
    "postcode": ("邮编",),
    "phone": ("电话",),
    "copies": ("份数",),
}
NEEDED = ("group", "name", "address", "copies")
MOST_BYTES = 20_000_000
MOST_UNPACKED = 200_000_000
MOST_LINES = 50_000
UNREADABLE = (
    csv.Error,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    SyntaxError,
    RuntimeError,
)
"""What reading a damaged, an encrypted or a made-up workbook ends with."""


class AddressesWrong(Exception):
    """A list of addresses that cannot be used; all that is wrong is in *findings*."""

    def __init__(self, name: str, findings: Sequence[Finding]) -> None:
        super().__init__(f"{name} has {len(findings)} problem(s); no labels were made")
        self.findings = tuple(findings)


@dataclass(frozen=True)
class Address:
    group: str
    name: str
    address: str
    copies: int
    postcode: str = ""
    phone: str = ""


def read(path: Path, plan: GazettePlan) -> list[Address]:
    """The addresses of a .csv or .xlsx file. Raises AddressesWrong with every problem: a line that lacks something, a group
    that the settings do not name, a group whose copies are not those of the settings. Raises OSError."""
    data = path.read_bytes()
    if len(data) > MOST_BYTES:
        raise AddressesWrong(path.name, [_wrong(path.name, f"文件超过{MOST_BYTES}字节", "请分成几个文件。")])
    rows = _rows(path, data)
    names = [_column(cell) for cell in rows[0]] if rows else []
    missing = [COLUMNS[name][0] for name in NEEDED if name not in names]
    if missing:
        mend = "第一行写列名：分组、收件人、地址、份数、邮编、电话。"
        raise AddressesWrong(path.name, [_wrong("第1行", f"缺少列：{'、'.join(missing)}", mend)])
    found: list[Finding] = []
    addresses = []
    for line, cells in enumerate(rows[1:], 2):
        if any(cells):
            one = _address(f"第{line}行", dict(zip(names, cells, strict=False)), found)
            addresses += [one] if one else []
    found = found or _against(addresses, plan)
    if found:
        raise AddressesWrong(path.name, found)
    return addresses


def _address(place: str, row: Mapping[str, str], found: list[Finding]) -> Address | None:
    empty = [COLUMNS[name][0] for name in NEEDED if not row.get(name)]
    copies = row.get("copies", "")
    if empty:
        found.append(_wrong(place, f"缺少{'、'.join(empty)}", "请补齐。"))
    elif not (copies.isascii() and copies.isdigit() and len(copies) < 9 and 0 < int(copies) <= MOST_COPIES):
        found.append(_wrong(place, f"份数“{copies[:20]}”不是大于0的整数", "请写数字。"))
    else:
        words = {name: row.get(name, "") for name in COLUMNS if name != "copies"}
        return Address(**words, copies=int(copies))
    return None


def _against(addresses: Sequence[Address], plan: GazettePlan) -> list[Finding]:
    """Each group of the settings must get exactly its copies, and no other group any."""
    wanted = {group.name: group.copies for group in plan.groups}
    listed = copies_by_group(addresses)
    found = [] if addresses else [_wrong("名单", "没有地址", "请先填写。")]
    for name in dict.fromkeys([*wanted, *listed]) if addresses else ():
        if name not in wanted:
            mend = f"请改用 {'、'.join(wanted)}，或在设置 [[gazette.groups]] 中添加。"
            found.append(_wrong(name, "设置中没有这个分组", mend))
        elif listed.get(name, 0) != wanted[name]:
            mend = "请改正名单，或改设置 [[gazette.groups]] 的 copies。"
            found.append(_wrong(name, f"名单共{listed.get(name, 0)}份，设置为{wanted[name]}份", mend))
    return found


def copies_by_group(addresses: Sequence[Address]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for one in addresses:
        counted[one.group] = counted.get(one.group, 0) + one.copies
    return counted


def _rows(path: Path, data: bytes) -> list[list[str]]:
    """The cells of the first sheet as texts. Raises AddressesWrong for a file that cannot be read."""
    try:
        rows = _sheet(data) if path.suffix.lower() == ".xlsx" else _lines(data)
    except UNREADABLE as problem:
        mend = "请用电子表格软件另存为 .xlsx 或 UTF-8 编码的 .csv。"
        raise AddressesWrong(path.name, [_wrong(path.name, f"不能读取：{problem}", mend)]) from None
    if len(rows) > MOST_LINES:
        raise AddressesWrong(path.name, [_wrong(path.name, f"超过{MOST_LINES}行", "请分成几个文件。")])
    return rows


def _lines(data: bytes) -> list[list[str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030")
    return [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text), strict=True)]


def _sheet(data: bytes) -> list[list[str]]:
    from openpyxl import load_workbook

    _refuse_bomb(data)
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    rows = islice(book.worksheets[0].iter_rows(values_only=True, max_col=len(COLUMNS) + 10), MOST_LINES + 1)
    return [[_cell(cell) for cell in row] for row in rows]


def _cell(value: object) -> str:
    """A number as it was typed: spreadsheets keep 434000 as 434000.0."""
    whole = int(value) if isinstance(value, float) and value.is_integer() else value
    return "" if whole is None else str(whole).strip()


def _refuse_bomb(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MOST_UNPACKED:
            raise ValueError("解压后过大")


def _column(cell: str) -> str:
    return next((name for name, others in COLUMNS.items() if cell in (name, *others)), cell)


def _wrong(place: str, message: str, mend: str) -> Finding:
    return error("gazette-address", place, f"{message}。", mend)
