"""What a backup says of itself: what kind of store it is of, when, and what has to be in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Literal

from pydantic import BaseModel, ConfigDict

FORMAT = 1

_ROOM = 1 << 256


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Counted(_Part):
    """How many rows a table holds, and a hash of them in whatever order."""

    rows: int
    hash: str


class End(_Part):
    """Where a chain of the log of who looked ends (``portal.audit.Head``), in hexadecimal."""

    source: int
    n: int
    hash: str
    gone: int
    gone_hash: str
    seal: str


class Data(_Part):
    """The bytes that are the store. ``server`` and ``tool`` are PostgreSQL's and pg_dump's major versions."""

    sha256: str
    server: int | None = None
    tool: int | None = None


class Manifest(_Part):
    """``schema_versions`` are those of the store and of the read layer; ``tables`` are all, by name."""

    format: int
    database: Literal["sqlite", "postgresql"]
    made_at: datetime
    schema_versions: Mapping[str, str]
    tables: Mapping[str, Counted]
    audit: tuple[End, ...]
    data: Data

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())


class Tally:
    """Counts rows and adds up their hashes, so that their order does not matter and no two undo each other."""

    def __init__(self) -> None:
        self._rows = self._sum = 0

    def add(self, row: bytes) -> None:
        self._rows += 1
        self._sum += int.from_bytes(sha256(row).digest())

    def counted(self) -> Counted:
        return Counted(rows=self._rows, hash=f"{self._sum % _ROOM:064x}")


def differences(told: Mapping[str, Counted], found: Mapping[str, Counted]) -> list[str]:
    """What is otherwise than it was told, a table a line; no value of any row."""
    nothing = Counted(rows=0, hash="")
    return [
        f"{name}: {found.get(name, nothing).rows} rows for {told.get(name, nothing).rows}"
        if found.get(name, nothing).rows != told.get(name, nothing).rows else f"{name}: other rows"
        for name in sorted(told.keys() | found.keys()) if told.get(name) != found.get(name)
    ]  # fmt: skip
