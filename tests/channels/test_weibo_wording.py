"""How Weibo counts, compares and addresses: the contract's vectors and their laws."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.weibo.address import code_of, mid_of, moment_of, page_url
from channels.weibo.wording import bare, composed, foreign_addresses, length, own_words, topics
from content.item import Fields, Revision
from content.vocabulary import Action, Kind

URL = "https://www.jingzhou.gov.cn/zcwj/202611/t20261123_1001.html"
CODES = {
    "4397951453070808": "HF6adcSRa",
    "201110410216293360": "wr4mOFqpbO",
    "3374860781248756": "xvptc5eRe",
    "3676608718380816": "Aw8Wrzaes",
    "3504803600502730": "z20XK26My",
    "3500000000000001": "z00000001",
    "5012345000000012": "O5b9i000c",
}


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("中" * 140, 140),
        ("a" * 280, 140),
        ("a" * 281, 141),
        ("中" * 130 + "http://www.example.com/a", 140),
        ("中" * 131 + "https://www.example.com/a", 141),
        ("  中\r\n", 1),
        ("", 0),
        ("😀", 2),
        ("http://t.cn/A6abcdef", 10),
        ("https://weibo.com/1/2", 11),
        ("https://a.cn/" + "b" * 200, 47),
        ("https://[", 5),
    ],
)
def test_length_is_counted_as_the_platform_counts(text: str, counted: int) -> None:
    assert length(text) == counted


@given(st.integers(0, 300), st.integers(0, 300))
def test_two_narrow_characters_count_as_much_as_a_wide_one(wide: int, narrow: int) -> None:
    assert length("中" * wide + "a" * narrow) == wide + -(-narrow // 2)


@given(st.integers(0, 200), st.integers(1, 400))
def test_an_address_counts_ten_up_to_a_hundred_and_forty_bytes(wide: int, path: int) -> None:
    address = f"https://a.cn/{'b' * path}"
    assert length("中" * wide + address) == wide + -(-max(20, len(address) - 120) // 2)


@given(st.text(alphabet="中a #\n😀", max_size=200))
def test_what_stands_around_a_text_and_how_its_lines_end_does_not_count(words: str) -> None:
    assert length(f" \r\n{words.replace(chr(10), chr(13) + chr(10))}\n ") == length(words) == length(words.strip())


@pytest.mark.parametrize(("mid", "code"), CODES.items())
def test_a_mid_has_the_short_code_of_the_platform(mid: str, code: str) -> None:
    assert code_of(mid) == code
    assert mid_of(code) == mid


@given(st.integers(min_value=1, max_value=10**18))
def test_a_short_code_leads_back_to_its_mid(mid: int) -> None:
    assert mid_of(code_of(str(mid))) == str(mid)


@pytest.mark.parametrize("wrong", ["", "12a", "１２", "-1"])
def test_what_is_no_mid_has_no_address(wrong: str) -> None:
    with pytest.raises(ValueError, match="not a mid"):
        page_url("1", wrong)


def test_a_moment_is_read_whatever_the_locale() -> None:
    assert moment_of("Tue May 31 17:46:55 +0800 2011") == datetime(
        2011, 5, 31, 17, 46, 55, tzinfo=timezone(timedelta(hours=8))
    )
    assert moment_of("Tue May 31 17:46:55 +0000 2011") == datetime(2011, 5, 31, 17, 46, 55, tzinfo=UTC)


@pytest.mark.parametrize("wrong", ["", None, 7, "Tue Mai 31 17:46:55 +0800 2011", "Tue May 32 17:46:55 +0800 2011"])
def test_what_is_no_moment_is_none(wrong: object) -> None:
    assert moment_of(wrong) is None


@given(st.text(max_size=60))
def test_the_platforms_rewriting_does_not_change_the_bare_text(words: str) -> None:
    shown = composed(words, URL).replace(URL, "http://t.cn/A6abcdef").strip() + " \u200b"
    assert bare(shown) == bare(composed(words, URL))


@given(st.text(max_size=200), st.text(max_size=200))
def test_adding_words_never_shortens_a_text(left: str, right: str) -> None:
    assert length(f"字{left} {right}字") >= length(f"字{left}") - 1


def test_html_entities_and_line_ends_are_no_difference() -> None:
    assert bare("A&amp;B\r\n《通知》") == bare("A&B 《通知》")


def test_topics_are_found_but_not_in_addresses() -> None:
    assert topics("#荆州发布# 今天") == ["#荆州发布#"]
    assert topics("见 https://a.cn/x#a 和 https://a.cn/y#b") == []


def test_only_our_own_hosts_are_at_home() -> None:
    text = "https://www.jingzhou.gov.cn/a http://m.www.jingzhou.gov.cn/b http://www.jingzhou.gov.cn.evil.com/c"
    assert foreign_addresses(text, "www.jingzhou.gov.cn") == ["http://www.jingzhou.gov.cn.evil.com/c"]


def test_a_document_is_headed_by_title_marks_and_news_by_brackets() -> None:
    document = Revision(Fields(Kind.POLICY_DOCUMENT, title="关于甲的通知", summary="乙。"), "<p>丙</p>")
    news = Revision(Fields(Kind.NEWS, title="《甲》印发", summary="乙。"), "<p>丙</p>")
    assert own_words(document, Action.PUBLISH, "") == "《关于甲的通知》乙。"
    assert own_words(news, Action.PUBLISH, "") == "【《甲》印发】乙。"


def test_a_correction_says_so_first() -> None:
    plain = Revision(Fields(Kind.NEWS, title="甲", words={"weibo.text": "乙"}), "<p>丙</p>")
    default = Revision(Fields(Kind.NEWS, title="甲"), "<p>丙</p>")
    assert own_words(plain, Action.CORRECT, "数字有误") == "更正：乙"
    assert own_words(default, Action.CORRECT, "数字有误").startswith("更正：【甲】内容已更正（数字有误）")
