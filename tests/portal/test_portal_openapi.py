"""The description of the API is true: examples fit, and generated requests are answered as it says."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from pydantic import BaseModel
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection
from sqlalchemy import Engine

from portal.absencemodels import Absences
from portal.app import create_app
from portal.grademodels import Grades
from portal.keys import ApiKey, digest
from portal.problems import Problem
from portal.sources import Sources
from portal.students import StudentCard, Students
from tests.portal.school import FRESH, School, ident

VIEWS = ["/v1/students", "/v1/students/{id}", "/v1/students/{id}/grades", "/v1/students/{id}/absences", "/v1/sources"]
AUTHORIZED = {"Authorization": "Bearer k"}


@pytest.fixture
def store(sqlite_engine: Engine) -> Engine:
    """A store with a bit of everything, and students 1 and 2."""
    school = School(sqlite_engine)
    source = school.source("lyceum")
    student, other = school.student(source), school.student(source)
    year = school.year(source)
    group = school.group(source, "3hA", school_year_id=year)
    french = school.subject(source, "fa", "Frans")
    period = school.period(source, "P1", year, date(2025, 8, 1))
    for each in (student, other):
        school.put("enrolment", source, student_id=each, homeroom_id=group, school_year_id=year)
        school.put("group_member", source, student_id=each, group_id=group)
        school.put("student_subject", source, student_id=each, subject_id=french, exempt=None)
        for n, (kind, weight) in enumerate([("test", "0.5"), ("average", None), ("test", "2"), ("unknown", "1")]):
            column = school.column(source, french, f"T{n}", weight, kind, grading_period_id=period,
                                   exam_weight=Decimal("1.5"))  # fmt: skip
            school.grade(source, each, column, "6,5", entered_at=FRESH)
            school.grade(source, each, column, "V", 2)
        school.grade(source, each, ident(900), "9,0")
        lesson = school.lesson(source, FRESH, FRESH + timedelta(minutes=50), subject_id=french, first_hour=3)
        for kind in ("absent", "late", "sick"):
            school.seen(source, each, kind, lesson_id=lesson, reason_code="X")
        school.put("absence_notice", source, student_id=each, begins=FRESH, attendance_kind="sick")
        school.put("lesson_remark", source, student_id=each, day=date(2026, 3, 2), remark="phone", lesson_id=lesson)
    staff = school.put("staff", source, code="JAN", last_name="Jansen")
    school.put("group_staff", source, group_id=group, staff_id=staff, role="mentor", order=1)
    school.run(source, "grades")
    return sqlite_engine


@pytest.fixture
def document(sqlite_engine: Engine) -> Any:
    return TestClient(create_app(sqlite_engine, [])).get("/openapi.json").json()


def ask(store: Engine, path: str, mode: GenerationMode, student: str | None = None) -> Counter[int]:
    """Ask what the description allows (or, in negative mode, forbids); gives how often each status was answered."""
    app = create_app(store, [ApiKey("all", digest("k"))])
    strategy = schemathesis.openapi.from_asgi("/openapi.json", app)[path]["GET"].as_strategy(generation_mode=mode)
    statuses: Counter[int] = Counter()

    @given(case=strategy)
    @settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def one(case: Any) -> None:
        if student is not None:
            case.path_parameters = {"id": student}
        if mode is GenerationMode.POSITIVE:
            _put_days_in_order(case)
        # Whether a forbidden request was refused is counted below: some break a rule that is not the API's, such as
        # a parameter that nobody asked for, or the absence of the key that is sent anyhow.
        answer = case.call_and_validate(headers=AUTHORIZED, excluded_checks=[negative_data_rejection])
        statuses[answer.status_code] += 1

    one()
    return statuses


def _put_days_in_order(case: Any) -> None:
    """That ``from`` is not after ``to`` is the one rule that a schema cannot state."""
    days = case.query or {}
    if {"from", "to"} <= days.keys():
        case.query = {**days, "from": min(days["from"], days["to"]), "to": max(days["from"], days["to"])}


@pytest.mark.parametrize("path", [*VIEWS, "/health"])
def test_whatever_may_be_asked_is_answered_as_described(store: Engine, path: str) -> None:
    statuses = ask(store, path, GenerationMode.POSITIVE, ident(1) if "{id}" in path else None)
    assert statuses[200] > 0
    assert statuses.keys() <= {200, 404, 422}


@pytest.mark.parametrize("path", [view for view in VIEWS if "{id}" in view])
def test_students_that_are_not_there_are_answered_as_described(store: Engine, path: str) -> None:
    assert ask(store, path, GenerationMode.POSITIVE).keys() <= {404, 422}


@pytest.mark.parametrize("path", [view for view in VIEWS if view != "/v1/sources"])
def test_what_may_not_be_asked_is_refused_as_described(store: Engine, path: str) -> None:
    assert ask(store, path, GenerationMode.NEGATIVE)[422] > 0


@pytest.mark.parametrize("model", [Students, StudentCard, Grades, Absences, Sources, Problem])
def test_examples_fit(model: type[BaseModel]) -> None:
    examples: Any = (model.model_config.get("json_schema_extra") or {})
    assert isinstance(examples, dict)
    assert examples["examples"]
    for example in examples["examples"]:
        shown = model.model_validate(example).model_dump(mode="json", exclude_none=model is Problem)
        assert shown == example


def test_the_document(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert sorted(document["paths"]) == sorted([*VIEWS, "/health"])
    for path in VIEWS:
        (operation,) = document["paths"][path].items()
        assert operation[0] == "get"
        assert operation[1]["security"] == [{"key": []}]
        answers = operation[1]["responses"]
        assert {"200", "401", "422", "500"} <= answers.keys()
        assert ("404" in answers) is (path != "/v1/sources")
        for status, answer in answers.items():
            wanted = "application/json" if status == "200" else "application/problem+json"
            assert list(answer["content"]) == [wanted]
    assert document["components"]["schemas"]["Students"]["examples"]


def test_the_document_says_what_null_means(document: dict[str, Any]) -> None:
    text = document["info"]["description"] + str(document["components"]["schemas"]["Meta"])
    for word in ("never read", "not_offered", "`null`", "`[]`"):
        assert word in text
