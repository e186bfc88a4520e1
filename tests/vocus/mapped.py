"""Rows of a data set as a file would hold them, mapped by the connector's own mapping."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from canonical.records import Record
from connectors.contract import RawRecord, Settings
from vocus.csv_rows import layout_of
from vocus.fields import DATA_SETS, Type
from vocus.mapping import mapper
from vocus.settings import VocusSettings, load

DATE, TIME = "%d-%m-%Y", "%d-%m-%Y %H:%M:%S"
YEAR = "2026-2027"


def settings_of(name: str, fields: Iterable[str], data: Mapping[str, Any], **options: Any) -> VocusSettings:
    """Settings with one data set, whose columns are called as our fields."""
    columns = {field: field for field in fields}
    table = {"files": "*.csv", "columns": columns, **data}
    others = options.pop("others", {})
    return load(Settings("de-vliet", {"folder": "/srv/vliet", "data": {name: table, **others}, **options}))


def raw(name: str, values: Mapping[str, str]) -> RawRecord:
    """A row as a file with exactly these columns holds it."""
    types = {field: DATA_SETS[name].fields[field].type for field in values}
    formats = {field: DATE if type_ is Type.DATE else TIME for field, type_ in types.items()
               if type_ in (Type.DATE, Type.TIME)}  # fmt: skip
    facts = {"positions": dict.fromkeys(values), "formats": formats}
    return RawRecord(name, orjson.dumps(list(values.values())), layout_of(name, facts, YEAR))


def mapped(name: str, values: Mapping[str, str], data: Mapping[str, Any] | None = None, **options: Any) -> list[Record]:
    """The records of one row."""
    return list(mapper(settings_of(name, values, data or {}, **options))(raw(name, values)))
