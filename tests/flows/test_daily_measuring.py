"""The engine's clock measures once a day; what it could not get is told, asked for again, and stops nothing."""

import json
import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from channels.sandbox.faults import Fault
from content.account_facts import Facts
from content.clock import CHINA, in_china, stamp
from flows.cli import app
from flows.daily_measuring import AGAIN_AFTER, LEASE, last_measured, measure_when_due
from flows.run import upkeep
from flows.wiring import Wired

COUNT, DETAIL = "2/statuses/count.json", "datacube/getarticletotaldetail"


@pytest.fixture
def out(office: Any) -> Any:
    """An office whose item went out on both platforms; it is a quarter to nine on a later morning."""
    office.broadcast("1001", outlets=["portal", "weibo-main", "wechat-main"])
    office.resolve_until(lambda: {office.states()[name] for name in ("weibo-main", "wechat-main")} == {"live"})
    at(office, days=2, hour=8, minute=45)
    return office


def at(office: Any, *, days: int, hour: int, minute: int = 0) -> None:
    """Puts the clocks of the office and of the platforms to a time of day, so many days on."""
    now = in_china(office.clock())
    then = datetime(now.year, now.month, now.day, hour, minute, tzinfo=CHINA) + timedelta(days=days)
    office.clock.forward(seconds=(then - now).total_seconds())
    store = office.platforms()
    store.move_clock(office.clock.span.total_seconds())
    store.close()


def by_the_clock(office: Any) -> bool:
    return measure_when_due(Wired(office.wired.workspace))


def asked(office: Any) -> int:
    return len(office.calls("weibo", COUNT))


def outlets(office: Any) -> dict[str, Any]:
    last = last_measured(office.wired)
    assert last is not None
    return {one["outlet"]: one for one in last["outlets"]}


def status(office: Any) -> Any:
    return CliRunner().invoke(app, ["--home", str(office.home), "status"])


def test_it_measures_from_the_hour_on_and_once_a_day(out: Any) -> None:
    assert not by_the_clock(out)
    assert (last_measured(out.wired), asked(out)) == (None, 0)
    at(out, days=0, hour=9, minute=1)
    assert by_the_clock(out)
    assert outlets(out)["weibo-main"]["measured"] == 1
    assert asked(out) == 1
    for _ in range(5):
        out.clock.forward(hours=2)
        assert not by_the_clock(out)
    at(out, days=1, hour=8, minute=59)
    assert not by_the_clock(out)
    at(out, days=0, hour=9)
    assert by_the_clock(out)
    assert asked(out) == 2


def test_the_hour_is_a_setting_and_so_is_whether_at_all(out: Any) -> None:
    out.settings("measure_hour = 9", "measure_hour = 14")
    office = out.reopen()
    at(office, days=0, hour=13, minute=59)
    assert not by_the_clock(office)
    office.settings("measure = true", "measure = false")
    office = office.reopen()
    at(office, days=0, hour=15)
    assert not by_the_clock(office)
    office.settings("measure = false", "measure = true")
    assert by_the_clock(office.reopen())


def test_of_eight_at_once_one_measures(out: Any) -> None:
    at(out, days=0, hour=10)
    together = threading.Barrier(8)
    measured = []

    def run() -> None:
        wired = Wired(out.wired.workspace)
        together.wait(10)
        measured.append(measure_when_due(wired))

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(measured) == [False] * 7 + [True]
    assert asked(out) == 1


def test_who_was_killed_while_measuring_is_followed_by_another(out: Any) -> None:
    at(out, days=0, hour=10)
    facts = Facts(out.wired.database, "workspace")
    facts.claim("measuring", "a process that is no more", out.clock() + LEASE)
    assert not by_the_clock(out)
    out.clock.forward(seconds=LEASE.total_seconds())
    assert by_the_clock(out)


def test_what_a_platform_has_not_ready_is_told_and_asked_for_again_without_asking_the_other(out: Any) -> None:
    at(out, days=0, hour=9)
    out.fault("wechat", Fault.CODE, count=None, call=DETAIL, value=61503)
    assert by_the_clock(out)
    assert outlets(out)["wechat-main"]["problem"]
    assert "not measured: wechat: " in status(out).output
    out.mend()
    out.clock.forward(minutes=30)
    assert not by_the_clock(out)
    out.clock.forward(seconds=AGAIN_AFTER.total_seconds())
    assert by_the_clock(out)
    assert (outlets(out)["wechat-main"]["problem"], asked(out)) == ("", 1)
    assert outlets(out)["weibo-main"]["measured"] == 1, "what was measured before stands beside it"
    assert "not measured" not in status(out).output
    out.clock.forward(hours=3)
    assert not by_the_clock(out)


def test_status_tells_when_it_was_measured_last(out: Any) -> None:
    assert "measured" not in status(out).output
    at(out, days=0, hour=9)
    by_the_clock(out)
    document = json.loads(CliRunner().invoke(app, ["--home", str(out.home), "status", "--json"]).stdout)
    last = last_measured(out.wired)
    assert last is not None
    assert document["measured"] == last
    assert f"measured {in_china(out.clock()):%Y-%m-%d} 09:00: new figures of" in status(out).output
    assert document["measured"]["at"] <= stamp(out.clock())


def test_what_goes_wrong_with_one_thing_is_logged_and_keeps_no_other_from_being_done(
    out: Any, at_work: Any, caplog: pytest.LogCaptureFixture
) -> None:
    at(out, days=0, hour=10)
    record, account = out.record("weibo-main"), Facts(out.wired.database, f"weibo:{at_work.WEIBO}")
    account.keep(f"watched/{record.id}", "no moment at all", out.clock() + timedelta(days=1))
    upkeep(out.wired.workspace)
    assert [logged.message for logged in caplog.records if logged.name == "tongbu.upkeep"] == [
        "watch of flows.watching"
    ]
    assert outlets(out)["weibo-main"]["measured"] == 1
