"""The app's webhook in a broadcast: lost answers, withdrawals meanwhile, the kill switch, and what doctor says."""

from collections.abc import Iterator
from typing import Any

import pytest

from content import halts
from flows.examining import answer_checks
from tests.channels.app_backend import OTHER_KEY, Backend, Plan, connect

OUTLETS = ("portal", "app")


@pytest.fixture
def backend(quiet_office: Any) -> Iterator[Backend]:
    made = Backend(now=lambda: quiet_office.clock().timestamp())
    connect(quiet_office, made)
    yield made
    made.close()


def broadcast(office: Any) -> dict[str, Any]:
    return dict(office.broadcast("1001", outlets=OUTLETS))


def live(office: Any) -> bool:
    return bool(office.record("app").state == "live")


def feed(office: Any) -> bool:
    return bool((office.public / "app" / "feed.json").exists())


def test_the_app_is_live_once_its_backend_has_acknowledged(quiet_office: Any, backend: Backend) -> None:
    assert broadcast(quiet_office)["state"] == "synchronised"
    assert backend.types == ["item.published"]
    assert quiet_office.record("app").receipt.evidence["acknowledged"] == "204"


def test_lost_answers_are_settled_by_the_same_event_with_pauses_that_grow(quiet_office: Any, backend: Backend) -> None:
    backend.plans = [Plan(500, taken=True), Plan(204, cut=True), Plan(502, b"<html>")]
    assert broadcast(quiet_office)["state"] == "partial"
    assert not feed(quiet_office)
    quiet_office.resolve_until(lambda: live(quiet_office))
    assert len(backend.attempts) == 4
    assert len(set(backend.attempts)) == len(backend.events) == 1
    assert len({headers["webhook-timestamp"] for headers, _ in backend.requests}) > 1
    assert feed(quiet_office)
    assert quiet_office.chain_holds()


def test_a_backend_that_is_down_is_tried_again_by_the_back_off(quiet_office: Any, backend: Backend) -> None:
    backend.plans = [Plan(503, headers={"Retry-After": "3"})]
    assert broadcast(quiet_office)["state"] == "partial"
    assert quiet_office.record("app").state == "planned"
    quiet_office.resolve_until(lambda: live(quiet_office))
    assert len(backend.attempts) == 2


def test_a_no_is_refused_and_nothing_stands_in_the_feed(quiet_office: Any, backend: Backend) -> None:
    backend.plans = [Plan(410, b'{"message": "closed"}')]
    broadcast(quiet_office)
    record = quiet_office.record("app")
    assert record.state == "refused"
    assert "closed" in record.problem
    assert not feed(quiet_office)


def test_a_withdrawal_reaches_what_the_backend_may_have(quiet_office: Any, backend: Backend) -> None:
    """The first event was taken and its answer lost: it is not sent again after the withdrawal, which goes out all the same."""
    backend.plans = [Plan(500, taken=True)] * 20
    broadcast(quiet_office)
    assert quiet_office.record("app").state == "unknown"
    sent = len(backend.attempts)
    backend.plans = []
    quiet_office.withdraw("1001")
    quiet_office.resolve_until(lambda: live(quiet_office))
    assert backend.types == ["item.published", "item.withdrawn"]
    assert len(backend.attempts) == sent + 1
    first, second = [record for record in quiet_office.records() if record.outlet == "app"]
    assert (first.state, second.action, second.state) == ("cancelled", "withdraw", "live")


def test_nothing_is_sent_again_while_the_outlet_is_halted(quiet_office: Any, backend: Backend) -> None:
    backend.plans = [Plan(500)] * 20
    broadcast(quiet_office)
    assert quiet_office.record("app").state == "unknown"
    sent = len(backend.attempts)
    backend.plans = []
    halts.stop(quiet_office.wired.database, "app", "陈国平", "核实")
    for _ in range(5):
        quiet_office.clock.forward(seconds=60)
        quiet_office.resolve()
    assert len(backend.attempts) == sent
    halts.lift(quiet_office.wired.database, "app", "陈国平")
    quiet_office.clock.forward(hours=1)
    quiet_office.resolve()
    assert live(quiet_office)


def test_a_repetition_that_is_turned_down_waits_for_a_person(quiet_office: Any, backend: Backend) -> None:
    backend.plans = [Plan(500, taken=True)] + [Plan(400, b'{"message": "no more"}')] * 3
    broadcast(quiet_office)
    quiet_office.resolve()
    assert quiet_office.record("app").state == "held"
    assert "no more" in quiet_office.record("app").problem


def test_doctor_says_how_the_backend_answers(quiet_office: Any, backend: Backend) -> None:
    [found] = answer_checks(quiet_office.reopen().wired)
    assert (found.name, found.ok) == ("webhook app", True)
    assert backend.types == ["ping"]
    backend.keys = (OTHER_KEY,)
    [found] = answer_checks(quiet_office.wired)
    assert not found.ok
    assert "401" in found.detail
