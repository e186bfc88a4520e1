"""When results come out (R72-R74)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portal.access import Role, Viewer
from portal.clock import SCHOOL_TIME
from portal.publication import horizon, out_until, published_at
from portal.rules import Days, Publication, Rules, Window

LEAST = timedelta(microseconds=1)
STAFF = (Role.STAFF, Role.TEAM_LEADER, Role.ATTENDANCE_OFFICER, Role.ADMINISTRATOR, Role.MANAGER)


def local(text: str, fold: int = 0) -> datetime:
    """A moment by the clock at school."""
    return datetime.fromisoformat(text).replace(tzinfo=SCHOOL_TIME, fold=fold).astimezone(UTC)


def window(weekdays: str, begins: str, ends: str | None = None) -> Window:
    return Window(weekdays=tuple(map(int, weekdays)), begins=time.fromisoformat(begins),
                  ends=None if ends is None else time.fromisoformat(ends))  # fmt: skip


def plan(*windows: Window, holidays: Any = (), test_weeks: Any = (), **publication: Any) -> Rules:
    return Rules(
        publication=Publication(windows=windows, **publication),
        holidays=tuple(Days(first=first, last=last) for first, last in holidays),
        test_weeks=tuple(Days(first=first, last=last) for first, last in test_weeks),
    )


MONDAY_TO_THURSDAY = plan(window("1234", "16:30"))
EVENING = plan(window("12345", "16:30", "19:30"))
FIVE = plan(window("12345", "17:00"))

# 2026-03-02 is a Monday.
VECTORS = [
    (MONDAY_TO_THURSDAY, "2026-03-05T16:31", "2026-03-09T16:30"),  # Thursday -> Monday
    (MONDAY_TO_THURSDAY, "2026-03-05T16:30", "2026-03-05T16:30"),
    (MONDAY_TO_THURSDAY, "2026-03-07T12:00", "2026-03-09T16:30"),  # Saturday
    (MONDAY_TO_THURSDAY, "2026-03-03T10:00", "2026-03-03T16:30"),  # Tuesday
    (EVENING, "2026-03-03T18:00", "2026-03-03T18:00"),
    (EVENING, "2026-03-03T19:30", "2026-03-03T19:30"),
    (EVENING, "2026-03-03T19:31", "2026-03-04T16:30"),
    (EVENING, "2026-03-06T19:31", "2026-03-09T16:30"),  # Friday
    (plan(window("12345", "17:00", "17:05")), "2026-03-03T17:03", "2026-03-03T17:03"),
    (plan(window("1", "08:00"), window("5", "16:00")), "2026-03-02T08:01", "2026-03-06T16:00"),
    (plan(window("1", "16:00"), window("1", "08:00")), "2026-03-02T07:00", "2026-03-02T08:00"),
    # The holiday is over on Monday 2 March; the test week ends on Friday the 13th.
    (plan(window("12345", "17:00"), holidays=[(date(2026, 2, 21), date(2026, 3, 1))]),
     "2026-02-20T17:01", "2026-03-02T17:00"),
    (plan(window("12345", "17:00"), test_weeks=[(date(2026, 3, 4), date(2026, 3, 13))]),
     "2026-03-04T09:00", "2026-03-16T17:00"),
    (plan(window("12345", "17:00"), holidays=[(date(2026, 3, 7), date(2026, 3, 10))],
          test_weeks=[(date(2026, 3, 10), date(2026, 3, 12))]), "2026-03-06T18:00", "2026-03-13T17:00"),
    # Five o'clock stays five o'clock: on Sunday 29 March and 25 October 2026 the clock changes.
    (plan(window("1234567", "17:00")), "2026-03-28T17:01", "2026-03-29T17:00"),
    (plan(window("1234567", "17:00")), "2026-10-24T17:01", "2026-10-25T17:00"),
    # A window that begins in the hour that is skipped begins when that hour is.
    (plan(window("7", "02:30", "03:10")), "2026-03-28T12:00", "2026-03-29T03:00"),
    (plan(window("7", "02:30")), "2026-03-28T12:00", "2026-03-29T03:00"),
    # One that ends in it stays open until then.
    (plan(window("7", "01:00", "02:30")), "2026-03-29T01:45", "2026-03-29T01:45"),
]  # fmt: skip


@pytest.mark.parametrize(("rules", "entered", "out"), VECTORS)
def test_a_student_sees_a_result_at_the_first_allowed_moment(rules: Rules, entered: str, out: str) -> None:
    assert published_at(rules, Role.STUDENT, local(entered)) == local(out)
    assert published_at(rules, Role.GUARDIAN, local(entered)) == local(out)
    # The same, asked the other way round: a moment earlier it is not there.
    for role in (Role.STUDENT, Role.GUARDIAN):
        now, before = out_until(rules, role, local(out)), out_until(rules, role, local(out) - LEAST)
        assert now is not None
        assert before is not None
        assert now >= local(entered)
        assert before < local(entered) or local(entered) == local(out)


def test_an_hour_that_comes_twice_is_twice_in_the_window() -> None:
    rules = plan(window("7", "02:15", "02:45"))
    first, second = local("2026-10-25T02:45"), local("2026-10-25T02:45", fold=1)
    assert second - first == timedelta(hours=1)
    for moment in (first, second, local("2026-10-25T02:20", fold=1)):
        assert published_at(rules, Role.STUDENT, moment) == moment
    after = published_at(rules, Role.STUDENT, second + LEAST)
    assert after == local("2026-11-01T02:15")


def test_without_a_schedule_everything_is_out_at_once() -> None:
    rules = plan(holidays=[(date(2026, 3, 1), date(2026, 3, 8))], test_weeks=[(date(2026, 3, 1), date(2026, 3, 8))])
    for role in Role:
        assert out_until(rules, role, local("2026-03-03T10:00")) is None
        assert published_at(rules, role, local("2026-03-03T10:00")) is None


def test_staff_see_what_they_enter_and_clients_what_students_may() -> None:
    now = local("2026-03-03T12:00")
    monday = local("2026-03-02T17:00")
    for role in STAFF:
        assert horizon(FIVE, Viewer(role, "account:1"), now) is None
    assert horizon(FIVE, Viewer(Role.STUDENT, "account:1"), now) == monday
    assert horizon(FIVE, Viewer(Role.GUARDIAN, "account:1"), now) == monday
    assert horizon(FIVE, Viewer(Role.CLIENT, "client:a", scopes=frozenset({"grades"})), now) == monday
    assert horizon(FIVE, Viewer(Role.CLIENT, "client:a", scopes=frozenset({"grades", "unpublished"})), now) is None
    # A delay for guardians alone holds nobody else back.
    late = plan(parent_delay_hours=24)
    assert horizon(late, Viewer(Role.STUDENT, "account:1"), now) is None
    assert horizon(late, Viewer(Role.CLIENT, "client:a"), now) is None
    assert horizon(late, Viewer(Role.GUARDIAN, "account:1"), now) == local("2026-03-02T12:00")


@pytest.mark.parametrize(("delay", "own", "entered", "student", "guardian"), [
    (24, None, "2026-03-03T10:00", "2026-03-03T17:00", "2026-03-04T17:00"),
    (0, None, "2026-03-03T10:00", "2026-03-03T17:00", "2026-03-03T17:00"),
    (1, None, "2026-03-03T10:00", "2026-03-03T17:00", "2026-03-03T18:00"),
    # Guardians' own hours: never before the student, however early they are.
    (0, [window("12345", "09:00")], "2026-03-03T08:00", "2026-03-03T17:00", "2026-03-04T09:00"),
    (0, [window("12345", "20:00")], "2026-03-03T08:00", "2026-03-03T17:00", "2026-03-03T20:00"),
    (24, [window("12345", "17:00")], "2026-03-06T08:00", "2026-03-06T17:00", "2026-03-09T17:00"),
    (24, [window("5", "17:00")], "2026-03-06T08:00", "2026-03-06T17:00", "2026-03-13T17:00"),
    # The same time the next day, over a night in which the clock changes.
    (24, None, "2026-03-28T16:00", "2026-03-28T17:00", "2026-03-29T17:00"),
    (24, None, "2026-10-24T16:00", "2026-10-24T17:00", "2026-10-25T17:00"),
    (72, [window("1", "17:00")], "2026-03-27T16:00", "2026-03-27T17:00", "2026-03-30T17:00"),
])  # fmt: skip
def test_never_the_parent_before_the_student(
    delay: int, own: list[Window] | None, entered: str, student: str, guardian: str
) -> None:
    days = "1234567" if "28T" in entered or "24T" in entered else "12345"
    rules = plan(window(days, "17:00"), guardian_windows=own, parent_delay_hours=delay)
    assert published_at(rules, Role.STUDENT, local(entered)) == local(student)
    assert published_at(rules, Role.GUARDIAN, local(entered)) == local(guardian)
    until = out_until(rules, Role.GUARDIAN, local(guardian) - LEAST)
    assert until is not None
    assert until < local(entered)
    until = out_until(rules, Role.GUARDIAN, local(guardian))
    assert until is not None
    assert until >= local(entered)


def test_guardians_alone_can_have_hours() -> None:
    rules = plan(guardian_windows=[window("12345", "20:00")])
    now = local("2026-03-03T19:00")
    assert out_until(rules, Role.STUDENT, now) is None
    assert out_until(rules, Role.GUARDIAN, now) == local("2026-03-02T20:00")
    # An empty list is no hours of their own.
    assert out_until(plan(guardian_windows=[]), Role.GUARDIAN, now) is None


def test_a_delay_puts_nothing_into_an_hour_that_does_not_exist() -> None:
    rules = plan(parent_delay_hours=24)
    for entered in ("2026-03-28T02:00", "2026-03-28T02:30", "2026-03-28T03:00"):
        assert published_at(rules, Role.GUARDIAN, local(entered)) == local("2026-03-29T03:00")
    # From the hour that comes twice: the second time is no earlier than the first.
    assert published_at(rules, Role.GUARDIAN, local("2026-10-25T02:59")) == local("2026-10-26T02:59")
    assert published_at(rules, Role.GUARDIAN, local("2026-10-25T02:01", fold=1)) == local("2026-10-26T03:00")
    assert published_at(rules, Role.GUARDIAN, local("2026-10-24T02:30")) == local("2026-10-25T02:30")


def test_without_a_delay_the_guardian_is_not_behind_the_student_in_the_hour_that_comes_twice() -> None:
    rules = plan(window("1234567", "00:00", "23:59"))
    moment = local("2026-10-25T02:10", fold=1)
    assert published_at(rules, Role.GUARDIAN, moment) == published_at(rules, Role.STUDENT, moment) == moment
    assert out_until(rules, Role.GUARDIAN, moment) == moment


def test_many_long_holidays_are_passed_over_at_once() -> None:
    years = [(date(year, 1, 1), date(year, 12, 31)) for year in range(2000, 2100)]
    rules = plan(window("1", "17:00"), holidays=years)
    assert published_at(rules, Role.STUDENT, local("2026-03-03T10:00")) == local("2100-01-04T17:00")
    assert out_until(rules, Role.STUDENT, local("2026-03-03T10:00")) == local("1999-12-27T17:00")


CLOCKS = st.builds(time, st.integers(0, 23), st.sampled_from([0, 1, 15, 30, 59]))
MOMENTS = st.one_of(
    st.datetimes(datetime(2026, 2, 20), datetime(2026, 4, 10)),
    st.datetimes(datetime(2026, 3, 28), datetime(2026, 3, 30, 12)),  # one hour is missing
    st.datetimes(datetime(2026, 10, 23), datetime(2026, 10, 27)),  # one comes twice
).map(lambda moment: moment.replace(tzinfo=UTC))
WINDOWS = st.builds(
    lambda days, one, other, instant: Window(
        weekdays=tuple(sorted(days)), begins=min(one, other), ends=None if instant else max(one, other)
    ),
    st.sets(st.integers(1, 7), min_size=1), CLOCKS, CLOCKS, st.booleans(),
)  # fmt: skip
RANGES = st.lists(
    st.builds(
        lambda day, length: (day, day + timedelta(length)), st.dates(date(2026, 2, 15), date(2026, 11, 1)),
        st.integers(0, 12),
    ), max_size=3,
)  # fmt: skip
PLANS = st.builds(
    lambda windows, own, delay, holidays, weeks: plan(
        *windows, guardian_windows=own, parent_delay_hours=delay, holidays=holidays, test_weeks=weeks
    ),
    st.lists(WINDOWS, max_size=3), st.none() | st.lists(WINDOWS, max_size=2),
    st.sampled_from([0, 0, 1, 2, 3, 23, 24, 25, 48]), RANGES, RANGES,
)  # fmt: skip


def moments_near(now: datetime, out: datetime | None) -> list[datetime]:
    return [now, now - LEAST, now + LEAST] + ([] if out is None else [out, out + LEAST, out - LEAST])


@given(PLANS, st.sampled_from([Role.STUDENT, Role.GUARDIAN]), MOMENTS, MOMENTS)
@example(plan(parent_delay_hours=24), Role.GUARDIAN, local("2026-03-28T02:30"), local("2026-03-29T03:00") - LEAST)
@example(plan(parent_delay_hours=24), Role.GUARDIAN, local("2026-03-29T03:00"), local("2026-03-30T02:30"))
@example(plan(parent_delay_hours=1), Role.GUARDIAN, local("2026-10-25T02:30", 1), local("2026-10-25T02:59", 1))
@settings(max_examples=200, deadline=None)
def test_the_horizon_is_the_schedule_read_backwards(rules: Rules, role: Role, entered: datetime, now: datetime) -> None:
    until = out_until(rules, role, now)
    for moment in [entered, *moments_near(now, until)]:
        out = published_at(rules, role, moment)
        assert (out is None) == (until is None)
        if out is not None and until is not None:
            assert out >= moment
            assert (moment <= until) == (out <= now)


@given(PLANS, MOMENTS, MOMENTS)
@settings(max_examples=150, deadline=None)
def test_no_schedule_lets_a_parent_go_first(rules: Rules, entered: datetime, now: datetime) -> None:
    student = published_at(rules, Role.STUDENT, entered) or entered
    guardian = published_at(rules, Role.GUARDIAN, entered) or entered
    assert guardian >= student >= entered
    of_student, of_guardian = (out_until(rules, role, now) or now for role in (Role.STUDENT, Role.GUARDIAN))
    assert of_guardian <= of_student <= now
