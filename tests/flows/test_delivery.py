"""The life of one delivery: who may send, how long a claim holds, what a person settles, what a partner's receipt does."""

from datetime import timedelta
from typing import Any

import pytest

from channels.base import Refused
from channels.sandbox.faults import Fault
from content import ledger
from content.clock import CHINA, in_china
from content.records import get
from content.vocabulary import State
from flows import delivery, proving, publishing
from flows.editing import NotPossible

A, B = "周岚", "陈国平"


def planned(office: Any, *outlets: str) -> None:
    """Plans and prepares the item for the portal and *outlets*, and releases nothing yet."""
    at = office.clock() + timedelta(hours=1)
    office.broadcast("1001", outlets=["portal", *outlets], at=at)


def test_only_a_prepared_delivery_is_sent(office: Any) -> None:
    planned(office, "weibo-main")
    record = office.record("weibo-main")
    ledger.back_to_planned(office.wired.database, record, "the test takes it back")
    assert delivery.release(office.wired, record.id).state is State.PLANNED
    assert office.shared() == []


def test_releasing_twice_sends_once(office: Any) -> None:
    planned(office, "weibo-main")
    key = office.record("weibo-main").id
    assert delivery.release(office.wired, key).state is State.ACCEPTED
    assert delivery.release(office.wired, key).state is State.ACCEPTED
    assert len(office.shared()) == 1


