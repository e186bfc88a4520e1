"""The latest grades: in the order in which they became visible, newest first."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from fastapi.testclient import TestClient

from tests.portal.marks import AFTERNOONS, came, changed, moment, rules
from tests.portal.school import School, ident

WEEK = moment(6, "20:00")


@pytest.fixture
def source(school: School) -> int:
    """A source that was first read whole in the night before."""
    number = school.source("lyceum")
    school.run(number, "grades", ended_at=moment(2, "03:00"))
    return number


@pytest.fixture
def student(school: School, source: int) -> str:
    return school.student(source)


@pytest.fixture
def french(school: School, source: int) -> str:
    return school.subject(source, "fa", "Frans")


def page(client: TestClient, student: str, now: datetime = WEEK, **query: Any) -> Any:
    with time_machine.travel(now, tick=False):
        answer = client.get(f"/v1/students/{student}/grades/latest", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def texts(client: TestClient, student: str, now: datetime = WEEK) -> list[str]:
    return [grade["raw_text"] for grade in page(client, student, now)["grades"]]


def grade(school: School, source: int, student: str, column: str, text: str, since: datetime, **fields: Any) -> str:
    id = school.grade(source, student, column, text, **fields)
    came(school, source, "grade", id, since)
    return id


def test_one_grade_to_the_letter(
    school: School, client: TestClient, source: int, student: str, french: str
) -> None:
    period = school.period(source, "P1", None)
    column = school.column(source, french, "T1", "2", title="Vocabulaire", grading_period_id=period)
    id = grade(school, source, student, column, "4,8", moment(2, "10:05"), entered_at=moment(2, "10:00"))
    assert page(client, student)["grades"] == [{
        "id": id, "version": 1, "changed": False, "visible_at": "2026-03-02T09:05:00Z",
        "entered_at": "2026-03-02T09:00:00Z", "subject": {"id": french, "code": "fa", "name": "Frans"},
        "period": {"id": period, "code": "P1", "name": None}, "test": column, "code": "T1", "title": "Vocabulaire",
        "kind": "test", "number": 1, "raw_text": "4,8", "score": "4.8", "label": None, "status": "scored",
        "sufficient": False, "counts": True, "weight": "2",
    }]  # fmt: skip
    assert page(client, student)["next_cursor"] is None


def test_newest_first_by_the_moment_of_becoming_visible(
    school: School, client: TestClient, source: int, student: str, french: str
) -> None:
    columns = [school.column(source, french, f"T{n}") for n in range(3)]
    grade(school, source, student, columns[0], "6,0", moment(4, "09:00"), entered_at=moment(4, "08:00"))
    # Entered later, and seen earlier: it was read at once.
    grade(school, source, student, columns[1], "7,0", moment(3, "17:00"), entered_at=moment(3, "16:59"))
    grade(school, source, student, columns[2], "8,0", moment(2, "09:00"))
    assert texts(client, student) == ["6,0", "7,0", "8,0"]
    rules(school, source, AFTERNOONS)
    # Now Wednesday's and Tuesday evening's come out together, and go by their ids.
    assert [(each["raw_text"], each["visible_at"]) for each in page(client, student)["grades"]] == [
        ("7,0", "2026-03-04T15:30:00Z"), ("6,0", "2026-03-04T15:30:00Z"), ("8,0", "2026-03-02T15:30:00Z"),
    ]  # fmt: skip
    assert texts(client, student, moment(4, "16:29")) == ["8,0"]


def test_what_the_first_run_brought_goes_by_when_it_was_entered(
    school: School, client: TestClient, source: int, student: str, french: str
) -> None:
    column, night = school.column(source, french, "T1"), moment(2, "02:30")
    grade(school, source, student, column, "6,0", night, entered_at=night - timedelta(days=9))
    grade(school, source, student, column, "7,0", night, attempt=2, entered_at=night - timedelta(days=2))
    grade(school, source, student, column, "8,0", night, attempt=3, entered_at=night - timedelta(days=4))
    grade(school, source, student, column, "9,0", moment(2, "09:00"), attempt=4, entered_at=night - timedelta(days=8))
    assert texts(client, student) == ["9,0", "7,0", "8,0", "6,0"]


def test_r19_a_change_makes_it_the_newest(
    school: School, client: TestClient, source: int, student: str, french: str
) -> None:
    columns = [school.column(source, french, f"T{n}") for n in range(2)]
    changed(school, source, student, columns[0], [("4,8", moment(2, "10:00")), ("5,6", moment(4, "10:00"))])
    grade(school, source, student, columns[1], "7,0", moment(3, "10:00"))
    assert [(each["raw_text"], each["changed"], each["version"]) for each in page(client, student)["grades"]] == [
        ("5,6", True, 2), ("7,0", False, 1)
    ]  # fmt: skip
    rules(school, source, AFTERNOONS)
    assert texts(client, student, moment(4, "16:00")) == ["7,0", "4,8"]
    assert texts(client, student, moment(4, "16:30")) == ["5,6", "7,0"]


def test_what_the_source_keeps_computing_is_not_listed(
    school: School, client: TestClient, source: int, student: str, french: str
) -> None:
    for n, kind in enumerate(("average", "calculated", "report", "exam", "test", "composite", "component", "text")):
        grade(school, source, student, school.column(source, french, kind, kind=kind), f"{n},0", moment(2, "10:00"))
    assert sorted(each["kind"] for each in page(client, student)["grades"]) == [
        "component", "composite", "exam", "report", "test", "text"
    ]  # fmt: skip


def test_a_grade_whose_column_has_not_come_in(
    school: School, client: TestClient, source: int, student: str
) -> None:
    grade(school, source, student, ident(777), "6,0", moment(2, "10:00"))
    (found,) = page(client, student)["grades"]
    assert (found["subject"], found["kind"], found["weight"]) == (None, "unknown", None)


def test_r6_sufficient_as_in_the_overview(
    school: School, client: TestClient, source: int, student: str, french: str
) -> None:
    grade(school, source, student, school.column(source, french, "T1"), "5,4", moment(2, "10:00"))
    grade(school, source, student, school.column(source, french, "T2", "0"), "5,4", moment(2, "11:00"))
    assert [each["sufficient"] for each in page(client, student)["grades"]] == [None, False]
    # A source that says so itself: its silence is no word.
    grade(school, source, student, school.column(source, french, "T3"), "3,0", moment(2, "12:00"), sufficient=True)
    assert [each["sufficient"] for each in page(client, student)["grades"]] == [True, None, None]


def test_pages_lose_and_double_nothing(
    school: School, client: TestClient, source: int, student: str, french: str
) -> None:
    column = school.column(source, french, "T1")
    for n in range(7):
        # Three of them at the very same moment.
        grade(school, source, student, column, "6,0", moment(2, "10:00") + timedelta(hours=max(0, n - 2)), attempt=n)
    whole = [each["id"] for each in page(client, student)["grades"]]
    first = page(client, student, limit=2)
    # Something new between two pages does not shift what follows.
    grade(school, source, student, column, "9,0", moment(5, "10:00"), attempt=9)
    walked, cursor = [each["id"] for each in first["grades"]], first["next_cursor"]
    while cursor:
        found = page(client, student, limit=2, cursor=cursor)
        walked += [each["id"] for each in found["grades"]]
        cursor = found["next_cursor"]
    assert walked == whole


def test_a_cursor_is_of_one_student(
    school: School, client: TestClient, source: int, student: str, french: str
) -> None:
    column = school.column(source, french, "T1")
    for n in (1, 2):
        grade(school, source, student, column, "6,0", moment(2, "10:00"), attempt=n)
    cursor = page(client, student, limit=1)["next_cursor"]
    other = school.student(source, "Ander")
    answer = client.get(f"/v1/students/{other}/grades/latest", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["errors"]) == (
        400, [{"field": "query.cursor", "code": "cursor_of_other_filters"}]
    )  # fmt: skip


def test_unknown_is_not_none(school: School, client: TestClient) -> None:
    source = school.source("college", entities=("students",))
    student = school.student(source)
    assert page(client, student)["grades"] is None
    assert client.get(f"/v1/students/{UUID(int=7)}/grades/latest").status_code == 404
