"""Entities that share references, synced at the same time by several workers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Barrier, Event
from typing import Any

from sqlalchemy import Engine, event

from canonical.batch import Mapped
from canonical.records import GroupMember, Student
from canonical.store import Store
from connectors.contract import Entity
from scheduler.sync import Report, Target, sync_entity
from tests.fake_source import GRADES, GROUPS, MEMBERS, STUDENTS, FakeSource, grade, group, member, student
from tests.stored import changes, live, rows_of

PUPILS = 60


def test_entities_that_meet_the_same_new_keys_at_once(engine: Engine) -> None:
    """Each in its own order and its own batches, some of them bringing the same groups."""
    store = Store(engine)
    source = store.source("school", "fake", "School")
    pupils = [str(number) for number in range(PUPILS)]
    rows = {
        STUDENTS: [student(pupil) for pupil in pupils],
        GRADES: [grade(f"g{pupil}", pupil, "6.5") for pupil in pupils],
        MEMBERS: [member(pupil, str(int(pupil) % 7), "1a") for pupil in pupils],
        GROUPS: [group(str(number), "1a") for number in range(7)],
    }
    start = Barrier(len(rows))

    def sync(entity: Entity) -> Report | None:
        fake = FakeSource()
        fake.batch = {"grades": 50, "students": 2, "members": 7, "groups": 1}[entity.name]
        fake.rows[entity.name] = Random(entity.name).sample(rows[entity], len(rows[entity]))
        start.wait()
        return sync_entity(store, Target("school", source, fake), entity)

    with ThreadPoolExecutor(len(rows)) as pool:
        reports = list(pool.map(sync, rows))
    assert [report.error if report else "None" for report in reports] == [None] * len(rows)
    found = live(engine, source)
    for kind, number in (("student", PUPILS), ("grade", PUPILS), ("group_member", PUPILS), ("group", 7)):
        assert sum(place[0] == kind for place in found) == number
    identities = rows_of(engine, "identity", source)
    places = [(row["kind"], row["k1"], row["k2"]) for row in identities]
    assert len(places) == len(set(places)) == 3 * PUPILS + 7 + 1
    assert len({row["id"] for row in identities}) == len(identities)
    log = changes(engine, source)
    assert len(log) == len({row["id"] for row in log}) == 3 * PUPILS + 7
    assert {row["version"] for row in log} == {1}
    before = [(row["kind"], row["k1"], row["k2"], row["id"]) for row in identities]
    for entity, served in rows.items():
        fake = FakeSource()
        fake.rows[entity.name] = served
        report = sync_entity(store, Target("school", source, fake), entity)
        assert report is not None
        assert (report.summary.inserted, report.summary.updated, report.summary.tombstoned) == (0, 0, 0)
    assert [(row["kind"], row["k1"], row["k2"], row["id"]) for row in rows_of(engine, "identity", source)] == before


def test_a_key_that_another_entity_is_just_writing_is_the_same_record(engine: Engine) -> None:
    """The first has written its batch and not yet committed while the second looks the same keys up."""
    store = Store(engine)
    source = store.source("school", "fake", "School")
    first = store.begin(source, "students", ("student",), owner="a/b/1/first")
    second = store.begin(source, "members", ("group_member",), owner="a/b/1/second")
    assert first is not None
    assert second is not None
    keys = [str(number) for number in range(50)]
    written, looked = Event(), Event()

    @event.listens_for(engine, "before_cursor_execute")
    def looking(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if written.is_set() and "pg_advisory_xact_lock" in statement:
            looked.set()

    @event.listens_for(engine, "commit")
    def committing(_connection: Any) -> None:
        if not written.is_set():
            written.set()
            # SQLite has one writer: there the second waits for its turn before it looks.
            assert looked.wait(10) or engine.dialect.name == "sqlite"

    def bring_members() -> None:
        assert written.wait(10)
        if engine.dialect.name == "sqlite":
            looked.set()
        second.apply([
            Mapped([GroupMember(key=("g", key), group=("g",), student=(key,))]) for key in reversed(keys)
        ])  # fmt: skip

    with ThreadPoolExecutor() as pool:
        running = pool.submit(bring_members)
        first.apply([Mapped([Student(key=(key,), local_id=key, last_name="x")]) for key in keys])
        running.result(30)
    event.remove(engine, "before_cursor_execute", looking)
    event.remove(engine, "commit", committing)
    found = live(engine, source)
    assert len(found) == 100
    assert {fields["student"][0] for (kind, _), fields in found.items() if kind == "group_member"} == set(keys)
    assert len(rows_of(engine, "identity", source)) == 101
