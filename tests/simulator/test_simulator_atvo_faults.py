"""Each fault does what its name says on the SOAP faces."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import requests
import zeep
from lxml import etree

from simulator.atvo import BROKEN
from simulator.atvo_ids import uuid_of
from simulator.atvo_types import UM, WIS
from simulator.school import make_school
from simulator.server import serve
from tests.simulator.soap import WSSE, fault, post_um, post_wis, returns, um, wis

ROOT = Path(__file__).parents[2]
NAME = {UM.path: "umService", WIS.path: "WISService"}


@pytest.fixture(scope="module")
def opened():
    with serve(make_school(7, 120)) as server:
        yield server


@pytest.fixture
def server(opened):
    yield opened
    opened.faults.off()


@pytest.fixture(params=["getDataLeerlingen", "getCijferOverzicht", "getLeerlingAbsentieMeldingen"])
def call(request):
    return request.param


def ask(server, operation, **how) -> requests.Response:
    if operation in UM.operations:
        return post_um(server, operation, **how)
    number = server.school.cast["canary"]
    inside = f"<leerlingNummer>{number}</leerlingNummer><stamgroepID>1</stamgroepID>"
    return post_wis(server, operation, f"{inside}<peilDatum>2026-11-24T12:00:00+01:00</peilDatum>", **how)


def cut_off(request: requests.PreparedRequest) -> bytes:
    """What arrives before the connection breaks."""
    received = b""
    with requests.post(request.url, data=request.body, stream=True, timeout=10) as response:
        try:
            for piece in response.iter_content(1024):
                received += piece
        except requests.exceptions.ChunkedEncodingError:
            return received
    return received


@pytest.mark.parametrize("name", ["cut", "cut-silent"])
def test_an_answer_that_is_cut_has_no_end(server, call, name):
    whole = ask(server, call)
    server.faults.on(name, only=call)
    part = cut_off(whole.request)
    assert whole.content.startswith(part)
    assert len(part) < len(whole.content)
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(part)


def test_login_refused(server, call):
    server.faults.on("login-refused")
    code, words = fault(ask(server, call))
    assert words == "Ongeldige gebruikersnaam of wachtwoord"
    assert code == (f"{{{WSSE}}}FailedAuthentication" if call in WIS.operations
                    else "{http://schemas.xmlsoap.org/soap/envelope/}Server")  # fmt: skip


def test_right_refused(server, call):
    server.faults.on("right-refused", only=call)
    assert fault(ask(server, call))[1] == "Geen rechten voor deze operatie"
    assert returns(ask(server, "getInrichtingVestigingen"))


def test_throttle_and_unavailable(server, call):
    server.faults.on("throttle", seconds=7, times=1)
    response = ask(server, call)
    assert (response.status_code, response.headers["Retry-After"]) == (429, "7")
    server.faults.on("unavailable")
    response = ask(server, call)
    assert (response.status_code, response.headers["Content-Type"]) == (503, "text/html; charset=utf-8")
    assert "Onderhoud" in response.text


def test_content_type_is_a_log_in_page(server, call):
    server.faults.on("content-type")
    response = ask(server, call)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "password" in response.text


def test_maintenance_is_a_page_that_calls_itself_xml(server, call):
    server.faults.on("maintenance")
    response = ask(server, call)
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/xml")
    assert etree.fromstring(response.content).tag == "html"


def test_slow_and_reset(server, call):
    server.faults.on("slow", seconds=0.01, times=1)
    assert returns(ask(server, call))
    server.faults.on("reset")
    with pytest.raises(requests.ConnectionError):
        ask(server, call)


def test_drip_never_ends(server, call):
    whole = ask(server, call)
    server.faults.on("drip")
    with requests.post(whole.request.url, data=whole.request.body, stream=True, timeout=10) as response:
        assert response.status_code == 200
        assert next(response.iter_content(1)) == b"<"
        assert "Content-Length" not in response.headers


def test_empty_list_and_half_list(server, call):
    whole = [etree.tostring(row) for row in returns(ask(server, call))]
    server.faults.on("half-list")
    assert [etree.tostring(row) for row in returns(ask(server, call))] == whole[: len(whole) // 2]
    server.faults.off()
    server.faults.on("empty-list")
    assert returns(ask(server, call)) == []


def test_bom(server, call):
    whole = ask(server, call).content
    server.faults.on("bom")
    assert ask(server, call).content == b"\xef\xbb\xbf" + whole


def test_error_inside_is_a_text_for_an_answer(server, call):
    server.faults.on("error-inside")
    (row,) = returns(ask(server, call))
    assert row.text == "Fout tijdens het ophalen van de gegevens"
    assert len(row) == 0


def test_soap_fault(server, call):
    server.faults.on("soap-fault")
    code, words = fault(ask(server, call))
    assert code == "{http://schemas.xmlsoap.org/soap/envelope/}Server"
    assert words == "Er is een onverwachte fout opgetreden"


def test_new_element_is_in_the_middle_of_every_row(server, call):
    plain = [[child.tag for child in row] for row in returns(ask(server, call))]
    server.faults.on("new-element")
    name = "leerlingNieuwVeld" if call in UM.operations else "nieuwVeld"
    for row, before in zip(returns(ask(server, call)), plain, strict=True):
        tags = [child.tag for child in row]
        assert tags.index(name) == len(before) // 2
        assert [tag for tag in tags if tag != name] == before


def test_a_strict_reader_complains_of_a_new_element(server):
    client = um(server)
    server.faults.on("new-element")
    with pytest.raises(zeep.exceptions.XMLParseError):
        client("getDataLeerlingen")


def test_by_day_user_management_is_closed_and_wis_is_open(server, call):
    server.faults.on("night")
    if call in UM.operations:
        assert fault(ask(server, call))[1] == "Synchroniseren is alleen 's nachts toegestaan"
    else:
        assert returns(ask(server, call))


READING = sorted(name for name, operation in (UM.operations | WIS.operations).items() if operation.many)


@pytest.mark.parametrize("operation", READING)
def test_bad_rows_in_every_operation(server, operation):
    how = {"vestigingID": 101, "opleidingID": 1, "leerjaar": 4} if operation.startswith("getInrichting") else {}
    whole = [etree.tostring(row) for row in returns(ask(server, operation, **how))]
    server.faults.on("bad-rows", every=2)
    found = [etree.tostring(row) for row in returns(ask(server, operation, **how))]
    assert sum(good != bad for good, bad in zip(whole, found, strict=True)) == -(-len(whole) // 2)
    assert whole


def test_bad_rows_take_turns(server):
    server.faults.on("bad-rows", every=10)
    rows = returns(ask(server, "getDataLeerlingen"))
    assert [where for where, _ in BROKEN["getDataLeerlingen"]] == ["leerlingGeboortedatum", "leerlingNummer"]
    assert rows[0].findtext("leerlingGeboortedatum") == "31-02-2010"
    assert rows[10].findtext("leerlingNummer") == "tien"
    assert rows[20].findtext("leerlingGeboortedatum") == "31-02-2010"


@pytest.mark.parametrize("path", [UM.path, WIS.path])
@pytest.mark.parametrize("name", ["unavailable", "throttle", "content-type", "maintenance"])
def test_a_description_can_fail_as_well(server, path, name):
    def read() -> requests.Response:
        return requests.get(f"{server.url}{path}?wsdl", timeout=10)

    assert b"wsdl:definitions" in read().content
    server.faults.on(name, only=f"{NAME[path]}?wsdl")
    assert b"wsdl:definitions" not in read().content
    assert returns(ask(server, "getInrichtingVestigingen"))


def test_another_process_opens_another_school():
    command = [sys.executable, "-m", "simulator", "--students", "40", "--name", "College Zuid", "--brin", "88YY"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            told = json.loads(process.stdout.readline())
            assert (told["brin"], told["organisation"]) == ("88YY", uuid_of("organisation", "88YY"))
            answer = requests.get(f"{told['url']}{UM.path}?wsdl", timeout=10)
            assert f'location="{told["url"]}{UM.path}"' in answer.text
            found = requests.get(f"{told['url']}/rest/v1/connect/instelling", timeout=10).text
            assert "College Zuid" in found
            assert told["organisation"] in found
        finally:
            process.terminate()
            process.wait(10)


def test_wis_faults_do_not_touch_user_management(server):
    server.faults.on("login-refused", only="getStamgroepenlijst")
    assert returns(ask(server, "getInrichtingVestigingen"))
    with pytest.raises(zeep.exceptions.Fault, match="Ongeldige gebruikersnaam"):
        wis(server)("getStamgroepenlijst")
