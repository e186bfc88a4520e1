"""A source in a file, that any number of processes read while the test changes it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from datetime import time as time_of_day
from datetime import timedelta
from pathlib import Path

from canonical.store import Store
from connectors.contract import Batch, Entity
from scheduler.cadence import Beat, Night, Rhythm
from scheduler.sync import Target
from scheduler.work import Source
from tests.fake_source import GRADES, GROUPS, MEMBERS, STUDENTS, FakeSource, Row, grade, group, member, student

PAUSE = 0.002
"""Seconds between two pages."""
ENTITIES = (STUDENTS, GROUPS, MEMBERS, GRADES)


class FileSource(FakeSource):
    """Reads its rows from ``file`` each time, as they are then, with a pause between two pages."""

    def __init__(self, file: Path, pause: float = PAUSE) -> None:
        super().__init__()
        self._file, self._pause = file, pause
        self.batch = 10

    def read(self, entity: Entity, since: str | None) -> Iterator[Batch]:
        # Everything every time: that the rows change meanwhile is the point, not what a cursor leaves out.
        rows: dict[str, list[Row]] = json.loads(self._file.read_text("utf-8"))
        self.rows[entity.name] = rows[entity.name]
        for batch in super().read(entity, None):
            time.sleep(self._pause)
            yield batch


def school(students: int, state: int = 0) -> dict[str, list[Row]]:
    """Rows of a school in its ``state``: every fifth student and grade is another in each."""
    keys = [f"s{n}" for n in range(students)]
    return {
        "students": [student(key, f"Jansen {state * (n % 5 == 0)}") for n, key in enumerate(keys)],
        "groups": [group(f"g{n}", "1a") for n in range(4)],
        "members": [member(key, f"g{n % 4}", "1a") for n, key in enumerate(keys)],
        "grades": [grade(f"m{n}", key, f"{1 + (n + state * (n % 5 == 0)) % 9}.5") for n, key in enumerate(keys)],
    }


def put(file: Path, rows: dict[str, list[Row]]) -> None:
    """At once, for whoever reads it."""
    new = file.with_suffix(".new")
    new.write_text(json.dumps(rows), "utf-8")
    os.replace(new, file)


def sources(
    store: Store, folder: Path, names: list[str], every: timedelta, at_once: int = 2, pause: float = PAUSE
) -> list[Source]:
    """Each ``name`` with its file in ``folder``."""
    rhythm = Rhythm(Beat(every), Night(time_of_day(2, 30)))
    files = {name: FileSource(folder / f"{name}.json", pause) for name in names}
    return [
        Source(Target(name, store.source(name, "fake", name), file), rhythm, at_once) for name, file in files.items()
    ]
