"""Which record a key stands for, who may change it, and when a row is known to be unchanged."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, event

from canonical.tables import IDENTITY
from connectors.contract import Entity
from tests.fake_source import GRADES, GROUPS, MEMBERS, STUDENTS, bad, grade, group, member, student
from tests.school import School, students
from tests.stored import changes, live, rows_of


@pytest.fixture
def school(engine: Engine) -> School:
    return School(engine)


def ids(school: School) -> dict[tuple[str, str], str]:
    return {(row["kind"], row["k1"]): row["id"] for row in rows_of(school.engine, "identity", school.source)}


def name_of(school: School, key: str) -> Any:
    state = school.record("student", key)
    assert state is not None
    return state.fields["last_name"]


def test_a_reference_gets_an_id_that_its_record_takes_over(school: School) -> None:
    school.serve(GRADES, [grade("g1", "7", "6.5")])
    before = ids(school)
    assert set(before) == {("grade", "g1"), ("student", "7"), ("assessment", "a1")}
    assert school.record("student", "7") is None
    report = school.serve(STUDENTS, students(7))
    assert (report.summary.inserted, report.summary.updated) == (1, 0)
    assert ids(school) == before
    assert school.record("grade", "g1") is not None
    assert [row["version"] for row in changes(school.engine, school.source)] == [1, 1]


def test_a_reference_alone_is_never_swept(school: School) -> None:
    school.serve(GRADES, [grade("g1", "7", "6.5")])
    assert school.serve(STUDENTS, students(8)).summary.tombstoned == 0
    assert school.sync(STUDENTS).summary.tombstoned == 0


def test_two_sources_have_their_own_records_under_the_same_key(engine: Engine, school: School) -> None:
    school.serve(STUDENTS, [student("1", "Jansen")])
    other = School(engine)
    other.source = other.store.source("other", "fake", "Other")
    other.target = type(other.target)("other", other.source, other.fake)
    assert other.serve(STUDENTS, [student("1", "Bakker")]).summary.inserted == 1
    assert ids(other) != ids(school)
    assert (name_of(school, "1"), name_of(other, "1")) == ("Jansen", "Bakker")


def test_of_two_entities_the_first_owns_the_record(school: School) -> None:
    school.serve(GROUPS, [group("g", "1a"), group("h", "1h")])
    report = school.serve(MEMBERS, [member("1", "g", "1b")])
    assert (report.summary.inserted, report.summary.updated, report.summary.ignored) == (1, 0, 1)
    assert live(school.engine, school.source)["group", ("g",)]["code"] == "1a"
    school.serve(MEMBERS, [member("1", "x", "1x")])
    assert {key for kind, key in live(school.engine, school.source) if kind == "group"} == {("g",), ("h",), ("x",)}
    report = school.serve(GROUPS, [group("g", "1c"), group("h", "1h")])
    assert (report.summary.updated, report.summary.tombstoned) == (1, 0)


def test_what_one_entity_lost_another_may_bring_back(school: School) -> None:
    school.serve(GROUPS, [group("g", "1a"), group("h", "1h")])
    school.serve(MEMBERS, [member("1", "g", "1b")])
    before = ids(school)
    school.serve(GROUPS, [group("h", "1h")])
    school.sync(MEMBERS)
    assert live(school.engine, school.source)["group", ("g",)]["code"] == "1b"
    assert school.sync(GROUPS).summary.tombstoned == 0
    assert ids(school) == before


@pytest.mark.parametrize("batch", [1, 2, 9])
def test_of_two_rows_the_first_decides_in_every_sync(school: School, batch: int) -> None:
    school.fake.batch = batch
    rows = [member("1", "g", "1a"), member("2", "g", "1b"), member("3", "g", "1a"), member("2", "g", "1b")]
    report = school.serve(MEMBERS, rows)
    assert (report.summary.inserted, report.summary.ignored) == (4, 2)
    for _ in range(2):
        report = school.sync(MEMBERS)
        assert (report.summary.inserted, report.summary.updated, report.summary.unchanged) == (0, 0, 4)
        assert report.summary.ignored == 2
        assert live(school.engine, school.source)["group", ("g",)]["code"] == "1a"
    assert len(changes(school.engine, school.source)) == 4


@pytest.mark.parametrize("batch", [1, 9])
def test_two_rows_for_one_record_are_stable_even_where_none_were_promised(school: School, batch: int) -> None:
    school.fake.batch = batch
    school.serve(STUDENTS, [student("1", "Jansen"), student("1", "Bakker"), student("1", "Jansen")])
    for _ in range(2):
        assert (school.sync(STUDENTS).summary.updated, name_of(school, "1")) == (0, "Jansen")
    assert len(changes(school.engine, school.source)) == 1


def test_a_second_sync_maps_and_writes_nothing(school: School) -> None:
    school.serve(STUDENTS, students(*range(7)))
    log, mapped = changes(school.engine, school.source), school.fake.mapped
    report = school.sync(STUDENTS)
    summary = report.summary
    assert (summary.read, summary.inserted, summary.updated, summary.unchanged) == (7, 0, 0, 7)
    assert school.fake.mapped == mapped == 7
    assert changes(school.engine, school.source) == log


def test_an_earlier_value_that_is_back_is_a_change(school: School) -> None:
    for name, updated in (("Jansen", 0), ("Bakker", 1), ("Jansen", 1), ("Jansen", 0), ("Bakker", 1)):
        assert school.serve(STUDENTS, [student("1", name)]).summary.updated == updated
        assert name_of(school, "1") == name


def test_an_earlier_row_that_is_back_after_a_deletion_is_not_unchanged(school: School) -> None:
    school.serve(STUDENTS, students(1, 2))
    school.serve(STUDENTS, students(2))
    [gone] = [row for row in rows_of(school.engine, "identity", school.source) if not row["live"]]
    assert gone["raw_hash"] is None
    assert school.serve(STUDENTS, students(1, 2)).summary.inserted == 1
    assert len(live(school.engine, school.source)) == 2


def test_the_row_of_a_deleted_record_is_not_recognised(school: School) -> None:
    school.serve(STUDENTS, students(1))
    run = school.store.begin(school.source, "students", ("student",), owner="me")
    assert run is not None
    [known] = rows_of(school.engine, "identity", school.source)
    assert run.recognise([known["raw_hash"]]) == {known["raw_hash"]}
    with school.store.writing() as connection:
        connection.execute(IDENTITY.update().values(live=False))
    assert run.recognise([known["raw_hash"]]) == set()


def test_a_row_that_was_bad_for_a_while_is_still_known(school: School) -> None:
    school.serve(STUDENTS, students(1, 2))
    school.serve(STUDENTS, [student("1"), bad(student("2"))])
    report = school.serve(STUDENTS, students(1, 2))
    assert (report.summary.unchanged, report.summary.tombstoned) == (2, 0)


@pytest.mark.parametrize("circumstance", ["mapping_version", "scope", "layout"])
def test_the_same_bytes_under_other_circumstances_are_mapped_again(school: School, circumstance: str) -> None:
    school.serve(STUDENTS, students(1, 2))
    setattr(school.fake, circumstance, b"other" if circumstance == "layout" else "other")
    report = school.sync(STUDENTS)
    assert school.fake.mapped == 4
    assert (report.summary.updated, report.summary.unchanged) == (0, 2)
    school.sync(STUDENTS)
    assert school.fake.mapped == 4


def test_a_row_that_says_the_same_in_other_bytes_is_no_change(school: School) -> None:
    school.serve(STUDENTS, [student("1", "Jansen")])
    report = school.serve(STUDENTS, [student("1", " Jansen ")])
    assert (report.summary.updated, report.summary.unchanged, school.fake.mapped) == (0, 1, 2)
    school.sync(STUDENTS)
    assert school.fake.mapped == 2
    assert len(changes(school.engine, school.source)) == 1


def test_a_row_of_one_entity_is_not_recognised_in_another(school: School) -> None:
    school.serve(GROUPS, [group("g", "1a")])
    report = school.serve(Entity("clusters", ("group",), one_to_one=True), [group("g", "1a")])
    assert report.summary.unchanged == 0
    assert school.fake.mapped == 2


def test_no_statement_outgrows_its_parameters(school: School) -> None:
    """A row may bring any number of records, a statement has some 30,000 parameters on SQLite."""
    largest = 0

    @event.listens_for(school.engine, "before_cursor_execute")
    def measure(*call: Any) -> None:
        nonlocal largest
        parameters, many = call[3], call[5]
        largest = max(largest, 0 if many else len(parameters))

    for code in ("1a", "1b"):
        records = [record for key in range(5_100) for record in group(str(key), code)["records"]]
        report = school.serve(MEMBERS, [{"records": records}])
        assert report.error is None
    assert report.summary.updated == 5_100
    assert largest < 5_010
