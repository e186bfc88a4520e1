"""One make-believe Dutch secondary school, the same for the same seed on every machine."""

from __future__ import annotations

import gc
from datetime import date, datetime, time

from simulator.attendance import make_absences, make_reasons
from simulator.classes import leave_sections, make_classes
from simulator.curriculum import PROFILES, SUBJECTS
from simulator.dice import Dice
from simulator.grading import make_columns, make_grades
from simulator.model import (
    AbsenceNotice,
    AbsenceReason,
    Address,
    Assessment,
    Enrolment,
    Grade,
    Guardian,
    Guardianship,
    Homeroom,
    Lesson,
    Location,
    Observation,
    Period,
    School,
    SchoolYear,
    Section,
    Staff,
    Student,
    Study,
    Subject,
)
from simulator.names import (
    CANARY_BSN,
    CANARY_EMAIL,
    CANARY_FIRST_NAME,
    CANARY_GUARDIAN_EMAIL,
    CANARY_GUARDIAN_FIRST_NAME,
    CANARY_GUARDIAN_LAST_NAME,
    CANARY_GUARDIAN_PHONE,
    CANARY_LAST_NAME,
    CANARY_PASSWORD,
    CANARY_PHONE,
    CANARY_POSTCODE,
    CANARY_STREET,
)
from simulator.people import LEAST_STUDENTS, make_families, make_staff
from simulator.timetable import add_lessons, school_days

__all__ = [
    "CANARY_BSN", "CANARY_EMAIL", "CANARY_FIRST_NAME", "CANARY_GUARDIAN_EMAIL", "CANARY_GUARDIAN_FIRST_NAME",
    "CANARY_GUARDIAN_LAST_NAME", "CANARY_GUARDIAN_PHONE", "CANARY_LAST_NAME", "CANARY_PASSWORD", "CANARY_PHONE",
    "CANARY_POSTCODE", "CANARY_STREET", "TODAY", "AbsenceNotice", "AbsenceReason", "Address", "Assessment",
    "Enrolment", "Grade", "Guardian", "Guardianship", "Homeroom", "Lesson", "Location", "Observation", "Period",
    "School", "SchoolYear", "Section", "Staff", "Student", "Study", "Subject", "make_school",
]  # fmt: skip

TODAY = date(2026, 11, 24)
"""A Tuesday in the second period of 2026-2027."""
BRIN = "99XX"
NAME = "Scholengemeenschap De Waterling"
LESSON_DAYS = 11
"""School days of which lessons are kept: two weeks, and today."""


def make_school(seed: int, students: int, today: date = TODAY, *, name: str = NAME, brin: str = BRIN) -> School:
    """Make the school of ``seed`` with exactly ``students`` students (at least 40) as it stands on ``today``.

    ``name`` and ``brin`` are what it is called. ``today`` lies in the school year 2026-2027. Raises ``ValueError``
    otherwise.
    """
    year = SchoolYear("2627", "2026-2027", date(2026, 8, 1), date(2027, 7, 31))
    if students < LEAST_STUDENTS:
        raise ValueError(f"a school needs at least {LEAST_STUDENTS} students, so that every part in it is played")
    if not date(2026, 10, 20) <= today <= year.ends:
        raise ValueError("today must lie between 20 October 2026 and the end of the school year 2026-2027")
    dice = Dice(seed)
    school = School(seed, name, brin, "dewaterling.example", year, datetime.combine(today, time(8)))
    school.locations = {
        "01": Location("01", "Hoofdlocatie", "Waterlinge"),
        "02": Location("02", "Dependance Noord", "Oosterdrecht"),
    }
    school.periods = {
        period.code: period
        for period in (
            Period("P1", "Periode 1", date(2026, 8, 31), date(2026, 11, 8)),
            Period("P2", "Periode 2", date(2026, 11, 9), date(2027, 1, 31)),
            Period("P3", "Periode 3", date(2027, 2, 1), date(2027, 4, 11)),
            Period("P4", "Periode 4", date(2027, 4, 12), date(2027, 7, 9)),
        )
    }
    school.subjects = {subject.code: subject for subject in SUBJECTS}
    school.profiles = dict(PROFILES)
    collecting = gc.isenabled()
    gc.disable()  # Millions of records and not one cycle: walking over them again and again takes half the time.
    try:
        make_families(school, dice, students)
        make_staff(school, dice)
        make_classes(school, dice)
        make_columns(school, dice)
        make_grades(school, dice)
        leave_sections(school, school.cast["left"])
        make_reasons(school)
        for day in school_days(today, LESSON_DAYS):
            add_lessons(school, dice, day)
        make_absences(school, dice)
    finally:
        if collecting:
            gc.enable()
    return school
