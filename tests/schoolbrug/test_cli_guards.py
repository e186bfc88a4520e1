"""What waits for a person: rows in quarantine and deletions that are held."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fake_source import FakeSource, bad, student
from tests.schoolbrug.conftest import Run

NAME = "Canaryname"


@pytest.fixture
def spoilt(run: Run, home: Path, fake: FakeSource) -> FakeSource:
    """A source with a row that cannot be read, after a sync."""
    fake.rows["students"] = [student("s1"), student("s2"), bad(student("s3", NAME))]
    assert run("sync").exit_code == 0
    return fake


@pytest.mark.usefixtures("spoilt")
def test_the_list_names_fields_and_no_values(run: Run) -> None:
    (row,) = json.loads(run("quarantine", "list", "--json").stdout)["rows"]
    assert (row["number"], row["source"], row["entity"], row["stage"]) == (1, "oak", "students", "map")
    assert row["problems"] == [{"field": "last_name", "code": "missing"}]
    assert "record" not in row
    table = run("quarantine", "list").stdout
    assert "last_name: missing" in table
    assert "s3" not in table
    assert NAME not in table


@pytest.mark.usefixtures("spoilt")
def test_one_row_is_named_by_its_key_and_opened_only_when_asked(run: Run) -> None:
    shown = run("quarantine", "show", "1")
    assert "record   student s3" in shown.stdout
    assert "last_name: missing" in shown.stdout
    assert "add --row" in shown.stdout
    assert NAME not in shown.stdout
    assert NAME in run("quarantine", "show", "1", "--row").stdout
    told = json.loads(run("quarantine", "show", "1", "--row", "--json").stdout)
    assert told["record"] == ["student", "s3"]
    assert json.loads(told["row"])["records"][0]["last_name"] == NAME


@pytest.mark.usefixtures("spoilt")
def test_a_row_opens_only_with_its_key(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_QUARANTINE_KEY", "another" * 10)
    result = run("quarantine", "show", "1", "--row")
    assert result.exit_code == 2
    assert "sealed with another key" in result.stderr
    assert NAME not in result.output


def test_without_a_key_no_values_are_kept(run: Run, home: Path, fake: FakeSource) -> None:
    file = home / "schoolbrug.toml"
    file.write_text(file.read_text("utf-8").replace("quarantine_key", "#"), "utf-8")
    fake.rows["students"] = [student("s1"), bad(student("s3", NAME))]
    run("sync")
    assert "values   not kept" in run("quarantine", "show", "1").stdout
    result = run("quarantine", "show", "1", "--row")
    assert result.exit_code == 2
    assert "store.quarantine_key is not set" in result.stderr


def test_trying_again_reads_only_what_has_bad_rows(run: Run, spoilt: FakeSource) -> None:
    spoilt.rows["students"][2] = student("s3", NAME)
    told = json.loads(run("quarantine", "retry", "--json").stdout)["sources"]
    assert [entity["entity"] for entity in told[0]["entities"]] == ["students"]
    assert told[0]["entities"][0]["inserted"] == 1
    assert run("quarantine", "list").stdout == "Nothing is in quarantine.\n"
    assert "Nothing to try again" in run("quarantine", "retry").stdout


@pytest.mark.usefixtures("spoilt")
def test_trying_another_entity_again_does_nothing(run: Run) -> None:
    result = run("quarantine", "retry", "oak", "grades")
    assert result.exit_code == 0
    assert "Nothing to try again" in result.stdout


@pytest.fixture
def emptied(run: Run, home: Path, fake: FakeSource) -> FakeSource:
    """A source that lost 25 of its 30 students, after a sync that held their deletion."""
    fake.rows["students"] = [student(f"s{n}", NAME) for n in range(30)]
    assert run("sync").exit_code == 0
    fake.rows["students"] = fake.rows["students"][:5]
    assert run("sync", "oak", "students").exit_code == 0
    return fake


def living(run: Run) -> int:
    (source,) = json.loads(run("status", "--json").stdout)["sources"]
    return int(next(one["rows"] for one in source["entities"] if one["entity"] == "students"))


@pytest.mark.usefixtures("emptied")
def test_what_is_held_is_listed_and_shown_by_kind_and_key(run: Run) -> None:
    (plan,) = json.loads(run("held", "list", "--json").stdout)["held"]
    assert (plan["number"], plan["entity"], plan["records"], plan["of"]) == (1, "students", 25, 30)
    assert plan["state"] == "open"
    told = json.loads(run("held", "show", "1", "--json").stdout)
    assert told["kinds"] == {"student": 25}
    some = {one["key"][0] for one in told["some"] if one["kind"] == "student"}
    assert len(some) == len(told["some"]) == 20
    assert some < {f"s{n}" for n in range(5, 30)}
    shown = run("held", "show", "1").stdout
    assert "25 of 30 records, open" in shown
    assert "the first 20, by their key" in shown
    assert "held approve 1" in shown
    assert NAME not in shown
    assert living(run) == 30


def test_an_approval_looks_at_the_source_again(run: Run, emptied: FakeSource) -> None:
    """Ten students are back by then: only the other fifteen go."""
    emptied.rows["students"] += [student(f"s{n}", NAME) for n in range(5, 15)]
    result = run("held", "approve", "1")
    assert result.exit_code == 0
    assert "15 of the 25 records were still missing and are deleted now." in result.stdout
    assert living(run) == 15
    assert run("held", "list").stdout == "Nothing is held.\n"
    assert run("held", "approve", "1").exit_code == 2


def test_an_approval_outlives_a_source_that_fails(run: Run, emptied: FakeSource) -> None:
    emptied.proved = False
    emptied.failure = (0, KeyError(NAME))
    result = run("held", "approve", "1")
    assert result.exit_code == 1
    assert "The approval is kept" in result.stdout
    assert NAME not in result.output
    assert living(run) == 30
    emptied.proved, emptied.failure = True, None
    run("sync", "oak", "students")
    assert living(run) == 5


@pytest.mark.usefixtures("emptied")
def test_a_rejection_keeps_the_records(run: Run) -> None:
    assert "The 25 records of oak students are kept." in run("held", "reject", "1").stdout
    run("sync", "oak", "students")
    assert living(run) == 30
    assert [plan["state"] for plan in json.loads(run("held", "list", "--json").stdout)["held"]] == ["rejected"]
    result = run("held", "approve", "1")
    assert result.exit_code == 2
    assert "is rejected already" in result.stderr


def test_an_approval_is_about_the_period_it_was_held_for(run: Run, emptied: FakeSource) -> None:
    emptied.scope = "2728"
    result = run("held", "approve", "1")
    assert result.exit_code == 2
    assert "is about period (current) of oak" in result.stderr
    assert [plan["state"] for plan in json.loads(run("held", "list", "--json").stdout)["held"]] == ["open"]
