"""The school lives: after each edit and sync the store equals it again; the change log says what happened."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from sqlalchemy import Engine

from simulator import edits
from simulator.dice import Dice
from simulator.life import next_moment, step
from simulator.model import Grade, School
from simulator.school import make_school
from simulator.server import Server, serve
from tests.bridge import Bridge, assert_same, by_identity
from tests.faults import EARLY, ONE_DATABASE
from tests.magister.bridge import bridge
from tests.magister.expected import expected
from tests.stored import changes, live, places

Told = dict[tuple[str, Any], dict[str, Any]]


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(make_school(5, 40, EARLY)) as opened:
        yield opened


def difference(before: Told, after: Told) -> Counter[tuple[str, str]]:
    """(kind, what must have happened) and how often."""
    inserted = Counter((kind, "insert") for kind, _ in after.keys() - before.keys())
    deleted = Counter((kind, "delete") for kind, _ in before.keys() - after.keys())
    updated = Counter((p[0], "update") for p in after.keys() & before.keys() if after[p] != before[p])
    return inserted + deleted + updated


class Witness:
    """Syncs after an edit and checks everything that the store says about it."""

    def __init__(self, made: Bridge) -> None:
        self.made = made
        self.school = made.server.school
        made.sync()
        rows = expected(self.school)
        assert_same(made.live(), rows)
        self.before = by_identity(rows, tuple(rows))
        self.logged = made.changes()

    def sees(self, *entities: str, back: Counter[tuple[str, str]] | None = None) -> Counter[tuple[str, str]]:
        """What the change log says of a sync of ``entities``; ``back`` of its inserts are revivals."""
        for report in self.made.sync(*entities).values():
            assert (report.error, report.summary.outcome) == (None, "complete"), report
        rows = expected(self.school)
        assert_same(self.made.live(), rows)
        log = changes(self.made.engine, self.made.target.source_id)
        new, self.logged = log[self.logged :], len(log)
        happened = Counter((row["kind"], row["action"]) for row in new)
        after = by_identity(rows, tuple(rows))
        wanted = difference(self.before, after)
        for (kind, _), count in (back or Counter()).items():
            wanted -= Counter({(kind, "insert"): count})
            wanted += Counter({(kind, "revive"): count})
        assert happened == wanted
        self.before = after
        return happened


def replayed(made: Bridge) -> dict[Any, dict[str, Any]]:
    """The living records that the change log alone leads to."""
    source = made.target.source_id
    with made.engine.connect() as connection:
        place = places(connection, source)
    state: dict[Any, dict[str, Any]] = {}
    versions: Counter[str] = Counter()
    for row in changes(made.engine, source):
        versions[row["id"]] += 1
        assert row["version"] == versions[row["id"]]
        assert row["before"] == (state.get(row["id"]) if row["action"] in ("update", "delete") else None)
        if row["after"] is None:
            del state[row["id"]]
        else:
            state[row["id"]] = row["after"]
    return {
        place[ident]: {
            name.removesuffix("_id") if name.endswith("_id") and name != "local_id" else name:
            list(place[value][1]) if name.endswith("_id") and name != "local_id" else value
            for name, value in fields.items()
        }
        for ident, fields in state.items()
    }  # fmt: skip


def a_mark(school: School) -> Grade:
    """A counting mark of a test without a resit, of a student who is still there."""
    return next(
        grade for grade in school.all_grades()
        if grade.tenths is not None and 20 < grade.tenths < 90 and grade.counts and grade.attempt == 1
        and school.assessments[grade.assessment].kind == "test" and school.enrolment(grade.student)
        and school.assessments[grade.assessment].weight and (grade.assessment, 2) not in school.grades[grade.student]
    )  # fmt: skip


@pytest.mark.parametrize("database", ONE_DATABASE)
def test_grades_come_change_go_and_come_back(server: Server, engine: Engine) -> None:
    school = server.school
    with bridge(server, engine) as made:
        witness = Witness(made)
        mark = a_mark(school)
        student, column = mark.student, mark.assessment
        book = dict(school.grades[student])

        edits.change_grade(school, student, column, Decimal("9.9"))
        assert witness.sees("grades")["grade", "update"] >= 1
        school.grades[student] = dict(book)
        assert witness.sees("grades")["grade", "update"] >= 1

        edits.remove_grade(school, student, column)
        assert witness.sees("grades")["grade", "delete"] == 1
        school.grades[student] = dict(book)
        happened = witness.sees("grades", back=Counter({("grade", ""): 1}))
        assert happened["grade", "revive"] == 1

        edits.enter_grade(school, student, column, Decimal("7.3"), attempt=2)
        assert witness.sees("grades")["grade", "insert"] == 1
        edits.enter_grade(school, student, column, "to_be_made_up")
        witness.sees("grades")
        edits.retire_assessment(school, column)
        assert witness.sees("assessments") == Counter({("assessment", "update"): 1})
        assert witness.sees() == Counter()
        assert replayed(made) == live(engine, made.target.source_id)


def test_absences_of_every_kind(server: Server, sqlite: Engine) -> None:
    school = server.school
    with bridge(server, sqlite) as made:
        witness = Witness(made)
        lesson = next(x for x in school.lessons.values() if x.status == "scheduled" and x.first_hour == x.last_hour)
        student = school.members(lesson.group)[0]
        absent, *_ = edits.mark(school, student, "AB", lesson.id)
        edits.mark(school, student, "TL", lesson.id)
        removed, *_ = edits.mark(school, student, "UG", lesson.id)
        edits.mark(school, student, "HV", lesson.id)
        edits.mark(school, student, "AA", lesson.id)
        edits.give_notice(school, student, "ZK", lesson.begins, None)
        assert witness.sees("absences") == Counter(
            {("attendance_observation", "insert"): 3, ("lesson_remark", "insert"): 1, ("absence_notice", "insert"): 1}
        )
        # Unresolved becomes sick, and a sending-out turns out to have been forgotten homework.
        edits.explain(school, absent.id, "ZK")
        edits.explain(school, removed.id, "HV")
        assert witness.sees("absences") == Counter(
            {
                ("attendance_observation", "update"): 1, ("attendance_observation", "delete"): 1,
                ("lesson_remark", "insert"): 1,
            }
        )  # fmt: skip
        edits.unmark(school, absent.id)
        school.lessons[lesson.id] = replace(lesson, status="cancelled")
        assert witness.sees("lessons", "absences") == Counter(
            {("attendance_observation", "delete"): 1, ("lesson", "update"): 1}
        )
        assert replayed(made) == live(sqlite, made.target.source_id)


@pytest.mark.parametrize("database", ONE_DATABASE)
def test_students_come_and_go(server: Server, engine: Engine) -> None:
    school = server.school
    with bridge(server, engine) as made:
        witness = Witness(made)
        new = edits.enrol_student(school, next(iter(school.homerooms)))
        happened = witness.sees("students", "groups", "subjects")
        assert happened["student", "insert"] == happened["enrolment", "insert"] == 1
        assert happened["group_member", "insert"] == 1 + len(school.sections_of(new.number)) > 1

        edits.change_student(school, new.number, prefix="van 't", last_name="Hof", email="")
        assert witness.sees("students") == Counter({("student", "update"): 1})

        sections = len(school.sections_of(school.cast["leap_day"]))
        edits.withdraw_student(school, school.cast["leap_day"])
        happened = witness.sees("students", "groups", "subjects")
        assert happened == Counter(
            {
                ("enrolment", "update"): 1, ("group_member", "update"): 1, ("group_member", "delete"): sections,
                ("student_subject", "delete"): sections,
            }
        )  # fmt: skip

        edits.remove_student(school, school.cast["single_mother"])
        happened = witness.sees()
        assert happened["student", "delete"] == happened["guardian", "delete"] == 1
        assert replayed(made) == live(engine, made.target.source_id)


def test_many_days_of_life(server: Server, sqlite: Engine) -> None:
    school, dice = server.school, Dice(3)
    with bridge(server, sqlite) as made:
        witness = Witness(made)
        events = []
        for minutes in (35, 24 * 60, 70):
            for _ in range(12):
                events += step(school, dice, next_moment(school.now, timedelta(minutes=minutes)))
            witness.sees("grades", "lessons", "absences")
        assert {event.what for event in events} >= {"grade_entered", "grade_changed", "late"}
        assert replayed(made) == live(sqlite, made.target.source_id)


def test_an_incremental_read_brings_what_is_new_and_a_complete_one_what_is_gone(
    server: Server, sqlite: Engine
) -> None:
    school = server.school
    before = len(school.observations) + len(school.notices)
    with bridge(server, sqlite) as made, time_machine.travel(school.now, tick=True):
        made.sync()
        lesson = next(iter(school.lessons.values()))
        # Noted the day before the last read, and sent to the office since.
        (late,) = edits.mark(
            school, school.members(lesson.group)[0], "TL", lesson.id, at=school.now - timedelta(days=1)
        )
        gone = next(ident for ident, row in school.observations.items() if row.reason == "TL")
        edits.unmark(school, gone)

        report = made.sync("absences", full=False)["absences"]
        assert made.runs()[-1]["incremental"] is True
        assert 0 < report.summary.read < before
        assert (report.summary.inserted, report.summary.tombstoned) == (1, 0)
        held = {row["key"] for row in made.live()["attendance_observation"]}
        assert {(str(late.id),), (str(gone),)} <= held

        assert made.sync("absences")["absences"].summary.tombstoned == 1
        assert_same(made.live(), expected(school))
    assert school.today == EARLY
