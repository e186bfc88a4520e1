"""What the store must hold after a sync over Somtoday Connect, told from the simulated school itself.

As ``expected_soap``, which tells what both dialects write alike. Connect knows everything by its UUID, and only who is
at the school today; it has no absences, no days of entry, and of a weight only a whole number.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from simulator.atvo_ids import uuid_of
from simulator.curriculum import common_subjects, profile_subjects, profiles_of
from simulator.model import Assessment, Enrolment, Grade, School, Section, Study
from tests.atvo.expected_soap import (
    YEAR,
    enrolled,
    guardian_rows,
    guardianship_row,
    key,
    mark_text,
    staff_rows,
    student_row,
    taken,
    text,
)
from tests.bridge import Rows

Key = tuple[str, ...]
SCHOOL_TYPES = {"vmbo-t": "VMBO-T", "havo": "HAVO", "vwo": "VWO"}
LAST_YEARS = {"vmbo-t": 4, "havo": 5, "vwo": 6}
AVERAGES = {"average": "periodegemiddelde", "report": "rapportgemiddelde"}


def expected_rest(school: School) -> dict[str, Rows]:
    """Every kind's rows."""
    return {**_setup(school), **_students(school), **_guardians(school), **_grade_book(school)}


def _student(number: int) -> Key:
    return key(uuid_of("student", number))


def _homeroom(code: str) -> Key:
    return key(uuid_of("homeroom", code))


def _section(section: Section) -> Key:
    return key(uuid_of("section", section.id))


def _subject(code: str) -> Key:
    return key(uuid_of("subject", code))


def _location(code: str) -> Key:
    return key(uuid_of("location", code))


def _staff(school: School, code: str) -> Key:
    return key(uuid_of("staff", school.staff[code].number))


def _place_of_studies(school: School) -> dict[str, str]:
    """Where each study is taught: where it has a homeroom."""
    return {room.study: room.location for room in school.homerooms.values()}


def _taught(school: School) -> set[str]:
    """What the studies that have a homeroom may be taught."""
    studies = [school.studies[code] for code in _place_of_studies(school)]
    return {
        code
        for study in studies
        for codes in (common_subjects(study), *map(profile_subjects, profiles_of(study)))
        for code in codes
    }


def _setup(school: School) -> dict[str, Rows]:
    """A homeroom is in no school year of its own; sections are, also those without students."""
    here, places, taught = enrolled(school), _place_of_studies(school), _taught(school)
    rooms, sections = list(school.homerooms.values()), list(school.sections.values())
    return {
        "location": [
            {"key": _location(place.code), "name": place.name, "city": None} for place in school.locations.values()
        ],
        "staff": staff_rows(school),
        "subject": [
            {"key": _subject(found.code), "code": found.code, "name": found.name}
            for found in school.subjects.values()
            if found.code in taught
        ],
        "group": [
            _group("homeroom", _homeroom(room.code), room.code, None, room.location) for room in rooms
        ] + [
            _group("section", _section(found), found.code, key(YEAR), places[found.study]) for found in sections
        ],
        "group_member": [
            {"group": _homeroom(found.homeroom), "student": _student(number), "begins": None, "ends": None}
            for number, found in here.items()
        ] + [
            {"group": _section(found), "student": _student(number), "begins": None, "ends": None}
            for found in sections
            for number in found.members
        ],
        "group_staff": [
            {"group": _homeroom(room.code), "staff": _staff(school, code), "role": "mentor", "subject": None,
             "order": order}
            for room in rooms
            for order, code in enumerate(room.mentors, 1)
        ] + [
            {"group": _section(found), "staff": _staff(school, found.teacher), "role": "teacher",
             "subject": _subject(found.subject), "order": None}
            for found in sections
        ],
    }  # fmt: skip


def _group(kind: str, own: Key, code: str, year: Key | None, location: str) -> dict[str, Any]:
    return {
        "key": own, "group_kind": kind, "code": code, "school_year": year, "location": _location(location),
    }  # fmt: skip


def _students(school: School) -> dict[str, Rows]:
    """Who left is not there at all, and neither is the class that somebody was in before."""
    here = enrolled(school)
    return {
        "school_year": [{"key": key(YEAR), "code": YEAR, "begins": None, "ends": None}],
        "student": [student_row(_student(number), school.students[number]) for number in here],
        "enrolment": [_enrolment(placed) for placed in here.values()],
        "student_subject": [
            {"student": _student(number), "subject": _subject(code), "exempt": None}
            for number in here
            for code in taken(school, number)
        ],
    }


def _enrolment(placed: Enrolment) -> dict[str, Any]:
    return {
        "student": _student(placed.student), "school_year": key(YEAR), "location": _location(placed.location),
        "homeroom": _homeroom(placed.homeroom), "study": placed.study, "grade_level": placed.level,
        "profile": text(placed.profile), "begins": placed.begins, "ends": placed.ends, "left_on": None,
    }  # fmt: skip


