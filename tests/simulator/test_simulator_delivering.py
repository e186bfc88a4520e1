"""The school writes deliveries: whole files, then the word that they are all there; and every way to spoil one."""

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from datetime import datetime
from pathlib import Path

import pytest

from simulator import delivering, edits
from simulator.delivering import AMSTERDAM, Deliverer
from simulator.exports import PRESETS, export
from simulator.exports_csv import Variant
from simulator.faults import Faults
from simulator.school import School, make_school

MADE = datetime(2026, 11, 24, 2, 15)
GRADES, STUDENTS = "cijfers.csv", "leerlingen.csv"


@pytest.fixture
def school() -> School:
    return make_school(7, 40)


@pytest.fixture
def office(school: School, tmp_path: Path) -> Deliverer:
    return Deliverer(school, tmp_path, only=(STUDENTS, GRADES))


def names(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]


def lying(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def lines(folder: Path, name: str) -> list[str]:
    return (folder / name).read_bytes().decode("utf-8-sig").splitlines()


def manifest(folder: Path, number: int = 1) -> dict[str, dict[str, object]]:
    told = json.loads((folder / f"levering-{number:04}.manifest.json").read_bytes())
    return {entry["name"]: entry for entry in told["files"]}


def test_the_manifest_comes_last_and_is_true(office, tmp_path, school):
    written = office.deliver(made=MADE)
    assert names(written) == [STUDENTS, GRADES, "levering-0001.manifest.json"]
    assert sorted(lying(tmp_path)) == sorted(names(written)), "something was left behind"
    told = json.loads(written[-1].read_bytes())
    assert told["made"] == "2026-11-24T02:15:00+01:00"
    for entry in told["files"]:
        data = (tmp_path / entry["name"]).read_bytes()
        assert entry["sha256"] == hashlib.sha256(data).hexdigest()
        assert entry["rows"] == data.count(b"\r\n") - 1 > 0
    assert manifest(tmp_path)[GRADES]["rows"] == sum(1 for _ in school.all_grades())


@pytest.mark.parametrize(("proof", "last"), [("marker", "levering-0001.ok"), ("none", GRADES)])
def test_other_ways_to_say_that_it_is_all(office, proof, last):
    office.proof = proof
    assert names(office.deliver())[-1] == last


def test_a_zip_holds_the_same_files(office, tmp_path):
    office.deliver()
    loose = lying(tmp_path)
    office.zipped = True
    packed, _ = office.deliver()
    with zipfile.ZipFile(packed) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            name: loose[name] for name in (STUDENTS, GRADES)
        }
    assert manifest(tmp_path, 2).keys() == {"levering-0002.zip"}


def test_everything_is_delivered_unless_some_are_chosen(school, tmp_path):
    written = Deliverer(school, tmp_path, preset="vocus-example", proof="none").deliver()
    assert len(names(written)) == 11
    assert lying(tmp_path) == export(school, "vocus-example")


@pytest.mark.parametrize("preset", PRESETS)
def test_every_export_can_be_delivered(school, tmp_path, preset):
    *written, proof = Deliverer(school, tmp_path, preset=preset).deliver()
    assert {path.name: path.read_bytes() for path in written} == export(school, preset)
    told = {entry["name"]: entry["sha256"] for entry in json.loads(proof.read_bytes())["files"]}
    assert told == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in written}


def test_a_file_is_as_old_as_its_delivery(office):
    ages = {path.stat().st_mtime for path in office.deliver(made=MADE)}
    assert ages == {MADE.replace(tzinfo=AMSTERDAM).timestamp()}


def test_it_is_made_by_the_clock_of_the_school_unless_told(office, school):
    assert json.loads(office.deliver()[-1].read_bytes())["made"] == "2026-11-24T08:00:00+01:00"
    edits.set_clock(school, datetime(2027, 6, 1, 12))
    assert json.loads(office.deliver()[-1].read_bytes())["made"] == "2027-06-01T12:00:00+02:00"


