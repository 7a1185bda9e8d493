"""What the checks see in the texts: hosts, personal data, hidden characters, numbers, dates and wording."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from html import escape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.assets import Assets
from content.checks import Context, check
from content.checks.hosts import allowed, hosts
from content.checks.personal import is_identity_number, passes_luhn
from content.finding import Finding
from content.folding import fold
from content.item import Attachment, Fields, Picture, Revision
from content.vocabulary import Disclosure, Kind, Severity

BASE = Fields(
    kind=Kind.NEWS,
    title="荆州市召开政务公开工作会议",
    organ="荆州市人民政府办公室",
    disclosure=Disclosure.PROACTIVE,
    columns=("yw",),
    summary="会议部署了全年工作。",
    editor="张三",
)
ALLOW = ("jingzhou.gov.cn", "gov.cn", "荆州.中国")
Look = Callable[..., list[Finding]]


@pytest.fixture
def look(tmp_path: Path) -> Look:
    """The findings of a text as body paragraphs, or of changed fields."""
    context = Context(date(2026, 11, 23), Assets(tmp_path), ALLOW)

    def findings(*paragraphs: str, body: str = "", **changes: object) -> list[Finding]:
        xhtml = body or "".join(f"<p>{escape(one)}</p>" for one in paragraphs or ("会议在市政府举行。",))
        return check(Revision(replace(BASE, **changes), xhtml), context)  # type: ignore[arg-type]

    return findings


def codes(found: list[Finding]) -> set[str]:
    return {one.code for one in found}


def only(found: list[Finding], code: str) -> Finding:
    [one] = [one for one in found if one.code == code]
    return one


def test_a_clean_item_has_no_findings(look: Look) -> None:
    assert look("会议在市政府举行，详见www.jingzhou.gov.cn。") == []


def test_the_hijacked_sentences_yield_both_foreign_hosts(look: Look) -> None:
    found = look(
        "其电子版可在荆州市政府门户网站(http://www.qlyewu.com)查询和下载。",
        "市政府印发了《www.248365365.com/办公室关于做好政务公开和政府网站建设管理工作的通知》(荆政办发〔2016〕21号)。",
        "全年印发《www.248365365.com/公报》11期,共发布各类政府文件98个。",
    )
    assert "“www.qlyewu.com”" in only(found, "foreign-host").message
    hijacked = only(found, "host-in-name")
    assert "“www.248365365.com”" in hijacked.message
    assert "篡改" in hijacked.message
    assert hijacked.place == "正文第2段、正文第3段"
    assert hijacked.blocks


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("登录ｗｗｗ．evil．ｃｏｍ查询", "www.evil.com"),
        ("登录WWW.EVIL.COM查询", "www.evil.com"),
        ("登录ⓦⓦⓦ.evil.com查询", "www.evil.com"),
        ("登录www.ev\u200bil.com查询", "www.evil.com"),
        ("网站qlyewu.com网站", "qlyewu.com"),
        ("短链接t.cn/RxAbCd", "t.cn"),
        ("访问evil.com:8080/x", "evil.com"),
        ("访问http://evil.unknown-ending/x", "evil.unknown-ending"),
        ("访问http://10.20.30.40/x", "10.20.30.40"),
        ("访问10.20.30.40即可", "10.20.30.40"),
        ("访问http://3627734734/x", "3627734734"),
        ("访问https://[2001:db8::1]/x", "[2001:db8::1]"),
        ("访问http:\\\\evil.com\\x", "evil.com"),
        ("访问//evil.com/x", "evil.com"),
        ("访问xn--fiq228c.com", "xn--fiq228c.com"),
        ("访问gоv.cn（西里尔字母）", "gоv.cn"),
        ("访问http://赌场.网址/x", "赌场.网址"),
        ("见http://evil.com查询", "evil.com"),
        ("跳转http://www.jingzhou.gov.cn/go?to=http://evil.com/", "evil.com"),
        ("仿冒www.jingzhou.gov.cn.evil.com", "www.jingzhou.gov.cn.evil.com"),
        ("仿冒fakejingzhou.gov.cn.co", "fakejingzhou.gov.cn.co"),
        ("大写Qlyewu.Com", "qlyewu.com"),
        ("破折号——www.evil.com——结尾", "www.evil.com"),
    ],
)
def test_a_foreign_host_is_named_however_it_is_written(look: Look, text: str, host: str) -> None:
    assert f"“{host}”" in only(look(text), "foreign-host").message


@pytest.mark.parametrize(
    "text",
    [
        "增长3.14个百分点", "1.2.3数据", "1.2.3.4 职责分工", "软件版本1.2.3.4", "见附件1.xlsx和表2.docx", "2016.5.18",
        "3.AI技术应用", "2.APP用户数", "1.中国式现代化", "PM2.5浓度", "GB/T 9704.1-2012", "No.12", "U.S. and e.g. this",
        "end.Today we", "www", "a.b.c", "上午9:30//10:30", "12.5km", "公式a/b//c",
        "请登录www.jingzhou.gov.cn查询", "请登录HTTP://ZWGK.JINGZHOU.GOV.CN/查询", "信箱zwgk@jingzhou.gov.cn",
        "请登录荆州.中国。", "网址：xn--6rtp64f.xn--fiqs8s", "http://www.jingzhou.gov.cn:8080/zwgk/t20220107_685106.shtml",
    ],
)  # fmt: skip
def test_no_host_is_seen_where_there_is_none_or_an_allowed_one(look: Look, text: str) -> None:
    assert not codes(look(text)) & {"foreign-host", "host-in-name", "foreign-mail", "link-disguised"}


def test_a_user_name_before_the_host_is_a_disguise_even_of_an_allowed_one(look: Look) -> None:
    assert "evil.com" in only(look("http://www.jingzhou.gov.cn@evil.com/"), "link-disguised").message
    assert "link-disguised" in codes(look("http://user@www.jingzhou.gov.cn/"))


def test_a_mail_address_elsewhere_is_a_warning(look: Look) -> None:
    found = only(look("来信请寄zwgk@163.com"), "foreign-mail")
    assert found.severity is Severity.WARNING


def test_hosts_are_found_in_every_field_and_in_own_words(look: Look) -> None:
    found = look(
        title="www.evil1.com通知", contact="evil2.com", words={"weibo.text": "看evil3.com"}, topics=("evil4.com",)
    )
    places = {one.place for one in found if one.code == "foreign-host"}
    assert places == {"标题", "联系方式", "各渠道用语“weibo.text”", "专题"}


def test_links_are_read_as_a_browser_reads_them(look: Look) -> None:
    body = "".join(
        f'<p>第{n}处<a href="{href}">链接{n}</a></p>'
        for n, href in enumerate(
            ["https:evil1.com", "http:\\\\evil2.com/", "//evil3.com/x", "http://www.jingzhou.gov.cn@evil4.com",
             "http://%65vil5.com/", "mailto:a@evil6.com", "http://www.jingzhou.gov.cn/?u=http%3A%2F%2Fevil7.com",
             "http://evil8.com\\@www.jingzhou.gov.cn/"], 1,
        )
    )  # fmt: skip
    found = look(body=body)
    named = {one.message.split("“")[-1].split("”")[0]: one.place for one in found if "evil" in one.message}
    assert named == {f"evil{n}.com": f"正文第{n}段" for n in range(1, 9)}


@pytest.mark.parametrize(
    ("href", "code"),
    [
        ("javascript:alert(1)", "link-scheme"),
        ("data:text/html,x", "link-scheme"),
        ("/zwgk/", "link-relative"),
        ("http://", "link-broken"),
        ("http://[::1/", "link-broken"),
        ("mailto:", "link-broken"),
    ],
)
def test_a_link_that_no_reader_can_follow_is_found(look: Look, href: str, code: str) -> None:
    assert code in codes(look(body=f'<p><a href="{href}">链接</a></p>'))


def test_a_link_without_text_is_a_hidden_one(look: Look) -> None:
    assert "link-hidden" in codes(look(body='<p>公告<a href="http://www.jingzhou.gov.cn/"></a></p>'))


def test_links_inside_the_page_and_allowed_ones_are_fine(look: Look) -> None:
    body = (
        '<p><a href="#fn1">1</a><a href="https://www.jingzhou.gov.cn/">门户</a><a href="tel:0716-8278407">电话</a></p>'
    )
    assert look(body=body) == []


@given(st.text("a.wcnom@:/ 字-1\\", max_size=60))
def test_any_text_gives_hosts_that_stand_in_it(text: str) -> None:
    for host in hosts(fold(text)):
        assert host.name in fold(text)
        assert 0 <= host.start < host.end <= len(fold(text))


def test_the_allow_list_takes_sub_domains_but_no_look_alikes() -> None:
    assert allowed("zwgk.Jingzhou.gov.cn.", ("jingzhou.gov.cn",))
    assert not allowed("fakejingzhou.gov.cn", ("jingzhou.gov.cn",))
    assert not allowed("a." * 200 + "jingzhou.gov.cn", ("jingzhou.gov.cn",))
    assert not allowed("www.jingzhou.gov.cn", ())


def test_an_identity_number_is_found_by_its_checksum_and_shown_masked(look: Look) -> None:
    for text in (
        "张某（11010519491231002X）",
        "张某身份证11010519491231002x。",
        "110105 1949 1231 002X",
        "１１０１０５１９４９１２３１００２Ｘ",
    ):
        found = only(look(text), "identity-number")
        assert found.blocks
        assert "19491231" not in found.message
    assert "identity-number" not in codes(look("张某（110105194912310021）"))
    assert "identity-suspect" in codes(look("张某（110105194912310021）"))


def test_an_old_identity_number_is_suspected(look: Look) -> None:
    assert "identity-suspect" in codes(look("证号110105491231002"))
    assert "identity-suspect" not in codes(look("编号110105491331002"))


@given(st.integers(0, 10**17 - 1))
def test_of_the_eleven_check_characters_at_most_one_is_right(number: int) -> None:
    assert sum(is_identity_number(f"{number:017d}{last}") for last in "0123456789X") <= 1


@pytest.mark.parametrize(
    "text",
    [
        "电话13812345678",
        "电话138-1234-5678",
        "电话138 1234 5678",
        "+8613812345678",
        "１３８１２３４５６７８",
        "1381 234 5678",
    ],
)
def test_a_mobile_number_in_the_body_blocks(look: Look, text: str) -> None:
    assert only(look(text), "mobile-number").blocks


@pytest.mark.parametrize(
    "text",
    ["0716-8278407", "编号2138123456781", "13812345678元", "金额0.13812345678", "12812345678", "2016年13812345件"],
)
def test_other_digits_are_no_mobile_number(look: Look, text: str) -> None:
    assert "mobile-number" not in codes(look(text))


def test_a_mobile_number_in_the_contact_field_is_a_warning_and_a_landline_is_fine(look: Look) -> None:
    assert not only(look(contact="值班手机13812345678"), "mobile-contact").blocks
    assert codes(look(contact="0716-8278407")) == set()


def test_a_bank_card_is_found_by_its_check_digit(look: Look) -> None:
    card = next(f"622202123456789012{n}" for n in range(10) if passes_luhn(f"622202123456789012{n}"))
    assert only(look(f"户名张某，{card}"), "bank-card").blocks
    assert "bank-card" in codes(look(f"卡号：{card[:4]} {card[4:8]} {card[8:12]} {card[12:16]} {card[16:]}"))
    wrong = card[:-1] + str((int(card[-1]) + 1) % 10)
    assert "bank-card" not in codes(look(f"户名张某，{wrong}"))


def test_a_number_of_another_issuer_is_a_card_only_where_the_text_says_so(look: Look) -> None:
    assert "bank-card" in codes(look("银行卡号4111111111111111"))
    assert "bank-card" not in codes(look("项目编码4111111111111111"))


def test_personal_data_is_found_in_names_of_attachments_and_alternative_texts(tmp_path: Path) -> None:
    revision = Revision(
        BASE,
        "<p>名单见附件。</p>",
        pictures=(Picture("a.png", "0" * 64, "image/png", 1, 1, 1, alt="电话13812345678"),),
        attachments=(Attachment("张某11010519491231002X.xlsx", "1" * 64, "application/x", 1),),
    )
    found = check(revision, Context(date(2026, 11, 23), Assets(tmp_path), ALLOW))
    assert only(found, "identity-number").place.startswith("附件")
    assert only(found, "mobile-number").place == "图片“a.png”"


@pytest.mark.parametrize("mark", ["\u200b", "\u202e", "\u2066", "\ufeff", "\u00ad", "\u3164", "\U000e0041"])
def test_an_invisible_character_blocks_wherever_it_stands(look: Look, mark: str) -> None:
    assert only(look(f"第一段{mark}。"), "hidden-text").place == "正文第1段"
    assert only(look(title=f"荆州{mark}要闻"), "hidden-text").place == "标题"


def test_a_joiner_inside_an_emoji_is_fine(look: Look) -> None:
    assert "hidden-text" not in codes(look(words={"weibo.text": "一家人👨\u200d👩\u200d👧❤\ufe0f"}))
    assert "hidden-text" in codes(look(words={"weibo.text": "一家\u200d人"}))


def test_characters_that_nobody_can_read_are_a_warning(look: Look) -> None:
    assert not only(look("乱码\ufffd和造字\ue001"[:4]), "unreadable-text").blocks


def test_document_numbers_in_the_text_are_mended_with_every_place(look: Look) -> None:
    found = only(look("见国办秘函[2016]48号", "无", "依据国办秘函[2016]48号"), "number-in-text")
    assert found.mend == "请改为“国办秘函〔2016〕48号”。"
    assert found.place == "正文第1段、正文第3段"
    assert not found.blocks


@pytest.mark.parametrize(
    "text",
    [
        "定于2026年2月30日举行",
        "定于2月30日举行",
        "定于2026-02-30举行",
        "定于二〇二六年二月三十日举行",
        "2026年13月1日",
        "2025年2月29日",
        "０月１日",
    ],
)
def test_a_date_that_no_calendar_has_blocks(look: Look, text: str) -> None:
    assert only(look(text), "date-impossible").blocks


@pytest.mark.parametrize(
    "text",
    [
        "2024年2月29日",
        "2月29日",
        "农历2月30日",
        "二〇一六年十二月三十一日",
        "电话0716-8278407",
        "比例为1/2/3",
        "12个月15日内",
    ],
)
def test_real_dates_and_other_figures_pass(look: Look, text: str) -> None:
    assert "date-impossible" not in codes(look(text))


def test_a_wrong_weekday_is_told_with_the_right_one(look: Look) -> None:
    assert "星期一" in only(look("2026年11月23日（星期二）上午"), "weekday-wrong").mend
    assert "weekday-wrong" not in codes(look("2026年11月23日（星期一）上午，2026年11月22日（周日）"))


def test_a_range_of_dates_that_runs_backwards_is_a_warning(look: Look) -> None:
    assert "range-order" in codes(look("自2016年12月31日起至2016年1月1日止"))
    assert "range-order" not in codes(look("自2016年1月1日起至2016年12月31日止"))


def test_wrong_words_depend_on_the_day_of_the_document(look: Look) -> None:
    assert only(look("成立领导小姐"), "wrong-name").blocks
    text = "坚持“公开为原则，不公开为例外”"
    assert "wrong-word" in codes(look(text))
    assert "wrong-word" not in codes(look(text, made_on=date(2016, 12, 1)))
    assert "wrong-word" not in codes(look("原市工商局并入，汇报导向，环境保护部门"))
    assert "wrong-word" in codes(look("市工商局"))


def test_half_width_punctuation_between_chinese_characters_is_counted(look: Look) -> None:
    found = only(look("会议指出,要公开;要透明。", "时间9:30,共3,000人", "市政府(办公室)"), "half-width")
    assert "4处" in found.message
    assert found.place == "正文第1段、正文第3段"
    assert "half-width" not in codes(look("9:30开会，共3,000人，见http://www.jingzhou.gov.cn/a,b。"))


def test_an_english_item_is_spared_the_rules_of_chinese_writing(look: Look) -> None:
    assert look("Jingzhou,荆州,is a city.", language="en") == []


def test_numbering_that_jumps_a_level_is_a_warning(look: Look) -> None:
    assert "level-jump" in codes(look("一、总体要求", "1.目标"))
    assert "level-jump" not in codes(
        look("一、总体要求", "（一）目标", "1.近期", "（1）今年", "二、措施", "3.5万人参加")
    )


def test_the_list_of_attachments_and_what_stands_in_one_jump_no_level(look: Look) -> None:
    listed = ("二、措施", "请认真执行。", "附件：1.任务分工表", "2.联系人名单")
    assert "level-jump" not in codes(look(*listed, "荆州市人民政府办公室"))
    assert "level-jump" not in codes(look("一、措施", "附件：", "1．任务分工表", "2．联系人名单"))
    assert "level-jump" not in codes(look(*listed, "附件1", "任务分工表", "1.目标", "（1）近期"))
    assert "level-jump" in codes(look(*listed, "荆州市人民政府办公室", "1.目标"))
    assert "level-jump" in codes(look(*listed, "附件1", "任务分工表", "一、目标", "1.近期"))


@pytest.mark.parametrize("text", ["机密★1年", "秘密", "密级：机密", "绝密 长期"])
def test_a_secrecy_mark_blocks(look: Look, text: str) -> None:
    assert only(look(text, "正文"), "secrecy-mark").blocks


@pytest.mark.parametrize("text", ["（此件不予公开）", "此件依申请公开", "（依申请公开）", "公开属性：不予公开"])
def test_a_note_at_the_end_that_forbids_disclosure_blocks(look: Look, text: str) -> None:
    assert only(look("正文。", text), "closed-mark").blocks


def test_talk_about_secrecy_and_requests_is_no_mark(look: Look) -> None:
    found = look("保护国家秘密和商业秘密。", "全年受理依申请公开610件。", "（此件公开发布）", "内部资料性出版物准印证")
    assert found == []
    assert not only(look("内部资料，注意保存"), "internal-mark").blocks


def test_a_broken_and_an_empty_body_block(look: Look) -> None:
    assert "body-broken" in codes(look(body="<p>没有结束"))
    assert "body-empty" in codes(look(body="<p> </p>"))
    assert "body-broken" in codes(look(body="\x00"))
