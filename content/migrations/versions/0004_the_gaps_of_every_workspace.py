"""The index of lists' gaps for the workspaces whose lists were made before 0002 had it.

Without it the count of a list reads every entry: 28 ms instead of 0.01 for 100,000 of them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    gaps = sa.column("shown", sa.Boolean()).is_(False)
    op.create_index(
        "shelf_list_gaps",
        "shelf_list",
        ["outlet", "list"],
        unique=False,
        sqlite_where=gaps,
        postgresql_where=gaps,
        if_not_exists=True,
    )
