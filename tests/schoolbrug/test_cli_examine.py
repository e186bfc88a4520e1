"""``check`` and ``doctor``: what is wrong, and where to repair it."""

from __future__ import annotations

import json
import shutil
from collections import namedtuple
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.contract import Finding
from schoolbrug.commands import doctor
from schoolbrug.example import example
from tests.fake_source import FakeSource
from tests.schoolbrug.conftest import Run

NOW = datetime(2026, 11, 24, 7, tzinfo=UTC)


def subjects(text: str) -> dict[str, tuple[bool, str]]:
    return {one["subject"]: (one["ok"], one["advice"]) for one in json.loads(text)["findings"]}


@pytest.mark.usefixtures("fake", "home")
def test_all_is_well(run: Run) -> None:
    result = run("check", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["ok"] is True
    assert subjects(result.stdout)["oak"] == (True, "fake cannot be tried without a sync")
    assert "wrong" not in run("check").stdout


@pytest.mark.usefixtures("fake")
def test_it_says_how_guardians_get_the_second_code(run: Run, home: Path) -> None:
    file = home / "schoolbrug.toml"
    before = file.read_text("utf-8")
    school = "the school hands it out with schoolbrug portal confirm"
    mail = '[portal.mail]\nhost = "localhost"\nsender = "a@oak.example"\n'
    sms = '[portal.sms]\nurl = "https://sms.example"\ntoken = { env = "X" }\n'
    for tables, told in (("", school), (mail, "by e-mail; to whom has no"), (sms, "by telephone; to whom has no"),
                         (mail + sms, "by e-mail or by telephone; to whom has no")):  # fmt: skip
        file.write_text(f"{before}\n{tables}", "utf-8")
        ok, advice = subjects(run("check", "--json").stdout)["second code of guardians"]
        assert ok
        assert advice.startswith(told)
        assert advice.endswith(school)


@pytest.mark.usefixtures("home")
def test_a_source_that_can_be_tried_says_what_is_wrong(
    run: Run, fake: FakeSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check() -> Iterator[Finding]:
        yield Finding("oak students", ok=True)
        yield Finding("oak grades", ok=False, advice="assign the list to the user")

    monkeypatch.setattr(fake, "check", check, raising=False)
    result = run("check", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["ok"] is False
    assert subjects(result.stdout)["oak grades"] == (False, "assign the list to the user")
    table = run("check").stdout
    assert "wrong  oak grades\n       assign the list to the user" in table


@pytest.mark.usefixtures("fake")
def test_one_wrong_thing_does_not_hide_another(run: Run, home: Path) -> None:
    file = home / "schoolbrug.toml"
    text = file.read_text("utf-8").replace("TEST_QUARANTINE_KEY", "NOT_SET_1")
    text += 'password = { env = "NOT_SET_2" }\n[[serve.keys]]\nname = "portal"\nsecret = { env = "NOT_SET_3" }\n'
    file.write_text(text, "utf-8")
    result = run("check", "--json")
    assert result.exit_code == 1
    told = subjects(result.stdout)
    assert {subject: ok for subject, (ok, _) in told.items() if not ok} == {
        "database": False, "key portal": False, "oak": False
    }  # fmt: skip
    for subject, variable in (("database", "NOT_SET_1"), ("oak", "NOT_SET_2"), ("key portal", "NOT_SET_3")):
        assert f"{variable} is not set" in told[subject][1]


@pytest.mark.usefixtures("home")
def test_a_sound_installation(run: Run) -> None:
    result = run("doctor", "--json")
    told = subjects(result.stdout)
    assert result.exit_code == 0, told
    for name in doctor.ROOMS:
        assert told[f"package {name}"] == (True, "")
    assert "magister" in told["connectors"][1]
    assert run("doctor").stdout.count("ok ") == len(told)


def test_a_package_that_comes_first_on_the_path_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert doctor._room("scheduler", doctor._home()).ok
    finding = doctor._room("scheduler", tmp_path)
    assert not finding.ok
    assert f"(ours: {tmp_path})" in finding.advice
    assert not doctor._room("no_such_package_at_all", tmp_path).ok
    monkeypatch.setattr(doctor, "_home", lambda: tmp_path)
    assert not any(doctor._room(name, doctor._home()).ok for name in doctor.ROOMS)


def test_without_a_configuration_the_doctor_tells_the_rest(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("doctor", "--json")
    assert result.exit_code == 1
    told = subjects(result.stdout)
    assert not told["configuration schoolbrug.toml"][0]
    assert told["package canonical"][0]


@pytest.mark.usefixtures("home")
def test_a_full_disk(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**12, 10**12 - 10**8, 10**8))
    result = run("doctor", "--json")
    assert result.exit_code == 1
    told = subjects(result.stdout)
    assert "make room on the disk" in told["disk, 0.1 GB free"][1]


@pytest.mark.parametrize(
    ("ahead", "ok"), [(None, True), (0, True), (4, True), (5, False)], ids=lambda value: str(value)
)
def test_a_clock_that_was_set_back(ahead: int | None, ok: bool) -> None:
    newest = None if ahead is None else NOW + timedelta(minutes=ahead)
    assert doctor._clock(newest, NOW).ok is ok


def test_the_example_is_printed_to_the_letter(run: Run) -> None:
    assert run("config", "example").stdout == example()
