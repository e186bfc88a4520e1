"""A source's work step by step: what is due is made due by hand, and nothing comes by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import select, text

from canonical.dues import EVERYTHING
from canonical.store import Store
from canonical.tables import DUE, GATE, STATE
from scheduler.cadence import Beat, Night, Rhythm
from scheduler.sync import Report, Target
from scheduler.work import Source, Work

HOUR = timedelta(hours=1)


def source_of(target: Target, interval: timedelta = HOUR, **rhythm: Any) -> Source:
    return Source(target, Rhythm(Beat(interval), Night(time(2, 30)), **rhythm))


class Desk:
    """The work on one source, planned."""

    def __init__(
        self, store: Store, target: Target, interval: timedelta = HOUR, listener: Callable[[Report], None] | None = None
    ) -> None:
        self.store, self.target = store, target
        self.work = Work(store, [source_of(target, interval)], listener=listener)
        self.work.plan()

    def row(self, entity: str) -> Any:
        with self.store.engine.connect() as connection:
            return connection.execute(
                select(DUE).where(DUE.c.source_id == self.target.source_id, DUE.c.entity == entity)
            ).one()

    def due(self, entity: str) -> datetime:
        return datetime.fromtimestamp(self.row(entity).due_at, UTC)

    def all_due(self) -> dict[str, datetime]:
        with self.store.engine.connect() as connection:
            return {row.entity: datetime.fromtimestamp(row.due_at, UTC) for row in connection.execute(select(DUE))}

    def make_due(self, entity: str) -> None:
        with self.store.writing() as connection:
            first = connection.execute(text("SELECT min(due_at) FROM due")).scalar_one()
            connection.execute(
                text("UPDATE due SET due_at = :at WHERE entity = :e"), {"at": min(first, 0) - 1, "e": entity}
            )

    def read(self, entity: str) -> bool:
        """Read an entity (or everything at night) as though it were due; False when nobody may."""
        self.make_due(entity)
        self.work.look_at_paused()
        if (self.target.source_id, entity) not in self.work.ready(100):
            return False
        return self.work.do(self.target.source_id, entity)

    def night(self) -> bool:
        return self.read(EVERYTHING)

    def standing(self, entity: str) -> Any:
        with self.store.engine.connect() as connection:
            return connection.execute(
                select(STATE).where(STATE.c.source_id == self.target.source_id, STATE.c.entity == entity)
            ).one()

    def set_success(self, entity: str, at: datetime) -> None:
        with self.store.writing() as connection:
            connection.execute(STATE.update().where(STATE.c.entity == entity).values(fresh_at=at))

    def gate(self) -> Any:
        with self.store.engine.connect() as connection:
            return connection.execute(select(GATE)).one()
