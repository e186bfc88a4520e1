"""Grade columns, grades and absences: rows of WISService to canonical records. Pure.

What the fields are called and what the source's words mean is assumed and stands in ``wis.toml``. Remarks in free text
are not read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

from atvo.shape import Value
from atvo.soap_rows import Layout, texts
from atvo.wis import Wis
from canonical.records import (
    AbsenceNotice,
    AbsenceReason,
    Assessment,
    AttendanceObservation,
    Grade,
    GradingPeriod,
    Key,
    Record,
    Subject,
)
from canonical.terms import AssessmentKind, AttendanceKind, GradeStatus
from connectors.columns import AMSTERDAM, ColumnError, dates
from connectors.results import judged
from connectors.rows import SOME_TIME, Row

_day = dates("%Y-%m-%d")


class WisFormats(NamedTuple):
    """What of the mapping depends on a school's settings."""

    wis: Wis
    absence_kinds: Mapping[str, AttendanceKind]
    unresolved: frozenset[str]


def moment(text: str) -> datetime | None:
    """Read a moment of XML, in UTC: ``2027-03-01T08:30:00+01:00``; without an offset it is Dutch time. Code ``time``.

    Of the hour that comes twice the first is meant (see ``connectors.columns.instants``).
    """
    text = text.strip()
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=AMSTERDAM)).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ColumnError("time")


def _row(values: Mapping[str, Value], fields: Mapping[str, str]) -> Row:
    """A row by our names: ``fields`` is ours -> the source's, empty for one that it does not have."""
    found = texts(values)
    return Row({ours: found[path] for ours, path in fields.items() if path in found})


def column(values: Mapping[str, Value], layout: Layout, formats: WisFormats) -> Sequence[Record]:
    """The column of a result, which comes again with every student: its period, its subject and itself."""
    wis = formats.wis
    subjects = {f"subject.{name}": path for name, path in wis.fields["subject"].items()}
    row = _row(values, {**wis.fields["result"], **subjects})
    own = row.number_key("column")
    subject, code = row.key("subject.code"), row.reference("period")
    records: list[Record] = []
    period: Key | None = None
    if code:
        period = (layout.year, *code)
        name = row.text("period_name")
        records.append(GradingPeriod(key=period, school_year=(layout.year,), code=code[0], name=name))
    records.append(Subject(key=subject, code=subject[0], name=row.text("subject.name")))
    resit = row.text("resit") or ""
    records.append(Assessment(
        key=own, subject=subject, grading_period=period,
        assessment_kind=wis.column_kinds.get(row.text("kind") or "", AssessmentKind.UNKNOWN),
        code=row.text("code") or own[0], title=row.text("title"), order=row.whole("order"),
        held_on=row.read("held_on", _day), weight=row.decimal("weight"),
        exam_weight=row.decimal("exam_weight"), exam_column=row.flag("exam_column"),
        resit_policy=wis.resit_policies.get(resit), resit_attempts=wis.resit_attempts.get(resit),
        parent=row.reference("parent"), retired=row.flag("retired") or False,
    ))  # fmt: skip
    return row.finish(records)


def result(values: Mapping[str, Value], layout: Layout, formats: WisFormats) -> Sequence[Record]:
    """A result of the student whom the call was about. A column that is still empty is no grade.

    The resit of a column is another attempt at it: its first resit, number 1, is attempt 2 (assumed; R18).
    """
    row = _row(values, formats.wis.fields["result"])
    own = row.number_key("column")
    attempt = row.key_value("attempt", _resit) + 1
    text, label = row.text("score"), row.text("label")
    status, score = _status(row, text, label)
    if status is None:
        return row.finish(())
    pending = status in (GradeStatus.TO_BE_MADE_UP, GradeStatus.EXEMPT)
    weight, columns = row.decimal("student_weight"), row.decimal("weight")
    return row.finish([
        Grade(
            key=(layout.about, *own, str(attempt)), student=(layout.about,), assessment=own, attempt=attempt,
            raw_text=text or label or "", score=score, status=status,
            label=(label or text) if status is GradeStatus.LABELLED else None,
            sufficient=None if pending else row.flag("sufficient"),
            counts=not row.flag("not_counting"), weight=None if weight == columns else weight,
            entered_at=row.read("entered_at", moment), achieved_on=row.read("achieved_on", _day),
        )
    ])  # fmt: skip


