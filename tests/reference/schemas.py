"""Where the reference schemas of others lie: they are read in comparisons, and are no part of this project."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).parents[2]


def folder() -> Path:
    """The folder that ``SCHOOLBRUG_REFERENCE`` names, else ``shared/wire/schemas`` beside the project."""
    return Path(os.environ.get("SCHOOLBRUG_REFERENCE") or ROOT.parent / "shared" / "wire" / "schemas")


UM_2018 = folder() / "umservice" / "UmService.2018.wsdl"
UM_2019 = folder() / "umservice" / "UmService.wsdl"
CONNECT = folder() / "connect" / "openapi.14.10.0.json"
