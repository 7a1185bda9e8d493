"""Newspaper: Word copy, ninjs item and pictures."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from PIL import Image, IptcImagePlugin

from channels.base import CannotRender, Channel
from channels.newspaper import Newspaper
from content.body import paragraphs
from content.delivery import Receipt
from content.vocabulary import Action, State
from tests.channels import partner_bench as made

Golden = Callable[[str, bytes], None]


@pytest.fixture
def newspaper(tmp_path: Path) -> Newspaper:
    return Newspaper(made.outlet("newspaper"), made.workbench(tmp_path))


def docx_text(data: bytes) -> str:
    document = Document(BytesIO(data))
    lines = [paragraph.text for paragraph in document.paragraphs]
    lines += ["\t".join(cell.text for cell in row.cells) for table in document.tables for row in table.rows]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("action", [Action.PUBLISH, Action.CORRECT, Action.WITHDRAW])
def test_the_copy_is_as_it_was_reviewed(newspaper: Newspaper, golden: Golden, action: Action) -> None:
    assert isinstance(newspaper, Channel)
    revision = made.illustrated(newspaper.bench.assets)
    rendition = newspaper.render(made.ITEM, revision, action, "" if action is Action.PUBLISH else "期限有误")
    golden(f"newspaper/{action}/copy.txt", docx_text(rendition.parts["copy.docx"].data).encode())
    golden(f"newspaper/{action}/item.ninjs.json", rendition.parts["item.ninjs.json"].data)


def test_the_word_file_has_the_same_bytes_each_time(newspaper: Newspaper) -> None:
    revision = made.illustrated(newspaper.bench.assets)
    first, second = (newspaper.render(made.ITEM, revision).parts["copy.docx"].data for _ in range(2))
    assert first == second


def test_no_word_of_the_body_is_lost_in_the_word_file(newspaper: Newspaper) -> None:
    text = "".join(docx_text(newspaper.render(made.ITEM, made.policy()).parts["copy.docx"].data).split())
    for paragraph in paragraphs(made.BODY, "{}"):
        for piece in paragraph.split("\t"):
            assert "".join(piece.split()) in text


def test_pictures_lie_in_the_copy_and_beside_it(newspaper: Newspaper) -> None:
    rendition = newspaper.render(made.ITEM, made.illustrated(newspaper.bench.assets))
    printed = rendition.parts["pictures/01-流程_图.jpg"].data
    with Image.open(BytesIO(printed)) as picture, Image.open(BytesIO(made.drawing())) as source:
        assert picture.size == source.size
    assert len(Document(BytesIO(rendition.parts["copy.docx"].data)).inline_shapes) == 1
    (association,) = json.loads(rendition.text("item.ninjs.json"))["associations"]
    shown = association["renditions"][0]
    assert shown["title"] == "pictures/01-流程_图.jpg"
    assert (shown["contenttype"], shown["sizeinbytes"]) == ("image/jpeg", len(printed))
    assert "300 dpi 时宽50毫米" in docx_text(rendition.parts["copy.docx"].data)


def test_a_picture_says_whose_it_is_wherever_it_gets_to(newspaper: Newspaper) -> None:
    rendition = newspaper.render(made.ITEM, made.illustrated(newspaper.bench.assets))
    with Image.open(BytesIO(rendition.parts["pictures/01-流程_图.jpg"].data)) as picture:
        fields = IptcImagePlugin.getiptcinfo(picture) or {}
        xmp = str(picture.getxmp())
    assert fields[(2, 120)].decode() == "图1　办理流程".replace("　", " ")
    assert fields[(2, 105)].decode() == made.FIELDS.title
    assert fields[(2, 110)].decode() == made.OFFICE.organ
    assert "办理流程" in xmp
    assert made.FIELDS.title in xmp


def test_an_embargo_stands_on_the_copy_in_the_wire_item_and_in_the_picture(newspaper: Newspaper) -> None:
    hour = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
    revision = made.illustrated(newspaper.bench.assets)
    rendition = newspaper.render(made.ITEM, replace(revision, fields=replace(revision.fields, embargo=hour)))
    line = "★ 禁止早于 2026年11月24日9时00分 刊发 ★"
    assert line in docx_text(rendition.parts["copy.docx"].data)
    assert json.loads(rendition.text("item.ninjs.json"))["embargoed"] == "2026-11-24T09:00:00+08:00"
    with Image.open(BytesIO(rendition.parts["pictures/01-流程_图.jpg"].data)) as picture:
        assert line in (IptcImagePlugin.getiptcinfo(picture) or {})[(2, 40)].decode()


def test_what_is_no_picture_is_a_finding(newspaper: Newspaper) -> None:
    broken = made.Picture("坏.png", newspaper.bench.assets.put(b"no picture"), "image/png", 9, 9, 10, "")
    with pytest.raises(CannotRender) as problem:
        newspaper.render(made.ITEM, replace(made.policy(), pictures=(broken,)))
    assert problem.value.finding.code == "newspaper-picture"


def test_the_lead_is_the_editors_own_else_the_summary_else_the_first_sentence(newspaper: Newspaper) -> None:
    def lead(**changes: object) -> str:
        bodies = json.loads(newspaper.render(made.ITEM, made.policy(**changes)).text("item.ninjs.json"))["bodies"]
        return str(bodies[0]["value"])

    assert lead(words={"newspaper.lead": "自己写的导语。"}, summary="摘要。") == "自己写的导语。"
    assert lead(summary="摘要。") == "摘要。"
    assert lead().startswith("根据《中华人民共和国政府信息公开条例》")
    assert lead().endswith("增长96.23%。")


def test_marks_of_notes_stand_in_brackets_in_the_wire_text_and_are_not_counted_as_words(newspaper: Newspaper) -> None:
    marked, bare = (
        newspaper.render(made.ITEM, made.policy(body))
        for body in (made.BODY, made.BODY.replace('<sup><a href="#fn1">1</a></sup>', ""))
    )
    main = json.loads(marked.text("item.ninjs.json"))["bodies"][1]["value"]
    assert "增长96.23%［1］。" in main
    counts = [re.search(r"全文\d+字", docx_text(one.parts["copy.docx"].data)) for one in (marked, bare)]
    assert counts[0] and counts[1] and counts[0][0] == counts[1][0]


def test_a_withdrawal_is_a_kill_notice_canceled_without_body_or_pictures(newspaper: Newspaper) -> None:
    revision = made.illustrated(newspaper.bench.assets)
    rendition = newspaper.render(made.ITEM, revision, Action.WITHDRAW, "内容有误")
    item = json.loads(rendition.text("item.ninjs.json"))
    assert set(rendition.parts) == {"copy.docx", "item.ninjs.json"}
    assert item["pubstatus"] == "canceled"
    assert "bodies" not in item
    assert "加强组织领导" not in docx_text(rendition.parts["copy.docx"].data)


def test_a_correction_says_on_which_day_and_page_it_was_printed(newspaper: Newspaper) -> None:
    def said(*receipts: Receipt, action: Action = Action.CORRECT) -> str:
        made_of = newspaper.referring(receipts).render(made.ITEM, made.policy(), action, "内容有误")
        return docx_text(made_of.parts["copy.docx"].data)

    printed = Receipt(State.LIVE, evidence={"stated": "2026-11-24", "page": "2"})
    assert "贵报2026年11月24日第2版刊发的《荆州市" in said(printed)
    assert "该稿已于2026年11月24日第2版刊发" in said(printed, action=Action.WITHDRAW)
    assert "贵报此前收到或刊发的2026年11月23日的稿件《荆州市" in said()


def test_a_picture_that_the_store_lost_is_a_finding(newspaper: Newspaper) -> None:
    revision = made.illustrated(newspaper.bench.assets)
    newspaper.bench.assets.path(revision.pictures[0].digest).unlink()
    with pytest.raises(CannotRender) as problem:
        newspaper.render(made.ITEM, revision)
    assert problem.value.finding.code == "newspaper-picture"


def test_a_table_wider_than_word_can_hold_is_a_finding(newspaper: Newspaper) -> None:
    body = f"<table><tr>{'<td>1</td>' * 200}</tr></table>"
    with pytest.raises(CannotRender) as problem:
        newspaper.render(made.ITEM, made.policy(body))
    assert "200列" in problem.value.finding.message


def test_merged_cells_keep_their_neighbours_in_place(newspaper: Newspaper) -> None:
    data = newspaper.render(made.ITEM, made.policy()).parts["copy.docx"].data
    assert [cell.text for cell in Document(BytesIO(data)).tables[0].rows[2].cells] == ["政府网站", "8818条"]


def test_a_rehearsal_is_stamped_on_the_copy(tmp_path: Path) -> None:
    office = replace(made.OFFICE, rehearsal=True)
    newspaper = Newspaper(made.outlet("newspaper"), made.workbench(tmp_path, office=office))
    rendition = newspaper.render(made.ITEM, made.policy())
    assert docx_text(rendition.parts["copy.docx"].data).startswith("【演练】")
    assert "演练" in json.loads(rendition.text("item.ninjs.json"))["ednote"]


def test_the_mark_of_a_note_never_sticks_to_the_number_before_it(newspaper: Newspaper) -> None:
    lead, text, _ = json.loads(newspaper.render(made.ITEM, made.policy()).text("item.ninjs.json"))["bodies"]
    assert lead["value"].endswith("增长96.23%。")
    assert "增长96.23%［1］。" in text["value"]


def test_the_wire_text_numbers_entries_and_notes_and_keeps_each_cell_in_its_column(newspaper: Newspaper) -> None:
    body = (
        '<p>增长5%<sup><a href="#n7">7</a></sup>。</p><ol><li>甲</li><li><p>乙</p><ul><li>丙</li></ul></li></ol>'
        '<table><thead><tr><th rowspan="2">单位</th><th colspan="2">专区</th><th rowspan="2">答复率</th></tr>'
        "<tr><th>应建</th><th>新建</th></tr></thead><tbody><tr><td>江陵县</td><td>48</td><td>6</td><td>96%</td></tr></tbody></table>"
        '<section class="footnotes"><ol><li id="n7">以上年为基数。</li></ol></section>'
    )
    text = json.loads(newspaper.render(made.ITEM, made.policy(body)).text("item.ninjs.json"))["bodies"][-2]["value"]
    assert text.split("\n") == [
        "增长5%［7］。",
        "1．甲",
        "2．乙",
        "•　丙",
        "单位\t专区\t\t答复率",
        "\t应建\t新建\t",
        "江陵县\t48\t6\t96%",
        "［7］以上年为基数。",
    ]
