"""Starts, kills and freezes clerks, and looks at what they have left in the store."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from random import Random

from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError

from canonical.store import Store
from canonical.tables import CHANGE, DUE, IDENTITY, RUN, TABLES
from scheduler.sync import sync_entity
from tests.workers.shared_source import ENTITIES, PAUSE, put, school, sources

STUDENTS = 40


class Office:
    """Clerks at work on the schools in ``folder``."""

    def __init__(
        self, kind: str, url: str, folder: Path, names: list[str], every: float, lease: float, within: Sequence[str],
        log: Path, pause: float,
    ) -> None:  # fmt: skip
        self.folder, self.names, self.random, self._log = folder, names, Random(7), log
        self.state = 0
        self._nursery = subprocess.Popen(
            [*within, sys.executable, "-m", "tests.workers.clerks", kind, url, str(folder), ",".join(names), str(every),
             str(lease), str(pause)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log.open("w"), text=True,
        )  # fmt: skip
        self.clerks: list[int] = []

    def hire(self, number: int = 1) -> None:
        for _ in range(number):
            assert self._nursery.stdin is not None
            assert self._nursery.stdout is not None
            self._nursery.stdin.write("\n")
            self._nursery.stdin.flush()
            self.clerks.append(int(self._nursery.stdout.readline()))

    def kill(self, pid: int, how: int = signal.SIGKILL) -> None:
        self.clerks.remove(pid)
        with suppress(ProcessLookupError):
            os.kill(pid, how)

    def at_work(self, engine: Engine, patience: float = 60) -> int:
        """One of them who is reading something just now."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            with engine.connect() as connection:
                owners = connection.execute(select(DUE.c.owner).where(DUE.c.owner.is_not(None))).scalars().all()
            if busy := {int(owner.split("/")[2]) for owner in owners}.intersection(self.clerks):
                return self.random.choice(sorted(busy))
            time.sleep(0.005)
        raise AssertionError("nobody is at work")

    def send(self, pid: int, how: int) -> None:
        os.kill(pid, how)

    def change(self) -> None:
        """The schools go on to their next state."""
        self.state += 1
        for name in self.names:
            put(self.folder / f"{name}.json", school(STUDENTS, self.state))

    def dismiss(self, patience: float = 60) -> None:
        """All of them end by themselves."""
        ending = list(self.clerks)
        for pid in ending:
            self.kill(pid, signal.SIGTERM)
        until = time.monotonic() + patience
        while any(map(_lives, ending)):
            assert time.monotonic() < until, "a clerk does not end"
            time.sleep(0.05)

    def close(self) -> None:
        for pid in list(self.clerks):
            self.kill(pid)
        assert self._nursery.stdin is not None
        self._nursery.stdin.close()
        self._nursery.wait(10)

    def told(self, event: str) -> int:
        """How often this stands in their log."""
        return self._log.read_text().count(f'"event": "{event}"')

    def other_words(self) -> list[str]:
        """The lines of their log that are not ours."""
        return [line for line in self._log.read_text().splitlines() if not line.startswith('{"')]

    def about(self, event: str) -> set[tuple[str | None, str | None]]:
        """Of which source and entity this stands there."""
        lines = (json.loads(line) for line in self._log.read_text().splitlines() if line.startswith("{"))
        return {(line.get("source"), line.get("entity")) for line in lines if line["event"] == event}

    def wait_until_told(self, event: str, times: int, patience: float = 60) -> None:
        until = time.monotonic() + patience
        while self.told(event) < times:
            assert time.monotonic() < until, f"{event} is not told by all"
            time.sleep(0.05)

    @property
    def refused(self) -> int:
        file = self.folder / "refused"
        return len(file.read_text().splitlines()) if file.exists() else 0


