"""The hours at which UMService may be asked, in Dutch time, also in the nights in which the clock is changed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atvo.night import ALWAYS, Night, opens_at
from connectors.columns import AMSTERDAM


def night(begins: str, ends: str) -> Night:
    return Night.model_validate({"from": begins, "to": ends})


def dutch(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM).astimezone(UTC)


@pytest.mark.parametrize(
    ("begins", "ends", "now", "opens"),
    [
        ("22:00", "06:00", "2026-11-16 12:00", "2026-11-16 22:00"),
        ("22:00", "06:00", "2026-11-16 21:59:59", "2026-11-16 22:00"),
        ("22:00", "06:00", "2026-11-16 22:00", None),
        ("22:00", "06:00", "2026-11-17 05:59:59", None),
        ("22:00", "06:00", "2026-11-17 06:00", "2026-11-17 22:00"),
        ("01:00", "05:00", "2026-11-17 00:30", "2026-11-17 01:00"),
        ("01:00", "05:00", "2026-11-17 12:00", "2026-11-18 01:00"),
        ("01:00", "05:00", "2026-11-17 03:00", None),
        ("06:00", "06:00", "2026-11-17 12:00", None),
        ("22:00", "06:00", "2027-07-01 12:00", "2027-07-01 22:00"),
    ],
)
def test_the_source_opens_at_its_hour(begins: str, ends: str, now: str, opens: str | None) -> None:
    assert opens_at(night(begins, ends), dutch(now)) == (dutch(opens) if opens else None)


def test_always_is_always() -> None:
    assert opens_at(ALWAYS, datetime(2026, 11, 16, 12, tzinfo=UTC)) is None


def test_an_hour_that_comes_twice_opens_once_more() -> None:
    """At 02:10 for the second time, 02:30 is still to come though it has been."""
    second = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)
    assert opens_at(night("02:30", "02:40"), second) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@given(
    st.times(), st.times(),
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC)),
)  # fmt: skip
def test_it_is_closed_for_a_day_and_an_hour_at_most(begins: object, ends: object, now: datetime) -> None:
    opens = opens_at(Night.model_validate({"from": begins, "to": ends}), now)
    assert opens is None or now < opens <= now + timedelta(hours=25)
