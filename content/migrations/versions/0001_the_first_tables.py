"""the first tables"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _make_broadcast()
    _make_event()
    _make_halt()
    _make_issue()
    _make_item()
    _make_person()
    _make_shelf()
    _make_shelf_column()
    _make_shelf_reference()
    _make_workspace()
    _make_issue_entry()
    _make_revision()
    _make_override()
    _make_package()
    _make_delivery()
    _make_rendition()
    _make_signoff()
    _make_attempt()
    _forbid_rewriting("event")
    _forbid_rewriting("attempt", only_delete=True)


def _make_broadcast() -> None:
    op.create_table(
        "broadcast",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ordered_by", sa.Text(), nullable=False),
        sa.Column("ordered_at", sa.Text(), nullable=False),
        sa.Column("order", sa.Text(), nullable=False),
        sa.Column("not_before", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("skew_seconds", sa.Text(), nullable=True),
        sa.Column("finished_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )


def _make_event() -> None:
    op.create_table(
        "event",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("hash"),
    )
    op.create_index("event_subject", "event", ["subject", "seq"], unique=False)


def _make_halt() -> None:
    op.create_table(
        "halt",
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("outlet"),
    )


def _make_issue() -> None:
    op.create_table(
        "issue",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("total_number", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.Text(), nullable=True),
        sa.Column("issued_on", sa.Text(), nullable=True),
        sa.Column("pdf_digest", sa.Text(), nullable=True),
        sa.Column("copies", sa.Integer(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'closed')", name="issue_state_word"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("year", "number"),
    )
    op.create_index(
        "issue_one_open",
        "issue",
        ["state"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )


def _make_item() -> None:
    op.create_table(
        "item",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("organ", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("document_number", sa.Text(), nullable=False),
        sa.Column("submitted_at", sa.Text(), nullable=False),
        sa.Column("index_number", sa.Text(), nullable=True),
        sa.Column("index_year", sa.Integer(), nullable=True),
        sa.Column("index_serial", sa.Integer(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("assigned_at", sa.Text(), nullable=True),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("address"),
        sa.UniqueConstraint("index_number"),
        sa.UniqueConstraint("index_year", "index_serial"),
    )
    op.create_index("item_document_number", "item", ["document_number"], unique=False)


def _make_person() -> None:
    op.create_table(
        "person",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("added_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _make_shelf() -> None:
    op.create_table(
        "shelf",
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("organ", sa.Text(), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("published_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("outlet", "item"),
    )
    op.create_index("shelf_latest", "shelf", ["outlet", "withdrawn", "published_at", "item"], unique=False)


def _make_shelf_column() -> None:
    op.create_table(
        "shelf_column",
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("column", sa.Text(), nullable=False),
        sa.Column("published_at", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("outlet", "column", "published_at", "item"),
    )
    op.create_index("shelf_column_item", "shelf_column", ["outlet", "item"], unique=False)


def _make_shelf_reference() -> None:
    op.create_table(
        "shelf_reference",
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("outlet", "reference", "item", "role"),
    )
    op.create_index("shelf_reference_item", "shelf_reference", ["outlet", "item"], unique=False)


def _make_workspace() -> None:
    op.create_table(
        "workspace",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _make_issue_entry() -> None:
    op.create_table(
        "issue_entry",
        sa.Column("issue", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Text(), nullable=False),
        sa.Column("added_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issue"],
            ["issue.id"],
        ),
        sa.PrimaryKeyConstraint("issue", "position"),
        sa.UniqueConstraint("item_id", "sequence", "action", "round"),
    )


def _make_revision() -> None:
    op.create_table(
        "revision",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("item", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("cleaned", sa.Text(), nullable=False),
        sa.Column("handed_in_by", sa.Text(), nullable=False),
        sa.Column("handed_in_at", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["handed_in_by"],
            ["person.name"],
        ),
        sa.ForeignKeyConstraint(
            ["item"],
            ["item.number"],
        ),
        sa.PrimaryKeyConstraint("digest"),
        sa.UniqueConstraint("item", "sequence"),
    )


def _make_override() -> None:
    op.create_table(
        "override",
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"],
            ["person.name"],
        ),
        sa.ForeignKeyConstraint(
            ["revision"],
            ["revision.digest"],
        ),
        sa.PrimaryKeyConstraint("revision", "code"),
    )


def _make_package() -> None:
    op.create_table(
        "package",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("item", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("frozen_at", sa.Text(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.CheckConstraint("action IN ('publish', 'correct', 'withdraw', 'mark')", name="action_word"),
        sa.ForeignKeyConstraint(
            ["item"],
            ["item.number"],
        ),
        sa.ForeignKeyConstraint(
            ["revision"],
            ["revision.digest"],
        ),
        sa.PrimaryKeyConstraint("digest"),
        sa.UniqueConstraint("serial"),
    )
    op.create_index("package_item", "package", ["item", "serial"], unique=False)


def _make_delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("package", sa.Text(), nullable=False),
        sa.Column("item", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("row", sa.Text(), nullable=False),
        sa.Column("direct", sa.Boolean(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.Text(), nullable=False),
        sa.Column("since", sa.Text(), nullable=True),
        sa.Column("at", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.Text(), nullable=True),
        sa.Column("look_after", sa.Text(), nullable=True),
        sa.Column("absent_reads", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("prepared", sa.Text(), nullable=True),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.Text(), nullable=True),
        sa.Column("live_at", sa.Text(), nullable=True),
        sa.Column("live_month", sa.Text(), nullable=True),
        sa.Column("observed_at", sa.Text(), nullable=True),
        sa.CheckConstraint("action IN ('publish', 'correct', 'withdraw', 'mark')", name="action_word"),
        sa.CheckConstraint(
            "state IN ('planned', 'prepared', 'sending', 'accepted', 'live', 'unknown', 'refused', 'held', 'cancelled')",
            name="state_word",
        ),
        sa.ForeignKeyConstraint(
            ["item"],
            ["item.number"],
        ),
        sa.ForeignKeyConstraint(
            ["package"],
            ["package.digest"],
        ),
        sa.ForeignKeyConstraint(
            ["revision"],
            ["revision.digest"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("item", "revision", "outlet", "action", "round"),
    )
    op.create_index("delivery_counts", "delivery", ["action", "row", "item", "live_month"], unique=False)
    op.create_index(
        "delivery_outlets", "delivery", ["action", "outlet", "item", "row", "channel", "live_month"], unique=False
    )
    op.create_index("delivery_item_outlet", "delivery", ["item", "outlet"], unique=False)
    op.create_index("delivery_state", "delivery", ["state", "outlet"], unique=False)


def _make_rendition() -> None:
    op.create_table(
        "rendition",
        sa.Column("package", sa.Text(), nullable=False),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["package"],
            ["package.digest"],
        ),
        sa.PrimaryKeyConstraint("package", "outlet"),
    )


def _make_signoff() -> None:
    op.create_table(
        "signoff",
        sa.Column("package", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["package"],
            ["package.digest"],
        ),
        sa.ForeignKeyConstraint(
            ["person"],
            ["person.name"],
        ),
        sa.PrimaryKeyConstraint("package", "level"),
        sa.UniqueConstraint("package", "person"),
    )


def _make_attempt() -> None:
    op.create_table(
        "attempt",
        sa.Column("delivery", sa.Integer(), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.Text(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("rendition", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery"],
            ["delivery.id"],
        ),
        sa.PrimaryKeyConstraint("delivery", "token"),
    )


def _forbid_rewriting(table: str, *, only_delete: bool = False) -> None:
    """The log is append-only for everybody who does not take the trigger away, which ``verify`` would notice."""
    verbs = ("DELETE",) if only_delete else ("UPDATE", "DELETE")
    if op.get_bind().dialect.name == "sqlite":
        for verb in verbs:
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE {' OR '.join(verbs)} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_append_only()"
    )
