"""The figures as files: what Excel shows, what it must never run, and the same bytes every time."""

import csv
import io
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import load_workbook

from content.counts import By, Counts, Line
from content.counts_files import harmless, write_csv, write_xlsx
from content.vocabulary import ROW_LABELS, Row

COUNTS = Counts(2016, 161486, {"gazette": 0, "website": 112283, "weibo": 8818, "wechat": 4380, "other": 38380})
REHEARSED = Counts(2016, 161486, COUNTS.rows, rehearsal=True)


def line(key: str, label: str, website: int, items: int | None = None) -> Line:
    rows = {row.value: 0 for row in Row} | {"website": website}
    return Line(key, label, rows, website if items is None else items)


LINES = [line("市政府", "荆州市人民政府", 12), line("市水利局", "荆州市水利局", 3)]
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u3000=1", "\ufeff=1", "＝1+1", "＠SUM(A1)"]


def csv_of(lines: list[Line], *, rehearsal: bool = False) -> list[list[str]]:
    stream = io.BytesIO()
    write_csv(lines, stream, rehearsal)
    return list(csv.reader(io.StringIO(stream.getvalue().decode("utf-8-sig"), newline="")))


def test_a_csv_begins_with_the_mark_that_makes_excel_show_chinese(tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    write_csv(LINES, path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf") and b"\r\n" in path.read_bytes()


def test_a_csv_has_a_column_for_every_row_and_the_total() -> None:
    heading, first, second = csv_of(LINES)
    assert heading == ["代码", "名称", *ROW_LABELS.values(), "合计（同一信息计1条）"]
    assert first == ["市政府", "荆州市人民政府", "0", "12", "0", "0", "0", "12"]
    assert second[1] == "荆州市水利局"


def test_every_line_of_a_rehearsal_s_csv_says_so() -> None:
    heading, *lines = csv_of(LINES, rehearsal=True)
    assert heading[-1] == "说明" and all(cells[-1].startswith("演练") for cells in lines)


@pytest.mark.parametrize("label", FORMULAS)
def test_no_label_can_become_a_formula_in_a_csv(label: str) -> None:
    cells = csv_of([line(label, label, 1)])[1]
    assert cells[0].startswith("'") and cells[1].startswith("'")


@given(st.text())
@example("\x08=1+1")
@example("\x08 \x08+1")
def test_any_label_survives_a_csv_and_stays_harmless(label: str) -> None:
    cell = csv_of([line("k", label, 1)])[1][1]
    assert not cell.lstrip(" \u00a0\u3000\ufeff").startswith(("=", "+", "-", "@", "\t", "\r"))
    assert cell == harmless(label)


@pytest.mark.parametrize("label", ["荆州市人民政府", "office-2", "a=b", "2026-05"])
def test_a_harmless_label_stays_as_it_is(label: str) -> None:
    assert harmless(label) == label


@pytest.fixture
def workbook(tmp_path: Path) -> Any:
    def make(counts: Counts = COUNTS, lines: list[Line] = LINES, by: str = "organ") -> Any:
        path = tmp_path / "counts.xlsx"
        write_xlsx(counts, {by: lines}, path)
        return load_workbook(path)

    return make


def texts(sheet: Any) -> list[str]:
    return [str(cell.value) for cells in sheet.iter_rows() for cell in cells if isinstance(cell.value, str)]


def row_of(sheet: Any, label: str) -> list[Any]:
    return next([cell.value for cell in cells] for cells in sheet.iter_rows() if cells[0].value == label)


def test_the_first_sheet_holds_the_year_and_the_remarks(workbook: Any) -> None:
    sheet = workbook()["年度总数"]
    assert row_of(sheet, "政府网站") == ["政府网站", 112283]
    assert row_of(sheet, "各渠道之和")[1] == 163861 and row_of(sheet, "其中：重复公开")[1] == 2375
    assert row_of(sheet, "主动公开政府信息数（不同渠道和方式公开相同信息计1条）")[1] == 161486
    assert any("多2375条" in text for text in texts(sheet))


def test_every_breakdown_has_its_sheet_with_frozen_headings_and_numbers_as_numbers(workbook: Any) -> None:
    sheet = workbook()["按发布机构"]
    assert sheet.freeze_panes == "B4"
    cell = next(cells[2] for cells in sheet.iter_rows() if cells[0].value == "荆州市人民政府")
    assert (cell.value, cell.data_type, cell.number_format) == (12, "n", "#,##0")


def test_all_breakdowns_fit_into_one_workbook(tmp_path: Path) -> None:
    path = tmp_path / "all.xlsx"
    write_xlsx(COUNTS, dict.fromkeys(By, LINES), path)
    names = load_workbook(path).sheetnames
    assert names == ["年度总数", "按统计口径", "按渠道", "按月份", "按发布机构", "按稿件类型", "按来源层级", "按发布点"]


def test_lines_that_add_up_have_a_total_and_others_a_warning(workbook: Any) -> None:
    assert row_of(workbook()["按发布机构"], "合计")[-1] == 15
    outlets = workbook(by="outlet")["按发布点"]
    assert "合计" not in texts(outlets) and any("之和可以大于" in text for text in texts(outlets))


def test_an_empty_year_makes_a_readable_workbook(workbook: Any) -> None:
    empty = Counts(2031, 0, {row.value: 0 for row in Row})
    assert row_of(workbook(empty, [])["按发布机构"], "合计")[1:] == [0, 0, 0, 0, 0, 0]


@pytest.mark.parametrize("label", [*FORMULAS, "=cmd|' /C calc'!A0", "\x00\x0b坏\ud800", "长" * 40_000])
def test_no_label_can_become_a_formula_or_break_a_workbook(workbook: Any, label: str) -> None:
    sheet = workbook(lines=[line(label, label, 7)])["按发布机构"]
    cells = next(cells for cells in sheet.iter_rows() if cells[2].value == 7)
    assert cells[0].data_type == "s"


def test_a_rehearsal_is_stamped_on_every_sheet(workbook: Any) -> None:
    stamped = workbook(REHEARSED)
    assert all(any(text.startswith("【演练】") for text in texts(sheet)) for sheet in stamped)
    assert not any("演练" in text for sheet in workbook() for text in texts(sheet))


def test_the_labels_fit_their_column(workbook: Any) -> None:
    sheet = workbook(lines=[line("x", "荆州市人力资源和社会保障局", 1)])["按发布机构"]
    assert sheet.column_dimensions["A"].width >= 2 * len("荆州市人力资源和社会保障局")


def test_the_same_figures_give_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = tmp_path / "1.xlsx", tmp_path / "2.xlsx"
    write_xlsx(COUNTS, {"organ": LINES}, first)
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    write_xlsx(COUNTS, {"organ": LINES}, second)
    monkeypatch.undo()
    time.tzset()
    assert first.read_bytes() == second.read_bytes()


def test_a_workbook_holds_no_moment_of_its_making(tmp_path: Path) -> None:
    path = tmp_path / "counts.xlsx"
    write_xlsx(COUNTS, {"organ": LINES}, path)
    with zipfile.ZipFile(path) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
        assert b"dcterms:" not in archive.read("docProps/core.xml")
