"""Who was not there: reasons, what was seen in each lesson hour, and what was reported from home."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from simulator.dice import Dice
from simulator.model import AbsenceKind, AbsenceNotice, AbsenceReason, Lesson, Observation, School
from simulator.timetable import LESSON, hour_begins

REASONS: tuple[tuple[str, str, AbsenceKind, bool, bool, bool, bool], ...] = (
    # code, name, kind, excused, luxury, visible to guardians, retired
    ("AB", "Absent, reden onbekend", "absent", False, False, True, False),
    ("ZK", "Ziek", "sick", True, False, True, False),
    ("ZH", "Ziek naar huis", "sick", True, False, True, False),
    ("TL", "Te laat", "late", False, False, True, False),
    ("TR", "Te laat met reden", "late", True, False, True, False),
    ("UG", "Uitgestuurd", "removed", False, False, True, False),
    ("SP", "Spijbelen", "absent", False, False, True, False),
    ("GV", "Geoorloofd verlof", "absent", True, False, True, False),
    ("ME", "Medisch", "absent", True, False, True, False),
    ("LX", "Luxeverzuim", "absent", False, True, True, False),
    ("AA", "Aanwezig", "present", True, False, False, False),
    ("VR", "Vrijstelling", "exemption", True, False, True, False),
    ("BV", "Boeken vergeten", "materials", False, False, True, False),
    ("HV", "Huiswerk niet gemaakt", "homework", False, False, True, False),
    ("MB", "Mobiel in de klas", "phone", False, False, True, False),
    ("CO", "Gesprek met vertrouwenspersoon", "absent", True, False, False, False),
    ("OU", "Oude code excursie", "absent", True, False, True, True),
)
"""The school's own list. ``AB`` is absence of which nobody knows the reason yet."""

_SEEN = ("AB", "AB", "TL", "TL", "TL", "TR", "UG", "SP", "GV", "ME", "LX", "AA", "VR", "BV", "HV", "HV", "MB", "CO")
_REPORTED = ("ZK", "ZK", "ZK", "GV", "ME")


def make_reasons(school: School) -> None:
    for row in REASONS:
        school.reasons[row[0]] = AbsenceReason(school.new_id(), *row)


def make_absences(school: School, dice: Dice) -> None:
    """About six rows a student; every seen reason occurs at least once."""
    taught: dict[str, list[Lesson]] = {}
    for lesson in school.lessons.values():
        if lesson.status != "cancelled" and lesson.begins < school.now:
            taught.setdefault(lesson.group, []).append(lesson)
    everyone = [number for number in school.students if school.enrolment(number)]
    dealt = 0
    for number in everyone:
        lessons = [lesson for section in school.sections_of(number) for lesson in taught.get(section.code, ())]
        enrolment = school.enrolment(number)
        lessons += taught.get(enrolment.homeroom if enrolment else "", [])
        spoken_for: set[int] = set()
        if lessons and dice.chance(0.3):
            spoken_for = _sick_day(school, dice, number, lessons)
        for _ in range(dice.below(8)):
            lesson = dice.pick(lessons)
            if lesson.id not in spoken_for:
                spoken_for.add(lesson.id)
                observe(school, number, lesson, _SEEN[dealt % len(_SEEN)], lesson.begins + timedelta(minutes=10))
                dealt += 1
        for _ in range(dice.below(4)):
            _earlier_notice(school, dice, number)


def observe(school: School, number: int, lesson: Lesson, reason: str, noted_at: datetime) -> list[Observation]:
    """Note what was seen in a lesson: absence for each of its hours, anything else for its first hour."""
    whole = school.reasons[reason].kind in ("absent", "sick", "exemption")
    hours = range(lesson.first_hour, (lesson.last_hour if whole else lesson.first_hour) + 1)
    made = [
        Observation(school.new_id(), number, lesson.id, lesson.begins.date(), hour, reason, noted_at) for hour in hours
    ]
    for observation in made:
        school.observations[observation.id] = observation
    return made


def report(
    school: School, number: int, begins: datetime, ends: datetime | None, reason: str, noted_at: datetime
) -> AbsenceNotice:
    """Note an absence over an interval."""
    notice = AbsenceNotice(school.new_id(), number, begins, ends, reason, noted_at)
    school.notices[notice.id] = notice
    return notice


def _sick_day(school: School, dice: Dice, number: int, lessons: list[Lesson]) -> set[int]:
    day = dice.pick(lessons).begins.date()
    morning = datetime.combine(day, time(8, 5))
    report(school, number, hour_begins(day, 1), hour_begins(day, 9) + LESSON, "ZK", morning)
    missed = [lesson for lesson in lessons if lesson.begins.date() == day]
    for lesson in missed:
        observe(school, number, lesson, "ZK", morning)
    return {lesson.id for lesson in missed}


def _earlier_notice(school: School, dice: Dice, number: int) -> None:
    """A notice from before the weeks of which lessons are kept."""
    day = school.year.begins + timedelta(days=30 + dice.below(60))
    if day.weekday() >= 5:
        return
    begins = hour_begins(day, 1 + dice.below(4))
    ends = None if dice.chance(0.1) else hour_begins(day, 9) + LESSON
    report(school, number, begins, ends, dice.pick(_REPORTED), datetime.combine(day, time(8, 5 + dice.below(40))))
