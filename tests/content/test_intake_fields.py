from collections.abc import Mapping
from dataclasses import fields as fields_of
from datetime import date, datetime
from pathlib import Path

import pytest

from content.assets import Assets
from content.clock import CHINA
from content.intake import IntakeError, read
from content.intake.fields import field_infos, fields_from_values, label_of
from content.item import Fields
from content.vocabulary import Disclosure, Kind, Level, Openness


def fields(**values: object) -> Fields:
    return fields_from_values({"kind": "要闻动态", **values}.items(), "稿件")


def problems(values: Mapping[str, object]) -> str:
    with pytest.raises(IntakeError) as caught:
        fields_from_values(values.items(), "稿件.md")
    assert caught.value.code == "fields"
    return caught.value.message


def submit(folder: Path, front: str = "", values: dict[str, str] | None = None, **beside: str) -> Fields:
    (folder / "a.md").write_text(f"---\n{front}\n---\n正文\n" if front else "正文\n", "utf-8")
    for extension, text in beside.items():
        (folder / f"a.{extension}").write_text(text, "utf-8")
    return read(folder / "a.md", Assets(folder / "assets"), values).revision.fields


def test_every_field_has_a_label_and_help_and_no_two_share_a_name() -> None:
    infos = field_infos()
    assert set(infos) == {entry.name for entry in fields_of(Fields)}
    names = [name for info in infos.values() for name in (info.name, info.label, *info.aliases)]
    assert len(names) == len(set(names))
    assert all(info.help.endswith("。") for info in infos.values())
    assert label_of("words.weibo.text") == "各渠道用语·weibo.text"


def test_fields_are_named_in_code_or_in_chinese() -> None:
    assert fields(标题="甲", made_on="2026-11-20") == fields(title="甲", 成文日期="2026年11月20日")


@pytest.mark.parametrize("written", ["policy-document", "政策文件"])
def test_a_kind_is_its_value_or_its_label(written: str) -> None:
    assert fields(kind=written).kind is Kind.POLICY_DOCUMENT


@pytest.mark.parametrize("written", ["2016-05-18", "2016年5月18日", "2016/5/18", "2016.05.18", date(2016, 5, 18)])
def test_a_date_is_read_as_it_is_written(written: object) -> None:
    assert fields(made_on=written).made_on == date(2016, 5, 18)


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-25 09:30",
        "2026-11-25T09:30:00",
        "2026年11月25日9时30分",
        "2026年11月25日 9：30",
        "2026-11-25T01:30:00Z",
        "2026-11-25T09:30:00+08:00",
        datetime(2026, 11, 25, 9, 30),
    ],
)
def test_a_moment_is_the_clock_in_china_unless_it_names_its_zone(written: object) -> None:
    held = fields(held_at=written).held_at
    assert held is not None
    assert held.isoformat() == "2026-11-25T09:30:00+08:00"


def test_a_moment_may_be_a_day_alone_or_a_full_hour() -> None:
    assert fields(embargo="2026年11月25日").embargo == datetime(2026, 11, 25, tzinfo=CHINA)
    assert fields(embargo="2026年11月25日15时").embargo == datetime(2026, 11, 25, 15, tzinfo=CHINA)


@pytest.mark.parametrize("written", ["甲、乙；丙，丁", "甲;乙,丙、丁", ["甲", "乙", "丙", "丁"], "甲、、乙、丙、丁、"])
def test_a_list_may_be_one_line(written: object) -> None:
    assert fields(keywords=written).keywords == ("甲", "乙", "丙", "丁")


def test_closed_words_become_members() -> None:
    found = fields(
        公开方式="主动公开", 来源层级="市", 五公开="决策公开、结果公开", 规范性文件="是", 条例第二十条项目="1"
    )
    assert found.disclosure is Disclosure.PROACTIVE
    assert found.level is Level.CITY
    assert found.openness == (Openness.DECISION, Openness.RESULT)
    assert found.normative is True
    assert found.article20 == 1


