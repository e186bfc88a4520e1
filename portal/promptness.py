"""How soon after a test its results are entered, by teacher and group, against the school's own norm (R79).

Of a test and a group the first result counts: when the class could see anything at all. Days are school days. No
result is read, only when it came. For those who lead, not for parents.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from pydantic import Field
from sqlalchemy import Connection, Text, and_, case, cast, func, or_, select, union_all

from canonical.tables import TABLES
from canonical.terms import AssessmentKind, StaffRole
from portal import rules
from portal.access import Area, Role, Viewer
from portal.clock import SCHOOL_TIME, local_day
from portal.facts import students_of, within
from portal.freshness import NOTHING_KNOWN, DataClass
from portal.looking import look_at_all
from portal.models import Coded, Meta, Model, Name, examples, meta_example
from portal.reading import AnyRow, living, refers
from portal.rules import Rules
from portal.schooldays import Calendar, calendar
from portal.sources import meta, states

SHOWN = (DataClass.GRADES, DataClass.GROUPS)

ENTERED = (AssessmentKind.TEST, AssessmentKind.COMPONENT)
"""Kinds of column that a teacher fills in after a test."""


class Teacher(Model):
    id: str
    code: str | None
    name: Name | None = Field(description="null: the source has only referred to this person.")


class GroupPromptness(Model):
    """One group and subject, with who teaches it."""

    source: str
    group: Coded | None = Field(description="null: students have several groups or none with a teacher of the subject.")
    subject: Coded
    teachers: list[Teacher]
    tests: int = Field(description="Tests with results, of which the day is known.")
    within_norm: int
    median_days: int | None = Field(
        description="School days from the test to its first result; of an even number the larger."
    )
    most_days: int | None
    unmeasured: int = Field(description="Tests with results of which a day is not known, or lies the wrong way round.")
    norm_days: int


class Promptness(Model):
    """Groups by source, subject and code."""

    model_config = examples({
        "meta": meta_example(*SHOWN), "first": "2025-08-01", "last": "2026-03-02",
        "groups": [{
            "source": "lyceum", "group": {"id": "01997b5e-6c00-7000-8000-000000000002", "code": "3hA.fa", "name": None},
            "subject": {"id": "01997b5e-6c00-7000-8000-000000000006", "code": "fa", "name": "Frans"},
            "teachers": [{"id": "01997b5e-6c00-7000-8000-000000000005", "code": "JAN", "name": None}],
            "tests": 4, "within_norm": 3, "median_days": 5, "most_days": 14, "unmeasured": 1, "norm_days": 10,
        }],
    })  # fmt: skip
    meta: Meta
    first: date
    last: date
    groups: list[GroupPromptness] | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A test as one group had it: when it was held, and when its first result was entered. None is not known."""

    held_on: date | None
    entered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Figures:
    days: tuple[int, ...]
    """Of each test that can be measured, in ascending order."""
    within: int
    unmeasured: int


def figures(entries: Iterable[Entry], norm: int, days: Calendar) -> Figures:
    """How long it took, in school days after that of the test."""
    taken, unmeasured = [], 0
    for entry in entries:
        entered = None if entry.entered_at is None else local_day(entry.entered_at)
        if entry.held_on is None or entered is None or entered < entry.held_on:
            unmeasured += 1
        else:
            taken.append(days.number(entered) - days.number(entry.held_on))
    return Figures(tuple(sorted(taken)), sum(one <= norm for one in taken), unmeasured)


def promptness(
    connection: Connection, viewer: Viewer, students: Collection[str] | None, first: date, last: date
) -> Promptness:
    """Of the tests held from ``first`` to ``last``, both inclusive, with results of ``students`` (None: of everybody).

    A test of which the day is not known is unmeasured, and goes by the days on which results were entered. Six queries.
    """
    sources = states(connection, viewer)
    about = meta(sources, *SHOWN)
    named = {source.id: source.name for source in sources}
    ruled = rules.rules_of(connection, set(named))
    tests = _tests(connection, viewer, students, first, last)
    groups = _groups(connection, {group for _, group, _ in tests if group is not None})
    subjects = _subjects(connection, {subject for _, _, subject in tests})
    teachers = _teachers(connection, {group for _, group, _ in tests if group is not None})
    found = [
        _one(
            named[source], _coded(groups, group), subjects.get((subject, source), Coded(id=subject, code=None)),
            teachers.get((group, subject, source), []), entries, ruled[source],
        )
        for (source, group, subject), entries in tests.items()
    ]
    found.sort(key=lambda one: (
        one.source, one.subject.code or "", one.group is None, one.group.code or "" if one.group else "",
        one.group.id if one.group else "", one.subject.id,
    ))  # fmt: skip
    known = about.completeness[DataClass.GRADES] not in NOTHING_KNOWN
    return Promptness(meta=about, first=first, last=last, groups=found if known else None)


