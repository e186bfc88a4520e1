"""Whether a read layer is fit to be asked: the store, its schema, and whether anybody reads what is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, create_engine, text

from canonical import dues
from canonical.dues import EVERYTHING
from canonical.store import Store
from portal.ready import PATIENCE
from portal.schema import VERSION_TABLE
from tests.portal.layer import create_app
from tests.portal.school import School

LONG_AGO = timedelta(hours=1)


@pytest.fixture
def store(engine: Engine) -> Store:
    return Store(engine)


@pytest.fixture
def lyceum(school: School) -> int:
    """A source with two entities, neither of which is due."""
    source = school.source("lyceum", entities=("students", "grades"))
    for entity in ("students", "grades"):
        school.state(source, entity, fresh_at=ago(2 * LONG_AGO))
    with Store(school.engine).writing() as connection:
        dues.admit(connection, source, 2)
        dues.plan(connection, source, {name: ago(-LONG_AGO) for name in ("students", "grades", EVERYTHING)})
    return source


def ago(past: timedelta) -> datetime:
    return datetime.now(UTC) - past


def make_due(store: Store, source: int, entity: str, since: timedelta = LONG_AGO) -> None:
    with store.writing() as connection:
        connection.execute(
            text("UPDATE due SET due_at = :at WHERE source_id = :s AND entity = :e"),
            {"at": ago(since).timestamp(), "s": source, "e": entity},
        )


def asked(engine: Engine, *synced: str) -> tuple[int, Any]:
    answer = TestClient(create_app(engine, synced=synced)).get("/ready")
    told = answer.json()
    if answer.status_code != 200:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert set(told) == {"type", "title", "status", "detail", "code"}
    return answer.status_code, told.get("code", told.get("status"))


READY = (200, "ready")
STANDSTILL = (503, "standstill")


def test_where_all_is_well(engine: Engine, lyceum: int) -> None:
    assert asked(engine, "lyceum") == READY


def test_a_store_that_cannot_be_read() -> None:
    assert asked(create_engine("sqlite:////nowhere/at/all.sqlite")) == (503, "store")


@pytest.mark.parametrize("table", ["alembic_version", VERSION_TABLE])
@pytest.mark.parametrize("version", ["0000", "9999"])
def test_a_schema_that_is_not_the_newest_known(engine: Engine, store: Store, table: str, version: str) -> None:
    with store.writing() as connection:
        connection.execute(text(f"UPDATE {table} SET version_num = :v"), {"v": version})
    assert asked(engine) == (503, "schema")


def test_a_store_without_tables(tmp_path: Any) -> None:
    assert asked(create_engine(f"sqlite:///{tmp_path}/empty.sqlite")) == (503, "schema")


@pytest.mark.parametrize("entity", ["grades", EVERYTHING])
def test_what_nobody_reads(engine: Engine, store: Store, lyceum: int, entity: str) -> None:
    make_due(store, lyceum, entity, PATIENCE - timedelta(minutes=1))
    assert asked(engine, "lyceum") == READY
    make_due(store, lyceum, entity, PATIENCE + timedelta(minutes=1))
    assert asked(engine, "lyceum") == STANDSTILL
    assert asked(engine) == READY, "nobody keeps it in sync any more"


def test_while_something_is_read_work_goes_on(engine: Engine, store: Store, lyceum: int) -> None:
    make_due(store, lyceum, "grades")
    make_due(store, lyceum, "students")
    taken = dues.take(store, lyceum, "grades", "a worker")
    assert taken is not None
    assert asked(engine, "lyceum") == READY
    dues.hold(store, taken, seconds=-1)
    assert asked(engine, "lyceum") == STANDSTILL, "the worker says nothing more"


def test_a_run_that_was_begun_meanwhile_is_work(engine: Engine, store: Store, school: School, lyceum: int) -> None:
    make_due(store, lyceum, "grades")
    school.run(lyceum, "students", started_at=ago(PATIENCE + timedelta(minutes=1)))
    assert asked(engine, "lyceum") == STANDSTILL
    school.run(lyceum, "students", started_at=ago(PATIENCE - timedelta(minutes=1)))
    assert asked(engine, "lyceum") == READY
    school.run(lyceum, "students", started_at=ago(-10 * LONG_AGO))
    assert asked(engine, "lyceum") == STANDSTILL, "a clock that was wrong then is no work now"


@pytest.mark.parametrize(("entity", "read"), [("grades", "grades"), (EVERYTHING, "students")])
def test_what_was_read_outside_the_schedule_is_not_waiting(
    engine: Engine, store: Store, school: School, lyceum: int, entity: str, read: str
) -> None:
    make_due(store, lyceum, entity)
    school.state(lyceum, read, fresh_at=ago(LONG_AGO / 2))
    assert asked(engine, "lyceum") == READY
    make_due(store, lyceum, "students" if read == "grades" else "grades")
    assert asked(engine, "lyceum") == STANDSTILL


def test_what_is_paused_or_blocked_is_not_waiting(engine: Engine, store: Store, lyceum: int) -> None:
    make_due(store, lyceum, "grades")
    dues.pause(store, lyceum, "denied", 0)
    assert asked(engine, "lyceum") == READY
    dues.resume(store, lyceum)
    assert asked(engine, "lyceum") == STANDSTILL
    dues.block(store, lyceum, 600)
    assert asked(engine, "lyceum") == READY
