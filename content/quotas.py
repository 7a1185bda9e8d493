"""How often an account may call its platform: budgets as data, uses and reserves kept for all processes (engine.md S5b)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, delete, func, insert, select, update

from content.clock import in_china, stamp
from content.database import Database, serialise
from content.schema import quota_hold, quota_use


class Span(StrEnum):
    """The period that a budget is for, on the platforms' clock (Asia/Shanghai)."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


# Built once: every call to a platform is paid for, and making a statement costs more than running it.
_THIS_PERIOD = and_(
    quota_use.c.account == bindparam("of_account"),
    quota_use.c.budget == bindparam("of_budget"),
    quota_use.c.period == bindparam("of_period"),
)
_HOLDS = and_(quota_hold.c.account == bindparam("of_account"), quota_hold.c.budget == bindparam("of_budget"))
_USED = select(quota_use.c.used).where(_THIS_PERIOD).scalar_subquery()
_FOR_OTHERS = (
    select(func.coalesce(func.sum(quota_hold.c.held), 0))
    .where(_HOLDS, quota_hold.c.holder != bindparam("of_holder"), quota_hold.c.until > bindparam("of_now"))
    .scalar_subquery()
)
_TAKEN = select((func.coalesce(_USED, 0)).label("used"), _FOR_OTHERS.label("held"))
_FITS = quota_use.c.used + _FOR_OTHERS <= bindparam("at_most")
_ADD = update(quota_use).where(_THIS_PERIOD).values(used=quota_use.c.used + bindparam("calls"))
_ADD_WHERE_IT_FITS = _ADD.where(_FITS)
_FEWER = case((quota_use.c.used > bindparam("calls"), quota_use.c.used - bindparam("calls")), else_=0)
_GIVE_BACK = update(quota_use).where(_THIS_PERIOD).values(used=_FEWER)
_LESS_HELD = case((quota_hold.c.held > bindparam("calls"), quota_hold.c.held - bindparam("calls")), else_=0)
_USE_UP_HOLD = update(quota_hold).where(_HOLDS, quota_hold.c.holder == bindparam("of_holder")).values(held=_LESS_HELD)
_OF_HOLDER = and_(quota_hold.c.account == bindparam("of_account"), quota_hold.c.holder == bindparam("of_holder"))
_SETTLE = delete(quota_hold).where(_OF_HOLDER)
_FORGET_HOLDS = _SETTLE.where(quota_hold.c.budget.in_(bindparam("of_budgets", expanding=True)))
_BEGIN_PERIOD, _HOLD = insert(quota_use), insert(quota_hold)

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
                this = self._this(budget, holder) | {"calls": calls}
                if not connection.execute(
                    _ADD_WHERE_IT_FITS, this | {"at_most": budget.most - calls - leaving}
                ).rowcount:
                    self._require(connection, budget, calls + leaving, holder)
                    self._add(connection, budget, calls)
                if holder:
                    connection.execute(_USE_UP_HOLD, this)

    def hold(self, costs: Mapping[Budget, int], holder: str, until: datetime) -> None:
        """Keeps calls for *holder*, in place of what was kept for it before; after *until* they are free again.

        Raises Spent and then changes nothing.
        """
        key = {"account": self.account, "holder": holder, "until": stamp(until)}
        kept = [{**key, "budget": budget.name, "held": calls} for budget, calls in costs.items()]
        with self._alone() as connection:
            for budget, calls in costs.items():
                self._require(connection, budget, calls, holder)
            if kept:
                names = [budget.name for budget in costs]
                connection.execute(_FORGET_HOLDS, self._of(holder) | {"of_budgets": names})
                connection.execute(_HOLD, kept)

    def settle(self, holder: str) -> None:
        """Gives back what is kept for *holder*: it has nothing more to ask."""
        with self._alone() as connection:
            connection.execute(_SETTLE, self._of(holder))

    def give_back(self, costs: Mapping[Budget, int]) -> None:
        """Calls of this period that were paid for and provably not made."""
        with self._alone() as connection:
            for budget, calls in costs.items():
                connection.execute(_GIVE_BACK, self._this(budget) | {"calls": calls})

    def told(self, budget: Budget, left: int) -> None:
        """The platform says how many calls are left; what others made of the same account is seen so. Never more than
        our own count allows."""
        with self._alone() as connection:
            used = connection.execute(_TAKEN, self._this(budget)).one().used
            missing = budget.most - max(0, left) - used
            if missing > 0:
                self._add(connection, budget, missing)

    @contextmanager
    def _alone(self) -> Iterator[Connection]:
        with self.database.note() as connection:
            serialise(connection, f"quotas {self.account}")
            yield connection

    def _require(self, connection: Connection, budget: Budget, calls: int, holder: str) -> None:
        left = self._left(connection, budget, holder)
        if calls > left:
            raise Spent(budget, left, calls, next_period(budget.span, self.database.clock()))

    def _left(self, connection: Connection, budget: Budget, holder: str) -> int:
        taken = connection.execute(_TAKEN, self._this(budget, holder)).one()
        return max(0, budget.most - int(taken.used) - int(taken.held))

    def _add(self, connection: Connection, budget: Budget, calls: int) -> None:
        this = self._this(budget)
        if not connection.execute(_ADD, this | {"calls": calls}).rowcount:
            row = {"account": self.account, "budget": budget.name, "period": this["of_period"], "used": calls}
            connection.execute(_BEGIN_PERIOD, row)

    def _of(self, holder: str) -> dict[str, Any]:
        return {"of_account": self.account, "of_holder": holder}

    def _this(self, budget: Budget, holder: str = "") -> dict[str, Any]:
        now = self.database.clock()
        period = period_of(budget.span, now)
        return {**self._of(holder), "of_budget": budget.name, "of_period": period, "of_now": stamp(now)}
