"""What can be read: every data set of a delivery, and its fields.

A data set is one table, such as the students, and an entity of the connector. A field has one of our names; which
column of a file holds it is a matter of settings (``vocus.settings``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from canonical.terms import AssessmentKind, AttendanceKind, Gender, LessonStatus, Relation, RemarkKind


class Type(StrEnum):
    """What a field's text is. Blank text of whatever type is "not said"."""

    KEY = "key"
    """A number or code that names a record: text to the letter, leading zeros kept, 64 characters at most."""
    TEXT = "text"
    DIGITS = "digits"
    """A number that is a name, leading zeros kept."""
    DATE = "date"
    TIME = "time"
    """A moment: a date and a time of the clock in the Netherlands."""
    CLOCK = "clock"
    """A time of the clock alone: 0830, 8:30 or 8.30."""
    DECIMAL = "decimal"
    """With a comma or a point."""
    WHOLE = "whole"
    FLAG = "flag"
    """J/N, ja/nee, true/false, 1/0."""
    WORDS = "words"
    """Several codes in a cell."""
    ONE_OF = "one of"
    """A word out of ``Field.values``, through ``maps`` where the source has words of its own."""


@dataclass(frozen=True, slots=True)
class Field:
    """``meaning`` is for people. ``values`` are the words of a ``ONE_OF``.

    ``brings`` are the canonical kinds that come only where the field is mapped.
    """

    name: str
    type: Type
    meaning: str
    needed: bool = False
    values: tuple[str, ...] = ()
    brings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of a data set. ``kinds`` come whatever is mapped; ``one_of`` are sets of which one must be mapped
    whole."""

    name: str
    meaning: str
    fields: Mapping[str, Field]
    kinds: tuple[str, ...]
    one_of: tuple[tuple[str, ...], ...] = ()


def _fields(
    name: str, meaning: str, kinds: tuple[str, ...], *fields: Field, one_of: tuple[tuple[str, ...], ...] = ()
) -> Fields:
    return Fields(name, meaning, {field.name: field for field in fields}, kinds, one_of)


_KINDS = tuple(kind.value for kind in AttendanceKind)
_REMARKS = tuple(kind.value for kind in RemarkKind)

_PREFIX = Field("prefix", Type.TEXT, "what stands before the last name: van der")
_FIRST_NAME = Field("first_name", Type.TEXT, "the name somebody goes by (roepnaam)")
_INITIALS = Field("initials", Type.TEXT, "initials")
_LAST_NAME = Field("last_name", Type.TEXT, "the last name without its prefix", needed=True)
_SUBJECT_NAME = Field("subject_name", Type.TEXT, "the subject's name")
_RETIRED = Field("retired", Type.FLAG, "no longer in use")
_PERIODS = (
    Field("period_name", Type.TEXT, "the grading period's name"),
    Field("period_begins", Type.DATE, "first day of the grading period"),
    Field("period_ends", Type.DATE, "last day of the grading period"),
)
_COLUMN_KIND = Field(
    "kind", Type.ONE_OF, "what the grade column is", values=tuple(kind.value for kind in AssessmentKind)
)

STUDENTS = _fields(
    "students", "one row for each student, or for each enrolment", ("school_year", "student", "enrolment"),
    Field("number", Type.KEY, "the school's own student number (stamnummer, leerlingnummer)", needed=True),
    _FIRST_NAME, _INITIALS, _PREFIX, _LAST_NAME,
    Field("gender", Type.ONE_OF, "gender", values=tuple(gender.value for gender in Gender)),
    Field("birth_date", Type.DATE, "date of birth"),
    Field("email", Type.TEXT, "the student's e-mail address"),
    Field("school_year", Type.KEY, "the school year's code; else the year of the delivery"),
    Field("year_begins", Type.DATE, "first day of the school year"),
    Field("year_ends", Type.DATE, "last day of the school year"),
    Field("homeroom", Type.KEY, "code of the class (klas, stamgroep)", brings=("group", "group_member")),
    Field("study", Type.TEXT, "what is studied: havo 4"),
    Field("grade_level", Type.WHOLE, "grade level (leerjaar), 1 to 6"),
    Field("profile", Type.TEXT, "profile (profiel)"),
    Field("location", Type.KEY, "code of the location (vestiging)", brings=("location",)),
    Field("location_name", Type.TEXT, "name of the location"),
    Field("location_city", Type.TEXT, "where the location is"),
    Field("mentors", Type.WORDS, "codes of the mentors of the class, the first one first", brings=("group_staff",)),
    Field("begins", Type.DATE, "first day of the enrolment"),
    Field("ends", Type.DATE, "last day of the enrolment"),
    Field("left_on", Type.DATE, "the day on which the student left school"),
    Field("groups", Type.WORDS, "codes of the lesson groups", brings=("group", "group_member")),
    Field("subjects", Type.WORDS, "codes of the subjects taken", brings=("subject", "student_subject")),
)  # fmt: skip

STAFF = _fields(
    "staff", "one row for each member of staff", ("staff",),
    Field("code", Type.KEY, "the code that timetables use (docentcode)", needed=True),
    Field("number", Type.DIGITS, "personnel number"),
    _FIRST_NAME, _INITIALS, _PREFIX, _LAST_NAME,
    Field("function", Type.TEXT, "function"),
)  # fmt: skip

GUARDIANS = _fields(
    "guardians", "one row for each guardian of a student, or for each guardian", ("guardian", "guardianship"),
    Field("student", Type.KEY, "number of the student"),
    Field("students", Type.WORDS, "numbers of the students; needs guardian"),
    Field("guardian", Type.KEY, "number of the guardian; without it student and order name one"),
    Field("title", Type.TEXT, "title"), _INITIALS, _FIRST_NAME, _PREFIX, _LAST_NAME,
    Field("email", Type.TEXT, "the guardian's e-mail address"),
    Field("phone", Type.TEXT, "the guardian's telephone number"),
    Field("secret", Type.FLAG, "the contact data is secret (geheim)"),
    Field("relation", Type.ONE_OF, "how related to the student; its text is kept",
          values=tuple(relation.value for relation in Relation)),
    Field("order", Type.WHOLE, "1 for the first contact"),
    Field("authority", Type.FLAG, "has legal authority (gezag)"),
    Field("court_block", Type.FLAG, "may know nothing, by order of a court"),
    Field("receives_mail", Type.FLAG, "receives the school's mail"),
    one_of=(("student", "guardian"), ("student", "order"), ("students", "guardian")),
)  # fmt: skip

GROUPS = _fields(
    "groups", "one row for each student in a lesson group", ("group", "group_member"),
    Field("group", Type.KEY, "code of the lesson group", needed=True),
    Field("student", Type.KEY, "number of the student", needed=True),
)  # fmt: skip

SUBJECTS = _fields(
    "subjects", "one row for each subject that a student takes", ("subject", "student_subject"),
    Field("student", Type.KEY, "number of the student", needed=True),
    Field("subject", Type.KEY, "code of the subject", needed=True),
    _SUBJECT_NAME,
)  # fmt: skip

TEACHING = _fields(
    "teaching", "one row for each subject that somebody teaches to a group", ("subject", "group_staff"),
    Field("group", Type.KEY, "code of the lesson group", needed=True),
    Field("teacher", Type.KEY, "code of the teacher", needed=True),
    Field("subject", Type.KEY, "code of the subject", needed=True),
    _SUBJECT_NAME,
)  # fmt: skip

ASSESSMENTS = _fields(
    "assessments", "one row for each grade column", ("subject", "assessment"),
    Field("column", Type.KEY, "number or code of the column, unique in the school", needed=True),
    Field("school_year", Type.KEY, "the school year's code; else the year of the delivery"),
    Field("period", Type.KEY, "code of the grading period", brings=("grading_period",)), *_PERIODS,
    Field("subject", Type.KEY, "code of the subject", needed=True), _SUBJECT_NAME,
    Field("code", Type.TEXT, "short name of the column", needed=True),
    Field("order", Type.WHOLE, "place among the columns"),
    Field("title", Type.TEXT, "what the column is about"), _COLUMN_KIND,
    Field("weight", Type.DECIMAL, "weight"),
    Field("exam", Type.FLAG, "part of the exam programme (PTA)"),
    Field("resit", Type.FLAG, "the column holds resits"),
    Field("resit_of", Type.KEY, "the column of which it holds the resits"), _RETIRED,
)  # fmt: skip

GRADES = _fields(
    "grades", "one row for each result", ("grade",),
    Field("student", Type.KEY, "number of the student", needed=True),
    Field("column", Type.KEY, "the grade column, as in assessments"),
    Field("subject", Type.KEY, "without column: code of the subject",
          brings=("grading_period", "subject", "assessment")),
    Field("period", Type.KEY, "without column: code of the grading period"), *_PERIODS,
    Field("code", Type.KEY, "without column: short name of the column, unique for subject and period"),
    _SUBJECT_NAME,
    Field("title", Type.TEXT, "without column: what the result is of"), _COLUMN_KIND,
    Field("column_weight", Type.DECIMAL, "without column: its weight"),
    Field("attempt", Type.WHOLE, "1 for the test itself, 2 and up for resits"),
    Field("result", Type.TEXT, "the result", needed=True),
    Field("made_up", Type.FLAG, "still to be made up (inhalen)"),
    Field("exempt", Type.FLAG, "exempt (vrijstelling)"),
    Field("counts", Type.FLAG, "counts towards averages; not said is yes"),
    Field("sufficient", Type.FLAG, "sufficient"),
    Field("weight", Type.DECIMAL, "this student's own weight"),
    Field("achieved_on", Type.DATE, "the day of the result"),
    Field("entered_at", Type.TIME, "when it was entered"),
    one_of=(("column",), ("subject", "period", "code")),
)  # fmt: skip

ABSENCE_REASONS = _fields(
    "absence_reasons", "one row for each of the school's own reasons for absence", ("absence_reason",),
    Field("reason", Type.KEY, "number of the reason; else its code"),
    Field("code", Type.KEY, "code of the reason", needed=True),
    Field("name", Type.TEXT, "name of the reason"),
    Field("kind", Type.ONE_OF, "what the reason says", values=(*_KINDS, *_REMARKS)),
    Field("excused", Type.FLAG, "excused (geoorloofd)"),
    Field("luxury", Type.FLAG, "luxury absence (luxe verzuim)"),
    Field("visible", Type.FLAG, "guardians may see it"), _RETIRED,
)  # fmt: skip

LESSONS = _fields(
    "lessons", "one row for each lesson", ("lesson",),
    Field("lesson", Type.KEY, "number of the lesson", needed=True),
    Field("begins", Type.TIME, "when it begins", needed=True),
    Field("ends", Type.TIME, "when it ends", needed=True),
    Field("first_hour", Type.WHOLE, "its first lesson hour (lesuur)"),
    Field("last_hour", Type.WHOLE, "its last lesson hour"),
    Field("title", Type.TEXT, "title"),
    Field("subject", Type.KEY, "code of the subject"),
    Field("teacher", Type.KEY, "code of the teacher"),
    Field("group", Type.KEY, "code of the group"),
    Field("status", Type.ONE_OF, "status", values=tuple(status.value for status in LessonStatus)),
)  # fmt: skip

ABSENCES = _fields(
    "absences", "one row for each absence in a lesson hour, or over some time", (),
    Field("absence", Type.KEY, "number of the absence; else student with date and hour, or with begins"),
    Field("student", Type.KEY, "number of the student", needed=True),
    Field("date", Type.DATE, "the day", brings=("attendance_observation",)),
    Field("hour", Type.WHOLE, "the lesson hour (lesuur)", brings=("attendance_observation",)),
    Field("lesson", Type.KEY, "number of the lesson", brings=("attendance_observation",)),
    Field("begins", Type.TIME, "of an absence over some time: its beginning", brings=("absence_notice",)),
    Field("ends", Type.TIME, "of an absence over some time: its end"),
    Field("reason", Type.KEY, "number of the reason, as in absence_reasons"),
    Field("code", Type.TEXT, "code of the reason"),
    Field("kind", Type.ONE_OF, "what was seen; materials, homework and phone are no absence",
          values=(*_KINDS, *_REMARKS), brings=("lesson_remark",)),
    Field("excused", Type.FLAG, "excused (geoorloofd)"),
    Field("noted_at", Type.TIME, "when it was noted"),
    one_of=(("absence", "date"), ("absence", "begins"), ("date", "hour"), ("begins",)),
)  # fmt: skip

_INTERVAL = (
    Field("student", Type.KEY, "number of the student", needed=True),
    Field("date", Type.DATE, "its first day", needed=True),
    Field("time", Type.CLOCK, "when it begins on that day; not said is the whole day"),
    Field("until", Type.DATE, "its last day; not said is still open"),
    Field("until_time", Type.CLOCK, "when it ends on that day; not said is the end of the day"),
    Field("first_hour", Type.WHOLE, "its first lesson hour (lesuur)"),
    Field("last_hour", Type.WHOLE, "its last lesson hour"),
)

NOTICES = _fields(
    "notices", "one row for each absence that was reported", ("absence_notice",), *_INTERVAL,
    Field("code", Type.TEXT, "code of the reason", needed=True),
)  # fmt: skip

OBSERVATIONS = _fields(
    "observations", "one row for each attendance that was seen in a lesson", ("attendance_observation",), *_INTERVAL,
    Field("subject", Type.KEY, "code of the subject"),
    Field("kind", Type.ONE_OF, "what was seen", needed=True, values=_KINDS),
    Field("settled", Type.FLAG, "dealt with by the school (afgehandeld)"),
)  # fmt: skip

DATA_SETS: Mapping[str, Fields] = {
    each.name: each
    for each in (
        STUDENTS, STAFF, GUARDIANS, GROUPS, TEACHING, ASSESSMENTS, SUBJECTS, GRADES, ABSENCE_REASONS, LESSONS, ABSENCES,
        NOTICES, OBSERVATIONS,
    )
}  # fmt: skip
"""Every data set by its name, in the order in which a full sync reads them: what others refer to comes first."""

MANY_RECORDS = ("students", "staff", "guardians", "groups", "subjects", "teaching", "assessments")
"""The data sets of which a row may bring more than one record, or the same one as another row."""

EDEX_KINDS = ("school_year", "location", "student", "enrolment", "group", "group_member", "staff", "group_staff")
"""What the students bring when they come as EDEXML, EDEX2000 or over UWLR."""


def kinds(data_set: str, mapped: Collection[str]) -> tuple[str, ...]:
    """The canonical kinds that come of a data set of which some fields are mapped."""
    wanted = DATA_SETS[data_set]
    brought = {kind for name in mapped for kind in wanted.fields[name].brings}
    if data_set == "grades" and "column" in mapped:
        brought.clear()  # the columns come with their own data set
    return (*wanted.kinds, *sorted(brought - set(wanted.kinds)))


def one_to_one(data_set: str, mapped: Collection[str]) -> bool:
    """Whether each row brings at most one record, and no two rows the same one."""
    return data_set not in MANY_RECORDS and (data_set != "grades" or "column" in mapped)
