"""A server on this machine that does with each request what a test tells it, down to the byte."""

from __future__ import annotations

import gzip
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field

from connectors.http import HttpSession, HttpSettings

XML = ("text/xml", "application/xml")


@dataclass
class Server:
    """``requests`` are those received, to the letter; ``stopping`` is set when the test is over.

    ``outlasted`` says that a client stayed until a slow answer was over.
    """

    scheme: str
    port: int
    connections: int = 0
    outlasted: bool = False
    requests: list[bytes] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"


Behaviour = Callable[[socket.socket, Server, bytes], None]
"""Answers one request on a connection."""


@contextmanager
def serving(behave: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server("https" if tls else "http", listener.getsockname()[1])
    threading.Thread(target=_accept, args=(listener, behave, server, tls), daemon=True).start()
    try:
        yield server
    finally:
        server.stopping.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _accept(listener: socket.socket, behave: Behaviour, server: Server, tls: ssl.SSLContext | None) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        server.connections += 1
        threading.Thread(target=_converse, args=(connection, behave, server, tls), daemon=True).start()


def _converse(connection: socket.socket, behave: Behaviour, server: Server, tls: ssl.SSLContext | None) -> None:
    with closing(connection), suppress(OSError):
        peer = tls.wrap_socket(connection, server_side=True) if tls else connection
        with closing(peer):
            while request := _receive(peer):
                server.requests.append(request)
                behave(peer, server, request)


def _receive(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        if not (more := connection.recv(65536)):
            return b""
        received += more
    head, _, body = received.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            while len(body) < int(line.partition(b":")[2]):
                body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def plain(body: bytes = b"<Response/>", *, status: str = "200 OK", kind: str = "text/xml", more: str = "") -> bytes:
    """An answer with a Content-Length."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


def headers(*lines: str) -> bytes:
    return "\r\n".join(("HTTP/1.1 200 OK", "Content-Type: text/xml", *lines, "", "")).encode()


def chunked(*pieces: bytes) -> bytes:
    """An answer in chunks, without the last one: add ``b"0\\r\\n\\r\\n"``."""
    return headers("Transfer-Encoding: chunked") + b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)


def zipped(body: bytes, *, without: int = 0) -> bytes:
    """A gzip answer whose Content-Length is right though the gzip stream lacks its last ``without`` bytes."""
    packed = gzip.compress(body, mtime=0)
    packed = packed[: len(packed) - without]
    return headers("Content-Encoding: gzip", f"Content-Length: {len(packed)}") + packed


def say(*answers: bytes) -> Behaviour:
    """Give each request the next of ``answers``, whole; the last one for ever."""
    left = list(answers)

    def behave(connection: socket.socket, server: Server, request: bytes) -> None:
        connection.sendall(left.pop(0) if len(left) > 1 else left[0])

    return behave


def say_and_close(answer: bytes) -> Behaviour:
    def behave(connection: socket.socket, server: Server, request: bytes) -> None:
        connection.sendall(answer)
        connection.shutdown(socket.SHUT_RDWR)

    return behave


def say_and_reset(answer: bytes) -> Behaviour:
    def behave(connection: socket.socket, server: Server, request: bytes) -> None:
        connection.sendall(answer)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    return behave


def drip(whole: bytes, forever: bytes = b"x") -> Behaviour:
    """Send ``whole`` and then a byte at a time, quick enough for each read and never done before ten seconds."""

    def behave(connection: socket.socket, server: Server, request: bytes) -> None:
        connection.sendall(whole)
        for _ in range(500):
            connection.sendall(forever)
            if server.stopping.wait(0.02):
                return
        server.outlasted = True

    return behave


def silent(connection: socket.socket, server: Server, request: bytes) -> None:
    connection.settimeout(10)
    with suppress(ConnectionError):
        try:
            connection.recv(1)
        except TimeoutError:
            server.outlasted = True


class FakeTime:
    """A clock that only moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def session_to(
    server: Server, time: FakeTime | None = None, *, secrets: tuple[str, ...] = (), **more: object
) -> HttpSession:
    """A session of one attempt, unless ``more`` settings say otherwise."""
    settings = HttpSettings.model_validate({"base_url": server.url, "attempts": 1, **more})
    if time is None:
        return HttpSession(settings, secrets)
    return HttpSession(settings, secrets, clock=time.clock, sleep=time.sleep)
