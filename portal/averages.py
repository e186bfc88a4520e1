"""The arithmetic of grades: rounding, which attempt stands, weighted averages (R1-R18). Pure; decimals only.

An average is given only when everything that it rests on is known; otherwise ``Average.reason`` says what is not
(R10). Nothing is rounded before the very end (R4).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal
from enum import StrEnum
from functools import cached_property

from canonical.terms import AssessmentKind, GradeStatus, ResitPolicy

TENTH = Decimal("0.1")

FEEDS = (AssessmentKind.TEST, AssessmentKind.COMPOSITE)
"""Kinds of column that count towards an average; averages and parts of a composite never do (R9)."""

# A quotient is exact to 60 digits: no division of school marks comes so near to a half without being one.
EXACT = Context(prec=60)


class Reason(StrEnum):
    """Why there is no average."""

    NO_RESULTS = "no_results"
    WEIGHTS_UNKNOWN = "weights_unknown"
    WEIGHTS_ZERO = "weights_zero"
    RESIT_POLICY_UNKNOWN = "resit_policy_unknown"
    KIND_UNKNOWN = "kind_unknown"
    COLUMN_MISSING = "column_missing"
    SCHOOL_YEAR_UNKNOWN = "school_year_unknown"
    EXEMPT = "exempt"


class Dossier(StrEnum):
    """The two sets of weights, which are never mixed (R12)."""

    PROGRESS = "progress"
    EXAM = "exam"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One result of one column. ``weight`` is this student's own, where it differs from the column's."""

    number: int
    status: GradeStatus
    score: Decimal | None = None
    label: str | None = None
    counts: bool = True
    weight: Decimal | None = None


@dataclass(frozen=True)
class Column:
    """A column with one student's attempts at it; a resit is an attempt, never a second column (R18).

    ``letters`` are the school's own numbers for what is no number, such as V = 6 (R7).
    """

    kind: AssessmentKind
    attempts: tuple[Attempt, ...]
    weight: Decimal | None = None
    exam_weight: Decimal | None = None
    exam_column: bool | None = None
    policy: ResitPolicy | None = None
    component: bool = False
    """A part of a composite column (R9)."""
    retired: bool = False
    period: Hashable = None
    letters: Mapping[str, Decimal] = field(default_factory=dict)

    @cached_property
    def stands(self) -> Standing:
        """What it comes to. Asked for again in every average that it is part of."""
        return standing(self)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a column comes to: the attempts that stand, and their number.

    ``numbers`` is None when it is not known which of several attempts stands (R17). ``score`` is unrounded, and None
    when the result is no number.
    """

    numbers: tuple[int, ...] | None
    score: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Average:
    """An unrounded average of ``counted`` columns, or the reason why there is none."""

    value: Decimal | None
    reason: Reason | None = None
    counted: int = 0


def rounded(value: Decimal, step: Decimal = TENTH) -> Decimal:
    """``value`` to the nearest ``step`` (1, 0.5, 0.1, 0.01), half up, in one step (R3, R4)."""
    steps = EXACT.divide(value, step).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return (steps * step).quantize(step)


def sufficient(
    flag: bool | None, score: Decimal | None, *, flags_given: bool, neutral: bool, pass_mark: Decimal
) -> bool | None:
    """Whether a result is sufficient, from ``pass_mark`` on; None is neutral and belongs to neither total (R6).

    ``flags_given``: the source says so itself, so that its silence means neutral. ``neutral``: the result counts for
    nothing (weight 0, "does not count").
    """
    if neutral:
        return None
    if flag is not None or flags_given:
        return flag
    return None if score is None else score >= pass_mark


def standing(column: Column) -> Standing:
    """Which attempts of ``column`` stand (R17).

    Pending, exempt and non-counting attempts never do (R14), so that a source that marks the superseded attempts as
    such has decided by itself. Between several counting ones the column's policy decides; without one nobody does,
    unless they are the same.
    """
    able = [a for a in column.attempts if a.counts and a.status in (GradeStatus.SCORED, GradeStatus.LABELLED)]
    if not able:
        return Standing(())
    last = max(able, key=lambda attempt: attempt.number)
    if len(able) == 1 or column.policy is ResitPolicy.LAST:
        return Standing((last.number,), _value(column, last))
    scores = [score for attempt in able if (score := _value(column, attempt)) is not None]
    if len(scores) < len(able):
        return Standing(None)
    if column.policy is ResitPolicy.AVERAGE:
        return Standing(tuple(attempt.number for attempt in able), EXACT.divide(sum(scores, Decimal()), len(scores)))
    if column.policy is ResitPolicy.BEST or min(scores) == max(scores):
        best = max(able, key=lambda attempt: (_value(column, attempt) or Decimal(), -attempt.number))
        return Standing((best.number,), _value(column, best))
    return Standing(None)


def counting(
    columns: Iterable[Column], dossier: Dossier = Dossier.PROGRESS
) -> list[tuple[Decimal, Decimal]] | Reason:
    """(unrounded mark, weight) of each column that counts in ``dossier`` (R8, R9, R12); or why that is not known."""
    found = []
    for column in columns:
        if column.component or column.retired or not _belongs(column, dossier):
            continue
        stands = column.stands
        if column.kind is AssessmentKind.UNKNOWN and (stands.score is not None or stands.numbers is None):
            return Reason.KIND_UNKNOWN
        if column.kind not in FEEDS:
            continue
        weight = _weight(column, stands, dossier)
        if stands.numbers is None and weight != 0:
            return Reason.RESIT_POLICY_UNKNOWN
        if stands.score is None:
            continue
        if weight is None:
            return Reason.WEIGHTS_UNKNOWN
        found.append((stands.score, weight))
    return found


def weighted(
    columns: Iterable[Column], dossier: Dossier = Dossier.PROGRESS
) -> Average:
    """The weighted average of the columns that count in ``dossier`` (R8)."""
    counted = counting(columns, dossier)
    if isinstance(counted, Reason):
        return Average(None, counted)
    if not counted:
        return Average(None, Reason.NO_RESULTS)
    total, weights = Decimal(), Decimal()
    for mark, weight in counted:
        total = EXACT.add(total, EXACT.multiply(mark, weight))
        weights += weight
    if not weights:
        return Average(None, Reason.WEIGHTS_ZERO)
    return Average(EXACT.divide(total, weights), None, len(counted))


def period_average(columns: Iterable[Column], period: Hashable) -> Average:
    """The average of one period's columns alone (R11, method ``period``)."""
    return weighted(column for column in columns if column.period == period)


