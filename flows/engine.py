"""The engine: one long-lived process per workspace that runs Prefect, the orders, the clock and the sandbox.

It guards nothing: orders and ticks may run twice at once or be killed anywhere, the ledger keeps them right.
"""

import fcntl
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from types import FrameType, ModuleType
from typing import TYPE_CHECKING, Any, Protocol

from flows.engine_socket import Listener, Report, Request, RequestError
from flows.prefect_server import PrefectServer, adopt
from flows.processes import Kept, identity_of, inherited, port_answers, read_identity, spawn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flows.broadcast import Execute, Tick
    from flows.run import Runner
    from flows.workspace import Workspace

LOCK_FILE = "engine.lock"
PID_FILE = "engine.pid"
SANDBOX_LOG = "sandbox.log"
INLINE_WARNING = "Prefect could not be used: the engine carried the order out without it, and the ledger has the record"
SETTLE_LIMIT = 130.0  # seconds that an order waits for the first start of Prefect
STOP_GRACE = 10.0  # seconds that running orders get after SIGTERM
EXIT_GRACE = 3.0  # seconds that the interpreter gets to end before it is ended
LONGEST_TICK_PAUSE = 60.0
UPKEEP_PAUSE = 30.0

_log = logging.getLogger("tongbu.engine")


class EngineBusy(Exception):
    """Another engine serves this workspace; the message says which."""


@dataclass(frozen=True)
class Child:
    """A process that the engine keeps: its command, and whether it answers."""

    argv: Sequence[str]
    answers: Callable[[], bool]


class Parts(Protocol):
    """What the engine runs: ``flows.run`` in the product."""

    execute: "Execute"
    tick: "Tick"
    upkeep: "Callable[[Workspace], None]"
    InlineRunner: Callable[[], "Runner"]


def serve(
    workspace: "Workspace",
    ready: Callable[[dict[str, object]], None],
    *,
    said: Callable[[str], None] = lambda text: None,
    interval: float = 2.0,
    parts: Parts | ModuleType | None = None,
    sandbox: Child | None = None,
) -> int:
    """Runs the engine until it is told to stop; the exit code (1: another engine is here).

    Call it from the main thread of a process of its own. *ready* is told the engine's status once orders can run,
    *said* what happens meanwhile, line by line. *interval* is the seconds between two ticks. *parts* and *sandbox*
    stand in for ``flows.run`` and ``tongbu sandbox``. The process ends a few
    seconds after this returns even when a thread of somebody else's still waits.
    """
    _log_to_stderr()
    workspace.run_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with _only_one(workspace.run_folder):
            Engine(workspace, said, interval, parts, sandbox).run(ready)
    except EngineBusy as problem:
        said(str(problem))
        return 1
    threading.Thread(target=_leave, daemon=True).start()
    return 0


