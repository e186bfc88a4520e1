"""One subject of one student: every test with its weight, what it comes to, and what the next mark would do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal

from sqlalchemy import Connection, select

from canonical.tables import TABLES
from canonical.terms import AssessmentKind
from portal import averages, calculator, examrules
from portal.averages import Average, Reason
from portal.calculator import Counted
from portal.clock import local_day
from portal.freshness import NOTHING_KNOWN, DataClass
from portal.gradebook import Year, counted_marks
from portal.grademodels import Basis, Calculation, ExamMarks, Needed, SubjectGrades, SubjectView
from portal.grades import Book, about_grades, arranged, book
from portal.looking import Seen
from portal.models import Coded
from portal.problems import NotThere, invalid
from portal.reading import living

HUNDREDTH = Decimal("0.01")


def view(connection: Connection, seen: Seen, subject: str, at: datetime) -> SubjectView:
    """One subject, the latest school year first. Raises ``NotThere`` when it is none of the student's."""
    about = about_grades(connection, seen)
    read = book(connection, seen, at)
    named, years = _of_subject(connection, seen, read, subject)
    known = about.completeness[DataClass.GRADES] not in NOTHING_KNOWN
    return SubjectView(
        meta=about, student_id=seen.row.id, subject=named, years=years if known else None, exam=exam_marks(years)
    )


def exam_marks(years: Sequence[SubjectGrades]) -> ExamMarks | None:
    """The final marks of a subject, and while there is none what it would be (R21, R22).

    Of who took an exam twice it is not known which mark is of which: then there is none.
    """
    found: dict[str, list[Decimal]] = defaultdict(list)
    for year in years:
        for mark in year.source_marks:
            if mark.kind is AssessmentKind.EXAM and mark.score is not None:
                found[mark.code or ""].append(mark.score)
    school, central, final = (
        found[code][0] if len(found[code]) == 1 else None
        for code in (examrules.SCHOOL, examrules.CENTRAL, examrules.FINAL)
    )
    if school is None and central is None and final is None:
        return None
    expected = None
    if not found[examrules.FINAL] and school is not None and central is not None:
        expected = examrules.final_mark(school, central)
    return ExamMarks(school=school, central=central, final=final, expected=expected)


def calculation(
    connection: Connection, seen: Seen, subject: str, at: datetime,
    *, weight: Decimal | None, target: Decimal | None, mark: Decimal | None,
) -> Calculation:  # fmt: skip
    """What the next mark must be for ``target``, or what ``mark`` makes of the average of this year (R70, R71).

    Raises ``NotThere`` when the subject is none of the student's, ``invalid`` when there is no weight to go by.
    """
    about = about_grades(connection, seen)
    read = book(connection, seen, at)
    named, _ = _of_subject(connection, seen, read, subject)
    year, known = counted_marks(
        read.results, read.years, read.exempt, seen.rules.marking, subject, local_day(at)
    )
    if about.completeness[DataClass.GRADES] in NOTHING_KNOWN:
        known = Reason.NO_RESULTS
    basis = None if isinstance(known, Reason) else _basis(known)
    if isinstance(known, Reason):
        needed = average = None
    else:
        weight = _weight(weight, known)
        needed = None if target is None else _needed(known, weight, target)
        average = None if mark is None else averages.rounded(calculator.get(known, weight, mark), HUNDREDTH)
    return Calculation(
        meta=about, student_id=seen.row.id, subject=named, school_year=_year(year), basis=basis, weight=weight,
        target=target, needed=needed, grade=mark, average=average, reason=known if isinstance(known, Reason) else None,
    )  # fmt: skip


def _of_subject(
    connection: Connection, seen: Seen, read: Book, subject: str
) -> tuple[Coded, list[SubjectGrades]]:
    years = [found for found in arranged(seen, read)[0] if found.subject is not None and found.subject.id == subject]
    named = next((found.subject for found in years if found.subject is not None), None)
    if named is None:
        taken = subject in read.exempt and (seen.own_subjects is None or subject in seen.own_subjects)
        if not taken:
            raise NotThere("subject")
        named = _named(connection, seen, subject)
    return named, years


def _named(connection: Connection, seen: Seen, subject: str) -> Coded:
    table = TABLES["subject"]
    row = connection.execute(
        select(table.c.code, table.c.name)
        .where(table.c.id == subject, table.c.source_id == seen.row.source_id, living(table))
    ).first()  # fmt: skip
    return Coded(id=subject, code=None) if row is None else Coded(id=subject, code=row.code, name=row.name)


def _weight(asked: Decimal | None, known: Sequence[Counted]) -> Decimal:
    """The weight of the next mark: the one asked for, or else the usual one."""
    weight = calculator.usual_weight(own for _, own in known) if asked is None else asked
    if weight is None:
        raise invalid("query.weight", "missing")
    if weight <= 0:
        raise invalid("query.weight", "greater_than")
    return weight


def _needed(known: Sequence[Counted], weight: Decimal, target: Decimal) -> Needed:
    need = calculator.need(known, weight, target)
    # Never more than what comes of it: 5.496 is not "at most 5.50" where 5.5 is out of reach.
    average = need.average.quantize(HUNDREDTH, rounding=ROUND_FLOOR)
    return Needed(outcome=need.outcome, mark=need.mark, average=average)


def _basis(known: Sequence[Counted]) -> Basis:
    total = sum((mark * weight for mark, weight in known), Decimal())
    weights = sum((weight for _, weight in known), Decimal())
    average = Average(averages.EXACT.divide(total, weights)) if weights else Average(None)
    return Basis(
        counted=len(known), weight=weights,
        average=None if average.value is None else averages.rounded(average.value, HUNDREDTH),
    )  # fmt: skip


def _year(year: Year | None) -> Coded | None:
    return None if year is None else Coded(id=year.id, code=year.code)
