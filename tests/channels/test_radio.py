"""Radio: a script that can be read aloud, and its forms of correction and withdrawal."""

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from docx import Document

from channels.base import CannotRender, Channel
from channels.radio import Radio
from channels.receipts import receipt_in
from content.delivery import Receipt
from content.vocabulary import Action, Kind, Row, State
from tests.channels import partner_bench as made

Golden = Callable[[str, bytes], None]


@pytest.fixture
def radio(tmp_path: Path) -> Radio:
    return Radio(made.outlet("radio"), made.workbench(tmp_path))


def test_the_channel_is_a_partner_of_the_row_of_other_ways(radio: Radio) -> None:
    assert isinstance(radio, Channel)
    assert (Radio.row, Radio.direct) == (Row.OTHER, False)


@pytest.mark.parametrize("action", [Action.PUBLISH, Action.CORRECT, Action.WITHDRAW])
def test_the_script_is_as_it_was_reviewed(radio: Radio, golden: Golden, action: Action) -> None:
    reason = "" if action is Action.PUBLISH else "第二条的期限有误"
    for name, data in made.files_of(radio.render(made.ITEM, made.policy(), action, reason)).items():
        if not name.endswith(".docx"):  # how a zip is packed differs between machines
            golden(f"radio/{action}/{name}", data)


def test_the_same_input_gives_the_same_bytes(radio: Radio) -> None:
    assert radio.render(made.ITEM, made.policy()).digest == radio.render(made.ITEM, made.policy()).digest


def test_a_table_is_read_row_by_row_with_the_names_of_its_columns(radio: Radio) -> None:
    body = (
        "<table><thead><tr><th>项目</th><th>城镇（元/人·月）</th><th>时限</th></tr></thead><tbody>"
        "<tr><td>低保</td><td>768</td><td>每月10日前</td></tr>"
        "<tr><td>取暖补助（一次性，元/户）</td><td>300</td><td></td></tr></tbody></table>"
    )
    assert _full(radio, body=body) == [
        "低保，城镇每人每月七百六十八元，时限：每月十日前。",
        "取暖补助，一次性，城镇每户三百元。",
    ]


def test_a_table_without_one_head_is_read_as_it_stands(radio: Radio) -> None:
    body = "<table><tr><th>甲</th><th>乙</th></tr><tr><th>丙</th><th>丁</th></tr><tr><td>1</td><td>2</td></tr></table>"
    assert _full(radio, body=body) == ["各栏依次是：甲、乙。", "各栏依次是：丙、丁。", "一，二。"]


def _full(radio: Radio, **changes: Any) -> list[str]:
    facts = json.loads(radio.render(made.ITEM, made.policy(**changes)).text("script.json"))
    (full,) = (version for version in facts["versions"] if version["name"] == "full")
    paragraphs: list[str] = full["paragraphs"]
    return paragraphs


def test_a_head_of_two_rows_names_each_column_and_entries_are_numbered(radio: Radio) -> None:
    body = (
        '<table><tr><th rowspan="2">单位</th><th colspan="2">专区（个）</th><th rowspan="2">答复率</th></tr>'
        "<tr><th>应建</th><th>新建</th></tr><tr><td>江陵县</td><td>48</td><td>6</td><td>96%</td></tr></table>"
        "<ol><li>报名。</li><li><p>审核：</p><ol><li>初审</li></ol></li><li>（三）公示</li></ol>"
    )
    assert _full(radio, body=body) == [
        "江陵县，专区应建四十八个，专区新建六个，答复率：百分之九十六。",
        "其一，报名。",
        "其二，审核：",
        "其一，初审。",
        "三是公示。",
    ]


def test_the_editors_own_words_go_before_the_body(radio: Radio) -> None:
    own = {"radio.title": "政务公开有新办法", "radio.text": "共3项。\n12月31日起施行。"}
    facts = json.loads(radio.render(made.ITEM, made.policy(words=own)).text("script.json"))
    assert facts["spoken_title"] == "政务公开有新办法"
    assert facts["versions"][0]["paragraphs"] == ["共三项。", "十二月三十一日起施行。"]


