"""The tables. ``metadata`` is what Alembic's migrations are checked against."""

from sqlalchemy import MetaData

metadata = MetaData()