def test_nobody_sees_half_a_file(office, tmp_path, monkeypatch):
    seen, rename = [], os.replace

    def watched(source: Path, target: Path) -> None:
        assert source.name.startswith(".")
        assert not target.exists()
        rename(source, target)
        seen.append((target.name, target.read_bytes()))

    monkeypatch.setattr(delivering.os, "replace", watched)
    office.deliver()
    assert dict(seen) == lying(tmp_path)


def test_what_is_taken_at_once_does_not_stop_it(office, tmp_path, monkeypatch):
    """Who waits for files takes them away as soon as they have their names."""
    rename = os.replace

    def taken(source: Path, target: Path) -> None:
        rename(source, target)
        target.unlink()

    monkeypatch.setattr(delivering.os, "replace", taken)
    assert len(office.deliver()) == 3
    assert lying(tmp_path) == {}


@pytest.mark.parametrize(
    ("proof", "said"), [("manifest", "levering-0001.manifest.json"), ("marker", "levering-0001.ok")]
)
def test_what_was_said_of_files_is_taken_back_before_they_are_written_over(office, tmp_path, monkeypatch, proof, said):
    office.proof = proof
    office.deliver()
    rename = os.replace

    def watched(source: Path, target: Path) -> None:
        assert not (tmp_path / said).exists()
        rename(source, target)

    monkeypatch.setattr(delivering.os, "replace", watched)
    office.deliver()
    assert len(lying(tmp_path)) == 3


def test_deliveries_that_do_not_meet_stay_side_by_side(office, tmp_path):
    office.zipped = True
    office.deliver()
    office.deliver()
    assert sorted(lying(tmp_path)) == [
        "levering-0001.manifest.json", "levering-0001.zip", "levering-0002.manifest.json", "levering-0002.zip",
    ]  # fmt: skip


# Faults


def test_half_file(office, tmp_path):
    office.faults.on("half-file", only=GRADES)
    whole = export(office.school, "vocus-example")[GRADES]
    assert names(office.deliver()) == [STUDENTS, GRADES]
    half = (tmp_path / GRADES).read_bytes()
    assert whole.startswith(half)
    assert half[-1:] not in b"\r\n"
    assert whole[len(half) : len(half) + 2] != b"\r\n", "the row is whole"
    assert sorted(lying(tmp_path)) == [GRADES, STUDENTS]


def test_wrong_encoding(office, tmp_path):
    office.faults.on("wrong-encoding", only=GRADES)
    office.deliver()
    data = (tmp_path / GRADES).read_bytes()
    for encoding in ("utf-8", "cp1252"):
        with pytest.raises(UnicodeDecodeError):
            data.decode(encoding)
    assert data.endswith(b"\r\n")
    lines(tmp_path, STUDENTS)
    assert manifest(tmp_path)[GRADES]["sha256"] == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(("column", "gone"), [(None, "Kolom"), ("Resultaat", "Resultaat")])
def test_dropped_column(office, tmp_path, column, gone):
    office.deliver()
    before = lines(tmp_path, GRADES)
    place = before[0].split(";").index(gone)
    office.faults.on("dropped-column", only=GRADES, column=column)
    office.deliver()
    expected = [line.split(";") for line in before]
    assert [line.split(";") for line in lines(tmp_path, GRADES)] == [
        [*row[:place], *row[place + 1 :]] for row in expected
    ]


def test_lost_zeros(school, tmp_path):
    plain, wide = (Deliverer(school, tmp_path, only=(GRADES,), variant=Variant(width=width)) for width in (0, 6))
    wide.deliver()
    assert lines(tmp_path, GRADES)[1].startswith("020")
    wide.faults.on("lost-zeros")
    wide.deliver()
    lost = lying(tmp_path)[GRADES]
    plain.deliver()
    assert lying(tmp_path)[GRADES] == lost


def test_again(office, tmp_path, school):
    office.deliver(made=MADE)
    first = lying(tmp_path)
    number = next(iter(school.students))
    edits.change_student(school, number, email="nieuw@post.example")
    office.faults.on("again", times=1)
    office.deliver(made=MADE.replace(day=25))
    second = lying(tmp_path)
    assert [second[name] for name in (STUDENTS, GRADES)] == [first[name] for name in (STUDENTS, GRADES)]
    assert second["levering-0002.manifest.json"] == first["levering-0001.manifest.json"]
    office.deliver()
    assert b"nieuw@post.example" in lying(tmp_path)[STUDENTS]


