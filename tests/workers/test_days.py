"""Several schedulers at once through whole days, also those on which the clock in Amsterdam changes: everything that is
due is read once, whatever the clocks of the machines say."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, func, select

from canonical.tables import RUN, SOURCE
from tests.faults import GATE
from tests.workers.day import BY_DAY, BY_NIGHT, EVERY, LATE
from tests.workers.shared_source import ENTITIES, put, school
from tests.workers.wall import Wall

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NAMES = ["oak", "elm", "ash"] if GATE else ["oak"]
DAY = timedelta(days=1)
LATEST = timedelta(seconds=LATE)
HOURS = {date(2026, 11, 23): 24, date(2026, 10, 25): 25, date(2027, 3, 28): 23}
"""Of the clock on the wall one hour comes twice, or does not come."""


def days(kind: str) -> list[tuple[date, int, int]]:
    """Which days, how many schedulers, and with what chance."""
    if GATE:
        numbers = (2, 4, 8) if kind == "postgresql" else (2, 3)
        return [(day, number, seed) for day in HOURS for number in numbers for seed in range(2)]
    return [(date(2026, 10, 25), 8, 1) if kind == "postgresql" else (date(2027, 3, 28), 2, 3)]


def test_what_is_due_is_read_once(engine: Engine, tmp_path: Path) -> None:
    for name in NAMES:
        put(tmp_path / f"{name}.json", school(3))
    Wall(engine, tmp_path).hang()
    url = engine.url.render_as_string(hide_password=False)
    for day, number, seed in days(engine.dialect.name):
        midnight, end = at(day, time(0)), at(day + DAY, time(0))
        begin, last = midnight - timedelta(minutes=10), end + timedelta(minutes=5)
        with engine.begin() as connection:
            for table in ("due", "entity_state"):
                connection.exec_driver_sql(f"DELETE FROM {table}")
            before = connection.execute(select(func.max(RUN.c.id))).scalar() or 0
        subprocess.run(
            [sys.executable, "-m", "tests.workers.day", url, str(tmp_path), ",".join(NAMES), str(number),
             begin.isoformat(), last.isoformat(), str(seed)],
            check=True, timeout=3_600,
        )  # fmt: skip
        found = runs(engine, before, midnight, end)
        assert set(found) == {(name, entity.name) for name in NAMES for entity in ENTITIES}
        for (_, entity), moments in found.items():
            check(entity, moments, day)


def check(entity: str, moments: list[datetime], day: date) -> None:
    """As often as its hours are long, at even distances, and once at night with all the others."""
    hours = HOURS[day]
    every, open_for = {"groups": (BY_DAY, 10), "members": (BY_NIGHT, hours - 21)}.get(entity, (EVERY, hours))
    expected = timedelta(hours=open_for) / every
    night = at(day, time(3) if hours == 23 else time(2, 30))
    at_night = [moment for moment in moments if night <= moment < night + LATEST]
    rest = [moment for moment in moments if moment not in at_night]
    assert (len(at_night), len(rest)) == (1, expected), (entity, day)
    assert all(abs(later - earlier - every) <= LATEST for earlier, later in pairwise(rest)), (entity, day)


def runs(engine: Engine, before: int, begin: datetime, end: datetime) -> dict[tuple[str, str], list[datetime]]:
    """When what was begun between these moments, all of which ended well; without the runs up to ``before``."""
    found = defaultdict(list)
    with engine.connect() as connection:
        for run in connection.execute(
            select(SOURCE.c.name, RUN.c.entity, RUN.c.started_at, RUN.c.outcome)
            .join(SOURCE, SOURCE.c.id == RUN.c.source_id)
            .where(RUN.c.id > before, RUN.c.started_at >= begin, RUN.c.started_at < end)
            .order_by(RUN.c.started_at)
        ):
            assert run.outcome == "complete"
            found[run.name, run.entity].append(run.started_at)
    return found


def at(day: date, wall: time) -> datetime:
    return datetime.combine(day, wall, AMSTERDAM).astimezone(UTC)
