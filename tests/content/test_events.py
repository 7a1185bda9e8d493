"""The event chain: whatever is done to it behind the ledger's back is found, at the first bad event."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import DBAPIError

from content import events
from content.canonical import canonical_json, digest_of
from content.database import Database, open_database
from content.events import GENESIS, Break, Head, verify_chain
from content.schema import event, metadata

LENGTH = 9
TRIGGERS = {
    "sqlite": ["DROP TRIGGER IF EXISTS event_no_update", "DROP TRIGGER IF EXISTS event_no_delete"],
    "postgresql": ["DROP TRIGGER IF EXISTS event_append_only ON event"],
}


@pytest.fixture
def chain(database: Database) -> Database:
    """A ledger with nine events."""
    fill(database, LENGTH)
    return database


def fill(database: Database, number: int) -> None:
    with database.write() as connection:
        for count in range(number):
            events.append(connection, database, "item.noted", f"item/{1001 + count % 3}", {"名": "值", "count": count})


def tamper(database: Database, *statements: str) -> None:
    with database.write() as connection:
        for statement in [*TRIGGERS[connection.dialect.name], *statements]:
            connection.execute(text(statement))


def known_heads(database: Database) -> list[Head]:
    with database.read() as connection:
        return [Head(row.seq, row.hash) for row in connection.execute(select(event).order_by(event.c.seq))]


def test_an_untouched_chain_holds(chain: Database) -> None:
    assert verify_chain(chain) is None
    assert verify_chain(chain, known_heads(chain)) is None


def test_an_empty_chain_holds_and_starts_from_zeros(database: Database) -> None:
    assert verify_chain(database) is None
    assert events.head(database) == Head(0, GENESIS)


def test_numbers_grow_by_one_and_each_names_the_one_before(chain: Database) -> None:
    with chain.read() as connection:
        rows = connection.execute(select(event).order_by(event.c.seq)).all()
    assert [row.seq for row in rows] == list(range(1, LENGTH + 1))
    assert [row.previous for row in rows] == [GENESIS, *(row.hash for row in rows[:-1])]


def test_the_log_refuses_to_be_rewritten(chain: Database) -> None:
    for statement in ("UPDATE event SET kind = 'x' WHERE seq = 4", "DELETE FROM event WHERE seq = 9"):
        with pytest.raises(DBAPIError, match="append-only"), chain.write() as connection:
            connection.execute(text(statement))
    assert verify_chain(chain) is None


@pytest.mark.parametrize("column", ["at", "kind", "subject", "data", "previous", "hash"])
@pytest.mark.parametrize("seq", [1, 5, LENGTH])
def test_an_edited_event_is_named(chain: Database, column: str, seq: int) -> None:
    tamper(chain, f"UPDATE event SET {column} = '{'f' * 64}' WHERE seq = {seq}")
    broken = verify_chain(chain)
    assert broken is not None and broken.seq == seq


def test_a_digit_in_the_data_is_enough(chain: Database) -> None:
    tamper(chain, "UPDATE event SET data = replace(data, '\"count\"\\:4', '\"count\"\\:5') WHERE seq = 5")
    assert verify_chain(chain) == Break(5, "its content has been altered")


@pytest.mark.parametrize("seq", [1, 5, LENGTH - 1])
def test_a_deleted_event_is_missed(chain: Database, seq: int) -> None:
    tamper(chain, f"DELETE FROM event WHERE seq = {seq}")
    assert verify_chain(chain) == Break(seq + 1, f"event {seq} is missing")


def test_a_deleted_event_whose_gap_was_closed_is_found(chain: Database) -> None:
    tamper(
        chain,
        "DELETE FROM event WHERE seq = 4",
        *(f"UPDATE event SET seq = {n - 1} WHERE seq = {n}" for n in range(5, 10)),
    )
    assert verify_chain(chain) == Break(4, "it does not follow the event before it")


def test_an_inserted_event_is_found(chain: Database) -> None:
    """A forged event with a right hash of its own, the later ones moved up to make room."""
    moved = [f"UPDATE event SET seq = {n + 1} WHERE seq = {n}" for n in range(LENGTH, 5, -1)]
    before = known_heads(chain)[4]
    forged = {"seq": 6, "at": "2026-11-23T01:30:00.000000+00:00", "kind": "x", "subject": "item/1", "data": "{}"}
    forged |= {"previous": before.hash}
    tamper(chain, *moved)
    with chain.write() as connection:
        connection.execute(insert(event).values(**forged, hash=digest_of(forged)))
    assert verify_chain(chain) == Break(7, "it does not follow the event before it")


def test_two_events_in_the_wrong_order_are_found(chain: Database) -> None:
    tamper(chain, *(f"UPDATE event SET seq = {to} WHERE seq = {seq}" for seq, to in ((3, 100), (4, 3), (100, 4))))
    assert verify_chain(chain) == Break(3, "it does not follow the event before it")


def test_an_event_before_the_first_is_found(chain: Database) -> None:
    forged = {"seq": 0, "at": "", "kind": "x", "subject": "item/1", "data": "{}", "previous": GENESIS}
    tamper(chain)
    with chain.write() as connection:
        connection.execute(insert(event).values(**forged, hash=digest_of(forged)))
    broken = verify_chain(chain)
    assert broken is not None and broken.seq == 0


def test_a_truncated_chain_holds_alone_and_fails_against_an_exported_head(chain: Database) -> None:
    exported = events.head(chain)
    tamper(chain, "DELETE FROM event WHERE seq > 6")
    assert verify_chain(chain) is None
    broken = verify_chain(chain, [exported])
    assert broken is not None and broken.seq == LENGTH and "ends at 6" in broken.problem


def test_a_chain_that_was_emptied_fails_against_an_exported_head(chain: Database) -> None:
    exported = known_heads(chain)[2]
    tamper(chain, "DELETE FROM event")
    broken = verify_chain(chain, [exported])
    assert broken is not None and broken.seq == 3


def rewrite_from(connection: Connection, seq: int) -> None:
    """What somebody with all rights would do: change one event and calculate every later hash anew."""
    previous = connection.execute(select(event.c.hash).where(event.c.seq == seq - 1)).scalar_one_or_none() or GENESIS
    for row in connection.execute(select(event).where(event.c.seq >= seq).order_by(event.c.seq)).mappings().all():
        values = {name: row[name] for name in ("seq", "at", "kind", "subject", "data")} | {"previous": previous}
        if row["seq"] == seq:
            values["data"] = canonical_json({"forged": True}).decode()
        previous = digest_of(values)
        connection.execute(event.delete().where(event.c.seq == row["seq"]))
        connection.execute(insert(event).values(**values, hash=previous))


@pytest.mark.parametrize("kept", [1, 5, LENGTH])
def test_a_rewritten_chain_holds_alone_and_fails_at_the_first_head_after_the_forgery(
    chain: Database, kept: int
) -> None:
    exported = [head for head in known_heads(chain) if head.seq in (kept, LENGTH)]
    tamper(chain)
    with chain.write() as connection:
        rewrite_from(connection, 4)
    assert verify_chain(chain) is None
    assert verify_chain(chain, exported) == Break(
        LENGTH if kept == 1 else kept, "it differs from the head that was exported"
    )


def test_heads_of_the_untouched_part_still_agree(chain: Database) -> None:
    exported = known_heads(chain)[:3]
    tamper(chain)
    with chain.write() as connection:
        rewrite_from(connection, 4)
    assert verify_chain(chain, exported) is None


def test_events_of_one_subject_come_back_as_they_were_told(chain: Database) -> None:
    with chain.read() as connection:
        told = events.of_subject(connection, "item/1002")
    assert [entry["data"] for entry in told] == [{"名": "值", "count": count} for count in (1, 4, 7)]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One chain for the many runs of hypothesis; every run ends as it began."""
    made = open_database(f"sqlite:///{tmp_path_factory.mktemp('chain') / 'ledger.sqlite'}")
    metadata.create_all(made.engine)
    fill(made, LENGTH)
    yield made
    made.engine.dispose()


@given(
    seq=st.integers(1, LENGTH),
    column=st.sampled_from(["at", "kind", "subject", "data", "previous", "hash"]),
    value=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
)
@settings(max_examples=60, deadline=None)
def test_any_edit_of_any_event_is_named(many: Database, seq: int, column: str, value: str) -> None:
    with many.read() as connection:
        kept = connection.execute(select(event).where(event.c.seq == seq)).mappings().one()
    change = event.update().where(event.c.seq == seq)
    with many.write() as connection:
        connection.execute(change.values(**{column: value}))
    broken = verify_chain(many)
    with many.write() as connection:
        connection.execute(change.values(**{column: kept[column]}))
    assert broken is not None and broken.seq == seq
