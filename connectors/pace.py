"""How fast a source may be called: a token bucket that every thread of a session shares, and that can be held."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Protocol


class Gate(Protocol):
    """A pace that workers on other machines keep as well. Seconds."""

    def reserve(self, interval: float, tolerance: float) -> float:
        """How long until one's turn, which is taken by this; so many seconds apart, and early by as much."""
        ...

    def held(self) -> float:
        """How long nobody is let through; 0 or less: everybody is."""
        ...

    def hold(self, seconds: float) -> None:
        """Let nobody through for so long. A hold is never shortened by a shorter one."""
        ...


class Pace:
    """At most ``rate`` turns a second on average and ``burst`` at once; no limit when ``rate`` is None.

    ``hold`` lets nobody through for a while, whatever the rate, and afterwards starts without a burst.
    """

    def __init__(
        self,
        rate: float | None,
        burst: int = 1,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = 1 / rate if rate else 0.0
        self._tolerance = self._interval * (burst - 1)
        self._clock = clock
        self._sleep = sleep
        self._lock = Lock()
        self._next = clock()
        self._held_until = self._next
        self._gate: Gate | None = None

    def share(self, gate: Gate) -> None:
        """Keep the pace together with everybody who shares ``gate``."""
        self._gate = gate

    def take(self, patience: float) -> float:
        """Wait for a turn and return 0; or, if that takes more than ``patience`` seconds, return how many it takes.

        The second look is for those who slept towards their turn while another thread was told to hold.
        """
        for look in (self._reserve, self._held):
            wait = look()
            if wait > patience:
                return wait
            if wait > 0:
                self._sleep(wait)
        return 0.0

    def hold(self, seconds: float) -> None:
        """Let nobody through for ``seconds`` from now. A hold is never shortened by a shorter one."""
        if self._gate is not None:
            self._gate.hold(seconds)
        with self._lock:
            self._held_until = max(self._held_until, self._clock() + seconds)
            self._next = max(self._next, self._held_until + self._tolerance)

    def _reserve(self) -> float:
        if self._gate is not None and self._interval:
            return self._gate.reserve(self._interval, self._tolerance)
        # The generic cell rate algorithm: ``_next`` is when the bucket will be full again.
        with self._lock:
            now = self._clock()
            self._next = max(self._next, now)
            start = max(now, self._next - self._tolerance)
            self._next += self._interval
            return start - now

    def _held(self) -> float:
        elsewhere = self._gate.held() if self._gate is not None else 0.0
        with self._lock:
            return max(elsewhere, self._held_until - self._clock())
