"""A process that has everything imported and nothing open, and forks the tests' children: ``python nursery.py``.

One JSON request a line on standard input, one JSON answer a line on standard output. A child that is to be killed kills
itself at the N-th step; steps are counted before and after every commit, HTTP call, fsync, rename and link.
"""

import gc
import json
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

CHILD_SECONDS = 120


class Steps:
    """Counts steps, and kills this process at the one that is named."""

    def __init__(self, kill_at: int) -> None:
        self.kill_at = kill_at
        self.taken = 0
        self._lock = threading.Lock()

    def __call__(self) -> None:
        with self._lock:
            self.taken += 1
            if self.taken == self.kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    def around(self, act: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **named: Any) -> Any:
            self()
            done = act(*arguments, **named)
            self()
            return done

        return counted

    def watch(self) -> None:
        import httpx
        from sqlalchemy.engine.default import DefaultDialect

        for name in ("fsync", "replace", "rename", "link"):
            setattr(os, name, self.around(getattr(os, name)))
        httpx.Client.send = self.around(httpx.Client.send)  # type: ignore[method-assign]
        commit = DefaultDialect.do_commit

        def do_commit(dialect: Any, connection: Any) -> None:
            wrote = connection.total_changes != connection.info.get("changes", 0)
            connection.info["changes"] = connection.total_changes
            (self.around(commit) if wrote else commit)(dialect, connection)

        DefaultDialect.do_commit = do_commit  # type: ignore[method-assign]


def main() -> None:
    _preload()
    sandboxes: dict[int, str] = {}
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(_answer(request, sandboxes)), file=answers, flush=True)
    for pid in sandboxes:
        os.kill(pid, signal.SIGKILL)


def _answer(request: dict[str, Any], sandboxes: dict[int, str]) -> Any:
    if request["do"] == "sandbox":
        pid = _sandbox(Path(request["folder"]), request["port"])
        sandboxes[pid] = request["folder"]
        return pid
    if request["do"] == "end":
        sandboxes.pop(request["pid"])
        os.kill(request["pid"], signal.SIGKILL)
        return os.waitpid(request["pid"], 0)[1]
    if request["do"] == "practise":
        return _practise(request["job"])
    return _children(request["jobs"])


def _preload() -> None:
    import httpx
    import lxml.html
    import nh3
    import PIL.Image
    import uvicorn
    from cryptography.hazmat.primitives.asymmetric import ed25519

    import channels.sandbox.server
    from channels import CHANNELS, channel_class
    from content import body
    from content.checks import check
    from flows import delivery, editing, publishing, run

    delivery.FOLLOW_PAUSES = (0.2, *delivery.FOLLOW_PAUSES[1:])
    assert all((httpx, nh3, PIL.Image, uvicorn, ed25519, lxml.html, channels.sandbox.server, body, check))
    assert all((editing, publishing, run, *(channel_class(name) for name in CHANNELS)))
    assert threading.active_count() == 1


def _practise(job: dict[str, Any]) -> Any:
    """Does a job in this process: templates and tables are then compiled here, and not in every child."""
    done = _do(job)
    gc.collect()
    gc.freeze()
    assert threading.active_count() == 1
    return done


def _sandbox(folder: Path, port: int) -> int:
    pid = os.fork()
    if pid == 0:
        from channels.sandbox import wechat_publish
        from channels.sandbox.server import serve

        wechat_publish.REVIEW_SECONDS = 0.2
        _detach()
        serve(folder, port)
        os._exit(0)
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            if json.loads((folder / "sandbox.json").read_text())["pid"] == pid:
                return pid
        except (OSError, ValueError):
            time.sleep(0.005)
    raise TimeoutError(f"the sandbox in {folder} does not start")


def _detach() -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)


