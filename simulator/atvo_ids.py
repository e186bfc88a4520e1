"""The identifiers of @VO: UUIDs that SOAP and Connect share, and the numbers that its set-up tables use."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

Kind = Literal[
    "organisation", "location", "student", "guardian", "staff", "section", "homeroom", "subject", "study",
    "enrolment", "result",
]  # fmt: skip

_NAMESPACE = uuid.UUID("6f0c2d6e-2a0b-4c55-9d2b-0a1f5c7e9b31")
FIRST_LOCATION = 101
"""The number of a school's first location."""


@lru_cache(maxsize=1 << 16)
def uuid_of(kind: Kind, key: str | int) -> str:
    """The same UUID for the same kind and key, on every machine.

    ``key`` is the BRIN of an organisation, the code of a location, homeroom, subject or study, the number of a student
    or of a member of staff, the id of a guardian, section or enrolment, and ``student-column`` for a result.
    """
    return str(uuid.uuid5(_NAMESPACE, f"{kind} {key}"))


def number_of(codes: Mapping[str, object], code: str, first: int = 1) -> int:
    """The number of one of the school's tables' rows: they are counted from ``first``, in their order."""
    return first + list(codes).index(code)


def code_of(codes: Mapping[str, object], number: int, first: int = 1) -> str | None:
    """The code of the row that ``number_of`` gives this number; nothing when there is none."""
    index = number - first
    return list(codes)[index] if 0 <= index < len(codes) else None
