"""Alembic asks here where to migrate; `integration.logbook.storage.migration` has the connection."""

from alembic import context

from integration.logbook.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table by making it anew
)
context.run_migrations()
