"""What is told of the schedule, on both kinds of database: each change once, whoever listens."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from structlog.testing import capture_logs

from canonical.store import Store
from connectors.contract import Batch, Entity
from connectors.errors import Denied, Retry
from scheduler.sync import Target, sync_entity
from scheduler.telling import LEVELS, Transition, to_log
from scheduler.work import Work
from tests.fake_source import ROLES, TEACHING, FakeSource, bad, lesson, role, student
from tests.schoolbrug.schedules import Desk, source_of

CANARY = "Canaryname"
AWAY = (-1, Retry("nobody answers", code="http.timeout"))
FIVE = timedelta(minutes=5)


@pytest.fixture
def store(engine: Engine) -> Store:
    return Store(engine)


@pytest.fixture
def fake() -> FakeSource:
    return FakeSource()


@pytest.fixture
def target(store: Store, fake: FakeSource) -> Target:
    return Target("oak", store.source("oak", "fake", "The Oak"), fake)


class Ears(Desk):
    """A desk whose every transition is heard."""

    def __init__(self, store: Store, target: Target) -> None:
        super().__init__(store, target, FIVE)
        self.heard: list[Transition] = []
        self.work = Work(store, [source_of(target, FIVE)], tell=self.heard.append)

    def told(self) -> list[tuple[str, str | None, Any]]:
        """What was told since the last look, without moments and sentences."""
        told = [
            (each.kind, each.entity, {n: v for n, v in each.details.items() if isinstance(v, int)})
            for each in self.heard
        ]
        self.heard.clear()
        return told

    def serve(self, entity: str, *rows: Any) -> None:
        fake = self.target.connector
        assert isinstance(fake, FakeSource)
        fake.rows[entity] = list(rows)
        fake.stamp()
        assert sync_now(self, entity)


def sync_now(desk: Desk, entity: str) -> bool:
    """A complete read, as at night."""
    with desk.store.writing() as connection:
        connection.exec_driver_sql("UPDATE due SET whole = true")
    return desk.read(entity)


@pytest.fixture
def ears(store: Store, target: Target) -> Ears:
    return Ears(store, target)


def test_a_source_is_stale_with_its_first_entity_and_fresh_with_its_last(ears: Ears, fake: FakeSource) -> None:
    for entity in ("students", "grades"):
        ears.read(entity)
        ears.set_success(entity, datetime.now(UTC) - timedelta(minutes=16))
    fake.failure = AWAY
    ears.read("students")
    ears.read("students")
    ears.read("grades")
    assert [each for each in ears.told() if each[0] != "failing"] == [
        ("stale", "students", {"stale_entities": 1}), ("stale", "grades", {"stale_entities": 2}),
    ]  # fmt: skip
    fake.failure = None
    ears.read("students")
    ears.read("grades")
    assert [each for each in ears.told() if each[0] != "ok"] == [
        ("fresh", "students", {"stale_entities": 1}), ("fresh", "grades", {"stale_entities": 0}),
    ]  # fmt: skip


def test_at_night_too(ears: Ears, fake: FakeSource) -> None:
    ears.night()
    for entity in fake.entities:
        ears.set_success(entity.name, datetime.now(UTC) - timedelta(minutes=16))
    fake.failure = AWAY
    ears.night()
    assert [each[2] for each in ears.told() if each[0] == "stale"] == [{"stale_entities": n} for n in (1, 2, 3, 4)]
    fake.failure = None
    ears.night()
    assert [each[2] for each in ears.told() if each[0] == "fresh"] == [{"stale_entities": n} for n in (3, 2, 1, 0)]


def test_of_two_that_become_fresh_at_the_same_time_one_is_the_last(
    ears: Ears, store: Store, target: Target, fake: FakeSource
) -> None:
    other = Ears(store, target)
    for entity in ("students", "grades"):
        ears.read(entity)
        ears.set_success(entity, datetime.now(UTC) - timedelta(minutes=16))
    fake.failure = AWAY
    ears.read("students")
    ears.read("grades")
    ears.told()
    fake.failure = None
    read = fake.read

    def meanwhile(entity: Entity, since: str | None) -> Iterator[Batch]:
        if entity.name == "students":
            other.read("grades")
        return read(entity, since)

    fake.read = meanwhile  # type: ignore[method-assign]
    ears.read("students")
    told = [each for each in (*other.told(), *ears.told()) if each[0] == "fresh"]
    assert told == [("fresh", "grades", {"stale_entities": 1}), ("fresh", "students", {"stale_entities": 0})]


def test_what_another_worker_has_by_now_is_told_by_that_one(ears: Ears, store: Store, fake: FakeSource) -> None:
    ears.read("students")
    ears.set_success("students", datetime.now(UTC) - timedelta(minutes=16))
    fake.failure = AWAY
    read = fake.read

    def taken_over(entity: Entity, since: str | None) -> Iterator[Batch]:
        with store.writing() as connection:
            connection.exec_driver_sql("UPDATE due SET take = take + 1")
        return read(entity, since)

    fake.read = taken_over  # type: ignore[method-assign]
    ears.read("students")
    assert [each[0] for each in ears.told()] == ["failing"]
    assert not ears.row("students").stale


def test_a_source_that_refuses_us(ears: Ears, store: Store, target: Target, fake: FakeSource) -> None:
    fake.failure = (-1, Denied("no", code="http.denied"))
    ears.read("students")
    ears.read("grades")
    assert [each[:2] for each in ears.told()] == [("paused", None), ("failing", "students")]
    fake.failure = None
    ears.work.look_at_paused()
    assert ears.told() == []
    sync_entity(store, target, fake.entities[0])
    ears.work.look_at_paused()
    ears.work.look_at_paused()
    assert [each[:2] for each in ears.told()] == [("resumed", None)]


def test_a_source_that_shrinks_is_told_once_and_that_it_is_over(ears: Ears) -> None:
    everybody = [student(f"s{n}", CANARY) for n in range(60)]
    ears.serve("students", *everybody)
    assert ears.told() == []
    ears.serve("students", *everybody[:30])
    [(kind, entity, details)] = ears.told()
    assert (kind, entity) == ("shrunk", "students")
    assert (details["records"], details["of"]) == (30, 60)
    ears.serve("students", *everybody[:30])
    ears.serve("students", *everybody[:31])
    assert ears.told() == [], "the plan has changed, and still there is one"
    ears.serve("students", *everybody)
    assert [each[:2] for each in ears.told()] == [("released", "students")]


def test_what_a_read_of_changes_cannot_know_is_not_over(ears: Ears) -> None:
    everybody = [student(f"s{n}") for n in range(60)]
    ears.serve("students", *everybody)
    ears.serve("students")
    ears.told()
    ears.read("students")
    assert ears.told() == []


def test_a_deletion_that_may_only_be_hidden(store: Store) -> None:
    class Hiding(FakeSource):
        entities = (TEACHING, ROLES)

    ears = Ears(store, Target("oak", store.source("oak", "fake", "The Oak"), Hiding()))
    lessons = [lesson(f"t{n}", f"v{n}") for n in range(30)]
    ears.serve("roles", role("t0", "g1"))
    ears.serve("teaching", *lessons)
    ears.told()
    ears.serve("teaching", *lessons[1:])
    assert [each[:2] for each in ears.told()] == [("held", "teaching")]
    ears.serve("teaching", *lessons)
    assert [each[:2] for each in ears.told()] == [("released", "teaching")]


def test_rows_of_which_too_many_are_bad(ears: Ears, fake: FakeSource) -> None:
    rows = [student(f"s{n}", CANARY) for n in range(30)]
    ears.serve("students", *map(bad, rows))
    assert [each[0] for each in ears.told()] == ["failing", "unreadable"]
    ears.serve("students", *map(bad, rows))
    fake.failure = AWAY
    ears.read("students")
    assert ears.told() == []
    fake.failure = None
    ears.serve("students", *rows)
    assert [each[0] for each in ears.told()] == ["ok", "readable"]
    fake.failure = AWAY
    ears.read("students")
    fake.failure = None
    ears.serve("students", *map(bad, rows))
    assert [each[0] for each in ears.told()] == ["failing", "unreadable"], "also where it failed otherwise before"


def test_the_log_is_a_listener(store: Store, target: Target, fake: FakeSource) -> None:
    desk = Desk(store, target, FIVE)
    everybody = [student(f"s{n}", CANARY) for n in range(60)]
    fake.rows["students"] = everybody
    fake.stamp()
    with capture_logs() as log:
        sync_now(desk, "students")
        fake.rows["students"] = []
        sync_now(desk, "students")
    [told] = log
    assert (told["event"], told["log_level"], told["source"], told["entity"]) == (
        "shrunk", "warning", "oak", "students"
    )  # fmt: skip
    assert (told["records"], told["of"]) == (60, 60)
    assert CANARY not in str(log)


@pytest.mark.parametrize("kind", sorted(LEVELS))
def test_every_kind_has_a_level(kind: str) -> None:
    with capture_logs() as log:
        to_log(Transition(kind, "oak", "students", datetime.now(UTC), {"n": 1}))
    assert log == [{"event": kind, "log_level": LEVELS[kind], "source": "oak", "entity": "students", "n": 1}]
