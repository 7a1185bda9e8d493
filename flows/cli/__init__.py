"""The command line: ``tongbu``. Thin: it parses, calls and prints; the rules stand below it."""

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli.pipes import let_readers_leave
from flows.cli.terminal import Given

# Every command and the module of this package that holds it, in the order in which the help shows them. A command's
# function has its name; a group is a Typer of its own.
COMMANDS: dict[str, str] = {
    "init": "office",
    "submit": "editing",
    "check": "editing",
    "preview": "editing",
    "package": "editing",
    "sign": "editing",
    "override": "editing",
    "broadcast": "outgoing",
    "status": "outgoing",
    "resolve": "outgoing",
    "correct": "outgoing",
    "withdraw": "outgoing",
    "mark": "outgoing",
    "halt": "outgoing",
    "resume": "outgoing",
    "receipt": "receipts",
    "mirror": "mirroring",
    "measure": "measuring",
    "counts": "figures",
    "verify": "office",
    "inspect": "inspecting",
    "rebuild": "site",
    "sandbox": "engine",
    "public": "public",
    "serve": "engine",
    "stop": "engine",
    "doctor": "engine",
    "demo": "engine",
    "person": "office",
    "gazette": "gazette",
}
GROUPS = {"person": "persons", "gazette": "app"}
HELP = "tongbu (同步): one approved item of government information goes out on every channel at once, is proved and counted."


def build(arguments: Sequence[str] = ()) -> typer.Typer:
    """The command line with the commands that *arguments* may name, with all of them when they name none.

    Loading one command's modules instead of all saves a tenth of the start that every command waits for.
    """
    app = typer.Typer(
        no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None, help=HELP
    )
    app.callback()(_root)
    for name in [name for name in COMMANDS if name in arguments] or COMMANDS:
        module = import_module(f"flows.cli.{COMMANDS[name]}")
        if name in GROUPS:
            app.add_typer(getattr(module, GROUPS[name]), name=name)
        else:
            app.command(name)(getattr(module, name))
    return app


def main() -> None:
    let_readers_leave()
    build(sys.argv[1:])(prog_name="tongbu")


def _root(
    home: Annotated[Path | None, typer.Option("--home", help="The workspace's folder, for every command.")] = None,
) -> None:
    Given.home = home


def __getattr__(name: str) -> Any:
    """``app``: the whole command line."""
    if name == "app":
        return build()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
