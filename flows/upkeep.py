"""What the engine does beside publishing: looking after what is out, measuring once a day, the gazette's
pages, and the receipts that partners put into their folders.

A thread of its own, so that a platform which does not answer holds up no publication; safe to run twice at once and to be
killed anywhere.
"""

import logging
from collections.abc import Callable

from flows import daily_measuring, issues, returning, still_shown, watching
from flows.wiring import Wired
from flows.workspace import Workspace

log = logging.getLogger("tongbu.upkeep")
_ACTS: tuple[Callable[[Wired], object], ...] = (
    watching.watch,
    still_shown.look_again,
    daily_measuring.measure_when_due,
    issues.catch_up,
    returning.look,
)


def upkeep(workspace: Workspace) -> None:
    """Does what is due. What goes wrong with one thing is logged and keeps none of the others from being done."""
    wired = Wired(workspace)
    for act in _ACTS:
        try:
            act(wired)
        except Exception:
            log.exception("%s of %s", act.__name__, act.__module__)
