"""What pulls the trigger: a clock that jumps delays nothing, and that the database is away is told once."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from canonical.store import Store
from scheduler import queue
from scheduler import ticking as module
from scheduler.queue import Worker, install
from scheduler.ticking import Ticking
from scheduler.work import Work

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(("back", "moved"), [(timedelta(hours=2), True), (timedelta(seconds=4), False)])
def test_a_clock_that_is_set_back_delays_no_look(
    monkeypatch: pytest.MonkeyPatch, back: timedelta, moved: bool
) -> None:
    made = Ticking(lambda: None, lambda: None)
    made._scheduler.start(paused=True)
    made._scheduler.add_job(lambda: None, "interval", seconds=1, id="look", next_run_time=datetime.now(UTC) + HOUR)
    real = module._now
    monkeypatch.setattr(module, "_now", lambda: real() - back)
    made.look_at_clock()
    made.look_at_clock()
    due = made._scheduler.get_job("look").next_run_time
    made.stop()
    assert (due < real()) is moved


def test_what_was_planned_by_a_database_whose_clock_is_set_back_is_planned_anew() -> None:
    now, planned = datetime.now(UTC), []
    steps = [now, now - timedelta(seconds=4), now - HOUR, None, now - HOUR, now + HOUR, now - 24 * HOUR]
    made = Ticking(lambda: steps.pop(0), lambda: planned.append(len(steps)))
    with capture_logs() as log:
        for _ in range(7):
            made._tick()
    assert planned == [4, 0]
    assert [(entry["event"], entry["of"]) for entry in log] == [("clock_set_back", "the database")] * 2


def test_it_is_planned_once_the_database_answers() -> None:
    now, planned = datetime.now(UTC), []
    steps = [now, now - HOUR, now - HOUR]

    def plan() -> None:
        planned.append(True)
        if len(planned) == 1:
            raise OperationalError("SELECT 1", {}, RuntimeError())

    made = Ticking(lambda: steps.pop(0), plan)
    for _ in range(3):
        made._tick()
    assert len(planned) == 2


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


@pytest.mark.parametrize("database", ["postgresql"])
def test_the_queue_is_opened_once_the_database_answers(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own pool would go on waiting, longer and longer, after the database is back."""
    told, seen = threading.Event(), []

    def connect() -> Connection:
        seen.append("asked")
        if seen.count("asked") < 3:
            raise OperationalError("SELECT 1", {}, RuntimeError())
        return real()

    async def serve(*_: object) -> None:
        seen.append("opened")
        told.set()

    worker = Worker(engine, Work(Store(engine), []))
    monkeypatch.setattr(worker, "_serve", serve)
    monkeypatch.setattr(worker, "_ticking", Ticking(lambda: None, lambda: None))
    monkeypatch.setattr(queue, "_AGAIN", 0.0)
    real = engine.connect
    monkeypatch.setattr(engine, "connect", connect)
    worker.run(told)
    assert seen == ["asked", "asked", "asked", "opened"]


NOW = datetime.now(UTC)


def test_that_the_database_is_away_is_told_once_and_that_it_is_back_by_who_has_asked_it() -> None:
    answers: list[datetime | str | None] = [NOW, "away", "away", None, NOW, NOW]

    def look() -> datetime | None:
        answer = answers.pop(0)
        if isinstance(answer, str):
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


@pytest.mark.parametrize("asked", [True, False])
def test_a_database_that_answers_and_has_no_room_is_back_when_it_has_kept_something_or_was_asked_nothing(
    monkeypatch: pytest.MonkeyPatch, asked: bool
) -> None:
    made = Ticking(lambda: NOW, lambda: None)
    over = made.kept if asked else lambda: monkeypatch.setattr(module, "QUIET", 0.0)
    full = OperationalError("INSERT", {}, RuntimeError("Canaryname"))
    with capture_logs() as log:
        for step in (made._tick, lambda: made.lost(full), made._tick, lambda: made.lost(full), made._tick):
            step()
        assert [entry["event"] for entry in log] == ["database_gone"]
        over()
        made._tick()
        made._tick()
    assert [entry["event"] for entry in log] == ["database_gone", "database_back"]
