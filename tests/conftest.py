"""What every test may ask for."""

import os
import pwd
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, make_url, text

from content import migrations
from content.database import Database, open_database
from tests.ledgers import new_ledger

# A busy machine makes any single example slow; what must be fast is measured in tests/bench.
settings.register_profile("tongbu", deadline=None)
settings.load_profile("tongbu")
GOLDEN = Path(__file__).parent / "golden"
PASSPHRASE = "correct horse 电池"


MEMORY = Path("/dev/shm")  # on Linux a file system in memory
ROOM_BYTES = 4 * 1024**3
LONG = ("kill", "engine", "browser")


def pytest_configure(config: pytest.Config) -> None:
    """Temporary folders stand in memory where there is room: on a disk, waiting for fsync takes half of the tests' time.
    Everything is still flushed, locked and renamed; who is killed leaves the same behind. ``--basetemp`` says otherwise."""
    if not config.option.basetemp and _has_room(MEMORY):
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def _has_room(folder: Path) -> bool:
    return folder.is_mount() and os.access(folder, os.W_OK) and shutil.disk_usage(folder).free >= ROOM_BYTES


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files with the longest tests begin, so that no core waits at the end for one of them; last comes what imports
    Prefect, which sets up more of its process than other tests should find."""
    long = {item.path for item in items if any(map(item.get_closest_marker, LONG))}
    prefect = {item.path for item in items if item.get_closest_marker("prefect")}
    items.sort(key=lambda item: (item.path in prefect, item.path not in long))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="rewrite tests/golden; review the change with git diff"
    )
    parser.addoption("--every-step", action="store_true", help="tests/flows/test_kills.py kills at every single step")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, bytes], None]:
    """Compares bytes with the kept file ``tests/golden/<relative>``, or rewrites it under ``--update-golden``."""

    def compare(relative: str, data: bytes) -> None:
        kept = GOLDEN / relative
        if request.config.getoption("--update-golden"):
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(data)
        assert kept.exists(), f"no golden file {relative}: run pytest --update-golden and review it"
        assert data == kept.read_bytes(), f"{relative} changed: run pytest --update-golden and review the difference"

    return compare


class Clock:
    """A clock that a test moves by hand; it also ticks a microsecond a look, so that no two moments are the same."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        self.moment += timedelta(microseconds=1)
        return self.moment

    def forward(self, **span: float) -> None:
        self.moment += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 11, 23, 1, 30, tzinfo=UTC))


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server of the tests' own, on a socket in a temporary folder."""
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    assert binaries, "PostgreSQL is not installed: make test installs it"
    folder = Path("/tmp") / f"tongbu-pg-{secrets.token_hex(4)}"
    folder.mkdir(mode=0o755)
    as_owner = _as_postgres(folder)
    data = folder / "data"
    run = lambda *argv: subprocess.run([*as_owner, *argv], check=True, capture_output=True, cwd="/")  # noqa: E731 # one use
    run(str(binaries[-1] / "initdb"), "-D", str(data), "-A", "trust", "-U", "tongbu", "-E", "UTF8", "--no-sync")
    options = f"-k {folder} -c listen_addresses='' -c fsync=off"
    run(str(binaries[-1] / "pg_ctl"), "-D", str(data), "-w", "-o", options, "-l", str(folder / "log"), "start")
    try:
        yield f"postgresql+psycopg://tongbu@/{{name}}?host={folder}"
    finally:
        run(str(binaries[-1] / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """An empty database of the test's own."""
    return new_database(postgres_server, "template1")


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: str) -> str:
    """The name of a ledger without content; only to be copied."""
    url = new_database(postgres_server, "template1")
    made = open_database(url)
    migrations.upgrade(made)
    made.engine.dispose()
    return str(make_url(url).database)


@pytest.fixture
def postgres_ledger(postgres_server: str, migrated_postgres: str) -> str:
    """The address of a migrated ledger of the test's own."""
    return new_database(postgres_server, migrated_postgres)


def new_database(server: str, template: str) -> str:
    """The address of a new database on the tests' PostgreSQL, a copy of *template*."""
    name = f"t{secrets.token_hex(6)}"
    admin = create_engine(server.format(name="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    admin.dispose()
    return server.format(name=name)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Database]:
    """An empty ledger, on both databases."""
    if request.param == "sqlite":
        made = new_ledger(tmp_path / "ledger.sqlite", clock)
    else:
        made = open_database(request.getfixturevalue("postgres_ledger"), clock)
    yield made
    made.engine.dispose()


def _as_postgres(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root: there it runs as Debian's own user."""
    if os.getuid() != 0:
        return []
    owner = pwd.getpwnam("postgres")
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    return ["runuser", "-u", "postgres", "--"]
