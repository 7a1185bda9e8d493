"""What lists show of an entry, beside the whole of its data; where it is empty the data is read."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("shelf", sa.Column("brief", sa.Text(), nullable=False, server_default=""))
