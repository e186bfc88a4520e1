"""When something is due. Times in UTC; Amsterdam is one hour ahead in winter and two in summer."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from scheduler.due import full_is_overdue, is_stale, next_read, wait

NOW = datetime(2026, 11, 24, 7, tzinfo=UTC)
FIVE = timedelta(minutes=5)
NIGHT = time(2, 30)


@pytest.mark.parametrize(
    ("failures", "minutes"), [(0, 5), (1, 10), (2, 20), (3, 40), (4, 60), (5, 60), (10_000, 60)]
)
def test_each_failure_doubles_the_wait_up_to_an_hour(failures: int, minutes: int) -> None:
    assert wait(FIVE, failures) == timedelta(minutes=minutes)


@pytest.mark.parametrize("failures", [0, 1, 9])
def test_an_interval_above_an_hour_stays_as_it_is(failures: int) -> None:
    assert wait(timedelta(hours=6), failures) == timedelta(hours=6)


@pytest.mark.parametrize(
    ("ago", "failures", "due"),
    [(None, 0, 0), (None, 3, 0), (1, 0, 4), (5, 0, 0), (50, 0, 0), (1, 1, 9), (12, 2, 8), (61, 9, 0)],
)
def test_the_next_read(ago: int | None, failures: int, due: int) -> None:
    """Minutes: the last read began so long ago, the next one is due in so long."""
    last = None if ago is None else NOW - timedelta(minutes=ago)
    assert next_read(last, FIVE, failures, NOW) == NOW + timedelta(minutes=due)


@pytest.mark.parametrize(
    ("last", "now", "overdue"),
    [
        (None, "2026-11-24T07:00", True),
        ("2026-11-24T01:30", "2026-11-24T07:00", False),  # 02:30 this night
        ("2026-11-24T01:29", "2026-11-24T07:00", True),
        ("2026-11-23T01:30", "2026-11-24T01:29", False),  # not yet 02:30
        ("2026-11-23T01:30", "2026-11-24T01:30", True),
        ("2026-07-02T00:30", "2026-07-02T07:00", False),  # in summer 02:30 is 00:30 UTC
        ("2026-07-02T00:29", "2026-07-02T07:00", True),
        ("2027-03-28T01:29", "2027-03-28T07:00", True),  # the night without a 02:30: it counts as 03:30
        ("2027-03-28T01:30", "2027-03-28T07:00", False),
        ("2026-10-25T00:30", "2026-10-25T07:00", False),  # the night with two: the first counts
        ("2026-11-24T08:00", "2026-11-24T07:00", False),  # a clock that was set back
    ],
)
def test_whether_last_night_was_missed(last: str | None, now: str, overdue: bool) -> None:
    def at(written: str) -> datetime:
        return datetime.fromisoformat(written).replace(tzinfo=UTC)

    assert full_is_overdue(None if last is None else at(last), NIGHT, at(now)) is overdue


@pytest.mark.parametrize(("minutes", "stale"), [(0, False), (15, False), (16, True)])
def test_three_intervals_without_a_success_are_stale(minutes: int, stale: bool) -> None:
    assert is_stale(NOW - timedelta(minutes=minutes), FIVE, NOW) is stale


def test_what_was_never_read_is_not_stale() -> None:
    assert not is_stale(None, FIVE, NOW)


def at_night(at: datetime) -> datetime | None:
    """Open from 21:00 to 05:00 UTC."""
    return None if at.hour >= 21 or at.hour < 5 else at.replace(hour=21, minute=0)


@pytest.mark.parametrize(
    ("success", "now", "interval", "stale"),
    [
        ("23T22:00", "24T01:00", 60, False),
        ("23T22:00", "24T01:01", 60, True),  # it might have been read all the time
        ("24T04:30", "24T20:59", 60, False),  # it was closed when its time was over,
        ("24T04:30", "25T00:00", 60, False),  # and has the same time again since 21:00
        ("24T04:30", "25T00:01", 60, True),
        ("23T04:30", "24T12:00", 60, True),  # a whole night without
        ("21T22:00", "24T22:00", 1_440, False),
        ("21T22:00", "24T22:01", 1_440, True),  # three nights without
    ],
)
def test_what_may_not_be_read_is_not_stale_because_of_it(success: str, now: str, interval: int, stale: bool) -> None:
    def at(written: str) -> datetime:
        return datetime.fromisoformat(f"2026-11-{written}").replace(tzinfo=UTC)

    assert is_stale(at(success), timedelta(minutes=interval), at(now), at_night) is stale
