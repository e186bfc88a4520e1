"""School days and school weeks: Monday to Friday without the holidays, which do not count (R42). Pure.

Days are numbered, so that "within twenty school days" is a subtraction, however many holidays lie between.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

DAYS_A_WEEK = 5
"""School days in a week without holidays."""

_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Calendar:
    """A school's days. ``holidays`` are first and last days, in order and apart from each other: see ``calendar``."""

    holidays: tuple[tuple[date, date], ...] = ()

    def is_school_day(self, day: date) -> bool:
        return day.weekday() < DAYS_A_WEEK and not any(first <= day <= last for first, last in self.holidays)

    def number(self, day: date) -> int:
        """How many school days there have been up to and including ``day``, from a fixed day long ago."""
        off = sum(
            _weekdays(min(last, day)) - _weekdays(first - timedelta(days=1))
            for first, last in self.holidays
            if first <= day
        )
        return _weekdays(day) - off

    def week(self, day: date) -> int:
        """How many school weeks have begun up to ``day``. A week that is a holiday from end to end is none."""
        off = 0
        for first, last in self.holidays:
            begins = first if first.weekday() == 0 else _monday(first) + _WEEK
            ends = _monday(min(day, last - timedelta(days=DAYS_A_WEEK - 1)))
            off += max(0, (ends - begins).days // 7 + 1)
        return _monday(day).toordinal() // 7 - off

    def within(self, first: date, last: date, days: int) -> bool:
        """Whether ``first`` falls in the ``days`` school days that end with ``last``."""
        return first <= last and self.number(last) - self.number(first) < days

    def within_weeks(self, first: date, last: date, weeks: int) -> bool:
        """Whether ``first`` falls in the ``weeks`` school weeks, from Monday on, that end with that of ``last``."""
        return first <= last and self.week(last) - self.week(first) < weeks

    def follows(self, earlier: date, later: date) -> bool:
        """Whether no school day lies between two days."""
        return earlier <= later and self.number(later - timedelta(days=1)) <= self.number(earlier)


def calendar(holidays: Iterable[tuple[date, date]]) -> Calendar:
    """A calendar with holidays in any order, which may overlap. Each is its first and its last day."""
    merged: list[tuple[date, date]] = []
    for first, last in sorted(holidays):
        if merged and first <= merged[-1][1] + timedelta(days=1):
            merged[-1] = merged[-1][0], max(last, merged[-1][1])
        elif first <= last:
            merged.append((first, last))
    return Calendar(tuple(merged))


def _weekdays(day: date) -> int:
    """Mondays to Fridays up to and including ``day``; day 1 of the calendar was a Monday."""
    weeks, rest = divmod(day.toordinal(), 7)
    return weeks * DAYS_A_WEEK + min(rest, DAYS_A_WEEK)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
