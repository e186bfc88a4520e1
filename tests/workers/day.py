"""A day of several schedulers in a few seconds: a program of the tests.

    python -m tests.workers.day DATABASE FOLDER NAMES NUMBER FIRST LAST SEED

NUMBER processes share the sources NAMES from FIRST to LAST (ISO moments), by a database's clock that goes from one
moment at which something is due to the next. At each of them all look at once, and now and then one plans anew, as when
it starts. Their own clocks are ten minutes behind or ahead, or right, and jump by an hour or a day, either way.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from datetime import time as of_day
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

import time_machine
from sqlalchemy import Engine, func, select

from canonical.database import connect
from canonical.store import Store
from canonical.tables import DUE
from scheduler.cadence import Beat, Night, Rhythm
from scheduler.work import Source, Work
from tests.faults import GATE
from tests.workers.shared_source import sources
from tests.workers.wall import Wall

MINUTE = timedelta(minutes=1)
EVERY = (10 if GATE else 60) * MINUTE
BY_DAY = (5 if GATE else 30) * MINUTE
BY_NIGHT = 30 * MINUTE
RHYTHM = Rhythm(
    Beat(EVERY),
    Night(of_day(2, 30)),
    {
        "groups": Beat(BY_DAY, of_day(7, 30), of_day(17, 30)),
        "members": Beat(BY_NIGHT, of_day(1, 30), of_day(4, 30)),
    },
)
SKEWS = (timedelta(0), 10 * MINUTE, -10 * MINUTE, timedelta(0))
STEPS = tuple(sign * step for sign in (1, -1) for step in (timedelta(hours=1), timedelta(days=1)))
MANY = 500
LATE = 3.0
"""Seconds after it is due at which something is looked at, at the most."""


def scheduler(url: str, folder: Path, names: Sequence[str], told: Connection) -> None:
    """Look when told, as long as there is anything to do; what is told is this machine's time, and whether to plan."""
    engine = connect(url)
    Wall(engine, folder)
    store = Store(engine)
    kept = sources(store, folder, list(names), timedelta(hours=1))
    work = Work(store, [Source(source.target, RHYTHM, source.at_once) for source in kept])
    with time_machine.travel(0) as mine:
        while (order := told.recv()) is not None:
            moment, anew = order
            mine.move_to(moment)
            if anew:
                work.plan()
            told.send(look(work))


def look(work: Work) -> bool:
    """Do what is due, with all the others; False when it comes to no end."""
    for _ in range(MANY):
        if not (ready := work.ready(2)):
            return True
        for target in ready:
            work.do(*target)
    return False


def next_due(engine: Engine) -> datetime:
    with engine.connect() as connection:
        return datetime.fromtimestamp(connection.execute(select(func.min(DUE.c.due_at))).scalar_one()).astimezone()


def main() -> None:
    url, place, names, number, *span, seed = sys.argv[1:]
    now, last = map(datetime.fromisoformat, span)
    random, folder = Random(int(seed)), Path(place)
    engine = connect(url)
    wall = Wall(engine, folder)
    wall.stop_at(now)
    steps = [timedelta(0)] * int(number)
    lines: list[Connection] = []
    context = get_context("fork")
    engine.dispose()
    for _ in steps:
        mine, theirs = context.Pipe()
        lines.append(mine)
        context.Process(target=scheduler, args=(url, folder, names.split(","), theirs), daemon=True).start()
    starts = set(range(len(lines)))
    while now < last:
        wall.stop_at(now)
        for n, line in enumerate(lines):
            line.send((now + SKEWS[n % len(SKEWS)] + steps[n], n in starts))
        for line in lines:
            assert line.recv(), "what was read is due again"
        due = next_due(engine)
        assert due > now, "something that is due is not read"
        now = due + timedelta(seconds=random.uniform(0, LATE))
        starts = {random.randrange(len(lines))} if random.random() < 0.1 else set()
        if random.random() < 0.1:
            steps[random.randrange(len(lines))] += random.choice(STEPS)
    for line in lines:
        line.send(None)


if __name__ == "__main__":
    main()
