"""What is found out about a CSV file, whatever its form, and that its rows are read as they were written."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Any

import pytest

from connectors.csvrows import records
from connectors.errors import BadRow
from connectors.files import Facts, RefusedFile
from vocus.csv_rows import keeper, layout, layout_of, reader
from vocus.examine import examine_csv
from vocus.layout import encoding_of, text_chunks
from vocus.settings import DataSettings

COLUMNS = {"number": "Stamnr", "first_name": "Roepnaam", "last_name": "Achternaam", "birth_date": "Geb.datum"}
ROWS = [
    ["Stamnr", "Roepnaam", "Achternaam", "Geb.datum", "Adres"],
    ["000123", "Noor", "Çelik", "31-12-2010", "Dorpsstraat 1"],
    ["020001", "José", "de Boer", "01-02-2011", "Dorpsstraat 2"],
]
EXPECTED = [
    {"number": "000123", "first_name": "Noor", "last_name": "Çelik", "birth_date": "31-12-2010"},
    {"number": "020001", "first_name": "José", "last_name": "de Boer", "birth_date": "01-02-2011"},
]


def _settings(**changes: Any) -> DataSettings:
    return DataSettings.model_validate({"files": "*.csv", "columns": COLUMNS, **changes})


def _text(delimiter: str = ";", ending: str = "\r\n", rows: list[list[str]] = ROWS) -> str:
    return "".join(delimiter.join(row) + ending for row in rows)


def _examined(path: Path, data: bytes, *, before: Facts | None = None, proved: bool = False, **changes: Any) -> Facts:
    file = path / "leerlingen.csv"
    file.write_bytes(data)
    return examine_csv("students", file, before, _settings(**changes), proved=proved)


def _rows(path: Path, facts: Facts, **changes: Any) -> list[bytes]:
    settings = _settings(**changes)
    keep = keeper(facts, settings)
    found = list(records(text_chunks(path / "leerlingen.csv", facts["encoding"]), quoting=settings.quoting))
    kept = [keep(record, number) for number, record in enumerate(found, 1)][1 if settings.header else 0 :]
    return [row for row in kept if row is not None]


def _read(path: Path, facts: Facts, **changes: Any) -> list[dict[str, str]]:
    read = reader(layout(layout_of("students", facts, "2026-2027")), _settings(**changes))
    return [read(row) for row in _rows(path, facts, **changes)]


@pytest.mark.parametrize(
    ("data", "encoding", "by"),
    [
        (_text().encode(), "utf-8", "valid UTF-8"),
        (_text().encode("utf-8-sig"), "utf-8", "byte order mark"),
        (_text().encode("cp1252"), "cp1252", "not UTF-8"),
        (_text().encode("utf-16"), "utf-16", "byte order mark"),
        (codecs.BOM_UTF16_BE + _text().encode("utf-16-be"), "utf-16", "byte order mark"),
    ],
)
def test_the_encoding_is_found_and_told(tmp_path: Path, data: bytes, encoding: str, by: str) -> None:
    facts = _examined(tmp_path, data)
    assert (facts["encoding"], facts["encoding_by"]) == (encoding, by)
    assert _read(tmp_path, facts) == EXPECTED


@pytest.mark.parametrize(("encoding", "wanted"), [("utf-16-le", "utf-16"), ("cp1252", "cp1252"), ("utf-8", "utf-8")])
def test_an_encoding_may_be_set(tmp_path: Path, encoding: str, wanted: str) -> None:
    facts = _examined(tmp_path, _text().encode(encoding), encoding=wanted)
    assert (facts["encoding"], facts["encoding_by"]) == (encoding, "setting")
    assert _read(tmp_path, facts, encoding=wanted) == EXPECTED


def test_a_byte_order_mark_outweighs_what_is_set(tmp_path: Path) -> None:
    assert _examined(tmp_path, _text().encode("utf-8-sig"), encoding="cp1252")["encoding"] == "utf-8"


def test_a_letter_across_two_chunks_is_one_letter(tmp_path: Path) -> None:
    file = tmp_path / "lang.csv"
    file.write_bytes(b"a" * ((1 << 18) - 1) + "é".encode() + b"\n")
    assert encoding_of(file, "auto").encoding == "utf-8"
    text = "a" * ((1 << 17) - 2) + "\U0001f600" + "\n"
    file.write_bytes(text.encode("utf-16"))
    assert b"".join(text_chunks(file, "utf-16")).decode() == text


def test_half_a_letter_at_the_very_end_is_not_utf_8(tmp_path: Path) -> None:
    file = tmp_path / "half.csv"
    file.write_bytes(b"Stamnr;Naam\n1;Ren\xc3")
    assert encoding_of(file, "auto") == ("cp1252", "not UTF-8", False)
    file.write_bytes(b"Stamnr;\xc3\x8f\n1;Ren\xc3")  # and no Windows-1252 either
    with pytest.raises(RefusedFile) as caught:
        encoding_of(file, "auto")
    assert caught.value.code == "vocus.encoding"


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_the_separator_is_found(tmp_path: Path, delimiter: str, ending: str) -> None:
    facts = _examined(tmp_path, _text(delimiter, ending).encode())
    assert (facts["delimiter"], facts["columns"], facts["rows"]) == (delimiter, 5, 2)
    assert _read(tmp_path, facts) == EXPECTED


def test_the_separator_is_the_one_that_shows_the_mapped_columns(tmp_path: Path) -> None:
    rows = [["Stamnr", "Roepnaam", "Achternaam", "Geb.datum", "a,b,c,d,e,f,g"], ["1", "N", "B", "", "1,2,3,4,5,6,7"]]
    assert _examined(tmp_path, _text(rows=rows).encode())["delimiter"] == ";"


def test_without_a_header_the_separator_is_the_one_by_which_the_rows_are_alike(tmp_path: Path) -> None:
    rows = [["1", "Noor", "Berg, van den", "31-12-2010"], ["2", "Bo", "a, b, c, d, e", "30-12-2010"]]
    columns = {"number": 0, "first_name": 1, "last_name": 2, "birth_date": 3}
    facts = _examined(tmp_path, _text(rows=rows).encode(), header=False, columns=columns)
    assert (facts["delimiter"], facts["columns"], facts["rows"]) == (";", 4, 2)


def test_headers_are_found_whatever_their_case_and_spaces(tmp_path: Path) -> None:
    header = [" STAMNR", "roep naam", "Achternaam ", "geb. datum", "Adres"]
    facts = _examined(tmp_path, _text(rows=[header, *ROWS[1:]]).encode("utf-8-sig"))
    assert facts["positions"] == {"number": 0, "first_name": 1, "last_name": 2, "birth_date": 3}


def test_columns_may_stand_in_another_order_and_be_addressed_by_place(tmp_path: Path) -> None:
    facts = _examined(tmp_path, _text(rows=[row[::-1] for row in ROWS]).encode(), columns={**COLUMNS, "first_name": 3})
    assert facts["positions"] == {"number": 4, "first_name": 3, "last_name": 2, "birth_date": 1}
    assert _read(tmp_path, facts) == EXPECTED


def test_quoted_cells_hold_separators_quotes_and_line_ends(tmp_path: Path) -> None:
    text = 'Stamnr;Roepnaam;Achternaam;Geb.datum\n1;"No;or";"Berg ""de""\nBo";\n'
    facts = _examined(tmp_path, text.encode())
    assert facts["rows"] == 1
    assert _read(tmp_path, facts) == [
        {"number": "1", "first_name": "No;or", "last_name": 'Berg "de"\nBo', "birth_date": ""}
    ]


def test_without_quoting_a_quote_is_a_letter(tmp_path: Path) -> None:
    text = 'Stamnr;Roepnaam;Achternaam;Geb.datum\n1;6";"B;\n2;x;y;\n'
    facts = _examined(tmp_path, text.encode(), quoting=False)
    assert facts["rows"] == 2
    assert [row["last_name"] for row in _read(tmp_path, facts, quoting=False)] == ['"B', "y"]


def test_only_rows_of_the_record_type_belong_to_the_data_set(tmp_path: Path) -> None:
    rows = [
        ["Vestiging", "06XZ", "Bosrand"], ["Leerling", "000123", "Noor", "Berg", "31122010"], ["Vak", "ak"],
        ["Leerling", "020001", "Bo", "Boer", "01022011"],
    ]  # fmt: skip
    columns = {"number": 1, "first_name": 2, "last_name": 3, "birth_date": 4}
    changes = {"header": False, "columns": columns, "record_type": {"column": 0, "value": "Leerling"}}
    facts = _examined(tmp_path, _text(rows=rows).encode(), **changes)
    assert (facts["rows"], facts["read"], facts["columns"]) == (4, 2, 5)
    assert facts["formats"] == {"birth_date": "%d%m%Y"}
    assert [row["number"] for row in _read(tmp_path, facts, **changes)] == ["000123", "020001"]


def test_the_facts_hold_counts_and_formats_and_no_value(tmp_path: Path) -> None:
    facts = _examined(tmp_path, _text().encode())
    assert facts == {
        "rows": 2, "read": 2, "unreadable": 0, "columns": 5, "delimiter": ";", "type_position": None,
        "positions": {"number": 0, "first_name": 1, "last_name": 2, "birth_date": 3},
        "formats": {"birth_date": "%d-%m-%Y"},
        "numbers": {"number": {"shortest": 6, "longest": 6, "zero": True}},
        "encoding": "utf-8", "encoding_by": "valid UTF-8", "settings": _settings().fingerprint(),
    }  # fmt: skip


def test_a_row_with_another_number_of_cells_is_counted_and_is_a_bad_row(tmp_path: Path) -> None:
    facts = _examined(tmp_path, _text(rows=[*ROWS, ["3", "Bo"]]).encode())
    assert (facts["rows"], facts["read"], facts["unreadable"]) == (3, 3, 1)
    with pytest.raises(BadRow, match=r"^row: columns$"):
        _read(tmp_path, facts)


def test_a_file_of_many_blocks_is_looked_through_to_its_end(tmp_path: Path) -> None:
    rows = [[str(100000 + n), "Noor", "Berg", "03-04-2010", ""] for n in range(5000)]
    rows[-1][3] = "13-04-2010"
    facts = _examined(tmp_path, _text(rows=[ROWS[0], *rows]).encode(), dates=["%m-%d-%Y", "%d-%m-%Y"])
    assert (facts["rows"], facts["formats"]) == (5000, {"birth_date": "%d-%m-%Y"})


def test_nothing_but_a_header_is_a_file_without_rows(tmp_path: Path) -> None:
    facts = _examined(tmp_path, _text(rows=ROWS[:1]).encode())
    assert (facts["rows"], facts["read"], facts["columns"]) == (0, 0, 5)


def test_cells_that_say_nothing_are_blank(tmp_path: Path) -> None:
    text = "Stamnr;Roepnaam;Achternaam;Geb.datum\n1; - ;NULL;\n"
    facts = _examined(tmp_path, text.encode())
    assert _read(tmp_path, facts) == [{"number": "1", "first_name": "", "last_name": "", "birth_date": ""}]
    facts = _examined(tmp_path, text.encode(), null=["?"])
    assert _read(tmp_path, facts, null=["?"])[0]["first_name"] == "-"


def test_lost_zeros_come_back_where_they_are_asked_for(tmp_path: Path) -> None:
    text = "Stamnr;Roepnaam;Achternaam;Geb.datum\n123;N;B;\n0456;N;B;\nA7;N;B;\n1234567;N;B;\n"
    facts = _examined(tmp_path, text.encode(), pad={"number": 6})
    numbers = [row["number"] for row in _read(tmp_path, facts, pad={"number": 6})]
    assert numbers == ["000123", "000456", "A7", "1234567"]


def test_a_row_holds_the_mapped_cells_and_nothing_else(tmp_path: Path) -> None:
    facts = _examined(tmp_path, _text(rows=[*ROWS, ["3", "Kanarie"], ["4", 'Ka"na', "rie", '"', "x"]]).encode())
    assert _rows(tmp_path, facts) == [
        '["000123","Noor","Çelik","31-12-2010"]'.encode(), '["020001","José","de Boer","01-02-2011"]'.encode(),
        b'{"record":4,"code":"columns"}', b'{"record":5,"code":"malformed"}',
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (b'["1","N","B",""]', ""), (b'["1","N","B"]', "row: columns"), (b'["1","N","B",""', "row: form"),
        (b'["1","N","B",null]', "row: form"), (b'"1NB2"', "row: form"), (b'{"code":"x"}', "row: form"),
        (b'{"code":"malformed"}', "row: malformed"), (b'{"code":["columns"]}', "row: form"), (b"", "row: form"),
        (b'["1","N\\u0000","B",""]', "row: nul"), (b'["1","N\\\\u0000","B",""]', ""),
    ],
)  # fmt: skip
def test_what_is_no_row_is_a_bad_row(row: bytes, problem: str) -> None:
    facts = {"positions": dict.fromkeys(COLUMNS), "formats": {}}
    read = reader(layout(layout_of("students", facts, "2026-2027")), _settings())
    if not problem:
        assert read(row)["number"] == "1"
        return
    with pytest.raises(BadRow) as caught:
        read(row)
    assert str(caught.value) == problem


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{}", b"[]", b"null", b"[1,2,3]", b'["students",{"number":0},{},""]', b'["students",["x"],{},""]',
        b'["leerlingen",[],{},""]', b'["students",["number"],{"birth_date":"%d"},""]', b'["students",[[]],{},""]',
        b'["students",["birth_date"],{"birth_date":1},""]', b'["students",[],{},2026]', b'[["students"],[],{},""]',
        b'["students",[],[],""]', b'["students",[],{},"",""]',
    ],
)  # fmt: skip
def test_a_layout_that_is_none_is_a_bad_row(data: bytes) -> None:
    with pytest.raises(BadRow, match=r"^layout: form$"):
        layout(data)
