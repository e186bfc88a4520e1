"""What a delivery of files is, and what the archive and the quarantine say of those that came."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

import orjson

from canonical.errors import SchoolbrugError
from connectors.errors import Broken

Facts = dict[str, Any]
"""What was found out about one file, as JSON. ``rows`` is how many data rows it has. No value of a record."""

ARCHIVE, QUARANTINE, DUPLICATES, OWN = "archive", "quarantine", "duplicates", ".schoolbrug"


@dataclass(frozen=True, slots=True)
class DataSet:
    """What a connector wants of a delivery. ``pattern`` is compared with plain names, without regard to case.

    A ``snapshot`` holds everything, a delta only what has changed.
    """

    name: str
    pattern: str
    snapshot: bool

    def has(self, name: str) -> bool:
        return fnmatchcase(name.casefold(), self.pattern.casefold())


class RefusedFile(SchoolbrugError):
    """A file cannot be right. The sentence says what is wrong and what to do next, without its name and any value."""

    def __init__(self, sentence: str, code: str) -> None:
        super().__init__(sentence)
        self.code = code


class Examine(Protocol):
    """Looks a whole file through, once. ``before`` are the facts of the last file of this data set.

    ``proved`` is True when the sender told the file's hash. Raises ``RefusedFile``.
    """

    def __call__(self, data_set: str, path: Path, before: Facts | None, *, proved: bool) -> Facts: ...


@dataclass(frozen=True, slots=True)
class DeliveredFile:
    """A file in the archive that holds a data set. ``size`` in bytes."""

    data_set: str
    path: Path
    size: int
    sha256: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery in the archive. Ids sort by the time at which deliveries were made.

    ``proof`` says how it is known to be complete: ``manifest``, ``marker`` or ``stood still``.
    """

    id: str
    made_at: datetime
    received_at: datetime
    proof: str
    content: str
    files: tuple[DeliveredFile, ...]

    def has(self, data_set: str) -> bool:
        return any(file.data_set == data_set for file in self.files)


@dataclass(frozen=True, slots=True)
class Refused:
    """A delivery in quarantine. ``data_sets`` are those that its files would have brought."""

    id: str
    code: str
    sentence: str
    received_at: datetime
    data_sets: tuple[str, ...]
    folder: Path


LATE = "files.late"
"""The one refusal that says nothing against what is in the store."""

DELIVERY, REASON = "delivery.json", "reason.json"
TEXT, NOTE = "REASON.txt", "NOTE.txt"

_OURS = {name.casefold() for name in (DELIVERY, REASON, TEXT, NOTE)}


def is_plain(name: str) -> bool:
    """Whether a file may lie under this name beside what we write ourselves, and be told of."""
    # What is not UTF-8 on the disk has characters that cannot be printed.
    return name.isprintable() and 0 < len(name.encode()) <= 200 and name[0] != "." and name.casefold() not in _OURS


def shown(name: str) -> str:
    return name if name.isprintable() else ascii(name)


def archived(folder: Path) -> list[Delivery]:
    """The deliveries that were taken in, oldest first."""
    return _all(folder / ARCHIVE, _delivery_in)


def refusals(folder: Path) -> list[Refused]:
    return _all(folder / QUARANTINE, _refusal_in)


def newest(folder: Path, data_set: str) -> Delivery | None:
    """The newest delivery that has the data set."""
    return next((delivery for delivery in reversed(archived(folder)) if delivery.has(data_set)), None)


T = TypeVar("T")


def _all(folder: Path, read: Callable[[Path], T]) -> list[T]:
    found = []
    for place in sorted(folder.iterdir() if folder.is_dir() else ()):
        if place.name == DUPLICATES:
            continue
        try:
            found.append(read(place))
        except (FileNotFoundError, NotADirectoryError):
            continue  # it is none of ours
        except (ValueError, KeyError, TypeError):
            damaged = place
        else:
            continue
        # To go on without it would be to read the one before as if it were the newest.
        raise Broken(
            f"{damaged.parent.name}/{damaged.name} cannot be read: what Schoolbrug wrote there is damaged; put it back"
            " from a backup, or move its files to the folder again and throw the rest of it away",
            code="files.archive",
        )
    return found


@lru_cache(maxsize=1024)
def _delivery_in(place: Path) -> Delivery:
    """The delivery in a folder of the archive."""
    told = orjson.loads((place / DELIVERY).read_bytes())
    files = tuple(
        DeliveredFile(one["data_set"], place / one["name"], one["size"], one["sha256"], one["facts"])
        for one in told["files"]
    )
    made, received = (datetime.fromisoformat(told[name]) for name in ("made_at", "received_at"))
    return Delivery(place.name, made, received, told["proof"], told["content"], files)


@lru_cache(maxsize=1024)
def _refusal_in(place: Path) -> Refused:
    """The refused delivery in a folder of the quarantine."""
    told = orjson.loads((place / REASON).read_bytes())
    received = datetime.fromisoformat(told["received_at"])
    return Refused(place.name, told["code"], told["sentence"], received, tuple(told["data_sets"]), place)
