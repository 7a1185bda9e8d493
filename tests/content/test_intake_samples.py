import re
from pathlib import Path

import pytest

from content import body
from content.assets import Assets
from content.intake import read
from content.item import Revision
from content.samples import SAMPLES, path
from content.vocabulary import Disclosure, Kind

GOOD = {
    "annual-report-2016.docx": (Kind.ANNUAL_REPORT, "nb"),
    "policy-document.md": (Kind.POLICY_DOCUMENT, "zcwj"),
    "interpretation.md": (Kind.INTERPRETATION, "zcjd"),
    "convenience-notice.md": (Kind.CONVENIENCE_NOTICE, "bmgg"),
    "interview.md": (Kind.INTERVIEW, "zxft"),
    "consultation.md": (Kind.CONSULTATION, "myzj"),
    "consultation-results.md": (Kind.CONSULTATION, "myzj"),
}


@pytest.fixture(scope="module")
def revisions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Revision]:
    assets = Assets(tmp_path_factory.mktemp("samples"))
    return {name: read(path(name), assets).revision for name in GOOD}


@pytest.mark.parametrize("name", GOOD)
def test_a_sample_is_whole_and_has_its_own_words(name: str, revisions: dict[str, Revision], tmp_path: Path) -> None:
    assert read(path(name), Assets(tmp_path)).removed == ()
    fields = revisions[name].fields
    assert (fields.kind, fields.columns[0]) == GOOD[name]
    assert fields.disclosure is Disclosure.PROACTIVE
    assert all(
        [fields.title, fields.organ, fields.editor, fields.summary, fields.keywords, fields.openness, fields.made_on]
    )
    assert 0 < len(fields.word("weibo.text")) <= 110
    assert 0 < len(fields.word("wechat.title")) <= 32
    assert 0 < len(fields.word("wechat.digest")) <= 120
    assert fields.word("radio.title")
    assert not re.search(r"https?://|\.com|\.cn", fields.word("weibo.text"))


def test_the_annual_report_is_mended_and_keeps_every_figure(revisions: dict[str, Revision]) -> None:
    text = body.plain_text(revisions["annual-report-2016.docx"].body)
    hijacked = path("hijacked-annual-report.txt").read_text("utf-8")
    assert not re.search(r"[,()\[\]]|www\.(?!jingzhou\.gov\.cn)", text)
    assert "《荆州市人民政府办公室关于做好政务公开和政府网站建设管理工作的通知》（荆政办发〔2016〕21号）" in text
    assert "《荆州市人民政府公报》11期" in text
    assert "国办秘函〔2016〕48号" in text
    table = "\n112283\n8818\n4380\n38380"
    figures = re.findall(r"\d+", re.sub(r"(?:https?://)?www\.[0-9a-z.]+", "", hijacked))
    found = re.findall(r"\d+", re.sub(r"政府(?:网站|微博|微信)\t\d+|其他方式\t\d+", "", text))
    assert found == figures
    assert all(number in text for number in table.split())


def test_the_annual_report_has_real_headings_and_a_table(revisions: dict[str, Revision]) -> None:
    tags = [element.tag for element in body.tree(revisions["annual-report-2016.docx"].body)]
    assert (tags.count("h2"), tags.count("h3"), tags.count("table")) == (7, 8, 1)


def test_the_interpretation_belongs_to_the_policy_and_is_no_excerpt(revisions: dict[str, Revision]) -> None:
    policy, explained = revisions["policy-document.md"], revisions["interpretation.md"]
    assert explained.fields.interprets == (policy.fields.document_number,)
    sentences = set(re.split(r"[。；\n]", body.plain_text(policy.body)))
    own = [sentence for sentence in re.split(r"[。；\n]", body.plain_text(explained.body)) if sentence]
    assert not [sentence for sentence in own if sentence in sentences]


def test_the_policy_has_levels_a_table_and_an_attachment(revisions: dict[str, Revision]) -> None:
    policy = revisions["policy-document.md"]
    tags = {element.tag for element in body.tree(policy.body)}
    assert {"h2", "h3", "table", "p"} <= tags
    assert [entry.name for entry in policy.attachments] == ["2026年冬季救助物资储备计划表.xlsx"]
    assert policy.fields.normative
    assert policy.fields.addressee in body.plain_text(policy.body)


def test_the_notice_has_its_map(revisions: dict[str, Revision]) -> None:
    notice = revisions["convenience-notice.md"]
    assert [(entry.name, entry.width, entry.height) for entry in notice.pictures] == [("water-map.png", 1200, 800)]
    assert notice.pictures[0].alt.startswith("停水区域示意图")


def test_the_hijacked_report_keeps_both_hosts_for_the_checks(tmp_path: Path) -> None:
    found = read(path("hijacked-annual-report.txt"), Assets(tmp_path)).revision
    text = body.plain_text(found.body)
    assert "www.248365365.com/办公室关于做好" in text
    assert "http://www.qlyewu.com" in text
    assert found.fields.kind is Kind.ANNUAL_REPORT


def test_a_sample_that_is_not_there_is_said_so() -> None:
    with pytest.raises(FileNotFoundError, match="no sample none"):
        path("none")
    assert path("water-map.png").parent == SAMPLES
