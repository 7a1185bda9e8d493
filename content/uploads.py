"""What a platform was given, by the hash of the bytes, and what it calls it, so that nothing goes up twice.

It may be lost: then files are uploaded again, which costs the account's library a copy and nothing else.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, bindparam, delete, select

from content.canonical import digest
from content.clock import stamp
from content.database import Database, put_row
from content.schema import upload

_REFERENCE = select(upload.c.reference).where(
    upload.c.account == bindparam("of_account"),
    upload.c.use == bindparam("for_use"),
    upload.c.digest == bindparam("named"),
)


@dataclass(frozen=True)
class Uploads:
    """The uploads of one account; *use* is what they are for (``cover``, ``body``)."""

    database: Database
    account: str

    def get(self, use: str, data: bytes) -> str:
        """What the platform called these bytes; empty when it has not had them."""
        with self.database.read() as connection:
            this = {"of_account": self.account, "for_use": use, "named": digest(data)}
            return connection.execute(_REFERENCE, this).scalar_one_or_none() or ""

    def put(self, use: str, data: bytes, reference: str) -> None:
        key = {"account": self.account, "use": use, "digest": digest(data)}
        with self.database.note() as connection:
            put_row(connection, upload, key, reference=reference, at=stamp(self.database.clock()))

    def forget(self, use: str, data: bytes) -> None:
        with self.database.note() as connection:
            connection.execute(delete(upload).where(self._this(use, data)))

    def _this(self, use: str, data: bytes) -> ColumnElement[bool]:
        return and_(upload.c.account == self.account, upload.c.use == use, upload.c.digest == digest(data))
