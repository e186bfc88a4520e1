"""The school lives: seeded steps, edits by name, a clock, and a process of its own."""

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlencode

import pytest
import requests

from simulator import edits
from simulator.dice import Dice
from simulator.life import Life, next_moment, step
from simulator.school import School, make_school
from simulator.server import serve


def live(school: School, seed: int, steps: int, minutes: int = 10):
    dice, events, now = Dice(seed), [], school.now
    for _ in range(steps):
        now = next_moment(now, timedelta(minutes=minutes))
        events += step(school, dice, now)
    return events


@pytest.fixture
def school() -> School:
    return make_school(7, 100)


def one_test(school: School, number: int) -> int:
    """A test in numbers that the student takes."""
    taken = {(section.study, section.subject) for section in school.sections_of(number)}
    return next(
        column.id for column in school.assessments.values()
        if (column.study, column.subject) in taken and column.kind == "test" and not column.resit
        and not column.retired and school.subjects[column.subject].marks == "numbers"
    )  # fmt: skip


def test_the_same_seed_lives_the_same_life():
    first, second = make_school(7, 100), make_school(7, 100)
    assert live(first, 3, 60) == live(second, 3, 60)
    assert repr(first) == repr(second)


def test_another_seed_lives_another_life():
    assert live(make_school(7, 100), 3, 60) != live(make_school(7, 100), 4, 60)


def test_everything_that_may_happen_happens_and_is_told_truly(school):
    before = {(g.student, g.assessment) for g in school.all_grades()}
    events = live(school, 3, 300)
    assert {event.what for event in events} == {
        "grade_entered", "grade_changed", "absent", "late", "removed", "reported_sick",
    }  # fmt: skip
    for event in events:
        if event.what.startswith("grade"):
            assert (event.about, 1) in school.grades[event.student]
        elif event.what == "reported_sick":
            assert school.notices[event.about].student == event.student
        else:
            seen = school.observations[event.about]
            assert (seen.student, school.reasons[seen.reason].kind) == (event.student, event.what)
            lesson = school.lessons[seen.lesson]
            assert lesson.begins <= event.at < lesson.ends
            assert seen.noted_at == event.at
    assert any((e.student, e.about) not in before for e in events if e.what == "grade_entered")
    assert school.now == events[-1].at or school.now > events[-1].at


def test_the_clock_skips_nights_and_weekends():
    friday = datetime(2026, 11, 27, 16, 55)
    assert next_moment(friday, timedelta(minutes=10)) == datetime(2026, 11, 30, 8, 30)
    assert next_moment(datetime(2026, 11, 24, 8, 0), timedelta(minutes=5)) == datetime(2026, 11, 24, 8, 30)
    assert next_moment(datetime(2026, 11, 24, 9, 0), timedelta(minutes=5)) == datetime(2026, 11, 24, 9, 5)


def test_lessons_go_on_on_later_days(school):
    live(school, 1, 5, minutes=8 * 60)
    assert school.today > date(2026, 11, 25)
    assert any(lesson.begins.date() == school.today for lesson in school.lessons.values())


def test_grades_are_entered_changed_and_removed(school):
    number = school.cast["no_grades"]
    column = one_test(school, number)
    entered = edits.enter_grade(school, number, column, Decimal("7.5"))
    assert (entered.tenths, entered.sufficient, entered.state, entered.entered_at) == (75, True, "scored", school.now)
    later = school.now + timedelta(hours=1)
    changed = edits.change_grade(school, number, column, Decimal("5.4"), at=later)
    assert school.grades[number][column, 1] == changed
    assert (changed.tenths, changed.sufficient, changed.entered_at) == (54, False, later)
    made_up = edits.change_grade(school, number, column, "to_be_made_up")
    assert (made_up.state, made_up.tenths, made_up.sufficient) == ("to_be_made_up", None, None)
    letter = edits.change_grade(school, number, column, "O")
    assert (letter.state, letter.label, letter.sufficient) == ("labelled", "O", False)
    edits.remove_grade(school, number, column)
    assert school.grades[number] == {}


