"""The receipt sheet as a document: what it says, from any input, the same bytes each time, nothing as markup."""

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from channels.sheet import (
    NO_GLYPH,
    Counted,
    Sheet,
    SheetPackage,
    SheetSignOff,
    head_picture,
    plain,
    scan_code,
    sheet_data,
    typeset_sheet,
)
from content.broadcasts import Broadcast, Order, Progress
from content.clock import CHINA
from content.delivery import Receipt
from content.events import Head
from content.heads import head_code, parse_head_code
from content.item import Revision
from content.items import StoredRevision
from content.packages import Package
from content.records import Record, Target
from content.vocabulary import Action, Row, State
from tests.channels import partner_bench as made

Golden = Callable[[str, bytes], None]
HEAD = Head(128, "3f9a0c4177deb2a6" + "0" * 48)
AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
PACKAGE = "be2d1983775e615a" + "1" * 48
CORRECTION = "77aa0b1c2d3e4f50" + "2" * 48
DIGEST = "612d747f0d44ca76" + "3" * 48

# outlet, channel, row, direct, name
OUTLETS = [
    ("portal", "website", "website", True, "荆州市人民政府门户网站"),
    ("feeds", "feeds", "", True, "门户网站订阅源"),
    ("weibo-main", "weibo", "weibo", True, "荆州发布"),
    ("wechat-main", "wechat", "wechat", True, "荆州发布"),
    ("app", "app", "other", True, "云上荆州"),
    ("radio", "radio", "other", False, "荆州人民广播电台"),
    ("gazette", "gazette", "gazette", False, "荆州市人民政府公报"),
]
RECEIPTS = {
    "portal": Receipt(State.LIVE, "1001", made.ITEM.url, digest=DIGEST),
    "feeds": Receipt(State.LIVE, made.ITEM.url, "https://www.jingzhou.gov.cn/feeds/all.atom.xml", digest=DIGEST),
    "weibo-main": Receipt(State.LIVE, "5211000001000037", "https://weibo.com/2629046977/Q4C9W4c9D", digest=DIGEST),
    "wechat-main": Receipt(
        State.LIVE,
        "htRZkcltT88ECjoNXnfQqx6akp7X_hUe2n4wjRqJ0k6OWWTVxtuTztB2twyA3nKM",
        "http://mp.weixin.qq.com/s?__biz=Mzk0&mid=2247483656&idx=1&sn=64aec6551741e0e039a6a840ee8fa46e",
        digest=DIGEST,
    ),
    "app": Receipt(State.LIVE, "1001", "https://www.jingzhou.gov.cn/app/items/1001.json", digest=DIGEST),
    "radio": Receipt(
        State.LIVE,
        "1001-r1-publish-f483fc6b",
        digest=DIGEST,
        evidence={"note": "荆州新闻广播 早新闻 7:30", "by": "李文", "scan": DIGEST, "path": "/srv/drop/1001"},
    ),
    "gazette": Receipt(
        State.ACCEPTED,
        "2026-11/1001-r1-publish",
        digest=DIGEST,
        evidence={"issue": "2026-11", "section": "市政府办公室文件", "position": "1"},
    ),
}


def stored(sequence: int = 1, **changes: Any) -> StoredRevision:
    revision = Revision(replace(made.FIELDS, **changes), made.BODY)
    return StoredRevision("1001", sequence, revision.digest, revision, "稿件.docx", (), "李文", AT)


def package(sequence: int = 1, action: Action = Action.PUBLISH, reason: str = "", **changes: Any) -> Package:
    digest = PACKAGE if sequence == 1 and action is Action.PUBLISH else CORRECTION
    revision = stored(sequence, **changes).digest
    return Package(digest, "1001", revision, action, reason, 1, (), {}, AT, sequence)


def signed(closed: Package) -> SheetPackage:
    names = (("初审", "周岚", 20), ("终审", "陈国平", 35))
    told = (SheetSignOff(level, name, "市政府办公室", AT + timedelta(minutes=more)) for level, name, more in names)
    return SheetPackage(closed, tuple(told))


def record(outlet: str = "portal", number: int = 1, **changes: Any) -> Record:
    known = next(entry for entry in OUTLETS if entry[0] == outlet)
    receipt = RECEIPTS[outlet]
    live = AT + timedelta(hours=1, seconds=number) if receipt.state is State.LIVE else None
    values: dict[str, Any] = {
        "id": str(number),
        "package": PACKAGE,
        "item_id": "1001",
        "revision": stored().digest,
        "target": Target(outlet, known[1], known[2], known[3], True),
        "action": Action.PUBLISH,
        "round": 1,
        "state": receipt.state,
        "token": 1,
        "not_before": AT,
        "since": AT,
        "at": AT,
        "lease_until": None,
        "look_after": None,
        "absent_reads": 0,
        "failures": 0,
        "prepared": None,
        "receipt": receipt,
        "problem": "",
        "answered_at": AT + timedelta(hours=1),
        "live_at": live,
        "observed_at": live,
    }
    return Record(**{**values, **changes})


