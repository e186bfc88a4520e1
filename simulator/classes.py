"""Homerooms, sections, enrolments and the week's timetable."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from simulator.curriculum import (
    CLASS_ORDER,
    DOUBLE,
    HOURS,
    common_subjects,
    profile_subjects,
    profiles_of,
    study,
    upper,
)
from simulator.dice import Dice
from simulator.model import Enrolment, Homeroom, School, Section, Study

CLASS_SIZE = 28
Slots = tuple[tuple[int, int, int], ...]


def make_classes(school: School, dice: Dice) -> None:
    """Deal the students out over homerooms and sections, with teachers, mentors and hours."""
    rooms = _open_homerooms(school, dice)
    _deal(school, dice, rooms)
    _choose_mentors(school, dice)
    for code in school.studies:
        _open_sections(school, dice, school.studies[code])


def _open_homerooms(school: School, dice: Dice) -> list[str]:
    count = max(2, round(len(school.students) / CLASS_SIZE))
    for index in range(count):
        level = study(CLASS_ORDER[index % len(CLASS_ORDER)])
        school.studies.setdefault(level.code, level)
        stem = f"{level.level}{level.code[0].lower()}"
        number = 1 + sum(room.study == level.code for room in school.homerooms.values())
        location = "01" if upper(level) else "02"
        school.homerooms[f"{stem}{number}"] = Homeroom(f"{stem}{number}", level.code, location, (), ())
    return list(school.homerooms)


def _deal(school: School, dice: Dice, rooms: list[str]) -> None:
    numbers = list(school.students)
    dice.shuffle(numbers)
    mover = school.cast["changed_class"]
    numbers.remove(mover)
    numbers.insert(0, mover)
    for index, number in enumerate(numbers):
        room = school.homerooms[rooms[index * len(rooms) // len(numbers)]]
        level = school.studies[room.study]
        _set_birth_date(school, dice, number, level)
        profiles = profiles_of(level)
        profile = dice.pick(profiles) if profiles else ""
        school.enrolments[number] = (
            Enrolment(
                school.new_id(), number, room.code, level.code, level.level, profile, room.location,
                school.year.begins, school.year.ends, None,
            ),
        )  # fmt: skip
    _move_and_leave(school, rooms[1])


def _move_and_leave(school: School, other_room: str) -> None:
    autumn = date(school.year.begins.year, 10, 19)
    (first,) = school.enrolments[school.cast["changed_class"]]
    later = replace(first, id=school.new_id(), homeroom=other_room, begins=autumn)
    school.enrolments[first.student] = (replace(first, ends=autumn - timedelta(days=1)), later)
    gone = school.cast["left"]
    last_day = date(school.year.begins.year, 10, 9)
    school.enrolments[gone] = (replace(school.enrolments[gone][0], ends=last_day, left_on=last_day),)


def leave_sections(school: School, number: int) -> None:
    """Take a student out of every section."""
    for section in school.sections_of(number):
        members = tuple(member for member in section.members if member != number)
        school.sections[section.code] = replace(section, members=members)
    school.moves += 1
    school.version += 1


def _set_birth_date(school: School, dice: Dice, number: int, level: Study) -> None:
    """Twelve in the first year, give or take; all ages up to nineteen occur."""
    spread = dice.pick((0, 0, 0, 0, 0, 0, -1, 1, 1, 2))
    born = date(school.year.begins.year - 11 - level.level - spread, 10, 1) - timedelta(days=dice.below(365))
    if number == school.cast["leap_day"]:
        born = date(2012, 2, 29)
    elif number == school.cast["turns_18_tomorrow"]:
        tomorrow = school.today + timedelta(days=1)
        born = date(tomorrow.year - 18, tomorrow.month, tomorrow.day)
    school.students[number] = replace(school.students[number], birth_date=born)


def _choose_mentors(school: School, dice: Dice) -> None:
    teachers = [person.code for person in school.staff.values() if person.subject and person.left_on is None]
    dice.shuffle(teachers)
    for index, room in enumerate(list(school.homerooms.values())):
        first = teachers[index % len(teachers)]
        second = teachers[(index + 1) % len(teachers)]
        mentors = (first, second) if dice.chance(0.4) else (first,)
        school.homerooms[room.code] = replace(room, mentors=mentors)


def _open_sections(school: School, dice: Dice, level: Study) -> None:
    """One section a homeroom for what all take; sections across homerooms for what a profile adds."""
    here: dict[str, list[int]] = {room.code: [] for room in school.homerooms.values() if room.study == level.code}
    by_profile: dict[str, list[int]] = {}
    for number, enrolments in school.enrolments.items():
        current = enrolments[-1]
        if current.study != level.code:
            continue
        here[current.homeroom].append(number)
        for subject in profile_subjects(current.profile):
            by_profile.setdefault(subject, []).append(number)
    groups = {subject: list(here.values()) for subject in common_subjects(level)}
    for subject in sorted(by_profile):
        groups[subject] = _split(by_profile[subject])
    slots, mentor_hour = _week(dice, list(groups))
    for room in list(school.homerooms.values()):
        if room.study == level.code:
            school.homerooms[room.code] = replace(room, slots=mentor_hour)
    for subject, members in groups.items():
        _staff_sections(school, dice, level, subject, members, slots[subject])


def _split(numbers: list[int]) -> list[list[int]]:
    parts = -(-len(numbers) // CLASS_SIZE)
    return [numbers[part::parts] for part in range(parts)]


def _staff_sections(
    school: School, dice: Dice, level: Study, subject: str, groups: list[list[int]], slots: Slots
) -> None:
    teachers = [person.code for person in school.staff.values() if person.subject == subject and not person.left_on]
    first = dice.below(len(teachers))
    for index, members in enumerate(groups):
        code = f"{level.level}{level.code[0].lower()}.{subject.lower()}{index + 1}"
        teacher = teachers[(first + index) % len(teachers)]
        school.sections[code] = Section(school.new_id(), code, subject, level.code, teacher, tuple(members), slots)


def _week(dice: Dice, subjects: list[str]) -> tuple[dict[str, Slots], Slots]:
    """Hours for each subject of one study, none of them at the same time, and one for the mentor."""
    free = [(day, hour) for day in range(5) for hour in range(1, 10)]
    dice.shuffle(free)
    slots: dict[str, Slots] = {}
    for subject in sorted(subjects, key=lambda code: code not in DOUBLE):
        if subject in DOUBLE:
            day, hour = next((day, hour) for day, hour in free if (day, hour + 1) in free)
            free.remove((day, hour))
            free.remove((day, hour + 1))
            slots[subject] = ((day, hour, hour + 1),)
        else:
            taken = [free.pop() for _ in range(min(HOURS.get(subject, 2), len(free) - 1))]
            slots[subject] = tuple((day, hour, hour) for day, hour in sorted(taken))
    day, hour = free.pop()
    return slots, ((day, hour, hour),)
