"""The grade book: columns, results, and what the school computes from them.

The school's own rules, for whoever checks them:

- average of a subject in a period: sum(g * w) / sum(w) over the results of ``test`` columns of that subject and
  period that are ``scored`` and count; w is the student's own weight where there is one, else the column's;
  attempts are results like any other (the lesser of two does not count). No sum of weights, no average.
  Rounded half up to one decimal, once.
- report: the same quotient, once the period is over, rounded half up to a whole number.
- ``gem`` average: the mean of the rounded averages of all subjects in a period, half up to one decimal.
- ``gem`` points (``calculated``): sum of max(0, 6 - report) over the subjects that have a report mark.

A computed result is entered at the moment of the newest result that it was computed from.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from simulator.curriculum import common_subjects, profile_subjects, profiles_of, upper
from simulator.dice import Dice
from simulator.model import Assessment, AssessmentKind, Grade, Period, School, Section, Study

SUFFICIENT = 55
TESTS = 5
"""Tests of a subject in a period; one where marks are letters."""
_WEIGHTS = tuple(Decimal(text) for text in ("1", "1", "1", "2", "2", "3", "0.5", "0"))
_TITLES = ("SO hoofdstuk", "Proefwerk hoofdstuk", "Presentatie", "Werkstuk", "Luistertoets")
_NONE = Decimal(0)


def make_columns(school: School, dice: Dice) -> None:
    """Columns of every study, subject and period of the year."""
    for level in school.studies.values():
        subjects = dict.fromkeys(common_subjects(level))
        for profile in profiles_of(level):
            subjects.update(dict.fromkeys(profile_subjects(profile)))
        for subject in subjects:
            for index, period in enumerate(school.periods.values(), 1):
                _columns(school, dice, level, subject, index, period)
        for index, period in enumerate(school.periods.values(), 1):
            _computed(school, level, "gem", "average", period, index * 100 + 90, "Gemiddelde over alle vakken")
            _computed(school, level, "gem", "calculated", period, index * 100 + 95, "Tekortpunten")


def _columns(school: School, dice: Dice, level: Study, subject: str, index: int, period: Period) -> None:
    letters = school.subjects[subject].marks == "letters"
    count = 1 if letters else TESTS
    tests = [_test(school, dice, level, subject, index, period, serial) for serial in range(1, count + 1)]
    if upper(level) and not letters:
        exam = replace(tests[-1], exam=True, title=f"Schoolexamen {index}")
        school.assessments[exam.id] = exam
        if index % 2:
            _add(school, replace(
                exam, id=school.new_id(), name=f"{subject}{exam.number + 50}", number=exam.number + 50,
                title=f"Herkansing {exam.title}", resit=True, resit_of=exam.id,
                held_on=exam.held_on + timedelta(days=14),
            ))  # fmt: skip
    if subject == "en" and index == 1:
        old = replace(tests[0], id=school.new_id(), name="en199", number=199, title="Vervallen toets", retired=True)
        _add(school, old)
    if not letters:
        _computed(school, level, subject, "average", period, index * 100 + 90, "Periodegemiddelde")
        _computed(school, level, subject, "report", period, index * 100 + 95, "Rapportcijfer")


def _test(
    school: School, dice: Dice, level: Study, subject: str, index: int, period: Period, serial: int
) -> Assessment:
    length = (period.ends - period.begins).days
    held_on = _weekday(period.begins + timedelta(days=length * serial // (TESTS + 1) - dice.below(5)))
    number = index * 100 + serial
    title = f"{dice.pick(_TITLES)} {index * 2 + serial - 2}"
    return _add(school, Assessment(
        school.new_id(), level.code, subject, period.code, "test", f"{subject}{number}", number, title,
        dice.pick(_WEIGHTS), False, None, False, False, 1, held_on,
    ))  # fmt: skip


def _computed(
    school: School, level: Study, subject: str, kind: AssessmentKind, period: Period, number: int, title: str
) -> None:
    column = Assessment(
        school.new_id(), level.code, subject, period.code, kind, f"{subject}{number}", number, title, _NONE, False,
        None, False, False, 1 if kind == "average" else 0, period.ends,
    )  # fmt: skip
    _add(school, column)
    school.computed[level.code, subject, period.code, kind] = column.id


def _add(school: School, column: Assessment) -> Assessment:
    school.assessments[column.id] = column
    return column


def _weekday(day: date) -> date:
    return day - timedelta(days=max(0, day.weekday() - 4))


def make_grades(school: School, dice: Dice) -> None:
    """Results of every test held so far, then what the school computes from them."""
    columns: dict[tuple[str, str], list[Assessment]] = {}
    resits = {column.resit_of: column for column in school.assessments.values() if column.resit_of}
    for column in school.assessments.values():
        if column.kind == "test" and not column.resit and not column.retired and column.held_on < school.today:
            columns.setdefault((column.study, column.subject), []).append(column)
    school.grades = {number: {} for number in school.students}
    ability = {number: 48 + dice.below(28) for number in school.students}
    for section in school.sections.values():
        for column in columns.get((section.study, section.subject), ()):
            _enter_for_section(school, dice, section, column, resits.get(column.id), ability)
    for number in school.students:
        recompute(school, number)


def _enter_for_section(
    school: School, dice: Dice, section: Section, column: Assessment, resit: Assessment | None, ability: dict[int, int]
) -> None:
    """A teacher enters the results of a whole section at one sitting."""
    entered_at = _sitting(dice, column.held_on)
    if entered_at > school.now:
        return
    letters = school.subjects[column.subject].marks == "letters"
    again_at = _sitting(dice, resit.held_on) if resit else school.now
    silent = school.cast["no_grades"]
    for number in section.members:
        if number == silent or school.enrolments[number][-1].ends < column.held_on:
            continue
        grade = _roll(dice, number, column, entered_at, ability[number], letters)
        if grade is None:
            continue
        book = school.grades[number]
        book[column.id, 1] = grade
        failed = grade.tenths is not None and grade.tenths < SUFFICIENT
        if failed and resit and again_at < school.now and dice.chance(0.6):
            second = _scored(dice, number, column, again_at, ability[number] + 5)
            second = replace(second, attempt=2, achieved_on=resit.held_on)
            book[column.id, 1], book[column.id, 2] = best_counts(grade, second)


def best_counts(first: Grade, second: Grade) -> tuple[Grade, Grade]:
    """Of two attempts the better one counts; the first one when they are equal."""
    better = second.tenths is not None and (first.tenths is None or second.tenths > first.tenths)
    return replace(first, counts=not better), replace(second, counts=better)


def _sitting(dice: Dice, held_on: date) -> datetime:
    day = held_on + timedelta(days=dice.between(1, 8))
    return datetime.combine(day, time(dice.between(12, 21), dice.below(60), dice.below(60)))


def _roll(
    dice: Dice, number: int, column: Assessment, entered_at: datetime, ability: int, letters: bool
) -> Grade | None:
    roll = dice.random()
    if roll < 0.015:
        return None
    if roll < 0.035:
        return Grade(number, column.id, 1, "to_be_made_up", None, "", None, True, None, column.held_on, entered_at)
    if roll < 0.045:
        return Grade(number, column.id, 1, "exempt", None, "", None, True, None, column.held_on, entered_at)
    if letters:
        label = "OVG"[(roll > 0.15) + (roll > 0.7)]
        return Grade(
            number, column.id, 1, "labelled", None, label, label != "O", True, None, column.held_on, entered_at
        )
    grade = _scored(dice, number, column, entered_at, ability)
    if roll < 0.055:
        return replace(grade, counts=False)
    if roll < 0.065:
        return replace(grade, weight=dice.pick(_WEIGHTS))
    if roll < 0.075:
        return replace(grade, sufficient=None)
    return grade


def _scored(dice: Dice, number: int, column: Assessment, entered_at: datetime, ability: int) -> Grade:
    tenths = min(100, max(10, ability + int(dice.random() * 46) - 20))
    return Grade(
        number, column.id, 1, "scored", tenths, "", tenths >= SUFFICIENT, True, None, column.held_on, entered_at
    )


def recompute(school: School, number: int) -> None:
    """Bring the computed results of one student up to date. A result that stays the same stays the same record."""
    book = school.grades[number]
    enrolments = school.enrolments[number]
    if not enrolments:
        return
    fresh = {(grade.assessment, 1): grade for grade in _computed_grades(school, number, enrolments[-1].study)}
    for key in [key for key in book if school.assessments[key[0]].kind != "test" and key not in fresh]:
        del book[key]
    for key, grade in fresh.items():
        if book.get(key) != grade:
            book[key] = grade


def _computed_grades(school: School, number: int, study: str) -> Iterable[Grade]:
    sums: dict[tuple[str, str], tuple[Decimal, Decimal, datetime]] = {}
    columns = school.assessments
    for (ident, _), grade in school.grades[number].items():
        column = columns[ident]
        if column.kind == "test" and grade.tenths is not None and grade.counts:
            weight = column.weight if grade.weight is None else grade.weight
            total, weights, latest = sums.get((column.period, column.subject), (_NONE, _NONE, grade.entered_at))
            sums[column.period, column.subject] = (
                total + weight * grade.tenths, weights + weight, max(latest, grade.entered_at)
            )  # fmt: skip
    for period in school.periods.values():
        averages: list[Grade] = []
        reports: list[Grade] = []
        for (code, subject), (total, weights, latest) in sums.items():
            if code == period.code and weights:
                quotient = total / weights
                averages.append(_result(school, number, study, subject, "average", period, half_up(quotient), latest))
                if period.ends < school.today:
                    mark = half_up(quotient / 10) * 10
                    reports.append(_result(school, number, study, subject, "report", period, mark, latest))
        yield from averages
        yield from reports
        yield from _overall(school, number, study, period, averages, reports)


def _overall(
    school: School, number: int, study: str, period: Period, averages: list[Grade], reports: list[Grade]
) -> Iterable[Grade]:
    if averages:
        mean = Decimal(sum(grade.tenths or 0 for grade in averages)) / len(averages)
        latest = max(grade.entered_at for grade in averages)
        yield _result(school, number, study, "gem", "average", period, half_up(mean), latest)
    if reports:
        points = sum(max(0, 60 - (grade.tenths or 0)) for grade in reports)
        latest = max(grade.entered_at for grade in reports)
        result = _result(school, number, study, "gem", "calculated", period, points, latest)
        yield replace(result, sufficient=None)


def _result(
    school: School, number: int, study: str, subject: str, kind: AssessmentKind, period: Period, tenths: int,
    entered_at: datetime,
) -> Grade:  # fmt: skip
    column = school.computed[study, subject, period.code, kind]
    return Grade(
        number, column, 1, "scored", tenths, "", tenths >= SUFFICIENT, True, None, min(period.ends, entered_at.date()),
        entered_at,
    )  # fmt: skip


def half_up(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))
