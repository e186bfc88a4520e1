"""Each fault does what its name says on Connect."""

import pytest
import requests

from simulator.atvo_ids import uuid_of
from simulator.connect_kinds import KINDS
from simulator.school import make_school
from simulator.server import serve
from tests.simulator.connect_reader import COLLECTIONS, FILES, Reader, ask_token, objects

STUDENTS = "leerling"


@pytest.fixture(scope="module")
def opened():
    with serve(make_school(7, 60)) as server:
        yield server


@pytest.fixture
def server(opened):
    yield opened
    opened.faults.off()


@pytest.fixture
def reader(server):
    return Reader(server)


@pytest.fixture
def number(server):
    """A student at the first location."""
    number = server.school.cast["prefix"]
    assert server.school.enrolment(number).location == "01"
    return number


def test_calls_are_counted_by_their_last_fixed_name(server, reader, number):
    server.calls.clear()
    ask_token(server)
    requests.get(f"{reader.base}/instelling", timeout=10)
    reader.get("vestiging")
    for rest in COLLECTIONS:
        reader.here(rest)
    reader.items(f"leerling/{uuid_of('student', number)}")
    for name in FILES:
        reader.file(number, name)
    assert server.calls.names == [
        "token", "instelling", "vestiging", "leerling", "plaatsing", "ouderVerzorger", "lesgroep", "stamgroep",
        "medewerker", "vak", "opleiding", "leerling", "voortgangsdossier", "examendossier",
    ]  # fmt: skip


def test_login_refused(server):
    server.faults.on("login-refused", times=1)
    response = ask_token(server)
    assert (response.status_code, response.json()) == (401, {"error": "invalid_client"})
    assert ask_token(server).status_code == 200


def test_right_refused_is_for_one_kind_of_data(server, reader, number):
    server.faults.on("right-refused", only="voortgangsdossier")
    assert reader.file(number).status_code == 403
    assert reader.file(number, "examendossier").status_code == 200
    server.faults.on("right-refused", only="leerling")
    assert reader.here(STUDENTS).status_code == 403


def test_what_the_server_does_to_every_face(server, reader):
    server.faults.on("throttle", times=1, seconds=7)
    assert (response := reader.here(STUDENTS)).status_code == 429
    assert response.headers["Retry-After"] == "7"
    server.faults.on("unavailable", times=1)
    assert reader.here(STUDENTS).status_code == 503
    server.faults.on("content-type", times=1)
    assert reader.here(STUDENTS).headers["Content-Type"].startswith("text/html")
    server.faults.on("cut", times=1)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        reader.here(STUDENTS)
    server.faults.on("cut-silent", times=1)
    assert not reader.here(STUDENTS).text.endswith("}")
    assert reader.here(STUDENTS).json()


@pytest.mark.parametrize("name", ["token", "leerling"])
def test_maintenance_is_html_that_is_called_json(server, reader, name):
    server.faults.on("maintenance", only=name)
    response = ask_token(server) if name == "token" else reader.here(STUDENTS)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")
    assert response.text.startswith("<!DOCTYPE html>")


def test_error_inside(server, reader, number):
    server.faults.on("error-inside")
    for response in (reader.here(STUDENTS), reader.get("vestiging"), reader.file(number)):
        assert (response.status_code, set(response.json())) == (200, {"error"})


def test_bom(server, reader):
    whole = reader.here(STUDENTS).content
    server.faults.on("bom")
    assert reader.here(STUDENTS).content == b"\xef\xbb\xbf" + whole


@pytest.mark.parametrize("rest", [*COLLECTIONS, "vestiging", *FILES])
def test_empty_list_and_half_list(server, reader, number, rest):
    def ask() -> list[object]:
        if rest == "vestiging":
            return objects(reader.get("vestiging"))
        return objects(reader.file(number, rest)) if rest in FILES else reader.items(rest)

    whole = ask()
    assert whole
    server.faults.on("half-list")
    assert ask() == whole[: len(whole) // 2]
    server.faults.on("empty-list")
    assert ask() == []


def test_new_element(server, reader, number):
    server.faults.on("new-element")
    assert all("nieuwVeld" in row for row in [*reader.items(STUDENTS), *objects(reader.file(number))])


@pytest.mark.parametrize("rest", COLLECTIONS)
def test_bad_rows_in_every_list(server, reader, rest):
    whole = reader.items(rest)
    server.faults.on("bad-rows", every=3)
    found = reader.items(rest)
    differ = [index for index, (good, bad) in enumerate(zip(whole, found, strict=True)) if good != bad]
    assert differ == list(range(0, len(whole), 3))
    broken = KINDS[rest.rstrip("/")].broken
    for turn, index in enumerate(differ):
        name, value = broken[turn % len(broken)]
        assert found[index] == {**whole[index], name: value}


@pytest.mark.parametrize("name", FILES)
def test_bad_rows_in_the_file_of_one_student_in_so_many(server, reader, name):
    school = server.school
    numbers = [n for n in school.students if (e := school.enrolment(n)) and e.location == "01"]
    whole = {n: reader.file(n, name).text for n in numbers}
    server.faults.on("bad-rows", every=4)
    order = list(school.students)
    for number in numbers:
        text = reader.file(number, name).text
        spoilt = order.index(number) % 4 == 0 and "geldend_resultaat" in whole[number]
        assert text.count('"geldend_resultaat":"11,7x"') == spoilt
        assert text.count('"resultaat":"11,7x"') == spoilt
        assert (text != whole[number]) == spoilt


def test_short_page_holds_half_although_more_follow(server, reader):
    whole = reader.items(STUDENTS)
    server.faults.on("short-page")
    assert reader.items(STUDENTS, amount=20) == whole[:10]
    assert reader.items(STUDENTS, amount=20, offset=10) == whole[10:20]
    assert reader.items(STUDENTS, amount=1, offset=3) == whole[3:4]


def test_page_again_ignores_the_offset(server, reader):
    whole = reader.items(STUDENTS)
    server.faults.on("page-again")
    assert reader.items(STUDENTS, amount=10, offset=40) == whole[:10]
    assert reader.items(STUDENTS, amount=10, offset=4000) == whole[:10]


def test_a_fault_of_paging_leaves_single_objects_alone(server, reader, number):
    server.faults.on("short-page")
    server.faults.on("page-again")
    assert len(reader.items(f"leerling/{uuid_of('student', number)}")) == 1
