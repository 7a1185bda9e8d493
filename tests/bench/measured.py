"""A command's time on the clock and on the processors, and the most memory that it and all its children held at once, read from /proc (Linux)."""

import os
import resource
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import IO

PAUSE_SECONDS = 0.05
COST_SHARE = 50
"""Reading a process of 4 GB takes time in which it cannot get memory: at most a fiftieth of its time goes to that."""


@dataclass(frozen=True)
class Run:
    """*seconds* on the clock, *processor_seconds* on all cores together; *peak_bytes* is the greatest sum of PSS over the process tree (shared pages count once)."""

    seconds: float
    processor_seconds: float
    peak_bytes: int


def run(argv: Sequence[str | Path], cwd: Path | None = None, limit_seconds: float = 3600) -> Run:
    """Runs it to its end on a disk that has nothing left to write. Raises RuntimeError with what it said when it fails."""
    os.sync()
    with tempfile.TemporaryFile() as said:
        began, used = time.perf_counter(), _processor_seconds()
        child = subprocess.Popen(
            argv, cwd=cwd, stdout=said, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True
        )
        watch = _Watch(child.pid, began + limit_seconds)
        watch.start()
        try:
            child.wait()
        except BaseException:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            raise
        finally:
            watch.over.set()
        seconds = time.perf_counter() - began
        watch.join()
        if child.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, argv))} ended with {child.returncode}:\n{_end_of(said)}")
    return Run(seconds, _processor_seconds() - used, watch.peak_bytes)


def in_here(act: Callable[[], object]) -> dict[str, float]:
    """What *act* takes in this process: seconds on the clock and on the processors, and the most memory that the process has
    held in its life, in bytes."""
    began, used = time.perf_counter(), time.process_time()
    act()
    seconds, processor_seconds = time.perf_counter() - began, time.process_time() - used
    return {"seconds": seconds, "processor_seconds": processor_seconds, "peak_bytes": _most_held()}


def used_by(pid: int) -> float:
    """The processor seconds of a running process so far."""
    fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _most_held() -> int:
    """The most memory that this process has held, in bytes. What the system's own count says begins with its parent's."""
    lines = _read("/proc/self/status").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def _processor_seconds() -> float:
    """Of all children that have ended, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class _Watch(Thread):
    """Looks at a process tree until ``over``; ends it by its group when it takes too long."""

    def __init__(self, pid: int, limit: float) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.limit = limit
        self.peak_bytes = 0
        self.over = Event()

    def run(self) -> None:
        pause = 0.0
        while not self.over.wait(pause):
            began = time.perf_counter()
            if began > self.limit:
                os.killpg(self.pid, signal.SIGKILL)
                return
            self.peak_bytes = max(self.peak_bytes, sum(_pss(pid) for pid in _tree(self.pid)))
            pause = max(PAUSE_SECONDS, (time.perf_counter() - began) * COST_SHARE)


def _tree(pid: int) -> Iterator[int]:
    yield pid
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except (FileNotFoundError, ProcessLookupError):
        return
    for thread in threads:
        for child in _read(f"/proc/{pid}/task/{thread}/children").split():
            yield from _tree(int(child))


def _pss(pid: int) -> int:
    """In bytes; none for a process that has ended meanwhile."""
    for line in _read(f"/proc/{pid}/smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return ""


def _end_of(said: IO[bytes]) -> str:
    said.seek(0)
    return said.read().decode(errors="replace").strip()[-2000:]