def test_a_kill_notice_repeats_nothing_of_the_body_and_is_never_on_the_prompter(radio: Radio) -> None:
    rendition = radio.render(made.ITEM, made.policy(), Action.WITHDRAW, "内容有误")
    assert set(rendition.parts) == {"script.txt", "script.docx", "script.json"}
    said = rendition.text("script.txt")
    assert "立即停止播出" in said
    assert "内容有误" in said
    assert "不播出" in said
    assert "加强组织领导" not in said


def test_a_correction_is_a_notice_alone_and_a_notice_with_the_whole_text(radio: Radio) -> None:
    rendition = radio.render(made.ITEM, made.policy(), Action.CORRECT, "期限应为12月31日")
    notice, full = rendition.text("script-notice.txt"), rendition.text("script.txt")
    for said in (notice, full):
        assert "更正说明：期限应为十二月三十一日。" in said.replace("\n", "")
        assert "我台此前播出的二零二六年十一月二十三日的稿件" in said.replace("\n", "")
        assert "听众" in said
    assert "加强组织领导" in full
    assert "加强组织领导" not in notice
    assert "script-20.txt" not in rendition.parts


def test_a_correction_and_a_kill_notice_say_which_broadcast_they_speak_of(radio: Radio) -> None:
    evidence = {"stated": "2026-11-24 18:30", "channel": "交通广播", "programme": "《早新闻》"}
    knowing = radio.referring([Receipt(State.LIVE, live_at=made.NOW, evidence=evidence)])
    said = knowing.render(made.ITEM, made.policy(), Action.CORRECT, "有误").text("script-notice.txt").replace("\n", "")
    assert "我台二零二六年十一月二十四日十八时三十分在交通广播早新闻播出的荆州市人民政府办公室关于" in said
    killed = knowing.render(made.ITEM, made.policy(), Action.WITHDRAW, "有误").text("script.txt")
    assert "据回执，该稿已于2026年11月24日18时30分在交通广播早新闻播出。" in killed
    accepted = radio.referring([Receipt(State.ACCEPTED)])
    assert "据回执" not in accepted.render(made.ITEM, made.policy(), Action.WITHDRAW, "有误").text("script.txt")


def test_a_script_longer_than_the_station_takes_is_an_error_that_says_how_long_it_may_be(tmp_path: Path) -> None:
    radio = Radio(made.outlet("radio", max_seconds=20, versions=[]), made.workbench(tmp_path))
    (finding,) = radio.check(made.policy())
    assert (finding.code, finding.blocks) == ("radio-long", True)
    assert "radio.text" in finding.mend
    assert "80字" in finding.mend
    assert not radio.check(made.policy(words={"radio.text": "短稿。"}, title="短题"))
    with pytest.raises(CannotRender):
        radio.render(made.ITEM, made.policy())


def test_the_short_versions_stay_within_their_time_at_the_stations_pace(tmp_path: Path) -> None:
    for pace in (200, 240, 300):
        radio = Radio(made.outlet("radio", pace=pace), made.workbench(tmp_path))
        facts = json.loads(radio.render(made.ITEM, made.policy(summary="明确任务和时限")).text("script.json"))
        timed = {version["name"]: version["reading_seconds"] for version in facts["versions"]}
        assert set(timed) == {"full", "60", "20"}
        assert 0 < timed["20"] <= 20
        assert timed["20"] <= timed["60"] <= 60


@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        (Kind.POLICY_DOCUMENT, {"in_force_on": date(2026, 12, 1)}, "文件自二零二六年十二月一日起施行。"),
        (
            Kind.CONSULTATION,
            {"opens_on": date(2026, 10, 28), "closes_on": date(2026, 11, 18)},
            "征集时间从二零二六年十月二十八日到二零二六年十一月十八日。",
        ),
        (Kind.INTERVIEW, {"guests": ("市民政局局长 程望江",)}, "访谈嘉宾是市民政局局长程望江。"),
        (Kind.APPOINTMENT, {}, "任免名单请登录荆州市人民政府门户网站查阅。"),
    ],
)
def test_the_short_version_says_what_its_kind_must_say(
    radio: Radio, kind: Kind, fields: dict[str, Any], said: str
) -> None:
    revision = made.policy(kind=kind, title="民生实事项目", summary="概述一句话", **fields)
    text = radio.render(made.ITEM, revision).text("script-60.txt").replace("\n", "")
    assert said in text
    assert "概述一句话。" in text


