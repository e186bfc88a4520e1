"""CSV is cut at the same places however the stream is chunked, and each record keeps its bytes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.columns import ColumnError
from connectors.csvrows import LONGEST_RECORD, fields, records
from connectors.errors import Broken


def _in_pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", []),
        (b"\n\r\n\r\r\n", []),
        (b"a;b\nc;d\n", [b"a;b", b"c;d"]),
        (b"a;b\r\nc;d\r\n", [b"a;b", b"c;d"]),
        (b"a;b\r\r\nc;d\r\r\n", [b"a;b", b"c;d"]),
        (b"a;b\nc;d", [b"a;b", b"c;d"]),
        (b"\xef\xbb\xbfa;b\nc;d", [b"a;b", b"c;d"]),
        (b'\xef\xbb\xbf"a";b\r\nc;d', [b'"a";b', b"c;d"]),
        (b"\xef\xbb\xbf\na;b\n", [b"a;b"]),
        (b"a\n\xef\xbb\xbfb\n", [b"a", b"\xef\xbb\xbfb"]),
        (b"a\n\n\nb\n\n", [b"a", b"b"]),
        (b'a;"b\r\nc"\r\nd;e\r\n', [b'a;"b\r\nc"', b"d;e"]),
        (b'"a\n\n\nb"\nc\n', [b'"a\n\n\nb"', b"c"]),
        (b'"a ""b""\n"\nc\n', [b'"a ""b""\n"', b"c"]),
        (b'"a"\n"b"', [b'"a"', b'"b"']),
        (b'""\n"\n"\n', [b'""', b'"\n"']),
        (b"\x8aim;\xeb\r\n", [b"\x8aim;\xeb"]),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_a_stream_is_cut_into_records(data: bytes, expected: list[bytes], size: int) -> None:
    assert list(records(_in_pieces(data, size))) == expected


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8) | st.sampled_from(
    ['"', '""', "\n", "\r\n", ";", "a\nb", 'x"y', "", " "]
)


@given(
    table=st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(CELL, min_size=n, max_size=n), min_size=1, max_size=6)),
    ending=st.sampled_from(["\n", "\r\n", "\r\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    size=st.integers(1, 40),
)
@example([["a", "b\nc"], ['"', ";"]], "\r\r\n", csv.QUOTE_MINIMAL, 1)
def test_whatever_the_csv_module_writes_is_read_back(table, ending: str, quoting, size: int) -> None:
    written = io.StringIO()
    # A lone carriage return is only safe within quotes, and a record of one empty field is an empty line.
    writer = csv.writer(written, delimiter=";", lineterminator=ending, quoting=quoting)
    table = [[cell.replace("\r", "") for cell in row] for row in table]
    table = [row for row in table if row != [""]] or [["a"] * len(table[0])]
    table[0][0] = table[0][0].lstrip("\ufeff")
    writer.writerows(table)
    read = list(records(_in_pieces(written.getvalue().encode(), size)))
    assert [fields(record, delimiter=";", encoding="utf-8", columns=len(table[0])) for record in read] == table


@pytest.mark.parametrize("data", [b'a\n"b', b'a\n"b\nc;d\ne', b'"', b'a;"b""\n'])
@pytest.mark.parametrize("size", [1, 1000])
def test_a_stream_that_ends_within_quotes_is_broken_after_what_was_whole(data: bytes, size: int) -> None:
    read = []
    with pytest.raises(Broken) as caught:
        read += records(_in_pieces(data, size))
    assert caught.value.code == "csv.unclosed"


def _without_end(start: bytes, piece: bytes) -> Iterator[bytes]:
    """A stream that goes on until somebody has had sixteen times enough."""
    yield start
    for _ in range(16 * LONGEST_RECORD // len(piece)):
        yield piece
    raise AssertionError("read far too much")


@pytest.mark.parametrize(
    ("start", "piece"),
    [(b"", b"x" * 65536), (b'"', b"x" * 65536), (b'"', b"\n" * 65536), (b'"', b"abc\n" * 16384)],
    ids=["no line end", "no closing quote", "empty lines in quotes", "lines in quotes"],
)
def test_a_record_without_end_is_broken_before_it_fills_the_memory(start: bytes, piece: bytes) -> None:
    with pytest.raises(Broken) as caught:
        list(records(_without_end(start, piece)))
    assert caught.value.code == "csv.too_long"


@pytest.mark.parametrize(
    ("longest", "longer"),
    [
        (b"x" * LONGEST_RECORD + b"\n", b"x" * (LONGEST_RECORD + 1) + b"\n"),
        (b'"' + b"\n" * (LONGEST_RECORD - 2) + b'"\n', b'"' + b"\n" * (LONGEST_RECORD - 1) + b'"\n'),
    ],
    ids=["plain", "quoted"],
)
def test_the_longest_record_is_let_through_and_a_longer_one_is_not(longest: bytes, longer: bytes) -> None:
    assert list(records([longest])) == [longest[:-1]]
    with pytest.raises(Broken):
        list(records([longer]))


@pytest.mark.parametrize(
    ("record", "values"),
    [
        (b"10234;Noor;;7,9", ["10234", "Noor", "", "7,9"]),
        (b'"10234";"van ""den""";"a;b";"x\r\ny"', ["10234", 'van "den"', "a;b", "x\r\ny"]),
        (b'a;b;c;"d"', ["a", "b", "c", "d"]),
        (b"\xc5\xa0im;b;c;d", ["Šim", "b", "c", "d"]),
        (b' a ;b;c;"d;"', [" a ", "b", "c", "d;"]),
    ],
)
def test_a_record_is_read(record: bytes, values: list[str]) -> None:
    assert fields(record, delimiter=";", encoding="utf-8", columns=4) == values


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (b"a;b", "columns"), (b"a;b;c;d", "columns"), (b"", "columns"), (b"a,b,c", "columns"),
        (b'a;"b"c;d', "malformed"), (b'a;"b;c', "malformed"), (b"a;b\rx;c", "malformed"), (b'a;5";\n7";c', "malformed"),
        (b"\x8a;b;c", "encoding"),
    ],
)  # fmt: skip
def test_a_record_in_another_layout_is_refused(record: bytes, code: str) -> None:
    with pytest.raises(ColumnError) as caught:
        fields(record, delimiter=";", encoding="utf-8", columns=3)
    assert caught.value.code == code


