"""What the store must hold after a sync of the simulated school, told from the school itself.

Nothing of the connector is used here: this is the agreement on the lists and functions, and the rules, a second time.
Each kind is a list of plain dicts: the table's fields (a reference as the source's own key of what it refers to)
and, where the source has one number or code for the thing itself, that as ``key``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from simulator.model import AbsenceReason, Assessment, Enrolment, Grade, School, Student

Rows = list[dict[str, Any]]
Key = tuple[str, ...]

_AMSTERDAM = ZoneInfo("Europe/Amsterdam")

KINDS = {"test": "test", "average": "average", "report": "report", "calculated": "calculated"}
LESSONS = {
    "scheduled": "scheduled", "changed": "changed", "moved": "changed", "changed_and_moved": "changed",
    "cancelled": "cancelled",
}  # fmt: skip
ATTENDANCE = {
    "absent": "absent", "late": "late", "sick": "sick", "removed": "removed", "present": "present",
    "exemption": "exempt",
}  # fmt: skip
REMARKS = {"materials": "materials", "homework": "homework", "phone": "phone"}
"""No absence at all (R34)."""
RELATIONS = {
    "mother": "moeder", "father": "vader", "legal_guardian": "voogd", "foster_parent": "pleegouder",
    "step_parent": "stiefouder", "institution": "instelling", "other": "anders",
}  # fmt: skip


def expected(school: School, *, pupils_list: bool = True, ansi: bool = False) -> dict[str, Rows]:
    """Every kind's rows. ``pupils_list``: students come from the list, else from ``GetActiveStudents``.

    ``ansi``: the lists came in Windows-1252, in which a letter that it does not have is a question mark already.
    """
    told = (
        _with_list(school) if pupils_list else _without_list(school),
        _people(school), _sections(school), _grade_book(school), _timetable(school), _absences(school),
    )  # fmt: skip
    found: dict[str, Rows] = {}
    for part in told:
        for kind, rows in part.items():
            found.setdefault(kind, []).extend(rows)
    if ansi:
        found = {kind: rows if kind == "staff" else _in_ansi(rows) for kind, rows in found.items()}
    return found


def _in_ansi(rows: Rows) -> Rows:
    return [{name: _narrow(value) for name, value in row.items()} for row in rows]


def _narrow(value: Any) -> Any:
    return value.encode("cp1252", "replace").decode("cp1252") if isinstance(value, str) else value


def _key(*parts: object) -> Key:
    return tuple(map(str, parts))


def _text(value: str) -> str | None:
    return value or None


def _moment(local: datetime | None) -> datetime | None:
    return None if local is None else local.replace(tzinfo=_AMSTERDAM).astimezone(UTC)


def _unique(rows: Iterable[dict[str, Any]]) -> Rows:
    found: Rows = []
    for row in rows:
        if row not in found:
            found.append(row)
    return found


def _student(student: Student) -> dict[str, Any]:
    return {
        "key": _key(student.number), "local_id": str(student.number), "first_name": _text(student.first_name),
        "initials": _text(student.initials), "prefix": _text(student.prefix), "last_name": student.last_name,
        "gender": student.gender, "birth_date": student.birth_date, "email": _text(student.email),
    }  # fmt: skip


def _enrolment(
    school: School, enrolment: Enrolment, location: str, begins: date | None, ends: date | None, left_on: date | None
) -> dict[str, Any]:
    return {
        "student": _key(enrolment.student), "school_year": _key(school.year.code), "location": _key(location),
        "homeroom": _key(enrolment.homeroom), "study": enrolment.study, "grade_level": enrolment.level,
        "profile": _text(enrolment.profile), "begins": begins, "ends": ends, "left_on": left_on,
    }  # fmt: skip


def _homeroom(school: School, code: str, location: str) -> dict[str, Any]:
    return {
        "key": _key(code), "group_kind": "homeroom", "code": code, "school_year": _key(school.year.code),
        "location": _key(location),
    }  # fmt: skip


def _with_list(school: School) -> dict[str, Rows]:
    """The list has every enrolment of the year: somebody who changed class comes twice, a leaver is still there."""
    enrolments = [enrolment for several in school.enrolments.values() for enrolment in several]
    rooms = [school.homerooms[code] for code in dict.fromkeys(enrolment.homeroom for enrolment in enrolments)]
    locations = [school.locations[code] for code in dict.fromkeys(enrolment.location for enrolment in enrolments)]
    year = school.year
    return {
        "school_year": [{"key": _key(year.code), "code": year.code, "begins": year.begins, "ends": year.ends}],
        "location": [{"key": _key(place.code), "name": place.name, "city": place.city} for place in locations],
        "student": [_student(school.students[number]) for number in dict.fromkeys(e.student for e in enrolments)],
        "enrolment": [_enrolment(school, e, e.location, e.begins, e.ends, e.left_on) for e in enrolments],
        "group": [_homeroom(school, room.code, room.location) for room in rooms],
        "group_member": [
            {"group": _key(e.homeroom), "student": _key(e.student), "begins": e.begins, "ends": e.ends}
            for e in enrolments
        ],
        "group_staff": [
            {"group": _key(room.code), "staff": _key(code), "role": "mentor", "subject": None, "order": order}
            for room in rooms
            for order, code in enumerate(room.mentors, 1)
        ],
    }


def _without_list(school: School) -> dict[str, Rows]:
    """``GetActiveStudents``: who is there today; no dates, no mentors' codes, a location by its name alone."""
    enrolments = [e for number in school.students if (e := school.enrolment(number))]
    names = {code: place.name for code, place in school.locations.items()}
    places = [school.locations[code] for code in dict.fromkeys(e.location for e in enrolments)]
    rooms = dict.fromkeys((e.homeroom, e.location) for e in enrolments)
    return {
        "school_year": [{"key": _key(school.year.code), "code": school.year.code, "begins": None, "ends": None}],
        "location": [{"key": _key(place.name), "name": place.name, "city": place.city} for place in places],
        "student": [_student(school.students[e.student]) for e in enrolments],
        "enrolment": [_enrolment(school, e, names[e.location], None, None, None) for e in enrolments],
        "group": [_homeroom(school, room, names[location]) for room, location in rooms],
        "group_member": [
            {"group": _key(e.homeroom), "student": _key(e.student), "begins": None, "ends": None} for e in enrolments
        ],
    }


