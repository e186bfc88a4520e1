"""What a store holds, whatever ids it gave: every record under its source's key, with its version and its history.

And what lies in a folder of deliveries, whenever they were taken in."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Engine, select

from canonical.content import read_back
from canonical.tables import CHANGE, IDENTITY, TABLES

TIMED = ("delivery.json", "reason.json")
"""Files in which stands when something came."""


def dump(engine: Engine) -> list[Any]:
    """Every record and every change, sorted, with the source's keys for ids."""
    with engine.connect() as connection, connection.begin():
        keys = {
            str(row.id): [row.kind, row.k1, row.k2, row.k3, row.k4]
            for row in connection.execute(select(IDENTITY))
        }
        records = [
            [keys[row["id"]], row["version"], row["tombstoned_at"] is None, _named(read_back(kind, dict(row)), keys)]
            for kind, table in TABLES.items()
            for row in connection.execute(select(table)).mappings()
        ]
        history = [
            [keys[str(row.id)], row.version, row.action] for row in connection.execute(select(CHANGE))
        ]
    return sorted(records, key=repr) + sorted(history, key=repr)


def _named(fields: Mapping[str, Any], keys: Mapping[str, list[str]]) -> dict[str, Any]:
    return {name: keys[value] if name.endswith("_id") and value in keys else value for name, value in fields.items()}


def digest_of(engine: Engine) -> str:
    return sha256(orjson.dumps(dump(engine), option=orjson.OPT_SORT_KEYS)).hexdigest()


def lying(folder: Path) -> list[list[str]]:
    """Every file with its hash, sorted. A delivery in quarantine is called after the moment at which it came."""
    found = []
    for path in folder.rglob("*"):
        parts = list(path.relative_to(folder).parts)
        if parts[0] == "quarantine" and len(parts) > 1:
            parts[1] = "*"
        told = "" if path.is_dir() or path.name in TIMED else sha256(path.read_bytes()).hexdigest()
        found.append(["/".join(parts), told])
    return sorted(found)


def digest_of_folder(folder: Path) -> str:
    return sha256(orjson.dumps(lying(folder))).hexdigest()
