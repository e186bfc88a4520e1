"""What people at a school do to its records. Each edit is whole: it holds the lock, recomputes, counts the version.

``at`` is wall time; without it the school's own clock is used. An edit of something that does not exist raises
``LookupError``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from simulator.attendance import observe, report
from simulator.classes import leave_sections
from simulator.dice import Dice
from simulator.grading import SUFFICIENT, best_counts, recompute
from simulator.model import AbsenceNotice, Enrolment, Grade, GradeState, Observation, School, Student
from simulator.names import LAST
from simulator.people import address, free_number, initials, phone, pick_first_name

Result = Decimal | Literal["to_be_made_up", "exempt", "O", "V", "G"]
"""A mark from 1 to 10 with at most one decimal, or what stands in its place."""


def enter_grade(
    school: School, student: int, assessment: int, result: Result, *, attempt: int = 1, counts: bool = True,
    weight: Decimal | None = None, at: datetime | None = None,
) -> Grade:  # fmt: skip
    """Enter the result of a test; an earlier one of the same attempt is replaced."""
    with school.lock:
        column = school.assessments[assessment]
        if column.kind != "test" or column.resit:
            raise ValueError("results are entered in the test's own column; the school computes the others")
        book = school.grades[student]
        state, tenths, label = _read(result)
        sufficient = None if state in ("to_be_made_up", "exempt") else label != "O" if label else _enough(tenths)
        grade = Grade(
            student, assessment, attempt, state, tenths, label, sufficient, counts, weight, column.held_on,
            at or school.now,
        )  # fmt: skip
        book[assessment, attempt] = grade
        if (assessment, 1) in book and (assessment, 2) in book:
            book[assessment, 1], book[assessment, 2] = best_counts(book[assessment, 1], book[assessment, 2])
        _changed(school, student)
        return book[assessment, attempt]


def change_grade(
    school: School, student: int, assessment: int, result: Result, *, attempt: int = 1, at: datetime | None = None
) -> Grade:
    """Give an entered result another value; whether it counts, its weight and its date stay."""
    with school.lock:
        old = school.grades[student][assessment, attempt]
        new = enter_grade(
            school, student, assessment, result, attempt=attempt, counts=old.counts, weight=old.weight, at=at
        )
        new = replace(new, achieved_on=old.achieved_on)
        school.grades[student][assessment, attempt] = new
        return new


def remove_grade(school: School, student: int, assessment: int, *, attempt: int = 1) -> None:
    """Take a result away; the other attempt, if there is one, counts from now on."""
    with school.lock:
        book = school.grades[student]
        del book[assessment, attempt]
        other = assessment, 3 - attempt
        if other in book:
            book[other] = replace(book[other], counts=True)
        _changed(school, student)


def retire_assessment(school: School, assessment: int) -> None:
    """Mark a column as no longer in use; its results stay."""
    with school.lock:
        school.assessments[assessment] = replace(school.assessments[assessment], retired=True)
        school.version += 1


def mark(school: School, student: int, reason: str, lesson: int, *, at: datetime | None = None) -> list[Observation]:
    """Note a reason code (``AB``, ``TL``, ``UG``, ``HV`` ...) for a student in a lesson: a row for each hour missed."""
    with school.lock:
        if student not in school.students or reason not in school.reasons:
            raise LookupError("no such student or reason code")
        made = observe(school, student, school.lessons[lesson], reason, at or school.now)
        school.version += 1
        return made


def give_notice(
    school: School, student: int, reason: str, begins: datetime, ends: datetime | None, *, at: datetime | None = None
) -> AbsenceNotice:
    """Note an absence over an interval, as guardians report it."""
    with school.lock:
        if student not in school.students or reason not in school.reasons:
            raise LookupError("no such student or reason code")
        notice = report(school, student, begins, ends, reason, at or school.now)
        school.version += 1
        return notice


def explain(school: School, observation: int, reason: str, *, at: datetime | None = None) -> Observation:
    """Give an observation another reason, as when an unexplained absence turns out to be sickness."""
    with school.lock:
        new = replace(school.observations[observation], reason=school.reasons[reason].code, noted_at=at or school.now)
        school.observations[observation] = new
        school.version += 1
        return new


def unmark(school: School, absence: int) -> None:
    """Take back an observation or a notice."""
    with school.lock:
        if absence in school.observations:
            del school.observations[absence]
        else:
            del school.notices[absence]
        school.version += 1


def change_student(
    school: School, student: int, *, first_name: str | None = None, prefix: str | None = None,
    last_name: str | None = None, email: str | None = None,
) -> Student:  # fmt: skip
    """Change what is given of a student's name and address."""
    with school.lock:
        old = school.students[student]
        new = replace(
            old,
            first_name=old.first_name if first_name is None else first_name,
            prefix=old.prefix if prefix is None else prefix,
            last_name=old.last_name if last_name is None else last_name,
            email=old.email if email is None else email,
        )
        school.students[student] = new
        school.version += 1
        return new


