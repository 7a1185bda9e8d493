"""Receipts that partners put into their folders: looked for beside the clock, so that a server which does not answer holds up
no publication, and whenever somebody resolves."""

from contextlib import suppress

from content import ledger
from content.records import Record, in_states
from content.vocabulary import State
from flows import delivery
from flows.wiring import PARTNERS, Wired


def look(wired: Wired, *, asked: bool = False) -> list[Record]:
    """Follows what partners have accepted and nobody has looked at lately, or all of it where somebody has *asked*; returns
    what became live. Safe to run twice at once."""
    now = wired.workspace.clock()
    known = {outlet.id for outlet in wired.workspace.settings.outlets}
    with wired.database.read() as connection:
        waiting = in_states(connection, [State.ACCEPTED])
    became = []
    for record in waiting:
        if record.target.channel not in PARTNERS or record.outlet not in known:
            continue
        if asked and record.look_after is not None and record.look_after > now:
            with suppress(ledger.Fenced):
                ledger.look_again(wired.database, record, record.problem, now)
        followed = delivery.follow(wired, record.id)
        if followed.state is State.LIVE:
            became.append(followed)
    return became
