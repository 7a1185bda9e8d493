"""How often an account may call its platform: budgets as data, uses and reserves kept for all processes (engine.md S5b)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, and_, case, delete, func, insert, select, update

from content.clock import in_china, stamp
from content.database import Database, serialise
from content.schema import quota_hold, quota_use


class Span(StrEnum):
    """The period that a budget is for, on the platforms' clock (Asia/Shanghai)."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


_DIGITS = {Span.HOUR: 13, Span.DAY: 10, Span.MONTH: 7}


@dataclass(frozen=True)
class Budget:
    """At most *most* calls of the kind *name* in each *span*."""

    name: str
    most: int
    span: Span


class Spent(Exception):
    """Too little is left of *budget*; from *again_at* there is more."""

    def __init__(self, budget: Budget, left: int, needed: int, again_at: datetime) -> None:
        super().__init__(f"{budget.name}: {left} left of {budget.most} a {budget.span}, {needed} needed")
        self.budget = budget
        self.left = left
        self.needed = needed
        self.again_at = again_at


def period_of(span: Span, moment: datetime) -> str:
    """The hour, day or month that a moment is in: the beginning of its local time in ISO 8601."""
    return in_china(moment).isoformat()[: _DIGITS[span]]


def next_period(span: Span, moment: datetime) -> datetime:
    """When the period after that of *moment* begins."""
    start = in_china(moment).replace(minute=0, second=0, microsecond=0)
    if span is Span.HOUR:
        return start + timedelta(hours=1)
    start = start.replace(hour=0)
    return start + timedelta(days=1) if span is Span.DAY else (start.replace(day=1) + timedelta(days=32)).replace(day=1)


@dataclass(frozen=True)
class Quotas:
    """The quotas of one account. Every method is one transaction, so that processes never spend the same call twice."""

    database: Database
    account: str

    def left(self, budget: Budget, holder: str = "") -> int:
        """How many calls *holder* may still make: all but those used and those kept for others; never below 0."""
        with self.database.read() as connection:
            return self._left(connection, budget, holder)

    def use(self, costs: Mapping[Budget, int], holder: str = "", leaving: int = 0) -> None:
        """Takes all these calls or none, first out of what is kept for *holder*; so many of each must be left for others
        afterwards. Raises Spent."""
        with self._alone() as connection:
            for budget, calls in costs.items():
                self._require(connection, budget, calls + leaving, holder)
            for budget, calls in costs.items():
                self._add(connection, budget, calls)
                self._use_up_hold(connection, budget, holder, calls)

    def hold(self, costs: Mapping[Budget, int], holder: str, until: datetime) -> None:
        """Keeps calls for *holder*, in place of what was kept for it before; after *until* they are free again.

        Raises Spent and then changes nothing.
        """
        with self._alone() as connection:
            for budget, calls in costs.items():
                self._require(connection, budget, calls, holder)
                self._set_hold(connection, budget, holder, calls, stamp(until))

    def settle(self, holder: str) -> None:
        """Gives back what is kept for *holder*: it has nothing more to ask."""
        with self._alone() as connection:
            mine = and_(quota_hold.c.account == self.account, quota_hold.c.holder == holder)
            connection.execute(delete(quota_hold).where(mine))

    def give_back(self, costs: Mapping[Budget, int]) -> None:
        """Calls of this period that were paid for and provably not made."""
        with self._alone() as connection:
            for budget, calls in costs.items():
                fewer = case((quota_use.c.used > calls, quota_use.c.used - calls), else_=0)
                connection.execute(update(quota_use).where(self._period(budget)).values(used=fewer))

    def told(self, budget: Budget, left: int) -> None:
        """The platform says how many calls are left; what others made of the same account is seen so. Never more than
        our own count allows."""
        with self._alone() as connection:
            missing = budget.most - max(0, left) - self._used(connection, budget)
            if missing > 0:
                self._add(connection, budget, missing)

    @contextmanager
    def _alone(self) -> Iterator[Connection]:
        with self.database.write() as connection:
            serialise(connection, f"quotas {self.account}")
            yield connection

    def _require(self, connection: Connection, budget: Budget, calls: int, holder: str) -> None:
        left = self._left(connection, budget, holder)
        if calls > left:
            raise Spent(budget, left, calls, next_period(budget.span, self.database.clock()))

    def _left(self, connection: Connection, budget: Budget, holder: str) -> int:
        others = and_(self._holds(budget), quota_hold.c.holder != holder, quota_hold.c.until > self._now)
        held = connection.execute(select(func.coalesce(func.sum(quota_hold.c.held), 0)).where(others)).scalar_one()
        return max(0, budget.most - self._used(connection, budget) - int(held))

    def _used(self, connection: Connection, budget: Budget) -> int:
        found = connection.execute(select(quota_use.c.used).where(self._period(budget))).scalar_one_or_none()
        return found or 0

    def _add(self, connection: Connection, budget: Budget, calls: int) -> None:
        done = connection.execute(
            update(quota_use).where(self._period(budget)).values(used=quota_use.c.used + calls)
        ).rowcount
        if not done:
            period = period_of(budget.span, self.database.clock())
            row = {"account": self.account, "budget": budget.name, "period": period, "used": calls}
            connection.execute(insert(quota_use).values(row))

    def _use_up_hold(self, connection: Connection, budget: Budget, holder: str, calls: int) -> None:
        mine = and_(self._holds(budget), quota_hold.c.holder == holder)
        connection.execute(update(quota_hold).where(mine).values(held=quota_hold.c.held - calls))
        connection.execute(delete(quota_hold).where(mine, quota_hold.c.held <= 0))

    def _set_hold(self, connection: Connection, budget: Budget, holder: str, calls: int, until: str) -> None:
        connection.execute(delete(quota_hold).where(self._holds(budget), quota_hold.c.holder == holder))
        key = {"account": self.account, "budget": budget.name, "holder": holder}
        connection.execute(insert(quota_hold).values(**key, held=calls, until=until))

    @property
    def _now(self) -> str:
        return stamp(self.database.clock())

    def _period(self, budget: Budget) -> ColumnElement[bool]:
        period = period_of(budget.span, self.database.clock())
        return and_(
            quota_use.c.account == self.account, quota_use.c.budget == budget.name, quota_use.c.period == period
        )

    def _holds(self, budget: Budget) -> ColumnElement[bool]:
        return and_(quota_hold.c.account == self.account, quota_hold.c.budget == budget.name)
