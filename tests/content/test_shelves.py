"""The shelf and a site's manifest, in the database and in the memory that other tests use: the same behaviour."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from content.database import Database, open_database
from content.shelf import Entry
from content.shelves import DatabaseShelf
from content.site_files import DatabaseSiteFiles
from tests.channels.memory_shelf import MemoryShelf, MemorySiteFiles
from tests.ledgers import new_ledger

START = datetime(2026, 11, 23, tzinfo=UTC)


KEPT = ["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    if request.param == "sqlite":
        made = new_ledger(tmp_path / "ledger.sqlite")
    else:
        made = open_database(request.getfixturevalue("postgres_ledger"))
    request.addfinalizer(made.engine.dispose)
    return made


@pytest.fixture(params=KEPT)
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    return MemoryShelf() if request.param == "memory" else DatabaseShelf(opened(request, tmp_path), "portal")


@pytest.fixture(params=KEPT)
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    if request.param == "memory":
        return MemorySiteFiles()
    return DatabaseSiteFiles(opened(request, tmp_path), "portal", mirrored=True)


def entry(number: int, lists: tuple[str, ...] = ("column/zcwj",), **changes: Any) -> Entry:
    at = START + timedelta(minutes=number)
    values: dict[str, Any] = {
        "item_id": str(1000 + number),
        "sequence": 1,
        "address": f"zcwj/{number}.html",
        "title": f"第{number}件",
        "kind": "news",
        "organ": "荆州市人民政府",
        "columns": ("zcwj",),
        "published_at": at,
        "updated_at": at,
        "lists": lists,
    }
    return Entry(**{**values, **changes})


def titles(found: Any) -> list[str]:
    return [one.title for one in found]


def test_what_is_put_comes_back_as_it_was(shelf: Any) -> None:
    mine = entry(1, data={"head": {"title": "甲"}, "numbers": ["荆政发〔2026〕1号"], "refers_to": ["x"]})
    assert shelf.put(mine)
    assert shelf.get("1001") == mine
    assert shelf.find("荆政发〔2026〕1号") == mine
    assert list(shelf.related("x")) == [mine]
    assert shelf.get("1002") is None


def test_a_shelf_that_recalls_says_of_references_what_it_says_when_asked(shelf: Any) -> None:
    shelf.put(entry(1, data={"numbers": ["甲", "1001"], "refers_to": []}))
    shelf.put(entry(2, data={"numbers": ["乙"], "refers_to": ["甲"]}))
    shelf.put(entry(3, data={"numbers": ["丙"], "refers_to": ["甲", "无"]}))
    recalling = shelf.recalling(["甲", "乙", "甲"], ["甲", "无"])
    assert titles(recalling.related("甲")) == titles(shelf.related("甲")) == ["第2件", "第3件"]
    assert list(recalling.related("乙")) == []
    assert titles([recalling.find("甲")]) == ["第1件"]
    assert recalling.find("无") is None
    assert titles(recalling.related("无")) == ["第3件"]
    assert titles([recalling.find("丙")]) == ["第3件"]


def test_a_shelf_that_is_read_as_it_is_at_a_moment_says_the_same(shelf: Any) -> None:
    shelf.put(entry(1))
    with shelf.reading() as steady:
        assert steady.get("1001") == shelf.get("1001")
        assert titles(steady.latest("column/zcwj")) == ["第1件"]
        assert steady.recalling([], []).count("column/zcwj") == 1
    shelf.put(entry(2))
    with shelf.reading() as steady:
        assert titles(steady.latest("column/zcwj")) == ["第2件", "第1件"]


def test_lists_get_of_an_items_data_what_they_show(shelf: Any) -> None:
    head = {"title": "甲", "document_number": "荆政发〔2026〕1号", "summary": "概述", "qr": "x" * 900}
    shelf.put(entry(1, data={"head": head, "effect": "有效", "parts": {"body.html": "0" * 64}}))
    shown = {"head": {"document_number": "荆政发〔2026〕1号", "summary": "概述"}, "effect": "有效"}
    assert [one.data for one in shelf.span("column/zcwj", 0, 9)] == [shown]
    assert [one.data for one in shelf.headlines("column/zcwj", 9)] == [shown]
    assert shelf.latest("column/zcwj")[0].data["head"] == head


def test_the_headlines_of_every_list_of_a_kind_are_those_of_each(shelf: Any) -> None:
    for number in range(7):
        shelf.put(entry(number, (f"topic/{'甲乙丙'[number % 3]}", "topic/全部", "topic2/x", "catalogue")))
    shelf.put(entry(6, ("topic/甲", "topic/全部"), withdrawn=True))
    shelf.put(entry(9, ("topic/撤",)))
    shelf.put(entry(9, ("topic/撤",), withdrawn=True))
    found = shelf.headlines_under("topic/", 2)
    assert list(found) == list(shelf.names("topic/")) == ["topic/丙", "topic/乙", "topic/全部", "topic/甲"]
    assert titles(found["topic/全部"]) == ["第5件", "第4件"]
    assert titles(found["topic/甲"]) == ["第3件", "第0件"]
    assert all(list(shelf.headlines(name, 2)) == list(entries) for name, entries in found.items())
    assert shelf.headlines_under("nothing/", 2) == {}


def test_what_stands_from_before_lists_had_their_own_is_read_from_the_whole(database: Database) -> None:
    portal = DatabaseShelf(database, "portal")
    portal.put(entry(1, data={"head": {"summary": "概述", "qr": "x"}}))
    with database.write() as connection:
        connection.execute(text("UPDATE shelf SET brief = ''"))
    assert portal.span("column/zcwj", 0, 9)[0].data["head"] == {"summary": "概述", "qr": "x"}


def test_an_older_revision_never_overwrites_a_newer(shelf: Any) -> None:
    shelf.put(entry(1, sequence=2, title="新"))
    assert not shelf.put(entry(1, sequence=1, title="旧"))
    assert shelf.get("1001").title == "新"


def test_a_list_gives_its_newest_first_and_its_spans_oldest_first(shelf: Any) -> None:
    for number in range(5):
        shelf.put(entry(number))
    assert titles(shelf.latest("column/zcwj", 2)) == ["第4件", "第3件"]
    assert titles(shelf.latest(None, 2)) == ["第4件", "第3件"]
    assert titles(shelf.span("column/zcwj", 1, 2)) == ["第1件", "第2件"]
    assert [address for address, _ in shelf.addresses("column/zcwj", 3, 9)] == ["zcwj/3.html", "zcwj/4.html"]
    assert (shelf.extent("column/zcwj"), shelf.count("column/zcwj"), shelf.count()) == (5, 5, 5)


def test_a_withdrawn_item_leaves_a_gap_and_comes_back_into_its_own_slot(shelf: Any) -> None:
    for number in range(3):
        shelf.put(entry(number))
    shelf.put(entry(2, withdrawn=True))
    assert titles(shelf.span("column/zcwj", 0, 9)) == ["第0件", "第1件"]
    assert (shelf.extent("column/zcwj"), shelf.count("column/zcwj")) == (3, 2)
    shelf.put(entry(3))
    shelf.put(entry(2))
    assert shelf.slot("1002", "column/zcwj") == 2
    assert titles(shelf.span("column/zcwj", 0, 9)) == ["第0件", "第1件", "第2件", "第3件"]


def test_an_item_that_changes_its_lists_keeps_the_slots_of_those_it_stays_in(shelf: Any) -> None:
    shelf.put(entry(0, ("column/zcwj", "catalogue")))
    shelf.put(entry(1, ("column/zcwj", "catalogue")))
    shelf.put(entry(0, ("column/bmgg", "catalogue"), sequence=2))
    assert titles(shelf.span("column/zcwj", 0, 9)) == ["第1件"]
    assert titles(shelf.span("catalogue", 0, 9)) == ["第0件", "第1件"]
    assert shelf.slot("1000", "column/zcwj") == 0
    assert shelf.slot("1000", "column/yw") is None


def test_names_are_those_of_lists_that_show_something_in_the_order_of_their_code_points(shelf: Any) -> None:
    shelf.put(entry(0, ("topic/防汛", "topic/优化营商环境", "topic2/x", "catalogue")))
    shelf.put(entry(1, ("topic/Zebra", "topic/a-b")))
    shelf.put(entry(2, ("topic/撤",)))
    shelf.put(entry(2, ("topic/撤",), withdrawn=True))
    assert list(shelf.names("topic/")) == ["topic/Zebra", "topic/a-b", "topic/优化营商环境", "topic/防汛"]
    assert list(shelf.names("nothing/")) == []


def test_all_entries_come_in_portions_withdrawn_ones_too(shelf: Any) -> None:
    for number in range(5):
        shelf.put(entry(number, withdrawn=number == 3))
    assert titles(shelf.after("", 2)) == ["第0件", "第1件"]
    assert titles(shelf.after("1001", 9)) == ["第2件", "第3件", "第4件"]


def test_two_outlets_do_not_see_each_other(database: Database) -> None:
    portal, other = DatabaseShelf(database, "portal"), DatabaseShelf(database, "other")
    portal.put(entry(0))
    assert other.get("1000") is None
    assert other.extent("column/zcwj") == 0
    assert list(other.names("")) == []


def test_a_removed_entry_is_in_no_list(shelf: Any) -> None:
    shelf.put(entry(0))
    shelf.remove("1000")
    assert shelf.get("1000") is None
    assert list(shelf.latest("column/zcwj")) == []


def test_the_manifest_knows_what_stands_and_what_is_gone(files: Any) -> None:
    files.record(1, {"a.html": "1", "b.html": "2"}, "portal")
    files.record(1, {"b.html": None, "c.html": "3"}, "feeds")
    assert dict(files.all(1)) == {"a.html": "1", "c.html": "3"}
    assert dict(files.digests(1, ["a.html", "b.html"])) == {"a.html": "1"}
    assert list(files.of_writers_but(1, "portal")) == [("c.html", "3", "feeds")]
    assert dict(files.all(2)) == {}


def test_the_mirrors_queue_has_every_change_once_in_the_order_in_which_they_came(files: Any) -> None:
    files.record(1, {"a": "1", "b": "1"}, "portal")
    files.record(1, {"a": "2", "c": None}, "portal")
    assert list(files.pending()) == ["b", "a", "c"]
    files.settled(["b", "c"])
    assert list(files.pending()) == ["a"]


def test_between_generations_only_what_differs_is_queued(files: Any) -> None:
    files.fill(1, {"same": "1", "changed": "1", "gone": "1"}, "portal")
    files.fill(2, {"same": "1", "changed": "2", "new": "1"}, "portal")
    files.queue_changes(1, 2)
    assert sorted(files.pending()) == ["changed", "gone", "new"]
    files.drop(1)
    assert dict(files.all(1)) == {}


def test_a_manifest_larger_than_a_portion_is_walked_whole(database: Database) -> None:
    made = DatabaseSiteFiles(database, "portal")
    paths = {f"页/{number:05d}.html": str(number) for number in range(1203)}
    made.fill(1, paths, "portal")
    assert dict(made.all(1)) == paths
    assert dict(made.digests(1, list(paths))) == paths