def led(connection: Connection, viewer: Viewer, at: datetime) -> list[str]:
    """The students of whom a viewer who leads part of a school may see the grades. Five queries at most."""
    rows = connection.execute(students_of(viewer)).all()
    return [seen.row.id for seen in look_at_all(connection, viewer, rows, Area.GRADES, at, None)]


def as_counter(viewer: Viewer) -> Viewer:
    """Whom the database is told to count for. An administrator sees no grade, but when they came (R57, R79)."""
    if viewer.role is not Role.ADMINISTRATOR:
        return viewer
    return Viewer(Role.CLIENT, viewer.actor, viewer.sources, scopes=frozenset({"grades"}))


def _coded(groups: Mapping[str, Coded], group: str | None) -> Coded | None:
    return None if group is None else groups.get(group, Coded(id=group, code=None))


def _one(
    source: str, group: Coded | None, subject: Coded, teachers: list[Teacher], entries: Sequence[Entry], of: Rules
) -> GroupPromptness:
    days = calendar((holiday.first, holiday.last) for holiday in of.holidays)
    got = figures(entries, of.entry_norm_days, days)
    return GroupPromptness(
        source=source, group=group, subject=subject, teachers=teachers, tests=len(got.days), within_norm=got.within,
        median_days=got.days[len(got.days) // 2] if got.days else None, most_days=max(got.days, default=None),
        unmeasured=got.unmeasured, norm_days=of.entry_norm_days,
    )  # fmt: skip


Spot = tuple[int, str | None, str]
"""A source, a group of it, and a subject."""


def _tests(
    connection: Connection, viewer: Viewer, students: Collection[str] | None, first: date, last: date
) -> Mapping[Spot, list[Entry]]:
    """The tests by group and subject. One query, in which the database finds the first result of each test and group.

    A result is of the group in which the student is taught the subject; with several such groups, or none, of none.
    """
    grade, test = TABLES["grade"], TABLES["assessment"]
    taught = _taught().subquery()
    of_result = (
        select(
            grade.c.source_id, grade.c.assessment_id, test.c.subject_id, test.c.held_on,
            func.min(grade.c.entered_at).label("entered_at"),
            case((func.count(taught.c.group_id.distinct()) == 1, func.min(cast(taught.c.group_id, Text))))
            .label("group_id"),
        )
        .select_from(
            grade.join(test, refers(grade.c.assessment_id, grade, test))
            .outerjoin(taught, and_(
                taught.c.student_id == grade.c.student_id, taught.c.source_id == grade.c.source_id,
                taught.c.subject_id == test.c.subject_id,
                *(_on(taught, test.c.held_on, begins, ends) for begins, ends in _TERMS),
            ))
        )
        .where(
            living(grade), within(viewer, grade), grade.c.attempt == 1, test.c.retired.is_(False),
            test.c.assessment_kind.in_([kind.value for kind in ENTERED]),
            or_(
                test.c.held_on.between(first, last),
                and_(test.c.held_on.is_(None), grade.c.entered_at >= _midnight(first),
                     grade.c.entered_at < _midnight(last + timedelta(days=1))),
            ),
            *([] if students is None else [grade.c.student_id.in_(students)]),
        )
        .group_by(grade.c.id, grade.c.source_id, grade.c.assessment_id, test.c.subject_id, test.c.held_on)
    ).subquery()  # fmt: skip
    rows = connection.execute(
        select(
            of_result.c.source_id, of_result.c.group_id, of_result.c.subject_id, of_result.c.held_on,
            func.min(of_result.c.entered_at).label("entered_at"),
        ).group_by(
            of_result.c.source_id, of_result.c.group_id, of_result.c.subject_id, of_result.c.assessment_id,
            of_result.c.held_on,
        )
    )  # fmt: skip
    found: dict[Spot, list[Entry]] = defaultdict(list)
    for row in rows:
        found[row.source_id, row.group_id, row.subject_id].append(Entry(row.held_on, row.entered_at))
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SCHOOL_TIME).astimezone(UTC)


