"""The pace of a source's calls, kept in the database by all workers together (``connectors.pace.Gate``)."""

from __future__ import annotations

import time

from sqlalchemy.exc import DBAPIError

from canonical import dues
from canonical.store import Store

_LOOK = 0.5
"""Seconds for which one look at a hold is good: every call would ask otherwise."""


class SharedGate:
    """The gate of one source. When the database does not answer, nobody is kept: the read will fail by itself."""

    def __init__(self, store: Store, source_id: int) -> None:
        self._store, self._source_id = store, source_id
        self._looked = -_LOOK
        self._left = 0.0

    def reserve(self, interval: float, tolerance: float) -> float:
        try:
            with self._store.writing() as connection:
                return dues.turn(connection, self._source_id, interval) - tolerance
        except DBAPIError:
            return 0.0

    def held(self) -> float:
        now = time.monotonic()
        if now - self._looked >= _LOOK:
            try:
                with self._store.engine.connect() as connection:
                    self._left = dues.blocked(connection, self._source_id)
            except DBAPIError:
                self._left = 0.0
            self._looked = now
        return self._left - (now - self._looked)

    def hold(self, seconds: float) -> None:
        try:
            dues.block(self._store, self._source_id, seconds)
        except DBAPIError:
            return
        self._looked = -_LOOK
