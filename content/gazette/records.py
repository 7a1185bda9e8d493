"""Issues older than the workspace, entered from a file of the office, so that the database of all issues is complete.

国办发〔2018〕22号 asks for a database of all issues since the gazette was founded, open to the public. The file is TOML (one
``[[issues]]`` each, its documents in ``[[issues.documents]]``) or CSV as a spreadsheet saves it, one document a line.
"""

import csv
import io
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from content.finding import Finding, error

MOST_BYTES = 20_000_000
MOST_DOCUMENTS = 100_000
FIRST_YEAR = 1949
MOST_NUMBER, MOST_TOTAL = 999, 99_999
COLUMNS = {
    "year": ("年", "年份"),
    "number": ("期", "期号", "期数"),
    "total": ("总期号", "总第"),
    "date": ("日期", "出版日期"),
    "title": ("标题", "名称", "文件名称"),
    "document_number": ("文号", "发文字号"),
    "organ": ("发文机关", "机关"),
    "section": ("栏目",),
    "page": ("页", "页码"),
    "url": ("网址", "链接"),
    "pdf": ("PDF", "文件"),
    "offset": ("PDF前置页数", "前置页数"),
}
"""The columns of a CSV file, in English or Chinese; of ``[[issues]]`` and their documents the English ones."""

OF_ISSUE = ("year", "number", "total", "date", "pdf", "offset")
OF_DOCUMENT = ("title", "document_number", "organ", "section", "page", "url")
UNNAMED_SECTION = "文件"


class RecordsWrong(Exception):
    """A file that cannot be taken; all that is wrong is in *findings*."""

    def __init__(self, name: str, findings: Sequence[Finding]) -> None:
        super().__init__(f"{name} has {len(findings)} problem(s); nothing was entered")
        self.findings = tuple(findings)


@dataclass(frozen=True)
class EarlierDocument:
    title: str
    document_number: str = ""
    organ: str = ""
    section: str = ""
    page: int | None = None
    url: str = ""


@dataclass
class EarlierIssue:
    """One issue of the file; *place* tells where it stands there, *pdf* is a path, empty where there is none, and
    *offset* how many of its sheets stand before the one that bears page 1, None where nobody says."""

    place: str
    year: int
    number: int
    total: int | None
    issued_on: date
    pdf: str = ""
    documents: list[EarlierDocument] = field(default_factory=list)
    offset: int | None = None

    @property
    def id(self) -> str:
        return f"{self.year}-{self.number}"


def read(path: Path, today: date) -> list[EarlierIssue]:
    """The issues of a file, oldest first; none is from after *today*. Raises RecordsWrong with every problem, OSError."""
    data = path.read_bytes()
    if len(data) > MOST_BYTES:
        raise RecordsWrong(path.name, [_wrong(path.name, f"文件超过{MOST_BYTES}字节", "请分成几个文件。")])
    reader = _Reader(today)
    if path.suffix.lower() == ".toml":
        reader.take_toml(_text(path.name, data))
    elif path.suffix.lower() == ".csv":
        reader.take_csv(_text(path.name, data))
    else:
        raise RecordsWrong(path.name, [_wrong(path.name, "不是 .toml 或 .csv 文件", "请另存为其中一种。")])
    issues = sorted(reader.issues.values(), key=lambda issue: (issue.year, issue.number))
    found = reader.findings or _whole(path.name, issues)
    if found:
        raise RecordsWrong(path.name, found)
    return issues


