"""A student's absences: observations, notices and lesson remarks, kept apart (R31, R34), and their counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, select

from canonical.tables import TABLES
from canonical.terms import AttendanceKind, LessonStatus, RemarkKind
from portal import signals
from portal.absencemodels import (
    ABSENCES,
    Absences,
    Counts,
    KindCounts,
    LessonTime,
    Notice,
    Observation,
    ObservationCounts,
    ReasonName,
    Remark,
    RemarkCounts,
)
from portal.access import Area, TieKind
from portal.attendance import Standing, standing
from portal.clock import SCHOOL_TIME, local_day
from portal.freshness import NOTHING_KNOWN, DataClass
from portal.looking import Seen
from portal.models import Coded
from portal.reading import AnyRow, living, refers
from portal.sources import meta, states
from portal.students import one_source


def overview(
    connection: Connection, seen: Seen, at: datetime, *, first: date | None, last: date | None
) -> Absences:
    """Absences from day ``first`` to day ``last``, both inclusive and local. Four queries.

    A teacher is shown the own lessons alone (R57); a reason only where it is for this reader (R56). Absence that
    nobody explained in the lesson counts as what a notice says, for whoever looks (R38).
    """
    about = meta([one_source(states(connection, seen.viewer), seen.row)], *ABSENCES)
    own_lessons = seen.tie.kind is TieKind.TEACHER
    shown = _Shown(seen.also(Area.REASONS, at), seen.tie.kind is TieKind.GUARDIAN)

    def known(data_class: DataClass) -> bool:
        return about.completeness[data_class] not in NOTHING_KNOWN

    told = connection.execute(_notices(seen)).all() if known(DataClass.NOTICES) else None
    observations = notices = remarks = None
    if known(DataClass.OBSERVATIONS):
        statement = _in_lessons(seen, "attendance_observation", first, last)
        found = sorted(connection.execute(statement), key=_order)
        standings = _standings(found, told or ())
        observations = [_observation(row, counts_as, shown) for row, counts_as in zip(found, standings, strict=True)]
    if told is not None and not own_lessons:
        in_order = sorted(told, key=lambda row: (row.begins, row.id))
        notices = [_notice(row, shown) for row in in_order if _overlaps(row, first, last)]
    if known(DataClass.REMARKS):
        statement = _in_lessons(seen, "lesson_remark", first, last)
        remarks = [_remark(row, shown) for row in sorted(connection.execute(statement), key=_order)]
    counts = Counts(
        observations=None if observations is None else count_observations(observations),
        notices=None if notices is None else _kinds(notice.kind for notice in notices),
        remarks=None if remarks is None else _remarks(remarks),
    )
    return Absences(
        meta=about, student_id=seen.row.id, own_lessons_only=own_lessons, reasons_withheld=not shown.reasons,
        observations=observations, notices=notices, remarks=remarks, counts=counts,
    )


class _Shown(NamedTuple):
    """Which reasons a reader is shown: none, or those that the school does not keep from guardians."""

    reasons: bool
    to_guardian: bool


def count_observations(observations: Iterable[Observation]) -> ObservationCounts:
    """How many lessons of each kind, and what they count as. What did not apply is of no kind (R39)."""
    seen = list(observations)
    counts_as = Counter(observation.counts_as for observation in seen)
    kinds = _kinds(
        AttendanceKind.NOT_APPLICABLE if observation.counts_as is Standing.NOT_APPLICABLE else observation.kind
        for observation in seen
    )
    return ObservationCounts(
        by_kind=kinds, excused=counts_as[Standing.EXCUSED], unexcused=counts_as[Standing.UNEXCUSED],
        unresolved=counts_as[Standing.UNRESOLVED],
    )  # fmt: skip


def _kinds(kinds: Iterable[AttendanceKind]) -> KindCounts:
    counted = Counter(kinds)
    return KindCounts(**{kind.value: counted[kind] for kind in AttendanceKind})


def _remarks(remarks: Iterable[Remark]) -> RemarkCounts:
    counted = Counter(remark.remark for remark in remarks)
    return RemarkCounts(**{kind.value: counted[kind] for kind in RemarkKind})


def _in_lessons(seen: Seen, kind: str, first: date | None, last: date | None) -> Select[Any]:
    """Observations or remarks, each with its lesson, the lesson's subject and the reason as far as known."""
    table, lesson, subject, reason = TABLES[kind], TABLES["lesson"], TABLES["subject"], TABLES["absence_reason"]
    statement = (
        select(
            table, lesson.c.begins, lesson.c.ends, lesson.c.first_hour, lesson.c.last_hour, lesson.c.title,
            lesson.c.status.label("lesson_status"), lesson.c.subject_id, subject.c.code.label("subject_code"),
            subject.c.name.label("subject_name"), reason.c.code.label("own_code"), reason.c.name.label("reason_name"),
            reason.c.visible_to_guardians,
        )
        .select_from(
            table.outerjoin(lesson, refers(table.c.lesson_id, table, lesson))
            .outerjoin(subject, refers(lesson.c.subject_id, lesson, subject))
            .outerjoin(reason, refers(table.c.reason_id, table, reason))
        )
        .where(table.c.student_id == seen.row.id, table.c.source_id == seen.row.source_id, living(table))
    )  # fmt: skip
    if seen.tie.kind is TieKind.TEACHER:
        own = seen.viewer.persons.get(seen.row.source_id, frozenset())
        statement = statement.where(lesson.c.staff_id.in_(sorted(own)))
    if first is not None:
        statement = statement.where(table.c.day >= first)
    return statement if last is None else statement.where(table.c.day <= last)


