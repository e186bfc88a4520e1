"""How a sync ends badly: by consequence, with what was applied kept, and without a word of what a row said."""

from __future__ import annotations

import logging
import sqlite3
import traceback
from collections.abc import Iterator
from typing import Any

import pytest
from psycopg import errors
from sqlalchemy import Connection, Engine, event, text

from canonical.errors import Refused
from canonical.plan import Limits
from connectors.contract import Batch, Entity, RawRecord
from connectors.errors import Broken, Denied, Retry, SourceError
from scheduler.sync import sync_entity, sync_source
from tests.fake_source import GRADES, GROUPS, MEMBERS, STUDENTS, bad, group, member, student
from tests.school import School, students
from tests.stored import dump, live, rows_of

CANARY = "Zwartkopmees"


@pytest.fixture
def school(engine: Engine) -> School:
    return School(engine)


def state(school: School, entity: str = "students") -> dict[str, Any]:
    [found] = [row for row in rows_of(school.engine, "entity_state", school.source) if row["entity"] == entity]
    return found


@pytest.mark.parametrize(
    "error",
    [Retry("r", code="http.timeout", after=5), Denied("d", code="http.401"), Broken("b", code="column.missing")],
    ids=lambda error: type(error).__name__,
)
def test_what_was_read_before_an_error_stays(school: School, error: SourceError) -> None:
    school.serve(STUDENTS, students(9))
    school.fake.failure = (3, error)
    report = school.serve(STUDENTS, students(1, 2, 3, 4))
    assert report.error is error
    summary = report.summary
    assert (summary.outcome, summary.code, summary.message) == ("failed", error.code, str(error))
    assert (summary.read, summary.inserted, summary.tombstoned) == (3, 3, 0)
    assert {key for _, key in live(school.engine, school.source)} == {("1",), ("2",), ("3",), ("9",)}
    run = rows_of(school.engine, "run", school.source)[-1]
    assert (run["outcome"], run["code"], run["read"], run["inserted"]) == ("failed", error.code, 3, 3)
    assert run["ended_at"] is not None
    assert state(school)["failures"] == 1
    assert state(school)["owner"] is None
    school.fake.failure = None
    assert school.sync(STUDENTS).error is None
    assert state(school)["failures"] == 0


def test_a_source_that_denies_us_is_not_asked_again(school: School) -> None:
    school.fake.rows["students"] = students(1)
    school.fake.failure = (0, Denied("no", code="http.401"))
    reports = list(sync_source(school.store, school.target, [STUDENTS, GROUPS]))
    assert [report.entity for report in reports] == ["students"]


@pytest.mark.parametrize("error", [Retry("r", code="x"), Broken("b", code="x")])
def test_other_errors_stop_one_entity_only(school: School, error: SourceError) -> None:
    school.fake.rows["students"] = students(1)
    school.fake.failure = (0, error)
    reports = [(report.entity, report.error) for report in sync_source(school.store, school.target, [STUDENTS, GROUPS])]
    assert reports == [("students", error), ("groups", None)]


def test_an_entity_that_another_worker_has_is_left_out(school: School) -> None:
    school.store.begin(school.source, "students", (), owner="another-machine/x/1/x")
    reports = list(sync_source(school.store, school.target, [STUDENTS, GROUPS]))
    assert [report.entity for report in reports] == ["groups"]


@pytest.mark.parametrize("ending", ["well", "badly", "unforeseen"])
def test_a_run_that_lost_its_lease_ends_without_a_word(school: School, ending: str) -> None:
    """Also where it was about to say that the source had failed."""

    def read(entity: Entity, since: str | None) -> Iterator[Batch]:
        with school.store.writing() as connection:
            connection.execute(text("UPDATE entity_state SET fence = fence + 1, owner = 'another/x/1/x'"))
        if ending == "badly":
            raise Retry("slow", code="http.timeout")
        if ending == "unforeseen":
            raise RuntimeError
        yield Batch([])

    school.fake.read = read  # type: ignore[method-assign]
    assert sync_entity(school.store, school.target, STUDENTS) is None
    assert [run["outcome"] for run in rows_of(school.engine, "run", school.source)] == ["running"]


def test_a_batch_that_is_too_long_breaks_the_contract(school: School) -> None:
    school.fake.batch = 6_000
    report = school.serve(STUDENTS, students(*range(5_001)))
    assert isinstance(report.error, Broken)
    assert report.summary.code == "contract.batch"


def test_a_row_that_brings_what_its_entity_does_not_breaks_the_contract(school: School) -> None:
    report = school.serve(STUDENTS, [group("g", CANARY)])
    assert isinstance(report.error, Broken)
    assert (report.summary.code, report.summary.inserted) == ("contract.kind", 0)


def test_two_records_of_a_row_that_promised_one_break_the_contract(school: School) -> None:
    row = {"records": [*group("g", "1a")["records"], *group("h", "1b")["records"]]}
    report = school.serve(GROUPS, [row])
    assert isinstance(report.error, Broken)
    assert report.summary.code == "contract.one_to_one"


