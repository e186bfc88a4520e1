"""What absences and lateness amount to: the vectors of R35, R36 and R40-R46."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canonical.terms import AttendanceKind, LessonStatus
from portal.rules import Rules
from portal.schooldays import Calendar, calendar
from portal.signals import (
    Hours,
    Lateness,
    Lesson,
    Notice,
    Report,
    ReportKind,
    SickReason,
    SickSignal,
    Span,
    counted_hours,
    hours,
    lateness,
    long_absence,
    luxury_absence,
    sickness,
)

MONDAY = date(2026, 1, 5)
BEGINS = date(2025, 8, 1)
MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
RULES = Rules()
NO_HOLIDAYS = Calendar()
ABSENT, LATE, SICK, PRESENT = (
    AttendanceKind.ABSENT, AttendanceKind.LATE, AttendanceKind.SICK, AttendanceKind.PRESENT
)  # fmt: skip


def day(week: int, weekday: int) -> date:
    """A day of school week 1 (that of 5 January 2026) or a later one."""
    return MONDAY + timedelta(weeks=week - 1, days=weekday)


def missed(on: date, times: int = 1, minutes: int | None = 50, **fields: Any) -> list[Lesson]:
    """``times`` lessons of ``on`` that were missed, without a good reason unless said otherwise."""
    begins = datetime(on.year, on.month, on.day, 8, tzinfo=UTC)
    ends = None if minutes is None else begins + timedelta(minutes=minutes)
    plain = {"kind": ABSENT, "excused": False, "begins": None if minutes is None else begins, "ends": ends}
    return [Lesson(day=on, **(plain | fields)) for _ in range(times)]


def found(
    lessons: list[Lesson], rules: Rules = RULES, days: Calendar = NO_HOLIDAYS, today: date = date(2026, 3, 31),
    born: date | None = date(2011, 5, 1), begins: date = BEGINS,
) -> Hours:  # fmt: skip
    return hours(lessons, rules, days, begins, today, born)


def reported(lessons: list[Lesson], *args: Any, **fields: Any) -> list[date]:
    """The days on which a report was reached."""
    return [report.last for report in found(lessons, *args, **fields).reports]


# R40: fifteen hours are none, sixteen are one.


@pytest.mark.parametrize(("lessons", "ends"), [(15, []), (16, [day(1, MON)])])
def test_sixteen_hours_are_a_signal_and_fifteen_are_not(lessons: int, ends: list[date]) -> None:
    assert reported(missed(day(1, MON), lessons)) == ends


# R41: an hour is a lesson, unless that is longer than an hour.


@pytest.mark.parametrize(
    ("minutes", "lessons", "total"),
    [(45, 16, Fraction(16)), (60, 15, None), (70, 14, Fraction(49, 3)), (70, 13, None), (None, 16, Fraction(16))],
)
def test_lessons_are_hours_but_longer_ones_count_for_their_minutes(
    minutes: int | None, lessons: int, total: Fraction | None
) -> None:
    reports = found(missed(day(1, MON), lessons, minutes)).reports
    assert [report.hours for report in reports] == ([] if total is None else [total])


def test_a_school_may_take_every_lesson_for_one_hour() -> None:
    rules = Rules(long_lessons_by_minutes=False)
    assert reported(missed(day(1, MON), 15, 70), rules) == []
    assert reported(missed(day(1, MON), 16, 70), rules) == [day(1, MON)]


def test_a_double_lesson_is_two_hours_however_it_was_noted() -> None:
    whole = missed(day(1, MON), 1, 90, spans=2)
    halves = missed(day(1, MON), 2, 90, spans=2, parts=2)
    assert [sum(counted_hours(one, RULES) for one in lessons) for lessons in (whole, halves)] == [2, 2]


# R42: the window of twenty school days.

VECTORS = {
    "every Wednesday": ([(1, WED, 4), (2, WED, 4), (3, WED, 4), (4, WED, 4)], [], [(4, WED)]),
    "a holiday between": ([(1, WED, 4), (2, WED, 4), (4, WED, 4), (5, WED, 4)], [3], [(5, WED)]),
    "a week without any": ([(1, WED, 4), (2, WED, 4), (3, WED, 4), (5, WED, 4)], [], []),
    "Friday to Thursday": ([(1, FRI, 8), (5, THU, 8)], [], [(5, THU)]),
    "Friday to Friday": ([(1, FRI, 8), (5, FRI, 8)], [], []),
}  # fmt: skip


@pytest.mark.parametrize(("absent", "holidays", "ends"), VECTORS.values(), ids=VECTORS)
def test_the_window_is_twenty_school_days(
    absent: list[tuple[int, int, int]], holidays: list[int], ends: list[tuple[int, int]]
) -> None:
    days = calendar((day(week, SAT) - timedelta(days=7), day(week, SUN)) for week in holidays)
    lessons = [lesson for week, weekday, times in absent for lesson in missed(day(week, weekday), times)]
    assert reported(lessons, days=days) == [day(*end) for end in ends]


def test_a_report_says_from_the_first_counted_absence_to_the_day_it_was_reached() -> None:
    lessons = [*missed(day(1, MON), 3), *missed(day(5, TUE), 10), *missed(day(6, WED), 6)]
    # The three of week 1 have left the window before the sixteen are reached.
    assert found(lessons).reports == (
        Report(ReportKind.SIXTEEN_HOURS, day(5, TUE), day(6, WED), Fraction(16), follow_up=False, suffices=False),
    )


def test_weeks_instead_of_days_are_a_setting() -> None:
    rules = Rules(window="week_blocks")
    over = [*missed(day(1, FRI), 8), *missed(day(5, THU), 8)]
    within = [*missed(day(1, MON), 8), *missed(day(4, FRI), 8)]
    assert (reported(over, rules), reported(within, rules)) == ([], [day(4, FRI)])
    assert reported([*missed(day(1, WED), 8), *missed(day(4, FRI), 8)]) == [day(4, FRI)]


def test_a_week_that_is_no_holiday_from_end_to_end_is_a_school_week() -> None:
    rules = Rules(window="week_blocks")
    lessons = [*missed(day(1, MON), 8), *missed(day(5, FRI), 8)]
    assert reported(lessons, rules, calendar([(day(3, MON), day(3, FRI))])) == [day(5, FRI)]
    assert reported(lessons, rules, calendar([(day(3, MON), day(3, THU))])) == []


def test_the_norm_is_that_of_the_day() -> None:
    rules = Rules.model_validate({
        "thresholds": [{}, {"valid_from": day(3, MON).isoformat(), "unexcused_hours": 10}]
    })  # fmt: skip
    assert reported([*missed(day(1, MON), 10)], rules) == []
    assert reported([*missed(day(3, MON), 10)], rules) == [day(3, MON)]


# R43: after a report counting begins again.


def test_seven_lessons_a_day_are_reported_again_and_again() -> None:
    lessons = [lesson for n in range(9) for lesson in missed(day(1 + n // 5, n % 5), 7)]
    reports = found(lessons).reports
    assert [(report.first, report.last, report.hours) for report in reports] == [
        (day(1, MON), day(1, WED), 21), (day(1, THU), day(2, MON), 21), (day(2, TUE), day(2, THU), 21),
    ]  # fmt: skip
    assert [report.follow_up for report in reports] == [False, True, True]
    # Monday is within seven days of Wednesday; Thursday is not.
    assert [report.suffices for report in reports] == [False, True, False]


def test_a_week_later_a_report_is_due_again() -> None:
    lessons = [*missed(day(1, WED), 16), *missed(day(2, WED), 16), *missed(day(3, TUE), 16)]
    assert [report.suffices for report in found(lessons).reports] == [False, False, True]


def test_after_a_report_sixteen_more_are_needed() -> None:
    lessons = [*missed(day(1, MON), 16), *missed(day(1, TUE), 15)]
    assert reported(lessons) == [day(1, MON)]
    assert found(lessons, today=day(1, WED)).counting == 15
    assert reported([*lessons, *missed(day(1, FRI))]) == [day(1, MON), day(1, FRI)]


def test_four_school_weeks_reach_back_over_the_summer() -> None:
    summer = calendar([(day(3, MON), day(8, FRI))])
    lessons = [*missed(day(1, MON), 16), *missed(day(2, FRI), 8), *missed(day(9, MON), 8), *missed(day(10, MON), 16)]
    got = found(lessons, days=summer, begins=day(9, MON))
    # What is of the year before is neither counted nor told again, and begins no new year with a follow-up.
    assert got.unexcused == 24
    assert [(report.first, report.last, report.follow_up) for report in got.reports] == [
        (day(2, FRI), day(9, MON), False), (day(10, MON), day(10, MON), True)
    ]  # fmt: skip
    unresolved = missed(day(2, FRI), 20, excused=None)
    got = found(unresolved, days=summer, begins=day(9, MON))
    assert (got.unresolved, got.if_confirmed) == (0, None)


# R35, R36: what is not explained only warns; sickness and what was excused never count.


def test_unresolved_absence_warns_of_what_it_would_reach() -> None:
    lessons = [*missed(day(1, MON), 7), *missed(day(1, TUE), 6), *missed(day(1, WED), 4, excused=None)]
    got = found(lessons, today=day(1, THU))
    assert (got.unexcused, got.unresolved, got.counting, got.reports) == (13, 4, 13, ())
    assert got.if_confirmed is not None
    assert (got.if_confirmed.last, got.if_confirmed.hours) == (day(1, WED), 17)


def test_no_warning_of_what_would_not_be_reached() -> None:
    lessons = [*missed(day(1, MON), 11), *missed(day(1, WED), 4, excused=None)]
    assert found(lessons).if_confirmed is None
    # Nor of what is too long ago to be added up.
    assert found([*missed(day(1, MON), 13), *missed(day(6, MON), 4, excused=None)]).if_confirmed is None


def test_what_a_report_already_covers_does_not_warn_of_another() -> None:
    lessons = [*missed(day(1, MON), 16), *missed(day(1, MON), 20, excused=None)]
    assert (len(found(lessons).reports), found(lessons).if_confirmed) == (1, None)


@pytest.mark.parametrize(
    "fields",
    [
        {"excused": True}, {"kind": SICK}, {"kind": SICK, "excused": False}, {"kind": AttendanceKind.EXEMPT},
        {"kind": LATE}, {"kind": AttendanceKind.REMOVED}, {"kind": PRESENT}, {"kind": AttendanceKind.UNKNOWN},
        {"status": LessonStatus.CANCELLED},
    ],
    ids=str,
)  # fmt: skip
def test_nothing_but_unexcused_absence_counts(fields: dict[str, Any]) -> None:
    got = found(missed(day(1, MON), 20, **fields))
    assert (got.unexcused, got.unresolved, got.reports, got.if_confirmed) == (0, 0, (), None)


# R44: age, long absence, a holiday without leave.


def test_from_eighteen_on_sixteen_hours_are_a_signal_only_where_the_school_wants_it() -> None:
    born = date(2008, 1, 7)  # 18 on the Wednesday of week 1
    before, after = missed(day(1, TUE), 16), missed(day(1, WED), 16)
    assert reported(before, born=born) == [day(1, TUE)]
    assert reported(after, born=born) == []
    (report,) = found(after, Rules(report_from_18=True), born=born).reports
    assert report.kind is ReportKind.ADULT
    # Whose age is not known is not taken for an adult.
    assert reported(after, born=None) == [day(1, WED)]


def away(days: int, **fields: Any) -> list[Lesson]:
    return [lesson for n in range(days) for lesson in missed(day(1 + n // 5, n % 5), 6, **fields)]


def test_more_than_four_weeks_without_any_lesson_are_long_absence() -> None:
    assert long_absence(away(20), RULES, NO_HOLIDAYS) == []
    assert long_absence(away(21), RULES, NO_HOLIDAYS) == [Span(day(1, MON), day(5, MON), 21)]


@pytest.mark.parametrize("kind", [PRESENT, SICK, LATE])
def test_a_lesson_that_was_not_missed_breaks_long_absence(kind: AttendanceKind) -> None:
    assert long_absence([*away(25), *missed(day(3, WED), kind=kind)], RULES, NO_HOLIDAYS) == []


def test_holidays_do_not_make_absence_long_and_do_not_break_it() -> None:
    days = calendar([(day(3, MON), day(3, FRI))])
    lessons = [lesson for lesson in away(26) if days.is_school_day(lesson.day)]
    assert [run.days for run in long_absence(lessons, RULES, days)] == [21]
    assert long_absence([one for one in lessons if one.day < day(6, MON)], RULES, days) == []


def test_a_holiday_without_leave_is_a_signal_at_once() -> None:
    lessons = [*missed(day(1, THU), luxury=True), *missed(day(1, FRI), excused=None, luxury=True)]
    allowed = [*missed(day(2, MON), excused=True, luxury=True)]
    assert luxury_absence([*lessons, *allowed], [], NO_HOLIDAYS, day(3, MON)) == [Span(day(1, THU), day(1, FRI), 2)]
    begins = datetime(2026, 1, 8, 7, tzinfo=UTC)
    notice = Notice(begins, begins + timedelta(days=4), ABSENT, excused=False, luxury=True)
    assert luxury_absence([], [notice], NO_HOLIDAYS, day(3, MON)) == [Span(day(1, THU), day(2, MON), 3)]


# R45: lateness.


@pytest.mark.parametrize(("times", "step"), [(2, 0), (3, 1), (5, 1), (6, 2), (9, 3), (11, 3), (12, 4), (20, 4)])
def test_lateness_goes_by_steps(times: int, step: int) -> None:
    assert lateness(missed(day(1, MON), times, kind=LATE), RULES) == Lateness(times, step)


def test_late_with_a_good_reason_does_not_count() -> None:
    lessons = [*missed(day(1, MON), 11, kind=LATE), *missed(day(1, TUE), 5, kind=LATE, excused=True)]
    assert lateness(lessons, RULES) == Lateness(11, 3)
    cancelled = missed(day(1, TUE), kind=LATE, status=LessonStatus.CANCELLED)
    unknown = missed(day(1, TUE), kind=LATE, excused=None)
    assert lateness([*lessons, *cancelled, *unknown], RULES) == Lateness(12, 4)


@pytest.mark.parametrize(
    ("limit", "minutes", "counted"), [(20, 21, (1, 0)), (20, 20, (0, 1)), (None, 21, (0, 1)), (20, None, (0, 1))]
)
def test_a_school_may_take_very_late_for_absent(
    limit: int | None, minutes: int | None, counted: tuple[int, int]
) -> None:
    lessons, rules = missed(day(1, MON), kind=LATE, late_minutes=minutes), Rules(late_to_lesson_minutes=limit)
    assert (found(lessons, rules).unexcused, lateness(lessons, rules).count) == counted


def test_a_good_reason_holds_however_late() -> None:
    lessons = missed(day(1, MON), kind=LATE, late_minutes=40, excused=True)
    assert found(lessons, Rules(late_to_lesson_minutes=20)).unexcused == 0


# R46: sickness.


def sick(*days: date, hours_long: int = 9) -> list[Notice]:
    """One notice for each day."""
    begins = [datetime(on.year, on.month, on.day, 7, 30, tzinfo=UTC) for on in days]
    return [Notice(moment, moment + timedelta(hours=hours_long), SICK) for moment in begins]


def sick_signals(notices: list[Notice], days: Calendar = NO_HOLIDAYS) -> list[SickSignal]:
    return list(sickness([], notices, RULES, days, BEGINS, date(2026, 7, 1)).signals)


def test_a_notice_a_day_is_one_episode() -> None:
    got = sickness([], sick(*(day(1, n) for n in (MON, TUE, WED, THU))), RULES, NO_HOLIDAYS, BEGINS, day(2, MON))
    assert (got.episodes, got.signals) == ((Span(day(1, MON), day(1, THU), 4),), ())


def test_the_seventh_school_day_in_a_row_is_a_signal() -> None:
    days = [day(1, THU), day(1, FRI), *(day(2, n) for n in range(5))]
    assert sick_signals(sick(*days)) == [SickSignal(SickReason.LONG, day(2, FRI))]
    assert sick_signals(sick(*days[:-1])) == []
    (whole,) = sick(day(1, THU), hours_long=24 * 12)
    assert sick_signals([whole]) == [SickSignal(SickReason.LONG, day(2, FRI))]


def test_a_holiday_neither_ends_an_episode_nor_makes_it_longer() -> None:
    days = calendar([(day(2, MON), day(2, FRI))])
    away = [day(1, THU), day(1, FRI), *(day(3, n) for n in range(5))]
    assert sick_signals(sick(*away), days) == [SickSignal(SickReason.LONG, day(3, FRI))]
    assert sick_signals(sick(*away[:-1]), days) == []


def test_every_fourth_episode_in_twelve_school_weeks_is_a_signal() -> None:
    days = [day(week, MON) for week in (1, 3, 5, 12)]
    assert sick_signals(sick(*days)) == [SickSignal(SickReason.OFTEN, day(12, MON))]
    assert sick_signals(sick(*days[:3])) == []
    # Sixty school days and no more; a holiday week is none of them.
    late = [day(1, MON), day(3, MON), day(5, MON), day(13, MON)]
    assert sick_signals(sick(*late)) == []
    assert sick_signals(sick(*late), calendar([(day(8, MON), day(8, FRI))])) == [
        SickSignal(SickReason.OFTEN, day(13, MON))
    ]


def test_the_eighth_episode_is_the_next_signal() -> None:
    days = [day(week, MON) for week in range(1, 9)]
    assert [signal.day for signal in sick_signals(sick(*days))] == [day(4, MON), day(8, MON)]


def test_twelve_school_weeks_reach_back_over_the_summer() -> None:
    notices = sick(*(day(week, MON) for week in (1, 2, 3, 12)))
    days = calendar([(day(4, MON), day(11, FRI))])
    got = sickness([], notices, RULES, days, day(12, MON), day(13, MON))
    assert got.episodes == (Span(day(12, MON), day(12, MON), 1),)
    assert got.signals == (SickSignal(SickReason.OFTEN, day(12, MON)),)
    assert sickness([], notices, RULES, days, day(12, TUE), day(13, MON)).signals == ()


def test_lessons_say_it_too_and_who_was_seen_all_day_was_not_sick() -> None:
    lessons = missed(day(1, TUE), kind=SICK, excused=None)
    there = missed(day(1, MON), 6, kind=PRESENT, excused=None)
    got = sickness([*lessons, *there], sick(day(1, MON)), RULES, NO_HOLIDAYS, BEGINS, day(2, MON))
    assert got.episodes == (Span(day(1, TUE), day(1, TUE), 1),)
    part = [*missed(day(1, MON), kind=PRESENT), *missed(day(1, MON), excused=None)]
    got = sickness(part, sick(day(1, MON)), RULES, NO_HOLIDAYS, BEGINS, day(2, MON))
    assert got.episodes == (Span(day(1, MON), day(1, MON), 1),)


def test_a_notice_is_of_its_local_days_up_to_today() -> None:
    # From 00:30 on Tuesday to midnight after Wednesday, in Amsterdam.
    told = Notice(datetime(2026, 1, 5, 23, 30, tzinfo=UTC), datetime(2026, 1, 7, 23, tzinfo=UTC), SICK)
    open_ended = Notice(told.begins, None, SICK)
    found = [
        sickness([], [notice], RULES, NO_HOLIDAYS, BEGINS, today).episodes
        for notice, today in ((told, day(2, MON)), (told, day(1, TUE)), (open_ended, day(9, MON)))
    ]
    first = Span(day(1, TUE), day(1, TUE), 1)
    assert found == [(Span(day(1, TUE), day(1, WED), 2),), (first,), (first,)]


# School days.

RANGES = st.lists(
    st.tuples(st.integers(0, 80), st.integers(0, 20)).map(
        lambda pair: (MONDAY + timedelta(days=pair[0]), MONDAY + timedelta(days=sum(pair)))
    ),
    max_size=4,
)


@settings(max_examples=60, deadline=None)
@given(RANGES, st.integers(0, 120), st.integers(0, 120))
def test_days_and_weeks_are_counted_as_one_would_by_hand(
    holidays: list[tuple[date, date]], first: int, length: int
) -> None:
    days = calendar(holidays)
    begin, end = MONDAY + timedelta(days=first), MONDAY + timedelta(days=first + length)
    every = [MONDAY + timedelta(days=n) for n in range(first + 1, first + length + 1)]
    school = [
        one for one in every if one.weekday() < 5 and not any(start <= one <= stop for start, stop in holidays)
    ]  # fmt: skip
    assert days.number(end) - days.number(begin) == len(school)
    assert [one for one in every if days.is_school_day(one)] == school
    mondays = [one for one in every if one.weekday() == 0]
    weeks = [one for one in mondays if any(days.is_school_day(one + timedelta(days=n)) for n in range(5))]
    assert days.week(end) - days.week(begin) == len(weeks)
