"""The students that a caller may see: the list, and one student's card. Neither address nor guardian is in them.

A student that several sources bring under one canonical id is shown once: as the first of them has it, in the
order in which they were registered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import Connection, FromClause, Select, exists, or_, select

from canonical.tables import TABLES
from canonical.terms import GroupKind, StaffRole
from portal.access import Area, Viewer
from portal.clock import local_day
from portal.facts import students_of, tied_ids, within
from portal.freshness import NOTHING_KNOWN, DataClass, SourceState
from portal.looking import Reads, Seen, look_at_all
from portal.models import Coded, Meta, Model, Name, examples, meta_example
from portal.problems import NotThere
from portal.reading import AnyRow, living, refers
from portal.sources import meta, states

MOST_AT_ONCE = 1_000
"""How many students are looked at together, to find those of a page."""

LIST = (DataClass.STUDENTS, DataClass.HOMEROOMS)
CARD = (
    DataClass.STUDENTS, DataClass.ENROLMENTS, DataClass.HOMEROOMS, DataClass.MENTORS, DataClass.SUBJECTS,
    DataClass.GROUPS,
)  # fmt: skip

_ID = "01997b5e-6c00-7000-8000-000000000001"
_NAME = {"first_name": "Noor", "initials": "N.A.", "prefix": "van", "last_name": "Voorbeeld"}
_HOMEROOM = {"id": "01997b5e-6c00-7000-8000-000000000002", "code": "3hA", "name": None}
_YEAR = {"id": "01997b5e-6c00-7000-8000-000000000003", "code": "2526", "name": None}


class StudentItem(Model):
    """One student of the list."""

    id: str
    source: str = Field(description="The name of the source that this student is read from.")
    local_id: str = Field(description="The school's own student number.")
    name: Name
    homeroom: Coded | None = Field(description="The homeroom (stamklas) of the current enrolment; null: not known.")


class Students(Model):
    """A page of the list of students, in the order of their ids."""

    model_config = examples({
        "meta": meta_example(*LIST),
        "students": [{"id": _ID, "source": "lyceum", "local_id": "120045", "name": _NAME, "homeroom": _HOMEROOM}],
        "next_cursor": _ID,
    })  # fmt: skip
    meta: Meta
    students: list[StudentItem] | None
    next_cursor: str | None = Field(description="The `cursor` of the next page; null: this is the last one.")


class Enrolment(Model):
    """An enrolment of the current school year."""

    id: str
    school_year: Coded | None
    location: Coded | None
    homeroom: Coded | None
    study: str | None
    grade_level: int | None = Field(description="Leerjaar, 1 to 6.")
    profile: str | None
    begins: date | None
    ends: date | None = Field(description="Last day, inclusive.")
    left_on: date | None


class Mentor(Model):
    """A mentor of one of the student's groups. ``name`` is null while the source has only referred to this person."""

    id: str
    code: str | None
    name: Name | None
    group: Coded


class TakenSubject(Model):
    """A subject that the student takes."""

    subject: Coded
    exempt: bool | None


class Membership(Model):
    """A group that the student has not left."""

    group: Coded
    group_kind: GroupKind | None
    begins: date | None
    ends: date | None


