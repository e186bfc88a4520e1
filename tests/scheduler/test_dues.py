"""What is due and who has it, in both kinds of database: taken once, given back, left alone when the source says so."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, Engine, event, text
from structlog.testing import capture_logs

from canonical import dues
from canonical.dues import EVERYTHING
from canonical.store import Store
from canonical.tables import RUN
from connectors.contract import Batch, Entity
from connectors.errors import Denied, Retry
from connectors.pace import Pace
from scheduler import ledger
from scheduler.gate import SharedGate
from scheduler.school import sync_school
from scheduler.sync import Target, sync_entity
from scheduler.work import Work
from tests.fake_source import FakeSource, student
from tests.schoolbrug.schedules import HOUR, Desk, source_of


@pytest.fixture
def store(engine: Engine) -> Store:
    return Store(engine)


@pytest.fixture
def fake() -> FakeSource:
    return FakeSource()


@pytest.fixture
def target(store: Store, fake: FakeSource) -> Target:
    return Target("oak", store.source("oak", "fake", "The Oak"), fake)


def _count_reads(fake: FakeSource, asked: list[str]) -> None:
    read = fake.read

    def counted(entity: Entity, since: str | None) -> Iterator[Batch]:
        asked.append(entity.name)
        return read(entity, since)

    fake.read = counted  # type: ignore[method-assign]


def test_a_target_is_taken_once(store: Store, target: Target) -> None:
    made = Desk(store, target)
    made.make_due("grades")
    taken = dues.take(store, target.source_id, "grades", "one")
    assert taken is not None
    assert dues.take(store, target.source_id, "grades", "other") is None
    dues.settle(store, taken, datetime.now(UTC) - HOUR, whole=False, stale=False)
    assert dues.take(store, target.source_id, "grades", "other") is not None


def test_what_is_not_due_is_not_taken(store: Store, target: Target, fake: FakeSource) -> None:
    for entity in fake.entities:
        sync_entity(store, target, entity)
    Desk(store, target)
    assert dues.take(store, target.source_id, "grades", "one") is None


def test_a_worker_that_says_nothing_more_has_it_no_longer(store: Store, target: Target) -> None:
    made = Desk(store, target)
    made.make_due("grades")
    frozen = dues.take(store, target.source_id, "grades", "one", seconds=-1)
    assert frozen is not None
    other = dues.take(store, target.source_id, "grades", "other")
    assert other is not None
    assert not dues.hold(store, frozen)
    before = made.row("grades")
    dues.settle(store, frozen, datetime.now(UTC), whole=True, stale=True)
    dues.let_go(store, frozen)
    assert made.row("grades") == before, "what it still has to say is not heard"
    assert dues.hold(store, other)


def test_of_one_source_no_more_is_taken_than_it_bears(store: Store, target: Target, fake: FakeSource) -> None:
    made = Desk(store, target)
    for entity in fake.entities:
        made.make_due(entity.name)
    taken = [dues.take(store, target.source_id, entity.name, "one") for entity in fake.entities]
    assert [each is not None for each in taken] == [True, True, False, False]


def test_the_longest_due_of_each_source_comes_first(store: Store, target: Target) -> None:
    other = Target("elm", store.source("elm", "fake", "The Elm"), FakeSource())
    Desk(store, target)
    made = Work(store, [source_of(target), source_of(other)])
    made.plan()
    with store.writing() as connection:
        for source, entity, at in ((target, "students", 10), (target, "groups", 20), (other, "grades", 30)):
            connection.execute(
                text("UPDATE due SET due_at = :at WHERE source_id = :s AND entity = :e"),
                {"at": at, "s": source.source_id, "e": entity},
            )
        connection.execute(text("UPDATE due SET due_at = 9e12 WHERE due_at > 100"))
    assert made.ready(10) == [
        (target.source_id, "students"), (other.source_id, "grades"), (target.source_id, "groups")
    ]  # fmt: skip


def test_after_the_clock_was_set_back_nothing_waits_for_the_future(store: Store, target: Target) -> None:
    made = Desk(store, target)
    for entity in ("grades", "students"):
        made.make_due(entity)
    assert dues.take(store, target.source_id, "grades", "one") is not None
    with store.writing() as connection:
        day = {"day": 86_400.0}
        connection.execute(text("UPDATE due SET taken_until = taken_until + :day WHERE taken_until > 0"), day)
        connection.execute(text("UPDATE due SET due_at = due_at + 10000000000 WHERE entity = 'groups'"))
        connection.execute(text("UPDATE gate SET blocked_until = 9e12"))
    assert dues.take(store, target.source_id, "grades", "other") is not None
    made.work.plan()
    assert made.due("groups") < datetime.now(UTC) + 2 * HOUR


def test_a_process_that_starts_plans_nothing_later_than_it_was(store: Store, target: Target) -> None:
    made = Desk(store, target)
    made.make_due("grades")
    assert Desk(store, target).due("grades") < datetime.fromtimestamp(0, UTC)


def test_an_entity_that_is_no_longer_offered_is_forgotten(
    store: Store, target: Target, fake: FakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    Desk(store, target)
    monkeypatch.setattr(fake, "entities", fake.entities[:2])
    assert set(Desk(store, target).all_due()) == {EVERYTHING, "students", "groups"}


def test_a_source_that_says_when_again_is_left_alone_by_everybody(
    store: Store, target: Target, fake: FakeSource
) -> None:
    fake.rows["students"] = [student("s1")]
    made = Desk(store, target)
    fake.failure = (0, Retry("slower, please", code="http.busy", after=1_000.0))
    assert made.read("students")
    fake.failure = None
    assert not made.read("grades")
    assert not Desk(store, target).read("grades"), "another worker neither"
    with store.writing() as connection:
        connection.execute(text("UPDATE gate SET blocked_until = blocked_until - 1001"))
    assert made.read("grades")


def test_a_denial_pauses_the_source_until_a_person_has_synced(store: Store, target: Target, fake: FakeSource) -> None:
    fake.rows["students"] = [student("s1")]
    fake.stamp()
    asked: list[str] = []
    _count_reads(fake, asked)
    made = Desk(store, target)
    fake.failure = (0, Denied("refused", code="fake.login"))
    with capture_logs() as log:
        assert made.night()
        assert asked == ["students"]
        for entity in fake.entities:
            assert not made.read(entity.name)
        assert not made.night()
        assert not Desk(store, target).read("students"), "nor does a process that starts ask again: accounts lock"
        assert asked == ["students"]
        sync_school(store, "oak", target.source_id, "The Oak")
        assert not made.read("students"), "the school's own record proves nothing about the source"
        fake.failure = None
        sync_entity(store, target, fake.entities[1])
        assert made.read("students")
    assert asked == ["students", "groups", "students"]
    assert [entry["event"] for entry in log] == ["paused", "failing", "resumed", "ok"]


def test_what_was_on_offer_before_the_clock_was_set_back_is_offered(store: Store, target: Target) -> None:
    made = Desk(store, target)
    for entity in ("students", "grades", "groups"):
        made.make_due(entity)
    with store.writing() as connection:
        connection.execute(text("UPDATE due SET offered_until = 9e12"))
    assert len(made.work.ready(10)) == 2


def test_a_night_that_was_read_in_the_future_is_read_again(store: Store, target: Target, fake: FakeSource) -> None:
    for entity in fake.entities:
        sync_entity(store, target, entity)
    with store.writing() as connection:
        connection.execute(RUN.update().values(started_at=datetime.now(UTC) + 50 * HOUR))
    assert Desk(store, target).due(EVERYTHING) < datetime.now(UTC) + 26 * HOUR


@pytest.mark.parametrize("database", ["postgresql"])
def test_who_plans_waits_for_who_gives_back_what_he_has_read(
    store: Store, target: Target, fake: FakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read a moment before it is planned by an older look would be read twice."""
    for entity in fake.entities:
        sync_entity(store, target, entity)
    made = Desk(store, target)
    made.set_success("grades", datetime.now(UTC) - 2 * HOUR)
    made.make_due("grades")
    taken = dues.take(store, target.source_id, "grades", "one")
    assert taken is not None
    looked, reads = threading.Event(), ledger.reads

    def slowly(connection: Connection, source_id: int) -> dict[str, ledger.Reads]:
        found = reads(connection, source_id)
        looked.set()
        time.sleep(0.3)
        return found

    monkeypatch.setattr(ledger, "reads", slowly)
    planning = threading.Thread(target=made.work.plan)
    planning.start()
    assert looked.wait(60)
    dues.settle(store, taken, datetime.now(UTC) + HOUR, whole=False, stale=False)
    planning.join()
    assert made.due("grades") > datetime.now(UTC)


