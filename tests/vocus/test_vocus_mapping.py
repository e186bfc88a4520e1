"""Rows of a delivery to records: people and results. Expected values are written by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from canonical.records import (
    Assessment,
    Enrolment,
    Grade,
    GradingPeriod,
    Group,
    GroupMember,
    GroupStaff,
    Guardian,
    Guardianship,
    Location,
    SchoolYear,
    Staff,
    Student,
    StudentSubject,
    Subject,
)
from canonical.terms import AssessmentKind, Gender, GradeStatus, GroupKind, Relation, StaffRole
from connectors.errors import BadRow
from tests.vocus.mapped import mapped

STUDENT = {
    "number": "000123", "first_name": "Noor", "initials": "N.A.", "prefix": "van den", "last_name": "Berg",
    "gender": "V", "birth_date": "14-03-2010", "email": "n@school.example", "school_year": "2627",
    "year_begins": "01-08-2026", "year_ends": "31-07-2027", "homeroom": "4h2", "study": "H4", "grade_level": "4",
    "profile": "NT", "location": "01", "location_name": "Hoofdlocatie", "location_city": "Waterlinge",
    "mentors": "DVS, KLM", "begins": "01-09-2026", "ends": "31-07-2027", "left_on": "09-10-2026",
}  # fmt: skip
GENDERS = {"maps": {"gender": {"V": "female", "M": "male", "X": "other"}}}
GRADE = {
    "student": "000123", "column": "700", "attempt": "1", "result": "7,9", "made_up": "N", "exempt": "N", "counts": "J",
    "sufficient": "J", "weight": "", "achieved_on": "07-09-2026", "entered_at": "08-09-2026 13:30:05",
}  # fmt: skip
GUARDIAN = {
    "student": "000123", "guardian": "501", "title": "mevr.", "initials": "E.", "first_name": "Eva",
    "last_name": "Smit", "email": "e@post.example", "phone": "06-1", "secret": "N", "relation": "Moeder", "order": "1",
    "authority": "J", "court_block": "N", "receives_mail": "J",
}  # fmt: skip


def _bad(name: str, values: dict[str, str], data: Any = None, **options: Any) -> list[tuple[str, str]]:
    with pytest.raises(BadRow) as caught:
        mapped(name, values, data, **options)
    return [tuple(problem) for problem in caught.value.problems]


def test_a_student_brings_all_that_the_row_says() -> None:
    student, year, room = ("000123",), ("2627",), ("4h2",)
    assert mapped("students", STUDENT, GENDERS) == [
        Student(
            key=student, local_id="000123", first_name="Noor", initials="N.A.", prefix="van den", last_name="Berg",
            gender=Gender.FEMALE, birth_date=date(2010, 3, 14), email="n@school.example",
        ),
        Enrolment(
            key=("000123", "2627", "2026-09-01"), student=student, school_year=year, location=("01",), homeroom=room,
            study="H4", grade_level=4, profile="NT", begins=date(2026, 9, 1), ends=date(2027, 7, 31),
            left_on=date(2026, 10, 9),
        ),
        SchoolYear(key=year, code="2627", begins=date(2026, 8, 1), ends=date(2027, 7, 31)),
        Location(key=("01",), name="Hoofdlocatie", city="Waterlinge"),
        Group(key=room, group_kind=GroupKind.HOMEROOM, code="4h2", school_year=year, location=("01",)),
        GroupMember(
            key=("4h2", "000123"), group=room, student=student, begins=date(2026, 9, 1), ends=date(2027, 7, 31)
        ),
        GroupStaff(key=("4h2", "DVS", "mentor"), group=room, staff=("DVS",), role=StaffRole.MENTOR, order=1),
        GroupStaff(key=("4h2", "KLM", "mentor"), group=room, staff=("KLM",), role=StaffRole.MENTOR, order=2),
    ]  # fmt: skip


def test_a_student_of_whom_little_is_said_is_enrolled_in_the_year_of_the_delivery() -> None:
    assert mapped("students", {"number": "7", "last_name": "Berg"}) == [
        Student(key=("7",), local_id="7", last_name="Berg"),
        Enrolment(key=("7", "2026-2027"), student=("7",), school_year=("2026-2027",)),
        SchoolYear(key=("2026-2027",), code="2026-2027"),
    ]


def test_several_codes_in_a_cell_are_groups_and_subjects() -> None:
    values = {"number": "7", "last_name": "Berg", "groups": "4h.wi1+ 4h.ne2++4h.wi1", "subjects": "wi"}
    found = mapped("students", values, {"separator": "+"})[3:]
    assert found == [
        Group(key=("4h.wi1",), group_kind=GroupKind.SECTION, code="4h.wi1"),
        GroupMember(key=("4h.wi1", "7"), group=("4h.wi1",), student=("7",)),
        Group(key=("4h.ne2",), group_kind=GroupKind.SECTION, code="4h.ne2"),
        GroupMember(key=("4h.ne2", "7"), group=("4h.ne2",), student=("7",)),
        StudentSubject(key=("7", "wi"), student=("7",), subject=("wi",)),
        Subject(key=("wi",), code="wi"),
    ]


def test_a_class_among_the_groups_stays_a_class() -> None:
    found = mapped("students", {"number": "7", "last_name": "Berg", "homeroom": "4h2", "groups": "4h2,4h.wi1"})
    groups = [(record.code, record.group_kind) for record in found if isinstance(record, Group)]
    assert groups == [("4h2", GroupKind.HOMEROOM), ("4h.wi1", GroupKind.SECTION)]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"number": ""}, ("number", "key")),
        ({"number": "9" * 65}, ("number", "key")),
        ({"last_name": "-"}, ("last_name", "missing")),
        ({"birth_date": "31-02-2010"}, ("birth_date", "date")),
        ({"birth_date": "14-03-1810"}, ("birth_date", "date")),
        ({"begins": "gisteren"}, ("begins", "key")),
        ({"ends": "ooit"}, ("ends", "date")),
        ({"grade_level": "vier"}, ("grade_level", "decimal")),
        ({"grade_level": "4,5"}, ("grade_level", "whole")),
        ({"homeroom": "k" * 65}, ("homeroom", "key")),
        ({"mentors": "k" * 65}, ("mentors", "words")),
        ({"mentors": ",".join(map(str, range(501)))}, ("mentors", "words")),
    ],
)
def test_a_bad_student_names_the_field(change: dict[str, str], problem: tuple[str, str]) -> None:
    assert _bad("students", {**STUDENT, **change}, GENDERS) == [problem]


def test_a_bad_row_covers_the_records_that_it_stands_for() -> None:
    with pytest.raises(BadRow) as caught:
        mapped("students", {**STUDENT, "birth_date": "x"}, GENDERS)
    assert ("student", ("000123",)) in caught.value.covers
    assert len(caught.value.covers) == 8


@pytest.mark.parametrize(
    ("text", "expected"),
    [("v", Gender.FEMALE), ("M", Gender.MALE), ("X", Gender.OTHER), ("other", Gender.OTHER), ("?", None), ("", None)],
)
def test_gender_goes_through_the_schools_words(text: str, expected: Gender | None) -> None:
    student = mapped("students", {**STUDENT, "gender": text}, GENDERS)[0]
    assert isinstance(student, Student)
    assert student.gender is expected


def test_staff_go_by_their_code() -> None:
    values = {"code": "DVS", "number": "0071", "first_name": "Dirk", "last_name": "Vries", "function": "docent"}
    assert mapped("staff", values) == [
        Staff(key=("DVS",), code="DVS", local_id="0071", first_name="Dirk", last_name="Vries", function="docent")
    ]
    assert _bad("staff", {**values, "number": "7a"}) == [("number", "digits")]


def test_a_guardian_is_tied_to_a_student() -> None:
    guardian = ("501",)
    assert mapped("guardians", GUARDIAN) == [
        Guardian(
            key=guardian, title="mevr.", first_name="Eva", initials="E.", last_name="Smit", email="e@post.example",
            phone="06-1",
        ),
        Guardianship(
            key=("000123", "501"), student=("000123",), guardian=guardian, relation=Relation.MOTHER,
            relation_text="Moeder", order=1, legal_authority=True, receives_mail=True,
        ),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [("V", Relation.FATHER), ("vader", Relation.FATHER), ("oom", Relation.UNKNOWN), ("mother", Relation.MOTHER),
     ("", Relation.UNKNOWN)],
)  # fmt: skip
def test_a_relation_keeps_its_text(text: str, expected: Relation) -> None:
    tie = mapped("guardians", {**GUARDIAN, "relation": text}, {"maps": {"relation": {"V": "father"}}})[1]
    assert isinstance(tie, Guardianship)
    assert (tie.relation, tie.relation_text) == (expected, text or None)


def test_a_guardian_without_a_number_goes_by_student_and_order() -> None:
    values = {"student": "000123", "order": "2", "last_name": "Smit"}
    assert mapped("guardians", values) == [
        Guardian(key=("000123", "2"), last_name="Smit"),
        Guardianship(key=("000123", "2"), student=("000123",), guardian=("000123", "2"), order=2),
    ]
    assert _bad("guardians", {**values, "order": ""}) == [("order", "key")]


def test_a_guardian_of_several_students_is_one_guardian() -> None:
    values = {"guardian": "ouder2003", "last_name": "McCartney", "students": "201700045,201700003"}
    found = mapped("guardians", values)
    assert [record.key for record in found] == [
        ("ouder2003",), ("201700045", "ouder2003"), ("201700003", "ouder2003"),
    ]  # fmt: skip
    assert _bad("guardians", {**values, "students": ""}) == [("student", "key")]


def test_lost_zeros_come_back_in_every_number_of_a_cell() -> None:
    values = {"guardian": "1", "last_name": "Smit", "students": "123, 045"}
    found = mapped("guardians", values, {"pad": {"students": 6}})
    assert [record.key[0] for record in found[1:]] == ["000123", "000045"]


def test_groups_subjects_and_teaching() -> None:
    assert mapped("groups", {"group": "4h.wi1", "student": "7"}) == [
        Group(key=("4h.wi1",), group_kind=GroupKind.SECTION, code="4h.wi1"),
        GroupMember(key=("4h.wi1", "7"), group=("4h.wi1",), student=("7",)),
    ]
    assert mapped("subjects", {"student": "7", "subject": "wi"}) == [
        StudentSubject(key=("7", "wi"), student=("7",), subject=("wi",)), Subject(key=("wi",), code="wi"),
    ]  # fmt: skip
    assert mapped("teaching", {"group": "4h.wi1", "teacher": "DVS", "subject": "wi", "subject_name": "wiskunde"}) == [
        Subject(key=("wi",), code="wi", name="wiskunde"),
        GroupStaff(
            key=("4h.wi1", "DVS", "teacher", "wi"), group=("4h.wi1",), staff=("DVS",), role=StaffRole.TEACHER,
            subject=("wi",),
        ),
    ]  # fmt: skip


def test_a_grade_column_has_its_period_and_its_subject() -> None:
    values = {
        "column": "700", "school_year": "2627", "period": "P1", "period_name": "Periode 1",
        "period_begins": "31-08-2026", "period_ends": "08-11-2026", "subject": "ne", "subject_name": "Nederlands",
        "code": "ne101", "order": "101", "title": "SO 1", "kind": "toets", "weight": "0,5", "exam": "J", "resit": "N",
        "resit_of": "", "retired": "N",
    }  # fmt: skip
    data = {"maps": {"kind": {"toets": "test"}}}
    assert mapped("assessments", values, data) == [
        GradingPeriod(
            key=("2627", "P1"), school_year=("2627",), code="P1", name="Periode 1", begins=date(2026, 8, 31),
            ends=date(2026, 11, 8),
        ),
        Subject(key=("ne",), code="ne", name="Nederlands"),
        Assessment(
            key=("700",), subject=("ne",), grading_period=("2627", "P1"), assessment_kind=AssessmentKind.TEST,
            code="ne101", title="SO 1", order=101, weight=Decimal("0.5"), exam_column=True,
        ),
    ]  # fmt: skip
    assert mapped("assessments", {**values, "resit": "J", "resit_of": "600"}, data) == []
    unknown = mapped("assessments", {**values, "kind": "iets"}, data)[2]
    assert isinstance(unknown, Assessment)
    assert unknown.assessment_kind is AssessmentKind.UNKNOWN
    assert mapped("assessments", {**values, "school_year": ""}, data)[0].key == ("2026-2027", "P1")
    assert [record.kind for record in mapped("assessments", {**values, "period": ""}, data)] == [
        "subject", "assessment",
    ]  # fmt: skip


def test_a_grade_of_a_column() -> None:
    assert mapped("grades", GRADE) == [
        Grade(
            key=("000123", "700", "1"), student=("000123",), assessment=("700",), raw_text="7,9", score=Decimal("7.9"),
            status=GradeStatus.SCORED, sufficient=True, entered_at=datetime(2026, 9, 8, 11, 30, 5, tzinfo=UTC),
            achieved_on=date(2026, 9, 7),
        )
    ]  # fmt: skip


def test_an_attempt_that_is_not_said_is_the_first() -> None:
    for text in ("", "1", "01"):
        assert mapped("grades", {**GRADE, "attempt": text})[0].key == ("000123", "700", "1")
    for text in ("0", "-1", "1,0", "eerste", "100"):
        assert _bad("grades", {**GRADE, "attempt": text}) == [("attempt", "key")]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"result": "6.5"}, (GradeStatus.SCORED, Decimal("6.5"), None, True)),
        ({"result": "10"}, (GradeStatus.SCORED, Decimal(10), None, True)),
        ({"result": "V"}, (GradeStatus.LABELLED, None, "V", True)),
        ({"result": "11"}, (GradeStatus.OUT_OF_RANGE, None, None, True)),
        ({"result": "1.234,5"}, (GradeStatus.UNREADABLE, None, None, True)),
        ({"result": "", "made_up": "J"}, (GradeStatus.TO_BE_MADE_UP, None, None, None)),
        ({"result": "Inh"}, (GradeStatus.TO_BE_MADE_UP, None, None, None)),
        ({"result": "7", "exempt": "J"}, (GradeStatus.EXEMPT, None, None, None)),
        ({"result": "vr"}, (GradeStatus.EXEMPT, None, None, None)),
    ],
)
def test_what_a_result_says(change: dict[str, str], expected: tuple[Any, ...]) -> None:
    grade = mapped("grades", {**GRADE, **change})[0]
    assert isinstance(grade, Grade)
    assert (grade.status, grade.score, grade.label, grade.sufficient) == expected
    assert grade.raw_text == change["result"]


@pytest.mark.parametrize(
    ("text", "status", "score"),
    [
        ("65", GradeStatus.SCORED, Decimal("6.5")), ("100", GradeStatus.SCORED, Decimal(10)),
        ("10", GradeStatus.SCORED, Decimal(1)), ("9", GradeStatus.OUT_OF_RANGE, None),
        ("101", GradeStatus.OUT_OF_RANGE, None), ("6,5", GradeStatus.UNREADABLE, None),
        ("1000", GradeStatus.UNREADABLE, None), ("V", GradeStatus.LABELLED, None),
    ],
)  # fmt: skip
def test_results_in_tenths(text: str, status: GradeStatus, score: Decimal | None) -> None:
    grade = mapped("grades", {**GRADE, "result": text}, {"scale": "tenths"})[0]
    assert isinstance(grade, Grade)
    assert (grade.status, grade.score, grade.raw_text) == (status, score, text)


def test_a_row_without_a_result_is_no_grade() -> None:
    assert mapped("grades", {**GRADE, "result": "-"}) == []
    assert _bad("grades", {**GRADE, "column": ""}) == [("column", "key")]


def test_a_grade_without_a_column_brings_its_own() -> None:
    values = {
        "student": "7", "subject": "wi", "period": "1", "code": "SO1", "result": "8", "title": "Breuken",
        "kind": "test", "column_weight": "2", "subject_name": "wiskunde",
    }  # fmt: skip
    period, column = ("2026-2027", "1"), ("2026-2027", "1", "wi", "SO1")
    assert mapped("grades", values) == [
        GradingPeriod(key=period, school_year=("2026-2027",), code="1"),
        Subject(key=("wi",), code="wi", name="wiskunde"),
        Assessment(
            key=column, subject=("wi",), grading_period=period, assessment_kind=AssessmentKind.TEST, code="SO1",
            title="Breuken", weight=Decimal(2),
        ),
        Grade(
            key=("7", "2026-2027 1", "wi", "1 SO1"), student=("7",), assessment=column, raw_text="8", score=Decimal(8),
            status=GradeStatus.SCORED,
        ),
    ]  # fmt: skip
    assert [record.kind for record in mapped("grades", {**values, "result": ""})] == [
        "grading_period", "subject", "assessment",
    ]  # fmt: skip
    for field in ("subject", "period", "code"):
        assert _bad("grades", {**values, field: ""}) == [(field, "key")]
