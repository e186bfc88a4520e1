"""``schoolbrug backup`` and ``restore`` as a person sees them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fake_source import FakeSource, student
from tests.schoolbrug.conftest import Run


@pytest.fixture
def school(home: Path, run: Run, fake: FakeSource) -> FakeSource:
    """A school that was read once."""
    fake.rows["students"] = [student(f"s{n}") for n in range(3)]
    assert run("sync").exit_code == 0
    return fake


def elsewhere(home: Path) -> None:
    """From now on the configuration is that of another store."""
    file = home / "schoolbrug.toml"
    file.write_text(file.read_text("utf-8").replace("/store.sqlite", "/other/store.sqlite"), "utf-8")


def test_there_and_back(school: FakeSource, home: Path, run: Run) -> None:
    said = run("backup", "b.zip")
    assert (said.exit_code, said.stderr) == (0, "")
    assert " rows of " in said.stdout
    assert "b.zip, as of 20" in said.stdout
    elsewhere(home)
    said = run("restore", "b.zip")
    assert (said.exit_code, said.stderr) == (0, "")
    assert "restored and verified" in said.stdout
    assert "must be erased again" in said.stdout
    (entity,) = (one for one in json.loads(run("sync", "--json").stdout)["sources"][0]["entities"]
                 if one["entity"] == "students")  # fmt: skip
    assert (entity["unchanged"], entity["inserted"], entity["updated"]) == (3, 0, 0)


@pytest.mark.usefixtures("school")
def test_for_scripts(home: Path, run: Run) -> None:
    told = json.loads(run("backup", "b.zip", "--json").stdout)
    assert (told["file"], told["database"], told["tables"]["student"]) == ("b.zip", "sqlite", 3)
    assert told["rows"] == sum(told["tables"].values())
    elsewhere(home)
    assert json.loads(run("restore", "b.zip", "--json").stdout) == told


@pytest.mark.usefixtures("school")
@pytest.mark.parametrize(("words", "told"), [
    (["restore", "b.zip"], "store.sqlite is there already"),
    (["backup", "b.zip"], "b.zip: cannot be written (File exists)"),
    (["backup", "nowhere/b.zip"], "nowhere/b.zip: cannot be written (No such file or directory)"),
    (["restore", "nothing.zip"], "nothing.zip: cannot be read (No such file or directory)"),
    (["restore", "schoolbrug.toml"], "schoolbrug.toml: this is no whole backup"),
])  # fmt: skip
def test_mistakes(run: Run, words: list[str], told: str) -> None:
    assert run("backup", "b.zip").exit_code == 0
    said = run(*words)
    assert (said.exit_code, said.stdout) == (2, "")
    assert told in said.stderr


@pytest.mark.usefixtures("home")
def test_before_the_first_sync(home: Path, run: Run) -> None:
    said = run("backup", "b.zip")
    assert (said.exit_code, "nothing to back up" in said.stderr) == (2, True)
    assert not (home / "b.zip").exists()
    assert not (home / "store.sqlite").exists()