def test_a_process_stopped_between_claim_and_sending_sends_nothing(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine's own clock since boot is put forward: a SIGSTOP past half the lease (engine.md S3)."""
    planned(office, "weibo-main")
    moments = iter([1000.0, 1000.0 + 1.1])
    monkeypatch.setattr(delivery.time, "clock_gettime", lambda _clock: next(moments))
    record = delivery.release(office.wired, office.record("weibo-main").id)
    assert record.state is State.PLANNED
    assert "stopped for too long" in record.problem
    assert office.shared() == []


def test_a_claim_is_left_alone_while_its_lease_runs_and_looked_into_after_it(office: Any) -> None:
    planned(office, "weibo-main")
    record = office.record("weibo-main")
    claimed = ledger.claim(office.wired.database, record, timedelta(seconds=60), "there/1", "d", alone=[record.outlet])
    assert delivery.settle(office.wired, record.id).state is State.SENDING
    office.clock.forward(seconds=61)
    assert delivery.settle(office.wired, record.id).state is State.UNKNOWN
    office.resolve_until(lambda: office.record("weibo-main").state is not State.UNKNOWN)
    assert claimed.token == 1
    assert office.shared() == []


def test_who_lost_the_claim_cannot_write_its_outcome(office: Any) -> None:
    planned(office, "weibo-main")
    record = office.record("weibo-main")
    claimed = ledger.claim(office.wired.database, record, timedelta(seconds=1), "there/1", "d", alone=[record.outlet])
    office.clock.forward(seconds=5)
    delivery.settle(office.wired, record.id)
    with pytest.raises(ledger.Fenced):
        ledger.refuse(office.wired.database, claimed, "too late")


def test_a_preparation_that_expired_is_made_anew(office: Any) -> None:
    planned(office, "weibo-main")
    record = office.record("weibo-main")
    expired = record.prepared.expires_at + timedelta(seconds=1) - office.clock()
    office.clock.span += expired
    assert delivery.release(office.wired, record.id).state is State.PLANNED
    assert office.shared() == []


def test_a_draft_that_somebody_altered_is_not_published_but_made_anew(office: Any) -> None:
    planned(office, "wechat-main")
    store = office.platforms()
    store.run("UPDATE drafts SET articles = replace(articles, '30分钟', '90分钟')")
    store.close()
    record = delivery.release(office.wired, office.record("wechat-main").id)
    assert record.state is State.PLANNED
    assert "被改动" in record.problem
    assert office.submitted() == []


def test_two_copies_that_the_outlet_shows_are_one_delivery(office: Any) -> None:
    """Somebody posted the same by hand: it is found, live, and the copies stand in the evidence."""
    office.settings("quiet_seconds = 0.4", "quiet_seconds = 10", times=2)
    office.reopen()
    office.fault("weibo", Fault.ACCEPT_THEN_DROP)
    office.broadcast("1001", outlets=["portal", "weibo-main"])
    store = office.platforms()
    store.run(
        "INSERT INTO weibos (mid, uid, text, shown, picture, created, deleted)"
        " SELECT mid + 7, uid, text, shown, picture, created, deleted FROM weibos"
    )
    store.close()
    office.resolve_until(lambda: office.states()["weibo-main"] == "live")
    assert len(office.record("weibo-main").receipt.evidence["copies"].split()) == 2


def test_copy_that_is_gone_from_the_drop_waits_for_two_people(office: Any, at_work: Any) -> None:
    """Taken away between the hand-over and our record of it: absence proves nothing (engine.md 4.4)."""
    planned(office, "radio")
    record = office.record("radio")
    folder = office.home / "outlets" / "radio"
    claimed = ledger.claim(office.wired.database, record, timedelta(seconds=1), "there/1", "d")
    load = proving.load(office.wired, claimed)
    office.wired.channel("radio").release(load.delivery, load.rendition, claimed.prepared)
    for mark in (folder / "sent").glob("*.delivered"):
        mark.unlink()
    for handed in office.drop("radio"):
        handed.rename(folder / "taken")
    office.clock.forward(seconds=5)
    office.resolve()
    held = office.record("radio")
    assert held.state is State.HELD
    with pytest.raises(NotPossible, match="two different persons"):
        publishing.settle_held(office.wired, held.id, State.LIVE, "回执单扫描件", [A, A], at_work.ask)
    with pytest.raises(NotPossible, match="evidence"):
        publishing.settle_held(office.wired, held.id, State.LIVE, " ", [A, B], at_work.ask)
    assert office.record("radio").state is State.HELD
    settled = publishing.settle_held(office.wired, held.id, State.LIVE, "回执单扫描件", [A, B], at_work.ask)
    assert settled.state is State.LIVE
    assert A in settled.receipt.evidence["note"]
    assert B in settled.receipt.evidence["note"]


def test_what_people_prove_absent_is_sent_again(office: Any, at_work: Any) -> None:
    office.fault("weibo", Fault.REFUSE)
    office.broadcast("1001", outlets=["portal", "weibo-main"])
    refused = office.record("weibo-main")
    assert refused.state is State.REFUSED
    again = publishing.settle_held(office.wired, refused.id, State.PLANNED, "平台已解除限制", [A, B], at_work.ask)
    assert again.state is State.PLANNED
    office.clock.forward(seconds=2)
    office.resolve_until(lambda: office.states()["weibo-main"] == "live")
    assert [call.accepted for call in office.shared()] == [False, True]


def test_a_receipt_held_for_its_moment_keeps_what_a_withdrawal_needs(office: Any, at_work: Any) -> None:
    office.clock.forward(minutes=20)
    office.broadcast("1001", outlets=["portal", "weibo-main"])
    held = office.record("weibo-main")
    settled = publishing.settle_held(office.wired, held.id, State.LIVE, "账号主页可见", [A, B], at_work.ask)
    assert settled.receipt.remote_id == held.receipt.remote_id != ""
    office.withdraw("1001")
    office.resolve_until(lambda: office.states()["weibo-main"] == "live")
    assert len(office.calls("weibo", "2/statuses/destroy.json")) == 1


def test_what_is_live_is_settled_by_nobody(office: Any, at_work: Any) -> None:
    office.broadcast("1001", outlets=["portal", "weibo-main"])
    with pytest.raises(NotPossible, match="is live"):
        publishing.settle_held(office.wired, office.record("weibo-main").id, State.PLANNED, "重发", [A, B], at_work.ask)


def test_a_partners_receipt_makes_it_live_on_the_day_that_it_states(office: Any, at_work: Any) -> None:
    office.broadcast("1001", outlets=["portal", "newspaper"])
    handed_over = office.record("newspaper")
    office.clock.forward(days=2)
    day = in_china(handed_over.since) + timedelta(days=1)
    record = publishing.record_receipt(
        office.wired, "newspaper", "1001", f"{day:%Y-%m-%d}", "第3版", at_work.EDITOR, at_work.ask
    )
    assert record.state is State.LIVE
    assert record.live_at.astimezone(CHINA).date() == day.date()
    assert record.receipt.remote_id == handed_over.receipt.remote_id
    assert record.receipt.evidence["note"] == "第3版"


@pytest.mark.parametrize(("days", "form"), [(-1, "%Y-%m-%d"), (3, "%Y-%m-%d"), (0, "%Y-%m-%d 00:00"), (0, "下周三")])
def test_a_receipt_with_an_impossible_date_is_refused(office: Any, at_work: Any, days: int, form: str) -> None:
    office.broadcast("1001", outlets=["portal", "newspaper"])
    office.clock.forward(days=1)
    day = in_china(office.record("newspaper").since) + timedelta(days=days)
    with pytest.raises(NotPossible):
        publishing.record_receipt(
            office.wired, "newspaper", "1001", day.strftime(form), "", at_work.EDITOR, at_work.ask
        )
    assert office.record("newspaper").state is State.ACCEPTED


def test_nobody_vouches_for_a_direct_outlet_or_for_what_was_not_handed_over(office: Any, at_work: Any) -> None:
    office.broadcast("1001", outlets=["portal"])
    for outlet in ("portal", "newspaper"):
        with pytest.raises(NotPossible):
            publishing.record_receipt(office.wired, outlet, "1001", "2026-11-24", "", at_work.EDITOR, at_work.ask)


def test_a_drop_that_holds_something_else_under_the_name_waits_for_a_person_and_stops_nobody(office: Any) -> None:
    planned(office, "radio", "feeds")
    record = office.record("radio")
    claimed = ledger.claim(office.wired.database, record, timedelta(seconds=1), "there/1", "d")
    load = proving.load(office.wired, claimed)
    channel = office.wired.channel("radio")
    channel.release(load.delivery, load.rendition, claimed.prepared)
    [handed] = office.drop("radio")
    (handed / "manifest.json").write_text('{"rendition": "another"}', encoding="utf-8")
    with pytest.raises(Refused):
        channel.find(load.delivery, load.rendition)
    office.clock.forward(seconds=5)
    office.resolve()
    assert office.record("radio").state is State.HELD


def test_an_unknown_delivery_of_an_outlet_that_left_the_settings_stops_nobody(office: Any) -> None:
    office.fault("weibo", Fault.ACCEPT_THEN_DROP)
    office.settings("quiet_seconds = 0.4", "quiet_seconds = 60", times=2)
    office.reopen().broadcast("1001", outlets=["portal", "weibo-main"])
    office.settings('id = "weibo-main"', 'id = "weibo-two"')
    office.reopen()
    office.clock.forward(seconds=70)
    office.resolve()
    with office.wired.database.read() as connection:
        record = get(connection, office.record("weibo-main").id)
    assert record.state is State.UNKNOWN
    assert delivery.settle(office.wired, record.id).state is State.UNKNOWN
    assert "weibo-main" in office.record("weibo-main").problem
