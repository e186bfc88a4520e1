"""Who looked at what of whom (R65): an append-only log in which nothing can be changed unnoticed.

Every row's hash covers the row and the hash before it, under a key that is not in the database:

    hash(n) = HMAC-SHA256(key, hash(n - 1) || canonical(row n))

There is one such chain for each source, and number 0 for what belongs to none. ``audit_head`` says where a chain ends.
What it cannot show, a head that was set back together with its rows, shows against an anchor that is kept elsewhere
(``portal.auditing``). No event holds anything of a record.
"""

from __future__ import annotations

import asyncio
import hmac
import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, Final, NamedTuple

import orjson
import structlog
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from canonical.bulk import is_postgresql
from canonical.columns import iso
from canonical.errors import SchoolbrugError
from portal.clock import now
from portal.reading import writing

NOBODYS = 0
"""The chain of what belongs to no source, such as a sign-in that failed."""
COMMAND = "command"
"""The actor, and the role, of what is done on the command line."""
GENESIS = bytes(32)
"""What stands in for the hash before the first row's."""
PATIENCE = 20.0
"""Seconds that a request waits for its events to be written; more than the database's own patience with locks."""
A_MOMENT = 0.001
"""Seconds that one call waits for another to share its transaction with; less than the disk takes."""
TOGETHER = 2_000
"""Calls that one transaction takes at most."""

COLUMNS: Final = (
    "source_id", "n", "at", "actor", "role", "relation", "student_id", "area", "action", "allowed", "reason", "session",
    "client",
)  # fmt: skip
"""What a hash covers, in this order."""

_log = structlog.get_logger()


class CannotRecord(SchoolbrugError):
    """The events are not known to be on disk: whatever they are about must not be shown."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that somebody did, or tried to do, of one student or of none. Never the content (R65).

    ``actor`` is ``account:<id>``, ``client:<name>`` or ``command``; ``role`` and ``area`` are words of
    ``portal.access`` (of a held plan ``held/`` and its number), ``relation`` is the kind of the tie that it rests on;
    ``reason`` says why it was refused. ``source_id`` is ``NOBODYS`` where it is about no source.
    """

    source_id: int
    actor: str
    role: str
    action: str = "read"
    allowed: bool = True
    relation: str | None = None
    student_id: str | None = None
    area: str | None = None
    reason: str | None = None
    session: str | None = None
    client: str | None = None


class Head(NamedTuple):
    """Where a chain ends. Rows up to ``gone`` have had their time and were removed; ``gone_hash`` is the last's."""

    n: int = 0
    hash: bytes = GENESIS
    gone: int = 0
    gone_hash: bytes = GENESIS


def canonical(row: Sequence[Any]) -> bytes:
    """The bytes of a row's ``COLUMNS``, the same from either kind of database. Raises ``TypeError`` for other types."""
    source_id, n, at, *texts = row
    moment = iso(at) if isinstance(at, datetime) else at
    student, allowed = texts[3], texts[6]
    texts[3] = None if student is None else str(student)
    texts[6] = int(allowed) if isinstance(allowed, bool) else allowed
    return orjson.dumps([source_id, n, moment, *texts])


def link(key: bytes, previous: bytes, row: Sequence[Any]) -> bytes:
    """The hash of a row, 32 bytes: of its ``COLUMNS`` after ``previous``, the hash of the row before it."""
    return hmac.digest(key, previous + canonical(row), "sha256")


def seal(key: bytes, source_id: int, head: Head) -> bytes:
    """What shows that a head was written by somebody who has the key."""
    said = orjson.dumps([source_id, head.n, head.hash.hex(), head.gone, head.gone_hash.hex()])
    return hmac.digest(key, b"head" + said, "sha256")


def append(connection: Connection, key: bytes, events: Iterable[Event], at: datetime) -> None:
    """Write events at the ends of their chains, within the caller's transaction (one that writes).

    Raises ``CannotRecord`` when the end of a chain was not written with this key: writing on would hide that.
    """
    chains: defaultdict[int, list[Event]] = defaultdict(list)
    for event in events:
        chains[event.source_id].append(event)
    moment: Any = at if is_postgresql(connection) else iso(at)
    # In one order everywhere, so that two processes never wait for each other.
    for source_id in sorted(chains):
        head = take(connection, key, source_id)
        n, last = head.n, head.hash
        rows: list[tuple[Any, ...]] = []
        for event in chains[source_id]:
            n += 1
            row = (
                source_id, n, moment, event.actor, event.role, event.relation, event.student_id, event.area,
                event.action, event.allowed, event.reason, event.session, event.client,
            )  # fmt: skip
            last = link(key, last, row)
            rows.append((*row, last))
        _insert(connection, rows)
        put(connection, key, source_id, head._replace(n=n, hash=last))


