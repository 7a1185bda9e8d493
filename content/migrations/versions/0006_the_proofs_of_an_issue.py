"""An issue of the gazette: what is frozen and signed of it, whether it is older than the workspace, where readers have it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("proof", "published_at", "url"):
        op.add_column("issue", sa.Column(name, sa.Text()))
    op.add_column("issue", sa.Column("recorded", sa.Boolean(), nullable=False, server_default=sa.text("false")))
    op.execute("UPDATE issue SET published_at = closed_at")
    op.create_table(
        "issue_proof",
        sa.Column("issue", sa.Text(), sa.ForeignKey("issue.id"), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("digest", "contents", *_SIGNED)),
        sa.PrimaryKeyConstraint("issue", "number"),
        sa.UniqueConstraint("digest"),
    )
    op.create_table(
        "issue_signoff",
        sa.Column("proof", sa.Text(), sa.ForeignKey("issue_proof.digest"), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("level", *_SIGNED)),
        sa.PrimaryKeyConstraint("proof", "level"),
        sa.UniqueConstraint("proof", "person"),
    )


_SIGNED = ("person", "statement", "signature", "at")
