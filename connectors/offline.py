"""For tests: a thread that may not touch files and the network."""

from __future__ import annotations

import builtins
import io
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

_IO: tuple[tuple[object, tuple[str, ...]], ...] = (
    (builtins, ("open",)),
    (io, ("open",)),
    (os, ("open",)),
    (socket, ("create_connection", "getaddrinfo")),
    (socket.socket, ("connect", "connect_ex", "send", "sendall", "sendto", "recv", "recv_into", "recvfrom")),
    (ssl.SSLSocket, ("connect", "send", "sendall", "recv", "recv_into", "read", "write")),
)


@contextmanager
def io_refused() -> Iterator[list[str]]:
    """Within, this thread opens no file and uses no socket; others do. What it tried is in the list, in case it
    swallows the error."""
    touched: list[str] = []
    here = threading.get_ident()

    def refusing(name: str, real: Callable[..., object]) -> Callable[..., object]:
        def refuse(*args: object, **kwargs: object) -> object:
            if threading.get_ident() != here:
                return real(*args, **kwargs)
            touched.append(name)
            raise AssertionError(f"it called {name}")

        return refuse

    with ExitStack() as stack:
        for owner, names in _IO:
            for name in names:
                stack.enter_context(patch.object(owner, name, refusing(name, getattr(owner, name))))
        yield touched
