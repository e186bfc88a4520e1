"""A student's grade overview."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from tests.portal.marks import rules
from tests.portal.office import Office
from tests.portal.school import School, ident


@pytest.fixture
def source(school: School) -> int:
    return school.source("lyceum")


@pytest.fixture
def student(school: School, source: int) -> str:
    return school.student(source)


@pytest.fixture
def year(school: School, source: int) -> str:
    return school.year(source)


@pytest.fixture
def french(school: School, source: int) -> str:
    return school.subject(source, "fa", "Frans")


def overview(client: TestClient, student: str) -> Any:
    answer = client.get(f"/v1/students/{student}/grades")
    assert answer.status_code == 200, answer.text
    return answer.json()


def only(client: TestClient, student: str) -> Any:
    """The only subject of the overview."""
    (subject,) = overview(client, student)["subjects"]
    return subject


def year_average(client: TestClient, student: str) -> tuple[str | None, str | None]:
    computed = only(client, student)["computed"]["year"]
    assert (computed["origin"], computed["label"]) == ("computed", "berekend")
    return computed["value"], computed["reason"]


def test_a_test_with_a_resit_to_the_letter(
    school: School, client: TestClient, source: int, student: str, french: str, year: str
) -> None:
    period = school.period(source, "P1", year)
    column = school.column(source, french, "T1", "2", title="Vocabulaire", grading_period_id=period, exam_column=False,
                           held_on=date(2025, 10, 6), resit_policy="best", resit_attempts=1)  # fmt: skip
    entered = datetime(2025, 10, 8, 13, 5, tzinfo=UTC)
    school.grade(source, student, column, "4,8", sufficient=False, entered_at=entered)
    school.grade(source, student, column, "6,7", 2, sufficient=True, weight=None, achieved_on=date(2025, 10, 16))
    subject = only(client, student)
    assert subject["subject"] == {"id": french, "code": "fa", "name": "Frans"}
    assert subject["school_year"] == {"id": year, "code": "2526", "name": None}
    shared = {"label": None, "status": "scored", "counts": True, "weight": None}
    assert subject["tests"] == [{
        "id": column, "code": "T1", "title": "Vocabulaire", "kind": "test", "held_on": "2025-10-06",
        "period": {"id": period, "code": "P1", "name": None}, "weight": "2", "exam_weight": None,
        "exam_column": False, "resit_policy": "best", "part_of": None, "retired": False, "result": "6.7",
        "attempts": [
            {"number": 1, "raw_text": "4,8", "score": "4.8", "sufficient": False, "achieved_on": None,
             "entered_at": "2025-10-08T13:05:00Z", "is_effective": False, "version": 1, "changed": False, **shared},
            {"number": 2, "raw_text": "6,7", "score": "6.7", "sufficient": True, "achieved_on": "2025-10-16",
             "entered_at": None, "is_effective": True, "version": 1, "changed": False, **shared},
        ],
    }]  # fmt: skip
    assert subject["computed"]["year"] == {
        "origin": "computed", "label": "berekend", "value": "6.7", "reason": None, "counted": 1
    }  # fmt: skip
    assert subject["totals"] == {"sufficient": 1, "insufficient": 0, "neutral": 0}


def test_r8_the_weighted_average_of_a_subject(
    school: School, client: TestClient, source: int, student: str, french: str
) -> None:
    for code, weight, text in (("T1", "1", "7,0"), ("T2", "2", "5,0")):
        school.grade(source, student, school.column(source, french, code, weight), text)
    assert year_average(client, student) == ("5.7", None)


def test_r9_the_sources_own_average_stands_beside_and_never_in(
    school: School, client: TestClient, source: int, student: str, french: str
) -> None:
    for code, kind, text in (("T1", "test", "8,0"), ("GEM", "average", "8,00"), ("T2", "test", "6,0"),
                             ("RAP", "report", "7")):  # fmt: skip
        column = school.column(source, french, code, "1", kind)
        school.grade(source, student, column, text)
    subject = only(client, student)
    assert subject["computed"]["year"]["value"] == "7.0"
    assert [test["code"] for test in subject["tests"]] == ["T1", "T2"]
    assert [(mark["origin"], mark["code"], mark["kind"], mark["raw_text"]) for mark in subject["source_marks"]] == [
        ("source", "GEM", "average", "8,00"), ("source", "RAP", "report", "7"),
    ]  # fmt: skip


def test_r10_without_all_weights_there_is_no_average(
    school: School, client: TestClient, source: int, student: str, french: str
) -> None:
    school.grade(source, student, school.column(source, french, "T1", "1"), "7,0")
    school.grade(source, student, school.column(source, french, "T2", None), "5,0")
    assert year_average(client, student) == (None, "weights_unknown")


def test_r17_without_a_policy_all_attempts_are_shown_and_none_is_chosen(
    school: School, client: TestClient, source: int, student: str, french: str
) -> None:
    column = school.column(source, french, "T1", "1")
    school.grade(source, student, column, "4,8")
    school.grade(source, student, column, "6,7", 2)
    school.grade(source, student, column, "inh", 3, status="to_be_made_up", label=None)
    subject = only(client, student)
    (test,) = subject["tests"]
    assert [attempt["is_effective"] for attempt in test["attempts"]] == [None, None, False]
    assert test["result"] is None
    assert subject["computed"]["year"]["reason"] == "resit_policy_unknown"
    assert subject["totals"] == {"sufficient": 0, "insufficient": 0, "neutral": 0}


def test_r17_the_mean_of_attempts(school: School, client: TestClient, source: int, student: str, french: str) -> None:
    column = school.column(source, french, "T1", "1", resit_policy="average")
    school.grade(source, student, column, "4,8", sufficient=False)
    school.grade(source, student, column, "6,7", 2, sufficient=True)
    subject = only(client, student)
    assert subject["tests"][0]["result"] == "5.8"
    assert [attempt["is_effective"] for attempt in subject["tests"][0]["attempts"]] == [True, True]
    assert subject["totals"] == {"sufficient": 1, "insufficient": 0, "neutral": 0}


def test_r6_totals_count_each_result_once(
    school: School, client: TestClient, source: int, student: str, french: str
) -> None:
    plain: list[tuple[str, dict[str, Any]]] = [
        ("5,5", {"sufficient": True}), ("5,4", {"sufficient": False}), ("8,0", {"sufficient": None}),
        ("9,0", {"sufficient": True, "weight": Decimal(0)}), ("3,0", {"sufficient": False, "counts": False}),
    ]  # fmt: skip
    for number, (text, fields) in enumerate(plain):
        school.grade(source, student, school.column(source, french, f"T{number}", order=number), text, **fields)
    composite = school.column(source, french, "S", kind="composite", order=8)
    part = school.column(source, french, "S1", order=9, parent_id=composite)
    school.grade(source, student, composite, "7,0", sufficient=True)
    school.grade(source, student, part, "7,0", sufficient=True)
    subject = only(client, student)
    found = [attempt["sufficient"] for test in subject["tests"] for attempt in test["attempts"]]
    assert found == [True, False, None, None, None, True, True]
    assert subject["totals"] == {"sufficient": 2, "insufficient": 1, "neutral": 2}
    assert subject["tests"][-1]["part_of"] == composite


def test_r6_a_source_without_flags_is_judged_by_the_pass_mark(
    school: School, client: TestClient, source: int, student: str, french: str
) -> None:
    for code, text in (("T1", "5,5"), ("T2", "5,4"), ("T3", "V")):
        school.grade(source, student, school.column(source, french, code), text)
    assert only(client, student)["totals"] == {"sufficient": 1, "insufficient": 1, "neutral": 1}


def test_r6_the_pass_mark_is_the_schools(
    school: School, client: TestClient, source: int, student: str, french: str
) -> None:
    rules(school, source, marking={"pass_mark": "6"})
    for code, text in (("T1", "6,0"), ("T2", "5,9")):
        school.grade(source, student, school.column(source, french, code), text)
    assert only(client, student)["totals"] == {"sufficient": 1, "insufficient": 1, "neutral": 0}


def test_r7_a_letter_counts_by_the_schools_own_number(
    school: School, client: TestClient, source: int, student: str, french: str
) -> None:
    for code, text in (("T1", "V"), ("T2", "8,0")):
        school.grade(source, student, school.column(source, french, code), text)
    assert year_average(client, student) == ("8.0", None)
    rules(school, source, marking={"letters": {"O": 4, "V": 6, "G": 8}})
    assert year_average(client, student) == ("7.0", None)


@pytest.mark.parametrize(("weights", "expected"), [({}, "5.5"), ({"P2": 2}, "5.0")])
def test_r11_the_mean_of_the_periods(
    school: School, client: TestClient, source: int, student: str, french: str, year: str, weights: dict[str, int],
    expected: str,
) -> None:  # fmt: skip
    rules(school, source, marking={"period_weights": weights})
    for code, weight, mark, begins in (("P1", "1", "7,0", date(2025, 8, 1)), ("P2", "3", "4,0", date(2025, 11, 15))):
        period = school.period(source, code, year, begins)
        school.grade(source, student, school.column(source, french, code, weight, grading_period_id=period), mark)
    assert only(client, student)["computed"]["of_periods"]["value"] == expected


def test_r11_each_period_and_all_so_far(
    school: School, client: TestClient, source: int, student: str, french: str, year: str
) -> None:
    first = school.period(source, "P1", year, date(2025, 8, 1))
    second = school.period(source, "P2", year, date(2025, 11, 15))
    school.grade(source, student, school.column(source, french, "T2", "3", grading_period_id=second), "4,0")
    school.grade(source, student, school.column(source, french, "T1", "1", grading_period_id=first), "7,0")
    found = only(client, student)["computed"]["periods"]
    assert [(each["period"]["code"], each["average"]["value"], each["progressive"]["value"]) for each in found] == [
        ("P1", "7.0", "7.0"), ("P2", "4.0", "4.8"),
    ]  # fmt: skip


def test_r12_years_are_apart_and_the_exam_dossier_reaches_back(
    school: School, client: TestClient, source: int, student: str, french: str, year: str
) -> None:
    before = school.year(source, "2425", date(2024, 8, 1), date(2025, 7, 31))
    old, new = school.period(source, "P4", before), school.period(source, "P1", year)
    exam: dict[str, Any] = {"exam_weight": Decimal(1), "exam_column": True}
    school.grade(source, student, school.column(source, french, "SE1", "1", grading_period_id=old, **exam), "6,0")
    school.grade(source, student, school.column(source, french, "SE2", "1", grading_period_id=new, **exam), "8,0")
    school.grade(source, student, school.column(source, french, "T1", "1", grading_period_id=new), "4,0")
    found = {
        subject["school_year"]["code"]: (
            subject["computed"]["year"]["value"], subject["computed"]["exam"]["value"]
        )
        for subject in overview(client, student)["subjects"]
    }  # fmt: skip
    assert found == {"2526": ("6.0", "7.0"), "2425": ("6.0", "6.0")}
    assert list(found) == ["2526", "2425"]


def test_a_column_without_a_period_is_of_the_year_that_its_day_falls_in(
    school: School, client: TestClient, source: int, student: str, french: str, year: str
) -> None:
    before = school.year(source, "2425", date(2024, 8, 1), date(2025, 7, 31))
    school.grade(source, student, school.column(source, french, "T1", held_on=date(2025, 10, 1)), "8,0")
    school.grade(source, student, school.column(source, french, "T2"), "7,0",
                 entered_at=datetime(2025, 7, 31, 21, 59, tzinfo=UTC))  # fmt: skip
    school.grade(source, student, school.column(source, french, "T3"), "6,0",
                 entered_at=datetime(2025, 7, 31, 22, 0, tzinfo=UTC))  # fmt: skip
    school.grade(source, student, school.column(source, french, "T4"), "5,0")
    found = [
        (subject["school_year"] and subject["school_year"]["id"], [test["code"] for test in subject["tests"]],
         subject["computed"]["year"]["reason"])
        for subject in overview(client, student)["subjects"]
    ]  # fmt: skip
    assert found == [
        (year, ["T3", "T1"], None), (before, ["T2"], None), (None, ["T4"], "school_year_unknown")
    ]  # fmt: skip


def test_r13_the_mean_of_subjects(school: School, client: TestClient, source: int, student: str, french: str) -> None:
    maths = school.subject(source, "wi")
    for code in ("T1", "T2", "T3"):
        school.grade(source, student, school.column(source, french, code), "9,0")
    school.grade(source, student, school.column(source, maths, "T1"), "6,0")
    answer = overview(client, student)
    assert [mean["mean"]["value"] for mean in answer["means"]] == ["7.5"]
    assert [subject["subject"]["code"] for subject in answer["subjects"]] == ["fa", "wi"]


def test_r14_special_results_are_shown_with_their_own_text(
    school: School, client: TestClient, source: int, student: str, french: str
) -> None:
    school.grade(source, student, school.column(source, french, "T1", "1"), "6,0")
    school.grade(source, student, school.column(source, french, "T2", "3"), "Vr", status="exempt", label=None)
    school.grade(source, student, school.column(source, french, "T3", "3"), "Inh", status="to_be_made_up", label=None)
    subject = only(client, student)
    assert subject["computed"]["year"]["value"] == "6.0"
    assert [(test["attempts"][0]["raw_text"], test["attempts"][0]["status"]) for test in subject["tests"]] == [
        ("6,0", "scored"), ("Vr", "exempt"), ("Inh", "to_be_made_up"),
    ]  # fmt: skip


def test_r14_an_exempt_subject_has_no_average(
    school: School, client: TestClient, source: int, student: str, french: str
) -> None:
    school.put("student_subject", source, student_id=student, subject_id=french, exempt=True)
    school.grade(source, student, school.column(source, french, "T1"), "6,0")
    assert only(client, student)["exempt"] is True
    assert year_average(client, student) == (None, "exempt")


def test_a_result_whose_column_is_not_in_is_shown_and_stops_the_averages(
    school: School, client: TestClient, source: int, student: str, french: str
) -> None:
    school.grade(source, student, school.column(source, french, "T1"), "6,0")
    school.grade(source, student, ident(900), "9,0")
    gone = school.column(source, french, "T9", gone=True)
    school.grade(source, student, gone, "8,0")
    known, unknown = overview(client, student)["subjects"]
    assert (known["computed"]["year"]["value"], known["computed"]["year"]["reason"]) == (None, "column_missing")
    assert unknown["subject"] is None
    assert {(test["id"], test["code"], test["attempts"][0]["raw_text"]) for test in unknown["tests"]} == {
        (ident(900), None, "9,0"), (gone, None, "8,0")
    }  # fmt: skip


def test_a_result_without_number_whose_column_is_not_in_does_no_harm(
    school: School, client: TestClient, source: int, student: str, french: str
) -> None:
    school.grade(source, student, school.column(source, french, "T1"), "6,0")
    school.grade(source, student, ident(900), "Inh", status="to_be_made_up", label=None)
    known, _ = overview(client, student)["subjects"]
    assert known["computed"]["year"]["value"] == "6.0"


def test_subject_and_period_that_are_not_in_do_not_crash(
    school: School, client: TestClient, source: int, student: str
) -> None:
    column = school.column(source, ident(901), "T1", grading_period_id=ident(902))
    school.grade(source, student, column, "6,0")
    subject = only(client, student)
    assert subject["subject"] == {"id": ident(901), "code": None, "name": None}
    assert subject["tests"][0]["period"] == {"id": ident(902), "code": None, "name": None}
    assert subject["computed"]["year"]["value"] == "6.0"


def test_grades_of_others_and_grades_that_are_gone_are_not_shown(
    school: School, client: TestClient, source: int, student: str, french: str
) -> None:
    other_source = school.source("college")
    column = school.column(source, french, "T1")
    school.grade(source, student, column, "6,0")
    school.grade(source, student, column, "1,0", 2, gone=True)
    school.grade(source, school.student(source, "Ander"), column, "2,0")
    school.grade(other_source, student, column, "3,0")
    assert [attempt["raw_text"] for attempt in only(client, student)["tests"][0]["attempts"]] == ["6,0"]


def test_records_that_two_sources_share_are_each_sources_own(
    school: School, client: TestClient, source: int, student: str, french: str
) -> None:
    other = school.source("college")
    column = school.column(source, french, "T1", "1")
    school.put("subject", other, id=french, code="FRA", name="Francais")
    school.put("assessment", other, id=column, subject_id=french, code="X", assessment_kind="test", retired=False)
    school.grade(source, student, column, "6,0")
    subject = only(client, student)
    assert subject["subject"]["code"] == "fa"
    assert [(test["code"], len(test["attempts"])) for test in subject["tests"]] == [("T1", 1)]


@pytest.mark.parametrize(("entities", "expected"), [
    ([("grades", ("grade",), False)], "unknown"), ([("students", ("student",), True)], "not_offered"),
])  # fmt: skip
def test_not_read_is_not_none(
    school: School, client: TestClient, entities: list[tuple[str, tuple[str, ...], bool]], expected: str
) -> None:
    source = school.source("college", entities=())
    for entity, kinds, read in entities:
        school.entity(source, entity, kinds)
        if not read:
            school.state(source, entity, fresh_at=None, complete_at=None)
    answer = overview(client, school.student(source))
    assert answer["subjects"] is None
    assert answer["means"] is None
    assert answer["meta"]["completeness"] == {"grades": expected}


def test_read_and_nothing_there_is_an_empty_list(school: School, client: TestClient, student: str) -> None:
    answer = overview(client, student)
    assert (answer["subjects"], answer["means"]) == ([], [])
    assert answer["meta"]["completeness"] == {"grades": "complete"}


def test_open_quarantine_makes_it_partial(school: School, client: TestClient, source: int, student: str) -> None:
    school.quarantine(source, "grades", "closed", closed=True)
    assert overview(client, student)["meta"]["completeness"] == {"grades": "complete"}
    school.quarantine(source, "grades", "open")
    assert overview(client, student)["meta"]["completeness"] == {"grades": "partial"}


def test_r57_means_and_points_are_not_for_who_sees_some_of_the_subjects(sqlite_engine: Engine) -> None:
    office = Office(sqlite_engine)
    student = office.pupil("Voorbeeld")
    office.member_of_staff("DOC", office.home, "teacher", office.french)
    for subject, text in ((office.french, "5"), (office.subject(office.lyceum, "du"), "4")):
        office.grade(office.lyceum, student, office.column(office.lyceum, subject, "RAP", kind="report"), text)
    whole, own = (office.ask(who, f"/v1/students/{student}/grades") for who in ("MEN", "DOC"))
    assert [points["deficit"] for points in whole["points"]] == ["3"]
    assert [subject["subject"]["code"] for subject in own["subjects"]] == ["fa"]
    assert (own["means"], own["points"]) == (None, None)
