"""From a VOCUS delivery to a portal's view: with its source, and as fresh as the delivery and no fresher."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from portal.keys import ApiKey, digest
from portal.schema import migrate_portal
from simulator.delivering import AMSTERDAM
from tests.portal.layer import create_app
from tests.vocus.bridge import FILES, Office, bridge

KEY = "a-key-that-nobody-else-has"
MADE = datetime(2025, 10, 20, 2, 15)
AS_OF = datetime(2025, 10, 20, 0, 15, tzinfo=UTC)


def views(office: Office, engine: Engine) -> dict[str, Any]:
    """The grades and the absences of the student who has most of the latter."""
    seen = [row.student for row in office.school.observations.values()]
    number = max(set(seen), key=lambda student: (seen.count(student), student))
    migrate_portal(engine)
    with TestClient(create_app(engine, [ApiKey("all", digest(KEY))])) as client:
        client.headers["Authorization"] = f"Bearer {KEY}"
        found = client.get("/v1/students", params={"limit": 500}).json()["students"]
        (own,) = [student["id"] for student in found if student["local_id"] == str(number)]
        answers = {view: client.get(f"/v1/students/{own}/{view}") for view in ("grades", "absences")}
    assert {answer.status_code for answer in answers.values()} == {200}
    return {view: answer.json() for view, answer in answers.items()}


def as_of(view: dict[str, Any]) -> datetime:
    (source,) = view["meta"]["sources"]
    assert source["system"] == "vocus"
    return datetime.fromisoformat(source["as_of"])


def test_views_are_as_old_as_the_delivery(office: Office, engine: Engine) -> None:
    assert MADE.replace(tzinfo=AMSTERDAM) == AS_OF
    office.deliver(made=MADE)
    with bridge(office, engine) as made:
        made.sync(full=False)
    told = views(office, engine)
    assert [as_of(view) for view in told.values()] == [AS_OF, AS_OF]
    assert told["absences"]["meta"]["completeness"] == {
        "observations": "complete", "notices": "complete", "remarks": "complete"
    }  # fmt: skip
    assert any(test["attempts"] for subject in told["grades"]["subjects"] for test in subject["tests"])
    assert told["absences"]["observations"]


def test_reading_it_again_makes_nothing_fresher(office: Office, sqlite: Engine) -> None:
    office.deliver(made=MADE)
    with bridge(office, sqlite) as made:
        made.sync(full=False)
        made.sync(full=True)
    assert [as_of(view) for view in views(office, sqlite).values()] == [AS_OF, AS_OF]


def test_a_refused_delivery_is_not_shown_as_fresh(office: Office, sqlite: Engine) -> None:
    office.deliver(made=MADE)
    with bridge(office, sqlite) as made:
        made.sync(full=False)
        office.faults.on("empty-file", only=FILES["grades"])
        office.deliver_on(2)
        assert all(report.error for report in made.sync(full=False).values())
    told = views(office, sqlite)
    assert [as_of(view) for view in told.values()] == [AS_OF, AS_OF]


@pytest.mark.parametrize(("left_out", "shown"), [("absences", "observations"), ("grades", "subjects")])
def test_what_has_never_come_is_not_shown_as_none(left_out: str, shown: str, office: Office, sqlite: Engine) -> None:
    """The data set is configured, and no delivery had its file."""
    office.only = [file for name, file in FILES.items() if name != left_out]
    office.deliver(made=MADE)
    with bridge(office, sqlite) as made:
        made.sync(full=False)
    view = views(office, sqlite)[left_out]
    assert set(view["meta"]["completeness"].values()) == {"not_offered"}
    assert view[shown] is None
