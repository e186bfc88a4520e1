"""The schedule of one process: what is due is looked for every second and read by a few workers.

When something is due, who reads it and who may write it is decided in the database (``canonical.dues``,
``canonical.lease``), so that any number of these may run at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import structlog
from sqlalchemy.exc import DBAPIError

from canonical.store import Store
from scheduler.sync import Report
from scheduler.telling import Tell, to_log
from scheduler.ticking import Ticking
from scheduler.work import Source, Work

log = structlog.get_logger("schedule")


class Schedule:
    """Keeps the sources in sync between ``start`` and ``stop``. ``listener`` is told of every report, ``tell`` of what
    has changed."""

    def __init__(
        self, store: Store, sources: Sequence[Source], *, listener: Callable[[Report], None] | None = None,
        workers: int = 4, tell: Tell = to_log,
    ) -> None:  # fmt: skip
        self._stopping = threading.Event()
        self.work = Work(store, sources, stopping=self._stopping.is_set, listener=listener, tell=tell)
        self._ticking = Ticking(self._look, self.work.plan)
        self.look_at_clock = self._ticking.look_at_clock
        self._workers = workers
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="sync")
        self._busy: set[tuple[int, str]] = set()
        self._ending = threading.Thread(target=self._end, name="schedule-ending", daemon=True)

    @property
    def entities(self) -> frozenset[str]:
        """The names of all that is kept in sync."""
        return frozenset(
            entity.name for source in self.work.sources.values() for entity in source.target.connector.entities
        )

    def start(self) -> None:
        self.work.plan()
        self._ticking.start()

    def stop(self, patience: float = 5.0) -> bool:
        """End at the next batch; False when a source keeps a read waiting for longer than ``patience`` seconds."""
        if not self._stopping.is_set():
            self._stopping.set()
            self._ending.start()
        self._ending.join(patience)
        return not self._ending.is_alive()

    def _end(self) -> None:
        self._ticking.stop()
        self._pool.shutdown(wait=True)

    def _look(self) -> datetime:
        at = self.work.clock()
        self.work.look_at_paused()
        for target in self.work.ready(self._workers):
            if target not in self._busy and len(self._busy) < self._workers and not self._stopping.is_set():
                self._busy.add(target)
                self._pool.submit(self._do, target)
        return at

    def _do(self, target: tuple[int, str]) -> None:
        try:
            if self.work.do(*target):
                self._ticking.kept()
        except DBAPIError as error:  # whatever was taken is free again when its time is over
            self._ticking.lost(error)
        except Exception as error:  # noqa: BLE001  # a mistake in this program ends one read, never the schedule
            log.error("crashed", source_id=target[0], entity=target[1], error=type(error).__name__)
        finally:
            self._busy.discard(target)