def _people(school: School) -> dict[str, Rows]:
    """Staff who left have a ``*`` in their code and are none; somebody with two log-ins is one person."""
    ties = [tie for several in school.guardianships.values() for tie in several]
    return {
        "staff": [
            {
                "key": _key(person.code), "code": person.code, "local_id": str(person.number),
                "first_name": _text(person.first_name), "initials": _text(person.initials),
                "prefix": _text(person.prefix), "last_name": person.last_name, "function": person.function,
            }
            for person in school.staff.values()
            if person.left_on is None
        ],
        "guardian": [
            {
                "key": _key(person.id), "title": _text(person.title), "first_name": _text(person.first_name),
                "initials": _text(person.initials), "prefix": _text(person.prefix), "last_name": person.last_name,
                "email": _text(person.email), "phone": person.phone, "secret": person.secret,
            }
            for person in (school.guardians[ident] for ident in dict.fromkeys(tie.guardian for tie in ties))
        ],
        "guardianship": [
            {
                "student": _key(tie.student), "guardian": _key(tie.guardian), "relation": tie.relation,
                "relation_text": RELATIONS[tie.relation], "order": tie.order, "legal_authority": tie.legal_authority,
                "court_block": tie.court_block, "receives_mail": tie.receives_mail,
            }
            for tie in ties
        ],
    }  # fmt: skip


def _sections(school: School) -> dict[str, Rows]:
    """Sections come by their members, one student at a time; teachers by what each of them teaches."""
    sections = school.sections.values()
    return {
        "group": [
            {"key": _key(s.code), "group_kind": "section", "code": s.code, "school_year": None, "location": None}
            for s in sections
            if s.members
        ],
        "group_member": [
            {"group": _key(section.code), "student": _key(member), "begins": None, "ends": None}
            for section in sections
            for member in section.members
        ],
        "group_staff": [
            {
                "group": _key(s.code), "staff": _key(s.teacher), "role": "teacher", "subject": _key(s.subject),
                "order": None,
            }
            for s in sections
        ],
        "student_subject": [
            {"student": _key(member), "subject": _key(subject), "exempt": None}
            for member, subject in dict.fromkeys((member, s.subject) for s in sections for member in s.members)
        ],
    }  # fmt: skip


def _grade_book(school: School) -> dict[str, Rows]:
    """The column of a resit is none of its own: its results are further attempts at the original (R18)."""
    columns = [column for column in school.assessments.values() if not column.resit]
    taught = dict.fromkeys((*(s.subject for s in school.sections.values()), *(c.subject for c in columns)))
    year = school.year.code
    periods = [school.periods[code] for code in dict.fromkeys(column.period for column in columns)]
    return {
        "subject": [{"key": _key(code), "code": code, "name": school.subjects[code].name} for code in taught],
        "grading_period": [
            {
                "key": _key(year, p.code), "school_year": _key(year), "code": p.code, "name": p.name,
                "begins": p.begins, "ends": p.ends,
            }
            for p in periods
        ],
        "assessment": [_assessment(year, column) for column in columns],
        "grade": [_grade(grade, school.assessments[grade.assessment]) for grade in school.all_grades()],
    }  # fmt: skip


