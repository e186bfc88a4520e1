"""The school lives: as its clock runs, marks come in and change, students stay away, come late, are sent out."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Literal

from simulator.dice import Dice
from simulator.edits import Result, change_grade, enter_grade, give_notice, mark, set_clock
from simulator.model import Assessment, Lesson, School
from simulator.timetable import LESSON, add_lessons, hour_begins

What = Literal["grade_entered", "grade_changed", "absent", "late", "removed", "reported_sick"]
_OPENS, _CLOSES = time(8, 30), time(17, 0)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: ``about`` is the id of the assessment, observation or notice."""

    what: What
    student: int
    at: datetime
    about: int


def step(school: School, rng: Dice, now: datetime) -> list[Event]:
    """Move the school's clock to ``now`` and let a little happen; more in a bigger school.

    The same school, dice and moments give the same events.
    """
    with school.lock:
        set_clock(school, now)
        if now.weekday() < 5 and not any(lesson.begins.date() == now.date() for lesson in school.lessons.values()):
            add_lessons(school, rng, now.date())
        present = [number for number in school.students if school.enrolment(number)]
        going_on = [
            lesson for lesson in school.lessons.values()
            if lesson.begins <= now < lesson.ends and lesson.status != "cancelled"
        ]  # fmt: skip
        events: list[Event] = []
        for _ in range(max(1, len(present) // 300)):
            if going_on and rng.chance(0.5):
                events += _incident(school, rng, rng.pick(going_on), now)
            events += _enter(school, rng, rng.pick(present), now)
            if rng.chance(0.2):
                events += _change(school, rng, rng.pick(present), now)
            if rng.chance(0.05):
                events += _report_sick(school, rng.pick(present), now)
        return events


def next_moment(now: datetime, passed: timedelta) -> datetime:
    """The clock after ``passed``; nights and weekends are skipped."""
    later = now + passed
    if later.time() > _CLOSES:
        later = datetime.combine(later.date() + timedelta(days=1), _OPENS)
    elif later.time() < _OPENS:
        later = datetime.combine(later.date(), _OPENS)
    while later.weekday() >= 5:
        later += timedelta(days=1)
    return later


class Life:
    """Runs the steps in a thread: every real second ``speed`` seconds pass at school."""

    def __init__(self, school: School, *, seed: int = 0, speed: float = 60.0) -> None:
        self.school = school
        self.events: list[Event] = []
        self._dice = Dice(seed)
        self._passed = timedelta(seconds=speed)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="school-life", daemon=True)

    def tick(self) -> list[Event]:
        """One step; the clock moves on by what passes in a real second."""
        with self.school.lock:
            new = step(self.school, self._dice, next_moment(self.school.now, self._passed))
            self.events += new
        return new

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(1.0) and self.school.today < self.school.year.ends:
            self.tick()


def _tests(school: School, number: int) -> list[Assessment]:
    """The tests held so far that a student takes."""
    taken = {(section.study, section.subject) for section in school.sections_of(number)}
    return [
        column for column in school.assessments.values()
        if (column.study, column.subject) in taken and column.kind == "test" and not column.resit
        and not column.retired and column.held_on <= school.today
    ]  # fmt: skip


def _result(school: School, rng: Dice, column: Assessment) -> Result:
    if school.subjects[column.subject].marks == "letters":
        return rng.pick(("O", "V", "V", "G"))
    if rng.chance(0.04):
        return "to_be_made_up"
    return Decimal(rng.between(20, 100)) / 10


def _enter(school: School, rng: Dice, number: int, now: datetime) -> list[Event]:
    book = school.grades[number]
    missing = [
        column for column in _tests(school, number)
        if (column.id, 1) not in book or book[column.id, 1].state == "to_be_made_up"
    ]  # fmt: skip
    if not missing:
        return []
    column = rng.pick(missing)
    enter_grade(school, number, column.id, _result(school, rng, column), at=now)
    return [Event("grade_entered", number, now, column.id)]


def _change(school: School, rng: Dice, number: int, now: datetime) -> list[Event]:
    """A published mark is corrected by up to five tenths."""
    marks = [
        grade for grade in school.grades[number].values()
        if school.assessments[grade.assessment].kind == "test" and grade.tenths is not None and grade.attempt == 1
        and (grade.assessment, 2) not in school.grades[number]
    ]  # fmt: skip
    if not marks:
        return []
    old = rng.pick(marks)
    tenths = old.tenths or 10
    tenths += rng.between(1, 5) * (1 if tenths <= 95 else -1)
    change_grade(school, number, old.assessment, Decimal(tenths) / 10, at=now)
    return [Event("grade_changed", number, now, old.assessment)]


def _report_sick(school: School, number: int, now: datetime) -> list[Event]:
    ends = hour_begins(now.date(), 9) + LESSON
    notice = give_notice(school, number, "ZK", hour_begins(now.date(), 1), ends, at=now)
    return [Event("reported_sick", number, now, notice.id)]


def _incident(school: School, rng: Dice, lesson: Lesson, now: datetime) -> list[Event]:
    """Somebody is absent, late or sent out of a lesson that is going on."""
    members = school.members(lesson.group)
    if not members:
        return []
    number = rng.pick(members)
    if any(seen.student == number and seen.lesson == lesson.id for seen in school.observations.values()):
        return []
    kinds: tuple[tuple[What, str], ...] = (("absent", "AB"), ("late", "TL"), ("late", "TR"), ("removed", "UG"))
    what, code = rng.pick(kinds)
    return [Event(what, number, now, seen.id) for seen in mark(school, number, code, lesson.id, at=now)]
