"""A total deadline for ``requests``, whose own timeout starts anew with every read.

A server that sends one byte a second never trips a read timeout. So each read of the socket, of the headers as
well as the body, gets what is left of the call's time and no more. Name resolution is the resolver's own affair.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

_BUFFER = 64 * 1024


@dataclass(slots=True)
class Call:
    """One call to a source, retries included. Times in seconds, ``until`` on the clock's scale."""

    until: float
    read_timeout: float
    clock: Callable[[], float] = time.monotonic
    ended: bool = False
    """The server closed the connection while we were reading from it."""

    def left(self) -> float:
        return max(self.until - self.clock(), 0.0)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Within, whatever this thread sends belongs to this call."""
        token = _running.set(self)
        try:
            yield
        finally:
            _running.reset(token)


_running: ContextVar[Call] = ContextVar("call")


class DeadlineAdapter(HTTPAdapter):
    """The transport: no retries of its own, TLS of urllib3 (1.2 or later), reads bound to the running ``Call``."""

    def __init__(self, connections: int) -> None:
        super().__init__(pool_connections=1, pool_maxsize=connections, max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, **pool_kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


class _Wire(io.RawIOBase):
    """What comes from the socket, each read with the time that the call has left."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, call: Call) -> None:
        self._raw = raw
        self._sock = sock
        self._call = call

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._call.left()
        if not left:
            raise TimeoutError("deadline")
        self._sock.settimeout(min(left, self._call.read_timeout))
        count: int | None = self._raw.readinto(buffer)
        self._call.ended = count == 0
        return count

    def readall(self) -> bytes:
        # Only a chunk that announces -1 bytes gets here; it would be read into memory without a bound.
        raise http.client.HTTPException("unbounded read")

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_Wire(self.fp.detach(), sock, _running.get()), _BUFFER)


class _Connection(HTTPConnection):
    response_class = _Response


class _SecureConnection(HTTPSConnection):
    response_class = _Response


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection
