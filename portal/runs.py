"""The run ledger of one source: what each sync of each of its entities read and did, and how it ended."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field
from sqlalchemy import Connection, select

from canonical.tables import RUN
from portal.access import Viewer
from portal.freshness import DataClass, Limits
from portal.models import Meta, Model, examples, meta_example
from portal.problems import NotThere
from portal.sources import LastRun, SourceHealth, health, meta, state_of


class Run(LastRun):
    """One sync of one entity."""

    id: int
    entity: str


class Runs(Model):
    """A page of the syncs of a source, the newest first."""

    model_config = examples({
        "meta": meta_example(DataClass.GRADES),
        "source": "lyceum",
        "runs": [{
            "id": 4711, "entity": "grades", "outcome": "complete", "incremental": False,
            "started_at": "2026-03-02T09:42:00Z", "ended_at": "2026-03-02T09:42:07Z", "read": 4102, "inserted": 12,
            "updated": 1, "unchanged": 4089, "tombstoned": 0, "quarantined": 0, "held": 0, "ignored": 0, "code": None,
            "message": None,
        }],
        "next_cursor": None,
    })  # fmt: skip
    meta: Meta
    source: str
    runs: list[Run]
    next_cursor: str | None = Field(description="The `cursor` of the next page; null: this is the last one.")


def runs(
    connection: Connection, viewer: Viewer, name: str, *, entity: str | None, before: int | None, limit: int
) -> tuple[Runs, int | None]:
    """The syncs before number ``before``, of one entity or of all, and the number to go on from; None at the end.

    Raises ``NotThere``.
    """
    source = state_of(connection, viewer, name)
    statement = select(RUN).where(RUN.c.source_id == source.id).order_by(RUN.c.id.desc()).limit(limit + 1)
    if entity is not None:
        statement = statement.where(RUN.c.entity == entity)
    if before is not None:
        statement = statement.where(RUN.c.id < before)
    rows = connection.execute(statement).mappings().all()
    shown = [Run.model_validate(dict(row)) for row in rows[:limit]]
    page = Runs(meta=meta([source], *DataClass), source=name, runs=shown, next_cursor=None)
    return page, shown[-1].id if len(rows) > limit else None


class History(Model):
    """One source: how it stands, and its last syncs, the newest first."""

    meta: Meta
    source: SourceHealth
    runs: list[Run]


def history(
    connection: Connection, viewer: Viewer, name: str, now: datetime, limits: Limits, *, limit: int
) -> History:
    """How one source stands and its last syncs. Raises ``NotThere``."""
    view = health(connection, viewer, now, limits)
    source = next((one for one in view.sources if one.name == name), None)
    if source is None:
        raise NotThere("source")
    page, _ = runs(connection, viewer, name, entity=None, before=None, limit=limit)
    return History(meta=page.meta, source=source, runs=page.runs)
