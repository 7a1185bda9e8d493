"""What a transaction of the ledger's database promises (engine.md 4.2 L1)."""

from pathlib import Path

import pytest
from sqlalchemy import text

from content.database import Database
from tests.ledgers import new_ledger

FULL, NORMAL = 2, 1


@pytest.fixture
def database(tmp_path: Path) -> Database:
    made = new_ledger(tmp_path / "ledger.sqlite")
    with made.write() as connection:
        connection.execute(text("CREATE TABLE written (n INTEGER)"))
    return made


def test_what_is_written_is_on_the_disk_and_what_is_noted_waits_for_none(database: Database) -> None:
    """Whatever the connection was used for before."""
    how = text("PRAGMA synchronous")
    with database.write() as connection:
        assert connection.execute(how).scalar_one() == FULL
    with database.note() as connection:
        assert connection.execute(how).scalar_one() == NORMAL
    with database.write() as connection:
        assert connection.execute(how).scalar_one() == FULL


def test_a_transaction_that_reads_cannot_hold_up_a_writer(database: Database) -> None:
    with database.read() as reading, database.write() as writing:
        writing.execute(text("INSERT INTO written VALUES (1)"))
        assert reading.execute(text("SELECT count(*) FROM written")).scalar_one() == 0


def test_what_failed_is_rolled_back(database: Database) -> None:
    with pytest.raises(ValueError, match="changed its mind"), database.write() as connection:
        connection.execute(text("INSERT INTO written VALUES (1)"))
        raise ValueError("changed its mind")
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM written")).scalar_one() == 0
