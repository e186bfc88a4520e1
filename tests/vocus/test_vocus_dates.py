"""A column's values decide its format together; what two formats read differently is refused."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.columns import ColumnError
from tests.faults import GATE
from vocus.dates import Ambiguous, Decider, day_reader, moment_reader
from vocus.settings import DATES, TIMES

DAY_FIRST, MONTH_FIRST = "%d-%m-%Y", "%m-%d-%Y"


def _format(values: list[str], formats: tuple[str, ...] = DATES, *, whole_days: bool = True) -> str:
    decider = Decider(formats, whole_days=whole_days)
    half = len(values) // 2
    for part in (values[:half], values[half:]):
        decider.see(Counter(part))
    return decider.format()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], "%d-%m-%Y"),
        (["31-12-2010", "1-2-2011"], "%d-%m-%Y"),
        (["2010-12-31"], "%Y-%m-%d"),
        (["20101231", "20110201"], "%Y%m%d"),
        (["31122010", "01022011"], "%d%m%Y"),
        (["20112012"], "%d%m%Y"),
        (["20101112"], "%Y%m%d"),
        (["31/12/2010"], "%d/%m/%Y"),
        ([" 31-12-2010 "], "%d-%m-%Y"),
    ],
)
def test_the_format_that_reads_every_value(values: list[str], expected: str) -> None:
    assert _format(values) == expected


def test_one_day_above_twelve_decides_a_whole_column() -> None:
    assert _format(["03-04-2010"] * 50 + ["13-04-2010"], (MONTH_FIRST, DAY_FIRST)) == DAY_FIRST
    assert _format(["04-13-2010", *["03-04-2010"] * 50], (DAY_FIRST, MONTH_FIRST)) == MONTH_FIRST


def test_a_column_that_reads_in_two_ways_is_refused() -> None:
    with pytest.raises(Ambiguous) as caught:
        _format(["03-04-2010", "05-05-2010"], (DAY_FIRST, MONTH_FIRST))
    assert caught.value.formats == (DAY_FIRST, MONTH_FIRST)


def test_a_column_in_which_both_ways_give_the_same_days_is_not() -> None:
    assert _format(["05-05-2010", "12-12-2011"], (DAY_FIRST, MONTH_FIRST)) == DAY_FIRST


def test_a_bad_value_does_not_hide_that_a_column_reads_in_two_ways() -> None:
    with pytest.raises(Ambiguous):
        _format(["03-04-2010", "gisteren"], (DAY_FIRST, MONTH_FIRST))


def test_without_a_format_for_all_the_one_that_reads_most_is_taken() -> None:
    assert _format(["31-12-2010", "30-12-2010", "20101231", "gisteren"]) == "%d-%m-%Y"
    assert _format(["31-12-2010", "20101230", "20101231"]) == "%Y%m%d"


def test_a_year_that_cannot_be_is_not_read() -> None:
    assert _format(["21-08-0010", "2010-08-21"]) == "%Y-%m-%d"
    for text in ("31-12-1899", "01-01-2101"):
        with pytest.raises(ColumnError, match="date"):
            day_reader(DAY_FIRST)(text)
    assert day_reader(DAY_FIRST)("01-01-1900") == date(1900, 1, 1)
    with pytest.raises(ColumnError, match="time"):
        moment_reader("%d-%m-%Y %H:%M")("01-01-2199 08:00")


def test_a_time_that_is_not_midnight_is_no_date() -> None:
    formats = ("%d-%m-%Y %H:%M:%S", "%d-%m-%Y")
    assert _format(["24-11-2026 00:00:00"], formats) == formats[0]
    assert _format(["24-11-2026 23:00:00", "24-11-2026"], formats) == formats[1]
    assert _format(["24-11-2026 23:00:00", "24-11-2026"], formats, whole_days=False) == formats[0]


def test_moments_are_dutch_time() -> None:
    assert _format(["24-11-2026 08:30", "24-11-2026 12:00"], TIMES, whole_days=False) == "%d-%m-%Y %H:%M"
    assert moment_reader("%d-%m-%Y %H:%M")("24-11-2026 08:30") == datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
    assert moment_reader("%d-%m-%Y %H:%M")("24-06-2026 08:30") == datetime(2026, 6, 24, 6, 30, tzinfo=UTC)


_SOME_DAYS = st.lists(st.dates(date(1900, 1, 1), date(2100, 12, 31)), min_size=1, max_size=30)
_SEVERAL = st.lists(st.sampled_from([*DATES, MONTH_FIRST, "%Y%d%m"]), min_size=1, max_size=5, unique=True)


@settings(max_examples=2_000 if GATE else 500, deadline=None)
@given(days=_SOME_DAYS, formats=_SEVERAL, place=st.integers(0, 4), noise=st.lists(st.text(max_size=10), max_size=3))
def test_a_column_is_read_as_it_was_written_or_refused(
    days: list[date], formats: list[str], place: int, noise: list[str]
) -> None:
    written = formats[place % len(formats)]
    values = [day.strftime(written) for day in days]
    decider = Decider(formats, whole_days=True)
    decider.see(Counter(values + noise))
    try:
        found = decider.format()
    except Ambiguous as error:
        found = ""
        named = error.formats
    if not found:
        assert set(named) <= set(formats)
        return
    read = day_reader(found)
    for text in noise:
        try:
            assert isinstance(read(text), date | None)
        except ColumnError:
            continue
    if not noise:
        assert [read(text) for text in values] == days


@settings(max_examples=2_000 if GATE else 500, deadline=None)
@given(values=st.lists(st.text("0123456789-/.: T", max_size=20), max_size=20), whole_days=st.booleans())
def test_any_text_is_decided_or_refused(values: list[str], whole_days: bool) -> None:
    formats = DATES if whole_days else TIMES
    decider = Decider(formats, whole_days=whole_days)
    decider.see(Counter(values))
    read = (day_reader if whole_days else moment_reader)(decider.format())
    for text in values:
        try:
            found = read(text)
        except ColumnError:
            continue
        assert found is None or 1899 <= found.year <= 2100
        if isinstance(found, datetime):
            assert found.utcoffset() == timedelta(0)
