"""A mentor's class at a glance: which subjects slip, what absence and lateness amount to, what nobody has explained.

The number of queries does not depend on the size of the class.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, or_, select

from canonical.tables import TABLES
from canonical.terms import AttendanceKind, LessonStatus
from portal import glancemodels as shapes
from portal import signals
from portal.access import Area, Role, Verdict, Viewer, may_see
from portal.attendance import Standing
from portal.clock import SCHOOL_TIME, local_day
from portal.facts import in_groups, students_of, within
from portal.freshness import NOTHING_KNOWN, DataClass
from portal.gradebook import Year, arrange
from portal.grades import exemptions, years_of
from portal.groups import mentored
from portal.looking import Reads, Seen, look_at_all
from portal.models import Coded, Name
from portal.problems import NotThere
from portal.reading import AnyRow, living, refers
from portal.results import results
from portal.schooldays import calendar
from portal.slips import Slip, Unjudged, of_this_year, slips
from portal.sources import meta, states

PARTS = (Area.GRADES, Area.ABSENCES)
_AUGUST = (8, 1)
_YEAR = timedelta(days=366)


def glance(connection: Connection, viewer: Viewer, wanted: UUID, at: datetime, reads: Reads) -> shapes.Glance:
    """The group at a glance at ``at``. Raises ``NotThere`` when it is none of the viewer's."""
    today = local_day(at)
    group = _group(connection, viewer, str(wanted))
    if group is None or (viewer.role is Role.STAFF and group.id not in mentored(connection, viewer, today)):
        raise NotThere("group")
    class_ = _students(connection, viewer, group, at)
    if not class_ and viewer.role is not Role.STAFF:
        raise NotThere("group")
    about = meta([state for state in states(connection, viewer) if state.id == group.source_id], *shapes.SHOWN)
    known = {part for part, state in about.completeness.items() if state not in NOTHING_KNOWN}
    years = years_of(connection, group.source_id)
    begins = year_begins(years, today)
    marks = _marks(connection, _of(class_, Area.GRADES, at) if DataClass.GRADES in known else [], years, today)
    absent = _of(class_, Area.ABSENCES, at)
    # School weeks reach back over the summer: absence of the year before still counts towards this year's signals.
    since = begins - _YEAR
    lessons = _lessons(connection, absent, since) if DataClass.OBSERVATIONS in known else None
    notices = _notices(connection, absent, since) if DataClass.NOTICES in known else None
    for seen in class_:
        _note(reads, seen, at)
    return shapes.Glance(
        meta=about, group=Coded(id=group.id, code=group.code), school_year_begins=begins,
        students=[_student(seen, at, begins, marks, lessons, notices) for seen in class_]
        if known & {DataClass.GROUPS, DataClass.HOMEROOMS} else None,
    )  # fmt: skip


def year_begins(years: Iterable[Year], today: date) -> date:
    """The first day of the school year that holds ``today``; 1 August where no source says it."""
    begun = [year.begins for year in years if year.begins is not None and year.may_hold(today)]
    august = date(today.year, *_AUGUST)
    return max(begun, default=august if august <= today else august.replace(year=today.year - 1))


def _group(connection: Connection, viewer: Viewer, wanted: str) -> AnyRow | None:
    table = TABLES["group"]
    return connection.execute(
        select(table.c.id, table.c.source_id, table.c.code)
        .where(table.c.id == wanted, living(table), within(viewer, table))
        .order_by(table.c.source_id)
    ).first()


def _students(connection: Connection, viewer: Viewer, group: AnyRow, at: datetime) -> list[Seen]:
    """The students of a group whom the viewer may see, by their names."""
    table = TABLES["student"]
    members = in_groups(connection, [group.id], None, local_day(at))
    ids = {student for student, source, _ in members if source == group.source_id}
    rows = connection.execute(
        students_of(viewer).where(table.c.id.in_(ids), table.c.source_id == group.source_id)
    ).all()
    ordered = sorted(rows, key=lambda row: (row.last_name.casefold(), (row.first_name or "").casefold(), row.id))
    return look_at_all(connection, viewer, ordered, Area.CARD, at, None)


def _verdict(seen: Seen, area: Area, at: datetime) -> Verdict:
    return may_see(seen.viewer, seen.pupil, area, at)


def _of(class_: Iterable[Seen], area: Area, at: datetime) -> list[Seen]:
    """Those of whom ``area`` is open, seen in that area."""
    verdicts = [(seen, _verdict(seen, area, at)) for seen in class_]
    return [
        Seen(seen.viewer, seen.row, seen.pupil, verdict, seen.horizon) for seen, verdict in verdicts if verdict.allowed
    ]


