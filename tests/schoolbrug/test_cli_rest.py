"""A source that may not be asked now, and one that describes its data otherwise: what the commands say of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from canonical.store import FORM_CHANGED, OTHER_FORM
from tests.fake_source import STUDENTS, FakeSource, bad, student
from tests.schoolbrug.conftest import Run

NIGHT, NOON = datetime(2026, 11, 24, 2, tzinfo=UTC), datetime(2026, 11, 24, 12, tzinfo=UTC)
SENTENCE = "may be read from 22:00 (Dutch time)"


def at_night(at: datetime) -> datetime | None:
    """Open from 22:00 to 06:00 Dutch time, which is an hour ahead."""
    return None if at.hour >= 21 or at.hour < 5 else at.replace(hour=21, minute=0, second=0, microsecond=0)


@pytest.fixture
def resting(fake: FakeSource) -> FakeSource:
    """Students may be read at night only; the rest at any time."""
    fake.rows["students"] = [student(f"s{n}") for n in range(4)]
    fake.stamp()
    fake.opens_at = lambda entity, now: at_night(now) if entity is STUDENTS else None  # type: ignore[method-assign]
    return fake


def entities(text: str) -> dict[str, dict[str, object]]:
    (source,) = json.loads(text)["sources"]
    return {entity["entity"]: entity for entity in source["entities"]}


@pytest.mark.usefixtures("home", "resting")
def test_a_sync_says_when_and_reads_the_rest(run: Run) -> None:
    with time_machine.travel(NOON, tick=False):
        result = run("sync", "--json")
        table = run("sync", "oak", "students", "--dry-run")
    told = entities(result.stdout)
    assert (result.exit_code, table.exit_code) == (1, 1)
    assert (told["students"]["outcome"], told["students"]["code"]) == ("closed", "source.closed")
    assert told["students"]["message"] == SENTENCE
    assert told["grades"]["outcome"] == "complete"
    assert result.stderr == f"schoolbrug: oak students: {SENTENCE} [source.closed]\n"
    assert "not asked" in table.stdout
    assert "failed" not in table.stdout


@pytest.mark.usefixtures("home")
def test_trying_again_and_approving_say_when(run: Run, resting: FakeSource) -> None:
    with time_machine.travel(NIGHT, tick=False):
        run("sync")
        resting.rows["students"] = [bad(student("s9"))]
        run("sync")
    with time_machine.travel(NOON, tick=False):
        retry = run("quarantine", "retry")
        approve = run("held", "approve", "1")
    for result in (retry, approve):
        assert result.exit_code == 1
        assert f"oak students: {SENTENCE} [source.closed]" in result.stderr
    assert "The approval is kept" in approve.stdout
    with time_machine.travel(NOON + timedelta(hours=10), tick=False):
        assert entities(run("sync", "--json").stdout)["students"]["tombstoned"] == 4


@pytest.mark.usefixtures("home", "resting")
def test_a_check_tells_what_rests_and_finds_nothing_wrong(run: Run) -> None:
    def students() -> list[dict[str, object]]:
        result = run("check", "--json")
        assert result.exit_code == 0
        return [one for one in json.loads(result.stdout)["findings"] if one["subject"] == "oak students"]

    with time_machine.travel(NOON, tick=False):
        assert students() == [{"subject": "oak students", "ok": True, "advice": SENTENCE}]
    with time_machine.travel(NIGHT, tick=False):
        assert students() == []


def test_what_rests_is_not_stale_because_of_it(run: Run, home: Path, resting: FakeSource) -> None:
    """Students may be read until an hour after the first sync, and again nine hours later; the interval is an hour."""

    def states(hours: int) -> tuple[object, object]:
        with time_machine.travel(fresh + timedelta(hours=hours), tick=False):
            told = entities(run("status", "--json").stdout)
        return told["students"]["state"], told["groups"]["state"]

    resting.opens_at = lambda entity, now: None  # type: ignore[method-assign]
    run("sync")
    fresh = datetime.fromisoformat(str(entities(run("status", "--json").stdout)["students"]["fresh_at"]))
    closes, opens = fresh + timedelta(hours=1), fresh + timedelta(hours=10)
    resting.opens_at = lambda entity, now: (  # type: ignore[method-assign]
        opens if entity is STUDENTS and closes <= now < opens else None
    )
    assert [states(hours) for hours in (2, 8, 12, 14)] == [
        ("ok", "ok"), ("ok", "stale"), ("ok", "stale"), ("stale", "stale")
    ]  # fmt: skip
    file = home / "schoolbrug.toml"
    file.write_text(file.read_text("utf-8") + 'password = { env = "NOT_SET" }\n', "utf-8")
    assert states(8) == ("stale", "stale"), "without its connector nobody knows its hours"


@pytest.mark.usefixtures("home")
def test_another_form_is_told_by_the_sync_and_for_a_week_by_the_status(run: Run, resting: FakeSource) -> None:
    sentence = OTHER_FORM + "."
    resting.form = "first"
    with time_machine.travel(NIGHT, tick=False):
        run("sync")
        assert OTHER_FORM not in run("status").stdout
        resting.form = "second"
        result = run("sync", "oak", "students")
    assert result.exit_code == 0
    assert f"oak students: {sentence}" in result.stdout
    assert "whole" in result.stdout
    with time_machine.travel(NIGHT + timedelta(minutes=5), tick=False):
        again = run("sync", "oak", "students")
        assert OTHER_FORM not in again.stdout
        told = entities(run("status", "--json").stdout)
    assert told["students"]["last_error"] is None
    changed_at = datetime.fromisoformat(str(told["students"]["form_changed_at"]))
    assert told["groups"]["form_changed_at"] is None
    with time_machine.travel(changed_at + timedelta(days=6), tick=False):
        assert sentence in run("status").stdout
    with time_machine.travel(changed_at + timedelta(days=8), tick=False):
        assert OTHER_FORM not in run("status").stdout


@pytest.mark.usefixtures("home")
def test_another_form_has_a_code_for_scripts(run: Run, resting: FakeSource) -> None:
    with time_machine.travel(NIGHT, tick=False):
        resting.form = "first"
        run("sync")
        resting.form = "second"
        told = entities(run("sync", "oak", "students", "--json").stdout)["students"]
    assert (told["outcome"], told["code"], told["message"]) == ("complete", FORM_CHANGED, OTHER_FORM)
