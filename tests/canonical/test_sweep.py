"""What was not shown: tombstones, and plans that wait for a person."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from canonical.batch import Mapped
from canonical.ending import Ending
from canonical.plan import Limits
from canonical.records import Student
from tests.fake_source import STUDENTS, bad, student
from tests.school import School, students
from tests.stored import changes, live, rows_of

LIMITS = Limits(deletion_share=0.10, deletion_floor=2)


@pytest.fixture
def school(engine: Engine) -> School:
    """Ten students, synced; three of them may not go at once."""
    made = School(engine, LIMITS)
    made.serve(STUDENTS, students(*range(10)))
    return made


def there(school: School) -> set[str]:
    return {key[0] for _, key in live(school.engine, school.source)}


def plans(school: School) -> list[tuple[int, str, int]]:
    return [(row["id"], row["state"], row["records"]) for row in rows_of(school.engine, "held", school.source)]


def test_what_is_gone_gets_a_tombstone_and_keeps_its_last_state(school: School) -> None:
    report = school.serve(STUDENTS, students(*range(2, 10)))
    assert (report.summary.tombstoned, report.summary.outcome) == (2, "complete")
    assert there(school) == {str(key) for key in range(2, 10)}
    gone = school.record("student", "0")
    assert gone is not None
    assert gone.fields["last_name"] == "Jansen"
    last = changes(school.engine, school.source)[-1]
    assert (last["action"], last["version"], last["after"]) == ("delete", 2, None)
    assert last["before"]["last_name"] == "Jansen"


def test_one_that_was_deleted_comes_back_under_its_id(school: School) -> None:
    before = rows_of(school.engine, "identity", school.source)
    school.serve(STUDENTS, students(*range(1, 10)))
    report = school.serve(STUDENTS, students(*range(10)))
    assert (report.summary.inserted, report.summary.updated, report.summary.tombstoned) == (1, 0, 0)
    assert [row["id"] for row in rows_of(school.engine, "identity", school.source)] == [row["id"] for row in before]
    history = [(row["action"], row["version"]) for row in changes(school.engine, school.source)]
    assert history[10:] == [("delete", 2), ("revive", 3)]


def test_an_incomplete_read_deletes_nothing(school: School) -> None:
    school.fake.proved = False
    report = school.serve(STUDENTS, students(1))
    assert (report.summary.tombstoned, report.summary.outcome) == (0, "partial")
    assert len(there(school)) == 10


@pytest.mark.parametrize("declared", [8, 10, 0])
def test_a_read_of_another_number_than_declared_deletes_nothing(school: School, declared: int) -> None:
    school.fake.declared = declared
    report = school.serve(STUDENTS, students(*range(9)))
    assert (report.summary.tombstoned, report.summary.outcome) == (0, "partial")
    school.fake.declared = 9
    assert school.sync(STUDENTS).summary.tombstoned == 1


def test_bad_rows_count_for_the_declared_number(school: School) -> None:
    school.fake.declared = 10
    report = school.serve(STUDENTS, [*students(*range(1, 10)), bad(student("x"))])
    assert (report.summary.tombstoned, report.summary.outcome) == (1, "complete")


def test_an_empty_answer_never_deletes_by_itself(engine: Engine) -> None:
    school = School(engine, LIMITS)
    school.serve(STUDENTS, students(1))
    report = school.serve(STUDENTS, [])
    assert (report.summary.tombstoned, report.summary.held, report.summary.outcome) == (0, 1, "partial")
    number = plans(school)[0][0]
    assert school.store.resolve(number, "approved")
    assert school.sync(STUDENTS).summary.tombstoned == 1
    assert plans(school) == [(number, "applied", 1)]


def test_too_much_waits_for_a_person_while_the_rest_is_applied(school: School) -> None:
    report = school.serve(STUDENTS, [student("0", "De Vries"), *students(*range(4, 10))])
    assert (report.summary.updated, report.summary.tombstoned, report.summary.held) == (1, 0, 3)
    assert report.summary.message == "more is missing than may go at once"
    assert len(there(school)) == 10
    assert [row[1:] for row in plans(school)] == [("open", 3)]


def test_a_plan_keeps_its_number_while_it_stays_the_same(school: School) -> None:
    school.serve(STUDENTS, students(*range(3, 10)))
    first = plans(school)
    school.sync(STUDENTS)
    assert plans(school) == first
    school.serve(STUDENTS, students(*range(2), *range(5, 10)))
    assert [row[1:] for row in plans(school)] == [("closed", 3), ("open", 3)]


def test_a_plan_is_closed_when_the_records_are_back(school: School) -> None:
    school.serve(STUDENTS, students(*range(3, 10)))
    number = plans(school)[0][0]
    school.serve(STUDENTS, students(*range(10)))
    assert [row[1:] for row in plans(school)] == [("closed", 3)]
    assert not school.store.resolve(number, "approved")


def test_reads_that_prove_nothing_leave_a_plan_alone(school: School) -> None:
    school.serve(STUDENTS, students(*range(3, 10)))
    before = plans(school)
    school.sync(STUDENTS, full=False)
    school.fake.proved = False
    school.serve(STUDENTS, students(*range(10)))
    assert plans(school) == before


def test_an_approved_plan_is_checked_against_a_fresh_read(school: School) -> None:
    school.serve(STUDENTS, students(*range(4, 10)))
    assert school.store.resolve(plans(school)[0][0], "approved")
    report = school.serve(STUDENTS, students(0, *range(4, 10)))
    assert (report.summary.tombstoned, report.summary.held) == (3, 0)
    assert there(school) == {"0", *map(str, range(4, 10))}
    assert [row[1:] for row in plans(school)] == [("applied", 4)]


def test_an_approval_needs_a_proved_read(school: School) -> None:
    school.serve(STUDENTS, students(*range(4, 10)))
    assert school.store.resolve(plans(school)[0][0], "approved")
    school.fake.proved = False
    assert school.sync(STUDENTS).summary.tombstoned == 0
    school.fake.proved = True
    assert school.sync(STUDENTS, full=False).summary.tombstoned == 0
    report = school.serve(STUDENTS, [*students(*range(4, 10)), bad(student("x"), covers=False)])
    assert report.summary.tombstoned == 0
    assert school.serve(STUDENTS, students(*range(4, 10))).summary.tombstoned == 4


def test_an_approval_in_the_middle_of_a_run_is_not_lost(school: School) -> None:
    """It came after the run had looked for approvals: the next run applies it."""
    school.serve(STUDENTS, students(*range(4, 10)))
    number = plans(school)[0][0]
    run = school.store.begin(school.source, "students", ("student",), owner="me")
    assert run is not None
    run.apply([Mapped([Student(key=(str(key),), local_id=str(key), last_name="Jansen")]) for key in range(4, 10)])
    approved: list[bool] = []

    @event.listens_for(school.engine, "begin")
    def approve(connection: Connection) -> None:
        if connection.get_execution_options().get("writes") and not approved:
            approved.append(True)
            connection.exec_driver_sql(f"UPDATE held SET state = 'approved' WHERE id = {number}")

    assert run.finish(Ending("seen to the end")).tombstoned == 0
    event.remove(school.engine, "begin", approve)
    assert plans(school) == [(number, "approved", 4)]
    assert school.sync(STUDENTS).summary.tombstoned == 4
    assert plans(school) == [(number, "applied", 4)]


def test_a_rejected_plan_stays_quiet(school: School) -> None:
    school.serve(STUDENTS, students(*range(4, 10)))
    assert school.store.resolve(plans(school)[0][0], "rejected")
    report = school.sync(STUDENTS)
    assert (report.summary.tombstoned, report.summary.held, report.summary.outcome) == (0, 0, "complete")
    assert len(there(school)) == 10
    school.serve(STUDENTS, students(*range(10)))
    assert [row[1:] for row in plans(school)] == [("closed", 4)]


def test_a_rejected_plan_forgets_those_that_are_back(school: School) -> None:
    """Otherwise nobody of a read that was rejected once could ever leave, as long as one of them stays away."""
    school.serve(STUDENTS, students(*range(4, 10)))
    assert school.store.resolve(plans(school)[0][0], "rejected")
    school.serve(STUDENTS, students(0, 1, *range(4, 10)))
    assert [row[1:] for row in plans(school)] == [("rejected", 2)]
    assert school.serve(STUDENTS, students(1, *range(4, 10))).summary.tombstoned == 1
    assert there(school) == {"1", "2", "3", *map(str, range(4, 10))}


def test_a_plan_is_decided_once(school: School) -> None:
    school.serve(STUDENTS, students(*range(4, 10)))
    number = plans(school)[0][0]
    assert school.store.resolve(number, "rejected")
    assert not school.store.resolve(number, "approved")
    assert not school.store.resolve(number + 1, "approved")


def test_another_scope_is_never_swept(school: School) -> None:
    """Reading this year proves nothing about the last; who is read in both belongs to the later."""
    school.fake.scope = "2627"
    assert school.serve(STUDENTS, students(0, 1)).summary.tombstoned == 0
    assert len(there(school)) == 10
    report = school.serve(STUDENTS, students(1))
    assert (report.summary.tombstoned, report.summary.held) == (1, 0)
    assert there(school) == {str(key) for key in range(1, 10)}


def test_another_source_and_another_entity_are_never_swept(school: School) -> None:
    def sync(source: int, entity: str, *keys: str) -> Any:
        run = school.store.begin(source, entity, ("student",), owner="me")
        assert run is not None
        run.apply([Mapped([Student(key=(key,), local_id=key, last_name="x")]) for key in keys])
        return run.finish(Ending("seen to the end"))

    other = school.store.source("other", "fake", "Other")
    sync(other, "students", "0", "1")
    assert sync(school.source, "exchange", "x").tombstoned == 0
    assert sync(other, "students", "1").tombstoned == 1
    assert there(school) == {*map(str, range(10)), "x"}
    assert sync(school.source, "exchange", "y").tombstoned == 1
    assert there(school) == {*map(str, range(10)), "y"}


def test_many_tombstones_are_set_page_by_page(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("canonical.sweep.PAGE", 3)
    school = School(engine, Limits(deletion_share=1.0))
    school.serve(STUDENTS, students(*range(10)))
    assert school.serve(STUDENTS, students(9)).summary.tombstoned == 9
    assert there(school) == {"9"}
