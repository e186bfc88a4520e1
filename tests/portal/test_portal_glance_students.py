"""What a class at a glance says of each student: slipping subjects, absence, lateness, sickness."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from sqlalchemy import Engine

from tests.portal.office import Office
from tests.portal.school import NOW

MONDAY = date(2026, 2, 23)
TODAY = date(2026, 3, 2)
"""A Monday too."""


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def office(sqlite_engine: Engine) -> Office:
    return Office(sqlite_engine)


def glance(office: Office) -> Any:
    return office.ask("MEN", f"/v1/groups/{office.home}/glance")


def only(office: Office) -> Any:
    (student,) = glance(office)["students"]
    return student


# Slipping subjects.


def graded(office: Office, *marks: tuple[str, str], subject: str | None = None, **fields: Any) -> str:
    """A student with these marks, each in a period."""
    student = office.pupil("Voorbeeld")
    more(office, student, *marks, subject=subject, **fields)
    return student


def more(office: Office, student: str, *marks: tuple[str, str], subject: str | None = None, **fields: Any) -> None:
    periods: dict[str, str] = {}
    for n, (period, mark) in enumerate(marks):
        if period not in periods:
            periods[period] = office.period(office.lyceum, period, office.this_year, date(2025, 8, 1 + len(periods)))
        column = office.column(
            office.lyceum, subject or office.french, f"T{n}", grading_period_id=periods[period], **fields
        )  # fmt: skip
        office.grade(office.lyceum, student, column, mark)


def test_a_subject_below_the_pass_mark(office: Office) -> None:
    graded(office, ("P1", "5,0"), ("P1", "5,6"))
    (slip,) = only(office)["slips"]
    assert (slip["subject"]["code"], slip["reasons"], slip["average"]) == ("fa", ["insufficient"], "5.3")
    assert slip["origin"] == "computed"


@pytest.mark.parametrize(
    ("marks", "slipping"),
    [
        # Shown as 5.5, which is sufficient.
        ([("P1", "5,5")], []),
        ([("P1", "5,4")], [["insufficient"]]),
        ([("P1", "8,0"), ("P2", "7,4")], [["falling"]]),
        ([("P1", "8,0"), ("P2", "7,5")], []),
        ([("P1", "6,0"), ("P2", "4,0")], [["insufficient", "falling"]]),
        # Up again: only the last two periods matter.
        ([("P1", "8,0"), ("P2", "6,0"), ("P3", "6,0")], []),
    ],
    ids=str,
)
def test_what_makes_a_subject_slip(office: Office, marks: list[tuple[str, str]], slipping: list[list[str]]) -> None:
    graded(office, *marks)
    assert [slip["reasons"] for slip in only(office)["slips"]] == slipping


def test_a_fall_says_from_where_to_where(office: Office) -> None:
    graded(office, ("P1", "8,0"), ("P2", "7,0"))
    (slip,) = only(office)["slips"]
    assert [(slip[at]["period"]["code"], slip[at]["average"]) for at in ("before", "latest")] == [
        ("P1", "8.0"), ("P2", "7.0")
    ]  # fmt: skip


def test_the_sources_own_average_goes_before_a_computed_one(office: Office) -> None:
    student = graded(office, ("P1", "4,0"))
    column = office.column(office.lyceum, office.french, "GEM", None, "average")
    office.grade(office.lyceum, student, column, "6,0")
    assert only(office)["slips"] == []


def test_the_sources_own_word_goes_before_the_pass_mark(office: Office) -> None:
    student = graded(office, ("P1", "8,0"))
    column = office.column(office.lyceum, office.french, "GEM", None, "average")
    office.grade(office.lyceum, student, column, "5,8", sufficient=False)
    (slip,) = only(office)["slips"]
    assert (slip["average"], slip["origin"], slip["reasons"]) == ("5.8", "source", ["insufficient"])


def test_a_subject_that_cannot_be_judged_is_named(office: Office) -> None:
    student = office.pupil("Voorbeeld")
    office.grade(office.lyceum, student, office.column(office.lyceum, office.french, "T1", None), "2,0")
    found = only(office)
    assert found["slips"] == []
    assert [(one["subject"]["code"], one["reason"]) for one in found["unjudged"]] == [("fa", "weights_unknown")]


def test_an_exempt_subject_does_not_slip(office: Office) -> None:
    student = graded(office, ("P1", "2,0"))
    office.put("student_subject", office.lyceum, student_id=student, subject_id=office.french, exempt=True)
    found = only(office)
    assert (found["slips"], found["unjudged"]) == ([], [])


def test_last_years_subjects_are_not_looked_at(office: Office) -> None:
    student = graded(office, ("P1", "8,0"))
    before = office.year(office.lyceum, "2425", date(2024, 8, 1), date(2025, 7, 31))
    period = office.period(office.lyceum, "P9", before)
    column = office.column(office.lyceum, office.subject(office.lyceum, "en"), "T9", grading_period_id=period)
    office.grade(office.lyceum, student, column, "2,0")
    assert only(office)["slips"] == []


def test_a_mark_of_another_student_is_not_this_ones(office: Office) -> None:
    graded(office, ("P1", "2,0"))
    office.pupil("Aalders")
    found = {one["name"]["last_name"]: len(one["slips"]) for one in glance(office)["students"]}
    assert found == {"Aalders": 0, "Voorbeeld": 1}


# Absence, lateness, sickness.


def test_unexcused_and_unresolved_hours_with_their_days(office: Office) -> None:
    student = office.pupil("Voorbeeld")
    office.missed(student, MONDAY, 7)
    office.missed(student, MONDAY + timedelta(days=1), 6)
    office.missed(student, TODAY, 4, excused=None)
    absence = only(office)["absence"]
    assert (absence["unexcused"], absence["unresolved"], absence["counting"]) == ("13", "4", "13")
    assert (absence["unresolved_days"], absence["reports"]) == (["2026-03-02"], [])
    assert absence["if_confirmed"] == {
        "kind": "sixteen_hours", "first": "2026-02-23", "last": "2026-03-02", "hours": "17", "follow_up": False,
        "suffices": False,
    }  # fmt: skip


def test_sixteen_hours_are_told_with_their_days(office: Office) -> None:
    student = office.pupil("Voorbeeld")
    office.missed(student, MONDAY, 8, minutes=70)
    office.missed(student, MONDAY + timedelta(days=1), 6, minutes=70)
    (report,) = only(office)["absence"]["reports"]
    assert (report["first"], report["last"], report["hours"]) == ("2026-02-23", "2026-02-24", "16.33")


def test_a_double_lesson_counts_by_its_hours_however_it_is_noted(office: Office) -> None:
    begins = datetime(2026, 2, 23, 8, tzinfo=UTC)
    for name, last_hour, hours in (("Een", 2, [None]), ("Twee", 2, [1, 2]), ("Vaag", None, [1, 2])):
        student = office.pupil(name)
        lesson = office.lesson(
            office.lyceum, begins, begins + timedelta(minutes=100), first_hour=1, last_hour=last_hour
        )  # fmt: skip
        for hour in hours:
            office.seen(office.lyceum, student, "absent", False, MONDAY, lesson_id=lesson, hour=hour)
    assert [student["absence"]["unexcused"] for student in glance(office)["students"]] == ["2", "2", "2"]


def test_a_notice_explains_what_was_seen(office: Office) -> None:
    student = office.pupil("Voorbeeld")
    office.missed(student, MONDAY, 4, excused=None)
    office.notice(student, "sick", datetime(2026, 2, 23, 7, tzinfo=UTC), datetime(2026, 2, 23, 10, 30, tzinfo=UTC))
    found = only(office)
    # The lessons begin at 8, 9, 10 and 11.
    assert found["absence"]["unresolved"] == "1"
    assert found["sick"]["episodes"] == [{"first": "2026-02-23", "last": "2026-02-23", "school_days": 1}]


def test_lateness_with_the_schools_own_steps(office: Office) -> None:
    student = office.pupil("Voorbeeld")
    office.missed(student, MONDAY, 4, "late", None)
    office.missed(student, MONDAY, 2, "late", True, hour=5)
    assert only(office)["late"] == {"count": 4, "step": 1}
    office.decide(late_steps=[2, 4, 10])
    assert only(office)["late"] == {"count": 4, "step": 2}


def test_very_late_is_absent_where_the_school_says_so(office: Office) -> None:
    student = office.pupil("Voorbeeld")
    office.missed(student, MONDAY, kind="late", excused=None)
    begins = datetime(2026, 2, 23, 8, tzinfo=UTC)
    office.notice(student, "late", begins, begins + timedelta(minutes=21))
    office.decide(late_to_lesson_minutes=20)
    found = only(office)
    assert (found["late"]["count"], found["absence"]["unexcused"]) == (0, "1")


def test_holidays_of_the_school_lie_outside_the_window(office: Office) -> None:
    student = office.pupil("Voorbeeld")
    office.missed(student, date(2026, 1, 26), 8)
    office.missed(student, date(2026, 2, 24), 8)
    assert only(office)["absence"]["reports"] == []
    office.decide(holidays=[{"first": "2026-02-14", "last": "2026-02-22"}])
    assert [report["last"] for report in only(office)["absence"]["reports"]] == ["2026-02-24"]


def test_a_holiday_without_leave(office: Office) -> None:
    student = office.pupil("Voorbeeld")
    reason = office.put(
        "absence_reason", office.lyceum, code="LX", attendance_kind="absent", luxury=True, retired=False
    )  # fmt: skip
    for day in (date(2025, 7, 3), MONDAY):
        office.missed(student, day, 2, reason_id=reason)
    assert only(office)["absence"]["luxury"] == [{"first": "2026-02-23", "last": "2026-02-23", "school_days": 1}]


def test_absence_is_counted_from_the_first_day_of_the_school_year(office: Office) -> None:
    student = office.pupil("Voorbeeld")
    office.missed(student, date(2025, 7, 31), 5)
    office.missed(student, date(2025, 8, 1), 1)
    found = glance(office)
    assert found["school_year_begins"] == "2025-08-01"
    assert found["students"][0]["absence"]["unexcused"] == "1"


def test_last_years_absence_counts_towards_this_years_signals_alone(office: Office) -> None:
    student = office.pupil("Voorbeeld")
    office.decide(holidays=[{"first": "2025-07-05", "last": "2025-08-17"}])
    office.missed(student, date(2025, 7, 4), 8)
    office.missed(student, date(2025, 7, 4), 3, "late", None, hour=9)
    office.missed(student, date(2025, 8, 18), 8)
    found = only(office)
    assert (found["absence"]["unexcused"], found["late"]["count"]) == ("8", 0)
    assert [report["first"] for report in found["absence"]["reports"]] == ["2025-07-04"]


def test_cancelled_lessons_and_gone_rows_do_not_count(office: Office) -> None:
    student = office.pupil("Voorbeeld")
    begins = datetime(2026, 2, 23, 8, tzinfo=UTC)
    lesson = office.lesson(office.lyceum, begins, begins + timedelta(minutes=50), status="cancelled")
    office.seen(office.lyceum, student, "absent", False, MONDAY, lesson_id=lesson)
    office.seen(office.lyceum, student, "absent", False, MONDAY, gone=True)
    assert only(office)["absence"]["unexcused"] == "0"


def test_numbers_are_decimal_texts(office: Office) -> None:
    student = office.pupil("Voorbeeld")
    office.missed(student, MONDAY, 1, minutes=100)
    assert Decimal(only(office)["absence"]["unexcused"]) == Decimal("1.67")
