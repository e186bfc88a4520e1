"""What a source may hide, and how it describes its data."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("entity_state", schema=None) as batch_op:
        batch_op.add_column(sa.Column("may_hide", sa.Text(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("form", sa.Text(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("a schema is not taken back; restore the backup of before the upgrade")
