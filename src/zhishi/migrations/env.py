"""Alembic's environment: runs on the connection that `zhishi.migrations.upgrade` hands over."""

from __future__ import annotations

from alembic import context

from zhishi.migrations.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # SQLite cannot alter columns in place.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