# Freshness


def test_fresh_is_what_was_read_to_the_end_and_complete_what_is_whole(engine: Engine) -> None:
    school = School(engine, Limits(deletion_floor=1))

    def moments() -> tuple[bool, bool]:
        """Whether the last run made the entity fresh, and complete."""
        run = rows_of(engine, "run", school.source)[-1]
        now = state(school)
        return now["fresh_at"] == run["started_at"], now["complete_at"] == run["started_at"]

    school.fake.proved = False
    school.serve(STUDENTS, students(*range(9)))
    assert moments() == (False, False)
    school.fake.proved = True
    school.sync(STUDENTS)
    assert moments() == (True, True)
    school.fake.declared = 8
    school.sync(STUDENTS)
    assert moments() == (False, False)
    school.fake.declared = None
    school.fake.failure = (0, Retry("r", code="x"))
    school.sync(STUDENTS)
    assert moments() == (False, False)
    school.fake.failure = None
    school.serve(STUDENTS, students(*range(5)))
    assert moments() == (True, False), "deletions are held"
    school.serve(STUDENTS, [*students(*range(9)), bad(student("10"))])
    assert moments() == (True, False), "a row is in quarantine"
    school.serve(STUDENTS, students(*range(9)))
    assert moments() == (True, True)


def test_an_incremental_read_keeps_whole_what_was_whole_and_no_more(school: School) -> None:
    def whole() -> bool:
        return bool(state(school)["complete_at"] == rows_of(school.engine, "run", school.source)[-1]["started_at"])

    school.serve(STUDENTS, students(1))
    report = school.serve(STUDENTS, students(1, 2), full=False)
    assert (report.summary.read, report.summary.inserted) == (1, 1)
    assert whole()
    school.serve(STUDENTS, [*students(1, 2), bad(student("3"))], full=False)
    assert not whole()
    school.serve(STUDENTS, [*students(1, 2, 4), bad(student("3"))], full=False)
    assert not whole(), "the bad row was not asked for again, and is bad all the same"
    school.serve(STUDENTS, students(1, 2, 3, 4))
    assert whole()


def test_what_was_refused_is_asked_for_again(engine: Engine) -> None:
    """The cursor moves with the verdict: what a refused read was about does not lie behind it."""
    school = School(engine, Limits(bad_floor=1, bad_share=0.1))
    school.serve(STUDENTS, students(1))
    report = school.serve(STUDENTS, [student("1"), bad(student("2")), bad(student("3"))], full=False)
    assert isinstance(report.error, Refused)
    before = state(school)["complete_at"]
    report = school.serve(STUDENTS, [*school.fake.rows["students"], student("4")], full=False)
    assert (report.summary.read, report.summary.outcome) == (3, "refused")
    assert state(school)["complete_at"] == before
    report = school.serve(STUDENTS, students(1, 2, 3, 4), full=False)
    assert (report.summary.read, report.summary.outcome) == (3, "complete")
    assert state(school)["complete_at"] == before, "rows in quarantine are closed by a complete read"


def test_an_incremental_read_after_deletions_were_held_is_not_whole(engine: Engine) -> None:
    school = School(engine, Limits(deletion_floor=1))
    school.serve(STUDENTS, students(*range(9)))
    before = state(school)["complete_at"]
    assert school.serve(STUDENTS, students(*range(5))).summary.held == 4
    assert school.sync(STUDENTS, full=False).summary.outcome == "complete"
    assert state(school)["complete_at"] == before


def test_without_a_cursor_every_read_is_complete(school: School) -> None:
    report = school.serve(STUDENTS, students(1, 2), full=False)
    assert report.summary.read == 2
    assert rows_of(school.engine, "run", school.source)[-1]["incremental"] is False
    report = school.serve(STUDENTS, students(1), full=False)
    assert (report.summary.read, report.summary.tombstoned) == (0, 0)
    assert rows_of(school.engine, "run", school.source)[-1]["incremental"] is True


# Rehearsal


def test_a_rehearsal_writes_nothing_and_tells_what_a_run_would_do(engine: Engine) -> None:
    school = School(engine, Limits(deletion_floor=1))
    school.fake.batch = 2
    school.serve(MEMBERS, [member(str(key), "g", "1a") for key in range(12)])
    school.fake.rows["members"] = [
        member("0", "h", "1h"), member("20", "h", "1x"), bad(member("3", "g", "1a")), member("21", "h", "1x"),
        *(member(str(key), "g", "1b") for key in range(6, 12)), member("22", "k", "1k"), member("0", "h", "1h"),
    ]  # fmt: skip
    before = dump(engine)
    rehearsed = school.sync(MEMBERS, rehearse=True)
    assert dump(engine) == before
    real = school.sync(MEMBERS)
    assert rehearsed.summary == real.summary
    assert (real.summary.inserted, real.summary.updated, real.summary.held) == (6, 1, 5)
    assert (real.summary.quarantined, real.summary.ignored) == (1, 2)
    assert dump(engine) != before