def _note(reads: Reads, seen: Seen, at: datetime) -> None:
    """One entry a student, which names the areas that were seen (R65)."""
    areas = [area.value for area in PARTS if _verdict(seen, area, at).allowed] or [Area.CARD.value]
    reads.note(
        "read", seen.row.source_id, student_id=seen.row.id, area="+".join(areas), relation=seen.tie.kind.value
    )


Marks = Mapping[str, tuple[list[Slip], list[Unjudged]]]


def _marks(connection: Connection, class_: Sequence[Seen], years: Sequence[Year], today: date) -> Marks:
    """What slips and what cannot be judged, by student. Three queries at most."""
    if not class_:
        return {}
    found, exempt = results(connection, class_), exemptions(connection, class_)
    marks = {}
    for seen in class_:
        id_, marking = seen.row.id, seen.rules.marking
        subjects, _ = arrange(found[id_], years, exempt[id_], marking)
        marks[id_] = slips(of_this_year(subjects, years, today), marking.pass_mark)
    return marks


def _lessons(
    connection: Connection, class_: Sequence[Seen], begins: date
) -> Mapping[str, Sequence[tuple[AnyRow, int]]]:
    """What was seen of these students from a day on, each with the number of observations of the same lesson."""
    if not class_:
        return {}
    table, lesson, reason = TABLES["attendance_observation"], TABLES["lesson"], TABLES["absence_reason"]
    rows = connection.execute(
        select(
            table.c.student_id, table.c.day, table.c.attendance_kind, table.c.excused, table.c.lesson_id,
            lesson.c.begins, lesson.c.ends, lesson.c.first_hour, lesson.c.last_hour, lesson.c.status, reason.c.luxury,
        )
        .select_from(
            table.outerjoin(lesson, refers(table.c.lesson_id, table, lesson))
            .outerjoin(reason, refers(table.c.reason_id, table, reason))
        )
        .where(_concerns(table, class_), table.c.day >= begins)
    ).all()  # fmt: skip
    parts = Counter((row.student_id, row.lesson_id) for row in rows if row.lesson_id is not None)
    found: dict[str, list[tuple[AnyRow, int]]] = defaultdict(list)
    for row in rows:
        found[row.student_id].append((row, parts.get((row.student_id, row.lesson_id), 1)))
    return found


def _notices(connection: Connection, class_: Sequence[Seen], begins: date) -> Mapping[str, Sequence[signals.Notice]]:
    if not class_:
        return {}
    table, reason = TABLES["absence_notice"], TABLES["absence_reason"]
    first = datetime.combine(begins, time(), SCHOOL_TIME).astimezone(UTC)
    statement: Select[Any] = (
        select(
            table.c.student_id, table.c.begins, table.c.ends, table.c.attendance_kind, table.c.excused, reason.c.luxury
        )
        .select_from(table.outerjoin(reason, refers(table.c.reason_id, table, reason)))
        .where(_concerns(table, class_), or_(table.c.begins >= first, table.c.ends > first))
    )
    found: dict[str, list[signals.Notice]] = defaultdict(list)
    for row in connection.execute(statement):
        found[row.student_id].append(signals.Notice(
            max(row.begins, first), row.ends, AttendanceKind(row.attendance_kind), row.excused, bool(row.luxury)
        ))  # fmt: skip
    return found


def _concerns(table: Any, class_: Sequence[Seen]) -> Any:
    """The condition that a living row is of one of these students, who are of one source."""
    sources: Collection[int] = {seen.row.source_id for seen in class_}
    return living(table) & table.c.student_id.in_([seen.row.id for seen in class_]) & table.c.source_id.in_(sources)


def _lesson(row: AnyRow, parts: int, notices: Iterable[signals.Notice]) -> signals.Lesson:
    kind = AttendanceKind(row.attendance_kind)
    hours = 1 if row.first_hour is None or row.last_hour is None else row.last_hour - row.first_hour + 1
    return signals.Lesson(
        day=row.day, kind=kind, excused=row.excused, begins=row.begins, ends=row.ends,
        status=None if row.status is None else LessonStatus(row.status), spans=max(hours, parts), parts=parts,
        late_minutes=_minutes(row, notices) if kind is AttendanceKind.LATE else None, luxury=bool(row.luxury),
    )  # fmt: skip


