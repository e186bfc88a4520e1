"""Dutch columns, each converter against the vectors of its rule."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.columns import ColumnError, boolean, clock, dates, decimal, decode, instants

DUTCH_DATE = dates("%d-%m-%Y")
DUTCH_TIME = instants("%d-%m-%Y %H:%M:%S", "%d-%m-%Y %H:%M")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7,9", "7.9"), ("7.9", "7.9"), ("10,0", "10.0"), ("10", "10"), ("-0,5", "-0.5"), (" 6,25 ", "6.25"),
        ("0", "0"), ("12345678901234567890,12345678901234567890", "12345678901234567890.12345678901234567890"),
    ],
)  # fmt: skip
def test_a_decimal_keeps_its_digits(text: str, value: str) -> None:
    read = decimal(text)
    assert isinstance(read, Decimal)
    assert read.as_tuple() == Decimal(value).as_tuple()


@pytest.mark.parametrize(
    "text",
    [
        "1.234,5", "1,234.5", "7,", ",5", "7,9,1", "+7", "7e1", "1E400", "NaN", "Infinity", "٧,٩", "7 9", "7_9", "0x7",
        "inh", "--7", "1" * 21, "½",
    ],
)  # fmt: skip
def test_what_is_not_plainly_a_decimal_is_refused(text: str) -> None:
    with pytest.raises(ColumnError) as caught:
        decimal(text)
    assert caught.value.code == "decimal"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("True", True), ("true", True), ("1", True), ("-1", True), ("J", True), ("j", True), ("ja", True), ("JA", True),
        ("False", False), ("FALSE", False), ("0", False), ("N", False), ("nee", False), (" Nee ", False),
    ],
)  # fmt: skip
def test_yes_and_no(text: str, value: bool) -> None:
    assert boolean(text) is value


@pytest.mark.parametrize("text", ["2", "jaja", "x", "None", "01", "y"])
def test_what_is_neither_yes_nor_no_is_refused(text: str) -> None:
    with pytest.raises(ColumnError) as caught:
        boolean(text)
    assert caught.value.code == "boolean"


@pytest.mark.parametrize("convert", [decimal, boolean, DUTCH_DATE, DUTCH_TIME])
@pytest.mark.parametrize("blank", ["", " ", "\t"])
def test_blank_is_none(convert: Callable[[str], object], blank: str) -> None:
    assert convert(blank) is None


@pytest.mark.parametrize(
    ("formats", "text", "value"),
    [
        (("%d-%m-%Y",), "14-03-2010", date(2010, 3, 14)),
        (("%d-%m-%Y",), "1-2-2010", date(2010, 2, 1)),
        (("%d-%m-%Y",), " 29-02-2024 ", date(2024, 2, 29)),
        (("%Y-%m-%d",), "2010-03-14", date(2010, 3, 14)),
        (("%Y%m%d",), "20100314", date(2010, 3, 14)),
        (("%d%m%Y",), "14032010", date(2010, 3, 14)),
        (("%d-%m%Y",), "4-032010", date(2010, 3, 4)),
        (("%d %b %Y",), "14 Mar 2010", date(2010, 3, 14)),
        (("%d-%m-%y",), "14-03-10", date(2010, 3, 14)),
        (("%d-%m-%Y", "%Y-%m-%d"), "2010-03-14", date(2010, 3, 14)),
        (("%d-%m-%Y %H:%M:%S",), "14-03-2010 00:00:00", date(2010, 3, 14)),
        (("%Y-%m-%dT%H:%M:%S.%f",), "2010-03-14T00:00:00.000", date(2010, 3, 14)),
    ],
)
def test_a_date_is_read_in_the_formats_given(formats: tuple[str, ...], text: str, value: date) -> None:
    assert dates(*formats)(text) == value


@pytest.mark.parametrize(
    ("formats", "text"),
    [
        (("%d-%m-%Y",), "31-02-2010"), (("%d-%m-%Y",), "00-00-0000"), (("%d-%m-%Y",), "2010-03-14"),
        (("%d-%m-%Y",), "14-03-10"), (("%d-%m-%Y",), "14-03-2010x"), (("%d-%m-%Y",), "14.03.2010"),
        (("%d-%m-%Y",), "١٤-٠٣-٢٠١٠"), (("%d-%m-%Y",), "14-03-2010\n15-03-2010"), (("%d.%m.%Y",), "14-03-2010"),
        (("%d %b %Y",), "14 Foo 2010"), (("%d%m%Y",), "1112026"), (("%Y%m%d",), "2026111"), (("%d-%m%Y",), "1-12026"),
        (("%d-%m-%Y %H:%M",), "13-03-2010 23:00"), (("%d %b %Y %H",), "13 Mar 2010 23"),
    ],
)  # fmt: skip
def test_a_date_in_another_format_is_refused(formats: tuple[str, ...], text: str) -> None:
    with pytest.raises(ColumnError) as caught:
        dates(*formats)(text)
    assert caught.value.code == "date"


@given(st.dates(date(1000, 1, 1)))
def test_each_date_is_read_back(day: date) -> None:
    assert DUTCH_DATE(f"{day.day:02}-{day.month:02}-{day.year:04}") == day
    assert dates("%m/%d/%Y")(f"{day.month}/{day.day}/{day.year}") == day


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("14-01-2026 08:30", (2026, 1, 14, 7, 30)),
        ("14-07-2026 08:30:15", (2026, 7, 14, 6, 30, 15)),
        ("01-07-2026 00:00", (2026, 6, 30, 22, 0)),
        # Summer time of 2026 ends on 25 October, 03:00 becoming 02:00, and began on 29 March, 02:00 becoming 03:00.
        ("25-10-2026 01:59:59", (2026, 10, 24, 23, 59, 59)),
        ("25-10-2026 02:00", (2026, 10, 25, 0, 0)),
        ("25-10-2026 02:30", (2026, 10, 25, 0, 30)),
        ("25-10-2026 03:00", (2026, 10, 25, 2, 0)),
        ("29-03-2026 01:59:59", (2026, 3, 29, 0, 59, 59)),
        ("29-03-2026 02:30", (2026, 3, 29, 1, 30)),
        ("29-03-2026 03:30", (2026, 3, 29, 1, 30)),
    ],
)
def test_a_local_time_becomes_utc(text: str, utc: tuple[int, ...]) -> None:
    read = DUTCH_TIME(text)
    assert read == datetime(*utc, tzinfo=UTC)
    assert read.tzinfo is UTC


@pytest.mark.parametrize("text", ["14-01-2026", "14-01-2026 24:00", "14-01-2026 8", "01-01-0001 00:00", "soon"])
def test_what_is_not_a_time_is_refused(text: str) -> None:
    with pytest.raises(ColumnError) as caught:
        DUTCH_TIME(text)
    assert caught.value.code == "time"


@pytest.mark.parametrize(
    ("data", "encoding", "text"),
    [
        ("Zoë".encode(), "utf-8", "Zoë"),
        (b"\xef\xbb\xbf" + "Zoë".encode(), "utf-8", "Zoë"),
        (b"\xef\xbb\xbf" + "Zoë".encode(), "cp1252", "Zoë"),
        (b"\x8aim \x9a \x80 Zo\xeb", "cp1252", "Šim š € Zoë"),
        (b"", "utf-8", ""),
    ],
)
def test_bytes_are_decoded(data: bytes, encoding, text: str) -> None:
    assert decode(data, encoding) == text


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"Zo\xeb", "utf-8"), (b"\xc3", "utf-8"), (b"\xed\xa0\x80", "utf-8"), (b"\xc0\xaf", "utf-8"),
        (b"\xef\xbb\xbfZo\xeb", "cp1252"), (b"\x81", "cp1252"), (b"\x9d", "cp1252"),
    ],
)  # fmt: skip
def test_bytes_of_another_encoding_are_refused_and_not_repaired(data: bytes, encoding) -> None:
    with pytest.raises(ColumnError) as caught:
        decode(data, encoding)
    assert caught.value.code == "encoding"
    assert caught.value.__context__ is None


@given(st.text(min_size=1))
def test_no_converter_raises_anything_else_nor_tells_the_text(text: str) -> None:
    for convert in (decimal, boolean, DUTCH_DATE, DUTCH_TIME, dates("%d %b %Y"), instants("%Y-%m-%d %I%p")):
        message = "none"
        try:
            convert(text)
        except ColumnError as error:
            message = str(error)
        assert message in ("none", "decimal", "boolean", "date", "time")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0830", time(8, 30)), ("830", time(8, 30)), ("8:30", time(8, 30)), (" 08.30 ", time(8, 30)),
        ("2359", time(23, 59)), ("0:00", time()), ("", None),
    ],
)  # fmt: skip
def test_a_time_of_the_clock_is_read(text: str, value: time | None) -> None:
    assert clock(text) == value


@pytest.mark.parametrize("text", ["24:00", "8:60", "8", "30", "8-30", "08:30:00", "0830x", "٠٨٣٠"])
def test_what_is_no_time_of_the_clock_is_refused(text: str) -> None:
    with pytest.raises(ColumnError) as caught:
        clock(text)
    assert caught.value.code == "time"
