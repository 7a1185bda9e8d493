"""What happens when an answer is lost, an outlet errs after it accepted, or cannot be reached (engine.md part 5: 3, 5, 8)."""

from datetime import timedelta
from typing import Any

import pytest

from channels.sandbox.faults import Fault

OUTLETS = {"weibo": "weibo-main", "wechat": "wechat-main"}


def asked(office: Any, platform: str) -> list[bool]:
    """Whether each call that publishes was accepted, by the platform's own log."""
    return [call.accepted for call in (office.shared() if platform == "weibo" else office.submitted())]


def said_states(office: Any, outlet: str) -> list[str]:
    """Every state that the ledger says the outlet's delivery went through."""
    record = office.record(outlet)
    moves = [entry for entry in office.events("delivery.moved") if entry["subject"] == f"delivery/{record.id}"]
    return [entry["data"]["to"] for entry in moves]


@pytest.mark.parametrize("platform", ["weibo", "wechat"])
@pytest.mark.parametrize("fault", [Fault.ACCEPT_THEN_DROP, Fault.ERROR_AFTER_ACCEPT])
def test_an_answer_lost_after_acceptance_is_found_and_not_sent_again(office: Any, platform: str, fault: Fault) -> None:
    outlet = OUTLETS[platform]
    office.fault(platform, fault)
    office.broadcast("1001", outlets=["portal", outlet])
    office.resolve_until(lambda: office.states()[outlet] == "live")
    record = office.record(outlet)
    states = said_states(office, outlet)
    assert states[:4] == ["planned", "prepared", "sending", "unknown"]
    assert "planned" not in states[1:]
    assert office.tokens(record.id) == [1]
    assert asked(office, platform) == [True]
    assert record.receipt.remote_id
    assert record.receipt.url
    assert office.chain_holds()


@pytest.mark.parametrize("platform", ["weibo", "wechat"])
def test_while_the_outcome_is_unknown_the_broadcast_is_partial(office: Any, platform: str) -> None:
    office.settings("quiet_seconds = 0.4", "quiet_seconds = 60", times=2)
    office.reopen()
    office.fault(platform, Fault.ACCEPT_THEN_DROP)
    document = office.broadcast("1001", outlets=["portal", OUTLETS[platform]])
    assert (document["state"], document["exit"]) == ("partial", 3)
    assert office.states()[OUTLETS[platform]] == "unknown"
    again = office.broadcast("1001", outlets=["portal", OUTLETS[platform]])
    assert again["state"] == "partial"
    assert asked(office, platform) == [True]


@pytest.mark.parametrize("platform", ["weibo", "wechat"])
def test_an_error_before_acceptance_is_sent_again_only_after_it_was_proved_absent(office: Any, platform: str) -> None:
    outlet = OUTLETS[platform]
    office.fault(platform, Fault.ERROR_BEFORE)
    office.broadcast("1001", outlets=["portal", outlet])
    office.resolve_until(lambda: office.states()[outlet] == "live")
    assert asked(office, platform) == [False, True]
    states = said_states(office, outlet)
    assert states.index("unknown") < states.index("planned", 1)
    assert len(office.events("delivery.absent")) == 1, (
        "two looks: the first is an event of its own, the second takes it back to planned"
    )
    assert office.tokens(office.record(outlet).id) == [1, 2]


def test_a_post_that_shows_late_is_not_posted_again(office: Any) -> None:
    office.fault("weibo", Fault.ACCEPT_THEN_DROP)
    office.fault("weibo", Fault.VISIBILITY_LAG, count=None, value=0.5)
    office.broadcast("1001", outlets=["portal", "weibo-main"])
    office.resolve_until(lambda: office.states()["weibo-main"] == "live")
    assert asked(office, "weibo") == [True]


@pytest.mark.parametrize("platform", ["weibo", "wechat"])
def test_one_unknown_keeps_the_next_item_off_the_account(office: Any, platform: str) -> None:
    outlet = OUTLETS[platform]
    office.settings("quiet_seconds = 0.4", "quiet_seconds = 60", times=2)
    office.reopen()
    second = office.approve(office.document(serial=32))
    office.fault(platform, Fault.ACCEPT_THEN_DROP)
    office.broadcast("1001", outlets=["portal", outlet])
    document = office.broadcast(second, outlets=["portal", outlet])
    assert document["state"] == "partial"
    assert office.states(second)[outlet] == "prepared"
    assert asked(office, platform) == [True]
    office.clock.forward(seconds=61)
    office.resolve_until(lambda: office.states(second)[outlet] == "live")
    assert asked(office, platform) == [True, True]


@pytest.mark.parametrize("platform", ["weibo", "wechat"])
def test_an_outlet_that_cannot_be_reached_is_planned_again_later_and_never_unknown(office: Any, platform: str) -> None:
    outlet = OUTLETS[platform]
    office.settings("backoff_seconds = 1", "backoff_seconds = 60")
    office.reopen()
    ordered = office.order("1001", outlets=["portal", outlet], at=office.clock() + timedelta(seconds=90))
    office.carry_out(ordered)
    assert office.states()[outlet] == "prepared"
    port = office.platforms_port()
    office.stop_platforms()
    office.clock.forward(seconds=90)
    document = office.reopen().carry_out(ordered)
    record = office.record(outlet)
    assert document["state"] == "partial"
    assert record.state.value == "planned"
    assert record.failures == 1
    assert record.not_before > office.clock()
    assert "unknown" not in said_states(office, outlet)
    office.resolve()
    assert office.record(outlet).failures == 1, "before its hour it is not tried again"
    office.start_platforms(port)
    office.clock.forward(seconds=60)
    office.resolve_until(lambda: office.states()[outlet] == "live")
    assert asked(office, platform) == [True]
    assert "unknown" not in said_states(office, outlet)


def test_the_pause_between_attempts_doubles(office: Any) -> None:
    ordered = office.order("1001", outlets=["portal", "weibo-main"], at=office.clock() + timedelta(seconds=90))
    office.carry_out(ordered)
    port = office.platforms_port()
    office.stop_platforms()
    office.clock.forward(seconds=90)
    office.carry_out(ordered)
    pauses = []
    for _ in range(4):
        record = office.record("weibo-main")
        pauses.append((record.not_before - office.clock()).total_seconds())
        office.clock.forward(seconds=pauses[-1] + 0.1)
        office.resolve()
    assert [round(pause) for pause in pauses] == [1, 2, 4, 8]
    assert office.nothing_public() is False
    office.start_platforms(port)
    assert asked(office, "weibo") == []


@pytest.mark.parametrize("platform", ["weibo", "wechat"])
def test_the_platforms_own_limit_waits_as_long_as_it_says(office: Any, platform: str) -> None:
    outlet = OUTLETS[platform]
    office.fault(platform, Fault.RATE)
    office.broadcast("1001", outlets=["portal", outlet])
    record = office.record(outlet)
    assert record.state.value == "planned"
    assert record.not_before - office.clock() > timedelta(seconds=50)
    office.clock.forward(seconds=30)
    office.resolve()
    assert len(asked(office, platform)) == 1
