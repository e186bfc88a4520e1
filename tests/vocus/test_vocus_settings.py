"""Settings are checked before anything is read; a mistake names its field and never a value."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from canonical.errors import UserError
from connectors.contract import Settings
from vocus import presets
from vocus.fields import DATA_SETS, kinds, one_to_one
from vocus.settings import DataSettings, SftpTable, VocusSettings, load

STUDENTS = {"files": "leerlingen*.csv", "columns": {"number": "Stamnr", "last_name": "Achternaam"}}
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMzM"
UWLR = {
    "url": "https://uwlr.example/leerlinggegevens", "version": "2.2", "authorisation_key": "geheim",
    "customer_code": "code", "customer_name": "naam", "brin": "97ZZ",
}  # fmt: skip


def _load(**options: Any) -> VocusSettings:
    return load(Settings("de-vliet", {"folder": "/srv/vliet", **options}))


def _students(**changes: Any) -> dict[str, Any]:
    return {"data": {"students": {**STUDENTS, **changes}}}


def test_a_data_set_has_the_defaults() -> None:
    found = _load(**_students()).data["students"]
    assert (found.preset, found.mode, found.encoding, found.delimiter) == ("csv-mapped", "snapshot", "auto", "auto")
    assert (found.header, found.quoting, found.null) == (True, True, ("", "-", "NULL"))
    assert found.dates[:3] == ("%d-%m-%Y", "%Y-%m-%d", "%Y%m%d")


def test_every_preset_is_valid_by_itself() -> None:
    for preset, sets in presets.tables().items():
        found = _load(data={name: {"preset": preset} for name in sets})
        assert list(found.data) == list(sets)


def test_a_preset_is_overruled_one_field_at_a_time() -> None:
    found = _load(
        data={"students": {"preset": "vocus-example", "columns": {"number": "Llnr", "email": ""}, "files": "l.csv"}}
    ).data["students"]
    assert (found.columns["number"], found.columns["last_name"], found.files) == ("Llnr", "Achternaam", "l.csv")
    assert "email" not in found.columns
    assert found.maps["gender"]["M"] == "male"


def test_true_and_false_may_stand_in_maps() -> None:
    found = _load(data={"guardians": {"preset": "vocus-example", "maps": {"secret": {"geheim": True, "open": False}}}})
    assert found.data["guardians"].maps["secret"] == {"geheim": "true", "open": "false"}


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (_students(columns={**STUDENTS["columns"], "geboren": "Geb"}), "data.students.columns.geboren"),
        (_students(columns={"number": "Stamnr"}), "data.students.columns.last_name"),
        (_students(columns={"number": -1, "last_name": 3}), "data.students.columns.number"),
        (_students(columns={"number": " ", "last_name": 3}), "data.students.columns.number"),
        (_students(columns={"number": True, "last_name": 3}), "data.students.columns.number"),
        (_students(header=False), "data.students.columns.number"),
        (_students(files=""), "data.students.files"),
        (_students(files="../leerlingen.csv"), "data.students.files"),
        (_students(preset="topicus-absences"), "data.students.preset"),
        (_students(preset="decibel"), "data.students.preset"),
        (_students(mode="both"), "data.students.mode"),
        (_students(encoding="latin-9"), "data.students.encoding"),
        (_students(delimiter=";;"), "data.students.delimiter"),
        (_students(delimiter='"'), "data.students.delimiter"),
        (_students(separator=""), "data.students.separator"),
        (_students(dates=[]), "data.students.dates"),
        (_students(dates=["%d-%m-%Y", "%d-%m"]), "data.students.dates.1"),
        (_students(dates=["%d-%m-%Y %q"]), "data.students.dates.0"),
        (_students(dates=["%d-%d-%m-%Y"]), "data.students.dates.0"),
        (_students(times=["%H:%M"]), "data.students.times.0"),
        (_students(maps={"gender": {"M": "male"}}), "data.students.maps.gender"),
        (_students(columns={**STUDENTS["columns"], "gender": "M/V"}, maps={"gender": {"M": "man"}}),
         "data.students.maps.gender"),
        (_students(columns={**STUDENTS["columns"], "birth_date": "Geb"}, maps={"birth_date": {"x": "y"}}),
         "data.students.maps.birth_date"),
        (_students(pad={"last_name": 6}), "data.students.pad.last_name"),
        (_students(pad={"number": 0}), "data.students.pad.number"),
        (_students(digits={"homeroom": 6}), "data.students.digits.homeroom"),
        (_students(pad={"number": 6}, digits={"number": 6}), "data.students.digits.number"),
        (_students(scale="tenths"), "data.students.scale"),
        (_students(record_type={"column": "", "value": "L"}), "data.students.record_type.column"),
        (_students(decimals=","), "data.students.decimals"),
        ({"data": {"leerlingen": STUDENTS}}, "data.leerlingen"),
        ({"data": {"guardians": {"files": "o.csv", "columns": {"last_name": "A", "student": "S"}}}},
         "data.guardians.columns"),
        ({"data": {"grades": {"files": "c.csv", "columns": {"student": "S", "result": "R", "subject": "V"}}}},
         "data.grades.columns"),
        ({"data": {"guardians": {"preset": "vocus-example", "maps": {"secret": {"x": "misschien"}}}}},
         "data.guardians.maps.secret"),
        ({"data": {"students": {"preset": "edexml", "files": "*.xml", "columns": {"number": "k"}}}},
         "data.students.columns"),
        ({"data": {"students": {"preset": "edexml", "files": "*.xml", "mode": "delta"}}}, "data.students.mode"),
        ({"data": {"students": {"preset": "edexml", "files": "*.xml"}, "staff": {"preset": "vocus-example"}}},
         "data.staff"),
        ({"uwlr": UWLR, **_students()}, "data.students"),
        ({"uwlr": UWLR, "data": {"staff": {"preset": "vocus-example"}}}, "data.staff"),
        ({}, "data"),
        ({"folder": None, **_students()}, "folder"),
        ({"school_year": "2026/2027", **_students()}, "school_year"),
        ({"school_year": "2026-2028", **_students()}, "school_year"),
        ({"reasons": {"Z": {"kind": "ziek"}}, **_students()}, "reasons.Z.kind"),
        ({"settle": -1, **_students()}, "settle"),
        ({"archive_days": 0, **_students()}, "archive_days"),
        ({"jaargroepen": {"1": 0}, **_students()}, "jaargroepen.1"),
        ({"sftp": {"host": "h", "user": "u", "host_key": KEY}, **_students()}, "sftp"),
        ({"sftp": {"host": "h", "user": "u", "host_key": KEY, "password": "p", "private_key": "q"}, **_students()},
         "sftp"),
        ({"sftp": {"host": "h", "user": "u", "password": "p"}, **_students()}, "sftp.host_key"),
        ({"sftp": {"host": "h", "user": "u", "password": "p", "host_key": "ssh-ed25519 A"}, **_students()},
         "sftp.host_key"),
        ({"folder": None, "uwlr": UWLR, "sftp": {"host": "h", "user": "u", "host_key": KEY, "password": "p"}},
         "folder"),
    ],
)  # fmt: skip
def test_a_mistake_names_its_field(options: dict[str, Any], field: str) -> None:
    with pytest.raises(UserError, match=r"^source de-vliet, table vocus: ") as caught:
        _load(**options)
    assert f" {field}: " in str(caught.value).replace(".str:", ":")


def test_a_mistake_does_not_show_a_secret() -> None:
    with pytest.raises(UserError) as caught:
        _load(sftp={"host": "h", "user": "u", "host_key": KEY, "password": ["zeer-geheim"]}, **_students())
    assert "sftp.password" in str(caught.value)
    assert "zeer-geheim" not in str(caught.value)


@pytest.mark.parametrize(
    ("set_", "day", "expected"),
    [
        ("", date(2026, 7, 31), "2025-2026"),
        ("", date(2026, 8, 1), "2026-2027"),
        ("", date(2027, 1, 1), "2026-2027"),
        ("2020-2021", date(2026, 8, 1), "2020-2021"),
    ],
)
def test_the_school_year_begins_on_the_first_of_august(set_: str, day: date, expected: str) -> None:
    assert _load(school_year=set_, **_students()).year(day) == expected


def test_what_is_mapped_decides_what_a_data_set_brings() -> None:
    assert kinds("students", ["number", "last_name"]) == ("school_year", "student", "enrolment")
    assert "student_subject" in kinds("students", ["number", "last_name", "subjects"])
    assert kinds("grades", ["student", "column", "subject", "result"]) == ("grade",)
    assert kinds("grades", ["student", "subject", "period", "code", "result"]) == (
        "grade", "assessment", "grading_period", "subject",
    )  # fmt: skip
    assert one_to_one("grades", ["column"])
    assert not one_to_one("grades", ["subject"])
    assert kinds("absences", ["student", "begins"]) == ("absence_notice",)


def test_what_a_file_is_read_by_has_a_fingerprint() -> None:
    one, same = _load(**_students()), _load(**_students(), unresolved_codes=["X"])
    other = _load(**_students(null=["?"]))
    assert one.data["students"].fingerprint() == same.data["students"].fingerprint()
    assert one.data["students"].fingerprint() != other.data["students"].fingerprint()
    assert len({each.mapping() for each in (one, same, other)}) == 3


def test_each_field_of_a_choice_is_a_field() -> None:
    for each in DATA_SETS.values():
        assert {name for choice in each.one_of for name in choice} <= set(each.fields), each.name


def test_every_setting_data_set_and_field_is_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "vocus.md").read_text("utf-8")
    tables = (VocusSettings, DataSettings, SftpTable)
    names = {name for table in tables for name in table.model_fields} - {"sftp", "uwlr", "data"}
    assert sorted(name for name in names if f"`{name}`" not in text) == []
    for each in DATA_SETS.values():
        section = text.split(f"### {each.name}\n")[1].split("\n### ")[0]
        assert [name for name in each.fields if f"| `{name}`" not in section] == [], each.name
    for columns in (data["columns"] for data in presets.tables()["vocus-example"].values()):
        assert ", ".join(columns.values()) in text
