"""Workers as processes of their own, forked when asked for: a program of the tests.

    python -m tests.workers.clerks KIND DATABASE FOLDER NAMES EVERY LEASE PAUSE

KIND is ``worker`` (``scheduler.queue``) or ``run`` (``scheduler.schedule``). For each line of input it forks a process
that works until SIGTERM. Where one is refused a write since somebody took over, it adds a line to FOLDER/refused. Where
there is a FOLDER/clock it shows the time of a database in a file, and on SIGUSR1 the process's own clock jumps by the
seconds in FOLDER/jump.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import time_machine

from canonical import dues, lease
from canonical.database import connect
from canonical.errors import LeaseLost
from canonical.store import Store
from scheduler.queue import Worker
from scheduler.schedule import Schedule
from scheduler.work import Work
from schoolbrug.logs import write_log
from tests.workers.shared_source import sources
from tests.workers.wall import Wall


def shorten(seconds: float, refused: Path) -> None:
    """Leases of so many seconds, so that a frozen process is soon late; what is refused is counted."""
    Store.begin.__kwdefaults__["lease_seconds"] = seconds
    dues.take.__defaults__ = dues.hold.__defaults__ = (seconds,)
    hold = lease.hold

    def counted(*arguments: Any) -> float:
        try:
            return hold(*arguments)
        except LeaseLost:
            with refused.open("a") as file:
                file.write("late\n")
            raise

    lease.hold = counted


def work(kind: str, url: str, folder: Path, names: list[str], every: timedelta, pause: float) -> None:
    told = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: told.set())
    engine = connect(url)
    if (folder / "clock").exists():
        Wall(engine, folder)
        mine = time_machine.travel(datetime.now(UTC)).start()
        signal.signal(signal.SIGUSR1, lambda *_: mine.shift(float((folder / "jump").read_text())))
    store = Store(engine)
    kept = sources(store, folder, names, every, pause=pause)
    if kind == "worker":
        made = Work(store, kept, stopping=told.is_set)
        made.plan()
        Worker(engine, made, 2).run(told)
        return
    schedule = Schedule(store, kept, workers=2)
    schedule.start()
    while not told.wait(0.2):
        schedule.look_at_clock()
    schedule.stop(60)


def main() -> None:
    kind, url, folder, names, every, seconds, pause = sys.argv[1:]
    write_log()
    shorten(float(seconds), Path(folder) / "refused")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries the dead
    for _ in sys.stdin:
        pid = os.fork()
        if not pid:
            os.close(0)
            work(kind, url, Path(folder), names.split(","), timedelta(seconds=float(every)), float(pause))
            os._exit(0)
        print(pid, flush=True)


if __name__ == "__main__":
    main()
