"""Labels for the copies: the list must give each group exactly what the settings say, and no cell is a formula."""

from io import BytesIO
from pathlib import Path
from random import Random

import pytest
from openpyxl import Workbook, load_workbook

from content.gazette.addresses import Address, AddressesWrong, read
from content.gazette.labels import write
from content.gazette.plan import GazettePlan, Group

PLAN = GazettePlan(groups=(Group("人大代表", 3), Group("公共场所", 5)))
HEAD = "分组,收件人,地址,份数,邮编,电话\n"
GOOD = HEAD + "人大代表,张敏,沙市区江津西路262号,3,434000,0716-1\n公共场所,市图书馆,沙市区北京路1号,5,,\n"


def written(folder: Path, text: str | bytes, name: str = "名单.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def problems(path: Path) -> str:
    with pytest.raises(AddressesWrong) as wrong:
        read(path, PLAN)
    return "\n".join(f"{finding.place}：{finding.message}" for finding in wrong.value.findings)


def test_a_list_of_a_spreadsheet_is_read_as_csv_or_xlsx(tmp_path: Path) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(["分组", "单位", "地址", "份数", "邮编", "电话"])
    book.active.append(["人大代表", "张敏", "沙市区江津西路262号", 3.0, 434000, "0716-1"])
    book.active.append([None] * 6)
    book.active.append(["公共场所", "市图书馆", "沙市区北京路1号", 5, None, None])
    stream = BytesIO()
    book.save(stream)
    wanted = [
        Address("人大代表", "张敏", "沙市区江津西路262号", 3, "434000", "0716-1"),
        Address("公共场所", "市图书馆", "沙市区北京路1号", 5),
    ]
    assert read(written(tmp_path, stream.getvalue(), "名单.xlsx"), PLAN) == wanted
    assert read(written(tmp_path, GOOD), PLAN) == wanted
    assert read(written(tmp_path, GOOD.encode("gb18030")), PLAN) == wanted


def test_every_line_that_lacks_something_is_told(tmp_path: Path) -> None:
    said = problems(written(tmp_path, HEAD + "人大代表,,某路,3,,\n公共场所,某馆,某路,五,,\n公共场所,某馆,某路,0,,\n"))
    assert said.splitlines() == [
        "第2行：缺少收件人。",
        "第3行：份数“五”不是大于0的整数。",
        "第4行：份数“0”不是大于0的整数。",
    ]


def test_a_group_gets_exactly_the_copies_of_the_settings(tmp_path: Path) -> None:
    said = problems(written(tmp_path, HEAD + "人大代表,张敏,某路,2,,\n学校,一中,某路,1,,\n"))
    assert said.splitlines() == [
        "人大代表：名单共2份，设置为3份。",
        "公共场所：名单共0份，设置为5份。",
        "学校：设置中没有这个分组。",
    ]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.csv", "", "缺少列"),
        ("a.csv", HEAD, "没有地址"),
        ("a.csv", "分组,地址\n", "缺少列：收件人、份数"),
        ("a.csv", b"\xff\x81", "不能读取"),
        ("a.xlsx", b"no archive", "不能读取"),
        ("a.xlsx", b"PK\x05\x06" + b"\0" * 18, "不能读取"),
    ],
)
def test_what_is_no_list_is_told(tmp_path: Path, name: str, data: str | bytes, said: str) -> None:
    assert said in problems(written(tmp_path, data, name))


def test_no_damage_to_a_workbook_breaks_the_reading(tmp_path: Path) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(["分组", "单位", "地址", "份数"])
    stream = BytesIO()
    book.save(stream)
    whole, chance = stream.getvalue(), Random(5)
    for _ in range(150):
        damaged = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        with pytest.raises(AddressesWrong):
            read(written(tmp_path, bytes(damaged), "a.xlsx"), PLAN)


def test_the_workbook_has_labels_list_and_sums_and_no_formula(tmp_path: Path) -> None:
    addresses = [
        Address("人大代表", "=1+1", "沙市区", 3, "434000", "0716-1"),
        Address("公共场所", "图书馆", "北京路", 5),
    ]
    target = tmp_path / "标签.xlsx"
    write(addresses, "荆州市人民政府公报2026年第11号", target, rehearsal=True)
    book = load_workbook(target)
    assert book.sheetnames == ["标签", "清单", "份数"]
    labels, listed, sums = book.worksheets
    assert labels["A1"].value == "434000\n沙市区\n=1+1　收　0716-1\n【演练】荆州市人民政府公报2026年第11号　3份"
    assert labels["B1"].value.startswith("北京路\n图书馆　收\n")
    assert (listed["B3"].value, listed["B3"].data_type) == ("=1+1", "s")
    assert [[cell.value for cell in row] for row in sums.iter_rows(min_row=2)] == [
        ["分组", "份数"],
        ["人大代表", 3],
        ["公共场所", 5],
        ["合计", 8],
    ]


def test_twenty_four_labels_stand_on_a_sheet(tmp_path: Path) -> None:
    target = tmp_path / "标签.xlsx"
    write([Address("公共场所", f"第{n}处", "某路", 1) for n in range(60)], "公报", target, rehearsal=False)
    sheet = load_workbook(target).worksheets[0]
    assert [one.id for one in sheet.row_breaks.brk] == [8, 16]
    assert sheet.max_row == 20
