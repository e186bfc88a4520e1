"""The make-believe school: the same everywhere, whole, and true to its own rules."""

import hashlib
import os
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor

import pytest

from simulator import edits
from simulator.school import CANARY_BSN, CANARY_LAST_NAME, CANARY_PASSWORD, CANARY_STREET, School, make_school

DIGEST = """
import hashlib, sys
from simulator.school import make_school
print(hashlib.sha256(repr(make_school(int(sys.argv[1]), 60)).encode()).hexdigest())
"""


@pytest.fixture(scope="module")
def school() -> School:
    return make_school(7, 400)


def _digest_elsewhere(seed: int, hash_seed: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", DIGEST, str(seed)], env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


def test_the_same_seed_gives_the_same_school_in_another_process():
    here = hashlib.sha256(repr(make_school(11, 60)).encode()).hexdigest()
    assert _digest_elsewhere(11, "1") == here
    assert _digest_elsewhere(11, "2") == here


def test_another_seed_gives_another_school():
    assert repr(make_school(11, 60)) != repr(make_school(12, 60))


@pytest.mark.parametrize("count", [40, 41, 100, 333])
def test_there_are_as_many_students_as_asked_for(count):
    assert len(make_school(3, count).students) == count


def test_a_school_that_is_too_small_or_out_of_its_year_is_refused():
    with pytest.raises(ValueError, match="at least 40"):
        make_school(1, 39)
    with pytest.raises(ValueError, match="school year"):
        make_school(1, 40, date(2028, 1, 1))


def test_whatever_refers_to_something_refers_to_something_that_exists(school):
    for grade in school.all_grades():
        assert grade.student in school.students
        assert grade.assessment in school.assessments
        assert grade.entered_at <= school.now
    for ties in school.guardianships.values():
        assert [tie.order for tie in ties] == list(range(1, len(ties) + 1))
        assert all(tie.guardian in school.guardians for tie in ties)
    for section in school.sections.values():
        assert section.subject in school.subjects
        assert section.study in school.studies
        assert school.staff[section.teacher].left_on is None
        assert set(section.members) <= set(school.students)
    for room in school.homerooms.values():
        assert 1 <= len(room.mentors) <= 2
        assert set(room.mentors) <= set(school.staff)
    for enrolments in school.enrolments.values():
        assert all(e.homeroom in school.homerooms and e.location in school.locations for e in enrolments)
    for lesson in school.lessons.values():
        assert lesson.group in school.sections or lesson.group in school.homerooms
    for column in school.assessments.values():
        assert column.subject in school.subjects
        assert column.period in school.periods
        assert column.resit == (column.resit_of is not None)
    for seen in school.observations.values():
        assert seen.student in school.students
        assert school.lessons[seen.lesson].status != "cancelled"
        assert seen.reason in school.reasons
    assert all(n.student in school.students and n.reason in school.reasons for n in school.notices.values())


def test_nobody_is_in_two_lessons_at_once(school):
    for number in school.students:
        hours = Counter(
            (day, hour)
            for section in school.sections_of(number)
            for day, first, last in section.slots
            for hour in range(first, last + 1)
        )
        assert not [slot for slot, times in hours.items() if times > 1]


def test_numbers_are_unique(school):
    idents = [
        *school.assessments, *school.lessons, *school.observations, *school.notices, *school.guardians,
        *(section.id for section in school.sections.values()), *(reason.id for reason in school.reasons.values()),
        *(enrolment.id for enrolments in school.enrolments.values() for enrolment in enrolments),
    ]  # fmt: skip
    assert len(idents) == len(set(idents))
    assert len({student.bsn for student in school.students.values()}) == len(school.students)


def half_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


def _expected_computed(school: School, number: int) -> dict[tuple[str, str, str], int]:
    """The school's rules again, in fractions: (subject, period, kind) to tenths."""
    tests: dict[tuple[str, str], list[tuple[Fraction, Fraction]]] = {}
    for grade in school.grades[number].values():
        column = school.assessments[grade.assessment]
        if column.kind == "test" and grade.state == "scored" and grade.counts:
            weight = Fraction(column.weight if grade.weight is None else grade.weight)
            tests.setdefault((column.subject, column.period), []).append((Fraction(grade.score), weight))
    found: dict[tuple[str, str, str], int] = {}
    for period in school.periods.values():
        averages, points = [], []
        for (subject, code), marks in tests.items():
            weights = sum(weight for _, weight in marks)
            if code != period.code or not weights:
                continue
            quotient = sum(mark * weight for mark, weight in marks) / weights
            averages.append(half_up(quotient * 10))
            found[subject, code, "average"] = averages[-1]
            if period.ends < school.today:
                found[subject, code, "report"] = half_up(quotient) * 10
                points.append(max(0, 60 - half_up(quotient) * 10))
        if averages:
            found["gem", period.code, "average"] = half_up(Fraction(sum(averages), len(averages)))
        if points:
            found["gem", period.code, "calculated"] = sum(points)
    return found


def _stored_computed(school: School, number: int) -> dict[tuple[str, str, str], int | None]:
    columns = school.assessments
    return {
        (columns[g.assessment].subject, columns[g.assessment].period, columns[g.assessment].kind): g.tenths
        for g in school.grades[number].values()
        if columns[g.assessment].kind != "test"
    }


def test_averages_reports_and_points_follow_the_rules(school):
    for number in school.students:
        assert _stored_computed(school, number) == _expected_computed(school, number)


def test_averages_follow_an_edit():
    school = make_school(5, 40)
    number = next(n for n in school.students if n != school.cast["no_grades"] and len(school.grades[n]) > 30)
    entered = next(
        g for g in school.grades[number].values()
        if school.assessments[g.assessment].kind == "test" and g.tenths is not None and g.counts
    )  # fmt: skip
    edits.change_grade(school, number, entered.assessment, Decimal("1.0"))
    assert _stored_computed(school, number) == _expected_computed(school, number)
    edits.remove_grade(school, number, entered.assessment)
    assert _stored_computed(school, number) == _expected_computed(school, number)


def test_of_two_attempts_the_better_one_counts():
    school = make_school(5, 40)
    exam = next(c for c in school.assessments.values() if c.exam and not c.resit and c.period == "P1")
    number = next(
        n for s in school.sections.values() if (s.study, s.subject) == (exam.study, exam.subject) for n in s.members
    )
    book = school.grades[number]
    for first, second, counting in (("4.8", "6.7", 2), ("4.8", "4.2", 1), ("5.0", "5.0", 1)):
        edits.enter_grade(school, number, exam.id, Decimal(first))
        edits.enter_grade(school, number, exam.id, Decimal(second), attempt=2)
        assert [attempt for attempt in (1, 2) if book[exam.id, attempt].counts] == [counting]
    edits.change_grade(school, number, exam.id, Decimal("9.0"), attempt=2)
    assert not book[exam.id, 1].counts
    edits.remove_grade(school, number, exam.id, attempt=2)
    assert book[exam.id, 1].counts


def test_every_state_of_a_grade_occurs(school):
    grades = list(school.all_grades())
    assert {grade.state for grade in grades} == {"scored", "labelled", "to_be_made_up", "exempt"}
    assert {grade.label for grade in grades if grade.state == "labelled"} == {"O", "V", "G"}
    assert {grade.attempt for grade in grades} == {1, 2}
    assert {grade.sufficient for grade in grades if grade.state == "scored"} == {True, False, None}
    assert any(not grade.counts for grade in grades if grade.attempt == 1)
    assert any(grade.weight is not None for grade in grades)
    assert {Decimal(0), Decimal("0.5")} < {column.weight for column in school.assessments.values()}
    assert any(column.exam for column in school.assessments.values())
    assert any(column.retired for column in school.assessments.values())
    assert 50 < len(grades) / len(school.students) < 80


def test_every_kind_of_absence_occurs(school):
    kinds = {school.reasons[seen.reason].kind for seen in school.observations.values()}
    assert kinds == {
        "absent", "late", "sick", "removed", "present", "exemption", "materials", "homework", "phone",
    }  # fmt: skip
    assert {seen.reason for seen in school.observations.values()} >= {"AB", "SP", "GV", "TL", "TR", "UG"}
    assert any(notice.ends is None for notice in school.notices.values())
    assert 4 < (len(school.observations) + len(school.notices)) / len(school.students) < 9
    assert {lesson.status for lesson in school.lessons.values()} == {
        "scheduled", "changed", "moved", "changed_and_moved", "cancelled",
    }  # fmt: skip


@pytest.mark.parametrize("count", [40, 300])
def test_the_cast_is_there(count):
    school = make_school(9, count)
    play = {part: school.students[number] for part, number in school.cast.items()}

    def ties(part: str):
        return school.guardianships[school.cast[part]]

    assert play["turns_18_tomorrow"].birth_date == date(2008, 11, 25)
    assert play["leap_day"].birth_date == date(2012, 2, 29)
    assert play["diacritics_simic"].last_name == "Šimić"
    assert play["diacritics_celik"].last_name == "Çelik"
    assert play["diacritics_garcia"].last_name == "García"
    assert len(set(school.cast.values())) == len(school.cast)
    assert play["diacritics_zoe"].first_name == "Zoë"
    assert play["prefix"].prefix == "van den"
    assert "'" in play["apostrophe"].first_name
    assert len(play["long_name"].last_name) > 100
    assert {tie.guardian for tie in ties("sibling_1")} == {tie.guardian for tie in ties("sibling_2")}
    assert [tie.court_block for tie in ties("court_block")] == [False, True]
    assert [tie.legal_authority for tie in ties("no_authority")] == [True, False]
    assert [tie.relation for tie in ties("legal_guardian")] == ["legal_guardian"]
    assert ties("institution")[0].relation == "institution"
    assert school.guardians[ties("institution")[0].guardian].first_name == ""
    assert all(school.guardians[tie.guardian].secret for tie in ties("secret_address"))
    mother, father = (school.guardians[tie.guardian] for tie in ties("divorced"))
    assert mother.address != father.address
    assert mother.email != father.email
    assert len(ties("single_father")) == 1
    first, second = school.enrolments[play["changed_class"].number]
    assert first.homeroom != second.homeroom
    assert first.ends + timedelta(days=1) == second.begins
    assert school.enrolment(play["left"].number) is None
    assert school.sections_of(play["left"].number) == []
    assert school.grades[play["no_grades"].number] == {}
    canary = play["canary"]
    assert (canary.last_name, canary.bsn, canary.password) == (CANARY_LAST_NAME, CANARY_BSN, CANARY_PASSWORD)
    assert canary.address.street == CANARY_STREET
    assert any(len(person.logins) == 2 for person in school.staff.values())
    assert sum(person.left_on is not None for person in school.staff.values()) == 1