@pytest.mark.parametrize("entity", [STUDENTS, GRADES, MEMBERS], ids=lambda entity: entity.name)
def test_a_rehearsal_of_a_first_sync(school: School, entity: Entity) -> None:
    rows = {"students": students(*range(7)), "members": [member("1", "g", "1a"), member("2", "g", "1b")], "grades": []}
    school.fake.rows[entity.name] = rows[entity.name]
    before = dump(school.engine)
    rehearsed = school.sync(entity, rehearse=True)
    assert dump(school.engine) == before
    assert school.sync(entity).summary == rehearsed.summary


def test_a_rehearsal_that_fails_writes_nothing_either(school: School) -> None:
    school.fake.failure = (3, Retry("r", code="x"))
    school.fake.rows["students"] = students(1, 2, 3, 4)
    before = dump(school.engine)
    assert school.sync(STUDENTS, rehearse=True).summary.outcome == "failed"
    assert dump(school.engine) == before


# Not a word of what a row said


def told(school: School, report: Any, logs: str) -> str:
    """All that people get to see of a sync; the records and the change log are theirs that may see them."""
    ledger = [rows_of(school.engine, table, school.source) for table in ("run", "entity_state", "quarantine", "held")]
    error = "".join(traceback.format_exception(report.error)) if report.error is not None else ""
    return f"{report!r}{ledger!r}{error}{logs}"


@pytest.fixture(autouse=True)
def _loud(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


def test_an_unforeseen_error_keeps_silent(school: School, caplog: pytest.LogCaptureFixture) -> None:
    report = school.serve(STUDENTS, [student("1"), {**student("2", CANARY), "explode": CANARY}])
    assert isinstance(report.error, Broken)
    assert report.summary.message == "school students: KeyError in the program itself"
    assert report.summary.outcome == "failed"
    assert CANARY not in told(school, report, caplog.text)


def test_a_row_that_no_record_accepts_keeps_silent(school: School, caplog: pytest.LogCaptureFixture) -> None:
    row = student("2", "x", birth_date=CANARY, gender=CANARY, email=[CANARY])
    report = school.serve(STUDENTS, [student("1"), row])
    assert report.summary.quarantined == 1
    assert CANARY not in told(school, report, caplog.text)


def database_error(engine: Engine) -> Exception:
    """What a database says of a row that it does not take."""
    message = f"Key (last_name)=({CANARY}) is not good"
    return sqlite3.IntegrityError(message) if engine.dialect.name == "sqlite" else errors.IntegrityError(message)


def test_an_error_of_the_database_keeps_silent(
    school: School, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def insert(*_: Any) -> None:
        raise database_error(school.engine)

    monkeypatch.setattr("canonical.bulk.insert", insert)
    report = school.serve(STUDENTS, [student("1", CANARY)])
    assert isinstance(report.error, Broken)
    assert report.summary.outcome == "failed"
    assert CANARY not in told(school, report, caplog.text)


def test_a_store_that_fails_after_an_unforeseen_error_does_not_drag_it_along(school: School) -> None:
    school.fake.rows["students"] = [{**student("2", CANARY), "explode": CANARY}]
    began: list[bool] = []

    @event.listens_for(school.engine, "begin")
    def gone(_connection: Connection) -> None:
        began.append(True)
        if len(began) > 2:
            raise ConnectionError("the database is gone")

    with pytest.raises(ConnectionError) as caught:
        sync_entity(school.store, school.target, STUDENTS)
    event.remove(school.engine, "begin", gone)
    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_nothing_of_a_row_is_logged(school: School, caplog: pytest.LogCaptureFixture) -> None:
    rows = [student("1", CANARY), bad(student("2", CANARY)), student("3", CANARY, birth_date=CANARY)]
    report = school.serve(STUDENTS, rows)
    assert (report.summary.inserted, report.summary.quarantined) == (1, 2)
    assert CANARY not in told(school, report, caplog.text)


def test_progress_is_told_in_rows(school: School) -> None:
    school.fake.rows["students"] = students(*range(7))
    heard: list[tuple[str, str, int]] = []
    sync_entity(school.store, school.target, STUDENTS, progress=lambda *step: heard.append(step))
    assert heard == [("school", "students", 3), ("school", "students", 6), ("school", "students", 7)]


def test_raw_rows_are_read_by_what_they_are(school: School) -> None:
    """A row that brings no record is read, and nothing else."""
    school.fake.map = lambda raw: ()  # type: ignore[method-assign]
    report = school.serve(STUDENTS, students(1, 2))
    assert (report.summary.read, report.summary.inserted, report.summary.quarantined) == (2, 0, 0)
    assert RawRecord("students", b"x").layout == b""