@pytest.mark.parametrize("mark", ["0.9", "10.1", "7.55"])
def test_marks_that_cannot_be_are_refused(school, mark):
    number = school.cast["no_grades"]
    with pytest.raises(ValueError, match="between 1 and 10"):
        edits.enter_grade(school, number, one_test(school, number), Decimal(mark))


def test_nobody_enters_what_the_school_computes(school):
    average = next(column for column in school.assessments.values() if column.kind == "average")
    with pytest.raises(ValueError, match="the school computes"):
        edits.enter_grade(school, school.cast["prefix"], average.id, Decimal(6))


def test_absences_are_noted_explained_and_taken_back(school):
    lesson = next(one for one in school.lessons.values() if one.last_hour > one.first_hour)
    number = school.members(lesson.group)[0]
    first, second = edits.mark(school, number, "AB", lesson.id)
    assert [first.hour, second.hour] == [lesson.first_hour, lesson.last_hour]
    assert len(edits.mark(school, number, "UG", lesson.id)) == 1
    assert edits.explain(school, first.id, "ZK").reason == "ZK"
    edits.unmark(school, second.id)
    assert first.id in school.observations
    assert second.id not in school.observations
    notice = edits.give_notice(school, number, "GV", school.now, None)
    assert school.notices[notice.id].ends is None
    edits.unmark(school, notice.id)
    assert notice.id not in school.notices
    with pytest.raises(LookupError):
        edits.mark(school, number, "??", lesson.id)


def test_students_come_and_go(school):
    room = next(iter(school.homerooms))
    new = edits.enrol_student(school, room, first="Nieuw", last="Kind")
    assert new.number == max(school.students)
    assert new.number in school.members(room)
    assert school.sections_of(new.number)
    edits.withdraw_student(school, new.number)
    assert school.enrolment(new.number) is None
    assert school.sections_of(new.number) == []
    assert new.number in school.students


def test_a_deleted_student_leaves_nothing_behind(school):
    number = school.cast["divorced"]
    parents = [tie.guardian for tie in school.guardianships[number]]
    edits.remove_student(school, number)
    assert number not in school.students
    assert not set(parents) & set(school.guardians)
    assert all(number not in section.members for section in school.sections.values())
    assert all(seen.student != number for seen in school.observations.values())
    assert all(notice.student != number for notice in school.notices.values())


def test_a_deleted_child_leaves_the_parents_of_a_sibling(school):
    parents = {tie.guardian for tie in school.guardianships[school.cast["sibling_2"]]}
    edits.remove_student(school, school.cast["sibling_1"])
    assert parents <= set(school.guardians)


def test_life_and_edits_share_the_school_with_readers():
    school = make_school(7, 100)
    column_of = {number: one_test(school, number) for number in school.students if school.sections_of(number)}
    life = Life(school, seed=1, speed=600)
    numbers = list(column_of)
    before = school.version

    def edit(part: int) -> None:
        for number in numbers[part::3]:
            edits.enter_grade(school, number, column_of[number], Decimal("6.0"))
            life.tick()

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(edit, range(3))) == [None] * 3
    assert school.version >= before + 2 * len(numbers)
    for number in numbers:
        assert (column_of[number], 1) in school.grades[number]


def test_another_process_can_make_edits_and_let_time_pass(school):
    with serve(school) as server:

        def control(**body: object) -> requests.Response:
            return requests.post(f"{server.url}/_life", data=json.dumps(body), timeout=10)

        number = school.cast["no_grades"]
        column = one_test(school, number)
        given = {"student": number, "assessment": column, "result": "8.3", "at": "2026-11-24T09:15:00"}
        assert control(edit="enter_grade", **{"with": given}).status_code == 200
        assert school.grades[number][column, 1].tenths == 83
        assert school.grades[number][column, 1].entered_at == datetime(2026, 11, 24, 9, 15)
        given["result"] = "exempt"
        assert control(edit="change_grade", **{"with": {**given, "at": None}}).status_code == 200
        assert school.grades[number][column, 1].state == "exempt"
        told = control(steps=5, minutes=20, seed=2).json()
        assert told["now"] == school.now.isoformat() == "2026-11-24T09:50:00"
        assert {event["what"] for event in told["events"]} >= {"grade_entered"}
        assert control(edit="burn_down").status_code == 400
        assert control(edit="mark", **{"with": {"student": 1, "reason": "AB", "lesson": 1}}).status_code == 400


