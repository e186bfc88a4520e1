"""Not in the feed is not left the school: where a source can hide people, their deletion waits for a person."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine

from canonical.plan import Limits, Sweep, Verdict, kept_with, spare
from canonical.store import Store
from scheduler.sync import Target, sync_entity
from tests.fake_source import MEMBERS, ROLES, STUDENTS, TEACHING, Row, lesson, member, role
from tests.school import School, students
from tests.stored import Place, dump, live, rows_of

LIMITS = Limits(deletion_share=0.10, deletion_floor=6)
HIDING = "the source may be hiding them"


def lessons(*teachers: str) -> list[Row]:
    """One for each: t1, t2 and t3 teach wi, t4 alone teaches gr."""
    return [lesson(teacher, "gr" if teacher == "t4" else "wi") for teacher in teachers]


@pytest.fixture
def school(engine: Engine) -> School:
    """Four teachers with their lessons, and what they are to groups."""
    made = School(engine, LIMITS)
    made.serve(MEMBERS, [member("1", "g1", "1a"), member("2", "g2", "1b")])
    made.serve(TEACHING, lessons("t1", "t2", "t3", "t4"))
    made.serve(ROLES, [role("t1", "g1"), role("t1", "g2"), role("t2", "g1"), role("t4", "g1")])
    return made


def there(school: School, *kinds: str) -> set[Place]:
    return {place for place in live(school.engine, school.source) if place[0] in kinds}


def plans(school: School) -> list[tuple[str, str, int]]:
    return [(row["entity"], row["state"], row["records"]) for row in rows_of(school.engine, "held", school.source)]


def resolve(school: School, decision: str) -> None:
    """Of the newest plan."""
    assert school.store.resolve(rows_of(school.engine, "held", school.source)[-1]["id"], decision)


def counts(report: Any) -> tuple[int, int]:
    return report.summary.tombstoned, report.summary.held


# The decision

APPLY = Verdict(Sweep.APPLY, complete=True, whole=True)


@pytest.mark.parametrize(
    ("verdict", "hidden", "spared"),
    [
        (APPLY, 1, Verdict(Sweep.SPARE, complete=True, whole=False, reason=HIDING)),
        (APPLY, 0, APPLY),
        (Verdict(Sweep.HOLD, True, False, "much"), 1, Verdict(Sweep.HOLD, True, False, "much")),
        (Verdict(Sweep.NOTHING, False, False, "?"), 1, Verdict(Sweep.NOTHING, False, False, "?")),
    ],
)
def test_only_what_would_go_is_spared(verdict: Verdict, hidden: int, spared: Verdict) -> None:
    assert spare(verdict, hidden) == spared


@pytest.mark.parametrize(
    ("suspects", "refers", "kept"),
    [
        pytest.param([], {1: [2]}, set(), id="nobody is suspected"),
        pytest.param([1], {}, {1}, id="a suspect alone"),
        pytest.param([1], {2: [1], 3: [4]}, {1, 2}, id="what refers to it"),
        pytest.param([1], {2: [1], 3: [2]}, {1, 2, 3}, id="in two steps"),
        pytest.param([1], {2: [1, 5], 5: [6]}, {1, 2, 5, 6}, id="and what those refer to"),
        pytest.param([1], {2: [1, 5], 7: [5]}, {1, 2, 5}, id="but not what else refers to that"),
        pytest.param([1], {1: [2], 2: [1]}, {1, 2}, id="in a circle"),
    ],
)
def test_what_is_kept_with_the_suspects(suspects: list[int], refers: dict[int, list[int]], kept: set[int]) -> None:
    assert kept_with(suspects, refers) == kept


# Within the entity


def test_one_who_is_missing_is_held_with_what_belongs_to_them(school: School) -> None:
    report = school.serve(TEACHING, lessons("t1", "t2", "t3"))
    assert counts(report) == (0, 3), "the teacher, the lesson, and the subject that only this lesson has"
    assert (report.summary.outcome, report.summary.message) == ("partial", HIDING)
    assert len(there(school, "staff", "subject", "lesson")) == 10
    [plan] = rows_of(school.engine, "held", school.source)
    assert (plan["state"], plan["reason"], plan["of"]) == ("open", HIDING, 10)


def test_the_others_go_as_ever(school: School) -> None:
    """t1 gives another lesson instead: nobody is missing, so that the old lesson is really over."""
    report = school.serve(TEACHING, [lesson("t1", "en", "en"), *lessons("t3", "t4")])
    assert counts(report) == (1, 2)
    assert there(school, "staff") == {("staff", (f"t{n}",)) for n in range(1, 5)}
    left = [("en", "t1"), ("wi", "t2"), ("wi", "t3"), ("gr", "t4")]
    assert there(school, "lesson") == {("lesson", key) for key in left}


def test_a_change_of_what_nobody_hides_is_whole(school: School) -> None:
    report = school.serve(TEACHING, [lesson("t1", "en", "en"), *lessons("t2", "t3", "t4")])
    assert (counts(report), report.summary.outcome, plans(school)) == ((1, 0), "complete", [])


def test_the_ceiling_counts_everybody_who_is_missing(school: School) -> None:
    """A read that lacks so much is not believed in anything."""
    report = school.serve(TEACHING, [lesson("t1", "en", "en")])
    assert counts(report) == (0, 9)
    assert report.summary.message == "more is missing than may go at once"
    assert len(there(school, "lesson")) == 5


def test_a_growing_plan_gets_a_new_number_and_an_equal_one_keeps_it(school: School) -> None:
    school.serve(TEACHING, lessons("t1", "t2", "t3"))
    school.sync(TEACHING)
    assert plans(school) == [("teaching", "open", 3)]
    school.serve(TEACHING, lessons("t1", "t2"))
    assert plans(school) == [("teaching", "closed", 3), ("teaching", "open", 5)]


def test_who_is_back_is_no_question_any_more(school: School) -> None:
    school.serve(TEACHING, lessons("t1", "t2", "t3"))
    report = school.serve(TEACHING, lessons("t1", "t2", "t3", "t4"))
    assert (counts(report), report.summary.outcome) == ((0, 0), "complete")
    assert plans(school) == [("teaching", "closed", 3)]


def test_what_belonged_to_one_who_is_back_goes_as_ever(school: School) -> None:
    school.serve(TEACHING, lessons("t1", "t2", "t3"))
    report = school.serve(TEACHING, [*lessons("t1", "t2", "t3"), lesson("t4", "wi")])
    assert (counts(report), report.summary.outcome) == ((2, 0), "complete")


def test_an_approval_deletes_them_with_what_belongs_to_them(school: School) -> None:
    school.serve(TEACHING, lessons("t1", "t2", "t3"))
    resolve(school, "approved")
    assert counts(school.sync(TEACHING)) == (3, 0)
    assert plans(school) == [("teaching", "applied", 3)]
    assert len(there(school, "staff", "subject", "lesson")) == 7


def test_what_belongs_to_one_whose_deletion_was_approved_goes_as_ever(school: School) -> None:
    """A read that proved nothing showed another lesson of theirs, after the plan was made."""
    school.serve(TEACHING, lessons("t1", "t2", "t3"))
    school.fake.proved = False
    school.serve(TEACHING, [*lessons("t1", "t2", "t3"), lesson("t4", "wi")])
    school.fake.proved = True
    resolve(school, "approved")
    assert counts(school.serve(TEACHING, lessons("t1", "t2", "t3"))) == (4, 0)


def test_a_rejection_keeps_them_and_what_turns_up_missing_later(school: School) -> None:
    school.serve(TEACHING, lessons("t1", "t2", "t3"))
    resolve(school, "rejected")
    report = school.sync(TEACHING)
    assert (counts(report), report.summary.outcome) == ((0, 0), "complete")
    school.fake.proved = False
    school.serve(TEACHING, [*lessons("t1", "t2", "t3"), lesson("t4", "wi")])
    school.fake.proved = True
    assert counts(school.serve(TEACHING, lessons("t1", "t2", "t3"))) == (0, 1)
    assert ("lesson", ("wi", "t4")) in there(school, "lesson")


# In other entities of the source


def test_what_refers_to_one_who_is_held_elsewhere_is_held(school: School) -> None:
    school.serve(TEACHING, lessons("t1", "t2", "t3"))
    report = school.serve(ROLES, [role("t1", "g1"), role("t2", "g1")])
    assert counts(report) == (1, 1), "t4 is missing; t1 is not"
    assert there(school, "group_staff") == {("group_staff", ("g1", teacher)) for teacher in ("t1", "t2", "t4")}
    assert plans(school) == [("teaching", "open", 3), ("roles", "open", 1)]


def test_it_follows_what_a_person_decides(school: School) -> None:
    school.serve(TEACHING, lessons("t1", "t2", "t3"))
    resolve(school, "rejected")
    school.serve(ROLES, [role("t1", "g1"), role("t1", "g2"), role("t2", "g1")])
    assert plans(school) == [("teaching", "rejected", 3), ("roles", "open", 1)]
    school.serve(TEACHING, lessons("t1", "t2", "t3", "t4"))
    assert counts(school.sync(ROLES)) == (1, 0), "t4 is back, and the role is really over"
    assert plans(school) == [("teaching", "closed", 3), ("roles", "closed", 1)]


def test_one_approval_is_enough(school: School) -> None:
    school.serve(TEACHING, lessons("t1", "t2", "t3"))
    resolve(school, "approved")
    school.sync(TEACHING)
    assert counts(school.serve(ROLES, [role("t1", "g1"), role("t1", "g2"), role("t2", "g1")])) == (1, 0)


def test_an_approval_that_waits_for_its_read_counts(school: School) -> None:
    school.serve(TEACHING, lessons("t1", "t2", "t3"))
    resolve(school, "approved")
    assert counts(school.serve(ROLES, [role("t1", "g1"), role("t1", "g2"), role("t2", "g1")])) == (1, 0)


def test_plans_of_entities_that_hide_nothing_do_not_reach_further(engine: Engine) -> None:
    school = School(engine, Limits(deletion_share=0.10, deletion_floor=2))
    school.serve(STUDENTS, students(*range(1, 6)))
    school.serve(MEMBERS, [member(str(key), "g1", "1a") for key in range(1, 6)])
    school.fake.rows["students"] = students(1)
    school.fake.rows["members"] = [member(str(key), "g1", "1a") for key in range(1, 5)]
    for rehearse in (True, False):
        assert counts(school.sync(STUDENTS, rehearse=rehearse)) == (0, 4)
        assert counts(school.sync(MEMBERS, rehearse=rehearse)) == (1, 0)


def test_plans_of_another_period_and_of_another_source_do_not_reach_further(school: School) -> None:
    school.serve(TEACHING, lessons("t1", "t2", "t3"))
    other = School(school.engine, LIMITS)
    other.source = other.store.source("other", "fake", "Other")
    other.target = Target("other", other.source, other.fake)
    other.serve(ROLES, [role("t4", "g1"), role("t1", "g1")])
    assert counts(other.serve(ROLES, [role("t1", "g1")])) == (1, 0)
    school.fake.scope = "2728"
    school.sync(ROLES)
    assert counts(school.serve(ROLES, [role("t1", "g1"), role("t1", "g2"), role("t2", "g1")])) == (1, 0)


# Rehearsals


def test_a_rehearsal_of_all_tells_what_a_sync_of_all_would_do(school: School) -> None:
    school.fake.rows["teaching"] = lessons("t1", "t2", "t3")
    school.fake.rows["roles"] = [role("t1", "g1"), role("t2", "g1")]
    before = dump(school.engine)
    told = [counts(school.sync(entity, rehearse=True)) for entity in (TEACHING, ROLES)]
    assert dump(school.engine) == before
    assert told == [(0, 3), (1, 1)]
    assert [counts(school.sync(entity)) for entity in (TEACHING, ROLES)] == told


def test_what_a_rehearsal_would_hold_holds_nothing_in_a_sync(school: School) -> None:
    school.fake.rows["teaching"] = lessons("t1", "t2", "t3")
    school.sync(TEACHING, rehearse=True)
    report = school.serve(ROLES, [role("t1", "g1"), role("t1", "g2"), role("t2", "g1")])
    assert counts(report) == (1, 0)


def test_another_store_knows_nothing_of_a_rehearsal(school: School) -> None:
    school.fake.rows["teaching"] = lessons("t1", "t2", "t3")
    school.sync(TEACHING, rehearse=True)
    school.fake.rows["roles"] = [role("t1", "g1"), role("t1", "g2"), role("t2", "g1")]
    report = sync_entity(Store(school.engine, limits=LIMITS), school.target, ROLES, rehearse=True)
    assert counts(report) == (1, 0)
