"""The schedule of one process: each entity at its own interval, everything at night, one pool of workers.

APScheduler only pulls the trigger: its jobs live in memory and know nothing. When an entity is due is decided in
``scheduler.due``, who may write it by its lease in the store. A source that denies us is left alone until a person's
own sync has worked, or the process starts again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day

import structlog
from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy.exc import DBAPIError

from canonical.store import FORM_CHANGED, Store
from connectors.contract import Entity
from connectors.errors import Denied, SourceError
from scheduler import ledger
from scheduler.due import AMSTERDAM, full_is_overdue, is_stale, next_read
from scheduler.rest import hours
from scheduler.sync import WAITING, Report, Target, sync_entity

log = structlog.get_logger("schedule")

LOOK = timedelta(minutes=1)
"""So often it is looked whether something has been delivered; an interval says how often that is expected."""

SET_BACK = timedelta(seconds=5)
"""A clock that loses more than this between two looks was set back by somebody."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often a source's entities are read, and at which local time everything is."""

    default: timedelta
    full: time_of_day
    entities: Mapping[str, timedelta] = field(default_factory=dict)

    def interval(self, entity: str) -> timedelta:
        return self.entities.get(entity, self.default)


class _Stopped(BaseException):
    """The process is ending: what a read still had is dropped. Not an ``Exception``, so that no sync survives it."""


@dataclass(slots=True)
class _Watch:
    """What the schedule remembers of one entity of one source."""

    source: _Source
    entity: Entity
    interval: timedelta
    success: datetime | None = None
    failures: int = 0
    stale: bool = False
    owed: bool = False
    """The complete read of the night fell into the hours at which the source may not be asked."""
    busy: threading.Lock = field(default_factory=threading.Lock)

    @property
    def job(self) -> str:
        return f"{self.source.target.name} {self.entity.name}"

    @property
    def every(self) -> timedelta:
        """How often it is asked for."""
        return min(self.interval, LOOK) if self.entity.delivered else self.interval


@dataclass(slots=True)
class _Source:
    target: Target
    rhythm: Rhythm
    watches: list[_Watch] = field(default_factory=list)
    denied_by: int | None = None
    """The newest run when the source denied us; None while it does not."""


