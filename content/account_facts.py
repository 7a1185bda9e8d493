"""What a platform said of an account and may be relied on for a while."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, select

from content.clock import stamp
from content.database import Database, put_row
from content.schema import account_fact


@dataclass(frozen=True)
class Facts:
    """The facts of one account, by name; known to every process."""

    database: Database
    account: str

    def get(self, name: str) -> str:
        """The fact's value; empty where there is none or it has ended."""
        lasting = account_fact.c.until > stamp(self.database.clock())
        with self.database.read() as connection:
            query = select(account_fact.c.value).where(self._this(name), lasting)
            return connection.execute(query).scalar_one_or_none() or ""

    def keep(self, name: str, value: str, until: datetime) -> None:
        with self.database.write() as connection:
            key = {"account": self.account, "name": name}
            put_row(connection, account_fact, key, value=value, until=stamp(until))

    def forget(self, name: str) -> None:
        with self.database.write() as connection:
            connection.execute(delete(account_fact).where(self._this(name)))

    def _this(self, name: str) -> ColumnElement[bool]:
        return and_(account_fact.c.account == self.account, account_fact.c.name == name)
