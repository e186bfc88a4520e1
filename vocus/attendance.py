"""Reasons, lessons and absences: rows of a delivery to canonical records. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from canonical.records import (
    AbsenceNotice,
    AbsenceReason,
    AttendanceObservation,
    Key,
    Lesson,
    LessonRemark,
    Record,
)
from canonical.terms import AttendanceKind, LessonStatus, RemarkKind
from connectors.columns import AMSTERDAM, clock
from connectors.rows import SOME_DAY, SOME_TIME, Row
from vocus.rules import Rules, word


def reason(row: Row, rules: Rules) -> Sequence[Record]:
    """One of the school's own reasons for absence (R31), by its number or else by its code."""
    code = row.key("code")
    kind = _kind(row, code[0], rules)
    return row.finish([
        AbsenceReason(
            key=row.reference("reason") or code, code=code[0], name=row.text("name"),
            attendance_kind=AttendanceKind.NOT_APPLICABLE if isinstance(kind, RemarkKind) else kind,
            excused=_excused(row, kind, code[0], rules), luxury=row.flag("luxury"),
            visible_to_guardians=row.flag("visible"), retired=row.flag("retired") or False,
        )
    ])  # fmt: skip


def lesson(row: Row, rules: Rules) -> Sequence[Record]:
    """A lesson."""
    return row.finish([
        Lesson(
            key=row.key("lesson"), begins=row.must("begins", rules.moments["begins"], SOME_TIME),
            ends=row.must("ends", rules.moments["ends"], SOME_TIME), first_hour=row.whole("first_hour"),
            last_hour=row.whole("last_hour"), title=row.text("title"), subject=row.reference("subject"),
            group=row.reference("group"), staff=row.reference("teacher"),
            status=word(row, "status", LessonStatus) or LessonStatus.UNKNOWN,
        )
    ])  # fmt: skip


def absence(row: Row, rules: Rules) -> Sequence[Record]:
    """An observation in a lesson hour, a remark of one, or a notice: some time without a lesson or an hour."""
    student, code = row.key("student"), row.text("code")
    kind = _kind(row, code, rules)
    where, hour = row.reference("lesson"), row.whole("hour")
    no_time = row.text("begins") is None and "date" in rules.mapped
    in_lesson = where is not None or row.text("hour") is not None or no_time
    key = _own_key(row, rules, student, in_lesson or isinstance(kind, RemarkKind))
    if kind is AttendanceKind.PRESENT:
        return row.finish(())
    noted_at = row.read("noted_at", rules.moments["noted_at"])
    why = row.reference("reason") or ((code,) if code and rules.reason_by_code else None)
    if isinstance(kind, RemarkKind):
        return row.finish([
            LessonRemark(
                key=key, student=student, lesson=where, day=_day(row, rules), hour=hour, remark=kind, reason=why,
                reason_code=code, noted_at=noted_at,
            )
        ])  # fmt: skip
    excused = _excused(row, kind, code, rules)
    if not in_lesson:
        return row.finish([
            AbsenceNotice(
                key=key, student=student, begins=row.must("begins", rules.moments["begins"], SOME_TIME),
                ends=row.read("ends", rules.moments["ends"]), attendance_kind=kind, excused=excused, reason=why,
                reason_code=code, noted_at=noted_at,
            )
        ])  # fmt: skip
    return row.finish([
        AttendanceObservation(
            key=key, student=student, lesson=where, day=_day(row, rules), hour=hour, attendance_kind=kind,
            excused=excused, reason=why, reason_code=code, noted_at=noted_at,
        )
    ])  # fmt: skip


def _own_key(row: Row, rules: Rules, student: Key, in_lesson: bool) -> Key:
    """The absence's own number, or else whose and when it is."""
    if row.text("absence"):
        return row.key("absence")
    if in_lesson:
        day = row.key_value("date", rules.days["date"])
        return (*student, day.isoformat(), *row.key("hour"))
    return (*student, row.key_value("begins", rules.moments["begins"]).isoformat())


def _day(row: Row, rules: Rules) -> date:
    """The day: its own column, or else that of the beginning."""
    if row.text("date") is None and row.text("begins"):
        return row.must("begins", rules.moments["begins"], SOME_TIME).astimezone(AMSTERDAM).date()
    return row.must("date", rules.days["date"], SOME_DAY)


def notice(row: Row, rules: Rules) -> Sequence[Record]:
    """A reported absence of the nine columns of Topicus (wire A.1); it has no number of its own.

    Without a time it is of the whole day. Lesson hours alone, without a time, cannot be told as a time.
    """
    student, day = row.key("student"), row.key_value("date", rules.days["date"])
    begins, code = row.read("time", clock), row.required("code")
    if row.whole("first_hour") is not None and row.text("time") is None:
        row.blame("time", "missing")
    last = row.read("until", rules.days["until"])
    ends = row.read("until_time", clock)
    kind = _kind(row, code, rules)
    return row.finish([
        AbsenceNotice(
            key=(*student, day.isoformat(), begins.isoformat("minutes") if begins else "day"), student=student,
            begins=_utc(day, begins or time.min), ends=_end(last, ends),
            attendance_kind=AttendanceKind.UNKNOWN if isinstance(kind, RemarkKind) else kind,
            excused=_excused(row, kind, code, rules), reason=(code,) if rules.reason_by_code else None,
            reason_code=code,
        )
    ])  # fmt: skip


def observation(row: Row, rules: Rules) -> Sequence[Record]:
    """What was seen in a lesson, of the ten columns of Topicus (wire A.1); who was present is no absence.

    A block of hours is one observation, at its first hour.
    """
    student, day = row.key("student"), row.key_value("date", rules.days["date"])
    kind = _kind(row, None, rules)
    place = row.key("first_hour") if row.text("first_hour") else row.key("time")
    hour = row.whole("first_hour")
    if kind is AttendanceKind.PRESENT:
        return row.finish(())
    return row.finish([
        AttendanceObservation(
            key=(*student, day.isoformat(), *place), student=student, day=day, hour=hour,
            attendance_kind=AttendanceKind.UNKNOWN if isinstance(kind, RemarkKind) else kind,
        )
    ])  # fmt: skip


def _utc(day: date, at: time) -> datetime:
    return datetime.combine(day, at, AMSTERDAM).astimezone(UTC)


def _end(last: date | None, at: time | None) -> datetime | None:
    """When an absence ends: the end of a day is the midnight behind it; without a last day it is still open."""
    if last is None:
        return None
    return _utc(last + timedelta(days=1), time.min) if at is None else _utc(last, at)


def _kind(row: Row, code: str | None, rules: Rules) -> AttendanceKind | RemarkKind:
    """What was seen: as the row says, or else as the settings say of its code. Else it is not known."""
    told = word(row, "kind", AttendanceKind) or word(row, "kind", RemarkKind)
    if told is not None:
        return told
    reason_ = rules.reasons.get(code or "")
    return reason_.kind if reason_ else AttendanceKind.UNKNOWN


def _excused(row: Row, kind: AttendanceKind | RemarkKind, code: str | None, rules: Rules) -> bool | None:
    """As the row says, or else as the settings say of its code.

    Absent without a known reason is unresolved, which is neither excused nor unexcused (R35).
    """
    excused = row.flag("excused")
    if kind is AttendanceKind.ABSENT and code in rules.unresolved:
        return None
    reason_ = rules.reasons.get(code or "")
    return reason_.excused if excused is None and reason_ else excused
