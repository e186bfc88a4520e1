"""What access is decided from: the ties of a viewer, and what is known of a student. Read anew for every request."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

import orjson
from sqlalchemy import Connection, Select, and_, exists, false, func, or_, select

from canonical.tables import TABLES
from canonical.terms import Relation, StaffRole
from portal import rules
from portal.access import Area, Decision, Pupil, Role, Tie, TieKind, Viewer
from portal.reading import AnyRow, living, refers
from portal.tables import CONSENT, DECISION, RESTRICTION

Whom = tuple[str, int]
"""A student's id and the source that the row is from."""

_IN_PLACE = (Relation.LEGAL_GUARDIAN, Relation.INSTITUTION)


def students_of(viewer: Viewer) -> Select[Any]:
    """The living students of the viewer's sources, each once, with what access needs of them.

    A student that several sources bring under one id is the row of the first of them that the viewer may touch.
    """
    table = TABLES["student"]
    other = table.alias("other")
    earlier = exists().where(
        other.c.id == table.c.id, other.c.source_id < table.c.source_id, living(other), within(viewer, other)
    )
    newest = select(CONSENT.c.open).where(CONSENT.c.student_id == table.c.id).order_by(CONSENT.c.id.desc()).limit(1)
    restricted = exists().where(RESTRICTION.c.student_id == table.c.id, RESTRICTION.c.ended_at.is_(None))
    return select(
        table, newest.scalar_subquery().label("consents"), restricted.label("restricted")
    ).where(living(table), within(viewer, table), ~earlier)


def within(viewer: Viewer, table: Any) -> Any:
    """The condition that a row is of a source that the viewer may touch."""
    if viewer.sources is None:
        return table.c.source_id >= 0
    return table.c.source_id.in_(sorted(viewer.sources))


def pupils(connection: Connection, viewer: Viewer, rows: Collection[AnyRow], today: date) -> list[Pupil]:
    """The facts of these students, which are rows of ``students_of``. Four queries at most, whatever their number."""
    ids = [row.id for row in rows]
    sections = _sections(connection, ids, today)
    tied = ties(connection, viewer, ids, today, sections)
    ruled = rules.rules_of(connection, {row.source_id for row in rows})
    found = []
    for row in rows:
        whom = row.id, row.source_id
        section = sections.get(whom, (None, None, None))
        found.append(Pupil(
            row.id, row.source_id, tuple(tied.get(whom, ())), ruled[row.source_id].of_section(*section),
            row.birth_date, *section, consents=bool(row.consents), restricted=bool(row.restricted),
        ))  # fmt: skip
    return found


def tied_ids(connection: Connection, viewer: Viewer, today: date) -> set[str] | None:
    """The ids of all students with whom the viewer can have a tie; None for whoever has one with a whole school."""
    if viewer.role is Role.STUDENT:
        return {person for persons in viewer.persons.values() for person in persons}
    if viewer.role is Role.GUARDIAN:
        return {id_ for id_, _ in _guardianships(connection, viewer, None)}
    if viewer.role is Role.STAFF:
        groups = {group for group, _ in _own_groups(connection, viewer, today)}
        return {id_ for id_, _, _ in in_groups(connection, groups, None, today)}
    return set() if viewer.role is Role.MANAGER else None


def ties(
    connection: Connection, viewer: Viewer, ids: Collection[str], today: date, sections: Mapping[Whom, Any]
) -> Mapping[Whom, Collection[Tie]]:
    """What joins the viewer with these students."""
    if viewer.role is Role.CLIENT:
        return _Everybody(TieKind.CLIENT)
    if viewer.role in (Role.ATTENDANCE_OFFICER, Role.ADMINISTRATOR):
        return _Everybody(TieKind.SCHOOL)
    if viewer.role is Role.STUDENT:
        own = Tie(TieKind.SELF)
        return {(id_, source): [own] for source, mine in viewer.persons.items() for id_ in mine if id_ in ids}
    if viewer.role is Role.GUARDIAN:
        return _guardianships(connection, viewer, ids)
    if viewer.role is Role.STAFF:
        return _lessons_and_mentoring(connection, viewer, ids, today)
    if viewer.role is Role.TEAM_LEADER:
        led = Tie(TieKind.SECTION)
        return {
            whom: [led] for whom, section in sections.items()
            if any(part.holds(*section) for part in viewer.sections.get(whom[1], ()))
        }  # fmt: skip
    return {}