class Engine:
    """The parts of the engine and their order of starting and ending."""

    def __init__(
        self,
        workspace: "Workspace",
        said: Callable[[str], None],
        interval: float,
        parts: Parts | ModuleType | None,
        sandbox: Child | None,
    ) -> None:
        self._workspace, self._said, self._interval = workspace, said, interval
        self._parts: Any = parts
        self._started = time.monotonic()
        self._stopping, self._at_once = threading.Event(), threading.Event()
        self._running, self._counting, self._signals = 0, threading.Lock(), 0
        self._deadline = float("inf")
        self._plain = inherited()
        self._server = PrefectServer(workspace.prefect_home, workspace.run_folder)
        self._prefect = Kept("the Prefect server", self._server.start, self._server.answers, said)
        self._sandbox = self._keep_sandbox(sandbox)
        self._flows: Any = None
        self._imported = threading.Event()

    def run(self, ready: Callable[[dict[str, object]], None]) -> None:
        """Serves until stopped; ends every child."""
        adopt(self._server.environment())
        listener = Listener(self._workspace.run_folder, self.answer)
        with _signals_to(self._on_signal):
            try:
                self._look()
                listener.begin()
                for task in (self._import_flows, self._tick_on, self._keep_up):
                    threading.Thread(target=task, name=task.__name__, daemon=True).start()
                threading.Thread(target=self._announce, args=(ready,), daemon=True).start()
                self._supervise()
            finally:
                listener.close()
                self._end()

    def answer(self, request: Request, report: Report) -> Mapping[str, object]:
        """Answers one request of a client. Raises RequestError."""
        match request["do"]:
            case "ping":
                return self.status()
            case "stop":
                return self.stop()
            case _:
                return self._order(request, report)

    def status(self) -> dict[str, object]:
        """What ``ping`` gives: *uptime* in seconds, *state* ``starting``, ``ready`` or ``stopping``."""
        settled = self._imported.is_set() and self._prefect.settled.is_set()
        return {
            "state": "stopping" if self._stopping.is_set() else "ready" if settled else "starting",
            "version": version("tongbu"),
            "pid": os.getpid(),
            "prefect": self._server.url if self._prefect.up.is_set() else None,
            "sandbox": None if self._sandbox is None else self._sandbox.up.is_set(),
            "uptime": round(time.monotonic() - self._started, 1),
            "running": self._running,
        }

    def stop(self) -> dict[str, object]:
        """Lets running orders end and takes no new ones; the second time the engine ends at once."""
        if self._stopping.is_set():
            self._at_once.set()
        self._stopping.set()
        return {"state": "stopping", "running": self._running}

    def _order(self, request: Request, report: Report) -> dict[str, object]:
        self._count_in()
        try:
            self._wait_settled(report)
            return self._carry_out(request, report)
        except Exception as problem:
            _log.exception("an order failed: %s", request.get("do"))
            raise RequestError(
                f"the order failed in the engine ({type(problem).__name__}: {problem}); see run/engine.log"
            ) from problem
        finally:
            self._count_out()

    def _carry_out(self, request: Request, report: Report) -> dict[str, object]:
        if self._prefect.up.is_set() and self._flows is not None:
            result: dict[str, object] = self._flows.run_flow(
                self._workspace, request, report, self._run.execute, self._prefect.up.is_set
            )
            return result
        result = self._run.execute(self._workspace, request, self._run.InlineRunner(), report)
        before = result.get("warnings")
        return result | {"warnings": [*(before if isinstance(before, list) else []), INLINE_WARNING]}

    def _wait_settled(self, report: Report) -> None:
        if self._imported.is_set() and self._prefect.settled.is_set():
            return
        report({"step": "engine", "state": "starting"})
        self._prefect.settled.wait(SETTLE_LIMIT)
        self._imported.wait(SETTLE_LIMIT)

    def _count_in(self) -> None:
        with self._counting:
            if self._stopping.is_set():
                raise RequestError("the engine is stopping and takes no new orders")
            self._running += 1

    def _count_out(self) -> None:
        with self._counting:
            self._running -= 1

    @property
    def _run(self) -> Any:
        if self._parts is None:
            from flows import run

            self._parts = run
        return self._parts

    def _import_flows(self) -> None:
        """Importing Prefect takes three seconds of processor time: done while its server starts."""
        try:
            from flows import broadcast

            self._prefect.settled.wait(SETTLE_LIMIT)
            if self._prefect.up.is_set():
                left = broadcast.close_leftovers()
                _log.info("%d runs of an earlier engine closed", left)
            self._flows = broadcast
        except Exception:  # noqa: BLE001 - whatever breaks Prefect, orders run without it
            _log.exception("Prefect cannot be used")
            self._said("Prefect cannot be used, orders are carried out without it: run tongbu doctor")
        finally:
            self._imported.set()

    def _tick_on(self) -> None:
        """The clock: due embargoes, recovery and following, until the engine stops."""
        self._repeat(self._tick_once, self._interval)

    def _keep_up(self) -> None:
        """Beside the clock, for it may take long: what is not publishing. Nobody waits for it when the engine stops."""
        self._repeat(lambda: self._run.upkeep(self._workspace), UPKEEP_PAUSE)

    def _repeat(self, act: Callable[[], None], interval: float) -> None:
        if self._sandbox is not None:
            self._sandbox.settled.wait(SETTLE_LIMIT)
        pause = interval
        while not self._stopping.wait(pause):
            try:
                act()
                pause = interval
            except RequestError:
                return
            except Exception:  # noqa: BLE001 - the clock goes on
                _log.exception("a tick failed")
                pause = max(interval, min(pause * 2, LONGEST_TICK_PAUSE))

    def _tick_once(self) -> None:
        self._count_in()
        try:
            if self._prefect.up.is_set() and self._flows is not None:
                self._flows.run_tick(self._workspace, _unheard, self._run.tick, self._prefect.up.is_set)
            else:
                self._run.tick(self._workspace, self._run.InlineRunner(), _unheard)
        finally:
            self._count_out()

    def _keep_sandbox(self, child: "Child | None") -> Kept | None:
        if child is None and not self._workspace.has_sandbox_outlets:
            return None
        chosen = child or sandbox_child(self._workspace)

        def start() -> subprocess.Popen[bytes]:
            return spawn(
                chosen.argv,
                cwd=self._workspace.home,
                log=self._workspace.run_folder / SANDBOX_LOG,
                environment=self._plain,
            )

        return Kept("the sandbox", start, chosen.answers, self._said)

    def _announce(self, ready: Callable[[dict[str, object]], None]) -> None:
        self._prefect.settled.wait(SETTLE_LIMIT)
        self._imported.wait(SETTLE_LIMIT)
        if self._sandbox is not None:
            self._sandbox.settled.wait(SETTLE_LIMIT)
        if not self._stopping.is_set():
            ready(self.status())

    def _supervise(self) -> None:
        """Watches the children and heeds signals until it is time to end. A handler only counts: it could run while
        this very thread holds the lock of an event."""
        while not self._over():
            if self._signals:
                self._stopping.set()
                self._deadline = min(self._deadline, time.monotonic() + STOP_GRACE)
            if self._signals > 1:
                self._at_once.set()
            self._look()
            time.sleep(0.1)

    def _over(self) -> bool:
        if not self._stopping.is_set():
            return False
        return self._at_once.is_set() or self._running == 0 or time.monotonic() > self._deadline

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._signals += 1

    def _look(self) -> None:
        for child in self._children():
            child.look()

    def _end(self) -> None:
        self._stopping.set()
        if self._flows is not None and not self._at_once.is_set():
            self._flows.drain(EXIT_GRACE)
        for child in self._children():
            child.end()

    def _children(self) -> list[Kept]:
        return [self._prefect, *([] if self._sandbox is None else [self._sandbox])]


