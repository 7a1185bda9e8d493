"""Lists with slots that an item keeps, and the files of a site with their digests."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _make_lists()
    _fill_lists()
    op.drop_table("shelf_column")
    op.add_column("shelf", sa.Column("lists", sa.Text(), nullable=False, server_default="[]"))
    _make_site_files()


def _name() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _make_lists() -> None:
    op.create_table(
        "shelf_list",
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("list", _name(), nullable=False),
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("outlet", "list", "slot"),
        sa.UniqueConstraint("outlet", "item", "list"),
    )
    gaps = sa.column("shown", sa.Boolean()).is_(False)
    op.create_index(
        "shelf_list_gaps", "shelf_list", ["outlet", "list"], unique=False, sqlite_where=gaps, postgresql_where=gaps
    )


def _fill_lists() -> None:
    """Columns become lists in the order in which readers saw them; ``tongbu rebuild`` adds the other lists."""
    op.execute(
        "INSERT INTO shelf_list (outlet, list, slot, item, shown) "
        "SELECT outlet, 'column/' || \"column\", "
        'row_number() OVER (PARTITION BY outlet, "column" ORDER BY published_at, item) - 1, item, true '
        "FROM shelf_column"
    )


def _make_site_files() -> None:
    op.create_table(
        "site_file",
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("path", _name(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("writer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("outlet", "generation", "path"),
    )
    op.create_table(
        "site_pending",
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("path", _name(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("outlet", "path"),
    )
    op.create_index("site_pending_order", "site_pending", ["outlet", "serial"], unique=False)
