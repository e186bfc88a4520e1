"""What Magister answers, byte by byte: rows however they are cut into chunks, and every shape of an error (wire A4)."""

import sys
import threading
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import BadRow, Broken, Denied, Retry, SourceError
from magister.answers import csv_rows, login_token, xml_rows
from magister.rows import layout_of, reader

LIST = (
    b'<?xml version="1.0" encoding="utf-8"?>\n<Response><Result>True</Result><Table><Rows>\n'
    b"<Row><A>1</A><B>x &amp; y</B></Row>\n<Row><A>2</A><B/></Row>\r\n<Row><A>3</A><B>\xc3\xa9</B></Row>"
    b"</Rows></Table></Response>\n"
)
ROWS = [b"<Row><A>1</A><B>x &amp; y</B></Row>", b"<Row><A>2</A><B/></Row>", b"<Row><A>3</A><B>\xc3\xa9</B></Row>"]


def read(*chunks: bytes) -> list[bytes]:
    return [row.data for rows in xml_rows(chunks, "list x") for row in rows]


def outcome(answer: bytes) -> tuple[type[SourceError] | None, str]:
    try:
        read(answer)
    except SourceError as error:
        return type(error), error.code
    return None, ""


def test_rows_are_the_same_wherever_an_answer_is_cut_into_chunks() -> None:
    assert read(LIST) == ROWS
    assert read(*(bytes((byte,)) for byte in LIST)) == ROWS
    for first in range(len(LIST)):
        assert read(LIST[:first], LIST[first:]) == ROWS
    for first in range(0, len(LIST), 7):
        for second in range(first, len(LIST), 5):
            assert read(LIST[:first], LIST[first:second], LIST[second:]) == ROWS


def test_an_answer_that_is_cut_anywhere_is_no_proof() -> None:
    end = len(LIST.rstrip())
    outcomes = {outcome(LIST[:length]) for length in range(end)}
    assert outcomes == {(Retry, "magister.cut"), (Retry, "magister.empty")}
    for length in range(0, end, 3):
        with pytest.raises(Retry):
            read(*(bytes((byte,)) for byte in LIST[:length]))
    assert outcome(LIST[:end]) == (None, "")


@given(st.integers(0, len(LIST) - 1), st.integers(1, 12), st.binary(max_size=12))
def test_a_damaged_answer_gives_rows_or_a_source_error(at: int, length: int, instead: bytes) -> None:
    outcome(LIST[:at] + instead + LIST[at + length :])


def wrapped(inside: str) -> bytes:
    return f'<?xml version="1.0"?><Response>{inside}</Response>'.encode()


def fault(number: str) -> str:
    return (
        f"<Table><Fouten><Fout><Fout_nummer>{number}</Fout_nummer>"
        "<Fout_omschrijving>Geheim van Jansen</Fout_omschrijving></Fout></Fouten></Table>"
    )


