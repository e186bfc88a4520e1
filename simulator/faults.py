"""Everything that can go wrong on the wire, by name, to be switched on and off while the school is open.

=============== =====================================================================================
cut             the length is declared, half of the body is sent, the connection is closed
cut-silent      no length; the body stops in the middle of a row, the connection is closed
error-inside    200 with an exception in the envelope; @VO: with a ``return`` or an object that says so
login-refused   the log-in, and a ``user;password`` token, are refused
right-refused   the account has no right to the list, the function, the operation or the kind of data
throttle        429 with ``Retry-After`` (``seconds``, 1 unless told)
unavailable     503
drip            one byte every 50 ms, for ever
content-type    200 with an HTML log-in page
empty-list      success without a single row, and without the element that holds them
wrong-period    Magister: success with 0 rows although the right period was asked for
renamed-column  Magister: ``column`` (the first unless told) comes out as ``<column>_1``
bom             one UTF-8 byte order mark too many before the body
crcrlf          Magister: lines of CSV end in CR CR LF
half-list       a well-formed answer that carries the first half of the rows
bad-rows        one row in ``every`` (20 unless told) carries a broken value
slow            the answer waits ``seconds`` (0.5 unless told)
reset           the connection is reset
soap-fault      @VO: HTTP 500 with a ``soap:Fault`` that means nothing to a machine
maintenance     @VO: 200 with an HTML page, declared as the data that was asked for
new-element     @VO: an element that no WSDL knows, in the middle of every ``return``
night           @VO: UMService refuses, because it is day
short-page      Connect: a page holds half of what was asked for although more follows
page-again      Connect: ``offset`` is ignored
half-file       files: a file that ends within a row, and nothing after it
wrong-encoding  files: bytes at the end that are no text in any encoding
dropped-column  files: ``column`` (the second unless told) is not there
lost-zeros      files: student numbers without their leading zeros
again           files: the delivery before this one a second time, byte for byte
late            files: the delivery before this one comes again after it
empty-file      files: a file of no bytes
=============== =====================================================================================
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

NAMES = frozenset(
    (
        "cut", "cut-silent", "error-inside", "login-refused", "right-refused", "throttle", "unavailable", "drip",
        "content-type", "empty-list", "wrong-period", "renamed-column", "bom", "crcrlf", "half-list", "bad-rows",
        "slow", "reset", "soap-fault", "maintenance", "new-element", "night", "short-page", "page-again",
        "half-file", "wrong-encoding", "dropped-column", "lost-zeros", "again", "late", "empty-file",
    )
)  # fmt: skip


@dataclass(slots=True)
class Fault:
    """A fault that is on. ``only`` is a name as ``Server.calls`` has it; ``times`` is how often it still happens."""

    name: str
    only: str | None = None
    times: int | None = None
    seconds: float | None = None
    every: int = 20
    column: str | None = None


class Faults:
    """The switchboard. Safe to use from any thread."""

    def __init__(self) -> None:
        self._on: list[Fault] = []
        self._lock = threading.Lock()

    def on(
        self, name: str, *, only: str | None = None, times: int | None = None, seconds: float | None = None,
        every: int = 20, column: str | None = None,
    ) -> None:  # fmt: skip
        """Switch a fault on. Raises ``ValueError`` for a name that is not in the list above."""
        if name not in NAMES:
            raise ValueError(f"no fault is called {name!r}; there are: {', '.join(sorted(NAMES))}")
        with self._lock:
            self._on.append(Fault(name, only, times, seconds, every, column))

    def off(self, name: str | None = None) -> None:
        """Switch off one fault, or all of them."""
        with self._lock:
            self._on = [fault for fault in self._on if name is not None and fault.name != name]

    @contextmanager
    def during(self, name: str, *, only: str | None = None) -> Iterator[None]:
        """A fault that is on within a ``with`` block."""
        self.on(name, only=only)
        try:
            yield
        finally:
            self.off(name)

    def fire(self, name: str, call: str) -> Fault | None:
        """The fault, if it happens to this call now; counts down its ``times``."""
        with self._lock:
            for fault in self._on:
                if fault.name == name and fault.only in (None, call) and fault.times != 0:
                    if fault.times is not None:
                        fault.times -= 1
                    return fault
        return None

    def active(self) -> list[Fault]:
        """The faults that can still happen."""
        with self._lock:
            return [fault for fault in self._on if fault.times != 0]