class _Everybody(Mapping[Whom, Collection[Tie]]):
    """The same tie with whomever is asked about."""

    def __init__(self, kind: TieKind) -> None:
        self._ties = (Tie(kind),)

    def __getitem__(self, _whom: Whom) -> Collection[Tie]:
        return self._ties

    def __iter__(self) -> Any:
        raise TypeError("nobody has counted everybody")

    __len__ = __iter__


def _guardianships(connection: Connection, viewer: Viewer, ids: Collection[str] | None) -> Mapping[Whom, list[Tie]]:
    table = TABLES["guardianship"]
    other = table.alias("other")
    elsewhere = exists().where(
        other.c.student_id == table.c.student_id, other.c.source_id == table.c.source_id, living(other),
        other.c.guardian_id != table.c.guardian_id, other.c.legal_authority.is_(True),
        other.c.relation.in_([relation.value for relation in _IN_PLACE]),
    )  # fmt: skip
    mine = [
        and_(table.c.source_id == source, table.c.guardian_id.in_(sorted(persons)))
        for source, persons in viewer.persons.items()
    ]
    found = connection.execute(
        select(
            table.c.student_id, table.c.source_id, table.c.guardian_id, table.c.relation, table.c.legal_authority,
            table.c.court_block, elsewhere.label("elsewhere"),
        ).where(
            living(table), or_(false(), *mine), *([] if ids is None else [table.c.student_id.in_(ids)])
        )
    ).all()  # fmt: skip
    decided = _decisions(connection, {row.student_id for row in found}) if found else {}
    tied: dict[Whom, list[Tie]] = defaultdict(list)
    blocked: dict[str, list[Tie]] = {}
    for row in found:
        word, granted = decided.get((row.student_id, row.guardian_id), (Decision.NONE, frozenset()))
        tie = Tie(
            TieKind.GUARDIAN, Relation(row.relation), row.legal_authority, bool(row.elsewhere), bool(row.court_block),
            word, granted,
        )  # fmt: skip
        tied[row.student_id, row.source_id].append(tie)
        if tie.court_block or tie.decision is Decision.BLOCKED:
            blocked[row.student_id] = [tie]
    # A block goes before whatever else joins the two, whichever source tells of it (R52).
    return {whom: blocked.get(whom[0], found) for whom, found in tied.items()}


def _decisions(
    connection: Connection, ids: Collection[str]
) -> Mapping[tuple[str, str], tuple[Decision, frozenset[Area]]]:
    """The newest decision about each student and guardian."""
    newest = (
        select(func.max(DECISION.c.id)).where(DECISION.c.student_id.in_(ids))
        .group_by(DECISION.c.student_id, DECISION.c.guardian_id)
    )  # fmt: skip
    found = connection.execute(select(DECISION).where(DECISION.c.id.in_(newest)))
    return {
        (row.student_id, row.guardian_id): (
            Decision(row.decision), frozenset(Area(area) for area in orjson.loads(row.granted))
        )
        for row in found
    }  # fmt: skip


def _lessons_and_mentoring(
    connection: Connection, viewer: Viewer, ids: Collection[str], today: date
) -> Mapping[Whom, list[Tie]]:
    """The groups that a member of staff teaches or mentors this year, and who of these students is in them (R57)."""
    taught = _own_groups(connection, viewer, today)
    if not taught:
        return {}
    tied: dict[Whom, list[Tie]] = defaultdict(list)
    subjects: dict[Whom, set[str]] = defaultdict(set)
    teaches: set[Whom] = set()
    for student, source, group in in_groups(connection, {group for group, _ in taught}, ids, today):
        for row in taught.get((group, source), ()):
            if row.role == StaffRole.MENTOR:
                tied[student, source].append(Tie(TieKind.MENTOR))
            else:
                teaches.add((student, source))
                subjects[student, source] |= {row.subject_id} - {None}
    for whom in teaches:
        tied[whom].append(Tie(TieKind.TEACHER, subjects=frozenset(subjects[whom])))
    return tied


