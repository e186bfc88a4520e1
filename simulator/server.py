"""The school's address on the network: real HTTP on loopback, with faults and a control for other processes."""

from __future__ import annotations

import json
import os
import socket
import struct
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import BaseServer
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import SplitResult, parse_qsl, urlsplit

from simulator.atvo import SERVICES, Atvo, asked
from simulator.connect import BASE, TOKEN, Connect
from simulator.connect import call_name as connect_call
from simulator.control import control
from simulator.faults import Fault, Faults
from simulator.magister import DEFAULT_ACCOUNT, Account, Magister, Reply, call_name, login_page, query_of
from simulator.magister_wire import page
from simulator.model import School
from simulator.uwlr import CALL as UWLR_CALL
from simulator.uwlr import PATH as UWLR_PATH
from simulator.uwlr import Uwlr

_SMALL = 64 * 1024
"""Up to this many bytes an answer goes out in one piece with its length."""


class Calls:
    """What was asked for, by name, in order. Never with parameters: these hold credentials."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.peak = 0
        """The most requests that were in progress at once."""
        self._running = 0
        self._lock = threading.Lock()

    def count(self, name: str) -> int:
        return self.names.count(name)

    def clear(self) -> None:
        with self._lock:
            self.names.clear()
            self.peak = self._running

    def begin(self, name: str) -> None:
        with self._lock:
            self.names.append(name)
            self._running += 1
            self.peak = max(self.peak, self._running)

    def end(self) -> None:
        with self._lock:
            self._running -= 1


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Print what is wrong with the school; a client that goes away is its own business."""
        if not isinstance(sys.exception(), OSError):
            traceback.print_exc()


