"""One student's results in order: by school year, subject and column, with what they come to. Pure.

The source's own averages stand beside computed ones and never in them (R9, R10). School years are kept apart; only
the exam dossier reaches back over them (R12).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from canonical.terms import AssessmentKind, GradeStatus, ResitPolicy
from portal import averages
from portal.averages import Average, Column, Dossier, Reason, Standing
from portal.clock import local_day
from portal.grademodels import (
    Attempt,
    Averages,
    Computed,
    PeriodAverages,
    SourceMark,
    SubjectGrades,
    Test,
    Totals,
    YearMean,
)
from portal.models import Coded
from portal.results import Result
from portal.rules import Marking

SOURCE_KINDS = (AssessmentKind.AVERAGE, AssessmentKind.REPORT, AssessmentKind.CALCULATED, AssessmentKind.EXAM)
"""Kinds of column whose numbers the source itself arrives at."""


@dataclass(frozen=True, slots=True)
class Year:
    """A school year as far as it is known."""

    id: str
    code: str | None = None
    begins: date | None = None
    ends: date | None = None

    def order(self) -> tuple[date, str]:
        return self.begins or date.min, self.code or ""

    def may_hold(self, day: date) -> bool:
        return (self.begins is None or self.begins <= day) and (self.ends is None or day <= self.ends)


@dataclass(frozen=True, slots=True)
class Line:
    """A column with this student's results, by attempt; a line of the exam programme may have none yet (R20)."""

    head: Result
    rows: Sequence[Result]
    year: Year | None
    column: Column
    day: date | None
    """When the test was held, or else when its first result came."""

    @property
    def standing(self) -> Standing:
        return self.column.stands

    @property
    def missing(self) -> bool:
        """The column itself has not come in, so that nobody knows where its results belong."""
        return bool(self.head.column_id is None)


class Judge(NamedTuple):
    """What decides whether a result is sufficient, but for the result itself (R6)."""

    flags_given: bool
    pass_mark: Decimal

    def of(self, line: Line, row: Result) -> bool | None:
        """Whether it is; None: neutral."""
        return averages.sufficient(
            row.sufficient, row.score, flags_given=self.flags_given, neutral=_neutral(line, row),
            pass_mark=self.pass_mark,
        )  # fmt: skip


Spot = tuple[Year | None, str | None]
"""A school year and a subject."""


def arrange(
    rows: Iterable[Result], years: Sequence[Year], exempt: Mapping[str, bool | None], marking: Marking
) -> tuple[list[SubjectGrades], list[YearMean]]:
    """The overview per school year (the latest first) and subject, and each year's mean of subjects (R13)."""
    lines = _lines(rows, years, marking)
    judge = _judge(lines, marking)
    missing = _missing(lines)
    spots: dict[Spot, list[Line]] = defaultdict(list)
    of_subjects: dict[str | None, list[Line]] = defaultdict(list)
    for line in lines:
        spots[line.year, line.head.subject_id].append(line)
        of_subjects[line.head.subject_id].append(line)
    subjects: list[SubjectGrades] = []
    of_year: dict[Year | None, list[Average]] = defaultdict(list)
    for spot in _in_order(spots):
        year, subject = spot
        of_exam = [line for line in of_subjects[subject] if _reaches(line.year, year)]
        exempted = exempt.get(subject) if subject is not None else None
        withheld = _withheld(spot, missing, bool(exempted), dated=bool(years))
        average = _average(withheld, averages.weighted(line.column for line in spots[spot]))
        of_year[year].append(average)
        subjects.append(
            _subject(spot, spots[spot], of_exam, exempted, average, withheld, judge, marking.period_weights)
        )
    means = [
        YearMean(school_year=_year(year), mean=_computed(averages.mean_of_subjects(found)))
        for year, found in of_year.items()
    ]
    return subjects, means


def counted_marks(
    rows: Iterable[Result], years: Sequence[Year], exempt: Mapping[str, bool | None], marking: Marking, subject: str,
    today: date,
) -> tuple[Year | None, list[tuple[Decimal, Decimal]] | Reason]:
    """This school year, and what the average of ``subject`` rests on in it: (unrounded mark, weight); or why not.

    Where no year is known to hold today, it is the latest that has results of the subject.
    """
    lines = _lines(rows, years, marking)
    of_subject = [line for line in lines if line.head.subject_id == subject]
    current = [year for year in years if year.may_hold(today)]
    latest = max((line.year for line in of_subject if line.year), key=Year.order, default=None)
    year = current[0] if len(current) == 1 else latest
    withheld = _withheld((year, subject), _missing(lines), bool(exempt.get(subject)), dated=bool(years))
    return year, withheld or averages.counting(line.column for line in of_subject if line.year == year)


def sufficiency(rows: Iterable[Result], marking: Marking) -> dict[str, bool | None]:
    """Whether each result is sufficient, by its id (R6). The rows are all that is published of one student."""
    lines = _lines(rows, (), marking)
    judge = _judge(lines, marking)
    return {row.id: judge.of(line, row) for line in lines for row in line.rows if row.id is not None}


