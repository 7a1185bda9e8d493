"""Empty ledgers for tests. A process migrates one of each kind and copies it: Alembic takes a tenth of a second a time."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from content import migrations
from content.clock import Clock, system_clock
from content.database import Database, open_database


def new_ledger(path: Path, clock: Clock = system_clock) -> Database:
    """A migrated ledger without content, in a file that is not there yet."""
    with path.open("xb") as file:
        file.write(_migrated())
    return open_database(f"sqlite:///{path}", clock)


@cache
def _migrated() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.sqlite"
        made = open_database(f"sqlite:///{path}")
        migrations.upgrade(made)
        made.engine.dispose()
        return path.read_bytes()
