"""What was written is on the disk when the writer goes on, though several writers share one turn of the disk."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from content import migrations, write_ahead
from content.database import Database, open_database

WRITERS, TIMES = 8, 12


@pytest.fixture
def database(tmp_path: Path) -> Database:
    made = open_database(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    migrations.upgrade(made)
    with made.write() as connection:
        connection.execute(text("CREATE TABLE written (n INTEGER)"))
    return made


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, float]]:
    """When each turn of the disk began and ended."""
    taken: list[tuple[float, float]] = []

    def slow(log: int) -> None:
        began = time.monotonic()
        time.sleep(0.005)
        os.fsync(log)
        taken.append((began, time.monotonic()))

    monkeypatch.setattr(write_ahead, "_sync", slow)
    return taken


def _write(database: Database) -> tuple[float, float]:
    """When the transaction was about to be committed, and when the writer went on."""
    with database.write() as connection:
        connection.execute(text("INSERT INTO written VALUES (1)"))
        committing = time.monotonic()
    return committing, time.monotonic()


def test_no_writer_goes_on_before_a_turn_of_the_disk_that_began_after_its_commit(
    database: Database, turns: list[tuple[float, float]]
) -> None:
    with ThreadPoolExecutor(WRITERS) as pool:
        written = list(pool.map(lambda _: _write(database), range(WRITERS * TIMES)))
    for committing, went_on in written:
        assert any(committing <= began and ended <= went_on for began, ended in turns)
    assert len(turns) < len(written)
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM written")).scalar_one() == WRITERS * TIMES


def test_a_note_waits_for_no_disk_and_the_next_write_brings_it_there(
    database: Database, turns: list[tuple[float, float]]
) -> None:
    with database.note() as connection:
        connection.execute(text("INSERT INTO written VALUES (1)"))
    assert turns == []
    _write(database)
    assert len(turns) == 1


def test_a_disk_that_takes_nothing_stops_the_writer(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(log: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(write_ahead, "_sync", full)
    with pytest.raises(OSError, match="No space left"):
        _write(database)


def test_what_failed_is_rolled_back_and_waits_for_nothing(database: Database, turns: list[tuple[float, float]]) -> None:
    with pytest.raises(ValueError, match="changed its mind"), database.write() as connection:
        connection.execute(text("INSERT INTO written VALUES (1)"))
        raise ValueError("changed its mind")
    assert turns == []
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM written")).scalar_one() == 0
