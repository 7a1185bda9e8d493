"""Migrations: from nothing to the tables that the code describes, on both databases."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

import content.gazette  # noqa: F401 # its tables belong to the metadata
from content import migrations
from content.database import Database, DatabaseUnusable
from content.schema import metadata


def test_the_migrated_database_is_what_the_code_describes(database: Database) -> None:
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_upgrading_again_changes_nothing(database: Database) -> None:
    migrations.upgrade(database)
    assert migrations.version(database) == migrations.HEAD


def test_head_names_the_newest_file() -> None:
    folder = Path(migrations.__file__).parent / "versions"
    assert max(path.name[:4] for path in folder.glob("0*.py")) == migrations.HEAD


def test_a_database_of_a_newer_version_is_refused_with_the_mend(database: Database) -> None:
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseUnusable, match="update tongbu"):
        migrations.upgrade(database)