@pytest.mark.parametrize("database", ["postgresql"])
def test_what_is_on_offer_is_not_offered_again(store: Store, target: Target, fake: FakeSource) -> None:
    made = Desk(store, target)
    for entity in ("students", "grades", "groups"):
        made.make_due(entity)
    first = dues.offer(store, [target.source_id], 10, 60)
    assert len(first) == 2
    assert dues.offer(store, [target.source_id], 10, 60) == []
    dues.withdraw(store, *first[0])
    assert dues.offer(store, [target.source_id], 10, 0) == first[:1]
    assert dues.offer(store, [target.source_id], 10, 60) == first[:1]


def test_the_calls_of_all_workers_keep_one_pace(store: Store, target: Target) -> None:
    Desk(store, target)
    here, there = (SharedGate(store, target.source_id) for _ in range(2))
    waits = [gate.reserve(100, 0) for gate in (here, there, here, there)]
    assert [round(wait / 100) for wait in waits] == [0, 1, 2, 3]
    assert round(there.reserve(100, 200) / 100) == 2, "a burst of three"


def test_what_one_worker_is_told_holds_all_of_them(store: Store, target: Target) -> None:
    Desk(store, target)
    here, there = (SharedGate(store, target.source_id) for _ in range(2))
    pace = Pace(None)
    pace.share(there)
    assert pace.take(0) == 0
    here.hold(100)
    here.hold(5)
    there._looked -= 1  # half a second has passed since its last look
    assert 90 < pace.take(1) <= 100
    assert 90 < there.reserve(1, 0) <= 100, "and then without a burst"


