"""The demo: three whole schools without anything to set up, and nothing left of them at the end."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
from pathlib import Path

import pytest
import requests

from schoolbrug.commands import demo
from simulator.school import make_school
from tests.schoolbrug import program

ENTITIES = {
    "de-waterling": [
        "school", "students", "staff", "guardians", "groups", "subjects", "assessments", "grades", "absence_reasons",
        "lessons", "absences",
    ],
    "het-kompas": [
        "school", "locations", "staff", "subjects", "students", "groups", "guardians", "grades", "absences",
    ],
    "de-vliet": [
        "school", "students", "staff", "guardians", "groups", "teaching", "assessments", "subjects", "grades",
        "absence_reasons", "lessons", "absences",
    ],
}  # fmt: skip
SYSTEMS = {"de-waterling": "magister", "het-kompas": "atvo", "de-vliet": "vocus"}


def test_twice_the_same_school_and_database_changes_nothing(tmp_path: Path) -> None:
    words = ("demo", "--once", "--json", "--students", "40", "--seed", "3", "--database", f"sqlite:///{tmp_path}/d.sqlite")
    first, second = program.once(tmp_path, *words), program.once(tmp_path, *words)
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert (first.stderr, second.stderr) == ("", "")
    told = json.loads(first.stdout)
    assert list(told) == ["sources"]
    assert {source["name"]: source["system"] for source in told["sources"]} == SYSTEMS
    for source, again in zip(told["sources"], json.loads(second.stdout)["sources"], strict=True):
        assert list(source) == ["name", "system", "school", "entities"]
        assert [entity["entity"] for entity in source["entities"]] == ENTITIES[source["name"]]
        for entity in source["entities"]:
            assert list(entity) == [
                "entity", "read", "inserted", "updated", "unchanged", "tombstoned", "quarantined", "held", "seconds"
            ]  # fmt: skip
            assert entity["inserted"] > 0
            assert entity["updated"] == entity["tombstoned"] == entity["quarantined"] == entity["held"] == 0
        for entity, before in zip(again["entities"], source["entities"], strict=True):
            assert entity["inserted"] == entity["updated"] == entity["tombstoned"] == 0
            assert entity["read"] == before["read"]
            assert entity["unchanged"] > 0
    school = make_school(3, 40)
    assert told["sources"][0]["school"] == school.name
    grades = next(one["read"] for one in told["sources"][0]["entities"] if one["entity"] == "grades")
    assert grades == len([*school.all_grades()]) != len([*make_school(4, 40).all_grades()])
    assert list((tmp_path / "tmp").iterdir()) == []


def test_the_table_is_for_people(tmp_path: Path) -> None:
    done = program.once(tmp_path, "demo", "--once", "--students", "40")
    assert done.returncode == 0
    assert done.stdout.startswith("de-waterling magister, Scholengemeenschap De Waterling\n")
    assert done.stderr == ""


def test_the_first_school_is_the_one_that_the_simulator_makes_by_itself() -> None:
    school = make_school(7, 40)
    assert demo.SCHOOLS[0][1:3] == (school.name, school.brin)


def test_it_serves_until_it_is_told_to_end(tmp_path: Path) -> None:
    with program.running(tmp_path, "demo", "--students", "40", "--port", "0") as process:
        lines = program.read_until(process, "Ctrl-C ends the demo")
        schools = program.children(process)
        assert len(schools) == 3
        (page,) = [line.split()[-1] for line in lines if line.startswith("In your browser")]
        assert requests.get(page, timeout=60).status_code == 200
        call = shlex.split(next(line for line in lines if line.endswith("/grades")))
        assert call[:2] == ["curl", "-H"]
        name, _, value = call[2].partition(": ")
        grades = requests.get(call[3], headers={name: value}, timeout=60)
        assert grades.json()["subjects"]
        assert requests.get(call[3], timeout=60).status_code == 401
        status = shlex.split(next(line for line in lines if " status --config " in line))
        told = json.loads(program.once(tmp_path, *status[1:], "--json").stdout)
        assert {source["name"]: [one["entity"] for one in source["entities"]] for source in told["sources"]} == ENTITIES
        rest = program.end(process, signal.SIGINT)
    assert process.returncode == 0
    assert "Traceback" not in rest
    assert not any(map(program.is_alive, schools))
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_it_can_be_told_to_end_at_any_time(tmp_path: Path, number: signal.Signals, code: int) -> None:
    with program.running(tmp_path, "demo", "--once", "--students", "300") as process:
        schools = program.until(lambda: program.children(process))
        rest = program.end(process, number)
    assert process.returncode == code
    assert rest == ""
    assert not any(map(program.is_alive, schools))
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_signal_while_the_school_is_being_opened_waits_until_it_can_be_closed() -> None:
    came: list[str] = []
    before = signal.signal(signal.SIGTERM, lambda *_: came.append("obeyed"))
    try:
        with demo._signals_later():
            signal.raise_signal(signal.SIGTERM)
            came.append("opened")
    finally:
        signal.signal(signal.SIGTERM, before)
    assert came == ["opened", "obeyed"]


def test_a_database_that_cannot_be_opened(tmp_path: Path) -> None:
    done = program.once(tmp_path, "demo", "--once", "--json", "--students", "40", "--database", "mysql://here/x")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == "schoolbrug: database: mysql is not supported; use sqlite or postgresql+psycopg\n"
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_school_that_does_not_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **options: real(["false"], **options))
    schools = demo._schools(tmp_path, 40, 7, living=False)
    with pytest.raises(demo.UserError, match=r"did not open \(exit code 1\)"), schools:
        pytest.fail("there is no school")
