"""Workers that are killed, frozen and cut off: every record once and whole, and who comes too late is refused."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine

from canonical.database import connect, migrate
from scheduler.queue import install
from tests.faults import GATE
from tests.postgres import cluster
from tests.workers.office import catch_up, check, office, wait_for_more

NAMES = ["oak", "elm", "ash", "yew"]
# On a file three processes share what four do on a server.
KILLS = {"worker": 10_000, "run": 10_000} if GATE else {"worker": 100, "run": 30}
FREEZES = {"worker": 2_000, "run": 2_000} if GATE else {"worker": 30, "run": 10}
RESTARTS = 500 if GATE else 5


@pytest.fixture
def how(engine: Engine) -> tuple[str, int]:
    """What shares the work, and how many of them: the queue on a server, three processes on a file."""
    if engine.dialect.name != "postgresql":
        return "run", 3
    install(engine)
    return "worker", 4


def test_killed_at_any_moment(how: tuple[str, int], engine: Engine, tmp_path: Path) -> None:
    kind, number = how
    url = engine.url.render_as_string(hide_password=False)
    kills = 0
    with office(kind, url, tmp_path, NAMES) as clerks:
        clerks.hire(number)
        while kills < KILLS[kind]:
            time.sleep(clerks.random.uniform(0.05, 0.4))
            clerks.change()
            clerks.kill(clerks.random.choice(clerks.clerks))
            kills += 1
            clerks.hire()
        time.sleep(1)
        clerks.dismiss()
    catch_up(engine, tmp_path, NAMES)
    ended = check(engine, tmp_path, NAMES)
    assert ended["complete"] > KILLS[kind] / 4
    assert ended["failed"] > KILLS[kind] / 10, "none was killed at work"


def test_who_was_frozen_for_too_long_is_refused(how: tuple[str, int], engine: Engine, tmp_path: Path) -> None:
    kind, number = how
    url = engine.url.render_as_string(hide_password=False)
    with office(kind, url, tmp_path, NAMES, every=0.1, lease=0.4) as clerks:
        clerks.hire(number)
        time.sleep(1)
        for _ in range(FREEZES[kind]):
            clerks.change()
            time.sleep(clerks.random.uniform(0.05, 0.2))
            frozen = clerks.at_work(engine)
            clerks.send(frozen, signal.SIGSTOP)
            clerks.change()
            time.sleep(clerks.random.uniform(0.5, 0.9))
            clerks.send(frozen, signal.SIGCONT)
            time.sleep(0.05)
        clerks.dismiss()
        refused = clerks.refused
    catch_up(engine, tmp_path, NAMES)
    ended = check(engine, tmp_path, NAMES)
    assert ended["complete"] > 0
    assert refused > 0


def test_a_database_that_is_restarted_at_any_moment(tmp_path: Path) -> None:
    with cluster() as server:
        url = server.new_database()
        engine = connect(url)
        migrate(engine)
        install(engine)
        done = []
        with office("worker", url, tmp_path, NAMES) as clerks:
            clerks.hire(4)
            for _ in range(RESTARTS):
                clerks.change()
                done.append(wait_for_more(engine, done[-1] if done else 0))
                server.restart()
            done.append(wait_for_more(engine, done[-1]))
            clerks.dismiss()
        catch_up(engine, tmp_path, NAMES)
        ended = check(engine, tmp_path, NAMES)
        engine.dispose()
    assert sorted(set(done)) == done, "the workers go on after each restart"
    assert ended["failed"] > 0, "none was at work when the database went away"
