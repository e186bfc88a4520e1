"""The schedule at work: on a real scheduler where time matters, and step by step where order does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from canonical import store as module
from canonical.dues import EVERYTHING
from canonical.store import OTHER_FORM, Store
from connectors.contract import Batch, Entity
from connectors.errors import Retry
from scheduler.cadence import AMSTERDAM
from scheduler.schedule import Schedule
from scheduler.sync import Report, Target, sync_entity
from tests.fake_source import FakeSource, student
from tests.schoolbrug.schedules import HOUR, Desk, source_of

PATIENCE = 60


@pytest.fixture
def fake() -> FakeSource:
    return FakeSource()


@pytest.fixture
def target(store: Store, fake: FakeSource) -> Target:
    return Target("oak", store.source("oak", "fake", "The Oak"), fake)


def scheduled(
    store: Store, target: Target, interval: timedelta = HOUR, listener: Callable[[Report], None] | None = None
) -> Schedule:
    return Schedule(store, [source_of(target, interval)], listener=listener)


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


def test_it_reads_everything_and_then_what_is_new(store: Store, target: Target, fake: FakeSource) -> None:
    fake.rows["students"] = [student("s1"), student("s2")]
    fake.stamp()
    heard = Heard()
    running = scheduled(store, target, timedelta(milliseconds=50), heard)
    running.start()
    try:
        heard.wait_for(lambda report: report.entity == "grades")
        fake.rows["students"] = [*fake.rows["students"], student("s3")]
        fake.stamp()
        found = heard.wait_for(lambda report: report.entity == "students" and report.summary.inserted == 1)
    finally:
        assert running.stop(PATIENCE)
    assert sum(report.summary.inserted for report in heard.reports if report.entity == "students") == 3
    assert found.summary.read == 1
    assert found.error is None


def test_a_source_that_is_up_to_date_is_not_read_at_the_start(store: Store, target: Target, fake: FakeSource) -> None:
    for entity in fake.entities:
        sync_entity(store, target, entity)
    now = datetime.now(UTC)
    due = Desk(store, target).all_due()
    assert set(due) == {EVERYTHING, "students", "groups", "members", "grades"}
    assert all(now < at <= now + HOUR + timedelta(seconds=1) for name, at in due.items() if name != EVERYTHING)
    night = due[EVERYTHING].astimezone(AMSTERDAM)
    assert (night.hour, night.minute) == (2, 30)
    assert now < night < now + timedelta(hours=25)


def test_what_was_never_read_completely_is_read_at_once(store: Store, target: Target, fake: FakeSource) -> None:
    sync_entity(store, target, fake.entities[0])
    now = datetime.now(UTC)
    due = Desk(store, target).all_due()
    assert abs(due[EVERYTHING] - now) < timedelta(minutes=5)
    assert all(at > now for name, at in due.items() if name != EVERYTHING)


def _count_reads(fake: FakeSource, asked: list[str]) -> None:
    read = fake.read

    def counted(entity: Entity, since: str | None) -> Iterator[Batch]:
        asked.append(entity.name)
        return read(entity, since)

    fake.read = counted  # type: ignore[method-assign]


def test_failures_are_told_once_and_make_the_wait_longer(store: Store, target: Target, fake: FakeSource) -> None:
    fake.rows["students"] = [student("s1", "Canaryname")]
    fake.stamp()
    made = Desk(store, target, timedelta(minutes=5))

    def wait() -> float:
        began = datetime.now(UTC)
        assert made.read("students")
        return (made.due("students") - began).total_seconds() / 60

    fake.failure = (0, Retry("nobody answers", code="http.timeout"))
    with capture_logs() as log:
        waits = [wait() for _ in range(5)]
        fake.failure = None
        waits.append(wait())
        wait()
    # Each within the last five minutes of its own wait: there the target has its place.
    assert [-(-each // 5) * 5 for each in waits] == [10, 20, 40, 60, 60, 5]
    assert [(entry["event"], entry["entity"]) for entry in log] == [("failing", "students"), ("ok", "students")]
    assert (log[0]["source"], log[0]["code"], log[1]["after_failures"]) == ("oak", "http.timeout", 5)
    assert "Canaryname" not in str(log)


def test_stale_is_told_once_and_so_is_fresh(store: Store, target: Target, fake: FakeSource) -> None:
    fake.rows["students"] = [student("s1")]
    fake.stamp()
    made = Desk(store, target, timedelta(minutes=5))
    made.read("students")
    made.set_success("students", datetime.now(UTC) - timedelta(minutes=16))
    fake.failure = (-1, Retry("nobody answers", code="http.timeout"))
    with capture_logs() as log:
        made.read("students")
        Desk(store, target, timedelta(minutes=5)).read("students")
        fake.failure = None
        made.read("students")
    assert [entry["event"] for entry in log] == ["failing", "stale", "ok", "fresh"]


def test_what_is_stale_only_because_it_rested_is_not_told(store: Store, target: Target, fake: FakeSource) -> None:
    made = Desk(store, target, timedelta(minutes=5))
    made.read("students")
    now = datetime.now(UTC)
    opened = now - timedelta(minutes=9)
    made.set_success("students", now - HOUR)
    fake.hours = lambda at: opened if at < opened else None
    fake.failure = (-1, Retry("nobody answers", code="http.timeout"))
    with capture_logs() as log:
        made.read("students")
        assert [entry["event"] for entry in log] == ["failing"]
        opened -= timedelta(minutes=10)
        made.read("students")
    assert [entry["event"] for entry in log] == ["failing", "stale"]


def test_a_source_that_rests_is_read_when_it_opens(store: Store, target: Target, fake: FakeSource) -> None:
    asked: list[str] = []
    heard = Heard()
    made = Desk(store, target, listener=heard)
    made.read("students")
    made.set_success("students", datetime.now(UTC) - timedelta(days=2))
    heard.reports.clear()
    _count_reads(fake, asked)
    opens = datetime.now(UTC) + timedelta(hours=7)
    fake.hours = lambda at: opens
    with capture_logs() as log:
        for _ in range(3):
            made.read("students")
    assert abs(made.due("students") - opens) < timedelta(milliseconds=1)
    assert (asked, log, heard.reports) == ([], [], [])
    assert (made.standing("students").failures, made.row("students").stale) == (0, False)


def test_the_complete_read_of_the_night_waits_for_the_opening(store: Store, target: Target, fake: FakeSource) -> None:
    fake.rows["students"] = [student("s1")]
    fake.stamp()
    for entity in fake.entities:
        sync_entity(store, target, entity)
    made = Desk(store, target)
    sinces: list[str | None] = []
    read = fake.read

    def noted(entity: Entity, since: str | None) -> Iterator[Batch]:
        sinces.append(since)
        return read(entity, since)

    fake.read = noted  # type: ignore[method-assign]
    opens = datetime.now(UTC) + timedelta(hours=7)
    students = fake.entities[0]
    fake.opens_at = lambda entity, now: opens if entity is students else None  # type: ignore[method-assign]
    made.night()
    assert abs(made.due("students") - opens) < timedelta(milliseconds=1)
    assert len(sinces) == 3, "the others are read completely all the same"
    made.read("students")
    fake.opens_at = lambda entity, now: None  # type: ignore[method-assign]
    del sinces[:]
    made.read("students")
    made.read("students")
    assert sinces == [None, str(fake.clock)], "everything when it opens, and then again what is new"


def test_another_form_is_told_once(store: Store, target: Target, fake: FakeSource) -> None:
    made = Desk(store, target)
    with capture_logs() as log:
        for form in ("first", "first", "second", "second"):
            fake.form = form
            made.read("students")
    [entry] = log
    assert (entry["event"], entry["log_level"]) == ("form_changed", "warning")
    assert (entry["source"], entry["entity"], entry["message"]) == ("oak", "students", OTHER_FORM)


def away(*_: object, **__: object) -> None:
    raise OperationalError("SELECT 1", {}, RuntimeError("Canaryname"))


def test_of_a_database_that_does_not_answer_no_read_tells_by_itself_and_the_source_is_left_alone(
    store: Store, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Desk(store, target)
    monkeypatch.setattr(store, "begin", away)
    with capture_logs() as log, pytest.raises(OperationalError):
        made.read("students")
    assert log == []
    assert not made.read("students"), "for half a minute"
    with store.writing() as connection:
        connection.execute(text("UPDATE due SET taken_until = taken_until - 30"))
    monkeypatch.undo()
    assert made.read("students")


def test_rows_that_the_database_does_not_keep_are_no_mistake_of_the_program(
    store: Store, target: Target, fake: FakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.rows["students"] = [student("s1")]
    made = Desk(store, target)
    monkeypatch.setattr(module, "write", away)
    with capture_logs() as log:
        for _ in range(2):
            made.read("students")
    assert [(entry["event"], entry["code"]) for entry in log] == [("failing", "store.RuntimeError")]
    assert "Canaryname" not in str(log)


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
