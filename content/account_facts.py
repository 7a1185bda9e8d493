"""What a platform said of an account and may be relied on for a while; and who is asking it now."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import uuid4

from sqlalchemy import Connection, and_, bindparam, delete, select

from content.clock import stamp
from content.database import Database, put_row, serialise
from content.schema import account_fact

T = TypeVar("T")
LEASE = timedelta(seconds=60)
"""So long another process is waited for that asks; then it is taken for dead. Longer than the time-outs of a call."""
PATIENCE_SECONDS = 65.0
_PAUSE_SECONDS = 0.05
# Built once: making a statement costs more than running it.
_THIS = and_(account_fact.c.account == bindparam("of_account"), account_fact.c.name == bindparam("named"))
_LASTING = select(account_fact.c.value).where(_THIS, account_fact.c.until > bindparam("now"))
_FORGET = delete(account_fact).where(_THIS)
_END_TURN = _FORGET.where(account_fact.c.value == bindparam("mine"))


class FactBusy(Exception):
    """Another process has been asking for too long."""


@dataclass(frozen=True)
class Facts:
    """The facts of one account, or of the workspace, by name; known to every process."""

    database: Database
    account: str

    def get(self, name: str) -> str:
        """The fact's value; empty where there is none or it has ended."""
        with self.database.read() as connection:
            return self._lasting(connection, name) or ""

    def keep(self, name: str, value: str, until: datetime) -> None:
        with self.database.write() as connection:
            put_row(connection, account_fact, self._key(name), value=value, until=stamp(until))

    def claim(self, name: str, value: str, until: datetime) -> bool:
        """Keeps the fact unless there is one that lasts; whether it did: of several processes one, until it ends."""
        with self.database.write() as connection:
            serialise(connection, f"fact {self.account} {name}")
            if self._lasting(connection, name) is not None:
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
                connection.execute(_END_TURN, self._this(turn) | {"mine": mine})

    def forget(self, name: str) -> bool:
        """Whether it was there: of several who forget it at once, one is told so."""
        with self.database.write() as connection:
            return connection.execute(_FORGET, self._this(name)).rowcount > 0

    def _lasting(self, connection: Connection, name: str) -> str | None:
        now = {"now": stamp(self.database.clock())}
        return connection.execute(_LASTING, self._this(name) | now).scalar_one_or_none()

    def _key(self, name: str) -> dict[str, str]:
        return {"account": self.account, "name": name}

    def _this(self, name: str) -> dict[str, str]:
        return {"of_account": self.account, "named": name}
