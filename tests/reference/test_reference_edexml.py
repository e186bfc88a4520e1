"""What the make-believe school writes in EDEXML and answers over UWLR, against the schemas of the standards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import zeep
from lxml import etree

from simulator.exports import export
from simulator.magister import DEFAULT_ACCOUNT
from simulator.school import make_school
from simulator.server import Server, serve
from tests.reference.schemas import EDEXML, UWLR, of_today

LIVELY = make_school(11, 120)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve(LIVELY) as opened:
        yield opened


@pytest.mark.parametrize("version", sorted(EDEXML))
def test_an_export_is_valid(version: str, tmp_path: Path) -> None:
    (data,) = export(LIVELY, f"edexml-{version}").values()
    schema = of_today(EDEXML[version], tmp_path / "schema")
    assert schema.validate(etree.fromstring(data).getroottree()), schema.error_log.last_error


@pytest.mark.parametrize("version", sorted(UWLR))
def test_an_answer_is_valid(version: str, server: Server, tmp_path: Path) -> None:
    schema = of_today(UWLR[version], tmp_path / "schema")
    for since in (None, "2099-01-01T00:00:00Z"):
        answer = asked(server, version, since)
        assert schema.validate(etree.ElementTree(answer)), schema.error_log.last_error


@pytest.mark.parametrize("version", sorted(UWLR))
def test_it_says_when_nothing_has_changed_and_when_there_is_nothing(version: str, server: Server) -> None:
    whole, same = asked(server, version, None), asked(server, version, "2099-01-01T00:00:00Z")
    assert [etree.QName(node).localname for node in whole] == ["leerlinggegevens"]
    assert [etree.QName(node).localname for node in same] == ["geenwijzigingen"]
    with server.faults.during("empty-list"):
        assert [etree.QName(node).localname for node in asked(server, version, None)] == ["geengegevens"]


@pytest.mark.parametrize("version", sorted(UWLR))
def test_the_real_wsdl_leads_to_the_same_request(version: str, server: Server) -> None:
    """A client that is made from the standard's own WSDL can ask it."""
    wsdl = next((UWLR[version].parents[1] / "wsdl").glob("*Leerlinggegevens*.wsdl"))
    client = zeep.Client(str(wsdl), settings=zeep.Settings(raw_response=True))
    binding = next(iter(client.wsdl.bindings))
    service = client.create_service(binding, f"{server.url}/uwlr/{version}/leerlinggegevens")
    answer = service.HaalLeerlinggegevens(**question(version, None))
    assert answer.status_code == 200, answer.content[:300]


def question(version: str, since: str | None) -> dict[str, object]:
    more = {"laatstontvangengegevens": since} if since else {}
    account = {
        "autorisatiesleutel": DEFAULT_ACCOUNT.password, "klantcode": "schoolbrug", "klantnaam": DEFAULT_ACCOUNT.user
    }  # fmt: skip
    return {
        "schooljaar": "2026-2027", "brincode": LIVELY.brin, "xsdversie": version, **more,
        "_soapheaders": {"msgpHeader": account},
    }  # fmt: skip


def asked(server: Server, version: str, since: str | None) -> etree._Element:
    """The answer's own element."""
    client = zeep.Client(
        f"{server.url}/uwlr/{version}/leerlinggegevens?wsdl", settings=zeep.Settings(raw_response=True)
    )
    said = question(version, since)
    header = said.pop("_soapheaders")["msgpHeader"]  # type: ignore[index]
    answer = client.service.HaalLeerlinggegevens(**said, _soapheaders={"header": header})
    assert answer.status_code == 200, answer.content[:300]
    body = etree.fromstring(answer.content)[0]
    return etree.fromstring(etree.tostring(body[0]))
