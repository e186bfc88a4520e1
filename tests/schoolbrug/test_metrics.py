"""What Prometheus reads, on both kinds of database: counted where it is, whatever process is asked."""

from __future__ import annotations

import socket
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector
from sqlalchemy import Engine, create_engine, text
from structlog.testing import capture_logs

from canonical import dues
from canonical.errors import UserError
from canonical.store import Store
from canonical.tables import RUN
from connectors.counters import RETRIES, THROTTLED
from connectors.errors import Denied, Retry
from scheduler.school import sync_school
from scheduler.sync import LEASES_LOST, Target, sync_entity
from schoolbrug import metrics
from schoolbrug.config import load
from schoolbrug.metrics import StoreCollector, registry, told_at
from tests.connectors.loopback import FakeTime, plain, say, serving, session_to
from tests.fake_source import FakeSource, bad, student
from tests.schoolbrug.schedules import Desk

CANARY = "Canaryname"


@pytest.fixture
def store(engine: Engine) -> Store:
    return Store(engine, key=b"k" * 32)


@pytest.fixture
def fake() -> FakeSource:
    return FakeSource()


@pytest.fixture
def target(store: Store, fake: FakeSource) -> Target:
    return Target("oak", store.source("oak", "fake", "The Oak"), fake)


def told(collector: Collector) -> dict[str, dict[tuple[str, ...], float]]:
    """The values of each metric by the values of its labels."""
    return {
        family.name: {tuple(sample.labels.values()): sample.value for sample in family.samples}
        for family in collector.collect()
    }


def test_what_was_never_read_has_no_age(store: Store, target: Target, fake: FakeSource) -> None:
    fake.failure = (-1, Retry("nobody answers", code="http.timeout"))
    sync_entity(store, target, fake.entities[0])
    found = told(StoreCollector(store.engine, ["oak"]))
    assert found["schoolbrug_freshness_age_seconds"] == {}
    assert found["schoolbrug_failures"] == {("oak", "students"): 1}
    assert found["schoolbrug_last_run"] == {("oak", "students", "failed"): 1}
    assert found["schoolbrug_store_up"] == {(): 1}


def test_what_was_read(store: Store, target: Target, fake: FakeSource) -> None:
    fake.rows["students"] = [student("s1", CANARY), student("s2"), student("s3"), bad(student("s4", CANARY))]
    fake.stamp()
    desk = Desk(store, target)
    sync_school(store, "oak", target.source_id, "The Oak", None)
    desk.read("students")
    desk.set_success("students", datetime.now(UTC) - timedelta(hours=2))
    of = ("oak", "students")
    found = told(StoreCollector(store.engine, ["oak"]))
    assert 7_200 <= found["schoolbrug_freshness_age_seconds"][of] < 7_300
    assert found["schoolbrug_records"] == {of: 3}
    assert found["schoolbrug_quarantine_open"] == {of: 1}
    assert found["schoolbrug_held_open"] == {of: 0}
    assert found["schoolbrug_stale"] == {of: 0}
    assert 0 <= found["schoolbrug_last_run_seconds"][of] < 60
    assert CANARY not in str(list(StoreCollector(store.engine, ["oak"]).collect()))
    assert told(StoreCollector(store.engine, ["elm"]))["schoolbrug_records"] == {}, "no source of ours"


def test_what_is_over_is_not_counted(store: Store, target: Target, fake: FakeSource) -> None:
    students, of = fake.entities[0], ("oak", "students")
    everybody = [student(f"s{n}") for n in range(40)]
    for rows in ([*everybody[1:], bad(everybody[0])], everybody, []):
        fake.rows["students"] = rows
        fake.stamp()
        sync_entity(store, target, students)
    found = told(StoreCollector(store.engine, ["oak"]))
    assert (found["schoolbrug_quarantine_open"], found["schoolbrug_held_open"]) == ({of: 0}, {of: 1})
    assert store.resolve(1, "rejected")
    assert told(StoreCollector(store.engine, ["oak"]))["schoolbrug_held_open"] == {of: 0}


