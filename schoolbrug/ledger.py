"""What the store's own book-keeping says: how each entity stands, what is in quarantine, what is held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from pyroaring import BitMap64
from sqlalchemy import Connection, Engine, Row, Select, case, func, select

from canonical.errors import UserError
from canonical.quarantine import place_of
from canonical.seal import unseal
from canonical.store import FORM_CHANGED, Store
from canonical.tables import HELD, IDENTITY, QUARANTINE, RUN, SOURCE, STATE

DAY = timedelta(days=1)
_PAGE = 5_000


@dataclass(frozen=True, slots=True)
class EntityStatus:
    """One entity of one source. ``rows`` are its live records, ``changes`` those of the last 24 hours."""

    source: str
    entity: str
    fresh_at: datetime | None
    complete_at: datetime | None
    failures: int
    rows: int
    changes: int
    quarantined: int
    held: int
    """Records whose deletion waits for a person."""
    code: str | None
    """Of the last run, if it did not end well."""
    message: str | None
    failed_at: datetime | None
    form_changed_at: datetime | None = None
    """When the source was last found to describe its data otherwise than before."""

    @property
    def whole(self) -> bool:
        """The last read was proved complete, and nothing waits."""
        fresh = self.complete_at is not None and self.complete_at == self.fresh_at
        return fresh and not self.quarantined and not self.held


def statuses(engine: Engine, now: datetime) -> list[EntityStatus]:
    """Every entity that was ever begun, by source and in the order in which they were first read."""
    with engine.connect() as connection:
        living = _counted(
            connection, select(IDENTITY.c.source_id, IDENTITY.c.entity, func.count()).where(IDENTITY.c.live)
        )
        moved = func.sum(RUN.c.inserted + RUN.c.updated + RUN.c.tombstoned)
        changes = _counted(connection, select(RUN.c.source_id, RUN.c.entity, moved).where(RUN.c.started_at > now - DAY))
        bad = _counted(
            connection,
            select(QUARANTINE.c.source_id, QUARANTINE.c.entity, func.count()).where(QUARANTINE.c.closed_at.is_(None)),
        )
        held = _counted(
            connection,
            select(HELD.c.source_id, HELD.c.entity, func.sum(HELD.c.records)).where(HELD.c.state == "open"),
        )
        last = _last_runs(connection)
        forms = _forms(connection)
        rows = connection.execute(
            select(SOURCE.c.id, SOURCE.c.name, STATE).join(STATE, STATE.c.source_id == SOURCE.c.id)
        ).all()
    places = [(row.id, row.entity) for row in rows]
    return [
        EntityStatus(
            row.name, row.entity, row.fresh_at, row.complete_at, row.failures, living.get(place, 0),
            changes.get(place, 0), bad.get(place, 0), held.get(place, 0), *_error(last.get(place)),
            forms.get(place),
        )
        for place, row in sorted(
            zip(places, rows, strict=True), key=lambda pair: (pair[1].name, _first(last.get(pair[0])))
        )
    ]  # fmt: skip


def _counted(connection: Connection, statement: Select[Any]) -> dict[tuple[int, str], int]:
    source, entity, _ = statement.selected_columns
    return {(row[0], row[1]): int(row[2] or 0) for row in connection.execute(statement.group_by(source, entity))}


def _forms(connection: Connection) -> dict[tuple[int, str], datetime]:
    statement = select(RUN.c.source_id, RUN.c.entity, func.max(RUN.c.started_at).label("at"))
    rows = connection.execute(statement.where(RUN.c.code == FORM_CHANGED).group_by(RUN.c.source_id, RUN.c.entity))
    return {(row.source_id, row.entity): row.at for row in rows}


def _last_runs(connection: Connection) -> dict[tuple[int, str], Row[Any]]:
    ended = case((RUN.c.outcome != "running", RUN.c.id))
    numbers = (
        select(func.max(ended).label("newest"), func.min(RUN.c.id).label("first"))
        .group_by(RUN.c.source_id, RUN.c.entity)
        .subquery()
    )
    statement = select(RUN, numbers.c.first).join(numbers, numbers.c.newest == RUN.c.id)
    return {(row.source_id, row.entity): row for row in connection.execute(statement)}


def _first(run: Row[Any] | None) -> int:
    return 0 if run is None else int(run.first)


def _error(run: Row[Any] | None) -> tuple[str | None, str | None, datetime | None]:
    if run is None or run.outcome == "complete":
        return None, None, None
    return run.code, run.message, run.ended_at


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row in quarantine: where it is and what is wrong with it, without its values."""

    number: int
    source: str
    entity: str
    stage: str
    problems: tuple[tuple[str, str], ...]
    attempts: int
    since: datetime
    row: str
    """Which row: JSON, the kind and key columns of its first record, or a digest."""
    kept_until: datetime | None
    """Until when its values are kept, sealed; None when they are not."""


