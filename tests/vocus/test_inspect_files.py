"""What is found out about a file: its encoding, separator, header and record types, and which data set it is."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from vocus.guess import LEFT, READ, UNDECIDED
from vocus.inspect import Inspection, Part, inspect
from vocus.inspect_toml import pattern

STUDENTS = "\n".join([
    "Stamnr;Roepnaam;Achternaam;M/V;Geb.datum;BSN;Postcode",
    "100001;Zoë;Jansen;V;13-04-2011;123456782;1234AB",
    "100002;Bram;de Vries;M;28-02-2012;182071649;1234 AC",
    "100003;Noor;Bakker;V;01-12-2011;;",
]) + "\n"  # fmt: skip


def look(folder: Path, text: str | bytes, name: str = "leerlingen.csv") -> Inspection:
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    (found,) = inspect([file])
    return found


def only(found: Inspection) -> Part:
    (part,) = found.parts
    return part


def table(part: Part) -> dict[str, Any]:
    """The proposed table, as it would be read once pasted."""
    data: dict[str, Any] = tomllib.loads(part.toml)["source"]["vocus"]["data"][part.guess.data_set]
    return data


def fact(found: Inspection, word: str) -> str:
    return "; ".join(sentence for name, sentence in found.facts if name == word)


def fields(part: Part) -> dict[str, tuple[str, str]]:
    """Header or place -> field and state."""
    return {
        looked.header or str(looked.column.place): (looked.column.field, looked.column.state)
        for looked in part.columns
    }  # fmt: skip


@pytest.mark.parametrize(
    ("codec", "told", "setting"),
    [
        ("utf-8", "utf-8 (valid UTF-8)", "utf-8"), ("utf-8-sig", "utf-8 (byte order mark)", "utf-8"),
        ("cp1252", "cp1252 (not UTF-8)", "cp1252"), ("utf-16", "utf-16 (byte order mark)", "utf-16"),
        ("utf-16-le", "utf-16-le (every other byte is 0; there is no byte order mark)", "utf-16"),
    ],
)  # fmt: skip
def test_an_encoding_is_told_and_how_it_is_known(tmp_path: Path, codec: str, told: str, setting: str) -> None:
    found = look(tmp_path, STUDENTS.encode(codec))
    assert fact(found, "encoding") == told
    assert table(only(found))["encoding"] == setting
    assert only(found).rows == 3


def test_plain_ascii_decides_no_encoding(tmp_path: Path) -> None:
    found = look(tmp_path, STUDENTS.replace("ë", "e"))
    assert "alike" in fact(found, "encoding")
    assert "encoding" not in table(only(found))


@pytest.mark.parametrize(("mark", "told"), [(";", "semicolon"), (",", "comma"), ("\t", "tab"), ("|", "upright bar")])
def test_a_separator(tmp_path: Path, mark: str, told: str) -> None:
    found = look(tmp_path, STUDENTS.replace(";", mark))
    assert fact(found, "separator") == told
    assert table(only(found))["delimiter"] == mark


def test_a_table_to_paste(tmp_path: Path) -> None:
    found = only(look(tmp_path, STUDENTS, "leerlingen_20261124.csv"))
    assert table(found) == {
        "files": "leerlingen*.csv", "mode": "snapshot", "encoding": "utf-8", "delimiter": ";", "dates": ["%d-%m-%Y"],
        "columns": {"number": "Stamnr", "first_name": "Roepnaam", "last_name": "Achternaam", "gender": "M/V",
                    "birth_date": "Geb.datum"},
        "maps": {"gender": {"m": "male", "v": "female"}},
    }  # fmt: skip
    assert found.guess.questions == ()
    assert fields(found)["BSN"] == fields(found)["Postcode"] == ("", LEFT)
    assert "said" not in found.guess.why


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("leerlingen.csv", "leerlingen*.csv"), ("leerlingen_20261124.csv", "leerlingen*.csv"),
        ("cijfers-2026-11-24T0215.CSV", "cijfers*.CSV"), ("2026.csv", "2026*.csv"), ("export 3.txt", "export*.txt"),
    ],
)  # fmt: skip
def test_a_pattern_leaves_out_what_changes(name: str, told: str) -> None:
    assert pattern(name) == told


def test_one_column_of_dates_decides_for_the_others(tmp_path: Path) -> None:
    text = (
        "Stamnr;Vak;Periode;Toets;Cijfer;Datum;Ingevoerd\n"
        "100001;wi;1;SE1;6,5;{};01-02-2026 08:30\n100002;ne;1;SE1;7,0;03-04-2026;05-06-2026 09:00\n"
    )
    told = only(look(tmp_path, text.format("24-11-2026")))
    assert told.guess.questions == ()
    assert table(told)["times"] == ["%d-%m-%Y %H:%M"]
    alone = only(look(tmp_path, text.format("04-11-2026")))
    assert fields(alone)["Datum"] == ("achieved_on", UNDECIDED)
    assert fields(alone)["Ingevoerd"] == ("entered_at", UNDECIDED)
    assert '# dates = ["%m-%d-%Y"]  # decide' in alone.toml


def test_the_name_of_a_file_does_not_outweigh_its_columns(tmp_path: Path) -> None:
    found = only(look(tmp_path, STUDENTS, "cijfers.csv"))
    assert found.guess.data_set == "students"
    assert "file's name" not in found.guess.why


def test_the_shape_of_one_name_among_many_is_not_told(tmp_path: Path) -> None:
    text = "Stamnr;Achternaam\n" + "100001;Jansen\n" * 99 + "100002;van-CANARY tot C-X\n"
    (number, name) = only(look(tmp_path, text)).columns
    assert (number.shapes, name.shapes) == ((("999999", 100),), (("Aaaa", 99),))


def test_two_columns_that_may_be_the_number_are_a_question(tmp_path: Path) -> None:
    text = "Stamnummer;Leerlingnummer;Achternaam\n100001;200001;Jansen\n100002;200002;Bakker\n"
    found = only(look(tmp_path, text))
    assert fields(found)["Stamnummer"] == fields(found)["Leerlingnummer"] == ("number", UNDECIDED)
    assert "number" not in table(found)["columns"]
    assert '# number = "Stamnummer"  # decide' in found.toml
    assert '# number = "Leerlingnummer"  # decide' in found.toml
    assert any("column 0 (Stamnummer) and column 1 (Leerlingnummer)" in each for each in found.guess.questions)


def test_a_number_under_an_unknown_header_is_proposed_and_not_taken(tmp_path: Path) -> None:
    text = "Zaak;Achternaam;Roepnaam\n100001;Jansen;Zoë\n100002;Bakker;Noor\n"
    found = only(look(tmp_path, text))
    assert fields(found)["Zaak"] == ("number", UNDECIDED)
    assert any(each.startswith("students needs number") for each in found.guess.questions)


@pytest.mark.parametrize(("value", "field"), [("Z", "code"), ("17", "reason")])
def test_a_reason_goes_by_its_number_or_its_code(tmp_path: Path, value: str, field: str) -> None:
    text = f"Stamnr;Datum;Lesuur;Reden\n100001;24-11-2026;1;{value}\n100002;23-11-2026;2;{value}\n"
    found = only(look(tmp_path, text, "absenties.csv"))
    assert found.guess.data_set == "absences"
    assert fields(found)["Reden"] == (field, READ)


def test_whole_names_are_a_question(tmp_path: Path) -> None:
    text = "Stamnr;Naam;Klas\n100001;Zoë Jansen;h4a\n100002;Bram de Vries;h4b\n"
    found = only(look(tmp_path, text))
    assert fields(found)["Naam"] == ("last_name", UNDECIDED)


def test_a_header_that_comes_twice_is_a_place(tmp_path: Path) -> None:
    text = "Stamnr;Achternaam;Klas;Telefoon;Telefoon\n100001;Jansen;h4a;;\n100002;Bakker;h4a;;\n"
    found = only(look(tmp_path, text.replace("Klas", "M/V").replace("h4a", "V").replace("Telefoon", "Roepnaam")))
    assert {column.column.place for column in found.columns if column.column.state == UNDECIDED} == {3, 4}
    assert "# first_name = 3  # decide" in found.toml


def test_telephone_numbers_of_students_are_not_read(tmp_path: Path) -> None:
    text = "Stamnr;Achternaam;Tel;Extra\n100001;Jansen;0612345678;06-12345678\n100002;Bakker;;0570-662662\n"
    found = only(look(tmp_path, text))
    assert fields(found)["Tel"] == fields(found)["Extra"] == ("", LEFT)
    assert "telephone" in found.columns[3].column.evidence


def test_a_first_row_of_data_is_never_shown(tmp_path: Path) -> None:
    text = "100001;CANARY-Jansen;CANARY-Zoe;V;13-04-2011\n100002;Bakker;Noor;M;28-02-2012\n"
    found = look(tmp_path, text)
    assert fact(found, "header").startswith("none")
    assert "canary" not in repr(found).lower()
    part = only(found)
    assert table(part)["columns"] == {"number": 0, "gender": 3, "birth_date": 4}
    assert table(part)["header"] is False
    assert fields(part)["1"][1] == fields(part)["2"][1] == UNDECIDED
    assert any("hold names" in each for each in part.guess.questions)


def test_a_row_of_data_with_words_of_a_header_is_no_header(tmp_path: Path) -> None:
    found = look(tmp_path, "klas;groep;CANARY;910001\nklas;groep;Bakker;910002\n")
    assert fact(found, "header").startswith("none")
    assert "canary" not in repr(found).lower()


def test_why_a_column_is_never_read(tmp_path: Path) -> None:
    text = "Stamnr;Achternaam;BSN;Adres;Iets;Meer\n100001;Jansen;1;Dorp 1;1234 AB;123456782\n"
    told = [column.column.evidence for column in only(look(tmp_path, text)).columns[2:]]
    assert told[0] == "a national number is never read"
    assert told[1] == "addresses and origin are never read"
    assert told[2].startswith("postcodes")
    assert "pass the test of a national number" in told[3]


def test_names_of_columns_that_nobody_knows_are_not_shown(tmp_path: Path) -> None:
    found = look(tmp_path, "CANARY;Jansen\nBakker;Visser\n", "export.csv")
    assert "canary" not in repr(found).lower()
    assert only(found).guess.data_set == ""
    assert only(found).toml == ""


def test_record_types(tmp_path: Path) -> None:
    text = (
        "Deelnemer;100001;Jansen;Zoë;V;13042011\nVerbintenis;100001;01082026\n"
        "Deelnemer;100002;Bakker;Noor;M;28022012\nVerbintenis;100002;01082026\n"
    )
    found = look(tmp_path, text, "export.csv")
    assert "Deelnemer (2), Verbintenis (2)" in fact(found, "types")
    students, enrolments = found.parts
    assert table(students)["record_type"] == {"column": 0, "value": "Deelnemer"}
    assert table(students)["columns"]["number"] == 1
    assert table(students)["dates"] == ["%d%m%Y"]
    assert (enrolments.guess.data_set, enrolments.rows) == ("", 2)


ABSENCES = "100122;20091012;1000;20091012;1045;2;2;Z;Gebeld\r\n102447;20091012;;20091012;;;;Z;Hele dag\r\n"
OBSERVATIONS = "100122;20091012;1000;20091012;1045;2;2;wi;Afwezig;N\r\n100123;20091012;;20091012;;3;3;ne;Aanwezig;J\r\n"


@pytest.mark.parametrize(
    ("text", "name", "preset", "data_set"),
    [
        (ABSENCES, "meldingen.csv", "topicus-absences", "notices"),
        (OBSERVATIONS, "waarneming.csv", "topicus-observations", "observations"),
    ],
)
def test_a_layout_without_a_header_that_is_known(
    tmp_path: Path, text: str, name: str, preset: str, data_set: str
) -> None:
    found = only(look(tmp_path, text, name))
    assert found.guess.data_set == data_set
    assert table(found) == {"files": name.replace(".", "*."), "mode": "snapshot", "preset": preset}
    assert all(state in (READ, LEFT) for _, state in fields(found).values())


def test_the_same_columns_with_other_dates_are_not_that_layout(tmp_path: Path) -> None:
    found = only(look(tmp_path, ABSENCES.replace("20091012", "12-10-2009"), "meldingen.csv"))
    assert "preset" not in found.toml


def test_quotes_that_enclose_and_quotes_that_do_not(tmp_path: Path) -> None:
    enclosed = look(tmp_path, STUDENTS.replace("de Vries", '"de ""Vries;\n"'))
    assert fact(enclosed, "quotes") == "1 of 3 rows have cells in quotes"
    assert fact(enclosed, "line ends") == "1 of 3 rows have a line end within a cell"
    assert "quoting" not in table(only(enclosed))
    loose = look(tmp_path, STUDENTS.replace("de Vries", '"de Vries'))
    assert table(only(loose))["quoting"] is False
    assert only(loose).rows == 3


def test_rows_of_another_width_are_counted(tmp_path: Path) -> None:
    assert fact(look(tmp_path, STUDENTS + "100004;Daan\n"), "odd rows").startswith("1 rows")


def test_a_last_line_without_an_end(tmp_path: Path) -> None:
    assert "no end" in fact(look(tmp_path, STUDENTS.rstrip("\n")), "end")
    assert fact(look(tmp_path, STUDENTS), "end") == ""


def test_a_header_alone(tmp_path: Path) -> None:
    found = look(tmp_path, STUDENTS.split("\n")[0] + "\n")
    assert only(found).guess.data_set == "students"
    assert only(found).rows == 0


@pytest.mark.parametrize("text", [b"", b"\n\n", b"caf\xe9\x81;x\n", b"<html></html>", b"<EDEX><leerling>"])
def test_what_is_no_export_is_refused_in_a_sentence(tmp_path: Path, text: bytes) -> None:
    found = look(tmp_path, text)
    assert found.refused
    assert found.parts == ()


def test_lost_zeros_show_beside_another_file(tmp_path: Path) -> None:
    students, grades = tmp_path / "leerlingen.csv", tmp_path / "cijfers.csv"
    students.write_text("Stamnr;Achternaam\n001234;Jansen\n012345;Bakker\n")
    grades.write_text("Stamnr;Vak;Periode;Toets;Cijfer\n1234;wi;1;SE1;6,5\n12345;ne;1;SE1;7,0\n")
    alone = only(inspect([grades])[0])
    assert "pad" not in table(alone)
    assert any("leading zeros may be lost" in each for each in alone.guess.questions)
    one, other = inspect([students, grades])
    assert "pad" not in table(only(one))
    assert table(only(other))["pad"] == {"student": 6}
    assert only(other).guess.questions == ()
    assert any("here they are lost" in each for each in only(other).guess.notes)


EDEXML = """<?xml version="1.0" encoding="UTF-8"?>
<EDEX xmlns="http://www.edexml.nl/edex"><school><schooljaar>2026-2027</schooljaar><brincode>99XX</brincode></school>
<groepen><groep key="1"><naam>4h1</naam></groep></groepen>
<leerlingen><leerling key="1"><achternaam>CANARY</achternaam></leerling>
<leerling key="2"><achternaam>CANARY</achternaam></leerling></leerlingen></EDEX>"""


def test_edexml(tmp_path: Path) -> None:
    found = look(tmp_path, EDEXML, "edex.xml")
    assert found.kind == "edexml"
    assert fact(found, "elements") == "1 groep, 2 leerling"
    assert table(only(found)) == {"files": "edex*.xml", "preset": "edexml"}
    assert "canary" not in repr(found).lower()


def test_edex2000(tmp_path: Path) -> None:
    found = look(tmp_path, (" " * 145 + "\r\n") * 3, "EDEXLL.TXT")
    assert found.kind == "edex2000"
    assert "lines of 145 letters" in fact(found, "form")
    assert table(only(found)) == {"files": "EDEX*.TXT", "preset": "edex2000"}
    assert look(tmp_path, "too short\r\n", "EDEXLL.TXT").refused
