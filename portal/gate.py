"""Who asks, and how things stand: one look at the store for all requests that are waiting for one.

A look begins after each of them has come in, so that all are answered by the state of the store at, or after, the
moment at which they asked. Alone, a request waits for nobody; in company it waits a moment for the others, since a
look takes as long for many as for one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Connection, Engine, bindparam, func, select
from starlette.concurrency import run_in_threadpool

from portal.access import Viewer
from portal.clock import local_day, now
from portal.reading import AnyRow, reading
from portal.signin import sessions
from portal.stamp import Stamps, entities
from portal.tables import ACCOUNT, SESSION, STAMP

MOST_VIEWERS = 10_000
A_MOMENT = 0.002
"""Seconds that a request waits for others to share its look with, when there were others last time."""

_SESSIONS = (
    select(SESSION, ACCOUNT.c.state, select(func.max(STAMP.c.n)).scalar_subquery().label("rules"))
    .join(ACCOUNT, ACCOUNT.c.id == SESSION.c.account_id)
    .where(SESSION.c.digest.in_(bindparam("digests", expanding=True)), ACCOUNT.c.state == "active")
)


class Look(NamedTuple):
    """A session's viewer at a moment, and how the viewer's sources stood."""

    viewer: Viewer
    at: datetime
    stamps: Stamps


class Gate:
    """For one application. ``look`` is called on its event loop."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: dict[str, list[asyncio.Future[Look | None]]] = {}
        self._task: asyncio.Task[None] | None = None
        self._company = 1
        self._viewers: dict[tuple[str, str, str, int, date], Viewer] = {}
        """By session, role, way, rules and day: all that a viewer is made of."""

    async def look(self, cookie: str) -> Look | None:
        """The viewer behind a session's cookie; None for none, and where the session's use has yet to be noted."""
        mine: asyncio.Future[Look | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(cookie, []).append(mine)
        if self._task is None:
            # In a task of its own: the request that is first may go away while others wait.
            self._task = asyncio.create_task(self._look_for_all())
        return await mine

    async def _look_for_all(self) -> None:
        """Until nobody waits any more."""
        try:
            while self._waiting:
                if _count(self._waiting) < self._company:
                    await asyncio.sleep(A_MOMENT)
                waiting, self._waiting = self._waiting, {}
                self._company = _count(waiting)
                try:
                    found = await run_in_threadpool(self._look, tuple(waiting))
                except BaseException as error:
                    _tell(waiting, error)
                    if not isinstance(error, Exception):
                        raise
                else:
                    for cookie, futures in waiting.items():
                        for future in futures:
                            if not future.done():
                                future.set_result(found.get(cookie))
        finally:
            self._task = None

    def _look(self, cookies: Collection[str]) -> Mapping[str, Look]:
        at = now()
        by_digest = {sessions.digest(cookie): cookie for cookie in cookies}
        with reading(self._engine) as connection:
            found = connection.execute(_SESSIONS, {"digests": list(by_digest)}).all()
            rows = {by_digest[bytes(row.digest)]: row for row in found
                    if sessions.lives(row, at) and not sessions.due(row, at)}  # fmt: skip
            rules = next((row.rules for row in rows.values()), 0)
            viewers = {cookie: self._viewer(connection, row, rules, at) for cookie, row in rows.items()}
            touched = {source for viewer in viewers.values() for source in viewer.sources or ()}
            how = Stamps(rules, entities(connection, touched) if touched else ())
        return {cookie: Look(viewer, at, how) for cookie, viewer in viewers.items()}

    def _viewer(self, connection: Connection, row: AnyRow, rules: int, at: datetime) -> Viewer:
        key = (row.id, row.role, row.way, rules, local_day(at))
        viewer = self._viewers.get(key)
        if viewer is None:
            if len(self._viewers) >= MOST_VIEWERS:
                self._viewers.clear()
            viewer = self._viewers[key] = sessions.viewer_of(connection, row, at)
        return viewer


def _count(waiting: Mapping[str, list[asyncio.Future[Look | None]]]) -> int:
    return sum(map(len, waiting.values()))


def _tell(waiting: Mapping[str, list[asyncio.Future[Look | None]]], error: BaseException) -> None:
    """Whoever waits learns that the look has failed."""
    for futures in waiting.values():
        for future in futures:
            if not future.done():
                future.set_exception(error if isinstance(error, Exception) else asyncio.CancelledError())
