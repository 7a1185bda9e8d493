"""The tables of the print gazette: issues, what joined them, their proofs and the sign-offs on these."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from content.schema import metadata

issue_table = Table(
    "issue",
    metadata,
    Column("id", Text, primary_key=True),
    Column("year", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("total_number", Integer),
    Column("state", Text, nullable=False),
    Column("opened_at", Text, nullable=False),
    Column("closed_at", Text),
    Column("issued_on", Text),
    Column("pdf_digest", Text),
    Column("copies", Integer),
    Column("proof", Text),
    Column("recorded", Boolean, nullable=False, server_default=text("false")),
    Column("published_at", Text),
    Column("url", Text),
    UniqueConstraint("year", "number"),
    CheckConstraint("state IN ('open', 'closed')", name="issue_state_word"),
)
Index(
    "issue_one_open",
    issue_table.c.state,
    unique=True,
    sqlite_where=text("state = 'open'"),
    postgresql_where=text("state = 'open'"),
)

entry_table = Table(
    "issue_entry",
    metadata,
    Column("issue", Text, ForeignKey("issue.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("section", Text, nullable=False),
    Column("item_id", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("action", Text, nullable=False),
    Column("round", Integer, nullable=False),
    Column("parts", Text, nullable=False),
    Column("added_at", Text, nullable=False),
    UniqueConstraint("item_id", "sequence", "action", "round"),
)

proof_table = Table(
    "issue_proof",
    metadata,
    Column("issue", Text, ForeignKey("issue.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("digest", Text, nullable=False, unique=True),
    Column("contents", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("statement", Text, nullable=False),
    Column("signature", Text, nullable=False),
    Column("at", Text, nullable=False),
)

issue_signoff = Table(
    "issue_signoff",
    metadata,
    Column("proof", Text, ForeignKey("issue_proof.digest"), primary_key=True),
    Column("level", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("statement", Text, nullable=False),
    Column("signature", Text, nullable=False),
    Column("at", Text, nullable=False),
    UniqueConstraint("proof", "person"),
)
