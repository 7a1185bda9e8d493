"""Exported heads: written once a day, read with patience, and short enough to be typed from paper."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, text

from content import events, heads
from content.database import Database
from content.events import Head
from content.schema import workspace


@pytest.fixture
def ledger_with_events(database: Database) -> Database:
    with database.write() as connection:
        connection.execute(insert(workspace).values(name="id", value="f00d"))
    add(database, 3)
    return database


def add(database: Database, number: int) -> None:
    for count in range(number):
        with database.write() as connection:
            events.append(connection, database, "test.noted", "workspace", {"count": count})


def test_a_head_is_one_line_named_by_the_readers_date(ledger_with_events: Database, clock: Any, tmp_path: Path) -> None:
    clock.moment = datetime(2026, 12, 31, 16, 0, 1, tzinfo=UTC)
    path = heads.export(ledger_with_events, tmp_path / "heads")
    assert path == tmp_path / "heads" / "2027-01-01.json"
    (line,) = path.read_text(encoding="utf-8").splitlines()
    told = json.loads(line)
    head = events.head(ledger_with_events)
    assert (told["seq"], told["hash"], told["workspace"]) == (3, head.hash, "f00d")
    assert told["at"].startswith("2026-12-31T16:00:01")


def test_a_second_export_on_the_same_day_writes_nothing(
    ledger_with_events: Database, clock: Any, tmp_path: Path
) -> None:
    path = heads.export(ledger_with_events, tmp_path)
    assert path is not None
    kept = path.read_bytes()
    add(ledger_with_events, 1)
    assert heads.export(ledger_with_events, tmp_path) is None and path.read_bytes() == kept
    clock.forward(days=1)
    assert heads.export(ledger_with_events, tmp_path) not in (None, path)


def test_a_forced_export_takes_the_newer_head(ledger_with_events: Database, tmp_path: Path) -> None:
    path = heads.export(ledger_with_events, tmp_path)
    add(ledger_with_events, 2)
    assert heads.export(ledger_with_events, tmp_path, force=True) == path
    assert heads.read([path]) == [events.head(ledger_with_events)]


def test_a_forced_export_never_covers_up_a_rewritten_chain(ledger_with_events: Database, tmp_path: Path) -> None:
    told = {"seq": 2, "hash": "ab" * 32, "at": "2026-11-23T01:30:00+00:00", "workspace": "f00d"}
    path = tmp_path / "2026-11-23.json"
    path.write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(heads.HeadLost, match="tongbu verify"):
        heads.export(ledger_with_events, tmp_path, force=True)
    assert json.loads(path.read_text(encoding="utf-8")) == told


def test_an_empty_chain_has_no_head_to_export(database: Database, tmp_path: Path) -> None:
    assert heads.export(database, tmp_path) is None and list(tmp_path.glob("*.json")) == []


def test_exported_heads_prove_the_chain(ledger_with_events: Database, clock: Any, tmp_path: Path) -> None:
    for _ in range(3):
        heads.export(ledger_with_events, tmp_path)
        add(ledger_with_events, 2)
        clock.forward(days=1)
    known = heads.read(sorted(tmp_path.glob("*.json")))
    assert [head.seq for head in known] == [3, 5, 7]
    assert events.verify_chain(ledger_with_events, known) is None


GOOD = {"seq": 5, "hash": "0a" * 32, "at": "2026-11-23T01:30:00+00:00", "workspace": "f00d"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[1]",
        b"\xff\xfe",
        b"[" * 5000,
        b" " * 20_000,
        b"null",
        json.dumps(GOOD | {"seq": 0}).encode(),
        json.dumps(GOOD | {"seq": True}).encode(),
        json.dumps(GOOD | {"seq": 10**30}).encode(),
        json.dumps(GOOD | {"seq": 5.0}).encode(),
        json.dumps(GOOD | {"hash": "0a"}).encode(),
        json.dumps(GOOD | {"hash": None}).encode(),
        json.dumps(GOOD | {"at": "yesterday"}).encode(),
        json.dumps(GOOD | {"at": 7}).encode(),
        json.dumps({"seq": 5}).encode(),
    ],
)
def test_a_damaged_file_is_named_and_the_others_are_still_read(tmp_path: Path, content: bytes) -> None:
    good, bad = tmp_path / "2026-11-22.json", tmp_path / "2026-11-23.json"
    good.write_text(json.dumps(GOOD), encoding="utf-8")
    bad.write_bytes(content)
    with pytest.raises(heads.HeadsDamaged, match=r"2026-11-23\.json") as raised:
        heads.read([bad, good])
    assert raised.value.heads == (Head(5, "0a" * 32),) and len(raised.value.problems) == 1


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(heads.HeadsDamaged) as raised:
        heads.read([tmp_path / "gone.json", tmp_path])
    assert len(raised.value.problems) == 2


def test_two_files_that_contradict_each_other_are_told(tmp_path: Path) -> None:
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    first.write_text(json.dumps(GOOD), encoding="utf-8")
    second.write_text(json.dumps(GOOD | {"hash": "0b" * 32}), encoding="utf-8")
    with pytest.raises(heads.HeadsDamaged, match="different hashes for event 5"):
        heads.read([first, second])
    second.write_text(json.dumps(GOOD), encoding="utf-8")
    assert heads.read([first, second]) == [Head(5, "0a" * 32)]


@given(st.integers(1, 10**15 - 1), st.text("0123456789abcdef", min_size=64, max_size=64))
def test_a_head_s_code_reads_back(seq: int, digest: str) -> None:
    assert heads.parse_head_code(heads.head_code(Head(seq, digest))) == heads.HeadCode(seq, digest[:16])


@pytest.mark.parametrize(
    "typed",
    [
        "第128号 3f9a-0c41-77de-b2a6",
        "  第 128 号　3F9A 0C41 77DE B2A6 ",
        "第１２８号３ｆ９ａ－０ｃ４１—77de–b2a6",
        "128 3f9a0c4177deb2a6",
        "128：3f9a-0c41-77de-b2a6",
        "128号3f9a0c4177deb2a6\n",
    ],
)
def test_a_code_may_be_typed_as_people_type(typed: str) -> None:
    assert heads.parse_head_code(typed) == heads.HeadCode(128, "3f9a0c4177deb2a6")


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "128",
        "第128号",
        "第128号 3f9a-0c41-77de-b2a",
        "第128号 3f9a-0c41-77de-b2a6-11",
        "第一号 3f9a0c4177deb2a6",
        "第128号 3g9a-0c41-77de-b2a6",
        "1" * 500,
        "1283f9a0c4177deb2a6",
    ],
)
def test_what_is_no_code_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(heads.HeadCodeWrong, match="第128号"):
        heads.parse_head_code(typed)


@given(st.text(max_size=300))
def test_any_text_is_a_code_or_refused(typed: str) -> None:
    try:
        assert len(heads.parse_head_code(typed).digits) == 16
    except heads.HeadCodeWrong as refusal:
        assert "第128号" in str(refusal)


def test_a_printed_code_matches_its_own_event_only(ledger_with_events: Database) -> None:
    code = heads.head_code(events.head(ledger_with_events))
    add(ledger_with_events, 2)
    assert heads.matches(ledger_with_events, code)
    assert not heads.matches(ledger_with_events, code.replace("第3号", "第2号"))
    assert not heads.matches(ledger_with_events, code.replace("第3号", "第999999999999号"))


def test_a_printed_code_no_longer_matches_an_altered_event(ledger_with_events: Database) -> None:
    code = heads.head_code(events.head(ledger_with_events))
    with ledger_with_events.write() as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER event_no_update"))
        else:
            connection.execute(text("DROP TRIGGER event_append_only ON event"))
        connection.execute(text("UPDATE event SET hash = :hash WHERE seq = 3"), {"hash": "0" * 64})
    assert not heads.matches(ledger_with_events, code)
