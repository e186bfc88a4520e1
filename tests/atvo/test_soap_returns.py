"""The answer of an operation as a stream: its rows, its proven end, and what is wrong with it."""

from __future__ import annotations

import re
import tracemalloc
from collections.abc import Iterable, Iterator

import pytest

from atvo import returns
from atvo.returns import Tags, fault_in, items
from connectors.errors import Broken, Denied, Retry, SourceError
from tests.atvo.soap_answers import FAULTS, NAMESPACE, envelope, fault

OPERATION = "getInrichtingVakken"
TAGS = Tags(f"{{{NAMESPACE}}}{OPERATION}Response", "return")
CANARY = "CANARY-123"
ROW = f"<return><afkorting>ne</afkorting><id>1</id><naam>{CANARY}</naam></return>"


def texts(chunks: Iterable[bytes]) -> list[str | None]:
    found = items(chunks, TAGS, OPERATION, FAULTS)
    return [element.findtext("id") for elements in found for element in elements]


def told(answer: bytes, *, pieces: int = 1) -> SourceError:
    size = len(answer) // pieces + 1
    with pytest.raises(SourceError) as caught:
        texts(answer[start : start + size] for start in range(0, len(answer), size))
    assert CANARY not in str(caught.value) + repr(caught.value.__context__) + repr(caught.value.__cause__)
    assert OPERATION in str(caught.value)
    return caught.value


def in_pieces(answer: bytes, size: int) -> Iterator[bytes]:
    return (answer[start : start + size] for start in range(0, len(answer), size))


@pytest.mark.parametrize("size", [1, 7, 64, 100_000])
def test_rows_come_whatever_the_pieces_are(size: int) -> None:
    answer = envelope(OPERATION, ROW * 5 + "<return/>" + ROW.replace(">1<", "><![CDATA[7]]><"))
    assert texts(in_pieces(answer, size)) == ["1"] * 5 + [None, "7"]


def test_an_answer_without_rows_is_an_empty_list() -> None:
    assert texts([envelope(OPERATION, "")]) == []
    assert texts([envelope(OPERATION, "").replace(b"></ns2:getInrichtingVakkenResponse>", b"/>")]) == []


def test_a_byte_order_mark_and_another_encoding_are_read() -> None:
    assert texts([b"\xef\xbb\xbf" + envelope(OPERATION, ROW)]) == ["1"]
    assert texts(['<?xml version="1.0" encoding="utf-16"?>'.encode("utf-16") + envelope(OPERATION, ROW).decode().encode(
        "utf-16-le")]) == ["1"]  # fmt: skip


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_an_answer_that_stops_is_cut_wherever_it_stops(share: float) -> None:
    answer = envelope(OPERATION, ROW * 20)
    error = told(answer[: int(len(answer) * share)])
    assert (type(error), error.code) == (Retry, "atvo.cut")


def test_rows_before_a_cut_are_given_and_the_end_is_not() -> None:
    found = items([envelope(OPERATION, ROW * 3)[:-20]], TAGS, OPERATION, FAULTS)
    assert len(next(found)) == 3
    with pytest.raises(Retry):
        next(found)


@pytest.mark.parametrize("answer", [b"", b" \n "])
def test_nothing_is_an_empty_answer(answer: bytes) -> None:
    error = told(answer)
    assert (type(error), error.code) == (Retry, "atvo.empty")


@pytest.mark.parametrize(
    "answer",
    [
        b"<!DOCTYPE html>\n<html><head><title>CANARY-123</title></head><body>Onderhoud<br></body></html>",
        b"<html><body>Onderhoud &nbsp; CANARY-123</body></html>",
        b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body/></html>',
        b"<HTML><BODY>CANARY-123",
    ],
)
def test_a_web_page_is_maintenance(answer: bytes) -> None:
    error = told(answer)
    assert (type(error), error.code) == (Retry, "atvo.maintenance")


