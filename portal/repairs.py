"""What waits for the application manager: rows that could not be read, and deletions that are held."""

from __future__ import annotations

import orjson
from pydantic import AwareDatetime, Field
from sqlalchemy import Connection, select

from canonical.tables import HELD, QUARANTINE, SOURCE
from portal.access import Viewer
from portal.facts import within
from portal.freshness import DataClass
from portal.models import Meta, Model, examples, meta_example
from portal.problems import FieldProblem
from portal.sources import meta, states

_SINCE = "2026-03-02T09:42:00Z"


class Quarantined(Model):
    """A row of a source that could not be read. Where and what, never a value."""

    id: int
    source: str
    entity: str
    row: list[str] = Field(
        description="The kind and the source's own key of the record, or `row` and a digest where the key is not read."
    )
    stage: str
    problems: list[FieldProblem]
    since: AwareDatetime
    attempts: int


class Quarantine(Model):
    """A page of the rows that wait, in the order in which they came."""

    model_config = examples({
        "meta": meta_example(DataClass.GRADES),
        "rows": [{
            "id": 7, "source": "lyceum", "entity": "grades", "row": ["grade", "120045", "991"], "stage": "map",
            "problems": [{"field": "DatumInvoer", "code": "date"}], "since": _SINCE, "attempts": 3,
        }],
        "next_cursor": None,
    })  # fmt: skip
    meta: Meta
    rows: list[Quarantined]
    next_cursor: str | None = Field(description="The `cursor` of the next page; null: this is the last one.")


class HeldPlan(Model):
    """Deletions that wait for a person, under a number. `schoolbrug held` decides on them."""

    number: int
    source: str
    entity: str
    records: int
    of: int = Field(description="How many records of the entity were alive.")
    reason: str
    state: str = Field(description="`open`, or what was decided and is still in force: `approved`, `rejected`.")
    created_at: AwareDatetime


class Held(Model):
    """The deletions that wait, by their numbers."""

    model_config = examples({
        "meta": meta_example(DataClass.GRADES),
        "plans": [{
            "number": 3, "source": "lyceum", "entity": "students", "records": 31, "of": 240,
            "reason": "too much is missing", "state": "open", "created_at": _SINCE,
        }],
    })  # fmt: skip
    meta: Meta
    plans: list[HeldPlan]


def quarantine(
    connection: Connection, viewer: Viewer, *, after: int | None, limit: int, source: str | None = None
) -> tuple[Quarantine, int | None]:
    """The next rows after number ``after``, and the number to go on from; None at the end. Of one source, or of all."""
    table = QUARANTINE
    statement = (
        select(
            table.c.id, table.c.entity, table.c.row, table.c.stage, table.c.problems, table.c.since, table.c.attempts,
            SOURCE.c.name,
        )
        .select_from(table.join(SOURCE, SOURCE.c.id == table.c.source_id))
        .where(table.c.closed_at.is_(None), within(viewer, table)).order_by(table.c.id).limit(limit + 1)
    )  # fmt: skip
    if after is not None:
        statement = statement.where(table.c.id > after)
    if source is not None:
        statement = statement.where(SOURCE.c.name == source)
    rows = connection.execute(statement).all()
    shown = [
        Quarantined(
            id=row.id, source=row.name, entity=row.entity, row=[str(part) for part in orjson.loads(row.row)],
            stage=row.stage, since=row.since, attempts=row.attempts,
            problems=[FieldProblem(field=field, code=code) for field, code in orjson.loads(row.problems)],
        )
        for row in rows[:limit]
    ]  # fmt: skip
    about = meta(states(connection, viewer), *DataClass)
    return Quarantine(meta=about, rows=shown, next_cursor=None), shown[-1].id if len(rows) > limit else None


def held(connection: Connection, viewer: Viewer) -> Held:
    """The plans that are open, or decided on and still in force."""
    table = HELD
    rows = connection.execute(
        select(
            table.c.id, table.c.entity, table.c.records, table.c.of, table.c.reason, table.c.state,
            table.c.created_at, SOURCE.c.name,
        )
        .select_from(table.join(SOURCE, SOURCE.c.id == table.c.source_id))
        .where(table.c.state.in_(["open", "approved", "rejected"]), within(viewer, table)).order_by(table.c.id)
    )  # fmt: skip
    return Held(
        meta=meta(states(connection, viewer), *DataClass),
        plans=[
            HeldPlan(
                number=row.id, source=row.name, entity=row.entity, records=row.records, of=row.of, reason=row.reason,
                state=row.state, created_at=row.created_at,
            )
            for row in rows
        ],
    )  # fmt: skip