def take(connection: Connection, key: bytes, source_id: int) -> Head:
    """The end of a chain, which is nobody else's until the transaction ends. Raises ``CannotRecord``."""
    values = {"s": source_id}
    if not is_postgresql(connection):  # a writer is alone from its beginning
        found = connection.execute(_HEAD, values).first()
    elif (found := connection.execute(_LOCKED, values).first()) is None:
        # Two processes may both begin the chain: it is there for either to wait for.
        connection.execute(_FIRST, values | _told(Head()) | {"seal": seal(key, source_id, Head())})
        found = connection.execute(_LOCKED, values).one()
    if found is None:
        return Head()
    head = Head(found.n, bytes(found.hash), found.gone, bytes(found.gone_hash))
    if not hmac.compare_digest(bytes(found.seal), seal(key, source_id, head)):
        raise CannotRecord("audit: the end of a chain was written with another key. See: schoolbrug audit verify")
    return head


def put(connection: Connection, key: bytes, source_id: int, head: Head) -> None:
    """Say where a chain ends from now on."""
    connection.execute(_PUT, {"s": source_id, **_told(head), "seal": seal(key, source_id, head)})


_HEAD = text("SELECT n, hash, gone, gone_hash, seal FROM audit_head WHERE source_id = :s")
_LOCKED = text(f"{_HEAD.text} FOR UPDATE")
_NEW = (
    "INSERT INTO audit_head (source_id, n, hash, gone, gone_hash, seal)"
    " VALUES (:s, :n, :hash, :gone, :gone_hash, :seal) ON CONFLICT (source_id) DO "
)
_FIRST = text(f"{_NEW} NOTHING")
_PUT = text(f"{_NEW} UPDATE SET n = :n, hash = :hash, gone = :gone, gone_hash = :gone_hash, seal = :seal")


def _told(head: Head) -> dict[str, Any]:
    return head._asdict()


def _insert(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    connection.exec_driver_sql(_ROW["%s" if is_postgresql(connection) else "?"], list(rows))


_ROW = {
    mark: f"INSERT INTO audit ({', '.join(COLUMNS)}, hash) VALUES ({', '.join([mark] * (len(COLUMNS) + 1))})"  # noqa: S608
    for mark in ("?", "%s")
}
"""By the way in which a database marks a value."""


class _Call(NamedTuple):
    events: Sequence[Event]
    done: Future[None]


class Recorder:
    """Writes the events of all requests of this process: one thread, and one transaction for all that wait.

    The disk takes as long for many events as for one, so that the more callers there are, the more go together.
    """

    def __init__(self, engine: Engine, key: bytes) -> None:
        self._engine = engine
        self._key = key
        self._waiting: SimpleQueue[_Call | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def record(self, events: Sequence[Event]) -> None:
        """Give back control when the events are on disk. Raises ``CannotRecord``."""
        if not events:
            return
        done = self._hand_in(events)
        try:
            done.result(PATIENCE)
        except Late:
            done.cancel()
            raise CannotRecord("audit: the database takes too long") from None

    async def recorded(self, events: Sequence[Event]) -> None:
        """The same for who runs on the event loop."""
        if not events:
            return
        try:
            async with asyncio.timeout(PATIENCE):
                await asyncio.wrap_future(self._hand_in(events))
        except TimeoutError:
            raise CannotRecord("audit: the database takes too long") from None

    def close(self) -> None:
        """Write what waits, and stop. A later event starts it again."""
        with self._lock:
            thread, self._thread = self._thread, None
            if thread is not None:
                self._waiting.put(None)
        if thread is not None:
            thread.join(PATIENCE)

    def _hand_in(self, events: Sequence[Event]) -> Future[None]:
        call = _Call(events, Future())
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="audit", daemon=True)
                self._thread.start()
            self._waiting.put(call)
        return call.done

    def _run(self) -> None:
        company = 1
        while calls := self._next(company):
            self._write([call for call in calls if call.done.set_running_or_notify_cancel()])
            company = len(calls) + self._waiting.qsize()

    def _next(self, company: int) -> list[_Call]:
        """All that wait, at least one; none when it is time to stop.

        ``company`` is how many came last time: they are waited for a moment, so that those who were just answered do
        not miss a transaction, forever taking turns with the others.
        """
        first = self._waiting.get()
        calls = [] if first is None else [first]
        until = monotonic() + A_MOMENT
        with suppress(Empty):
            while calls and len(calls) < TOGETHER:
                left = until - monotonic() if len(calls) < company else 0
                call = self._waiting.get(timeout=left) if left > 0 else self._waiting.get_nowait()
                if call is None:
                    self._waiting.put(None)  # what was handed in before goes first
                    break
                calls.append(call)
        return calls

    def _write(self, calls: Sequence[_Call]) -> None:
        """Write calls together. No error of theirs ends the thread, since every request waits for it."""
        if not calls:
            return
        try:
            with writing(self._engine) as connection:
                append(connection, self._key, [event for call in calls for event in call.events], now())
        except Exception as error:  # noqa: BLE001
            if len(calls) > 1 and not isinstance(error, (CannotRecord, OperationalError)):
                for call in calls:  # one that cannot be written must not take the others with it
                    self._write([call])
                return
            _log.error("audit.cannot_record", error=type(error).__name__, events=sum(len(c.events) for c in calls))
            told = error if isinstance(error, CannotRecord) else CannotRecord("audit: the database does not answer")
            for call in calls:
                call.done.set_exception(told)
            return
        for call in calls:
            call.done.set_result(None)