NO = "<Result>False</Result>"
YES = "<Result>True</Result>"
ERRORS = {
    "refused": (wrapped(f"{NO}<ResultMessage>Geheim</ResultMessage>"), Broken, "magister.refused"),
    "no and no more": (wrapped(NO), Broken, "magister.refused"),
    "right": (wrapped(NO + fault("10")), Broken, "magister.right"),
    "right, no result": (wrapped(fault("10")), Broken, "magister.right"),
    "right, result last": (wrapped(fault("10") + NO), Broken, "magister.right"),
    "right, though it says yes": (wrapped(YES + fault(" 10 ")), Broken, "magister.right"),
    "error": (wrapped(NO + fault("37")), Broken, "magister.error"),
    "error without a number": (wrapped(NO + fault("Geheim")), Broken, "magister.error"),
    "error without rows": (wrapped(NO + "<Table/>"), Broken, "magister.refused"),
    "exception": (
        wrapped("<Exception>EMGeneralFailure</Exception><ExceptionMsg>Geheim</ExceptionMsg>"),
        Broken, "magister.exception",
    ),
    "exception of a strange name": (
        wrapped("<Exception>Geheim van Jansen</Exception>"), Broken, "magister.exception",
    ),
    "no after the rows": (
        wrapped("<Table><Rows><Row><A>1</A></Row></Rows></Table><Result>False</Result>"), Broken, "magister.error",
    ),
    "html": (b"<!DOCTYPE html><html><body>Geheim</body></html>", Broken, "magister.form"),
    "another root": (b"<Antwoord><Result>True</Result></Antwoord>", Broken, "magister.form"),
    "text": (b"Fout: Geheim", Retry, "magister.cut"),
    "nothing": (b"", Retry, "magister.empty"),
    "a byte order mark alone": (b"\xef\xbb\xbf \r\n", Retry, "magister.empty"),
    "not XML": (b"<Response><Result>True</Reslt></Response>", Broken, "magister.form"),
    "rows with attributes": (
        wrapped('<Table><Rows><Row id="1"><A>1</A></Row></Rows></Table>'), Broken, "magister.form",
    ),
    "a document type": (
        b"<!DOCTYPE Response><Response><Table><Rows><Row><A>1</A></Row></Rows></Table></Response>",
        Broken, "magister.form",
    ),
    "an entity bomb": (
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Response><Table><Rows><Row><A>&b;</A></Row></Rows>'
        b"</Table></Response>",
        Broken, "magister.form",
    ),
    "a comment before the rows": (
        wrapped("<!-- Geheim --><Table><Rows><Row><A>1</A></Row></Rows></Table>"), Broken, "magister.form",
    ),
    "a comment between the rows": (
        wrapped("<Table><Rows><Row><A>1</A></Row><!-- Geheim --><Row><A>2</A></Row></Rows></Table>"),
        Broken, "magister.form",
    ),
    "other rows between the rows": (
        wrapped("<Table><Rows><Row><A>1</A></Row><Rij><A>1</A></Rij><Row><A>2</A></Row></Rows></Table>"),
        Broken, "magister.form",
    ),
    "rows that close themselves": (wrapped("<Table><Rows><Row/><Row/></Rows></Table>"), Broken, "magister.form"),
    "an unknown encoding": (
        LIST.replace(b"utf-8", b"x-geheim"),
        Broken, "magister.form",
    ),
}  # fmt: skip


@pytest.mark.parametrize("shape", ERRORS)
def test_every_shape_of_an_error_has_its_outcome(shape: str) -> None:
    answer, kind, code = ERRORS[shape]
    for chunks in ((answer,), [answer[i : i + 1] for i in range(len(answer))]):
        with pytest.raises(kind) as caught:
            read(*chunks)
        assert (type(caught.value), caught.value.code) == (kind, code)
        message = str(caught.value).lower()
        assert message.startswith("list x: ")
        assert not {"geheim", "jansen"} & set(message.replace(":", " ").split())


def test_an_answer_that_never_looks_like_one_is_not_read_to_its_end() -> None:
    read_so_far = 0

    def endless() -> object:
        nonlocal read_so_far
        while True:
            read_so_far += 1
            yield b"<p>" * 1000

    with pytest.raises(Broken):
        list(xml_rows(endless(), "list x"))  # type: ignore[arg-type]
    assert read_so_far < 50


def test_a_row_without_an_end_is_not_read_into_memory() -> None:
    def endless() -> object:
        yield wrapped("<Table><Rows><Row><A>")[: -len("</Response>")]
        while True:
            yield b"x" * 100_000

    with pytest.raises(Broken):
        list(xml_rows(endless(), "list x"))  # type: ignore[arg-type]


EMPTY = {
    "no table": YES, "closed table": YES + "<Table/>", "empty table": YES + "<Table></Table>",
    "closed plural": YES + "<Table><Rows/></Table>", "empty plural": "<Table> <Rows>\r\n</Rows> </Table>" + YES,
    "function": YES + "<Data><Leerlingen></Leerlingen></Data>",
}  # fmt: skip


