"""EDEX2000 by hand: fixed-width files of both lengths, and what is refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from canonical.records import Enrolment, Group, GroupMember, GroupStaff, Record, SchoolYear, Staff, Student
from canonical.terms import Gender, GroupKind, StaffRole
from connectors.contract import RawRecord, Settings
from connectors.errors import BadRow
from connectors.files import RefusedFile
from tests.faults import GATE
from vocus.edex2000 import examine_edex2000, rows_edex2000
from vocus.edex_mapping import map_edex
from vocus.settings import load

MADE = load(
    Settings("de-vliet", {"folder": "/x", "data": {"students": {"preset": "edex2000", "files": "EDEX*.TXT"}}})
)


def _ll(last: str, prefix: str, first: str, born: str, gender: str, key: str, group: str, rest: str = "") -> str:
    line = f"{last:<40}{prefix:<10}{first:<20}{born:<8}{gender:<1}9{key:<5}{group:<5}"
    assert len(line) == 90
    return line + rest


REST = f"{'2026-2027':<9}{'123456782':<9}{'0.25':<4}{'1234AB':<6}{'01082022':<8}{'09102026':<8}NL99XX00   "
LL = [
    _ll("Berg", "van den", "Noor", "14032010", "2", "00123", "g1", REST),
    _ll("Çelik", "", "José", "31122011", "V", "20001", "g2", f"{'2026-2027':<55}"),
]
LK = [f"{'Vries':<40}{'de':<10}{'Dirk':<20}{'DVS':<5}{'99XX':<4}{'00':<5}"]
GR = [f"{'4h2':<30}{'4':<1}{'g1':<5}{'2026-2027':<9}{'99XX':<4}{'00':<5}",
      f"{'1a':<30}{'1':<1}{'g2':<5}{'2026-2027':<9}{'99XX':<4}{'00':<5}"]  # fmt: skip
LG = [f"{'DVS':<5}{'g1':<5}{'2026-2027':<9}{'99XX':<4}{'00':<5}"]


def _written(folder: Path, encoding: str = "cp1252", **files: list[str]) -> list[Path]:
    paths = []
    for name, lines in files.items():
        path = folder / f"{name}.TXT"
        path.write_bytes("".join(f"{line}\r\n" for line in lines).encode(encoding))
        paths.append(path)
    return paths


def _records(paths: list[Path]) -> tuple[list[Record], list[str]]:
    found: list[Record] = []
    bad: list[str] = []
    files = [(path, examine_edex2000(path, proved=False)) for path in paths]
    rows = list(rows_edex2000(files, "2026-2027"))
    assert len(rows) == sum(facts["read"] for _, facts in files)
    for data, layout in rows:
        try:
            found += map_edex(RawRecord("students", data, layout), MADE)
        except BadRow as error:
            bad.append(str(error))
    return found, bad


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8"])
def test_the_four_files_belong_together(tmp_path: Path, encoding: str) -> None:
    paths = _written(tmp_path, encoding, EDEXLL=LL, EDEXLK=LK, EDEXGR=GR, EDEXLG=LG)
    year, noor, jose = ("2026-2027",), ("00123",), ("20001",)
    found, bad = _records(paths)
    assert found == [
        Student(
            key=noor, local_id="00123", first_name="Noor", prefix="van den", last_name="Berg", gender=Gender.FEMALE,
            birth_date=date(2010, 3, 14),
        ),
        Enrolment(
            key=(*noor, *year), student=noor, school_year=year, homeroom=("4h2",), left_on=date(2026, 10, 9)
        ),
        SchoolYear(key=year, code="2026-2027"),
        GroupMember(key=("4h2", *noor), group=("4h2",), student=noor),
        Student(
            key=jose, local_id="20001", first_name="José", last_name="Çelik", gender=Gender.FEMALE,
            birth_date=date(2011, 12, 31),
        ),
        Enrolment(key=(*jose, *year), student=jose, school_year=year, homeroom=("1a",)),
        SchoolYear(key=year, code="2026-2027"),
        GroupMember(key=("1a", *jose), group=("1a",), student=jose),
        Staff(key=("DVS",), code="DVS", first_name="Dirk", prefix="de", last_name="Vries"),
        Group(key=("4h2",), group_kind=GroupKind.HOMEROOM, code="4h2", school_year=year),
        Group(key=("1a",), group_kind=GroupKind.HOMEROOM, code="1a", school_year=year),
        GroupStaff(key=("4h2", "DVS", "teacher"), group=("4h2",), staff=("DVS",), role=StaffRole.TEACHER),
    ]  # fmt: skip
    assert bad == []


def test_older_lines_end_after_the_group(tmp_path: Path) -> None:
    paths = _written(tmp_path, edexll=[line[:90] for line in LL], edexgr=GR)
    found, bad = _records(paths)
    assert [record.key for record in found if record.kind == "enrolment"] == [
        ("00123", "2026-2027"), ("20001", "2026-2027"),
    ]  # fmt: skip
    assert bad == []


def test_what_is_not_kept_is_in_no_row_and_no_fact(tmp_path: Path) -> None:
    paths = _written(tmp_path, EDEXLL=LL)
    files = [(path, examine_edex2000(path, proved=False)) for path in paths]
    told = str(files[0][1]).encode() + b"".join(b"".join(row) for row in rows_edex2000(files, "2026-2027"))
    for canary in (b"123456782", b"1234AB", b"01082022", b"NL"):
        assert canary not in told
    assert files[0][1]["rows"] == 2


def test_year_first_is_read_where_that_reads_all(tmp_path: Path) -> None:
    lines = [line.replace("14032010", "20100314").replace("31122011", "20111231") for line in LL]
    found, _ = _records(_written(tmp_path, EDEXLL=lines))
    assert [record.birth_date for record in found if isinstance(record, Student)] == [
        date(2010, 3, 14), date(2011, 12, 31),
    ]  # fmt: skip


def test_a_line_of_another_length_or_with_a_bad_date_is_a_bad_row(tmp_path: Path) -> None:
    bad_date = LL[0].replace("14032010", "31022010")
    _, bad = _records(_written(tmp_path, EDEXLL=[*LL, LL[0][:-1], bad_date]))
    assert bad == ["row: length", "geboortedatum: date"]


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("EDEXXX", b"x\n", "vocus.edex2000"),
        ("EDEXLL", b"x\n", "vocus.edex2000"),
        ("EDEXLL", LL[0].encode(), "vocus.cut"),
        ("EDEXLL", LL[0].encode() + b"\n\x81\xc3(\n", "vocus.encoding"),
        ("EDEXLL", b"x" * (1 << 21) + b"\n", "vocus.edex2000"),
    ],
)
def test_what_is_no_edex2000_is_refused(tmp_path: Path, name: str, data: bytes, code: str) -> None:
    path = tmp_path / f"{name}.TXT"
    path.write_bytes(data)
    with pytest.raises(RefusedFile) as caught:
        examine_edex2000(path, proved=False)
    assert caught.value.code == code
    assert "Berg" not in str(caught.value)


BYTES = "".join(f"{line}\r\n" for line in LL).encode("cp1252")


@settings(max_examples=2_000 if GATE else 500, deadline=None)
@given(at=st.integers(0, len(BYTES)), drop=st.integers(0, 100), put=st.binary(max_size=8), proved=st.booleans())
def test_whatever_is_done_to_a_file_it_gives_records_bad_rows_or_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, at: int, drop: int, put: bytes, proved: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "EDEXLL.TXT"
    path.write_bytes(BYTES[:at] + put + BYTES[at + drop :])
    facts, code = {}, ""
    try:
        facts = examine_edex2000(path, proved=proved)
    except RefusedFile as error:
        code = error.code
    if code:
        assert code in ("vocus.edex2000", "vocus.cut", "vocus.encoding", "vocus.dates")
        return
    for data, layout in rows_edex2000([(path, facts)], "2026-2027"):
        try:
            list(map_edex(RawRecord("students", data, layout), MADE))
        except (BadRow, ValidationError):
            continue