def enrol_student(school: School, homeroom: str, *, first: str = "", last: str = "", on: date | None = None) -> Student:
    """Take in a new student, without guardians, in a homeroom and the sections that its members share."""
    with school.lock:
        room = school.homerooms[homeroom]
        number = free_number(school)
        dice = Dice(school.seed + number)
        prefix, surname = dice.pick(LAST)
        level = school.studies[room.study]
        given = first or pick_first_name(dice, "female")
        born = date(school.year.begins.year - 12 - level.level, 11, 15)
        student = Student(
            number, f"9998{number % 100_000:05d}", given, initials(dice, given), "" if last else prefix,
            last or surname, "female", born, f"{number}@leerling.{school.domain}", f"{number}", f"Welkom{number}",
            address(dice), phone(dice), False,
        )  # fmt: skip
        mates = school.members(homeroom)
        profile = next((e.profile for mate in mates[:1] if (e := school.enrolment(mate))), "")
        sections = [section for mate in mates[:1] for section in school.sections_of(mate)]
        school.students[number] = student
        school.guardianships[number] = ()
        school.grades[number] = {}
        school.enrolments[number] = (
            Enrolment(
                school.new_id(), number, homeroom, level.code, level.level, profile, room.location, on or school.today,
                school.year.ends, None,
            ),
        )  # fmt: skip
        for section in sections:
            school.sections[section.code] = replace(section, members=(*section.members, number))
        school.moves += 1
        school.version += 1
        return student


def withdraw_student(school: School, student: int, *, on: date | None = None) -> None:
    """A student leaves: the enrolment ends, the records stay. The last day is ``on``, else yesterday."""
    with school.lock:
        *before, current = school.enrolments[student]
        last_day = on or school.today - timedelta(days=1)
        school.enrolments[student] = (*before, replace(current, ends=last_day, left_on=last_day))
        leave_sections(school, student)


def remove_student(school: School, student: int) -> None:
    """Delete a student and everything about them, as after an entry by mistake or the end of a retention time."""
    with school.lock:
        leave_sections(school, student)
        del school.students[student], school.grades[student], school.enrolments[student]
        ties = school.guardianships.pop(student)
        tied = {tie.guardian for others in school.guardianships.values() for tie in others}
        for tie in ties:
            if tie.guardian not in tied:
                del school.guardians[tie.guardian]
        for rows in (school.observations, school.notices):
            for ident in [ident for ident, row in rows.items() if row.student == student]:
                del rows[ident]
        school.version += 1


def set_clock(school: School, now: datetime) -> None:
    """Move the school's clock. What is computed at the end of a period is so at the next edit of a student."""
    with school.lock:
        school.now = now
        school.version += 1


def _changed(school: School, student: int) -> None:
    recompute(school, student)
    school.version += 1


def _enough(tenths: int | None) -> bool | None:
    return None if tenths is None else tenths >= SUFFICIENT


def _read(result: Result) -> tuple[GradeState, int | None, str]:
    if isinstance(result, Decimal):
        tenths = result * 10
        if tenths != int(tenths) or not 10 <= tenths <= 100:
            raise ValueError("a mark lies between 1 and 10 and has at most one decimal")
        return "scored", int(tenths), ""
    if result == "to_be_made_up" or result == "exempt":
        return result, None, ""
    return "labelled", None, result
