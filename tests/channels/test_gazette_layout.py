"""The look of a whole issue, on nine documents with all that is hard to set: grid, levels, tables, notes, attachments, both
PDFs, and the small bulletin's skin."""

import hashlib
import html
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader

from channels.base import Refused
from channels.issue import BuiltIssue, TooLong, build_issue
from channels.print_body import print_body
from content.body import paragraphs
from content.gazette.issues import Issues
from tests.channels import nine_documents as nine
from tests.channels import partner_bench as made
from tests.channels.pdf_proofs import bare, documents, faults, names, unsound
from tests.ledgers import new_ledger

ROOT = Path(__file__).parent.parent.parent
MM = 72 / 25.4
LEFT, RIGHT = 28 * MM, 28 * MM + 28 * 15.75
DATES = "2026年11月(?:5|9|10|12|13|16|18)日"
ON = date(2026, 11, 30)
CLOSING_MARKS = "，。、；：？！）》〉”’〕】"


def built(folder: Path, which: str = "nine", **options: Any) -> BuiltIssue:
    ledger = new_ledger(folder / "ledger.sqlite", lambda: made.NOW)
    try:
        issues = Issues(ledger.engine, ledger.clock)
        gazette = getattr(nine, f"{which}_joined")(folder, ledger.clock, issues, **options)
        return build_issue(gazette.bench, gazette.outlet, issues, "2026-11", ON, for_printer=True)
    finally:
        ledger.engine.dispose()


@pytest.fixture(scope="module")
def issue(tmp_path_factory: pytest.TempPathFactory) -> BuiltIssue:
    return built(tmp_path_factory.mktemp("nine"))


@pytest.fixture(scope="module")
def reading(issue: BuiltIssue) -> PdfReader:
    return PdfReader(BytesIO(issue.pdf))


@pytest.fixture(scope="module")
def pages(issue: BuiltIssue, tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """The lines of each page as they stand on it."""
    return lines_of(issue.pdf, tmp_path_factory.mktemp("text"))


def lines_of(pdf: bytes, folder: Path) -> list[list[str]]:
    path = folder / "issue.pdf"
    path.write_bytes(pdf)
    told = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True)
    return [[line.strip() for line in page.split("\n") if line.strip()] for page in told.stdout.split("\f")[:-1]]


def test_both_pdfs_are_sound_and_hold_the_sources_text_and_headings_without_a_warning(
    issue: BuiltIssue, tmp_path: Path
) -> None:
    """The same is proved of 98 regulations by ``tests/bench/bench_gazette.py``."""
    sources = nine.nine(made.workbench(tmp_path).assets)
    assert len(documents(issue)) == len(sources) == 9
    assert faults(issue, sources, tmp_path) == {"warnings": [], "qpdf": [], "text": [], "bookmarks": []}


def test_a_missing_word_and_a_missing_heading_are_faults(issue: BuiltIssue, tmp_path: Path) -> None:
    sources = nine.nine(made.workbench(tmp_path).assets)
    longer = [replace(one, body=one.body + "<h2>多出的标题</h2>") for one in sources]
    found = faults(replace(issue, printer=issue.printer[:-400]), longer, tmp_path)
    assert len(found["text"]) == 9
    assert found["bookmarks"] == ["多出的标题"] * 9
    assert len(found["qpdf"]) == 1


def test_bookmarks_of_documents_stand_under_their_sections(reading: PdfReader) -> None:
    sections = ["市政府令", "市政府文件", "部门文件", "大事记"]
    assert [name for name in names(reading.outline) if name in sections] == sections


def words_of(pdf: bytes, folder: Path) -> list[tuple[float, float, str]]:
    """From where to where each word reaches, in points from the left, and its text."""
    path = folder / "words.pdf"
    path.write_bytes(pdf)
    told = subprocess.run(["pdftotext", "-bbox", path, "-"], capture_output=True, text=True, check=True).stdout
    found = re.findall(r'xMin="([\d.]+)" yMin="[\d.]+" xMax="([\d.]+)" yMax="[\d.]+">(.*?)</word>', told)
    return [(float(left), float(right), html.unescape(text)) for left, right, text in found]


