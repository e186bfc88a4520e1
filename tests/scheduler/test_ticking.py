"""What pulls the trigger: a clock that jumps delays nothing, and that the database is away is told once."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from canonical.store import Store
from scheduler import ticking as module
from scheduler.queue import Worker, install
from scheduler.ticking import Ticking
from scheduler.work import Work

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(("back", "moved"), [(timedelta(hours=2), True), (timedelta(seconds=4), False)])
def test_a_clock_that_is_set_back_delays_no_look(
    monkeypatch: pytest.MonkeyPatch, back: timedelta, moved: bool
) -> None:
    planned: list[bool] = []
    made = Ticking(lambda: True, lambda: planned.append(True))
    made._scheduler.start(paused=True)
    made._scheduler.add_job(lambda: None, "interval", seconds=1, id="look", next_run_time=datetime.now(UTC) + HOUR)
    real = module._now
    monkeypatch.setattr(module, "_now", lambda: real() - back)
    made.look_at_clock()
    made.look_at_clock()
    due = made._scheduler.get_job("look").next_run_time
    made.stop()
    assert (due < real(), planned) == (moved, [True] if moved else [])


@pytest.mark.parametrize("database", ["postgresql"])
def test_a_worker_looks_at_the_clock(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    told, looked = threading.Event(), threading.Event()

    def look(_: Ticking) -> None:
        looked.set()
        told.set()

    monkeypatch.setattr(Ticking, "look_at_clock", look)
    install(engine)
    late = threading.Timer(30, told.set)
    late.start()
    Worker(engine, Work(Store(engine), [])).run(told)
    late.cancel()
    assert looked.is_set()


def test_that_the_database_is_away_is_told_once_and_that_it_is_back_by_who_has_asked_it() -> None:
    answers: list[bool | None] = [True, None, None, False, True, True]

    def look() -> bool:
        answer = answers.pop(0)
        if answer is None:
            raise OperationalError("SELECT 1", {}, RuntimeError("Canaryname"))
        return answer

    made = Ticking(look, lambda: None)
    events = []
    for _ in range(6):
        with capture_logs() as log:
            made._tick()
        events.append([entry["event"] for entry in log])
        assert "Canaryname" not in str(log)
    assert events == [[], ["database_gone"], [], [], ["database_back"], []]