def _minutes(row: AnyRow, notices: Iterable[signals.Notice]) -> int | None:
    """How late, where a notice says until when (R32)."""
    if row.begins is None or row.ends is None:
        return None
    came = [
        notice.ends for notice in notices
        if notice.kind is AttendanceKind.LATE and notice.ends is not None
        and notice.begins <= row.begins < notice.ends <= row.ends
    ]  # fmt: skip
    return max((int((moment - row.begins).total_seconds()) // 60 for moment in came), default=None)


def _student(
    seen: Seen, at: datetime, begins: date, marks: Marks,
    lessons: Mapping[str, Sequence[tuple[AnyRow, int]]] | None,
    notices: Mapping[str, Sequence[signals.Notice]] | None,
) -> shapes.StudentGlance:  # fmt: skip
    row, verdicts = seen.row, {area: _verdict(seen, area, at) for area in PARTS}
    slipping, unjudged = marks.get(row.id, (None, None)) if verdicts[Area.GRADES].allowed else (None, None)
    told = None if notices is None else notices.get(row.id, ())
    observed = None
    if lessons is not None:
        observed = [_lesson(one, parts, told or ()) for one, parts in lessons.get(row.id, ())]
    if not verdicts[Area.ABSENCES].allowed:
        observed = told = None
    absence, late, sick = _signals(seen, observed, told, begins, local_day(at))
    return shapes.StudentGlance(
        id=row.id, local_id=row.local_id,
        name=Name(first_name=row.first_name, initials=row.initials, prefix=row.prefix, last_name=row.last_name),
        slips=None if slipping is None else [_slip(slip) for slip in slipping],
        unjudged=None if unjudged is None else [
            shapes.UnjudgedSubject(subject=one.subject, reason=one.reason) for one in unjudged
        ],
        absence=absence, late=late, sick=sick,
        closed={area: verdict.reason.value for area, verdict in verdicts.items() if not verdict.allowed},
    )  # fmt: skip


def _signals(
    seen: Seen, lessons: Sequence[signals.Lesson] | None, notices: Sequence[signals.Notice] | None, begins: date,
    today: date,
) -> tuple[shapes.AbsenceSignals | None, shapes.LateSignals | None, shapes.SickSignals | None]:  # fmt: skip
    """What is known of absence, lateness and sickness; lessons alone tell of the first two."""
    rules = seen.rules
    days = calendar((holiday.first, holiday.last) for holiday in rules.holidays)
    absence = late = sick = None
    if lessons is not None:
        explained = signals.explained(lessons, notices or ())
        hours = signals.hours(explained, rules, days, begins, today, seen.pupil.birth_date)
        this_year = [one for one in explained if one.day >= begins]
        long = signals.long_absence(explained, rules, days)
        luxury = signals.luxury_absence(explained, notices or (), days, today)
        times_late = signals.lateness(this_year, rules)
        late = shapes.LateSignals(count=times_late.count, step=times_late.step)
        absence = shapes.AbsenceSignals(
            unexcused=_shown(hours.unexcused), unresolved=_shown(hours.unresolved), counting=_shown(hours.counting),
            unresolved_days=sorted({one.day for one in this_year if one.standing is Standing.UNRESOLVED}),
            reports=[_report(report) for report in hours.reports],
            if_confirmed=None if hours.if_confirmed is None else _report(hours.if_confirmed),
            long=[_stretch(span) for span in long if span.last >= begins],
            luxury=[_stretch(span) for span in luxury if span.last >= begins],
        )  # fmt: skip
    if lessons is not None or notices is not None:
        found = signals.sickness(lessons or (), notices or (), rules, days, begins, today)
        sick = shapes.SickSignals(
            episodes=[_stretch(span) for span in found.episodes],
            signals=[shapes.SickSignalItem(reason=signal.reason, day=signal.day) for signal in found.signals],
        )
    return absence, late, sick


def _report(report: signals.Report) -> shapes.ReportSignal:
    return shapes.ReportSignal(
        kind=report.kind, first=report.first, last=report.last, hours=_shown(report.hours),
        follow_up=report.follow_up, suffices=report.suffices,
    )  # fmt: skip


def _stretch(span: signals.Span) -> shapes.Stretch:
    return shapes.Stretch(first=span.first, last=span.last, school_days=span.days)


def _shown(hours: Fraction) -> Decimal:
    """Hours as they are shown: whole, or with two decimals."""
    if hours.denominator == 1:
        return Decimal(hours.numerator)
    return (Decimal(hours.numerator) / hours.denominator).quantize(Decimal("0.01"))


def _slip(slip: Slip) -> shapes.SlippingSubject:
    before, latest = (
        None if mark is None else shapes.PeriodAverage(period=mark.period, average=mark.value)
        for mark in (slip.before, slip.latest)
    )
    return shapes.SlippingSubject(
        subject=slip.subject, reasons=list(slip.reasons), average=slip.average, before=before, latest=latest,
        origin=None if slip.average is None else "source" if slip.from_source else "computed",
    )  # fmt: skip
