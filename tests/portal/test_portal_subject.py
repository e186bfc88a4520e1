"""One subject of one student, and the calculator over it."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest
import time_machine
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from tests.portal.marks import moment
from tests.portal.school import School, ident

NOW = moment(2, "12:00")


@pytest.fixture
def engine(sqlite_engine: Engine) -> Engine:
    """What is asked of the database is asked by the overview too, and tested there on each kind."""
    return sqlite_engine


@pytest.fixture
def source(school: School) -> int:
    return school.source("lyceum")


@pytest.fixture
def student(school: School, source: int) -> str:
    return school.student(source)


@pytest.fixture
def french(school: School, source: int) -> str:
    return school.subject(source, "fa", "Frans")


def ask(client: TestClient, path: str, status: int = 200, **query: Any) -> Any:
    with time_machine.travel(NOW, tick=False):
        answer = client.get(path, params=query)
    assert answer.status_code == status, answer.text
    return answer.json()


def view(client: TestClient, student: str, subject: str, status: int = 200) -> Any:
    return ask(client, f"/v1/students/{student}/subjects/{subject}", status)


def calculate(client: TestClient, student: str, subject: str, status: int = 200, **query: Any) -> Any:
    return ask(client, f"/v1/students/{student}/subjects/{subject}/calculator", status, **query)


def test_a_subject_over_the_years_as_in_the_overview(
    school: School, client: TestClient, source: int, student: str, french: str
) -> None:
    old, new = school.year(source, "2425", date(2024, 8, 1), date(2025, 7, 31)), school.year(source)
    for year, text in ((old, "6,0"), (new, "8,0")):
        period = school.period(source, "P1", year)
        column = school.column(source, french, "T1", "2", grading_period_id=period, resit_policy="best")
        school.grade(source, student, column, "4,0")
        school.grade(source, student, column, text, 2)
    german = school.subject(source, "du")
    school.grade(source, student, school.column(source, german, "T1", held_on=date(2026, 2, 2)), "3,0")
    found = view(client, student, french)
    assert found["subject"] == {"id": french, "code": "fa", "name": "Frans"}
    assert [year["school_year"]["code"] for year in found["years"]] == ["2526", "2425"]
    assert [year["computed"]["year"]["value"] for year in found["years"]] == ["8.0", "6.0"]
    overview = ask(client, f"/v1/students/{student}/grades")
    assert found["years"] == [each for each in overview["subjects"] if each["subject"]["id"] == french]


def test_a_subject_without_results(school: School, client: TestClient, source: int, student: str, french: str) -> None:
    school.put("student_subject", source, student_id=student, subject_id=french)
    assert (view(client, student, french)["subject"]["name"], view(client, student, french)["years"]) == ("Frans", [])


def test_a_subject_of_which_the_source_has_only_spoken(
    school: School, client: TestClient, source: int, student: str
) -> None:
    school.put("student_subject", source, student_id=student, subject_id=ident(777))
    assert view(client, student, ident(777))["subject"] == {"id": ident(777), "code": None, "name": None}


def test_a_subject_that_is_not_the_students(
    school: School, client: TestClient, source: int, student: str, french: str
) -> None:
    other = school.student(source, "Ander")
    school.grade(source, other, school.column(source, french, "T1"), "6,0")
    for subject in (french, UUID(int=7)):
        assert view(client, student, str(subject), 404)["detail"] == "There is no such subject."
        calculate(client, student, str(subject), 404, target=6)


def test_unknown_is_not_none(school: School, client: TestClient) -> None:
    source = school.source("college", entities=("students", "subjects"))
    student, french = school.student(source), school.subject(source, "fa")
    school.put("student_subject", source, student_id=student, subject_id=french)
    assert view(client, student, french)["years"] is None
    found = calculate(client, student, french, target=6)
    assert (found["basis"], found["needed"], found["reason"]) == (None, None, "no_results")


def two_marks(school: School, source: int, student: str, french: str) -> None:
    """The vector of R70: 5.0 and 5.3, each of weight 1."""
    for code, text in (("T1", "5,0"), ("T2", "5,3")):
        school.grade(source, student, school.column(source, french, code, "1"), text)


def test_r70_what_must_i_get(school: School, client: TestClient, source: int, student: str, french: str) -> None:
    two_marks(school, source, student, french)
    found = calculate(client, student, french, weight=3, target="5.5")
    assert found["needed"] == {"outcome": "needed", "mark": "5.8", "average": "5.54"}
    assert found["basis"] == {"counted": 2, "weight": "2", "average": "5.15"}
    assert (found["weight"], found["target"], found["grade"], found["average"]) == ("3", "5.5", None, None)


def test_r70_not_attainable_and_always(
    school: School, client: TestClient, source: int, student: str, french: str
) -> None:
    german = school.subject(source, "du")
    school.grade(source, student, school.column(source, french, "T1", "3"), "3,0")
    school.grade(source, student, school.column(source, german, "T1", "3"), "9,0")
    assert calculate(client, student, french, weight=1, target="5.5")["needed"] == {
        "outcome": "not_attainable", "mark": None, "average": "4.75"
    }  # fmt: skip
    assert calculate(client, student, german, weight=1, target="5.5")["needed"] == {
        "outcome": "always", "mark": None, "average": "7.00"
    }  # fmt: skip


def test_what_is_out_of_reach_is_never_rounded_up_to_it(
    school: School, client: TestClient, source: int, student: str, french: str
) -> None:
    # (99 × 5.45 + 10) / 100 = 5.4955
    school.grade(source, student, school.column(source, french, "T1", "99"), "5,45")
    found = calculate(client, student, french, weight=1, target="5.5")["needed"]
    assert found == {"outcome": "not_attainable", "mark": None, "average": "5.49"}


def test_r71_what_will_it_become(school: School, client: TestClient, source: int, student: str, french: str) -> None:
    for code, text in (("T1", "5,0"), ("T2", "6,0")):
        school.grade(source, student, school.column(source, french, code, "1"), text)
    found = calculate(client, student, french, weight=2, grade="8.0")
    assert (found["average"], found["needed"], found["grade"]) == ("6.75", None, "8")


def test_r70_without_a_weight_the_median(
    school: School, client: TestClient, source: int, student: str, french: str
) -> None:
    for code, weight in (("T1", "1"), ("T2", "2"), ("T3", "7")):
        school.grade(source, student, school.column(source, french, code, weight), "6,0")
    assert calculate(client, student, french, target=6)["weight"] == "2"


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ({"target": "5.5", "grade": "8"}, "query.target", "one_of_target_and_grade"),
        ({}, "query.target", "one_of_target_and_grade"),
        ({"target": "5.5", "weight": "0"}, "query.weight", "greater_than"),
        ({"target": "5.5", "weight": "-1"}, "query.weight", "greater_than"),
        ({"target": "5.5", "weight": "NaN"}, "query.weight", "finite_number"),
        ({"target": "10.1"}, "query.target", "less_than_equal"),
        ({"grade": "0.9"}, "query.grade", "greater_than_equal"),
        ({"grade": "Infinity"}, "query.grade", "finite_number"),
    ],
)
def test_r70_what_makes_no_sense_is_refused(
    school: School, client: TestClient, source: int, student: str, french: str, query: dict[str, str], field: str,
    code: str,
) -> None:  # fmt: skip
    two_marks(school, source, student, french)
    assert calculate(client, student, french, 400, **query)["errors"] == [{"field": field, "code": code}]


def test_r70_no_weight_to_go_by(school: School, client: TestClient, source: int, student: str, french: str) -> None:
    school.put("student_subject", source, student_id=student, subject_id=french)
    assert calculate(client, student, french, 400, target=6)["errors"] == [
        {"field": "query.weight", "code": "missing"}
    ]
    assert calculate(client, student, french, target=6, weight=1)["needed"]["mark"] == "6.0"
    school.grade(source, student, school.column(source, french, "T1", "0"), "6,0")
    assert calculate(client, student, french, 400, target=6)["errors"] == [
        {"field": "query.weight", "code": "greater_than"}
    ]


def test_r10_no_calculation_upon_unknown_weights(
    school: School, client: TestClient, source: int, student: str, french: str
) -> None:
    two_marks(school, source, student, french)
    school.grade(source, student, school.column(source, french, "T3", None), "7,0")
    found = calculate(client, student, french, target=6, weight=1)
    assert (found["basis"], found["needed"], found["reason"]) == (None, None, "weights_unknown")


def test_r14_no_calculation_for_who_is_exempt(
    school: School, client: TestClient, source: int, student: str, french: str
) -> None:
    two_marks(school, source, student, french)
    school.put("student_subject", source, student_id=student, subject_id=french, exempt=True)
    assert calculate(client, student, french, grade=6, weight=1)["reason"] == "exempt"


def test_the_calculator_is_about_this_year(
    school: School, client: TestClient, source: int, student: str, french: str
) -> None:
    old, new = school.year(source, "2425", date(2024, 8, 1), date(2025, 7, 31)), school.year(source)
    for year, text in ((old, "3,0"), (new, "8,0")):
        column = school.column(source, french, "T1", "1", grading_period_id=school.period(source, "P1", year))
        school.grade(source, student, column, text)
    found = calculate(client, student, french, grade="6.0")
    assert (found["school_year"]["code"], found["average"], found["basis"]["counted"]) == ("2526", "7.00", 1)


def test_in_the_holidays_it_is_about_the_latest_year(
    school: School, client: TestClient, source: int, student: str, french: str
) -> None:
    old = school.year(source, "2425", date(2024, 8, 1), date(2025, 7, 31))
    column = school.column(source, french, "T1", "1", grading_period_id=school.period(source, "P1", old))
    school.grade(source, student, column, "8,0")
    found = calculate(client, student, french, grade="6.0")
    assert (found["school_year"]["code"], found["average"]) == ("2425", "7.00")


def test_r71_nothing_is_stored(school: School, client: TestClient, source: int, student: str, french: str) -> None:
    two_marks(school, source, student, french)
    before = view(client, student, french)
    calculate(client, student, french, weight=3, target="5.5")
    assert view(client, student, french) == before


def test_r28_points_of_each_report_are_an_indication(
    school: School, client: TestClient, source: int, student: str
) -> None:
    period = school.period(source, "R1", school.year(source))
    for code, text in (("fa", "5"), ("du", "4"), ("en", "7"), ("ne", "8")):
        column = school.column(source, school.subject(source, code), "RAP", kind="report", grading_period_id=period)
        school.grade(source, student, column, text)
    (points,) = ask(client, f"/v1/students/{student}/grades")["points"]
    assert (points["label"], points["school_year"]["code"], points["period"]["code"]) == ("indicatie", "2526", "R1")
    assert (points["deficit"], points["compensation_marks"], points["compensation_points"]) == ("3", 2, "3")


def exam(school: School, client: TestClient, source: int, student: str, *marks: tuple[str, str]) -> Any:
    """The exam marks of a subject in whose columns these stand."""
    latin = school.subject(source, "la")
    school.put("student_subject", source, student_id=student, subject_id=latin)
    for code, text in marks:
        school.grade(source, student, school.column(source, latin, code, None, "exam"), text)
    found = view(client, student, latin)["exam"]
    return found and (found["school"], found["central"], found["final"], found["expected"], found["label"])


@pytest.mark.parametrize(
    ("marks", "found"),
    [
        ([("se_eindcijfer", "6,4"), ("ce_eindcijfer", "4,5")], ("6.4", "4.5", None, 5)),
        ([("se_eindcijfer", "6,4"), ("ce_eindcijfer", "4,6")], ("6.4", "4.6", None, 6)),
        ([("se_eindcijfer", "6,4"), ("ce_eindcijfer", "4,6"), ("eindcijfer", "5")], ("6.4", "4.6", "5", None)),
        ([("se_eindcijfer", "6,4")], ("6.4", None, None, None)),
        ([("se_eindcijfer", "6,4"), ("se_eindcijfer", "7,4"), ("ce_eindcijfer", "4,6")], (None, "4.6", None, None)),
    ],
)
def test_r22_the_final_mark_as_a_prognosis(
    school: School, client: TestClient, source: int, student: str, marks: list[tuple[str, str]], found: tuple[Any, ...]
) -> None:
    assert exam(school, client, source, student, *marks) == (*found, "prognose")


@pytest.mark.parametrize("marks", [[], [("ce:1", "6,0")], [("SE", "6,0")]])
def test_without_final_marks_there_is_no_prognosis(
    school: School, client: TestClient, source: int, student: str, marks: list[tuple[str, str]]
) -> None:
    assert exam(school, client, source, student, *marks) is None
