"""Grade columns and grades: rows of a delivery to canonical records. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from canonical.records import Assessment, Grade, GradingPeriod, Key, Record, Subject
from canonical.terms import AssessmentKind, GradeStatus
from connectors.columns import ColumnError
from connectors.results import judged
from connectors.rows import Row
from vocus.rules import Rules, word

_MARKS = {"inh": GradeStatus.TO_BE_MADE_UP, "vr": GradeStatus.EXEMPT}
"""Assumed: what some write in the place of a result."""

_TENTHS = 3
"""Digits of a result in tenths at most: 100 is a 10."""


def assessment(row: Row, rules: Rules) -> Sequence[Record]:
    """A grade column.

    The column of a resit is not an assessment of its own: its results are further attempts at the original (R18).
    """
    own = row.key("column")
    if row.flag("resit") and row.text("resit_of"):
        return row.finish(())
    subject = row.key("subject")
    records, period = _period(row, rules)
    records.append(Subject(key=subject, code=subject[0], name=row.text("subject_name")))
    records.append(Assessment(
        key=own, subject=subject, grading_period=period,
        assessment_kind=word(row, "kind", AssessmentKind) or AssessmentKind.UNKNOWN, code=row.required("code"),
        title=row.text("title"), order=row.whole("order"), weight=row.decimal("weight"),
        exam_column=row.flag("exam"), retired=row.flag("retired") or False,
    ))  # fmt: skip
    return row.finish(records)


def _period(row: Row, rules: Rules) -> tuple[list[Record], Key | None]:
    code = row.reference("period")
    if code is None:
        return [], None
    year = row.reference("school_year") or (rules.year,)
    period = GradingPeriod(
        key=(*year, *code), school_year=year, code=code[0], name=row.text("period_name"),
        begins=row.read("period_begins", rules.days["period_begins"]),
        ends=row.read("period_ends", rules.days["period_ends"]),
    )  # fmt: skip
    return [period], period.key


def grade(row: Row, rules: Rules) -> Sequence[Record]:
    """A result. A row without one is no grade; without a column of its own it brings the column as well."""
    student = row.key("student")
    attempt = row.key_value("attempt", _attempt)
    if "column" in rules.mapped:
        column = row.key("column")
        return row.finish(_grade(row, rules, (*student, *column, str(attempt)), column, attempt))
    subject, period, code = row.key("subject", "period", "code")
    # A key has four columns at most. The year is nine characters and the attempt has no space in it, so that no two
    # of these are written alike.
    key = (*student, f"{rules.year} {period}", subject, f"{attempt} {code}")
    column = (rules.year, period, subject, code)
    records, in_period = _period(row, rules)
    found = _grade(row, rules, key, column, attempt)
    records += [
        Subject(key=(subject,), code=subject, name=row.text("subject_name")),
        Assessment(
            key=column, subject=(subject,), grading_period=in_period,
            assessment_kind=word(row, "kind", AssessmentKind) or AssessmentKind.UNKNOWN, code=code,
            title=row.text("title"), weight=row.decimal("column_weight"),
        ),
    ]  # fmt: skip
    return row.finish([*records, *found])


def _grade(row: Row, rules: Rules, key: Key, column: Key, attempt: int) -> Sequence[Record]:
    text = row.text("result")
    status, score = _result(text or "", bool(row.flag("made_up")), bool(row.flag("exempt")), rules.tenths)
    pending = status in (GradeStatus.TO_BE_MADE_UP, GradeStatus.EXEMPT)
    if text is None and not pending:
        return ()
    counts = row.flag("counts")
    return [
        Grade(
            key=key, student=key[:1], assessment=column, attempt=attempt, raw_text=text or "", score=score,
            label=text if status is GradeStatus.LABELLED else None, status=status,
            # Of what is still to be made up, "sufficient" says nothing.
            sufficient=None if pending else row.flag("sufficient"), counts=True if counts is None else counts,
            weight=row.decimal("weight"), entered_at=row.read("entered_at", rules.moments["entered_at"]),
            achieved_on=row.read("achieved_on", rules.days["achieved_on"]),
        )
    ]  # fmt: skip


def _attempt(text: str) -> int:
    """The number of an attempt, 1 unless the source says otherwise. Code ``whole``."""
    text = text.strip()
    if not text:
        return 1
    if not (text.isascii() and text.isdigit() and len(text) < 3 and int(text)):
        raise ColumnError("whole")
    return int(text)


def _result(text: str, to_be_made_up: bool, exempt: bool, tenths: bool) -> tuple[GradeStatus, Decimal | None]:
    """What a result says and its number, if it is one (R1, R2, R14). Whatever cannot be read keeps its text."""
    if exempt or _MARKS.get(text.lower()) is GradeStatus.EXEMPT:
        return GradeStatus.EXEMPT, None
    if to_be_made_up or _MARKS.get(text.lower()) is GradeStatus.TO_BE_MADE_UP:
        return GradeStatus.TO_BE_MADE_UP, None
    if tenths and text.isascii() and text.isdigit() and len(text) <= _TENTHS:
        return judged(str(Decimal(text) / 10))
    status, score = judged(text)
    # A number with a separator is not in tenths, and nobody knows what it is then.
    return (GradeStatus.UNREADABLE, None) if tenths and status is not GradeStatus.LABELLED else (status, score)
