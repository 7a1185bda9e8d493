"""Orders as Prefect flows: seen, logged and kept by Prefect, guarded by the ledger alone. No rule of publishing is here.

A flow run stands beside an order as its *session*: the order runs in the caller's thread, its steps run as Prefect
tasks. Whatever Prefect does not start in time runs without it, exactly once per key, so a Prefect that is slow, gone
or broken delays an order by seconds and changes nothing else (engine.md R1–R4, R8).
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from functools import lru_cache
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar, cast

from prefect import Flow, State, flow, get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.states import Completed, Crashed, Failed
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

if TYPE_CHECKING:
    from flows.run import Report, Runner
    from flows.workspace import Workspace

T = TypeVar("T")
Execute = Callable[["Workspace", Mapping[str, object], "Runner", "Report"], dict[str, object]]
Tick = Callable[["Workspace", "Runner", "Report"], None]
Reachable = Callable[[], bool]

WORKERS = 32
START_LIMIT = 5.0  # seconds that a flow run or a task may take to begin
GATE_LIMIT = 2.0  # seconds that the first key of a step waits for the last to begin
CLOSE_LIMIT = 5.0  # seconds that an order waits for Prefect to note its end
RECEIPT_COLUMNS = ("item", "outlet", "channel", "state", "live_at", "url", "remote_id", "digest")
# The heartbeat's thread holds up the end of every flow run for a second; ``close_leftovers`` finds the dead instead.
NO_HEARTBEAT = {PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}
NOTE_MISSING = "Prefect did not note this run in full; the ledger did, and what was released is not touched by it"

_log = logging.getLogger("tongbu.engine")
_open_sessions: set["Session"] = set()
_SESSION: ContextVar["Session"] = ContextVar("session")
_BATCH: ContextVar["Batch"] = ContextVar("batch")


class Batch:
    """One step's work for all its keys: each key runs once, whoever takes it first, and all begin together."""

    def __init__(self, step: str, work: Callable[[str], object], keys: Sequence[str]) -> None:
        self.step, self.keys = step, list(dict.fromkeys(keys))
        self._work = work
        self._state = threading.Condition()
        self._taken: set[str] = set()
        self._done: dict[str, object] = {}
        self._failed: BaseException | None = None

    def perform(self, key: str) -> None:
        """Runs the work for one key unless somebody has taken it."""
        if not self._take(key):
            return
        try:
            outcome = self._work(key)
        except BaseException as problem:  # noqa: BLE001 - raised again where the step was asked for
            self._finish(key, None, problem)
        else:
            self._finish(key, outcome, None)

    def wait_taken(self, timeout: float, given_up: Callable[[], bool]) -> None:
        """Until every key is taken, *timeout* seconds have passed or *given_up* says so."""
        deadline = time.monotonic() + timeout
        with self._state:
            while not self._all_taken() and not given_up() and time.monotonic() < deadline:
                self._state.wait(0.05)

    def finish(self) -> dict[str, object]:
        """Takes what nobody took, waits for the rest, and gives the outcomes; raises what the work raised."""
        with self._state:
            left = [key for key in self.keys if key not in self._taken]
        threads = [threading.Thread(target=self.perform, args=(key,), daemon=True) for key in left]
        for thread in threads:
            thread.start()
        with self._state:
            self._state.wait_for(lambda: len(self._done) == len(self.keys))
        if self._failed is not None:
            raise self._failed
        return self._done

    def _take(self, key: str) -> bool:
        with self._state:
            if key in self._taken:
                return False
            self._taken.add(key)
            self._state.notify_all()
            if len(self.keys) <= WORKERS:
                self._state.wait_for(self._all_taken, GATE_LIMIT)
            return True

    def _all_taken(self) -> bool:
        return len(self._taken) == len(self.keys)

    def _finish(self, key: str, outcome: object, problem: BaseException | None) -> None:
        with self._state:
            self._done[key] = outcome
            self._failed = self._failed or problem
            self._state.notify_all()


