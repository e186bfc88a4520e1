"""The state of the sources: what every answer says of itself, and the health view."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any

import orjson
from pydantic import AwareDatetime, Field
from sqlalchemy import ColumnElement, Connection, ScalarSelect, Table, and_, func, select, true

from canonical.tables import GATE, HELD, QUARANTINE, RUN, SOURCE, STATE
from portal.access import Viewer
from portal.freshness import (
    DataClass,
    EntityState,
    Freshness,
    Limit,
    Limits,
    SourceState,
    as_of,
    completeness,
    freshness,
    limit_of,
    together,
)
from portal.models import Meta, Model, SourceMeta, examples, meta_example
from portal.problems import NotThere


class LastRun(Model):
    """The last sync of an entity: how it ended and what it did."""

    outcome: str = Field(description="`running`, `complete`, `partial`, `failed` or `refused`.")
    incremental: bool
    started_at: AwareDatetime
    ended_at: AwareDatetime | None
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


class EntityHealth(Model):
    """How one entity of a source stands."""

    entity: str
    kinds: list[str]
    state: Freshness
    fresh_at: AwareDatetime | None
    complete_at: AwareDatetime | None
    age_seconds: int | None = Field(description="Seconds since `fresh_at`; null when it was never read.")
    failures: int = Field(description="Runs in a row that did not end well.")
    open_quarantine: int
    open_held: int
    last_run: LastRun | None


class SourceHealth(Model):
    """A source with its entities; ``entities`` is empty until its first sync has begun."""

    name: str
    system: str
    school: str
    paused: str | None = Field(
        description="Why nothing is read until a person says so: `denied`, the source refuses us; `person`, somebody"
        " has paused it; null: it is read."
    )
    entities: list[EntityHealth]


class Sources(Model):
    """The health of every source that the key may see."""

    model_config = examples({
        "meta": meta_example(DataClass.GRADES),
        "sources": [{
            "name": "lyceum", "system": "magister", "school": "Het Voorbeeldlyceum", "paused": None,
            "entities": [{
                "entity": "grades", "kinds": ["grade"], "state": "fresh", "fresh_at": "2026-03-02T09:42:00Z",
                "complete_at": "2026-03-02T09:42:00Z", "age_seconds": 65, "failures": 0, "open_quarantine": 0,
                "open_held": 0, "last_run": {
                    "outcome": "complete", "incremental": False, "started_at": "2026-03-02T09:42:00Z",
                    "ended_at": "2026-03-02T09:42:07Z", "read": 4102, "inserted": 12, "updated": 1,
                    "unchanged": 4089, "tombstoned": 0, "quarantined": 0, "held": 0, "ignored": 0, "code": None,
                    "message": None,
                },
            }],
        }],
    })  # fmt: skip
    meta: Meta
    sources: list[SourceHealth]


def states(connection: Connection, viewer: Viewer) -> list[SourceState]:
    """Every source that the viewer may touch, with the state of its entities, by name. One query."""
    statement = (
        select(
            SOURCE.c.id, SOURCE.c.name, SOURCE.c.system, SOURCE.c.school_name, STATE.c.entity, STATE.c.kinds,
            STATE.c.fresh_at, STATE.c.complete_at, STATE.c.failures,
            _open(QUARANTINE).where(QUARANTINE.c.closed_at.is_(None)).scalar_subquery().label("quarantined"),
            _open(HELD).where(HELD.c.state == "open").scalar_subquery().label("held"),
        )
        .select_from(SOURCE.outerjoin(STATE, STATE.c.source_id == SOURCE.c.id))
        .where(_touched(viewer, SOURCE.c.id))
        .order_by(SOURCE.c.name, STATE.c.entity)
    )  # fmt: skip
    sources: dict[int, Any] = {}
    entities: dict[int, list[EntityState]] = defaultdict(list)
    for row in connection.execute(statement):
        sources[row.id] = row
        if row.entity is not None:
            entities[row.id].append(EntityState(
                row.entity, tuple(orjson.loads(row.kinds)), row.fresh_at, row.complete_at, row.quarantined, row.held,
                row.failures,
            ))  # fmt: skip
    return [
        SourceState(id_, row.name, row.system, row.school_name, tuple(entities[id_])) for id_, row in sources.items()
    ]


def state_of(connection: Connection, viewer: Viewer, name: str) -> SourceState:
    """One source by its name. Raises ``NotThere`` when it is not there or may not be touched."""
    found = next((source for source in states(connection, viewer) if source.name == name), None)
    if found is None:
        raise NotThere("source")
    return found


def _touched(viewer: Viewer, source_id: ColumnElement[int]) -> ColumnElement[bool]:
    """The condition that a source may be touched."""
    if viewer.sources is None:
        return true()
    return source_id.in_(sorted(viewer.sources))


def _open(table: Table) -> Any:
    return select(func.count()).where(table.c.source_id == STATE.c.source_id, table.c.entity == STATE.c.entity)


def meta(sources: Collection[SourceState], *classes: DataClass) -> Meta:
    """What an answer that shows ``classes`` from ``sources`` says of itself."""
    each = {source.id: {wanted: completeness(source, wanted) for wanted in classes} for source in sources}
    return Meta(
        sources=[
            SourceMeta(
                name=source.name, system=source.system, school=source.school, as_of=as_of([source], classes),
                completeness=each[source.id],
            )
            for source in sources
        ],
        as_of=as_of(sources, classes),
        completeness={wanted: together(each[source.id][wanted] for source in sources) for wanted in classes},
    )  # fmt: skip


def health(connection: Connection, viewer: Viewer, now: datetime, limits: Limits) -> Sources:
    """The health view. Three queries, whatever the number of sources and runs."""
    sources = states(connection, viewer)
    runs, paused = _last_runs(connection, viewer), _paused(connection, viewer)
    return Sources(
        meta=meta(sources, *DataClass),
        sources=[
            SourceHealth(
                name=source.name, system=source.system, school=source.school, paused=paused.get(source.id),
                entities=[
                    _entity(entity, runs.get((source.id, entity.entity)), now, limit_of(limits, source.name))
                    for entity in source.entities
                ],
            )
            for source in sources
        ],
    )  # fmt: skip


def _paused(connection: Connection, viewer: Viewer) -> dict[int, str]:
    """Why sources are left alone, of those that are."""
    statement = select(GATE.c.source_id, GATE.c.paused).where(
        GATE.c.paused.is_not(None), _touched(viewer, GATE.c.source_id)
    )
    return {row.source_id: row.paused for row in connection.execute(statement)}


def _entity(entity: EntityState, run: LastRun | None, now: datetime, limit: Limit) -> EntityHealth:
    age = None if entity.fresh_at is None else max(0, int((now - entity.fresh_at).total_seconds()))
    return EntityHealth(
        entity=entity.entity, kinds=list(entity.kinds), state=freshness(entity, now, limit), fresh_at=entity.fresh_at,
        complete_at=entity.complete_at, age_seconds=age, failures=entity.failures,
        open_quarantine=entity.quarantined, open_held=entity.held, last_run=run,
    )  # fmt: skip


def _last_runs(connection: Connection, viewer: Viewer) -> dict[tuple[int, str], LastRun]:
    newest: ScalarSelect[Any] = (
        # The newest run by number, found from the end of the ledger, which only ever grows.
        select(RUN.c.id)
        .where(RUN.c.source_id == STATE.c.source_id, RUN.c.entity == STATE.c.entity)
        .order_by(RUN.c.id.desc())
        .limit(1)
        .correlate(STATE)
        .scalar_subquery()
    )
    run = RUN.alias("last")
    statement = (
        select(run)
        .select_from(STATE.join(run, and_(run.c.id == newest)))
        .where(_touched(viewer, STATE.c.source_id))
    )
    return {
        (row["source_id"], row["entity"]): LastRun.model_validate(dict(row))
        for row in connection.execute(statement).mappings()
    }
