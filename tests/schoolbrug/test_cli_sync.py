"""``sync`` and ``status``: what came, what it did, how it stands."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from canonical.store import Store
from connectors.errors import Denied, Retry
from schoolbrug.commands.status import judge
from schoolbrug.config import load
from schoolbrug.ledger import EntityStatus
from schoolbrug.opening import opened
from tests.fake_source import FakeSource, bad, grade, member, student
from tests.schoolbrug.conftest import Run

NAME = "Canaryname"
NOW = datetime(2026, 11, 24, 7, tzinfo=UTC)


def fill(fake: FakeSource, students: int = 4) -> None:
    fake.rows["students"] = [student(f"s{n}", NAME) for n in range(students)]
    fake.rows["grades"] = [grade(f"g{n}", f"s{n}", "7.5") for n in range(students)]
    fake.stamp()


def by_entity(text: str) -> dict[str, dict[str, object]]:
    (source,) = json.loads(text)["sources"]
    return {entity["entity"]: entity for entity in source["entities"]}


@pytest.mark.usefixtures("home")
def test_a_first_sync_and_a_second(run: Run, fake: FakeSource) -> None:
    fill(fake)
    first = run("sync", "--json")
    assert first.exit_code == 0
    whole = json.loads(first.stdout)
    assert whole["dry_run"] is False
    source = whole["sources"][0]
    assert (source["name"], source["system"], source["school"]) == ("oak", "fake", "The Oak")
    assert [entity["entity"] for entity in source["entities"]] == ["school", "students", "groups", "members", "grades"]
    told = by_entity(first.stdout)
    assert isinstance(told["students"].pop("seconds"), float)
    assert told["students"] == {
        "entity": "students", "read": 4, "inserted": 4, "updated": 0, "unchanged": 0, "tombstoned": 0,
        "quarantined": 0, "held": 0, "outcome": "complete", "code": None, "message": None,
    }  # fmt: skip
    assert told["school"]["inserted"] == 1
    again = by_entity(run("sync", "--json").stdout)
    assert {name: (told["inserted"], told["updated"], told["unchanged"]) for name, told in again.items()} == {
        "school": (0, 0, 1), "students": (0, 0, 4), "groups": (0, 0, 0), "members": (0, 0, 0), "grades": (0, 0, 4),
    }  # fmt: skip


@pytest.mark.usefixtures("home")
def test_one_entity_of_one_source(run: Run, fake: FakeSource) -> None:
    fill(fake)
    assert list(by_entity(run("sync", "oak", "grades", "--json").stdout)) == ["grades"]
    assert list(by_entity(run("sync", "oak", "school", "--json").stdout)) == ["school"]


@pytest.mark.usefixtures("home")
def test_recent_reads_only_what_is_new(run: Run, fake: FakeSource) -> None:
    fill(fake)
    run("sync")
    fake.rows["students"].append(student("s9"))
    fake.stamp()
    assert by_entity(run("sync", "oak", "students", "--recent", "--json").stdout)["students"]["read"] == 1
    assert by_entity(run("sync", "oak", "students", "--json").stdout)["students"]["read"] == 5


@pytest.mark.usefixtures("home")
def test_a_dry_run_tells_and_changes_nothing(run: Run, fake: FakeSource) -> None:
    fill(fake)
    run("sync")
    fake.rows["students"] = [student("s0", "Other"), *fake.rows["students"][1:3], student("s9"), bad(student("s8"))]
    for _ in range(2):
        told = by_entity(run("sync", "--dry-run", "--json").stdout)["students"]
        assert [told[name] for name in ("inserted", "updated", "tombstoned", "quarantined")] == [1, 1, 1, 1]
    table = run("sync", "--dry-run")
    assert "Nothing was changed" in table.stdout
    assert run("quarantine", "list").stdout == "Nothing is in quarantine.\n"
    changed = by_entity(run("sync", "--json").stdout)["students"]
    assert [changed[name] for name in ("inserted", "updated", "tombstoned", "quarantined")] == [1, 1, 1, 1]


@pytest.mark.usefixtures("home")
def test_a_dry_run_that_would_hold_says_so(run: Run, fake: FakeSource) -> None:
    fill(fake)
    run("sync")
    fake.rows["students"] = []
    assert by_entity(run("sync", "--dry-run", "--json").stdout)["students"]["held"] == 4
    assert run("held", "list").stdout == "Nothing is held.\n"


@pytest.mark.usefixtures("home")
def test_an_entity_that_fails_fails_the_command_and_not_the_others(run: Run, fake: FakeSource) -> None:
    fill(fake, 8)
    fake.failure = (6, Retry("students: nobody answers", code="http.timeout"))
    result = run("sync", "--json")
    assert result.exit_code == 1
    told = by_entity(result.stdout)
    assert (told["students"]["outcome"], told["students"]["code"], told["students"]["read"]) == (
        "failed", "http.timeout", 6
    )  # fmt: skip
    assert told["groups"]["outcome"] == "complete"
    assert "schoolbrug: oak students: students: nobody answers [http.timeout]" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.usefixtures("home")
def test_a_source_that_refuses_us_is_not_asked_further(run: Run, fake: FakeSource) -> None:
    fill(fake)
    fake.failure = (0, Denied("log in: user name or password refused", code="fake.login"))
    result = run("sync", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["sources"][0]["unasked"] == ["groups", "members", "grades"]
    assert "the rest was not asked: groups, members, grades." in result.stderr


def test_an_entity_that_another_process_syncs_is_named(run: Run, home: Path, fake: FakeSource) -> None:
    fill(fake)
    run("sync")
    with opened(load(home / "schoolbrug.toml")) as store:
        _held_by_another(store)
        result = run("sync", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["sources"][0]["busy"] == ["grades"]
    assert "another process is syncing grades" in result.stderr


def _held_by_another(store: Store) -> None:
    assert store.begin(store.source("oak", "fake", "The Oak"), "grades", ("grade",), owner="elsewhere/boot/1/x")


@pytest.mark.usefixtures("home")
def test_the_table_shows_the_same_and_no_name(run: Run, fake: FakeSource) -> None:
    fill(fake)
    result = run("sync")
    (line,) = [line for line in result.stdout.splitlines() if line.startswith(" students")]
    assert line.split()[:3] == ["students", "4", "4"]
    assert "whole" in line
    assert NAME not in result.output
    assert result.stderr == ""


@pytest.mark.usefixtures("home", "fake")
def test_before_the_first_sync_the_status_tells_how_to_begin(run: Run) -> None:
    assert "never synced; begin with: schoolbrug sync oak --dry-run" in run("status").stdout
    assert json.loads(run("status", "--json").stdout) == {
        "sources": [{"name": "oak", "system": "fake", "school": "The Oak", "enabled": True, "paused": None,
             "entities": []}]
    }


@pytest.mark.usefixtures("home")
def test_the_status_tells_how_each_entity_stands(run: Run, fake: FakeSource) -> None:
    fill(fake)
    run("sync")
    fake.rows["students"] = [*fake.rows["students"], bad(student("s8", NAME))]
    fake.rows["grades"] = []
    run("sync", "oak", "students")
    run("sync", "oak", "grades")
    fake.rows["members"] = [member("s1", "g1", "1a")]
    fake.failure = (0, Retry("members: nobody answers", code="http.timeout"))
    run("sync", "oak", "members")
    result = run("status", "--json")
    assert result.exit_code == 0
    told = by_entity(result.stdout)
    assert {name: one["state"] for name, one in told.items()} == {
        "school": "ok", "students": "incomplete", "groups": "ok", "members": "failing", "grades": "incomplete",
    }  # fmt: skip
    assert (told["students"]["rows"], told["students"]["changes"], told["students"]["quarantined"]) == (4, 4, 1)
    assert (told["grades"]["rows"], told["grades"]["held"]) == (4, 4)
    error = told["members"]["last_error"]
    assert isinstance(error, dict)
    assert (error["code"], error["message"]) == ("http.timeout", "members: nobody answers")
    assert told["groups"]["last_error"] is None
    table = run("status").stdout
    assert "members: nobody answers [http.timeout]" in table
    assert "schoolbrug quarantine list" in table
    assert "schoolbrug held list" in table
    assert NAME not in table + result.stdout


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "ok"),
        ({"complete_at": NOW - timedelta(hours=2)}, "incomplete"),
        ({"quarantined": 1}, "incomplete"),
        ({"held": 1}, "incomplete"),
        ({"fresh_at": NOW - timedelta(hours=3, seconds=1)}, "stale"),
        ({"fresh_at": NOW - timedelta(hours=3), "complete_at": NOW - timedelta(hours=3)}, "ok"),
        ({"failures": 1}, "failing"),
        ({"fresh_at": None}, "never"),
        ({"entity": "school", "fresh_at": NOW - timedelta(days=9), "complete_at": NOW - timedelta(days=9)}, "ok"),
    ],
)
def test_a_state_is_the_worst_of_what_is_true(home: Path, changes: dict[str, object], state: str) -> None:
    an_hour = NOW - timedelta(hours=1)
    whole = {
        "source": "oak", "entity": "grades", "fresh_at": an_hour, "complete_at": an_hour, "failures": 0, "rows": 1,
        "changes": 1, "quarantined": 0, "held": 0, "code": None, "message": None, "failed_at": None,
    }  # fmt: skip
    source = load(home / "schoolbrug.toml").source[0]
    assert judge(EntityStatus(**{**whole, **changes}), source, NOW) == state  # type: ignore[arg-type]
