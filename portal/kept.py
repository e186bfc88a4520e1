"""Answers that are kept while nothing that they depend on has changed: for what is asked for all day long.

Access is not kept. For every request the session is looked up anew, and ``may_see`` decides by the clock of that
moment, from facts that are kept by the same stamp; the read is on file before the answer leaves. What is kept of an
answer is what it says, for everybody who is shown the same of the same student.
"""

from __future__ import annotations

from asyncio import Semaphore
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import date, datetime
from threading import Lock
from typing import Any, Generic, NamedTuple, TypeVar

from fastapi import Request, Response
from sqlalchemy import Connection, Engine

from portal.access import Area, Pupil, TieKind, Verdict, Viewer, may_see
from portal.audited import Audited, put_on_file
from portal.clock import local_day
from portal.etag import digest
from portal.gate import Gate
from portal.looking import Reads, Seen
from portal.publication import horizon
from portal.signin.sessions import COOKIE
from portal.stamp import Stamps, stamps

K = TypeVar("K")
V = TypeVar("V")

AT_ONCE = 2
MOST_FACTS = 20_000
MOST_ANSWERS = 1_000
"""Some 30 MB of grade overviews."""

FACTS = frozenset({"student", "guardianship", "enrolment", "school_year", "group", "group_member", "group_staff"})
"""The kinds of record that access is decided from."""

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
_Whom = tuple[str | None, str, str, date]
_Key = tuple[str, str, int, frozenset[str] | None, datetime | None, date]


class _Latest(Generic[K, V]):
    """The values that were used last."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[K, V] = OrderedDict()
        # Answers are kept by the threads that make them.
        self._alone = Lock()

    def get(self, key: K) -> V | None:
        with self._alone:
            value = self._values.get(key)
            if value is not None:
                self._values.move_to_end(key)
            return value

    def put(self, key: K, value: V) -> None:
        with self._alone:
            self._values[key] = value
            self._values.move_to_end(key)
            if len(self._values) > self._most:
                self._values.popitem(last=False)


class Answer(NamedTuple):
    """The bytes of an answer, and what tells them from others."""

    body: bytes
    digest: str


@dataclass(frozen=True, slots=True)
class _Stamped(Generic[V]):
    stamp: tuple[object, ...]
    value: V


class Kept:
    """What one application keeps."""

    def __init__(self, engine: Engine) -> None:
        self.gate = Gate(engine)
        # Python makes one at a time whatever the threads; many at once only get in each other's way.
        self.making = Semaphore(AT_ONCE)
        self._facts: _Latest[_Whom, _Stamped[Pupil]] = _Latest(MOST_FACTS)
        self._answers: _Latest[_Key, _Stamped[Answer]] = _Latest(MOST_ANSWERS)

    def facts(self, viewer: Viewer, student: str, at: datetime, how: Stamps) -> Pupil | None:
        """What access to a student is decided from, if it still holds."""
        kept = self._facts.get(_whom(viewer, student, at))
        if kept is None or kept.stamp != how.of(kept.value.source_id, FACTS):
            return None
        return kept.value

    def answer(self, name: str, pupil: Pupil, verdict: Verdict, viewer: Viewer, at: datetime, how: Stamps,
               kinds: frozenset[str]) -> Answer | None:  # fmt: skip
        """What a view says to whoever is shown this, if it still holds."""
        kept = self._answers.get(_key(name, pupil, verdict, horizon(pupil.rules, viewer, at), at))
        return kept.value if kept is not None and kept.stamp == how.of(pupil.source_id, kinds) else None

    def keep(self, connection: Connection, name: str, seen: Seen, at: datetime, kinds: frozenset[str],
             body: bytes) -> None:  # fmt: skip
        """Keep an answer and the facts behind it, by how things stood in the transaction that it was read in.

        Of sessions alone: programs ask for each student once.
        """
        if seen.viewer.session is None:
            return
        how = stamps(connection, {seen.pupil.source_id})
        source = seen.pupil.source_id
        whom = _whom(seen.viewer, seen.pupil.id, at)
        self._facts.put(whom, _Stamped(how.of(source, FACTS), seen.pupil))
        key = _key(name, seen.pupil, seen.verdict, seen.horizon, at)
        self._answers.put(key, _Stamped(how.of(source, kinds), Answer(body, digest(body))))


def _whom(viewer: Viewer, student: str, at: datetime) -> _Whom:
    """A session in one role, a student, and the day on which the facts are those of."""
    return viewer.session, viewer.role.value, student, local_day(at)


def _key(name: str, pupil: Pupil, verdict: Verdict, published: datetime | None, at: datetime) -> _Key:
    tie = verdict.tie
    own_subjects = tie.subjects if tie is not None and tie.kind is TieKind.TEACHER else None
    # While results come out at any moment the horizon moves with the clock: to the minute is near enough.
    floor = None if published is None else published.replace(second=0, microsecond=0)
    return name, pupil.id, pupil.source_id, own_subjects, floor, local_day(at)


def kept_route(name: str, area: Area, kinds: frozenset[str]) -> type[Audited]:
    """The class of a route whose answer may be kept: ``/students/{id}/...``, for a session, without a query."""

    class Quick(Audited):
        def get_route_handler(self) -> Handler:
            handle = super().get_route_handler()

            async def quick(request: Request) -> Response:
                cookie = request.cookies.get(COOKIE)
                if cookie is None or "authorization" in request.headers:
                    # It does not queue either: whoever shows a token may have to wait for its issuer first.
                    return await handle(request)
                answer = await _kept(request, cookie, name, area, kinds)
                if answer is None:
                    kept: Kept = request.app.state.kept
                    async with kept.making:
                        return await handle(request)
                return Response(answer.body, media_type="application/json", headers={"ETag": answer.digest})

            return quick

    return Quick


async def _kept(request: Request, cookie: str, name: str, area: Area, kinds: frozenset[str]) -> Answer | None:
    """The kept answer, on file as read; None when there is none, or there is anything to say against it."""
    kept: Kept = request.app.state.kept
    look = await kept.gate.look(cookie)
    if look is None:
        return None
    pupil = kept.facts(look.viewer, request.path_params["id"], look.at, look.stamps)
    if pupil is None:
        return None
    verdict = may_see(look.viewer, pupil, area, look.at)
    if not verdict.allowed:
        return None
    answer = kept.answer(name, pupil, verdict, look.viewer, look.at, look.stamps, kinds)
    if answer is None:
        return None
    request.state.reads = Reads(look.viewer)
    request.state.reads.saw(pupil, area, verdict)
    await put_on_file(request)
    return answer