class StudentCard(Model):
    """One student: enrolments of the year, homeroom, mentors, subjects and groups."""

    model_config = examples({
        "meta": meta_example(*CARD),
        "id": _ID, "source": "lyceum", "local_id": "120045", "name": _NAME, "homeroom": _HOMEROOM,
        "enrolments": [{
            "id": "01997b5e-6c00-7000-8000-000000000004", "school_year": _YEAR, "location": None,
            "homeroom": _HOMEROOM, "study": "havo 3", "grade_level": 3, "profile": None, "begins": "2025-08-01",
            "ends": "2026-07-31", "left_on": None,
        }],
        "mentors": [{
            "id": "01997b5e-6c00-7000-8000-000000000005", "code": "JAN", "group": _HOMEROOM,
            "name": {"first_name": None, "initials": "J.", "prefix": None, "last_name": "Jansen"},
        }],
        "subjects": [{
            "subject": {"id": "01997b5e-6c00-7000-8000-000000000006", "code": "fa", "name": "Frans"}, "exempt": None,
        }],
        "groups": [{"group": _HOMEROOM, "group_kind": "homeroom", "begins": "2025-08-01", "ends": None}],
    })  # fmt: skip
    meta: Meta
    id: str
    source: str
    local_id: str
    name: Name
    homeroom: Coded | None
    enrolments: list[Enrolment] | None
    mentors: list[Mentor] | None
    subjects: list[TakenSubject] | None
    groups: list[Membership] | None


def students(
    connection: Connection, viewer: Viewer, reads: Reads, at: datetime, *, after: str | None, limit: int,
    group: UUID | None,
) -> Students:
    """The next ``limit`` students after the id ``after``, of one group if so asked. ``next_cursor`` is a bare id.

    Ids never change and never come back for somebody else, so that a page neither loses nor doubles a student,
    whatever is written meanwhile. Raises ``NotThere`` when there is no such group in the viewer's sources.
    """
    today = local_day(at)
    sources = states(connection, viewer)
    about = meta(sources, *LIST) if group is None else meta(sources, *LIST, DataClass.GROUPS)
    if group is not None and connection.execute(_group(viewer, str(group))).first() is None:
        raise NotThere("group")
    if not _can_tell(about, group):
        return Students(meta=about, students=None, next_cursor=None)
    table = TABLES["student"]
    statement = students_of(viewer).order_by(table.c.id)
    if (tied := tied_ids(connection, viewer, today)) is not None:
        statement = statement.where(table.c.id.in_(tied))
    if group is not None:
        statement = statement.where(_is_in(table, str(group), today))
    page, more = _page(connection, viewer, statement, after, limit, at)
    for seen in page:
        reads.saw(seen.pupil, Area.CARD, seen.verdict)
    enrolments = _enrolments(connection, viewer, [seen.row.id for seen in page])
    named = {source.id: source.name for source in sources}
    return Students(
        meta=about,
        students=[
            StudentItem(
                id=row.id, source=named[row.source_id], local_id=row.local_id, name=_name(row),
                homeroom=_homeroom(_current(enrolments[row.id, row.source_id], today)),
            )
            for row in (seen.row for seen in page)
        ],
        next_cursor=page[-1].row.id if more else None,
    )  # fmt: skip


def _page(
    connection: Connection, viewer: Viewer, statement: Select[Any], after: str | None, limit: int, at: datetime
) -> tuple[list[Seen], bool]:
    """The next students that may be seen, and whether there are more. Those that may not be seen are passed over."""
    table = TABLES["student"]
    found: list[Seen] = []
    size = limit + 1
    while len(found) <= limit:
        onwards = statement if after is None else statement.where(table.c.id > after)
        rows = connection.execute(onwards.limit(size)).all()
        found += look_at_all(connection, viewer, rows, Area.CARD, at, None)
        if len(rows) < size:
            break
        # Where few of many may be seen, ever more are looked at together.
        after, size = rows[-1].id, min(2 * size, MOST_AT_ONCE)
    return found[:limit], len(found) > limit


def _can_tell(about: Meta, group: UUID | None) -> bool:
    """Whether the list is known at all; of a group, also who is in it."""
    known = {data_class for data_class, state in about.completeness.items() if state not in NOTHING_KNOWN}
    if DataClass.STUDENTS not in known:
        return False
    return group is None or bool(known & {DataClass.GROUPS, DataClass.HOMEROOMS})


def one_source(sources: Iterable[SourceState], row: AnyRow) -> SourceState:
    """The source of a student's row."""
    return next(source for source in sources if source.id == row.source_id)


