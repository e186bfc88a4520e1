"""How soon after a test its results are entered (R79)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import Engine

from portal.promptness import Entry, Figures, figures
from portal.schooldays import Calendar, calendar
from tests.portal.office import Office
from tests.portal.school import ENTITIES, NOW

MONDAY = date(2026, 2, 2)
NO_HOLIDAYS = Calendar()


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


class Entering(Office):
    """Two groups for French, each with a teacher and one student; an administrator."""

    def __init__(self, engine: Engine, **source: Any) -> None:
        super().__init__(engine, **source)
        self.sign_in("ADM", "administrator", self.lyceum, None, way="password+totp")
        self.groups = {code: self._group(code) for code in ("fa1", "fa2")}
        self.students = {code: self._student(code) for code in self.groups}
        for code, group in self.groups.items():
            self.member_of_staff(f"T-{code}", group, "teacher", self.french)

    def _group(self, code: str) -> str:
        return self.group(self.lyceum, code, "section", school_year_id=self.this_year)

    def _student(self, code: str) -> str:
        student = self.pupil(code)
        self.joins(student, self.groups[code])
        return student

    def joins(self, student: str, group: str, **fields: Any) -> None:
        self.put("group_member", self.lyceum, student_id=student, group_id=group, **fields)

    def test(self, held_on: date | None, *entered: tuple[str, date | None], **fields: Any) -> str:
        """A test with results of these students, entered on these days at noon."""
        column = self.column(self.lyceum, self.french, f"T{self.last}", held_on=held_on, **fields)
        for student, day in entered:
            self.enters(column, student, day)
        return column

    def enters(self, column: str, student: str, day: date | None, **fields: Any) -> None:
        at = None if day is None else datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        self.grade(self.lyceum, student, column, "6,0", entered_at=at, **fields)

    def figures(self, who: str = "ADM", **query: Any) -> dict[str | None, tuple[Any, ...]]:
        """(tests, within the norm, median, most, unmeasured) of each group by its code."""
        found = self.ask(who, "/v1/promptness", **query)["groups"]
        return {
            one["group"] and one["group"]["code"]: tuple(
                one[part] for part in ("tests", "within_norm", "median_days", "most_days", "unmeasured")
            )
            for one in found
        }  # fmt: skip


@pytest.fixture
def school(engine: Engine) -> Entering:
    return Entering(engine)


def after(days: int) -> date:
    return MONDAY + timedelta(days=days)


# The counting.


@pytest.mark.parametrize(
    ("entered", "days"), [(0, 0), (1, 1), (4, 4), (5, 4), (6, 4), (7, 5), (14, 10), (15, 11)]
)
def test_days_are_school_days_after_that_of_the_test(entered: int, days: int) -> None:
    at = datetime(2026, 2, 2, 12, tzinfo=UTC) + timedelta(days=entered)
    got = figures([Entry(MONDAY, at)], 10, NO_HOLIDAYS)
    assert got == Figures((days,), int(days <= 10), 0)


def test_holidays_do_not_count() -> None:
    at = datetime(2026, 2, 23, 12, tzinfo=UTC)
    assert figures([Entry(MONDAY, at)], 10, calendar([(after(7), after(13))])) == Figures((10,), 1, 0)


def test_the_day_of_entry_is_that_at_school() -> None:
    # 00:30 on Tuesday.
    assert figures([Entry(MONDAY, datetime(2026, 2, 2, 23, 30, tzinfo=UTC))], 10, NO_HOLIDAYS).days == (1,)


@pytest.mark.parametrize("entry", [
    Entry(None, datetime(2026, 2, 2, 12, tzinfo=UTC)), Entry(MONDAY, None),
    Entry(MONDAY, datetime(2026, 2, 1, 12, tzinfo=UTC)),
], ids=str)  # fmt: skip
def test_what_cannot_be_measured_is_counted_apart(entry: Entry) -> None:
    assert figures([entry], 10, NO_HOLIDAYS) == Figures((), 0, 1)


# From the tables.


def test_the_first_result_of_each_group_counts(school: Entering) -> None:
    second = school.pupil("tweede")
    school.joins(second, school.groups["fa1"])
    school.test(MONDAY, (school.students["fa1"], after(9)), (second, after(7)), (school.students["fa2"], after(15)))
    assert school.figures() == {"fa1": (1, 1, 5, 5, 0), "fa2": (1, 0, 11, 11, 0)}


def test_tests_of_a_group_are_taken_together(school: Entering) -> None:
    one = school.students["fa1"]
    for days in (1, 2, 7, 21):
        school.test(MONDAY, (one, after(days)))
    school.test(MONDAY, (one, None))
    school.test(None, (one, after(3)))
    assert school.figures() == {"fa1": (4, 3, 5, 15, 2)}


def test_the_schools_own_norm_and_holidays(school: Entering) -> None:
    school.test(MONDAY, (school.students["fa1"], after(7)))
    school.decide(entry_norm_days=4)
    (group,) = school.ask("ADM", "/v1/promptness")["groups"]
    assert (group["within_norm"], group["norm_days"], group["median_days"]) == (0, 4, 5)


def test_who_teaches_the_group(school: Entering) -> None:
    school.test(MONDAY, (school.students["fa1"], after(1)))
    english = school.subject(school.lyceum, "en")
    school.member_of_staff("ENG", school.groups["fa1"], "teacher", english)
    (group,) = school.ask("ADM", "/v1/promptness")["groups"]
    assert [teacher["code"] for teacher in group["teachers"]] == ["T-fa1"]
    assert (group["source"], group["subject"]["code"]) == ("lyceum", "fa")


def test_a_student_with_two_groups_or_none_is_of_no_known_group(school: Entering) -> None:
    both, none = school.pupil("beide"), school.pupil("geen")
    for group in school.groups.values():
        school.joins(both, group)
    school.test(MONDAY, (both, after(1)), (none, after(2)), (school.students["fa1"], after(3)))
    assert school.figures() == {"fa1": (1, 1, 3, 3, 0), None: (1, 1, 1, 1, 0)}
    assert [one["teachers"] for one in school.ask("ADM", "/v1/promptness")["groups"] if not one["group"]] == [[]]


def test_a_group_that_was_left_or_is_of_another_year_does_not_make_it_unknown(school: Entering) -> None:
    one = school.students["fa1"]
    school.joins(one, school.groups["fa2"], ends=after(-1))
    last_year = school.year(school.lyceum, "2425", date(2024, 8, 1), date(2025, 7, 31))
    before = school.group(school.lyceum, "2fa", "section", school_year_id=last_year)
    school.joins(one, before)
    school.member_of_staff("OLD", before, "teacher", school.french)
    school.test(MONDAY, (one, after(1)))
    assert school.figures() == {"fa1": (1, 1, 1, 1, 0)}


def test_only_a_group_in_which_the_subject_is_taught_to_the_student_on_that_day(sqlite_engine: Engine) -> None:
    """What is gone, has yet to begin or is of another source, and who mentors, make nothing unknown."""
    school = Entering(sqlite_engine)
    one, teacher = school.students["fa1"], school.put("staff", school.lyceum, code="X", last_name="X")
    other = school.groups["fa2"]
    school.joins(one, other, gone=True)
    school.joins(one, other, begins=after(1))
    for fields in ({"gone": True}, {"left_on": after(-1)}):
        school.put("enrolment", school.lyceum, student_id=one, homeroom_id=other, **fields)
    part = {"staff_id": teacher, "subject_id": school.french}
    for group in (school.groups["fa1"], school._group("fa3")):
        school.put("group_staff", school.lyceum, group_id=group, role="teacher", gone=True, **part)
        school.put("group_staff", school.lyceum, group_id=group, role="mentor", **part)
        school.joins(one, group)
    next_year = school.year(school.lyceum, "2627", date(2026, 8, 1), date(2027, 7, 31))
    later = school.group(school.lyceum, "4fa", "section", school_year_id=next_year)
    school.joins(one, later)
    school.takes_part(teacher, later, "teacher", school.french)
    english = school._group("en1")
    school.joins(one, english)
    school.takes_part(teacher, english, "teacher", school.subject(school.lyceum, "en"))
    college = school.source("college", "Het College")
    elsewhere = school.group(college, "fa9", "section")
    school.put("group_member", college, student_id=one, group_id=elsewhere)
    school.put("group_staff", college, group_id=elsewhere, role="teacher", **part)
    school.test(MONDAY, (one, after(1)))
    (group,) = school.ask("ADM", "/v1/promptness")["groups"]
    assert (group["group"]["code"], group["tests"]) == ("fa1", 1)
    assert [teacher["code"] for teacher in group["teachers"]] == ["T-fa1"]


def test_a_test_without_a_day_goes_by_the_days_of_entry(sqlite_engine: Engine) -> None:
    school = Entering(sqlite_engine)
    for days in (0, 1, 1, 2):
        school.test(None, (school.students["fa1"], after(days)))
    query = {"from": after(1).isoformat(), "to": after(1).isoformat()}
    assert school.figures(**query) == {"fa1": (0, 0, None, None, 2)}


def test_a_homeroom_in_which_the_subject_is_taught_is_the_group(school: Entering) -> None:
    home = school.group(school.lyceum, "1hA", school_year_id=school.this_year)
    school.member_of_staff("HOM", home, "teacher", school.french)
    school.test(MONDAY, (school.pupil("brugklasser", home), after(1)))
    assert school.figures() == {"1hA": (1, 1, 1, 1, 0)}


def test_resits_source_averages_and_gone_results_say_nothing(school: Entering) -> None:
    one = school.students["fa1"]
    column = school.test(MONDAY)
    school.enters(column, one, after(2), attempt=2)
    school.enters(column, one, after(1), gone=True)
    school.test(MONDAY, (one, after(1)), kind="average")
    school.test(MONDAY, (one, after(1)), retired=True)
    assert school.figures() == {}


def test_only_the_days_that_are_asked_for(school: Entering) -> None:
    one = school.students["fa1"]
    for day in (after(0), after(1), after(8)):
        school.test(day, (one, day))
    school.test(None, (one, after(1)))
    school.test(date(2025, 7, 31), (one, after(1)))
    assert school.figures() == {"fa1": (3, 3, 0, 0, 1)}
    query = {"from": after(1).isoformat(), "to": after(1).isoformat()}
    assert school.figures(**query) == {"fa1": (1, 1, 0, 0, 1)}
    answer = school.ask("ADM", "/v1/promptness", status=400, **{"from": "2026-02-02", "to": "2026-02-01"})
    assert answer["errors"] == [{"field": "query.from", "code": "after_to"}]


@pytest.mark.parametrize(("query", "error"), [
    ({"to": "0001-01-01"}, {"field": "query.to", "code": "greater_than_equal"}),
    ({"from": "0001-01-01"}, {"field": "query.from", "code": "greater_than_equal"}),
    ({"to": "9999-12-31"}, {"field": "query.to", "code": "less_than_equal"}),
])  # fmt: skip
def test_days_at_the_ends_of_the_calendar_are_refused(
    sqlite_engine: Engine, query: dict[str, str], error: dict[str, str]
) -> None:
    assert Entering(sqlite_engine).ask("ADM", "/v1/promptness", status=400, **query)["errors"] == [error]


def test_another_school_is_not_counted(school: Entering) -> None:
    college = school.source("college", "Het College")
    student = school.student(college)
    column = school.column(college, school.subject(college, "fa"), "T1", held_on=MONDAY)
    school.grade(college, student, column, "6,0", entered_at=NOW)
    assert school.figures() == {}


def test_grades_that_were_never_read_give_no_list(engine: Engine) -> None:
    entering = Entering(engine, entities=[name for name in ENTITIES if name != "grades"])
    assert entering.ask("ADM", "/v1/promptness")["groups"] is None


# For whom.


def test_a_team_leader_sees_the_own_section(school: Entering) -> None:
    second = school.pupil("tweedejaars", level=2)
    school.joins(second, school.groups["fa2"])
    school.test(MONDAY, (school.students["fa1"], after(1)), (second, after(2)))
    school.sign_in("TEA", "team_leader", school.lyceum, None, section='{"grade_level": 3}')
    assert school.figures("TEA") == {"fa1": (1, 1, 1, 1, 0)}
    assert set(school.figures("ADM")) == {"fa1", "fa2"}


@pytest.mark.parametrize("role", ["student", "guardian", "staff", "attendance_officer", "manager"])
def test_it_is_for_nobody_else(sqlite_engine: Engine, role: str) -> None:
    school = Entering(sqlite_engine)
    school.sign_in("WHO", role, school.lyceum, school.mentor, way="password+totp")
    assert school.ask("WHO", "/v1/promptness", status=403)["code"] == "role"


def test_without_a_second_factor_an_administrator_sees_no_group(school: Entering) -> None:
    school.test(MONDAY, (school.students["fa1"], after(1)))
    school.sign_in("WEAK", "administrator", school.lyceum, None)
    assert school.ask("WEAK", "/v1/promptness")["groups"] is None


def test_no_result_and_no_student_is_told(school: Entering) -> None:
    column = school.column(school.lyceum, school.french, "T1", held_on=MONDAY)
    school.grade(school.lyceum, school.students["fa1"], column, "3,7", entered_at=NOW)
    told = json.dumps(school.ask("ADM", "/v1/promptness"))
    assert not any(word in told for word in ("3,7", "3.7", school.students["fa1"]))
    assert [(event.action, event.student_id) for event in school.on_file()] == [("promptness", None)]