def run(**changes: Any) -> Broadcast:
    hour = AT + timedelta(hours=1)
    known = Broadcast("7", "陈国平", AT, Order((PACKAGE,)), hour, Progress.SYNCHRONISED, Decimal("0.153221"))
    return replace(known, **changes)


def sheet(**changes: Any) -> Sheet:
    known = Sheet(
        office=made.OFFICE,
        item=made.ITEM,
        revisions=(stored(),),
        packages=(signed(package()),),
        deliveries=tuple(record(entry[0], number) for number, entry in enumerate(OUTLETS, 1)),
        broadcasts=(run(),),
        head=HEAD,
        printed_at=AT + timedelta(days=1),
        outlets={entry[0]: entry[4] for entry in OUTLETS},
        counted=(Counted(Row.WEBSITE, AT), Counted(Row.WEIBO, AT), Counted(Row.OTHER, AT + timedelta(days=2))),
    )
    return replace(known, **changes)


def corrected() -> Sheet:
    """A rehearsal's item that was published, corrected and is being withdrawn, with everything that can be in the way."""
    second = package(2, Action.CORRECT, "联系电话有误", contact="0716-8278408")
    later: dict[str, Any] = {"package": CORRECTION, "revision": second.revision, "action": Action.CORRECT}
    more = [
        record("portal", 8, **later),
        record("weibo-main", 9, state=State.UNKNOWN, receipt=None, live_at=None, problem="读超时：应答未收到", **later),
        record("wechat-main", 10, state=State.REFUSED, receipt=None, live_at=None, problem="45009 调用超限", **later),
        record("radio", 11, state=State.PLANNED, receipt=None, live_at=None, answered_at=None, **later),
    ]
    return sheet(
        office=replace(made.OFFICE, rehearsal=True),
        revisions=(stored(), stored(2, contact="0716-8278408")),
        packages=(signed(package()), SheetPackage(second, ())),
        deliveries=(*sheet().deliveries, *more),
        broadcasts=(run(), run(id="9", progress=Progress.PARTIAL, skew_seconds=None, order=Order((CORRECTION, "x")))),
    )


def pages_of(pdf: bytes) -> list[str]:
    return ["".join(page.extract_text().split()).replace("\u200b", "") for page in PdfReader(BytesIO(pdf)).pages]


def text_of(shown: Sheet) -> str:
    return "".join(pages_of(typeset_sheet(shown)))


def bare(text: str) -> str:
    return "".join(text.split())


def strings_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings_in(inner)


@pytest.mark.parametrize("name", ["published", "corrected"])
def test_the_sheet_is_as_it_was_reviewed(golden: Golden, name: str) -> None:
    shown = sheet() if name == "published" else corrected()
    golden(f"sheet/{name}.json", json.dumps(sheet_data(shown), ensure_ascii=False, indent=1).encode() + b"\n")
    golden(f"sheet/{name}.txt", "\n".join(pages_of(typeset_sheet(shown))).encode())


def test_everything_that_the_data_say_stands_on_the_paper() -> None:
    for shown in (sheet(), corrected()):
        data, paper = sheet_data(shown), text_of(shown)
        left_out = {data["check"].pop("alt"), *(() if shown.office.rehearsal else (data["stamp"],))}
        told = {
            entry
            for entry in strings_in(data)
            if entry not in left_out | {"title", "address", "code"} | {"没有审签记录"}
        }
        assert {entry for entry in told if bare(entry) not in paper} == set()


def test_the_same_sheet_gives_the_same_bytes_in_every_time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    made_of = set()
    for zone in ("UTC", "America/Los_Angeles", "Asia/Shanghai"):
        monkeypatch.setitem(os.environ, "TZ", zone)
        time.tzset()
        made_of.add(typeset_sheet(sheet()))
    monkeypatch.undo()
    time.tzset()
    assert len(made_of) == 1


def test_it_is_a_page_or_two_of_a4_for_an_item_on_all_channels() -> None:
    pages = PdfReader(BytesIO(typeset_sheet(corrected()))).pages
    assert len(pages) == 2
    assert [round(float(side)) for side in pages[0].mediabox[2:]] == [595, 842]


def test_every_page_of_a_long_sheet_names_the_item_and_the_head() -> None:
    many = tuple(record("weibo-main", number) for number in range(1, 201))
    pages = pages_of(typeset_sheet(sheet(deliveries=many)))
    assert len(pages) > 3
    for number, page in enumerate(pages, 1):
        assert bare(f"稿件1001{head_code(HEAD)}") in page
        assert f"第{number}页共{len(pages)}页" in page
    assert "".join(pages).count("5211000001000037") == 200


