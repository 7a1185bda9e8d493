"""The tables, as SQLAlchemy Core describes them; Alembic's migrations are checked against ``metadata``.

Moments are text in UTC as ``clock.stamp`` writes them, so that text order is time order on both databases. Months are
``YYYY-MM`` as the readers' calendar (Asia/Shanghai) has them.
"""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from content.vocabulary import Action, State

metadata = MetaData()


def _one_of(column: str, words: type[State] | type[Action]) -> CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_word")


workspace = Table("workspace", metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))

person = Table(
    "person",
    metadata,
    Column("name", Text, primary_key=True),
    Column("unit", Text, nullable=False),
    Column("roles", Text, nullable=False),
    Column("public_key", Text, nullable=False),
    Column("disabled", Boolean, nullable=False, default=False),
    Column("added_at", Text, nullable=False),
)

item = Table(
    "item",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("organ", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("document_number", Text, nullable=False),
    Column("submitted_at", Text, nullable=False),
    Column("index_number", Text, unique=True),
    Column("index_year", Integer),
    Column("index_serial", Integer),
    Column("address", Text, unique=True),
    Column("assigned_at", Text),
    Column("effect", Text, nullable=False),
    UniqueConstraint("index_year", "index_serial"),
)
Index("item_document_number", item.c.document_number)

revision = Table(
    "revision",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("item", Integer, ForeignKey("item.number"), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("content", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("cleaned", Text, nullable=False),
    Column("handed_in_by", Text, ForeignKey("person.name"), nullable=False),
    Column("handed_in_at", Text, nullable=False),
    Column("signature", Text, nullable=False),
    UniqueConstraint("item", "sequence"),
)

override = Table(
    "override",
    metadata,
    Column("revision", Text, ForeignKey("revision.digest"), primary_key=True),
    Column("code", Text, primary_key=True),
    Column("person", Text, ForeignKey("person.name"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("signature", Text, nullable=False),
)

package = Table(
    "package",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("item", Integer, ForeignKey("item.number"), nullable=False),
    Column("revision", Text, ForeignKey("revision.digest"), nullable=False),
    Column("action", Text, nullable=False),
    Column("manifest", Text, nullable=False),
    Column("frozen_at", Text, nullable=False),
    Column("serial", Integer, nullable=False, unique=True),
    _one_of("action", Action),
)
Index("package_item", package.c.item, package.c.serial)

rendition = Table(
    "rendition",
    metadata,
    Column("package", Text, ForeignKey("package.digest"), primary_key=True),
    Column("outlet", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("manifest", Text, nullable=False),
)

signoff = Table(
    "signoff",
    metadata,
    Column("package", Text, ForeignKey("package.digest"), primary_key=True),
    Column("level", Text, primary_key=True),
    Column("person", Text, ForeignKey("person.name"), nullable=False),
    Column("statement", Text, nullable=False),
    Column("signature", Text, nullable=False),
    Column("at", Text, nullable=False),
    UniqueConstraint("package", "person"),
)

broadcast = Table(
    "broadcast",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("ordered_by", Text, nullable=False),
    Column("ordered_at", Text, nullable=False),
    Column("order", Text, nullable=False),
    Column("not_before", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("skew_seconds", Text),
    Column("finished_at", Text),
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("package", Text, ForeignKey("package.digest"), nullable=False),
    Column("item", Integer, ForeignKey("item.number"), nullable=False),
    Column("revision", Text, ForeignKey("revision.digest"), nullable=False),
    Column("outlet", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("row", Text, nullable=False),
    Column("direct", Boolean, nullable=False),
    Column("required", Boolean, nullable=False),
    Column("action", Text, nullable=False),
    Column("round", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("token", Integer, nullable=False),
    Column("not_before", Text, nullable=False),
    Column("since", Text),
    Column("at", Text),
    Column("lease_until", Text),
    Column("look_after", Text),
    Column("absent_reads", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("prepared", Text),
    Column("receipt", Text),
    Column("problem", Text, nullable=False),
    Column("answered_at", Text),
    Column("live_at", Text),
    Column("live_month", Text),
    Column("observed_at", Text),
    UniqueConstraint("item", "revision", "outlet", "action", "round"),
    _one_of("state", State),
    _one_of("action", Action),
)
Index("delivery_item_outlet", delivery.c.item, delivery.c.outlet)
Index("delivery_state", delivery.c.state, delivery.c.outlet)
# In the order in which the counts group, so that they are answered from the index alone (design: Measured).
Index("delivery_counts", delivery.c.action, delivery.c.row, delivery.c.item, delivery.c.live_month)
Index(
    "delivery_outlets",
    delivery.c.action,
    delivery.c.outlet,
    delivery.c.item,
    delivery.c.row,
    delivery.c.channel,
    delivery.c.live_month,
)

attempt = Table(
    "attempt",
    metadata,
    Column("delivery", Integer, ForeignKey("delivery.id"), primary_key=True),
    Column("token", Integer, primary_key=True),
    Column("started_at", Text, nullable=False),
    Column("process", Text, nullable=False),
    Column("rendition", Text, nullable=False),
    Column("outcome", Text),
    Column("answered_at", Text),
)

event = Table(
    "event",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("data", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False, unique=True),
)
Index("event_subject", event.c.subject, event.c.seq)

halt = Table(
    "halt",
    metadata,
    Column("outlet", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Text, nullable=False),
)

shelf = Table(
    "shelf",
    metadata,
    Column("outlet", Text, primary_key=True),
    Column("item", Text, primary_key=True),
    Column("sequence", Integer, nullable=False),
    Column("address", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("organ", Text, nullable=False),
    Column("columns", Text, nullable=False),
    Column("published_at", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Column("data", Text, nullable=False),
    Column("lists", Text, nullable=False, server_default="[]"),
    Column("brief", Text, nullable=False, server_default=""),
)
Index("shelf_latest", shelf.c.outlet, shelf.c.withdrawn, shelf.c.published_at, shelf.c.item)

# Text that is compared by its code points on both databases, so that a range of names is a range.
_NAME = Text().with_variant(Text(collation="C"), "postgresql")

shelf_list = Table(
    "shelf_list",
    metadata,
    Column("outlet", Text, primary_key=True),
    Column("list", _NAME, primary_key=True),
    Column("slot", Integer, primary_key=True, autoincrement=False),
    Column("item", Text, nullable=False),
    Column("shown", Boolean, nullable=False),
    UniqueConstraint("outlet", "item", "list"),
)
# The gaps, so that how many entries a list shows is known without counting them.
_GAPS = shelf_list.c.shown.is_(False)
Index("shelf_list_gaps", shelf_list.c.outlet, shelf_list.c.list, sqlite_where=_GAPS, postgresql_where=_GAPS)

shelf_reference = Table(
    "shelf_reference",
    metadata,
    Column("outlet", Text, primary_key=True),
    Column("reference", Text, primary_key=True),
    Column("item", Text, primary_key=True),
    Column("role", Text, primary_key=True),
)
Index("shelf_reference_item", shelf_reference.c.outlet, shelf_reference.c.item)

# Every file that a site shows, by the generation of the site's folder that it stands in; ``writer`` is the outlet that
# wrote it (a site's feeds stand in the site's folder).
site_file = Table(
    "site_file",
    metadata,
    Column("outlet", Text, primary_key=True),
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("path", _NAME, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("writer", Text, nullable=False),
)

# What a site's mirror has yet to carry: changed and removed paths, in the order in which they changed.
site_pending = Table(
    "site_pending",
    metadata,
    Column("outlet", Text, primary_key=True),
    Column("path", _NAME, primary_key=True),
    Column("serial", Integer, nullable=False),
)
Index("site_pending_order", site_pending.c.outlet, site_pending.c.serial)

# What all processes share about an account at a platform (engine.md R10); ``account`` is the channel and the identity there.
platform_token = Table(
    "platform_token",
    metadata,
    Column("account", Text, primary_key=True),
    Column("sealed", Text, nullable=False),
    Column("ends_at", Text, nullable=False),
    Column("fetching_until", Text, nullable=False),
)

# Calls that an account has made in a period, and those that are kept for a delivery which may have to look.
quota_use = Table(
    "quota_use",
    metadata,
    Column("account", Text, primary_key=True),
    Column("budget", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("used", Integer, nullable=False),
)
quota_hold = Table(
    "quota_hold",
    metadata,
    Column("account", Text, primary_key=True),
    Column("budget", Text, primary_key=True),
    Column("holder", Text, primary_key=True),
    Column("held", Integer, nullable=False),
    Column("until", Text, nullable=False),
)

# What a platform said of an account and may be relied on for a while, so that asking again costs no call; and whose turn it
# is to ask. Under the name "workspace": what the engine measured last.
account_fact = Table(
    "account_fact",
    metadata,
    Column("account", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("until", Text, nullable=False),
)

# What a platform calls the files that it was given, so that nothing goes up twice.
upload = Table(
    "upload",
    metadata,
    Column("account", Text, primary_key=True),
    Column("use", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("reference", Text, nullable=False),
    Column("at", Text, nullable=False),
)

# What a platform counted for a delivery up to the end of a day; empty where it does not say.
reads = Table(
    "reads",
    metadata,
    Column("delivery", Integer, ForeignKey("delivery.id"), primary_key=True),
    Column("day", Text, primary_key=True),
    Column("reads", Integer),
    Column("shares", Integer),
    Column("likes", Integer),
    Column("comments", Integer),
    Column("at", Text, nullable=False),
)
