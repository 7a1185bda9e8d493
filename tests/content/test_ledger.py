"""The ledger: deliveries planned once, moved by compare-and-set, every move with its event."""

import threading
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from content import events, halts, ledger, packages
from content.database import Database
from content.delivery import Prepared, Receipt
from content.ledger import MOVES, Fenced
from content.packages import Mark
from content.records import Record, Target, get, of_item
from content.schema import attempt
from content.vocabulary import Action, Effect, State

WEIBO = Target("weibo-main", "weibo", "weibo", direct=True, required=True)
LEASE = timedelta(seconds=60)


@pytest.fixture
def package(office: Any) -> Any:
    return office.freeze(office.hand_in())


@pytest.fixture
def planned(database: Database, package: Any) -> Record:
    return ledger.plan(database, package, [WEIBO], database.clock())[0]


@pytest.fixture
def prepared(database: Database, planned: Record) -> Record:
    return ledger.keep_prepared(database, planned, Prepared({"draft": "m1"}, "d"))


def claim(database: Database, record: Record, *, alone: Sequence[str] = ()) -> Record:
    return ledger.claim(database, record, LEASE, "here/1", "rendition", alone=alone)


def test_planning_the_same_package_twice_makes_one_delivery(database: Database, package: Any, planned: Record) -> None:
    again = ledger.plan(database, package, [WEIBO], database.clock())
    assert [record.id for record in again] == [planned.id]


def test_only_a_prepared_delivery_can_be_claimed(database: Database, planned: Record) -> None:
    with pytest.raises(ValueError, match="planned to sending"):
        claim(database, planned)


