"""The Prefect server of a workspace: a child on loopback with an auth string, its own home and its own log.

Nothing here imports Prefect: the server is a process of its own, told by its environment what to do.
"""

import base64
import http.client
import os
import secrets
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from flows.processes import inherited, spawn

AUTH_FILE = "prefect.auth"
LOG_FILE = "prefect.log"
DATABASE_FILE = "prefect.db"
UVICORN = (
    *("--factory", "prefect.server.api.server:create_app"),
    *("--log-level", "warning", "--no-use-colors", "--no-access-log"),
    *("--timeout-graceful-shutdown", "2"),
)
# What serves deployments, automations and the event feed, which an engine has none of: each writes to the one SQLite
# file, and a flow run that meets such a write is answered 503 and tried again two seconds later.
UNUSED_SERVICES = (
    "SCHEDULER",
    "LATE_RUNS",
    "FOREMAN",
    "PAUSE_EXPIRATIONS",
    "CANCELLATION_CLEANUP",
    "TRIGGERS",
    "EVENT_PERSISTER",
    "EVENT_LOGGER",
)
NO_PROXY = ("127.0.0.1", "localhost")


class PrefectServer:
    """Starts the server, again and again on the same port; whoever supervises it calls ``start`` and ``answers``.

    *home* is Prefect's own folder, *run_folder* holds the log and the auth string (0600, new with every object).
    """

    def __init__(self, home: Path, run_folder: Path) -> None:
        self.home = home
        self.log = run_folder / LOG_FILE
        self.port = _free_port()
        self._auth = f"tongbu:{secrets.token_urlsafe(24)}"
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_private(run_folder / AUTH_FILE, self._auth + "\n")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        """What Prefect must find in the environment before it is imported, in the server and in whoever runs flows.

        The sources of the names are ``prefect.settings.models`` (3.8.8); which must be set: engine.md R6.
        """
        return {
            "PREFECT_HOME": str(self.home),
            "PREFECT_API_URL": f"{self.url}/api",
            "PREFECT_API_AUTH_STRING": self._auth,
            "PREFECT_SERVER_API_AUTH_STRING": self._auth,
            "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "DO_NOT_TRACK": "1",
            "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
            "PREFECT_SERVER_UI_API_URL": f"{self.url}/api",
            "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(self.home / "ui"),
            "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
            # Relative to the server's working folder: a home with ? or # in its path is no valid database address.
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{DATABASE_FILE}",
            **{f"PREFECT_SERVER_SERVICES_{name}_ENABLED": "false" for name in UNUSED_SERVICES},
            "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "flow_runs",
            "PREFECT_CLIENT_MAX_RETRIES": "2",
            "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED": "false",
            "PREFECT_API_REQUEST_TIMEOUT": "10",
            "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
            "PREFECT_LOGGING_COLORS": "false",
            "PREFECT_CLI_COLORS": "false",
            "NO_COLOR": "1",
            "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
            "PREFECT_LOGGING_LEVEL": "INFO",
            "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "100",
            "PREFECT_LOGGING_HANDLERS_DEBUG_LEVEL": "100",
        }

    def start(self) -> subprocess.Popen[bytes]:
        """Starts the child; call from the main thread. It answers some 15 s later. Raises OSError."""
        _set_aside_if_broken(self.home / DATABASE_FILE)
        listener = _listen(self.port)
        try:
            return spawn(
                [sys.executable, "-m", "uvicorn", *UVICORN, "--fd", str(listener.fileno())],
                cwd=self.home,
                log=self.log,
                environment=_clean(inherited()) | self.environment() | self._louder(),
                pass_fds=(listener.fileno(),),
            )
        finally:
            listener.close()

    def answers(self) -> bool:
        """Whether the server answers its health check within two seconds."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        token = base64.b64encode(self._auth.encode()).decode()
        try:
            connection.request("GET", "/api/health", headers={"Authorization": f"Basic {token}"})
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _louder(self) -> dict[str, str]:
        return {
            "PREFECT__SERVER_FINAL": "1",
            "PREFECT_LOGGING_LEVEL": "WARNING",
            "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
            "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "0",
            "PREFECT_LOGGING_HANDLERS_DEBUG_LEVEL": "0",
        }


def _set_aside_if_broken(database: Path) -> None:
    """Moves a file that is no database away, so that the server makes a new one: it holds pictures of runs only."""
    if not database.exists():
        return
    try:
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master")
    except sqlite3.OperationalError:
        return
    except sqlite3.DatabaseError:
        for suffix in ("", "-wal", "-shm"):
            part = database.with_name(database.name + suffix)
            if part.exists():
                part.replace(part.with_name(part.name + ".broken"))


def adopt(environment: Mapping[str, str]) -> None:
    """Makes this process's Prefect, imported later, speak to that server only: settings of the user's own are dropped."""
    cleaned = _clean(inherited())
    for name in set(inherited()) - set(cleaned):
        del os.environ[name]
    os.environ.update({**cleaned, **environment})


def _clean(environment: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in environment.items() if not name.startswith("PREFECT_")}
    without = [host for host in kept.get("no_proxy", kept.get("NO_PROXY", "")).split(",") if host]
    hosts = ",".join([*without, *(host for host in NO_PROXY if host not in without)])
    return kept | {"no_proxy": hosts, "NO_PROXY": hosts}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listen(port: int) -> socket.socket:
    """The server's own socket, opened here so that nobody can take the port between choosing and binding it."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as stream:
        stream.write(text)
