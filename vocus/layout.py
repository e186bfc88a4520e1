"""How a file of text is laid out: its encoding, its separator, and where each of our fields stands.

Bytes are cut into rows before they are decoded (``connectors.csvrows``), which needs an encoding in which ASCII stands
for itself. UTF-16 is none, so a file in it is turned into UTF-8 while it is read, strictly: no letter is lost.
"""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from connectors.columns import ColumnError, Encoding
from connectors.csvrows import fields
from connectors.files import RefusedFile
from vocus.settings import Column, DataSettings

CHUNK = 1 << 18

DELIMITERS = (";", ",", "\t", "|")

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_NOT_CP1252 = (b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d")
"""The bytes that Windows-1252 leaves free."""


class Told(NamedTuple):
    """A file's encoding (``utf-8``, ``cp1252``, ``utf-16`` or ``utf-16-le``), how that is known, and whether its last
    line has an end."""

    encoding: str
    by: str
    ended: bool


def encoding_of(path: Path, wanted: str) -> Told:
    """Read a file once and tell its encoding: a byte order mark, else valid UTF-8, else Windows-1252.

    ``wanted`` is ``auto`` or the only one that it may be; a mark outweighs it. Raises ``RefusedFile`` vocus.encoding.
    """
    with path.open("rb") as file:
        head = file.read(CHUNK)
        if head.startswith(codecs.BOM_UTF8):
            return _checked(path, "utf-8", "byte order mark")
        if head[:2] in _UTF_16:
            return _checked(path, "utf-16", "byte order mark")
        if wanted != "auto":
            return _checked(path, "utf-16-le" if wanted == "utf-16" else wanted, "setting")
        if head.count(b"\0") * 4 > len(head):
            raise RefusedFile(
                "it looks like UTF-16 without a byte order mark; set encoding to utf-16", "vocus.encoding"
            )
        return _guessed(file_chunks(path))


def _guessed(chunks: Iterator[bytes]) -> Told:
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8 = is_cp1252 = True
    line, last = 1, b""
    for chunk in chunks:
        last = chunk[-1:]
        is_utf8 = is_utf8 and _decodes(decoder, chunk)
        is_cp1252 = is_cp1252 and not any(byte in chunk for byte in _NOT_CP1252)
        if not is_utf8 and not is_cp1252:
            raise RefusedFile(
                f"it is neither UTF-8 nor Windows-1252, somewhere from line {line}; let it be exported as UTF-8",
                "vocus.encoding",
            )
        line += chunk.count(b"\n")
    is_utf8 = is_utf8 and _decodes(decoder, b"", final=True)
    if not is_utf8 and not is_cp1252:
        raise RefusedFile("it ends in the middle of a letter; let it be exported again", "vocus.encoding")
    return Told("utf-8", "valid UTF-8", last == b"\n") if is_utf8 else Told("cp1252", "not UTF-8", last == b"\n")


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _checked(path: Path, encoding: str, by: str) -> Told:
    last = b""
    for chunk in text_chunks(path, encoding, check=True):
        last = chunk[-1:] or last
    return Told(encoding, by, last == b"\n")


def file_chunks(path: Path) -> Iterator[bytes]:
    """A file's bytes, a chunk at a time."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def text_chunks(path: Path, encoding: str, *, check: bool = False) -> Iterator[bytes]:
    """A file's text, as bytes in which ASCII stands for itself: UTF-16 becomes UTF-8, the rest is as it is.

    Raises ``RefusedFile`` vocus.encoding for UTF-16 that is none, and with ``check`` for whatever the encoding.
    """
    transcode = encoding.startswith("utf-16")
    if not transcode and not check:
        yield from file_chunks(path)
        return
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    for chunk in _and_an_end(file_chunks(path)):
        try:
            text: str | None = decoder.decode(chunk, not chunk)
        except UnicodeError:
            text = None
        if text is None:
            # Not within the ``except``: the library's exception holds the bytes.
            raise RefusedFile(
                f"it is not {encoding.upper()} throughout, somewhere from line {line}; let it be exported again",
                "vocus.encoding",
            )
        line += text.count("\n")
        yield text.encode() if transcode else chunk


def _and_an_end(chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield from chunks
    yield b""


def byte_encoding(encoding: str) -> Encoding:
    """The encoding of what ``text_chunks`` gives."""
    return "cp1252" if encoding == "cp1252" else "utf-8"


def split(record: bytes, encoding: Encoding, delimiter: str, quoting: bool) -> list[str] | None:
    """The cells of a record; None for one that cannot be read."""
    try:
        return fields(record, delimiter=delimiter, encoding=encoding, quoting=quoting)
    except ColumnError:
        return None


def fold(header: str) -> str:
    """A header as it is compared: without case, spaces and byte order mark."""
    return "".join(header.split()).removeprefix("\ufeff").casefold()


def delimiter_of(sample: Sequence[bytes], encoding: Encoding, data: DataSettings) -> str:
    """What stands between the cells: with it the most of the mapped headers are found, and the rows are alike."""
    if data.delimiter != "auto":
        return data.delimiter
    wanted = {fold(column) for column in data.columns.values() if isinstance(column, str)}

    def score(delimiter: str) -> tuple[int, int, int]:
        rows = [row for record in sample if (row := split(record, encoding, delimiter, data.quoting))]
        if not rows:
            return 0, 0, 0
        headers = len(wanted & set(map(fold, rows[0]))) if data.header else 0
        width, alike = Counter(map(len, rows)).most_common(1)[0]
        return headers, alike if width > 1 else 0, width

    return max(DELIMITERS, key=score)


def positions_of(name: str, data: DataSettings, header: Sequence[str] | None, columns: int) -> dict[str, int]:
    """Where each mapped field stands. Raises ``RefusedFile`` vocus.column for one that is not there, or twice."""
    places = _places(header)
    return {
        field: _position(column, places, columns, f"data.{name}.columns.{field}")
        for field, column in data.columns.items()
    }


def type_position(name: str, data: DataSettings, header: Sequence[str] | None, columns: int) -> int | None:
    """Where the record type stands, where there is one. Raises ``RefusedFile`` vocus.column."""
    if data.record_type is None:
        return None
    setting = f"data.{name}.record_type.column"
    return _position(data.record_type.column, _places(header), columns, setting)


def _places(header: Sequence[str] | None) -> Mapping[str, list[int]]:
    places: dict[str, list[int]] = {}
    for place, text in enumerate(header or ()):
        places.setdefault(fold(text), []).append(place)
    return places


def _position(
    column: Column, places: Mapping[str, Sequence[int]], columns: int, setting: str
) -> int:
    if isinstance(column, int):
        if column >= columns:
            raise RefusedFile(
                f"there is no column {column}: the rows have {columns}, counted from 0; correct {setting}",
                "vocus.column",
            )
        return column
    found = places.get(fold(column), ())
    if len(found) == 1:
        return found[0]
    if found:
        raise RefusedFile(
            f"column {column} is there {len(found)} times; set {setting} to its place, counted from 0", "vocus.column"
        )
    raise RefusedFile(
        f"column {column} is missing; let the export hold it again, or set {setting} to the name it has now"
        " (a file without a header line needs header = false and places)",
        "vocus.column",
    )
