"""Radio: a script that can be read aloud, and its forms of correction and withdrawal."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from channels.base import Channel
from channels.radio import Radio
from content.vocabulary import Action, Row, State
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
        golden(f"radio/{action}/{name}", data)


def test_the_same_input_gives_the_same_bytes(radio: Radio) -> None:
    assert radio.render(made.ITEM, made.policy()).digest == radio.render(made.ITEM, made.policy()).digest


def test_a_table_is_read_row_by_row(radio: Radio) -> None:
    said = radio.render(made.ITEM, made.policy()).text("script.txt")
    assert "政府网站，十一万二千二百八十三条。" in said


def test_the_editors_own_words_go_before_the_body(radio: Radio) -> None:
    own = {"radio.title": "政务公开有新办法", "radio.text": "共3项。\n12月31日起施行。"}
    facts = json.loads(radio.render(made.ITEM, made.policy(words=own)).text("script.json"))
    assert facts["spoken_title"] == "政务公开有新办法"
    assert facts["paragraphs"] == ["共三项。", "十二月三十一日起施行。"]


def test_a_kill_notice_repeats_nothing_of_the_body(radio: Radio) -> None:
    said = radio.render(made.ITEM, made.policy(), Action.WITHDRAW, "内容有误").text("script.txt")
    assert "立即停止播出" in said
    assert "内容有误" in said
    assert "加强组织领导" not in said


def test_a_script_longer_than_the_station_takes_is_an_error_that_says_how_long_it_may_be(tmp_path: Path) -> None:
    radio = Radio(made.outlet("radio", max_seconds=20), made.workbench(tmp_path))
    (finding,) = radio.check(made.policy())
    assert (finding.code, finding.blocks) == ("radio-long", True)
    assert "80字" in finding.mend
    assert not radio.check(made.policy(words={"radio.text": "短稿。"}, title="短题"))


def test_the_stations_pace_decides_the_reading_time(tmp_path: Path) -> None:
    facts = [
        json.loads(
            Radio(made.outlet("radio", pace=pace), made.workbench(tmp_path))
            .render(made.ITEM, made.policy())
            .text("script.json")
        )
        for pace in (120, 240)
    ]
    assert facts[0]["reading_seconds"] in (2 * facts[1]["reading_seconds"], 2 * facts[1]["reading_seconds"] - 1)


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


def test_a_rehearsal_is_stamped_on_script_and_cover_note(tmp_path: Path) -> None:
    radio = Radio(made.outlet("radio"), made.workbench(tmp_path, office=replace(made.OFFICE, rehearsal=True)))
    rendition = radio.render(made.ITEM, made.policy())
    assert rendition.text("script.txt").startswith("【演练】")
    assert radio.cover_note(made.delivery(), rendition).startswith("【演练】")


def test_a_cell_over_several_rows_is_read_in_each(radio: Radio) -> None:
    assert "政府网站，八千八百一十八条。" in radio.render(made.ITEM, made.policy()).text("script.txt")
