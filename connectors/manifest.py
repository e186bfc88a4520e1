"""What a sender says of a delivery: a manifest beside the files, ``*.manifest.json``.

    {"made": "2026-11-24T02:15:00+01:00", "files": [{"name": "cijfers.csv", "rows": 1200, "sha256": "..."}]}
"""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from connectors.columns import AMSTERDAM
from connectors.delivered import RefusedFile

MANIFEST, MARKER = ".manifest.json", ".ok"
LONGEST = 1 << 20
"""Bytes."""

_STAMP = re.compile(
    r"[_-]?(?<![0-9])(20[0-9]{2})-?([01][0-9])-?([0-3][0-9])(?:[T_-]?([0-2][0-9])([0-5][0-9])([0-5][0-9])?)?(?![0-9])"
)


def is_manifest(name: str) -> bool:
    return name.casefold().endswith(MANIFEST)


def is_marker(name: str) -> bool:
    return name.casefold().endswith(MARKER)


class Entry(BaseModel):
    """One file. ``rows`` are its data rows, without a header."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    name: Annotated[str, Field(min_length=1, max_length=200)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-fA-F]{64}$")]
    rows: Annotated[int, Field(ge=0)] | None = None


class Manifest(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    made: AwareDatetime
    files: Annotated[tuple[Entry, ...], Field(min_length=1, max_length=1000)]

    def entry(self, name: str) -> Entry | None:
        return next((entry for entry in self.files if entry.name == name), None)


def read(path: Path) -> Manifest:
    """Raises ``RefusedFile`` files.manifest that names the fields, and ``OSError``."""
    # Not blocking: a pipe would keep us waiting for ever. Not following: a link may lead to what never ends.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        data = file.read(LONGEST + 1)
    if len(data) > LONGEST:
        raise RefusedFile("the manifest is larger than 1 MiB", "files.manifest")
    try:
        found = Manifest.model_validate_json(data)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)[:5]
        said = "; ".join(f"{'.'.join(map(str, item['loc'])) or 'it'}: {item['msg']}" for item in faults)
    else:
        names = [entry.name for entry in found.files]
        if len(set(names)) == len(names):
            return found
        said = "a file is named twice"
    raise RefusedFile(
        f"the manifest cannot be read ({said}); let the sender write it as docs/files.md shows", "files.manifest"
    )


def stamp(name: str) -> datetime | None:
    """The moment that a file's name tells, such as ``cijfers_20261124`` or ``cijfers-20261124T021500``, in UTC."""
    found = _STAMP.search(name)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=AMSTERDAM).astimezone(UTC)
    except ValueError:
        return None


def unstamped(name: str) -> str:
    """The name without the time in it: ``cijfers_20261124.csv`` and ``cijfers_20261125.csv`` are one file's name."""
    return _STAMP.sub("", name, count=1)
