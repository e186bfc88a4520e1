"""Deciding on held deletions: once, by a manager of that source, and on file; and what a sync makes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select, text

from canonical.store import Store
from canonical.tables import HELD
from portal import repairs
from portal.access import Role, Viewer
from portal.audit import CannotRecord
from portal.keys import ApiKey, digest
from portal.looking import Reads
from portal.reading import writing
from portal.tables import AUDIT
from tests.fake_source import STUDENTS
from tests.portal.deciders import NOW, Somebody, stamped
from tests.portal.guardians import Family, Portal
from tests.portal.keeper import rows
from tests.portal.layer import create_app
from tests.portal.pupils import Pupils, refused, viewer_of
from tests.portal.school import School
from tests.school import School as Synced
from tests.school import students

pytest_plugins = ["tests.portal.deciders", "tests.portal.pupils"]

AT = "/v1/held/1/decision"
APPROVE = "UPDATE held SET state = 'approved', decided_at = now()"


@pytest.fixture
def plan(home: Family, school: School) -> None:
    """Number 1, of the home's source."""
    school.hold(home.source, "students")


@pytest.fixture
def manager(enter: Callable[..., Somebody], home: Family, plan: None) -> Somebody:
    return enter(Role.MANAGER, home.source)


def state(engine: Engine, number: int = 1) -> tuple[Any, ...]:
    with engine.connect() as connection:
        return tuple(connection.execute(select(HELD.c.state, HELD.c.decided_at).where(HELD.c.id == number)).one())


@pytest.mark.parametrize(("decision", "action"), [("approved", "approve"), ("rejected", "reject")])
def test_a_decision_is_on_file_with_who_made_it(
    portal: Portal, home: Family, manager: Somebody, decision: str, action: str
) -> None:
    before = stamped(portal.engine)
    answer = manager.post(AT, decision=decision)
    assert answer.status_code == 200
    assert (answer.json()["number"], answer.json()["state"]) == (1, decision)
    assert answer.json()["decided_at"] == "2026-03-02T10:00:00Z"
    assert state(portal.engine) == (decision, NOW)
    assert portal.events(action) == [(f"account:{manager.account}", action, True, None)]
    with portal.engine.connect() as connection:
        event = connection.execute(select(AUDIT).where(AUDIT.c.action == action)).one()
    assert (event.source_id, event.area, event.student_id) == (home.source, "held/1", None)
    # How whole an answer is, depends on it.
    assert stamped(portal.engine) == before + 1


def test_what_is_decided_is_decided_once(portal: Portal, manager: Somebody) -> None:
    manager.post(AT, decision="rejected")
    answer = manager.post(AT, decision="approved")
    assert (answer.status_code, answer.json()["code"]) == (409, "decided")
    assert state(portal.engine)[0] == "rejected"
    assert portal.events("approve") == []


def test_the_command_line_and_the_portal_decide_the_same_thing(portal: Portal, manager: Somebody) -> None:
    assert Store(portal.engine).resolve(1, "rejected")
    assert manager.post(AT, decision="approved").status_code == 409
    assert not Store(portal.engine).resolve(1, "approved")


