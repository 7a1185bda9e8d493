"""Migrations: from nothing to the tables that the code describes, on both databases."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

import content.gazette  # noqa: F401 # its tables belong to the metadata
from content import migrations
from content.database import Database, DatabaseUnusable, open_database
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


def test_columns_of_an_older_workspace_become_lists_in_the_order_that_readers_saw(tmp_path: Path) -> None:
    old = open_database(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    migrations.upgrade(old, "0001")
    rows = [("zcwj", f"2026-11-2{day}T00:00:00.000000+00:00", f"100{day}") for day in (3, 1, 2)]
    with old.write() as connection:
        for column, at, item in rows:
            connection.execute(
                text("INSERT INTO shelf_column VALUES ('portal', :column, :at, :item)"),
                {"column": column, "at": at, "item": item},
            )
    migrations.upgrade(old)
    with old.read() as connection:
        found = connection.execute(text("SELECT list, slot, item, shown FROM shelf_list ORDER BY slot")).all()
    old.engine.dispose()
    assert [tuple(row) for row in found] == [("column/zcwj", slot, f"100{slot + 1}", 1) for slot in range(3)]


def test_a_workspace_made_before_the_index_of_gaps_gets_it(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    migrations.upgrade(database, "0003")
    with database.write() as connection:
        connection.execute(text("DROP INDEX shelf_list_gaps"))
    migrations.upgrade(database)
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert "shelf_list_gaps" in {index["name"] for index in inspect(connection).get_indexes("shelf_list")}
    database.engine.dispose()
