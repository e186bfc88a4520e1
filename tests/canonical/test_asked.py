"""A source that is asked about one student at a time proves nothing about those it was not asked about."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from canonical.plan import Limits
from canonical.store import Store
from connectors.contract import Batch, Entity, Proof
from scheduler.sync import Report, Target, sync_entity
from tests.fake_source import GRADES, FakeSource, Row, grade, student
from tests.stored import live, rows_of

STUDENTS = Entity("students", ("student",))
PER_STUDENT = replace(GRADES, kinds=("grade", "assessment", "subject"), one_to_one=False, asked_per="student")


def with_column(row: Row, column: str) -> Row:
    """A grade that brings its column along, as a source does that tells all of a student."""
    subject = {"kind": "subject", "key": [f"subject {column}"], "code": column}
    assessment = {"kind": "assessment", "key": [column], "subject": subject["key"], "assessment_kind": "test",
                  "code": column}  # fmt: skip
    (record,) = row["records"]
    return {"records": [subject, assessment, {**record, "assessment": [column]}]}


class AskedSource(FakeSource):
    """Is asked about those in ``asked``, and says so."""

    asked: tuple[str, ...] = ()

    def read(self, entity: Entity, since: str | None):  # type: ignore[no-untyped-def]
        for batch in super().read(entity, since):
            proof = batch.proof and Proof(batch.proof.by, about=[(key,) for key in self.asked])
            yield Batch(batch.rows, batch.cursor, proof)


@pytest.fixture
def source() -> AskedSource:
    made = AskedSource()
    made.rows["students"] = [student(key) for key in ("1", "2", "3")]
    made.rows["grades"] = [
        with_column(grade("g1", "1", "6.0"), "a1"), with_column(grade("g2", "2", "7.0"), "a2"),
        with_column(grade("g3", "2", "8.0"), "a1"), with_column(grade("g4", "3", "9.0"), "a3"),
    ]  # fmt: skip
    made.asked = ("1", "2", "3")
    return made


@pytest.fixture
def target(engine: Engine, source: AskedSource) -> Target:
    store = Store(engine)
    made = Target("fake", store.source("fake", "fake", "School"), source)
    assert sync(store, made, STUDENTS).error is None
    assert sync(store, made, PER_STUDENT).summary.outcome == "complete"
    return made


def sync(store: Store, target: Target, entity: Entity = PER_STUDENT, *, rehearse: bool = False) -> Report:
    report = sync_entity(store, target, entity, rehearse=rehearse)
    assert report is not None
    return report


def there(engine: Engine, target: Target) -> set[str]:
    return {key[0] for kind, key in live(engine, target.source_id) if kind in ("grade", "assessment", "subject")}


ALL = {"g1", "g2", "g3", "g4", "a1", "a2", "a3", "subject a1", "subject a2", "subject a3"}


def without(source: AskedSource, *gone: str) -> None:
    source.rows["grades"] = [row for row in source.rows["grades"] if row["records"][-1]["key"][0] not in gone]


def test_who_is_not_asked_about_keeps_everything(engine: Engine, source: AskedSource, target: Target) -> None:
    without(source, "g2", "g3")
    source.asked = ("1", "3")
    report = sync(Store(engine), target)
    assert (report.summary.tombstoned, report.summary.held, report.summary.outcome) == (0, 0, "complete")
    assert there(engine, target) == ALL, "with the column and the subject that only this student has"
    assert rows_of(engine, "held") == []


def test_what_belonged_to_somebody_who_is_deleted_goes_though_nobody_asked(
    engine: Engine, source: AskedSource, target: Target
) -> None:
    source.rows["students"] = [student("1"), student("3")]
    assert sync(Store(engine), target, STUDENTS).summary.tombstoned == 1
    without(source, "g2", "g3")
    source.asked = ("1", "3")
    assert sync(Store(engine), target).summary.tombstoned == 4
    assert there(engine, target) == ALL - {"g2", "g3", "a2", "subject a2"}


def test_what_is_taken_back_of_somebody_who_was_asked_about_goes(
    engine: Engine, source: AskedSource, target: Target
) -> None:
    without(source, "g2", "g4")
    source.asked = ("1", "2")
    report = sync(Store(engine), target)
    assert (report.summary.tombstoned, report.summary.outcome) == (3, "complete")
    assert there(engine, target) == ALL - {"g2", "a2", "subject a2"}


def test_somebody_without_anything_left_was_asked_about_all_the_same(
    engine: Engine, source: AskedSource, target: Target
) -> None:
    without(source, "g4")
    assert sync(Store(engine), target).summary.tombstoned == 3
    assert there(engine, target) == ALL - {"g4", "a3", "subject a3"}


def test_who_is_not_asked_about_does_not_count_towards_the_ceiling(
    engine: Engine, source: AskedSource, target: Target
) -> None:
    without(source, "g1", "g2", "g3")
    source.asked = ("3",)
    report = sync(Store(engine, limits=Limits(deletion_share=0.0, deletion_floor=0)), target)
    assert (report.summary.tombstoned, report.summary.held) == (0, 0)
    assert there(engine, target) == ALL


def test_a_rehearsal_says_the_same(engine: Engine, source: AskedSource, target: Target) -> None:
    without(source, "g2", "g3", "g4")
    source.asked = ("1", "3")
    report = sync(Store(engine), target, rehearse=True)
    assert (report.summary.tombstoned, report.summary.held) == (3, 0)


def test_an_answer_about_nobody_deletes_nothing(engine: Engine, source: AskedSource, target: Target) -> None:
    source.rows["grades"], source.asked = [], ()
    report = sync(Store(engine), target)
    assert report.summary.tombstoned == 0
    assert there(engine, target) == ALL


def test_where_many_were_not_asked_about_what_is_nobodys_own_stays_too(
    engine: Engine, source: AskedSource, target: Target
) -> None:
    """A column without a result may be that of a whole class that was not named."""
    column = with_column(grade("g5", "3", "5.0"), "a9")
    source.rows["grades"].append({"records": column["records"][:2]})
    store = Store(engine, limits=Limits(deletion_share=0.10, deletion_floor=2))
    assert sync(store, target).summary.inserted == 2
    source.rows["grades"] = source.rows["grades"][:3]
    source.asked = ("1", "2")
    report = sync(store, target)
    assert (report.summary.tombstoned, report.summary.held, report.summary.outcome) == (0, 0, "partial")
    assert report.summary.message == "of many records the source was not asked at all"
    assert there(engine, target) == ALL | {"a9", "subject a9"}
    source.asked = ("1", "2", "3")
    assert sync(store, target).summary.held == 5, "above the ceiling, it waits for a person"