def test_deletions_that_wait_and_what_is_stale(store: Store, target: Target, fake: FakeSource) -> None:
    fake.rows["students"] = [student(f"s{n}") for n in range(40)]
    fake.stamp()
    desk = Desk(store, target, timedelta(minutes=5))
    desk.read("students")
    fake.rows["students"] = []
    fake.stamp()
    sync_entity(store, target, fake.entities[0])
    desk.set_success("students", datetime.now(UTC) - timedelta(hours=2))
    fake.failure = (-1, Retry("nobody answers", code="http.timeout"))
    desk.read("students")
    found = told(StoreCollector(store.engine, ["oak"]))
    assert found["schoolbrug_held_open"] == {("oak", "students"): 1}
    assert found["schoolbrug_stale"] == {("oak", "students"): 1}
    assert found["schoolbrug_records"] == {("oak", "students"): 40}


def test_what_is_due_and_who_is_at_it(store: Store, target: Target, fake: FakeSource) -> None:
    desk = Desk(store, target)
    collector = StoreCollector(store.engine, ["oak"])
    with store.writing() as connection:
        now = dues.now(connection).timestamp()
        connection.execute(text("UPDATE due SET due_at = :at"), {"at": now + 3_600})
        for entity, late in (("grades", 900), ("students", 300), ("groups", 100)):
            connection.execute(
                text("UPDATE due SET due_at = :at WHERE entity = :e"), {"at": now - late, "e": entity}
            )
    assert dues.take(store, target.source_id, "grades", "a worker") is not None
    found = told(collector)
    assert (found["schoolbrug_due"], found["schoolbrug_reading"]) == ({("oak",): 2}, {("oak",): 1})
    assert 300 <= found["schoolbrug_due_oldest_seconds"]["oak",] < 400
    assert (found["schoolbrug_paused"], found["schoolbrug_blocked_seconds"]) == ({("oak",): 0}, {("oak",): 0})
    dues.block(store, target.source_id, 600)
    found = told(collector)
    assert 500 < found["schoolbrug_blocked_seconds"]["oak",] <= 600
    assert (found["schoolbrug_due"], found["schoolbrug_due_oldest_seconds"]) == ({("oak",): 0}, {("oak",): 0})
    fake.failure = (-1, Denied("no", code="http.denied"))
    with store.writing() as connection:
        connection.execute(text("UPDATE gate SET blocked_until = 0"))
    desk.read("students")
    found = told(collector)
    assert (found["schoolbrug_paused"], found["schoolbrug_paused_by_person"]) == ({("oak",): 1}, {("oak",): 0})
    dues.pause_by_person(store, target.source_id)
    found = told(collector)
    assert (found["schoolbrug_paused"], found["schoolbrug_paused_by_person"]) == ({("oak",): 0}, {("oak",): 1})


def test_runs_are_counted_once_whatever_has_become_of_them(store: Store, target: Target, fake: FakeSource) -> None:
    collector = StoreCollector(store.engine, ["oak"])
    students, groups, *_ = fake.entities
    sync_entity(store, target, students)
    old = {"at": datetime.now(UTC) - timedelta(hours=2)}

    def age() -> None:
        with store.writing() as connection:
            connection.execute(RUN.update().values(started_at=old["at"]))

    def runs() -> dict[tuple[str, ...], float]:
        found = next(family for family in collector.collect() if family.name == "schoolbrug_runs")
        assert found.type == "counter"
        return {tuple(sample.labels.values()): sample.value for sample in found.samples}

    assert runs() == {("oak", "students", "complete"): 1}
    running = store.begin(target.source_id, "groups", ("group",), owner="other")
    assert running is not None
    sync_entity(store, target, students)
    age()
    # A run that goes on for hours is counted when it has ended, and what came after it only once.
    for _ in range(2):
        assert runs() == {("oak", "students", "complete"): 2}
    running.fail("failed", "http.timeout", "nobody answers")
    age()
    sync_entity(store, target, groups)
    for _ in range(3):
        assert runs() == {
            ("oak", "students", "complete"): 2, ("oak", "groups", "failed"): 1, ("oak", "groups", "complete"): 1
        }  # fmt: skip
    assert runs() == {
        (*labels,): value for labels, value in told(StoreCollector(store.engine, ["oak"]))["schoolbrug_runs"].items()
    }, "another process tells the same"