def test_a_hold_from_before_the_clock_was_set_back_holds_nobody(store: Store, target: Target) -> None:
    Desk(store, target)
    with store.writing() as connection:
        connection.execute(text("UPDATE gate SET blocked_until = 9e12, next_at = 9e12"))
    gate = SharedGate(store, target.source_id)
    assert gate.held() <= 0
    gate.hold(100)
    assert 90 < gate.held() <= 100, "what it is told now holds all the same"
    with store.writing() as connection:
        connection.execute(text("UPDATE gate SET blocked_until = 0, next_at = 9e12"))
    assert round(gate.reserve(1, 0)) == 0


def test_what_nobody_keeps_in_sync_any_more_stands_before_nothing(store: Store, target: Target) -> None:
    former = Target("elm", store.source("elm", "fake", "The Elm"), FakeSource())
    Work(store, [source_of(former)]).plan()
    made = Desk(store, target)
    with store.writing() as connection:
        connection.execute(text("UPDATE due SET due_at = 1 WHERE source_id = :s"), {"s": former.source_id})
    assert [source_id for source_id, _ in made.work.ready(1)] == [target.source_id]


def test_what_another_release_offers_is_left_to_it(store: Store, target: Target) -> None:
    made = Desk(store, target)
    with store.writing() as connection:
        connection.execute(text("UPDATE due SET entity = 'later' WHERE entity = 'grades'"))
    made.make_due("later")
    assert not made.work.do(target.source_id, "later")
    assert made.row("later").taken_until == 0
    assert not made.work.do(target.source_id + 1, "grades"), "nor is another configuration's source"


def test_the_night_is_kept_by_many_quick_reads_too(store: Store, target: Target, fake: FakeSource) -> None:
    made = Desk(store, target)
    read, left = fake.read, []

    def noted(entity: Entity, since: str | None) -> Iterator[Batch]:
        with store.writing() as connection:
            left.append(made.row(EVERYTHING).taken_until - dues.now(connection).timestamp())
            # As if all of the time that it was taken for had nearly passed.
            connection.execute(text("UPDATE due SET taken_until = taken_until - 110 WHERE entity = ''"))
        return read(entity, since)

    fake.read = noted  # type: ignore[method-assign]
    assert made.night()
    assert len(left) == len(fake.entities)
    assert min(left) > 100


def test_a_night_that_somebody_else_has_by_now_is_left_to_him(store: Store, target: Target, fake: FakeSource) -> None:
    made = Desk(store, target)
    read, asked = fake.read, []

    def taken_over(entity: Entity, since: str | None) -> Iterator[Batch]:
        asked.append(entity.name)
        with store.writing() as connection:
            connection.execute(text("UPDATE due SET take = take + 1 WHERE entity = ''"))
        return read(entity, since)

    fake.read = taken_over  # type: ignore[method-assign]
    assert made.night()
    assert asked == ["students"]
    assert made.row(EVERYTHING).taken_until > 0


def test_of_all_that_become_stale_at_once_each_is_another_number(store: Store, target: Target) -> None:
    made = Desk(store, target)
    taken = []
    for entity in ("students", "grades"):
        made.make_due(entity)
        taken.append(dues.take(store, target.source_id, entity, "one"))
    later = datetime.now(UTC) + HOUR
    found = [dues.settle(store, one, later, whole=False, stale=True) for one in taken if one is not None]
    assert found == [1, 2]
    assert dues.put_off(store, target.source_id, "grades", later, whole=False, stale=False) == 1
    assert taken[0] is not None
    assert dues.settle(store, taken[0], later, whole=False, stale=False) == 0


def test_a_look_at_who_is_paused_is_one_question(store: Store, target: Target) -> None:
    many = [Target(f"s{n}", store.source(f"s{n}", "fake", "A School"), FakeSource()) for n in range(5)]
    made = Work(store, [source_of(one) for one in (target, *many)])
    made.plan()
    asked: list[str] = []
    event.listen(store.engine, "before_cursor_execute", lambda _c, _k, statement, *_: asked.append(statement))
    made.look_at_paused()
    assert sum(statement.startswith("SELECT") for statement in asked) == 1
