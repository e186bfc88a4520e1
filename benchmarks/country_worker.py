"""One worker of ``benchmarks.country``, with schools that answer as late as real ones do.

    python -m benchmarks.country_worker DATABASE SCHOOLS STUDENTS EVERY AT_ONCE

Works until SIGTERM, and prints the seconds that it had a processor then. EVERY is in seconds.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from datetime import time as time_of_day
from datetime import timedelta
from random import Random

import structlog

from canonical.database import connect
from canonical.store import Store
from connectors.contract import Batch, Entity
from scheduler.cadence import Beat, Night, Rhythm
from scheduler.queue import Worker
from scheduler.sync import Target
from scheduler.work import Source, Work
from tests.fake_source import FakeSource, Row, grade, student

STUDENTS = Entity("students", ("student",), one_to_one=True, incremental=True)
GRADES = Entity("grades", ("grade",), one_to_one=True, incremental=True)
RESITS = Entity("resits", ("grade",), one_to_one=True, incremental=True)
ENTITIES = (STUDENTS, GRADES, RESITS)
PAGE = 100
CHANGED = 5
"""Rows that are new between two reads."""
MEDIAN, SPREAD, SLOWEST = 0.4, 0.7, 10.0
"""Seconds that a call takes: half of them less than the first, one in a hundred more than five times that. Assumed."""


class DistantSchool(FakeSource):
    """Its cursor counts its reads; in each a few rows are others than before."""

    entities = ENTITIES

    def __init__(self, name: str, students: int) -> None:
        super().__init__()
        self._name, self._students, self._random = name, students, Random(name)

    def read(self, entity: Entity, since: str | None) -> Iterator[Batch]:
        turn = int(since or 0) + 1
        changed = range(self._students) if since is None else [
            (turn * CHANGED + n) % self._students for n in range(CHANGED)
        ]  # fmt: skip
        self.rows[entity.name] = [_row(entity, n, turn) for n in changed]
        self.batch, self.clock = PAGE, turn
        for batch in super().read(entity, None):
            time.sleep(min(self._random.lognormvariate(0, SPREAD) * MEDIAN, SLOWEST))
            yield batch


def _row(entity: Entity, n: int, turn: int) -> Row:
    if entity is STUDENTS:
        return student(f"s{n}", f"Jansen {turn}")
    return grade(f"{entity.name}{n}", f"s{n}", f"{1 + (n + turn) % 9}.5")


def names(schools: int) -> list[str]:
    return [f"school-{n:03}" for n in range(schools)]


def main() -> None:
    database = sys.argv[1]
    schools, students, every, at_once = map(int, sys.argv[2:])
    told = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: told.set())
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    engine = connect(database)
    store = Store(engine)
    rhythm = Rhythm(Beat(timedelta(seconds=every)), Night(time_of_day(2, 30), time_of_day(4)))
    work = Work(store, [
        Source(Target(name, store.source(name, "fake", name), DistantSchool(name, students)), rhythm)
        for name in names(schools)
    ], stopping=told.is_set)  # fmt: skip
    work.plan()
    Worker(engine, work, at_once).run(told)
    print(time.process_time())


if __name__ == "__main__":
    main()