class Session:
    """The flow run beside one order. ``begin`` returns at once; ``run`` and ``close`` never wait for a Prefect that hangs."""

    def __init__(self, order: Mapping[str, object], reachable: Reachable) -> None:
        self._order = dict(order)
        self._reachable = reachable
        self._batches: SimpleQueue[Batch | None] = SimpleQueue()
        self._opened, self._ended = threading.Event(), threading.Event()
        self._result: dict[str, object] | None = None
        self._verdict: State[Any] | None = None
        self._noter: Callable[[str], None] | None = None
        self.trouble = ""
        self.thread = threading.Thread(target=self._live, name="prefect session", daemon=True)

    def begin(self) -> None:
        _open_sessions.add(self)
        self.thread.start()

    def run(self, batch: Batch) -> dict[str, object]:
        """Runs a step as tasks of the flow run; what Prefect does not start in time runs in threads of our own."""
        if not self._given_up():
            self._batches.put(batch)
            batch.wait_taken(START_LIMIT, self._given_up)
        return batch.finish()

    def note(self, event: Mapping[str, object]) -> None:
        """Shows a progress event in the flow run's log."""
        if self._noter is not None:
            self._noter(" ".join(str(value) for value in event.values()))

    def close(self, result: dict[str, object] | None) -> None:
        """Ends the flow run with the order's result (None: it raised), waiting a little for Prefect to note it."""
        self._result = result
        self._batches.put(None)
        deadline = time.monotonic() + CLOSE_LIMIT
        while not self._ended.wait(0.05):
            if self._given_up() or time.monotonic() > deadline:
                self.trouble = self.trouble or "Prefect did not end the flow run in time"
                return

    def body(self) -> State[Any]:
        """What runs inside the flow: hands out tasks until the order ends, then shows what came of it."""
        self._noter = get_run_logger().info
        self._opened.set()
        futures: list[PrefectFuture[Any]] = []
        for batch in iter(self._batches.get, None):
            _BATCH.set(batch)
            futures += [_step.submit(batch.step, key) for key in batch.keys]
        for future in futures:
            future.wait()
        _show_receipts(self._result)
        self._verdict = _verdict(self._result)
        return self._verdict

    def _given_up(self) -> bool:
        return self._ended.is_set() or not self._reachable()

    def _live(self) -> None:
        token = _SESSION.set(self)
        try:
            with temporary_settings(NO_HEARTBEAT):
                state = _flow_of(str(self._order.get("do", "order")))(self._order, return_state=True)
            if self._verdict is None or state.type is not self._verdict.type:
                self.trouble = f"{state.name}: {state.message}"
        except Exception as problem:  # noqa: BLE001 - whatever Prefect raises must not touch the order
            self.trouble = f"{type(problem).__name__}: {problem}"
        finally:
            if self.trouble:
                _log.warning("Prefect does not note this order: %s", self.trouble)
            _SESSION.reset(token)
            self._ended.set()
            _open_sessions.discard(self)


class FlowRunner:
    """Runs steps as tasks of a flow run (``flows.run.Runner``). With *lazy* the flow run begins at the first step."""

    def __init__(self, order: Mapping[str, object], reachable: Reachable, *, lazy: bool = False) -> None:
        self.session = Session(order, reachable)
        self._begun = threading.Lock()
        self._running = False
        if not lazy:
            self._begin()

    def each(self, step: str, work: Callable[[str], T], keys: Sequence[str]) -> list[T]:
        """Runs *work* once for every key at once; the outcomes stand in the order of *keys*."""
        if not keys:
            return []
        self._begin()
        outcomes = self.session.run(Batch(step, work, keys))
        return [cast(T, outcomes[key]) for key in keys]

    def close(self, result: dict[str, object] | None) -> None:
        if self._running:
            self.session.close(result)

    def _begin(self) -> None:
        with self._begun:
            if not self._running:
                self._running = True
                self.session.begin()


