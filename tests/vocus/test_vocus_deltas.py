"""Deliveries that hold only what has changed: each is applied once, in order, and nothing is deleted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
from sqlalchemy import Engine

from simulator import edits
from simulator.model import Grade
from tests.bridge import Bridge, assert_same
from tests.magister.expected import expected
from tests.stored import changes
from tests.vocus.bridge import FILES, Office, bridge

ENTITIES = ("students", "assessments", "grades")


@pytest.fixture
def office(office: Office) -> Office:
    """Packed: deliveries may lie there beside one another."""
    office.zipped, office.only = True, [FILES[name] for name in ENTITIES]
    return office


@contextmanager
def deltas(office: Office, engine: Engine) -> Iterator[Bridge]:
    with bridge(office, engine, only=ENTITIES, mode="delta") as made:
        yield made


def a_mark(office: Office) -> Grade:
    return next(grade for grade in office.school.all_grades() if grade.tenths)


def give(office: Office, mark: str) -> None:
    own = a_mark(office)
    edits.change_grade(office.school, own.student, own.assessment, Decimal(mark), attempt=own.attempt)


def marks_given(made: Bridge, wanted: list[str]) -> list[str]:
    """Which of the marks the change log tells of, in its order."""
    told = [change["after"] for change in changes(made.engine, made.target.source_id) if change["kind"] == "grade"]
    return [after["raw_text"] for after in told if after and after["raw_text"] in wanted]


def test_each_is_applied_once_in_the_order_of_its_time(office: Office, sqlite: Engine) -> None:
    with deltas(office, sqlite) as made:
        office.deliver()
        made.sync(full=False)
        runs = len(made.runs())
        for night, mark in enumerate(("1.1", "1.2", "1.3"), 1):
            give(office, mark)
            office.deliver_on(night)
        report = made.sync("grades", full=False)["grades"]
        assert (report.error, report.summary.outcome) == (None, "complete")
        assert len(made.runs()) == runs + 3
        assert marks_given(made, ["1,1", "1,2", "1,3"]) == ["1,1", "1,2", "1,3"]
        assert_same({"grade": made.live()["grade"]}, {"grade": expected(office.school)["grade"]})
        assert made.sync("grades", full=False)["grades"].summary.outcome == "waiting"
        assert made.sync("grades", full=True)["grades"].summary.updated == 0


def test_what_a_delta_lacks_stays(office: Office, sqlite: Engine) -> None:
    with deltas(office, sqlite) as made:
        office.deliver()
        made.sync(full=False)
        before = made.live()
        office.faults.on("half-list")
        office.deliver_on(1)
        office.faults.off()
        office.faults.on("empty-list")
        office.deliver_on(2)
        reports = made.sync(full=False)
        assert {report.summary.outcome for report in reports.values()} == {"complete"}
        assert made.held() == []
        assert (made.live(), made.tombstones()) == (before, 0)
