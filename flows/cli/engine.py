"""The commands that run things: serve, stop, doctor, sandbox, demo."""

from pathlib import Path
from typing import Annotated

import typer

from flows.cli.terminal import DONE, PARTLY, REFUSED, HomeOption, JsonOption, terminal


def serve(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Run the engine: Prefect, the clock for embargoes and for resolving, and the sandbox platforms of a rehearsal."""
    with terminal(as_json=as_json, home=home) as term:
        from flows.engine import serve as run_engine

        workspace = term.wired().workspace

        def ready(status: dict[str, object]) -> None:
            term.say(f"the engine serves {workspace.home} (Prefect: {status.get('prefect')}); Ctrl-C ends it")

        term.result({"home": str(workspace.home)}, run_engine(workspace, ready, said=term.say))


def stop(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """End the engine, after the orders that it is carrying out."""
    with terminal(as_json=as_json, home=home) as term:
        from flows.engine_client import stop as stop_engine

        done = stop_engine(term.wired().workspace)
        term.say({"not running": "the engine does not run"}.get(str(done["how"]), f"the engine ended ({done['how']})"))
        term.result(done, DONE if done["stopped"] else REFUSED)


def doctor(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Prove that all parts work: versions, fonts, database, engine, outlets, disk, clock, permissions."""
    with terminal(as_json=as_json, home=home) as term:
        from flows.examining import examine_all

        checks = examine_all(term.wired())
        for entry in checks:
            term.say(f"  {'✓' if entry.ok else '✗'} {entry.name}: {entry.detail}")
            if not entry.ok and entry.mend:
                term.say(f"      → {entry.mend}")
        document = {"checks": [{"name": c.name, "ok": c.ok, "detail": c.detail, "mend": c.mend} for c in checks]}
        term.result(document, DONE if all(entry.ok for entry in checks) else REFUSED)


def sandbox(
    port: Annotated[int, typer.Option("--port", help="The port on loopback; 0 takes a free one.")] = 0,
    alone: Annotated[
        Path | None,
        typer.Option("--folder", help="A folder of its own in place of a workspace; made where there is none."),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run the sandbox platforms (Weibo and WeChat) on loopback."""
    with terminal(as_json=as_json, home=home) as term:
        from channels.sandbox.accounts import make_accounts
        from channels.sandbox.server import serve as run_sandbox

        folder = alone or term.wired().workspace.sandbox_folder
        if alone and make_accounts(alone):
            term.say(f"accounts and their credentials: {alone / 'accounts.json'}")
        run_sandbox(folder, port, lambda taken: term.say(f"sandbox platforms: http://127.0.0.1:{taken}/"))
        term.result({"folder": str(folder)})


def demo(
    home: HomeOption = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the engine running at the end.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Everything at once on the samples, in a fresh workspace: submit, check, sign, broadcast, count."""
    with terminal(as_json=as_json, home=home) as term:
        from flows.demo import play

        document = play(term, keep=keep)
        term.result(document, DONE if document["state"] == "synchronised" else PARTLY)
