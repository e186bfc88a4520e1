"""The closed vocabularies of the canonical records, in the field's English terms."""

from __future__ import annotations

from enum import StrEnum


class Gender(StrEnum):
    FEMALE = "female"
    MALE = "male"
    OTHER = "other"


class Relation(StrEnum):
    """How a guardian is related to a student (R50-R53). An unlisted source value is ``UNKNOWN``, its text kept."""

    MOTHER = "mother"
    FATHER = "father"
    LEGAL_GUARDIAN = "legal_guardian"
    FOSTER_PARENT = "foster_parent"
    STEP_PARENT = "step_parent"
    INSTITUTION = "institution"
    OTHER = "other"
    UNKNOWN = "unknown"


class GroupKind(StrEnum):
    HOMEROOM = "homeroom"
    SECTION = "section"


class StaffRole(StrEnum):
    TEACHER = "teacher"
    MENTOR = "mentor"


class AssessmentKind(StrEnum):
    """What a grade column is (R9). Only tests count towards a computed average; averages never feed one again."""

    TEST = "test"
    COMPONENT = "component"
    COMPOSITE = "composite"
    AVERAGE = "average"
    REPORT = "report"
    EXAM = "exam"
    CALCULATED = "calculated"
    TEXT = "text"
    UNKNOWN = "unknown"


class ResitPolicy(StrEnum):
    """Which attempt stands after a resit (R17)."""

    NONE = "none"
    BEST = "best"
    LAST = "last"
    AVERAGE = "average"


class GradeStatus(StrEnum):
    """What a result says (R1, R14, R15). Only ``SCORED`` carries a number."""

    SCORED = "scored"
    LABELLED = "labelled"
    TO_BE_MADE_UP = "to_be_made_up"
    EXEMPT = "exempt"
    NOT_TAKEN = "not_taken"
    OUT_OF_RANGE = "out_of_range"
    UNREADABLE = "unreadable"


class LessonStatus(StrEnum):
    SCHEDULED = "scheduled"
    CHANGED = "changed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class AttendanceKind(StrEnum):
    """What was seen of a student (R31-R33). Late and removed students were present (R32)."""

    PRESENT = "present"
    ABSENT = "absent"
    LATE = "late"
    SICK = "sick"
    REMOVED = "removed"
    EXEMPT = "exempt"
    NOT_APPLICABLE = "not_applicable"
    UNKNOWN = "unknown"


class RemarkKind(StrEnum):
    """A remark of a lesson that is not absence and is never counted as such (R34)."""

    MATERIALS = "materials"
    HOMEWORK = "homework"
    PHONE = "phone"