def test_records_are_not_counted_at_every_look(
    store: Store, target: Target, fake: FakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    collector = StoreCollector(store.engine, ["oak"])
    sync_entity(store, target, fake.entities[0])
    assert told(collector)["schoolbrug_records"] == {("oak", "students"): 0}
    fake.rows["students"] = [student("s1")]
    fake.stamp()
    sync_entity(store, target, fake.entities[0])
    assert told(collector)["schoolbrug_records"] == {("oak", "students"): 0}
    monkeypatch.setattr(metrics, "RECORDS_EVERY", -1.0)
    assert told(collector)["schoolbrug_records"] == {("oak", "students"): 1}


def test_a_database_that_is_away() -> None:
    collector = StoreCollector(create_engine("sqlite:////nowhere/at/all.sqlite"), ["oak"])
    assert told(collector) == {"schoolbrug_store_up": {(): 0}}


def test_one_who_asks_while_another_waits_does_not_wait_for_ever(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "_PATIENCE", 0.01)
    collector = StoreCollector(store.engine, ["oak"])
    with collector._lock:
        assert told(collector) == {"schoolbrug_store_up": {(): 0}}
    assert told(collector)["schoolbrug_store_up"] == {(): 1}


def test_a_lease_that_was_lost(store: Store, target: Target, fake: FakeSource) -> None:
    fake.rows["students"] = [student("s1"), student("s2")]
    fake.stamp()

    def taken_over(*_: object) -> None:
        with store.writing() as connection:
            connection.execute(text("UPDATE entity_state SET fence = fence + 1"))

    lost = LEASES_LOST.labels("oak", "students")
    before = lost._value.get()
    assert sync_entity(store, target, fake.entities[0], progress=taken_over) is None
    assert lost._value.get() == before + 1


def test_calls_made_again_and_the_wait_before_them() -> None:
    retries, throttled = RETRIES._value.get(), THROTTLED._value.get()
    time = FakeTime()
    busy = plain(status="503 Busy", more="Retry-After: 90\r\n")
    with serving(say(busy, busy, plain())) as server:
        session_to(server, time, attempts=3, deadline=600.0).fetch("doc", accept=("text/xml",), operation="List")
    assert RETRIES._value.get() == retries + 2
    assert THROTTLED._value.get() - throttled == pytest.approx(sum(time.slept))
    assert sum(time.slept) >= 180


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def test_it_is_served_at_an_address_of_its_own(store: Store, target: Target, fake: FakeSource) -> None:
    sync_entity(store, target, fake.entities[0])
    at = f"127.0.0.1:{free_port()}"
    with told_at(at, store.engine, ["oak"]), urllib.request.urlopen(f"http://{at}/metrics") as answer:
        families = {family.name for family in text_string_to_metric_families(answer.read().decode())}
    assert {"schoolbrug_runs", "schoolbrug_process_retries", "schoolbrug_process_throttled_seconds"} < families
    with pytest.raises(OSError), urllib.request.urlopen(f"http://{at}/metrics"):
        pass


def test_without_an_address_nothing_is_served(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "start_http_server", None)
    with told_at(None, store.engine, ["oak"]):
        pass


def test_an_address_that_is_taken_stops_nothing(store: Store) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        at = f"127.0.0.1:{taken.getsockname()[1]}"
        with capture_logs() as log, told_at(at, store.engine, ["oak"]):
            pass
    assert [(entry["event"], entry["at"]) for entry in log] == [("metrics_not_served", at)]


LABELS = {"source", "entity", "outcome"}


def test_labels_are_names_and_outcomes_alone(store: Store, target: Target, fake: FakeSource) -> None:
    Desk(store, target).read("students")
    for family in registry(store.engine, ["oak"]).collect():
        if family.name.startswith("schoolbrug_"):
            assert {name for sample in family.samples for name in sample.labels} <= LABELS, family.name


def test_the_configuration_says_where(tmp_path: Path) -> None:
    file = tmp_path / "schoolbrug.toml"

    def configured(value: str) -> str | None:
        file.write_text(f"[serve]\nmetrics = {value}\n", "utf-8")
        return load(file).serve.metrics

    assert configured('"127.0.0.1:9464"') == "127.0.0.1:9464"
    assert configured('"[::1]:9464"') == "[::1]:9464"
    for wrong in ('"9464"', '"127.0.0.1"', '"http://a:1"', '"127.0.0.1:9464/x"', '"a:b"', '"a:0"', '""'):
        with pytest.raises(UserError, match=r"serve\.metrics: a host and a port"):
            configured(wrong)