def test_what_cannot_be_put_on_file_is_not_decided(
    portal: Portal, manager: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise CannotRecord

    monkeypatch.setattr("portal.ruleroutes.append", full)
    assert manager.post(AT, decision="approved").status_code == 503
    assert state(portal.engine) == ("open", None)


def test_managers_of_that_source_alone(
    portal: Portal, home: Family, school: School, enter: Callable[..., Somebody], plan: None
) -> None:
    persons = {Role.STUDENT: home.student, Role.GUARDIAN: home.guardian}
    others = [(enter(role, home.source, persons.get(role)).browser, 403)
              for role in set(Role) - {Role.MANAGER, Role.CLIENT}]  # fmt: skip
    elsewhere = enter(Role.MANAGER, school.source("college", "Het College")).browser
    weak = enter(Role.MANAGER, home.source, way="oidc").browser
    for browser, status in [*others, (elsewhere, 404), (weak, 404), (portal.browser(), 401)]:
        assert browser.post(AT, json={"decision": "approved"}).status_code == status
    assert state(portal.engine) == ("open", None)


def test_a_client_decides_nothing(engine: Engine, home: Family, plan: None) -> None:
    app = create_app(engine, [ApiKey("all", digest("key"), scopes=frozenset({"sources"}))])
    with TestClient(app, headers={"Authorization": "Bearer key"}) as client:
        assert client.post(AT, json={"decision": "approved"}).status_code == 403
    assert state(engine) == ("open", None)


def test_a_page_of_somebody_else_decides_nothing(portal: Portal, manager: Somebody) -> None:
    answer = manager.browser.post(AT, json={"decision": "approved"}, headers={"Origin": "https://evil.example"})
    assert (answer.status_code, answer.json()["code"]) == (403, "other_origin")
    assert state(portal.engine) == ("open", None)


@pytest.mark.parametrize("body", [{}, {"decision": "open"}, {"decision": "applied"}, {"decision": "approved", "of": 1}])
def test_no_decision(manager: Somebody, portal: Portal, body: dict[str, Any]) -> None:
    assert manager.browser.post(AT, json=body).status_code == 400
    assert manager.post("/v1/held/9/decision", decision="approved").status_code == 404
    assert manager.post(f"/v1/held/{2**31}/decision", decision="approved").status_code == 400
    assert state(portal.engine) == ("open", None)


@pytest.mark.parametrize("decision", ["approved", "rejected"])
def test_the_next_complete_read_does_what_was_decided(portal: Portal, manager: Somebody, decision: str) -> None:
    """Of a plan that a sync has made, which the read layer decides on in its own role."""
    synced = Synced(portal.engine)
    synced.serve(STUDENTS, students(*range(40)))
    synced.serve(STUDENTS, students(*range(10)))
    with portal.engine.connect() as connection:
        number, records = connection.execute(select(HELD.c.id, HELD.c.records).where(HELD.c.id > 1)).one()
    assert records == 30
    viewer = Viewer(Role.MANAGER, "account:test", frozenset({synced.source}))
    with writing(portal.engine, viewer) as connection:
        repairs.decide(connection, viewer, number, repairs.HeldDecision(decision), NOW, Reads(viewer))
    again = synced.serve(STUDENTS, students(*range(12)))
    assert again.summary.tombstoned == (28 if decision == "approved" else 0)


def test_the_database_lets_a_manager_decide_on_the_own_and_nobody_else(pupils: Pupils) -> None:
    for source in (pupils.north, pupils.south):
        pupils.hold(source, "students")
    pupils.hold(pupils.north, "grades", "rejected")
    offices = (Role.ADMINISTRATOR, Role.TEAM_LEADER, Role.STAFF, Role.ATTENDANCE_OFFICER, Role.CLIENT)
    for viewer in (None, *map(viewer_of, offices)):
        with writing(pupils.engine, viewer) as connection:
            assert connection.execute(text(APPROVE)).rowcount == 0
    for wrong in ("UPDATE held SET state = 'applied'", "UPDATE held SET records = 0", "UPDATE held SET reason = 'x'",
                  "UPDATE held SET members = ''", "DELETE FROM held", "UPDATE held SET source_id = 2"):  # fmt: skip
        assert refused(pupils.engine, viewer_of(Role.MANAGER), wrong), wrong
    with writing(pupils.engine, viewer_of(Role.MANAGER)) as connection:
        assert connection.execute(text(APPROVE)).rowcount == 1
    with pupils.engine.connect() as connection:
        found = rows(connection, "SELECT source_id, state FROM held ORDER BY id")
    assert found == [(pupils.north, "approved"), (pupils.south, "open"), (pupils.north, "rejected")]


def test_the_read_layer_may_change_what_was_decided_and_no_other_column(pupils: Pupils) -> None:
    with pupils.engine.connect() as connection:
        granted = rows(connection, """
            SELECT column_name FROM information_schema.role_column_grants WHERE grantee = 'schoolbrug_portal'
              AND privilege_type = 'UPDATE' AND table_name = 'held' ORDER BY 1
        """)  # fmt: skip
    assert granted == [("decided_at",), ("state",)]
