"""Running until told to stop: the read layer, the schedule, or both in one process."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress

import uvicorn
from fastapi import FastAPI
from sqlalchemy.exc import DBAPIError

from canonical.errors import UserError
from canonical.store import Store
from portal.app import create_app
from scheduler.schedule import Schedule
from scheduler.sync import Report
from scheduler.telling import Tell, to_log
from schoolbrug.known import Keeper, Known
from schoolbrug.opening import layer

_GRACE = 5
"""Seconds that answers in the making get when the read layer ends."""
_LOOK = 1.0
"""Seconds between two looks at the clock and at the server."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that is ours from now on; 0 is any free port. Raises ``UserError`` when it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
    except OSError as error:
        made.close()
        raise UserError(f"Cannot listen on {host}:{port} ({error.strerror}). Choose another port.") from None
    return made


def address(listening: socket.socket) -> str:
    """Its URL without a slash at the end."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def application(store: Store, known: Known) -> FastAPI:
    """The read layer as the configuration has it, of the sources that are known."""
    return create_app(store.engine, layer(known.own, known.limits, known.names))


@contextmanager
def answering(
    app: FastAPI, listening: socket.socket, proxies: Sequence[str] = ()
) -> Iterator[threading.Thread]:
    """The read layer answers within this block, in a thread of its own so that signals stay ours.

    What a proxy says of where a request comes from could be said by the caller as well, and limits go by the address:
    it is believed of ``proxies`` alone.
    """
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        # A stream of news never ends by itself.
        timeout_graceful_shutdown=_GRACE,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="read-layer", daemon=True)
    thread.start()
    try:
        while not server.started:
            thread.join(0.02)
            _alive(thread)
        yield thread
    finally:
        server.should_exit = True
        thread.join(10)


@contextmanager
def scheduled(
    store: Store, known: Known, listener: Callable[[Report], None] | None = None, tell: Tell = to_log
) -> Iterator[Schedule]:
    """The known sources are kept in sync within this block."""
    with ExitStack() as stack:
        find = Keeper(store, known, stack)
        schedule = Schedule(store, find(), listener=listener, tell=tell, find=find)
        schedule.start()
        try:
            yield schedule
        finally:
            schedule.stop()


@contextmanager
def until_told() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set."""
    told = threading.Event()
    before = {number: signal.signal(number, lambda *_: told.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def wait(told: threading.Event, known: Known, server: threading.Thread, schedule: Schedule | None = None) -> None:
    """Until told to stop. Raises ``UserError`` when the read layer ends by itself."""
    while not told.wait(_LOOK):
        if schedule is not None:
            schedule.look_at_clock()
        with suppress(DBAPIError):  # the read layer says so itself
            known.renew()
        _alive(server)


def _alive(server: threading.Thread) -> None:
    if not server.is_alive():
        raise UserError("The read layer ended by itself; the log above says why.")
