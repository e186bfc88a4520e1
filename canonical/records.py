"""The canonical records: what a Dutch secondary school's administration holds, whatever system it came from.

Every record is frozen. ``key`` holds the source's own key columns (one to four, never joined); a field of
type ``Ref`` holds the key columns of another record, and the field's ``to`` names that record's kind. The
store replaces keys by canonical ids (uuid7); mappings never see an id.

Text is NFC without surrounding blanks. Times are aware and stored in UTC; dates are local (Europe/Amsterdam).
Numbers are decimals, never floats (R1, R5). ``None`` means "the source does not say", which is not "none".
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints

from canonical.terms import (
    AssessmentKind,
    AttendanceKind,
    Gender,
    GradeStatus,
    GroupKind,
    LessonStatus,
    Relation,
    RemarkKind,
    ResitPolicy,
    StaffRole,
)

KEY_COLUMNS = 4
"""A source key has at most this many columns."""


def _text(value: str) -> str:
    value = value.strip()
    if "\0" in value:
        raise ValueError("a NUL in text")
    if value.isascii():
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("half a surrogate pair in text") from None
    return unicodedata.normalize("NFC", value)


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f") if value else "0"


def _utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("a moment outside the years 1 to 9999") from None


Text = Annotated[str, AfterValidator(_text)]
"""Text as people wrote it: NFC, without surrounding blanks. No NUL, which PostgreSQL does not hold, and no half of a
surrogate pair, which is not text anywhere."""

Number = Annotated[Decimal, Field(allow_inf_nan=False, max_digits=28), PlainSerializer(_plain, when_used="json")]
"""A decimal of at most 28 digits, beyond which it would be rounded; without exponent and without trailing zeros."""

Integer = Annotated[int, Field(ge=-(2**31), lt=2**31)]
"""A whole number that fits the database's."""

Instant = Annotated[AwareDatetime, AfterValidator(_utc)]
"""A moment, kept in UTC."""

_Part = Annotated[str, StringConstraints(max_length=200, strip_whitespace=True, pattern=r"^[^\x00]+$")]
"""To the letter, not NFC. The pattern refuses a NUL, and half a surrogate pair with it."""
Key = Annotated[tuple[_Part, ...], Field(min_length=1, max_length=KEY_COLUMNS)]
"""The key columns under which one source knows a record."""


@dataclass(frozen=True, slots=True)
class To:
    """Marks a field as a reference: its value is the key of a record of ``kind``."""

    kind: str


SchoolYearKey = Annotated[Key, To("school_year")]
LocationKey = Annotated[Key, To("location")]
StudentKey = Annotated[Key, To("student")]
GuardianKey = Annotated[Key, To("guardian")]
StaffKey = Annotated[Key, To("staff")]
GroupKey = Annotated[Key, To("group")]
SubjectKey = Annotated[Key, To("subject")]
PeriodKey = Annotated[Key, To("grading_period")]
AssessmentKey = Annotated[Key, To("assessment")]
LessonKey = Annotated[Key, To("lesson")]
ReasonKey = Annotated[Key, To("absence_reason")]


class Record(BaseModel):
    """What all canonical records share: frozen, closed, and silent about their values in errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    kind: ClassVar[str]

    key: Key
    also: tuple[Key, ...] = ()
    """Further keys under which the same source knows the same record. They are no part of its content."""


class School(Record):
    kind = "school"
    name: Text
    brin: Text | None = None
    """The school's national number, four characters."""


class Location(Record):
    kind = "location"
    name: Text
    city: Text | None = None


class SchoolYear(Record):
    kind = "school_year"
    code: Text
    """The source's own code, such as ``2627``."""
    begins: date | None = None
    ends: date | None = None
    """Last day, inclusive."""


class GradingPeriod(Record):
    kind = "grading_period"
    school_year: SchoolYearKey | None = None
    code: Text
    name: Text | None = None
    begins: date | None = None
    ends: date | None = None


class Student(Record):
    kind = "student"
    local_id: Text
    """The school's own student number (leerlingnummer, stamnummer)."""
    first_name: Text | None = None
    initials: Text | None = None
    prefix: Text | None = None
    last_name: Text
    gender: Gender | None = None
    birth_date: date | None = None
    email: Text | None = None


class Guardian(Record):
    kind = "guardian"
    title: Text | None = None
    first_name: Text | None = None
    initials: Text | None = None
    prefix: Text | None = None
    last_name: Text
    email: Text | None = None
    phone: Text | None = None
    secret: bool = False
    """The contact data is secret (R61): no view or export carries it."""


class Guardianship(Record):
    kind = "guardianship"
    student: StudentKey
    guardian: GuardianKey
    relation: Relation = Relation.UNKNOWN
    relation_text: Text | None = None
    order: Integer | None = None
    """1 is the first contact."""
    legal_authority: bool | None = None
    court_block: bool = False
    receives_mail: bool | None = None


class Staff(Record):
    kind = "staff"
    code: Text
    """The code teachers go by in the timetable (docentcode)."""
    local_id: Text | None = None
    first_name: Text | None = None
    initials: Text | None = None
    prefix: Text | None = None
    last_name: Text
    function: Text | None = None


