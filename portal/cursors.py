"""Cursors: where the next page of a collection continues. Opaque to callers, and only good for what it was given for.

A cursor is base64url of ``[digest of the filters, the place]`` as JSON, behind a short HMAC of it. What it continues
from is an id that is never used again (or a moment and such an id), not a number of rows: a sync that inserts or
removes rows between two pages neither loses nor doubles one. A cursor gives no right: who may see what is judged anew
for every page.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from hashlib import sha256
from typing import Annotated, Any

import orjson
from fastapi import Query

from portal.problems import invalid
from portal.settings import derived

PAGE = 100
LARGEST_PAGE = 500
LONGEST = 1024

_SEAL = 12
_DIGEST = 8

CursorQuery = Annotated[
    str | None, Query(max_length=LONGEST, description="`next_cursor` of the page before, with the same filters.")
]
"""The parameter ``cursor`` of a collection."""
LimitQuery = Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="The most items a page.")]
"""The parameter ``limit`` of a collection."""


def encode(secret: bytes, place: list[Any], *of: object) -> str:
    """The cursor that continues after ``place``: texts, whole numbers and None, as the collection is ordered.

    ``of`` is what the cursor belongs to: the name of the collection, then the value of every filter. ``secret`` is
    that of the settings.
    """
    told = orjson.dumps([_digest(of), place])
    return urlsafe_b64encode(_seal(secret, told) + told).rstrip(b"=").decode()


def decode(secret: bytes, cursor: str | None, *of: object) -> list[Any] | None:
    """The place that ``encode`` was given; None where there is no cursor.

    Raises ``invalid``: ``cursor_invalid`` when this layer never made it, ``cursor_of_other_filters`` when it belongs
    to another collection or to other filters.
    """
    if cursor is None:
        return None
    sealed = _bytes(cursor)
    seal, told = sealed[:_SEAL], sealed[_SEAL:]
    if not hmac.compare_digest(seal, _seal(secret, told)):
        raise invalid("query.cursor", "cursor_invalid")
    belongs, place = orjson.loads(told)
    if belongs != _digest(of):
        raise invalid("query.cursor", "cursor_of_other_filters")
    found: list[Any] = place
    return found


def _bytes(cursor: str) -> bytes:
    try:
        sealed = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except (Error, ValueError):
        return b""
    # The decoder skips what is no base64 and ignores the last spare bits: one cursor has one spelling.
    return sealed if urlsafe_b64encode(sealed).rstrip(b"=").decode() == cursor else b""


def _seal(secret: bytes, told: bytes) -> bytes:
    return hmac.digest(derived(secret, "cursor"), told, "sha256")[:_SEAL]


def _digest(of: tuple[object, ...]) -> str:
    return sha256(orjson.dumps([None if part is None else str(part) for part in of])).hexdigest()[: 2 * _DIGEST]
