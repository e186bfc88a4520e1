"""A service's own description: loaded from its own address alone, and refused when it cannot be read."""

from __future__ import annotations

import logging

import pytest

from atvo.wsdl import Description, OwnAddress
from connectors.errors import Broken
from simulator.atvo_types import NEWEST
from simulator.atvo_wsdl import um_wsdl, wis_wsdl

URL = "https://oop.example/services/umService?wsdl"
WSDL = um_wsdl(NEWEST, URL)


def described(wsdl: bytes) -> Description:
    return Description("UMService", URL, wsdl)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "/etc/passwd", "http://oop.example/services/umService?wsdl",
        "https://other.example/services/umService?wsdl", "https://oop.example:8443/services/umService?wsdl",
        "https://oop.example/other?wsdl", "https://oop.example/services/umService?wsdl=1",
        "https://oop.example.evil/services/umService?wsdl", "",
    ],
)  # fmt: skip
def test_no_other_address_is_loaded(url: str) -> None:
    asked: list[str] = []

    def load() -> bytes:
        asked.append(url)
        return WSDL

    transport = OwnAddress(URL, load)
    with pytest.raises(Broken) as caught:
        transport.load(url)
    assert caught.value.code == "atvo.wsdl"
    assert not asked
    assert transport.load(URL) == WSDL


def test_nothing_is_sent_through_zeep() -> None:
    transport = OwnAddress(URL, lambda: WSDL)
    with pytest.raises(Broken):
        transport.get(URL, {}, {})
    with pytest.raises(Broken):
        transport.post(URL, b"", {})


def with_type(more: str) -> bytes:
    """The WSDL with a document type, behind its XML declaration."""
    head, _, rest = WSDL.rpartition(b"?>")
    return head + (b"?>" if head else b"") + f"<!DOCTYPE definitions {more}>".encode() + rest


def with_types(more: str) -> bytes:
    text = WSDL.decode()
    place = text.index(">", text.index("<xs:schema") if "<xs:schema" in text else text.index("<xsd:schema")) + 1
    prefix = "xs" if "<xs:schema" in text else "xsd"
    return (text[:place] + more.format(xs=prefix) + text[place:]).encode()


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "http://127.0.0.1:1/x.xsd", "https://oop.example/services/x.xsd", "x.xsd", "/etc/passwd"],
)
@pytest.mark.parametrize("way", ["import", "include"])
def test_what_a_wsdl_refers_to_is_not_loaded(location: str, way: str) -> None:
    space = ' namespace="urn:other"' if way == "import" else ""
    with pytest.raises(Broken) as caught:
        described(with_types(f'<{{xs}}:{way}{space} schemaLocation="{location}"/>'))
    assert caught.value.code == "atvo.wsdl"
    assert "passwd" not in str(caught.value)


@pytest.mark.parametrize(
    "wsdl",
    [
        b"", b"geen wsdl", b"<html><body>Onderhoud</body></html>", WSDL[: len(WSDL) // 2],
        with_type('[<!ENTITY e "x">]'), with_type('SYSTEM "file:///etc/passwd"'), with_type(""),
        b'<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"/>',
        WSDL.replace(b"http://schemas.xmlsoap.org/wsdl/soap/", b"http://schemas.xmlsoap.org/wsdl/soap99/"),
    ],
)  # fmt: skip
def test_what_is_no_wsdl_is_broken(wsdl: bytes) -> None:
    with pytest.raises(Broken) as caught:
        described(wsdl)
    assert caught.value.code == "atvo.wsdl"
    assert caught.value.__context__ is None


def test_the_form_is_that_of_the_wsdl() -> None:
    assert described(WSDL).form == described(WSDL).form
    assert described(um_wsdl(NEWEST, "https://other.example/um")).form == described(WSDL).form, "it moved, no more"
    assert len({described(WSDL).form, described(WSDL + b"\n").form, described(wis_wsdl(URL)).form}) == 3


def test_an_operation_that_there_is_not_is_named() -> None:
    with pytest.raises(Broken, match="getDataVestigingen") as caught:
        described(WSDL).operation("getDataVestigingen")
    assert caught.value.code == "atvo.operation"
    assert described(WSDL).has("getDataLeerlingen")
    assert not described(WSDL).has("getDataVestigingen")


def test_arguments_that_do_not_fit_are_broken_without_their_values() -> None:
    operation = described(WSDL).operation("getInrichtingVakken")
    for arguments in ({}, {"Geheim": "Geheim-77"}, {"brinNr": "\0Geheim-77", "vestigingID": 1}):
        with pytest.raises(Broken) as caught:
            operation.request(arguments)
        assert caught.value.code == "atvo.wsdl"
        assert "Geheim" not in str(caught.value)
        assert caught.value.__context__ is None


@pytest.mark.parametrize("kind", ["choice", "all"])
def test_a_type_that_is_no_sequence_is_refused(kind: str) -> None:
    """It would be read wrong, so it is not read at all."""
    text = WSDL.decode()
    start = text.index('name="wisVak"')
    prefix = "xs:" if "<xs:sequence" in text else "xsd:"
    begin = text.index(f"<{prefix}sequence", start)
    end = text.index(f"</{prefix}sequence>", start) + len(f"</{prefix}sequence>")
    bent = text[:begin] + text[begin:end].replace("sequence", kind) + text[end:]
    with pytest.raises(Broken, match="wisVak"):
        described(bent.encode()).operation("getInrichtingVakken").item.has("id")


def test_zeep_logs_nothing_of_what_is_sent(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    described(WSDL).operation("getInrichtingVakken").request({"password": "Geheim-77", "vestigingID": 1})
    assert "Geheim" not in caplog.text
    assert not [record for record in caplog.records if record.name.startswith("zeep") and record.levelno < 30]