def progressive_average(columns: Iterable[Column], periods: Sequence[Hashable], until: Hashable) -> Average:
    """The average of all columns of ``periods`` up to and including ``until`` (R11, *voortschrijdend*)."""
    seen = periods[: periods.index(until) + 1]
    return weighted(column for column in columns if column.period in seen)


def mean_of_periods(averages: Sequence[Average], weights: Sequence[Decimal]) -> Average:
    """The mean of period averages, each period with its own weight (R11)."""
    return _mean(averages, weights)


def mean_of_subjects(averages: Sequence[Average]) -> Average:
    """The unweighted mean of subject averages, not of all grades (R13). A subject without results stays out of it."""
    return _mean(averages, [Decimal(1)] * len(averages))


def _mean(averages: Sequence[Average], weights: Sequence[Decimal]) -> Average:
    known = [
        (average, weight)
        for average, weight in zip(averages, weights, strict=True)
        if average.reason not in (Reason.NO_RESULTS, Reason.WEIGHTS_ZERO, Reason.EXEMPT)
    ]
    total, whole = Decimal(), Decimal()
    for average, weight in known:
        if average.value is None:
            return Average(None, average.reason)
        total = EXACT.add(total, EXACT.multiply(average.value, weight))
        whole += weight
    if not whole:
        return Average(None, Reason.NO_RESULTS)
    return Average(EXACT.divide(total, whole), None, len(known))


def in_exam_dossier(column: Column) -> bool:
    """Whether a column belongs to the exam dossier: it has a weight there, or is a line of the exam programme."""
    return column.exam_weight is not None or bool(column.exam_column)


def _belongs(column: Column, dossier: Dossier) -> bool:
    return dossier is Dossier.PROGRESS or in_exam_dossier(column)


def _weight(column: Column, stands: Standing, dossier: Dossier) -> Decimal | None:
    """The column's weight, counted once whatever the attempts (R18); None when it is unknown or contradictory."""
    if dossier is Dossier.EXAM:
        return column.exam_weight
    own = {
        column.weight if attempt.weight is None else attempt.weight
        for attempt in column.attempts
        if stands.numbers is None or attempt.number in stands.numbers
    }
    return own.pop() if len(own) == 1 else column.weight if not own else None


def _value(column: Column, attempt: Attempt) -> Decimal | None:
    if attempt.status is GradeStatus.LABELLED:
        return column.letters.get(attempt.label or "")
    return attempt.score