def test_a_claim_is_won_by_exactly_one_of_eight(database: Database, prepared: Record) -> None:
    won, lost, barrier = [], [], threading.Barrier(8)

    def try_it() -> None:
        barrier.wait()
        try:
            won.append(claim(database, prepared))
        except Fenced:
            lost.append(1)

    threads = [threading.Thread(target=try_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(lost)) == (1, 7)
    with database.read() as connection:
        assert len(connection.execute(select(attempt)).all()) == 1


def test_a_stale_holder_changes_nothing(database: Database, prepared: Record) -> None:
    claimed = claim(database, prepared)
    lost = ledger.lost(database, claimed, "no answer", database.clock())
    back = ledger.back_to_planned(database, lost, "absent")
    with pytest.raises(Fenced):
        ledger.keep_receipt(database, claimed, Receipt(State.LIVE))
    with database.read() as connection:
        assert get(connection, back.id).state is State.PLANNED


def test_tokens_only_grow(database: Database, prepared: Record) -> None:
    tokens = []
    record = prepared
    for _ in range(3):
        record = claim(database, record)
        tokens.append(record.token)
        record = ledger.back_to_planned(database, record, "refused connection")
        record = ledger.keep_prepared(database, record, Prepared())
    assert tokens == [1, 2, 3]


def test_a_halted_outlet_is_not_claimed_until_it_is_resumed(database: Database, prepared: Record) -> None:
    halts.stop(database, halts.ALL_OUTLETS, "陈国平", "错误信息")
    with pytest.raises(Fenced):
        claim(database, prepared)
    assert halts.lift(database, halts.ALL_OUTLETS, "陈国平")
    assert claim(database, prepared).state is State.SENDING


def test_an_unknown_delivery_stops_the_account_where_reading_back_is_narrow(
    database: Database, office: Any, prepared: Record
) -> None:
    ledger.lost(database, claim(database, prepared), "no answer", database.clock())
    other = ledger.plan(database, office.freeze(office.hand_in("另一件")), [WEIBO], database.clock())[0]
    other = ledger.keep_prepared(database, other, Prepared())
    with pytest.raises(Fenced):
        claim(database, other, alone=[other.outlet])
    assert claim(database, other).state is State.SENDING


def test_an_unknown_delivery_stops_every_outlet_on_its_account_and_no_other(
    database: Database, office: Any, prepared: Record
) -> None:
    ledger.lost(database, claim(database, prepared), "no answer", database.clock())
    second = Target("weibo-second", "weibo", "weibo", direct=True, required=True)
    other = ledger.plan(database, office.freeze(office.hand_in("另一件")), [second], database.clock())[0]
    other = ledger.keep_prepared(database, other, Prepared())
    with pytest.raises(Fenced):
        claim(database, other, alone=["weibo-second", prepared.outlet])
    assert claim(database, other, alone=["weibo-second", "weibo-third"]).state is State.SENDING


def test_a_sender_that_vanished_stops_the_account_before_anybody_looked(
    database: Database, office: Any, clock: Any, prepared: Record
) -> None:
    claim(database, prepared)
    other = ledger.plan(database, office.freeze(office.hand_in("另一件")), [WEIBO], database.clock())[0]
    other = ledger.keep_prepared(database, other, Prepared())
    clock.forward(seconds=61)
    with pytest.raises(Fenced):
        claim(database, other, alone=[other.outlet])
    clock.forward(seconds=-30)
    assert claim(database, other, alone=[other.outlet]).state is State.SENDING, "while it lives it is no unknown"


def test_that_the_outlet_called_it_a_repetition_is_kept_with_the_attempt(database: Database, prepared: Record) -> None:
    claimed = claim(database, prepared)
    assert not ledger.repeated(database, claimed)
    unknown = ledger.lost(database, claimed, "20019", database.clock(), repeated=True)
    assert ledger.repeated(database, unknown)
    again = ledger.keep_prepared(database, ledger.back_to_planned(database, unknown, "absent"), Prepared())
    assert not ledger.repeated(database, claim(database, again)), "each attempt has its own answer"


def test_a_delivery_waits_for_its_time(database: Database, clock: Any, package: Any) -> None:
    record = ledger.plan(database, package, [WEIBO], database.clock() + timedelta(hours=1))[0]
    record = ledger.keep_prepared(database, record, Prepared())
    with pytest.raises(Fenced):
        claim(database, record)
    clock.forward(hours=2)
    assert claim(database, record).state is State.SENDING


def test_every_move_writes_its_event_in_the_same_transaction(database: Database, prepared: Record) -> None:
    record = ledger.keep_receipt(database, claim(database, prepared), Receipt(State.ACCEPTED, remote_id="42"))
    record = ledger.keep_receipt(database, record, Receipt(State.LIVE, remote_id="42"))
    with database.read() as connection:
        told = [entry["data"]["to"] for entry in events.of_subject(connection, f"delivery/{record.id}")]
    assert told == ["planned", "prepared", "sending", "accepted", "live"]
    assert events.verify_chain(database) is None


def test_live_at_is_what_the_evidence_states_and_the_month_is_the_readers(
    database: Database, clock: Any, package: Any
) -> None:
    from datetime import UTC, datetime

    clock.moment = datetime(2026, 12, 31, 15, 0, tzinfo=UTC)
    record = ledger.plan(database, package, [WEIBO], database.clock())[0]
    claimed = claim(database, ledger.keep_prepared(database, record, Prepared()))
    clock.moment = datetime(2026, 12, 31, 17, 0, tzinfo=UTC)
    stated = datetime(2026, 12, 31, 16, 0, 1, tzinfo=UTC)
    live = ledger.keep_receipt(database, claimed, Receipt(State.LIVE, live_at=stated))
    assert live.live_at == stated
    with database.read() as connection:
        assert connection.execute(text("SELECT live_month FROM delivery")).scalar_one() == "2027-01"


@pytest.mark.parametrize("hours", [-3, 3])
def test_a_moment_before_the_hand_over_or_in_the_future_is_refused(
    database: Database, prepared: Record, hours: int
) -> None:
    claimed = claim(database, prepared)
    with pytest.raises(ValueError, match=r"hand-over|future"):
        ledger.keep_receipt(database, claimed, Receipt(State.LIVE, live_at=database.clock() + timedelta(hours=hours)))
    with database.read() as connection:
        assert get(connection, claimed.id).state is State.SENDING


def test_what_was_never_claimed_is_cancelled_by_a_withdrawal_in_one_transaction(
    database: Database, prepared: Record
) -> None:
    with database.write() as connection:
        assert ledger.cancel_unsent(connection, database, prepared.item_id, "撤稿") == 1
    with pytest.raises(Fenced):
        claim(database, prepared)


def test_live_and_cancelled_are_final() -> None:
    assert not MOVES[State.LIVE] and not MOVES[State.CANCELLED]


def test_nothing_goes_from_unknown_or_sending_to_sending() -> None:
    assert [state for state in State if State.SENDING in MOVES[state]] == [State.PREPARED]


def test_the_table_itself_refuses_a_word_that_is_no_state(database: Database, planned: Record) -> None:
    with pytest.raises(DBAPIError), database.write() as connection:
        connection.execute(text("UPDATE delivery SET state = 'success'"))


def test_events_cannot_be_changed_or_deleted(database: Database, planned: Record) -> None:
    for statement in ("UPDATE event SET kind = 'x'", "DELETE FROM event"):
        with pytest.raises(DBAPIError, match="append-only"), database.write() as connection:
            connection.execute(text(statement))


def test_an_error_inside_a_transaction_leaves_neither_state_nor_event(database: Database, prepared: Record) -> None:
    before = events.head(database)
    with pytest.raises(RuntimeError), database.write() as connection:
        ledger.cancel_unsent(connection, database, prepared.item_id, "撤稿")
        raise RuntimeError
    assert events.head(database) == before
    with database.read() as connection:
        assert of_item(connection, prepared.item_id)[0].state is State.PREPARED


def test_a_later_withdrawal_is_seen_by_the_delivery_that_is_unknown(
    database: Database, office: Any, prepared: Record
) -> None:
    unknown = ledger.lost(database, claim(database, prepared), "no answer", database.clock())
    stored = office.hand_in()
    with database.read() as connection:
        assert not ledger.successor_withdraws(connection, unknown)
    ledger.plan(database, office.freeze(stored, WEIBO, action=Action.WITHDRAW), [WEIBO], database.clock())
    with database.read() as connection:
        assert ledger.successor_withdraws(connection, unknown)


SITE = Target("portal", "website", "website", direct=True, required=True)
FEEDS = Target("feeds", "feeds", "", direct=True, required=True)


def mark(database: Database, office: Any, stored: Any, effect: Effect, number: int) -> Any:
    lines = [office.line(target, effect.value.encode()) for target in (SITE, FEEDS)]
    said = Mark(effect, number, "李文", "").as_json()
    manifest = packages.manifest_of(stored, Action.MARK, "", lines, ()) | {"mark": said}
    return packages.freeze(database, manifest, lines)[0]


def effect_of(database: Database) -> str:
    with database.read() as connection:
        return str(connection.execute(text("SELECT effect FROM item")).scalar_one())


def sent(database: Database, package: Any, target: Target) -> Record:
    (record,) = ledger.plan(database, package, [target], database.clock())
    return claim(database, ledger.keep_prepared(database, record, Prepared()))


def test_a_mark_takes_effect_with_its_first_receipt_in_one_transaction(database: Database, office: Any) -> None:
    package = mark(database, office, office.hand_in(), Effect.REPEALED, 1)
    record = sent(database, package, SITE)
    assert effect_of(database) == "有效"
    with pytest.raises(ledger.ImpossibleMoment):
        ledger.keep_receipt(database, record, Receipt(State.LIVE, live_at=database.clock() + timedelta(days=1)))
    assert effect_of(database) == "有效"
    accepted = ledger.keep_receipt(database, record, Receipt(State.ACCEPTED))
    assert effect_of(database) == "废止"
    ledger.keep_receipt(database, accepted, Receipt(State.LIVE))
    with database.read() as connection:
        told = connection.execute(text("SELECT count(*) FROM event WHERE kind = 'item.marked'")).scalar_one()
    assert told == 1


def test_the_same_revision_can_be_marked_again(database: Database, office: Any) -> None:
    stored = office.hand_in()
    for number, effect in enumerate([Effect.REPEALED, Effect.VALID, Effect.REPEALED], 1):
        record = sent(database, mark(database, office, stored, effect, number), SITE)
        ledger.keep_receipt(database, record, Receipt(State.LIVE))
        assert effect_of(database) == effect.value


def test_a_late_receipt_of_an_earlier_mark_does_not_bring_its_effect_back(database: Database, office: Any) -> None:
    stored = office.hand_in()
    early = sent(database, mark(database, office, stored, Effect.REPEALED, 1), FEEDS)
    unknown = ledger.lost(database, early, "no answer", database.clock())
    ledger.keep_receipt(
        database, sent(database, mark(database, office, stored, Effect.LAPSED, 2), SITE), Receipt(State.LIVE)
    )
    assert ledger.overtaken(database, unknown)
    ledger.keep_receipt(database, unknown, Receipt(State.LIVE))
    assert effect_of(database) == "失效"


def test_a_new_mark_cancels_what_was_not_sent_of_the_one_before(database: Database, office: Any) -> None:
    stored = office.hand_in()
    (early,) = ledger.plan(database, mark(database, office, stored, Effect.REPEALED, 1), [FEEDS], database.clock())
    (late,) = ledger.plan(database, mark(database, office, stored, Effect.LAPSED, 2), [SITE], database.clock())
    with database.read() as connection:
        states = [get(connection, record.id).state for record in (early, late)]
    assert states == [State.CANCELLED, State.PLANNED]
    assert not ledger.overtaken(database, late)


@pytest.fixture
def accepted(database: Database, prepared: Record) -> Record:
    return ledger.keep_receipt(database, claim(database, prepared), Receipt(State.ACCEPTED, remote_id="42"))


def test_of_eight_at_once_one_may_ask_the_outlet(database: Database, accepted: Record) -> None:
    together = threading.Barrier(8)
    asking, fenced = [], []

    def ask() -> None:
        together.wait(10)
        try:
            asking.append(ledger.claim_asking(database, accepted, LEASE))
        except Fenced:
            fenced.append(1)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(asking), len(fenced)) == (1, 7)
    assert timedelta() < (asking[0].look_after or asking[0].not_before) - database.clock() < LEASE
    assert (asking[0].state, asking[0].token) == (accepted.state, accepted.token)


