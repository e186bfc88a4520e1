"""Grade columns and grades: rows of Magister to canonical records. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from canonical.records import Assessment, Grade, GradingPeriod, Record, Subject
from canonical.terms import AssessmentKind, GradeStatus
from connectors.results import judged
from connectors.rows import Row
from magister.formats import Formats

KINDS = {
    "1": AssessmentKind.TEST,
    "2": AssessmentKind.AVERAGE,
    "3": AssessmentKind.CALCULATED,
    "4": AssessmentKind.CALCULATED,
    "5": AssessmentKind.CALCULATED,
    "6": AssessmentKind.CALCULATED,
    "7": AssessmentKind.CALCULATED,
    "8": AssessmentKind.EXAM,
    "9": AssessmentKind.TEXT,
    "10": AssessmentKind.EXAM,
    "11": AssessmentKind.EXAM,
    "12": AssessmentKind.CALCULATED,
    "13": AssessmentKind.REPORT,
    "14": AssessmentKind.CALCULATED,
    "15": AssessmentKind.CALCULATED,
    "16": AssessmentKind.CALCULATED,
}
"""Magister's ``soort_kol`` (wire B6, the table KolomSoort; R9)."""

_MARKS = {"inh": GradeStatus.TO_BE_MADE_UP, "vr": GradeStatus.EXEMPT}


def column(row: Row, formats: Formats, _context: str) -> Sequence[Record]:
    """A row of the list of grade columns.

    The column of a resit is not an assessment of its own: its results are further attempts at the original (R18).
    """
    own = row.number_key("KOLOM")
    if row.flag("HERKANSING") and row.text("ORIGINEEL"):
        return row.finish(())
    subject, code = row.key("VAK"), row.reference("PERIODE")
    records: list[Record] = []
    period = None
    if code:
        year = row.reference("LESPERIODE")
        period = (*(year or ()), *code)
        records.append(GradingPeriod(
            key=period, school_year=year, code=code[0], name=row.text("PERIODE_OMSCHR"),
            begins=row.read("PERIODE_BEGIN", formats.date), ends=row.read("PERIODE_EINDE", formats.date),
        ))  # fmt: skip
    records.append(Subject(key=subject, code=subject[0], name=row.text("VAK_OMSCHR")))
    records.append(Assessment(
        key=own, subject=subject, grading_period=period,
        assessment_kind=KINDS.get(row.text("SOORT") or "", AssessmentKind.UNKNOWN), code=row.required("NAAM"),
        title=row.text("OMSCHR"), order=row.whole("NUMMER"), weight=row.decimal("WEGING"),
        exam_column=row.flag("PTA"), retired=row.flag("VERVALLEN") or False,
    ))  # fmt: skip
    return row.finish(records)


def grade(row: Row, formats: Formats, _context: str) -> Sequence[Record]:
    """A row of the list of grades. A row without a result is no grade."""
    key = row.number_key("STAMNR", "KOLOM", "POGING")
    text = row.text("CIJFER")
    status, score = _result(text or "", bool(row.flag("INHALEN")), bool(row.flag("VRIJSTELLING")))
    pending = status in (GradeStatus.TO_BE_MADE_UP, GradeStatus.EXEMPT)
    if text is None and not pending:
        return row.finish(())
    counts = row.flag("TELTMEE")
    record = Grade(
        key=key, student=key[:1], assessment=key[1:2], attempt=row.whole("POGING") or 1, raw_text=text or "",
        score=score, label=text if status is GradeStatus.LABELLED else None, status=status,
        # Magister's flag says "sufficient" of what is still to be made up (wire B6): it means nothing there.
        sufficient=None if pending else row.flag("VOLDOENDE"), counts=True if counts is None else counts,
        weight=row.decimal("WEGING"), entered_at=row.read("INGEVOERD", formats.moment),
        achieved_on=row.read("BEHAALD", formats.date),
    )  # fmt: skip
    return row.finish((record,))


def _result(text: str, to_be_made_up: bool, exempt: bool) -> tuple[GradeStatus, Decimal | None]:
    """What a result says and its number, if it is one (R1, R2, R14). Whatever cannot be read keeps its text."""
    if exempt or _MARKS.get(text.lower()) is GradeStatus.EXEMPT:
        return GradeStatus.EXEMPT, None
    if to_be_made_up or _MARKS.get(text.lower()) is GradeStatus.TO_BE_MADE_UP:
        return GradeStatus.TO_BE_MADE_UP, None
    return judged(text)
