"""Calls to Connect: the token and its life, every status of its own, pages that go wrong, and silence about secrets."""

import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import orjson
import pytest
import responses
from responses import matchers

from atvo.rest_client import PAGE, Client
from atvo.rest_listings import LEERLING, VAK, VOORTGANGSDOSSIER
from atvo.rest_settings import load
from connectors.contract import Settings
from connectors.errors import Broken, Denied, Retry, SourceError
from simulator.atvo_ids import uuid_of
from simulator.school import make_school
from simulator.server import Server, serve
from tests.atvo.bridge import rest_options
from tests.connectors.loopback import FakeTime, plain, say, serving

API, LOGIN = "http://localhost/rest/v1", "http://localhost/token"
ORGANISATION = "1b3f0c52-6a35-4c37-9d8c-8f1f2a6e7d10"
HERE, THERE = uuid_of("location", "01"), uuid_of("location", "02")
SECRET, TOKEN = "Geheim & geel/7", "Kanarie.token-1"


def client(clock: FakeTime | None = None, **more: object) -> Client:
    """A client of an interface that ``responses`` plays."""
    options: dict[str, object] = {
        "api_url": API, "token_url": LOGIN, "organisation": ORGANISATION, "client_id": "brug", "client_secret": SECRET,
        "attempts": 1, **more,
    }  # fmt: skip
    loaded = load(Settings("linde", options))
    return Client(loaded, clock.clock) if clock else Client(loaded)


def of(server: Server, **more: object) -> Client:
    """A client of a simulated school."""
    options = rest_options(server, **more)
    del options["dialect"]
    return Client(load(Settings("linde", options)))


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(make_school(5, 40)) as opened:
        yield opened


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def log_in(wire: responses.RequestsMock, token: str = TOKEN, **more: Any) -> responses.BaseResponse:
    return wire.post(LOGIN, json={"access_token": token, "token_type": "Bearer", "expires_in": 100, **more})


def locations(wire: responses.RequestsMock, *names: str, **more: Any) -> responses.BaseResponse:
    items = [{"uuid": uuid_of("location", name), "naam": "Locatie", "afkorting": name} for name in names]
    return wire.get(f"{API}/connect/vestiging", json={"vestigingen": items, **more})


def fails(made: Client, kind: type[SourceError], code: str) -> str:
    """What reading the locations says."""
    with pytest.raises(kind) as caught:
        made.locations()
    assert caught.value.code == code
    return str(caught.value)


def test_a_token_is_asked_for_as_agreed_and_sent_as_a_bearer(wire: responses.RequestsMock) -> None:
    log_in(wire)
    locations(wire, "01")
    assert client().locations() == [HERE]
    token, data = (call.request for call in wire.calls)
    form = {"grant_type": "client_credentials", "client_id": "brug", "client_secret": SECRET}
    assert dict(parse_qsl(bytes(token.body or b"").decode(), strict_parsing=True)) == form
    assert token.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert token.params == {"organisation": ORGANISATION}
    assert "Authorization" not in token.headers
    assert data.headers["Authorization"] == f"Bearer {TOKEN}"
    assert data.params == {"veldpermissies": "true"}


def test_a_token_is_used_until_shortly_before_its_end(wire: responses.RequestsMock) -> None:
    tokens, _ = log_in(wire), locations(wire, "01")
    clock = FakeTime()
    made = client(clock)
    for now, asked in ((0, 1), (89, 1), (91, 2), (180, 2), (182, 3)):
        clock.now = 1000.0 + now
        made.locations()
        assert tokens.call_count == asked, now


def test_a_token_whose_life_is_not_told_is_used_until_it_is_refused(wire: responses.RequestsMock) -> None:
    tokens, _ = wire.post(LOGIN, json={"access_token": TOKEN}), locations(wire, "01")
    clock = FakeTime()
    made = client(clock)
    made.locations()
    clock.now += 1e9
    made.locations()
    assert tokens.call_count == 1


def test_a_token_that_is_over_is_renewed_once(server: Server) -> None:
    made = of(server)
    assert made.locations() == [HERE, THERE]
    server.connect.expire_tokens()
    assert made.locations() == [HERE, THERE]
    assert Counter(server.calls.names) == {"token": 2, "vestiging": 3}