def test_who_was_killed_while_asking_is_followed_when_the_lease_has_run_out(
    database: Database, clock: Any, accepted: Record
) -> None:
    ledger.claim_asking(database, accepted, LEASE)
    clock.moment += LEASE - timedelta(seconds=1)
    with pytest.raises(Fenced):
        ledger.claim_asking(database, accepted, LEASE)
    clock.moment += timedelta(seconds=1)
    assert ledger.claim_asking(database, accepted, LEASE).asking


def test_who_asked_for_too_long_has_nothing_to_say_once_another_asks(
    database: Database, clock: Any, accepted: Record
) -> None:
    slow = ledger.claim_asking(database, accepted, LEASE)
    clock.moment += LEASE
    quick = ledger.claim_asking(database, accepted, LEASE)
    with pytest.raises(Fenced):
        ledger.still_accepted(database, slow, Receipt(State.ACCEPTED, remote_id="42"), clock.moment)
    assert ledger.keep_receipt(database, quick, Receipt(State.LIVE, remote_id="42")).state is State.LIVE


def test_who_asked_for_too_long_is_heard_while_nobody_else_asks(
    database: Database, clock: Any, accepted: Record
) -> None:
    slow = ledger.claim_asking(database, accepted, LEASE)
    clock.moment += 2 * LEASE
    assert ledger.keep_receipt(database, slow, Receipt(State.LIVE, remote_id="42")).state is State.LIVE


def test_people_need_not_wait_for_who_asks(database: Database, accepted: Record) -> None:
    asking = ledger.claim_asking(database, accepted, LEASE)
    assert ledger.keep_receipt(database, accepted, Receipt(State.LIVE, remote_id="42")).state is State.LIVE
    with pytest.raises(Fenced):
        ledger.refuse(database, asking, "too late")


def test_asking_is_no_event(database: Database, accepted: Record) -> None:
    before = events.head(database)
    ledger.claim_asking(database, accepted, LEASE)
    assert events.head(database) == before
