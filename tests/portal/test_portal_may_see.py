"""Who may see what: the vectors of R50 to R61, as the rules give them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from canonical.terms import Relation
from portal.access import Area, Decision, Pupil, Reason, Role, Section, Tie, TieKind, Verdict, Viewer, age, may_see
from portal.rules import Rules, Switch

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
GUARDIAN = Viewer(Role.GUARDIAN, "account:1", frozenset({1}), {1: frozenset({"g"})})
STUDENT = Viewer(Role.STUDENT, "account:2", frozenset({1}), {1: frozenset({"s"})})
STAFF = Viewer(Role.STAFF, "account:3", frozenset({1}), {1: frozenset({"t"})})
MOTHER = Tie(TieKind.GUARDIAN, Relation.MOTHER, legal_authority=True)
FATHER = replace(MOTHER, relation=Relation.FATHER)


def pupil(*ties: Tie, born: date | None = date(2012, 5, 1), rules: Rules | None = None, **more: object) -> Pupil:
    return Pupil("s", 1, ties, rules or Rules(), born, **more)  # type: ignore[arg-type]


def seen(viewer: Viewer, student: Pupil, area: Area = Area.GRADES, at: datetime = NOW) -> Reason:
    return may_see(viewer, student, area, at).reason


def test_nothing_is_open_by_itself() -> None:
    viewers = [replace(GUARDIAN, role=role, scopes=frozenset({"students", "grades", "absences"})) for role in Role]
    assert {seen(viewer, pupil(), area) for viewer, area in product(viewers, Area)} == {Reason.NO_TIE}


def test_both_parents_see_the_same_after_a_divorce_too() -> None:  # R50
    for area in Area:
        assert seen(GUARDIAN, pupil(MOTHER), area) is seen(GUARDIAN, pupil(FATHER), area) is Reason.OPEN


@pytest.mark.parametrize(("decision", "granted", "open_"), [
    (Decision.NONE, frozenset(), set()),
    (Decision.REFUSED, frozenset({Area.GRADES}), set()),
    (Decision.GRANTED, frozenset({Area.GRADES}), {Area.GRADES}),
    # A right to be told, none to the file.
    (Decision.GRANTED, frozenset(Area), set(Area) - {Area.FILE}),
])  # fmt: skip
def test_without_authority_the_school_decides(decision: Decision, granted: frozenset[Area], open_: set[Area]) -> None:
    tie = replace(FATHER, legal_authority=False, decision=decision, granted=granted)  # R51
    assert {area for area in Area if may_see(GUARDIAN, pupil(tie), area, NOW).allowed} == open_


@pytest.mark.parametrize("tie", [
    replace(FATHER, court_block=True),
    replace(FATHER, decision=Decision.BLOCKED),
    replace(FATHER, court_block=True, decision=Decision.GRANTED, granted=frozenset(Area)),
])  # fmt: skip
@pytest.mark.parametrize("consents", [False, True])
def test_a_court_block_goes_before_everything(tie: Tie, consents: bool) -> None:  # R52
    assert {seen(GUARDIAN, pupil(tie, consents=consents), area) for area in Area} == {Reason.BLOCKED}


def test_a_guardian_in_the_parents_place() -> None:  # R53
    voogd = Tie(TieKind.GUARDIAN, Relation.INSTITUTION, legal_authority=True)
    assert seen(GUARDIAN, pupil(voogd)) is Reason.OPEN
    parent = replace(MOTHER, legal_authority=None, authority_elsewhere=True)
    assert seen(GUARDIAN, pupil(parent, rules=Rules(authority_where_unknown=True))) is Reason.NO_AUTHORITY


@pytest.mark.parametrize("relation", [Relation.FOSTER_PARENT, Relation.STEP_PARENT, Relation.OTHER, Relation.UNKNOWN])
def test_who_is_no_parent_needs_the_schools_word(relation: Relation) -> None:  # R53
    tie = Tie(TieKind.GUARDIAN, relation)
    assert seen(GUARDIAN, pupil(tie, rules=Rules(authority_where_unknown=True))) is Reason.NO_AUTHORITY
    carer = replace(tie, decision=Decision.GRANTED, granted=frozenset({Area.GRADES}))
    assert seen(GUARDIAN, pupil(carer)) is Reason.OPEN


def test_what_the_source_does_not_say_about_authority_the_school_does() -> None:
    unknown = replace(MOTHER, legal_authority=None)
    assert seen(GUARDIAN, pupil(unknown)) is Reason.NO_AUTHORITY
    assert seen(GUARDIAN, pupil(unknown, rules=Rules(authority_where_unknown=True))) is Reason.OPEN


def test_parents_keep_seeing_progress_until_the_last_day() -> None:  # R54: 17 years and 364 days
    assert seen(GUARDIAN, pupil(MOTHER, born=date(2008, 3, 3)), at=NOW) is Reason.OPEN


@pytest.mark.parametrize(("born", "moment", "adult"), [
    (date(2007, 3, 10), datetime(2025, 3, 9, 23, 59), False),
    (date(2007, 3, 10), datetime(2025, 3, 10, 0, 0), True),
    (date(2008, 2, 29), datetime(2026, 2, 28, 23, 59), False),
    (date(2008, 2, 29), datetime(2026, 3, 1, 0, 0), True),
    # On the day that the clock goes forward, and in summer, it is local midnight too.
    (date(2008, 3, 29), datetime(2026, 3, 28, 23, 59), False),
    (date(2008, 3, 29), datetime(2026, 3, 29, 0, 0), True),
    (date(2008, 7, 1), datetime(2026, 6, 30, 23, 59), False),
    (date(2008, 7, 1), datetime(2026, 7, 1, 0, 0), True),
])  # fmt: skip
def test_at_eighteen_the_door_closes_at_midnight(born: date, moment: datetime, adult: bool) -> None:  # R55
    at = moment.replace(tzinfo=AMSTERDAM).astimezone(UTC)
    for area in (Area.CARD, Area.GRADES, Area.ABSENCES, Area.READERS):
        assert seen(GUARDIAN, pupil(MOTHER, born=born), area, at) is (Reason.ADULT if adult else Reason.OPEN)
        assert seen(GUARDIAN, pupil(MOTHER, born=born, consents=True), area, at) is Reason.OPEN
    assert seen(STUDENT, pupil(Tie(TieKind.SELF), born=born), at=at) is Reason.OPEN


def test_without_a_birth_date_nobody_is_taken_for_a_child() -> None:
    assert {seen(GUARDIAN, pupil(MOTHER, born=None), area) for area in Area} == {Reason.BIRTH_DATE_UNKNOWN}
    adult = pupil(MOTHER, born=None, consents=True)
    own = {Area.FILE, Area.REASONS}  # from sixteen on (R54, R56)
    assert {area: seen(GUARDIAN, adult, area) for area in Area} == {
        area: Reason.SIXTEEN if area in own else Reason.OPEN for area in Area
    }


@pytest.mark.parametrize(("years", "reason"), [(15, Reason.OPEN), (16, Reason.SIXTEEN), (17, Reason.SIXTEEN)])
def test_from_sixteen_on_reasons_are_the_students_own(years: int, reason: Reason) -> None:  # R56
    born = date(2026 - years, 3, 2)
    assert seen(GUARDIAN, pupil(MOTHER, born=born), Area.REASONS) is reason
    assert seen(GUARDIAN, pupil(MOTHER, born=born), Area.ABSENCES) is Reason.OPEN
    assert seen(GUARDIAN, pupil(MOTHER, born=born, rules=Rules(discreet_from_sixteen=False)), Area.REASONS) is (
        Reason.OPEN
    )
    assert seen(STUDENT, pupil(Tie(TieKind.SELF), born=born), Area.REASONS) is Reason.OPEN


def test_who_may_ask_for_the_file() -> None:  # R54, R64: under 16 the guardian, from 16 on the student
    young, old = date(2010, 3, 3), date(2010, 3, 2)
    assert seen(GUARDIAN, pupil(MOTHER, born=young), Area.FILE) is Reason.OPEN
    assert seen(STUDENT, pupil(Tie(TieKind.SELF), born=young), Area.FILE) is Reason.UNDER_SIXTEEN
    assert seen(GUARDIAN, pupil(MOTHER, born=old), Area.FILE) is Reason.SIXTEEN
    assert seen(STUDENT, pupil(Tie(TieKind.SELF), born=old), Area.FILE) is Reason.OPEN


OF_STAFF = {
    (Role.STAFF, TieKind.MENTOR): {Area.CARD, Area.GRADES, Area.ABSENCES, Area.REASONS},
    (Role.STAFF, TieKind.TEACHER): {Area.CARD, Area.GRADES, Area.ABSENCES},
    (Role.TEAM_LEADER, TieKind.SECTION): {Area.CARD, Area.GRADES, Area.ABSENCES, Area.REASONS},
    (Role.ATTENDANCE_OFFICER, TieKind.SCHOOL): {Area.CARD, Area.ABSENCES, Area.REASONS},
    (Role.ADMINISTRATOR, TieKind.SCHOOL): {Area.CARD, Area.FILE, Area.READERS},
    (Role.MANAGER, TieKind.SCHOOL): set(),
}


@pytest.mark.parametrize(("role", "kind"), OF_STAFF)
def test_staff_see_what_their_task_needs(role: Role, kind: TieKind) -> None:  # R57
    viewer = replace(STAFF, role=role)
    assert {area for area in Area if may_see(viewer, pupil(Tie(kind)), area, NOW).allowed} == OF_STAFF[role, kind]


def test_the_nearest_tie_is_the_one_that_counts() -> None:
    teacher, mentor = Tie(TieKind.TEACHER, subjects=frozenset({"fa"})), Tie(TieKind.MENTOR)
    assert may_see(STAFF, pupil(teacher, mentor), Area.REASONS, NOW) == Verdict(Reason.OPEN, mentor)


@pytest.mark.parametrize("scopes", [(), ("students",), ("grades",), ("absences",), ("students", "grades")])
def test_a_client_sees_what_its_scopes_say(scopes: tuple[str, ...]) -> None:
    client = Viewer(Role.CLIENT, "client:c", None, scopes=frozenset(scopes))
    needed = {Area.CARD: "students", Area.GRADES: "grades", Area.ABSENCES: "absences", Area.REASONS: "absences"}
    for area in Area:
        allowed = area in needed and needed[area] in scopes
        assert seen(client, pupil(Tie(TieKind.CLIENT)), area) is (Reason.OPEN if allowed else Reason.SCOPE)


def _switches() -> Iterator[tuple[Rules, Viewer, Area, bool]]:
    only_students = Rules(student_portal_only=True)
    for area in Area:
        yield only_students, GUARDIAN, area, False
    yield only_students, STUDENT, Area.GRADES, True
    no_grades = Rules(switches=(Switch(role="guardian", area="grades", open=False),))
    yield no_grades, GUARDIAN, Area.GRADES, False
    yield no_grades, GUARDIAN, Area.ABSENCES, True
    yield no_grades, STUDENT, Area.GRADES, True


@pytest.mark.parametrize(("rules", "viewer", "area", "open_"), _switches())
def test_the_schools_switches(rules: Rules, viewer: Viewer, area: Area, open_: bool) -> None:  # R59
    tie = Tie(TieKind.SELF) if viewer is STUDENT else MOTHER
    assert seen(viewer, pupil(tie, rules=rules), area) is (Reason.OPEN if open_ else Reason.SWITCHED_OFF)


def test_a_switch_of_one_section() -> None:  # R59
    rules = Rules(switches=(Switch(role="guardian", area="grades", open=False, grade_level=6),))
    assert seen(GUARDIAN, pupil(MOTHER, rules=rules, grade_level=6)) is Reason.SWITCHED_OFF
    assert seen(GUARDIAN, pupil(MOTHER, rules=rules, grade_level=5)) is Reason.OPEN


def test_restriction_freezes_every_view() -> None:  # R64
    for viewer, tie in ((GUARDIAN, MOTHER), (STUDENT, Tie(TieKind.SELF)), (STAFF, Tie(TieKind.MENTOR))):
        assert seen(viewer, pupil(tie, restricted=True)) is Reason.RESTRICTED


def test_a_section_holds_what_fits_all_that_it_names() -> None:
    assert Section().holds("l", "havo", 3)
    assert Section(study="havo", grade_level=3).holds("l", "havo", 3)
    assert not Section(study="havo", grade_level=3).holds("l", "havo", 4)
    assert not Section(location="m").holds("l", "havo", 3)


def test_years_by_the_calendar() -> None:
    for days in range(365 * 5):
        on = date(2024, 1, 1) + timedelta(days=days)
        assert age(date(2008, 2, 29), on) == on.year - 2008 - ((on.month, on.day) < (2, 29))
