"""Calls to one service: what is sent, what comes of each kind of answer, and what is remembered."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest
from lxml import etree

from atvo.soap_client import Service, security_header
from atvo.um_mapping import KEPT
from connectors.errors import Broken, Denied, Retry, SourceError
from connectors.http import HttpSettings
from simulator.atvo_types import NEWEST
from simulator.atvo_wsdl import um_wsdl
from simulator.magister import DEFAULT_ACCOUNT
from simulator.school import make_school
from simulator.server import Server, serve
from tests.atvo.soap_answers import FAULTS, envelope, fault
from tests.connectors import loopback
from tests.connectors.loopback import plain, say_and_close, serving

OPERATION = "getInrichtingVestigingen"
KEEP = KEPT[OPERATION]
WSDL = um_wsdl(NEWEST, "https://another.example/services/umService")
ROW = "<return><afkorting>HP</afkorting><id>1</id></return>"
ENOUGH = {"brinNr": "99ZZ", "username": "brug", "password": "Geheim-77"}


def service(
    server: loopback.Server | Server, common: Mapping[str, str] = ENOUGH, **more: object
) -> Service:
    settings = HttpSettings.model_validate({"base_url": f"{server.url}/services/umService", "attempts": 1, **more})
    return Service("UMService", settings, ["Geheim-77"], FAULTS, common=common)


@contextmanager
def answering(answer: bytes, *, close: bool = False) -> Iterator[loopback.Server]:
    """A server that describes itself, and answers each call with these bytes."""

    def behave(connection: socket.socket, server: loopback.Server, request: bytes) -> None:
        if request.startswith(b"GET"):
            connection.sendall(plain(WSDL))
        else:
            connection.sendall(answer)
            if close:
                connection.shutdown(socket.SHUT_RDWR)

    with serving(behave) as server:
        yield server


def told(answer: bytes) -> SourceError:
    with answering(answer, close=True) as server, pytest.raises(SourceError) as caught:
        list(service(server).rows(OPERATION, {}, KEEP))
    with answering(answer, close=True) as server, pytest.raises(SourceError) as again:
        service(server).small(OPERATION, {}, KEEP)
    assert (type(caught.value), caught.value.code) == (type(again.value), again.value.code)
    assert "Geheim" not in str(caught.value)
    return caught.value


def test_rows_are_what_is_kept_of_them() -> None:
    with answering(plain(envelope(OPERATION, ROW))) as server:
        found = service(server)
        assert list(found.rows(OPERATION, {}, KEEP)) == [[{"afkorting": "HP", "id": "1"}]]
        assert found.small(OPERATION, {}, {"id": None}) == [{"id": "1"}]
        called = server.requests
    assert [request.split(b" ")[0] for request in called] == [b"GET", b"POST", b"POST"], "the WSDL is loaded once"
    assert called[0].startswith(b"GET /services/umService?wsdl ")
    assert called[1].startswith(b"POST /services/umService "), "the address of the WSDL itself is never used"
    assert b'SOAPAction: ""' in called[1]
    assert b"Content-Type: text/xml; charset=utf-8" in called[1]
    body = etree.fromstring(called[1].partition(b"\r\n\r\n")[2])
    operation = body.find("{http://schemas.xmlsoap.org/soap/envelope/}Body")[0]
    assert operation.tag == "{http://services.mijnsom.nl}getInrichtingVestigingen"
    assert [(child.tag, child.text) for child in operation] == list(ENOUGH.items())


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (plain(fault("Onbekend BRIN-nummer"), status="500 Error"), Denied, "atvo.brin"),
        (plain(fault("Onbekend BRIN-nummer")), Denied, "atvo.brin"),
        (plain(b"<html>Onderhoud</html>", status="500 Error", kind="text/html"), Retry, "atvo.maintenance"),
        (plain(b"<html>Onderhoud</html>", kind="text/html; charset=utf-8"), Retry, "atvo.maintenance"),
        (plain(b"<html>Onderhoud</html>"), Retry, "atvo.maintenance"),
        (plain(b"<html>Onderhoud</html>", status="503 Busy", kind="text/html"), Retry, "http.busy"),
        (plain(b"", status="202 Accepted"), Retry, "atvo.empty"),
        (plain(b""), Retry, "atvo.empty"),
        (plain(b"{}", kind="application/json"), Broken, "http.content_type"),
        (plain(b"", status="404 Not Found"), Broken, "http.not_found"),
        (plain(b"", status="401 No"), Denied, "http.denied"),
        (plain(envelope(OPERATION, ROW)[:-9]), Retry, "atvo.cut"),
        (plain(envelope(OPERATION, ROW))[:-9], Retry, "http.cut"),
        (plain(envelope(OPERATION, "<return><id>1</id><nieuw/></return>")), Broken, "atvo.element"),
    ],
)  # fmt: skip
def test_what_comes_of_an_answer(answer: bytes, kind: type[SourceError], code: str) -> None:
    error = told(answer)
    assert (type(error), error.code) == (kind, code)


@pytest.mark.parametrize(
    ("wsdl", "kind", "code"),
    [
        (plain(b"<html>Onderhoud</html>", kind="text/html"), Retry, "atvo.maintenance"),
        (plain(b"<html>Onderhoud</html>"), Retry, "atvo.maintenance"),
        (plain(b""), Retry, "atvo.empty"),
        (plain(b"geen wsdl"), Broken, "atvo.wsdl"),
        (plain(WSDL[: len(WSDL) // 2]), Retry, "atvo.cut"),
        (plain(b'<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"></definitions>'), Broken, "atvo.wsdl"),
    ],
)
def test_what_comes_of_a_wsdl_that_is_none(wsdl: bytes, kind: type[SourceError], code: str) -> None:
    with serving(say_and_close(wsdl)) as server, pytest.raises(SourceError) as caught:
        service(server).begin()
    assert (type(caught.value), caught.value.code) == (kind, code)


def test_a_service_that_was_renewed_is_described_anew() -> None:
    """Its new element is refused once, not for ever."""
    old, new = um_wsdl("2018-08", "https://x.example"), um_wsdl(NEWEST, "https://x.example")
    with serve(make_school(5, 40)) as server:
        server.atvo.wsdl = old
        account = {"username": DEFAULT_ACCOUNT.user, "password": DEFAULT_ACCOUNT.password}
        found = service(server, {"brinNr": server.school.brin, **account})
        form = found.begin().form
        server.atvo.wsdl = new
        with pytest.raises(Broken, match="leerlingEckID"):
            list(found.rows("getDataLeerlingen", {}, KEPT["getDataLeerlingen"]))
        assert list(found.rows("getDataLeerlingen", {}, KEPT["getDataLeerlingen"]))
        assert found.begin().form != form


def test_a_refused_password_is_offered_once_until_somebody_asks_anew() -> None:
    with answering(plain(fault("Ongeldige gebruikersnaam of wachtwoord"), status="500 Error")) as server:
        found = service(server)
        for _ in range(5):
            with pytest.raises(Denied):
                found.small(OPERATION, {}, KEEP)
        posts = [request for request in server.requests if request.startswith(b"POST")]
        assert len(posts) == 1
        found.begin()
        with pytest.raises(Denied):
            found.small(OPERATION, {}, KEEP)
        assert len([request for request in server.requests if request.startswith(b"POST")]) == 2


def test_threads_load_one_wsdl() -> None:
    with answering(plain(envelope(OPERATION, ROW))) as server:
        found = service(server, connections=8)
        threads = [threading.Thread(target=found.small, args=(OPERATION, {}, KEEP)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        kinds = [request.split(b" ")[0] for request in server.requests]
    assert (kinds.count(b"GET"), kinds.count(b"POST")) == (1, 8)


def test_the_header_of_wisservice() -> None:
    """As the one client that is known sends it (wire 3)."""
    make = security_header("http://wis.koppelingen.iridium.topicus.nl/", "99ZZ", "brug", "Geheim-77")
    (brin, security), (_, other) = make(), make()
    wsse = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd}"
    assert (brin.tag, brin.text) == ("{http://wis.koppelingen.iridium.topicus.nl/}Brinnummer", "99ZZ")
    assert security.get("{http://schemas.xmlsoap.org/soap/envelope/}mustUnderstand") == "1"
    token = security.find(f"{wsse}UsernameToken")
    assert [child.tag for child in token] == [f"{wsse}{name}" for name in ("Username", "Password", "Nonce")]
    assert [child.text for child in token][:2] == ["brug", "Geheim-77"]
    assert token.find(f"{wsse}Password").get("Type").endswith("#PasswordText")
    assert token.find(f"{wsse}Nonce").get("EncodingType").endswith("#Base64Binary")
    nonces = {made.findtext(f"{wsse}UsernameToken/{wsse}Nonce") for made in (security, other)}
    assert len(nonces) == 2, "a nonce is used once"
