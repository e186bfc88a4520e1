"""What the store must hold after a sync over UMService and WISService, told from the simulated school itself.

Nothing of the connector is used here: this is the agreement on the two services, and the rules, a second time. Each
kind is a list of plain dicts: the table's fields (a reference as the source's own key of what it refers to) and, where
the source has a number, code or UUID for the thing itself, that as ``key``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from simulator.atvo_ids import uuid_of
from simulator.model import AbsenceReason, Assessment, Enrolment, Grade, Guardianship, School, Student
from tests.bridge import Rows

Key = tuple[str, ...]

YEAR = "2026/2027"
_AMSTERDAM = ZoneInfo("Europe/Amsterdam")

GENDERS = {"female": "female", "male": "male", "other": None}
"""The source's word for the third is "unknown"."""
KINDS = {"test": "test", "average": "average", "report": "report", "calculated": "calculated"}
ATTENDANCE = {
    "absent": "absent", "late": "late", "sick": "sick", "removed": "removed", "exemption": "exempt",
}  # fmt: skip
RELATIONS = {
    "mother": "Moeder", "father": "Vader", "legal_guardian": "Voogd", "foster_parent": "Pleegouder",
    "step_parent": "Stiefouder", "institution": "Instelling", "other": "Anders",
}  # fmt: skip


def expected_soap(school: School) -> dict[str, Rows]:
    """Every kind's rows."""
    found: dict[str, Rows] = {}
    for part in (_setup(school), _students(school), _people(school), _grade_book(school), _absences(school)):
        for kind, rows in part.items():
            found.setdefault(kind, []).extend(rows)
    return found


def key(*parts: object) -> Key:
    return tuple(map(str, parts))


def text(value: str) -> str | None:
    return value or None


def moment(local: datetime | None) -> datetime | None:
    return None if local is None else local.replace(tzinfo=_AMSTERDAM).astimezone(UTC)


def enrolled(school: School) -> dict[int, Enrolment]:
    """Who is at the school today, and where."""
    return {number: found for number in school.students if (found := school.enrolment(number))}


def group_key(location: str, code: str) -> Key:
    """A group is known by its name alone, which may come again at another location and in another year."""
    return key(YEAR, location, code)


def section_places(school: School) -> dict[str, list[str]]:
    """The locations at which each section is listed: those of its members."""
    here = enrolled(school)
    return {
        section.code: sorted({here[number].location for number in section.members if number in here})
        for section in school.sections.values()
    }


def _setup(school: School) -> dict[str, Rows]:
    places = section_places(school)
    return {
        "location": [
            {"key": key(place.code), "name": place.name, "city": place.city} for place in school.locations.values()
        ],
        "school_year": [{"key": key(YEAR), "code": YEAR, "begins": None, "ends": None}],
        "subject": [{"key": key(s.code), "code": s.code, "name": s.name} for s in school.subjects.values()],
        "group": [
            _group("homeroom", room.location, room.code) for room in school.homerooms.values()
        ] + [
            _group("section", place, section.code)
            for section in school.sections.values()
            for place in places[section.code]
        ],
        "group_staff": _mentors(school) + [
            {
                "group": group_key(place, s.code), "staff": _staff_key(school, s.teacher), "role": "teacher",
                "subject": key(s.subject), "order": None,
            }
            for s in school.sections.values()
            for place in places[s.code]
        ],
    }  # fmt: skip


def _group(kind: str, location: str, code: str) -> dict[str, Any]:
    return {
        "key": group_key(location, code), "group_kind": kind, "code": code, "school_year": key(YEAR),
        "location": key(location),
    }  # fmt: skip


def _mentors(school: School) -> Rows:
    """They are told by each student of the homeroom: one without students has none."""
    peopled = {found.homeroom for found in enrolled(school).values()}
    return [
        {
            "group": group_key(room.location, room.code), "staff": _staff_key(school, code), "role": "mentor",
            "subject": None, "order": order,
        }
        for room in school.homerooms.values()
        if room.code in peopled
        for order, code in enumerate(room.mentors, 1)
    ]  # fmt: skip


