"""A mentor's class at a glance."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from sqlalchemy import Engine, insert

from portal.tables import RESTRICTION
from tests.portal.office import Office, counted_queries
from tests.portal.school import ENTITIES, FRESH, NOW, ident

MONDAY = date(2026, 2, 23)


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def office(engine: Engine) -> Office:
    return Office(engine)


def glance(office: Office, who: str = "MEN", group: str | None = None) -> Any:
    return office.ask(who, f"/v1/groups/{group or office.home}/glance")


def only(office: Office, who: str = "MEN") -> Any:
    (student,) = glance(office, who)["students"]
    return student


# Groups, and for whom the glance is.


def test_the_own_groups_and_what_is_done_in_them(office: Office) -> None:
    section = office.group(office.lyceum, "3hA.fa", "section", school_year_id=office.this_year)
    office.takes_part(office.mentor, section, "teacher", office.french)
    last_year = office.year(office.lyceum, "2425", date(2024, 8, 1), date(2025, 7, 31))
    gone = office.group(office.lyceum, "2hA", school_year_id=last_year)
    office.takes_part(office.mentor, gone, "mentor")
    office.group(office.lyceum, "3hB", school_year_id=office.this_year)
    next_year = office.year(office.lyceum, "2627", date(2026, 8, 1), date(2027, 7, 31))
    office.takes_part(office.mentor, office.group(office.lyceum, "4hA", school_year_id=next_year), "mentor")
    office.takes_part(office.mentor, office.group(office.lyceum, "3hC", gone=True), "mentor")
    left = office.group(office.lyceum, "3hD", school_year_id=office.this_year)
    office.put("group_staff", office.lyceum, staff_id=office.mentor, group_id=left, role="mentor", gone=True)
    found = office.ask("MEN", "/v1/groups")["groups"]
    assert [(own["group"]["code"], own["mentored"], own["glance"]) for own in found] == [
        ("3hA", True, True), ("3hA.fa", False, False)
    ]  # fmt: skip
    assert [[subject["code"] for subject in own["subjects"]] for own in found] == [[], ["fa"]]
    assert {own["source"] for own in found} == {"lyceum"}


def test_a_team_leader_has_the_groups_with_students_of_the_own_section(office: Office) -> None:
    other = office.group(office.lyceum, "2hB", school_year_id=office.this_year)
    third = office.pupil("Derde")
    gone = office.group(office.lyceum, "3hX", school_year_id=office.this_year, gone=True)
    office.put("group_member", office.lyceum, student_id=third, group_id=gone)
    office.pupil("Tweede", other, level=2)
    office.sign_in("TEA", "team_leader", office.lyceum, None, section='{"grade_level": 3}')
    assert [own["group"]["code"] for own in office.ask("TEA", "/v1/groups")["groups"]] == ["3hA"]
    assert [student["name"]["last_name"] for student in glance(office, "TEA")["students"]] == ["Derde"]
    office.ask("TEA", f"/v1/groups/{other}/glance", status=404)


def test_a_glance_is_for_mentors_and_not_for_who_teaches_the_group(office: Office) -> None:
    office.member_of_staff("DOC", office.home, "teacher", office.french)
    other = office.group(office.lyceum, "3hB", school_year_id=office.this_year)
    office.member_of_staff("AND", other, "mentor")
    office.pupil("Voorbeeld")
    assert len(glance(office)["students"]) == 1
    nowhere = office.ask("MEN", f"/v1/groups/{ident(999)}/glance", status=404)
    for who in ("DOC", "AND"):
        assert office.ask(who, f"/v1/groups/{office.home}/glance", status=404) == nowhere
    assert [event.actor for event in office.on_file() if event.student_id] == [office.on_file()[0].actor]


@pytest.mark.parametrize("role", ["guardian", "student", "administrator", "manager"])
def test_a_glance_is_for_nobody_else(sqlite_engine: Engine, role: str) -> None:
    office = Office(sqlite_engine)
    office.sign_in("WHO", role, office.lyceum, office.pupil("Voorbeeld"), way="password+totp")
    for path in ("/v1/groups", f"/v1/groups/{office.home}/glance"):
        assert office.ask("WHO", path, status=403)["code"] == "role"


def test_an_attendance_officer_sees_no_grades(office: Office) -> None:
    student = office.pupil("Voorbeeld")
    office.grade(office.lyceum, student, office.column(office.lyceum, office.french, "T1"), "2,0")
    office.missed(student, MONDAY)
    office.sign_in("OFF", "attendance_officer", office.lyceum, None)
    found = only(office, "OFF")
    assert (found["slips"], found["unjudged"], found["closed"]) == (None, None, {"grades": "not_needed"})
    assert found["absence"]["unexcused"] == "1"
    assert [event.area for event in office.on_file()] == ["absences"]


def test_twenty_eight_students_are_on_file_twenty_eight_times(office: Office) -> None:
    ids = {office.pupil(f"Leerling{n:02}") for n in range(28)}
    assert len(glance(office)["students"]) == 28
    found = office.on_file()
    assert (len(found), {event.student_id for event in found}) == (28, ids)
    assert {(event.action, event.relation, event.area, event.allowed) for event in found} == {
        ("read", "mentor", "grades+absences", True)
    }  # fmt: skip


def test_only_who_is_in_the_group_today(office: Office) -> None:
    there = [office.pupil("Zwart", first_name="Ada"), office.pupil("Aalders")]
    left = office.student(office.lyceum, "Weg")
    office.put("group_member", office.lyceum, student_id=left, group_id=office.home, ends=date(2026, 3, 1))
    frozen = office.pupil("Bevroren")
    with office.engine.execution_options(writes=True).begin() as connection:
        connection.execute(insert(RESTRICTION).values(student_id=frozen, since=FRESH, by="test"))
    office.pupil("Verwijderd", gone=True)
    assert [student["id"] for student in glance(office)["students"]] == there[::-1]
    assert {event.student_id for event in office.on_file()} == set(there)


def test_what_the_school_has_closed_is_neither_read_nor_shown_nor_on_file(office: Office) -> None:
    student = office.pupil("Voorbeeld")
    office.missed(student, MONDAY)
    office.notice(student, "sick", datetime(2026, 2, 24, 7, tzinfo=UTC), datetime(2026, 2, 24, 15, tzinfo=UTC))
    office.decide(switches=[{"area": "absences", "open": False, "role": "staff"}])
    with counted_queries(office.engine) as statements:
        found = only(office)
    assert not [one for one in statements if "attendance_observation" in one or "absence_notice" in one]
    assert (found["absence"], found["late"], found["sick"]) == (None, None, None)
    assert (found["slips"], found["closed"]) == ([], {"absences": "switched_off"})
    assert [event.area for event in office.on_file()] == ["grades"]


def test_the_number_of_queries_does_not_grow_with_the_class(office: Office) -> None:
    def queries() -> int:
        with counted_queries(office.engine) as statements:
            glance(office)
        # However many students: how the audit writes its rows down is not what is counted here.
        return len([one for one in statements if one.lstrip().startswith(("SELECT", "WITH")) and "audit" not in one])

    def one_more(n: int) -> None:
        student = office.pupil(f"Leerling{n}")
        office.grade(office.lyceum, student, office.column(office.lyceum, office.french, f"T{n}"), "5,0")
        office.missed(student, MONDAY)
        office.notice(student, "sick", datetime(2026, 2, 24, 7, tzinfo=UTC), None)

    one_more(0)
    before = queries()
    for n in range(1, 8):
        one_more(n)
    assert queries() == before


# What is not known is not none.


def test_what_was_never_read_is_not_told_as_none(engine: Engine) -> None:
    office = Office(engine, entities=[name for name in ENTITIES if name not in ("grades", "absences")])
    office.entity(office.lyceum, "grades", ENTITIES["grades"], None, None)
    office.pupil("Voorbeeld")
    found = glance(office)
    (student,) = found["students"]
    parts = ("slips", "unjudged", "absence", "late", "sick")
    assert [student[part] for part in parts] == [None] * 5
    assert student["closed"] == {}
    known = found["meta"]["completeness"]
    assert (known["grades"], known["observations"]) == ("unknown", "not_offered")


@pytest.mark.parametrize("role", ["staff", "team_leader"])
def test_groups_that_were_never_read_are_not_none(sqlite_engine: Engine, role: str) -> None:
    office = Office(sqlite_engine)
    office.sign_in("WHO", role, office.lyceum, ident(998), section='{"grade_level": 3}')
    assert office.ask("WHO", "/v1/groups")["groups"] == []
    office.state(office.lyceum, "students", fresh_at=None, complete_at=None)
    assert office.ask("WHO", "/v1/groups")["groups"] is None


def test_nothing_amiss_is_said_outright(office: Office) -> None:
    office.pupil("Voorbeeld")
    student = only(office)
    assert (student["slips"], student["unjudged"], student["late"]) == ([], [], {"count": 0, "step": 0})
    assert student["sick"] == {"episodes": [], "signals": []}
    assert student["absence"] == {
        "unexcused": "0", "unresolved": "0", "unresolved_days": [], "counting": "0", "reports": [],
        "if_confirmed": None, "long": [], "luxury": [],
    }  # fmt: skip
