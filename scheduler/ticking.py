"""What pulls the trigger of a process that syncs: it looks every second, also when the clock jumps or the database is
away. Between ``start`` and ``stop``."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy.exc import DBAPIError

log = structlog.get_logger("schedule")

EVERY = 1.0
"""Seconds between two looks at what is due."""
SET_BACK = timedelta(seconds=5)
"""A clock that loses more than this between two looks was set back by somebody."""
QUIET = 150.0
"""Seconds without trouble after which a database has room that was not asked to keep anything: by then whatever was
taken would have been tried again."""
_LOOK = "look"


Seen = tuple[datetime, float]
"""What a clock on a wall said, and the process's own that nobody sets."""


class Ticking:
    """Calls ``look``, which gives the database's time (None: it was not asked) and raises one of ``away`` when that is
    away; and ``anew`` when that time was set back: what was planned by it is further off than it was."""

    def __init__(
        self, look: Callable[[], datetime | None], anew: Callable[[], None],
        away: tuple[type[Exception], ...] = (DBAPIError,),
    ) -> None:  # fmt: skip
        self._look, self._anew, self._away = look, anew, away
        self._seen: Seen = (_now(), time.monotonic())
        self._database: Seen | None = None
        self._answers = True
        self._full_at: float | None = None
        self._telling = threading.Lock()
        self._scheduler = BackgroundScheduler(timezone=UTC)

    def start(self) -> None:
        self._scheduler.add_job(
            self._tick, IntervalTrigger(seconds=EVERY, timezone=UTC), id=_LOOK, next_run_time=_now(),
            # Without these a run that starts a second late is dropped in silence.
            misfire_grace_time=None, coalesce=True, max_instances=1,
        )  # fmt: skip
        self._scheduler.start()

    def stop(self) -> None:
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def look_at_clock(self) -> None:
        """Call it now and then: APScheduler waits for a moment on the wall, which a clock that is set back puts off."""
        seen: Seen = (_now(), time.monotonic())
        before, self._seen = self._seen, seen
        if _is_set_back(before, seen, "this machine"):
            job = self._scheduler.get_job(_LOOK)
            if job is not None:
                job.modify(next_run_time=_now())

    def gone(self, error: Exception) -> None:
        """Tell once that the database does not answer."""
        with self._telling:
            known, self._answers = not self._answers, False
        if not known:
            log.error("database_gone", error=type(error).__name__)

    def lost(self, error: Exception) -> None:
        """The same of a database that has not kept what was read: it may answer, and have no room."""
        self.gone(error)
        self._full_at = time.monotonic()

    def kept(self) -> None:
        """It has kept what was read: the next look tells that it is back."""
        self._full_at = None

    def _tick(self) -> None:
        try:
            at = self._look()
            if at is None:
                return
            seen: Seen = (at, time.monotonic())
            if self._database is not None and _is_set_back(self._database, seen, "the database"):
                self._anew()
            self._database = seen
        except self._away as error:
            self.gone(error)
            return
        is_full = self._full_at is not None and time.monotonic() - self._full_at < QUIET
        if not self._answers and not is_full:
            log.info("database_back")
            self._answers = True


def _is_set_back(before: Seen, now: Seen, where: str) -> bool:
    back = timedelta(seconds=now[1] - before[1]) - (now[0] - before[0])
    if back > SET_BACK:
        log.warning("clock_set_back", of=where, seconds=round(back.total_seconds()))
    return back > SET_BACK


def _now() -> datetime:
    return datetime.now(UTC)
