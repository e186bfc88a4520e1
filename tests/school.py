"""A fake source that is registered in a store, and short ways to sync it."""

from __future__ import annotations

from sqlalchemy import Engine

from canonical.plan import Limits
from canonical.store import Store
from connectors.contract import Entity
from scheduler.sync import Report, Target, sync_entity
from tests.fake_source import FakeSource, Row, student
from tests.stored import State, stored

KEY = bytes(range(32))


class School:
    """``fake`` is what the source serves; ``sync`` brings it into ``store`` as ``source``."""

    def __init__(self, engine: Engine, limits: Limits | None = None) -> None:
        self.engine = engine
        self.store = Store(engine, limits=limits, key=KEY)
        self.source = self.store.source("school", "fake", "School")
        self.fake = FakeSource()
        self.target = Target("school", self.source, self.fake)

    def sync(self, entity: Entity, *, full: bool = True, rehearse: bool = False) -> Report:
        report = sync_entity(self.store, self.target, entity, full=full, rehearse=rehearse)
        assert report is not None
        return report

    def serve(self, entity: Entity, rows: list[Row], **how: bool) -> Report:
        """Let the source have ``rows`` of ``entity``, and sync."""
        self.fake.rows[entity.name] = rows
        self.fake.stamp()
        return self.sync(entity, **how)

    def record(self, kind: str, *key: str) -> State | None:
        return stored(self.engine, self.source).get((kind, key))


def students(*keys: int) -> list[Row]:
    return [student(str(key)) for key in keys]
