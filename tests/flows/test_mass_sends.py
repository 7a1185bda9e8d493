"""Mass sends and drafts for the console through the whole chain (engine.md part 5: 12, 13, 14)."""

from typing import Any

import pytest

from channels.sandbox.faults import Fault

SENDALL = "cgi-bin/message/mass/sendall"
OUTLETS = ("portal", "wechat-main")
# The sandbox's pause between two calls under one id, and the platform's.
PAUSE = 61


def with_mode(office: Any, mode: str) -> Any:
    before = 'identity = "wx3ea1d5b2c4f60718"\noptions = { '
    office.settings(before, f'{before}mode = "{mode}", ')
    office.reopen()
    office.sign(office.freeze("1001"))  # whom it reaches is signed
    return office


def test_a_mode_that_was_changed_after_the_sign_off_sends_nothing_until_it_is_signed(office: Any) -> None:
    before = 'identity = "wx3ea1d5b2c4f60718"\noptions = { '
    office.settings(before, f'{before}mode = "mass", tag_id = 101, ')
    reopened = office.reopen()
    refused = reopened.broadcast("1001", outlets=OUTLETS)
    assert (refused["state"], sent(reopened)) == ("refused", [])
    assert "重新定稿" in str(refused["problems"])
    reopened.sign(reopened.freeze("1001"))
    document = reopened.broadcast("1001", outlets=OUTLETS)
    assert document["state"] == "synchronised", (document, reopened.record("wechat-main").problem)
    assert sent(reopened) == [True]


@pytest.fixture
def mass_office(office: Any) -> Any:
    return with_mode(office, "mass")


def sent(office: Any) -> list[bool]:
    return [call.accepted for call in office.calls("wechat", SENDALL)]


def a_minute_passes(office: Any) -> None:
    store = office.platforms()
    store.run("UPDATE mass_sends SET asked = asked - ?", PAUSE)
    store.close()
    office.clock.forward(seconds=PAUSE)


def test_a_mass_send_is_live_and_counted_once(mass_office: Any) -> None:
    document = mass_office.broadcast("1001", outlets=OUTLETS)
    assert document["state"] == "synchronised", document
    assert sent(mass_office) == [True]
    assert mass_office.record("wechat-main").receipt.evidence["msg_status"] == "SEND_SUCCESS"


@pytest.mark.parametrize("fault", [Fault.ACCEPT_THEN_DROP, Fault.ERROR_AFTER_ACCEPT])
def test_an_answer_lost_after_acceptance_is_named_by_the_platform(mass_office: Any, fault: Fault) -> None:
    mass_office.fault("wechat", fault)
    mass_office.broadcast("1001", outlets=OUTLETS)
    a_minute_passes(mass_office)
    mass_office.resolve_until(lambda: mass_office.states()["wechat-main"] == "live")
    record = mass_office.record("wechat-main")
    assert sent(mass_office).count(True) == 1
    assert mass_office.tokens(record.id) == [1]
    assert mass_office.chain_holds()


def test_an_error_before_acceptance_is_sent_again_under_the_same_id(mass_office: Any) -> None:
    mass_office.fault("wechat", Fault.ERROR_BEFORE)
    mass_office.broadcast("1001", outlets=OUTLETS)
    mass_office.resolve_until(lambda: mass_office.states()["wechat-main"] == "live")
    assert sent(mass_office) == [False, True]
    assert mass_office.tokens(mass_office.record("wechat-main").id) == [1, 2]


def test_a_send_that_ends_badly_is_refused_with_its_reason(mass_office: Any) -> None:
    mass_office.fault("wechat", Fault.DELAYED)
    mass_office.broadcast("1001", outlets=OUTLETS)
    mass_office.resolve_until(lambda: mass_office.states()["wechat-main"] == "refused")
    assert "SEND_FAIL" in mass_office.record("wechat-main").problem


def test_the_second_item_of_a_day_is_told_before_anything_is_public(mass_office: Any) -> None:
    assert mass_office.broadcast("1001", outlets=OUTLETS)["state"] == "synchronised"
    second = mass_office.approve(mass_office.document(serial=32))
    document = mass_office.broadcast(second, outlets=OUTLETS)
    assert document["state"] == "refused"
    assert "群发" in "\n".join(document["problems"])
    assert sent(mass_office) == [True]


def test_a_withdrawal_deletes_the_mass_send(mass_office: Any) -> None:
    assert mass_office.broadcast("1001", outlets=OUTLETS)["state"] == "synchronised"
    assert mass_office.withdraw("1001")["state"] == "synchronised"
    store = mass_office.platforms()
    assert store.number("SELECT count(*) FROM mass_sends WHERE outcome = 'DELETE'") == 1
    store.close()


def test_a_draft_for_the_console_waits_and_is_held_when_it_is_nowhere(office: Any) -> None:
    office = with_mode(office, "draft")
    document = office.broadcast("1001", outlets=OUTLETS)
    assert (document["state"], office.states()["wechat-main"]) == ("partial", "accepted")
    store = office.platforms()
    store.run("DELETE FROM drafts")
    store.close()
    for _ in range(2):
        office.clock.forward(hours=25)
        office.resolve()
    assert office.states()["wechat-main"] == "held"
    assert "人工" in office.record("wechat-main").problem


def test_a_withdrawn_draft_leaves_nothing_for_people_to_settle(office: Any) -> None:
    office = with_mode(office, "draft")
    office.broadcast("1001", outlets=OUTLETS)
    assert office.withdraw("1001")["state"] == "synchronised"
    for _ in range(3):
        office.clock.forward(hours=25)
        office.resolve()
    states = [record.state.value for record in office.records() if record.outlet == "wechat-main"]
    assert states == ["refused", "live"]
