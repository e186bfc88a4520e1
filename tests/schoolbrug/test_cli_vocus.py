"""``schoolbrug vocus inspect``: what it prints, its exit code, and that no value of a record is in it."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from tests.schoolbrug.conftest import Run

STUDENTS = "\n".join([
    "Stamnr;Roepnaam;Achternaam;M/V;Geb.datum;E-mail;BSN;Postcode",
    "910001;CANARYzoe;CANARYjansen;V;13-04-2011;canary@example.com;123456782;9876ZZ",
    "910002;CANARYbram;CANARYvisser;1;28-02-2012;canary@example.com;182071649;9875ZZ",
    "910003;CANARYnoor;CANARYbakker;CANARYx;31-02-2012;;;9874ZZ",
]) + "\n"  # fmt: skip
VALUES = ("canary", "91000", "123456782", "182071649", "987", "2011", "2012", "example.com")


@pytest.fixture
def export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SCHOOLBRUG_CONFIG", raising=False)
    file = tmp_path / "leerlingen.csv"
    file.write_text(STUDENTS, "utf-8")
    return file


def test_no_value_of_a_record_is_printed(run: Run, export: Path) -> None:
    headless = export.with_name("kaal.csv")
    headless.write_text(STUDENTS.split("\n", 1)[1], "utf-8")
    files = (str(export), str(headless))
    for options in ((), ("--check",), ("--json",), ("--check", "--json")):
        result = run("vocus", "inspect", *files, *options)
        told = (result.stdout + result.stderr).lower()
        assert "kaal.csv" in told
        assert [value for value in VALUES if value in told] == []


def test_it_fits_a_small_window_and_is_plain(run: Run, export: Path) -> None:
    told = run("vocus", "inspect", str(export), "--check").stdout
    assert max(map(len, told.splitlines())) <= 80
    assert "\x1b" not in told


def test_it_tells_the_evidence_and_what_to_decide(run: Run, export: Path) -> None:
    result = run("vocus", "inspect", str(export))
    assert result.exit_code == 0
    words = " ".join(result.stdout.split())
    assert "encoding plain ASCII" in words
    assert "5 Geb.datum" not in words
    assert "4 Geb.datum birth_date 99-99-9999" in words
    assert "2 of 3 values read as %d-%m-%Y" in words
    assert "6 BSN not read" in words
    assert "For you to decide 1. column 3 (M/V): 2 of its 3 different values are not known" in words


def test_what_is_proposed_can_be_pasted(run: Run, export: Path) -> None:
    told = run("vocus", "inspect", str(export)).stdout
    table = tomllib.loads(told[told.index("[source.vocus.data.students]") :])
    assert table["source"]["vocus"]["data"]["students"]["columns"]["number"] == "Stamnr"
    as_json = json.loads(run("vocus", "inspect", str(export), "--json").stdout)
    (part,) = as_json["files"][0]["parts"]
    assert tomllib.loads(part["toml"]) == table
    assert part["data_set"] == "students"
    assert part["columns"][4] == {
        "place": 4, "header": "Geb.datum", "field": "birth_date", "state": "read", "filled": 3, "blank": 0,
        "evidence": "header says so; 2 of 3 values read as %d-%m-%Y; no other format reads as many; the other 1 would"
        " be refused row by row", "shapes": [{"shape": "99-99-9999", "percent": 100}],
    }  # fmt: skip


def test_a_check_fails_on_a_row(run: Run, export: Path) -> None:
    result = run("vocus", "inspect", str(export), "--check")
    assert result.exit_code == 1
    assert "1 of 3 rows would be refused" in result.stdout
    assert "line       4  birth_date: date" in result.stdout
    checks = json.loads(run("vocus", "inspect", str(export), "--check", "--json").stdout)["files"][0]["checks"]
    assert checks == [{
        "data_set": "students", "rows": 3, "refused_rows": 1, "ok": False, "refused": None, "code": None,
        "first": [{"line": 4, "field": "birth_date", "code": "date"}],
        "counts": [{"field": "birth_date", "code": "date", "count": 1}],
    }]  # fmt: skip


def test_a_check_of_a_good_file(run: Run, export: Path) -> None:
    export.write_text(STUDENTS.replace("31-02", "28-02"), "utf-8")
    result = run("vocus", "inspect", str(export), "--check")
    assert result.exit_code == 0
    assert "All 3 rows can be read." in result.stdout


def test_a_check_of_what_is_not_decided(run: Run, export: Path) -> None:
    export.write_text(STUDENTS.replace("Achternaam", "Iets"), "utf-8")
    result = run("vocus", "inspect", str(export), "--check")
    assert result.exit_code == 1
    assert "decide first" in result.stdout
    assert "data.students.columns.last_name" in result.stdout


CONFIGURATION = """
[[source]]
name = "linde"
system = "vocus"
school = { name = "De Linde", brin = "99XX" }

[source.vocus]
folder = "/nowhere"

[source.vocus.sftp]
host = "sftp.example.com"
user = "linde"
password = { env = "NOT_SET_HERE" }
host_key = "ssh-ed25519 AAAA"

[source.vocus.data.students]
files = "leerlingen*.csv"
columns = { number = "Stamnr", last_name = "Achternaam", birth_date = "Geboren" }

[[source]]
name = "eik"
system = "magister"
school = { name = "De Eik", brin = "98XX" }
"""


def test_a_check_with_the_settings_of_a_source(run: Run, export: Path) -> None:
    """It needs no folder, no other side and no secret."""
    config = export.with_name("schoolbrug.toml")
    config.write_text(CONFIGURATION, "utf-8")
    result = run("vocus", "inspect", str(export), "--source", "linde")
    assert result.exit_code == 1
    assert "column Geboren is missing" in " ".join(result.stdout.split())
    assert "[vocus.column]" in result.stdout
    config.write_text(CONFIGURATION.replace("Geboren", "Geb.datum"), "utf-8")
    assert "line       4  birth_date: date" in run("vocus", "inspect", str(export), "--source", "linde").stdout
    other = export.rename(export.with_name("anders.csv"))
    result = run("vocus", "inspect", str(other), "--source", "linde")
    assert result.exit_code == 1
    assert "no data set of this source has a pattern" in " ".join(result.stdout.split())


def test_a_source_of_another_system(run: Run, export: Path) -> None:
    export.with_name("schoolbrug.toml").write_text(CONFIGURATION, "utf-8")
    result = run("vocus", "inspect", str(export), "--source", "eik")
    assert result.exit_code == 2
    assert "of magister" in result.stderr


def test_a_file_that_is_not_there(run: Run, export: Path) -> None:
    result = run("vocus", "inspect", str(export.with_name("geen.csv")))
    assert result.exit_code == 2
    assert "geen.csv" in result.stderr


def test_a_file_that_is_no_export(run: Run, export: Path) -> None:
    export.write_bytes(b"")
    result = run("vocus", "inspect", str(export))
    assert result.exit_code == 1
    assert "It would be refused" in result.stdout


def test_a_check_of_what_nothing_is_known_of_does_not_pass(run: Run, export: Path) -> None:
    export.write_text("aa;bb\n11;22\n33;44\n", "utf-8")
    assert run("vocus", "inspect", str(export)).exit_code == 0
    result = run("vocus", "inspect", str(export), "--check")
    assert result.exit_code == 1
    assert "nothing was checked, because nothing is known of it" in " ".join(result.stdout.split())
