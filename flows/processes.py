"""Processes: children that end with their parent, who a process id really is, and Unix sockets at any path (Linux)."""

import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1  # linux/prctl.h
LOG_LIMIT = 5_000_000
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds between the end of a child and its next start


@dataclass(frozen=True)
class Identity:
    """Which process a pid was: *started* in clock ticks since boot (proc(5), stat field 22), *boot* the boot's own id."""

    pid: int
    started: int
    boot: str

    def dump(self) -> str:
        return json.dumps(asdict(self))

    def lives(self) -> bool:
        return identity_of(self.pid) == self


def identity_of(pid: int) -> Identity | None:
    """The identity of a process, None when it has ended (a zombie has)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    if fields[0] in "ZX":
        return None
    return Identity(pid, int(fields[19]), Path("/proc/sys/kernel/random/boot_id").read_text().strip())


def read_identity(path: Path) -> Identity | None:
    """What ``Identity.dump`` wrote there; None when the file is missing or says something else."""
    try:
        values = json.loads(path.read_text())
        return Identity(int(values["pid"]), int(values["started"]), str(values["boot"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def send_signal(identity: Identity, number: signal.Signals) -> bool:
    """Signals exactly that process, never a later one with the same pid; False when it has ended."""
    try:
        handle = os.pidfd_open(identity.pid)
    except ProcessLookupError:
        return False
    try:
        if not identity.lives():
            return False
        signal.pidfd_send_signal(handle, number)
    except ProcessLookupError:
        return False
    else:
        return True
    finally:
        os.close(handle)


def wait_ended(identity: Identity, timeout: float) -> bool:
    """Whether the process ended within *timeout* seconds."""
    deadline = time.monotonic() + timeout
    while identity.lives():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def inherited() -> dict[str, str]:
    """The environment as this process has it: what a child is given when nothing else is said."""
    return dict(os.environ)


def spawn(
    argv: Sequence[str],
    *,
    cwd: Path,
    log: Path,
    environment: Mapping[str, str],
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Starts a child with a session of its own that the kernel kills when this process ends, however that happens.

    The child's output is appended to *log*. Raises RuntimeError outside the main thread, because the parent-death
    signal follows the thread that forks (prctl(2), PR_SET_PDEATHSIG), and OSError when it cannot be started.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("a child that ends with its parent must be started from the main thread")
    rotate(log)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", __file__, str(os.getpid()), *argv],
            cwd=cwd,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            pass_fds=tuple(pass_fds),
            start_new_session=True,
        )
    finally:
        os.close(descriptor)


def end_group(process: subprocess.Popen[bytes], grace: float = 5.0) -> None:
    """Ends a spawned child and all of its session's group: asked first, killed after *grace* seconds."""
    _signal_group(process.pid, signal.SIGTERM)
    try:
        process.wait(grace)
    except subprocess.TimeoutExpired:
        _signal_group(process.pid, signal.SIGKILL)
        process.wait()
    _signal_group(process.pid, signal.SIGKILL)


def _signal_group(group: int, number: signal.Signals) -> bool:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


