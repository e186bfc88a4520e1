"""Everything that is found out about a CSV file before anything of it is used, and whether it can be right.

The facts are JSON and hold no value of a record: counts, formats, places of columns, and how long numbers are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any

from connectors.columns import Encoding
from connectors.csvrows import records
from connectors.errors import Broken
from connectors.files import Facts, RefusedFile
from vocus.dates import Ambiguous, Decider
from vocus.fields import DATA_SETS, Type
from vocus.layout import (
    byte_encoding,
    delimiter_of,
    encoding_of,
    positions_of,
    split,
    text_chunks,
    type_position,
)
from vocus.settings import DataSettings

_BLOCK_ROWS, _BLOCK_BYTES = 2_000, 1 << 20
"""So much is looked at together: column by column is several times as fast as row by row."""

_SAMPLE = 200
"""Rows that decide what stands between the cells."""

_NAMES = (Type.KEY, Type.DIGITS, Type.WORDS)
"""Numbers that are names may lose their leading zeros."""


def examine_csv(name: str, path: Path, before: Facts | None, data: DataSettings, *, proved: bool) -> Facts:
    """The facts of a file of the data set ``name``.

    ``rows`` are all its data rows, ``read`` those of the data set's record type; ``columns`` is how many cells a row
    has, ``positions`` which of them hold our fields, ``formats`` how dates are written, ``numbers`` the shortest and
    longest number of a column and whether any has a leading zero, ``unreadable`` how many rows have another form.
    ``before`` are the facts of the file before this one. A file is ``proved`` when its sender told its hash.

    Raises ``RefusedFile``: vocus.encoding, vocus.cut, vocus.csv, vocus.column, vocus.dates, vocus.zeros.
    """
    told = encoding_of(path, data.encoding)
    if not told.ended and not proved:
        raise RefusedFile(
            "its last line has no end, so it may have been cut off; let it be exported again, or let the sender add a"
            " manifest with its sha256",
            "vocus.cut",
        )
    try:
        facts = _look_through(name, path, told.encoding, data)
    except Broken as error:
        code, sentence = error.code, str(error)
    else:
        _check_numbers(name, facts["numbers"], (before or {}).get("numbers", {}), data)
        return facts | {"encoding": told.encoding, "encoding_by": told.by, "settings": data.fingerprint()}
    if code == "csv.unclosed":
        raise RefusedFile(
            "it ends within quotes: it was cut off, or a quote in a value is not doubled (quoting = false reads a file"
            " in which nothing is quoted)",
            "vocus.cut",
        )
    raise RefusedFile(sentence, "vocus.csv")


@dataclass(slots=True)
class _Tally:
    """What is counted over the whole file."""

    dates: dict[str, Decider]
    numbers: dict[str, dict[str, Any]] = field(default_factory=dict)
    rows: int = 0
    read: int = 0
    unreadable: int = 0


def _look_through(name: str, path: Path, encoding: str, data: DataSettings) -> Facts:
    wire = byte_encoding(encoding)
    found = records(text_chunks(path, encoding), quoting=data.quoting)
    sample = list(_within_bytes(islice(found, _SAMPLE), _BLOCK_BYTES))
    delimiter = delimiter_of(sample, wire, data)
    rows = chain(sample, found)
    header = _header(rows, wire, delimiter, data)
    blocks = _blocks(rows)
    first = next(blocks, [])
    columns = len(header) if header is not None else _columns(name, first, wire, delimiter, data)
    positions = positions_of(name, data, header, columns)
    kind = type_position(name, data, header, columns)
    tally = _Tally(_deciders(name, data, positions))
    for block in chain([first], blocks):
        tally.rows += len(block)
        cells = _cells(block, wire, delimiter, data, kind)
        tally.read += len(cells)
        whole = [row for row in cells if row is not None and len(row) == columns]
        tally.unreadable += len(cells) - len(whole)
        _count(name, data, positions, whole, tally)
    return {
        "rows": tally.rows, "read": tally.read, "unreadable": tally.unreadable, "columns": columns,
        "delimiter": delimiter, "positions": positions, "type_position": kind,
        "formats": {each: _format(name, each, decider) for each, decider in tally.dates.items()},
        "numbers": tally.numbers,
    }  # fmt: skip


def _within_bytes(found: Iterator[bytes], limit: int) -> Iterator[bytes]:
    size = 0
    for record in found:
        yield record
        size += len(record)
        if size > limit:
            return


def _header(rows: Iterator[bytes], encoding: Encoding, delimiter: str, data: DataSettings) -> list[str] | None:
    if not data.header:
        return None
    first = next(rows, None)
    if first is None:
        raise RefusedFile("it has no header line; let it be exported again", "vocus.column")
    header = split(first, encoding, delimiter, data.quoting)
    if header is None:
        raise RefusedFile("its header line cannot be read: quotes stand in the wrong place", "vocus.csv")
    return header


def _blocks(rows: Iterator[bytes]) -> Iterator[list[bytes]]:
    while block := list(_within_bytes(islice(rows, _BLOCK_ROWS), _BLOCK_BYTES)):
        yield block


def _columns(name: str, block: Sequence[bytes], encoding: Encoding, delimiter: str, data: DataSettings) -> int:
    """How many cells the rows have, where no header says so: as most of the first ones do."""
    kind = data.record_type.column if data.record_type and isinstance(data.record_type.column, int) else None
    lengths = Counter(len(row) for row in _cells(block, encoding, delimiter, data, kind) if row is not None)
    if lengths:
        return lengths.most_common(1)[0][0]
    return 1 + max(place for place in data.columns.values() if isinstance(place, int))


def _cells(
    block: Sequence[bytes], encoding: Encoding, delimiter: str, data: DataSettings, kind: int | None
) -> list[list[str] | None]:
    """The cells of the rows of the record type; None for a row that cannot be read, whatever it may be."""
    found = [split(record, encoding, delimiter, data.quoting) for record in block]
    if kind is None or data.record_type is None:
        return found
    value = data.record_type.value
    return [row for row in found if row is None or (len(row) > kind and row[kind].strip() == value)]


def _deciders(name: str, data: DataSettings, positions: dict[str, int]) -> dict[str, Decider]:
    types = {each: DATA_SETS[name].fields[each].type for each in positions}
    return {
        each: Decider(data.dates if type_ is Type.DATE else data.times, whole_days=type_ is Type.DATE)
        for each, type_ in types.items()
        if type_ in (Type.DATE, Type.TIME)
    }


def _count(
    name: str, data: DataSettings, positions: dict[str, int], rows: Sequence[list[str]], tally: _Tally
) -> None:
    for each, place in positions.items():
        type_ = DATA_SETS[name].fields[each].type
        if type_ not in (Type.DATE, Type.TIME, *_NAMES):
            continue
        seen = Counter([row[place] for row in rows])
        for text in [text for text in seen if text.strip() in data.null or not text.strip()]:
            del seen[text]
        if each in tally.dates:
            tally.dates[each].see(seen)
        else:
            words = chain.from_iterable(text.split(data.separator) for text in seen) if type_ is Type.WORDS else seen
            _count_numbers(tally.numbers, each, {word.strip() for word in words})


def _count_numbers(numbers: dict[str, dict[str, Any]], name: str, values: set[str]) -> None:
    lengths = {len(value) for value in values if value.isascii() and value.isdigit()}
    if not lengths:
        return
    zero = any(len(value) > 1 and value[0] == "0" and value.isdigit() for value in values if value)
    known = numbers.get(name, {"shortest": min(lengths), "longest": max(lengths), "zero": False})
    numbers[name] = {
        "shortest": min(known["shortest"], *lengths),
        "longest": max(known["longest"], *lengths),
        "zero": known["zero"] or zero,
    }


def _format(name: str, each: str, decider: Decider) -> str:
    try:
        return decider.format()
    except Ambiguous as error:
        one, other = error.formats
    setting = "dates" if DATA_SETS[name].fields[each].type is Type.DATE else "times"
    raise RefusedFile(
        f"column {each} reads as {one} and as {other}, with different days; leave the wrong one out of"
        f" data.{name}.{setting}",
        "vocus.dates",
    )


def _check_numbers(name: str, numbers: Facts, before: Facts, data: DataSettings) -> None:
    """Raises ``RefusedFile`` vocus.zeros for numbers that have lost their leading zeros."""
    for each, width in data.digits.items():
        if numbers.get(each, {}).get("shortest", width) < width:
            raise RefusedFile(
                f"column {each} has numbers of fewer than {width} digits: leading zeros are lost, as a spreadsheet"
                f" does; let it be exported again, or set data.{name}.pad.{each} instead of digits",
                "vocus.zeros",
            )
    for each, now in numbers.items():
        last = before.get(each)
        if each in data.pad or last is None or not last["zero"]:
            continue
        if not now["zero"] and now["shortest"] < last["shortest"]:
            raise RefusedFile(
                f"column {each} had numbers with leading zeros the last time and has lost them, as a spreadsheet does;"
                f" let it be exported again, or set data.{name}.pad.{each} = {last['longest']}",
                "vocus.zeros",
            )
