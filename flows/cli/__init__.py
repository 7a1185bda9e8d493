"""The command line: ``tongbu``. Thin: it parses, calls and prints; the rules stand below it."""

from pathlib import Path
from typing import Annotated

import typer

from flows.cli import editing, engine, figures, gazette, office, outgoing
from flows.cli.terminal import Given

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="tongbu (同步): one approved item of government information goes out on every channel at once, is proved and counted.",
)


@app.callback()
def _root(
    home: Annotated[Path | None, typer.Option("--home", help="The workspace's folder, for every command.")] = None,
) -> None:
    """tongbu (同步): one approved item goes out on every channel at once, is proved by a receipt and counted."""
    Given.home = home


for command in (
    office.init,
    editing.submit,
    editing.check,
    editing.preview,
    editing.package,
    editing.sign,
    editing.override,
    outgoing.broadcast,
    outgoing.status,
    outgoing.resolve,
    outgoing.correct,
    outgoing.withdraw,
    outgoing.halt,
    outgoing.resume,
    outgoing.receipt,
    figures.counts,
    office.verify,
    engine.sandbox,
    engine.serve,
    engine.stop,
    engine.doctor,
    engine.demo,
):
    app.command()(command)
app.add_typer(office.persons, name="person")
app.add_typer(gazette.app, name="gazette")


def main() -> None:
    app(prog_name="tongbu")
