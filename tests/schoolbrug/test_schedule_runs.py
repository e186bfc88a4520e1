"""The schedule at work: on a real scheduler where time matters, and step by step where order does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from time import monotonic, sleep
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from canonical.store import OTHER_FORM, Store
from connectors.contract import Batch, Entity
from connectors.errors import Denied, Retry
from scheduler import schedule as module
from scheduler.schedule import Rhythm, Schedule
from scheduler.school import sync_school
from scheduler.sync import Report, Target, sync_entity
from tests.fake_source import FakeSource, student

PATIENCE = 60
HOUR = timedelta(hours=1)


@pytest.fixture
def fake() -> FakeSource:
    return FakeSource()


@pytest.fixture
def target(store: Store, fake: FakeSource) -> Target:
    return Target("oak", store.source("oak", "fake", "The Oak"), fake)


def scheduled(
    store: Store, target: Target, interval: timedelta = HOUR, listener: Callable[[Report], None] | None = None
) -> Schedule:
    return Schedule(store, [(target, Rhythm(interval, time(2, 30)))], listener=listener)


def planned(store: Store, target: Target, interval: timedelta = HOUR) -> Schedule:
    """A schedule whose jobs are there and of which none comes by itself."""
    made = scheduled(store, target, interval)
    made._scheduler.start(paused=True)
    made._plan(made._sources[0])
    return made


class Heard:
    """Collects reports and lets a test wait for one."""

    def __init__(self) -> None:
        self.reports: list[Report] = []
        self._news = threading.Condition()

    def __call__(self, report: Report) -> None:
        with self._news:
            self.reports.append(report)
            self._news.notify_all()

    def wait_for(self, what: Callable[[Report], bool]) -> Report:
        with self._news:
            assert self._news.wait_for(lambda: any(map(what, self.reports)), PATIENCE)
            return next(filter(what, self.reports))


def test_it_reads_everything_first_and_then_what_is_new(store: Store, target: Target, fake: FakeSource) -> None:
    fake.rows["students"] = [student("s1")]
    fake.stamp()
    heard = Heard()
    running = scheduled(store, target, timedelta(milliseconds=50), heard)
    running.start()
    try:
        heard.wait_for(lambda report: report.entity == "grades")
        fake.rows["students"] = [*fake.rows["students"], student("s2")]
        fake.stamp()
        found = heard.wait_for(lambda report: report.entity == "students" and report.summary.inserted == 1
                               and report is not heard.reports[0])  # fmt: skip
    finally:
        assert running.stop(PATIENCE)
    assert heard.reports[0].entity == "students"
    assert found.summary.read == 1
    assert found.error is None


def test_a_read_that_plans_its_next_one_does_not_keep_the_end_waiting(
    store: Store, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    planning, real = threading.Event(), module.next_read
    ending = False

    def held(*arguments: Any) -> datetime:
        if threading.current_thread() is not threading.main_thread():
            planning.set()
            until = monotonic() + PATIENCE
            while not ending and monotonic() < until:
                sleep(0.01)
            sleep(0.3)  # so that the end is under way
        return real(*arguments)

    monkeypatch.setattr(module, "next_read", held)
    running = scheduled(store, target, HOUR, Heard())
    running.start()
    assert planning.wait(PATIENCE)
    ending = True
    assert running.stop(10)


def test_a_source_that_is_up_to_date_is_not_read_at_the_start(store: Store, target: Target, fake: FakeSource) -> None:
    for entity in fake.entities:
        sync_entity(store, target, entity)
    now = datetime.now(UTC)
    made = planned(store, target)
    due = {job.id: job.next_run_time for job in made._scheduler.get_jobs()}
    made.stop()
    assert set(due) == {"oak", "oak students", "oak groups", "oak members", "oak grades"}
    assert all(at > now + timedelta(minutes=50) for name, at in due.items() if name != "oak")
    assert due["oak"] > now
    assert (due["oak"].hour, due["oak"].minute) == (2, 30)


def test_what_was_never_read_completely_is_read_at_once(store: Store, target: Target, fake: FakeSource) -> None:
    sync_entity(store, target, fake.entities[0])
    now = datetime.now(UTC)
    made = planned(store, target)
    due = {job.id: job.next_run_time for job in made._scheduler.get_jobs()}
    made.stop()
    assert abs(due["oak"] - now) < timedelta(minutes=5)
    assert all(at > now + timedelta(minutes=50) for name, at in due.items() if name != "oak")


def test_the_jobs_are_never_dropped_for_being_late(store: Store, target: Target) -> None:
    made = planned(store, target)
    jobs = made._scheduler.get_jobs()
    made.stop()
    assert {(job.misfire_grace_time, job.coalesce, job.max_instances) for job in jobs} == {(None, True, 1)}


def test_a_denial_pauses_the_source_until_a_person_has_synced(store: Store, target: Target, fake: FakeSource) -> None:
    fake.rows["students"] = [student("s1")]
    fake.stamp()
    asked: list[str] = []
    _count_reads(fake, asked)
    made = planned(store, target)
    fake.failure = (0, Denied("refused", code="fake.login"))
    with capture_logs() as log:
        made._full(made._sources[0])
        assert asked == ["students"]
        for watch in made._sources[0].watches:
            made._recent(watch)
        made._full(made._sources[0])
        assert asked == ["students"]
        sync_school(store, "oak", target.source_id, "The Oak")
        made._recent(made._sources[0].watches[0])
        assert asked == ["students"], "the school's own record proves nothing about the source"
        fake.failure = None
        sync_entity(store, target, fake.entities[1])
        made._recent(made._sources[0].watches[0])
        made.stop()
    assert asked == ["students", "groups", "students"]
    assert [entry["event"] for entry in log] == ["paused", "failing", "resumed", "ok"]


def _count_reads(fake: FakeSource, asked: list[str]) -> None:
    read = fake.read

    def counted(entity: Entity, since: str | None) -> Iterator[Batch]:
        asked.append(entity.name)
        return read(entity, since)

    fake.read = counted  # type: ignore[method-assign]


def test_failures_are_told_once_and_make_the_wait_longer(store: Store, target: Target, fake: FakeSource) -> None:
    fake.rows["students"] = [student("s1", "Canaryname")]
    fake.stamp()
    made = planned(store, target, timedelta(minutes=5))
    watch = made._sources[0].watches[0]

    def minutes_to_wait() -> int:
        began = datetime.now(UTC)
        made._recent(watch)
        due = made._scheduler.get_job("oak students").next_run_time
        return round((due - began).total_seconds() / 60)

    fake.failure = (0, Retry("nobody answers", code="http.timeout"))
    with capture_logs() as log:
        waits = [minutes_to_wait() for _ in range(5)]
        fake.failure = None
        waits.append(minutes_to_wait())
        minutes_to_wait()
    made.stop()
    assert waits == [10, 20, 40, 60, 60, 5]
    assert [(entry["event"], entry["entity"]) for entry in log] == [("failing", "students"), ("ok", "students")]
    assert (log[0]["source"], log[0]["code"], log[1]["after_failures"]) == ("oak", "http.timeout", 5)
    assert "Canaryname" not in str(log)


def test_stale_is_told_once_and_so_is_fresh(store: Store, target: Target, fake: FakeSource) -> None:
    fake.rows["students"] = [student("s1")]
    fake.stamp()
    made = planned(store, target, timedelta(minutes=5))
    watch = made._sources[0].watches[0]
    made._recent(watch)
    watch.success = datetime.now(UTC) - timedelta(minutes=16)
    fake.failure = (-1, Retry("nobody answers", code="http.timeout"))
    with capture_logs() as log:
        made._recent(watch)
        made._recent(watch)
        fake.failure = None
        made._recent(watch)
    made.stop()
    assert [entry["event"] for entry in log] == ["failing", "stale", "ok", "fresh"]


def test_what_is_stale_only_because_it_rested_is_not_told(store: Store, target: Target, fake: FakeSource) -> None:
    made = planned(store, target, timedelta(minutes=5))
    watch = made._sources[0].watches[0]
    now = datetime.now(UTC)
    watch.success, opened = now - HOUR, now - timedelta(minutes=10)
    fake.hours = lambda at: opened if at < opened else None
    fake.failure = (-1, Retry("nobody answers", code="http.timeout"))
    with capture_logs() as log:
        made._recent(watch)
        assert [entry["event"] for entry in log] == ["failing"]
        opened -= timedelta(minutes=10)
        made._recent(watch)
    made.stop()
    assert [entry["event"] for entry in log] == ["failing", "stale"]


def test_a_source_that_rests_is_read_when_it_opens(store: Store, target: Target, fake: FakeSource) -> None:
    asked: list[str] = []
    _count_reads(fake, asked)
    heard = Heard()
    made = planned(store, target)
    made._listener = heard
    watch = made._sources[0].watches[0]
    watch.success = datetime.now(UTC) - timedelta(days=2)
    opens = datetime.now(UTC) + timedelta(hours=7)
    fake.hours = lambda at: opens
    with capture_logs() as log:
        for _ in range(3):
            made._recent(watch)
    due = made._scheduler.get_job("oak students").next_run_time
    made.stop()
    assert due == opens
    assert (asked, log, heard.reports) == ([], [], [])
    assert (watch.failures, watch.stale) == (0, False)


def test_the_complete_read_of_the_night_waits_for_the_opening(store: Store, target: Target, fake: FakeSource) -> None:
    fake.rows["students"] = [student("s1")]
    fake.stamp()
    for entity in fake.entities:
        sync_entity(store, target, entity)
    made = planned(store, target)
    watch = made._sources[0].watches[0]
    sinces: list[str | None] = []
    read = fake.read

    def noted(entity: Entity, since: str | None) -> Iterator[Batch]:
        sinces.append(since)
        return read(entity, since)

    fake.read = noted  # type: ignore[method-assign]
    opens = datetime.now(UTC) + timedelta(hours=7)
    fake.opens_at = lambda entity, now: opens if entity is watch.entity else None  # type: ignore[method-assign]
    made._full(made._sources[0])
    assert made._scheduler.get_job("oak students").next_run_time == opens
    assert len(sinces) == 3, "the others are read completely all the same"
    made._recent(watch)
    fake.opens_at = lambda entity, now: None  # type: ignore[method-assign]
    del sinces[:]
    made._recent(watch)
    made._recent(watch)
    made.stop()
    assert sinces == [None, str(fake.clock)], "everything when it opens, and then again what is new"


def test_another_form_is_told_once(store: Store, target: Target, fake: FakeSource) -> None:
    made = planned(store, target)
    watch = made._sources[0].watches[0]
    with capture_logs() as log:
        for form in ("first", "first", "second", "second"):
            fake.form = form
            made._recent(watch)
    made.stop()
    [entry] = log
    assert (entry["event"], entry["log_level"]) == ("form_changed", "warning")
    assert (entry["source"], entry["entity"], entry["message"]) == ("oak", "students", OTHER_FORM)


def test_a_database_that_does_not_answer_is_a_failure_like_any_other(
    store: Store, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = planned(store, target)
    watch = made._sources[0].watches[0]

    def fails(*_: object, **__: object) -> None:
        raise OperationalError("SELECT 1", {}, RuntimeError("Canaryname"))

    monkeypatch.setattr(store, "begin", fails)
    with capture_logs() as log:
        made._recent(watch)
    made.stop()
    assert [(entry["event"], entry["code"]) for entry in log] == [("failing", "store.OperationalError")]
    assert "Canaryname" not in str(log)


def test_an_entity_is_read_by_one_job_at_a_time(store: Store, target: Target, fake: FakeSource) -> None:
    asked: list[str] = []
    _count_reads(fake, asked)
    made = planned(store, target)
    watch = made._sources[0].watches[0]
    with watch.busy:
        made._recent(watch)
    assert asked == []
    made._recent(watch)
    made.stop()
    assert asked == ["students"]


def test_it_stops_between_two_batches_and_the_next_one_goes_on(store: Store, target: Target, fake: FakeSource) -> None:
    fake.rows["students"] = [student(f"s{n}") for n in range(9)]
    reading, go = threading.Event(), threading.Event()
    read = fake.read

    def held(entity: Entity, since: str | None) -> Iterator[Batch]:
        for batch in read(entity, since):
            yield batch
            reading.set()
            assert go.wait(PATIENCE)

    fake.read = held  # type: ignore[method-assign]
    heard = Heard()
    running = scheduled(store, target, HOUR, heard)
    running.start()
    assert reading.wait(PATIENCE)
    assert not running.stop(0.01), "a source keeps the read waiting"
    go.set()
    assert running.stop(PATIENCE)
    assert heard.reports == []
    fake.read = read  # type: ignore[method-assign]
    # The process lives on here, so its lease does: it is given up as that of a process that ended would be.
    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE entity_state SET lease_until = 0")
    report = sync_entity(store, target, fake.entities[0])
    assert report is not None
    assert (report.summary.read, report.summary.outcome) == (9, "complete")
    assert 0 < report.summary.inserted < 9


@pytest.mark.parametrize(("back", "moved"), [(timedelta(hours=2), True), (timedelta(seconds=4), False)])
def test_a_clock_that_is_set_back_delays_nothing(
    store: Store, target: Target, monkeypatch: pytest.MonkeyPatch, back: timedelta, moved: bool
) -> None:
    made = planned(store, target)
    before = {job.id: job.next_run_time for job in made._scheduler.get_jobs()}
    real = module._now
    monkeypatch.setattr(module, "_now", lambda: real() - back)
    made.look_at_clock()
    made.look_at_clock()
    after = {job.id: job.next_run_time for job in made._scheduler.get_jobs()}
    made.stop()
    shifts = {before[name] - after[name] for name in before if name != "oak"}
    assert all(abs(shift - (back if moved else timedelta())) < timedelta(minutes=1) for shift in shifts)
    assert before["oak"] == after["oak"], "the night is a matter of the clock itself"