@pytest.mark.parametrize(
    "answer",
    [
        b"Er is iets misgegaan: CANARY-123",
        b"<a>CANARY-123</a>",
        envelope("getInrichtingVestigingen", ROW),
        envelope(OPERATION, ROW, "http://other"),
        envelope(OPERATION, f"<anders>{CANARY}</anders>"),
        envelope(OPERATION, f"<anders>{CANARY}</anders>{ROW}"),
        envelope(OPERATION, f"{ROW}<anders>{CANARY}</anders>{ROW}"),
        envelope(OPERATION, f"<anders>{ROW}</anders>"),
        envelope(OPERATION, ROW).replace(b"</soap:Body>", b"</soap:Body><soap:Body/>"),
        envelope(OPERATION, ROW).replace(b"<naam>", b"<naam><"),
        envelope(OPERATION, ROW) + b"<more/>",
        b'<!DOCTYPE x [<!ENTITY e "CANARY-123">]>' + envelope(OPERATION, ROW.replace(CANARY, "&e;")),
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + envelope(OPERATION, ROW.replace(CANARY, "&e;")),
        b'<!DOCTYPE x [<!ENTITY e "CANARY-123">]>' + envelope(OPERATION, ""),
    ],
)  # fmt: skip
def test_another_form_is_no_answer(answer: bytes) -> None:
    error = told(answer)
    assert (type(error), error.code) == (Broken, "atvo.form")


def test_a_document_type_is_refused_before_a_row_is_given() -> None:
    found = items([b"<!DOCTYPE x>" + envelope(OPERATION, ROW * 3)], TAGS, OPERATION, FAULTS)
    with pytest.raises(Broken):
        next(found)


def test_an_entity_is_never_expanded() -> None:
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    head = f'<!DOCTYPE x [<!ENTITY e0 "0123456789">{bomb}]>'.encode()
    answer = head + envelope(OPERATION, ROW.replace(CANARY, "&e11;"))
    tracemalloc.start()
    assert told(answer).code == "atvo.form"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000


def test_an_error_in_the_place_of_a_row_is_one() -> None:
    error = told(envelope(OPERATION, f"<return>Fout tijdens het ophalen van {CANARY}</return>"))
    assert (type(error), error.code) == (Broken, "atvo.error")


def test_a_row_has_a_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(returns, "LONGEST_ROW", 10_000)
    answer = envelope(OPERATION, ROW + f"<return>{'<naam>x</naam>' * 2_000}</return>")
    with pytest.raises(Broken, match="longer than"):
        texts(in_pieces(answer, 1000))


def test_memory_does_not_grow_with_the_answer() -> None:
    """lxml's own memory is not traced by Python: what is freed shows in the elements that are left."""
    left = 0
    answer = envelope(OPERATION, ROW * 20_000)
    for elements in items(in_pieces(answer, 4096), TAGS, OPERATION, FAULTS):
        parent = elements[-1].getparent()
        left = max(left, len(parent))
    assert left < 150


@pytest.mark.parametrize(
    ("text", "code", "kind", "told_code"),
    [
        ("Ongeldige gebruikersnaam of wachtwoord", "soap:Server", Denied, "atvo.login"),
        ("Iets", "wsse:FailedAuthentication", Denied, "atvo.login"),
        ("Onbekend BRIN-nummer", "soap:Server", Denied, "atvo.brin"),
        ("Geen rechten voor deze operatie", "soap:Server", Broken, "atvo.right"),
        ("Synchroniseren is alleen 's nachts toegestaan", "soap:Server", Retry, "atvo.night"),
        (f"NullPointerException bij {CANARY}", "soap:Server", Broken, "atvo.fault"),
        ("", "soap:Client", Broken, "atvo.fault"),
    ],
)
def test_a_fault_says_what_happens_next(text: str, code: str, kind: type[SourceError], told_code: str) -> None:
    error = told(fault(text, code))
    assert (type(error), error.code) == (kind, told_code)
    same = fault_in(fault(text, code), OPERATION, FAULTS)
    assert (type(same), str(same)) == (kind, str(error))


def test_a_school_may_say_what_a_fault_means() -> None:
    own = {"login": [re.compile("pasje verlopen")]}
    assert fault_in(fault("Uw pasje verlopen"), OPERATION, own).code == "atvo.login"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"<html><body>Onderhoud</body></html>", "atvo.maintenance"), (b"", "http.server_error"),
        (b"CANARY-123", "http.server_error"), (envelope(OPERATION, ROW), "http.server_error"),
    ],
)  # fmt: skip
def test_a_500_without_a_fault_is_a_source_that_failed(answer: bytes, code: str) -> None:
    error = fault_in(answer, OPERATION, FAULTS)
    assert (type(error), error.code) == (Retry, code)
