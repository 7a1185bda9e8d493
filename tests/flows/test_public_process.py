"""``tongbu public`` as a process: what it opens, how it begins and ends."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from tests.flows import public_site

COMMAND = Path(sys.executable).with_name("tongbu")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return public_site.workspace(tmp_path / "工作区 一")


@contextmanager
def started(home: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process and its address, from the line that says it is ready."""
    command = [COMMAND, "--home", home, "public", "--port", "0", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "/search" in line, process.stderr and process.stderr.read()
        yield process, line.split()[-1].rpartition("/")[0]
    finally:
        process.kill()
        process.wait(10)


def answers(address: str, path: str = "/search?q=" + quote("医保")) -> int:
    return httpx.get(f"{address}{path}", trust_env=False, timeout=10).status_code


def test_it_answers_without_ledger_keys_or_secrets_and_without_prefect(home: Path) -> None:
    """The workspace has none of them here, and an open file of theirs would show."""
    with started(home) as (process, address):
        assert answers(address) == 200
        assert answers(address, "/search.rss?q=a") == 200
        assert answers(address, "/index.html") == 404
        opened = [os.readlink(entry) for entry in Path(f"/proc/{process.pid}/fd").iterdir() if entry.is_symlink()]
        of_the_workspace = {name.removeprefix(f"{home}/") for name in opened if name.startswith(str(home))}
        assert "outlets/portal/search/index-1.sqlite" in of_the_workspace
        assert all(name.startswith("outlets/portal/search/") for name in of_the_workspace)
    assert sorted(entry.name for entry in home.iterdir()) == ["outlets", "tongbu.toml"]


def test_prefect_is_not_imported() -> None:
    code = (
        "import sys; import flows.cli.public, flows.public.server, flows.public.feed; "
        "print([name for name in sys.modules if name.split('.')[0] in ('prefect', 'fastapi')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=public_site.__file__.rpartition("/tests/")[0],
    )
    assert done.stdout.strip() == "[]"


def test_an_answer_waits_for_no_acknowledgement(home: Path) -> None:
    """The quickest of twenty on one connection counts: Nagle's algorithm would hold back each of them for 40 ms."""
    with started(home, "--static") as (_, address), httpx.Client(base_url=address, trust_env=False) as client:
        spans = [client.get("/index.html").elapsed.total_seconds() for _ in range(20)]
    assert min(spans) < 0.03


def test_it_serves_the_files_when_asked(home: Path) -> None:
    with started(home, "--static") as (_, address):
        assert answers(address, "/index.html") == 200
        assert answers(address, "/nowhere") == 404


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it(home: Path, number: signal.Signals) -> None:
    with started(home) as (process, address):
        assert answers(address) == 200
        process.send_signal(number)
        assert process.wait(10) == 0
        with pytest.raises(httpx.ConnectError):
            answers(address)


def test_killing_it_leaves_nothing_behind_and_another_can_start(home: Path) -> None:
    with started(home) as (process, address):
        port = address.rpartition(":")[2]
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
        with started(home, "--port", port) as (_, again):
            assert answers(again) == 200


def test_it_ends_while_a_visitor_holds_the_line(home: Path) -> None:
    with started(home) as (process, address):
        host, port = address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as wire:
            wire.sendall(b"GET /search HTTP/1.1\r\nHost: x\r\n")
            time.sleep(0.2)
            process.terminate()
            assert process.wait(10) == 0


def test_what_cannot_be_served_is_said_in_a_line(home: Path, tmp_path: Path) -> None:
    for options, told in (
        (["--outlet", "weibo-main"], "no website"),
        (["--outlet", "../x"], "no website"),
        (["--host", "203.0.113.7"], "assign"),
    ):
        done = subprocess.run(
            [COMMAND, "--home", home, "public", "--port", "0", *options], capture_output=True, text=True, check=False
        )
        assert (done.returncode, told in done.stderr) == (1, True), done.stderr
        assert "Traceback" not in done.stderr
    done = subprocess.run([COMMAND, "--home", tmp_path / "none", "public"], capture_output=True, text=True, check=False)
    assert (done.returncode, "is no workspace" in done.stderr) == (1, True)


def test_a_port_that_is_taken_is_said(home: Path) -> None:
    with started(home) as (_, address):
        port = address.rpartition(":")[2]
        done = subprocess.run(
            [COMMAND, "--home", home, "public", "--port", port], capture_output=True, text=True, check=False
        )
        assert done.returncode == 1
        assert "in use" in done.stderr
