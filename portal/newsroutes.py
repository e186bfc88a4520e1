"""The addresses of news: by asking again, or as a stream of events."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping
from datetime import datetime
from time import monotonic
from typing import Annotated

from fastapi import Depends, Header, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.security.utils import get_authorization_scheme_param
from fastapi.sse import EventSourceResponse, ServerSentEvent
from sqlalchemy import Connection, Engine, func, select
from starlette.concurrency import run_in_threadpool

from canonical.tables import STATE
from portal.access import Role, Viewer
from portal.audit import CannotRecord
from portal.audited import Audited
from portal.beginnings import Known
from portal.caller import Caller, Noted, Store, authenticate, needs
from portal.clock import now
from portal.cursors import PAGE, LimitQuery, decode, encode
from portal.looking import Reads
from portal.news import (
    NEWS,
    OVERLAP,
    WINDOW,
    News,
    NewsItem,
    Token,
    as_place,
    from_now,
    of_place,
    since,
    tell,
    within_window,
)
from portal.newsfeed import entries
from portal.problems import invalid
from portal.reading import reading
from portal.routes import ERRORS
from portal.routing import api_router
from portal.settings import Settings
from portal.sources import meta, states
from portal.tables import STAMP

LOOK_EVERY = 2.0
"""Seconds between two looks at whether anything has changed: one look for all streams together."""
JUDGE_EVERY = 15.0
"""Seconds after which a stream looks though nothing was written: a schedule, a birthday, the end of a session."""
AT_ONCE = 4
"""How many streams look at the same time, so that other requests find a thread and a connection after a sync."""
LONGEST_TOKEN = 4096

AfterQuery = Annotated[
    str | None, Query(max_length=LONGEST_TOKEN, description="`next` of the answer before; without it, two weeks back.")
]
LastEventId = Annotated[
    str | None,
    Header(alias="Last-Event-ID", max_length=LONGEST_TOKEN,
           description="The `id` of the last event that was received; without it, from now on."),
]  # fmt: skip


StreamAfter = Annotated[
    str | None,
    Query(max_length=LONGEST_TOKEN, description="The same for who sends no header yet: a browser's first request."),
]  # fmt: skip


def resumed(request: Request, last_event_id: LastEventId = None, after: StreamAfter = None) -> Token | None:
    """Where a stream goes on; told before it begins when that makes no sense."""
    settings = request.app.state.settings
    if last_event_id is None:
        return _token(settings, after, "query.after")
    return _token(settings, last_event_id, "header.Last-Event-ID")


def place_of(settings: Settings, token: Token) -> str:
    """What one goes on with, as readers are given it."""
    return encode(settings.secret, as_place(token), "news")


def follower(viewer: Caller) -> Viewer:
    """Who asks for news. A client needs the scope for it."""
    needs(viewer, *Role, scope="news")
    return viewer


Follower = Annotated[Viewer, Depends(follower)]

router = api_router("/v1/news", responses=ERRORS, route_class=Audited, tags=["news"])


@router.get("", summary="What is new for the caller's students")
def get_news(
    request: Request, viewer: Follower, engine: Store, noted: Noted, after: AfterQuery = None, limit: LimitQuery = PAGE
) -> News:
    """Grades, absences, removals, lateness and remarks that became visible, each once, in that order.

    An item says that there is something, never what. Grades come when the school's schedule lets the caller see them.
    """
    settings, at = request.app.state.settings, now()
    token = _token(settings, after, "query.after") or since(at - WINDOW)
    with reading(engine, viewer) as connection:
        news, _ = _look(connection, noted, settings, watch_of(request).known, token, at, limit)
    return news


@router.get("/stream", response_class=EventSourceResponse, summary="What is new, as it comes")
async def stream_news(
    request: Request, viewer: Follower, token: Annotated[Token | None, Depends(resumed)]
) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events of the name `news`; the data are what `/v1/news` answers, the `id` is where to go on.

    Without `Last-Event-ID` or `after` it begins with an event without items. It ends with the session or token; whoever
    comes back with the last id misses nothing and gets nothing twice. A comment is sent every 15 seconds.
    """
    watch, sources = watch_of(request), viewer.sources
    stamps, looked_at, more = None, 0.0, token is None
    while True:
        found = await watch.stamps(sources)
        if more or found != stamps or monotonic() - looked_at >= JUDGE_EVERY:
            stamps, looked_at = found, monotonic()
            async with watch.turns:
                looked = await run_in_threadpool(_judged_anew, request, watch.known, token)
            if looked is None:
                return
            news, onwards, reads = looked
            try:
                await request.app.state.recorder.recorded(reads.events)
            except CannotRecord:
                return  # nobody learns what is not on file; the client comes back with the last id
            if news.items or token is None:
                yield ServerSentEvent(event="news", id=news.next, data=news)
            token, more, sources = onwards, news.more, reads.viewer.sources
        if not more:
            await asyncio.sleep(LOOK_EVERY)