@pytest.mark.parametrize("shape", EMPTY)
def test_an_answer_without_rows_is_a_success(shape: str) -> None:
    answer = wrapped(EMPTY[shape])
    assert read(answer) == read(*(bytes((byte,)) for byte in answer)) == []


def test_what_may_stand_around_the_rows() -> None:
    for answer in (
        b"\xef\xbb\xbf" + LIST,
        LIST.replace(b"\n", b"\r\n"),
        LIST.replace(b"<Response>", b'<Response xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'),
        LIST.replace(b"<Result>True</Result>", b""),
        LIST.replace(b"<Result>True</Result>", b"").replace(b"</Response>", b"<Result>True</Result></Response>"),
        LIST.replace(b'<?xml version="1.0" encoding="utf-8"?>\n', b""),
        LIST.replace(b"Table>", b"Data>"),
    ):
        assert read(answer) == ROWS


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1252", "iso-8859-1"])
def test_a_row_is_read_in_the_encoding_that_the_answer_declares(encoding: str) -> None:
    rows = "<Response><Table><Rows><Row><A>Zoë é</A></Row></Rows></Table></Response>"
    ((row,),) = xml_rows([f'<?xml version="1.0" encoding="{encoding}"?>{rows}'.encode(encoding)], "list x")
    assert row.encoding == encoding
    assert reader("xml", row.encoding, "")(row.data) == {"A": "Zoë é"}


def test_a_row_is_read_as_any_xml_parser_reads_it() -> None:
    read_row = reader("xml", "utf-8", "")
    for inside in (
        "<A><![CDATA[a<b>&c]]></A>", "<A>&lt;b&gt;&#233;&#xE9;</A><B/>", "<A> x\r\ny </A>", "<A>a<!-- b -->c</A>",
    ):  # fmt: skip
        row = f"<Row>{inside}</Row>"
        tree = ET.fromstring(row)
        assert read_row(row.encode()) == {cell.tag: "".join(cell.itertext()) for cell in tree}
    for bad in (b"", b"<Row>", b"<Row><A>&geheim;</A></Row>", b"<Row><A>\xff</A></Row>", b"<Row><A><B>x</B></A></Row>"):
        with pytest.raises(BadRow):
            read_row(bad)


def read_csv(*chunks: bytes, framed: bool = True) -> list[bytes]:
    return list(csv_rows(chunks, "list x", lambda: framed))


TABLE = b'\xef\xbb\xbfA;B\r\n1;"x;\r\ny"\r\nA;B\r\n2;\xc3\xa9\r\n'
TABLE_ROWS = [b"A;B", b'1;"x;\r\ny"', b"2;\xc3\xa9"]


def test_csv_rows_are_the_same_wherever_the_answer_is_cut_into_chunks() -> None:
    for answer in (TABLE, TABLE[3:], TABLE.replace(b"\r\n", b"\r\r\n"), TABLE.rstrip()):
        wanted = [row.replace(b"\r\n", b"\r\r\n") for row in TABLE_ROWS] if b"\r\r\n" in answer else TABLE_ROWS
        for first in range(len(answer)):
            assert read_csv(answer[:first], answer[first:]) == wanted


