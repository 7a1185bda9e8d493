"""Children that end with their parent, process identities, and sockets in deep folders."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from flows import processes
from flows.processes import Identity, Kept

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]
PARENT = """
import sys, time
from pathlib import Path
from flows.processes import inherited, spawn
child = spawn([sys.executable, "-c", "import time; time.sleep(60)"], cwd=Path(sys.argv[1]),
              log=Path(sys.argv[1]) / "child.log", environment=inherited())
print(child.pid, flush=True)
time.sleep(60)
"""


def spawned(folder, argv):
    return processes.spawn(argv, cwd=folder, log=folder / "log", environment=processes.inherited())


def test_a_child_ends_when_its_parent_is_killed(tmp_path):
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE)
    child = processes.identity_of(int(parent.stdout.readline()))
    command = Path(f"/proc/{child.pid}/cmdline")
    deadline = time.monotonic() + 5
    while not command.read_bytes().startswith(bytes(sys.executable, "utf-8") + b"\0-c") and time.monotonic() < deadline:
        time.sleep(0.02)
    assert child.lives()
    parent.kill()
    parent.wait()
    assert processes.wait_ended(child, 5)


def test_a_child_whose_parent_is_gone_already_never_starts(tmp_path):
    argv = [sys.executable, "-I", "-S", processes.__file__, "1", *SLEEPER]
    assert subprocess.run(argv, check=False, cwd=tmp_path, timeout=10, capture_output=True).returncode != 0


def test_a_child_started_from_another_thread_is_refused(tmp_path):
    caught = []

    def start():
        try:
            spawned(tmp_path, SLEEPER)
        except RuntimeError as problem:
            caught.append(problem)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert "main thread" in str(caught[0])


def test_ending_a_group_ends_grandchildren_that_ignore_the_request(tmp_path):
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    )
    outer = f"import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', {stubborn!r}]); print(p.pid, flush=True); time.sleep(60)"
    child = spawned(tmp_path, [sys.executable, "-c", outer])
    deadline = time.monotonic() + 10
    while "up" not in (text := (tmp_path / "log").read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    grandchild = processes.identity_of(int(text.split()[0] if text.split()[0] != "up" else text.split()[1]))
    processes.end_group(child, grace=0.5)
    assert processes.wait_ended(grandchild, 5)


def test_an_identity_is_not_mistaken_for_a_later_process_with_its_number(tmp_path):
    sleeper = subprocess.Popen(SLEEPER)
    real = processes.identity_of(sleeper.pid)
    earlier = Identity(real.pid, real.started - 1, real.boot)
    assert not processes.send_signal(earlier, signal.SIGKILL)
    assert sleeper.poll() is None
    assert processes.send_signal(real, signal.SIGKILL)
    assert sleeper.wait(5) == -signal.SIGKILL
    assert not processes.send_signal(real, signal.SIGKILL)


@pytest.mark.parametrize("text", ["", "12", "[]", '{"pid": "x"}', '{"pid": 1}', "\x00"])
def test_a_pid_file_that_says_nonsense_names_nobody(tmp_path, text):
    (tmp_path / "pid").write_text(text)
    assert processes.read_identity(tmp_path / "pid") is None


def test_an_identity_survives_its_file(tmp_path):
    own = processes.identity_of(os.getpid())
    (tmp_path / "pid").write_text(own.dump())
    assert processes.read_identity(tmp_path / "pid") == own
    assert own.lives()


def test_a_socket_works_in_a_folder_deeper_than_an_address_is_long(tmp_path):
    deep = tmp_path / "荆州市人民政府 信息公开" / ("深" * 60) / "run"
    deep.mkdir(parents=True)
    assert len(bytes(deep)) > 108
    with processes.listen_at(deep, "s") as listener, processes.connect_to(deep, "s", 5) as client:
        server, _ = listener.accept()
        with server:
            client.sendall(b"hello")
            assert server.recv(5) == b"hello"
            assert processes.peer_of(server) == (os.getpid(), os.getuid())
    assert (deep / "s").stat().st_mode & 0o777 == 0o600


def test_a_stale_socket_is_replaced_and_a_missing_one_is_an_error(tmp_path):
    with pytest.raises(OSError, match="No such file"):
        processes.connect_to(tmp_path, "s", 1)
    processes.listen_at(tmp_path, "s").close()
    with pytest.raises(ConnectionRefusedError):
        processes.connect_to(tmp_path, "s", 1)
    with processes.listen_at(tmp_path, "s"), processes.connect_to(tmp_path, "s", 1) as client:
        assert isinstance(client, socket.socket)


def test_a_log_that_has_grown_is_moved_aside(tmp_path):
    log = tmp_path / "log"
    log.write_text("one\n\ntwo\nthree\n")
    processes.rotate(log, limit=100)
    assert processes.last_lines(log, 2) == "two\nthree"
    processes.rotate(log, limit=3)
    assert not log.exists()
    assert (tmp_path / "log.1").read_text().startswith("one")
    assert processes.last_lines(log) == ""


def test_a_kept_child_is_started_again_after_its_end(tmp_path):
    said, started = [], []

    def start():
        started.append(spawned(tmp_path, SLEEPER))
        return started[-1]

    kept = Kept("部件", start, lambda: True, said.append)
    kept.look()
    assert kept.up.wait(5)
    os.kill(started[0].pid, signal.SIGKILL)
    started[0].wait()
    kept.look()
    assert not kept.up.is_set()
    assert "next start is in 1 s" in said[0]
    deadline = time.monotonic() + 5
    while len(started) < 2 and time.monotonic() < deadline:
        kept.look()
        time.sleep(0.1)
    assert kept.up.wait(5)
    kept.end()
    assert [child.poll() is not None for child in started] == [True, True]


def test_a_child_that_never_answers_is_ended_and_does_not_hold_up_the_rest(tmp_path):
    said = []
    kept = Kept("部件", lambda: spawned(tmp_path, SLEEPER), lambda: False, said.append, patience=0.2)
    kept.look()
    assert not kept.settled.is_set()
    time.sleep(0.3)
    kept.look()
    assert kept.settled.is_set()
    assert not kept.up.is_set()
    assert "did not answer" in said[0]
    kept.end()