def card(connection: Connection, seen: Seen, at: datetime) -> StudentCard:
    """One student's card. Six queries."""
    row, today = seen.row, local_day(at)
    source = one_source(states(connection, seen.viewer), row)
    about = meta([source], *CARD)
    enrolments = _enrolments(connection, seen.viewer, [row.id])[row.id, row.source_id]
    current = _current(enrolments, today)
    year = current.school_year_id if current is not None else None
    members = [
        member for member in _members(connection, row)
        if (member.ends is None or member.ends >= today) and member.school_year_id in (None, year)
    ]  # fmt: skip
    groups = [current.homeroom_id] if current is not None and current.homeroom_id else []
    groups += [member.group_id for member in members if member.group_id not in groups]

    def known(data_class: DataClass) -> bool:
        return about.completeness[data_class] not in NOTHING_KNOWN

    return StudentCard(
        meta=about, id=row.id, source=source.name, local_id=row.local_id, name=_name(row), homeroom=_homeroom(current),
        enrolments=[_enrolment(e) for e in enrolments if e.school_year_id == year]
        if known(DataClass.ENROLMENTS) else None,
        mentors=_mentors(connection, row, groups) if known(DataClass.MENTORS) else None,
        subjects=_subjects(connection, row) if known(DataClass.SUBJECTS) else None,
        groups=[_membership(member) for member in members] if known(DataClass.GROUPS) else None,
    )  # fmt: skip


def _group(viewer: Viewer, group: str) -> Select[Any]:
    table = TABLES["group"]
    return select(table.c.id).where(table.c.id == group, living(table), within(viewer, table))


def _is_in(table: FromClause, group: str, today: date) -> Any:
    """The condition that a student is in a group and has not left it: a member, or enrolled with it as homeroom."""
    member, enrolment = TABLES["group_member"], TABLES["enrolment"]
    return or_(
        exists().where(
            member.c.student_id == table.c.id, member.c.source_id == table.c.source_id, member.c.group_id == group,
            living(member), or_(member.c.ends.is_(None), member.c.ends >= today),
        ),
        exists().where(
            enrolment.c.student_id == table.c.id, enrolment.c.source_id == table.c.source_id,
            enrolment.c.homeroom_id == group, living(enrolment),
            *(or_(end.is_(None), end >= today) for end in (enrolment.c.ends, enrolment.c.left_on)),
        ),
    )  # fmt: skip


def _enrolments(
    connection: Connection, viewer: Viewer, ids: Sequence[str]
) -> Mapping[tuple[str, int], Sequence[AnyRow]]:
    """All enrolments of these students with year, location and homeroom, by student and source."""
    table, year = TABLES["enrolment"], TABLES["school_year"]
    group, location = TABLES["group"], TABLES["location"]
    found = connection.execute(
        select(
            table, year.c.code.label("year_code"), year.c.begins.label("year_begins"), year.c.ends.label("year_ends"),
            group.c.code.label("homeroom_code"), location.c.name.label("location_name"),
        )
        .select_from(
            table.outerjoin(year, refers(table.c.school_year_id, table, year))
            .outerjoin(group, refers(table.c.homeroom_id, table, group))
            .outerjoin(location, refers(table.c.location_id, table, location))
        )
        .where(table.c.student_id.in_(ids), living(table), within(viewer, table))
    )  # fmt: skip
    by_student: dict[tuple[str, int], list[AnyRow]] = defaultdict(list)
    for row in sorted(found, key=lambda row: (row.begins or date.min, row.id)):
        by_student[row.student_id, row.source_id].append(row)
    return by_student


