"""Recognises the layouts without a header that are known to the letter (``presets.toml``, wire A.1). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vocus import presets
from vocus.fields import DATA_SETS, Type
from vocus.guess_fits import fit
from vocus.guess_shapes import may_be
from vocus.guess_values import Values

WIDTHS: Mapping[str, tuple[str, int]] = {
    "topicus-absences": ("notices", 9),
    "topicus-observations": ("observations", 10),
}
"""Preset -> its data set, and how many columns it has."""


def preset(values: Sequence[Values]) -> str:
    """The preset that all columns suit; empty when there is none."""
    for name, (data_set, width) in WIDTHS.items():
        table = presets.tables()[name][data_set]
        if len(values) == width and all(
            _suits(data_set, field, values[place], table) for field, place in table["columns"].items()
        ):
            return name
    return ""


def _suits(data_set: str, field: str, values: Values, table: Mapping[str, object]) -> bool:
    wanted = DATA_SETS[data_set].fields[field]
    if not values.filled:
        return not wanted.needed
    if field == "student":
        return may_be(data_set, field, values)
    if wanted.type is Type.DATE:
        return values.formats(moments=False) == table["dates"]
    return fit(wanted, values).ok
