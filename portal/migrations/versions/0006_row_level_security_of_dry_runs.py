"""Row-level security once more: what dry runs would have done, and that a source is left alone."""

from alembic import op

from portal.rowsecurity import install

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    install(op.get_bind())


def downgrade() -> None:
    raise NotImplementedError("a schema is not taken back; restore the backup of before the upgrade")
