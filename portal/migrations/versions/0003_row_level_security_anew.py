"""Row-level security once more: who decides about a guardian, and what an office hands out of a student's account."""

from alembic import op

from portal.rowsecurity import install

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    install(op.get_bind())


def downgrade() -> None:
    raise NotImplementedError("a schema is not taken back; restore the backup of before the upgrade")
