"""Minutes, hours and days at the platforms, in virtual time: the office and the sandbox live by one clock.

Engine.md part 5: 7, 9, 10, 11; part 4.3: S5b.
"""

import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from channels.sandbox.faults import Fault
from channels.sandbox.server import serve
from content.clock import in_china
from flows import delivery
from flows.wiring import Wired

QUIET = 120.0
TIMELINE, TOKEN = "2/statuses/user_timeline.json", "cgi-bin/stable_token"
SECOND = """
[[outlets]]
id = "weibo-second"
channel = "weibo"
name = "荆州发布（政策）"
identity = "2629046977"
options = { api = "sandbox", rip = "121.62.0.1", quiet_seconds = 120 }
"""


@pytest.fixture
def days(quiet_office: Any) -> Iterator[Any]:
    """An office with the platforms' own quiet times, and the platforms in this process on the office's clock."""
    office, ready, stop = quiet_office, threading.Event(), threading.Event()
    office.settings("quiet_seconds = 0.4", f"quiet_seconds = {QUIET:.0f}", times=2)
    path = office.home / "tongbu.toml"
    path.write_text(path.read_text(encoding="utf-8") + SECOND, encoding="utf-8")
    shutil.copy(office.home / "secrets" / "weibo-main.toml", office.home / "secrets" / "weibo-second.toml")
    office.reopen()
    folder, clock = office.home / "sandbox", lambda: office.clock().timestamp()
    thread = threading.Thread(target=serve, args=(folder, 0, lambda _port: ready.set(), stop, clock), daemon=True)
    thread.start()
    assert ready.wait(20), "the sandbox did not start"
    yield office
    stop.set()
    thread.join(10)


def pass_time(office: Any, seconds: float, step: float = 20) -> list[str]:
    """Lets time pass as the engine does, and returns each new state of the Weibo delivery on the way."""
    seen: list[str] = []
    for _ in range(int(seconds / step)):
        office.clock.forward(seconds=step)
        office.resolve()
        now = office.record("weibo-main").state.value
        seen += [now] if seen[-1:] != [now] else []
    return seen


def pass_time_of(office: Any, done: Callable[[], bool], step: float = 20) -> None:
    for _ in range(60):
        if done():
            return
        office.clock.forward(seconds=step)
        office.resolve()
    raise AssertionError(f"never: {office.states()}")


def shares(office: Any) -> list[bool]:
    return [call.accepted for call in office.shared()]


def test_a_post_that_is_shown_later_is_looked_for_when_it_can_be_there_and_never_posted_again(days: Any) -> None:
    days.fault("weibo", Fault.DELAYED)
    days.fault("weibo", Fault.VISIBILITY_LAG, count=None, value=90)
    days.broadcast("1001", outlets=["portal", "weibo-main"])
    assert days.states()["weibo-main"] == "accepted"
    assert pass_time(days, 55, step=5) == ["accepted"]
    assert days.calls("weibo", TIMELINE) == [], "before a minute it cannot be seen, and each look is one of 100 calls"
    assert pass_time(days, 180)[-1] == "live"
    assert len(days.calls("weibo", TIMELINE)) <= 3
    assert shares(days) == [True]
    assert days.record("weibo-main").receipt.remote_id


def test_after_a_lost_answer_the_account_is_left_until_the_post_can_be_seen(days: Any) -> None:
    days.fault("weibo", Fault.ACCEPT_THEN_DROP)
    days.fault("weibo", Fault.VISIBILITY_LAG, count=None, value=110)
    days.broadcast("1001", outlets=["portal", "weibo-main"])
    assert pass_time(days, 110, step=10) == ["unknown"]
    assert days.calls("weibo", TIMELINE) == []
    assert pass_time(days, 20, step=10)[-1] == "live"
    assert shares(days) == [True]


def test_one_look_that_finds_nothing_does_not_send_it_again(days: Any) -> None:
    days.fault("weibo", Fault.ACCEPT_THEN_DROP)
    days.fault("weibo", Fault.VISIBILITY_LAG, count=None, value=1.5 * QUIET)
    days.broadcast("1001", outlets=["portal", "weibo-main"])
    assert pass_time(days, 3 * QUIET)[-1] == "live"
    assert days.record("weibo-main").absent_reads == 1, "the first look came too early for this platform"
    assert shares(days) == [True]


def test_a_repetition_after_a_lost_answer_is_found_once_it_is_shown(days: Any) -> None:
    days.fault("weibo", Fault.ACCEPT_THEN_DROP)
    days.fault("weibo", Fault.VISIBILITY_LAG, count=None, value=3.2 * QUIET)
    days.broadcast("1001", outlets=["portal", "weibo-main"])
    assert pass_time(days, 6 * QUIET)[-1] == "live"
    assert shares(days) == [True, False], "the platform refused the second as a repetition"
    assert days.tokens(days.record("weibo-main").id) == [1, 2]


def test_a_repetition_that_is_never_shown_is_held_for_a_person(days: Any) -> None:
    days.fault("weibo", Fault.ACCEPT_THEN_DROP)
    days.fault("weibo", Fault.VISIBILITY_LAG, count=None, value=86_400)
    days.broadcast("1001", outlets=["portal", "weibo-main"])
    states = pass_time(days, 10 * QUIET)
    assert states[-1] == "held"
    assert "refused" not in states
    assert "20019" in days.record("weibo-main").problem
    assert pass_time(days, 3600, step=600) == ["held"]
    assert shares(days) == [True, False]


