"""Row-level security on PostgreSQL, and how guardians and staff are found by person."""

from alembic import op

from portal.rowsecurity import install

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A viewer's students are looked for from the viewer's side.
    op.create_index("ix_guardianship_guardian_id", "guardianship", ["guardian_id"])
    op.create_index("ix_group_staff_staff_id", "group_staff", ["staff_id"])
    op.create_index("ix_enrolment_homeroom_id", "enrolment", ["homeroom_id"])
    install(op.get_bind())


def downgrade() -> None:
    raise NotImplementedError("a schema is not taken back; restore the backup of before the upgrade")
