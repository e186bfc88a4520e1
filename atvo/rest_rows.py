"""A row of Connect: one JSON object, with only the fields of the allow-list, and what is needed to read it.

The layout says which listing a row came from, for which location, which fields the school does not permit, and the
subjects of that location by their abbreviation. It is part of what decides whether a row has changed: when the school
permits a field, every row is read anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from atvo.rest_listings import MISFIT
from canonical.records import Key
from connectors.columns import ColumnError
from connectors.contract import RawRecord
from connectors.errors import BadRow, Problem
from connectors.rows import Row

Item = Mapping[str, Any]
"""A JSON object."""

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


class Layout(NamedTuple):
    """``location`` is a UUID; ``withheld`` are names of ``veldpermissies``; ``subjects`` are UUIDs by abbreviation."""

    source: str
    location: str = ""
    withheld: Sequence[str] = ()
    subjects: Mapping[str, str] = {}


def layout_of(layout: Layout) -> bytes:
    """The layout's bytes."""
    return orjson.dumps(list(layout), option=orjson.OPT_SORT_KEYS)


@lru_cache(maxsize=1024)
def layout(data: bytes) -> Layout:
    """The layout of its bytes. Raises ``BadRow`` for what ``layout_of`` did not make."""
    try:
        source, location, withheld, subjects = orjson.loads(data)
        if isinstance(source, str) and isinstance(location, str) and isinstance(subjects, dict):
            return Layout(source, location, withheld, subjects)
    except (ValueError, TypeError):  # no JSON, or not these four
        pass
    raise BadRow([Problem("layout", "form")])


def raw(entity: str, item: Item, layout: bytes) -> RawRecord:
    """A row of an object. The same object gives the same bytes, in whatever order its fields came."""
    return RawRecord(entity, orjson.dumps(item, option=orjson.OPT_SORT_KEYS), layout)


def read(data: bytes) -> tuple[Item, Row]:
    """The object of a row, and its values by their paths (``plaatsingen.0.leerjaar``). Raises ``BadRow``.

    A list that is none ends the reading: what the row stands for is unknown. A value that is none is noted.
    """
    try:
        item = orjson.loads(data)
    except orjson.JSONDecodeError:
        item = None
    if not isinstance(item, dict):
        raise BadRow([Problem("row", "json")])
    values: dict[str, str] = {}
    misfits: list[str] = []
    for path, value in _leaves(item, ""):
        field = path.removesuffix(f".{MISFIT}")
        if field == path:
            values[path] = value
        elif value == "rows":
            raise BadRow([Problem(field, "form")])
        else:
            misfits.append(field)
    row = Row(values)
    for field in misfits:
        row.blame(field, "form")
    return item, row


def _leaves(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _leaves(inner, f"{path}.{index}")
    elif isinstance(value, bool):
        yield path, "true" if value else "false"
    elif value is not None:
        text = str(value)
        if "\0" in text:  # no database keeps one in a text
            raise BadRow([Problem("row", "nul")])
        yield path, text


def each(item: Item, name: str, path: str = "") -> Iterator[tuple[str, Any]]:
    """The members of the list ``name`` of an object that is at ``path``, each with its own path."""
    found = item.get(name, [])
    if not isinstance(found, list):
        raise BadRow([Problem(f"{path}.{name}".lstrip("."), "form")])
    for index, inner in enumerate(found):
        yield f"{path}.{name}.{index}".lstrip("."), inner


def objects(item: Item, name: str, path: str = "") -> Iterator[tuple[str, Item]]:
    """As ``each``, for a list of objects."""
    for place, inner in each(item, name, path):
        if not isinstance(inner, dict):
            raise BadRow([Problem(place, "form")])
        yield place, inner


def uuid(text: str) -> str | None:
    """Read a UUID, in small letters. Code ``uuid``."""
    text = text.strip().lower()
    if text and not _UUID.fullmatch(text):
        raise ColumnError("uuid")
    return text or None


def uuid_or_none(value: object) -> str | None:
    """The UUID of a JSON value; None for what is none."""
    try:
        return uuid(value) if isinstance(value, str) else None
    except ColumnError:
        return None


def key(row: Row, name: str) -> Key:
    """A UUID that is a key; what is none ends the reading at once."""
    return (row.key_value(name, uuid),)


def reference(row: Row, name: str) -> Key | None:
    """The UUID of another record, or None."""
    found = row.read(name, uuid)
    return None if found is None else (found,)


def joined(*parts: str) -> str:
    """One key column of several parts, which can be taken apart again in only one way: no two lists give the same."""
    return ":".join(part.replace("%", "%25").replace(":", "%3A") for part in parts)
