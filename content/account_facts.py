"""What a platform said of an account and may be relied on for a while; and who is asking it now."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, bindparam, delete, select

from content.clock import stamp
from content.database import Database, put_row, serialise
from content.schema import account_fact

T = TypeVar("T")
LEASE = timedelta(seconds=60)
"""So long another process is waited for that asks; then it is taken for dead. Longer than the time-outs of a call."""
PATIENCE_SECONDS = 65.0
_PAUSE_SECONDS = 0.05
_LASTING = select(account_fact.c.value).where(
    account_fact.c.account == bindparam("of_account"),
    account_fact.c.name == bindparam("named"),
    account_fact.c.until > bindparam("now"),
)


class FactBusy(Exception):
    """Another process has been asking for too long."""


@dataclass(frozen=True)
class Facts:
    """The facts of one account, or of the workspace, by name; known to every process."""

    database: Database
    account: str

    def get(self, name: str) -> str:
        """The fact's value; empty where there is none or it has ended."""
        this = {"of_account": self.account, "named": name, "now": stamp(self.database.clock())}
        with self.database.read() as connection:
            return connection.execute(_LASTING, this).scalar_one_or_none() or ""

    def keep(self, name: str, value: str, until: datetime) -> None:
        with self.database.write() as connection:
            put_row(connection, account_fact, self._key(name), value=value, until=stamp(until))

    def claim(self, name: str, value: str, until: datetime) -> bool:
        """Keeps the fact unless there is one that lasts; whether it did: of several processes one, until it ends."""
        with self.database.write() as connection:
            serialise(connection, f"fact {self.account} {name}")
            lasting = and_(self._this(name), account_fact.c.until > stamp(self.database.clock()))
            if connection.execute(select(account_fact.c.value).where(lasting)).first() is not None:
                return False
            put_row(connection, account_fact, self._key(name), value=value, until=stamp(until))
            return True

    def learnt(self, name: str, known: Callable[[], T | None], ask: Callable[[], T]) -> T:
        """What is *known* already, else what *ask* brings, which keeps it where *known* finds it. One asks at a time, and
        the others wait for its answer. Raises FactBusy, and what *ask* raises."""
        turn, mine, limit = f"asking for {name}", uuid4().hex, time.monotonic() + PATIENCE_SECONDS
        while (found := known()) is None:
            if self.claim(turn, mine, self.database.clock() + LEASE):
                return self._asked(turn, mine, known, ask)
            if time.monotonic() > limit:
                raise FactBusy(f"another process has been asking for the {name} of {self.account}")
            time.sleep(_PAUSE_SECONDS)
        return found

    def _asked(self, turn: str, mine: str, known: Callable[[], T | None], ask: Callable[[], T]) -> T:
        """Who had the turn before may have learnt it after we looked."""
        try:
            found = known()
            return ask() if found is None else found
        finally:
            with self.database.write() as connection:
                connection.execute(delete(account_fact).where(self._this(turn), account_fact.c.value == mine))

    def forget(self, name: str) -> bool:
        """Whether it was there: of several who forget it at once, one is told so."""
        with self.database.write() as connection:
            return connection.execute(delete(account_fact).where(self._this(name))).rowcount > 0

    def _key(self, name: str) -> dict[str, str]:
        return {"account": self.account, "name": name}

    def _this(self, name: str) -> ColumnElement[bool]:
        return and_(account_fact.c.account == self.account, account_fact.c.name == name)
