"""A rehearsal tells the line, the field and the code of what would be refused, and never a value."""

from __future__ import annotations

from pathlib import Path

import pytest

from canonical.errors import UserError
from simulator.exports import export
from simulator.school import make_school
from vocus.inspect import inspect
from vocus.inspect_check import MOST_LINES, Checked, Fault, check, data_sets, proposed, settings_of

HEADER = "Stamnr;Roepnaam;Achternaam;M/V;Geb.datum\n"
GOOD = "100001;Zoë;Jansen;V;13-04-2011\n"


def checked(folder: Path, text: str, toml: str = "") -> Checked:
    file = folder / "leerlingen.csv"
    file.write_text(text, "utf-8", newline="")
    if not toml:
        ((part,),) = (one.parts for one in inspect([file]))
        toml = part.toml
    return check(file, "students", proposed(toml))


def test_all_rows_can_be_read(tmp_path: Path) -> None:
    assert checked(tmp_path, HEADER + 3 * GOOD) == Checked("students", rows=3)


def test_a_row_that_would_be_refused_is_told_by_its_line(tmp_path: Path) -> None:
    bad = GOOD.replace("13-04", "CANARY-04")
    found = checked(tmp_path, HEADER + 20 * GOOD + bad + ";Bram;Visser;M;13-04-2011\n" + GOOD)
    assert (found.rows, found.bad, found.ok) == (23, 2, False)
    assert found.first == (Fault(22, "birth_date", "date"), Fault(23, "number", "key"))
    assert set(found.counts) == {("birth_date", "date", 1), ("number", "key", 1)}
    assert "canary" not in repr(found).lower()


def test_line_ends_within_quotes_and_empty_lines_count(tmp_path: Path) -> None:
    two_lines = GOOD.replace("Jansen", '"Jan\r\nsen"')
    text = HEADER + 20 * GOOD + two_lines + "\n\n" + two_lines.replace("13-04", "31-04") + "x\n"
    assert checked(tmp_path, text).first == (Fault(26, "birth_date", "date"), Fault(28, "row", "columns"))


def test_lines_count_whatever_the_size_of_a_chunk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vocus.layout.CHUNK", 7)
    test_line_ends_within_quotes_and_empty_lines_count(tmp_path)


def test_only_the_first_lines_are_told_and_all_are_counted(tmp_path: Path) -> None:
    found = checked(tmp_path, HEADER + 200 * GOOD + 70 * GOOD.replace("13-04", "31-04"))
    assert len(found.first) == MOST_LINES
    assert found.counts == (("birth_date", "date", 70),)


def test_a_file_that_would_be_refused(tmp_path: Path) -> None:
    toml = proposed_for(tmp_path, HEADER + GOOD).replace("Geb.datum", "Geboren")
    found = checked(tmp_path, HEADER + GOOD, toml)
    assert (found.code, found.ok) == ("vocus.column", False)
    assert checked(tmp_path, (HEADER + GOOD).rstrip()).code == "vocus.cut"


def proposed_for(folder: Path, text: str) -> str:
    file = folder / "leerlingen.csv"
    file.write_text(text, "utf-8")
    ((part,),) = (one.parts for one in inspect([file]))
    return part.toml


TYPED = """
[source.vocus.data.students]
files = "x*.csv"
header = false
record_type = { column = 0, value = "Deelnemer" }
columns = { number = 1, last_name = 2, birth_date = 3 }
"""


def test_only_rows_of_the_record_type_are_read(tmp_path: Path) -> None:
    text = "Verbintenis;100001;01082026\nDeelnemer;100001;Jansen;13042011\nDeelnemer;;Bakker;13042011\n"
    found = checked(tmp_path, text, TYPED)
    assert (found.rows, found.first) == (2, (Fault(3, "number", "key"),))


@pytest.mark.parametrize("preset", ["edexml-1.0.3", "edexml-2.1", "edex2000"])
def test_edex_is_read_as_the_connector_reads_it(tmp_path: Path, preset: str) -> None:
    for name, data in export(make_school(7, 60), preset).items():
        file = tmp_path / name
        file.write_bytes(data)
        ((part,),) = (one.parts for one in inspect([file]))
        assert check(file, "students", proposed(part.toml)) == Checked("students", rows=part.rows), name


def test_a_student_of_edexml_that_would_be_refused(tmp_path: Path) -> None:
    file = tmp_path / "edex.xml"
    file.write_text(
        "<EDEX><school><schooljaar>2026-2027</schooljaar></school><leerlingen>"
        "<leerling key='1'><achternaam>A</achternaam><geboortedatum>CANARY</geboortedatum></leerling>"
        "</leerlingen></EDEX>"
    )
    ((part,),) = (one.parts for one in inspect([file]))
    found = check(file, "students", proposed(part.toml))
    assert (found.rows, found.bad, found.first[0].line) == (1, 1, 1)
    assert "canary" not in repr(found).lower()
    file.write_text("<EDEX></EDEX>")
    assert check(file, "students", proposed(part.toml)).code == "vocus.edexml"


def test_what_is_not_decided_cannot_be_checked() -> None:
    with pytest.raises(UserError, match=r"data\.students\.columns\.number: is needed"):
        proposed('[source.vocus.data.students]\nfiles = "x*.csv"\n')


def test_the_settings_of_a_source_are_used_without_its_secrets() -> None:
    data = {"students": {"files": "Leerling*.csv", "columns": {"number": 0, "last_name": 1}}}
    settings = settings_of("linde", {"folder": "/nowhere", "data": data, "sftp": {"password": object()}})
    assert data_sets("leerlingen_2026.CSV", settings) == ["students"]
    assert data_sets("cijfers.csv", settings) == []
