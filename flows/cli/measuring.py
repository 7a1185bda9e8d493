"""``tongbu measure``: what the platforms count of what was published there."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from content.clock import in_china, unstamp
from flows.cli.terminal import DONE, PARTLY, REFUSED, HomeOption, JsonOption, terminal

if TYPE_CHECKING:
    from flows.cli.terminal import Terminal
    from flows.measuring import Measured
    from flows.wiring import Wired


def measure(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Bring reads, shares, likes and comments of live posts and articles from the platforms that count them."""
    with terminal(as_json=as_json, home=home) as term:
        from flows import measuring

        done = measuring.measure(term.wired())
        lines = [
            [one.outlet, str(one.live), str(len(one.figures)), one.newest.isoformat() if one.newest else ""]
            for one in done
        ]
        term.table("", ["outlet", "live", "measured", "newest day"], lines)
        for problem in dict.fromkeys(f"{one.channel}: {one.problem}" for one in done if one.problem):
            term.say(problem)
        term.result({"outlets": [one.as_json() for one in done]}, _exit_of(done))


def say_measured(term: "Terminal", wired: "Wired") -> dict[str, Any] | None:
    """What the engine's clock measured last, and what was wrong with it; None when it never did."""
    from flows.daily_measuring import last_measured

    last = last_measured(wired)
    if last is None:
        return None
    live, measured = (sum(one[name] for one in last["outlets"]) for name in ("live", "measured"))
    term.say(f"measured {in_china(unstamp(last['at'])):%Y-%m-%d %H:%M}: new figures of {measured} of {live} deliveries")
    for problem in dict.fromkeys(f"{one['channel']}: {one['problem']}" for one in last["outlets"] if one["problem"]):
        term.say(f"not measured: {problem}")
    return last


def _exit_of(done: "Sequence[Measured]") -> int:
    """Refused when nothing came of it because every outlet said no for good; in part when something is left."""
    problems = [one for one in done if one.problem]
    if not problems:
        return DONE
    said_no = all(one.problem and not one.later and not one.figures for one in done if one.live)
    return REFUSED if said_no else PARTLY
