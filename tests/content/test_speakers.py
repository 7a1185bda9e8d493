"""Who speaks in a transcript, and what only looks like it."""

import time

import pytest

from content.item import Fields
from content.speakers import speaker_at, speakers, speakers_of
from content.vocabulary import Kind


@pytest.mark.parametrize(
    "name", ["主持人", "记者", "网友", "市民", "网友“荆江水”", "记者（荆州日报）", "网友2", "问", "答"]
)
def test_a_role_speaks_though_it_stands_once(name: str) -> None:
    assert speakers([f"{name}：请问什么时候办理？"]) == {name}


@pytest.mark.parametrize("guest", ["程望江", "市民政局局长 程望江", "市民政局局长程望江", "程望江（市民政局局长）"])
def test_a_guest_speaks_though_the_name_stands_once(guest: str) -> None:
    assert speakers(["程望江：大家好。"], [guest]) == {"程望江"}


def test_another_name_speaks_when_it_recurs() -> None:
    assert speakers(["苏禾：你好。"]) == frozenset()
    assert speakers(["苏禾：你好。", "谢谢。", "苏禾：再见。"]) == {"苏禾"}
    assert speakers(["苏　禾：你好。"], ["苏禾"]) == {"苏　禾"}


@pytest.mark.parametrize(
    "line",
    [
        "会议指出：要抓好落实。",
        "记者了解到：今冬偏冷。",
        "访谈时间：2026年11月20日",
        "咨询电话：0716-8278407",
        "具体措施如下：",
        "有三个特点，一是：早。",
        "第一：排查早。",
        "市民政局社会救助科有关负责同志说明：略。",
        "：没有名字",
        "9：30开始",
        "主持人: 半角的冒号",
    ],
)
def test_an_ordinary_sentence_is_no_speaker_however_often_it_comes(line: str) -> None:
    assert speakers([line] * 3, ["市民政局局长 程望江"]) == frozenset()


def test_thirteen_characters_are_no_name() -> None:
    assert speakers(["甲乙丙丁戊己庚辛壬癸子丑：好。"] * 2) == {"甲乙丙丁戊己庚辛壬癸子丑"}
    assert speakers(["甲乙丙丁戊己庚辛壬癸子丑寅：好。"] * 2) == frozenset()


def test_one_character_of_a_guest_s_entry_is_no_guest() -> None:
    assert speakers(["江：大家好。"], ["程望江"]) == frozenset()


def test_only_interviews_and_press_conferences_have_transcripts() -> None:
    said = ["主持人：大家好。"]
    assert speakers_of(Fields(Kind.INTERVIEW), said) == speakers_of(Fields(Kind.PRESS_CONFERENCE), said) == {"主持人"}
    assert speakers_of(Fields(Kind.POLICY_DOCUMENT), said) == frozenset()


def test_what_a_paragraph_begins_with_is_the_name_and_its_colon() -> None:
    names = frozenset({"主持人"})
    assert speaker_at("主持人：时间：九点。", names) == "主持人："
    assert speaker_at("主持人说：好。", names) == speaker_at("没有冒号", names) == ""


def test_a_hostile_text_takes_no_time() -> None:
    began = time.process_time()
    speakers(
        ["记者" * 200_000, "（" * 400_000 + "：", *["市民（" + "x" * 9 + "：" for _ in range(20_000)]], ["甲" * 100_000]
    )
    assert time.process_time() - began < 6
