"""A database's clock that the test sets. The product asks for the time as ever, and sees this one."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, text

_CLOCK = """
CREATE SCHEMA wall;
CREATE TABLE wall.clock (shown double precision, shift double precision NOT NULL);
INSERT INTO wall.clock VALUES (NULL, 0);
CREATE FUNCTION wall.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    SELECT coalesce(to_timestamp(shown), pg_catalog.clock_timestamp() + shift * interval '1 s') FROM wall.clock
$$;
"""


class Wall:
    """The clock of ``engine``: it runs, ``shift`` seconds off, or stands still. On a server everybody sees it; a
    database in a file asks the process for the time, so that each makes one, of the same ``folder``."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._engine, self._file = engine, folder / "clock"
        self._serves = engine.dialect.name == "postgresql"
        if not self._serves:
            event.listen(engine, "connect", self._tell)
        engine.dispose()

    def hang(self) -> None:
        """Once for each server's database. Those who are connected go on seeing its own clock."""
        self._write(None, 0)
        if not self._serves:
            return
        with self._engine.begin() as connection:
            connection.exec_driver_sql(_CLOCK)
            # PostgreSQL's own functions come first, unless it is told otherwise.
            name = self._engine.url.database
            connection.exec_driver_sql(f'ALTER DATABASE "{name}" SET search_path = wall, pg_catalog, public')
        self._engine.dispose()

    def stop_at(self, moment: datetime) -> None:
        self._set(moment.timestamp(), 0)

    def shift(self, seconds: float) -> None:
        self._set(None, seconds)

    def _set(self, shown: float | None, shift: float) -> None:
        if self._serves:
            with self._engine.begin() as connection:
                connection.execute(text("UPDATE wall.clock SET shown = :n, shift = :s"), {"n": shown, "s": shift})
            return
        self._write(shown, shift)

    def _write(self, shown: float | None, shift: float) -> None:
        new = self._file.with_suffix(".new")
        new.write_text(f"{shown or ''} {shift}", "utf-8")
        new.replace(self._file)

    def _tell(self, connection: Any, _record: Any) -> None:
        connection.create_function("julianday", 1, self._julian)

    def _julian(self, _now: str) -> float:
        *shown, shift = self._file.read_text("utf-8").split()
        seconds = float(shown[0]) if shown else time.time() + float(shift)
        return seconds / 86400.0 + 2440587.5