def _own_groups(connection: Connection, viewer: Viewer, today: date) -> Mapping[tuple[str, int], list[AnyRow]]:
    """The viewer's part in groups whose school year holds today, by group and source."""
    table, group, year = TABLES["group_staff"], TABLES["group"], TABLES["school_year"]
    mine = [
        and_(table.c.source_id == source, table.c.staff_id.in_(sorted(persons)))
        for source, persons in viewer.persons.items()
    ]
    if not mine:
        return {}
    found = connection.execute(
        select(table.c.group_id, table.c.source_id, table.c.role, table.c.subject_id)
        .select_from(
            table.join(group, refers(table.c.group_id, table, group))
            # Of a year that the source no longer holds too: with it a class does not come back.
            .outerjoin(year, and_(year.c.id == group.c.school_year_id, year.c.source_id == group.c.source_id))
        )
        .where(
            living(table), or_(*mine),
            or_(year.c.begins.is_(None), year.c.begins <= today), or_(year.c.ends.is_(None), year.c.ends >= today),
        )
    )  # fmt: skip
    groups: dict[tuple[str, int], list[AnyRow]] = defaultdict(list)
    for row in found:
        groups[row.group_id, row.source_id].append(row)
    return groups


def in_groups(
    connection: Connection, groups: Collection[str], ids: Collection[str] | None, today: date
) -> Iterable[tuple[str, int, str]]:
    """(student, source, group) for who is in these groups today, as a member or by enrolment."""
    member, enrolment = TABLES["group_member"], TABLES["enrolment"]

    def holds(table: Any, *ends: Any) -> Any:
        return and_(
            living(table), or_(table.c.begins.is_(None), table.c.begins <= today),
            *(or_(end.is_(None), end >= today) for end in ends),
            *([] if ids is None else [table.c.student_id.in_(ids)]),
        )  # fmt: skip

    as_member = select(member.c.student_id, member.c.source_id, member.c.group_id).where(
        member.c.group_id.in_(groups), holds(member, member.c.ends)
    )
    enrolled = select(enrolment.c.student_id, enrolment.c.source_id, enrolment.c.homeroom_id).where(
        enrolment.c.homeroom_id.in_(groups), holds(enrolment, enrolment.c.ends, enrolment.c.left_on)
    )
    return [(row[0], row[1], row[2]) for row in connection.execute(as_member.union(enrolled))]


def _sections(
    connection: Connection, ids: Collection[str], today: date
) -> Mapping[Whom, tuple[str | None, str | None, int | None]]:
    """Location, study and grade level of each student's enrolment that holds today, or else of the latest."""
    table, year = TABLES["enrolment"], TABLES["school_year"]
    found = connection.execute(
        select(
            table.c.student_id, table.c.source_id, table.c.location_id, table.c.study, table.c.grade_level,
            func.coalesce(table.c.begins, year.c.begins).label("begins"),
            func.coalesce(table.c.left_on, table.c.ends, year.c.ends).label("ends"),
        )
        .select_from(table.outerjoin(year, refers(table.c.school_year_id, table, year)))
        .where(table.c.student_id.in_(ids), living(table))
    )  # fmt: skip

    def rank(row: AnyRow) -> tuple[bool, date]:
        holds = (row.begins is None or row.begins <= today) and (row.ends is None or row.ends >= today)
        return holds, row.begins or date.min

    return {
        (row.student_id, row.source_id): (row.location_id, row.study, row.grade_level)
        for row in sorted(found, key=rank)
    }
