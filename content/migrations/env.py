"""Runs the migrations on the connection that ``content.migrations`` hands over."""

from alembic import context

import content.gazette  # noqa: F401 # its tables belong to the metadata
from content.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=False)
context.run_migrations()
