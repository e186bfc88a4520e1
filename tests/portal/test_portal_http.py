"""What holds for every answer: tags, compression, limits."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, StreamingResponse
from fastapi.sse import EventSourceResponse
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from portal import keys, problems
from portal.cursors import LARGEST_PAGE
from portal.etag import digest, matches, tag
from portal.limiting import ACCEPTED, LARGEST_BODY, Buckets, Limiter, Rate, Rates, _network
from portal.shield import SMALLEST_COMPRESSED, protect
from portal.signin.sessions import COOKIE
from tests.portal.layer import create_app

RATES = Rates(token=Rate(1, 4), session=Rate(1, 3), address=Rate(0.5, 2))
TOKEN, OTHER = {"Authorization": "Bearer good"}, {"Authorization": "Bearer other"}


class Clock:
    """Seconds as the limits see them."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def small_app(rates: Rates | None = None) -> FastAPI:
    """A layer with one of each kind of answer."""
    app = FastAPI()
    app.state.items = ["first"]

    @app.get("/items")
    def items(request: Request) -> list[str]:
        setattr(request.state, ACCEPTED, True)
        return list(app.state.items)

    @app.post("/items")
    async def add(request: Request) -> int:
        return len(await request.body())

    @app.get("/uncached")
    def uncached() -> JSONResponse:
        return JSONResponse([], headers={"Cache-Control": "no-store"})

    @app.get("/pending")
    def pending() -> JSONResponse:
        return JSONResponse([], 202)

    @app.get("/page")
    def page() -> HTMLResponse:
        return HTMLResponse("x" * 5_000)

    @app.get("/rows")
    def rows() -> StreamingResponse:
        return StreamingResponse(iter([b"[1,", b"2]"]), media_type="application/json")

    @app.get("/events", response_class=EventSourceResponse)
    def events() -> Iterator[dict[str, str]]:
        yield from ({"n": "x" * 3_000} for _ in range(3))

    @app.get("/closed")
    def closed(request: Request) -> None:
        status = 200 if request.headers.get("authorization") != "Bearer bad" else 401
        if status == 401:
            raise problems.HTTPException(401, "No.")

    problems.install(app)
    protect(app, rates)
    return app


@pytest.fixture
def client() -> TestClient:
    return TestClient(small_app(), headers={"Accept-Encoding": "identity"})


def say(client: TestClient, item: str) -> None:
    """What ``/items`` answers from now on."""
    assert isinstance(client.app, FastAPI)
    client.app.state.items = [item]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("portal.limiting.monotonic", made)
    return made


@pytest.fixture
def limited(clock: Clock) -> TestClient:
    return TestClient(small_app(RATES))


# Tags


def test_an_answer_is_tagged_and_not_sent_again(client: TestClient) -> None:
    first = client.get("/items")
    assert first.status_code == 200
    own = first.headers["etag"]
    assert own.startswith('"')
    assert own.endswith('"')
    again = client.get("/items", headers={"If-None-Match": own})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", own)
    assert again.headers["vary"] == "Accept-Encoding"
    assert "content-type" not in again.headers
    assert "content-length" not in again.headers
    assert first.headers["cache-control"] == again.headers["cache-control"] == "private, no-cache"
    assert again.headers["x-content-type-options"] == "nosniff"


def test_another_answer_has_another_tag(client: TestClient) -> None:
    before = client.get("/items").headers["etag"]
    say(client, "second")
    after = client.get("/items", headers={"If-None-Match": before})
    assert (after.status_code, after.json()) == (200, ["second"])
    assert after.headers["etag"] != before


@pytest.mark.parametrize(("header", "expected"), [
    ('"a"', True), ('W/"a"', True), ('"b", "a"', True), ('"b",W/"a"', True), ("*", True), (" * ", True),
    ('"b"', False), ("a", False), ("", False), ('"A"', False), ('"b", *', False),
])  # fmt: skip
def test_if_none_match_is_compared_weakly(header: str, expected: bool) -> None:
    assert matches(header, '"a"') is expected


def test_a_compressed_answer_has_a_tag_of_its_own(client: TestClient) -> None:
    """RFC 9110, 8.8.3.3: a strong tag names one row of bytes."""
    say(client, "x" * 5_000)
    plain = client.get("/items")
    small = client.get("/items", headers={"Accept-Encoding": "gzip"})
    assert small.headers["content-encoding"] == "gzip"
    assert int(small.headers["content-length"]) < 100 < len(plain.content)
    assert small.json() == plain.json()
    # Of the same bytes before they are compressed: nothing is compressed for who has it already.
    assert small.headers["etag"] == plain.headers["etag"][:-1] + '-gzip"'
    for encoding, answer in (("gzip", small), ("identity", plain)):
        asked = {"Accept-Encoding": encoding, "If-None-Match": answer.headers["etag"]}
        assert client.get("/items", headers=asked).status_code == 304
    asked = {"Accept-Encoding": "identity", "If-None-Match": small.headers["etag"]}
    assert client.get("/items", headers=asked).content == plain.content
    assert plain.headers["vary"] == small.headers["vary"] == "Accept-Encoding"


