"""What is wrong with the settings of a data set, told by field. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from vocus import presets
from vocus.edex_schema import loaded
from vocus.fields import DATA_SETS, Fields, Type

if TYPE_CHECKING:
    from vocus.settings import DataSettings

Faults = Iterator[tuple[str, str]]
"""Pairs of a place below ``data.<name>`` and a sentence."""

_DIRECTIVES = re.compile("%(.?)")
_DAY, _MOMENT = set("Ymd"), set("YmdHM")

_LONGEST_NUMBER = 20
"""Digits of a number that is a name."""

_NUMBERED = (Type.KEY, Type.DIGITS, Type.WORDS)
"""What ``pad`` and ``digits`` are for."""

_MAPPED = (Type.ONE_OF, Type.FLAG, Type.TEXT, Type.KEY, Type.WHOLE)
"""What ``maps`` are for."""


def data_faults(name: str, data: DataSettings) -> Faults:
    """Everything that is wrong with one data set's table."""
    wanted = DATA_SETS.get(name)
    if wanted is None:
        yield "", f"there is no such data set; there are {', '.join(DATA_SETS)}"
        return
    if data.preset not in presets.names(name):
        yield ".preset", f"there is no such preset for {name}; there are {', '.join(presets.names(name))}"
        return
    if not data.files.strip() or "/" in data.files:
        yield ".files", "give a pattern for the names of the files, such as leerlingen*.csv"
    if data.preset in presets.EDEX:
        yield from _edex(data)
        return
    if data.xsd is not None:
        yield from _schema(data)
    yield from _columns(wanted, data)
    yield from _layout(data)
    yield from _formats(".dates", data.dates, _DAY)
    yield from _formats(".times", data.times, _MOMENT)
    yield from _maps(wanted, data)
    yield from _numbers(wanted, data)
    if data.scale != "decimal" and name != "grades":
        yield ".scale", "is for grades"


def _edex(data: DataSettings) -> Faults:
    for setting in ("columns", "maps", "pad", "digits", "record_type"):
        if getattr(data, setting):
            yield f".{setting}", f"preset {data.preset} has no columns to set"
    if data.xsd is not None:
        yield from _schema(data)
    if data.mode != "snapshot":
        yield ".mode", f"preset {data.preset} is always a snapshot"


def _schema(data: DataSettings) -> Faults:
    if data.preset != presets.EDEXML or data.xsd is None:
        yield ".xsd", "is for preset edexml"
        return
    try:
        loaded(data.xsd)
    except ValueError as error:
        yield ".xsd", str(error)


def _columns(wanted: Fields, data: DataSettings) -> Faults:
    for name, column in data.columns.items():
        if name not in wanted.fields:
            yield f".columns.{name}", f"{wanted.name} has no such field; there are {', '.join(wanted.fields)}"
        elif problem := _column(column, data):
            yield f".columns.{name}", problem
    for field in wanted.fields.values():
        if field.needed and field.name not in data.columns:
            yield f".columns.{field.name}", "is needed: give its header, or its place from 0"
    if wanted.one_of and not any(set(fields) <= set(data.columns) for fields in wanted.one_of):
        choices = ", or ".join(" and ".join(fields) for fields in wanted.one_of)
        yield ".columns", f"{wanted.name} needs {choices}"
    if data.record_type is not None and (problem := _column(data.record_type.column, data)):
        yield ".record_type.column", problem


def _column(column: str | int, data: DataSettings) -> str:
    if isinstance(column, int):
        return "" if 0 <= column < 1000 else "must be a place from 0 to 999"
    if not column.strip():
        return "give its header, or its place from 0"
    return "" if data.header else "must be a place from 0, because the file has no header"


def _layout(data: DataSettings) -> Faults:
    plain = len(data.delimiter) == 1 and data.delimiter.isascii() and data.delimiter not in '"\r\n\0'
    if data.delimiter != "auto" and not plain:
        yield ".delimiter", "must be one plain character, or auto"
    if not data.separator:
        yield ".separator", "give what stands between several values in a cell"


def _formats(place: str, formats: tuple[str, ...], needed: set[str]) -> Faults:
    if not formats:
        yield place, "give at least one format"
    for number, pattern in enumerate(formats):
        found = _DIRECTIVES.findall(pattern)
        if len(found) != len(set(found)) or not needed <= set(found) or not set(found) <= _MOMENT | {"S"}:
            directives = " ".join(f"%{letter}" for letter in "YmdHM" if letter in needed)
            yield f"{place}.{number}", f"must hold {directives}, each once, and nothing else with % but %H %M %S"


def _maps(wanted: Fields, data: DataSettings) -> Faults:
    for name, words in data.maps.items():
        field = wanted.fields.get(name)
        if field is None or name not in data.columns:
            yield f".maps.{name}", f"columns of {wanted.name} has no such field"
        elif field.type not in _MAPPED:
            yield f".maps.{name}", f"a {field.type} is not mapped"
        elif field.type is Type.ONE_OF and not set(words.values()) <= set(field.values):
            yield f".maps.{name}", f"must be one of {', '.join(field.values)}"
        elif field.type is Type.FLAG and not set(words.values()) <= {"true", "false"}:
            yield f".maps.{name}", "must be true or false"


def _numbers(wanted: Fields, data: DataSettings) -> Faults:
    for setting, widths in (("pad", data.pad), ("digits", data.digits)):
        for name, width in widths.items():
            field = wanted.fields.get(name)
            if field is None or name not in data.columns or field.type not in _NUMBERED:
                yield f".{setting}.{name}", f"columns of {wanted.name} has no such number"
            elif not 1 <= width <= _LONGEST_NUMBER:
                yield f".{setting}.{name}", f"must be 1 to {_LONGEST_NUMBER} digits"
    for name in set(data.pad) & set(data.digits):
        yield f".digits.{name}", "pad brings the zeros back already; leave one of the two out"