def _status(row: Row, text: str | None, label: str | None) -> tuple[GradeStatus | None, Decimal | None]:
    """What a result says and its number, if it is one (R1, R2, R14); no status where there is no result."""
    for flag, status in (
        ("exempt", GradeStatus.EXEMPT), ("to_be_made_up", GradeStatus.TO_BE_MADE_UP),
        ("not_taken", GradeStatus.NOT_TAKEN),
    ):  # fmt: skip
        if row.flag(flag):
            return status, None
    if text is None:
        return (None if label is None else GradeStatus.LABELLED), None
    return judged(text)


def _resit(text: str) -> int:
    """The number of a resit; without one it is the test itself. Code ``whole``."""
    text = text.strip()
    if text and not (text.isascii() and text.isdigit() and len(text) < 3):
        raise ColumnError("whole")
    return int(text or 0)


def notice(values: Mapping[str, Value], layout: Layout, formats: WisFormats) -> Sequence[Record]:
    """A row of ``getLeerlingAbsentieMeldingen``."""
    row = _row(values, formats.wis.fields["notice"])
    own = row.number_key("id")
    reason = _reason(row, formats)
    return row.finish([
        AbsenceNotice(
            key=own, student=(layout.about,), begins=row.must("begins", moment, SOME_TIME),
            ends=row.read("ends", moment),
            attendance_kind=reason.attendance_kind if reason else AttendanceKind.ABSENT,
            excused=reason.excused if reason else None, reason=reason.key if reason else None,
            reason_code=reason.code if reason else None, noted_at=row.read("noted_at", moment),
        ),
        *((reason,) if reason else ()),
    ])  # fmt: skip


def observation(values: Mapping[str, Value], layout: Layout, formats: WisFormats) -> Sequence[Record]:
    """A row of ``getLeerlingAbsentieConstateringen``.

    Who was seen, and was neither late nor sent out, was present, which is no absence (R32, R38).
    """
    wis = formats.wis
    row = _row(values, wis.fields["observation"])
    own = row.number_key("id")
    seen = wis.seen_kinds.get(row.text("seen") or "", AttendanceKind.UNKNOWN)
    reason = _reason(row, formats)
    told = reason.attendance_kind if reason else None
    begins = row.must("begins", moment, SOME_TIME)
    if seen is AttendanceKind.PRESENT and told not in (AttendanceKind.LATE, AttendanceKind.REMOVED):
        return row.finish([reason] if reason else [])
    kind = told if told and seen in (AttendanceKind.PRESENT, AttendanceKind.ABSENT) else seen
    return row.finish([
        AttendanceObservation(
            key=own, student=(layout.about,), day=begins.astimezone(AMSTERDAM).date(),
            hour=row.whole("hour"), attendance_kind=kind, excused=reason.excused if reason else None,
            reason=reason.key if reason else None, reason_code=reason.code if reason else None,
            noted_at=row.read("noted_at", moment),
        ),
        *((reason,) if reason else ()),
    ])  # fmt: skip


def _reason(row: Row, formats: WisFormats) -> AbsenceReason | None:
    """The reason that stands in a row, if one does (R31): what is sick the source tells by its code alone.

    Absent and nobody knows why is unresolved: neither excused nor unexcused (R35).
    """
    if row.text("reason") is None:
        return None
    own = row.number_key("reason")
    code = row.text("reason_code") or own[0]
    kind = formats.wis.reason_kinds.get(row.text("reason_kind") or "", AttendanceKind.UNKNOWN)
    kind = formats.absence_kinds.get(code, kind)
    excused = row.flag("excused")
    unresolved = kind is AttendanceKind.ABSENT and code in formats.unresolved
    return AbsenceReason(
        key=own, code=code, name=row.text("reason_name"), attendance_kind=kind,
        excused=None if unresolved else excused,
    )
