"""What waits for the application manager: rows that could not be read, and deletions that are held."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson
from pydantic import AwareDatetime, Field
from sqlalchemy import Connection, select

from canonical.columns import iso
from canonical.sweep import resolve
from canonical.tables import HELD, QUARANTINE, SOURCE
from portal.access import Viewer
from portal.decisionmodels import Asked
from portal.facts import within
from portal.freshness import DataClass
from portal.looking import Reads
from portal.models import Meta, Model, examples, meta_example
from portal.problems import Conflict, FieldProblem, NotThere
from portal.reading import AnyRow
from portal.sources import meta, states
from portal.stamp import touch

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


class HeldDecision(StrEnum):
    """What a person decides: the records go, or they stay."""

    APPROVED = "approved"
    REJECTED = "rejected"


class NewHeldDecision(Asked):
    """What is decided about a held plan."""

    decision: HeldDecision


_ACTIONS = {HeldDecision.APPROVED: "approve", HeldDecision.REJECTED: "reject"}
"""What a decision is called in the audit."""


class HeldPlan(Model):
    """Deletions that wait for a person, under a number. Which records they are, `schoolbrug held show` tells."""

    number: int
    source: str
    entity: str
    records: int
    of: int = Field(description="How many records of the entity were alive.")
    reason: str
    state: str = Field(
        description="`open`, or what was decided and is still in force: `approved`, `rejected`. Of one that is asked"
        " for by its number also `applied` (carried out) and `closed` (no longer needed)."
    )
    created_at: AwareDatetime
    decided_at: AwareDatetime | None = Field(description="When it was decided on, or ended without that.")


class Held(Model):
    """The deletions that wait, by their numbers."""

    model_config = examples({
        "meta": meta_example(DataClass.GRADES),
        "plans": [{
            "number": 3, "source": "lyceum", "entity": "students", "records": 31, "of": 240,
            "reason": "too much is missing", "state": "open", "created_at": _SINCE, "decided_at": None,
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
    rows = connection.execute(_plans(viewer).where(HELD.c.state.in_(["open", "approved", "rejected"])))
    return Held(meta=meta(states(connection, viewer), *DataClass), plans=[_plan(row) for row in rows])


def held_plan(connection: Connection, viewer: Viewer, number: int) -> HeldPlan:
    """One plan, whatever became of it. Raises ``NotThere``."""
    return _plan(_row(connection, viewer, number))


def decide(
    connection: Connection, viewer: Viewer, number: int, decision: HeldDecision, at: datetime, reads: Reads
) -> HeldPlan:
    """Approve or reject a plan. Raises ``NotThere``, and ``Conflict`` when it is not open any more."""
    row = _row(connection, viewer, number)
    if not resolve(connection, number, decision.value, iso(at)):
        raise Conflict("decided")
    touch(connection)  # how whole an answer is, depends on what is held
    reads.note(_ACTIONS[decision], row.source_id, area=f"held/{number}")
    return held_plan(connection, viewer, number)


def _plans(viewer: Viewer) -> Any:
    """Never their members: which records they are is not for the read layer."""
    table = HELD
    return (
        select(
            table.c.id, table.c.source_id, table.c.entity, table.c.records, table.c.of, table.c.reason, table.c.state,
            table.c.created_at, table.c.decided_at, SOURCE.c.name,
        )
        .select_from(table.join(SOURCE, SOURCE.c.id == table.c.source_id))
        .where(within(viewer, table)).order_by(table.c.id)
    )  # fmt: skip


def _row(connection: Connection, viewer: Viewer, number: int) -> AnyRow:
    row = connection.execute(_plans(viewer).where(HELD.c.id == number)).first()
    if row is None:
        raise NotThere("held plan")
    return row


def _plan(row: AnyRow) -> HeldPlan:
    return HeldPlan(
        number=row.id, source=row.name, entity=row.entity, records=row.records, of=row.of, reason=row.reason,
        state=row.state, created_at=row.created_at, decided_at=row.decided_at,
    )  # fmt: skip
