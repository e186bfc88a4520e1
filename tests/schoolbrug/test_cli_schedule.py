"""``schoolbrug schedule``: what is read when in the next 24 hours."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from canonical import dues
from scheduler.cadence import AMSTERDAM
from schoolbrug.config import load
from schoolbrug.opening import opened
from tests.fake_source import FakeSource
from tests.schoolbrug.conftest import Run

NOW = datetime.now(UTC)
RHYTHM = """default = 60
grades = { every = 15, from = "07:00", until = "18:00", days = [1, 2, 3, 4, 5] }
full = "02:30"
closed = [{ first = 2026-12-19, last = 2027-01-03 }]
"""


@pytest.fixture
def rhythm(home: Path, fake: FakeSource) -> Path:
    file = home / "schoolbrug.toml"
    file.write_text(file.read_text("utf-8").replace("default = 60\n", RHYTHM), "utf-8")
    return file


def told(run: Run, at: str) -> dict[str, list[datetime]]:
    (source,) = json.loads(run("schedule", "--json", "--at", at).stdout)["sources"]
    return {line["entity"]: [datetime.fromisoformat(moment) for moment in line["at"]] for line in source["entities"]}


@pytest.mark.parametrize(("at", "grades", "students", "night"), [
    ("2026-12-01T06:00", 44, 24, "2026-12-02T02:30"),  # a Tuesday
    ("2026-12-04T18:00", 0, 24, "2026-12-05T02:30"),  # into the weekend
    ("2026-12-18T22:00", 0, 2, None),  # into the holiday
    ("2026-12-24T22:00", 0, 0, None), ("2027-03-28T00:00", 0, 24, "2027-03-28T03:00"),  # the clock goes forward
])  # fmt: skip
@pytest.mark.usefixtures("rhythm")
def test_the_next_24_hours(run: Run, at: str, grades: int, students: int, night: str | None) -> None:
    found = told(run, at)
    assert (len(found["grades"]), len(found["students"])) == (grades, students)
    assert [moment.astimezone(AMSTERDAM).strftime("%Y-%m-%dT%H:%M") for moment in found["everything"]] == [
        *([night] if night else [])
    ]
    begins = datetime.fromisoformat(at).replace(tzinfo=AMSTERDAM).astimezone(UTC)
    assert all(begins < moment < begins + timedelta(hours=24) for each in found.values() for moment in each)


@pytest.mark.usefixtures("rhythm")
def test_for_people(run: Run) -> None:
    text = run("schedule", "--at", "2026-12-01T06:00").stdout
    (grades,) = [line.split() for line in text.splitlines() if line.strip().startswith("grades")]
    assert grades[3:] == ["15", "min", "44"]
    assert "07:00:00" <= grades[1] < "07:15:00"
    assert "nothing is read in the next 24 hours" in run("schedule", "--at", "2026-12-24T22:00").stdout


def test_a_paused_source_is_said_to_be(rhythm: Path, run: Run) -> None:
    with opened(load(rhythm)) as store:
        number = store.source("oak", "fake", "The Oak")
        with store.writing() as connection:
            dues.admit(connection, number, 1)
            dues.plan(connection, number, {"grades": NOW})
        dues.pause(store, number, "denied", 0)
    assert "paused (denied)" in run("schedule", "--at", "2026-12-01T06:00").stdout
