"""``tongbu rebuild``: the site's frame made anew around the frozen renditions."""

import time
from typing import Annotated

import typer

from flows.cli.terminal import HomeOption, JsonOption, terminal


def rebuild(
    outlet: Annotated[str, typer.Argument(help="The website; the first one when left out.")] = "",
    processes: Annotated[int, typer.Option("--processes", help="How many at once; 0: one per core.")] = 0,
    search: Annotated[bool, typer.Option("--search", help="Make the index of the site's search anew as well.")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make every page of a website anew, after new settings or templates, and switch over at once."""
    with terminal(as_json=as_json, home=home) as term:
        from flows.rebuild import rebuild as rebuild_site
        from flows.rebuild import rebuild_search

        began = time.monotonic()
        wired = term.wired()
        done = rebuild_site(wired, outlet, processes)
        if search:
            rebuild_search(wired, outlet)
        seconds = time.monotonic() - began
        term.say(f"rebuilt {done.files} files in {seconds:.1f} s; generation {done.generation} is shown")
        term.result({"generation": done.generation, "files": done.files, "seconds": round(seconds, 3)})
