"""Which subjects a student is slipping in: for the mentor, to look at. Pure.

The source's own averages go before computed ones (R10). A subject that nobody can judge, such as for want of weights,
is named as such: it is neither good nor bad.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from canonical.terms import AssessmentKind
from portal.averages import Reason
from portal.gradebook import Year
from portal.grademodels import SourceMark, SubjectGrades
from portal.models import Coded

FALL = Decimal("0.5")
"""From one period to the next; more than this is a fall."""

_NOTHING_YET = (Reason.NO_RESULTS, Reason.WEIGHTS_ZERO, Reason.EXEMPT)


class SlipReason(StrEnum):
    INSUFFICIENT = "insufficient"
    """The average is below the pass mark, or the source says that it is not sufficient (R6)."""
    FALLING = "falling"
    """The average of the latest period is more than half a point below that of the period before."""


@dataclass(frozen=True, slots=True)
class PeriodMark:
    period: Coded
    value: Decimal


@dataclass(frozen=True, slots=True)
class Slip:
    """A subject with the reasons, and what they rest on: marks as they are shown, with one decimal.

    ``from_source`` is whether the average is the source's own. ``average`` is None when only the periods are known.
    """

    subject: Coded | None
    reasons: tuple[SlipReason, ...]
    average: Decimal | None
    from_source: bool
    before: PeriodMark | None
    latest: PeriodMark | None


@dataclass(frozen=True, slots=True)
class Unjudged:
    """A subject of which there is no average, and why."""

    subject: Coded | None
    reason: Reason


def of_this_year(subjects: Sequence[SubjectGrades], years: Iterable[Year], today: date) -> list[SubjectGrades]:
    """The subjects of the school year that holds today and those of no known year; or, where no year is known to hold
    today, of the latest. ``subjects`` are as ``gradebook.arrange`` gives them."""
    current: Collection[str | None] = {
        year.id for year in years if year.begins is not None and year.may_hold(today)
    }  # fmt: skip
    if not current:
        current = {_year(subject) for subject in subjects[:1]}
    return [subject for subject in subjects if _year(subject) is None or _year(subject) in current]


def slips(subjects: Iterable[SubjectGrades], pass_mark: Decimal) -> tuple[list[Slip], list[Unjudged]]:
    """What stands out among the subjects of one school year, and what cannot be judged."""
    found, unjudged = [], []
    for subject in subjects:
        if subject.exempt:
            continue
        own = _own_average(subject)
        before, latest = _last_two(subject)
        value = subject.computed.year.value if own is None else own.score
        reasons = tuple(_reasons(own, value, before, latest, pass_mark))
        if reasons:
            found.append(Slip(subject.subject, reasons, value, own is not None, before, latest))
        reason = subject.computed.year.reason
        if value is None and reason is not None and reason not in _NOTHING_YET:
            unjudged.append(Unjudged(subject.subject, reason))
    return found, unjudged


def _reasons(
    own: SourceMark | None, value: Decimal | None, before: PeriodMark | None, latest: PeriodMark | None,
    pass_mark: Decimal,
) -> Iterable[SlipReason]:
    flag = None if own is None else own.sufficient
    if flag is False or (flag is None and value is not None and value < pass_mark):
        yield SlipReason.INSUFFICIENT
    if before is not None and latest is not None and before.value - latest.value > FALL:
        yield SlipReason.FALLING


def _own_average(subject: SubjectGrades) -> SourceMark | None:
    """The average that the source gives itself: that of the year, or else of the latest period."""
    given = _averages(subject)
    of_year = [mark for mark in given if mark.period is None]
    return next(reversed(of_year or given), None)


def _averages(subject: SubjectGrades) -> list[SourceMark]:
    return [mark for mark in subject.source_marks if mark.kind is AssessmentKind.AVERAGE and mark.score is not None]


def _last_two(subject: SubjectGrades) -> tuple[PeriodMark | None, PeriodMark | None]:
    """The averages of the last two periods that have one."""
    own = {mark.period.id: mark.score for mark in _averages(subject) if mark.period is not None}
    marks = [
        PeriodMark(period.period, value) for period in subject.computed.periods
        if (value := own.get(period.period.id) or period.average.value) is not None
    ]  # fmt: skip
    before, latest = ([None, None, *marks])[-2:]
    return before, latest


def _year(subject: SubjectGrades) -> str | None:
    return None if subject.school_year is None else subject.school_year.id