def test_half_a_last_row_of_csv_is_not_taken_for_a_row() -> None:
    answer = b"A;B\n1;10,5\n2;10,5\n"
    for length in range(4, len(answer) + 1):
        whole = [b"A;B", b"1;10,5", b"2;10,5"][: answer[:length].count(b"\n")]
        assert read_csv(answer[:length], framed=False) == whole
    assert read_csv(answer.rstrip(), framed=True)[-1] == b"2;10,5"


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (b"Fout_nummer;Fout_omschrijving\r\n10;Geheim\r\n", Broken, "magister.right"),
        (b'"Fout_nummer";"Fout_omschrijving"\r\n"0";"Geheim"\r\n', Broken, "magister.error"),
        (b"Fout_nummer;Fout_omschrijving\r\n", Broken, "magister.error"),
        (b"Result;ResultMessage\r\nFalse;Geheim \xe9\r\n", Broken, "magister.refused"),
        (b"Exception;ExceptionMsg\r\nEMGeneralFailure;Geheim\r\n", Broken, "magister.exception"),
        (b"Fout\r\nGeheim\r\n", Broken, "magister.error"),
        (b"Fout: Geheim", Broken, "magister.error"),
        (b"<Response><Result>False</Result></Response>", Broken, "magister.form"),
        (b"  <!DOCTYPE html><html>Geheim</html>", Broken, "magister.form"),
        (b"", Retry, "magister.empty"),
        (b"\xef\xbb\xbf\r\n", Retry, "magister.empty"),
        (b'A;B\r\n1;"Geheim', Broken, "csv.unclosed"),
    ],
)
def test_every_shape_of_an_error_in_csv_has_its_outcome(answer: bytes, kind: type[SourceError], code: str) -> None:
    with pytest.raises(kind) as caught:
        read_csv(answer)
    assert caught.value.code == code
    assert "Geheim" not in str(caught.value)


def test_a_login_gives_a_token_or_is_denied() -> None:
    ok = wrapped("<Result>True</Result><SessionToken>F4CA4D3A-9278</SessionToken>")
    assert login_token(ok, "Login") == login_token(b"\xef\xbb\xbf" + ok, "Login") == "F4CA4D3A-9278"
    for refused in (
        "<Result>False</Result><ResultMessage>Geheim</ResultMessage>", "<Result>False</Result>", "",
        "<Result>True</Result>", "<Result>True</Result><SessionToken/>", "<SessionToken>F4CA</SessionToken>",
        "<Result>False</Result><SessionToken>F4CA</SessionToken>",
    ):  # fmt: skip
        with pytest.raises(Denied, match=r"user name or password") as denied:
            login_token(wrapped(refused), "Login")
        assert denied.value.code == "magister.login"
        assert "Geheim" not in str(denied.value)
    with pytest.raises(Broken) as broken:
        login_token(wrapped("<Exception>EDatabaseError</Exception>"), "Login")
    assert broken.value.code == "magister.exception"
    with pytest.raises(Retry):
        login_token(ok[:40], "Login")


def test_a_layout_says_what_a_row_needs_besides_its_bytes() -> None:
    one = layout_of("grades", "csv", "utf-8", header=b"A;B")
    others = [
        layout_of("grades", "csv", "utf-8", header=b"B;A"), layout_of("grades", "csv", "cp1252", header=b"A;B"),
        layout_of("columns", "csv", "utf-8", header=b"A;B"), layout_of("grades", "xml", "utf-8"),
        layout_of("grades", "xml", "utf-8", context="DVS"),
    ]  # fmt: skip
    assert len({one, *others}) == 6


@given(st.lists(st.dictionaries(st.sampled_from("ABC"), st.text(st.characters(codec="utf-8"), max_size=8)), max_size=6))
def test_rows_in_whatever_order_are_read_as_any_xml_parser_reads_them(rows: list[dict[str, str]]) -> None:
    read_row = reader("xml", "utf-8", "")
    for values in rows:
        row = "<Row>" + "".join(f"<{name}>{escape(text)}</{name}>" for name, text in values.items()) + "</Row>"
        try:
            wanted = {cell.tag: cell.text or "" for cell in ET.fromstring(row.encode())}
        except ET.ParseError:
            with pytest.raises(BadRow):
                read_row(row.encode())
        else:
            assert read_row(row.encode()) == wanted


def test_lists_that_are_read_in_several_threads_do_not_mix_their_columns() -> None:
    """Sources that are synced at the same time share a reader."""
    read_row, mixed = reader("xml", "utf-8", ""), []

    def read_one_list(names: str) -> None:
        row = "".join(f"<{name}>{name}</{name}>" for name in names)
        for _ in range(4000):
            found = read_row(f"<Row>{row}</Row>".encode())
            if found != {name: name for name in names}:
                mixed.append(found)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=read_one_list, args=(names,)) for names in ("ABC", "DEF", "GHI")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert mixed == []
