"""Stands between an SFTP client and a school, and does to a connection what networks do: what it carries is not read.

======= =====================================================================
refused the connection is ended before anything is said
reset   so many bytes of what the server says, and a reset
closed  so many bytes, and an end as if that were all
stall   so many bytes, and then silence
drip    so many bytes, and the rest a byte at a time
changed so many bytes, then one that is another
lost    so many bytes, then one that is left out
======= =====================================================================
"""

from __future__ import annotations

import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from random import Random

KINDS = ("refused", "reset", "closed", "stall", "drip", "changed", "lost")
DRIP = 0.02
"""Seconds between two bytes."""


@dataclass
class Cutting:
    """A server before ``upstream``. One connection in ``1 / density`` is struck; ``struck`` counts what has truly
    happened: a connection may end before the byte that was chosen."""

    upstream: int
    random: Random
    _listener: socket.socket
    density: float = 0.0
    struck: Counter[str] = field(default_factory=Counter)
    _longest: int = 1
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def slow(self) -> Sequence[str]:
        """Without one byte the client may wait for another message than there is."""
        return KINDS

    def begin(self, density: float) -> None:
        """From now on so much happens; nothing with 0."""
        with self._lock:
            self.density = density

    def _choose(self) -> tuple[str | None, int]:
        with self._lock:
            if self.random.random() >= self.density:
                return None, 0
            new = [one for one in KINDS if one not in self.struck]
            return self.random.choice(new or KINDS), self.random.randrange(self._longest)

    def _count(self, fault: str) -> None:
        with self._lock:
            self.struck[fault] += 1

    def listen(self) -> None:
        with suppress(OSError):
            while True:
                peer, _ = self._listener.accept()
                threading.Thread(target=self._carry, args=(peer,), daemon=True).start()

    def _carry(self, peer: socket.socket) -> None:
        fault, place = self._choose()
        if fault == "refused":
            self._count(fault)
            _reset(peer)
            return
        gone = threading.Event()
        with suppress(OSError), peer, socket.create_connection(("127.0.0.1", self.upstream)) as school:
            threading.Thread(target=_up, args=(peer, school, gone), daemon=True).start()
            self._down(peer, school, gone, fault, place)

    def _down(
        self, peer: socket.socket, school: socket.socket, gone: threading.Event, fault: str | None, place: int
    ) -> None:
        passed = 0
        while data := school.recv(65536):
            if fault is not None and passed <= place < passed + len(data):
                first, rest = data[: place - passed], data[place - passed :]
                peer.sendall(first)
                self._count(fault)
                if fault in ("changed", "lost"):
                    data = rest[1:] if fault == "lost" else bytes([rest[0] ^ 1]) + rest[1:]
                    fault, passed = None, place
                elif fault == "drip":
                    while rest and not gone.wait(DRIP):
                        peer.sendall(rest[:1])
                        rest = rest[1:] or school.recv(1)
                    return
                elif fault == "stall":
                    gone.wait(30)
                    return
                else:
                    if fault == "reset":
                        _reset(peer)
                    return
            peer.sendall(data)
            passed += len(data)
            with self._lock:
                self._longest = max(self._longest, passed)


def _up(peer: socket.socket, school: socket.socket, gone: threading.Event) -> None:
    with suppress(OSError):
        while data := peer.recv(65536):
            school.sendall(data)
    gone.set()
    with suppress(OSError):
        school.shutdown(socket.SHUT_RDWR)


def _reset(peer: socket.socket) -> None:
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


@contextmanager
def cutting(upstream: int, random: Random) -> Iterator[Cutting]:
    """One on loopback, before the port ``upstream``."""
    made = Cutting(upstream, random, socket.create_server(("127.0.0.1", 0), backlog=128))
    threading.Thread(target=made.listen, daemon=True).start()
    try:
        yield made
    finally:
        with suppress(OSError):
            made._listener.shutdown(socket.SHUT_RDWR)
        made._listener.close()