def test_a_tag_hangs_on_every_byte() -> None:
    one, other, none = digest(b"ab"), digest(b"ba"), digest(b"")
    assert len({tag(one, ""), tag(other, ""), tag(one, "gzip"), tag(none, "")}) == 4
    assert tag(one, "br, gzip;q=0.5") == tag(one, "gzip")


@pytest.mark.parametrize("path", ["/page", "/rows", "/events", "/uncached", "/nothing", "/pending", "/items?x=1"])
def test_only_whole_json_answers_are_tagged(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={"If-None-Match": "*"})
    if path == "/items?x=1":
        assert answer.status_code == 304
        return
    assert "etag" not in answer.headers
    assert answer.headers["cache-control"] in ("no-store", "no-cache")
    assert answer.status_code == {"/nothing": 404, "/pending": 202}.get(path, 200)
    assert answer.content


def test_what_changes_something_is_not_tagged(client: TestClient) -> None:
    answer = client.post("/items", content=b"x", headers={"If-None-Match": "*"})
    assert (answer.status_code, answer.json()) == (200, 1)
    assert "etag" not in answer.headers


def test_a_stream_of_events_is_neither_compressed_nor_held_back(client: TestClient) -> None:
    with client.stream("GET", "/events", headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert "content-encoding" not in answer.headers
        assert "content-length" not in answer.headers
        assert answer.read().count(b"data: ") == 3


def test_events_leave_one_by_one() -> None:
    """What the server sends, message by message: the framework's test client would collect them."""
    sent: list[Any] = []

    async def ask() -> None:
        requests = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> Any:
            return requests.pop() if requests else await asyncio.Event().wait()

        async def send(message: Any) -> None:
            sent.append(message)

        headers = [(b"accept-encoding", b"gzip"), (b"host", b"x")]
        await small_app()({"type": "http", "method": "GET", "path": "/events", "raw_path": b"/events",
                           "query_string": b"", "headers": headers, "client": ("10.0.0.1", 1), "server": ("x", 80),
                           "scheme": "http", "http_version": "1.1", "root_path": "", "asgi": {"version": "3.0"}},
                          receive, send)  # fmt: skip

    asyncio.run(asyncio.wait_for(ask(), 10))
    bodies = [message["body"] for message in sent if message["type"] == "http.response.body"]
    assert len([body for body in bodies if body.startswith(b"data: ")]) == 3


def test_a_page_is_compressed_too(client: TestClient) -> None:
    answer = client.get("/page", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.text == "x" * 5_000


def test_compression_gives_the_same_bytes_every_time(client: TestClient) -> None:
    """Else the tag of a compressed answer would not be a strong one."""
    say(client, "x" * 5_000)
    raw = []
    for _ in range(2):
        with client.stream("GET", "/items", headers={"Accept-Encoding": "gzip"}) as answer:
            raw.append(b"".join(answer.iter_raw()))
    assert raw[0] == raw[1]
    assert gzip.decompress(raw[0]).startswith(b'["xxx')


# Bodies


@pytest.mark.parametrize("content", [b"x" * (LARGEST_BODY + 1), [b"x" * 600_000] * 2], ids=["length", "chunks"])
def test_a_body_that_is_too_large_is_refused(client: TestClient, content: Any) -> None:
    answer = client.post("/items", content=content if isinstance(content, bytes) else iter(content))
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == "The request is too large."
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_largest_body_goes_through(client: TestClient) -> None:
    assert client.post("/items", content=b"x" * LARGEST_BODY).json() == LARGEST_BODY


# Limits


def statuses(client: TestClient, times: int, headers: dict[str, str], path: str = "/items") -> list[int]:
    return [client.get(path, headers=headers).status_code for _ in range(times)]


def test_too_many_requests_are_told_when_to_come_back(limited: TestClient, clock: Clock) -> None:
    assert statuses(limited, 5, TOKEN) == [200] * 4 + [429]
    answer = limited.get("/items", headers=TOKEN)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["status"] == 429
    assert answer.headers["x-content-type-options"] == "nosniff"
    clock.now += int(answer.headers["retry-after"])
    assert statuses(limited, 2, TOKEN) == [200, 429]


def test_a_bucket_fills_up_and_no_further(limited: TestClient, clock: Clock) -> None:
    statuses(limited, 4, TOKEN)
    clock.now += 3_600
    assert statuses(limited, 5, TOKEN) == [200] * 4 + [429]


def test_one_caller_does_not_hinder_another(limited: TestClient) -> None:
    assert statuses(limited, 5, TOKEN)[-1] == 429
    assert statuses(limited, 1, OTHER) == [200]


def test_a_session_has_a_bucket_of_its_own(limited: TestClient) -> None:
    assert statuses(limited, 4, {"Cookie": f"other=1; {COOKIE}=abc"}) == [200] * 3 + [429]
    assert statuses(limited, 1, TOKEN) == [200]


def test_who_shows_nothing_counts_by_address(limited: TestClient, clock: Clock) -> None:
    assert statuses(limited, 3, {}) == [200, 200, 429]
    assert statuses(limited, 1, {"Cookie": "other=1"}) == [429]
    assert limited.get("/items").headers["retry-after"] == "2"
    clock.now += 2
    assert statuses(limited, 2, {}) == [200, 429]


def test_trying_many_tokens_counts_by_address(limited: TestClient) -> None:
    tried = [limited.get("/closed", headers={"Authorization": f"Bearer {n}"}).status_code for n in range(3)]
    assert tried == [200, 200, 429]


def test_who_was_accepted_does_not_suffer_from_the_neighbours(limited: TestClient) -> None:
    """Everybody in a school has the same address."""
    assert statuses(limited, 1, TOKEN) == [200]
    assert statuses(limited, 2, {}) == [200, 429]
    assert statuses(limited, 1, TOKEN) == [200]


def test_what_is_open_to_all_accepts_nobody(limited: TestClient) -> None:
    """Else a token that was made up would be a way around the limit of the address."""
    assert statuses(limited, 3, TOKEN, "/page") == [200, 200, 429]


def test_a_key_counts_by_itself_once_it_was_found_to_be_one(sqlite_engine: Engine) -> None:
    rates = Rates(token=Rate(1, 50), session=Rate(1, 50), address=Rate(0.001, 2))
    app = create_app(sqlite_engine, [keys.ApiKey("all", keys.digest("good"))], rates=rates)
    with TestClient(app) as client:
        assert statuses(client, 4, TOKEN, "/v1/students") == [200] * 4
        assert statuses(client, 2, OTHER, "/health") == [200, 429]


def test_who_is_accepted_no_longer_counts_by_address_again(limited: TestClient, clock: Clock) -> None:
    bad = {"Authorization": "Bearer bad"}
    assert statuses(limited, 1, bad) == [200]
    assert statuses(limited, 1, bad, "/closed") == [401]
    assert statuses(limited, 2, bad) == [200, 200]
    clock.now += 4
    assert statuses(limited, 5, bad, "/closed") == [401, 401, 401, 429, 429]


def test_a_header_about_the_address_is_not_believed(limited: TestClient) -> None:
    forwarded = [
        limited.get("/items", headers={name: f"192.0.2.{n}"}).status_code
        for n, name in enumerate(["X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Forwarded-For"])
    ]
    assert forwarded == [200, 200, 429, 429]


def test_a_refusal_costs_nothing(limited: TestClient, clock: Clock) -> None:
    statuses(limited, 20, TOKEN)
    clock.now += 1
    assert statuses(limited, 1, TOKEN) == [200]


def test_memory_is_bounded() -> None:
    buckets, rate = Buckets(most=100), Rate(1, 1)
    for n in range(1_000):
        buckets.take(str(n).encode(), rate, float(n))
    assert len(buckets) == 100
    assert buckets.wait(b"999", rate, 999.0) == 1
    assert buckets.wait(b"0", rate, 999.0) == 0


@pytest.mark.parametrize(("one", "other", "same"), [
    ("2001:db8::1", "2001:db8::2", True),
    ("2001:db8::1", "2001:db8:0:1::1", False),
    ("192.0.2.1", "192.0.2.2", False),
    ("::ffff:192.0.2.1", "192.0.2.1", True),
    ("testclient", "testclient", True),
])  # fmt: skip
def test_a_network_of_ipv6_is_one_address(one: str, other: str, same: bool) -> None:
    assert (_network({"client": (one, 1)}) == _network({"client": (other, 1)})) is same
    assert _network({"client": None}) == ""


def test_the_document_gives_the_limits_as_they_are() -> None:
    text = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")
    rates = Rates()
    for rate in (rates.token, rates.session, rates.address):
        assert f"| {rate.burst:,} | {rate.per_second:.0f} |" in text
    assert f"at most {LARGEST_PAGE}" in text
    assert f"{LARGEST_BODY // 1_000_000} MB" in text
    assert f"From {SMALLEST_COMPRESSED:,} bytes on" in text


def test_what_says_that_it_is_too_large_is_not_even_begun(client: TestClient) -> None:
    answer = client.request("GET", "/items", content=b"x" * (LARGEST_BODY + 1))
    assert (answer.status_code, answer.headers["connection"]) == (413, "close")
    assert "etag" not in answer.headers


def test_who_was_accepted_is_remembered_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.limiting.MOST_BUCKETS", 2)
    limiter = Limiter(small_app(), COOKIE)
    for n in range(10):
        limiter._note(str(n).encode(), True)
    assert list(limiter._accepted) == [b"8", b"9"]