@contextmanager
def office(
    kind: str, url: str, folder: Path, names: list[str], *, every: float = 0.5, lease: float = 5.0,
    within: Sequence[str] = (), log: Path | None = None, pause: float = PAUSE,
) -> Iterator[Office]:  # fmt: skip
    """``within`` is a command that runs another one, in a network of its own."""
    for name in names:
        put(folder / f"{name}.json", school(STUDENTS))
    made = Office(kind, url, folder, names, every, lease, within, log or folder / "log", pause)
    try:
        yield made
    finally:
        made.close()


def _lives(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    return False


def wait_for_more(engine: Engine, than: int) -> int:
    """The number of runs that ended well, once there are three more."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with suppress(DBAPIError), engine.connect() as connection:
            found: int = connection.execute(text("SELECT count(*) FROM run WHERE outcome = 'complete'")).scalar_one()
            if found >= than + 3:
                return found
        time.sleep(0.05)
    raise AssertionError("nothing goes on")


def catch_up(engine: Engine, folder: Path, names: list[str]) -> None:
    """One unhurried read of everything by this process; whoever died has lost his leases."""
    store = Store(engine)
    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE entity_state SET lease_until = 0")
    for source in sources(store, folder, names, timedelta(hours=1)):
        for entity in ENTITIES:
            report = sync_entity(store, source.target, entity)
            assert report is not None
            assert report.error is None


def check(engine: Engine, folder: Path, names: list[str]) -> Counter[str]:
    """Every record is there once and as the source has it, its history is whole, and nothing was written by a run after
    a later one had begun. Gives the runs by how they ended."""
    with engine.connect() as connection:
        identities = connection.execute(select(IDENTITY)).all()
        history = connection.execute(select(CHANGE).order_by(CHANGE.c.seq)).all()
        runs = connection.execute(select(RUN)).all()
        tables = {kind: connection.execute(select(TABLES[kind])).mappings().all() for kind in
                  ("student", "group", "group_member", "grade")}  # fmt: skip
        numbers = {name: Store(engine).source(name, "fake", name) for name in names}
    places = [(one.source_id, one.kind, one.k1, one.k2) for one in identities]
    assert len(places) == len(set(places)), "a record is there twice"
    assert len({one.id for one in identities}) == len(identities)
    keys = {str(one.id): (one.k1, one.k2) for one in identities}
    versions: dict[str, list[int]] = defaultdict(list)
    last: dict[str, str | None] = {}
    for one in history:
        before, after = one.before, one.after
        assert before == last.get(str(one.id)), "a change does not follow the one before it"
        assert before != after, "a change that changes nothing"
        versions[str(one.id)].append(one.version)
        last[str(one.id)] = after
    assert all(found == list(range(1, len(found) + 1)) for found in versions.values()), "a version twice, or none"
    for name in names:
        served = json.loads((folder / f"{name}.json").read_text("utf-8"))
        mine = {kind: [row for row in rows if row["source_id"] == numbers[name]] for kind, rows in tables.items()}
        living = {kind: [row for row in rows if row["tombstoned_at"] is None] for kind, rows in mine.items()}
        assert {keys[str(row["id"])][0]: row["last_name"] for row in living["student"]} == {
            row["records"][0]["key"][0]: row["records"][0]["last_name"] for row in served["students"]
        }
        assert {keys[str(row["id"])][0]: f"{row['score']:.1f}" for row in living["grade"]} == {
            row["records"][0]["key"][0]: row["records"][0]["score"] for row in served["grades"]
        }
        assert len(living["group"]) == len(served["groups"])
        assert len(living["group_member"]) == len(served["members"])
        for rows in mine.values():
            assert all(row["version"] == len(versions[str(row["id"])]) for row in rows)
    newest: dict[tuple[int, str], int] = {}
    entity = {run.id: (run.source_id, run.entity) for run in runs}
    for one in history:
        assert one.run_id >= newest.get(entity[one.run_id], 0), "a run wrote after a later one had begun"
        newest[entity[one.run_id]] = one.run_id
    return Counter(run.outcome for run in runs)
