"""Handing orders to the workspace's engine, starting it where none runs, and ending it. Imports nothing heavy."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flows.processes import (
    connect_to,
    identity_of,
    inherited,
    last_lines,
    peer_of,
    read_identity,
    rotate,
    send_signal,
    wait_ended,
)

if TYPE_CHECKING:
    from flows.processes import Identity
    from flows.workspace import Workspace

SOCKET_FILE = "engine.sock"
PID_FILE = "engine.pid"
LOG_FILE = "engine.log"
SILENCE_LIMIT = 30.0  # seconds without a line, the engine says that it is alive every 5
PING_LIMIT = 5.0
START_LIMIT = 120.0
TERM_LIMIT = 15.0

Report = Callable[[dict[str, object]], None]
Said = Callable[[str], None]


class EngineUnreachable(Exception):
    """The engine cannot be reached or was lost on the way: carry the order out inline, which is always safe."""


class OrderFailed(Exception):
    """The engine is there and says why it did not carry the order out."""


def order(
    workspace: "Workspace",
    request: Mapping[str, object],
    report: Report,
    *,
    start: bool = True,
    said: Said = lambda text: None,
    command: Sequence[str] | None = None,
) -> dict[str, object]:
    """Has the engine carry out *request* (``{"do": …}``, ids and flags) and gives the result's document.

    *report* hears the progress. Where no engine runs and *start* is true one is started and left running; *said* is
    told so. *command* stands in for ``tongbu serve``. Raises EngineUnreachable and OrderFailed.
    """
    if not is_running(workspace):
        if not start:
            raise EngineUnreachable("no engine is running")
        start_engine(workspace, said, command)
    with _connected(workspace, SILENCE_LIMIT) as connection:
        return _converse(connection, request, report)


def is_running(workspace: "Workspace") -> bool:
    """Whether an engine of this workspace answers now."""
    try:
        ping(workspace)
    except EngineUnreachable:
        return False
    return True


def ping(workspace: "Workspace") -> dict[str, object]:
    """The engine's status: state, version, pid, prefect (address or None), uptime. Raises EngineUnreachable."""
    with _connected(workspace, PING_LIMIT) as connection:
        return _converse(connection, {"do": "ping"}, lambda event: None)


def start_engine(
    workspace: "Workspace",
    said: Said = lambda text: None,
    command: Sequence[str] | None = None,
    timeout: float = START_LIMIT,
) -> None:
    """Starts a detached engine and waits until it is ready. Raises EngineUnreachable with the end of its log."""
    said("no engine is running: starting one (about 20 seconds) …")
    began = time.monotonic()
    child = _launch(workspace, command)
    while time.monotonic() - began < timeout:
        if _is_ready(workspace):
            said(f"the engine is up after {time.monotonic() - began:.0f} s and stays; tongbu stop ends it")
            return
        if child.poll() is not None and _identity(workspace) is None:
            raise EngineUnreachable(f"the engine did not start ({child.returncode}): {_log_end(workspace)}")
        time.sleep(0.1)
    raise EngineUnreachable(f"the engine was not ready within {timeout:.0f} s: {_log_end(workspace)}")


def stop(workspace: "Workspace", timeout: float = 30.0) -> dict[str, object]:
    """Ends the engine: asks it, waits *timeout* seconds for its running orders, then ends the process.

    Gives ``{"stopped": bool, "how": "not running"|"asked"|"terminated"|"killed", "pid"}``. A pid file left behind by
    another process's number never gets that process killed: its start time is compared.
    """
    engine = _identity(workspace)
    if engine is None:
        return {"stopped": True, "how": "not running", "pid": None}
    for how, act, patience in _ways_to_stop(workspace, timeout):
        act(engine)
        if wait_ended(engine, patience):
            return {"stopped": True, "how": how, "pid": engine.pid}
    return {"stopped": False, "how": "killed", "pid": engine.pid}


def _ways_to_stop(workspace: "Workspace", timeout: float) -> "list[tuple[str, Callable[[Identity], object], float]]":
    return [
        ("asked", lambda engine: _ask_to_stop(workspace), timeout),
        ("terminated", lambda engine: send_signal(engine, signal.SIGTERM), TERM_LIMIT),
        ("killed", lambda engine: send_signal(engine, signal.SIGKILL), PING_LIMIT),
    ]


def _ask_to_stop(workspace: "Workspace") -> bool:
    try:
        with _connected(workspace, PING_LIMIT) as connection:
            _converse(connection, {"do": "stop"}, lambda event: None)
    except (EngineUnreachable, OrderFailed):
        return False
    return True


def _identity(workspace: "Workspace") -> "Identity | None":
    """The living engine: whoever listens on the socket, else whom the pid file names."""
    try:
        with _connected(workspace, PING_LIMIT) as connection:
            return identity_of(peer_of(connection)[0])
    except EngineUnreachable:
        kept = read_identity(workspace.run_folder / PID_FILE)
        return kept if kept is not None and kept.lives() else None


def _launch(workspace: "Workspace", command: Sequence[str] | None) -> subprocess.Popen[bytes]:
    argv = command or (sys.executable, "-m", "flows.cli", "serve", "--home", str(workspace.home))
    try:
        workspace.run_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        log = workspace.run_folder / LOG_FILE
        rotate(log)
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as problem:
        raise EngineUnreachable(f"the engine's log cannot be written: {problem}") from problem
    try:
        return subprocess.Popen(
            list(argv),
            cwd=workspace.home,
            env=inherited() | {"PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            start_new_session=True,
        )
    except OSError as problem:
        raise EngineUnreachable(f"the engine cannot be started: {problem}") from problem
    finally:
        os.close(descriptor)


def _is_ready(workspace: "Workspace") -> bool:
    try:
        return ping(workspace)["state"] == "ready"
    except EngineUnreachable:
        return False


def _log_end(workspace: "Workspace") -> str:
    return last_lines(workspace.run_folder / LOG_FILE) or "its log is empty"


def _connected(workspace: "Workspace", timeout: float) -> socket.socket:
    try:
        return connect_to(workspace.run_folder, SOCKET_FILE, timeout)
    except OSError as problem:
        raise EngineUnreachable(f"the engine cannot be reached: {problem.strerror or problem}") from problem


def _converse(connection: socket.socket, request: Mapping[str, object], report: Report) -> dict[str, object]:
    try:
        connection.sendall(json.dumps(dict(request), ensure_ascii=False).encode() + b"\n")
        with connection.makefile("rb") as stream:
            for line in stream:
                answer: dict[str, Any] = json.loads(line)
                if "result" in answer:
                    return dict(answer["result"])
                if "error" in answer:
                    raise OrderFailed(str(answer["error"]))
                if "progress" in answer:
                    report(answer["progress"])
    except (OSError, ValueError) as problem:
        raise EngineUnreachable(f"the engine was lost: {problem}") from problem
    raise EngineUnreachable("the engine ended before it gave the result")