def _staff_key(school: School, code: str) -> Key:
    return key(uuid_of("staff", school.staff[code].number))


def _students(school: School) -> dict[str, Rows]:
    """Who left is listed still, and is in no class."""
    here = enrolled(school)
    return {
        "student": [student_row(key(number), school.students[number]) for number in school.enrolments],
        "enrolment": [
            {
                "student": key(number), "school_year": key(YEAR), "location": key(found.location),
                "homeroom": group_key(found.location, found.homeroom), "study": found.study,
                "grade_level": found.level, "profile": text(found.profile), "begins": None, "ends": None,
                "left_on": None,
            }
            for number, found in here.items()
        ],
        "group_member": [
            {"group": group_key(found.location, code), "student": key(number), "begins": None, "ends": None}
            for number, found in here.items()
            for code in (found.homeroom, *(section.code for section in school.sections_of(number)))
        ],
        "student_subject": [
            {"student": key(number), "subject": key(code), "exempt": None}
            for number in here
            for code in taken(school, number)
        ],
    }  # fmt: skip


def student_row(own: Key, student: Student) -> dict[str, Any]:
    return {
        "key": own, "local_id": str(student.number), "first_name": text(student.first_name),
        "initials": text(student.initials), "prefix": text(student.prefix), "last_name": student.last_name,
        "gender": GENDERS[student.gender], "birth_date": student.birth_date, "email": text(student.email),
    }  # fmt: skip


def taken(school: School, number: int) -> list[str]:
    """The codes of the subjects that a student takes."""
    return list(dict.fromkeys(section.subject for section in school.sections_of(number)))


def _people(school: School) -> dict[str, Rows]:
    """Staff who are no longer in service are none."""
    ties = [tie for several in school.guardianships.values() for tie in several]
    return {
        "staff": staff_rows(school),
        "guardian": guardian_rows(school, ties),
        "guardianship": [guardianship_row(key(tie.student), tie) for tie in ties],
    }


def staff_rows(school: School) -> Rows:
    return [
        {
            "key": key(uuid_of("staff", person.number)), "code": person.code, "local_id": str(person.number),
            "first_name": text(person.first_name), "initials": text(person.initials), "prefix": text(person.prefix),
            "last_name": person.last_name, "function": person.function,
        }
        for person in school.staff.values()
        if person.left_on is None
    ]  # fmt: skip


def guardian_rows(school: School, ties: Iterable[Guardianship]) -> Rows:
    """Of a guardian there is no title and no first name, only initials."""
    return [
        {
            "key": key(uuid_of("guardian", person.id)), "title": None, "first_name": None,
            "initials": text(person.initials), "prefix": text(person.prefix), "last_name": person.last_name,
            "email": text(person.email), "phone": person.phone, "secret": person.secret,
        }
        for person in (school.guardians[ident] for ident in dict.fromkeys(tie.guardian for tie in ties))
    ]  # fmt: skip


def guardianship_row(student: Key, tie: Guardianship) -> dict[str, Any]:
    """Neither the order of the contacts nor a court's block is told."""
    return {
        "student": student, "guardian": key(uuid_of("guardian", tie.guardian)), "relation": tie.relation,
        "relation_text": RELATIONS[tie.relation], "order": None, "legal_authority": tie.legal_authority,
        "court_block": False, "receives_mail": tie.receives_mail,
    }  # fmt: skip


def _grade_book(school: School) -> dict[str, Rows]:
    """What the overviews of those who are there today show: no resits' columns, and no subject that nobody takes."""
    shown: dict[int, Assessment] = {}
    grades: Rows = []
    for number, found in enrolled(school).items():
        filled = {grade.assessment: school.assessments[grade.assessment] for grade in school.grades[number].values()}
        subjects = {*taken(school, number), *(column.subject for column in filled.values()), "gem"}
        shown |= filled
        shown |= {
            column.id: column
            for column in school.assessments.values()
            if column.study == found.study and column.subject in subjects and not column.resit
        }
        grades += [grade_row(grade, filled[grade.assessment]) for grade in school.grades[number].values()]
    codes = dict.fromkeys(column.period for column in shown.values())
    return {
        "grading_period": [
            {
                "key": key(YEAR, code), "school_year": key(YEAR), "code": code, "name": school.periods[code].name,
                "begins": None, "ends": None,
            }
            for code in codes
        ],
        "assessment": [_assessment(column) for column in shown.values()],
        "grade": grades,
    }  # fmt: skip


