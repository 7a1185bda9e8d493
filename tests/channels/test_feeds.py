"""RSS and Atom as readers' programs take them."""

import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from lxml import etree

from channels.base import CannotRender, Channel, Refused
from channels.feeds import Feeds
from content.office import Column
from content.vocabulary import Action, Effect, State
from tests.channels import site_bench as given

NAMES = {
    "a": "http://www.w3.org/2005/Atom",
    "at": "http://purl.org/atompub/tombstones/1.0",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
}


@pytest.fixture
def feeds(tmp_path: Path) -> Feeds:
    return Feeds(given.outlet("feeds"), given.bench(tmp_path))


def publish(feeds: Feeds, serial: int, revision, column: str = "zcwj", **changes):
    return given.send(feeds, given.delivery(given.item(serial, column), "feeds", **changes), revision)


def parsed(feeds: Feeds, name: str) -> etree._Element:
    return etree.fromstring((feeds.public / name).read_bytes())


def said(root: etree._Element, path: str) -> list[str]:
    return [found if isinstance(found, str) else found.text for found in root.xpath(path, namespaces=NAMES)]


def test_it_is_a_direct_channel_that_counts_nowhere(feeds):
    assert isinstance(feeds, Channel)
    assert (feeds.direct, feeds.row) == (True, None)


def test_rendering_and_feeds_match_the_kept_files(feeds, golden):
    revision = given.with_files(given.policy(), feeds.bench.assets)
    made, receipt = publish(feeds, 1001, revision)
    golden("feeds/policy.entry.json", made.parts["entry.json"].data)
    golden("feeds/all.rss.xml", (feeds.public / "all.rss.xml").read_bytes())
    golden("feeds/all.atom.xml", (feeds.public / "all.atom.xml").read_bytes())
    assert (receipt.state, receipt.live_at) == (State.LIVE, given.NOON)
    assert receipt.remote_id == given.item().url


def test_an_item_is_in_the_whole_feed_and_in_its_columns_and_in_no_other(feeds):
    publish(feeds, 1001, given.policy())
    publish(feeds, 1002, given.interpretation(), "zcjd", at=given.later(1))
    assert said(parsed(feeds, "all.atom.xml"), "a:entry/a:id") == [given.item(1002, "zcjd").url, given.item().url]
    assert said(parsed(feeds, "zcjd.rss.xml"), "channel/item/guid") == [given.item(1002, "zcjd").url]
    assert said(parsed(feeds, "zcjd.rss.xml"), "channel/item/guid/@isPermaLink") == ["true"]


def test_pictures_and_links_are_absolute(feeds):
    publish(feeds, 1001, given.with_files(given.policy(), feeds.bench.assets))
    content = said(parsed(feeds, "all.rss.xml"), "channel/item/content:encoded")[0]
    assert 'src="https://www.jingzhou.gov.cn/zcwj/202611/t20261123_1001/pictures/' in content


def test_a_correction_keeps_the_guid_and_changes_the_time(feeds):
    publish(feeds, 1001, given.policy())
    correct = given.delivery(given.item(), "feeds", Action.CORRECT, sequence=2, at=given.later(60))
    given.send(feeds, correct, given.policy(title="更正后的标题"), "标题误写")
    root = parsed(feeds, "all.atom.xml")
    assert said(root, "a:entry/a:id") == [given.item().url]
    assert said(root, "a:entry/a:title") == ["更正后的标题"]
    assert said(root, "a:entry/a:published") == ["2026-11-23T12:00:00+08:00"]
    assert said(root, "a:entry/a:updated") == said(root, "a:updated") == ["2026-11-23T13:00:00+08:00"]


def test_a_withdrawal_takes_the_entry_out_and_leaves_a_deleted_entry(feeds):
    publish(feeds, 1001, given.policy())
    publish(feeds, 1002, given.policy(title="留下的文件"), at=given.later(1))
    withdraw = given.delivery(given.item(), "feeds", Action.WITHDRAW, at=given.later(30))
    _, receipt = given.send(feeds, withdraw, given.policy(), "内容需要核实")
    for name in ("all.atom.xml", "zcwj.atom.xml"):
        root = parsed(feeds, name)
        assert said(root, "a:entry/a:title") == ["留下的文件"]
        assert said(root, "at:deleted-entry/@ref") == [given.item().url]
        assert said(root, "at:deleted-entry/@when") == ["2026-11-23T12:30:00+08:00"]
        assert said(root, "at:deleted-entry/at:comment") == ["内容需要核实"]
    assert given.item().url not in (feeds.public / "all.rss.xml").read_text()
    assert (receipt.state, receipt.evidence["entry"]) == (State.LIVE, "gone")