def run_flow(
    workspace: "Workspace",
    order: Mapping[str, object],
    report: "Report",
    execute: Execute | None = None,
    reachable: Reachable = lambda: True,
) -> dict[str, object]:
    """Carries out an order as a flow run and gives its result, with a warning where Prefect noted it badly.

    *order* holds ids and flags only: Prefect keeps it. *reachable* says whether the server lives: an order does not
    wait for one that is known to be dead. Raises whatever *execute* (``flows.run.execute``) raises.
    """
    runner = FlowRunner(order, reachable)

    def tell(event: dict[str, object]) -> None:
        runner.session.note(event)
        report(event)

    result: dict[str, object] | None = None
    try:
        result = (execute or _execute())(workspace, order, runner, tell)
    finally:
        runner.close(result)
    return with_warning(result, NOTE_MISSING) if runner.session.trouble else result


def run_tick(
    workspace: "Workspace", report: "Report", tick: Tick | None = None, reachable: Reachable = lambda: True
) -> None:
    """Recovery and following: a flow run appears in Prefect only when there is a step to run."""
    runner = FlowRunner({"do": "recovery"}, reachable, lazy=True)
    done: dict[str, object] | None = None
    try:
        (tick or _tick())(workspace, runner, report)
        done = {}
    finally:
        runner.close(done)


def with_warning(result: dict[str, object], warning: str) -> dict[str, object]:
    """The result with one more warning at the end of its ``warnings``."""
    before = result.get("warnings")
    return result | {"warnings": [*(before if isinstance(before, list) else []), warning]}


def drain(timeout: float) -> None:
    """Waits until the flow runs of finished orders are noted, at most *timeout* seconds."""
    deadline = time.monotonic() + timeout
    for session in list(_open_sessions):
        session.thread.join(max(0.0, deadline - time.monotonic()))


def close_leftovers() -> int:
    """Marks runs that an earlier engine left unfinished as Crashed; how many there were.

    A killed run stays Running for ever otherwise (engine.md 1.4). Call it before the first order: one engine at a time
    owns the server.
    """
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
    from prefect.client.schemas.objects import StateType

    unfinished = FlowRunFilterStateType(any_=[StateType.RUNNING, StateType.PENDING])
    with get_client(sync_client=True) as client:
        runs = client.read_flow_runs(flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=unfinished)))
        for run in runs:
            client.set_flow_run_state(run.id, Crashed(message="the engine ended during this run"), force=True)
    return len(runs)


@task(
    name="step", task_run_name="{step} {key}", retries=0, cache_policy=NO_CACHE, persist_result=False, log_prints=False
)
def _step(step: str, key: str) -> None:
    _BATCH.get().perform(key)


def _body(order: dict[str, Any]) -> State[Any]:
    return _SESSION.get().body()


@lru_cache(maxsize=64)
def _flow_of(name: str) -> Flow[[dict[str, Any]], State[Any]]:
    """One flow per kind of order, so that Prefect lists broadcasts, withdrawals and recovery apart."""
    threads: TaskRunner[Any] = ThreadPoolTaskRunner(max_workers=WORKERS)
    return flow(
        name=name,
        retries=0,
        persist_result=False,
        validate_parameters=False,
        log_prints=False,
        task_runner=threads,
    )(_body)


def _show_receipts(result: dict[str, object] | None) -> None:
    deliveries = (result or {}).get("deliveries")
    if not isinstance(deliveries, list) or not deliveries:
        return
    rows = [{name: str(entry.get(name) or "") for name in RECEIPT_COLUMNS} for entry in deliveries]
    try:
        create_table_artifact(key="receipts", table=rows, description="回执")
    except Exception as problem:  # noqa: BLE001 - a picture of the receipts, never the receipts
        _log.warning("Prefect does not show the receipts: %s", problem)


def _verdict(result: dict[str, object] | None) -> State[Any]:
    if result is None:
        return Failed(name="Broken", message="the order ended with an error; see the engine's log")
    outcome = str(result.get("state", "done"))
    if outcome == "refused" or result.get("exit") == 1:
        return Failed(name="Refused", message="refused: nothing was released, see the result of the order")
    return Completed(name="Partial" if outcome == "partial" else None, message=outcome)


def _execute() -> Execute:
    from flows.run import execute

    return execute


def _tick() -> Tick:
    from flows.run import tick

    return tick
