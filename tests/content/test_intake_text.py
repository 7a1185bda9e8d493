from pathlib import Path

import pytest

from content import body
from content.assets import Assets
from content.finding import Finding
from content.intake import Intake, IntakeError, read
from content.vocabulary import Severity


def taken(folder: Path, data: bytes | str, name: str = "a.md", **values: str) -> Intake:
    (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)
    return read(folder / name, Assets(folder / "assets"), {"kind": "news", **values})


def body_of(folder: Path, text: str, **values: str) -> str:
    return taken(folder, text, **values).revision.body


def test_markdown_becomes_a_body_with_headings_lists_and_tables(tmp_path: Path) -> None:
    text = "## 一、总则\n\n第一行\n第二行**重点**\n\n- 甲\n- 乙\n\n| 渠道 | 条数 |\n|--|--:|\n| 网站 | 1 |\n"
    assert body_of(tmp_path, text) == (
        "<h2>一、总则</h2><p>第一行第二行<strong>重点</strong></p><ul><li>甲</li><li>乙</li></ul><table><thead><tr><th>渠道</th>"
        "<th>条数</th></tr></thead><tbody><tr><td>网站</td><td>1</td></tr></tbody></table>"
    )


def test_footnotes_are_numbered_in_the_order_of_their_calls(tmp_path: Path) -> None:
    text = "甲[^b]乙[^a]丙[^b][^none]\n\n[^a]: 注一**重**\n[^b]: 注二\n续行\n\n[^c]: 没人用\n"
    found = body_of(tmp_path, text)
    assert found.startswith('<p>甲<a href="#fn-1" id="fnref-1"><sup>[1]</sup></a>乙<a href="#fn-2"')
    assert "[^none]</p>" in found
    assert found.endswith(
        '<section class="footnotes"><ol><li id="fn-1">注二续行</li><li id="fn-2">注一<strong>重</strong></li><li>没人用</li></ol></section>'
    )


def test_a_footnote_that_calls_itself_ends(tmp_path: Path) -> None:
    assert "自己" in body_of(tmp_path, "甲[^1]\n\n[^1]: 自己[^1]和[^2]\n[^2]: 又[^1]\n")


def test_a_single_top_heading_is_the_title_unless_a_field_gives_one(tmp_path: Path) -> None:
    text = "# 关于测试的通知\n\n## 一、总则\n\n甲\n"
    assert taken(tmp_path, text).revision.fields.title == "关于测试的通知"
    assert taken(tmp_path, text).revision.body == "<h2>一、总则</h2><p>甲</p>"
    assert taken(tmp_path, text, title="关于测试的通知").revision.body == "<h2>一、总则</h2><p>甲</p>"
    assert taken(tmp_path, text, title="另一个").revision.body.startswith("<h2>关于测试的通知</h2><h3>")


def test_html_in_markdown_is_cleaned_and_reported(tmp_path: Path) -> None:
    found = taken(
        tmp_path, '甲<script>x</script>\n\n<p class="right">落款</p>\n\n<div style="display:none">博彩</div>\n'
    )
    assert found.revision.body == '<p>甲</p><p class="right">落款</p>'
    assert [(entry.code, entry.severity) for entry in found.removed] == [
        ("hidden-text", Severity.ERROR),
        ("cleaned", Severity.WARNING),
    ]
    assert isinstance(found.removed[0], Finding)
    assert "博彩" in found.removed[0].message


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_text_is_read_in_the_encodings_that_offices_use(codec: str, tmp_path: Path) -> None:
    found = taken(tmp_path, "标题行\r\n一、总则\r\n　　㐀𠀀正文，半角,不动。\r\n".encode(codec), "a.txt")
    assert found.revision.fields.title == "标题行"
    assert found.revision.body == "<h2>一、总则</h2><p>㐀𠀀正文，半角,不动。</p>"


def test_punctuation_and_characters_are_never_folded(tmp_path: Path) -> None:
    line = "国办秘函［2016］48号(半角)，ＡＢＣ①㈠“引”—…〔2016〕〇"
    assert body_of(tmp_path, line) == f"<p>{line}</p>"


def test_plain_text_keeps_what_looks_like_markup(tmp_path: Path) -> None:
    found = taken(tmp_path, "标题\n5 < 6 且 <b>不是标签</b> & 其他。\n", "a.txt")
    assert body.plain_text(found.revision.body) == "5 < 6 且 <b>不是标签</b> & 其他。"


def test_the_first_line_is_no_title_when_it_is_a_sentence(tmp_path: Path) -> None:
    found = taken(tmp_path, "这是一句话。\n又一句话。\n", "a.txt")
    assert found.revision.fields.title == ""
    assert body.paragraphs(found.revision.body) == ["这是一句话。", "又一句话。"]


def test_the_same_bytes_give_the_same_digest_whatever_the_folder_and_line_ends(tmp_path: Path) -> None:
    (tmp_path / "甲 乙").mkdir()
    one = taken(tmp_path, "标题\n一、总则\n正文\n", "a.txt").revision
    assert taken(tmp_path / "甲 乙", "标题\r\n一、总则\r\n正文\r\n", "b.txt").revision.digest == one.digest
    assert taken(tmp_path, "标题\n一、总则\n正文。\n", "a.txt").revision.digest != one.digest


def test_a_control_character_names_its_line(tmp_path: Path) -> None:
    with pytest.raises(IntakeError) as caught:
        taken(tmp_path, "标题\n正\x07文\n", "a.txt")
    assert caught.value.place == "a.txt 第2行"


@pytest.mark.parametrize(
    "text", ["[" * 20_000, "*a " * 20_000, "> " * 50_000 + "a", "![" * 10_000, "`" * 99_999, "|a" * 50_000]
)
def test_markdown_that_is_made_to_be_slow_is_read_all_the_same(text: str, tmp_path: Path) -> None:
    assert body.tree(body_of(tmp_path, f"正文\n\n{text}\n")) is not None
