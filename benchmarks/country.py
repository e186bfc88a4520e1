"""How late the latest sync is when the schools of a country are due every five minutes.

    python -m benchmarks.country [--schools 650] [--students 100] [--every 300] [--minutes 15] [--workers 2]

Three entities of each school, whose calls take as long as those of real ones do, are kept in sync by workers that
share one PostgreSQL with fsync. First everything is read once; what became due meanwhile is caught up with for one
interval; then it is watched for so many minutes, which must be more than two intervals: each second it is asked what is
due and waits, and of the runs it is counted how much later than ``--every`` they came after the one before. The run
fails when something waits for longer than one more interval, or a run does not end well.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections import Counter, defaultdict
from datetime import datetime
from itertools import pairwise

from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, func, select

from benchmarks.compare import title
from benchmarks.country_worker import ENTITIES, names
from canonical import dues
from canonical.database import connect, migrate
from canonical.store import Store
from canonical.tables import RUN
from scheduler.queue import install
from tests.postgres import cluster


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    for name, usual in (("schools", 650), ("students", 100), ("every", 300), ("minutes", 15), ("workers", 2),
                        ("at-once", 16)):  # fmt: skip
        parser.add_argument(f"--{name}", type=int, default=usual)
    chosen = parser.parse_args()
    if chosen.minutes * 60 <= 2 * chosen.every:
        parser.error("--minutes: more than two intervals are needed to see how late a run is")
    with cluster(durable=True) as server:
        url = server.new_database()
        engine = connect(url)
        migrate(engine)
        install(engine)
        store = Store(engine)
        for name in names(chosen.schools):
            store.source(name, "fake", name)
        began = time.monotonic()
        command = [sys.executable, "-m", "benchmarks.country_worker", url, str(chosen.schools), str(chosen.students),
                   str(chosen.every), str(chosen.at_once)]  # fmt: skip
        workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(chosen.workers)]
        targets = chosen.schools * len(ENTITIES)
        while _read(engine) < targets:
            time.sleep(1)
        first = time.monotonic() - began
        caught_up = max(_watch(engine, chosen.every))
        with engine.connect() as connection:
            since = dues.now(connection)
        waits = _watch(engine, chosen.minutes * 60)
        for worker in workers:
            worker.terminate()
        seconds = [float(worker.communicate()[0]) for worker in workers]
        outcomes, gaps = _runs(engine, since)
        engine.dispose()
    later = sorted(gap - chosen.every for gap in gaps)
    table = Table(title=title())
    for name, value in {
        "targets, every": f"{targets:,}, {chosen.every} s",
        "workers, reads at once in each": f"{chosen.workers}, {chosen.at_once}",
        "everything read once": f"{first:.0f} s, {targets * chosen.students / first:,.0f} rows/s",
        "longest wait in the interval after that": f"{caught_up:.1f} s",
        "then watched": f"{chosen.minutes} min, {sum(outcomes.values()):,} runs",
        "longest wait of what was due": f"{max(waits):.1f} s",
        "later than the interval, median, 99 %, most":
            f"{statistics.median(later):.1f}, {later[int(len(later) * 0.99)]:.1f}, {later[-1]:.1f} s",
        "a worker has a processor for": f"{sum(seconds) / len(seconds) / (time.monotonic() - began):.0%} of the time",
    }.items():  # fmt: skip
        table.add_row(name, value)
    Console().print(table)
    return int(max(waits) > chosen.every or set(outcomes) != {"complete"})


def _read(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(
            select(func.count()).select_from(select(RUN.c.source_id, RUN.c.entity).distinct()
                                             .where(RUN.c.outcome == "complete").subquery())
        ).scalar_one())  # fmt: skip


def _watch(engine: Engine, seconds: float) -> list[float]:
    """The longest wait in each second, in seconds."""
    until, found = time.monotonic() + seconds, [0.0]
    while time.monotonic() < until:
        with engine.connect() as connection:
            found += [one.since.total_seconds() for one in dues.waiting(connection)[:1]]
        time.sleep(1)
    return found


def _runs(engine: Engine, since: datetime) -> tuple[Counter[str], list[float]]:
    """How the runs ended that began ``since``, and the seconds between each and the next one of the same target."""
    begun: dict[tuple[int, str], list[datetime]] = defaultdict(list)
    outcomes: Counter[str] = Counter()
    with engine.connect() as connection:
        for run in connection.execute(select(RUN).where(RUN.c.ended_at.is_not(None)).order_by(RUN.c.started_at)):
            if run.started_at >= since:
                begun[run.source_id, run.entity].append(run.started_at)
                outcomes[run.outcome] += 1
    gaps = [
        (later - earlier).total_seconds()
        for of_target in begun.values() for earlier, later in pairwise(of_target)
    ]  # fmt: skip
    return outcomes, gaps


if __name__ == "__main__":
    sys.exit(main())