def test_words_for_channels_come_dotted_or_nested() -> None:
    dotted = fields_from_values([("kind", "news"), ("words.weibo.text", "微"), ("words.wechat.title", "信")], "x")
    nested = fields(words={"weibo": {"text": "微"}, "wechat.title": "信"})
    assert dotted.words == nested.words == {"weibo.text": "微", "wechat.title": "信"}


def test_all_problems_are_told_at_once_each_with_field_value_and_wanted_form() -> None:
    told = problems(
        {
            "titel": "x",
            "made_on": "昨天",
            "article20": "16",
            "公开方式": "公开",
            "words.x": "y",
            "held_at": "2026-02-30",
        }
    )
    assert "“titel”：没有这个字段，是不是“title”？" in told
    assert "成文日期（made_on）：“昨天”不对，应是日期，如 2026-11-20 或 2026年11月20日。" in told
    assert "条例第二十条项目（article20）：“16”不对，应是 1 到 15 的整数。" in told
    assert "应是其中之一：主动公开、依申请公开、不予公开。" in told
    assert "名称应写成“渠道.用处”" in told
    assert "日历上没有这一天" in told
    assert "稿件种类（kind）：没有填写" in told


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", ["甲"]),
        ("title", True),
        ("title.x", "甲"),
        ("kind", "公文"),
        ("normative", "或许"),
        ("keywords", {"a": "b"}),
        ("language", "中文 简体"),
        ("embargo", "明天"),
        ("embargo", "2026-11-25 25:00"),
        ("made_on", datetime(2026, 1, 1)),
    ],
)
def test_a_wrong_value_is_refused(name: str, value: object) -> None:
    assert problems({"kind": "news", name: value})


def test_the_command_line_wins_over_the_sidecar_and_that_over_the_front_matter(tmp_path: Path) -> None:
    front = (
        "kind: news\ntitle: 甲\n标题: 甲二\norgan: 机关甲\neditor: 张三\nwords:\n  weibo.text: 一\n  radio.title: 一"
    )
    beside = '"标题" = "乙"\norgan = "机关乙"\n[words.weibo]\ntext = "二"\n'
    found = submit(tmp_path, front, {"title": "丙"}, toml=beside)
    assert (found.title, found.organ, found.editor) == ("丙", "机关乙", "张三")
    assert found.words == {"radio.title": "一", "weibo.text": "二"}


def test_an_empty_value_takes_back_what_an_earlier_source_gave(tmp_path: Path) -> None:
    assert submit(tmp_path, "kind: news\neditor: 张三", {"editor": ""}).editor == ""


def test_a_yaml_sidecar_is_read_and_two_sidecars_are_refused(tmp_path: Path) -> None:
    assert submit(tmp_path, yaml="kind: news\ncontact: 0716\nlanguage: no\n") == Fields(
        Kind.NEWS, contact="0716", language="no"
    )
    with pytest.raises(IntakeError, match="有几个字段文件"):
        submit(tmp_path, toml='kind = "news"\n')


@pytest.mark.parametrize(
    ("front", "message"),
    [
        ("kind: news\nkind: news", "写了两次"),
        ("kind: [news", "YAML 写法有误（第"),
        ("a: &x [1]\nb: *x", "用了引用"),
        ("- kind", "一行一个"),
        ("kind: news\nx:" + "[" * 3000, "YAML 写法有误"),
    ],
)
def test_wrong_front_matter_names_the_place(front: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match=message):
        submit(tmp_path, front)


def test_front_matter_without_an_end_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("---\nkind: news\n正文\n", "utf-8")
    with pytest.raises(IntakeError, match="没有结束"):
        read(tmp_path / "a.md", Assets(tmp_path / "assets"))


def test_a_wrong_toml_names_the_line(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match="第2行"):
        submit(tmp_path, toml='kind = "news"\ntitle = 甲\n')
