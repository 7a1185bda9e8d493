"""Spoken text: figures in words that read back, and nothing that cannot be read aloud."""

import re
from datetime import date
from time import process_time

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as some

from channels.speech import reading_seconds, short_lines, spoken
from channels.speech_figures import PHONE_DIGITS, number_words

NUMBER = "[零一二两三四五六七八九十百千万亿点]+"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (
            "主动公开161486条，增长96.23%，占4％。",
            "主动公开十六万一千四百八十六条，增长百分之九十六点二三，占百分之四。",
        ),
        ("荆政办发〔2016〕21号文件", "荆政办发二零一六年第二十一号文件"),
        ("国办秘函[2016]48号", "国办秘函二零一六年第四十八号"),
        ("联系电话：0716-8278407，邮编：434000。", "联系电话：零七幺六八二七八四零七，邮编：四三四零零零。"),
        ("拨打12345热线，接听3000件。", "拨打幺二三四五热线，接听三千件。"),
        ("2016年12月31日前", "二零一六年十二月三十一日前"),
        ("2016-05-03", "二零一六年五月三日"),
        ("二〇一六年", "二零一六年"),
        ("2个部门、2万元、第2条、2月、20000人、200公里", "两个部门、两万元、第二条、二月、两万人、二百公里"),
        (
            "2016—2020年，5—10万人，3%-5%，5-10%",
            "二零一六至二零二零年，五至十万人，百分之三至百分之五，百分之五至百分之十",
        ),
        ("9:30开始，14:05结束，比例为1:10", "九点三十分开始，十四点零五分结束，比例为一比十"),
        ("最低-5℃，12.5km²，35μg/m³", "最低零下五摄氏度，十二点五平方公里，三十五微克每立方米"),
        ("1,234,567.5元，￥5.2万，1/3", "一百二十三万四千五百六十七点五元，五点二万元，三分之一"),
        ("可在市政府网站（http://www.jingzhou.gov.cn）查询", "可在市政府网站查询"),
        ("请访问https://www.jingzhou.gov.cn/a?b=1查询", "请访问政府门户网站查询"),
        ("一、总体要求", "第一，总体要求"),
        ("（一）加强领导", "一是加强领导"),
        ("1．明确分工", "其一，明确分工"),
        ("（2）细化台账", "第二点，细化台账"),
        ("《条例》（以下简称《条例》）——人民", "条例，以下简称条例，人民"),
        ("各县（市、区）政府", "各县、市、区政府"),
        ("村（社区）干部推送到乡镇（街道）核查", "村、社区干部推送到乡镇、街道核查"),
        ("１２３人", "一百二十三人"),
        ("G318国道", "G三一八国道"),
        ("", ""),
    ],
)
def test_what_is_written_is_said_as_an_announcer_says_it(written: str, said: str) -> None:
    assert spoken(written) == said


@given(some.integers(0, 10**15))
def test_every_whole_number_reads_back_to_the_source(number: int) -> None:
    said = re.search(f"共({NUMBER})件", spoken(f"共{number}件"))
    assert said is not None
    assert cn2an.cn2an(said[1], "normal") == number


@given(some.integers(0, 10**8), some.text("0123456789", min_size=1, max_size=4))
def test_every_decimal_reads_back_to_the_source(whole: int, fraction: str) -> None:
    said = re.search(f"百分之({NUMBER})$", spoken(f"占{whole}.{fraction}%"))
    assert said is not None
    words, digits = said[1].split("点")
    assert cn2an.cn2an(words, "normal") == whole
    assert "".join(str("零一二三四五六七八九".index(word)) for word in digits) == fraction


@given(some.dates(date(1900, 1, 1), date(2999, 12, 31)))
def test_every_date_reads_back_to_the_source(day: date) -> None:
    said = re.fullmatch("(.{4})年(.+)月(.+)日", spoken(f"{day.year}年{day.month}月{day.day}日"))
    assert said is not None
    assert [int(cn2an.cn2an(part, "normal")) for part in said.groups()] == [day.year, day.month, day.day]


@given(some.from_regex(r"0[0-9]{3}-[2-8][0-9]{6}", fullmatch=True))
def test_every_telephone_number_reads_back_digit_by_digit(number: str) -> None:
    said = spoken(f"电话：{number}").removeprefix("电话：")
    assert "".join(str(PHONE_DIGITS.index(word)) for word in said) == re.sub(r"\D", "", number)


@given(some.text(max_size=200))
def test_no_text_leaves_a_figure_a_bracket_or_a_dash_unread(text: str) -> None:
    assert not re.search(r"[0-9０-９（）()《》—…]", spoken(text))


def test_numbers_beyond_sixteen_digits_are_read_digit_by_digit() -> None:
    assert number_words("12345678901234567") == "一二三四五六七八九零一二三四五六七"


def test_reading_time_counts_what_is_read_not_the_punctuation() -> None:
    assert reading_seconds("一" * 240) == 60
    assert reading_seconds("一，" * 240) == 60
    assert reading_seconds("一" * 260, pace=260) == 60
    assert reading_seconds("") == 0


@given(some.text("各县市区人民政府，。、要高度重视", max_size=300))
def test_lines_are_short_and_lose_nothing(text: str) -> None:
    lines = short_lines(text)
    assert all(0 < len(line) <= 36 for line in lines)
    assert "".join(lines) == text.strip()


def test_a_long_text_is_spoken_in_bounded_time() -> None:
    started = process_time()
    spoken("主动公开161486条，" * 20_000)
    assert process_time() - started < 15
