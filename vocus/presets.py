"""Layouts by name: what ``presets.toml`` says of a data set, under what a school's own settings say."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

CSV_MAPPED = "csv-mapped"
"""The preset that says nothing: everything is in the settings."""

EDEXML, EDEX2000 = "edexml", "edex2000"
EDEX = (EDEXML, EDEX2000)
"""Formats of their own, without columns to map. They are for ``students``, and bring staff and groups as well."""

_MERGED = ("columns", "maps")
"""Tables of which a school may overrule one field at a time."""


@cache
def tables() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    """Preset -> data set -> what it says."""
    return tomllib.loads(resources.files("vocus").joinpath("presets.toml").read_text("utf-8"))


def names(data_set: str) -> tuple[str, ...]:
    """The presets there are for a data set."""
    edex = EDEX if data_set == "students" else ()
    return (CSV_MAPPED, *(name for name, sets in tables().items() if data_set in sets), *edex)


def merged(data_set: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """A data set's table: the preset that it names, overruled by the table itself.

    A column with an empty name is one that the school's file does not have.
    """
    preset = given.get("preset", CSV_MAPPED)
    base = tables().get(preset, {}).get(data_set, {}) if isinstance(preset, str) else {}
    found = {**base, **given}
    for name in _MERGED:
        own = given.get(name, {})
        if isinstance(own, Mapping):
            found[name] = {**base.get(name, {}), **own}
    columns = found["columns"]
    if isinstance(columns, Mapping):
        found["columns"] = {field: column for field, column in columns.items() if column != ""}
    return found
