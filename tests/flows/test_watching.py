"""What vanishes from the platforms after it was live is told to people, and still counts."""

from datetime import timedelta
from typing import Any

import pytest

from channels.sandbox.faults import Fault
from content.clock import system_clock
from flows.watching import MOST_FAILURES, due

SHOW = "2/statuses/show.json"

NOW = system_clock()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("age", "looked", "is_due"),
    [
        (HOUR / 2, None, False),
        (HOUR, None, True),
        (2 * HOUR, HOUR, False),
        (DAY, HOUR, True),
        (40 * DAY, 31 * DAY, False),
        (40 * DAY, 8 * DAY, True),
    ],
)
def test_it_is_looked_at_after_an_hour_a_day_a_week_and_a_month(
    age: timedelta, looked: timedelta | None, is_due: bool
) -> None:
    live_at = NOW - age
    assert due(live_at, live_at + looked if looked else None, NOW) is is_due


@pytest.fixture
def out(office: Any) -> Any:
    assert office.broadcast("1001", outlets=["portal", "wechat-main"])["state"] == "synchronised"
    return office


def banned(office: Any) -> None:
    store = office.platforms()
    store.run("UPDATE publications SET outcome = 6")
    store.close()


def test_what_was_banned_is_an_incident_told_once_and_stays_live(out: Any) -> None:
    banned(out)
    assert out.resolve()["vanished"] == [], "nothing is asked within the first hour"
    out.clock.forward(hours=2)
    [told] = out.resolve()["vanished"]
    assert (told["outlet"], told["state"]) == ("wechat-main", "live")
    assert "封禁" in told["problem"]
    out.clock.forward(days=2)
    assert out.resolve()["vanished"] == []
    assert len(out.events("incident.vanished")) == 1
    assert out.chain_holds()


def test_a_weibo_that_somebody_deleted_is_told_and_stays_live(office: Any) -> None:
    office.broadcast("1001", outlets=["portal", "weibo-main"])
    office.resolve()
    store = office.platforms()
    store.run("UPDATE weibos SET deleted = 1")
    store.close()
    office.clock.forward(hours=2)
    [told] = office.resolve()["vanished"]
    assert (told["outlet"], told["state"]) == ("weibo-main", "live")
    assert "不存在" in told["problem"]


def test_what_is_still_there_is_asked_about_a_few_times_only(out: Any) -> None:
    asked = len(out.calls("wechat", "cgi-bin/freepublish/get"))
    for _ in range(6):
        out.clock.forward(hours=3)
        out.resolve()
    assert len(out.calls("wechat", "cgi-bin/freepublish/get")) == asked + 1


def test_what_was_withdrawn_is_not_missed(out: Any) -> None:
    assert out.withdraw("1001")["state"] == "synchronised"
    out.clock.forward(days=2)
    assert out.resolve()["vanished"] == []


def test_a_platform_that_does_not_answer_is_given_up_after_a_few(office: Any) -> None:
    items = ["1001", *(office.approve(office.document(serial=serial)) for serial in range(40, 45))]
    office.broadcast(*items, outlets=["portal", "weibo-main"])
    office.resolve()
    office.fault("weibo", Fault.ERROR_BEFORE, count=None, call=SHOW)
    office.clock.forward(hours=2)
    before = len(office.calls("weibo", SHOW))
    assert office.resolve()["vanished"] == []
    assert len(office.calls("weibo", SHOW)) == before + MOST_FAILURES < before + len(items)
    office.mend()
    office.clock.forward(hours=2)
    office.resolve()
    assert len(office.calls("weibo", SHOW)) == before + MOST_FAILURES + len(items), "they are looked at the next time"
