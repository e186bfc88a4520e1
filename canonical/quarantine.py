"""Rows that could not be read: kept by where they came from and what is wrong with them, their values sealed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import NamedTuple

import orjson
from sqlalchemy import Connection, text

from canonical.batch import Job, Place
from canonical.columns import iso
from canonical.seal import seal

KEEP = timedelta(days=14)
"""How long the sealed row is kept; what is wrong with it stays on file."""


class Bad(NamedTuple):
    """A row that could not be read. ``problems`` are (field, code); ``covers`` is what it would have brought."""

    data: bytes
    stage: str
    problems: Sequence[tuple[str, str]]
    covers: Sequence[Place]


def put(connection: Connection, job: Job, rows: Sequence[Bad], key: bytes | None, at: str) -> None:
    """Write the rows down; one that is there already has another run as an attempt. Without ``key`` no payload."""
    if not rows:
        return
    until = iso(datetime.fromisoformat(at) + KEEP) if key else None
    connection.execute(
        text(
            'INSERT INTO quarantine (source_id, entity, "row", stage, problems, payload, payload_until, first_run,'
            " last_run, attempts, since) VALUES (:s, :e, :row, :stage, :problems, :payload, :until, :r, :r, 1, :at)"
            ' ON CONFLICT (source_id, entity, "row") DO UPDATE SET stage = :stage, problems = :problems,'
            " payload = :payload, payload_until = :until, last_run = :r,"
            " since = CASE WHEN quarantine.closed_at IS NULL THEN quarantine.since ELSE excluded.since END,"
            " attempts = CASE WHEN quarantine.closed_at IS NOT NULL THEN 1"
            " WHEN quarantine.last_run = :r THEN quarantine.attempts ELSE quarantine.attempts + 1 END,"
            " closed_at = NULL"
        ),
        [
            {
                "s": job.source_id, "e": job.entity, "row": name, "stage": bad.stage, "r": job.run_id, "at": at,
                "problems": orjson.dumps([list(problem) for problem in bad.problems]).decode(), "until": until,
                "payload": seal(key, bad.data, place_of(job.source_id, job.entity, name)) if key else None,
            }
            for bad, name in ((bad, _name(bad)) for bad in rows)
        ],
    )  # fmt: skip


def close_unseen(connection: Connection, job: Job, at: str) -> None:
    """After a complete read: what it did not find bad any more is closed."""
    connection.execute(
        text(
            "UPDATE quarantine SET closed_at = :at, payload = NULL WHERE source_id = :s AND entity = :e"
            " AND last_run <> :r AND closed_at IS NULL"
        ),
        {"at": at, "s": job.source_id, "e": job.entity, "r": job.run_id},
    )


def expire(connection: Connection, at: str) -> None:
    """Sealed rows past their time go, whatever became of their source."""
    connection.execute(text("UPDATE quarantine SET payload = NULL WHERE payload_until < :at"), {"at": at})


def place_of(source_id: int, entity: str, row: str) -> str:
    """What a sealed row is bound to."""
    return f"{source_id}\0{entity}\0{row}"


def _name(bad: Bad) -> str:
    """JSON: the kind and key columns of the first record that the row would have brought, or a digest of its bytes."""
    if bad.covers:
        kind, key = bad.covers[0]
        return orjson.dumps([kind, *key]).decode()
    return orjson.dumps(["row", blake2b(bad.data, digest_size=8).hexdigest()]).decode()
