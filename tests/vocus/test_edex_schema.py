"""A comparison with a schema is advice: it counts what differs, refuses nothing, and shows no value."""

from __future__ import annotations

from pathlib import Path

import pytest

from canonical.errors import UserError
from connectors.contract import Checkable, Settings
from vocus import edex_schema
from vocus.connector import connect
from vocus.edex_reading import examine_edexml
from vocus.settings import load

SCHEMA = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="EDEX"><xs:complexType><xs:sequence>
<xs:element name="school"><xs:complexType><xs:sequence><xs:element name="schooljaar"><xs:simpleType>
<xs:restriction base="xs:string"><xs:enumeration value="2019-2020"/></xs:restriction></xs:simpleType></xs:element>
</xs:sequence></xs:complexType></xs:element>
<xs:element name="leerlingen"><xs:complexType><xs:sequence><xs:element name="leerling" maxOccurs="unbounded">
<xs:complexType><xs:sequence><xs:element name="achternaam" type="xs:string"/>
<xs:element name="geboortedatum" type="xs:date" minOccurs="0"/></xs:sequence>
<xs:attribute name="key" use="required"/></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element>
</xs:sequence></xs:complexType></xs:element></xs:schema>"""


@pytest.fixture
def schema(tmp_path: Path) -> Path:
    path = tmp_path / "EDEXML.structuur.xsd"
    path.write_text(SCHEMA, "utf-8")
    return path


def export(folder: Path, *students: str) -> Path:
    path = folder / "leerlingen.xml"
    inside = "".join(f'<leerling key="{number}">{said}</leerling>' for number, said in enumerate(students, 1))
    school = "<school><schooljaar>2026-2027</schooljaar></school>"
    path.write_text(f"<EDEX>{school}<leerlingen>{inside}</leerlingen></EDEX>", "utf-8")
    return path


GOOD = "<achternaam>Berg</achternaam><geboortedatum>2012-02-29</geboortedatum>"
ORDER = "<geboortedatum>2012-02-29</geboortedatum><achternaam>Kanarie</achternaam>"
DAY = "<achternaam>Berg</achternaam><geboortedatum>Kanarie</geboortedatum>"


def test_what_is_as_the_schema_wants_it_differs_in_nothing(schema: Path, tmp_path: Path) -> None:
    """Not even in its school year, which no public schema knows any more."""
    assert examine_edexml(export(tmp_path, GOOD, GOOD), schema)["deviations"] == {}


def test_what_differs_is_counted_by_element(schema: Path, tmp_path: Path) -> None:
    facts = examine_edexml(export(tmp_path, GOOD, ORDER, DAY, DAY), schema)
    assert facts["deviations"] == {"geboortedatum": 3}
    assert facts["rows"] == 4, "it refuses nothing"
    assert "Kanarie" not in str(facts)


def test_without_a_schema_nothing_is_compared(tmp_path: Path) -> None:
    assert "deviations" not in examine_edexml(export(tmp_path, ORDER))


def test_a_large_file_is_not_compared(schema: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = export(tmp_path, ORDER)
    monkeypatch.setattr(edex_schema, "MOST_BYTES", path.stat().st_size - 1)
    assert examine_edexml(path, schema)["deviations"] is None


def options(folder: Path, schema: Path, **more: object) -> dict[str, object]:
    data = {"students": {"preset": "edexml", "files": "*.xml", "xsd": str(schema), **more}}
    return {"folder": str(folder), "settle": 0, "school_year": "2026-2027", "data": data}


def test_check_tells_it(schema: Path, tmp_path: Path) -> None:
    (tmp_path / "drop").mkdir()
    export(tmp_path / "drop", GOOD, DAY)
    made = connect(Settings("school", options(tmp_path / "drop", schema)))
    assert isinstance(made, Checkable)
    (finding,) = made.check()
    assert finding.ok
    assert "1 x geboortedatum not as the schema wants it" in finding.advice


@pytest.mark.parametrize(
    ("text", "more", "said"),
    [
        ("<a/>", {}, r"data\.students\.xsd: must be a schema"),
        ("geen xml", {}, r"data\.students\.xsd: must be a schema"),
        (SCHEMA, {"preset": "edex2000"}, r"data\.students\.xsd: is for preset edexml"),
        (SCHEMA, {"preset": "vocus-example"}, r"data\.students\.xsd: is for preset edexml"),
        (SCHEMA, {"xsd": "/nowhere/a.xsd"}, r"data\.students\.xsd"),
    ],
)
def test_a_mistake_in_the_setting(
    schema: Path, tmp_path: Path, text: str, more: dict[str, object], said: str
) -> None:
    schema.write_text(text, "utf-8")
    with pytest.raises(UserError, match=said):
        load(Settings("school", options(tmp_path, schema, **more)))
