"""How a source describes its data: another description stops nothing, and is told once."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from canonical.plan import Limits
from canonical.store import FORM_CHANGED, OTHER_FORM
from connectors.errors import Retry
from tests.fake_source import GROUPS, STUDENTS, bad, group, student
from tests.school import School, students
from tests.stored import dump, rows_of


@pytest.fixture
def school(engine: Engine) -> School:
    """Ten students, synced while the source described them in the first form."""
    made = School(engine, Limits(deletion_floor=2, bad_floor=2))
    made.fake.form = "first"
    made.serve(STUDENTS, students(*range(10)))
    return made


def told(school: School) -> list[tuple[str, str | None, str | None]]:
    runs = rows_of(school.engine, "run", school.source)
    return [(run["outcome"], run["code"], run["message"]) for run in runs]


def form(school: School, entity: str = "students") -> str | None:
    [state] = [row for row in rows_of(school.engine, "entity_state", school.source) if row["entity"] == entity]
    return state["form"]


def test_the_first_one_is_no_change(school: School) -> None:
    assert (told(school), form(school)) == ([("complete", None, None)], "first")


def test_a_change_is_told_once_by_a_run_that_is_well_otherwise(school: School) -> None:
    school.fake.form = "second"
    report = school.serve(STUDENTS, students(*range(1, 10)))
    assert (report.error, report.summary.outcome, report.summary.tombstoned) == (None, "complete", 1)
    assert (report.summary.code, report.summary.message) == (FORM_CHANGED, OTHER_FORM)
    school.sync(STUDENTS)
    assert told(school)[1:] == [("complete", FORM_CHANGED, OTHER_FORM), ("complete", None, None)]
    assert form(school) == "second"
    assert rows_of(school.engine, "entity_state")[0]["complete_at"] == rows_of(school.engine, "run")[-1]["started_at"]


def test_each_entity_has_its_own(school: School) -> None:
    school.fake.form = "groups"
    assert school.serve(GROUPS, [group("g", "1a")]).summary.code is None
    assert (form(school), form(school, "groups")) == ("first", "groups")


def test_a_source_that_tells_none_for_once_has_not_changed(school: School) -> None:
    for now in (None, "first"):
        school.fake.form = now
        assert school.sync(STUDENTS).summary.code is None
    assert form(school) == "first"


def test_it_is_told_next_to_why_a_run_is_partial(school: School) -> None:
    school.fake.form = "second"
    report = school.serve(STUDENTS, students(1))
    assert report.summary.outcome == "partial"
    assert (report.summary.code, report.summary.message) == (
        FORM_CHANGED, f"more is missing than may go at once; {OTHER_FORM}"
    )  # fmt: skip
    assert school.sync(STUDENTS).summary.code is None


@pytest.mark.parametrize("how", ["failed", "refused"])
def test_a_run_that_did_not_end_well_leaves_it_to_the_next(school: School, how: str) -> None:
    school.fake.form = "second"
    school.fake.failure = (6, Retry("r", code="x")) if how == "failed" else None
    rows = [bad(student(str(key))) if how == "refused" else student(str(key)) for key in range(10)]
    report = school.serve(STUDENTS, rows)
    assert (report.summary.outcome, form(school)) == (how, "first")
    assert report.summary.code != FORM_CHANGED
    school.fake.failure = None
    assert school.serve(STUDENTS, students(*range(10))).summary.code == FORM_CHANGED


def test_a_rehearsal_tells_and_keeps_nothing(school: School) -> None:
    school.fake.form = "second"
    before = dump(school.engine)
    assert school.sync(STUDENTS, rehearse=True).summary.code == FORM_CHANGED
    assert dump(school.engine) == before
    assert school.sync(STUDENTS).summary.code == FORM_CHANGED


def test_a_rehearsal_of_what_was_never_read_knows_no_other(engine: Engine) -> None:
    school = School(engine)
    school.fake.form = "first"
    assert school.sync(STUDENTS, rehearse=True).summary.code is None