def _current(enrolments: Iterable[AnyRow], today: date) -> AnyRow | None:
    """The enrolment that holds today, or else the latest. Years without dates follow each other by their codes."""

    def rank(row: AnyRow) -> tuple[bool, date, str, date, str]:
        begins, ends = row.begins or row.year_begins, row.left_on or row.ends or row.year_ends
        holds = (begins is None or begins <= today) and (ends is None or ends >= today)
        return holds, row.year_begins or date.min, row.year_code or "", row.begins or date.min, row.id

    return max(enrolments, key=rank, default=None)


def _members(connection: Connection, row: AnyRow) -> Sequence[AnyRow]:
    table, group = TABLES["group_member"], TABLES["group"]
    found = connection.execute(
        select(table.c.group_id, table.c.begins, table.c.ends, group.c.code, group.c.group_kind, group.c.school_year_id)
        .select_from(table.outerjoin(group, refers(table.c.group_id, table, group)))
        .where(
            table.c.student_id == row.id, table.c.source_id == row.source_id, living(table),
        )
    )  # fmt: skip
    return sorted(found, key=lambda member: (member.group_kind or "", member.code or "", member.group_id))


def _mentors(connection: Connection, row: AnyRow, groups: Sequence[str]) -> list[Mentor]:
    table, staff, group = TABLES["group_staff"], TABLES["staff"], TABLES["group"]
    found = connection.execute(
        select(
            table.c.staff_id, table.c.group_id, group.c.code.label("group_code"), staff.c.code, staff.c.first_name,
            staff.c.initials, staff.c.prefix, staff.c.last_name, table.c.order,
        )
        .select_from(
            table.outerjoin(staff, refers(table.c.staff_id, table, staff))
            .outerjoin(group, refers(table.c.group_id, table, group))
        )
        .where(
            table.c.group_id.in_(groups), table.c.source_id == row.source_id, table.c.role == StaffRole.MENTOR.value,
            living(table),
        )
    )  # fmt: skip
    return [
        Mentor(
            id=mentor.staff_id, code=mentor.code, name=None if mentor.last_name is None else _name(mentor),
            group=Coded(id=mentor.group_id, code=mentor.group_code),
        )
        for mentor in sorted(found, key=lambda m: (m.order is None, m.order or 0, m.code or "", m.staff_id, m.group_id))
    ]  # fmt: skip


def _subjects(connection: Connection, row: AnyRow) -> list[TakenSubject]:
    table, subject = TABLES["student_subject"], TABLES["subject"]
    found = connection.execute(
        select(table.c.subject_id, table.c.exempt, subject.c.code, subject.c.name)
        .select_from(table.outerjoin(subject, refers(table.c.subject_id, table, subject)))
        .where(
            table.c.student_id == row.id, table.c.source_id == row.source_id, living(table),
        )
    )
    return [
        TakenSubject(subject=Coded(id=taken.subject_id, code=taken.code, name=taken.name), exempt=taken.exempt)
        for taken in sorted(found, key=lambda taken: (taken.code or "", taken.subject_id))
    ]


def _name(row: AnyRow) -> Name:
    return Name(first_name=row.first_name, initials=row.initials, prefix=row.prefix, last_name=row.last_name)


def _homeroom(enrolment: AnyRow | None) -> Coded | None:
    if enrolment is None or enrolment.homeroom_id is None:
        return None
    return Coded(id=enrolment.homeroom_id, code=enrolment.homeroom_code)


def _enrolment(row: AnyRow) -> Enrolment:
    return Enrolment(
        id=row.id,
        school_year=None if row.school_year_id is None else Coded(id=row.school_year_id, code=row.year_code),
        location=None if row.location_id is None else Coded(id=row.location_id, code=None, name=row.location_name),
        homeroom=_homeroom(row), study=row.study, grade_level=row.grade_level, profile=row.profile,
        begins=row.begins, ends=row.ends, left_on=row.left_on,
    )  # fmt: skip


def _membership(row: AnyRow) -> Membership:
    return Membership(
        group=Coded(id=row.group_id, code=row.code), group_kind=row.group_kind, begins=row.begins, ends=row.ends
    )
