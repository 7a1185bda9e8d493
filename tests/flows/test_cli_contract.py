"""The command line's contract in the design: every command, its help, its options, its start."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import click
import pytest
import typer.main
from typer.testing import CliRunner

from flows.cli import app

COMMANDS = {
    "init",
    "submit",
    "check",
    "preview",
    "person add",
    "person list",
    "person disable",
    "package",
    "sign",
    "override",
    "broadcast",
    "status",
    "resolve",
    "correct",
    "withdraw",
    "mark",
    "halt",
    "resume",
    "receipt",
    "mirror",
    "gazette open",
    "gazette add",
    "gazette build",
    "gazette close",
    "gazette list",
    "gazette show",
    "gazette order",
    "gazette freeze",
    "gazette sign",
    "gazette record",
    "gazette labels",
    "counts",
    "verify",
    "sandbox",
    "public",
    "rebuild",
    "serve",
    "stop",
    "doctor",
    "demo",
}
LATER = {"report", "inspect", "measure", "backup", "restore", "urgent"}
HEAVY = (
    "prefect",
    "httpx",
    "typst",
    "PIL",
    "docx",
    "mammoth",
    "feedgen",
    "openpyxl",
    "starlette",
    "uvicorn",
    "cn2an",
    "fsspec",
    "paramiko",
    "s3fs",
    "webdav4",
)
OPTIONS = {
    "submit": {"--set", "--as"},
    "person add": {"--unit", "--role", "--passphrase-file"},
    "sign": {"--as", "--level", "--digest"},
    "override": {"--as", "--reason"},
    "broadcast": {"--outlet", "--at", "--rehearse", "--without", "--inline", "--as"},
    "resolve": {"--evidence", "--as"},
    "correct": {"--reason", "--as"},
    "withdraw": {"--reason", "--as"},
    "mark": {"--effect", "--reason", "--as"},
    "receipt": {"--on", "--as"},
    "counts": {"--by"},
    "mirror": {"--all", "--check"},
}


def commands(group: click.Group | None = None, before: str = "") -> dict[str, click.Command]:
    root = group or typer.main.get_command(app)
    found: dict[str, click.Command] = {}
    for name, command in root.commands.items():  # type: ignore[attr-defined]
        inner = commands(command, f"{before}{name} ") if hasattr(command, "commands") else {f"{before}{name}": command}
        found |= inner
    return found


def options_of(command: click.Command) -> set[str]:
    return {word for parameter in command.params for word in parameter.opts if word.startswith("-")}


def test_the_commands_are_those_of_the_design() -> None:
    assert set(commands()) >= COMMANDS
    assert set(commands()) - COMMANDS <= LATER, "a command that the design does not know"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_command_has_help_and_the_options_that_all_have(name: str) -> None:
    command = commands()[name]
    assert {"--home", "--json"} <= options_of(command)
    assert OPTIONS.get(name, set()) <= options_of(command)
    done = CliRunner().invoke(app, [*name.split(), "--help"])
    assert done.exit_code == 0
    assert command.help
    assert command.help.endswith(".")
    undocumented = [p.name for p in command.params if isinstance(p, click.Option) and not p.help]
    assert undocumented == []


def test_without_a_command_the_help_lists_them_all() -> None:
    done = CliRunner().invoke(app, ["--help"])
    assert done.exit_code == 0
    assert all(name.split()[0] in done.output for name in COMMANDS)


def test_the_workspace_may_stand_before_or_behind_the_command_or_in_the_environment(
    quiet_office: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    quiet_office.close()
    home = str(quiet_office.home)
    runner = CliRunner()
    monkeypatch.chdir(tmp_path)
    said = [
        runner.invoke(app, ["--home", home, "status", "--json"]).stdout,
        runner.invoke(app, ["status", "--home", home, "--json"]).stdout,
        runner.invoke(app, ["status", "--json"], env={"TONGBU_HOME": home}).stdout,
    ]
    assert len(set(said)) == 1
    assert json.loads(said[0])["items"][0]["item"] == "1001"


PROBE = """
import sys
sys.argv = ["tongbu", *sys.argv[1:]]
from flows.cli import main
try:
    main()
finally:
    print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)
"""


@pytest.mark.parametrize(
    "words", [["status"], ["status", "1001"], ["counts", "2026"], ["verify"], ["person", "list"]], ids=" ".join
)
def test_a_command_that_needs_no_flow_starts_without_the_heavy_parts(quiet_office: Any, words: list[str]) -> None:
    quiet_office.broadcast("1001", outlets=["portal"])
    quiet_office.close()
    command = [sys.executable, "-c", PROBE.format(heavy=HEAVY), "--home", str(quiet_office.home), *words, "--json"]
    began = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    print(f"tongbu {' '.join(words)}: {time.monotonic() - began:.2f} s")
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == "[]"
    assert json.loads(done.stdout)


@pytest.mark.parametrize("signal_number", [2, 15])
def test_an_interrupted_command_leaves_no_traceback(quiet_office: Any, signal_number: int) -> None:
    quiet_office.close()
    command = [sys.executable, "-m", "flows.cli", "--home", str(quiet_office.home), "sandbox"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert "http://127.0.0.1:" in running.stdout.readline()
        running.send_signal(signal_number)
        _, told = running.communicate(timeout=20)
    assert "Traceback" not in told
    assert not (quiet_office.home / "sandbox" / "sandbox.json").exists()
