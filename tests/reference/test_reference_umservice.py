"""The simulator's UMService beside the WSDLs that were saved from the real one: the same description, and answers that
a client made from the real description reads without a complaint."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pytest
import zeep
from lxml import etree

from simulator.atvo_types import UM
from simulator.atvo_wsdl import um_wsdl
from simulator.magister import DEFAULT_ACCOUNT
from simulator.school import make_school
from simulator.server import serve
from tests.reference.schemas import UM_2018, UM_2019

WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
SOAP = "{http://schemas.xmlsoap.org/wsdl/soap/}"
XS = "{http://www.w3.org/2001/XMLSchema}"
REFERENCES = {"2018-08": UM_2018, "2019-06": UM_2019}
READING = sorted(name for name, operation in UM.operations.items() if operation.many)
YEAR = {"schooljaar": "2026/2027"}


class Element(NamedTuple):
    name: str
    type: str
    least: str
    most: str
    nillable: str


def parse(wsdl: bytes) -> etree._Element:
    return etree.fromstring(wsdl)


def expanded(node: etree._Element, name: str) -> str:
    """A name with a prefix, with the namespace that the prefix stands for."""
    prefix, _, local = name.rpartition(":")
    return f"{{{node.nsmap[prefix or None]}}}{local}"


def types(wsdl: etree._Element) -> dict[str, list[Element]]:
    """Every type with its elements in their order: their type, occurrence and whether they may be nil."""
    return {
        kind.get("name"): [
            Element(
                child.get("name"), expanded(child, child.get("type")), child.get("minOccurs", "1"),
                child.get("maxOccurs", "1"), child.get("nillable", "false"),
            )
            for child in kind.iterfind(f"{XS}sequence/{XS}element")
        ]
        for kind in wsdl.iter(f"{XS}complexType")
    }  # fmt: skip


def wiring(wsdl: etree._Element) -> dict[str, Any]:
    """Everything else that a client goes by: names, messages, how an operation is bound."""
    schema, binding = wsdl.find(f".//{XS}schema"), wsdl.find(f"{WSDL}binding")
    port = wsdl.find(f"{WSDL}service/{WSDL}port")
    return {
        "namespace": wsdl.get("targetNamespace"),
        "schema": (schema.get("targetNamespace"), schema.get("elementFormDefault")),
        "elements": {(e.get("name"), expanded(e, e.get("type"))) for e in schema.iterfind(f"{XS}element")},
        "messages": {
            message.get("name"): [
                (part.get("name"), expanded(part, part.get("element"))) for part in message.iterfind(f"{WSDL}part")
            ]
            for message in wsdl.iterfind(f"{WSDL}message")
        },
        "operations": {
            operation.get("name"): [
                (etree.QName(side).localname, side.get("name"), expanded(side, side.get("message")))
                for side in operation
            ]
            for operation in wsdl.iterfind(f"{WSDL}portType/{WSDL}operation")
        },
        "port type": wsdl.find(f"{WSDL}portType").get("name"),
        "binding": (binding.get("name"), expanded(binding, binding.get("type"))),
        "transport": binding.find(f"{SOAP}binding").get("transport"),
        "bound": {
            operation.get("name"): (
                operation.find(f"{SOAP}operation").get("soapAction"),
                operation.find(f"{SOAP}operation").get("style"),
                [body.get("use") for body in operation.iterfind(f"*/{SOAP}body")],
            )
            for operation in binding.iterfind(f"{WSDL}operation")
        },
        "service": (wsdl.find(f"{WSDL}service").get("name"), port.get("name"), expanded(port, port.get("binding"))),
    }


@pytest.mark.parametrize("version", REFERENCES)
def test_types_are_the_same_to_the_last_element(version: str) -> None:
    own, real = types(parse(um_wsdl(version, "http://localhost/"))), types(parse(REFERENCES[version].read_bytes()))
    assert own.keys() == real.keys()
    assert [name for name in real if own[name] != real[name]] == []


@pytest.mark.parametrize("version", REFERENCES)
def test_operations_messages_and_bindings_are_the_same(version: str) -> None:
    own, real = wiring(parse(um_wsdl(version, "http://localhost/"))), wiring(parse(REFERENCES[version].read_bytes()))
    assert {key: value for key, value in own.items() if real[key] != value} == {}
    assert len(own["operations"]) == 14


def test_the_comparison_sees_a_difference() -> None:
    older, newer = (types(parse(REFERENCES[version].read_bytes())) for version in ("2018-08", "2019-06"))
    assert newer.keys() - older.keys() == {"remoteIdentifier"}
    assert len(older["webserviceUmObject"]) == 112
    assert len(newer["webserviceUmObject"]) == 115
    swapped = UM_2019.read_bytes().replace(b'name="leerlingActief"', b'name="leerlingactief"')
    assert types(parse(swapped))["webserviceUmObject"] != newer["webserviceUmObject"]


def service_of(reference: Path, url: str) -> Any:
    """A strict client as the real description makes it, with its address pointed at the simulator."""
    client = zeep.Client(str(reference), settings=zeep.Settings(strict=True))
    return client.create_service(f"{{{UM.namespace}}}{UM.binding}", f"{url}{UM.path}")


@pytest.mark.parametrize("operation", READING)
@pytest.mark.parametrize("version", REFERENCES)
def test_a_client_of_the_real_description_reads_every_answer(version: str, operation: str) -> None:
    school = make_school(7, 40)
    with serve(school) as server:
        server.atvo.version = version
        who = (school.brin, DEFAULT_ACCOUNT.user, DEFAULT_ACCOUNT.password)
        more: dict[str, Any] = {}
        if operation.startswith("getData"):
            more = YEAR
        elif operation == "getInrichtingOpleidingVakken":
            more = YEAR | {"opleidingID": 1, "leerjaar": 4}
        elif operation != "getInrichtingVestigingen":
            more = YEAR | {"vestigingID": 101}
        rows = service_of(REFERENCES[version], server.url)[operation](*who, **more)
        assert rows
        if operation == "getDataLeerlingen":
            assert {row.leerlingNummer for row in rows} == set(school.students)


@pytest.mark.parametrize("operation", sorted(UM.operations.keys() - set(READING)))
def test_a_client_of_the_real_description_can_try_to_write(operation: str) -> None:
    school = make_school(7, 40)
    with serve(school) as server:
        who = (school.brin, DEFAULT_ACCOUNT.user, DEFAULT_ACCOUNT.password)
        assert service_of(UM_2019, server.url)[operation](*who).startswith("Fout tijdens")


def test_an_older_client_complains_of_newer_answers() -> None:
    school = make_school(7, 40)
    with serve(school) as server, pytest.raises(zeep.exceptions.XMLParseError, match="leerlingEckID"):
        service_of(UM_2018, server.url).getDataLeerlingen(
            school.brin, DEFAULT_ACCOUNT.user, DEFAULT_ACCOUNT.password, **YEAR
        )
