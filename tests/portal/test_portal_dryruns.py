"""What dry runs would have done, and that they count as nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from portal.keys import ApiKey, digest
from tests.portal.layer import create_app
from tests.portal.school import FRESH, NOW, School


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def northern(engine: Engine, school: School) -> Iterator[TestClient]:
    """A caller of one of two sources."""
    north, south = school.source("north"), school.source("south", "Het College")
    school.dry_run(north, "students", outcome="partial", inserted=12, updated=3, held=31, read=212, unchanged=197,
                   message="more is missing than may go at once")  # fmt: skip
    school.dry_run(north, "grades", FRESH, "failed", code="http.timeout", message="north grades: nobody answers")
    school.dry_run(south, "students", inserted=1)
    app = create_app(engine, [ApiKey("north", digest("northern"), ("north",))])
    with TestClient(app, headers={"Authorization": "Bearer northern"}) as client:
        yield client


def test_the_last_of_each_entity_the_newest_first(northern: TestClient) -> None:
    told = northern.get("/v1/sources/north/dry-run").json()
    assert told["source"] == "north"
    assert told["entities"] == [
        {
            "entity": "students", "at": "2026-03-02T10:00:00Z", "outcome": "partial", "read": 212, "inserted": 12,
            "updated": 3, "unchanged": 197, "tombstoned": 0, "quarantined": 0, "held": 31, "ignored": 0, "code": None,
            "message": "more is missing than may go at once",
        },
        {
            "entity": "grades", "at": "2026-03-02T09:42:00Z", "outcome": "failed", "read": 0, "inserted": 0,
            "updated": 0, "unchanged": 0, "tombstoned": 0, "quarantined": 0, "held": 0, "ignored": 0,
            "code": "http.timeout", "message": "north grades: nobody answers",
        },
    ]  # fmt: skip


def test_of_another_source_nothing(northern: TestClient) -> None:
    answers = [northern.get(f"/v1/sources/{name}/dry-run") for name in ("south", "nowhere")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content


def test_it_is_neither_a_run_nor_fresh(school: School, client: TestClient) -> None:
    source = school.source("lyceum", entities=("grades",))
    school.state(source, "grades", fresh_at=FRESH - timedelta(hours=5))
    before = client.get("/v1/sources").json()
    school.dry_run(source, "grades", inserted=4)
    school.dry_run(source, "students", inserted=4)
    assert client.get("/v1/sources").json() == before
    assert client.get("/v1/sources/lyceum/runs").json()["runs"] == []
    assert len(client.get("/v1/sources/lyceum/dry-run").json()["entities"]) == 2


def test_where_there_never_was_one(school: School, client: TestClient) -> None:
    school.source("lyceum", entities=())
    assert client.get("/v1/sources/lyceum/dry-run").json()["entities"] == []