def _judge(lines: Iterable[Line], marking: Marking) -> Judge:
    flags_given = any(row.sufficient is not None for line in lines for row in line.rows)
    return Judge(flags_given, marking.pass_mark)


def _lines(rows: Iterable[Result], years: Sequence[Year], marking: Marking) -> list[Line]:
    columns: dict[str, list[Result]] = defaultdict(list)
    for row in rows:
        columns[row.assessment_id].append(row)
    found = []
    for of_column in columns.values():
        attempts = sorted((row for row in of_column if row.id is not None), key=lambda row: row.attempt)
        head = attempts[0] if attempts else of_column[0]
        day = _day(head, attempts)
        found.append(Line(head, attempts, year_of(head.period_year, day, years), _column(head, attempts, marking), day))
    return sorted(found, key=_order)


def _order(line: Line) -> tuple[Any, ...]:
    """By period, then as the source orders its columns, then by day."""
    head, day = line.head, line.day
    return (head.period_begins or date.min, head.period_code or "", head.order is None, head.order or 0,
            day is None, day or date.min, head.code or "", head.assessment_id)  # fmt: skip


def _column(head: Result, rows: Sequence[Result], marking: Marking) -> Column:
    kind = AssessmentKind(head.assessment_kind or AssessmentKind.UNKNOWN)
    return Column(
        kind=kind,
        attempts=tuple(
            averages.Attempt(row.attempt, GradeStatus(row.status), row.score, row.label, row.counts, row.own_weight)
            for row in rows
        ),
        weight=head.weight, exam_weight=head.exam_weight, exam_column=head.exam_column,
        policy=None if head.resit_policy is None else ResitPolicy(head.resit_policy),
        component=head.parent_id is not None or kind is AssessmentKind.COMPONENT, retired=bool(head.retired),
        period=head.period_id, letters=marking.letters,
    )  # fmt: skip


def year_of(period_year: str | None, day: date | None, years: Sequence[Year]) -> Year | None:
    """The school year of a column: its period's, or the one that its day falls in, or the only one there is."""
    if period_year is not None:
        return next((year for year in years if year.id == period_year), Year(period_year))
    fitting = [year for year in years if day is None or year.may_hold(day)]
    return fitting[0] if len(fitting) == 1 else None


def _day(head: Result, rows: Iterable[Result]) -> date | None:
    if head.held_on is not None:
        return head.held_on
    days = [row.achieved_on or (row.entered_at and local_day(row.entered_at)) for row in rows]
    return min((day for day in days if day is not None), default=None)


def _in_order(spots: Mapping[Spot, Sequence[Line]]) -> list[Spot]:
    """The latest year first, an unknown one last; within a year the subjects by their codes, an unknown one last."""
    by_subject = sorted(spots, key=lambda at: (at[1] is None, spots[at][0].head.subject_code or "", at[1] or ""))
    return sorted(by_subject, key=lambda at: (at[0].order(), at[0].id) if at[0] else ((date.min, ""), ""), reverse=True)


def _reaches(earlier: Year | None, year: Year | None) -> bool:
    """Whether the exam dossier of ``year`` holds what is of ``earlier``: SE columns span school years (R12)."""
    return earlier is None or year is None or earlier.order() <= year.order()


def _missing(lines: Iterable[Line]) -> list[Line]:
    """The numbers whose column has not come in: they may be of any subject."""
    return [
        line for line in lines
        if line.missing and (line.standing.numbers is None or line.standing.score is not None)
    ]  # fmt: skip


def _withheld(spot: Spot, missing: Iterable[Line], exempt: bool, *, dated: bool) -> Reason | None:
    """Why no average of this subject may be computed, whatever its columns say."""
    year, _ = spot
    if exempt:
        return Reason.EXEMPT
    if year is None and dated:
        return Reason.SCHOOL_YEAR_UNKNOWN
    # An average without them might be wrong.
    return Reason.COLUMN_MISSING if any(line.year in (None, year) for line in missing) else None


def _subject(
    spot: Spot,
    lines: Sequence[Line],
    of_exam: Sequence[Line],
    exempt: bool | None,
    average: Average,
    withheld: Reason | None,
    judge: Judge,
    weights: Mapping[str, Decimal],
) -> SubjectGrades:
    year, subject = spot
    head = lines[0].head
    tests = [line for line in lines if line.column.kind not in SOURCE_KINDS]
    return SubjectGrades(
        subject=None if subject is None else Coded(id=subject, code=head.subject_code, name=head.subject_name),
        school_year=_year(year), exempt=exempt,
        tests=[_test(line, judge) for line in tests],
        source_marks=[
            _source_mark(line, row) for line in lines if line.column.kind in SOURCE_KINDS for row in line.rows
        ],
        computed=_averages(lines, of_exam, average, withheld, weights),
        totals=_totals(tests, judge),
    )  # fmt: skip


