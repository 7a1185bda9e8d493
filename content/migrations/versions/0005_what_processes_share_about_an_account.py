"""What all processes share about an account at a platform: token, quotas, uploads; and what it counted of deliveries."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _text_table("platform_token", ["account"], ["sealed", "ends_at", "fetching_until"])
    _text_table("quota_use", ["account", "budget", "period"], [], sa.Column("used", sa.Integer(), nullable=False))
    _text_table(
        "quota_hold", ["account", "budget", "holder"], ["until"], sa.Column("held", sa.Integer(), nullable=False)
    )
    _text_table("account_fact", ["account", "name"], ["value", "until"])
    _text_table("upload", ["account", "use", "digest"], ["reference", "at"])
    op.create_table(
        "reads",
        sa.Column("delivery", sa.Integer(), sa.ForeignKey("delivery.id"), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Integer()) for name in ("reads", "shares", "likes", "comments")),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("delivery", "day"),
    )


def _text_table(name: str, key: list[str], others: list[str], *more: sa.Column[int]) -> None:
    columns = [sa.Column(column, sa.Text(), nullable=False) for column in (*key, *others)]
    op.create_table(name, *columns, *more, sa.PrimaryKeyConstraint(*key))
