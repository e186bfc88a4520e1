"""Every way in which the school exports its records to files, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from simulator.edex2000 import edex2000
from simulator.edexml import VERSIONS, edexml
from simulator.exports_csv import EXAMPLE, NOTICES, OBSERVATIONS, TOPICUS, Sheet, Variant, encoded, table, text
from simulator.model import School

Files = dict[str, bytes]
"""File name to content."""

SHEETS: Mapping[str, Mapping[str, Sheet]] = {
    "vocus-example": EXAMPLE,
    "topicus-absences": {"absentiemeldingen.csv": NOTICES},
    "topicus-observations": {"waarnemingen.csv": OBSERVATIONS},
}
"""The exports that are tables."""

OTHERS: Mapping[str, Callable[[School], Files]] = {
    **{f"edexml-{version}": partial(edexml, version=version) for version in VERSIONS}, "edex2000": edex2000,
}  # fmt: skip
"""The exports that are none."""

PRESETS = (*SHEETS, *OTHERS)


def export(school: School, preset: str, variant: Variant | None = None) -> Files:
    """The files of an export as the school stands now. Raises ``KeyError`` for a name that is none of ``PRESETS``."""
    with school.lock:
        if preset in OTHERS:
            return OTHERS[preset](school)
        how = variant or usual(preset)
        return {
            name: encoded(text(sheet, table(school, sheet, how), how), how) for name, sheet in SHEETS[preset].items()
        }


def usual(preset: str) -> Variant:
    """How the files of an export are written unless told otherwise."""
    return Variant() if preset == "vocus-example" else TOPICUS