def sandbox_child(workspace: "Workspace") -> Child:
    """The sandbox platforms of a workspace as a process. They answer once their state file names a port that does."""

    def answers() -> bool:
        from flows.wiring import sandbox_url

        port = (sandbox_url(workspace) or "").rpartition(":")[2]
        return bool(port) and port_answers(int(port))

    return Child((sys.executable, "-m", "flows.cli", "sandbox", "--home", str(workspace.home)), answers)


@contextmanager
def _only_one(run_folder: Path) -> "Iterator[None]":
    """Holds the workspace's engine lock. The kernel gives it back however the holder ends. Raises EngineBusy."""
    with (run_folder / LOCK_FILE).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = read_identity(run_folder / PID_FILE)
            who = f"process {holder.pid}" if holder else "another process"
            raise EngineBusy(
                f"an engine serves this workspace already ({who}): use it, or end it first with tongbu stop"
            ) from None
        pid_file = run_folder / PID_FILE
        own = identity_of(os.getpid())
        pid_file.write_text(own.dump() if own else "")
        try:
            yield
        finally:
            pid_file.unlink(missing_ok=True)


@contextmanager
def _signals_to(handler: Callable[[int, FrameType | None], None]) -> "Iterator[None]":
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


def _unheard(event: dict[str, object]) -> None:
    """Nobody watches a tick; what it does stands in the ledger and in Prefect."""


def _log_to_stderr() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    _log.handlers[:] = [handler]
    _log.setLevel(logging.INFO)
    _log.propagate = False


def _leave() -> None:
    time.sleep(EXIT_GRACE)
    sys.stdout.flush()
    os._exit(0)
