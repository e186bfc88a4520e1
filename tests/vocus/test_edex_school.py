"""The simulated school as EDEXML and EDEX2000, through the connector: everybody comes, as the school itself tells."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from canonical.records import Record
from connectors.contract import Settings
from simulator.exports import export
from simulator.school import make_school
from vocus.connector import Vocus, connect

SCHOOL = make_school(11, 120)


def _read(folder: Path, preset: str, export_name: str) -> tuple[Vocus, list[Record]]:
    for name, data in export(SCHOOL, export_name).items():
        (folder / name).write_bytes(data)
    (folder / "klaar.ok").touch()
    table = {"students": {"preset": preset, "files": "edex*"}}
    connector = connect(Settings("de-vliet", {"folder": str(folder), "settle": 0, "data": table}))
    assert isinstance(connector, Vocus)
    (entity,) = connector.entities
    cursor = connector.newest(entity)
    *_, last = batches = list(connector.read(entity, None))
    rows = [raw for batch in batches for raw in batch.rows]
    assert last.cursor == cursor
    assert last.proof is not None
    assert (last.proof.by, last.proof.declared) == ("marker and line end", len(rows))
    return connector, [record for raw in rows for record in connector.map(raw)]


def _people(records: list[Record]) -> dict[str, tuple[object, ...]]:
    return {
        record.key[0]: (record.first_name, record.prefix, record.last_name, record.birth_date)
        for record in records
        if record.kind == "student"
    }  # type: ignore[attr-defined]


def _told(
    *, first: int = 99, prefix: int = 99, last: int = 200, encoding: str = "utf-8"
) -> dict[str, tuple[object, ...]]:
    """The students as a format can say them that has so much room for a name, and these letters."""

    def said(text: str, room: int) -> str | None:
        return text.encode(encoding, "replace").decode(encoding)[:room].strip() or None

    return {
        str(one.number): (
            said(one.first_name, first), said(one.prefix, prefix), said(one.last_name, last), one.birth_date
        )
        for one in SCHOOL.students.values()
    }  # fmt: skip


@pytest.mark.parametrize("version", ["1.0.3", "2.0", "2.1"])
def test_edexml_brings_the_school(tmp_path: Path, version: str) -> None:
    connector, records = _read(tmp_path, "edexml", f"edexml-{version}")
    assert _people(records) == _told(last=70 if version == "1.0.3" else 200)
    kinds = Counter({kind: len({each.key for each in records if each.kind == kind}) for kind in ("group", "staff")})
    sections = {} if version == "1.0.3" else SCHOOL.sections
    assert kinds["group"] == len(SCHOOL.homerooms) + len(sections)
    assert kinds["staff"] == sum(1 for one in SCHOOL.staff.values() if one.left_on is None)
    homerooms = {record.student[0]: record.homeroom for record in records if record.kind == "enrolment"}  # type: ignore[attr-defined]
    for number in SCHOOL.students:
        now = SCHOOL.enrolment(number)
        assert homerooms[str(number)] == ((now.homeroom,) if now else None)
    (found,) = connector.check()
    assert found.ok
    assert "EDEXML" in found.advice


def test_edex2000_brings_the_school(tmp_path: Path) -> None:
    connector, records = _read(tmp_path, "edex2000", "edex2000")
    assert _people(records) == _told(first=20, prefix=10, last=40, encoding="cp1252")
    homerooms = {record.student[0]: record.homeroom for record in records if record.kind == "enrolment"}  # type: ignore[attr-defined]
    for number in SCHOOL.students:
        now = SCHOOL.enrolment(number)
        assert homerooms[str(number)] == ((now.homeroom,) if now else None)
    (found,) = connector.check()
    assert "EDEX2000" in found.advice
