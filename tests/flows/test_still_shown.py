"""What a withdrawal could not delete is looked for until somebody has deleted it by hand; then nobody is told of it any more."""

import json
from datetime import timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from channels.sandbox.faults import Fault
from content.clock import system_clock
from flows import still_shown
from flows.cli import app
from flows.still_shown import pause
from flows.wiring import Wired

NOW = system_clock()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SHOW = "2/statuses/show.json"


@pytest.fixture
def noticed(office: Any) -> Any:
    """An office that has withdrawn a Weibo which its app may not delete: a notice stands beside it."""
    office.broadcast("1001", outlets=["portal", "weibo-main"])
    office.fault("weibo", Fault.DESTROY_CLOSED, count=None)
    office.withdraw("1001", "内容有误")
    office.resolve_until(lambda: office.record("weibo-main").state.value == "live")
    assert office.record("weibo-main").receipt.evidence["still_shown"] == first_post(office)
    office.mend()
    return office


def first_post(office: Any) -> str:
    return str(office.records()[[one.outlet for one in office.records()].index("weibo-main")].receipt.remote_id)


def deleted_by_hand(office: Any) -> None:
    store = office.platforms()
    store.run("UPDATE weibos SET deleted = 1 WHERE mid = ?", first_post(office))
    store.close()


def by_the_clock(office: Any) -> list[Any]:
    return still_shown.look_again(Wired(office.wired.workspace))


def status(office: Any, *arguments: str) -> Any:
    return CliRunner().invoke(app, ["--home", str(office.home), "status", *arguments])


@pytest.mark.parametrize(
    ("age", "rest"),
    [(timedelta(), HOUR), (HOUR, HOUR), (4 * HOUR, 2 * HOUR), (DAY, 12 * HOUR), (2 * DAY, DAY), (90 * DAY, DAY)],
)
def test_it_is_looked_for_ever_more_rarely_and_every_day_in_the_end(age: timedelta, rest: timedelta) -> None:
    assert pause(NOW - age, NOW) == rest


def test_what_was_deleted_by_hand_is_found_by_the_clock_and_no_longer_in_the_status(noticed: Any) -> None:
    assert json.loads(status(noticed, "--json").stdout)["still_shown"]
    deleted_by_hand(noticed)
    assert by_the_clock(noticed) == [], "nothing is asked within the first hour"
    noticed.clock.forward(hours=2)
    [done] = by_the_clock(noticed)
    assert (done.state.value, done.receipt.evidence["gone"]) == ("live", first_post(noticed))
    assert json.loads(status(noticed, "--json").stdout)["still_shown"] == []
    assert "still to be seen" not in status(noticed).output + status(noticed, "1001").output
    [told] = noticed.events("delivery.taken_down")
    assert (told["subject"], told["data"]["gone"]) == (f"delivery/{done.id}", [first_post(noticed)])
    assert noticed.chain_holds()
    asked = len(noticed.calls("weibo", SHOW))
    noticed.clock.forward(days=2)
    assert by_the_clock(noticed) == []
    assert len(noticed.calls("weibo", SHOW)) == asked, "what is gone is not asked about any more"


def test_who_has_deleted_it_and_resolves_need_not_wait_for_the_clock(noticed: Any) -> None:
    noticed.clock.forward(minutes=6)
    assert noticed.resolve()["taken_down"] == []
    deleted_by_hand(noticed)
    noticed.clock.forward(minutes=6)
    [done] = noticed.resolve()["taken_down"]
    assert (done["outlet"], done["still_shown"]) == ("weibo-main", "")


def test_what_is_there_still_stays_in_the_status_and_costs_few_calls(noticed: Any) -> None:
    before = len(noticed.calls("weibo", SHOW))
    for _ in range(24):
        noticed.clock.forward(hours=1)
        assert by_the_clock(noticed) == []
    assert 4 <= len(noticed.calls("weibo", SHOW)) - before <= 10
    assert [one["still_shown"] for one in json.loads(status(noticed, "--json").stdout)["still_shown"]] == [
        first_post(noticed)
    ]
    assert noticed.events("delivery.taken_down") == []


def test_somebody_who_resolves_again_and_again_does_not_use_up_the_days_calls(noticed: Any) -> None:
    noticed.clock.forward(minutes=10)
    noticed.resolve()
    before = len(noticed.calls("weibo", SHOW))
    for _ in range(5):
        noticed.resolve()
    assert len(noticed.calls("weibo", SHOW)) == before


def test_calls_that_publishing_needs_are_not_spent_on_looking(noticed: Any) -> None:
    noticed.settings('rip = "203.0.113.8"', 'rip = "203.0.113.8", calls_left_for_publishing = 100')
    office = noticed.reopen()
    deleted_by_hand(office)
    office.clock.forward(hours=2)
    before = len(office.calls("weibo", SHOW))
    assert by_the_clock(office) == []
    assert len(office.calls("weibo", SHOW)) == before
    assert office.record("weibo-main").receipt.evidence["still_shown"]


def test_of_two_posts_the_one_that_is_left_is_still_told_of(noticed: Any) -> None:
    record = noticed.record("weibo-main")
    notice = record.receipt.remote_id
    both = json.dumps({"still_shown": f"{first_post(noticed)} {notice}"})
    noticed.alter(
        "UPDATE delivery SET receipt = json_patch(receipt, json_object('evidence', json(:more))) WHERE id = :id",
        more=both,
        id=int(record.id),
    )
    deleted_by_hand(noticed)
    noticed.clock.forward(hours=2)
    assert by_the_clock(noticed) == []
    evidence = noticed.record("weibo-main").receipt.evidence
    assert (evidence["gone"], evidence["still_shown"]) == (first_post(noticed), notice)