def test_only_a_rehearsal_is_marked_as_one() -> None:
    rehearsed = replace(made.OFFICE, rehearsal=True)
    assert "演练" not in text_of(sheet())
    paper = text_of(sheet(office=rehearsed))
    assert "演练不作为正式发布和统计的凭据" in paper
    assert "演练环境的发布不计入统计" in paper


def test_the_code_on_the_paper_and_in_the_picture_is_the_head() -> None:
    assert f'tongbuverify--code"{bare(head_code(HEAD))}"' in text_of(sheet())
    assert parse_head_code(scan_code(HEAD)) == parse_head_code(head_code(HEAD))
    assert scan_code(HEAD).isascii()
    assert head_picture(HEAD).startswith(b"<svg")
    assert head_picture(HEAD) != head_picture(Head(129, HEAD.hash))


@pytest.mark.parametrize(
    "hostile",
    ['#eval("1") #import "x": *', "*粗* _斜_ $x^2$ `code` // 注释", "= 标题 <label> @ref \\ #[x]", "<b>&amp;\"'"],
)
def test_no_text_is_ever_markup(hostile: str) -> None:
    told = Receipt(State.LIVE, hostile, hostile, evidence={"note": hostile, "by": hostile})
    shown = sheet(
        revisions=(stored(title=f"关于{hostile}的通知"),),
        deliveries=(record(receipt=told), record(number=2, state=State.HELD, problem=hostile)),
        outlets={"portal": hostile},
    )
    assert text_of(shown).count(bare(hostile)) >= 6


def test_what_a_partners_receipt_states_stands_on_the_sheet() -> None:
    told = Receipt(State.LIVE, "1001-r1", evidence={"page": "第2版", "printed": "30000", "handler": "刘洋"})
    shown = text_of(sheet(deliveries=(record("radio", receipt=told),)))
    assert all(bare(word) in shown for word in ("版面", "第2版", "印数", "30000", "经办", "刘洋"))


def test_a_digest_of_the_website_s_page_is_no_page_of_a_newspaper() -> None:
    read_back = replace(RECEIPTS["portal"], evidence={"page": DIGEST, "read_back": made.ITEM.url})
    (told,) = sheet_data(sheet(deliveries=(record(receipt=read_back),)))["deliveries"]
    assert [fact["label"] for fact in told["facts"]] == ["网址", "摘要"]


def test_what_the_gazette_printed_stands_with_its_page() -> None:
    shown = sheet(deliveries=(record("gazette", 7),), printed={"7": ("部门文件", 12)})
    (told,) = sheet_data(shown)["deliveries"]
    assert "2026-11期 部门文件 第12页" in [fact["text"] for fact in told["facts"]]


def test_a_withdrawal_that_could_not_delete_says_that_it_is_still_to_be_seen() -> None:
    told = Receipt(State.LIVE, "5211000001000099", evidence={"way": "follow-up", "still_shown": "5211000001000037"})
    shown = text_of(sheet(deliveries=(record(), record("weibo-main", 2, action=Action.WITHDRAW, receipt=told))))
    assert bare("未能删除，已发布撤稿说明；原内容 5211000001000037 仍可见") in shown


def test_what_somebody_deleted_by_hand_after_a_withdrawal_is_said_to_be_gone() -> None:
    told = Receipt(State.LIVE, "5211000001000099", evidence={"way": "follow-up", "gone": "5211000001000037"})
    shown = text_of(sheet(deliveries=(record(), record("weibo-main", 2, action=Action.WITHDRAW, receipt=told))))
    assert bare("原内容 5211000001000037 其后已删除") in shown
    assert bare("仍可见") not in shown


def test_a_character_that_no_font_has_is_replaced_and_the_sheet_says_so() -> None:
    rare = "关于𪚥\U0001f600镇\u0e01的通知"
    shown = sheet(revisions=(stored(title=rare),), outlets={"portal": "\U0001f680站\ue123"})
    paper = text_of(shown)
    assert NO_GLYPH in paper
    assert f"字库所缺的字以“{NO_GLYPH}”代替" in paper
    assert "镇" in paper
    assert "字库所缺" not in text_of(sheet())


def test_marks_that_turn_the_direction_of_text_and_control_characters_are_left_out() -> None:
    assert plain("发布\u202e于\x00\x1b[31m\u2066今日\ufeff\n第二行\ud800") == "发布于[31m今日 第二行"


def test_a_long_text_says_how_long_it_is() -> None:
    told = plain("字" * 5000)
    assert told.endswith("……（全文5000字，见台账）")
    assert len(told) < 330
    assert plain("字" * 300) == "字" * 300