class Server:
    """A school that is open for requests. ``url`` ends without a slash."""

    def __init__(
        self, school: School, port: int, accounts: tuple[Account, ...], faults: Faults, token_seconds: float
    ) -> None:
        self.school = school
        self.faults = faults
        self.calls = Calls()
        self.magister = Magister(school, accounts, faults, token_seconds)
        self.connect = Connect(school, accounts, faults, token_seconds)
        self.closing = threading.Event()
        self.connections: set[socket.socket] = set()
        self._listener = _Listener(("127.0.0.1", port), partial(_Handler, self))
        self.url = f"http://127.0.0.1:{self._listener.server_address[1]}"
        self.atvo = Atvo(school, accounts, faults, self.url)
        self.uwlr = Uwlr(school, accounts, faults, self.url)
        self._thread = threading.Thread(
            target=self._listener.serve_forever, kwargs={"poll_interval": 0.02}, name="school-server", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop listening and end every connection."""
        self.closing.set()
        self._listener.shutdown()
        self._listener.server_close()
        for connection in list(self.connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def serve(
    school: School, *, port: int = 0, accounts: tuple[Account, ...] = (DEFAULT_ACCOUNT,),
    faults: Faults | None = None, token_seconds: float = 1800.0,
) -> Server:  # fmt: skip
    """Open the school on loopback, on a free port unless one is given.

    Magister answers on ``/doc?`` and ``/?``; UMService and WISService on ``/services/``; Connect on ``/oauth2/token``
    and below ``/rest/v1/connect``; UWLR below ``/uwlr/``. The same accounts open all of them. Raises ``OSError`` when
    the port is taken.
    """
    return Server(school, port, accounts, faults or Faults(), token_seconds)


class _Answer(NamedTuple):
    """What any of the faces answers."""

    status: int
    kind: str
    chunks: Iterable[bytes]
    headers: Mapping[str, str]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def __init__(
        self, school_server: Server, request: socket.socket, client_address: tuple[str, int], server: BaseServer
    ) -> None:
        self._server = school_server
        self._faults = school_server.faults
        super().__init__(request, client_address, server)

    def setup(self) -> None:
        super().setup()
        self._server.connections.add(self.connection)

    def finish(self) -> None:
        self._server.connections.discard(self.connection)
        super().finish()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: request lines hold credentials."""

    def do_GET(self) -> None:
        self._respond(b"")

    def do_POST(self) -> None:
        self._respond(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def _respond(self, body: bytes) -> None:
        address = urlsplit(self.path)
        if address.path in ("/_faults", "/_life"):
            self._control(address.path, body)
            return
        face = self._face(address, body)
        if face is None:
            self._send(404, "text/html; charset=utf-8", page("Niet gevonden").chunks)
            return
        call, answer = face
        self._server.calls.begin(call)
        try:
            self._exchange(call, answer)
        except ConnectionError:
            self.close_connection = True
        finally:
            self._server.calls.end()

    def _face(self, address: SplitResult, body: bytes) -> tuple[str, Callable[[], _Answer]] | None:
        """What is called, and how to answer it; nothing for an address that no face has."""
        pairs = parse_qsl(address.query, keep_blank_values=True)
        if address.path in ("/", "/doc"):
            query = query_of(pairs)
            return call_name(query), lambda: _answer(self._server.magister.answer(query))
        if address.path in SERVICES:
            question = asked(self.command, address.path, address.query, body)
            return question.call, lambda: _answer(self._server.atvo.answer(question))
        if uwlr := UWLR_PATH.fullmatch(address.path):
            call = UWLR_CALL if self.command == "POST" else "wsdl"
            version, query_text = uwlr.group(1), address.query
            return call, lambda: _answer(self._server.uwlr.answer(version, self.command, query_text, body))
        if address.path == TOKEN or address.path.startswith(BASE):
            return connect_call(self.command, address.path), lambda: self._connect(address.path, pairs, body)
        return None

    def _connect(self, path: str, pairs: list[tuple[str, str]], body: bytes) -> _Answer:
        reply = self._server.connect.answer(self.command, path, pairs, self.headers, body)
        return _Answer(reply.status, reply.kind, reply.chunks, reply.headers)

    def _control(self, path: str, body: bytes) -> None:
        status, answer = control(path, body, self._server.school, self._faults, self._server.calls.names)
        self._send(status, "application/json", iter([json.dumps(answer).encode() + b"\n"]))

    def _exchange(self, call: str, answer: Callable[[], _Answer]) -> None:
        if slow := self._faults.fire("slow", call):
            self._server.closing.wait(slow.seconds or 0.5)
        if self._faults.fire("reset", call):
            self._reset()
        elif throttle := self._faults.fire("throttle", call):
            self._send(429, "text/html; charset=utf-8", page("Te veel verzoeken").chunks, _retry_after(throttle))
        elif self._faults.fire("unavailable", call):
            self._send(503, "text/html; charset=utf-8", page("Onderhoud").chunks)
        elif self._faults.fire("content-type", call):
            self._send(200, "text/html; charset=utf-8", login_page().chunks)
        else:
            self._deliver(answer(), call)

    def _deliver(self, answer: _Answer, call: str) -> None:
        status, kind, chunks, headers = answer
        if self._faults.fire("cut", call):
            whole = b"".join(chunks)
            self._head(status, kind, {**headers, "Content-Length": str(len(whole)), "Connection": "close"})
            self.wfile.write(whole[: len(whole) // 2])
        elif self._faults.fire("cut-silent", call):
            self._head(status, kind, {**headers, "Connection": "close"})
            self.wfile.write(middle_of_a_row(b"".join(chunks)))
        elif self._faults.fire("drip", call):
            self._head(status, kind, {**headers, "Connection": "close"})
            self._drip(b"".join(chunks))
        else:
            self._send(status, kind, chunks, headers)

    def _send(self, status: int, kind: str, chunks: Iterable[bytes], headers: Mapping[str, str] | None = None) -> None:
        """Send in one piece when it is small, else in chunks as they come."""
        start, ended = b"", True
        chunks = iter(chunks)
        for chunk in chunks:
            start += chunk
            if len(start) > _SMALL:
                ended = False
                break
        headers = headers or {}
        if ended:
            self._head(status, kind, {**headers, "Content-Length": str(len(start))})
            self.wfile.write(start)
            return
        self._head(status, kind, {**headers, "Transfer-Encoding": "chunked"})
        self._chunk(start)
        for chunk in chunks:
            self._chunk(chunk)
        self.wfile.write(b"0\r\n\r\n")

    def _chunk(self, data: bytes) -> None:
        if data:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))

    def _head(self, status: int, kind: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _drip(self, whole: bytes) -> None:
        for byte in whole:
            self.wfile.write(bytes((byte,)))
            if self._server.closing.wait(0.05):
                return
        while not self._server.closing.wait(0.05):
            self.wfile.write(b" ")

    def _reset(self) -> None:
        """Close with unsent data thrown away, which the other side sees as a reset."""
        self.close_connection = True
        self._server.connections.discard(self.connection)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())


def _answer(reply: Reply) -> _Answer:
    return _Answer(reply.status, reply.body.content_type, reply.body.chunks, {})


def _retry_after(throttle: Fault) -> dict[str, str]:
    return {"Retry-After": str(int(throttle.seconds or 1))}


def middle_of_a_row(whole: bytes) -> bytes:
    """The first half or so, ending inside a row and never at its end."""
    end = max(1, len(whole) // 2)
    while end > 1 and whole[end - 1 : end] in (b"\n", b"\r"):
        end -= 1
    return whole[: end - 1] if whole[end : end + 1] in (b"\n", b"\r") else whole[:end]
