"""A source that may not be asked at all hours: outside them nothing is begun, and nothing counts as failing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from connectors.contract import Batch, Entity
from connectors.errors import Broken, Retry
from scheduler.rest import CLOSED, hours, opens_at, sentence
from scheduler.sync import sync_entity, sync_source
from tests.fake_source import GROUPS, STUDENTS, group
from tests.school import School, students
from tests.stored import dump

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def school(engine: Engine) -> School:
    made = School(engine)
    made.serve(STUDENTS, students(1))
    return made


@pytest.mark.parametrize("rehearse", [False, True])
def test_what_may_not_be_read_is_not_begun(school: School, rehearse: bool) -> None:
    def read(entity: Entity, since: str | None) -> Iterator[Batch]:
        raise AssertionError("it was asked")

    school.fake.read = read  # type: ignore[method-assign]
    school.fake.hours = lambda at: at + 2 * HOUR
    before = dump(school.engine)
    report = school.sync(STUDENTS, rehearse=rehearse)
    assert dump(school.engine) == before, "no run, no failure, no lease"
    assert isinstance(report.error, Retry)
    assert report.error.code == report.summary.code == CLOSED
    assert report.error.after == 7200
    assert report.opens is not None
    assert str(report.error) == f"school students: {sentence(report.opens, datetime.now(UTC))}"
    assert report.summary.outcome == "closed"


def test_the_others_are_read(school: School) -> None:
    school.fake.rows["groups"] = [group("g", "1a")]
    school.fake.opens_at = lambda entity, now: now + HOUR if entity is STUDENTS else None  # type: ignore[method-assign]
    reports = list(sync_source(school.store, school.target, [STUDENTS, GROUPS]))
    assert [(report.entity, report.summary.outcome) for report in reports] == [
        ("students", "closed"), ("groups", "complete")
    ]  # fmt: skip


@pytest.mark.parametrize("opens", [None, timedelta(0), -HOUR])
def test_what_is_open_or_was_opened_is_read(school: School, opens: timedelta | None) -> None:
    school.fake.hours = lambda at: None if opens is None else at + opens
    assert school.sync(STUDENTS).summary.outcome == "complete"


@pytest.mark.parametrize("wrong", ["an error", "no time zone"])
def test_a_connector_that_cannot_tell_its_hours_fails_its_entity(school: School, wrong: str) -> None:
    def nonsense(at: datetime) -> datetime:
        if wrong == "an error":
            raise KeyError("Zwartkopmees")
        return at.replace(tzinfo=None)

    school.fake.hours = nonsense
    report = sync_entity(school.store, school.target, STUDENTS)
    assert report is not None
    assert isinstance(report.error, Broken)
    assert (report.summary.outcome, report.summary.code, report.opens) == ("failed", "unknown", None)
    assert "in the connector's own hours" in str(report.error)
    assert "Zwartkopmees" not in f"{report!r}"
    assert report.error.__context__ is None
    assert hours(school.fake, STUDENTS)(NOW) is None


def test_a_connector_without_hours_is_always_open(school: School) -> None:
    class Plain:
        """Nothing but what a connector must have."""

        name, mapping_version, scope, entities = "plain", "1", "", (STUDENTS,)
        read, map = school.fake.read, school.fake.map

    assert opens_at(Plain(), STUDENTS, NOW) is None


@pytest.mark.parametrize(
    ("opens", "told"),
    [
        ("2026-11-24T21:00", "may be read from 22:00 (Dutch time)"),
        ("2026-11-25T05:00", "may be read from 06:00 (Dutch time)"),
        ("2026-11-25T12:00", "may be read from Wed 25 Nov 13:00 (Dutch time)"),
    ],
)
def test_people_are_told_in_dutch_time(opens: str, told: str) -> None:
    assert sentence(datetime.fromisoformat(opens).replace(tzinfo=UTC), NOW) == told