def test_the_school_runs_as_a_process_of_its_own():
    command = [sys.executable, "-m", "simulator", "--students", "40", "--seed", "5", "--fault", "throttle"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            ready = json.loads(process.stdout.readline())
            url = ready["url"]
            assert ready["students"] == 40
            login = {"Library": "Algemeen", "Function": "Login", "UserName": "x", "Password": "y", "Type": "XML"}
            query = urlencode(login)
            assert requests.get(f"{url}/doc?{query}", timeout=10).status_code == 429
            requests.post(f"{url}/_faults", data='{"off": true}', timeout=10)
            assert ET.fromstring(requests.get(f"{url}/doc?{query}", timeout=10).content).findtext("Result") == "False"
        finally:
            process.terminate()
        assert process.wait(timeout=10) == 0


def test_a_school_that_cannot_be_is_said_in_one_line():
    done = subprocess.run(
        [sys.executable, "-m", "simulator", "--students", "3"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("simulator: a school needs at least 40 students")
    assert "Traceback" not in done.stderr


def test_with_live_the_clock_runs_by_itself():
    command = [sys.executable, "-m", "simulator", "--students", "40", "--live", "600"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            url = json.loads(process.stdout.readline())["url"]
            asked = 0
            while (now := requests.post(f"{url}/_life", data="{}", timeout=10).json()["now"]) == "2026-11-24T08:00:00":
                asked += 1
                assert asked < 100_000, "the clock stands still"
            assert now >= "2026-11-24T08:30:00"
        finally:
            process.terminate()
        assert process.wait(timeout=10) == 0


class WatchedLock:
    """The school's lock, which knows whether it is held."""

    def __init__(self) -> None:
        self.depth = 0

    def __enter__(self) -> None:
        self.depth += 1

    def __exit__(self, *_: object) -> None:
        self.depth -= 1


def watched(records: dict, lock: WatchedLock) -> dict:
    """The same records, which may only be written to under the lock."""

    class Watched(dict):
        def __setitem__(self, key: object, value: object) -> None:
            assert lock.depth, "written without the lock"
            super().__setitem__(key, value)

        def __delitem__(self, key: object) -> None:
            assert lock.depth, "deleted without the lock"
            super().__delitem__(key)

    return Watched(records)


def enrolled(school: School) -> int:
    return next(iter(school.sections.values())).members[0]


@pytest.mark.parametrize(
    "edit",
    [
        lambda s, n: edits.enter_grade(s, n, one_test(s, n), Decimal(6)),
        lambda s, n: edits.change_grade(s, n, next(iter(s.grades[n]))[0], Decimal(6)),
        lambda s, n: edits.remove_grade(s, n, next(iter(s.grades[n]))[0]),
        lambda s, n: edits.retire_assessment(s, one_test(s, n)),
        lambda s, n: edits.mark(s, n, "AB", next(iter(s.lessons))),
        lambda s, n: edits.give_notice(s, n, "ZK", s.now, None),
        lambda s, n: edits.explain(s, next(iter(s.observations)), "ZK"),
        lambda s, n: edits.unmark(s, next(iter(s.observations))),
        lambda s, n: edits.unmark(s, next(iter(s.notices))),
        lambda s, n: edits.change_student(s, n, email="nieuw@post.example"),
        lambda s, n: edits.enrol_student(s, next(iter(s.homerooms))),
        lambda s, n: edits.withdraw_student(s, n),
        lambda s, n: edits.remove_student(s, n),
        lambda s, n: step(s, Dice(1), s.now + timedelta(hours=2)),
    ],
)
def test_the_lock_is_held_while_anything_is_written(edit):
    school = make_school(7, 40)
    lock = WatchedLock()
    for records in ("students", "guardians", "sections", "enrolments", "assessments", "observations", "notices"):
        setattr(school, records, watched(getattr(school, records), lock))
    school.grades = watched({number: watched(book, lock) for number, book in school.grades.items()}, lock)
    school.lock = lock
    version = school.version
    edit(school, enrolled(school))
    assert school.version > version
    assert lock.depth == 0
