"""The school's own rhythm: hours, weekdays, closed days, nights on which the clock changes, and what was missed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.cadence import AMSTERDAM, Beat, Days, Night, due, is_stale, next_night, next_slot, phase, wait

SCHOOL = frozenset({1, 2, 3, 4, 5})
ABSENCES = Beat(timedelta(minutes=5), time(7, 30), time(17, 30), SCHOOL)
SUMMER = (Days(date(2026, 7, 18), date(2026, 8, 30)),)


def wall(text: str) -> datetime:
    """``2026-03-02 07:30`` by the clock in Amsterdam."""
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM).astimezone(UTC)


def slots(beat: Beat, since: str, until: str, closed: tuple[Days, ...] = (), at: float = 0.0) -> list[datetime]:
    found, moment = [], wall(since)
    while (moment := next_slot(beat, closed, at, moment)) < wall(until):
        found.append(moment)
    return found


@pytest.mark.parametrize(("since", "then"), [
    ("2026-03-02 06:00", "2026-03-02 07:30"),  # before school, on a Monday
    ("2026-03-02 07:30", "2026-03-02 07:35"),
    ("2026-03-02 07:32", "2026-03-02 07:35"),
    ("2026-03-02 17:24", "2026-03-02 17:25"),
    ("2026-03-02 17:25", "2026-03-03 07:30"),  # half past five is after school
    ("2026-03-06 17:25", "2026-03-09 07:30"),  # from Friday to Monday
    ("2026-07-17 17:25", "2026-08-31 07:30"),  # the summer holiday
])  # fmt: skip
def test_every_five_minutes_of_a_school_day(since: str, then: str) -> None:
    assert next_slot(ABSENCES, SUMMER, 0, wall(since)) == wall(then)


def test_a_school_day_has_as_many_reads_in_winter_as_in_summer() -> None:
    for day in ("2026-03-02", "2026-06-01", "2026-03-30", "2026-10-26"):  # the last two follow a change of the clock
        assert len(slots(ABSENCES, f"{day} 00:00", f"{day} 23:59")) == 120


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)])
def test_all_day_long_on_a_night_on_which_the_clock_changes(day: str, hours: int) -> None:
    after = (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    before = (wall(f"{day} 00:00") - timedelta(seconds=1)).astimezone(AMSTERDAM).replace(tzinfo=None).isoformat(" ")
    found = slots(Beat(timedelta(minutes=15)), before, f"{after} 00:00")
    assert len(found) == hours * 4
    assert all(later - sooner == timedelta(minutes=15) for sooner, later in pairwise(found))


@pytest.mark.parametrize(("begins", "ends", "day", "first", "number"), [
    # An hour that comes twice is read through twice; of one that does not come nothing is left.
    (time(2), time(3), "2026-10-25", "2026-10-25 02:00", 8), (time(2), time(3), "2026-03-29", None, 0),
    (time(1, 30), time(2, 30), "2026-03-29", "2026-03-29 01:30", 2),
    (time(2, 30), time(4), "2026-03-29", "2026-03-29 03:00", 4),
])  # fmt: skip
def test_hours_within_such_a_night(begins: time, ends: time, day: str, first: str | None, number: int) -> None:
    found = slots(Beat(timedelta(minutes=15), begins, ends), f"{day} 00:00", f"{day} 12:00")
    assert len(found) == number
    assert first is None or found[0] == wall(first)


def test_each_target_has_its_own_place() -> None:
    places = [phase(f"school-{n}/grades") for n in range(1000)]
    assert all(0 <= place < 1 for place in places)
    assert len({int(place * 10) for place in places}) == 10  # all over the interval
    assert phase("de-linde/grades") == phase("de-linde/grades")
    assert next_slot(ABSENCES, (), 0.5, wall("2026-03-02 06:00")) == wall("2026-03-02 07:32:30")


@pytest.mark.parametrize(("last", "failures", "now", "then"), [
    (None, 0, "2026-07-20 03:00", "2026-07-20 03:00"),  # never read: now, whatever the day
    ("2026-03-02 09:00", 0, "2026-03-02 09:01", "2026-03-02 09:05"),
    ("2026-03-02 09:00", 0, "2026-03-02 09:30", "2026-03-02 09:30"),  # five were missed: one makes up for them
    ("2026-03-02 09:00", 0, "2026-03-02 20:00", "2026-03-03 07:30"),  # nothing is made up for after school
    ("2026-03-02 09:00", 1, "2026-03-02 09:01", "2026-03-02 09:10"),
    ("2026-03-02 09:00", 2, "2026-03-02 09:01", "2026-03-02 09:20"),
    ("2026-03-02 09:00", 99, "2026-03-02 09:01", "2026-03-02 10:00"),  # an hour at most
    ("2026-03-02 17:20", 3, "2026-03-02 17:21", "2026-03-03 07:30"),
    ("2026-03-06 17:25", 0, "2026-03-07 12:00", "2026-03-09 07:30"),
])  # fmt: skip
def test_when_a_target_is_due(last: str | None, failures: int, now: str, then: str) -> None:
    began = None if last is None else wall(last)
    assert due(began, failures, ABSENCES, SUMMER, 0, wall(now)) == wall(then)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)), st.integers(2, 1440), st.integers(0, 5),
    st.floats(0, 1, exclude_max=True), st.timedeltas(timedelta(), timedelta(days=3)),
)  # fmt: skip
def test_nothing_is_due_in_the_past_nor_while_closed(
    last: datetime, minutes: int, failures: int, at: float, later: timedelta
) -> None:
    began = last.replace(tzinfo=UTC)
    beat = Beat(timedelta(minutes=minutes), time(7, 30), time(17, 30), SCHOOL)
    found = due(began, failures, beat, SUMMER, at, began + later)
    local = found.astimezone(AMSTERDAM)
    assert found >= began + later
    assert local.isoweekday() <= 5
    assert time(7, 30) <= local.time() < time(17, 30)
    assert not date(2026, 7, 18) <= local.date() <= date(2026, 8, 30)


@pytest.mark.parametrize(("success", "now", "stale"), [
    (None, "2026-03-02 12:00", False), ("2026-03-02 09:00", "2026-03-02 09:15", False),
    ("2026-03-02 09:00", "2026-03-02 09:16", True),
    ("2026-03-02 17:25", "2026-03-03 07:40", False),  # nobody has to read at night
    ("2026-03-02 17:25", "2026-03-03 07:41", True), ("2026-07-17 17:25", "2026-08-30 12:00", False),
])  # fmt: skip
def test_when_it_is_stale(success: str | None, now: str, stale: bool) -> None:
    assert is_stale(success and wall(success), ABSENCES, SUMMER, wall(now)) is stale


NIGHTLY = Beat(timedelta(hours=24), time(22), time(4))


@pytest.mark.parametrize(("now", "stale"), [
    ("2026-03-03 04:00", False), ("2026-03-04 12:00", False), ("2026-03-05 01:59", False), ("2026-03-05 02:01", True),
])  # fmt: skip
def test_what_is_read_once_a_night_is_stale_after_three_nights(now: str, stale: bool) -> None:
    assert is_stale(wall("2026-03-02 02:00"), NIGHTLY, (), wall(now)) is stale


def test_hours_past_midnight() -> None:
    assert due(wall("2026-03-01 23:00"), 0, NIGHTLY, (), 0.5, wall("2026-03-03 03:00")) == wall("2026-03-03 03:00")
    assert due(wall("2026-03-03 01:30"), 0, NIGHTLY, (), 0.5, wall("2026-03-03 03:00")) == wall("2026-03-04 01:00")


EXACT, LONG = Night(time(2, 30)), Night(time(23), time(5))


@pytest.mark.parametrize(("night", "at", "last", "now", "then"), [
    (EXACT, 0.7, None, "2026-03-02 12:00", "2026-03-02 12:00"),
    (EXACT, 0.7, "2026-03-02 02:30", "2026-03-02 12:00", "2026-03-03 02:30"),
    (EXACT, 0, "2026-03-01 02:30", "2026-03-02 12:00", "2026-03-02 12:00"),  # missed: made up for at once
    (EXACT, 0, "2026-07-17 02:30", "2026-07-20 12:00", "2026-08-31 02:30"),  # not in the holiday
    (EXACT, 0, "2026-03-28 02:30", "2026-03-28 12:00", "2026-03-29 03:00"),  # half past two does not come
    (EXACT, 0, "2026-10-24 02:30", "2026-10-24 12:00", "2026-10-25 00:30Z"),  # comes twice: the first time
    (EXACT, 0, "2026-10-25 00:30Z", "2026-10-25 01:31Z", "2026-10-26 02:30"),  # and not the second
    (LONG, 0.5, "2026-03-01 02:00", "2026-03-01 12:00", "2026-03-02 02:00"),
    (LONG, 0.5, "2026-02-27 02:00", "2026-03-01 12:00", "2026-03-02 02:00"),  # missed: in the next night
    (LONG, 0.5, "2026-02-27 02:00", "2026-03-01 04:00", "2026-03-01 04:00"),  # or in this one
])  # fmt: skip
def test_when_everything_is_due(night: Night, at: float, last: str | None, now: str, then: str) -> None:
    def moment(text: str) -> datetime:
        return datetime.fromisoformat(text) if text.endswith("Z") else wall(text)

    assert next_night(last and moment(last), night, SUMMER, at, moment(now)) == moment(then)


@pytest.mark.parametrize(
    ("failures", "minutes"), [(0, 5), (1, 10), (2, 20), (3, 40), (4, 60), (5, 60), (10_000, 60)]
)
def test_each_failure_doubles_the_wait_up_to_an_hour(failures: int, minutes: int) -> None:
    assert wait(timedelta(minutes=5), failures) == timedelta(minutes=minutes)


@pytest.mark.parametrize("failures", [0, 1, 9])
def test_an_interval_above_an_hour_stays_as_it_is(failures: int) -> None:
    assert wait(timedelta(hours=6), failures) == timedelta(hours=6)


def at_night(at: datetime) -> datetime | None:
    """Open from 21:00 to 05:00 UTC."""
    return None if at.hour >= 21 or at.hour < 5 else at.replace(hour=21, minute=0)


@pytest.mark.parametrize(("success", "now", "stale"), [
    ("23T22:00", "24T01:00", False), ("23T22:00", "24T01:01", True),  # it might have been read all the time
    ("24T04:30", "24T20:59", False),  # it was closed when its time was over,
    ("24T04:30", "25T00:00", False),  # and has the same time again since 21:00
    ("24T04:30", "25T00:01", True), ("23T04:30", "24T12:00", True),  # a whole night without
])  # fmt: skip
def test_what_may_not_be_read_is_not_stale_because_of_it(success: str, now: str, stale: bool) -> None:
    def moment(written: str) -> datetime:
        return datetime.fromisoformat(f"2026-11-{written}").replace(tzinfo=UTC)

    assert is_stale(moment(success), Beat(timedelta(hours=1)), (), moment(now), at_night) is stale