def test_an_unknown_at_one_outlet_stops_the_other_outlet_on_the_same_account(days: Any) -> None:
    first, second = (days.approve(days.document(serial=number)) for number in (41, 42))
    days.fault("weibo", Fault.ACCEPT_THEN_DROP)
    days.broadcast(first, outlets=["portal", "weibo-main"])
    document = days.broadcast(second, outlets=["portal", "weibo-second"])
    assert document["state"] == "partial"
    days.clock.forward(seconds=QUIET - 20)
    days.resolve()
    assert (days.states(first)["weibo-main"], days.states(second)["weibo-second"]) == ("unknown", "prepared")
    assert shares(days) == [True]
    days.clock.forward(seconds=21)
    days.resolve()
    days.resolve()
    assert (days.states(first)["weibo-main"], days.states(second)["weibo-second"]) == ("live", "live")
    assert shares(days) == [True, True]


def test_a_withdrawal_does_not_wait_for_the_unknown_of_another_item(days: Any) -> None:
    days.broadcast("1001", outlets=["portal", "weibo-main"])
    days.resolve()
    assert days.states()["weibo-main"] == "live"
    other = days.approve(days.document(serial=43))
    days.fault("weibo", Fault.ACCEPT_THEN_DROP)
    days.broadcast(other, outlets=["portal", "weibo-main"])
    assert days.states(other)["weibo-main"] == "unknown"
    days.withdraw("1001")
    days.resolve()
    assert (days.states(other)["weibo-main"], days.record("weibo-main").state.value) == ("unknown", "live")
    assert [call.accepted for call in days.calls("weibo", "2/statuses/destroy.json")] == [True]


@pytest.mark.parametrize("code", [20017, 20019, 20111])
@pytest.mark.parametrize("shown", [True, False])
def test_what_the_platform_calls_a_repetition_is_found_or_held_and_never_refused(
    days: Any, code: int, shown: bool
) -> None:
    """The first answer is lost and cannot be found in time; the platform takes the second for a repetition."""
    days.fault("weibo", Fault.ACCEPT_THEN_DROP)
    days.fault("weibo", Fault.VISIBILITY_LAG, count=None, value=2.6 * QUIET if shown else 86_400)
    days.broadcast("1001", outlets=["portal", "weibo-main"])
    days.fault("weibo", Fault.CODE, value=code)
    states = pass_time(days, 6 * QUIET)
    assert states[-1] == ("live" if shown else "held")
    assert "refused" not in states
    assert shares(days) == [True, False]
    assert shown or str(code) in days.record("weibo-main").problem


def test_a_token_that_ends_within_a_batch_is_renewed_once_for_two_workers(days: Any) -> None:
    second = days.approve(days.document(serial=44))
    at = days.clock() + timedelta(seconds=90)
    for item in ("1001", second):
        days.broadcast(item, outlets=["portal", "wechat-main"], at=at)
    asked = len(days.calls("wechat", TOKEN))
    days.fault("wechat", Fault.EXPIRED_TOKEN, call="cgi-bin/draft/get")
    days.clock.forward(seconds=91)
    keys = [days.record("wechat-main", item).id for item in ("1001", second)]
    assert {days.record("wechat-main", item).state.value for item in ("1001", second)} == {"prepared"}
    workers = [threading.Thread(target=delivery.release, args=(Wired(days.wired.workspace), key)) for key in keys]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    pass_time_of(days, lambda: {days.states(item)["wechat-main"] for item in ("1001", second)} == {"live"})
    assert [call.accepted for call in days.submitted()] == [True, True]
    assert len(days.calls("wechat", TOKEN)) - asked == 1


@pytest.mark.parametrize(
    ("platform", "outlet", "code", "pause"),
    [
        ("weibo", "weibo-main", 10023, 3600),
        ("weibo", "weibo-main", 20016, 900),
        ("wechat", "wechat-main", 45011, 60),
    ],
)
def test_a_limit_is_waited_out_without_knocking(days: Any, platform: str, outlet: str, code: int, pause: float) -> None:
    days.fault(platform, Fault.RATE, value=code)
    days.broadcast("1001", outlets=["portal", outlet])
    asked = days.shared if platform == "weibo" else days.submitted
    assert days.record(outlet).not_before - days.clock() >= timedelta(seconds=pause - 5)
    for _ in range(10):
        days.clock.forward(seconds=pause / 11)
        days.resolve()
    assert [call.accepted for call in asked()] == [False]
    days.clock.forward(seconds=pause / 5)
    for _ in range(4):
        days.resolve()
        days.clock.forward(seconds=5)
    assert days.states()[outlet] == "live"
    assert [call.accepted for call in asked()] == [False, True]


def test_a_days_calls_that_are_used_come_back_after_midnight_in_china(days: Any) -> None:
    days.fault("wechat", Fault.RATE, value=45009)
    days.broadcast("1001", outlets=["portal", "wechat-main"])
    again = in_china(days.record("wechat-main").not_before)
    assert (again.hour, again.minute) == (0, 5)
    assert again.date() == in_china(days.clock()).date() + timedelta(days=1)
    for _ in range(5):
        days.clock.forward(seconds=(again - days.clock()).total_seconds() / 2)
        days.resolve()
    assert [call.accepted for call in days.submitted()] == [False]
    days.clock.forward(seconds=(again - days.clock()).total_seconds() + 1)
    pass_time_of(days, lambda: days.states()["wechat-main"] == "live")
    assert [call.accepted for call in days.submitted()] == [False, True]
