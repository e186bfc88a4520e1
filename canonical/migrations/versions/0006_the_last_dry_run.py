"""What the last dry run of each entity would have done."""

import sqlalchemy as sa
from alembic import op

from canonical.columns import Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

COUNTS = ("read", "inserted", "updated", "unchanged", "tombstoned", "quarantined", "held", "ignored")


def upgrade() -> None:
    op.create_table(
        "rehearsal",
        sa.Column("source_id", sa.Integer(), sa.ForeignKey("source.id"), primary_key=True),
        sa.Column("entity", sa.Text(), primary_key=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
    )


def downgrade() -> None:
    raise NotImplementedError("a schema is not taken back; restore the backup of before the upgrade")
