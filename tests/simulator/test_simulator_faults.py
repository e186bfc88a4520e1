"""Each fault does what its name says, on the wire."""

import json
import socket
import threading
import xml.etree.ElementTree as ET
from urllib.parse import urlencode, urlsplit

import pytest
import requests

from simulator.faults import NAMES, Faults
from simulator.magister import DEFAULT_ACCOUNT
from simulator.school import make_school
from simulator.server import Server, middle_of_a_row, serve

STATELESS = f"{DEFAULT_ACCOUNT.user};{DEFAULT_ACCOUNT.password}"
GRADES = "schoolbrug-cijfers"


@pytest.fixture(scope="module")
def opened():
    with serve(make_school(7, 60)) as server:
        yield server


@pytest.fixture
def server(opened):
    yield opened
    opened.faults.off()


def address(server: Server, layout: str = GRADES, **more: str) -> str:
    query = {"Library": "Data", "Function": "GetData", "SessionToken": STATELESS, "Layout": layout, "Type": "XML"}
    return f"{server.url}/doc?{urlencode({**query, **more})}"


def get(server: Server, layout: str = GRADES, **more: str) -> requests.Response:
    return requests.get(address(server, layout, **more), timeout=10)


def open_raw(server: Server, layout: str = GRADES, **more: str) -> socket.socket:
    parts = urlsplit(address(server, layout, **more))
    raw = socket.create_connection((parts.hostname, parts.port), timeout=10)
    raw.sendall(f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return raw


def read_raw(server: Server, layout: str = GRADES, **more: str) -> tuple[bytes, bytes]:
    """Head and body as they come, until the other side closes."""
    with open_raw(server, layout, **more) as raw:
        received = b""
        while piece := raw.recv(65536):
            received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    return head, body


def rows(body: bytes) -> list[dict[str, str]]:
    return [{cell.tag: cell.text or "" for cell in row} for row in ET.fromstring(body).find("Table")[0]]


def function(server: Server, name: str) -> requests.Response:
    query = {"library": "ADFuncties", "function": name, "SessionToken": STATELESS, "Type": "XML"}
    return requests.get(f"{server.url}/doc?{urlencode(query)}", timeout=10)


def test_cut_declares_more_than_it_sends(server):
    whole = get(server).content
    server.faults.on("cut")
    head, body = read_raw(server)
    assert f"Content-Length: {len(whole)}".encode() in head
    assert body == whole[: len(whole) // 2]


@pytest.mark.parametrize("layout", ["schoolbrug-cijfers", "schoolbrug-redenen", "schoolbrug-lessen"])
@pytest.mark.parametrize("kind", ["XML", "CSV"])
def test_cut_silent_ends_inside_a_row_and_declares_nothing(server, layout, kind):
    whole = get(server, layout, Type=kind).content
    server.faults.on("cut-silent")
    head, body = read_raw(server, layout, Type=kind)
    assert b"content-length" not in head.lower()
    assert b"transfer-encoding" not in head.lower()
    assert head.startswith(b"HTTP/1.1 200")
    assert whole.startswith(body)
    assert whole[len(body) : len(body) + 1] not in (b"", b"\r", b"\n")
    assert body[-1:] not in (b"\r", b"\n")


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r\r\n"])
def test_no_cut_falls_at_the_end_of_a_row(line_end):
    for length in range(2, 12):
        whole = (b"x" * length + line_end) * 6
        for start in range(len(whole)):
            part = middle_of_a_row(whole[start:] + whole)
            after = (whole[start:] + whole)[len(part) : len(part) + 1]
            assert part[-1:] == b"x"
            assert after == b"x"


def test_error_inside(server):
    server.faults.on("error-inside")
    response = get(server)
    assert response.status_code == 200
    assert ET.fromstring(response.content).findtext("Exception") == "EMGeneralFailure"
    assert get(server, Type="CSV").content.startswith(b"Fout_nummer;Fout_omschrijving")


def test_login_refused(server):
    server.faults.on("login-refused")
    query = {
        "Library": "Algemeen", "Function": "Login", "UserName": DEFAULT_ACCOUNT.user,
        "Password": DEFAULT_ACCOUNT.password, "Type": "XML",
    }  # fmt: skip
    tree = ET.fromstring(requests.get(f"{server.url}/doc?{urlencode(query)}", timeout=10).content)
    assert tree.findtext("Result") == "False"
    assert tree.findtext("ResultMessage")
    assert ET.fromstring(get(server).content).findtext("Result") == "False"


def test_right_refused(server):
    server.faults.on("right-refused")
    tree = ET.fromstring(get(server).content)
    assert tree.findtext("Table/Fouten/Fout/Fout_nummer") == "10"
    assert ET.fromstring(function(server, "GetActiveStudents").content).findtext("Result") == "False"


def test_throttle(server):
    server.faults.on("throttle", seconds=7)
    response = get(server)
    assert (response.status_code, response.headers["Retry-After"]) == (429, "7")


def test_unavailable(server):
    server.faults.on("unavailable")
    assert get(server).status_code == 503


def test_drip_never_ends(server):
    server.faults.on("drip")
    with open_raw(server, "schoolbrug-redenen") as raw:
        received = b""
        while len(received.partition(b"\r\n\r\n")[2]) < 3:
            piece = raw.recv(65536)
            assert piece
            received += piece
    assert b"Content-Length" not in received
    assert b"200" in received.split(b"\r\n")[0]


def test_drip_stops_when_the_school_closes():
    with serve(make_school(7, 40)) as own:
        own.faults.on("drip")
        raw = open_raw(own)
        assert raw.recv(1) == b"H"
    with raw:
        while raw.recv(65536):
            pass


def test_content_type(server):
    server.faults.on("content-type")
    response = get(server)
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/html")
    assert "password" in response.text


def test_empty_list(server):
    server.faults.on("empty-list")
    tree = ET.fromstring(get(server).content)
    assert tree.findtext("Result") == "True"
    assert tree.find("Table") is None
    assert get(server, Type="CSV").content.count(b"\n") == 1


def test_wrong_period(server):
    server.faults.on("wrong-period")
    tree = ET.fromstring(get(server, Parameters="lesperiode=2627").content)
    assert tree.findtext("Result") == "True"
    assert len(tree.find("Table")[0]) == 0


def test_renamed_column(server):
    server.faults.on("renamed-column")
    first = rows(get(server).content)[0]
    assert "STAMNR_1" in first
    assert "STAMNR" not in first
    server.faults.off()
    server.faults.on("renamed-column", column="CIJFER")
    assert (
        get(server, Type="CSV")
        .content.splitlines()[0]
        .endswith(b"STAMNR;KOLOM;POGING;CIJFER_1;INHALEN;VRIJSTELLING;TELTMEE;VOLDOENDE;WEGING;BEHAALD;INGEVOERD")
    )


def test_bom(server):
    mark = b"\xef\xbb\xbf"
    ansi, text, xml = (get(server, **how).content for how in ({"Type": "CSV", "Encoding": "ANSI"}, {"Type": "CSV"}, {}))
    server.faults.on("bom")
    assert get(server, Type="CSV", Encoding="ANSI").content == mark + ansi
    assert get(server, Type="CSV").content == mark + text
    assert get(server).content == mark + xml


def test_crcrlf(server):
    plain = get(server, Type="CSV").content
    server.faults.on("crcrlf")
    assert get(server, Type="CSV").content == plain.replace(b"\r\n", b"\r\r\n")


def test_half_list(server):
    whole = rows(get(server).content)
    server.faults.on("half-list")
    assert rows(get(server).content) == whole[: len(whole) // 2]


def test_bad_rows(server):
    whole = rows(get(server).content)
    server.faults.on("bad-rows", every=10)
    found = rows(get(server).content)
    differ = [index for index, (good, bad) in enumerate(zip(whole, found, strict=True)) if good != bad]
    assert differ == list(range(0, len(whole), 10))
    assert found[0]["CIJFER"] == "11,7x"
    assert found[10]["INGEVOERD"] == "31-02-2026 25:00:00"


@pytest.mark.parametrize(
    "name", ["leerlingen", "ouders", "cijferkolommen", "cijfers", "redenen", "absenties", "lessen"]
)
def test_bad_rows_in_every_list(server, name):
    whole = rows(get(server, f"schoolbrug-{name}").content)
    server.faults.on("bad-rows", every=5)
    found = rows(get(server, f"schoolbrug-{name}").content)
    assert sum(good != bad for good, bad in zip(whole, found, strict=True)) == -(-len(whole) // 5)


def test_slow_waits_and_then_answers(server):
    whole = get(server).content
    server.faults.on("slow", seconds=0.2)
    with pytest.raises(requests.ReadTimeout):
        requests.get(address(server), timeout=0.05)
    assert get(server).content == whole


def test_slow_shows_how_many_ask_at_once():
    with serve(make_school(7, 40)) as own:
        own.faults.on("slow", seconds=0.3)
        threads = [threading.Thread(target=get, args=(own, "schoolbrug-redenen")) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert 1 < own.calls.peak <= 3


def test_reset(server):
    server.faults.on("reset")
    with open_raw(server) as raw, pytest.raises(ConnectionResetError):
        raw.recv(1)


def test_a_fault_can_be_for_one_list_and_a_number_of_times(server):
    server.faults.on("unavailable", only=GRADES, times=2)
    assert get(server, "schoolbrug-redenen").status_code == 200
    assert [get(server).status_code for _ in range(4)] == [503, 503, 200, 200]
    server.faults.on("throttle", only="GetActiveStudents")
    assert get(server).status_code == 200
    assert function(server, "GetActiveStudents").status_code == 429
    assert function(server, "GetActiveEmpoyees").status_code == 200


def test_a_fault_can_be_switched_off(server):
    server.faults.on("unavailable")
    server.faults.on("throttle")
    server.faults.off("throttle")
    assert get(server).status_code == 503
    server.faults.off()
    assert get(server).status_code == 200
    with server.faults.during("unavailable"):
        assert get(server).status_code == 503
    assert get(server).status_code == 200


def test_only_faults_that_exist_can_be_switched_on():
    with pytest.raises(ValueError, match="no fault is called 'cuts'"):
        Faults().on("cuts")
    assert len(NAMES) == 31


def test_another_process_can_switch_faults(server):
    def control(body: object) -> requests.Response:
        return requests.post(f"{server.url}/_faults", data=json.dumps(body), timeout=10)

    assert control({"on": [{"name": "unavailable", "only": GRADES}]}).json()["active"][0]["name"] == "unavailable"
    assert get(server).status_code == 503
    assert control({"off": ["unavailable"]}).json()["active"] == []
    assert get(server).status_code == 200
    assert GRADES in control({}).json()["calls"]
    assert control({"on": [{"name": "nope"}]}).status_code == 400
    control({"on": [{"name": "throttle"}, {"name": "cut"}]})
    assert control({"off": True}).json()["active"] == []