def test_again_in_a_zip_is_the_same_zip(office, monkeypatch):
    office.zipped = True
    first = office.deliver()[0].read_bytes()
    monkeypatch.setattr(zipfile.time, "time", lambda: 2_000_000_000.0)
    office.faults.on("again")
    assert office.deliver()[0].read_bytes() == first


def test_late(office, tmp_path, school):
    office.zipped = True
    office.deliver(made=MADE)
    yesterday = lying(tmp_path)
    edits.change_student(school, next(iter(school.students)), email="nieuw@post.example")
    office.faults.on("late")
    today, said_today, late, said_late = office.deliver(made=MADE.replace(day=25))
    assert late.read_bytes() == yesterday["levering-0001.zip"] != today.read_bytes()
    made = [json.loads(path.read_bytes())["made"][:10] for path in (said_today, said_late)]
    assert made == ["2026-11-25", "2026-11-24"]


@pytest.mark.parametrize(("fault", "share"), [("half-list", 2), ("empty-list", 0)])
def test_fewer_rows_and_a_manifest_that_says_so(office, tmp_path, fault, share):
    office.deliver()
    whole = lines(tmp_path, GRADES)
    office.faults.on(fault, only=GRADES)
    office.deliver()
    left = (len(whole) - 1) // share if share else 0
    assert lines(tmp_path, GRADES) == whole[: left + 1]
    assert manifest(tmp_path, 2)[GRADES]["rows"] == left


def test_empty_file(office, tmp_path):
    office.faults.on("empty-file", only=GRADES)
    office.deliver()
    assert (tmp_path / GRADES).read_bytes() == b""
    assert (tmp_path / STUDENTS).read_bytes()


def test_bad_rows(office, tmp_path):
    office.deliver()
    whole = lines(tmp_path, GRADES)[1:]
    office.faults.on("bad-rows", only=GRADES, every=10)
    office.deliver()
    found = lines(tmp_path, GRADES)[1:]
    differ = [place for place, (good, bad) in enumerate(zip(whole, found, strict=True)) if good != bad]
    assert differ == list(range(0, len(whole), 10))
    assert "31-02-2026 25:00:00" in found[0]
    assert ";soms;" in found[10]


def test_without_a_delivery_before_it_nothing_comes_again(office):
    office.faults.on("again")
    office.faults.on("late")
    assert len(office.deliver()) == 3


def test_the_faults_of_several_offices_are_switched_together(school, tmp_path):
    faults = Faults()
    faults.on("empty-file", only=GRADES, times=1)
    Deliverer(school, tmp_path, faults=faults, only=(GRADES,)).deliver()
    assert faults.active() == []


# As a process of its own


@pytest.mark.parametrize(
    ("more", "some"), [([], {STUDENTS, GRADES}), (["--deliver-preset", "edex2000"], {"EDEXLL.TXT", "EDEXLG.TXT"})]
)
def test_the_process_delivers_before_it_says_that_it_is_ready(tmp_path, more, some):
    folder = tmp_path / "new" / "drop"
    command = [sys.executable, "-m", "simulator", "--students", "40", "--deliver", str(folder), *more]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            ready = json.loads(process.stdout.readline())
            there = {path.name for path in folder.iterdir()}
        finally:
            process.terminate()
        assert process.wait(timeout=10) == 0
    assert ready["folder"] == str(folder)
    assert there >= some | {"levering-0001.manifest.json"}


def test_the_process_that_lives_delivers_again(tmp_path):
    command = [
        sys.executable, "-m", "simulator", "--students", "40", "--live", "600", "--deliver", str(tmp_path),
        "--deliver-every", "0.05",
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            process.stdout.readline()
            asked = 0
            while not any(path.name > "levering-0003" for path in tmp_path.glob("*.json")):
                asked += 1
                assert asked < 1_000_000, "nothing more comes"
        finally:
            process.terminate()
        assert process.wait(timeout=10) == 0
