"""Alembic's entry: runs the read layer's migrations on the connection that ``canonical.database`` hands over."""

from alembic import context

from portal.schema import VERSION_TABLE
from portal.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    # The store's chain keeps its own, in the same database.
    version_table=VERSION_TABLE,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
