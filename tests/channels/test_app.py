"""The app's JSON Feed 1.1."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from channels.app import App
from channels.base import CannotRender, Channel, Refused
from content.database import open_database
from content.schema import metadata
from content.shelves import DatabaseShelf
from content.site_files import DatabaseSiteFiles
from content.vocabulary import Action, Effect, State
from tests.channels import site_bench as given
from tests.channels.json_feed import item_problems, problems


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App(given.outlet("app"), given.bench(tmp_path))


def publish(app: App, serial: int, revision, column: str = "zcwj", **changes):
    return given.send(app, given.delivery(given.item(serial, column), "app", **changes), revision)


def read(app: App, name: str) -> Any:
    return json.loads((app.public / name).read_bytes())


def test_it_is_a_direct_channel_of_the_other_row(app):
    assert isinstance(app, Channel)
    assert (app.direct, app.row) == (True, "other")


def test_rendering_and_files_match_the_kept_ones(app, golden):
    made, receipt = publish(app, 1001, given.with_files(given.policy(), app.bench.assets))
    golden("app/policy.item.json", made.parts["item.json"].data)
    golden("app/feed.json", (app.public / "feed.json").read_bytes())
    golden("app/1001.json", (app.public / "items/1001.json").read_bytes())
    assert (receipt.state, receipt.live_at) == (State.LIVE, given.NOON)
    assert receipt.url == "https://www.jingzhou.gov.cn/app/items/1001.json"


def test_the_editors_own_words_for_the_app_win(app):
    words = {"app.title": "明晚停水8小时", "app.summary": "请提前储水。"}
    made = app.render(given.item(1001), given.policy(words=words))
    entry = json.loads(made.text("item.json"))
    assert (entry["title"], entry["summary"]) == ("明晚停水8小时", "请提前储水。")


def test_the_feed_has_what_version_1_1_demands(app):
    publish(app, 1001, given.with_files(given.policy(), app.bench.assets))
    feed = read(app, "feed.json")
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == "https://www.jingzhou.gov.cn/app/feed.json"
    (entry,) = feed["items"]
    assert entry["id"] == entry["url"] == given.item().url
    assert entry["date_published"] == "2026-11-23T12:00:00+08:00"
    assert entry["attachments"][0]["size_in_bytes"] == len(b"a spreadsheet")
    assert entry["attachments"][0]["url"].startswith(
        "https://www.jingzhou.gov.cn/zcwj/202611/t20261123_1001/attachments/%E4"
    )
    assert entry["_tongbu"]["document_number"] == given.POLICY_NUMBER


def test_the_newest_fifty_are_in_the_feed_and_older_ones_keep_their_file(app):
    for serial in range(1, 56):
        publish(app, serial, given.notice(serial), "bmgg", at=given.later(serial))
    titles = [entry["title"] for entry in read(app, "feed.json")["items"]]
    assert titles == [f"关于第{serial}批供水管网检修的公告" for serial in range(55, 5, -1)]
    assert read(app, "items/1.json")["title"] == "关于第1批供水管网检修的公告"


def pages(app: App) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((app.public / "pages").glob("*.json"))}


def followed(app: App) -> list[Any]:
    """The feed and all that its ``next_url`` leads to."""
    found = [read(app, "feed.json")]
    while "next_url" in found[-1]:
        assert len(found) < 100, "next_url leads in a circle"
        found.append(read(app, found[-1]["next_url"].removeprefix("https://www.jingzhou.gov.cn/app/")))
    return found


@pytest.mark.parametrize("count", [1, 25, 26, 50, 51, 76])
def test_next_url_leads_to_every_item_and_ends(app, count):
    for serial in range(1, count + 1):
        publish(app, serial, given.notice(serial), "bmgg", at=given.later(serial))
    documents = followed(app)
    assert {item["_tongbu"]["item"] for feed in documents for item in feed["items"]} == {
        str(serial) for serial in range(1, count + 1)
    }
    assert len(documents) == (count - 1) // 25 + 1
    assert len({feed["feed_url"] for feed in documents}) == len(documents)


def test_the_database_keeps_the_pages_too(tmp_path: Path):
    database = open_database(f"sqlite:///{tmp_path / 'shelf.db'}")
    metadata.create_all(database.engine)
    shelf, files = DatabaseShelf(database, "app-main"), DatabaseSiteFiles(database, "website-main")
    app = App(given.outlet("app"), given.bench(tmp_path, shelf, site_files=files))
    for serial in range(1, 54):
        publish(app, serial, given.notice(serial), "bmgg", at=given.later(serial))
    documents = followed(app)
    assert [len(feed["items"]) for feed in documents] == [50, 25, 25]
    work = given.delivery(given.item(53, "bmgg"), "app", at=given.later(53))
    assert app.find(work, app.render(work.item, given.notice(53))) is not None
    (app.public / "pages" / "2.json").write_text("{}")
    assert app.find(work, app.render(work.item, given.notice(53))) is None
    database.engine.dispose()


def test_old_pages_do_not_change_as_items_are_added(app):
    for serial in range(1, 52):
        publish(app, serial, given.notice(serial), "bmgg", at=given.later(serial))
    before = pages(app)
    assert set(before) == {"1.json", "2.json"}
    for serial in range(52, 80):
        publish(app, serial, given.notice(serial), "bmgg", at=given.later(serial))
    assert {name: data for name, data in pages(app).items() if name in before} == before
    assert set(pages(app)) == {"1.json", "2.json", "3.json"}


def test_a_withdrawal_leaves_its_page_alone_of_all_pages_and_is_named_in_the_feed(app):
    for serial in range(1, 60):
        publish(app, serial, given.notice(serial), "bmgg", at=given.later(serial))
    before = pages(app)
    withdraw = given.delivery(given.item(7, "bmgg"), "app", Action.WITHDRAW, at=given.later(90))
    given.send(app, withdraw, given.notice(7), "误发")
    changed = [name for name, data in pages(app).items() if before[name] != data]
    assert changed == ["1.json"]
    left = [item["_tongbu"]["item"] for item in json.loads(pages(app)["1.json"])["items"]]
    assert left == [str(serial) for serial in range(25, 0, -1) if serial != 7]
    assert read(app, "feed.json")["_tongbu"]["withdrawn"] == [
        {"id": given.item(7, "bmgg").url, "reason": "误发", "withdrawn_at": "2026-11-23T13:30:00+08:00"}
    ]
    publish(app, 7, given.notice(7), "bmgg", round=2, at=given.later(95))
    assert read(app, "feed.json")["_tongbu"]["withdrawn"] == []


def test_every_document_is_json_feed_1_1(app):
    publish(app, 1001, given.with_files(given.policy(), app.bench.assets))
    publish(app, 2, replace(given.policy(organ="", source=""), body=""))
    for serial in range(3, 40):
        publish(app, serial, given.notice(serial), "bmgg", at=given.later(serial))
    given.send(app, given.delivery(given.item(5, "bmgg"), "app", Action.WITHDRAW), given.notice(5), "误发")
    documents = followed(app)
    assert len(documents) == 2
    assert [problems(feed) for feed in documents] == [[], []]
    assert [item_problems(json.loads(path.read_bytes())) for path in (app.public / "items").iterdir()] == [[]] * 39


def test_a_correction_keeps_id_and_time_and_says_why(app):
    publish(app, 1001, given.policy())
    correct = given.delivery(given.item(), "app", Action.CORRECT, sequence=2, at=given.later(60))
    given.send(app, correct, given.policy(title="更正后的标题"), "标题误写")
    entry = read(app, "items/1001.json")
    assert (entry["title"], entry["_tongbu"]["reason"]) == ("更正后的标题", "标题误写")
    assert (entry["date_published"][11:16], entry["date_modified"][11:16]) == ("12:00", "13:00")
    assert read(app, "feed.json")["items"] == [entry]


def test_a_withdrawal_leaves_the_feed_and_nothing_of_the_text(app):
    publish(app, 1001, given.policy())
    withdraw = given.delivery(given.item(), "app", Action.WITHDRAW, at=given.later(30))
    _, receipt = given.send(app, withdraw, given.policy(), "内容需要核实")
    assert read(app, "feed.json")["items"] == []
    entry = read(app, "items/1001.json")
    assert entry["_tongbu"]["withdrawn"] is True
    assert "内容需要核实" in entry["content_text"]
    assert "政务公开" not in json.dumps(entry, ensure_ascii=False)
    assert receipt.state is State.LIVE


def test_a_withdrawn_item_does_not_come_back_by_a_late_worker(app):
    publish(app, 1001, given.policy())
    given.send(app, given.delivery(given.item(), "app", Action.WITHDRAW), given.policy(), "误发")
    with pytest.raises(Refused, match="撤回"):
        publish(app, 1001, given.policy())
    publish(app, 1001, given.policy(), round=2)
    assert len(read(app, "feed.json")["items"]) == 1


def test_a_mark_changes_the_effect(app):
    publish(app, 1001, given.policy())
    lapsed = replace(given.item(), effect=Effect.LAPSED)
    given.send(app, given.delivery(lapsed, "app", Action.MARK, at=given.later(5)), given.policy())
    assert read(app, "items/1001.json")["_tongbu"]["effect"] == "失效"


def test_find_confirms_what_stands_and_denies_what_was_changed(app):
    work = given.delivery(given.item(), "app")
    made = app.render(work.item, given.policy())
    assert app.find(work, made) is None
    given.send(app, work, given.policy())
    assert app.find(work, made) is not None
    (app.public / "feed.json").write_text("{}")
    assert app.find(work, made) is None


def test_rehearsal_is_stamped_on_feed_and_items(tmp_path):
    bench = given.bench(tmp_path, office=replace(given.OFFICE, rehearsal=True))
    app = App(given.outlet("app"), bench)
    publish(app, 1001, given.policy())
    feed = read(app, "feed.json")
    assert feed["title"].startswith("【演练】")
    assert feed["items"][0]["title"].startswith("【演练】")
    assert feed["items"][0]["_tongbu"]["rehearsal"] is True


def test_a_body_outside_the_closed_subset_is_refused(app):
    revision = replace(given.policy(), body="<script>alert(1)</script>")
    assert app.check(revision)
    with pytest.raises(CannotRender):
        app.render(given.item(), revision)


def test_an_id_that_leads_out_of_the_folder_is_refused(app):
    work = given.delivery(replace(given.item(), id="../../x"), "app")
    with pytest.raises(Refused):
        app.prepare(work, app.render(work.item, given.policy()))
