"""The documentation names everything that is there: commands, options, channels, settings, codes."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from channels import CHANNELS
from content import kinds
from content.checks import CODES
from content.intake.fields import field_infos, label_of
from content.outlet import Outlet
from content.vocabulary import KIND_LABELS, Kind, State
from flows.settings import EngineSettings

ROOT = Path(__file__).parent.parent
README, CHINESE = ROOT / "README.md", ROOT / "README.zh-CN.md"
COMMANDS, SETTINGS, FINDINGS, WRITING = (
    ROOT / "docs" / name for name in ("commands.md", "settings.md", "findings.md", "writing.md")
)
NOT_YET = ("report", "backup", "restore", "urgent")
FINDINGS_HEAD = """# The findings of the checks

Codes are stable: `tongbu override ITEM CODE` and scripts name them. `tongbu check` shows each finding with its severity
(an error blocks the package; a warning may be set aside, by name and with a reason), its place, what is wrong in Chinese and how
to mend it. What a file cannot be read for, and the limits of single outlets (`weibo-too-long`, `television-crawl-long`
…), have codes of their own, shown in the same way.

This file is written by `pytest tests/test_readme.py --update-golden`.

| code | meaning |
|---|---|
"""


def commands() -> Iterator[tuple[str, Any]]:
    """Every command by its full name, sub-commands included."""
    import typer

    from flows.cli import app

    def walk(command: Any, name: str) -> Iterator[tuple[str, Any]]:
        inner = getattr(command, "commands", None)
        if inner is None:
            yield name, command
            return
        for word, entry in inner.items():
            yield from walk(entry, f"{name} {word}")

    yield from walk(typer.main.get_command(app), "tongbu")


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """What stands under a heading of the third level."""
    return text.partition(f"### {heading}\n")[2].partition("\n##")[0]


@pytest.mark.parametrize("path", [README, CHINESE], ids=lambda path: path.name)
def test_every_command_has_its_line(path: Path) -> None:
    text = read(path)
    assert [name for name, _ in commands() if f"| `{name}` |" not in text] == []


@pytest.mark.parametrize("path", [README, CHINESE], ids=lambda path: path.name)
def test_no_line_is_of_a_command_that_is_not_there(path: Path) -> None:
    known = {name for name, _ in commands()}
    assert set(re.findall(r"^\| `(tongbu [a-z ]+)` \|", read(path), re.MULTILINE)) <= known
    assert not known & {f"tongbu {word}" for word in NOT_YET}


def test_every_option_stands_with_its_command() -> None:
    text, lacking = read(COMMANDS), []
    for name, command in commands():
        said = section(text, name)
        wanted = [option for entry in command.params for option in entry.opts if option.startswith("--")]
        lacking += [
            f"{name} {option}" for option in wanted if option not in ("--home", "--json") and option not in said
        ]
    assert lacking == []


@pytest.mark.parametrize("path", [README, CHINESE], ids=lambda path: path.name)
def test_every_line_of_the_first_day_can_be_typed(path: Path) -> None:
    known = dict(commands())
    lines = [line for line in read(path).splitlines() if line.startswith("tongbu ")]
    assert len(lines) > 10
    for line in lines:
        words = shlex.split(line.replace("$(date +%Y)", "2026"), comments=True)
        length = 3 if " ".join(words[:3]) in known else 2
        command = known[" ".join(words[:length])]
        command.make_context("tongbu", words[length:])


@pytest.mark.parametrize("name", [name for name, _ in commands()])
def test_every_command_says_what_it_does(name: str) -> None:
    command = dict(commands())[name]
    assert command.help and command.help.strip().endswith((".", "。"))
    assert all(entry.help for entry in command.params), f"{name} has an option without help"


@pytest.mark.parametrize("path", [README, CHINESE], ids=lambda path: path.name)
def test_every_channel_has_its_row(path: Path) -> None:
    rows = re.findall(r"^\| `([a-z]+)` \|", read(path), re.MULTILINE)
    assert sorted(rows) == sorted(CHANNELS)


@pytest.mark.parametrize("path", [README, CHINESE], ids=lambda path: path.name)
def test_every_state_of_a_delivery_is_named(path: Path) -> None:
    assert [state for state in State if state.value not in read(path)] == []


@pytest.mark.parametrize("path", [README, CHINESE, COMMANDS, SETTINGS, FINDINGS, WRITING], ids=lambda path: path.name)
def test_every_link_leads_to_a_file_that_is_there(path: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)", re.sub(r"`[^`\n]+`", "", read(path)))
    lost = [link for link in links if "://" not in link and not (path.parent / link).exists()]
    assert lost == []


def test_every_key_of_the_settings_is_explained() -> None:
    values = tomllib.loads(files("flows").joinpath("data", "tongbu.toml").read_text(encoding="utf-8"))
    text = read(SETTINGS)
    named = {key for key in _keys(values) if f"`{key}`" in text or f"[{key}]" in text}
    assert set(_keys(values)) - named == set()


def test_every_field_of_outlets_and_engine_is_explained() -> None:
    names = [field.name for kind in (Outlet, EngineSettings) for field in fields(kind)]
    wanted = ["lead_minutes" if name == "lead" else name for name in names]
    assert [name for name in wanted if f"`{name}`" not in read(SETTINGS)] == []


def test_every_kind_and_channel_can_be_looked_up_in_the_settings() -> None:
    assert [word for word in (*KIND_LABELS, *CHANNELS) if f"`{word}`" not in read(SETTINGS)] == []


def test_every_option_that_a_channel_reads_is_explained() -> None:
    code = "\n".join(read(path) for folder in ("channels", "flows") for path in (ROOT / folder).rglob("*.py"))
    names = set(re.findall(r"options\.get\(\"(\w+)\"", code))
    assert names, "no option is read any more in the way that this test looks for"
    assert [name for name in sorted(names) if f"`{name}`" not in read(SETTINGS)] == []


def test_every_code_of_the_checks_is_documented(request: pytest.FixtureRequest) -> None:
    wanted = FINDINGS_HEAD + "".join(f"| `{code}` | {meaning} |\n" for code, meaning in CODES.items())
    if request.config.getoption("--update-golden"):
        FINDINGS.write_text(wanted, encoding="utf-8")
    assert read(FINDINGS) == wanted, "the codes changed: pytest tests/test_readme.py --update-golden"


def test_every_field_and_what_each_kind_needs_stands_where_editors_look(request: pytest.FixtureRequest) -> None:
    mark = "written by `pytest tests/test_readme.py --update-golden` -->\n"
    head, _, told = read(WRITING).partition(mark)
    if request.config.getoption("--update-golden"):
        told = _of_kinds() + _of_fields()
        WRITING.write_text(head + mark + told, encoding="utf-8")
    assert told == _of_kinds() + _of_fields(), "fields changed: pytest tests/test_readme.py --update-golden"


def test_every_word_of_a_channel_is_explained_to_editors() -> None:
    assert [key for key in kinds.own_words() if f"`{key}`" not in read(WRITING)] == []


def test_the_picture_is_small_enough_for_a_repository() -> None:
    assert (ROOT / "docs" / "images" / "overview.png").stat().st_size <= 400_000


def _of_kinds() -> str:
    always = kinds.data("kinds.toml")["always"]["required"]
    lines = [_kind_line(label, kind, always) for kind, label in KIND_LABELS.items()]
    for kind in (Kind.CONSULTATION, Kind.SURVEY):
        lines.append(
            _kind_line(f"{KIND_LABELS[kind]}的结果（填“{label_of('results_of')}”）", kind, always, results=True)
        )
    every = "、".join(label_of(name) for name in always)
    return (
        f"\n## The kinds\n\n所有稿件必填：{label_of('kind')}、{every}。"
        "“必填”缺了不能定稿，“建议填”缺了是警告。\n\n"
        "| 稿件种类 | 还必填 | 建议填 |\n|---|---|---|\n" + "".join(lines)
    )


def _kind_line(told: str, kind: Kind, always: list[str], *, results: bool = False) -> str:
    required = [label_of(name) for name in kinds.required(kind, results=results) if name not in always]
    recommended = [label_of(name) for name in kinds.recommended(kind, results=results)]
    return f"| {told} | {'、'.join(required) or '—'} | {'、'.join(recommended) or '—'} |\n"


def _of_fields() -> str:
    lines = (
        f"| {info.label} | {'、'.join(info.aliases) or '—'} | `{info.name}` | {info.help} |\n"
        for info in field_infos().values()
    )
    return (
        "\n## The fields\n\n中文名、别名、英文名都可以用。随稿发布的文件列在“附件”（`attachments`）里，写法见上。\n\n"
        "| 字段 | 也可写作 | name | 写法 |\n|---|---|---|---|\n" + "".join(lines)
    )


def _keys(values: Any) -> Iterator[str]:
    """Every key, but not the free lines of the imprint."""
    if isinstance(values, list):
        for entry in values:
            yield from _keys(entry)
    elif isinstance(values, dict):
        for key, value in values.items():
            yield key
            if key != "imprint":
                yield from _keys(value)
