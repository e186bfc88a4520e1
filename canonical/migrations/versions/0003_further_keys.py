"""Further keys of a record."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    keys = ("k1", "k2", "k3", "k4")
    op.create_table(
        "alias",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in keys),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source_id", "kind", *keys),
    )


def downgrade() -> None:
    raise NotImplementedError("a schema is not taken back; restore the backup of before the upgrade")
