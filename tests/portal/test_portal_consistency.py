"""One answer, one state of the store, and a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, delete, event

from canonical.tables import TABLES
from portal.reading import reading
from tests.portal.school import FRESH, School


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """The queries for records that are asked meanwhile: not those that say who asks, nor the audit's."""
    found: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if _is_of_records(statement):
            found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _is_of_records(statement: str) -> bool:
    if any(other in statement for other in ("set_config", "audit", "row_security_active")):
        return False
    return statement.lstrip().upper().startswith(("SELECT", "WITH"))


def fill(school: School, source: int, student: str, number: int) -> None:
    """``number`` of everything that a view shows of a student, and as many other students."""
    year = school.year(source)
    for n in range(number):
        subject, group = school.subject(source, f"s{n}"), school.group(source, f"g{n}", school_year_id=year)
        column = school.column(source, subject, "T", grading_period_id=school.period(source, f"P{n}", year))
        school.grade(source, student, column, "6,0")
        lesson = school.lesson(source, FRESH, FRESH + timedelta(minutes=50), subject_id=subject)
        school.seen(source, student, "late", lesson_id=lesson)
        school.put("absence_notice", source, student_id=student, begins=FRESH, attendance_kind="sick")
        school.put("lesson_remark", source, student_id=student, day=date(2026, 3, 2), remark="phone", lesson_id=lesson)
        school.put("group_member", source, student_id=student, group_id=group)
        staff = school.put("staff", source, code=f"t{n}", last_name="Jansen")
        school.put("group_staff", source, group_id=group, staff_id=staff, role="mentor")
        school.put("student_subject", source, student_id=student, subject_id=subject)
        other = school.student(source)
        school.put("enrolment", source, student_id=other, homeroom_id=group, school_year_id=year)
        school.run(source, "grades")


@pytest.mark.parametrize(("view", "most"), [
    ("/v1/students", 5), ("/v1/students/{}", 8), ("/v1/students/{}/grades", 8), ("/v1/students/{}/absences", 7),
    ("/v1/sources", 3),
])  # fmt: skip
def test_the_number_of_queries_does_not_grow(
    engine: Engine, school: School, client: TestClient, view: str, most: int
) -> None:
    source = school.source("lyceum")
    student = school.student(source)
    asked = []
    for number in (1, 25):
        fill(school, source, student, number)
        with statements(engine) as found:
            answer = client.get(view.format(student))
        assert answer.status_code == 200
        asked.append(len(found))
    assert asked == [most, most]


@pytest.fixture
def busy(engine: Engine, school: School) -> tuple[School, int, str]:
    source = school.source("lyceum")
    student = school.student(source)
    fill(school, source, student, 2)
    return school, source, student


@pytest.mark.parametrize("view", ["/v1/students", "/v1/students/{}", "/v1/students/{}/grades",
                                  "/v1/students/{}/absences", "/v1/sources"])  # fmt: skip
def test_an_answer_is_of_one_moment(
    engine: Engine, client: TestClient, busy: tuple[School, int, str], view: str
) -> None:
    """A sync that empties the store after the answer's first query is not seen by the others."""
    school, source, student = busy
    before = client.get(view.format(student))
    done: list[bool] = []

    def sync(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not done and _is_of_records(statement):
            done.append(True)
            with school.engine.execution_options(writes=True).begin() as writer:
                for table in TABLES.values():
                    writer.execute(delete(table))
            school.state(source, "grades", fresh_at=None, complete_at=None)
            school.run(source, "grades", "failed")

    event.listen(engine, "after_cursor_execute", sync)
    try:
        during = client.get(view.format(student))
    finally:
        event.remove(engine, "after_cursor_execute", sync)
    assert done
    ages = {"age_seconds"}
    assert _without(during.json(), ages) == _without(before.json(), ages)
    assert during.status_code == 200
    assert client.get(view.format(student)).json() != before.json()


def _without(value: Any, names: set[str]) -> Any:
    if isinstance(value, dict):
        return {name: _without(each, names) for name, each in value.items() if name not in names}
    return [_without(each, names) for each in value] if isinstance(value, list) else value


def test_reading_gives_its_connection_back(engine: Engine) -> None:
    for _ in range(40):
        with reading(engine) as connection:
            connection.exec_driver_sql("SELECT 1")
    with engine.connect() as connection:
        assert connection.get_isolation_level() == connection.default_isolation_level
