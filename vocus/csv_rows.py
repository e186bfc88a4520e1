"""From a record of a file to a row with the mapped cells alone, and from that to values by our names.

What is not among the mapped columns is dropped before there is a row: the BSN, addresses, and whatever else an export
holds are in no row, no quarantine and no hash. A row's layout says all that is needed to read it, and is part of what
decides whether the row has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import orjson

from connectors.columns import ColumnError
from connectors.csvrows import fields
from connectors.errors import BadRow, Problem
from vocus.fields import DATA_SETS, Type
from vocus.layout import byte_encoding
from vocus.settings import DataSettings

UNREADABLE = ("columns", "malformed", "encoding")
"""Why a record is no row. Nothing of it is kept but its number: nobody knows which cell is which."""


class Layout(NamedTuple):
    """``fields`` are ours, in the order of the row's cells; ``formats`` are of those that hold dates; ``year`` is the
    school year of the delivery."""

    data_set: str
    fields: list[str]
    formats: dict[str, str]
    year: str


def layout_of(name: str, facts: Mapping[str, Any], year: str) -> bytes:
    """The layout's bytes, from the facts of a file."""
    return orjson.dumps([name, list(facts["positions"]), facts["formats"], year])


def keeper(facts: Mapping[str, Any], data: DataSettings) -> Callable[[bytes, int], bytes | None]:
    """A function that makes a row of a record and its number in the file; None for one of another record type."""
    encoding, delimiter, columns = byte_encoding(facts["encoding"]), facts["delimiter"], facts["columns"]
    places = list(facts["positions"].values())
    kind, value = facts["type_position"], data.record_type.value if data.record_type else ""

    def keep(record: bytes, number: int) -> bytes | None:
        try:
            cells = fields(record, delimiter=delimiter, encoding=encoding, quoting=data.quoting)
        except ColumnError as error:
            return orjson.dumps({"record": number, "code": error.code})
        if kind is not None and (len(cells) <= kind or cells[kind].strip() != value):
            return None
        if len(cells) != columns:
            return orjson.dumps({"record": number, "code": "columns"})
        return orjson.dumps([cells[place] for place in places])

    return keep


def layout(data: bytes) -> Layout:
    """The layout of its bytes. Raises ``BadRow`` for what ``layout_of`` did not make."""
    try:
        found = Layout(*orjson.loads(data))
        known = DATA_SETS[found.data_set].fields
        sound = (
            isinstance(found.fields, list) and all(name in known for name in found.fields)
            and all(name in found.fields and isinstance(text, str) for name, text in found.formats.items())
            and isinstance(found.year, str)
        )  # fmt: skip
    except (orjson.JSONDecodeError, TypeError, AttributeError, KeyError):
        sound = False
    if not sound:
        raise BadRow([Problem("layout", "form")])
    return found


Reader = Callable[[bytes], dict[str, str]]


def reader(place: Layout, data: DataSettings) -> Reader:
    """A function that reads the values of a row; blank ones are empty. It raises ``BadRow`` for what is no row.

    The text of ``relation`` is kept beside what it stands for, as ``relation_text``.
    """
    names, width = place.fields, len(place.fields)
    nulls = frozenset(text.strip() for text in data.null) | {""}
    changes = [(name, change) for name in names if (change := _change(place.data_set, name, data))]
    keeps_relation = "relation" in names

    def read(row: bytes) -> dict[str, str]:
        cells = _cells(row)
        if len(cells) != width:
            raise BadRow([Problem("row", "columns")])
        if b"\\u0000" in row and any("\0" in cell for cell in cells):
            raise BadRow([Problem("row", "nul")])  # no database keeps one in a text
        found = {
            name: "" if (text := cell.strip()) in nulls else text for name, cell in zip(names, cells, strict=True)
        }
        if keeps_relation:
            found["relation_text"] = found["relation"]
        for name, change in changes:
            if found[name]:
                found[name] = change(found[name])
        return found

    return read


def _cells(row: bytes) -> list[str]:
    try:
        cells = orjson.loads(row)
    except orjson.JSONDecodeError:
        cells = None
    if isinstance(cells, dict) and cells.get("code") in UNREADABLE:
        raise BadRow([Problem("row", cells["code"])])
    if not isinstance(cells, list) or not all(isinstance(cell, str) for cell in cells):
        raise BadRow([Problem("row", "form")])
    return cells


def _change(name: str, field: str, data: DataSettings) -> Callable[[str], str] | None:
    """What is done to a value before it is read: the school's words become ours, lost zeros come back."""
    if field in data.maps:
        words = {theirs.strip().casefold(): ours for theirs, ours in data.maps[field].items()}
        return partial(_mapped, words)
    if field not in data.pad:
        return None
    width = data.pad[field]
    if DATA_SETS[name].fields[field].type is Type.WORDS:
        return lambda text: data.separator.join(_padded(width, word.strip()) for word in text.split(data.separator))
    return partial(_padded, width)


def _mapped(words: Mapping[str, str], text: str) -> str:
    return words.get(text.casefold(), text)


def _padded(width: int, text: str) -> str:
    return text.zfill(width) if text.isascii() and text.isdigit() else text
