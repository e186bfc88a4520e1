"""Consent, decisions about guardians, restriction: who decides, what holds then, what is on file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import insert, select

from portal import ruleroutes
from portal.access import Role
from portal.audit import CannotRecord
from portal.auditing import verify
from portal.settings import derived
from portal.tables import AUDIT, CONSENT, DECISION, RESTRICTION, RULES
from tests.portal.deciders import DECISIONS_AT, NOW, RULES_AT, Somebody, count, errors, stamped
from tests.portal.guardians import SECRET, Family, Portal, family
from tests.portal.school import School, ident

pytest_plugins = ["tests.portal.deciders"]

ADULT = date(2008, 3, 2)  # eighteen today


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


def test_a_word_is_about_the_adult_alone(portal: Portal, school: School, enter: Callable[..., Somebody]) -> None:
    """One account can be of a student in two sources, which need not agree on the birth date."""
    home = family(school, born=ADULT)
    child = family(school, school.source("college"))
    school.student(home.source, birth_date=ADULT)  # somebody else
    student = enter(Role.STUDENT, home.source, home.student)
    portal.role(student.account, Role.STUDENT, child.source, child.student)
    assert student.put("/v1/me/consent", open=True).json() == {"decides": True, "open": True}
    with portal.engine.connect() as connection:
        assert connection.execute(select(CONSENT.c.student_id)).all() == [(home.student,)]


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


def test_decisions_are_asked_for_in_the_students_own_source(
    portal: Portal, school: School, home: Family, administrator: Somebody
) -> None:
    college = school.source("college")
    portal.role(administrator.account, Role.ADMINISTRATOR, college)
    other = family(school, home.source)
    with portal.engine.execution_options(writes=True).begin() as connection:
        for source, about in ((college, home), (home.source, other)):
            connection.execute(insert(DECISION).values(
                source_id=source, student_id=about.student, guardian_id=about.guardian, decision="none", at=NOW, by="x"
            ))  # fmt: skip
    assert administrator.get("/v1/sources/college/rules").status_code == 200
    assert administrator.get("/v1/sources/college/decisions", student=home.student).status_code == 404
    assert administrator.get(DECISIONS_AT, student=home.student).json() == {"source": "lyceum", "decisions": []}


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


def test_a_restriction_is_of_one_student(
    portal: Portal, school: School, home: Family, administrator: Somebody
) -> None:
    other = family(school, home.source).student
    for student in (home.student, other):
        answer = administrator.put(f"/v1/students/{student}/restriction", restricted=True)
        assert answer.json() == {"restricted": True, "since": "2026-03-02T10:00:00Z"}
    administrator.put(f"/v1/students/{other}/restriction", restricted=False)
    assert administrator.get(f"/v1/students/{home.student}").json()["code"] == "restricted"
    assert administrator.get(f"/v1/students/{other}").status_code == 200
    assert count(portal.engine, RESTRICTION) == 2


def test_what_is_in_dispute_of_who_has_left_can_be_settled(
    portal: Portal, school: School, administrator: Somebody
) -> None:
    """Nothing is erased while it is restricted: of a student that the source no longer holds too it must be ended."""
    left = school.student(1, gone=True)
    address = f"/v1/students/{left}/restriction"
    assert administrator.put(address, restricted=True).json() == {"restricted": True, "since": "2026-03-02T10:00:00Z"}
    assert administrator.put(address, restricted=False).json() == {"restricted": False, "since": None}
    assert administrator.get(f"/v1/students/{left}").status_code == 404


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