def quarantined(engine: Engine) -> list[BadRow]:
    """The open rows, oldest first."""
    statement = (
        select(QUARANTINE, SOURCE.c.name)
        .join(SOURCE, SOURCE.c.id == QUARANTINE.c.source_id)
        .where(QUARANTINE.c.closed_at.is_(None))
        .order_by(QUARANTINE.c.id)
    )
    with engine.connect() as connection:
        return [_bad_row(row) for row in connection.execute(statement)]


def quarantined_row(engine: Engine, number: int) -> BadRow:
    """One open row by its number. Raises ``UserError``."""
    found = next((row for row in quarantined(engine) if row.number == number), None)
    if found is None:
        raise UserError(f"There is no open row {number} in quarantine. See: schoolbrug quarantine list")
    return found


def _bad_row(row: Row[Any]) -> BadRow:
    problems = tuple((str(field), str(code)) for field, code in orjson.loads(row.problems))
    until = row.payload_until if row.payload is not None else None
    return BadRow(row.id, row.name, row.entity, row.stage, problems, row.attempts, row.since, row.row, until)


def opened_row(store: Store, number: int) -> bytes:
    """The values of a row in quarantine, to the letter. Raises ``UserError``: not kept, or sealed with another key."""
    statement = select(QUARANTINE).where(QUARANTINE.c.id == number)
    with store.engine.connect() as connection:
        row = connection.execute(statement).one()
    if store.key is None:
        raise UserError("store.quarantine_key is not set: without it the values of a row are neither kept nor shown.")
    if row.payload is None:
        raise UserError(f"The values of row {number} are not kept (any more). A sync brings back what is still bad.")
    return unseal(store.key, bytes(row.payload), place_of(row.source_id, row.entity, row.row))


@dataclass(frozen=True, slots=True)
class HeldPlan:
    """Deletions that wait for a person. ``of`` is how many records of the entity were alive."""

    number: int
    source: str
    entity: str
    scope: str
    state: str
    records: int
    of: int
    reason: str
    created_at: datetime
    members: bytes


def held_plans(engine: Engine) -> list[HeldPlan]:
    """The plans that are still in force: open, approved and not yet applied, or rejected."""
    statement = (
        select(HELD, SOURCE.c.name)
        .join(SOURCE, SOURCE.c.id == HELD.c.source_id)
        .where(HELD.c.state.in_(("open", "approved", "rejected")))
        .order_by(HELD.c.id)
    )
    with engine.connect() as connection:
        return [_plan(row) for row in connection.execute(statement)]


def held_plan(engine: Engine, number: int) -> HeldPlan:
    """One plan by its number. Raises ``UserError`` when it is not there or no longer in force."""
    found = next((plan for plan in held_plans(engine) if plan.number == number), None)
    if found is None:
        raise UserError(f"There is nothing held under number {number}. See: schoolbrug held list")
    return found


def _plan(row: Row[Any]) -> HeldPlan:
    return HeldPlan(
        row.id, row.name, row.entity, row.scope, row.state, row.records, row.of, row.reason, row.created_at,
        bytes(row.members),
    )  # fmt: skip


def members(engine: Engine, plan: HeldPlan, most: int) -> tuple[dict[str, int], list[tuple[str, tuple[str, ...]]]]:
    """How many records of which kind a plan would delete, and the kind and source key of at most ``most`` of them."""
    numbers = list(BitMap64.deserialize(plan.members))
    kinds: dict[str, int] = {}
    with engine.connect() as connection:
        for start in range(0, len(numbers), _PAGE):
            page = IDENTITY.c.n.in_(numbers[start : start + _PAGE])
            for kind, count in connection.execute(
                select(IDENTITY.c.kind, func.count()).where(page).group_by(IDENTITY.c.kind)
            ):
                kinds[kind] = kinds.get(kind, 0) + count
        return kinds, _keys(connection, numbers[:most])


def _keys(connection: Connection, numbers: Sequence[int]) -> list[tuple[str, tuple[str, ...]]]:
    rows = connection.execute(select(IDENTITY).where(IDENTITY.c.n.in_(numbers)).order_by(IDENTITY.c.n))
    return [(row.kind, tuple(part for part in (row.k1, row.k2, row.k3, row.k4) if part)) for row in rows]
