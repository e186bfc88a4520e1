"""EDEXML by hand, unusual and legal and otherwise: what is read of it, what is dropped, and what is refused."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from canonical.records import Enrolment, Group, GroupMember, GroupStaff, Location, Record, SchoolYear, Staff, Student
from canonical.terms import Gender, GroupKind, StaffRole
from connectors.contract import RawRecord, Settings
from connectors.errors import BadRow
from connectors.files import RefusedFile
from tests.faults import GATE
from vocus.edex_mapping import EDEXML, UWLR, layout_of, map_edex
from vocus.edex_reading import examine_edexml, rows_edexml
from vocus.fields import EDEX_KINDS
from vocus.settings import load

DATA = Path(__file__).parent / "data_edex"
LEGAL, STRAY = DATA / "legal.xml", DATA / "stray.xml"
TABLE = {"folder": "/srv/vliet", "data": {"students": {"preset": "edexml", "files": "*.xml"}}}
MADE = load(Settings("de-vliet", TABLE))
YEAR = ("2024-2025",)


def _records(path: Path, **options: Any) -> tuple[list[Record], list[str]]:
    """The records of a file, and what was wrong with its bad rows."""
    made = load(Settings("de-vliet", {**TABLE, **options}))
    found: list[Record] = []
    bad: list[str] = []
    for data, layout in rows_edexml(path):
        try:
            found += map_edex(RawRecord("students", data, layout), made)
        except BadRow as error:
            bad.append(str(error))
    return found, bad


def test_the_records_of_an_unusual_file() -> None:
    found, bad = _records(LEGAL)
    noor, zoe = ("000123",), ("020001",)
    assert found == [
        Location(key=("01",), name="Hoofdlocatie"),
        Group(key=("4h2",), group_kind=GroupKind.HOMEROOM, code="4h2", school_year=YEAR),
        Group(key=("4h.wi1",), group_kind=GroupKind.SECTION, code="4h.wi1", school_year=YEAR),
        Group(key=("1a",), group_kind=GroupKind.HOMEROOM, code="1a", school_year=YEAR),
        Group(key=("s2",), group_kind=GroupKind.SECTION, code="dubbel", school_year=YEAR),
        Group(key=("s3",), group_kind=GroupKind.SECTION, code="dubbel", school_year=YEAR),
        Group(key=("projectgroep",), group_kind=GroupKind.SECTION, code="projectgroep", school_year=YEAR),
        Student(
            key=noor, local_id="000123", first_name="Noor", initials="NA", prefix="van den", last_name="Berg",
            gender=Gender.FEMALE, birth_date=date(2010, 3, 14), email="n@school.example",
        ),
        Enrolment(
            key=(*noor, *YEAR), student=noor, school_year=YEAR, location=("01",), homeroom=("4h2",), grade_level=4,
            left_on=date(2024, 10, 9),
        ),
        SchoolYear(key=YEAR, code="2024-2025"),
        GroupMember(key=("4h2", *noor), group=("4h2",), student=noor),
        GroupMember(key=("4h.wi1", *noor), group=("4h.wi1",), student=noor),
        GroupMember(key=("s2", *noor), group=("s2",), student=noor),
        GroupMember(key=("projectgroep", *noor), group=("projectgroep",), student=noor),
        Student(key=zoe, local_id="020001", last_name="Zoë", gender=Gender.MALE),
        Enrolment(key=(*zoe, *YEAR), student=zoe, school_year=YEAR, homeroom=("1a",), grade_level=1),
        SchoolYear(key=YEAR, code="2024-2025"),
        GroupMember(key=("1a", *zoe), group=("1a",), student=zoe),
        Staff(key=("DVS",), code="DVS", first_name="Dirk", prefix="de", last_name="Vries", function="LRK"),
        GroupStaff(
            key=("4h.wi1", "DVS", "teacher"), group=("4h.wi1",), staff=("DVS",), role=StaffRole.TEACHER,
        ),
        GroupStaff(key=("4h2", "DVS", "teacher"), group=("4h2",), staff=("DVS",), role=StaffRole.TEACHER),
    ]  # fmt: skip
    assert bad == ["key: dummy"]


def test_order_and_namespace_do_not_matter() -> None:
    found, bad = _records(STRAY, jaargroepen={"1": 1})
    assert found[:2] == [
        Student(key=("7",), local_id="7", first_name="Bo", last_name="Boer", birth_date=date(2010, 3, 14)),
        Enrolment(
            key=("7", "2026-2027"), student=("7",), school_year=("2026-2027",), homeroom=("1a",), grade_level=1
        ),
    ]
    assert found[-1].key == ("1a",)
    assert bad == ["geboortedatum: date"]
    without = _records(STRAY)[0][1]
    assert isinstance(without, Enrolment)
    assert without.grade_level is None, "jaargroep 1 is the first year only where the school says so"


def test_the_facts_are_counts() -> None:
    assert examine_edexml(LEGAL) == {
        "rows": 10, "read": 11, "form": "EDEXML", "school_year": "2024-2025", "version": "2.1", "unknown": {},
        "additions": 0,
        "counts": {"vestiging": 1, "groep": 2, "samengestelde_groep": 4, "leerling": 3, "leerkracht": 1},
    }  # fmt: skip
    stray = examine_edexml(STRAY)
    assert (stray["rows"], stray["unknown"], stray["additions"]) == (3, {"nieuw": 1}, 1)
    assert len(list(rows_edexml(LEGAL))) == 11


def test_what_is_not_kept_is_in_no_row_and_no_fact() -> None:
    for path in (LEGAL, STRAY):
        told = str(examine_edexml(path)).encode() + b"".join(b"".join(row) for row in rows_edexml(path))
        for canary in (b"anarie", b"123456782", b"1234AB", b"2022-08-01"):
            assert canary not in told


def _file(tmp_path: Path, inside: str, before: str = "", year: str = "2026-2027") -> Path:
    path = tmp_path / "edex.xml"
    school = f"<school><schooljaar>{year}</schooljaar></school>" if year else ""
    path.write_text(f"{before}<EDEX>{school}{inside}</EDEX>", "utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not well-formed"),
        ("geen xml", "not well-formed"),
        ("<EDEX><school><schooljaar>2026-2027</schooljaar></school><leerlingen><leerling key='1'>", "ends too early"),
        ("<EDEX><leerlingen/></EDEX>", "no school with a schooljaar"),
        ("<html><body/></html>", "there is no EDEX"),
        ("<:Kanarie/>", "not well-formed"),
        ("<!DOCTYPE EDEX [<!ENTITY a 'Kanarie'>]><EDEX>&a;</EDEX>", "it has a DTD"),
        ("<!DOCTYPE EDEX SYSTEM 'file:///etc/passwd'><EDEX/>", "it has a DTD"),
        ("<EDEX>&kanarie;</EDEX>", "not well-formed"),
        ("<EDEX>" + "<a>" * 300 + "</a>" * 300 + "</EDEX>", "not well-formed"),
        ("<EDEX><school><schooljaar>2026-2027</schooljaar></school><leerlingen><leerling key='1'>"
         + "<a/>" * 20_001 + "</leerling></leerlingen></EDEX>", "more than 20000 elements"),
    ],
)  # fmt: skip
def test_what_is_no_edexml_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "edex.xml"
    path.write_text(text)
    with pytest.raises(RefusedFile, match=said) as caught:
        examine_edexml(path)
    assert caught.value.code == "vocus.edexml"
    assert "anarie" not in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("student", "form", "key", "also"),
    [
        ({"key": "7", "eckid": "e"}, EDEXML, ("7",), ()),
        ({"key": "#7", "eckid": "e"}, EDEXML, ("e",), ()),
        ({"key": "7", "eckid": "e"}, UWLR, ("e",), (("7",),)),
        ({"key": "#7", "eckid": "e"}, UWLR, ("e",), ()),
        ({"eckid": "e"}, UWLR, ("e",), ()),
        ({"key": "7"}, UWLR, ("7",), ()),
    ],
)
def test_who_a_student_is(
    student: dict[str, str], form: str, key: tuple[str, ...], also: tuple[tuple[str, ...], ...]
) -> None:
    row = RawRecord("students", orjson.dumps({"kind": "leerling", "achternaam": "B", **student}), layout_of(form, "y"))
    found = next(iter(map_edex(row, MADE)))
    assert (found.key, found.also) == (key, also)


def test_an_eck_id_is_not_what_people_see() -> None:
    for kind, name in (("leerling", "local_id"), ("leerkracht", "code")):
        for key, called in (("", "eck-abcdef"), ("#7", "eck-abcdef"), ("7", "7")):
            told = {"kind": kind, "key": key, "eckid": "https://ketenid.nl/201703/0123456789abcdef", "achternaam": "B"}
            found = next(iter(map_edex(RawRecord("students", orjson.dumps(told), layout_of(UWLR, "y")), MADE)))
            assert getattr(found, name) == called


@pytest.mark.parametrize(
    ("data", "layout", "problem"),
    [
        (b'{"kind":"leerling","achternaam":"B"}', layout_of(EDEXML, "y"), "key: key"),
        (b'{"kind":"leerling","key":"#1","achternaam":"B"}', layout_of(EDEXML, "y"), "key: dummy"),
        (b'{"kind":"leerling","key":"1"}', layout_of(EDEXML, "y"), "roepnaam: missing"),
        (b'{"kind":"groep","key":"","naam":"x"}', layout_of(EDEXML, "y"), "key: key"),
        (b'{"kind":"iets"}', layout_of(EDEXML, "y"), "row: kind"),
        (b"[]", layout_of(EDEXML, "y"), "row: form"), (b"{", layout_of(EDEXML, "y"), "row: form"),
        (b'{"line":3,"code":"length"}', layout_of(EDEXML, "y"), "row: length"),
        (b"{}", b"[]", "layout: form"), (b"{}", b"x", "layout: form"), (b"{}", b"[1,2]", "layout: form"),
    ],
)  # fmt: skip
def test_what_is_no_row_is_a_bad_row(data: bytes, layout: bytes, problem: str) -> None:
    with pytest.raises(BadRow) as caught:
        list(map_edex(RawRecord("students", data, layout), MADE))
    assert str(caught.value) == problem


def test_a_key_of_more_letters_than_a_key_has_is_a_bad_row(tmp_path: Path) -> None:
    found, bad = _records(_file(tmp_path, f"<leerlingen><leerling key='{'k' * 201}'/></leerlingen>"))
    assert (found, bad) == ([], ["key: key"])


def test_two_groups_with_one_name_and_no_lasting_key_are_nobodys_group(tmp_path: Path) -> None:
    groups = "<groepen><groep key='#1'><naam>a</naam></groep><groep key='#2'><naam>a</naam></groep></groepen>"
    student = "<leerlingen><leerling key='1'><achternaam>B</achternaam><groep key='#1'/></leerling></leerlingen>"
    found, bad = _records(_file(tmp_path, groups + student))
    assert [record.kind for record in found] == ["student", "enrolment", "school_year"]
    assert bad == ["key: key", "key: key"]


BYTES = LEGAL.read_bytes()


@settings(max_examples=2_000 if GATE else 500, deadline=None)
@given(
    at=st.integers(0, len(BYTES)), drop=st.integers(0, 40), put=st.binary(max_size=8) | st.sampled_from(
        [b"<leerling>", b"</leerlingen>", b"<groep key='g1'/>", b"<naam/>", b"&#0;", b"<![CDATA[x]]>", b"<!-- x -->",
         b"key='#'", b"<school>", b"<?pi x?>"]
    ),
)  # fmt: skip
def test_whatever_is_done_to_a_file_it_gives_records_bad_rows_or_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, at: int, drop: int, put: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "mutated.xml"
    path.write_bytes(BYTES[:at] + put + BYTES[at + drop :])
    try:
        facts = examine_edexml(path)
    except RefusedFile as error:
        code = error.code
        facts = {}
    if not facts:
        assert code == "vocus.edexml"
        return
    rows = list(rows_edexml(path))
    assert len(rows) == facts["read"]
    for data, layout in rows:
        try:
            records = list(map_edex(RawRecord("students", data, layout), MADE))
        except (BadRow, ValidationError):
            continue
        assert {record.kind for record in records} <= set(EDEX_KINDS)


def _many(path: Path, students: int) -> None:
    def pieces() -> Iterator[str]:
        yield "<EDEX><school><schooljaar>2026-2027</schooljaar></school><leerlingen>"
        for number in range(students):
            yield f"<leerling key='{number}'><achternaam>Berg</achternaam><!-- {'x' * 100} --><bsn>1</bsn></leerling>\n"
        yield "</leerlingen></EDEX>"

    with path.open("w") as file:
        file.writelines(pieces())


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "groot.xml"
    _many(path, 2_000)
    assert examine_edexml(path)["rows"] == 2_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    _many(path, 60_000)
    assert examine_edexml(path)["rows"] == 60_000
    assert sum(1 for _ in rows_edexml(path)) == 60_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 4 * 1024, "kilobytes"
