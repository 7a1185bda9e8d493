"""Migrations of the ledger's database (Alembic). Ordered and append-only; each runs in one transaction with its record."""

from pathlib import Path

from sqlalchemy import inspect, text

from content.database import Database, DatabaseUnusable, serialise_events

HEAD = "0006"
"""The newest revision under ``versions/``; a test holds it against the folder."""


def upgrade(database: Database, to: str = HEAD) -> None:
    """Brings the tables up to date; costs one query when they are. Raises DatabaseUnusable for a newer database."""
    found = version(database)
    if found == to:
        return
    if found is not None and found > HEAD:
        raise DatabaseUnusable(
            f"the database was made by a newer tongbu ({found}, this one knows {HEAD}): update tongbu"
        )
    _run_alembic(database, to)


def version(database: Database) -> str | None:
    """The revision that the database is at; None for an empty one."""
    with database.read() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
        return found


def _run_alembic(database: Database, to: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    with database.write() as connection:
        serialise_events(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, to)
