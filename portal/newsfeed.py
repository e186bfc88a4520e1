"""What is new for a viewer's students: the queries. Who may see what is judged anew at each look.

Grades go by the school's schedule, absences do not wait (R75). What a source's first complete run brought is where
its news begins, and is none (R76).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, null, or_, select

from canonical.bulk import in_chunks
from canonical.tables import CHANGE, TABLES
from canonical.terms import AttendanceKind, LessonStatus
from portal.access import Area, TieKind, Viewer
from portal.attendance import Standing, standing
from portal.beginnings import Beginnings, Known, beginnings
from portal.clock import local_day
from portal.facts import students_of, tied_ids, within
from portal.grades import listed
from portal.latest import audience, visible_at
from portal.looking import Seen, look_at_all
from portal.models import Coded
from portal.news import WINDOW, NewsItem, NewsKind, Place
from portal.publication import out_until
from portal.reading import AnyRow, living, refers
from portal.results import Result, results
from portal.rules import rules_of

ABSENCE_KINDS = ("attendance_observation", "absence_notice", "lesson_remark")
KINDS = ("grade", *ABSENCE_KINDS)

_OF_KIND = {AttendanceKind.LATE: NewsKind.LATE, AttendanceKind.REMOVED: NewsKind.REMOVED}
_SLACK = timedelta(minutes=10)
"""The change log is in the order of its numbers, which is that of its moments but for transactions side by side."""
_CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A piece of news, and on what ground the viewer may have it."""

    place: Place
    item: NewsItem
    seen: Seen
    area: Area


def entries(
    connection: Connection, viewer: Viewer, since: datetime, at: datetime, known: Known
) -> list[Entry]:
    """All that became visible for the viewer at ``since`` or later, in no order."""
    first = beginnings(connection, viewer, KINDS, known)
    if not first:
        return []
    before = since - timedelta(microseconds=1)
    lowest = min([before, *_horizons(connection, viewer, {source for source, _ in first}, before)])
    rows = _students(connection, viewer, max(lowest, min(first.values())), at)
    if not rows:
        return []
    found = [
        *_grades(connection, look_at_all(connection, viewer, rows, Area.GRADES, at, None), lowest, first),
        *_absences(connection, look_at_all(connection, viewer, rows, Area.ABSENCES, at, None), before, first),
    ]
    return [
        entry for entry, kind, since_when in found
        if entry.place.at >= since and since_when > first[entry.seen.row.source_id, kind]
    ]  # fmt: skip


Found = Iterator[tuple[Entry, str, datetime]]
"""An entry, of which kind of record, and when that state came."""


def _students(connection: Connection, viewer: Viewer, since: datetime, at: datetime) -> Sequence[AnyRow]:
    """The viewer's students; of somebody's who has to do with a whole school, those about whom anything came."""
    tied = tied_ids(connection, viewer, local_day(at))
    if tied is None:
        tied = _concerned(connection, viewer, since)
    if not tied:
        return []
    table = TABLES["student"]
    return connection.execute(students_of(viewer).where(table.c.id.in_(sorted(tied)))).all()


def _concerned(connection: Connection, viewer: Viewer, since: datetime) -> set[str]:
    """The students about whom anything came since then, from the end of the change log backwards."""
    changes = connection.execute(
        select(CHANGE.c.kind, CHANGE.c.id, CHANGE.c.at)
        .where(CHANGE.c.kind.in_(KINDS), within(viewer, CHANGE))
        .order_by(CHANGE.c.seq.desc())
        .execution_options(yield_per=1_000)
    )
    ids: dict[str, set[str]] = {kind: set() for kind in KINDS}
    for row in changes:
        if row.at < since - _SLACK:
            break
        ids[row.kind].add(row.id)
    changes.close()
    students: set[str] = set()
    for kind, concerned in ids.items():
        table = TABLES[kind]
        for chunk in in_chunks(sorted(concerned), _CHUNK):
            students |= set(connection.execute(select(table.c.student_id).where(table.c.id.in_(chunk))).scalars())
    return students


def _horizons(
    connection: Connection, viewer: Viewer, sources: Collection[int], at: datetime
) -> Iterable[datetime]:
    """Up to where each school's results were published at ``at``: what is later became visible after it."""
    for rules in rules_of(connection, sources).values() if sources else ():
        for publication in (rules.publication, *rules.section_publications):
            of_part = rules.model_copy(update={"publication": publication})
            horizon = out_until(of_part, audience(viewer), at)
            if horizon is not None:
                yield horizon


def _after(column: ColumnElement[Any], moment: datetime) -> ColumnElement[bool]:
    """Whether a moment is later, or nearly: SQLite compares them as text, in which a fraction goes before none."""
    return column > moment.replace(microsecond=0) - timedelta(seconds=1)


