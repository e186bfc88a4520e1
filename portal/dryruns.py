"""What a dry run of a source would have done: the last of each entity. It is no run, and nothing is fresher by it."""

from __future__ import annotations

from pydantic import AwareDatetime, Field
from sqlalchemy import Connection, select

from canonical.tables import REHEARSAL
from portal.access import Viewer
from portal.freshness import DataClass
from portal.models import Meta, Model, examples, meta_example
from portal.sources import meta, state_of


class DryRun(Model):
    """What a sync of one entity would have done at that moment. The numbers are those of a run."""

    entity: str
    at: AwareDatetime = Field(description="When it had ended.")
    outcome: str = Field(description="As of a run: `complete`, `partial`, `failed` or `refused`.")
    read: int
    inserted: int
    updated: int
    unchanged: int
    tombstoned: int
    quarantined: int
    held: int
    ignored: int
    code: str | None
    message: str | None


class DryRuns(Model):
    """The last dry run of each entity of a source; none at all where there never was one."""

    model_config = examples({
        "meta": meta_example(DataClass.GRADES),
        "source": "lyceum",
        "entities": [{
            "entity": "students", "at": "2026-03-02T09:42:00Z", "outcome": "partial", "read": 212, "inserted": 12,
            "updated": 3, "unchanged": 197, "tombstoned": 0, "quarantined": 0, "held": 31, "ignored": 0, "code": None,
            "message": "more is missing than may go at once",
        }],
    })  # fmt: skip
    meta: Meta
    source: str
    entities: list[DryRun]


def dry_runs(connection: Connection, viewer: Viewer, name: str) -> DryRuns:
    """What the last dry runs of a source came to, the newest first. Raises ``NotThere``."""
    source = state_of(connection, viewer, name)
    rows = connection.execute(
        select(REHEARSAL).where(REHEARSAL.c.source_id == source.id).order_by(REHEARSAL.c.at.desc(), REHEARSAL.c.entity)
    ).mappings()
    found = [DryRun.model_validate(dict(row)) for row in rows]
    return DryRuns(meta=meta([source], *DataClass), source=name, entities=found)