def test_every_kind_has_its_short_versions(radio: Radio) -> None:
    for kind in Kind:
        rendition = radio.render(made.ITEM, made.policy(kind=kind, title="标题", summary="概述"))
        assert "标题" in rendition.text("script-20.txt")
        assert "概述。" in rendition.text("script-60.txt")


def test_a_section_of_the_body_is_in_the_short_version_whole_or_not_at_all(radio: Radio) -> None:
    points = "".join(
        f"<li>{name}路口有送水车，附近居民可以带上干净的容器前来取水</li>" for name in "甲乙丙丁戊己庚辛壬癸"
    )
    body = f"<p>今晚停水。</p><h2>一、时间</h2><p>共8小时。</p><h2>二、送水点</h2><ul>{points}</ul>"
    revision = made.policy(body=body, kind=Kind.CONVENIENCE_NOTICE, title="停水公告", words={})
    text = radio.render(made.ITEM, revision).text("script-60.txt")
    assert "共八小时" in text
    assert "送水" not in text


def test_the_editors_own_short_versions_go_before_those_that_are_made(radio: Radio) -> None:
    own = {"radio.minute": "一分钟稿，共3项。", "radio.brief": "短稿。"}
    rendition = radio.render(made.ITEM, made.policy(words=own))
    assert rendition.text("script-60.txt").endswith("\n\n一分钟稿，共三项。\n")
    assert rendition.text("script-20.txt").endswith("\n\n短稿。\n")


def test_a_short_version_that_cannot_be_said_in_time_is_refused_and_never_cut(tmp_path: Path) -> None:
    radio = Radio(made.outlet("radio"), made.workbench(tmp_path))
    revision = made.policy(summary="明确今年冬天困难群众救助保障的各项要求和完成时限，" * 12)
    (finding,) = radio.check(revision)
    assert (finding.code, finding.blocks) == ("radio-60", True)
    assert "radio.minute" in finding.mend
    assert "240字" in finding.mend
    with pytest.raises(CannotRender):
        radio.render(made.ITEM, revision)
    assert not Radio(made.outlet("radio", versions=[20]), made.workbench(tmp_path)).check(revision)


@pytest.mark.parametrize(
    "options",
    [{"pace": 0}, {"pace": "快"}, {"pace": 10_000}, {"max_seconds": -1}, {"versions": 60}, {"versions": [30]}],
)
def test_an_option_that_cannot_be_read_is_a_finding_that_names_it(tmp_path: Path, options: dict[str, Any]) -> None:
    radio = Radio(made.outlet("radio", **options), made.workbench(tmp_path))
    (finding,) = radio.check(made.policy())
    assert finding.code == "radio-settings"
    assert next(iter(options)) in finding.message
    with pytest.raises(CannotRender):
        radio.render(made.ITEM, made.policy())


def test_the_stations_pace_decides_the_reading_time(tmp_path: Path) -> None:
    seconds = [
        json.loads(
            Radio(made.outlet("radio", pace=pace, versions=[]), made.workbench(tmp_path))
            .render(made.ITEM, made.policy())
            .text("script.json")
        )["versions"][0]["reading_seconds"]
        for pace in (120, 240)
    ]
    assert seconds[0] in (2 * seconds[1], 2 * seconds[1] - 1)


def test_a_line_for_the_file_is_not_read(radio: Radio) -> None:
    assert _full(radio, body="<p>第一段。</p><p>（此件公开发布）</p>") == ["第一段。"]


