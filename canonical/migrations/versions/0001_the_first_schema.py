"""The first schema."""

import sqlalchemy as sa
from alembic import op

from canonical.columns import Guid, Instant, Number

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "absence_notice",
        sa.Column("id", Guid(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("tombstoned_at", Instant(), nullable=True),
        sa.Column("student_id", Guid(), nullable=False),
        sa.Column("begins", Instant(), nullable=False),
        sa.Column("ends", Instant(), nullable=True),
        sa.Column("attendance_kind", sa.Text(), nullable=False),
        sa.Column("excused", sa.Boolean(), nullable=True),
        sa.Column("reason_id", Guid(), nullable=True),
        sa.Column("reason_code", sa.Text(), nullable=True),
        sa.Column("noted_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", "source_id"),
    )
    with op.batch_alter_table("absence_notice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_absence_notice_student_id"), ["student_id"], unique=False)

    op.create_table(
        "absence_reason",
        sa.Column("id", Guid(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("tombstoned_at", Instant(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("attendance_kind", sa.Text(), nullable=False),
        sa.Column("excused", sa.Boolean(), nullable=True),
        sa.Column("luxury", sa.Boolean(), nullable=True),
        sa.Column("visible_to_guardians", sa.Boolean(), nullable=True),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", "source_id"),
    )
    op.create_table(
        "assessment",
        sa.Column("id", Guid(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("tombstoned_at", Instant(), nullable=True),
        sa.Column("subject_id", Guid(), nullable=False),
        sa.Column("grading_period_id", Guid(), nullable=True),
        sa.Column("assessment_kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("order", sa.Integer(), nullable=True),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column("weight", Number(), nullable=True),
        sa.Column("exam_weight", Number(), nullable=True),
        sa.Column("exam_column", sa.Boolean(), nullable=True),
        sa.Column("resit_policy", sa.Text(), nullable=True),
        sa.Column("resit_attempts", sa.Integer(), nullable=True),
        sa.Column("parent_id", Guid(), nullable=True),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", "source_id"),
    )
    op.create_table(
        "attendance_observation",
        sa.Column("id", Guid(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("tombstoned_at", Instant(), nullable=True),
        sa.Column("student_id", Guid(), nullable=False),
        sa.Column("lesson_id", Guid(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=True),
        sa.Column("attendance_kind", sa.Text(), nullable=False),
        sa.Column("excused", sa.Boolean(), nullable=True),
        sa.Column("reason_id", Guid(), nullable=True),
        sa.Column("reason_code", sa.Text(), nullable=True),
        sa.Column("noted_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", "source_id"),
    )
    with op.batch_alter_table("attendance_observation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attendance_observation_student_id"), ["student_id"], unique=False)

    op.create_table(
        "change",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", Guid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_table(
        "enrolment",
        sa.Column("id", Guid(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("tombstoned_at", Instant(), nullable=True),
        sa.Column("student_id", Guid(), nullable=False),
        sa.Column("school_year_id", Guid(), nullable=True),
        sa.Column("location_id", Guid(), nullable=True),
        sa.Column("homeroom_id", Guid(), nullable=True),
        sa.Column("study", sa.Text(), nullable=True),
        sa.Column("grade_level", sa.Integer(), nullable=True),
        sa.Column("profile", sa.Text(), nullable=True),
        sa.Column("begins", sa.Date(), nullable=True),
        sa.Column("ends", sa.Date(), nullable=True),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", "source_id"),
    )
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_enrolment_student_id"), ["student_id"], unique=False)

    op.create_table(
        "grade",
        sa.Column("id", Guid(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("tombstoned_at", Instant(), nullable=True),
        sa.Column("student_id", Guid(), nullable=False),
        sa.Column("assessment_id", Guid(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("raw_text", sa.Text(), nullable=False),
        sa.Column("score", Number(), nullable=True),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("sufficient", sa.Boolean(), nullable=True),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("weight", Number(), nullable=True),
        sa.Column("entered_at", Instant(), nullable=True),
        sa.Column("achieved_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", "source_id"),
    )
    with op.batch_alter_table("grade", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_grade_student_id"), ["student_id"], unique=False)

    op.create_table(
        "grading_period",
        sa.Column("id", Guid(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("tombstoned_at", Instant(), nullable=True),
        sa.Column("school_year_id", Guid(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("begins", sa.Date(), nullable=True),
        sa.Column("ends", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", "source_id"),
    )
    op.create_table(
        "group",
        sa.Column("id", Guid(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("tombstoned_at", Instant(), nullable=True),
        sa.Column("group_kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("school_year_id", Guid(), nullable=True),
        sa.Column("location_id", Guid(), nullable=True),
        sa.PrimaryKeyConstraint("id", "source_id"),
    )
    op.create_table(
        "group_member",
        sa.Column("id", Guid(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("tombstoned_at", Instant(), nullable=True),
        sa.Column("group_id", Guid(), nullable=False),
        sa.Column("student_id", Guid(), nullable=False),
        sa.Column("begins", sa.Date(), nullable=True),
        sa.Column("ends", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", "source_id"),
    )
    with op.batch_alter_table("group_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_group_member_group_id"), ["group_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_group_member_student_id"), ["student_id"], unique=False)

    op.create_table(
        "group_staff",
        sa.Column("id", Guid(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("tombstoned_at", Instant(), nullable=True),
        sa.Column("group_id", Guid(), nullable=False),
        sa.Column("staff_id", Guid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("subject_id", Guid(), nullable=True),
        sa.Column("order", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", "source_id"),
    )
    with op.batch_alter_table("group_staff", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_group_staff_group_id"), ["group_id"], unique=False)

    op.create_table(
        "guardian",
        sa.Column("id", Guid(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("tombstoned_at", Instant(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.Column("initials", sa.Text(), nullable=True),
        sa.Column("prefix", sa.Text(), nullable=True),
        sa.Column("last_name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("secret", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", "source_id"),
    )
    op.create_table(
        "guardianship",
        sa.Column("id", Guid(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("tombstoned_at", Instant(), nullable=True),
        sa.Column("student_id", Guid(), nullable=False),
        sa.Column("guardian_id", Guid(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("relation_text", sa.Text(), nullable=True),
        sa.Column("order", sa.Integer(), nullable=True),
        sa.Column("legal_authority", sa.Boolean(), nullable=True),
        sa.Column("court_block", sa.Boolean(), nullable=False),
        sa.Column("receives_mail", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("id", "source_id"),
    )
    with op.batch_alter_table("guardianship", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_guardianship_student_id"), ["student_id"], unique=False)

    op.create_table(
        "identity",
        sa.Column("n", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("k1", sa.Text(), nullable=False),
        sa.Column("k2", sa.Text(), nullable=False),
        sa.Column("k3", sa.Text(), nullable=False),
        sa.Column("k4", sa.Text(), nullable=False),
        sa.Column("id", Guid(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=True),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=True),
        sa.Column("raw_hash", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("n"),
    )
    with op.batch_alter_table("identity", schema=None) as batch_op:
        batch_op.create_index("identity_key", ["source_id", "kind", "k1", "k2", "k3", "k4"], unique=True)
        batch_op.create_index("identity_raw", ["source_id", "raw_hash"], unique=False)

    op.create_table(
        "lesson",
        sa.Column("id", Guid(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("tombstoned_at", Instant(), nullable=True),
        sa.Column("begins", Instant(), nullable=False),
        sa.Column("ends", Instant(), nullable=False),
        sa.Column("first_hour", sa.Integer(), nullable=True),
        sa.Column("last_hour", sa.Integer(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("subject_id", Guid(), nullable=True),
        sa.Column("group_id", Guid(), nullable=True),
        sa.Column("staff_id", Guid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", "source_id"),
    )
    with op.batch_alter_table("lesson", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lesson_group_id"), ["group_id"], unique=False)

    op.create_table(
        "lesson_remark",
        sa.Column("id", Guid(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("tombstoned_at", Instant(), nullable=True),
        sa.Column("student_id", Guid(), nullable=False),
        sa.Column("lesson_id", Guid(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("reason_id", Guid(), nullable=True),
        sa.Column("reason_code", sa.Text(), nullable=True),
        sa.Column("noted_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", "source_id"),
    )
    with op.batch_alter_table("lesson_remark", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lesson_remark_student_id"), ["student_id"], unique=False)

    op.create_table(
        "location",
        sa.Column("id", Guid(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("tombstoned_at", Instant(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", "source_id"),
    )
    op.create_table(
        "school",
        sa.Column("id", Guid(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("tombstoned_at", Instant(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("brin", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", "source_id"),
    )
    op.create_table(
        "school_year",
        sa.Column("id", Guid(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("tombstoned_at", Instant(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("begins", sa.Date(), nullable=True),
        sa.Column("ends", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", "source_id"),
    )
    op.create_table(
        "source",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("school_name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "staff",
        sa.Column("id", Guid(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("tombstoned_at", Instant(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("local_id", sa.Text(), nullable=True),
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.Column("initials", sa.Text(), nullable=True),
        sa.Column("prefix", sa.Text(), nullable=True),
        sa.Column("last_name", sa.Text(), nullable=False),
        sa.Column("function", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", "source_id"),
    )
    op.create_table(
        "student",
        sa.Column("id", Guid(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("tombstoned_at", Instant(), nullable=True),
        sa.Column("local_id", sa.Text(), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.Column("initials", sa.Text(), nullable=True),
        sa.Column("prefix", sa.Text(), nullable=True),
        sa.Column("last_name", sa.Text(), nullable=False),
        sa.Column("gender", sa.Text(), nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", "source_id"),
    )
    op.create_table(
        "student_subject",
        sa.Column("id", Guid(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("tombstoned_at", Instant(), nullable=True),
        sa.Column("student_id", Guid(), nullable=False),
        sa.Column("subject_id", Guid(), nullable=False),
        sa.Column("exempt", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("id", "source_id"),
    )
    with op.batch_alter_table("student_subject", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_student_subject_student_id"), ["student_id"], unique=False)

    op.create_table(
        "subject",
        sa.Column("id", Guid(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("tombstoned_at", Instant(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", "source_id"),
    )
    op.create_table(
        "entity_state",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.Float(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("fresh_at", Instant(), nullable=True),
        sa.Column("complete_at", Instant(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["source.id"],
        ),
        sa.PrimaryKeyConstraint("source_id", "entity"),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("row", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("problems", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("payload_until", Instant(), nullable=True),
        sa.Column("first_run", sa.BigInteger(), nullable=False),
        sa.Column("last_run", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["source.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("quarantine", schema=None) as batch_op:
        batch_op.create_index("quarantine_row", ["source_id", "entity", "row"], unique=True)

    op.create_table(
        "run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("incremental", sa.Boolean(), nullable=False),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("inserted", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("tombstoned", sa.Integer(), nullable=False),
        sa.Column("quarantined", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("ignored", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["source.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_run_source_id"), ["source_id"], unique=False)

    op.create_table(
        "held",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("of", sa.Integer(), nullable=False),
        sa.Column("members", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["run.id"],
        ),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["source.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    raise NotImplementedError("a schema is not taken back; restore the backup of before the upgrade")
