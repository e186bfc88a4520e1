"""Consent, rules of a school, decisions about guardians, restriction: who decides, what holds then, what is on file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from fastapi.testclient import TestClient
from sqlalchemy import Engine, func, select, update

from portal import app as application
from portal import ruleroutes
from portal.access import Role
from portal.audit import CannotRecord
from portal.auditing import verify
from portal.clock import now
from portal.keys import ApiKey, digest
from portal.reading import writing
from portal.settings import Settings, derived
from portal.signin import sessions
from portal.tables import AUDIT, CONSENT, DECISION, RESTRICTION, RULES, STAMP
from tests.portal.guardians import ORIGIN, PLENTY, SECRET, Family, Portal, family
from tests.portal.school import School, ident

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
RULES_AT = "/v1/sources/lyceum/rules"
DECISIONS_AT = "/v1/sources/lyceum/decisions"
ADULT = date(2008, 3, 2)  # eighteen today


@pytest.fixture
def portal(engine: Engine) -> Any:
    with time_machine.travel(NOW, tick=False):
        made = Portal(engine)
        if ruleroutes.router not in application.ROUTERS:
            made.app.include_router(ruleroutes.router)
        yield made
        made.app.state.recorder.close()


@pytest.fixture
def home(school: School) -> Family:
    return family(school)


@dataclass
class Somebody:
    """An account in a session."""

    browser: TestClient
    account: str

    def get(self, address: str, **query: Any) -> Any:
        return self.browser.get(address, params=query or None)

    def put(self, address: str, **body: Any) -> Any:
        return self.browser.put(address, json=body)

    def post(self, address: str, **body: Any) -> Any:
        return self.browser.post(address, json=body)


@pytest.fixture
def enter(portal: Portal) -> Callable[..., Somebody]:
    def begin(role: Role, source: int, person: str | None = None, way: str = "oidc+mfa") -> Somebody:
        account = portal.account(login=None, password=None, roles=((role, source, person),))
        with writing(portal.engine) as connection:
            token = sessions.begin(connection, account, role, way, None, now())
        browser = portal.browser()
        browser.cookies.set(sessions.COOKIE, token, domain="portal.test", path="/")
        return Somebody(browser, account)

    return begin


@pytest.fixture
def administrator(enter: Callable[..., Somebody], home: Family) -> Somebody:
    return enter(Role.ADMINISTRATOR, home.source)


def count(engine: Engine, table: Any) -> int:
    with engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def stamped(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(select(STAMP.c.n)).scalar_one())


def errors(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 400
    return [(error["field"], error["code"]) for error in answer.json()["errors"]]


# Consent (R55)


def test_only_an_adult_student_opens_the_own_data(
    portal: Portal, school: School, enter: Callable[..., Somebody]
) -> None:
    home = family(school, born=date(2008, 3, 3))  # eighteen tomorrow
    guardian = enter(Role.GUARDIAN, home.source, home.guardian)
    student = enter(Role.STUDENT, home.source, home.student)
    address = f"/v1/students/{home.student}"
    assert student.get("/v1/me/consent").json() == {"decides": False, "open": None}
    refused = student.put("/v1/me/consent", open=True)
    assert (refused.status_code, refused.json()["code"]) == (403, "under_eighteen")
    assert count(portal.engine, CONSENT) == 0
    assert guardian.get(address).status_code == 200

    with time_machine.travel(datetime(2026, 3, 2, 22, 59, tzinfo=UTC), tick=False):
        guardian = enter(Role.GUARDIAN, home.source, home.guardian)
        student = enter(Role.STUDENT, home.source, home.student)
        assert guardian.get(address).status_code == 200
    with time_machine.travel(datetime(2026, 3, 2, 23, 0, tzinfo=UTC), tick=False):  # midnight at school
        assert guardian.get(address).status_code == 404
        assert student.get("/v1/me/consent").json() == {"decides": True, "open": False}
        assert student.put("/v1/me/consent", open=True).json() == {"decides": True, "open": True}
        assert student.get("/v1/me/consent").json() == {"decides": True, "open": True}
        assert guardian.get(address).status_code == 200
        assert student.put("/v1/me/consent", open=False).json() == {"decides": True, "open": False}
        assert guardian.get(address).status_code == 404  # at once


def test_nobody_consents_in_the_students_place(
    portal: Portal, school: School, enter: Callable[..., Somebody]
) -> None:
    home = family(school, born=ADULT)
    for role in set(Role) - {Role.STUDENT, Role.CLIENT}:
        other = enter(role, home.source, home.guardian if role is Role.GUARDIAN else home.student)
        for answer in (other.put("/v1/me/consent", open=True), other.get("/v1/me/consent")):
            assert (answer.status_code, answer.json()["code"]) == (403, "role")
    assert count(portal.engine, CONSENT) == 0


def test_a_student_of_unknown_age_is_no_adult(school: School, enter: Callable[..., Somebody]) -> None:
    source = school.source("lyceum")
    student = enter(Role.STUDENT, source, school.student(source))
    answer = student.put("/v1/me/consent", open=True)
    assert (answer.status_code, answer.json()["code"]) == (403, "under_eighteen")


def test_consent_is_on_file_with_who_gave_it(
    portal: Portal, school: School, enter: Callable[..., Somebody]
) -> None:
    home = family(school, born=ADULT)
    before = stamped(portal.engine)
    student = enter(Role.STUDENT, home.source, home.student)
    student.put("/v1/me/consent", open=True)
    actor = f"account:{student.account}"
    assert portal.events("consent") == [(actor, "consent", True, None)]
    assert stamped(portal.engine) > before
    with portal.engine.connect() as connection:
        (row,) = connection.execute(select(CONSENT)).all()
        assert (row.student_id, row.open, row.at, row.by) == (home.student, True, NOW, actor)
        assert verify(connection, derived(SECRET, "audit")) == []


def test_a_refused_consent_is_on_file_too(portal: Portal, home: Family, enter: Callable[..., Somebody]) -> None:
    student = enter(Role.STUDENT, home.source, home.student)
    student.put("/v1/me/consent", open=True)
    assert portal.events("consent") == [(f"account:{student.account}", "consent", False, "under_eighteen")]


def test_a_consent_says_yes_or_no(portal: Portal, school: School, enter: Callable[..., Somebody]) -> None:
    home = family(school, born=ADULT)
    student = enter(Role.STUDENT, home.source, home.student)
    for body in ({}, {"open": "yes"}, {"open": None}, {"open": 1}, {"open": True, "for": "ever"}):
        assert errors(student.put("/v1/me/consent", **body))
    assert count(portal.engine, CONSENT) == 0


# Rules of a school (R59, R72)


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
    if ruleroutes.router not in application.ROUTERS:
        app.include_router(ruleroutes.router)
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
        "switches": [{"role": "guardian", "area": "grades", "open": False, "grade_level": 6}],
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
    opened = {moment["role"]: moment["open"] for moment in sixth["moments"]}
    assert opened == {"student": True, "guardian": False, "staff": True}


def test_a_moment_that_makes_no_sense_is_refused(administrator: Somebody) -> None:
    for entered, code in [
        ("2026-03-03T10:00:00", "timezone_aware"), ("soon", "datetime_from_date_parsing"),
        ("9999-12-31T23:59:59Z", "out_of_range"), ("0001-01-01T00:00:00Z", "out_of_range"),
    ]:  # fmt: skip
        assert errors(administrator.get(f"{RULES_AT}/preview", entered=entered)) == [("query.entered", code)]


# Decisions about guardians (R51-R53)


def test_what_is_granted_to_a_parent_without_authority_can_be_seen_and_no_more(
    portal: Portal, school: School, enter: Callable[..., Somebody]
) -> None:
    home = family(school, authority=False)
    administrator = enter(Role.ADMINISTRATOR, home.source)
    guardian = enter(Role.GUARDIAN, home.source, home.guardian)
    card, absences = f"/v1/students/{home.student}", f"/v1/students/{home.student}/absences"
    about = {"student": home.student, "guardian": home.guardian}
    before = stamped(portal.engine)

    def seen() -> tuple[int, int]:
        return guardian.get(card).status_code, guardian.get(absences).status_code

    assert seen() == (404, 404)
    made = administrator.post(DECISIONS_AT, **about, decision="granted", granted=["absences"])
    assert made.status_code == 201
    assert made.json() == {
        **about, "decision": "granted", "granted": ["absences"], "ground": None, "at": "2026-03-02T10:00:00Z"
    }  # fmt: skip
    assert seen() == (404, 200)
    administrator.post(DECISIONS_AT, **about, decision="refused", ground="Het belang van het kind")
    assert seen() == (404, 404)
    administrator.post(DECISIONS_AT, **about, decision="granted", granted=["card", "absences", "card"])
    assert seen() == (200, 200)
    administrator.post(DECISIONS_AT, **about, decision="none")
    assert seen() == (404, 404)
    history = administrator.get(DECISIONS_AT, student=home.student).json()["decisions"]
    assert [(item["decision"], item["granted"], item["ground"]) for item in history] == [
        ("none", [], None), ("granted", ["absences", "card"], None), ("refused", [], "Het belang van het kind"),
        ("granted", ["absences"], None),
    ]  # fmt: skip
    actor = f"account:{administrator.account}"
    assert portal.events("decide") == [(actor, "decide", True, None)] * 4
    assert (actor, "read", True, None) in portal.events("read")
    assert stamped(portal.engine) == before + 4


def test_a_block_goes_before_authority(home: Family, administrator: Somebody, enter: Callable[..., Somebody]) -> None:
    guardian = enter(Role.GUARDIAN, home.source, home.guardian)
    address = f"/v1/students/{home.student}"
    about = {"student": home.student, "guardian": home.guardian}
    assert guardian.get(address).status_code == 200
    administrator.post(DECISIONS_AT, **about, decision="blocked")
    assert guardian.get(address).status_code == 404
    administrator.post(DECISIONS_AT, **about, decision="none")
    assert guardian.get(address).status_code == 200


NO_DECISIONS: list[tuple[dict[str, Any], tuple[str, str]]] = [
    ({"decision": "refused"}, ("body", "ground_missing")),
    ({"decision": "refused", "ground": "  "}, ("body", "ground_missing")),
    ({"decision": "refused", "ground": ""}, ("body.ground", "string_too_short")),
    ({"decision": "refused", "ground": "a\0"}, ("body.ground", "string_pattern_mismatch")),
    ({"decision": "granted"}, ("body", "granted_areas")),
    ({"decision": "none", "granted": ["grades"]}, ("body", "granted_areas")),
    ({"decision": "granted", "granted": ["file"]}, ("body", "not_grantable")),  # no copy of the file (R51)
    ({"decision": "granted", "granted": ["grades", "readers"]}, ("body", "not_grantable")),
    ({"decision": "granted", "granted": ["marks"]}, ("body.granted.0", "enum")),
    ({"decision": "allowed"}, ("body.decision", "enum")),
    ({"decision": "none", "until": "2027-01-01"}, ("body.until", "extra_forbidden")),
]  # fmt: skip


def test_a_decision_that_makes_no_sense_is_refused(portal: Portal, home: Family, administrator: Somebody) -> None:
    for body, error in NO_DECISIONS:
        answer = administrator.post(DECISIONS_AT, student=home.student, guardian=home.guardian, **body)
        assert errors(answer) == [error]
    assert count(portal.engine, DECISION) == 0


def test_a_decision_is_about_a_guardian_of_that_student_in_that_source(
    portal: Portal, school: School, home: Family, administrator: Somebody
) -> None:
    other = family(school, home.source)
    elsewhere = family(school, school.source("college"))
    former = school.student(home.source)
    school.put("guardianship", home.source, student_id=former, guardian_id=home.guardian, relation="mother",
               legal_authority=True, court_block=False, gone=True)  # fmt: skip
    pairs = [(home.student, other.guardian), (elsewhere.student, elsewhere.guardian), (former, home.guardian),
             (home.student, ident(999)), (ident(999), home.guardian)]  # fmt: skip
    answers = [administrator.post(DECISIONS_AT, student=student, guardian=guardian, decision="blocked")
               for student, guardian in pairs]  # fmt: skip
    assert {(answer.status_code, answer.text) for answer in answers} == {(404, answers[0].text)}
    assert count(portal.engine, DECISION) == 0
    for student in (elsewhere.student, ident(999)):
        assert administrator.get(DECISIONS_AT, student=student).status_code == 404


# Restriction (R64)


def test_a_restriction_freezes_every_view_until_it_ends(
    portal: Portal, home: Family, administrator: Somebody, enter: Callable[..., Somebody]
) -> None:
    address = f"/v1/students/{home.student}"
    people = [enter(Role.GUARDIAN, home.source, home.guardian), enter(Role.STUDENT, home.source, home.student),
              administrator]  # fmt: skip
    assert [somebody.get(address).status_code for somebody in people] == [200, 200, 200]
    before = stamped(portal.engine)
    for hour in (0, 1):
        with time_machine.travel(NOW + timedelta(minutes=hour), tick=False):
            answer = administrator.put(f"{address}/restriction", restricted=True)
            # Saying it twice is saying it once.
            assert answer.json() == {"restricted": True, "since": "2026-03-02T10:00:00Z"}
    for somebody in people:
        answer = somebody.get(address)
        assert (answer.status_code, answer.json()["code"]) == (403, "restricted")
    assert administrator.put(f"{address}/restriction", restricted=False).json() == {"restricted": False, "since": None}
    assert [somebody.get(address).status_code for somebody in people] == [200, 200, 200]
    administrator.put(f"{address}/restriction", restricted=True)
    with portal.engine.connect() as connection:
        rows = connection.execute(select(RESTRICTION).order_by(RESTRICTION.c.id)).all()
    assert [(row.student_id, row.ended_at is None, row.by) for row in rows] == [
        (home.student, False, f"account:{administrator.account}"),
        (home.student, True, f"account:{administrator.account}"),
    ]
    assert len(portal.events("restrict")) == 4
    assert stamped(portal.engine) == before + 4


def test_the_restriction_of_a_student_elsewhere_is_not_there(
    portal: Portal, school: School, home: Family, administrator: Somebody
) -> None:
    elsewhere = family(school, school.source("college"))
    answers = [administrator.put(f"/v1/students/{student}/restriction", restricted=True)
               for student in (elsewhere.student, ident(999))]  # fmt: skip
    assert {(answer.status_code, answer.text) for answer in answers} == {(404, answers[0].text)}
    assert count(portal.engine, RESTRICTION) == 0


# On file, or not done


def test_what_cannot_be_put_on_file_is_not_done(
    portal: Portal, home: Family, administrator: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: Any) -> None:
        raise CannotRecord

    monkeypatch.setattr(ruleroutes, "append", fail)
    answers = [
        administrator.put(RULES_AT, version=0, rules={"retention_days": 1}),
        administrator.post(DECISIONS_AT, student=home.student, guardian=home.guardian, decision="blocked"),
        administrator.put(f"/v1/students/{home.student}/restriction", restricted=True),
    ]
    assert [answer.status_code for answer in answers] == [503, 503, 503]
    assert [count(portal.engine, table) for table in (RULES, DECISION, RESTRICTION)] == [0, 0, 0]


def test_another_site_changes_nothing(portal: Portal, administrator: Somebody) -> None:
    administrator.browser.headers["Origin"] = "https://elsewhere.test"
    assert administrator.put(RULES_AT, version=0, rules={}).status_code == 403
    assert count(portal.engine, RULES) == 0


def test_events_hold_no_content(portal: Portal, home: Family, administrator: Somebody) -> None:
    canary = "grond-canary"
    about = {"student": home.student, "guardian": home.guardian}
    administrator.post(DECISIONS_AT, **about, decision="refused", ground=canary)
    with portal.engine.connect() as connection:
        rows = connection.execute(select(AUDIT)).all()
    assert rows
    assert not [row for row in rows if canary in str(row)]


def test_a_changed_row_of_a_decision_does_not_hold_an_older_word(engine: Engine, administrator: Somebody) -> None:
    """Rules are read by their highest version, whatever the order of their rows."""
    for version in range(11):
        administrator.put(RULES_AT, version=version, rules={"retention_days": version})
    with engine.execution_options(writes=True).begin() as connection:
        connection.execute(update(RULES).where(RULES.c.version == 2).values(at=NOW + timedelta(days=9)))
    found = administrator.get(RULES_AT).json()
    assert (found["version"], found["rules"]["retention_days"]) == (11, 10)
