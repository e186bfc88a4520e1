"""The list of students and a student's card."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from fastapi.testclient import TestClient

from tests.portal.school import FRESH, NOW, School, ident


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def get(client: TestClient, path: str, **query: Any) -> Any:
    answer = client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def walk(client: TestClient, **query: Any) -> list[str]:
    """All ids, page by page."""
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = get(client, "/v1/students", **query, **cursor)
        found += [student["id"] for student in page["students"]]
        if page["next_cursor"] is None:
            return found
        assert cursor.get("cursor") != page["next_cursor"], "the same page again"
        cursor = {"cursor": page["next_cursor"]}


def test_pages_lose_and_double_nobody(school: School, client: TestClient) -> None:
    source = school.source("lyceum")
    students = [school.student(source) for _ in range(7)]
    for limit in (1, 2, 3, 6, 7, 8):
        assert walk(client, limit=limit) == students


def test_writes_between_pages_lose_and_double_nobody(school: School, client: TestClient) -> None:
    source = school.source("lyceum")
    students = [school.put("student", source, id=ident(number), local_id=str(number), last_name="Z")
                for number in range(10, 50, 10)]  # fmt: skip
    first = get(client, "/v1/students", limit=2)
    # One comes in before the cursor, one after it, and the names change their order.
    school.put("student", source, id=ident(15), local_id="15", last_name="A")
    school.put("student", source, id=ident(35), local_id="35", last_name="A")
    rest = get(client, "/v1/students", limit=10, cursor=first["next_cursor"])
    seen = [item["id"] for page in (first, rest) for item in page["students"]]
    assert seen == [*students[:3], ident(35), students[3]]


def test_a_list_item(school: School, client: TestClient) -> None:
    source = school.source("lyceum")
    group = school.group(source, "3hA")
    student = school.student(source, "Dijk", local_id="120045", first_name="Noor", initials="N.", prefix="van")
    school.put("enrolment", source, student_id=student, homeroom_id=group)
    answer = get(client, "/v1/students")
    assert answer["students"] == [{
        "id": student, "source": "lyceum", "local_id": "120045",
        "name": {"first_name": "Noor", "initials": "N.", "prefix": "van", "last_name": "Dijk"},
        "homeroom": {"id": group, "code": "3hA", "name": None},
    }]  # fmt: skip
    assert answer["meta"] == {
        "sources": [{"name": "lyceum", "system": "magister", "school": "Het Lyceum", "as_of": "2026-03-02T09:42:00Z",
                     "completeness": {"students": "complete", "homerooms": "complete"}}],
        "as_of": "2026-03-02T09:42:00Z", "completeness": {"students": "complete", "homerooms": "complete"},
    }  # fmt: skip


def test_who_is_gone_is_not_shown(school: School, client: TestClient) -> None:
    source = school.source("lyceum")
    gone = school.student(source, gone=True)
    assert get(client, "/v1/students")["students"] == []
    assert client.get(f"/v1/students/{gone}").status_code == 404


def test_of_a_group(school: School, client: TestClient) -> None:
    source = school.source("lyceum")
    group, other = school.group(source, "3hA"), school.group(source, "fa1", "section")
    enrolled, member, left, moved, elsewhere, removed = (school.student(source) for _ in range(6))
    school.put("enrolment", source, student_id=enrolled, homeroom_id=group)
    school.put("group_member", source, student_id=member, group_id=group, ends=date(2026, 3, 2))
    school.put("group_member", source, student_id=left, group_id=group, ends=date(2026, 3, 1))
    school.put("enrolment", source, student_id=moved, homeroom_id=group, left_on=date(2026, 2, 1))
    school.put("group_member", source, student_id=elsewhere, group_id=other)
    school.put("group_member", source, student_id=removed, group_id=group, gone=True)
    assert walk(client, group=group, limit=1) == [enrolled, member]
    assert walk(client, group=other) == [elsewhere]
    assert client.get("/v1/students", params={"group": ident(999)}).status_code == 404


def test_not_read_is_not_none(school: School, client: TestClient) -> None:
    source = school.source("lyceum")
    assert get(client, "/v1/students")["students"] == []
    school.state(source, "students", fresh_at=None, complete_at=None)
    answer = get(client, "/v1/students")
    assert answer["students"] is None
    assert answer["meta"]["completeness"]["students"] == "unknown"


def test_who_is_in_a_group_that_was_never_read_is_not_nobody(school: School, client: TestClient) -> None:
    source = school.source("lyceum", entities=())
    school.entity(source, "students", ("student", "group"))
    school.entity(source, "members", ("group_member",), None, None)
    school.student(source)
    answer = get(client, "/v1/students", group=school.group(source, "3hA"))
    assert answer["students"] is None
    assert answer["meta"]["completeness"] == {
        "students": "complete", "homerooms": "not_offered", "groups": "unknown"
    }  # fmt: skip


def test_several_sources_are_as_old_as_the_oldest(school: School, client: TestClient) -> None:
    school.source("lyceum")
    other = school.source("college")
    school.state(other, "students", fresh_at=NOW)
    answer = get(client, "/v1/students")["meta"]
    assert answer["as_of"] == "2026-03-02T09:42:00Z"
    assert answer["completeness"] == {"students": "partial", "homerooms": "partial"}
    assert [source["completeness"]["students"] for source in answer["sources"]] == ["partial", "complete"]


def test_a_query_that_is_not_valid(client: TestClient) -> None:
    for name, value in (
        ("limit", "0"), ("limit", "501"), ("limit", "many"), ("cursor", "x"), ("group", "3hA"), ("cursor", "")
    ):  # fmt: skip
        answer = client.get("/v1/students", params={name: value})
        assert answer.status_code == 400
        assert [error["field"] for error in answer.json()["errors"]] == [f"query.{name}"]


@pytest.fixture
def card_school(school: School) -> dict[str, str]:
    """A student with all there is, in this year and in the last."""
    source = school.source("lyceum")
    now, before = school.year(source), school.year(source, "2425", date(2024, 8, 1), date(2025, 7, 31))
    found = {"now": now, "before": before, "student": school.student(source, "Dijk", email="noor@example.org",
             birth_date=date(2011, 5, 4))}  # fmt: skip
    student = found["student"]
    found["class"] = school.group(source, "3hA", school_year_id=now)
    found["old class"] = school.group(source, "2hA", school_year_id=before)
    found["section"] = school.group(source, "3fa2", "section")
    found["location"] = school.put("location", source, name="Hoofdgebouw")
    found["old enrolment"] = school.put("enrolment", source, student_id=student, school_year_id=before,
                                        homeroom_id=found["old class"])  # fmt: skip
    place: dict[str, Any] = {"homeroom_id": found["class"], "location_id": found["location"], "study": "havo 3",
                             "grade_level": 3}  # fmt: skip
    found["enrolment"] = school.put("enrolment", source, student_id=student, school_year_id=now, **place)
    for group in ("class", "old class", "section"):
        school.put("group_member", source, student_id=student, group_id=found[group])
    found["mentor"] = school.put("staff", source, code="JAN", last_name="Jansen", initials="J.")
    found["second mentor"] = ident(900)
    school.put("group_staff", source, group_id=found["class"], staff_id=found["second mentor"], role="mentor", order=2)
    school.put("group_staff", source, group_id=found["class"], staff_id=found["mentor"], role="mentor", order=1)
    school.put("group_staff", source, group_id=found["section"], staff_id=found["mentor"], role="teacher")
    school.put("group_staff", source, group_id=found["old class"], staff_id=found["mentor"], role="mentor")
    found["french"] = school.subject(source, "fa", "Frans")
    school.put("student_subject", source, student_id=student, subject_id=found["french"], exempt=False)
    school.put("student_subject", source, student_id=student, subject_id=ident(901), exempt=None)
    guardian = school.put("guardian", source, last_name="Geheim", phone="06-11111111", secret=True)
    school.put("guardianship", source, student_id=student, guardian_id=guardian, relation="mother", court_block=False)
    return found


def test_a_card(card_school: dict[str, str], client: TestClient) -> None:
    its = card_school
    card = get(client, f"/v1/students/{its['student']}")
    homeroom = {"id": its["class"], "code": "3hA", "name": None}
    assert card["homeroom"] == homeroom
    assert card["enrolments"] == [{
        "id": its["enrolment"], "school_year": {"id": its["now"], "code": "2526", "name": None},
        "location": {"id": its["location"], "code": None, "name": "Hoofdgebouw"}, "homeroom": homeroom,
        "study": "havo 3", "grade_level": 3, "profile": None, "begins": None, "ends": None, "left_on": None,
    }]  # fmt: skip
    assert [(mentor["id"], mentor["code"], mentor["group"]["code"]) for mentor in card["mentors"]] == [
        (its["mentor"], "JAN", "3hA"), (its["second mentor"], None, "3hA"),
    ]  # fmt: skip
    assert [mentor["name"] and mentor["name"]["last_name"] for mentor in card["mentors"]] == ["Jansen", None]
    assert card["subjects"] == [
        {"subject": {"id": ident(901), "code": None, "name": None}, "exempt": None},
        {"subject": {"id": its["french"], "code": "fa", "name": "Frans"}, "exempt": False},
    ]
    assert [membership["group"]["code"] for membership in card["groups"]] == ["3hA", "3fa2"]
    assert set(card["meta"]["completeness"].values()) == {"complete"}


def test_a_card_holds_nothing_of_guardians_and_no_address(card_school: dict[str, str], client: TestClient) -> None:
    text = client.get(f"/v1/students/{card_school['student']}").text
    for secret in ("Geheim", "06-11111111", "noor@example.org", "2011-05-04"):
        assert secret not in text


def test_after_the_year_the_latest_enrolment_stands(card_school: dict[str, str], client: TestClient) -> None:
    with time_machine.travel(date(2026, 12, 1), tick=False):
        card = get(client, f"/v1/students/{card_school['student']}")
    assert card["homeroom"]["code"] == "3hA"
    with time_machine.travel(date(2025, 1, 10), tick=False):
        card = get(client, f"/v1/students/{card_school['student']}")
    assert card["homeroom"]["code"] == "2hA"


def test_what_a_source_does_not_bring_is_null(school: School, client: TestClient) -> None:
    source = school.source("lyceum", entities=())
    school.entity(source, "students", ("student",))
    school.entity(source, "subjects", ("student_subject",), None, None)
    student = school.student(source)
    card = get(client, f"/v1/students/{student}")
    lists = {name: card[name] for name in ("enrolments", "mentors", "subjects", "groups", "homeroom")}
    assert lists == dict.fromkeys(lists, None)
    assert card["meta"]["completeness"] == {
        "students": "complete", "enrolments": "not_offered", "homerooms": "not_offered", "mentors": "not_offered",
        "subjects": "unknown", "groups": "not_offered",
    }  # fmt: skip
    assert card["meta"]["as_of"] == FRESH.isoformat().replace("+00:00", "Z")
