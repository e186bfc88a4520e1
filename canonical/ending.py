"""What the end of a read tells the store, and what a run came to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from canonical.records import Key


@dataclass(frozen=True, slots=True)
class Ending:
    """What is known when a read has ended without an error.

    ``proved`` says how the read is known to be complete; None when it is not. ``declared`` is the number of rows that
    the source announced. ``cursor`` is where the next read may start; None leaves it where it is. ``form`` is a
    fingerprint of how the source describes its data; None when it does not. ``asked`` is the kind and the keys of those
    about whom the source was asked one at a time; None when it was not asked so. ``as_of`` is when the source made what
    it told; None for now. ``changes``: only what changed was shown.
    """

    proved: str | None = None
    declared: int | None = None
    cursor: str | None = None
    form: str | None = None
    asked: tuple[str, Collection[Key]] | None = None
    as_of: datetime | None = None
    changes: bool = False


@dataclass(slots=True)
class Summary:
    """What a run did so far: ``read`` and ``quarantined`` in raw rows, the others in records."""

    read: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    tombstoned: int = 0
    quarantined: int = 0
    held: int = 0
    ignored: int = 0
    outcome: str = "running"
    code: str | None = None
    message: str | None = None