def test_threads_that_find_the_same_token_over_ask_for_one_new_one(server: Server) -> None:
    made = of(server, parallel=20)
    made.locations()
    server.connect.expire_tokens()
    threads = [threading.Thread(target=made.locations) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.calls.count("token") == 2


@pytest.mark.parametrize(("field", "value"), [
    ("client_secret", "fout"), ("client_id", "fout"), ("organisation", ORGANISATION),
])  # fmt: skip
def test_a_refused_secret_is_not_tried_again_by_itself(server: Server, field: str, value: str) -> None:
    made = of(server, **{field: value})
    for _ in range(3):
        message = fails(made, Denied, "atvo.login")
    assert Counter(server.calls.names) == {"token": 1}
    assert "check client_id, client_secret and organisation" in message
    made.may_log_in_again()
    fails(made, Denied, "atvo.login")
    assert Counter(server.calls.names) == {"token": 2}


@pytest.mark.parametrize("answer", [
    {"body": "<html>Onderhoud</html>", "content_type": "text/html"},
    {"body": "<html>Onderhoud</html>", "content_type": "application/json"},
    {"json": {"error": "x"}}, {"json": ["x"]}, {"json": {"access_token": None}}, {"json": {"access_token": ""}},
    {"json": {"access_token": 7}},
])  # fmt: skip
def test_what_is_no_token_is_maintenance(wire: responses.RequestsMock, answer: dict[str, Any]) -> None:
    wire.post(LOGIN, **answer)
    fails(client(), Retry, "atvo.maintenance")


def test_maintenance_is_over_at_the_next_try(server: Server) -> None:
    made = of(server)
    server.faults.on("maintenance", times=1)
    fails(made, Retry, "atvo.maintenance")
    assert made.locations() == [HERE, THERE]


def test_no_access_with_a_fresh_token_is_a_matter_of_the_location(wire: responses.RequestsMock) -> None:
    tokens = log_in(wire)
    wire.get(f"{API}/connect/vestiging", status=401)
    message = fails(client(), Broken, "atvo.location")
    assert tokens.call_count == 2
    assert "the school grants it for each location" in message


def test_no_right_names_the_kind_of_data_and_who_grants_it(server: Server) -> None:
    server.faults.on("right-refused", only="leerling")
    with pytest.raises(Broken, match=r"^leerling: no right to this kind of data; the school grants it") as caught:
        list(of(server).pages(HERE, LEERLING))
    assert caught.value.code == "atvo.right"


def test_a_student_who_is_not_shown_is_no_answer(server: Server) -> None:
    made = of(server)
    assert made.file(HERE, ORGANISATION, VOORTGANGSDOSSIER) is None


def test_a_listing_that_is_not_there_is_no_empty_one(wire: responses.RequestsMock) -> None:
    log_in(wire)
    wire.get(f"{API}/connect/vestiging", status=404)
    fails(client(), Broken, "http.not_found")


@pytest.mark.parametrize(("body", "kind", "code"), [
    (b'{"error": "x"}', Broken, "atvo.form"), (b"[]", Broken, "atvo.form"), (b"", Broken, "atvo.form"),
    (b'{"vestigingen": null}', Broken, "atvo.form"), (b'{"vestigingen": {}}', Broken, "atvo.form"),
    (b'{"vestigingen": ["x"]}', Broken, "atvo.form"), (b'{"vestigingen": [{"uuid": "../x"}]}', Broken, "atvo.form"),
    (b'{"vestigingen": []}', Broken, "atvo.right"), (b'{"vestigingen": [{"uu', Broken, "atvo.form"),
    (b"<html>", Retry, "atvo.maintenance"), (b"\xef\xbb\xbf <html>", Retry, "atvo.maintenance"),
])  # fmt: skip
def test_another_form_is_no_answer(body: bytes, kind: type[SourceError], code: str) -> None:
    token = plain(orjson.dumps({"access_token": TOKEN}), kind="application/json")
    with serving(say(token, plain(body, kind="application/json"))) as peer:
        made = client(api_url=peer.url, token_url=peer.url)
        fails(made, kind, code)
        made.close()


def test_half_an_answer_without_a_length_is_a_cut(server: Server) -> None:
    made = of(server)
    server.faults.on("cut-silent", only="vestiging")
    fails(made, Retry, "atvo.cut")


def test_a_listing_ends_at_its_first_empty_page_and_not_at_a_short_one(server: Server) -> None:
    whole = [item["uuid"] for page in of(server).pages(HERE, LEERLING) for item in page.items]
    server.faults.on("short-page")
    server.calls.clear()
    pages = [page.items for page in of(server).pages(HERE, VAK)]
    assert [item["uuid"] for page in of(server).pages(HERE, LEERLING) for item in page.items] == whole
    assert pages[-1]
    assert server.calls.count("vak") == len(pages) + 2


def test_short_pages_lose_nothing(wire: responses.RequestsMock) -> None:
    """Whatever the number that comes: the next page begins with the last of them."""
    everyone = [{"uuid": uuid_of("student", number)} for number in range(30)]
    log_in(wire)
    wire.add_callback("GET", f"{API}/connect/vestiging/{HERE}/leerling", lambda request: (
        200, {}, orjson.dumps({"leerlingen": everyone[(start := int(request.params["offset"])) : start + 7]})
    ), content_type="application/json")  # fmt: skip
    assert [item for page in client().pages(HERE, LEERLING) for item in page.items] == everyone
    assert [call.request.params["amount"] for call in wire.calls if "amount" in call.request.params] == [str(PAGE)] * 7


@pytest.mark.parametrize("gone", [3, 6])
def test_a_row_that_goes_between_two_pages_makes_nobody_be_passed_over(
    wire: responses.RequestsMock, gone: int
) -> None:
    everyone = [{"uuid": uuid_of("student", number)} for number in range(30)]
    log_in(wire)

    def answer(request: Any) -> tuple[int, dict[str, str], bytes]:
        start = int(request.params["offset"])
        page = everyone[start : start + 7]
        if not start:
            del everyone[gone]
        return 200, {}, orjson.dumps({"leerlingen": page})

    wire.add_callback("GET", f"{API}/connect/vestiging/{HERE}/leerling", answer, content_type="application/json")
    with pytest.raises(Broken, match="came or went") as caught:
        list(client().pages(HERE, LEERLING))
    assert caught.value.code == "atvo.paging"


def test_only_the_first_page_is_asked_for_the_rights(wire: responses.RequestsMock) -> None:
    log_in(wire)
    item, rights = {"uuid": HERE, "afkorting": "ne"}, {"naam": False, "uuid": True, "nieuw": False}
    first = {"offset": "0", "amount": "200", "veldpermissies": "true"}
    address = f"{API}/connect/vestiging/{HERE}/vak"
    wire.get(address, json={"vakken": [item], "veldpermissies": rights}, match=[matchers.query_param_matcher(first)])
    for offset, more in (("1", [{"uuid": THERE, "afkorting": "fa"}]), ("2", [])):
        query = {"offset": offset, "amount": "200"}
        wire.get(address, json={"vakken": more}, match=[matchers.query_param_matcher(query)])
    assert [page.withheld for page in client().pages(HERE, VAK)] == [["naam"], ["naam"]]


@pytest.mark.parametrize("listing", [LEERLING, VAK])
def test_pages_that_go_round_are_no_listing(server: Server, listing: Any) -> None:
    server.faults.on("page-again", only=listing.name)
    with pytest.raises(Broken) as caught:
        list(of(server).pages(HERE, listing))
    assert caught.value.code == "atvo.paging"
    assert server.calls.count(listing.name) == 2


def test_pages_of_things_without_a_uuid_end_as_well(
    wire: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("atvo.rest_client.PAGES", 3)
    log_in(wire)
    address = wire.get(f"{API}/connect/vestiging/{HERE}/vak", json={"vakken": [{"afkorting": "ne"}]})
    with pytest.raises(Broken) as caught:
        list(client().pages(HERE, VAK))
    assert (caught.value.code, address.call_count) == ("atvo.paging", 3)


def test_a_page_is_not_one_with_the_same_thing_twice(wire: responses.RequestsMock) -> None:
    log_in(wire)
    wire.get(f"{API}/connect/vestiging/{HERE}/vak", json={"vakken": [{"uuid": HERE}, {"uuid": HERE}]})
    with pytest.raises(Broken) as caught:
        list(client().pages(HERE, VAK))
    assert caught.value.code == "atvo.paging"


@pytest.mark.parametrize("wanted", [["01"], [HERE], [HERE.upper()], ["01", HERE]])
def test_only_the_locations_of_the_configuration_are_read(server: Server, wanted: list[str]) -> None:
    assert of(server, locations=wanted).locations() == [HERE]


def test_a_location_that_is_not_shown_is_told(server: Server) -> None:
    assert "no location 09" in fails(of(server, locations=["01", "09"]), Broken, "atvo.location")


def test_another_school_is_not_read(server: Server) -> None:
    """A wrong organisation would bring one school's students to the other."""
    assert of(server, brin=server.school.brin).locations() == [HERE, THERE]
    server.calls.clear()
    fails(of(server, brin="01AB"), Denied, "atvo.brin")
    assert server.calls.names == ["token", "instelling"]


def test_the_school_is_looked_up_once(server: Server) -> None:
    made = of(server, brin=server.school.brin)
    for _ in range(3):
        made.locations()
    assert server.calls.count("instelling") == 1


@pytest.mark.parametrize("right", ["uuid", "achternaam", "leerlingnummer"])
def test_a_field_without_which_there_is_no_record_must_be_permitted(server: Server, right: str) -> None:
    server.connect.withheld = {right}
    with pytest.raises(Broken) as caught:
        list(of(server, locations=[]).pages(HERE, LEERLING))
    assert caught.value.code == "atvo.right"
    assert str(caught.value).startswith("leerling: ")
    assert f"{right}: not permitted" in str(caught.value)


def test_a_redirect_is_not_followed_with_the_secret(wire: responses.RequestsMock) -> None:
    wire.post(LOGIN, status=302, headers={"Location": "http://elsewhere.example/"})
    message = fails(client(), Broken, "http.redirect")
    assert SECRET not in message


def test_secrets_are_in_no_message(wire: responses.RequestsMock) -> None:
    log_in(wire)
    made = client()
    for body in (OSError(f"failed with {SECRET} {TOKEN}"), b"{"):
        wire.get(f"{API}/connect/vestiging", body=body, content_type="application/json")
        with pytest.raises(SourceError) as caught:
            made.locations()
        told = f"{caught.value} {caught.value!r} {caught.value.__context__!r} {caught.value.__cause__!r}"
        assert SECRET not in told
        assert TOKEN not in told
    assert made._api.redact(f"{SECRET} {TOKEN}") == made._login.redact(f"{SECRET} {TOKEN}") == "[hidden] [hidden]"