@given(text=st.text(max_size=400))
@settings(max_examples=100)
def test_plain_text_is_one_line_that_json_can_carry(text: str) -> None:
    told = plain(text)
    assert not any(mark in told for mark in "\n\r\t\x00\u202e\u200b")
    json.dumps(told).encode()


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "https://a.cn/ x", "http://"])
def test_only_web_addresses_are_links(url: str) -> None:
    told = record(receipt=Receipt(State.LIVE, "", url))
    (entry,) = sheet_data(sheet(deliveries=(told,)))["deliveries"]
    assert [fact["link"] for fact in entry["facts"]] == [""]
    (known,) = sheet_data(sheet(deliveries=(record(),)))["deliveries"]
    assert known["facts"][0]["link"] == made.ITEM.url


def test_a_delivery_shows_what_proves_it_and_no_path_of_a_machine() -> None:
    entries = {entry["channel"]: entry for entry in sheet_data(sheet())["deliveries"]}
    told = {channel: {fact["label"]: fact["text"] for fact in entry["facts"]} for channel, entry in entries.items()}
    assert told["政务微博"] == {
        "网址": "https://weibo.com/2629046977/Q4C9W4c9D",
        "编号": "5211000001000037",
        "摘要": DIGEST[:16],
    }
    assert told["广播"]["凭据"] == "荆州新闻广播 早新闻 7:30"
    assert told["广播"]["登记"] == "李文"
    assert told["政府公报"]["公报期"] == "2026-11期 市政府办公室文件"
    assert told["政府公报"]["受理"] == "2026-11-23 10:00:00"
    assert not [text for facts in told.values() for text in facts.values() if "/srv/" in text]


def test_deliveries_stand_by_package_and_in_the_order_of_the_channels() -> None:
    shown = corrected()
    by_name = sorted(shown.deliveries, key=lambda record: (record.package != PACKAGE, record.outlet))
    entries = sheet_data(replace(shown, deliveries=tuple(by_name)))["deliveries"]
    first = ["政府网站", "订阅源", "政务微博", "政务微信", "移动客户端", "广播", "政府公报"]
    assert [entry["channel"] for entry in entries] == [*first, "政府网站", "政务微博", "政务微信", "广播"]


def test_states_are_called_what_they_mean_and_reasons_stand_beside_them() -> None:
    for action, word in ((Action.PUBLISH, "已发布"), (Action.CORRECT, "已更正"), (Action.WITHDRAW, "已撤回")):
        data = sheet_data(sheet(deliveries=(record(action=action),)))
        assert data["deliveries"][0]["state"] == word
        assert data["summary"] == f"共1项投递：{word}1项。"
    paper = text_of(corrected())
    for words in (
        "结果未知",
        "读超时：应答未收到",
        "被拒绝",
        "45009调用超限",
        "待准备",
        "没有审签记录",
        "联系电话有误",
    ):
        assert words in paper


def test_a_channel_and_an_outlet_that_the_settings_no_longer_name_keep_their_ids() -> None:
    gone = record(target=Target("lobby-9", "noticeboard", "", True, False))
    (entry,) = sheet_data(sheet(deliveries=(gone,)))["deliveries"]
    assert (entry["channel"], entry["outlet"]) == ("noticeboard", "lobby-9")


def test_a_broadcast_tells_its_skew_or_that_there_is_none_yet() -> None:
    (line,) = sheet_data(sheet())["broadcasts"]
    assert "首末应答时差0.153秒" in line
    assert "定于2026-11-23 10:00:00" in line
    told = sheet_data(corrected())["broadcasts"]
    assert "时差尚未测得" in told[1]
    assert "与其他1件稿件同时发布" in told[1]
    assert sheet_data(sheet(broadcasts=()))["broadcasts"] == ["尚无同步发布。"]


def test_a_row_counts_in_the_year_of_its_first_live_moment_and_the_total_once() -> None:
    new_year = datetime(2027, 1, 1, tzinfo=CHINA)
    rows = (Counted(Row.WEBSITE, new_year - timedelta(seconds=1)), Counted(Row.WEIBO, new_year))
    told = sheet_data(sheet(counted=rows))["counted"]
    assert told == [
        "2026年度：政府网站（2026-12-31）计1条；公开总数计1条。",
        "2027年度：政务微博（2027-01-01）计1条；公开总数归入2026年度。",
        "尚未计入：政府公报（待发布或待回执）。",
    ]


def test_an_item_that_counts_nowhere_is_said_to() -> None:
    told = sheet_data(sheet(counted=(), deliveries=(record(state=State.CANCELLED, receipt=None, live_at=None),)))
    assert told["counted"] == ["尚无已发布的投递，未计入任何统计口径。"]
    withdrawn = sheet_data(sheet(counted=(Counted(Row.WEBSITE, AT, left_out=True),)))["counted"]
    assert withdrawn[0] == "2026年度：政府网站（2026-11-23）；本稿件当年已全部撤回，按本单位的设置不计入统计。"
