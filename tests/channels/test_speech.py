"""Spoken text: figures in words that read back, and nothing that cannot be read aloud."""

import re
from datetime import date
from time import process_time

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as some

from channels.speech import reading_seconds, spoken
from channels.speech_lines import LINE_CHARACTERS, short_lines
from channels.speech_numbers import PHONE_DIGITS, number_words
from channels.speech_words import with_short_names

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
        ("可在市政府网站（http://www.jingzhou.gov.cn）查询", "可以在市政府网站查询"),
        ("请访问https://www.jingzhou.gov.cn/a?b=1查询", "请访问政府门户网站查询"),
        ("一、总体要求", "第一，总体要求"),
        ("（一）加强领导", "一是加强领导"),
        ("1．明确分工", "其一，明确分工"),
        ("（2）细化台账", "第二点，细化台账"),
        ("《条例》——人民……等", "条例，人民，等"),
        ("各县（市、区）政府", "各县、市、区政府"),
        ("村（社区）干部推送到乡镇（街道）核查", "村、社区干部推送到乡镇、街道核查"),
        ("１２３人", "一百二十三人"),
        ("G318国道", "G三一八国道"),
        ("", ""),
        ("9:00—11:30，22:00—次日6:00", "九点至十一点三十分，二十二点至次日六点"),
        ("11月28日（星期六）22时", "十一月二十八日星期六，二十二时"),
        ("3～5个工作日，3—5日，第3—5条，-5—3℃", "三至五个工作日，三至五日，第三至五条，零下五摄氏度至零上三摄氏度"),
        (
            "-8～-2℃，5—-2℃，3-5℃，降幅2%—-1%",
            "零下八摄氏度至零下二摄氏度，零上五摄氏度至零下二摄氏度，三至五摄氏度，降幅百分之二至负百分之一",
        ),
        ("3*4米，3#5，每周一、三、五9:00", "三乘四米，三，五，每周一、三、五，九点"),
        ("附件：1.申请表 2.承诺书", "附件：其一，申请表，其二，承诺书"),
        ("附件：1．申请表；2．承诺书", "附件：其一，申请表；其二，承诺书"),
        ("申请→受理 → 发证，同比↑5%", "申请，受理，发证，同比上升百分之五"),
        ("No.7，0716-12345", "编号七，零七幺六幺二三四五"),
        (
            "2016-2020规划，2024—2025学年，1990—2000人",
            "二零一六至二零二零规划，二零二四至二零二五学年，一千九百九十至两千人",
        ),
        ("1000年历史，1998年", "一千年历史，一九九八年"),
        ("2年级、2期工程、2厘米、2类、22000人", "二年级、二期工程、两厘米、两类、两万二千人"),
        ("国发〔2016〕21、22号，〔2016〕第 8 号", "国发二零一六年第二十一、二十二号，二零一六年第八号"),
        ("（2016）鄂01民终123号", "二零一六，鄂零一民终一百二十三号"),
        ("GB/T 9704—2012，DB42/T 169", "GBT九七零四，二零一二，DB四二T一六九"),
        ("编号JZ2026-001", "编号JZ二零二六，零零一"),
        ("138 1234 5678、138-1234-5678", "幺三八幺二三四五六七八、幺三八幺二三四五六七八"),
        ("0716-8278407、8278408转801", "零七幺六八二七八四零七、八二七八四零八转八零幺"),
        ("1 000人，1 234 567元", "一千人，一百二十三万四千五百六十七元"),
        ("10000万元，12345.6万元，2万元，￥10000万", "一亿元，一万二千三百四十五点六万元，两万元，一亿元"),
        ("增长100%，2个百分点，8‰", "增长百分之百，两个百分点，千分之八"),
        ("元/人·月，元/m²，5m2，10kV，5万t", "元每人每月，元每平方米，五平方米，十千伏，五万吨"),
        ("第二十条第（一）项，（三）、（四）项", "第二十条第一项，第三、第四项"),
        ("（一）是否合法", "第一，是否合法"),
        ("第一条　为了公开", "第一条，为了公开"),
        ("降职（级）", "降职、级"),
        ("GDP增长5%，国内生产总值（GDP）", "国内生产总值增长百分之五，国内生产总值"),
        ("CO₂和CO2", "二氧化碳和二氧化碳"),
        ("不予公开0件，10件", "不予公开数量为零，十件"),
        ("中国—东盟博览会，荆州—武汉", "中国东盟博览会，荆州至武汉"),
        ("邮箱：a@163.com", "邮箱：请登录政府门户网站查询"),
        ("均须经批准，人均可支配收入，应对风险，应由市政府", "都必须经批准，人均可支配收入，应对风险，应当由市政府"),
        ("可在网上申请，可持续，许可在先，均可按规定", "可以在网上申请，可持续，许可在先，都可按规定"),
        ("《应由谁负责》和“均须经批准”", "应由谁负责和“均须经批准”"),
        ("逾期不改正的，但应当；截至6月", "超过期限不改正的，但是应当；到六月"),
        ("标准见下表", "标准如下"),
        ("见附表（三）和其（二）", "见附表三和其二"),
        ("其（二）办理流程", "其二，办理流程"),
        ("注：1.单位为万元；2.含税", "注：其一，单位为万元；其二，含税"),
        ("≥60%，≤24m", "不低于百分之六十，不超过二十四米"),
        ("邮编：434000 地址：江津西路", "邮编：四三四零零零，地址：江津西路"),
        ("“12345”热线，“3·15”和“5.12”防灾日，“2.5”倍", "“幺二三四五”热线，“三一五”和“五一二”防灾日，“二点五”倍"),
        (
            "编号420100-2026-001，索引号：011337057/2026-00001",
            "编号四二零一零零杠二零二六杠零零一，索引号：零一一三三七零五七杠二零二六杠零零零零一",
        ),
        ("同比+3.2%，环比-1.5%，+5℃，1+5+N", "同比增长百分之三点二，环比下降百分之一点五，正五摄氏度，一加五加N"),
        ("35μg/m3，3㎞", "三十五微克每立方米，三公里"),
        ("影响电力（热力）供应", "影响电力、热力供应"),
    ],
)
def test_what_is_written_is_said_as_an_announcer_says_it(written: str, said: str) -> None:
    assert spoken(written) == said


