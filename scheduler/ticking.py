"""What pulls the trigger of a process that syncs: it looks every second, also when the clock jumps or the database is
away. Between ``start`` and ``stop``."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
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
_LOOK = "look"


class Ticking:
    """Calls ``look``, which says whether it has asked the database and raises one of ``away`` when that is away; and
    ``anew`` when the clock was set back: what was planned by it is further off than it was."""

    def __init__(
        self, look: Callable[[], bool], anew: Callable[[], None], away: tuple[type[Exception], ...] = (DBAPIError,)
    ) -> None:
        self._look, self._anew, self._away = look, anew, away
        self._seen = (_now(), time.monotonic())
        self._answers = True
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
        wall, steady = _now(), time.monotonic()
        lost = timedelta(seconds=steady - self._seen[1]) - (wall - self._seen[0])
        self._seen = (wall, steady)
        if lost > SET_BACK:
            log.warning("clock_set_back", seconds=round(lost.total_seconds()))
            job = self._scheduler.get_job(_LOOK)
            if job is not None:
                job.modify(next_run_time=_now())
            with suppress(*self._away):
                self._anew()

    def gone(self, error: Exception) -> None:
        """Tell once that the database does not answer."""
        if self._answers:
            log.error("database_gone", error=type(error).__name__)
        self._answers = False

    def _tick(self) -> None:
        try:
            asked = self._look()
        except self._away as error:
            self.gone(error)
            return
        if asked and not self._answers:
            log.info("database_back")
            self._answers = True


def _now() -> datetime:
    return datetime.now(UTC)
