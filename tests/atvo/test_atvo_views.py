"""From @VO to a portal's view: what a dialect does not tell is said to be not offered, and never shown as none."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from portal.keys import ApiKey, digest
from portal.schema import migrate_portal
from simulator.school import make_school
from simulator.server import serve
from tests.atvo.bridge import Dialect, bridge
from tests.faults import EARLY
from tests.portal.layer import create_app

KEY = "a-key-that-nobody-else-has"


def views(dialect: Dialect, engine: Engine) -> tuple[Any, Any, int]:
    """The grades and the absences of a student who has many, and how many of the latter the school knows of."""
    with serve(make_school(5, 60, EARLY)) as server, bridge(server, engine, dialect) as made:
        assert all(report.error is None for report in made.sync().values())
        seen: dict[int, int] = {}
        for row in server.school.observations.values():
            if server.school.reasons[row.reason].kind not in ("present", "materials", "homework", "phone"):
                seen[row.student] = seen.get(row.student, 0) + 1
        number = max(seen, key=lambda student: (seen[student], student))
        migrate_portal(engine)
        with TestClient(create_app(engine, [ApiKey("all", digest(KEY))])) as client:
            client.headers["Authorization"] = f"Bearer {KEY}"
            found = client.get("/v1/students", params={"limit": 500}).json()["students"]
            (own,) = [student["id"] for student in found if student["local_id"] == str(number)]
            answers = [client.get(f"/v1/students/{own}/{view}") for view in ("grades", "absences")]
    assert [answer.status_code for answer in answers] == [200, 200]
    grades, absences = (answer.json() for answer in answers)
    return grades, absences, seen[number]


@pytest.mark.parametrize("dialect", ["soap", "connect"])
def test_grades_come_with_their_source(dialect: Dialect, sqlite: Engine) -> None:
    grades, _, _ = views(dialect, sqlite)
    (source,) = grades["meta"]["sources"]
    assert (source["system"], source["completeness"]) == ("atvo", {"grades": "complete"})
    assert source["as_of"]
    assert any(test["attempts"] for subject in grades["subjects"] for test in subject["tests"])


def test_absences_of_wisservice_are_there_and_remarks_are_not_offered(sqlite: Engine) -> None:
    _, absences, count = views("soap", sqlite)
    assert absences["meta"]["completeness"] == {
        "observations": "complete", "notices": "complete", "remarks": "not_offered"
    }  # fmt: skip
    assert len(absences["observations"]) == count
    assert absences["remarks"] is None


def test_connect_offers_no_absences_and_does_not_say_that_there_are_none(sqlite: Engine) -> None:
    _, absences, count = views("connect", sqlite)
    assert count
    assert set(absences["meta"]["completeness"].values()) == {"not_offered"}
    assert [absences[name] for name in ("observations", "notices", "remarks")] == [None, None, None]
