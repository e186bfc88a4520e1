"""The content of a record: the bytes that are hashed, logged and replayed.

JSON with sorted keys and without nulls, references as canonical ids, decimals without exponent or trailing zeros,
times in UTC with ``Z``. Two records have the same content exactly when these bytes are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import orjson

from canonical.columns import iso
from canonical.records import Key, Record, references
from canonical.tables import FIELDS

HASH_VERSION = b"content-1"
"""Part of every hash: a change of these rules makes every stored hash differ, so that nothing stale is trusted."""


def shape(record: Record, ids: Mapping[tuple[str, Key], str]) -> dict[str, Any]:
    """The record's fields as its table names them, nulls left out; ``ids`` gives the id of every key referred to."""
    fields: dict[str, Any] = record.model_dump(mode="json", exclude={"key", "also"}, exclude_none=True)
    for name, kind in references(record.kind).items():
        if name in fields:
            del fields[name]
            fields[f"{name}_id"] = ids[kind, getattr(record, name)]
    return fields


def encode(fields: Mapping[str, Any]) -> bytes:
    """The content's bytes."""
    return orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)


def digest(content: bytes) -> bytes:
    """16 bytes that stand for the content."""
    return blake2b(content, digest_size=16, person=HASH_VERSION).digest()


def read_back(kind: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """The same fields from a row of the kind's table."""
    return {name: _plain(row[name]) for name in FIELDS[kind] if row[name] is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value else "0"
    if isinstance(value, datetime):
        return iso(value)
    return value.isoformat() if isinstance(value, date) else value


def row_hasher(*circumstances: str | bytes) -> Callable[[bytes], bytes]:
    """A hash for raw rows that also covers ``circumstances``: whatever else decides what the bytes mean."""
    covered = blake2b(digest_size=32)
    for part in circumstances:
        data = part.encode() if isinstance(part, str) else part
        covered.update(len(data).to_bytes(8, "big") + data)
    key = covered.digest()
    return lambda data: blake2b(data, digest_size=16, key=key).digest()
