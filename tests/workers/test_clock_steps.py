"""Clocks that are set by an hour or a day, either way, while schedulers work: nothing stalls or is done twice."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from sqlalchemy import Engine, func, select

from canonical.tables import RUN
from scheduler.queue import install
from tests.faults import GATE
from tests.workers.office import Office, catch_up, check, office, wait_for_more
from tests.workers.wall import Wall

HOUR, DAY = 3_600.0, 86_400.0
JUMPS = (HOUR, -HOUR, DAY, -DAY) * 5 if GATE else (DAY, -DAY)
NAMES, EVERY, LEASE = ["oak"], 1.0, 5.0
MORE = 5
"""Runs after each, of which some may have been under way; there is a minute for them."""


def test_clocks_that_are_set(engine: Engine, tmp_path: Path) -> None:
    """On a server one machine's clock is set, and the server's; with a file they are one and the same."""
    wall, serves = Wall(engine, tmp_path), engine.dialect.name == "postgresql"
    wall.hang()
    if serves:
        install(engine)
    url = engine.url.render_as_string(hide_password=False)
    with office("worker" if serves else "run", url, tmp_path, NAMES, every=EVERY, lease=LEASE) as clerks:
        clerks.hire(1 if serves else 3)
        began = time.monotonic()
        done = wait_for_more(engine, 0)
        for jump in JUMPS:
            set_clock(clerks, jump, clerks.clerks)
            done = wait_for_more(engine, done + MORE)
        clerks.hire(2 if serves else 0)
        for shift in (*JUMPS, 0.0) if serves else ():
            wall.shift(shift)
            clerks.change()
            done = wait_for_more(engine, done + MORE)
        clerks.dismiss()
        passed = time.monotonic() - began
    wall.shift(0)
    catch_up(engine, tmp_path, NAMES)
    check(engine, tmp_path, NAMES)
    with engine.connect() as connection:
        most = connection.execute(select(func.count(RUN.c.id)).group_by(RUN.c.entity)).scalars().all()
    # Once an interval and once for each time that a clock was set; at the start, at night and by the test itself.
    assert max(most) <= passed / EVERY + 2 * len(JUMPS) + 1 + 3


def set_clock(clerks: Office, seconds: float, whose: list[int]) -> None:
    (clerks.folder / "jump").write_text(str(seconds))
    for pid in whose:
        clerks.send(pid, signal.SIGUSR1)