def _guardians(school: School) -> dict[str, Rows]:
    """Those of whom a child is there."""
    ties = [tie for number in enrolled(school) for tie in school.guardianships[number]]
    return {
        "guardian": guardian_rows(school, ties),
        "guardianship": [{**guardianship_row(_student(tie.student), tie), "order": tie.order} for tie in ties],
    }


def _grade_book(school: School) -> dict[str, Rows]:
    """What the files of those who are there show: a test that all of them are exempt from is not among it."""
    columns: dict[Key, dict[str, Any]] = {}
    grades: Rows = []
    for number in enrolled(school):
        for column, attempts in _shown(school, number):
            row = _assessment(school, column)
            columns.setdefault(row["key"], row)
            grades += _grades(number, column, row["key"], attempts)
    periods = dict.fromkeys(row["grading_period"] for row in columns.values())
    return {
        "grading_period": [
            {"key": own, "school_year": key(YEAR), "code": own[1], "name": None, "begins": None, "ends": None}
            for own in periods
        ],
        "assessment": list(columns.values()),
        "grade": grades,
    }  # fmt: skip


def _shown(school: School, number: int) -> Iterator[tuple[Assessment, list[Grade]]]:
    """The columns in a student's files, with the attempts that have a mark or a label."""
    attempts: dict[int, list[Grade]] = {}
    for grade in school.grades[number].values():
        attempts.setdefault(grade.assessment, []).append(grade)
    courses = {(section.study, section.subject) for section in school.sections_of(number)}
    courses |= {
        (column.study, column.subject)
        for column in map(school.assessments.__getitem__, attempts)
        if column.kind == "test"
    }
    for column in school.assessments.values():
        found = attempts.get(column.id, [])
        marked = [grade for grade in found if grade.state in ("scored", "labelled")]
        if (column.study, column.subject) not in courses:
            continue
        if column.kind == "test":
            is_open = not found and not column.resit and not column.retired
            is_exempt = not marked and any(grade.state == "exempt" for grade in found)
            if is_open or (found and not is_exempt):
                yield column, marked
        elif column.kind in AVERAGES and found:
            yield column, marked


def _assessment(school: School, column: Assessment) -> dict[str, Any]:
    """A test has no number of its own: it is known by what it is a test of, and its code."""
    study, period = school.studies[column.study], str(list(school.periods).index(column.period) + 1)
    kind = "test" if column.kind == "test" else column.kind
    weight = column.weight if column.kind == "test" and column.weight == int(column.weight) else None
    return {
        "key": _column_key(school, column, study, period), "subject": _subject(column.subject),
        "grading_period": key(YEAR, period), "assessment_kind": kind,
        "code": AVERAGES.get(column.kind, column.name), "title": column.title if column.kind == "test" else None,
        "order": None, "held_on": None, "weight": weight, "exam_weight": weight if column.exam else None,
        "exam_column": column.exam if column.kind == "test" else None, "resit_policy": None, "resit_attempts": None,
        "parent": None, "retired": False,
    }  # fmt: skip


def _column_key(school: School, column: Assessment, study: Study, period: str) -> Key:
    subject, level = uuid_of("subject", column.subject), f"{SCHOOL_TYPES[study.track]} {study.level}"
    if column.exam:
        begins = school.year.begins.year + LAST_YEARS[study.track] - study.level
        return key(subject, level, f"{begins}/{begins + 1}", column.name)
    code = column.name if column.kind == "test" else f":{AVERAGES[column.kind]}"
    return key(YEAR, subject, f"{study.level}:{level}", f"{period}:{code}")


def _grades(number: int, column: Assessment, own: Key, attempts: list[Grade]) -> Rows:
    """Of several attempts the one that stands counts; of a single one it is not told that it does not."""
    texts = {
        grade.attempt: grade.label if grade.score is None else mark_text(grade, column) for grade in attempts
    }
    standing = next((grade for grade in attempts if grade.counts), attempts[0] if attempts else None)
    counting = next((grade for grade in attempts if standing and texts[grade.attempt] == texts[standing.attempt]), None)
    return [
        {
            "student": _student(number), "assessment": own, "attempt": grade.attempt,
            "raw_text": texts[grade.attempt], "score": _score(grade), "label": text(grade.label),
            "status": _status(grade), "sufficient": None, "counts": grade is counting, "weight": None,
            "entered_at": None, "achieved_on": None,
        }
        for grade in attempts
    ]  # fmt: skip


def _score(grade: Grade) -> Decimal | None:
    return grade.score if grade.score is not None and 1 <= grade.score <= 10 else None


def _status(grade: Grade) -> str:
    return "labelled" if grade.score is None else "out_of_range" if _score(grade) is None else "scored"
