"""Rows of the SOAP services as the kernel gets them: what was kept of a ``return``, as JSON, and what belongs to it.

The bytes of the source hold passwords and national numbers, so a row's own bytes are made of the kept elements alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import orjson

from atvo.shape import Keep, Value
from connectors.contract import RawRecord
from connectors.errors import BadRow, Problem


class Layout(NamedTuple):
    """``source`` says which mapping is meant, ``year`` the school year that was asked for; ``about`` is the location
    that was asked for, or the student."""

    source: str
    year: str
    about: str = ""


def raw(entity: str, row: Mapping[str, Value], layout: Layout) -> RawRecord:
    return RawRecord(entity, orjson.dumps(row), _bytes(layout))


@lru_cache(maxsize=64)
def _bytes(layout: Layout) -> bytes:
    return orjson.dumps(tuple(layout))


@lru_cache(maxsize=4096)
def layout(data: bytes) -> Layout:
    """The layout of its bytes. Raises ``BadRow`` for what ``raw`` did not make."""
    found = _loads(data, "layout")
    if not isinstance(found, list) or not all(isinstance(part, str) for part in found) or not 2 <= len(found) <= 3:
        raise BadRow([Problem("layout", "form")])
    return Layout(*found)


def values(data: bytes) -> dict[str, Value]:
    """What was kept of a row. Raises ``BadRow``."""
    found = _loads(data, "row")
    if not isinstance(found, dict) or not _is_value(found):
        raise BadRow([Problem("row", "form")])
    return found


def texts(row: Mapping[str, Value]) -> dict[str, str]:
    """The elements of a row that hold text."""
    return {name: value for name, value in row.items() if isinstance(value, str)}


def within(row: Mapping[str, Value], name: str) -> list[Mapping[str, Value]]:
    """The elements ``name`` of a row, each with elements of its own: one, several or none. Raises ``BadRow``."""
    found = row.get(name, [])
    several = found if isinstance(found, list) else [found]
    if not all(isinstance(item, dict) for item in several):
        raise BadRow([Problem(name, "form")])
    return [item for item in several if isinstance(item, dict)]


def paths(names: Sequence[str]) -> Keep:
    """What is kept where elements are named by their paths, a dot leading into an element; empty ones are skipped."""
    kept: dict[str, object] = {}
    for path in filter(None, names):
        *above, last = path.split(".")
        table = kept
        for part in above:
            inner = table.setdefault(part, {})
            table = inner if isinstance(inner, dict) else {}
        table.setdefault(last, None)
    return kept  # type: ignore[return-value]


def flat(row: Mapping[str, Value], names: Sequence[str]) -> dict[str, str]:
    """The texts at these paths, by path; of an element that came several times the first."""
    return {path: text for path in names if path and (text := _at(row, path)) is not None}


def _at(row: Mapping[str, Value], path: str) -> str | None:
    found = row.get(path)
    if isinstance(found, str):  # nearly all of them, of which there are millions
        return found
    first, *within = path.split(".")
    found = _first(row.get(first))
    for part in within:
        found = _first(found.get(part)) if isinstance(found, dict) else None
    return found if isinstance(found, str) else None


def _first(found: Value | None) -> Value | None:
    return found[0] if isinstance(found, list) and found else found


def _loads(data: bytes, name: str) -> object:
    try:
        found: object = orjson.loads(data)
    except orjson.JSONDecodeError:
        found = None
    if found is None or b"\\u0000" in data:  # no database keeps a NUL in a text
        raise BadRow([Problem(name, "json")])
    return found


def _is_value(found: object) -> bool:
    if isinstance(found, dict):
        return all(map(_is_value, found.values()))
    return all(map(_is_value, found)) if isinstance(found, list) else isinstance(found, str)