def _assessment(year: str, column: Assessment) -> dict[str, Any]:
    return {
        "key": _key(column.id), "subject": _key(column.subject), "grading_period": _key(year, column.period),
        "assessment_kind": KINDS[column.kind], "code": column.name, "title": column.title, "order": column.number,
        "held_on": None, "weight": column.weight, "exam_weight": None, "exam_column": column.exam,
        "resit_policy": None, "resit_attempts": None, "parent": None, "retired": column.retired,
    }  # fmt: skip


def _grade(grade: Grade, column: Assessment) -> dict[str, Any]:
    """R1, R2, R14: only a mark from 1 to 10 is a number; what has no mark is neither sufficient nor insufficient."""
    pending = {"to_be_made_up": "Inh", "exempt": "Vr"}
    score = None
    if grade.score is not None:
        text = f"{grade.score:.1f}".replace(".", ",") if column.decimals else str(int(grade.score))
        score = grade.score if Decimal(1) <= grade.score <= Decimal(10) else None
        status = "scored" if score is not None else "out_of_range"
    elif grade.state in pending:
        text, status = pending[grade.state], grade.state
    else:
        text, status = grade.label, "labelled"
    return {
        "student": _key(grade.student), "assessment": _key(grade.assessment), "attempt": grade.attempt,
        "raw_text": text, "score": score, "label": _text(grade.label), "status": status,
        "sufficient": None if grade.state in pending else grade.sufficient, "counts": grade.counts,
        "weight": grade.weight, "entered_at": _moment(grade.entered_at), "achieved_on": grade.achieved_on,
    }  # fmt: skip


def _timetable(school: School) -> dict[str, Rows]:
    return {
        "lesson": [
            {
                "key": _key(lesson.id), "begins": _moment(lesson.begins), "ends": _moment(lesson.ends),
                "first_hour": lesson.first_hour, "last_hour": lesson.last_hour,
                "title": f"{lesson.subject} - {lesson.teacher} - {lesson.group}", "subject": _key(lesson.subject),
                "group": _key(lesson.group), "staff": _key(lesson.teacher), "status": LESSONS[lesson.status],
            }
            for lesson in school.lessons.values()
        ]
    }  # fmt: skip


def _absences(school: School) -> dict[str, Rows]:
    """Present is no absence, forgotten books are none either (R34), and what has no lesson is a notice (R31)."""
    seen: Rows = []
    remarks: Rows = []
    for row in school.observations.values():
        reason = school.reasons[row.reason]
        common = {
            "key": _key(row.id), "student": _key(row.student), "lesson": _key(row.lesson), "day": row.day,
            "hour": row.hour, "reason": _key(reason.id), "reason_code": reason.code,
            "noted_at": _moment(row.noted_at),
        }  # fmt: skip
        if reason.kind in REMARKS:
            remarks.append({**common, "remark": REMARKS[reason.kind]})
        elif reason.kind != "present":
            seen.append({**common, "attendance_kind": ATTENDANCE[reason.kind], "excused": _excused(reason)})
    return {
        "absence_reason": [
            {
                "key": _key(reason.id), "code": reason.code, "name": reason.name,
                "attendance_kind": ATTENDANCE.get(reason.kind, "not_applicable"), "excused": _excused(reason),
                "luxury": reason.luxury, "visible_to_guardians": reason.visible_to_guardians,
                "retired": reason.retired,
            }
            for reason in school.reasons.values()
        ],
        "attendance_observation": seen,
        "lesson_remark": remarks,
        "absence_notice": [
            {
                "key": _key(row.id), "student": _key(row.student), "begins": _moment(row.begins),
                "ends": _moment(row.ends), "attendance_kind": ATTENDANCE[school.reasons[row.reason].kind],
                "excused": _excused(school.reasons[row.reason]), "reason": _key(school.reasons[row.reason].id),
                "reason_code": row.reason, "noted_at": _moment(row.noted_at),
            }
            for row in school.notices.values()
        ],
    }  # fmt: skip


def _excused(reason: AbsenceReason) -> bool | None:
    """Absent and nobody knows why is unresolved: neither excused nor unexcused (R35)."""
    return None if reason.code == "AB" else reason.excused