def test_no_line_begins_with_a_closing_mark_and_none_ends_with_an_opening_one(
    issue: BuiltIssue, tmp_path: Path
) -> None:
    words = words_of(issue.pdf, tmp_path)
    first = [text for left, _, text in words if left < LEFT + 4]
    last = [text for _, right, text in words if right > RIGHT - 4]
    assert len(first) > 100
    assert len(last) > 100
    assert [text for text in first if text[0] in CLOSING_MARKS] == []
    assert [text for text in last if text[-1] in "（《〈“‘〔【"] == []


def test_no_text_stands_outside_the_type_area(issue: BuiltIssue, tmp_path: Path) -> None:
    """28 characters of 15.75 pt from 28 mm; heads, folios and codes keep to its sides."""
    words = words_of(issue.pdf, tmp_path)
    assert len(words) > 1000
    # What hangs is the white half of a closing mark: its box reaches over the edge, its ink does not.
    assert [word for word in words if word[0] < LEFT - 8.5 or word[1] > RIGHT + 8.5] == []


def test_the_head_of_a_long_table_stands_on_each_of_its_pages(pages: list[list[str]]) -> None:
    rows = [page for page in pages if sum("文化馆" in line for line in page) > 5]
    assert len(rows) >= 3
    assert all(any(bare(line) == "序号编号项目名称类别申报单位" for line in page) for page in rows)


def test_a_short_table_is_not_torn_apart(tmp_path: Path) -> None:
    table = "<table><tr><td>甲</td></tr><tr><td>乙</td></tr></table>"
    long = "<table>" + "<tr><td>甲</td></tr>" * 30 + "</table>"
    assert 'whole="yes"' in print_body(table, (), {}).xhtml
    assert 'whole="yes"' not in print_body(long, (), {}).xhtml


def test_attachments_begin_on_pages_of_their_own_after_signature_and_remark(pages: list[list[str]]) -> None:
    starts = [number for number, page in enumerate(pages) if re.fullmatch(r"附件\d", page[1])]
    assert [pages[number][1] for number in starts] == ["附件1", "附件2"]
    before = pages[starts[0] - 1]
    places = ["荆州市人民政府", "2026年11月12日", "（此件公开发布）"]
    found = [max(place for place, line in enumerate(before) if line.endswith(text)) for text in places]
    assert found == sorted(found)
    assert sum("2026年11月12日" in line for page in pages for line in page) == 1


def test_a_note_stands_at_the_foot_of_the_page_that_calls_it(pages: list[list[str]]) -> None:
    (page,) = [page for page in pages if any("中小微企业的划型" in line for line in page)]
    called = next(place for place, line in enumerate(page) if "且职工总数在" in line)
    noted = next(place for place, line in enumerate(page) if "中小微企业的划型" in line)
    last = next(place for place, line in enumerate(page) if "汇总后按季度拨付" in line)
    assert called < last < noted
    assert "手机扫码" in "".join(page[noted:])


def test_signature_and_date_end_four_characters_from_the_edge(issue: BuiltIssue, tmp_path: Path) -> None:
    ends = [right for _, right, text in words_of(issue.pdf, tmp_path) if re.fullmatch(DATES, text)]
    assert len(ends) == 7
    assert all(abs(end - (RIGHT - 4 * 15.75)) < 1 for end in ends)


def test_the_first_page_of_each_document_has_the_code_of_its_page(pages: list[list[str]], issue: BuiltIssue) -> None:
    with_code = [page for page in pages if any("手机扫码" in line for line in page)]
    assert len(with_code) == 9
    assert [document.url for document in documents(issue) if not document.url] == []


def test_the_reading_pdf_is_tagged_for_keeping_and_says_its_language(reading: PdfReader) -> None:
    root = reading.trailer["/Root"]
    about = root["/Metadata"].get_object().get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in about
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in about
    assert "<pdfuaid:part>1</pdfuaid:part>" in about
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "zh-CN"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert root["/OutputIntents"][0]["/S"] == "/GTS_PDFA1"
    assert "/Encrypt" not in reading.trailer
    assert reading.metadata is not None
    assert reading.metadata.title == "荆州市人民政府公报2026年第11号"
    assert all("/StructParents" in page for page in reading.pages if page.extract_text().strip())


