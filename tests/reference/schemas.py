"""Where the reference schemas of others lie: they are read in comparisons, and are no part of this project."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from lxml import etree

ROOT = Path(__file__).parents[2]


def folder() -> Path:
    """The folder that ``SCHOOLBRUG_REFERENCE`` names, else ``shared/wire/schemas`` beside the project."""
    return Path(os.environ.get("SCHOOLBRUG_REFERENCE") or ROOT.parent / "shared" / "wire" / "schemas")


UM_2018 = folder() / "umservice" / "UmService.2018.wsdl"
UM_2019 = folder() / "umservice" / "UmService.wsdl"
CONNECT = folder() / "connect" / "openapi.14.10.0.json"
EDEXML = {
    version: folder() / "edexml" / f"EDEXML-{version}" / "EDEXML.structuur.xsd" for version in ("1.0.3", "2.0", "2.1")
}
UWLR = {
    "1.0": folder() / "uwlr-1.0" / "Schemas" / "UWLR_Leerlinggegevens_v1p0.xsd",
    "2.2": folder() / "uwlr-2.2" / "Schemas" / "UWLR_Leerlinggegevens_v2p2.xsd",
}

_YEARS = "EDEXML.types.variabel.xsd"
_FIRST_YEAR = re.compile(r'<xs:enumeration value="[0-9]{4}-[0-9]{4}"')


def of_today(schema: Path, folder: Path) -> etree.XMLSchema:
    """A schema with the year 2026-2027 in its list of school years, which ended years ago (wire C.2).

    It is read from a copy in ``folder`` in which that one line is added.
    """
    shutil.copytree(schema.parent, folder, dirs_exist_ok=True)
    years = folder / _YEARS
    if years.exists():
        text = years.read_text("utf-8")
        assert "2026-2027" not in text
        found = _FIRST_YEAR.search(text)
        assert found is not None
        added = '<xs:enumeration value="2026-2027"/>'
        years.write_text(text[: found.start()] + added + text[found.start() :], "utf-8")
    return etree.XMLSchema(etree.parse(folder / schema.name))