class _Reader:
    """Takes issues one by one, and keeps what is wrong instead of stopping."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.issues: dict[tuple[int, int], EarlierIssue] = {}
        self.findings: list[Finding] = []

    def take_toml(self, text: str) -> None:
        try:
            values = tomllib.loads(text)
        except (ValueError, RecursionError) as problem:  # a number may have too many digits, too
            self._say("TOML", f"不能读取：{problem}", "请核对引号、方括号和等号。")
            return
        self._unknown("文件", values, ("issues",))
        for number, entry in enumerate(self._tables("issues", values.get("issues")), 1):
            place = f"第{number}期"
            self._unknown(place, entry, (*OF_ISSUE, "documents"))
            issue = self._issue(place, entry)
            if issue is not None and not self._join(issue):
                issue = None
            for line, document in enumerate(self._tables(f"{place}的 documents", entry.get("documents")), 1):
                self._unknown(f"{place}第{line}件", document, OF_DOCUMENT)
                self._document(f"{place}第{line}件", document, issue)

    def take_csv(self, text: str) -> None:
        try:
            rows = list(csv.reader(io.StringIO(text), strict=True))
        except csv.Error as problem:
            self._say("CSV", f"不能读取：{problem}", "请用电子表格软件另存为 CSV。")
            return
        names = [_column(cell) for cell in rows[0]] if rows else []
        missing = [COLUMNS[name][0] for name in ("year", "number", "date", "title") if name not in names]
        if missing:
            self._say(
                "第1行", f"缺少列：{'、'.join(missing)}", "第一行写列名：年,期号,总期号,出版日期,栏目,标题,文号。"
            )
            return
        if len(rows) > MOST_DOCUMENTS + 1:
            self._say("CSV", f"超过{MOST_DOCUMENTS}行", "请分成几个文件。")
            return
        for line, cells in enumerate(rows[1:], 2):
            if any(cell.strip() for cell in cells[len(names) :]):
                self._say(f"第{line}行", "比第1行多出几格", "含逗号的文字请加引号。")
            elif any(cell.strip() for cell in cells):
                self._row(f"第{line}行", dict(zip(names, (cell.strip() for cell in cells), strict=False)))

    def _row(self, place: str, row: dict[str, Any]) -> None:
        issue = self._issue(place, row)
        if issue is None:
            self._document(place, row, None)
            return
        known = self.issues.setdefault((issue.year, issue.number), issue)
        if _said_of(known) != _said_of(issue):
            self._say(place, f"{issue.id} 的总期号、日期或 PDF 与{known.place}不同", "同一期的各行须写得一样。")
        self._document(place, row, known)

    def _issue(self, place: str, values: Mapping[str, Any]) -> EarlierIssue | None:
        year = self._number(place, values, "year", FIRST_YEAR, 2999)
        number = self._number(place, values, "number", 1, MOST_NUMBER)
        total = self._number_or_none(place, values, "total", 1, MOST_TOTAL)
        offset = self._number_or_none(place, values, "offset", 0, 999)
        day = self._day(place, values.get("date"))
        if year is None or number is None or day is None:
            return None
        return EarlierIssue(place, year, number, total, day, self._words(place, values, "pdf"), offset=offset)

    def _join(self, issue: EarlierIssue) -> bool:
        if (issue.year, issue.number) in self.issues:
            self._say(issue.place, f"{issue.id} 已经写过", "同一期只写一次。")
            return False
        self.issues[issue.year, issue.number] = issue
        return True

    def _document(self, place: str, values: Mapping[str, Any], issue: EarlierIssue | None) -> None:
        words = {name: self._words(place, values, name) for name in OF_DOCUMENT if name != "page"}
        page = self._number_or_none(place, values, "page", 1, 99_999)
        if not words["title"]:
            self._say(place, "缺少标题", "请写文件的标题。")
        if issue is not None:
            self._page_follows(place, page, issue)
            issue.documents.append(EarlierDocument(**words, page=page))

    def _page_follows(self, place: str, page: int | None, issue: EarlierIssue) -> None:
        if page is None:
            return
        last = next((one.page for one in reversed(issue.documents) if one.page), 0)
        if page < last:
            mend = "请按刊登的先后排列，并核对页码。"
            self._say(place, f"{issue.id} 的页码 {page} 小于前一件的 {last}", mend)

    def _number_or_none(self, place: str, values: Mapping[str, Any], name: str, least: int, most: int) -> int | None:
        return self._number(place, values, name, least, most) if values.get(name) not in (None, "") else None

    def _number(self, place: str, values: Mapping[str, Any], name: str, least: int, most: int) -> int | None:
        value = values.get(name)
        text = _plain(value)
        if not (text.isascii() and text.isdigit() and len(text) < 7 and least <= int(text) <= most):
            self._say(place, f"{COLUMNS[name][-1]}“{_short(value)}”不是 {least} 到 {most} 的整数", "请写数字。")
            return None
        return int(text)

    def _day(self, place: str, value: Any) -> date | None:
        day = _date(value)
        if day is None:
            self._say(place, f"日期“{_short(value)}”不能识别", "请写成 2016-05-03。")
        elif day > self.today:
            self._say(place, f"日期 {day} 还没有到", "只补录已经出版的各期，请核对日期。")
        return day

    def _words(self, place: str, values: Mapping[str, Any], name: str) -> str:
        value = values.get(name, "")
        text = "" if value is None else value
        if not isinstance(text, str) or len(text) > 500 or not text.strip().isprintable():
            self._say(place, f"{COLUMNS[name][0]}“{_short(value)}”不是一行500字以内的文字", "请改正。")
            return ""
        return text.strip()

    def _tables(self, place: str, value: Any) -> list[Mapping[str, Any]]:
        entries = value if isinstance(value, list) else [value] if value is not None else []
        tables = [entry for entry in entries if isinstance(entry, Mapping)]
        if len(tables) != len(entries) or (value is not None and not isinstance(value, list)):
            self._say(place, "有内容不是表", "请写成 [[issues]] 和 [[issues.documents]]。")
        return tables

    def _unknown(self, place: str, values: Mapping[str, Any], known: Sequence[str]) -> None:
        for name in sorted(set(values) - set(known)):
            self._say(place, f"不认识“{_short(name)}”", f"可用的有：{'、'.join(known)}。")

    def _say(self, place: str, message: str, mend: str) -> None:
        self.findings.append(_wrong(place, message, mend))


def _said_of(issue: EarlierIssue) -> tuple[object, ...]:
    """What every line of an issue must say alike."""
    return issue.total, issue.issued_on, issue.pdf, issue.offset


def _date(value: Any) -> date | None:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    return _day_of(_plain(value))


@lru_cache(maxsize=1024)
def _day_of(text: str) -> date | None:
    """Every line of an issue says the same."""
    for form in ("%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y.%m.%d"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 # a day has no zone
        except ValueError:
            continue
    return None


def _whole(name: str, issues: Sequence[EarlierIssue]) -> list[Finding]:
    """What shows only when all issues are there: none at all, one without documents, totals that do not grow."""
    if not issues:
        return [_wrong(name, "没有写任何一期", "请先补充内容。")]
    found = [
        _wrong(issue.place, f"{issue.id} 没有文件", "每期至少写一件文件。") for issue in issues if not issue.documents
    ]
    if sum(len(issue.documents) for issue in issues) > MOST_DOCUMENTS:
        found.append(_wrong(name, f"文件超过{MOST_DOCUMENTS}件", "请分成几个文件。"))
    return found + order_problems((i.place, i.id, i.total, i.issued_on) for i in issues)


def order_problems(issues: Iterable[tuple[str, str, int | None, date | None]]) -> list[Finding]:
    """Where totals or dates do not grow along with the numbers; *issues* by year and number, each with its place, id,
    总期号 and date."""
    found, last_total, last_day, before = [], 0, date.min, ""
    for place, issue_id, total, day in issues:
        if total is not None and total <= last_total:
            mend = "总期号逐期递增，请核对。"
            found.append(_wrong(place, f"{issue_id} 的总期号 {total} 不大于前面的 {last_total}", mend))
        if day is not None and day < last_day:
            found.append(_wrong(place, f"{issue_id} 的日期 {day} 早于 {before} 的 {last_day}", "请核对日期。"))
        last_total = max(last_total, total or 0)
        last_day, before = (day, issue_id) if day is not None and day >= last_day else (last_day, before)
    return found


def _text(name: str, data: bytes) -> str:
    """UTF-8, with or without a mark at its beginning, or the GB 18030 that spreadsheets in China write."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise RecordsWrong(name, [_wrong(name, "不是 UTF-8 或 GB 18030 编码的文本", "请另存为 UTF-8 编码的文件。")])


def _column(cell: str) -> str:
    plain = cell.strip()
    return next((name for name, others in COLUMNS.items() if plain in (name, *others)), plain)


def _plain(value: Any) -> str:
    """A value of the file as a text; a number that has too many digits to be written is a mark."""
    try:
        return "" if value is None else str(value).strip()
    except ValueError:
        return "…"


def _short(value: Any) -> str:
    text = _plain(value)
    return text if len(text) <= 40 else f"{text[:40]}…"


def _wrong(place: str, message: str, mend: str) -> Finding:
    return error("gazette-record", place, f"{message}。", mend)
