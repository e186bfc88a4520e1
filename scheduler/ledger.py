"""What the run ledger tells the schedule: when each entity was last read, and whether a source works again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from canonical.tables import HELD, RUN, STATE
from scheduler.sync import SCHOOL

_WELL = ("complete", "partial")
"""How a run ends that the source has answered."""
_LOOK_BACK = 100
"""Failures in a row of which it is known how each ended."""


class Reads(NamedTuple):
    """When the last good read of an entity began, and the last good one that asked for everything; and how many since
    the last one that ended well did not."""

    fresh_at: datetime | None
    full_at: datetime | None
    failures: int


NOTHING = Reads(None, None, 0)
"""Of what was never read."""


class Held(NamedTuple):
    """An open plan of deletions: its number, and that it is about ``records`` of the entity's ``of``."""

    number: int
    records: int
    of: int
    reason: str


class Standing(NamedTuple):
    """How one entity stands now. ``refused``: one of its failures in a row was that too many rows were bad."""

    fresh_at: datetime | None
    failures: int
    refused: bool = False
    held: Held | None = None


def reads(connection: Connection, source_id: int) -> dict[str, Reads]:
    """The last good reads of a source, by entity."""
    full = (
        select(RUN.c.entity, func.max(RUN.c.started_at).label("at"))
        .where(RUN.c.source_id == source_id, RUN.c.outcome.in_(_WELL), RUN.c.incremental.is_(False))
        .group_by(RUN.c.entity)
        .subquery()
    )
    statement = (
        select(STATE.c.entity, STATE.c.fresh_at, STATE.c.failures, full.c.at)
        .select_from(STATE.outerjoin(full, full.c.entity == STATE.c.entity))
        .where(STATE.c.source_id == source_id)
    )
    return {row.entity: Reads(row.fresh_at, row.at, row.failures) for row in connection.execute(statement)}


def standing(connection: Connection, source_id: int, entity: str) -> Standing:
    """How an entity stands; of one that is not known yet, as one that was never read."""
    here = (STATE.c.source_id == source_id, STATE.c.entity == entity)
    row = connection.execute(select(STATE.c.fresh_at, STATE.c.failures).where(*here)).first()
    if row is None:
        return Standing(None, 0)
    refused = "refused" in _last_outcomes(connection, source_id, entity, row.failures) if row.failures else False
    return Standing(row.fresh_at, row.failures, refused, _held(connection, source_id, entity))


def _last_outcomes(connection: Connection, source_id: int, entity: str, number: int) -> Sequence[str]:
    here = (RUN.c.source_id == source_id, RUN.c.entity == entity, RUN.c.ended_at.is_not(None))
    newest = select(RUN.c.outcome).where(*here).order_by(RUN.c.id.desc()).limit(min(number, _LOOK_BACK))
    return connection.execute(newest).scalars().all()


def _held(connection: Connection, source_id: int, entity: str) -> Held | None:
    here = (HELD.c.source_id == source_id, HELD.c.entity == entity, HELD.c.state == "open")
    newest = select(HELD.c.id, HELD.c.records, HELD.c.of, HELD.c.reason).where(*here).order_by(HELD.c.id.desc())
    row = connection.execute(newest.limit(1)).first()
    return None if row is None else Held(*row)


def last_run(connection: Connection, source_id: int) -> int:
    """The number of the newest run of a source, 0 when there is none."""
    newest = select(func.max(RUN.c.id)).where(RUN.c.source_id == source_id)
    return connection.execute(newest).scalar() or 0


def has_worked_since(connection: Connection, source_id: int, run: int) -> bool:
    """Whether the source has answered a run that is newer than ``run``. The school's own record asks it nothing."""
    newer = select(RUN.c.id).where(
        RUN.c.source_id == source_id, RUN.c.id > run, RUN.c.outcome.in_(_WELL), RUN.c.entity != SCHOOL
    )
    return connection.execute(newer.limit(1)).first() is not None