def test_the_word_file_says_the_same_as_the_text_and_every_page_has_its_number(radio: Radio) -> None:
    rendition = radio.render(made.ITEM, made.policy(summary="明确任务和时限"))
    document = Document(io.BytesIO(rendition.parts["script.docx"].data))
    said = "".join(paragraph.text for paragraph in document.paragraphs).replace("\n", "")
    for name in ("script.txt", "script-60.txt", "script-20.txt"):
        for line in rendition.text(name).split("\n"):
            assert line in said
    footer = document.sections[0].footer.paragraphs[0]._p.xml
    assert "NUMPAGES" in footer


def test_the_prompter_page_needs_no_network_and_holds_no_markup_of_the_text(radio: Radio) -> None:
    page = radio.render(made.ITEM, made.policy(title="<script>alert(1)</script>与“救助”")).text("prompter.html")
    assert "<script>alert" not in page
    assert not re.search(r"(?:src|href)=|https?://|@import|url\(", page)


def test_handing_over_is_accepted_never_live(radio: Radio) -> None:
    rendition, delivery = radio.render(made.ITEM, made.policy()), made.delivery()
    assert radio.find(delivery, rendition) is None
    receipt = radio.release(delivery, rendition, radio.prepare(delivery, rendition))
    assert (receipt.state, receipt.digest) == (State.ACCEPTED, rendition.digest)
    assert radio.find(delivery, rendition) == receipt
    assert (Path(receipt.evidence["path"]) / "script.txt").read_bytes() == rendition.parts["script.txt"].data


def test_copy_goes_to_the_folder_that_the_settings_name(tmp_path: Path) -> None:
    (tmp_path / "电台").mkdir()
    radio = Radio(made.outlet("radio", folder=str(tmp_path / "电台")), made.workbench(tmp_path))
    rendition, delivery = radio.render(made.ITEM, made.policy()), made.delivery()
    receipt = radio.release(delivery, rendition, radio.prepare(delivery, rendition))
    assert Path(receipt.evidence["path"]).parent == tmp_path / "电台"


def test_copy_that_is_handed_over_early_carries_the_embargo_line_outside_what_was_signed(tmp_path: Path) -> None:
    outlet = replace(made.outlet("radio"), lead=timedelta(hours=2))
    radio = Radio(outlet, made.workbench(tmp_path))
    rendition, delivery = radio.render(made.ITEM, made.policy()), made.delivery(at=made.NOW + timedelta(hours=2))
    assert "禁止早于 2026年11月23日13时00分 播出" in radio.cover_note(delivery, rendition)
    assert "禁止早于" not in rendition.text("script.txt")


def test_copy_of_the_hour_carries_no_embargo_line(radio: Radio) -> None:
    rendition = radio.render(made.ITEM, made.policy())
    assert "禁止早于" not in radio.cover_note(made.delivery(), rendition)


def test_the_cover_note_names_the_item_and_a_withdrawals_asks_when_it_was_taken_down(radio: Radio) -> None:
    notes = {
        action: radio.cover_note(made.delivery(action), radio.render(made.ITEM, made.policy(), action, "期限有误"))
        for action in (Action.PUBLISH, Action.WITHDRAW)
    }
    assert all(f"稿件标题：{made.FIELDS.title}" in note for note in notes.values())
    assert ["播出时间：" in note for note in notes.values()] == [True, False]
    assert ["撤下时间：" in note for note in notes.values()] == [False, True]
    filled = notes[Action.WITHDRAW].replace("____年__月__日__时__分", "2026年11月24日9时05分").replace("_" * 12, "停播")
    told = receipt_in(filled.encode())
    assert (told.on, told.details["note"]) == ("2026-11-24 09:05", "停播")


def test_a_rehearsal_is_stamped_on_script_and_cover_note(tmp_path: Path) -> None:
    radio = Radio(made.outlet("radio"), made.workbench(tmp_path, office=replace(made.OFFICE, rehearsal=True)))
    rendition = radio.render(made.ITEM, made.policy())
    assert rendition.text("script.txt").startswith("【演练】")
    assert radio.cover_note(made.delivery(), rendition).startswith("【演练】")


def test_a_cell_over_several_rows_is_read_in_each(radio: Radio) -> None:
    assert "政府网站，条数：八千八百一十八条。" in radio.render(made.ITEM, made.policy()).text("script.txt")
