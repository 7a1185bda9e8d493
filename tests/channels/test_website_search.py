"""The site's search is told in the same run as the publication, and forgets what is withdrawn."""

import pytest

from channels.base import Unknown
from channels.website import Website
from channels.website.searching import documents, index_path, plain
from content.search import Query, SearchIndex, SearchReader
from content.vocabulary import Action, State
from tests.channels import site_bench as given


@pytest.fixture
def site(tmp_path) -> Website:
    return Website(given.outlet("website"), given.bench(tmp_path))


def found(site: Website, text: str, **filters: str) -> list[str]:
    return [
        hit.document.item
        for hit in SearchReader(index_path(site.bench.folder)).search(Query(text, filters=filters)).hits
    ]


def test_a_published_item_is_found_by_its_text_its_title_and_its_number(site):
    given.send(site, given.delivery(given.item(), "website"), given.policy())
    for text in ("不公开为例外", "做好政务公开", given.POLICY_NUMBER, "任务分工表"):
        assert found(site, text) == ["1001"]
    assert found(site, "医保") == []


def test_the_filters_are_those_of_the_catalogue(site):
    given.send(site, given.delivery(given.item(), "website"), given.policy())
    assert found(
        site, "", theme="综合政务", genre="通知", year="2016", organ="荆州市人民政府办公室", effect="有效"
    ) == ["1001"]
    assert found(site, "", year="2026") == []


def test_a_correction_replaces_what_is_found_and_a_withdrawal_leaves_nothing(site):
    given.send(site, given.delivery(given.item(), "website"), given.policy())
    correct = given.delivery(given.item(), "website", Action.CORRECT, sequence=2, at=given.later(5))
    given.send(site, correct, given.policy(title="更正后的题目"), "标题误写")
    assert found(site, "更正后的题目") == ["1001"]
    assert found(site, "做好政务公开和政府网站建设") == []
    withdraw = given.delivery(given.item(), "website", Action.WITHDRAW, sequence=2, at=given.later(9))
    given.send(site, withdraw, given.policy(), "误发")
    assert found(site, "更正后的题目") == []
    assert found(site, "不公开为例外") == []


def test_a_broken_search_does_not_hold_a_publication_but_holds_a_withdrawal(site):
    given.send(site, given.delivery(given.item(), "website"), given.policy())
    index = index_path(site.bench.folder)
    index.resolve().write_bytes(b"no database at all " * 500)
    work = given.delivery(given.item(1002, "zcjd"), "website", at=given.later(1))
    made, receipt = given.send(site, work, given.interpretation())
    assert "rebuild --search" in receipt.evidence["search"]
    assert site.follow(work, made, receipt).state is State.LIVE
    withdraw = given.delivery(given.item(), "website", Action.WITHDRAW, at=given.later(9))
    with pytest.raises(Unknown, match="rebuild --search"):
        given.send(site, withdraw, given.policy(), "误发")
    SearchIndex(index).rebuild(documents(site.bench.shelf, site.bench.assets))
    given.send(site, withdraw, given.policy(), "误发")
    assert found(site, "背景") == found(site, "不公开为例外") == []
    assert found(site, "一图读懂") == ["1002"]


def test_a_site_without_search_keeps_no_index(tmp_path):
    bare = Website(given.outlet("website", search=False), given.bench(tmp_path))
    given.send(bare, given.delivery(given.item(), "website"), given.policy())
    assert not index_path(bare.bench.folder).exists()


def test_cells_and_paragraphs_do_not_run_into_each_other_but_marked_words_stay_whole():
    text = plain(
        "<p>优<strong>化</strong>营商</p><table><tr><td>任务</td><td>时限</td></tr></table><ul><li>甲</li><li>乙</li></ul>"
    )
    assert "优化营商" in text
    assert "任务时限" not in text
    assert "甲乙" not in text
