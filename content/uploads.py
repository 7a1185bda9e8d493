"""What a platform was given, by the hash of the bytes, and what it calls it, so that nothing goes up twice.

It may be lost: then files are uploaded again, which costs the account's library a copy and nothing else.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, delete, select

from content.canonical import digest
from content.clock import stamp
from content.database import Database, put_row
from content.schema import upload


@dataclass(frozen=True)
class Uploads:
    """The uploads of one account; *use* is what they are for (``cover``, ``body``)."""

    database: Database
    account: str

    def get(self, use: str, data: bytes) -> str:
        """What the platform called these bytes; empty when it has not had them."""
        with self.database.read() as connection:
            found = connection.execute(select(upload.c.reference).where(self._this(use, data))).scalar_one_or_none()
            return found or ""

    def put(self, use: str, data: bytes, reference: str) -> None:
        key = {"account": self.account, "use": use, "digest": digest(data)}
        with self.database.write() as connection:
            put_row(connection, upload, key, reference=reference, at=stamp(self.database.clock()))

    def forget(self, use: str, data: bytes) -> None:
        with self.database.write() as connection:
            connection.execute(delete(upload).where(self._this(use, data)))

    def _this(self, use: str, data: bytes) -> ColumnElement[bool]:
        return and_(upload.c.account == self.account, upload.c.use == use, upload.c.digest == digest(data))
