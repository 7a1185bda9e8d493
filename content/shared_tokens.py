"""The access token of an account, fetched by one process and used by all (engine.md R10; contracts: WeChat 2)."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, insert, select, update

from content.clock import stamp, unstamp
from content.database import Database, serialise
from content.schema import platform_token
from content.sealing import SealBroken, Sealing

_LEASE = timedelta(seconds=30)
_PATIENCE_SECONDS = 35.0
_PAUSE_SECONDS = 0.05


_CURRENT = select(platform_token.c.sealed, platform_token.c.ends_at).where(
    platform_token.c.account == bindparam("of_account")
)


class TokenBusy(Exception):
    """Another process has been fetching the token for too long."""


@dataclass(frozen=True)
class Token:
    """A token and when it is no longer to be used."""

    text: str = field(repr=False)
    ends_at: datetime


@dataclass(frozen=True)
class SharedTokens:
    """The token of one account, sealed in the database."""

    database: Database
    account: str
    sealing: Sealing

    def current(self) -> Token | None:
        """The token that is in use; None where there is none, it has ended, or the key was changed."""
        with self.database.read() as connection:
            row = connection.execute(_CURRENT, {"of_account": self.account}).one_or_none()
        if row is None or not row.sealed or unstamp(row.ends_at) <= self.database.clock():
            return None
        try:
            return Token(self.sealing.opened(row.sealed, self.account), unstamp(row.ends_at))
        except SealBroken:
            return None

    def other_than(self, stale: str, fetch: Callable[[], Token]) -> Token:
        """A token that is not *stale*: the one in use, else one that *fetch* gets; one process fetches at a time.

        Raises TokenBusy, and what *fetch* raises.
        """
        limit = time.monotonic() + _PATIENCE_SECONDS
        while True:
            if (known := self._known_but(stale)) is not None:
                return known
            if self._claim():
                return self._fetched(stale, fetch)
            if time.monotonic() > limit:
                raise TokenBusy(f"the token of {self.account} is being fetched by another process")
            time.sleep(_PAUSE_SECONDS)

    def _known_but(self, stale: str) -> Token | None:
        known = self.current()
        return known if known is not None and known.text != stale else None

    def _fetched(self, stale: str, fetch: Callable[[], Token]) -> Token:
        """Who had the turn before may have fetched it after we looked."""
        try:
            token = self._known_but(stale) or fetch()
        except BaseException:
            self._write(fetching_until="")
            raise
        sealed = self.sealing.seal(token.text, self.account)
        self._write(sealed=sealed, ends_at=stamp(token.ends_at), fetching_until="")
        return token

    def _claim(self) -> bool:
        """One statement decides who fetches; who was killed while fetching loses the turn after a while."""
        now = self.database.clock()
        with self.database.note() as connection:
            serialise(connection, f"token {self.account}")
            known = connection.execute(select(platform_token.c.account).where(self._mine)).one_or_none()
            if known is None:
                row = {"account": self.account, "sealed": "", "ends_at": "", "fetching_until": stamp(now + _LEASE)}
                connection.execute(insert(platform_token).values(row))
                return True
            free = platform_token.c.fetching_until < stamp(now)
            turn = update(platform_token).where(self._mine, free).values(fetching_until=stamp(now + _LEASE))
            return connection.execute(turn).rowcount == 1

    def _write(self, **values: str) -> None:
        with self.database.note() as connection:
            connection.execute(update(platform_token).where(self._mine).values(**values))

    @property
    def _mine(self) -> ColumnElement[bool]:
        return platform_token.c.account == self.account
