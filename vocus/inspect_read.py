"""Reads a file of unknown layout once through, and gathers what its columns hold. Memory is bounded by a chunk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

from connectors.columns import Encoding
from connectors.csvrows import records
from connectors.errors import Broken
from connectors.files import RefusedFile
from vocus.guess_values import Values, reads
from vocus.guess_words import KNOWN, RECORD_TYPES, plain
from vocus.layout import DELIMITERS, Told, byte_encoding, encoding_of, split, text_chunks

SAMPLE_ROWS, _SAMPLE_BYTES = 5_000, 1 << 22
"""Shapes are those of the first rows; encoding, numbers and dates are looked at in all."""

_FIRST_ROWS = 200
"""Rows that decide what stands between the cells, and whether there are record types."""


@dataclass
class Table:
    """The rows of a file, or of one of its record types. ``odd`` rows have another number of cells than the others."""

    columns: list[Values]
    rows: int = 0
    odd: int = 0


@dataclass
class Seen:
    """What a file of rows looks like. ``header`` is None when there is none, or none that is surely one.

    ``tables`` has one table under the empty name, or one for each record type in the first column.
    """

    told: Told
    delimiter: str
    quoting: bool
    header: list[str] | None
    ascii: bool = True
    quoted: int = 0
    """Rows in which something stands between quotes."""
    broken_lines: int = 0
    """Rows of which a cell holds a line end."""
    malformed: int = 0
    """Rows of which the quotes stand in the wrong place."""
    other_types: int = 0
    """Rows of a record type that is not known."""
    tables: dict[str, Table] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values()) + self.malformed + self.other_types


def see(path: Path) -> Seen:
    """Look through a file. Raises ``RefusedFile`` for what is no text of rows."""
    told = _encoding(path)
    found = _see(path, told, quoting=True)
    if isinstance(found, Seen) and not found.malformed:
        return found
    plainly = _see(path, told, quoting=False)
    if isinstance(plainly, Seen) and (isinstance(found, RefusedFile) or not any(map(_odd, plainly.tables.values()))):
        return plainly
    if isinstance(found, RefusedFile):
        raise found
    return found


def _odd(table: Table) -> int:
    return table.odd


def _encoding(path: Path) -> Told:
    try:
        return encoding_of(path, "auto")
    except RefusedFile as error:
        refused = error
    # UTF-16 needs no byte order mark, but then it must read as such from the first letter to the last.
    with path.open("rb") as file:
        if b"\0" in file.read(64):
            told = encoding_of(path, "utf-16")
            return told._replace(by="every other byte is 0; there is no byte order mark")
    raise refused


def _see(path: Path, told: Told, *, quoting: bool) -> Seen | RefusedFile:
    encoding = byte_encoding(told.encoding)
    try:
        found = records(text_chunks(path, told.encoding), quoting=quoting)
        first = list(_first(found))
        if not first:
            return RefusedFile("there is no row in it", "vocus.csv")
        delimiter = _delimiter(first, encoding, quoting)
        rows = chain(first, found)
        header = _header(split(first[0], encoding, delimiter, quoting))
        if header is not None:
            next(rows)
        seen = Seen(told, delimiter, quoting, header)
        typed = _has_types(first[1:] if header else first, encoding, seen)
        _gather(rows, encoding, seen, typed=typed)
    except Broken as error:
        return RefusedFile(str(error), "vocus.csv")
    return seen


def _first(found: Iterator[bytes]) -> Iterator[bytes]:
    size = 0
    for record in islice(found, _FIRST_ROWS):
        yield record
        size += len(record)
        if size > _SAMPLE_BYTES:
            return


def _delimiter(first: Sequence[bytes], encoding: Encoding, quoting: bool) -> str:
    """The one with which the most headers are known, then the one with which the most rows are equally wide."""

    def score(delimiter: str) -> tuple[int, int, int]:
        rows = [row for record in first if (row := split(record, encoding, delimiter, quoting))]
        if not rows:
            return 0, 0, 0
        width, alike = Counter(map(len, rows)).most_common(1)[0]
        return sum(plain(cell) in KNOWN for cell in rows[0]), alike if width > 1 else 0, width

    return max(DELIMITERS, key=score)


def _header(first: Sequence[str] | None) -> list[str] | None:
    """The first row if it is surely a header: nothing in it is data, and at least a third of the names are known.

    A row of data that was taken for a header would be shown to people.
    """
    if not first or any(_is_data(cell.strip()) for cell in first):
        return None
    known = sum(plain(cell) in KNOWN for cell in first)
    return list(first) if known >= 2 and known * 3 >= len(first) else None


def _is_data(cell: str) -> bool:
    digits = sum(letter.isdigit() for letter in cell)
    return digits * 2 > len(cell) or "@" in cell or reads("%d-%m-%Y", cell) is not None


def _has_types(first: Iterable[bytes], encoding: Encoding, seen: Seen) -> bool:
    """Whether the first column holds record types: nearly all of its words are such, and one of them may be data."""
    rows = [row for record in first if (row := split(record, encoding, seen.delimiter, seen.quoting))]
    known = sum(plain(row[0]) in RECORD_TYPES for row in rows)
    return bool(rows) and known >= 0.9 * len(rows)


def _gather(rows: Iterator[bytes], encoding: Encoding, seen: Seen, *, typed: bool) -> None:
    sample = True
    while chunk := _chunk(rows):
        cells: dict[str, list[list[str]]] = {}
        for record in chunk:
            seen.ascii = seen.ascii and record.isascii()
            seen.quoted += seen.quoting and b'"' in record
            seen.broken_lines += b"\n" in record
            row = split(record, encoding, seen.delimiter, seen.quoting)
            if row is None:
                seen.malformed += 1
            elif not typed:
                cells.setdefault("", []).append(row)
            elif plain(row[0]) in RECORD_TYPES:
                cells.setdefault(row[0].strip(), []).append(row)
            else:
                seen.other_types += 1
        for name, found in cells.items():
            _tally(seen, name, found, sample=sample)
        sample = False
    if not seen.tables:
        seen.tables[""] = Table([Values() for _ in seen.header or ()])


def _chunk(rows: Iterator[bytes]) -> list[bytes]:
    chunk: list[bytes] = []
    size = 0
    for record in islice(rows, SAMPLE_ROWS):
        chunk.append(record)
        size += len(record)
        if size > _SAMPLE_BYTES:
            break
    return chunk


def _tally(seen: Seen, name: str, rows: Sequence[list[str]], *, sample: bool) -> None:
    table = seen.tables.get(name)
    if table is None:
        width = len(seen.header) if seen.header else Counter(map(len, rows)).most_common(1)[0][0]
        table = seen.tables[name] = Table([Values() for _ in range(width)])
        sample = True
    whole = [row for row in rows if len(row) == len(table.columns)]
    table.rows += len(rows)
    table.odd += len(rows) - len(whole)
    for values, column in zip(table.columns, zip(*whole, strict=True), strict=False):
        values.add(Counter(column), sample=sample)