class Schedule:
    """Keeps the sources in sync between ``start`` and ``stop``. ``listener`` is told of every report."""

    def __init__(
        self,
        store: Store,
        sources: Sequence[tuple[Target, Rhythm]],
        *,
        listener: Callable[[Report], None] | None = None,
        workers: int = 4,
    ) -> None:
        self._store = store
        self._sources = [_Source(target, rhythm) for target, rhythm in sources]
        self._listener = listener
        self._stopping = threading.Event()
        self._looked = (_now(), time.monotonic())
        self._workers = ThreadPoolExecutor(workers)
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": self._workers},
            # Without these a run that starts a second late is dropped in silence.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self._ending = threading.Thread(target=self._end, name="schedule-ending", daemon=True)
        self._scheduler.add_listener(_crashed, EVENT_JOB_ERROR)

    @property
    def entities(self) -> frozenset[str]:
        """The names of all that is kept in sync."""
        return frozenset(entity.name for source in self._sources for entity in source.target.connector.entities)

    def start(self) -> None:
        for source in self._sources:
            self._plan(source)
        self._scheduler.start()

    def stop(self, patience: float = 5.0) -> bool:
        """End at the next batch; False when a source keeps a read waiting for longer than ``patience`` seconds."""
        if not self._stopping.is_set():
            self._stopping.set()
            self._ending.start()
        self._ending.join(patience)
        return not self._ending.is_alive()

    def _end(self) -> None:
        # Waiting within APScheduler would hold the lock that a read which has just ended needs to plan its next one.
        self._scheduler.shutdown(wait=False)
        self._workers.shutdown(wait=True)

    def look_at_clock(self) -> None:
        """Call it now and then: when the clock was set back, what is planned comes as much sooner."""
        wall, steady = _now(), time.monotonic()
        lost = timedelta(seconds=steady - self._looked[1]) - (wall - self._looked[0])
        self._looked = (wall, steady)
        if lost > SET_BACK:
            log.warning("clock_set_back", seconds=round(lost.total_seconds()))
            for job in self._scheduler.get_jobs():
                if isinstance(job.trigger, IntervalTrigger):
                    job.modify(next_run_time=job.next_run_time - lost)

    def _plan(self, source: _Source) -> None:
        now, target, rhythm = _now(), source.target, source.rhythm
        with self._store.engine.connect() as connection:
            reads = ledger.reads(connection, target.source_id)
        known = [reads.get(entity.name, ledger.Reads(None, None)) for entity in target.connector.entities]
        # What is delivered comes when it comes: no night was missed.
        asked = [read for read, entity in zip(known, target.connector.entities, strict=True) if not entity.delivered]
        fulls = [read.full_at for read in asked if read.full_at is not None]
        last_full = min(fulls) if len(fulls) == len(asked) and fulls else None
        overdue = bool(asked) and full_is_overdue(last_full, rhythm.full, now)
        for entity, read in zip(target.connector.entities, known, strict=True):
            watch = _Watch(source, entity, rhythm.interval(entity.name), read.fresh_at)
            source.watches.append(watch)
            self._scheduler.add_job(
                self._recent, IntervalTrigger(seconds=watch.every.total_seconds(), timezone=UTC), (watch,),
                id=watch.job, next_run_time=next_read(now if overdue else read.fresh_at, watch.every, 0, now),
            )  # fmt: skip
        first = {"next_run_time": now} if overdue else {}
        nightly = CronTrigger(hour=rhythm.full.hour, minute=rhythm.full.minute, timezone=AMSTERDAM)
        self._scheduler.add_job(self._full, nightly, (source,), id=target.name, **first)

    def _recent(self, watch: _Watch) -> None:
        # A read of everything that is under way will bring the same.
        if not watch.busy.acquire(blocking=False):
            return
        try:
            self._read(watch, full=watch.owed)
        finally:
            watch.busy.release()

    def _full(self, source: _Source) -> None:
        for watch in source.watches:
            with watch.busy:
                if not self._read(watch, full=True):
                    return

    def _read(self, watch: _Watch, *, full: bool) -> bool:
        """Read one entity; False when its source is not to be asked further."""
        if self._stopping.is_set():
            return False
        began = _now()
        try:
            if self._is_denied(watch.source):
                return False
            report = sync_entity(
                self._store, watch.source.target, watch.entity, full=full, progress=self._stop_when_asked
            )
        except _Stopped:
            return False
        except DBAPIError as error:
            self._failed(watch, f"store.{type(error).__name__}", "the database did not answer")
            self._next(watch, began)
            return True
        if report is None:
            return True
        watch.owed = full and report.opens is not None
        if report.opens is not None:
            self._at(watch, report.opens)
            return True
        if report.summary.outcome == WAITING:
            if watch.failures:
                log.info("ok", source=report.source, entity=report.entity, after_failures=watch.failures)
            watch.failures = 0
            self._look_at_age(watch)
            self._next(watch, began)
            return True
        if isinstance(report.error, Denied):
            self._denied(watch.source, report.error)
        if report.error is None:
            self._succeeded(watch, min(began, report.as_of or began))
            if report.summary.code == FORM_CHANGED:
                log.warning("form_changed", source=report.source, entity=report.entity, message=report.summary.message)
        else:
            code = report.error.code if isinstance(report.error, SourceError) else report.summary.code
            self._failed(watch, code, str(report.error))
        self._next(watch, began)
        if self._listener is not None:
            self._listener(report)
        return watch.source.denied_by is None

    def _stop_when_asked(self, _source: str, _entity: str, _rows: int) -> None:
        if self._stopping.is_set():
            raise _Stopped

    def _next(self, watch: _Watch, began: datetime) -> None:
        self._at(watch, next_read(began, watch.every, watch.failures, _now()))

    def _at(self, watch: _Watch, due: datetime) -> None:
        with suppress(JobLookupError):  # the schedule has ended meanwhile
            self._scheduler.modify_job(watch.job, next_run_time=due)

    def _is_denied(self, source: _Source) -> bool:
        if source.denied_by is None:
            return False
        with self._store.engine.connect() as connection:
            works = ledger.has_worked_since(connection, source.target.source_id, source.denied_by)
        if works:
            source.denied_by = None
            log.info("resumed", source=source.target.name)
        return not works

    def _denied(self, source: _Source, error: Denied) -> None:
        with self._store.engine.connect() as connection:
            source.denied_by = ledger.last_run(connection, source.target.source_id)
        log.error(
            "paused", source=source.target.name, code=error.code,
            next=f"put it right, then run: schoolbrug sync {source.target.name}",
        )  # fmt: skip

    def _succeeded(self, watch: _Watch, as_of: datetime) -> None:
        where = {"source": watch.source.target.name, "entity": watch.entity.name}
        if watch.failures:
            log.info("ok", **where, after_failures=watch.failures)
        watch.success, watch.failures = as_of, 0
        self._look_at_age(watch)

    def _failed(self, watch: _Watch, code: str | None, message: str) -> None:
        where = {"source": watch.source.target.name, "entity": watch.entity.name}
        watch.failures += 1
        if watch.failures == 1:
            log.warning("failing", **where, code=code, message=message)
        self._look_at_age(watch)

    def _look_at_age(self, watch: _Watch) -> None:
        """Tell once that an entity has become stale, and once that it no longer is: a read may bring what is old."""
        where = {"source": watch.source.target.name, "entity": watch.entity.name}
        allowed = hours(watch.source.target.connector, watch.entity)
        before, watch.stale = watch.stale, is_stale(watch.success, watch.interval, _now(), allowed)
        if watch.stale and not before:
            log.warning("stale", **where, since=watch.success.isoformat() if watch.success else None)
        elif before and not watch.stale:
            log.info("fresh", **where)


def _crashed(event: JobExecutionEvent) -> None:
    """A mistake in this program: the job comes again, and the log names the error by its type alone."""
    log.error("crashed", job=event.job_id, error=type(event.exception).__name__)


def _now() -> datetime:
    return datetime.now(UTC)