class Group(Record):
    kind = "group"
    group_kind: GroupKind
    code: Text
    school_year: SchoolYearKey | None = None
    location: LocationKey | None = None


class GroupMember(Record):
    kind = "group_member"
    group: GroupKey
    student: StudentKey
    begins: date | None = None
    ends: date | None = None


class GroupStaff(Record):
    kind = "group_staff"
    group: GroupKey
    staff: StaffKey
    role: StaffRole
    subject: SubjectKey | None = None
    order: Integer | None = None


class Enrolment(Record):
    kind = "enrolment"
    student: StudentKey
    school_year: SchoolYearKey | None = None
    location: LocationKey | None = None
    homeroom: GroupKey | None = None
    study: Text | None = None
    grade_level: Integer | None = None
    """Leerjaar, 1 to 6."""
    profile: Text | None = None
    begins: date | None = None
    ends: date | None = None
    left_on: date | None = None


class Subject(Record):
    kind = "subject"
    code: Text
    name: Text | None = None


class StudentSubject(Record):
    kind = "student_subject"
    student: StudentKey
    subject: SubjectKey
    exempt: bool | None = None


class Assessment(Record):
    """A grade column: a test, or an average or report mark that the source itself calculates."""

    kind = "assessment"
    subject: SubjectKey
    grading_period: PeriodKey | None = None
    assessment_kind: AssessmentKind
    code: Text
    title: Text | None = None
    order: Integer | None = None
    held_on: date | None = None
    weight: Number | None = None
    exam_weight: Number | None = None
    exam_column: bool | None = None
    """A line of the exam programme (PTA, R20)."""
    resit_policy: ResitPolicy | None = None
    resit_attempts: Integer | None = None
    parent: AssessmentKey | None = None
    """The composite column that this one is a part of."""
    retired: bool = False


class Grade(Record):
    kind = "grade"
    student: StudentKey
    assessment: AssessmentKey
    attempt: Integer = 1
    """1 for the test itself, 2 and up for resits of the same column (R18)."""
    raw_text: Text
    """What the source says, to the letter (R1)."""
    score: Number | None = None
    """1 to 10 (R2); None when the result is not a number."""
    label: Text | None = None
    status: GradeStatus
    sufficient: bool | None = None
    """The source's own flag (R6); None when it gives none."""
    counts: bool = True
    weight: Number | None = None
    """Where this student's weight differs from the column's."""
    entered_at: Instant | None = None
    achieved_on: date | None = None


class Lesson(Record):
    kind = "lesson"
    begins: Instant
    ends: Instant
    first_hour: Integer | None = None
    """Lesson hour of the day (lesuur), 1 for the first."""
    last_hour: Integer | None = None
    title: Text | None = None
    subject: SubjectKey | None = None
    group: GroupKey | None = None
    staff: StaffKey | None = None
    status: LessonStatus = LessonStatus.UNKNOWN


class AbsenceReason(Record):
    kind = "absence_reason"
    code: Text
    name: Text | None = None
    attendance_kind: AttendanceKind
    excused: bool | None = None
    luxury: bool | None = None
    visible_to_guardians: bool | None = None
    retired: bool = False


class AbsenceNotice(Record):
    """An absence over an interval, known without a lesson (R31)."""

    kind = "absence_notice"
    student: StudentKey
    begins: Instant
    ends: Instant | None = None
    attendance_kind: AttendanceKind
    excused: bool | None = None
    reason: ReasonKey | None = None
    reason_code: Text | None = None
    noted_at: Instant | None = None


class AttendanceObservation(Record):
    """What was seen of one student in one lesson (R31)."""

    kind = "attendance_observation"
    student: StudentKey
    lesson: LessonKey | None = None
    day: date
    hour: Integer | None = None
    attendance_kind: AttendanceKind
    excused: bool | None = None
    """None is "unresolved": not yet excused, not yet unexcused (R35)."""
    reason: ReasonKey | None = None
    reason_code: Text | None = None
    noted_at: Instant | None = None


class LessonRemark(Record):
    kind = "lesson_remark"
    student: StudentKey
    lesson: LessonKey | None = None
    day: date
    hour: Integer | None = None
    remark: RemarkKind
    reason: ReasonKey | None = None
    reason_code: Text | None = None
    noted_at: Instant | None = None


RECORDS: Mapping[str, type[Record]] = {
    record.kind: record
    for record in (
        School, Location, SchoolYear, GradingPeriod, Student, Guardian, Guardianship, Staff, Group, GroupMember,
        GroupStaff, Enrolment, Subject, StudentSubject, Assessment, Grade, Lesson, AbsenceReason, AbsenceNotice,
        AttendanceObservation, LessonRemark,
    )
}  # fmt: skip
"""Every record by its kind."""


@cache
def references(kind: str) -> Mapping[str, str]:
    """The reference fields of a kind: field name -> kind it refers to."""
    found: dict[str, str] = {}
    for name, field in RECORDS[kind].model_fields.items():
        marks: list[Any] = [*field.metadata]
        for argument in getattr(field.annotation, "__args__", ()):
            marks += getattr(argument, "__metadata__", ())
        found.update((name, mark.kind) for mark in marks if isinstance(mark, To))
    return found