_TERMS = (("begins", "ends"), ("year_begins", "year_ends"))


def _taught() -> Any:
    """In which group a student is taught a subject, as a member or by enrolment, on which days of which year."""
    member, enrolment, part = TABLES["group_member"], TABLES["enrolment"], TABLES["group_staff"]
    group, year = TABLES["group"], TABLES["school_year"]
    placed = union_all(
        select(member.c.student_id, member.c.source_id, member.c.group_id, member.c.begins, member.c.ends)
        .where(living(member)),
        select(
            enrolment.c.student_id, enrolment.c.source_id, enrolment.c.homeroom_id, enrolment.c.begins,
            func.coalesce(enrolment.c.left_on, enrolment.c.ends),
        ).where(living(enrolment), enrolment.c.homeroom_id.is_not(None)),
    ).subquery()  # fmt: skip
    return (
        select(
            placed.c.student_id, placed.c.source_id, placed.c.group_id, part.c.subject_id, placed.c.begins,
            placed.c.ends, year.c.begins.label("year_begins"), year.c.ends.label("year_ends"),
        )
        .select_from(
            placed.join(part, and_(part.c.group_id == placed.c.group_id, part.c.source_id == placed.c.source_id))
            .join(group, refers(placed.c.group_id, placed, group))
            .outerjoin(year, refers(group.c.school_year_id, group, year))
        )
        .where(living(part), part.c.role == StaffRole.TEACHER.value, part.c.subject_id.is_not(None))
    )  # fmt: skip


def _on(taught: Any, day: Any, begins: str, ends: str) -> Any:
    """The condition that a term holds on a day; what is not known holds."""
    return and_(
        or_(day.is_(None), taught.c[begins].is_(None), taught.c[begins] <= day),
        or_(day.is_(None), taught.c[ends].is_(None), taught.c[ends] >= day),
    )


def _groups(connection: Connection, ids: Collection[str]) -> Mapping[str, Coded]:
    table = TABLES["group"]
    rows = connection.execute(select(table.c.id, table.c.code).where(table.c.id.in_(ids), living(table)))
    return {row.id: Coded(id=row.id, code=row.code) for row in rows}


def _subjects(connection: Connection, ids: Collection[str]) -> Mapping[tuple[str, int], Coded]:
    table = TABLES["subject"]
    rows = connection.execute(
        select(table.c.id, table.c.source_id, table.c.code, table.c.name).where(table.c.id.in_(ids), living(table))
    )
    return {(row.id, row.source_id): Coded(id=row.id, code=row.code, name=row.name) for row in rows}


def _teachers(
    connection: Connection, groups: Collection[str]
) -> Mapping[tuple[str | None, str, int], list[Teacher]]:
    """Who teaches a subject in a group."""
    table, staff = TABLES["group_staff"], TABLES["staff"]
    rows: Iterable[AnyRow] = connection.execute(
        select(
            table.c.group_id, table.c.subject_id, table.c.source_id, table.c.staff_id, staff.c.code,
            staff.c.first_name, staff.c.initials, staff.c.prefix, staff.c.last_name,
        )
        .select_from(table.outerjoin(staff, refers(table.c.staff_id, table, staff)))
        .where(
            table.c.group_id.in_(groups), living(table), table.c.role == StaffRole.TEACHER.value,
            table.c.subject_id.is_not(None),
        )
        .order_by(table.c.order, staff.c.code, table.c.staff_id)
    )  # fmt: skip
    found: dict[tuple[str | None, str, int], list[Teacher]] = defaultdict(list)
    for row in rows:
        name = None if row.last_name is None else Name(
            first_name=row.first_name, initials=row.initials, prefix=row.prefix, last_name=row.last_name
        )  # fmt: skip
        found[row.group_id, row.subject_id, row.source_id].append(Teacher(id=row.staff_id, code=row.code, name=name))
    return found
