"""A source that a person has paused is left alone, whatever else happens, until a person resumes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from canonical import dues
from canonical.dues import PERSON
from canonical.store import Store
from canonical.tables import GATE, RUN
from connectors.errors import Denied
from scheduler import work
from scheduler.sync import Target, sync_entity
from scheduler.work import DENIED, Source, Work
from tests.fake_source import FakeSource, student
from tests.schoolbrug.schedules import Desk, source_of


@pytest.fixture
def store(engine: Engine) -> Store:
    return Store(engine)


@pytest.fixture
def fake() -> FakeSource:
    source = FakeSource()
    source.rows["students"] = [student(f"s{n}") for n in range(9)]
    source.stamp()
    return source


@pytest.fixture
def target(store: Store, fake: FakeSource) -> Target:
    return Target("oak", store.source("oak", "fake", "The Oak"), fake)


def why(store: Store) -> str | None:
    with store.engine.connect() as connection:
        found: str | None = connection.execute(select(GATE.c.paused)).scalar_one()
        return found


def test_before_it_was_ever_planned(store: Store, target: Target) -> None:
    assert dues.pause_by_person(store, target.source_id)
    assert not dues.pause_by_person(store, target.source_id), "it is so already"
    desk = Desk(store, target)
    assert desk.gate().at_once == 2, "a plan says how much may be read at once, and nothing of the pause"
    assert not desk.read("students")
    assert dues.resume_by_person(store, target.source_id)
    assert not dues.resume_by_person(store, target.source_id)
    assert desk.read("students")


def test_neither_a_sync_nor_a_restart_ends_it(store: Store, target: Target, fake: FakeSource) -> None:
    desk = Desk(store, target)
    dues.pause_by_person(store, target.source_id)
    report = sync_entity(store, target, fake.entities[0])
    assert report is not None
    assert report.error is None
    assert not desk.read("students")
    assert not Desk(store, target).read("students")
    assert why(store) == PERSON


def test_it_takes_the_place_of_a_refusal(store: Store, target: Target, fake: FakeSource) -> None:
    desk = Desk(store, target)
    fake.failure = (-1, Denied("no", code="http.denied"))
    assert desk.read("students")
    assert why(store) == DENIED
    assert dues.pause_by_person(store, target.source_id)
    fake.failure = None
    sync_entity(store, target, fake.entities[0])
    assert not desk.read("students"), "a refusal would be over by now"
    assert not dues.pause(store, target.source_id, DENIED, 0)
    assert why(store) == PERSON


def test_a_person_ends_a_refusal_too(store: Store, target: Target, fake: FakeSource) -> None:
    desk = Desk(store, target)
    fake.failure = (-1, Denied("no", code="http.denied"))
    desk.read("students")
    fake.failure = None
    assert dues.resume_by_person(store, target.source_id)
    assert desk.read("students")


def test_what_became_due_meanwhile_is_due_from_now_on(store: Store, target: Target) -> None:
    desk = Desk(store, target)
    desk.make_due("students")
    before = desk.due("grades")
    dues.pause_by_person(store, target.source_id)
    dues.resume_by_person(store, target.source_id)
    assert datetime.now(UTC) - desk.due("students") < timedelta(minutes=5)
    assert desk.due("grades") >= before


@pytest.mark.parametrize("how", ["paused", "removed", "replaced"])
def test_what_is_being_read_ends_at_its_next_batch(
    monkeypatch: pytest.MonkeyPatch, store: Store, target: Target, fake: FakeSource, how: str
) -> None:
    monkeypatch.setattr(work, "_SIGN_OF_LIFE", -1.0)
    desk = Desk(store, target)
    known: list[Source] = []
    monkeypatch.setattr(desk.work, "_find", lambda: known)
    read = fake.read

    def interrupted(*words: object) -> object:
        for batch in read(*words):  # type: ignore[arg-type]
            yield batch
            if how == "paused":
                dues.pause_by_person(store, target.source_id)
            else:
                known[:] = [] if how == "removed" else [source_of(target)]
                desk.work.renew()

    monkeypatch.setattr(fake, "read", interrupted)
    assert desk.read("students")
    with store.engine.connect() as connection:
        run = connection.execute(select(RUN.c.outcome, RUN.c.read)).one()
    assert (run.outcome, run.read < 9) == ("running", True)
    row = desk.row("students")
    assert (row.owner, row.taken_until) == (None, 0), "it is given back"


def test_sources_come_and_go(store: Store, target: Target) -> None:
    known: list[Source] = []
    made = Work(store, known, find=lambda: known)
    made.plan()
    known.append(source_of(target))
    made.renew()
    assert made.ready(1) == [(target.source_id, "")], "a new one is planned at once"
    same = made.sources[target.source_id]
    made.renew()
    assert made.sources[target.source_id] is same
    known.clear()
    made.renew()
    assert made.ready(1) == []
    assert not made.do(target.source_id, "students")
