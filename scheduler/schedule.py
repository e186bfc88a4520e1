"""The schedule of one process: what is due is looked for every second and read by a few workers.

APScheduler only pulls the trigger: its job lives in memory and knows nothing. When something is due, who reads it and
who may write it is decided in the database (``canonical.dues``, ``canonical.lease``), so that any number of these may
run at once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy.exc import DBAPIError

from canonical.store import Store
from scheduler.sync import Report
from scheduler.telling import Tell, to_log
from scheduler.work import Source, Work

log = structlog.get_logger("schedule")

EVERY = 1.0
"""Seconds between two looks at what is due."""
SET_BACK = timedelta(seconds=5)
"""A clock that loses more than this between two looks was set back by somebody."""


class Schedule:
    """Keeps the sources in sync between ``start`` and ``stop``. ``listener`` is told of every report, ``tell`` of what
    has changed."""

    def __init__(
        self, store: Store, sources: Sequence[Source], *, listener: Callable[[Report], None] | None = None,
        workers: int = 4, tell: Tell = to_log,
    ) -> None:  # fmt: skip
        self._stopping = threading.Event()
        self.work = Work(store, sources, stopping=self._stopping.is_set, listener=listener, tell=tell)
        self._looked = (_now(), time.monotonic())
        self._workers = workers
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="sync")
        self._busy: set[tuple[int, str]] = set()
        self._answers = True
        self._scheduler = BackgroundScheduler(timezone=UTC)
        self._ending = threading.Thread(target=self._end, name="schedule-ending", daemon=True)

    @property
    def entities(self) -> frozenset[str]:
        """The names of all that is kept in sync."""
        return frozenset(
            entity.name for source in self.work.sources.values() for entity in source.target.connector.entities
        )

    def start(self) -> None:
        self.work.plan()
        self._scheduler.add_job(
            self._look, IntervalTrigger(seconds=EVERY, timezone=UTC), id="look", next_run_time=_now(),
            # Without these a run that starts a second late is dropped in silence.
            misfire_grace_time=None, coalesce=True, max_instances=1,
        )  # fmt: skip
        self._scheduler.start()

    def stop(self, patience: float = 5.0) -> bool:
        """End at the next batch; False when a source keeps a read waiting for longer than ``patience`` seconds."""
        if not self._stopping.is_set():
            self._stopping.set()
            self._ending.start()
        self._ending.join(patience)
        return not self._ending.is_alive()

    def _end(self) -> None:
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
        self._pool.shutdown(wait=True)

    def look_at_clock(self) -> None:
        """Call it now and then: when the clock was set back, what is planned comes as much sooner."""
        wall, steady = _now(), time.monotonic()
        lost = timedelta(seconds=steady - self._looked[1]) - (wall - self._looked[0])
        self._looked = (wall, steady)
        if lost > SET_BACK:
            log.warning("clock_set_back", seconds=round(lost.total_seconds()))
            job = self._scheduler.get_job("look")
            if job is not None:
                job.modify(next_run_time=_now())
            with suppress(DBAPIError):
                self.work.plan()

    def _look(self) -> None:
        try:
            self.work.look_at_paused()
            ready = self.work.ready(self._workers)
        except DBAPIError as error:
            if self._answers:
                log.error("database_gone", error=type(error).__name__)
            self._answers = False
            return
        if not self._answers:
            log.info("database_back")
            self._answers = True
        for target in ready:
            if target not in self._busy and len(self._busy) < self._workers and not self._stopping.is_set():
                self._busy.add(target)
                self._pool.submit(self._do, target)

    def _do(self, target: tuple[int, str]) -> None:
        try:
            self.work.do(*target)
        except DBAPIError:
            pass  # the next look tells of it; whatever was taken is free again when its time is over
        except Exception as error:  # noqa: BLE001  # a mistake in this program ends one read, never the schedule
            log.error("crashed", source_id=target[0], entity=target[1], error=type(error).__name__)
        finally:
            self._busy.discard(target)


def _now() -> datetime:
    return datetime.now(UTC)