def test_every_table_has_heads_and_the_imprint_is_none(reading: PdfReader) -> None:
    tables = [one for one in elements_in(reading.trailer["/Root"]["/StructTreeRoot"]) if one.get("/S") == "/Table"]
    assert len(tables) == 3
    assert all("/TH" in {one.get("/S") for one in elements_in(table)} for table in tables)


def test_a_documents_number_stands_on_one_line_of_the_contents(pages: list[list[str]]) -> None:
    numbers = ["荆州市人民政府令第37号", "荆政发〔2026〕18号"]
    assert [number for number in numbers if any(f"（{number}）" in line for line in pages[1])] == numbers
    assert any(line.endswith("代表性项目名录的通知") for line in pages[1])


def test_every_font_of_both_pdfs_is_embedded(issue: BuiltIssue, tmp_path: Path) -> None:
    for pdf in (issue.pdf, issue.printer):
        path = tmp_path / "fonts.pdf"
        path.write_bytes(pdf)
        told = subprocess.run(["pdffonts", path], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
        assert told
        assert all(re.search(r" yes +(yes|no) +(yes|no) +\d+ +\d+$", line) for line in told)


def test_pictures_and_links_have_words_for_readers_who_cannot_see(reading: PdfReader) -> None:
    tags = elements_in(reading.trailer["/Root"]["/StructTreeRoot"])
    alternatives = {str(one["/Alt"]) for one in tags if "/Alt" in one}
    assert {"应急指挥组织体系", "低温雨雪冰冻灾害应急响应流程"} <= alternatives
    targets = {
        str(note.get_object()["/A"].get("/URI"))
        for page in reading.pages
        for note in page.get("/Annots", [])
        if "/A" in note.get_object()
    }
    assert "https://www.jingzhou.gov.cn/yj/zqbg.html" in targets


def elements_in(node: Any) -> Iterator[Any]:
    """Every element of the tree of tags below *node*, and itself."""
    held = node.get_object()
    if isinstance(held, list):
        for child in held:
            yield from elements_in(child)
    elif isinstance(held, dict):
        yield held
        if "/K" in held:
            yield from elements_in(held["/K"])


def test_the_printers_pdf_has_the_same_content_with_bleed_and_marks(issue: BuiltIssue, reading: PdfReader) -> None:
    printer = PdfReader(BytesIO(issue.printer))
    texts = [bare(page.extract_text()) for page in reading.pages]
    assert len(printer.pages) % 4 == 0
    shown = [bare(page.extract_text()) for page in printer.pages]
    assert [text for text in shown if text] == [text for text in texts if text]
    assert shown[-1] == texts[-1]
    for page in printer.pages:
        trim, bleed, media = page.trimbox, page.bleedbox, page.mediabox
        assert (round(float(trim.width) / MM), round(float(trim.height) / MM)) == (210, 297)
        assert round(float(trim.left - bleed.left) / MM, 2) == 3
        assert round(float(bleed.top - trim.top) / MM, 2) == 3
        assert media.left < bleed.left
        assert b"/All CS" in page.get_contents().get_data()  # type: ignore[union-attr]


def test_the_colour_of_the_cover_runs_to_the_edge_of_the_bleed_and_not_beyond(
    issue: BuiltIssue, tmp_path: Path
) -> None:
    path = tmp_path / "print.pdf"
    path.write_bytes(issue.printer)
    subprocess.run(
        ["pdftoppm", "-r", "72", "-f", "1", "-l", "1", "-singlefile", "-png", path, tmp_path / "cover"], check=True
    )
    with Image.open(tmp_path / "cover.png") as opened:
        page = opened.convert("RGB")
        middle = page.width // 2
        column = [page.getpixel((middle, y)) for y in range(60)]
    red = [y for y, (r, g, _) in enumerate(column) if r > 200 and g < 120]  # type: ignore[misc]
    assert abs(red[0] - 9 * MM) <= 1
    assert column[int(9 * MM) - 3] == (255, 255, 255)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 9, 26])
