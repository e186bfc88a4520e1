"""Alembic's entry: runs the migrations on the connection that ``canonical.database`` hands over."""

from alembic import context

from canonical.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    # SQLite cannot alter a column in place; Alembic then copies the table, within the same transaction.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
