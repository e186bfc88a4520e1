"""When each entity of each source is to be read next, and how a source may be asked at all."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "gate",
        sa.Column("source_id", sa.Integer(), sa.ForeignKey("source.id"), primary_key=True),
        sa.Column("at_once", sa.Integer(), nullable=False),
        sa.Column("paused", sa.Text(), nullable=True),
        sa.Column("paused_run", sa.BigInteger(), nullable=True),
        sa.Column("blocked_until", sa.Float(), nullable=False),
        sa.Column("next_at", sa.Float(), nullable=False),
    )
    op.create_table(
        "due",
        sa.Column("source_id", sa.Integer(), sa.ForeignKey("source.id"), primary_key=True),
        sa.Column("entity", sa.Text(), primary_key=True),
        sa.Column("due_at", sa.Float(), nullable=False),
        sa.Column("offered_until", sa.Float(), nullable=False),
        sa.Column("taken_until", sa.Float(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("take", sa.BigInteger(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("stale", sa.Boolean(), nullable=False),
    )
    op.create_index("due_at", "due", ["due_at"])


def downgrade() -> None:
    raise NotImplementedError("a schema is not taken back; restore the backup of before the upgrade")
