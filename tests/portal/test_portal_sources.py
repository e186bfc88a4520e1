"""The health view."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

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


def entities(client: TestClient) -> dict[str, Any]:
    answer = client.get("/v1/sources")
    assert answer.status_code == 200, answer.text
    (source,) = answer.json()["sources"]
    return {entity["entity"]: entity for entity in source["entities"]}


def test_an_entity(school: School, client: TestClient) -> None:
    source = school.source("lyceum", entities=("grades",))
    school.run(source, "grades", "failed", code="old", message="an earlier one")
    school.run(source, "grades", "partial", read=40, inserted=3, updated=2, unchanged=30, tombstoned=1, quarantined=4,
               held=5, ignored=6, code="rows", message="the read was not proved complete", ended_at=NOW,
               incremental=True)  # fmt: skip
    school.run(source, "lessons", "complete")
    school.quarantine(source, "grades", "a")
    school.quarantine(source, "grades", "b")
    school.quarantine(source, "grades", "c", closed=True)
    school.state(source, "grades", failures=2)
    assert entities(client) == {"grades": {
        "entity": "grades", "kinds": ["grade"], "state": "fresh", "fresh_at": "2026-03-02T09:42:00Z",
        "complete_at": "2026-03-02T09:42:00Z", "age_seconds": 18 * 60, "failures": 2, "open_quarantine": 2,
        "open_held": 0,
        "last_run": {
            "outcome": "partial", "incremental": True, "started_at": "2026-03-02T09:42:00Z",
            "ended_at": "2026-03-02T10:00:00Z", "read": 40, "inserted": 3, "updated": 2, "unchanged": 30,
            "tombstoned": 1, "quarantined": 4, "held": 5, "ignored": 6, "code": "rows",
            "message": "the read was not proved complete",
        },
    }}  # fmt: skip


def test_held_plans_that_are_open(school: School, client: TestClient) -> None:
    source = school.source("lyceum", entities=("grades", "lessons"))
    for state in ("open", "approved", "rejected", "applied", "closed"):
        school.hold(source, "grades", state)
    found = entities(client)
    assert (found["grades"]["open_held"], found["lessons"]["open_held"]) == (1, 0)


def test_states(school: School, engine: Engine) -> None:
    source = school.source("lyceum", entities=("grades", "students", "lessons"))
    school.state(source, "lessons", fresh_at=None, complete_at=None)
    limits = {"grades": timedelta(minutes=10), "students": timedelta(hours=1)}
    app = create_app(engine, [ApiKey("all", digest("k"))], stale_after={"lyceum": limits})
    found = entities(TestClient(app, headers={"Authorization": "Bearer k"}))
    assert {name: entity["state"] for name, entity in found.items()} == {
        "grades": "stale", "students": "fresh", "lessons": "never"
    }  # fmt: skip
    assert (found["lessons"]["age_seconds"], found["lessons"]["last_run"]) == (None, None)


def test_sources_of_one_store_do_not_mix(school: School, client: TestClient) -> None:
    first, second = school.source("a", entities=("grades",)), school.source("b", entities=("grades",))
    school.run(first, "grades", "complete")
    school.run(second, "grades", "failed")
    school.run(first, "grades", "refused")
    school.quarantine(second, "grades", "x")
    school.state(first, "grades", fresh_at=FRESH - timedelta(hours=1))
    answer = client.get("/v1/sources").json()
    found = [(source["name"], entity["last_run"]["outcome"], entity["open_quarantine"])
             for source in answer["sources"] for entity in source["entities"]]  # fmt: skip
    assert found == [("a", "refused", 0), ("b", "failed", 1)]
    assert answer["meta"]["as_of"] == "2026-03-02T08:42:00Z"
    assert answer["meta"]["completeness"]["grades"] == "partial"


def test_a_source_that_was_never_synced(school: School, client: TestClient) -> None:
    school.source("lyceum", entities=())
    answer = client.get("/v1/sources").json()
    assert [source["entities"] for source in answer["sources"]] == [[]]
    assert set(answer["meta"]["completeness"].values()) == {"unknown"}


def test_a_source_that_is_left_alone(engine: Engine, school: School) -> None:
    north, south = school.source("north"), school.source("south")
    school.source("west")
    school.pause(north)
    school.pause(south)
    app = create_app(engine, [ApiKey("some", digest("k"), ("north", "west"))])
    answer = TestClient(app, headers={"Authorization": "Bearer k"}).get("/v1/sources").json()
    assert [(source["name"], source["paused"]) for source in answer["sources"]] == [("north", "denied"), ("west", None)]
