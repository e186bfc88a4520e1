"""The rules of a school: who decides them, what holds then, what a preview says of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import Engine, insert, update

from portal import app as application
from portal.access import Role
from portal.keys import ApiKey, digest
from portal.settings import Settings
from portal.tables import DECISION, RESTRICTION, RULES
from tests.portal.deciders import DECISIONS_AT, NOW, RULES_AT, Somebody, count, errors, stamped
from tests.portal.guardians import ORIGIN, PLENTY, SECRET, Family, Portal
from tests.portal.school import School, ident

pytest_plugins = ["tests.portal.deciders"]


def test_rules_are_replaced_by_a_next_version(portal: Portal, administrator: Somebody) -> None:
    first = administrator.get(RULES_AT).json()
    assert (first["version"], first["since"], first["rules"]["retention_days"]) == (0, None, 60)
    before = stamped(portal.engine)
    answer = administrator.put(RULES_AT, version=0, rules={"retention_days": 30})
    assert answer.status_code == 200
    assert answer.json() == administrator.get(RULES_AT).json()
    assert (answer.json()["version"], answer.json()["rules"]["retention_days"]) == (1, 30)
    assert answer.json()["since"] == "2026-03-02T10:00:00Z"
    # What is left out goes back to its default.
    again = administrator.put(RULES_AT, version=1, rules={"entry_norm_days": 5}).json()
    assert (again["version"], again["rules"]["retention_days"], again["rules"]["entry_norm_days"]) == (2, 60, 5)
    actor = f"account:{administrator.account}"
    assert portal.events("rules") == [(actor, "rules", True, None)] * 2
    assert count(portal.engine, RULES) == 2
    assert stamped(portal.engine) == before + 2


def test_who_was_not_first_is_told(portal: Portal, administrator: Somebody) -> None:
    administrator.put(RULES_AT, version=0, rules={"retention_days": 30})
    for version in (0, 2):
        answer = administrator.put(RULES_AT, version=version, rules={"retention_days": 10})
        assert (answer.status_code, answer.json()["code"]) == (409, "version")
    assert administrator.get(RULES_AT).json()["rules"]["retention_days"] == 30
    assert len(portal.events("rules")) == 1


def test_rules_hold_from_the_next_request_on(
    home: Family, administrator: Somebody, enter: Callable[..., Somebody]
) -> None:
    guardian = enter(Role.GUARDIAN, home.source, home.guardian)
    address = f"/v1/students/{home.student}"
    assert guardian.get(address).status_code == 200
    administrator.put(RULES_AT, version=0, rules={"student_portal_only": True})
    answer = guardian.get(address)
    assert (answer.status_code, answer.json()["code"]) == (403, "switched_off")
    administrator.put(RULES_AT, version=1, rules={})
    assert guardian.get(address).status_code == 200


def test_the_source_is_one_of_the_own(school: School, administrator: Somebody) -> None:
    school.source("college", "Het College")
    absent = administrator.get("/v1/sources/absent/rules")
    assert absent.status_code == 404
    for path in ("rules", "rules/preview?entered=2026-03-02T10:00:00Z", f"decisions?student={ident(1)}"):
        answer = administrator.get(f"/v1/sources/college/{path}")
        assert (answer.status_code, answer.json()) == (404, absent.json())
    assert administrator.put("/v1/sources/college/rules", version=0, rules={}).json() == absent.json()
    assert administrator.get("/v1/sources/%00/rules").status_code == 400


def test_another_schools_rules_are_its_own(portal: Portal, school: School, administrator: Somebody) -> None:
    values = {"source_id": school.source("college"), "version": 7, "document": '{"retention_days": 1}', "at": NOW}
    with portal.engine.execution_options(writes=True).begin() as connection:
        connection.execute(insert(RULES).values(**values, by="test"))
    found = administrator.get(RULES_AT).json()
    assert (found["version"], found["rules"]["retention_days"]) == (0, 60)
    assert administrator.put(RULES_AT, version=0, rules={}).json()["version"] == 1


ADMINISTRATORS = [
    ("GET", RULES_AT, None), ("PUT", RULES_AT, {"version": 0, "rules": {}}),
    ("GET", f"{RULES_AT}/preview?entered=2026-03-02T10:00:00Z", None),
    ("GET", f"{DECISIONS_AT}?student={ident(1)}", None),
    ("POST", DECISIONS_AT, {"student": ident(1), "guardian": ident(2), "decision": "blocked"}),
    ("PUT", f"/v1/students/{ident(1)}/restriction", {"restricted": True}),
]  # fmt: skip


def test_administrators_alone_decide_for_a_school(
    portal: Portal, home: Family, enter: Callable[..., Somebody]
) -> None:
    persons = {Role.STUDENT: home.student, Role.GUARDIAN: home.guardian}
    others = [(enter(role, home.source, persons.get(role)).browser, 403)
              for role in set(Role) - {Role.ADMINISTRATOR, Role.CLIENT}]  # fmt: skip
    # An administrator without a second factor has no sources.
    weak = enter(Role.ADMINISTRATOR, home.source, way="oidc").browser
    for browser, status in [*others, (weak, 404), (portal.browser(), 401)]:
        for method, address, body in ADMINISTRATORS:
            assert browser.request(method, address, json=body).status_code == status, address
    assert [count(portal.engine, table) for table in (RULES, DECISION, RESTRICTION)] == [0, 0, 0]


def test_a_client_decides_nothing(engine: Engine, home: Family) -> None:
    key = ApiKey("all", digest("key"), scopes=frozenset({"students", "grades", "absences", "sources", "unpublished"}))
    app = application.create_app(engine, Settings(SECRET, (key,), origin=ORIGIN), PLENTY)
    with TestClient(app, headers={"Authorization": "Bearer key"}) as client:
        for method, address, body in [*ADMINISTRATORS, ("PUT", "/v1/me/consent", {"open": True})]:
            assert client.request(method, address, json=body).status_code == 403


NO_RULES: list[tuple[dict[str, Any], str, str]] = [
    ({"retention_days": 731}, "body.rules.retention_days", "less_than_equal"),
    ({"switches": [{"area": "marks", "open": True}]}, "body.rules.switches.0.area", "literal_error"),
    ({"publication": {"windows": [{"weekdays": [9], "begins": "17:00"}]}},
     "body.rules.publication.windows.0.weekdays", "weekdays"),
    ({"switches": [{"area": "grades", "open": False, "location": ident(99)}]},
     "body.rules.switches.0.location", "unknown"),
    ({"section_publications": [{"location": ident(99)}]}, "body.rules.section_publications.0.location", "unknown"),
]  # fmt: skip


def test_rules_that_make_no_sense_are_refused(portal: Portal, administrator: Somebody) -> None:
    for rules, field, code in NO_RULES:
        assert errors(administrator.put(RULES_AT, version=0, rules=rules)) == [(field, code)]
    assert count(portal.engine, RULES) == 0


def test_a_location_of_the_source_is_known(school: School, home: Family, administrator: Somebody) -> None:
    own = school.put("location", home.source, name="Noord")
    gone = school.put("location", home.source, name="Oost", gone=True)
    other = school.put("location", school.source("college"), name="Zuid")
    for location, status in ((gone, 400), (other, 400), (own, 200)):
        rules = {"switches": [{"area": "grades", "open": False, "location": location}]}
        assert administrator.put(RULES_AT, version=0, rules=rules).status_code == status


def test_the_preview_says_who_sees_it_when(administrator: Somebody) -> None:
    windows = [{"weekdays": [1, 2, 3, 4, 5], "begins": "17:00"}]
    administrator.put(RULES_AT, version=0, rules={
        "publication": {"windows": windows, "parent_delay_hours": 24},
        "section_publications": [{"grade_level": 6}],
        "switches": [{"role": "guardian", "area": "grades", "open": False, "grade_level": 6},
                     {"role": "student", "area": "grades", "open": False, "first": "2026-03-09", "last": "2026-03-09"}],
    })  # fmt: skip
    answer = administrator.get(f"{RULES_AT}/preview", entered="2026-03-03T10:00:00+01:00").json()
    school, sixth = answer["sections"]
    assert answer["version"] == 1
    assert datetime.fromisoformat(answer["entered"]) == datetime(2026, 3, 3, 9, tzinfo=UTC)
    seen = {moment["role"]: (moment["at"], moment["open"]) for moment in school["moments"]}
    assert seen["student"] == ("2026-03-03T16:00:00Z", True)
    # A switch for a section closes who may be in it: of the school as a whole nobody knows the section.
    assert seen["guardian"][0] == "2026-03-04T16:00:00Z"
    assert datetime.fromisoformat(seen["staff"][0]) == datetime(2026, 3, 3, 9, tzinfo=UTC)
    assert sixth["grade_level"] == 6
    # Without a schedule of its own a section sees it at once (R72).
    at_once = datetime(2026, 3, 3, 9, tzinfo=UTC)
    assert {datetime.fromisoformat(moment["at"]) for moment in sixth["moments"]} == {at_once}
    opened = {moment["role"]: moment["open"] for moment in sixth["moments"]}
    assert opened == {"student": True, "guardian": False, "staff": True}
    # On Friday evening: by the day on which it comes out, not by that on which it is entered.
    monday = administrator.get(f"{RULES_AT}/preview", entered="2026-03-06T20:00:00+01:00").json()["sections"][0]
    assert monday["moments"][0] == {"role": "student", "at": "2026-03-09T16:00:00Z", "open": False}


def test_a_moment_that_makes_no_sense_is_refused(administrator: Somebody) -> None:
    for entered, code in [
        ("2026-03-03T10:00:00", "timezone_aware"), ("soon", "datetime_from_date_parsing"),
        ("9999-12-31T23:59:59Z", "out_of_range"), ("0001-01-01T00:00:00Z", "out_of_range"),
    ]:  # fmt: skip
        assert errors(administrator.get(f"{RULES_AT}/preview", entered=entered)) == [("query.entered", code)]


def test_a_changed_row_of_a_decision_does_not_hold_an_older_word(engine: Engine, administrator: Somebody) -> None:
    """Rules are read by their highest version, whatever the order of their rows."""
    for version in range(11):
        administrator.put(RULES_AT, version=version, rules={"retention_days": version})
    with engine.execution_options(writes=True).begin() as connection:
        connection.execute(update(RULES).where(RULES.c.version == 2).values(at=NOW + timedelta(days=9)))
    found = administrator.get(RULES_AT).json()
    assert (found["version"], found["rules"]["retention_days"]) == (11, 10)