class Kept:
    """One child that is kept running: watched until it answers, started again with growing pauses when it ends.

    *start* and *answers* are the child's own; *said* is told what happens. ``begin``, ``look`` and ``end`` belong to
    the main thread. *up* is set while the child answers, *settled* once it is known whether the first start worked.
    """

    def __init__(
        self,
        name: str,
        start: Callable[[], subprocess.Popen[bytes]],
        answers: Callable[[], bool],
        said: Callable[[str], None],
        patience: float = 120.0,
    ) -> None:
        self.name, self._start, self._answers, self._said = name, start, answers, said
        self.up, self.settled = threading.Event(), threading.Event()
        self._patience, self._pause, self._since, self._again = patience, FIRST_PAUSE, 0.0, 0.0
        self._process: subprocess.Popen[bytes] | None = None

    def look(self) -> None:
        """Starts the child when it is time to, and notices its end. Call it a few times a second."""
        now = time.monotonic()
        if self._process is None:
            if now >= self._again:
                self._begin(now)
        elif self._process.poll() is not None:
            self._lost(f"ended ({self._process.returncode})")
        elif not self.up.is_set() and now - self._since > self._patience:
            end_group(self._process)
            self._lost(f"did not answer within {self._patience:.0f} s")

    def end(self, grace: float = 5.0) -> None:
        """Ends the child and everything it started."""
        process, self._process = self._process, None
        self.up.clear()
        self.settled.set()
        if process is not None:
            end_group(process, grace)

    def _begin(self, now: float) -> None:
        try:
            self._process = self._start()
        except OSError as problem:
            self._lost(f"cannot be started ({problem})")
            return
        self._since = now
        threading.Thread(target=self._watch, args=(self._process,), name=f"watch {self.name}", daemon=True).start()

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        while process is self._process and process.poll() is None:
            if self._answers():
                self.up.set()
                self.settled.set()
                return
            time.sleep(0.1)

    def _lost(self, reason: str) -> None:
        self._process = None
        now = time.monotonic()
        if self.up.is_set() and now - self._since > LONGEST_PAUSE:
            self._pause = FIRST_PAUSE
        self.up.clear()
        self.settled.set()
        self._again = now + self._pause
        self._said(f"{self.name} {reason}; the next start is in {self._pause:.0f} s")
        self._pause = min(self._pause * 2, LONGEST_PAUSE)


def rotate(log: Path, limit: int = LOG_LIMIT) -> None:
    """Moves a log of more than *limit* bytes aside; one earlier one is kept."""
    if log.exists() and log.stat().st_size > limit:
        log.replace(log.with_name(log.name + ".1"))


def last_lines(log: Path, count: int = 12) -> str:
    """The end of a log, for a message; empty when there is none."""
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, log.stat().st_size - 16_384))
            lines = stream.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join([line for line in lines if line.strip()][-count:])


@contextmanager
def _short_address(folder: Path, name: str) -> Iterator[tuple[str, int]]:
    """A path to *name* that fits sun_path's 108 bytes (unix(7)) however deep the folder lies, and the folder's handle."""
    handle = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{handle}/{name}", handle
    finally:
        os.close(handle)


def listen_at(folder: Path, name: str) -> socket.socket:
    """A listening Unix socket that only its owner may use; a stale one of that name is replaced. Raises OSError.

    Only the holder of the folder's lock may call this, or a living process loses its socket.
    """
    (folder / name).unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _short_address(folder, name) as (address, handle):
            listener.bind(address)
            os.chmod(name, 0o600, dir_fd=handle)
        listener.listen(64)
    except OSError:
        listener.close()
        raise
    return listener


def connect_to(folder: Path, name: str, timeout: float) -> socket.socket:
    """A connection to the Unix socket *name*; *timeout* seconds hold for every later send and receive. Raises OSError."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(timeout)
    try:
        with _short_address(folder, name) as (address, _):
            connection.connect(address)
    except OSError:
        connection.close()
        raise
    return connection


def port_answers(port: int, timeout: float = 1.0) -> bool:
    """Whether somebody takes connections at this port of the loopback address."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout).close()
    except OSError:
        return False
    return True


def peer_of(connection: socket.socket) -> tuple[int, int]:
    """The pid and uid at the other end of a Unix socket (unix(7), SO_PEERCRED)."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    pid, uid, _ = struct.unpack("3i", credentials)
    return pid, uid


def _become(parent: int, argv: Sequence[str]) -> None:
    """Ties this process to *parent* and turns it into *argv*. The signal survives execve (prctl(2))."""
    import ctypes

    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the parent has ended already")
    os.execv(argv[0], list(argv))  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    _become(int(sys.argv[1]), sys.argv[2:])
