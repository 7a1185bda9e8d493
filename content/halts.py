"""The kill switch: which outlets are halted. Every claim looks at it (``ledger.claim``)."""

from sqlalchemy import Connection, insert, select

from content.clock import stamp
from content.database import Database
from content.events import append
from content.schema import halt

ALL_OUTLETS = "*"


def halted(connection: Connection) -> dict[str, str]:
    """Which outlets are halted (``*`` is all), and why."""
    return {row.outlet: row.reason for row in connection.execute(select(halt))}


def stop(database: Database, outlet: str, who: str, reason: str) -> None:
    """The kill switch: looked at in every claim."""
    with database.write() as connection:
        if outlet not in halted(connection):
            connection.execute(
                insert(halt).values(outlet=outlet, person=who, reason=reason, at=stamp(database.clock()))
            )
            append(connection, database, "outlet.halted", f"outlet/{outlet}", {"person": who, "reason": reason})


def lift(database: Database, outlet: str, who: str) -> bool:
    """Ends a halt; False when there was none."""
    with database.write() as connection:
        ended = connection.execute(halt.delete().where(halt.c.outlet == outlet)).rowcount > 0
        if ended:
            append(connection, database, "outlet.resumed", f"outlet/{outlet}", {"person": who})
        return ended
