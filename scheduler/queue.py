"""The work of many machines: due targets travel through procrastinate, in the same PostgreSQL database.

The queue carries, and decides nothing. Its own locks and retries stay unused, since they stick when a worker is killed;
a job that is delivered twice, too late or never does no harm: who reads what is in ``canonical.dues``, and what nobody
took is offered again. So nothing in the queue has to be kept, and each release of the library has a schema of its own.
"""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import CancelledError
from contextlib import suppress
from datetime import datetime
from importlib.metadata import version
from typing import Any

import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.schema import SchemaManager
from procrastinate.tasks import Task
from procrastinate.types import JSONDict
from psycopg.sql import SQL, Identifier
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from canonical import dues
from canonical.database import wire
from scheduler.ticking import EVERY, Ticking
from scheduler.work import Work

log = structlog.get_logger("schedule")

QUEUE = "sync"
OFFERED = 30.0
"""Seconds after which a target that no worker has taken is put into the queue again."""
AT_ONCE = 200
"""So many targets are put into the queue at a time."""
_INSTALLING = 0x5C400185 + 1
"""Any number will do, as long as nothing else locks it."""
_AWAY = (ConnectorException, DBAPIError, OSError)
"""What is raised while the database does not answer. A ``TimeoutError`` is an ``OSError``."""
_PUTTING = 5.0
"""Seconds that it may take to put targets into the queue."""
_AGAIN = 1.0
"""Seconds until a database that went away is tried again."""
_SOON = 3.0
"""Seconds within which a queue that has just been opened fails if it cannot be used."""


def schema() -> str:
    """Where the queue lies."""
    return f"schoolbrug_queue_{version('procrastinate').replace('.', '_')}"


def install(engine: Engine) -> None:
    """Make the queue where there is none. Safe when several start at once."""
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _INSTALLING})
        there = connection.execute(text("SELECT to_regclass(:t)"), {"t": f"{schema()}.procrastinate_jobs"}).scalar()
        if there is None:
            driver: Any = connection.connection.driver_connection
            driver.execute(SQL("CREATE SCHEMA IF NOT EXISTS {}").format(Identifier(schema())))
            driver.execute(SQL("SET LOCAL search_path TO {}").format(Identifier(schema())))
            driver.execute(SchemaManager.get_schema())


def _ended(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """The queue's loop has an error that nobody took. That the database is away is told elsewhere."""
    error = context.get("exception")
    if not isinstance(error, _AWAY):
        log.error("crashed", error=type(error).__name__ if error else context["message"])


class Worker:
    """One of any number of processes that share the work. ``at_once`` targets are read at the same time in this one."""

    def __init__(self, engine: Engine, work: Work, at_once: int = 4) -> None:
        self._engine, self._work, self._at_once = engine, work, at_once
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: Task[..., Any, Any] | None = None
        self._opened: float | None = None
        self._ticking = Ticking(self._look, work.plan, (*_AWAY, RuntimeError, CancelledError))  # by a loop that ends

    def run(self, told: threading.Event) -> None:
        """Work until told to stop; then what is being read ends at its next batch and is offered to others."""
        self._ticking.start()
        try:
            while not told.is_set():
                self._opened = None
                try:
                    # Only once it answers: the queue's own pool waits longer and longer between two attempts.
                    self._engine.connect().close()
                    asyncio.run(self._serve(told))
                except _AWAY as error:
                    # What ended it later may be over: it ends when the jobs at hand have. If not, the next ends soon.
                    if self._opened is None or time.monotonic() - self._opened < _SOON:
                        self._ticking.lost(error)
                    told.wait(_AGAIN)
        finally:
            self._ticking.stop()

    async def _serve(self, told: threading.Event) -> None:
        app = App(connector=self._connector())
        task = app.task(name=QUEUE, queue=QUEUE)(self._do)
        async with app.open_async():
            self._loop, self._task, self._opened = asyncio.get_running_loop(), task, time.monotonic()
            self._loop.set_exception_handler(_ended)
            running = asyncio.create_task(app.run_worker_async(
                queues=[QUEUE], concurrency=self._at_once, install_signal_handlers=False, delete_jobs="always",
                fetch_job_polling_interval=EVERY,
            ))  # fmt: skip
            try:
                while not told.is_set() and not running.done():
                    await asyncio.sleep(0.2)
                    await asyncio.to_thread(self._ticking.look_at_clock)
            finally:
                self._loop = None
                running.cancel()  # it ends when the jobs at hand have
                with suppress(asyncio.CancelledError):
                    await running

    def _connector(self) -> PsycopgConnector:
        url = self._engine.url.set(drivername="postgresql")
        return PsycopgConnector(
            conninfo=url.render_as_string(hide_password=False), min_size=1, max_size=4, timeout=5,
            kwargs={"options": f"-c search_path={schema()}", **wire(url)},
        )  # fmt: skip

    def _do(self, source_id: int, entity: str) -> None:
        try:
            if self._work.do(source_id, entity):
                self._ticking.kept()
            else:
                dues.withdraw(self._work.store, source_id, entity)
        except DBAPIError as error:  # whatever was taken is free again when its time is over
            self._ticking.lost(error)
        except Exception as error:  # noqa: BLE001  # a mistake in this program ends one read, never the worker
            log.error("crashed", source_id=source_id, entity=entity, error=type(error).__name__)

    def _look(self) -> datetime | None:
        loop, task = self._loop, self._task
        if loop is None or task is None:  # between two connections
            return None
        at = self._work.clock()
        self._work.renew()
        self._work.look_at_paused()
        jobs: list[JSONDict] = [
            {"source_id": source_id, "entity": entity} for source_id, entity in self._work.offer(AT_ONCE, OFFERED)
        ]
        if jobs:
            try:
                asyncio.run_coroutine_threadsafe(task.batch_defer_async(*jobs), loop).result(_PUTTING)
            except ConnectorException as error:  # it answers, and has no room
                self._ticking.lost(error)
                raise
        return at
