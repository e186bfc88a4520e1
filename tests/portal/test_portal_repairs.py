"""What waits for the application manager: where and what, never a value."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from portal.keys import ApiKey, digest
from tests.portal.layer import create_app
from tests.portal.school import School


@pytest.fixture
def northern(engine: Engine, school: School) -> Iterator[TestClient]:
    """A caller of one of two sources, in each of which things wait."""
    north, south = school.source("north"), school.source("south", "Het College")
    for source in (north, south):
        for row in range(5):
            school.quarantine(source, "grades", f'["grade","{source}","{row}"]')
        school.quarantine(source, "grades", '["grade","closed"]', closed=True)
        school.hold(source, "students")
        school.hold(source, "grades", "rejected")
        school.hold(source, "lessons", "applied")
    app = create_app(engine, [ApiKey("north", digest("northern"), ("north",))])
    with TestClient(app, headers={"Authorization": "Bearer northern"}) as client:
        yield client


def test_rows_that_wait_come_page_by_page(northern: TestClient) -> None:
    rows, cursor = [], None
    while True:
        page = northern.get("/v1/quarantine", params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        rows += page["rows"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert [(row["source"], row["entity"], row["row"]) for row in rows] == [
        ("north", "grades", ["grade", "1", str(n)]) for n in range(5)
    ]


def test_plans_that_wait_or_are_still_in_force(northern: TestClient) -> None:
    plans = northern.get("/v1/held").json()["plans"]
    assert [(plan["source"], plan["entity"], plan["state"], plan["records"], plan["of"]) for plan in plans] == [
        ("north", "students", "open", 30, 40), ("north", "grades", "rejected", 30, 40),
    ]  # fmt: skip


def test_a_cursor_of_another_collection(northern: TestClient) -> None:
    cursor = northern.get("/v1/quarantine", params={"limit": 1}).json()["next_cursor"]
    answer = northern.get("/v1/students", params={"cursor": cursor})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "query.cursor"


def test_the_runs_of_a_source_come_page_by_page_the_newest_first(northern: TestClient, school: School) -> None:
    numbers = [school.run(1, "grades" if n % 2 else "absences", inserted=n) for n in range(6)]
    found, cursor = [], None
    while True:
        query = {"limit": 2, "entity": "grades", **({"cursor": cursor} if cursor else {})}
        page = northern.get("/v1/sources/north/runs", params=query).json()
        found += page["runs"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    # The first of them is that of a held plan.
    assert [(run["id"], run["inserted"]) for run in found][:3] == [(numbers[n], n) for n in (5, 3, 1)]
    assert {run["entity"] for run in found} == {"grades"}
    assert northern.get("/v1/sources/south/runs").json() == northern.get("/v1/sources/nowhere/runs").json()
    assert northern.get("/v1/sources/south/runs").status_code == 404


def test_a_cursor_of_runs_is_of_those_runs_alone(northern: TestClient) -> None:
    page = northern.get("/v1/sources/north/runs", params={"limit": 1}).json()
    again = {"limit": 1, "cursor": page["next_cursor"]}
    assert northern.get("/v1/sources/north/runs", params=again).status_code == 200
    assert northern.get("/v1/sources/north/runs", params={**again, "entity": "grades"}).status_code == 400
