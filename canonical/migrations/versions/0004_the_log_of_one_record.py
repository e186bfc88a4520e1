"""The change log can be asked about one record, and a subject about its exam programme."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("change_record", "change", ["id"])
    exam = sa.text("exam_column")
    op.create_index("assessment_exam", "assessment", ["subject_id"], postgresql_where=exam, sqlite_where=exam)


def downgrade() -> None:
    raise NotImplementedError("a schema is not taken back; restore the backup of before the upgrade")
