"""Consultations with their results, and transcripts, as the website shows them."""

from datetime import date
from pathlib import Path

import pytest
from lxml import html

from channels.website import Website
from channels.website.lines import still_asking
from content.assets import Assets
from content.intake import read
from content.item import Fields, Revision
from content.samples import path
from content.vocabulary import Kind
from tests.channels import site_bench as given

ASKED = {
    "kind": Kind.CONSULTATION,
    "columns": ("zxft",),
    "title": "征集民生实事建议",
    "document_number": "荆政办函〔2026〕58号",
}
ANSWERED = {
    "kind": Kind.CONSULTATION,
    "columns": ("zxft",),
    "title": "征集结果",
    "results_of": ("荆政办函〔2026〕58号",),
}


@pytest.fixture
def site(tmp_path: Path) -> Website:
    return Website(given.outlet("website"), given.bench(tmp_path))


def publish(site: Website, serial: int, revision: Revision) -> html.HtmlElement:
    given.send(site, given.delivery(given.item(serial, "zxft"), "website"), revision)
    return page(site, serial)


def page(site: Website, serial: int) -> html.HtmlElement:
    return html.document_fromstring((site.public / f"zxft/202611/t20261123_{serial}.html").read_text())


def links(found: html.HtmlElement, serial: int) -> list[html.HtmlElement]:
    return [link for link in found.iter("a") if link.get("href", "").endswith(f"t20261123_{serial}.html")]


def fragment(site: Website, body: str, kind: Kind = Kind.INTERVIEW) -> str:
    fields = Fields(kind, title="在线访谈", columns=("zxft",), guests=("市民政局局长 程望江",))
    return site.render(given.item(5, "zxft"), Revision(fields, body)).text("body.html")


def test_a_consultation_and_its_results_name_each_other_on_both_pages(site):
    publish(site, 1, given.notice(1, **ASKED))
    answered = publish(site, 2, given.notice(2, received=20, adopted=3, **ANSWERED))
    assert "征集调查" in answered.text_content() and links(answered, 1)
    asked = page(site, 1)
    assert "征集结果" in asked.text_content() and links(asked, 2)


def test_results_that_repeat_the_period_are_not_taken_for_something_to_answer(site):
    period = {"opens_on": date(2026, 11, 2), "closes_on": date(2026, 11, 30)}
    publish(site, 1, given.notice(1, **ASKED, **period))
    publish(site, 2, given.notice(2, received=20, adopted=3, **ANSWERED, **period))
    entries = [entry for serial in ("1", "2") if (entry := site.bench.shelf.get(serial))]
    assert [entry.item_id for entry in still_asking(entries)] == ["1"]


def test_the_page_s_head_values_carry_the_results_and_the_recording(site):
    given_values = {"received": 20, "adopted": 0, "principal": True, "recording": "https://www.jingzhou.gov.cn/v/1"}
    head = site.render(given.item(5, "zxft"), given.notice(5, **ANSWERED, **given_values)).text("head.json")
    assert '"adopted":0' in head and '"received":20' in head
    assert '"recording":"https://www.jingzhou.gov.cn/v/1"' in head


def test_who_speaks_in_a_transcript_is_marked(site):
    told = fragment(site, "<p>主持人：大家好。</p><p>程望江：办理时间：九点。</p><p>记者说：好。</p>")
    assert told == (
        '<p><strong class="speaker">主持人：</strong>大家好。</p>'
        '<p><strong class="speaker">程望江：</strong>办理时间：九点。</p><p>记者说：好。</p>'
    )


def test_a_name_that_the_editor_made_bold_is_marked_once(site):
    told = fragment(site, "<p><strong>主持人：</strong>好。</p><p><strong>程望江</strong>：<em>好</em>。</p>")
    assert told == (
        '<p><strong class="speaker">主持人：</strong>好。</p><p><strong class="speaker">程望江</strong>：<em>好</em>。</p>'
    )


def test_a_bold_sentence_or_a_name_in_pieces_stays_as_it_is(site):
    body = "<p><strong>主持人：大家好。</strong></p><p>程<em>望江</em>：好。</p>"
    assert fragment(site, body) == body


def test_other_kinds_have_no_speakers(site):
    body = "<p>主持人：大家好。</p><p>会议指出：好。</p><p>会议指出：好。</p>"
    assert fragment(site, body, Kind.NEWS) == body
    assert fragment(site, body).count("speaker") == 1


def test_marking_speakers_changes_no_word_of_the_sample(site, tmp_path):
    revision = read(path("interview.md"), Assets(tmp_path / "assets")).revision
    made = site.render(given.item(5, "zxft"), revision).text("body.html")
    shown = html.fragment_fromstring(made, create_parent="div")
    signed = html.fragment_fromstring(revision.body, create_parent="div")
    assert shown.text_content() == signed.text_content()
    names = [one.text for one in shown.iter("strong") if one.get("class") == "speaker"]
    assert names[:3] == ["主持人：", "程望江：", "苏禾："] and "网友“荆江水”：" in names
    assert len(names) == len([text for text in revision.body.split("<p>") if "：" in text[:12]])