@given(some.integers(0, 10**15))
def test_every_whole_number_reads_back_to_the_source(number: int) -> None:
    said = re.search(f"共({NUMBER})份", spoken(f"共{number}份"))
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


@given(some.text("各县市区人民政府，。、要高度重视二零年月十", max_size=300))
def test_lines_are_short_and_lose_nothing(text: str) -> None:
    lines = short_lines(text)
    assert all(0 < len(line) <= LINE_CHARACTERS for line in lines)
    assert "".join(lines) == text.strip()


def test_no_line_ends_within_a_number() -> None:
    lines = short_lines("各县市区人民政府和市政府各部门要在二零二六年十二月三十一日前完成")
    assert len(lines) == 2
    assert "二零二六年十二月三十一日" in "".join(lines[1:]) or "二零二六年十二月三十一日" in lines[0]


def test_a_law_is_named_in_full_once_and_then_by_its_short_name() -> None:
    said = with_short_names(
        [
            "根据《中华人民共和国政府信息公开条例》（国务院令第711号，以下简称《条例》）和《中华人民共和国档案法》，",
            "《中华人民共和国政府信息公开条例》第十条、《中华人民共和国档案法》第二条。",
        ]
    )
    assert said == [
        "根据《中华人民共和国政府信息公开条例》（国务院令第711号）和《中华人民共和国档案法》，",
        "《条例》第十条、《档案法》第二条。",
    ]


def test_a_short_name_that_listeners_cannot_guess_is_said() -> None:
    assert with_short_names(["五类公开（以下简称“五公开”），《办法》（以下简称《试点方案》）"]) == [
        "五类公开（简称“五公开”），《办法》（简称“试点方案”）"
    ]


def test_an_address_of_another_site_is_not_taken_for_ours() -> None:
    said = spoken("访问https://zwfw.hubei.gov.cn/a和https://www.jingzhou.gov.cn/b", "荆州网", "www.jingzhou.gov.cn")
    assert said == "访问荆州网公布的网址和荆州网"


def test_a_long_text_is_spoken_in_bounded_time() -> None:
    started = process_time()
    spoken("主动公开161486条，" * 20_000)
    assert process_time() - started < 15
