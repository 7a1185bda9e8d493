"""What platforms counted: reads, shares, likes and comments of a delivery, kept by day."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import Subquery, and_, func, select

from content.clock import stamp
from content.database import Database, put_row
from content.schema import delivery as deliveries
from content.schema import reads


@dataclass(frozen=True)
class Reads:
    """What a platform counted from the publication to the end of a day; None where it does not say."""

    reads: int | None = None
    shares: int | None = None
    likes: int | None = None
    comments: int | None = None


COUNTED = ("reads", "shares", "likes", "comments")


@dataclass(frozen=True)
class Readers:
    """What platforms counted of the deliveries of a year at one outlet; None where it gives no such figure. Never a
    statutory figure: those count items."""

    outlet: str
    row: str
    deliveries: int
    newest: date
    counted: Reads

    def as_json(self) -> dict[str, Any]:
        figures = {"deliveries": self.deliveries, "newest": self.newest.isoformat(), **asdict(self.counted)}
        return {"row": self.row, **figures}


def keep(database: Database, delivery: int, day: date, counted: Reads) -> None:
    """Keeps the figures of a day; figures of the same day are replaced."""
    with database.write() as connection:
        key = {"delivery": delivery, "day": day.isoformat()}
        put_row(connection, reads, key, at=stamp(database.clock()), **asdict(counted))


def newest(database: Database) -> Mapping[int, tuple[date, Reads]]:
    """The figures of the latest day of every delivery that has any."""
    last = _last_days()
    query = select(reads).join(last, and_(reads.c.delivery == last.c.delivery, reads.c.day == last.c.day))
    with database.read() as connection:
        rows = connection.execute(query).all()
    return {
        row.delivery: (date.fromisoformat(row.day), Reads(row.reads, row.shares, row.likes, row.comments))
        for row in rows
    }


def readers(database: Database, year: int) -> list[Readers]:
    """The newest figures of what was first live in a year (Asia/Shanghai), by outlet; outlets without any are left out."""
    last = _last_days()
    within = and_(deliveries.c.live_month >= f"{year:04d}-01", deliveries.c.live_month <= f"{year:04d}-12")
    sums = [func.sum(reads.c[name]).label(name) for name in COUNTED]
    query = (
        select(
            deliveries.c.outlet,
            deliveries.c.row,
            func.count().label("number"),
            func.max(reads.c.day).label("day"),
            *sums,
        )
        .join(last, and_(reads.c.delivery == last.c.delivery, reads.c.day == last.c.day))
        .join(deliveries, deliveries.c.id == reads.c.delivery)
        .where(within)
        .group_by(deliveries.c.outlet, deliveries.c.row)
        .order_by(deliveries.c.row, deliveries.c.outlet)
    )
    with database.read() as connection:
        rows = connection.execute(query).all()
    return [
        Readers(
            row.outlet,
            row.row,
            row.number,
            date.fromisoformat(row.day),
            Reads(*(_whole(row, name) for name in COUNTED)),
        )
        for row in rows
    ]


def by_row(found: Sequence[Readers]) -> list[Readers]:
    """The same by row of the statistics form; *outlet* is empty. Never added to what items count."""
    rows = dict.fromkeys(one.row for one in found)
    return [_sum(row, [one for one in found if one.row == row]) for row in rows]


def _sum(row: str, some: Sequence[Readers]) -> Readers:
    known = {name: [getattr(one.counted, name) for one in some] for name in COUNTED}
    given = {name: [number for number in numbers if number is not None] for name, numbers in known.items()}
    sums = Reads(**{name: sum(numbers) if numbers else None for name, numbers in given.items()})
    return Readers("", row, sum(one.deliveries for one in some), max(one.newest for one in some), sums)


def _whole(row: Any, name: str) -> int | None:
    """PostgreSQL gives sums as decimals."""
    value = getattr(row, name)
    return None if value is None else int(value)


def _last_days() -> Subquery:
    return select(reads.c.delivery, func.max(reads.c.day).label("day")).group_by(reads.c.delivery).subquery()