def _assessment(column: Assessment) -> dict[str, Any]:
    return {
        "key": key(column.id), "subject": key(column.subject), "grading_period": key(YEAR, column.period),
        "assessment_kind": KINDS[column.kind], "code": column.name, "title": column.title, "order": column.number,
        "held_on": column.held_on, "weight": column.weight, "exam_weight": column.weight if column.exam else None,
        "exam_column": column.exam, "resit_policy": None, "resit_attempts": None, "parent": None,
        "retired": column.retired,
    }  # fmt: skip


def grade_row(grade: Grade, column: Assessment) -> dict[str, Any]:
    """R1, R2, R14: only a mark from 1 to 10 is a number; what has no mark is neither sufficient nor insufficient."""
    pending = grade.state in ("to_be_made_up", "exempt")
    score, raw = None, ""
    status: str = grade.state
    if grade.score is not None:
        raw = mark_text(grade, column)
        score = grade.score if Decimal(1) <= grade.score <= Decimal(10) else None
        status = "scored" if score is not None else "out_of_range"
    elif not pending:
        raw = grade.label
    return {
        "student": key(grade.student), "assessment": key(grade.assessment), "attempt": grade.attempt,
        "raw_text": raw, "score": score, "label": text(grade.label), "status": status,
        "sufficient": None if pending else grade.sufficient, "counts": grade.counts,
        "weight": None if grade.weight == column.weight else grade.weight,
        "entered_at": moment(grade.entered_at), "achieved_on": grade.achieved_on,
    }  # fmt: skip


def mark_text(grade: Grade, column: Assessment) -> str:
    """A mark as both dialects write it: with a point."""
    assert grade.score is not None
    return f"{grade.score:.1f}" if column.decimals else str(int(grade.score))


def _absences(school: School) -> dict[str, Rows]:
    """Of those who are there today. Remarks of a lesson are not in the service at all; presence is no absence."""
    here = enrolled(school)
    seen = [
        row for row in school.observations.values()
        if row.student in here and school.reasons[row.reason].kind in ATTENDANCE
    ]  # fmt: skip
    notices = [row for row in school.notices.values() if row.student in here]
    given = [row.reason for row in seen] + [row.reason for row in notices]
    reasons = [school.reasons[code] for code in dict.fromkeys(given)]
    return {
        "absence_reason": [
            {
                "key": key(reason.id), "code": reason.code, "name": reason.name,
                "attendance_kind": ATTENDANCE[reason.kind], "excused": _excused(reason), "luxury": None,
                "visible_to_guardians": None, "retired": False,
            }
            for reason in reasons
        ],
        "attendance_observation": [
            {"lesson": None, "day": row.day, "hour": row.hour, **_absence(school, row.id, row.student, row.reason),
             "noted_at": moment(row.noted_at)}
            for row in seen
        ],
        "absence_notice": [
            {"begins": moment(row.begins), "ends": moment(row.ends),
             **_absence(school, row.id, row.student, row.reason), "noted_at": moment(row.noted_at)}
            for row in notices
        ],
    }  # fmt: skip


def _absence(school: School, ident: int, student: int, code: str) -> dict[str, Any]:
    reason = school.reasons[code]
    return {
        "key": key(ident), "student": key(student), "attendance_kind": ATTENDANCE[reason.kind],
        "excused": _excused(reason), "reason": key(reason.id), "reason_code": reason.code,
    }  # fmt: skip


def _excused(reason: AbsenceReason) -> bool | None:
    """Absent and nobody knows why is unresolved: neither excused nor unexcused (R35)."""
    return None if reason.code == "AB" else reason.excused