@given(st.binary(max_size=60))
def test_of_whatever_bytes_only_a_column_error_comes(record: bytes) -> None:
    code = ""
    read = []
    try:
        read = fields(record, delimiter=";", encoding="cp1252", columns=2)
    except ColumnError as error:
        code = error.code
    assert len(read) == 2 or code in ("columns", "malformed", "encoding")


@given(st.text("abc ;,.-0123456789é", max_size=30))
def test_the_short_cut_for_records_without_quotes_agrees_with_the_csv_module(text: str) -> None:
    expected = next(csv.reader([text], delimiter=";"), []) or [""]
    assert fields(text.encode(), delimiter=";", encoding="utf-8", columns=len(expected)) == expected


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_without_quoting_a_quote_is_a_letter(size: int) -> None:
    data = b'a;6"\r\n\r\nb;"c\nd;e"f"'
    found = list(records(_in_pieces(data, size), quoting=False))
    assert found == [b'a;6"', b'b;"c', b'd;e"f"']
    cells = [fields(record, delimiter=";", encoding="utf-8", columns=2, quoting=False) for record in found]
    assert cells == [["a", '6"'], ["b", '"c'], ["d", 'e"f"']]


def test_a_record_may_have_any_number_of_columns() -> None:
    assert fields(b"a;b;c", delimiter=";", encoding="utf-8") == ["a", "b", "c"]
    assert fields(b"", delimiter=";", encoding="utf-8") == [""]


def test_without_quoting_a_record_without_end_is_broken_as_well() -> None:
    with pytest.raises(Broken) as caught:
        list(records(_without_end(b'"', b"x" * 65536), quoting=False))
    assert caught.value.code == "csv.too_long"
