"""Lessons, absence reasons and absences: rows of Magister to canonical records. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from canonical.records import (
    AbsenceNotice,
    AbsenceReason,
    AttendanceObservation,
    Lesson,
    LessonRemark,
    Record,
)
from canonical.terms import AttendanceKind, LessonStatus, RemarkKind
from connectors.rows import LONGEST_KEY, SOME_DAY, SOME_TIME, Row
from magister.formats import ATTENDANCE, Formats

REMARKS = {"7": RemarkKind.MATERIALS, "8": RemarkKind.HOMEWORK, "9": RemarkKind.PHONE}
"""The types that are no absence (R34, wire B5)."""

LESSON_TYPE = "13"

STATUSES = {
    "1": LessonStatus.SCHEDULED,
    "2": LessonStatus.SCHEDULED,
    "3": LessonStatus.CHANGED,
    "4": LessonStatus.CANCELLED,
    "5": LessonStatus.CANCELLED,
    "6": LessonStatus.SCHEDULED,
    "7": LessonStatus.SCHEDULED,
    "8": LessonStatus.SCHEDULED,
    "9": LessonStatus.CHANGED,
    "10": LessonStatus.CHANGED,
}
"""Magister's agenda status (wire B5)."""


def reason(row: Row, formats: Formats, _context: str) -> Sequence[Record]:
    """A row of the school's own list of absence reasons (R31)."""
    own = row.number_key("REDEN")
    type_, code = row.text("TYPE") or "", row.required("CODE")
    kind = AttendanceKind.NOT_APPLICABLE if type_ in REMARKS else ATTENDANCE.get(type_, AttendanceKind.UNKNOWN)
    return row.finish([
        AbsenceReason(
            key=own, code=code, name=row.text("OMSCHR"), attendance_kind=kind,
            excused=_excused(row, kind, code, formats), luxury=row.flag("LUXE"),
            visible_to_guardians=row.flag("OUDERS"), retired=row.flag("VERVALLEN") or False,
        )
    ])  # fmt: skip


def lesson(row: Row, formats: Formats, _context: str) -> Sequence[Record]:
    """A row of the list of lessons; other items of the agenda are none. The text is ``subject - teacher - group``."""
    own = row.number_key("AFSPRAAK")
    if row.text("TYPE") != LESSON_TYPE:
        return row.finish(())
    title = row.text("OMSCHR")
    parts = [part.strip() for part in title.split(" - ")] if title else []
    named = len(parts) == 3 and all(0 < len(part) <= LONGEST_KEY for part in parts)
    subject, teacher, group = ((part,) for part in parts) if named else (None, None, None)
    return row.finish([
        Lesson(
            key=own, begins=row.must("BEGIN", formats.moment, SOME_TIME),
            ends=row.must("EINDE", formats.moment, SOME_TIME), first_hour=row.whole("LESUURVAN"),
            last_hour=row.whole("LESUURTM"), title=title, subject=subject, group=group, staff=teacher,
            status=STATUSES.get(row.text("STATUS") or "", LessonStatus.UNKNOWN),
        )
    ])  # fmt: skip


def absence(row: Row, formats: Formats, _context: str) -> Sequence[Record]:
    """A row of the list of absences: an observation in a lesson hour, a remark of one, or a notice without a lesson."""
    own, student, reason_key = row.number_key("VERANTWOORDING"), row.number_key("STAMNR"), row.reference("REDEN")
    type_, code = row.text("TYPE") or "", row.text("CODE")
    kind = ATTENDANCE.get(type_, AttendanceKind.UNKNOWN)
    if kind is AttendanceKind.PRESENT:
        return row.finish(())
    noted_at, hour = row.read("INVOER", formats.moment), row.whole("LESUUR")
    day, where = row.must("DATUM", formats.date, SOME_DAY), row.reference("AFSPRAAK")
    if type_ in REMARKS:
        return row.finish([
            LessonRemark(
                key=own, student=student, lesson=where, day=day, hour=hour, remark=REMARKS[type_],
                reason=reason_key, reason_code=code, noted_at=noted_at,
            )
        ])  # fmt: skip
    excused = _excused(row, kind, code, formats)
    if where is None and row.text("BEGIN"):
        return row.finish([
            AbsenceNotice(
                key=own, student=student, begins=row.must("BEGIN", formats.moment, SOME_TIME),
                ends=row.read("EINDE", formats.moment), attendance_kind=kind, excused=excused,
                reason=reason_key, reason_code=code, noted_at=noted_at,
            )
        ])  # fmt: skip
    return row.finish([
        AttendanceObservation(
            key=own, student=student, lesson=where, day=day, hour=hour, attendance_kind=kind, excused=excused,
            reason=reason_key, reason_code=code, noted_at=noted_at,
        )
    ])  # fmt: skip


def _excused(row: Row, kind: AttendanceKind, code: str | None, formats: Formats) -> bool | None:
    """Absent without a known reason is unresolved, which is neither excused nor unexcused (R35)."""
    excused = row.flag("GEOORLOOFD")
    return None if kind is AttendanceKind.ABSENT and code in formats.unresolved else excused