def test_a_booklet_has_every_page_once_and_folds_into_reading_order(count: int) -> None:
    from channels.imposition import BOOKLET, blanks, sides

    sheets = list(sides(count, BOOKLET))
    assert len(sheets) * 2 == count + blanks(count)
    assert sorted(page for side in sheets for page in side.pages if page is not None) == list(range(count))
    folded = (
        [sheets[2 * n].pages[1] for n in range(len(sheets) // 2)],
        [sheets[2 * n + 1].pages[0] for n in range(len(sheets) // 2)],
    )
    front = [page for pair in zip(*folded, strict=True) for page in pair]
    back = [
        page for n in reversed(range(len(sheets) // 2)) for page in (sheets[2 * n + 1].pages[1], sheets[2 * n].pages[0])
    ]
    order = [page for page in [*front, *back] if page is not None]
    assert order == list(range(count))
    assert sheets[0].pages[0] == count - 1


def test_an_outlet_may_have_its_printers_pdf_imposed_as_a_booklet(tmp_path: Path) -> None:
    made_of = built(tmp_path, impose="booklet")
    printer = PdfReader(BytesIO(made_of.printer))
    assert len(printer.pages) == 2 * -(-len(PdfReader(BytesIO(made_of.pdf)).pages) // 4)
    assert round(float(printer.pages[0].trimbox.width) / MM) == 420
    first = bare(printer.pages[0].extract_text())
    assert "内资准字第001号" in first
    assert "2026年第11号" in first
    assert "骑马订" in made_of.report


def test_an_unknown_skin_or_imposition_is_refused_by_name(tmp_path: Path) -> None:
    for number, options in enumerate(({"skin": "tabloid"}, {"impose": "origami"})):
        (tmp_path / str(number)).mkdir()
        with pytest.raises(Refused, match=r"tabloid|origami"):
            built(tmp_path / str(number), **options)


def test_the_report_says_which_fonts_stand_in_and_claims_no_conformity(issue: BuiltIssue) -> None:
    assert "仿宋体缺字体文件，以思源宋体代替" in issue.report
    assert "不称符合GB/T 9704" in issue.report
    assert "缺字：无" in issue.report
    assert f"阅读版{len(PdfReader(BytesIO(issue.pdf)).pages)}页" in issue.report


SAME_BYTES = """
import json, sys
from hashlib import sha256
from pathlib import Path
from tests.channels.test_gazette_layout import built
made = built(Path(sys.argv[1]))
print(json.dumps([sha256(made.pdf).hexdigest(), sha256(made.printer).hexdigest()]))
"""


def test_another_time_zone_locale_and_folder_give_the_same_bytes(issue: BuiltIssue, tmp_path: Path) -> None:
    wanted = [hashlib.sha256(pdf).hexdigest() for pdf in (issue.pdf, issue.printer)]
    elsewhere = {"TZ": "America/St_Johns", "LC_ALL": "C", "LANG": "C", "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", SAME_BYTES, tmp_path],
        env={"PATH": os.environ["PATH"], **elsewhere},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == wanted


def test_a_small_bulletin_is_one_sheet_folded_and_pictures_for_phones(tmp_path: Path) -> None:
    made_of = built(tmp_path, "bulletin")
    reading, printer = PdfReader(BytesIO(made_of.pdf)), PdfReader(BytesIO(made_of.printer))
    assert made_of.warnings == ()
    assert len(reading.pages) <= 4
    assert round(float(reading.pages[0].mediabox.width) / MM) == 148
    assert len(printer.pages) == 2
    assert round(float(printer.pages[0].trimbox.width) / MM) in (296, 297)
    text = "".join(bare(page.extract_text()) for page in reading.pages)
    for revision in nine.bulletin():
        assert all(bare(piece) in text for line in paragraphs(revision.body) for piece in line.split("\t"))
    for pdf in (made_of.pdf, made_of.printer):
        assert unsound(pdf, tmp_path) == []
    (phone,) = made_of.phone
    with Image.open(BytesIO(phone)) as picture:
        assert picture.width == 1080
        assert picture.height > 2000


def test_a_bulletin_that_does_not_fit_on_its_sheet_is_refused_with_words(tmp_path: Path) -> None:
    with pytest.raises(TooLong, match="超过一张A4纸对折为4页"):
        built(tmp_path, skin="bulletin")
