"""What the commands share: where the workspace is, what is printed, how it ends, and passphrases."""

import json
import logging
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from content.finding import Finding
from flows import settings
from flows.wiring import Wired
from flows.workspace import Workspace

if TYPE_CHECKING:
    from rich.console import Console

DONE, REFUSED, USAGE, PARTLY = 0, 1, 2, 3
DEFAULT_HOME = "workspace"
PIPE_WIDTH = 160

HomeOption = Annotated[
    Path | None, typer.Option("--home", help="The workspace's folder (default: TONGBU_HOME, else ./workspace).")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
AsOption = Annotated[str, typer.Option("--as", help="The person who acts.")]
PassphraseOption = Annotated[
    Path | None, typer.Option("--passphrase-file", help="A file that holds the person's passphrase.")
]

LevelOption = Annotated[str, typer.Option("--level", help="The level of the sign-off, such as 终审.")]
DigestOption = Annotated[
    str, typer.Option("--digest", help="The digest of what you looked at, 12 characters of it or more.")
]


class Usage(Exception):
    """Wrong usage that only shows when the values are looked at; ends with 2."""


class Terminal:
    """One command's output. With *as_json* nothing but the document goes to standard output."""

    def __init__(self, *, as_json: bool, home: Path | None) -> None:
        self.as_json = as_json
        self._home = home
        self.exit = DONE

    @property
    def home(self) -> Path:
        return Path(self._home or settings.environment_home() or DEFAULT_HOME)

    def wired(self) -> Wired:
        return Wired(Workspace.open(self.home))

    @property
    def console(self) -> "Console":
        from rich.console import Console

        wide = None if sys.stdout.isatty() else PIPE_WIDTH
        return Console(stderr=self.as_json, highlight=False, width=wide)

    def say(self, text: str) -> None:
        """A line for people; with ``--json`` it goes to standard error."""
        print(text, file=sys.stderr if self.as_json else sys.stdout)  # this is the terminal

    def table(self, title: str, headings: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
        """A table for people, figures to the right; with ``--json`` nothing."""
        from rich.table import Table
        from rich.text import Text

        if self.as_json:
            return
        if title:
            self.say(title)
        table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
        for number, heading in enumerate(headings):
            figures = bool(lines) and all(line[number].isdigit() for line in lines)
            table.add_column(heading, overflow="fold", justify="right" if figures else "left")
        for line in lines:
            table.add_row(*(Text(cell) for cell in line))
        self.console.print(table)

    def findings(self, findings: Sequence[Finding]) -> None:
        """All findings, each with where it is and how to mend it."""
        for entry in findings:
            self.say(
                f"  {entry.severity.value:7} {entry.code} · {entry.place}\n          {entry.message}\n          → {entry.mend}"
            )

    def result(self, document: Mapping[str, Any], exit_code: int = DONE) -> None:
        """Ends the command: the JSON document if it was asked for, and the exit code."""
        self.exit = exit_code
        if self.as_json:
            print(json.dumps(document, ensure_ascii=False, default=str))  # noqa: T201 # this is the terminal

    def passphrase(self, file: Path | None, *, new: bool = False) -> Callable[[str], str]:
        """How the passphrase of a person is got: the file, the environment, else a prompt (a *new* one is asked twice)."""

        def ask(name: str) -> str:
            if file is not None:
                return file.read_text(encoding="utf-8").rstrip("\r\n")
            known = settings.environment_passphrase(name)
            return known if known is not None else _prompt(name, twice=new)

        return ask


@contextmanager
def terminal(*, as_json: bool, home: Path | None) -> Iterator[Terminal]:
    """Runs one command: expected errors become a few lines and an exit code, no traceback reaches a user."""
    term = Terminal(as_json=as_json, home=home or Given.home)
    _quiet_logs(term)
    try:
        yield term
    except Usage as problem:
        _end(term, USAGE, str(problem), [])
    except (typer.Exit, typer.Abort, KeyboardInterrupt):
        raise
    except Exception as problem:  # noqa: BLE001 # the last border before a person
        _end(term, REFUSED, _told(term, problem), list(getattr(problem, "findings", ())))
    raise typer.Exit(term.exit)


class Given:
    """What stood before the command's name: ``tongbu --home X counts 2026``."""

    home: Path | None = None


def _quiet_logs(term: Terminal) -> None:
    """Keeps libraries' log lines off the terminal; what the deliveries log goes to ``run/tongbu.log``."""
    logging.captureWarnings(capture=True)
    log = logging.getLogger()
    log.handlers[:] = [logging.NullHandler()]
    folder = term.home / "run"
    if folder.is_dir():
        handler = logging.FileHandler(folder / "tongbu.log", delay=True, encoding="utf-8")
        handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(name)s %(levelname)s %(message)s"))
        log.handlers[:] = [handler]
    log.setLevel(logging.WARNING)


def _prompt(name: str, *, twice: bool) -> str:
    if not sys.stdin.isatty():
        raise Usage(f"the passphrase of {name} is needed: --passphrase-file, or TONGBU_PASSPHRASE_{name.upper()}")
    return str(typer.prompt(f"Passphrase of {name}", hide_input=True, err=True, confirmation_prompt=twice))


def _end(term: Terminal, code: int, message: str, findings: Sequence[Finding]) -> NoReturn:
    if term.as_json:
        document = {"error": message, "findings": [finding.as_dict() for finding in findings]}
        print(json.dumps(document, ensure_ascii=False))  # noqa: T201 # this is the terminal
    else:
        print(message, file=sys.stderr)  # noqa: T201 # this is the terminal
        term.findings(findings)
    raise typer.Exit(code)


def _told(term: Terminal, problem: Exception) -> str:
    """The words of an expected error; anything else is kept whole in the log and named here."""
    if type(problem).__module__.split(".")[0] in ("content", "channels", "flows"):
        return _own_words(problem)
    if isinstance(problem, OSError):
        return f"{problem.filename or 'the file'}: {problem.strerror or problem}"
    logging.getLogger("tongbu.cli").exception("a command failed")
    return f"tongbu failed unexpectedly ({type(problem).__name__}: {problem}). The details are in {term.home / 'run' / 'tongbu.log'}"


def _own_words(problem: Exception) -> str:
    place, mend = getattr(problem, "place", ""), getattr(problem, "mend", "")
    words = str(problem)
    if mend and mend not in words:
        words = f"{place}: {words}\n  → {mend}" if place and place not in words else f"{words}\n  → {mend}"
    return words
