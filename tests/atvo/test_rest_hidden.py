"""Whom Connect does not show any more may still be at school: nothing of such a student goes without a person."""

from sqlalchemy import Engine

from simulator import edits
from simulator.atvo_ids import uuid_of
from simulator.school import make_school
from simulator.server import serve
from tests.atvo.bridge import bridge
from tests.atvo.expected_rest import expected_rest
from tests.bridge import Bridge, assert_same, only
from tests.faults import EARLY


def held_by(made: Bridge) -> set[str]:
    return {plan["entity"] for plan in made.held()}


def test_a_student_who_is_not_shown_stays_with_everything(sqlite: Engine) -> None:
    with serve(make_school(5, 80, EARLY)) as server, bridge(server, sqlite, "connect") as made:
        made.sync()
        before = made.live()
        number = server.school.cast["single_father"]
        edits.remove_student(server.school, number)
        reports = made.sync()
        student = (uuid_of("student", number),)
        kinds = ("enrolment", "student_subject", "group_member", "guardianship", "grade")
        for kind in kinds:
            own = [row for row in before[kind] if row["student"] == student]
            assert own, kind
            assert [row for row in made.live()[kind] if row["student"] == student] == own, kind
        assert student in [row["key"] for row in made.live()["student"]]
        assert {name for name, report in reports.items() if report.summary.held} == held_by(made)
        assert held_by(made) == {"students", "groups", "guardians"}, "nobody asked for the grades of who is not listed"
        assert made.tombstones() == 0


def test_a_result_that_a_teacher_takes_back_goes_by_itself(sqlite: Engine) -> None:
    with serve(make_school(5, 80, EARLY)) as server, bridge(server, sqlite, "connect") as made:
        made.sync()
        grade = next(
            grade for grade in server.school.all_grades()
            if grade.state == "scored" and server.school.assessments[grade.assessment].kind == "test"
        )  # fmt: skip
        edits.remove_grade(server.school, grade.student, grade.assessment, attempt=grade.attempt)
        reports = made.sync("grades")
        assert reports["grades"].summary.outcome == "complete"
        assert made.held() == []
        assert reports["grades"].summary.tombstoned >= 1
        kinds = ("grade", "assessment", "grading_period")
        assert_same(only(made.live(), kinds), only(expected_rest(server.school), kinds))
