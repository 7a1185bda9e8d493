"""What platforms counted: reads, shares, likes and comments of a delivery, kept by day."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import and_, delete, func, insert, select

from content.clock import stamp
from content.database import Database
from content.schema import reads


@dataclass(frozen=True)
class Reads:
    """What a platform counted from the publication to the end of a day; None where it does not say."""

    reads: int | None = None
    shares: int | None = None
    likes: int | None = None
    comments: int | None = None


def keep(database: Database, delivery: int, day: date, counted: Reads) -> None:
    """Keeps the figures of a day; figures of the same day are replaced."""
    with database.write() as connection:
        connection.execute(delete(reads).where(and_(reads.c.delivery == delivery, reads.c.day == day.isoformat())))
        row = {"delivery": delivery, "day": day.isoformat(), "at": stamp(database.clock()), **asdict(counted)}
        connection.execute(insert(reads).values(row))


def newest(database: Database) -> Mapping[int, tuple[date, Reads]]:
    """The figures of the latest day of every delivery that has any."""
    last = select(reads.c.delivery, func.max(reads.c.day).label("day")).group_by(reads.c.delivery).subquery()
    query = select(reads).join(last, and_(reads.c.delivery == last.c.delivery, reads.c.day == last.c.day))
    with database.read() as connection:
        rows = connection.execute(query).all()
    return {
        row.delivery: (date.fromisoformat(row.day), Reads(row.reads, row.shares, row.likes, row.comments))
        for row in rows
    }