def _notices(seen: Seen) -> Select[Any]:
    table, reason = TABLES["absence_notice"], TABLES["absence_reason"]
    return (
        select(
            table, reason.c.code.label("own_code"), reason.c.name.label("reason_name"), reason.c.visible_to_guardians
        )
        .select_from(table.outerjoin(reason, refers(table.c.reason_id, table, reason)))
        .where(table.c.student_id == seen.row.id, table.c.source_id == seen.row.source_id, living(table))
    )


def _overlaps(notice: AnyRow, first: date | None, last: date | None) -> bool:
    """Whether a notice touches the days asked for. One that ends at midnight does not touch the day that begins."""
    begins = local_day(notice.begins)
    if last is not None and begins > last:
        return False
    if first is None or notice.ends is None or begins >= first:
        return True
    ends: datetime = notice.ends.astimezone(SCHOOL_TIME).replace(tzinfo=None)
    return ends > datetime.combine(first, time())


def _order(row: AnyRow) -> tuple[date, int, str]:
    return row.day, row.hour or row.first_hour or 0, row.id


def _standings(rows: Iterable[AnyRow], told: Iterable[AnyRow]) -> list[Standing]:
    """What each observation counts as, the notices considered."""
    lessons = [
        signals.Lesson(
            row.day, AttendanceKind(row.attendance_kind), row.excused, row.begins,
            status=None if row.lesson_status is None else LessonStatus(row.lesson_status),
        )
        for row in rows
    ]  # fmt: skip
    notices = [signals.Notice(row.begins, row.ends, AttendanceKind(row.attendance_kind), row.excused) for row in told]
    return [lesson.standing for lesson in signals.explained(lessons, notices)]


def _observation(row: AnyRow, counts_as: Standing, shown: _Shown) -> Observation:
    return Observation(
        id=row.id, day=row.day, hour=row.hour, kind=AttendanceKind(row.attendance_kind), excused=row.excused,
        unresolved=counts_as is Standing.UNRESOLVED, counts_as=counts_as, reason=_reason(row, shown),
        lesson=_lesson(row), noted_at=row.noted_at,
    )  # fmt: skip


def _notice(row: AnyRow, shown: _Shown) -> Notice:
    kind = AttendanceKind(row.attendance_kind)
    return Notice(
        id=row.id, begins=row.begins, ends=row.ends, kind=kind, excused=row.excused,
        unresolved=standing(kind, row.excused, None) is Standing.UNRESOLVED,
        reason=_reason(row, shown), noted_at=row.noted_at,
    )  # fmt: skip


def _remark(row: AnyRow, shown: _Shown) -> Remark:
    return Remark(
        id=row.id, day=row.day, hour=row.hour, remark=RemarkKind(row.remark), reason=_reason(row, shown),
        lesson=_lesson(row), noted_at=row.noted_at,
    )  # fmt: skip


def _reason(row: AnyRow, shown: _Shown) -> ReasonName | None:
    """The school's own reason. A code that its list does not explain stays a bare code (R31)."""
    if not shown.reasons or (shown.to_guardian and row.visible_to_guardians is False):
        return None
    code = row.own_code or row.reason_code
    return None if code is None else ReasonName(code=code, name=row.reason_name)


def _lesson(row: AnyRow) -> LessonTime | None:
    """The lesson, once it has come in: ``begins`` is empty only while it has not."""
    if row.begins is None:
        return None
    subject = None if row.subject_id is None else Coded(id=row.subject_id, code=row.subject_code, name=row.subject_name)
    return LessonTime(
        id=row.lesson_id, begins=row.begins, ends=row.ends, first_hour=row.first_hour, last_hour=row.last_hour,
        title=row.title, subject=subject, status=LessonStatus(row.lesson_status),
    )  # fmt: skip
