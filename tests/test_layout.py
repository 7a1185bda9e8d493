"""The shape of the code: who may know whom, how large a piece may be, and that the packages are ours."""

import ast
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from channels import CHANNELS, channel_class

ROOT = Path(__file__).parent.parent
PACKAGES = ("content", "channels", "flows")
LONGEST_MODULE, LONGEST_FUNCTION = 400, 45
# A migration is written once and never changed afterwards: it is as long as the tables that it makes.
ONCE_WRITTEN = ROOT / "content" / "migrations" / "versions"


def modules() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted(path for path in (ROOT / package).rglob("*.py") if path.parent != ONCE_WRITTEN)


def test_the_three_packages_are_ours() -> None:
    for name in PACKAGES:
        found = importlib.import_module(name).__file__
        assert found is not None
        assert Path(found).parent == ROOT / name


def test_every_arrow_points_down() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_is_named_like_one_of_the_standard_library(package: str) -> None:
    """Such a name reads wrong in an import, and shadows the library where a file is run by its path."""
    own = {path.stem for path in (ROOT / package).glob("*.py")} | {
        path.name for path in (ROOT / package).iterdir() if (path / "__init__.py").exists()
    }
    assert own & (sys.stdlib_module_names - {"__init__", "__main__"}) == set()


def test_no_module_is_too_long() -> None:
    lengths = {path.relative_to(ROOT): path.read_text(encoding="utf-8").count("\n") for path in modules()}
    assert {str(path): length for path, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_no_function_is_too_long() -> None:
    found = {}
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                if length > LONGEST_FUNCTION and not _only_options(node):
                    found[f"{path.relative_to(ROOT)}:{node.name}"] = length
    assert found == {}


def _only_options(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether the length is a command's list of options, not its work."""
    return (node.end_lineno or 0) - node.body[0].lineno + 1 <= LONGEST_FUNCTION


@pytest.mark.parametrize("word", sorted(CHANNELS))
def test_every_channel_has_what_it_makes_on_file(word: str) -> None:
    """Templates that it draws with, or golden files that show what it makes."""
    assert channel_class(word).__name__
    kept = [ROOT / "channels" / "templates" / word, ROOT / "tests" / "golden" / word]
    assert any(path.is_dir() and any(path.iterdir()) for path in kept)


def test_every_channel_meets_the_protocol() -> None:
    for word in CHANNELS:
        kind = channel_class(word)
        for name in ("check", "render", "prepare", "release", "find"):
            assert callable(getattr(kind, name)), f"{word} has no {name}"
        assert isinstance(kind.direct, bool)


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_readme_names_every_channel_and_every_command(name: str) -> None:
    from flows.cli import app

    text = (ROOT / name).read_text(encoding="utf-8")
    words = set(re.findall(r"[a-z][a-z-]+", text))
    assert set(CHANNELS) - words == set()
    commands = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    groups = {group.name for group in app.registered_groups if group.name}
    assert (commands | groups) - words == set()


def test_the_forbidden_words_and_names_do_not_occur() -> None:
    for path in modules():
        text = path.read_text(encoding="utf-8")
        names = {node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef)}
        assert names.isdisjoint({"Post", "Article", "Edition"}), path
        assert not re.search(r"\beditions?\b", text, re.IGNORECASE), path
        assert not re.search(r"\b(TODO|FIXME|XXX)\b|raise NotImplementedError", text), path


def test_only_the_settings_read_the_environment_and_only_the_flow_knows_prefect() -> None:
    reads = {
        str(path.relative_to(ROOT)) for path in modules() if re.search(r"os\.environ|os\.getenv", path.read_text())
    }
    assert {path for path in reads if not path.startswith("flows/")} == set()
    prefect = {
        str(path.relative_to(ROOT))
        for path in modules()
        if re.search(r"^\s*(from|import) prefect", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert prefect <= {"flows/broadcast.py", "flows/prefect_server.py", "flows/gazette.py"}
