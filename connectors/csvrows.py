"""Cuts a stream of CSV bytes into records without decoding it, and reads one record.

Cutting needs no delimiter and no decoding: a line end counts when an even number of double quotes came before it,
and a doubled quote adds two. That holds for each encoding in which ASCII stands for itself (UTF-8, cp1252).
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterable, Iterator
from typing import Literal

from connectors.columns import ColumnError, Encoding, decode
from connectors.errors import Broken

LONGEST_RECORD = 1 << 20
"""Bytes; a record that is longer is no record."""


def records(chunks: Iterable[bytes], *, quoting: bool = True) -> Iterator[bytes]:
    """Give each record, the header first, to the letter but for its line end (``\\n``, ``\\r\\n`` or ``\\r\\r\\n``).

    A byte order mark before the header is dropped, and so are empty lines. Holds one chunk and one record at most.
    Without ``quoting`` a double quote is a letter like any other, and a record is a line.
    Raises ``Broken`` csv.too_long, and csv.unclosed when the stream ends within quotes.
    """
    lines = _whole_records(chunks, quoting)
    for first in lines:
        header = first.removeprefix(codecs.BOM_UTF8)
        if header:
            yield header
            break
    yield from filter(None, lines)


def fields(
    record: bytes, *, delimiter: str, encoding: Encoding, columns: int | None = None, quoting: bool = True
) -> list[str]:
    """Read one record that has exactly ``columns`` fields; None for any number of them.

    Raises ``ColumnError``: ``encoding``, ``malformed`` (quotes in the wrong place) or ``columns``.
    """
    text = decode(record, encoding)
    plain = "\r" not in text and not (quoting and '"' in text)
    values = text.split(delimiter) if plain else _quoted(text, delimiter, quoting)
    if columns is not None and len(values) != columns:
        raise ColumnError("columns")
    return values


def _quoted(text: str, delimiter: str, quoting: bool) -> list[str]:
    style: Literal[0, 3] = csv.QUOTE_MINIMAL if quoting else csv.QUOTE_NONE
    try:
        return next(csv.reader((text,), delimiter=delimiter, quoting=style, strict=True))
    except csv.Error:
        raise ColumnError("malformed") from None


def _whole_records(chunks: Iterable[bytes], quoting: bool) -> Iterator[bytes]:
    tail: list[bytes] = []  # pieces of a line that has no end yet
    quoted: list[bytes] = []  # lines of a record that is still within quotes
    size = 0  # of the tail
    for chunk in chunks:
        tail.append(chunk)
        size += len(chunk)
        if b"\n" in chunk:
            data = b"".join(tail)
            *lines, last = data.split(b"\n")
            _check(max(map(len, lines)))
            tail, size = [last], len(last)
            if quoting and (quoted or b'"' in data):
                lines = _join_quoted(lines, quoted)
            for line in lines:
                yield line.rstrip(b"\r")
        _check(size)
    lines = [b"".join(tail)]
    if quoting:
        lines = _join_quoted(lines, quoted)
    if quoted:
        raise Broken("the CSV ends within a quoted field; the source must send it again", code="csv.unclosed")
    yield from (line.rstrip(b"\r") for line in lines)


def _join_quoted(lines: list[bytes], quoted: list[bytes]) -> list[bytes]:
    """Give the records that end in ``lines``; what is still open stays behind in ``quoted``."""
    ended: list[bytes] = []
    for line in lines:
        odd = line.count(b'"') % 2
        if not quoted and not odd:
            ended.append(line)
            continue
        quoted.append(line)
        if odd and len(quoted) > 1:
            ended.append(b"\n".join(quoted))
            _check(len(ended[-1]))
            quoted.clear()
    _check(sum(map(len, quoted)) + len(quoted))
    return ended


def _check(length: int) -> None:
    if length > LONGEST_RECORD:
        raise Broken(
            f"a CSV record is longer than {LONGEST_RECORD} bytes; check the quotes in the source", code="csv.too_long"
        )
