"""Asking an identity provider: over TLS, never elsewhere, never longer and never more than it should.

What it publishes about itself is kept for an hour. Nobody can make us ask more often than once a minute for the sake
of a key that we do not know.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

import orjson
import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from canonical.errors import SchoolbrugError

DEADLINE = 8.0
"""Seconds for one call, from connecting to the last byte."""
PATIENCE = 4.0
"""Seconds for one step of it, such as connecting."""
MOST_BYTES = 512 * 1024
"""Of an answer, unpacked."""

KEPT = timedelta(hours=1)
"""A key that the provider has withdrawn is not accepted any longer than this."""
AGAIN = timedelta(minutes=1)
"""Between two looks for what was missing."""
AFTER_FAILURE = timedelta(seconds=30)
"""From the beginning of a look that has failed."""
WAIT = 1.0
"""Seconds that one waits for another's look. If all waited until its end, a provider that does not answer in the
morning would soon leave nobody to answer those who have signed in already."""


class Unreachable(SchoolbrugError):
    """The provider does not answer, or not as it should. ``code`` says how."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class _Known:
    lock: threading.Lock = field(default_factory=threading.Lock)
    document: Mapping[str, Any] | None = None
    read_at: datetime = _NEVER
    tried_at: datetime = _NEVER

    def fresh(self, now: datetime) -> Mapping[str, Any] | None:
        """The document, unless it is too old. Also right while somebody else is replacing it."""
        return self.document if self.read_at <= now < self.read_at + KEPT else None


_known: dict[str, _Known] = {}
"""What providers say of themselves, by address: the same for every request of this process."""


def document(
    url: str, now: datetime, lacks: Callable[[Mapping[str, Any]], bool] = lambda _document: False
) -> Mapping[str, Any]:
    """The JSON object at ``url``, an hour old at most; read anew where it ``lacks`` something. Raises ``Unreachable``.

    The caller has made sure that ``url`` may be called at all.
    """
    known = _known.setdefault(url, _Known())
    fresh = known.fresh(now)
    if fresh is not None and not lacks(fresh):
        return fresh
    if not known.lock.acquire(timeout=WAIT):  # of many that want the same, one asks
        return _or_later(fresh)
    try:
        fresh = known.fresh(now)
        if fresh is not None and not lacks(fresh):
            return fresh
        if known.tried_at <= now < known.tried_at + (AFTER_FAILURE if fresh is None else AGAIN):
            return _or_later(fresh)
        known.tried_at = now
        try:
            known.document, known.read_at = _read(url), now  # in this order: see ``fresh``
        except Unreachable:
            if fresh is None:
                raise
            return fresh
        return known.document
    finally:
        known.lock.release()


def _or_later(fresh: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if fresh is None:
        raise Unreachable("again_later")
    return fresh


def document_for(url: str, access_token: str) -> Mapping[str, Any]:
    """The JSON object that is at ``url`` for who has this token; it is not kept. Raises ``Unreachable``."""
    return _read(url, {"Authorization": f"Bearer {access_token}"})


def _read(url: str, headers: Mapping[str, str] = MappingProxyType({})) -> Mapping[str, Any]:
    with requests.Session() as session, guarded(session):
        sent = {"Accept": "application/json", **headers}
        answer = session.get(url, headers=sent, allow_redirects=False, timeout=PATIENCE)
        if answer.status_code != 200:
            raise Unreachable("status")
        try:
            found = orjson.loads(answer.content)
        except orjson.JSONDecodeError:
            raise Unreachable("form") from None
    if not isinstance(found, dict):
        raise Unreachable("form")
    return found


@contextmanager
def guarded(session: requests.Session) -> Iterator[None]:
    """Within, what ``session`` sends ends at the deadline and takes no more than it should.

    Nothing of the machine's surroundings changes where it goes: no proxy, no credentials of a ``.netrc``. Raises
    ``Unreachable`` for every failure of the network.
    """
    session.trust_env = False
    session.headers["Accept-Encoding"] = "identity"
    session.mount("https://", _Adapter())
    session.mount("http://", _Adapter())
    call = _Call()
    token = _running.set(call)
    try:
        yield
    except (requests.RequestException, HTTPError, OSError):
        raise Unreachable("deadline" if call.over else "network") from None
    finally:
        call.end(late=False)
        _running.reset(token)


class _Call:
    """The connections of one call. At the deadline they are cut, wherever they are in their answer.

    A timeout of the socket's own starts anew with every byte that arrives.
    """

    def __init__(self) -> None:
        self.over = False
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(DEADLINE, self.end)
        self._timer.daemon = True
        self._timer.start()

    def joined(self, connection: socket.socket) -> None:
        self._sockets.append(connection)
        if self.over:
            self.end()

    def end(self, *, late: bool = True) -> None:
        self._timer.cancel()
        self.over = self.over or late
        for connection in self._sockets if late else ():
            try:
                # Past TLS, whose state belongs to the thread that reads.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
            except OSError:
                continue  # closed by now


_running: ContextVar[_Call] = ContextVar("call")


class _Adapter(HTTPAdapter):
    """No attempts of its own, and a whole answer at once."""

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        answer = super().send(request, *args, **{**kwargs, "stream": True})
        body = answer.raw.read(MOST_BYTES + 1, decode_content=True)
        if len(body) > MOST_BYTES:
            raise Unreachable("too_large")
        if _running.get().over:
            raise Unreachable("deadline")  # cut off, which can look like its end
        answer._content = body
        return answer


class _Connection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _running.get().joined(self.sock)


class _SecureConnection(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        _running.get().joined(self.sock)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection
