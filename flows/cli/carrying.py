"""Carrying an order out: by the running engine, or in this process when it is asked for or the engine cannot be reached."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from content.vocabulary import STATE_LABELS, State
from flows.cli.terminal import Terminal
from flows.wiring import Wired

MARKS = {
    State.LIVE: "●",
    State.ACCEPTED: "◐",
    State.PREPARED: "○",
    State.REFUSED: "✗",
    State.UNKNOWN: "?",
    State.HELD: "!",
}


def carry_out(term: Terminal, wired: Wired, order: Mapping[str, object], *, inline: bool) -> dict[str, object]:
    """The order's document. Publishing matters more than its bookkeeping: an engine that cannot be reached is a warning."""
    with _progress(term) as report:
        document = _inline(wired, order, report) if inline else _by_engine(term, wired, order, report)
    for warning in document.get("warnings", []):  # type: ignore[attr-defined]
        term.say(f"warning: {warning}")
    return document


def _by_engine(
    term: Terminal, wired: Wired, order: Mapping[str, object], report: Callable[[dict[str, object]], None]
) -> dict[str, object]:
    from flows import engine_client

    try:
        return engine_client.order(wired.workspace, order, report, said=term.say)
    except engine_client.EngineUnreachable as problem:
        warning = f"{problem} The order is carried out in this process instead."
        document = _inline(wired, {**order, "wait": True}, report)
        known = document.get("warnings", [])
        return document | {"warnings": [*known, warning]}  # type: ignore[misc]


def _inline(
    wired: Wired, order: Mapping[str, object], report: Callable[[dict[str, object]], None]
) -> dict[str, object]:
    from flows.run import InlineRunner, execute

    return execute(wired.workspace, order, InlineRunner(), report)


@contextmanager
def _progress(term: Terminal) -> Iterator[Callable[[dict[str, object]], None]]:
    """One live line per delivery on a terminal, nothing where the output goes to a file or is JSON."""
    if term.as_json or not sys.stdout.isatty():
        yield lambda event: None
        return
    from rich.live import Live
    from rich.text import Text

    states: dict[str, str] = {}
    with Live(Text(""), console=term.console, transient=True, refresh_per_second=12) as live:

        def report(event: dict[str, object]) -> None:
            states[f"{event.get('item', '')} {event.get('outlet', '')}"] = str(event.get("state", ""))
            live.update(Text("\n".join(_line(name, state) for name, state in states.items())))

        yield report


def _line(name: str, state: str) -> str:
    try:
        known = State(state)
    except ValueError:
        return f"  · {name:24} {state}"
    return f"  {MARKS.get(known, '·')} {name:24} {known.value:9} {STATE_LABELS[known]}"
