"""Lessons: the week's timetable laid over real days, with what is cancelled and moved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from simulator.dice import Dice
from simulator.model import Lesson, LessonStatus, School

BELL = ("08:30", "09:20", "10:30", "11:20", "12:40", "13:30", "14:40", "15:30", "16:20")
"""When each lesson hour begins; each lasts 50 minutes."""
LESSON = timedelta(minutes=50)


def hour_begins(day: date, hour: int) -> datetime:
    return datetime.combine(day, time.fromisoformat(BELL[hour - 1]))


def school_days(last: date, count: int) -> list[date]:
    """The ``count`` weekdays up to and including ``last``, oldest first."""
    found: list[date] = []
    day = last
    while len(found) < count:
        if day.weekday() < 5:
            found.append(day)
        day -= timedelta(days=1)
    return found[::-1]


def add_lessons(school: School, dice: Dice, day: date) -> None:
    """Put the lessons of one day in the timetable."""
    for lesson in _lessons_on(school, dice, day):
        school.lessons[lesson.id] = lesson


def _lessons_on(school: School, dice: Dice, day: date) -> Iterator[Lesson]:
    weekday = day.weekday()
    for section in school.sections.values():
        for slot in section.slots:
            if slot[0] == weekday:
                yield _lesson(school, dice, section.code, section.subject, section.teacher, day, slot[1], slot[2])
    for room in school.homerooms.values():
        for slot in room.slots:
            if slot[0] == weekday:
                yield _lesson(school, dice, room.code, "men", room.mentors[0], day, slot[1], slot[2])


def _lesson(
    school: School, dice: Dice, group: str, subject: str, teacher: str, day: date, first: int, last: int
) -> Lesson:
    roll = dice.random()
    status: LessonStatus = "scheduled"
    if roll < 0.04:
        status = "cancelled"
    elif roll < 0.06:
        status = "changed"
    elif roll < 0.07:
        status = "moved"
    elif roll < 0.075:
        status = "changed_and_moved"
    begins, ends = hour_begins(day, first), hour_begins(day, last) + LESSON
    return Lesson(school.new_id(), group, subject, teacher, begins, ends, first, last, status)