def _judged_anew(
    request: Request, known: Known, token: Token | None
) -> tuple[News, Token, Reads] | None:
    """What is new after ``token``, or where news begins; None when the session or token does not hold any more."""
    engine, settings, at = request.app.state.engine, request.app.state.settings, now()
    scheme, bearer = get_authorization_scheme_param(request.headers.get("authorization"))
    viewer, _ = authenticate(request, bearer if scheme.lower() == "bearer" else None, at)
    if viewer is None or (viewer.role is Role.CLIENT and "news" not in viewer.scopes):
        return None
    reads = Reads(viewer)
    with reading(engine, viewer) as connection:
        if token is not None:
            return *_look(connection, reads, settings, known, token, at, PAGE), reads
        onwards = from_now(entries(connection, viewer, at - OVERLAP, at, known), at)
        return _told(connection, viewer, settings, [], onwards, more=False), onwards, reads


def _look(
    connection: Connection, reads: Reads, settings: Settings, known: Known, token: Token, at: datetime,
    limit: int,
) -> tuple[News, Token]:  # fmt: skip
    """The next page of news, and where to go on. Every item counts as seen."""
    token = within_window(token, at)
    found = entries(connection, reads.viewer, token.upto.at, at, known)
    told, onwards, more = tell(found, token, at, limit)
    for entry in told:
        reads.saw(entry.seen.pupil, entry.area, entry.seen.verdict)
    items = [entry.item for entry in told]
    return _told(connection, reads.viewer, settings, items, onwards, more=more), onwards


def _told(
    connection: Connection, viewer: Viewer, settings: Settings, items: list[NewsItem], onwards: Token, *, more: bool
) -> News:
    return News(
        meta=meta(states(connection, viewer), *NEWS), items=items, more=more,
        next=place_of(settings, onwards),
    )  # fmt: skip


def _token(settings: Settings, text: str | None, field: str) -> Token | None:
    try:
        place = decode(settings.secret, text, "news")
    except RequestValidationError as error:
        raise invalid(field, error.errors()[0]["type"]) from None
    return None if place is None else of_place(place)


Stamp = set[tuple[object, ...]]
"""How a source stands; only ever compared with another."""


class Watch:
    """Looks for all streams of this process together whether anything was written, and no more often than needed."""

    def __init__(self, engine: Engine) -> None:
        self.known: Known = {}
        self.turns = asyncio.Semaphore(AT_ONCE)
        self._engine = engine
        self._alone = asyncio.Lock()
        self._looked_at = -LOOK_EVERY
        self._stamps: Mapping[int | None, Stamp] = {}

    async def stamps(self, sources: Collection[int] | None) -> Mapping[int | None, Stamp]:
        """How these sources (None: all of them) and the rules stand. Equal ones: nothing was written."""
        async with self._alone:
            if monotonic() - self._looked_at >= LOOK_EVERY:
                self._stamps = await run_in_threadpool(self._look)
                self._looked_at = monotonic()
            found = self._stamps
        return {
            source: stamp for source, stamp in found.items() if source is None or sources is None or source in sources
        }

    def _look(self) -> dict[int | None, Stamp]:
        """Every transaction of a sync extends the lease of its entity; every one of rules counts the stamp up."""
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(STATE.c.source_id, STATE.c.entity, STATE.c.fence, STATE.c.lease_until, STATE.c.fresh_at)
            ).all()
            found: dict[int | None, Stamp] = defaultdict(set)
            for row in rows:
                found[row.source_id].add(tuple(row))
            found[None] = {(connection.execute(select(func.max(STAMP.c.n))).scalar(),)}
            return found


def watch_of(request: Request) -> Watch:
    """The watch of this application."""
    state = request.app.state
    if not hasattr(state, "news_watch"):
        state.news_watch = Watch(state.engine)
    watch: Watch = state.news_watch
    return watch
