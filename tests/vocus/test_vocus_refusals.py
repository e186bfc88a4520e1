"""A file that cannot be right is refused as a whole, with a sentence that says what to do and shows no value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors.files import Facts, RefusedFile
from vocus.examine import examine_csv
from vocus.settings import DataSettings

HEADER = "Stamnr;Roepnaam;Achternaam;Geb.datum\r\n"
CANARY = "Kanariepiet"
GOOD = f"000123;{CANARY};Berg;31-12-2010\r\n020001;Bo;Boer;01-02-2011\r\n"
COLUMNS = {"number": "Stamnr", "first_name": "Roepnaam", "last_name": "Achternaam", "birth_date": "Geb.datum"}


def _examine(
    path: Path, data: bytes, *, before: Facts | None = None, proved: bool = False, **changes: Any
) -> Facts:
    file = path / "leerlingen.csv"
    file.write_bytes(data)
    settings = DataSettings.model_validate({"files": "*.csv", "columns": COLUMNS, **changes})
    return examine_csv("students", file, before, settings, proved=proved)


def _refused(path: Path, data: bytes, **changes: Any) -> tuple[str, str]:
    with pytest.raises(RefusedFile) as caught:
        _examine(path, data, **changes)
    sentence = str(caught.value)
    assert CANARY not in sentence
    assert caught.value.__cause__ is None
    context: BaseException | None = caught.value
    while context := context.__context__:
        assert CANARY not in repr(context), "an exception behind it holds a value"
    return caught.value.code, sentence


def test_the_good_file_is_not_refused(tmp_path: Path) -> None:
    assert _examine(tmp_path, (HEADER + GOOD).encode())["rows"] == 2


@pytest.mark.parametrize("cut", [1, 2, 5, 20])
def test_a_last_line_without_an_end_may_be_half_a_line(tmp_path: Path, cut: int) -> None:
    data = (HEADER + GOOD).encode()[:-cut]
    if cut == 1:  # the line feed of \r\n
        data = (HEADER + GOOD).replace("\r\n", "\n").encode()[:-1]
    code, sentence = _refused(tmp_path, data)
    assert code == "vocus.cut"
    assert "manifest" in sentence


def test_a_proved_file_may_lack_the_end_of_its_last_line(tmp_path: Path) -> None:
    assert _examine(tmp_path, (HEADER + GOOD).encode()[:-2], proved=True)["rows"] == 2


def test_utf_16_that_lacks_the_end_of_its_last_line_is_refused_too(tmp_path: Path) -> None:
    assert _refused(tmp_path, (HEADER + GOOD)[:-2].encode("utf-16"))[0] == "vocus.cut"
    assert _examine(tmp_path, (HEADER + GOOD).encode("utf-16"))["rows"] == 2


def test_an_end_within_quotes_is_no_end(tmp_path: Path) -> None:
    code, sentence = _refused(tmp_path, (HEADER + GOOD + '3;"Bo;Boer;\r\n').encode())
    assert code == "vocus.cut"
    assert "quoting = false" in sentence


@pytest.mark.parametrize(
    "data",
    [
        (HEADER + GOOD).encode() + b"3;\x81\xc3(;B;\r\n",
        (HEADER + GOOD).encode("utf-8-sig") + b"3;\xe9;B;\r\n",
        (HEADER + GOOD).encode("utf-16") + b"x",
        (HEADER + GOOD).encode("utf-16") + b"\x00\xd8\n\x00",
        (HEADER + GOOD).encode("utf-16-le"),
        (HEADER + GOOD).encode() + b"\x8d\xe9\n\xc3",
    ],
)
def test_bytes_that_are_no_text_are_refused(tmp_path: Path, data: bytes) -> None:
    assert _refused(tmp_path, data, proved=True)[0] == "vocus.encoding"


def test_the_refusal_tells_about_where(tmp_path: Path) -> None:
    filler = "000123;N;B;31-12-2010\r\n" * 20_000
    _, sentence = _refused(tmp_path, (HEADER + filler).encode() + b"3;\x81\xc3(;B;\r\n")
    line = int(sentence.split("line ")[1].split(";")[0])
    assert 5_000 < line <= 20_002


def test_what_is_set_must_be_so(tmp_path: Path) -> None:
    data = (HEADER + "1;Ren\xe9;B;\r\n").encode("cp1252")
    assert _examine(tmp_path, data)["encoding"] == "cp1252"
    code, sentence = _refused(tmp_path, data, encoding="utf-8")
    assert (code, "UTF-8" in sentence) == ("vocus.encoding", True)
    assert _refused(tmp_path, data + b"\x81;;;\n", encoding="cp1252")[0] == "vocus.encoding"


def test_a_missing_column_is_named_with_its_setting(tmp_path: Path) -> None:
    code, sentence = _refused(tmp_path, (HEADER + GOOD).replace("Geb.datum", "Gebdat").encode())
    assert code == "vocus.column"
    assert "column Geb.datum is missing" in sentence
    assert "data.students.columns.birth_date" in sentence
    assert "Gebdat" not in sentence.replace("Geb.datum", "")  # a header line may be a row


def test_a_column_that_is_there_twice_is_not_guessed(tmp_path: Path) -> None:
    columns = {"number": "Stamnr", "last_name": "Achternaam"}
    code, sentence = _refused(tmp_path, (HEADER + GOOD).replace("Roepnaam", "achter naam").encode(), columns=columns)
    assert (code, "2 times" in sentence) == ("vocus.column", True)


def test_a_place_beyond_the_rows_is_refused(tmp_path: Path) -> None:
    code, sentence = _refused(tmp_path, GOOD.encode(), header=False, columns={"number": 0, "last_name": 4})
    assert (code, "the rows have 4" in sentence) == ("vocus.column", True)


def test_a_file_of_blank_lines_has_no_header(tmp_path: Path) -> None:
    assert _refused(tmp_path, b"\r\n\r\n")[0] == "vocus.column"


def test_a_header_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    assert _refused(tmp_path, b'"Stamnr"x;"Roepnaam"\r\n' + GOOD.encode())[0] == "vocus.csv"


def test_a_record_without_end_is_refused(tmp_path: Path) -> None:
    assert _refused(tmp_path, HEADER.encode() + b"x" * (1 << 21) + b"\n")[0] == "vocus.csv"


def test_two_ways_to_read_the_dates_are_both_named(tmp_path: Path) -> None:
    text = HEADER + f"1;{CANARY};B;03-04-2010\r\n2;Bo;B;05-06-2011\r\n"
    code, sentence = _refused(tmp_path, text.encode(), dates=["%d-%m-%Y", "%m-%d-%Y"])
    assert code == "vocus.dates"
    assert all(part in sentence for part in ("birth_date", "%d-%m-%Y", "%m-%d-%Y", "data.students.dates"))
    assert "2010" not in sentence


def test_numbers_shorter_than_they_are_have_lost_zeros(tmp_path: Path) -> None:
    data = (HEADER + GOOD).replace("000123", "123").encode()
    code, sentence = _refused(tmp_path, data, digits={"number": 6})
    assert code == "vocus.zeros"
    assert "123" not in sentence
    assert _examine(tmp_path, (HEADER + GOOD).encode(), digits={"number": 6})["rows"] == 2


def test_numbers_that_had_zeros_the_last_time_and_now_have_none_have_lost_them(tmp_path: Path) -> None:
    before = _examine(tmp_path, (HEADER + GOOD).encode())
    lost = (HEADER + GOOD).replace("000123", "123").replace("020001", "20001").encode()
    code, sentence = _refused(tmp_path, lost, before=before)
    assert code == "vocus.zeros"
    assert "data.students.pad.number = 6" in sentence
    assert _examine(tmp_path, lost, before=before, pad={"number": 6})["rows"] == 2
    assert _examine(tmp_path, lost)["rows"] == 2  # nothing is known of a first file


def test_numbers_without_zeros_that_are_as_long_as_before_have_lost_nothing(tmp_path: Path) -> None:
    before = _examine(tmp_path, (HEADER + GOOD).encode())
    assert _examine(tmp_path, (HEADER + "200001;N;B;\r\n").encode(), before=before)["rows"] == 1
    one_left = (HEADER + GOOD).replace("020001", "20001").encode()
    assert _examine(tmp_path, one_left, before=before)["rows"] == 2


def test_a_lone_nought_is_no_leading_zero(tmp_path: Path) -> None:
    facts = _examine(tmp_path, (HEADER + "0;N;B;\r\n12;N;B;\r\n").encode())
    assert facts["numbers"]["number"] == {"shortest": 1, "longest": 2, "zero": False}