def test_an_item_that_comes_back_is_no_longer_said_to_be_deleted(feeds):
    publish(feeds, 1001, given.policy())
    given.send(feeds, given.delivery(given.item(), "feeds", Action.WITHDRAW, at=given.later(1)), given.policy(), "误发")
    publish(feeds, 1001, given.policy(), round=2, at=given.later(2))
    root = parsed(feeds, "all.atom.xml")
    assert said(root, "at:deleted-entry/@ref") == []
    assert said(root, "a:entry/a:updated") == ["2026-11-23T12:02:00+08:00"]


def test_a_repealed_document_says_so(feeds):
    publish(feeds, 1001, given.policy())
    repealed = replace(given.item(), effect=Effect.REPEALED)
    given.send(feeds, given.delivery(repealed, "feeds", Action.MARK, at=given.later(5)), given.policy())
    root = parsed(feeds, "all.atom.xml")
    assert said(root, "a:entry/a:title")[0].endswith("（已废止）")
    assert "本文件已废止" in said(root, "a:entry/a:content")[0]


def test_an_emptied_column_keeps_a_valid_feed(feeds):
    publish(feeds, 1001, given.policy())
    correct = given.delivery(given.item(), "feeds", Action.CORRECT, sequence=2, at=given.later(5))
    given.send(feeds, correct, given.policy(columns=("bmgg",)), "栏目有误")
    root = parsed(feeds, "zcwj.atom.xml")
    assert said(root, "a:entry/a:id") == []
    assert datetime.fromisoformat(said(root, "a:updated")[0])
    assert said(parsed(feeds, "bmgg.atom.xml"), "a:entry/a:id") == [given.item().url]


def test_the_newest_fifty_are_shown_newest_first(feeds):
    for serial in range(1, 56):
        publish(feeds, serial, given.notice(serial), "bmgg", at=given.later(serial))
    titles = said(parsed(feeds, "bmgg.rss.xml"), "channel/item/title")
    assert titles == [f"关于第{serial}批供水管网检修的公告" for serial in range(55, 5, -1)]


def test_the_same_shelf_gives_the_same_bytes(feeds):
    work = given.delivery(given.item(), "feeds")
    given.send(feeds, work, given.policy())
    before = given.files_under(feeds.public)
    shutil.rmtree(feeds.public)
    assert feeds.find(work, feeds.render(work.item, given.policy())) is None
    given.send(feeds, replace(work, at=given.later(500)), given.policy())
    assert given.files_under(feeds.public) == before
    found = feeds.find(work, feeds.render(work.item, given.policy()))
    assert found is not None
    assert found.live_at == given.NOON


def test_an_older_revision_never_overwrites_a_newer(feeds):
    publish(feeds, 1001, given.policy(), sequence=2)
    with pytest.raises(Refused):
        publish(feeds, 1001, given.policy(), sequence=1)


def test_text_is_never_markup(feeds):
    hostile = "]]></title><script>&amp;"
    publish(feeds, 1001, given.policy(title=hostile, organ=hostile, summary=hostile))
    assert said(parsed(feeds, "all.rss.xml"), "channel/item/title") == [hostile]
    assert said(parsed(feeds, "all.atom.xml"), "a:entry/a:summary") == [hostile]
    assert said(parsed(feeds, "all.rss.xml"), "channel/item/dc:creator") == [hostile]


def test_what_xml_cannot_carry_is_found_before_the_sign_off(feeds):
    assert [finding.place for finding in feeds.check(given.policy(title="通\x08知"))] == ["title"]
    with pytest.raises(CannotRender, match="title"):
        feeds.render(given.item(), given.policy(title="通\x08知"))


def test_rehearsal_is_stamped_on_feed_and_entries(tmp_path):
    bench = given.bench(tmp_path, office=replace(given.OFFICE, rehearsal=True))
    feeds = Feeds(given.outlet("feeds"), bench)
    publish(feeds, 1001, given.policy())
    titles = said(parsed(feeds, "all.rss.xml"), "//title")
    assert len(titles) == 2
    assert all(title.startswith("【演练】") for title in titles)


def test_a_column_whose_feed_would_replace_the_whole_one_is_refused(tmp_path):
    columns = [Column("all", "全部", "工作动态", "全部", "全部"), *given.COLUMNS]
    feeds = Feeds(given.outlet("feeds", columns=columns), given.bench(tmp_path))
    with pytest.raises(Refused, match="all"):
        publish(feeds, 1001, given.policy())
