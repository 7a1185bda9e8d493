"""The engine with everything real: Prefect, the sandbox platforms, the ledger. Killed in the middle of a broadcast."""

import shutil
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from channels.sandbox.faults import Fault
from flows import engine_client
from flows.engine_client import EngineUnreachable
from flows.wiring import sandbox_url
from flows.workspace import Workspace

pytestmark = pytest.mark.engine
SECONDS = 90.0


def wait_for(done: Callable[[], object], seconds: float = SECONDS) -> None:
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until, "it did not come about in time"
        time.sleep(0.05)


def processes_of(home: Path) -> list[int]:
    """Every living process whose command line or working folder is the workspace's."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            named = str(home).encode() in (entry / "cmdline").read_bytes()
            inside = Path(entry / "cwd").resolve().is_relative_to(home)
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            continue
        found += [int(entry.name)] if named or inside else []
    return found


def broadcast_in_background(workspace: Workspace, broadcast_id: str, outcome: list[Any]) -> threading.Thread:
    def work() -> None:
        order = {"do": "broadcast", "broadcast": broadcast_id, "wait": False}
        try:
            outcome.append(engine_client.order(workspace, order, lambda event: None, start=False))
        except EngineUnreachable as problem:
            outcome.append(problem)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_an_engine_killed_in_the_middle_is_followed_by_one_that_completes_the_run(quiet_office: Any) -> None:
    office, workspace = quiet_office, quiet_office.wired.workspace
    outcome: list[Any] = []
    try:
        engine_client.start_engine(workspace)
        wait_for(lambda: sandbox_url(workspace))
        for platform in ("weibo", "wechat"):
            office.fault(platform, Fault.LATENCY, count=None, value=400)
        thread = broadcast_in_background(workspace, office.order("1001").id, outcome)
        wait_for(lambda: "live" in office.states().values())
        engine_client.send_signal(engine_client._identity(workspace), signal.SIGKILL)
        thread.join(SECONDS)
        assert isinstance(outcome[0], EngineUnreachable)
        wait_for(lambda: not processes_of(office.home), 15)
        assert set(office.states().values()) - {"live", "accepted"}, "the kill came too late to show anything"
        shutil.rmtree(workspace.prefect_home)
        office.mend()
        engine_client.start_engine(workspace)
        wait_for(lambda: sandbox_url(workspace))
        wait_for(lambda: _resolved(workspace, office))
    finally:
        engine_client.stop(workspace)
    wait_for(lambda: not processes_of(office.home), 15)
    assert len(office.shared()) == len(office.submitted()) == 1
    assert office.chain_holds()


def test_a_broadcast_through_the_engine_is_shown_by_prefect_and_needs_nothing_of_it(quiet_office: Any) -> None:
    office, workspace = quiet_office, quiet_office.wired.workspace
    try:
        engine_client.start_engine(workspace)
        wait_for(lambda: sandbox_url(workspace))
        outcome: list[Any] = []
        broadcast_in_background(workspace, office.order("1001").id, outcome).join(SECONDS)
    finally:
        engine_client.stop(workspace)
    assert outcome[0]["state"] == "synchronised"
    assert "warnings" not in outcome[0]
    assert len(office.shared()) == len(office.submitted()) == 1
    assert _receipts_kept_by_prefect(workspace) == 1


def _resolved(workspace: Workspace, office: Any) -> bool:
    engine_client.order(workspace, {"do": "resolve"}, lambda event: None, start=False)
    return set(office.states().values()) <= {"live", "accepted"}


def _receipts_kept_by_prefect(workspace: Workspace) -> int:
    """How many tables of receipts stand in Prefect's own database."""
    import sqlite3

    with sqlite3.connect(f"file:{workspace.prefect_home}/prefect.db?mode=ro", uri=True) as database:
        return int(database.execute("SELECT count(*) FROM artifact WHERE key = 'receipts'").fetchone()[0])
