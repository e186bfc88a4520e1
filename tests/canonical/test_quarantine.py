"""Rows that cannot be read are kept, sealed, and let go when they can."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine, text

from canonical.ending import Ending
from canonical.errors import Refused, UserError
from canonical.plan import Limits
from canonical.quarantine import KEEP, place_of
from canonical.seal import key_from, seal, unseal
from canonical.store import Store
from tests.fake_source import MEMBERS, STUDENTS, Row, bad, member, student
from tests.school import KEY, School, students
from tests.stored import live, rows_of

CANARY = "Zwartkopmees"


@pytest.fixture
def school(engine: Engine) -> School:
    return School(engine, Limits(bad_share=0.5, bad_floor=1, deletion_floor=100))


def quarantine(school: School) -> list[dict[str, Any]]:
    return rows_of(school.engine, "quarantine", school.source)


def test_a_bad_row_is_written_down_by_place_and_problem(school: School) -> None:
    report = school.serve(STUDENTS, [student("1"), bad(student("2"))])
    assert (report.summary.read, report.summary.inserted, report.summary.quarantined) == (2, 1, 1)
    assert report.error is None
    [row] = quarantine(school)
    assert orjson.loads(row["row"]) == ["student", "2"]
    assert orjson.loads(row["problems"]) == [["last_name", "missing"]]
    assert (row["stage"], row["attempts"], row["closed_at"]) == ("map", 1, None)


def test_a_row_that_no_record_accepts_is_bad_as_well(school: School) -> None:
    report = school.serve(STUDENTS, [student("1"), student("2", CANARY, birth_date=CANARY)])
    assert report.summary.quarantined == 1
    [row] = quarantine(school)
    assert row["stage"] == "record"
    assert orjson.loads(row["problems"]) == [["birth_date", "date_from_datetime_parsing"]]


@pytest.mark.parametrize("poison", ["a\0b", "\ud83d"])
def test_a_value_that_no_database_holds_stops_one_row_and_not_the_entity(school: School, poison: str) -> None:
    report = school.serve(STUDENTS, [student("1"), student("2", poison)])
    assert report.error is None
    assert (report.summary.inserted, report.summary.quarantined) == (1, 1)


def test_a_covered_row_counts_as_seen(school: School) -> None:
    school.serve(STUDENTS, students(1, 2, 3))
    report = school.serve(STUDENTS, [student("1"), bad(student("2"))])
    assert report.summary.tombstoned == 1
    assert {key for _, key in live(school.engine, school.source)} == {("1",), ("2",)}


def test_a_row_without_keys_suspends_deletions(school: School) -> None:
    school.serve(STUDENTS, students(1, 2, 3))
    report = school.serve(STUDENTS, [student("1"), bad(student("2"), covers=False)])
    assert (report.summary.tombstoned, report.summary.outcome) == (0, "partial")
    assert len(live(school.engine, school.source)) == 3


@pytest.mark.parametrize("covers", [[" 2 "], [2], [""], ["2", "2", "2", "2", "2"], []])
def test_a_place_that_is_no_key_never_makes_its_record_look_gone(school: School, covers: list[Any]) -> None:
    school.serve(STUDENTS, students(1, 2, 3))
    row = bad(student("2"))
    row["records"][0]["key"] = covers
    school.serve(STUDENTS, [student("1"), row])
    assert ("student", ("2",)) in live(school.engine, school.source)


def test_a_place_of_a_kind_that_is_not_the_entitys_suspends_deletions(school: School) -> None:
    school.serve(STUDENTS, students(1, 2))
    row = bad(student("2"))
    row["records"][0]["kind"] = "leerling"
    school.serve(STUDENTS, [student("1"), row])
    assert ("student", ("2",)) in live(school.engine, school.source)


@pytest.mark.parametrize("batch", [1, 9])
def test_a_bad_row_does_not_keep_others_from_bringing_the_same_record(school: School, batch: int) -> None:
    school.fake.batch = batch
    school.serve(MEMBERS, [member("1", "g", "1a"), member("2", "g", "1a")])
    school.serve(MEMBERS, [bad(member("1", "g", "1a")), member("2", "g", "1b")])
    assert live(school.engine, school.source)["group", ("g",)]["code"] == "1b"


def test_attempts_are_runs_and_a_healed_row_closes_itself(school: School) -> None:
    school.serve(STUDENTS, [student("1"), bad(student("2")), student("3")])
    rows = [student("1"), bad(student("2")), student("3"), student("4"), bad(student("2"))]
    school.serve(STUDENTS, rows)
    [row] = quarantine(school)
    assert (row["attempts"], row["closed_at"]) == (2, None)
    school.serve(STUDENTS, students(1, 2, 3, 4))
    [row] = quarantine(school)
    assert row["closed_at"] is not None
    assert row["payload"] is None
    school.serve(STUDENTS, [*students(1, 3, 4), bad(student("2"))])
    [row] = quarantine(school)
    assert (row["attempts"], row["closed_at"]) == (1, None)


def test_a_healed_row_closes_itself_although_another_has_no_keys(school: School) -> None:
    nameless = bad(student("9"), covers=False)
    school.serve(STUDENTS, [*students(1, 2, 3), bad(student("4")), nameless])
    school.serve(STUDENTS, [*students(1, 2, 3, 4), nameless])
    assert [row["closed_at"] is None for row in quarantine(school)] == [False, True]


def test_only_a_complete_read_closes(school: School) -> None:
    school.serve(STUDENTS, [*students(1, 2, 3), bad(student("4"))])
    school.fake.stamp()
    school.sync(STUDENTS, full=False)
    school.fake.proved = False
    school.serve(STUDENTS, students(1, 2, 3))
    assert [row["closed_at"] for row in quarantine(school)] == [None]


def test_too_many_bad_rows_refuse_the_entity(engine: Engine) -> None:
    school = School(engine, Limits(bad_share=0.5, bad_floor=2))
    school.serve(STUDENTS, students(1, 2, 3, 4, 5, 6))
    rows: list[Row] = [bad(student(str(key))) for key in range(3)]
    assert school.serve(STUDENTS, [*students(3, 4, 5), *rows]).error is None
    report = school.serve(STUDENTS, [*students(3, 4), *rows])
    assert isinstance(report.error, Refused)
    assert (report.summary.outcome, report.summary.code, report.summary.tombstoned) == ("refused", "rows.bad", 0)
    assert {("student", (str(key),)) for key in range(1, 6)} == set(live(engine, school.source))


def test_the_payload_is_sealed(tmp_path: Path, engine: Engine, school: School) -> None:
    row = bad(student("2", CANARY))
    school.serve(STUDENTS, [student("1"), row])
    [kept] = quarantine(school)
    place = place_of(school.source, "students", kept["row"])
    assert orjson.loads(unseal(KEY, bytes(kept["payload"]), place)) == row
    for key, other in ((bytes(32), place), (KEY, place_of(school.source, "grades", kept["row"])), (KEY, place + " ")):
        with pytest.raises(UserError):
            unseal(key, bytes(kept["payload"]), other)
    if engine.dialect.name == "sqlite":
        files = list(tmp_path.glob("store.sqlite*"))
        assert files
        assert not any(CANARY.encode() in file.read_bytes() for file in files)


def test_without_a_key_the_payload_is_not_kept(school: School) -> None:
    school.store.key = None
    school.serve(STUDENTS, [student("1"), bad(student("2", CANARY))])
    [row] = quarantine(school)
    assert (row["payload"], row["payload_until"]) == (None, None)


@pytest.mark.parametrize("outcome", ["complete", "partial", "failed"])
def test_a_payload_goes_when_its_time_is_over(engine: Engine, school: School, outcome: str) -> None:
    """Even when nobody reads that entity any more, and whatever becomes of the run that is going on."""
    school.serve(STUDENTS, [student("1"), bad(student("2"))])
    [row] = quarantine(school)
    assert row["payload_until"] - row["since"] == KEEP == timedelta(days=14)
    with engine.begin() as connection:
        connection.execute(text("UPDATE quarantine SET payload_until = '2020-01-01T00:00:00Z'"))
    other = school.store.begin(school.source, "members", (), owner="me")
    assert other is not None
    if outcome == "failed":
        other.fail("failed", "x", "x")
    else:
        other.finish(Ending("seen to the end" if outcome == "complete" else None))
    [row] = quarantine(school)
    assert (row["payload"], row["closed_at"]) == (None, None)


def test_a_seal_differs_each_time_and_a_short_secret_is_refused() -> None:
    assert seal(KEY, b"x", "place") != seal(KEY, b"x", "place")
    assert len(key_from("s" * 32)) == 32
    with pytest.raises(UserError, match="32"):
        key_from("s" * 31)


def test_a_store_says_nothing_of_a_row_that_is_sealed_elsewhere(engine: Engine) -> None:
    """The same row in two schools is sealed for each of them alone."""
    payloads = []
    for name in ("a", "b"):
        school = School(engine, Limits(bad_floor=5))
        school.source = Store(engine).source(name, "fake", name)
        school.target = type(school.target)(name, school.source, school.fake)
        school.serve(STUDENTS, [bad(student("2", CANARY))])
        [row] = quarantine(school)
        payloads.append((school.source, row))
    (_, first), (other, _) = payloads
    with pytest.raises(UserError):
        unseal(KEY, bytes(first["payload"]), place_of(other, "students", first["row"]))