def _since_first(kind: str, seens: Sequence[Seen], first: Beginnings) -> ColumnElement[bool] | None:
    """The condition that a row came after the first complete run of its source; None when there was no such run."""
    table = TABLES[kind]
    sources = {seen.row.source_id for seen in seens}
    conditions = [
        and_(table.c.source_id == source, _after(table.c.changed_at, begins))
        for (source, of_kind), begins in first.items() if of_kind == kind and source in sources
    ]  # fmt: skip
    return or_(*conditions) if conditions else None


def _grades(connection: Connection, seens: Sequence[Seen], since: datetime, first: Beginnings) -> Found:
    in_time = _since_first("grade", seens, first)
    if in_time is None:
        return
    table = TABLES["grade"]
    late = or_(_after(table.c.changed_at, since), _after(table.c.entered_at, since))
    found = results(connection, seens, late, in_time)
    for seen in seens:
        for result in listed(seen, found[seen.row.id]):
            if not _was_old(result):
                place = Place(visible_at(seen, result, first), result.id or "", result.version)
                yield Entry(place, _grade(result, seen, place), seen, Area.GRADES), "grade", result.changed_at


def _was_old(result: Result) -> bool:
    """A source that begins to tell of former years has no news (R76)."""
    return result.version == 1 and result.entered_at is not None and result.entered_at < result.changed_at - WINDOW


def _grade(result: Result, seen: Seen, place: Place) -> NewsItem:
    subject = None
    if result.subject_id is not None:
        subject = Coded(id=result.subject_id, code=result.subject_code, name=result.subject_name)
    return NewsItem(
        id=place.id, version=place.version, student_id=seen.row.id, kind=NewsKind.GRADE, changed=result.version > 1,
        visible_at=place.at, subject=subject, day=None, hour=None,
    )  # fmt: skip


def _absences(connection: Connection, seens: Sequence[Seen], since: datetime, first: Beginnings) -> Found:
    wanted = {(seen.row.id, seen.row.source_id): seen for seen in seens}
    for kind in ABSENCE_KINDS:
        table = TABLES[kind]
        in_time = _since_first(kind, seens, first)
        if in_time is None:
            continue
        of_students = and_(living(table), table.c.student_id.in_(sorted(id_ for id_, _ in wanted)))
        late = _after(table.c.changed_at, since)
        for row in connection.execute(_in_lessons(table).where(of_students, in_time, late)):
            seen = wanted.get((row.student_id, row.source_id))
            if seen is None or (news := _kind(kind, row)) is None or not _is_own(seen, row):
                continue
            day = local_day(row.begins) if kind == "absence_notice" else row.day
            if row.version == 1 and day < local_day(row.changed_at - WINDOW):
                continue
            place = Place(row.changed_at, row.id, row.version)
            subject = None
            if row.subject_id is not None:
                subject = Coded(id=row.subject_id, code=row.subject_code, name=row.subject_name)
            item = NewsItem(
                id=row.id, version=row.version, student_id=row.student_id, kind=news, changed=row.version > 1,
                visible_at=place.at, subject=subject, day=day, hour=row.hour,
            )  # fmt: skip
            yield Entry(place, item, seen, Area.ABSENCES), kind, row.changed_at


def _in_lessons(table: Table) -> Any:
    """Rows of a kind of absence with their lesson and its subject; a notice has neither."""
    if table is TABLES["absence_notice"]:
        nothing = ("hour", "staff_id", "lesson_status", "subject_id", "subject_code", "subject_name")
        return select(table, *(null().label(name) for name in nothing))
    lesson, subject = TABLES["lesson"], TABLES["subject"]
    return select(
        table, lesson.c.staff_id, lesson.c.status.label("lesson_status"), lesson.c.subject_id,
        subject.c.code.label("subject_code"), subject.c.name.label("subject_name"),
    ).select_from(
        table.outerjoin(lesson, refers(table.c.lesson_id, table, lesson))
        .outerjoin(subject, refers(lesson.c.subject_id, lesson, subject))
    )  # fmt: skip


def _kind(kind: str, row: AnyRow) -> NewsKind | None:
    """What a row is news of; None for a lesson that was attended, or not given, unless that is a correction."""
    if kind == "lesson_remark":
        return NewsKind.REMARK
    if kind == "absence_notice":
        return NewsKind.NOTICE
    seen_as = AttendanceKind(row.attendance_kind)
    status = None if row.lesson_status is None else LessonStatus(row.lesson_status)
    if standing(seen_as, row.excused, status) is Standing.NOT_APPLICABLE or seen_as is AttendanceKind.PRESENT:
        return NewsKind.ABSENCE if row.version > 1 else None
    return _OF_KIND.get(seen_as, NewsKind.ABSENCE)


def _is_own(seen: Seen, row: AnyRow) -> bool:
    """Whether a teacher has to do with it: what was seen in the own lessons (R57)."""
    if seen.tie.kind is not TieKind.TEACHER:
        return True
    return row.staff_id in seen.viewer.persons.get(seen.row.source_id, frozenset())