def _averages(
    lines: Sequence[Line], of_exam: Sequence[Line], of_year: Average, withheld: Reason | None,
    weights: Mapping[str, Decimal],
) -> Averages:  # fmt: skip
    """By each of the ways in which schools arrive at a report mark (R11, R12). ``weights`` are those of periods."""
    columns = [line.column for line in lines]
    periods = {line.head.period_id: line.head for line in lines if line.head.period_id is not None}
    # A column without a period is in every progressive average, and in that of no period.
    order: list[str | None] = [None, *periods]
    own = [averages.period_average(columns, period) for period in periods]
    mean = averages.mean_of_periods(
        own, [weights.get(head.period_code or "", Decimal(1)) for head in periods.values()]
    )
    return Averages(
        year=_computed(of_year),
        periods=[
            PeriodAverages(
                period=_period(head), average=_computed(_average(withheld, average)),
                progressive=_computed(_average(withheld, averages.progressive_average(columns, order, period))),
            )
            for (period, head), average in zip(periods.items(), own, strict=True)
        ],
        of_periods=_computed(_average(withheld, mean)), exam=_exam(of_exam, withheld),
    )  # fmt: skip


def _exam(lines: Sequence[Line], withheld: Reason | None) -> Computed | None:
    columns = [line.column for line in lines if averages.in_exam_dossier(line.column)]
    if not columns:
        return None
    return _computed(_average(withheld, averages.weighted(columns, Dossier.EXAM)))


def _average(withheld: Reason | None, average: Average) -> Average:
    return Average(None, withheld) if withheld else average


def _computed(average: Average) -> Computed:
    value = None if average.value is None else averages.rounded(average.value)
    return Computed(value=value, reason=average.reason, counted=average.counted)


def _test(line: Line, judge: Judge) -> Test:
    head, score = line.head, line.standing.score
    return Test(
        id=head.assessment_id, code=head.code, title=head.title, kind=line.column.kind, held_on=head.held_on,
        period=_period(head), weight=head.weight, exam_weight=head.exam_weight, exam_column=head.exam_column,
        resit_policy=line.column.policy, part_of=head.parent_id, retired=head.retired,
        result=None if score is None else averages.rounded(score),
        attempts=[_attempt(line, row, judge) for row in line.rows],
    )  # fmt: skip


def _attempt(line: Line, row: Result, judge: Judge) -> Attempt:
    stands = None if line.standing.numbers is None else row.attempt in line.standing.numbers
    return Attempt(
        number=row.attempt, raw_text=row.raw_text, score=row.score, label=row.label, status=row.status,
        sufficient=judge.of(line, row), counts=row.counts, weight=row.own_weight,
        entered_at=row.entered_at, achieved_on=row.achieved_on,
        # An attempt that could never stand does not wait for a choice.
        is_effective=stands if stands is not None or _able(row) else False,
        version=row.version, changed=row.version > 1,
    )  # fmt: skip


def _able(row: Result) -> bool:
    return bool(row.counts) and row.status in (GradeStatus.SCORED, GradeStatus.LABELLED)


def _neutral(line: Line, row: Result) -> bool:
    """It counts for nothing, in neither dossier (R6, R14)."""
    weight = line.head.weight if row.own_weight is None else row.own_weight
    return not row.counts or line.column.retired or (weight == 0 and not line.head.exam_weight)


def _totals(lines: Iterable[Line], judge: Judge) -> Totals:
    """How many columns with a standing result came to what (R6)."""
    found = [_outcome(line, judge) for line in lines if line.standing.numbers and not line.column.component]
    return Totals(sufficient=found.count(True), insufficient=found.count(False), neutral=found.count(None))


def _outcome(line: Line, judge: Judge) -> bool | None:
    rows = [row for row in line.rows if row.attempt in (line.standing.numbers or ())]
    if len(rows) == 1:
        return judge.of(line, rows[0])
    # The mean of several attempts is a number that the source has given no flag for.
    score = None if line.standing.score is None else averages.rounded(line.standing.score)
    neutral = all(_neutral(line, row) for row in rows)
    return averages.sufficient(None, score, flags_given=False, neutral=neutral, pass_mark=judge.pass_mark)


def _source_mark(line: Line, row: Result) -> SourceMark:
    head = line.head
    return SourceMark(
        id=head.assessment_id, code=head.code, title=head.title, kind=line.column.kind, period=_period(head),
        raw_text=row.raw_text, score=row.score, label=row.label, status=GradeStatus(row.status),
        sufficient=row.sufficient, entered_at=row.entered_at, version=row.version, changed=row.version > 1,
    )  # fmt: skip


def _period(head: Result) -> Coded | None:
    if head.period_id is None:
        return None
    return Coded(id=head.period_id, code=head.period_code, name=head.period_name)


def _year(year: Year | None) -> Coded | None:
    return None if year is None else Coded(id=year.id, code=year.code)
