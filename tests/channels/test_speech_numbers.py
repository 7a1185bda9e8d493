"""Every number in a script reads back to the source's number (domain.md 7): the proof, by a reader of our own."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as some
from hypothesis.strategies import SearchStrategy

from channels.radio import Radio
from channels.speech import spoken
from content.assets import Assets
from content.intake import read
from tests.channels import partner_bench as made
from tests.channels.spoken_numbers import read_back, spoken_numbers, value, written_numbers

SAMPLES = Path(__file__).parents[2] / "content" / "samples"
Piece = tuple[str, tuple[str, ...]]
MEASURES = ("个", "件", "人", "名", "户", "条", "万元", "亿元", "公里", "次", "年级", "期工程", "亩", "项")


def _piece(write: Callable[..., Piece], *parts: SearchStrategy[object]) -> SearchStrategy[Piece]:
    return some.builds(write, *parts)


def _scaled(number: str, measure: str) -> str:
    factor = {"万": 4, "亿": 8}.get(measure[0], 0)
    whole, _, fraction = number.partition(".")
    moved = whole + fraction[:factor].ljust(factor, "0")
    rest = fraction[factor:].rstrip("0")
    return (moved.lstrip("0") or "0") + (f".{rest}" if rest else "")


whole = some.integers(0, 10**7).map(str)
decimal = some.builds(
    lambda front, rest: f"{front}.{rest}", some.integers(0, 9999), some.from_regex(r"[0-9]{0,3}[1-9]", fullmatch=True)
)
number = whole | decimal
year = some.integers(1949, 2099).map(str)
small = some.integers(1, 59)
dash = some.sampled_from(["-", "—", "～", "~", "–"])

PIECES: dict[str, SearchStrategy[Piece]] = {
    "cardinal": _piece(
        lambda figure, measure: (f"共{figure}{measure}", ("number", _scaled(figure, measure))),
        number,
        some.sampled_from(MEASURES),
    ),
    "grouped": _piece(lambda figure: (f"共{figure:,}元", ("number", str(figure))), some.integers(1000, 10**12)),
    "percent": _piece(
        lambda figure: (f"占{figure}%", ("percent", _scaled(figure, "个") if figure != "100" else "100")), number
    ),
    "percents": _piece(
        lambda low, sign, high: (f"占{low}%{sign}{high}%", ("percents", str(low), str(high))), small, dash, small
    ),
    "date": _piece(
        lambda day: (f"{day.year}年{day.month}月{day.day}日", ("date", str(day.year), str(day.month), str(day.day))),
        some.dates(date(1949, 1, 1), date(2099, 12, 31)),
    ),
    "dotted date": _piece(
        lambda day, sign: (
            f"于{day.year}{sign}{day.month:02d}{sign}{day.day:02d}",
            ("date", str(day.year), str(day.month), str(day.day)),
        ),
        some.dates(date(1949, 1, 1), date(2099, 12, 31)),
        some.sampled_from(["-", "/", "."]),
    ),
    "year": _piece(lambda figure: (f"到{figure}年底", ("year", figure)), year),
    "years": _piece(
        lambda first, sign, more: (f"{first}{sign}{first + more}年", ("years", str(first), str(first + more))),
        some.integers(1949, 2050),
        dash,
        small,
    ),
    "document": _piece(
        lambda made_in, serial: (f"荆政办发〔{made_in}〕{serial}号", ("document", made_in, str(serial))),
        year,
        some.integers(1, 9999),
    ),
    "phone": _piece(
        lambda area, line: (f"电话{area}-{line}", ("phone", area + line)),
        some.from_regex(r"0[1-9][0-9]{1,2}", fullmatch=True),
        some.from_regex(r"[2-8][0-9]{6,7}", fullmatch=True),
    ),
    "mobile": _piece(lambda line: (f"手机{line}", ("phone", line)), some.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)),
    "span": _piece(
        lambda low, sign, high, what: (f"{low}{sign}{high}{what}", ("span", str(low), str(high))),
        small,
        dash,
        small,
        some.sampled_from(["日", "个工作日", "万元", "人", "岁"]),
    ).map(lambda piece: piece if "万" not in piece[0] else (piece[0], (*piece[1][:2], f"{piece[1][2]}0000"))),
    "fraction": _piece(
        lambda above, more: (f"占{above}/{above + more}", ("fraction", str(above), str(above + more))),
        some.integers(1, 99),
        some.integers(1, 99),
    ),
    "time": _piece(
        lambda hour, minute: (f"于{hour}:{minute:02d}", ("time", str(hour), *([str(minute)] if minute else []))),
        some.integers(0, 23),
        some.integers(0, 59),
    ),
    "ordinal": _piece(lambda figure: (f"第{figure}名", ("ordinal", str(figure))), some.integers(1, 9999)),
    "money": _piece(lambda figure: (f"￥{figure}", ("number", _scaled(figure, "个"))), number),
    "frosts": _piece(
        lambda low, sign, high: (f"气温-{low}{sign}-{high}℃", ("belows", str(low), str(high))), small, dash, small
    ),
    "frost to warm": _piece(
        lambda low, sign, high: (f"气温-{low}{sign}{high}℃", ("from below", str(low), str(high))), small, dash, small
    ),
    "frost": _piece(lambda figure: (f"最低-{figure}℃", ("below", str(figure))), small),
}


@pytest.mark.parametrize("kind", PIECES)
def test_every_kind_of_number_reads_back_to_the_source(kind: str) -> None:
    @given(PIECES[kind])
    def reads_back(piece: Piece) -> None:
        written, meant = piece
        assert list(read_back(spoken(f"其中{written}，"))) == [meant]

    reads_back()


@given(some.lists(some.one_of(*PIECES.values()), min_size=1, max_size=6))
def test_numbers_in_one_sentence_do_not_disturb_each_other(pieces: list[Piece]) -> None:
    said = spoken("，".join(written for written, _ in pieces) + "。")
    assert list(read_back(said)) == [meant for _, meant in pieces]


@given(
    some.integers(1, 9999), some.sampled_from('，、；：。！/|*·•#^_`★×+=<>()（）《》“”"&@?…'), some.integers(1, 9999)
)
def test_no_sign_between_two_numbers_makes_one_of_them(first: int, sign: str, second: int) -> None:
    said = spoken(f"甲{first}{sign}{second}乙")
    assert spoken_numbers(said) == Counter([str(first)]) + Counter([str(second)])


@given(some.integers(0, 10**15))
def test_our_reader_and_cn2an_agree(number: int) -> None:
    found = re.search("共(.+)份", spoken(f"共{number}份"))
    assert found is not None
    assert value(found[1]) == cn2an.cn2an(found[1], "normal") == number


@pytest.mark.parametrize("words", ["十十", "一二百", "百千"])
def test_our_reader_refuses_what_is_no_number(words: str) -> None:
    with pytest.raises(ValueError, match="no number"):
        value(words)


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.glob("*.md")))
def test_no_number_of_a_sample_is_lost_or_changed_in_its_script(name: str, tmp_path: Path) -> None:
    revision = read(SAMPLES / name, Assets(tmp_path / "assets"), {}).revision
    radio = Radio(made.outlet("radio"), made.workbench(tmp_path))
    lines = re.sub(r"<h\d>|</?[a-z][^>]*>", "\n", revision.body)
    text = radio.render(made.ITEM, revision).text("script.txt")
    said = "".join(text.split("\n\n", 2)[2].split("\n"))
    written, heard = written_numbers(lines), spoken_numbers(said)
    assert sum(written.values()) > 5
    assert written - heard == type(written)()
