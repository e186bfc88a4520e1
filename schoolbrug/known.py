"""The sources that a running process knows: those of its configuration, and those of the store as they are by now."""

from __future__ import annotations

import time
from contextlib import ExitStack
from datetime import datetime
from threading import Lock

import structlog
from sqlalchemy import Engine

from canonical.errors import UserError
from canonical.store import Store
from portal.freshness import Limit
from scheduler.sync import SCHOOL
from scheduler.work import Source
from schoolbrug.config import Config, SourceTable
from schoolbrug.opening import kept
from schoolbrug.tenants import Tenant, stored, together

log = structlog.get_logger("tenants")

EVERY = 20.0
"""Seconds between two looks at which tenants there are."""


class Known:
    """The sources, renewed in place: whoever holds ``names`` or ``limits`` sees them as they are. Any thread may ask.

    ``names`` are those that are enabled, ``limits`` say when what is read of each is stale.
    """

    def __init__(self, settings: Config, engine: Engine) -> None:
        self.own, self._engine = settings, engine
        self._tenants: dict[str, Tenant] = {}
        self._told: dict[str, str] = {}
        self._lock = Lock()
        self._looked: float | None = None
        self.config = settings
        self.limits: dict[str, Limit] = {}
        self.names = self.limits.keys()
        self.renew()

    def renew(self) -> bool:
        """Look, if the last look was a while ago; False when it was not."""
        with self._lock:
            now = time.monotonic()
            if self._looked is not None and now - self._looked < EVERY:
                return False
            self._looked = now
            with self._engine.connect() as connection:
                self._tenants = stored(connection, self._tenants)
            self.config, troubles = together(self.own, self._tenants)
            for name in troubles.keys() - self._told.keys():
                log.error("tenant_left_out", source=name, message=troubles[name])
            self._told = troubles
            limits = {source.name: _limit(source) for source in self.config.enabled}
            self.limits |= limits
            for name in self.limits.keys() - limits.keys():
                del self.limits[name]
            return True


def _limit(source: SourceTable) -> Limit:
    rhythm = source.schedule.rhythm()

    def stale(entity: str, read_at: datetime, now: datetime) -> bool:
        # The school's name comes from its settings alone: it is as old as the process, and never stale.
        return entity != SCHOOL and rhythm.is_stale(entity, read_at, now)

    return stale


class Keeper:
    """Gives the known sources as the schedule takes them.

    They are connected for as long as ``stack`` is open, those that were removed meanwhile too: something may still be
    read of them.
    """

    def __init__(self, store: Store, known: Known, stack: ExitStack) -> None:
        self._store, self._known, self._stack = store, known, stack
        self._kept: dict[str, tuple[SourceTable, Source]] = {}
        self._told: dict[str, SourceTable] = {}
        for source in known.own.enabled:
            self._kept[source.name] = (source, kept(store, source, stack))
        self._take_up()

    def __call__(self) -> list[Source]:
        if self._known.renew():
            self._take_up()
        return [source for _, source in self._kept.values()]

    def _take_up(self) -> None:
        tables = {table.name: table for table in self._known.config.enabled}
        for name in [name for name, (table, _) in self._kept.items() if tables.get(name) is not table]:
            del self._kept[name]
        for table in tables.values():
            if table.name not in self._kept:
                try:
                    self._kept[table.name] = (table, kept(self._store, table, self._stack))
                except UserError as error:  # a secret that is not here may come
                    if self._told.get(table.name) is not table:
                        log.error("tenant_left_out", source=table.name, message=str(error))
                    self._told[table.name] = table