def _children(jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Forks one child for each job; they begin together."""
    gate, opener = os.pipe()
    born = [(_child(job, gate, opener)) for job in jobs]
    os.close(gate)
    os.close(opener)
    return [_ended(pid, reader) for pid, reader in born]


def _child(job: dict[str, Any], gate: int, opener: int) -> tuple[int, int]:
    reader, writer = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writer)
        return pid, reader
    os.close(opener)
    _detach()
    signal.alarm(CHILD_SECONDS)
    os.read(gate, 1)
    try:
        answer = {"result": _do(job)}
    except BaseException as problem:
        answer = {"error": f"{type(problem).__name__}: {problem}", "trace": traceback.format_exc()}
    with os.fdopen(writer, "w") as stream:
        json.dump(answer, stream, default=str)
    os._exit(0)


def _ended(pid: int, reader: int) -> dict[str, Any]:
    with os.fdopen(reader) as stream:
        told = stream.read()
    status = os.waitpid(pid, 0)[1]
    answer: dict[str, Any] = json.loads(told) if told else {}
    return answer | {"signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0}


def _do(job: dict[str, Any]) -> Any:
    steps = Steps(job.get("kill_at", 0))
    if "kill_at" in job:
        steps.watch()
    acts = {"broadcast": _broadcast, "deliver": _deliver, "recover": _recover, "issue": _issue}
    done = acts[job["act"]](job, _Clock())
    return {**done, "steps": steps.taken}


class _Clock:
    """The system's clock, which can be put forward so that no test waits for a lease or a quiet time."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


def _wired(job: dict[str, Any], clock: _Clock) -> Any:
    from flows.wiring import Wired
    from flows.workspace import Workspace

    return Wired(Workspace.open(Path(job["home"]), clock))


def _broadcast(job: dict[str, Any], clock: _Clock) -> dict[str, Any]:
    from flows.run import InlineRunner, broadcast

    return broadcast(_wired(job, clock), job["broadcast"], InlineRunner(), _silent, wait=True)


def _deliver(job: dict[str, Any], clock: _Clock) -> dict[str, Any]:
    """Takes deliveries through their life, in this worker's own order."""
    from flows import delivery

    wired = _wired(job, clock)
    for key in job["deliveries"]:
        delivery.prepare(wired, key)
        delivery.release(wired, key)
    return {}


def _recover(job: dict[str, Any], clock: _Clock) -> dict[str, Any]:
    """What comes after a kill, until nothing is left to do; the clock is put forward between the looks.

    With ``again`` somebody orders the same broadcast once more; else the engine's clock finds the unfinished one.
    """
    from flows.run import InlineRunner, broadcast, resolve

    clock.ahead += timedelta(seconds=5 if job["again"] else 65)
    if job["again"]:
        wired = _wired(job, clock)
        broadcast(wired, _ordered_again(wired, job["broadcast"]), InlineRunner(), _silent, wait=True)
        clock.ahead += timedelta(seconds=60)
    for rounds in range(1, 21):
        wired = _wired(job, clock)
        left = resolve(wired, InlineRunner(), _silent)["left"]
        facts = _facts(wired) | {"rounds": rounds}
        if not left and not facts["unfinished"] and _arrived(wired):
            break
        clock.ahead += timedelta(seconds=5)
    return facts


def _issue(job: dict[str, Any], clock: _Clock) -> dict[str, Any]:
    """Freezes, signs and closes the open issue, as far as that is not done; what is left of a closed one is done, too."""
    from flows import issues
    from flows.run import InlineRunner, resolve

    wired = _wired(job, clock)
    ask = lambda _name: "correct horse 电池"  # noqa: E731 # one use
    if issues.store(wired).current() is not None:
        _, proof, _ = issues.freeze(wired, wired.workspace.clock().date(), None, "李文", ask)
        for level, name in (("初审", "周岚"), ("终审", "陈国平")):
            if level not in {entry.level for entry in _sign_offs(wired, proof.digest)}:
                issues.sign(wired, name, level, proof.digest, ask)
        issues.close(wired, "李文", ask)
    issues.publish_due(wired)
    clock.ahead += timedelta(hours=2)
    resolve(wired, InlineRunner(), _silent)
    return _facts(wired)


def _sign_offs(wired: Any, digest: str) -> list[Any]:
    from content.gazette import proofs

    with wired.database.read() as connection:
        return proofs.sign_offs(connection, digest)


def _ordered_again(wired: Any, earlier: str) -> str:
    from content import broadcasts
    from content.people import act, find

    with wired.database.read() as connection:
        order = broadcasts.get(connection, earlier).order
    who = find(wired.database, "陈国平")
    word = act(wired.workspace.keys, who, lambda: "correct horse 电池", {"act": "broadcast", "again": earlier})
    return broadcasts.keep(wired.database, order, wired.workspace.clock(), word).id


def _arrived(wired: Any) -> bool:
    records = _records(wired)
    return bool(records) and all(
        record.state.value in ("live", "cancelled") or (record.state.value == "accepted" and not record.target.direct)
        for record in records
    )


def _records(wired: Any) -> list[Any]:
    from content.records import in_states
    from content.vocabulary import State

    with wired.database.read() as connection:
        return in_states(connection, list(State))


def _facts(wired: Any) -> dict[str, Any]:
    """What the ledger says in the end."""
    from sqlalchemy import select, text

    from content import broadcasts
    from content.database import integrity_problem
    from content.events import verify_chain
    from content.schema import attempt

    with wired.database.read() as connection:
        tokens = [list(row) for row in connection.execute(select(attempt.c.delivery, attempt.c.token))]
        moves = list(connection.execute(text("SELECT subject FROM event WHERE kind = 'delivery.moved'")).scalars())
        unfinished = [entry.id for entry in broadcasts.unfinished(connection)]
        effects = list(connection.execute(text("SELECT effect FROM item ORDER BY number")).scalars())
    broken = verify_chain(wired.database)
    return {
        "states": {record.outlet: record.state.value for record in _records(wired)},
        "every": [[record.item_id, record.outlet, record.state.value] for record in _records(wired)],
        "problems": {record.outlet: record.problem for record in _records(wired) if record.problem},
        "tokens": tokens,
        "moves": len(moves),
        "unfinished": unfinished,
        "broken": broken and [broken.seq, broken.problem],
        "damaged": integrity_problem(wired.database),
        "effects": effects,
    }


def _silent(_progress: dict[str, object]) -> None:
    return None


if __name__ == "__main__":
    main()
