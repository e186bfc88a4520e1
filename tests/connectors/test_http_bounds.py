"""What a call may cost: its time, whatever the server drips; its bytes, whatever they inflate to; its pace."""

from __future__ import annotations

import socket
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import pytest

from connectors.errors import Broken, Retry, SourceError
from connectors.http import HttpSession, HttpSettings
from connectors.pace import Pace
from tests.connectors.loopback import (
    XML,
    FakeTime,
    Server,
    chunked,
    drip,
    headers,
    plain,
    say,
    say_and_close,
    serving,
    session_to,
    silent,
    zipped,
)

DRIPS = {
    "status line": drip(b"HTTP/1.1 200 O", b"k"),
    "header": drip(b"HTTP/1.1 200 OK\r\nX: ", b"y"),
    "continue for ever": drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body with a length": drip(headers("Content-Length: 99999")),
    "body until close": drip(headers()),
    "chunks": drip(chunked(), b"1\r\nx\r\n"),
    "chunk size": drip(chunked(), b"0"),
    "trailer": drip(chunked(b"x") + b"0\r\n", b"a"),
    "gzip": drip(headers("Content-Encoding: gzip") + b"\x1f\x8b\x08\x08\0\0\0\0\0\x03", b"n"),
    "silence in the body": lambda connection, server, request: (
        connection.sendall(headers("Content-Length: 9")), silent(connection, server, request)
    ),
    "silence": silent,
}  # fmt: skip


@pytest.mark.parametrize("behave", DRIPS.values(), ids=DRIPS)
def test_the_deadline_holds_for_every_part_of_an_answer(behave) -> None:
    with serving(behave) as server:
        session = session_to(server, deadline=0.3, read_timeout=30, attempts=4)
        with pytest.raises(Retry) as caught:
            session.fetch("doc", accept=XML, operation="List")
        assert caught.value.code == "http.deadline"
        assert not server.outlasted


def test_the_deadline_holds_for_a_tls_handshake() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        session = session_to(Server("https", listener.getsockname()[1]), deadline=0.3, attempts=4)
        with pytest.raises(Retry) as caught:
            session.fetch("doc", accept=XML, operation="List")
    assert caught.value.code == "http.deadline"


def test_a_read_that_is_silent_for_too_long_ends_before_the_deadline() -> None:
    def stall(connection: socket.socket, server: Server, request: bytes) -> None:
        connection.sendall(headers("Content-Length: 9") + b"<a>")
        silent(connection, server, request)

    with serving(stall) as server, pytest.raises(Retry) as caught:
        session_to(server, read_timeout=0.2, deadline=30).fetch("doc", accept=XML, operation="List")
    assert caught.value.code == "http.timeout"


BIG = b"<a>" + b"7" * 100_000 + b"</a>"


@pytest.mark.parametrize(
    "behave",
    [say(plain(BIG)), say(chunked(BIG) + b"0\r\n\r\n"), say(zipped(BIG)), say_and_close(headers() + BIG)],
    ids=["length", "chunks", "gzip", "until close"],
)
def test_a_body_may_be_as_large_as_the_cap_and_not_a_byte_larger(behave) -> None:
    with serving(behave) as server:
        assert session_to(server, max_bytes=len(BIG)).fetch("doc", accept=XML, operation="List").body == BIG
        with pytest.raises(Broken) as caught:
            session_to(server, max_bytes=len(BIG) - 1).fetch("doc", accept=XML, operation="List")
    assert caught.value.code == "http.too_large"


BOMBS = {
    "gzip": (zipped(b"\0" * 200_000_000), Broken, "http.too_large"),
    "chunk of size -1": (chunked() + b"-1\r\n" + b"x" * 30_000_000, Retry, "http.cut"),
}


@pytest.mark.parametrize(("bomb", "kind", "code"), BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_stopped_and_never_unfolds_in_memory(bomb: bytes, kind: type[SourceError], code: str) -> None:
    with serving(say_and_close(bomb)) as server:
        session = session_to(server, max_bytes=5_000_000)
        tracemalloc.start()
        with pytest.raises(kind) as caught, session.get("doc", accept=XML, operation="List") as answer:
            for _ in answer.chunks():
                pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert caught.value.code == code
    assert peak < 20_000_000


def test_threads_share_a_session_and_each_gets_its_own_answer() -> None:
    def echo(connection: socket.socket, server: Server, request: bytes) -> None:
        connection.sendall(plain(request.split(b" ")[1] * 5000))

    with serving(echo) as server, ThreadPoolExecutor(8) as pool:
        session = session_to(server, connections=8)
        fetched = list(pool.map(lambda n: session.fetch(f"{n}", accept=XML, operation="List"), range(200)))
        assert [answer.body for answer in fetched] == [b"/%d" % n * 5000 for n in range(200)]
        assert all(answer.framed for answer in fetched)
        assert server.connections <= 8


def test_a_token_bucket_lets_a_burst_through_and_then_keeps_the_rate() -> None:
    time = FakeTime()
    pace = Pace(2, burst=3, clock=time.clock, sleep=time.sleep)
    begun = []
    for _ in range(7):
        assert pace.take(10) == 0
        begun.append(time.now - 1000)
    assert begun == pytest.approx([0, 0, 0, 0.5, 1.0, 1.5, 2.0])
    time.now += 60
    pace.take(10)
    pace.take(10)
    pace.take(10)
    assert time.now == pytest.approx(1062)


def test_without_a_rate_nobody_waits() -> None:
    time = FakeTime()
    pace = Pace(None, clock=time.clock, sleep=time.sleep)
    assert [pace.take(0) for _ in range(5)] == [0] * 5
    assert time.slept == []


def test_a_hold_stops_everyone_and_ends_without_a_burst() -> None:
    time = FakeTime()
    pace = Pace(2, burst=3, clock=time.clock, sleep=time.sleep)
    pace.hold(20)
    pace.hold(5)
    assert pace.take(19) == pytest.approx(20)
    pace.take(60)
    assert time.now == pytest.approx(1020.5)
    pace.take(60)
    assert time.now == pytest.approx(1021)


def test_a_hold_also_stops_those_who_sleep_towards_their_turn() -> None:
    time = FakeTime()

    def sleep(seconds: float) -> None:
        if not time.slept:
            pace.hold(seconds + 30)
        time.sleep(seconds)

    pace = Pace(1, clock=time.clock, sleep=sleep)
    pace.take(10)
    assert pace.take(10) == pytest.approx(30)
    assert pace.take(60) == 0
    assert time.now == pytest.approx(1031)


class Elsewhere:
    """A gate of which the test says what others have done."""

    def __init__(self) -> None:
        self.left = 0.0
        self.held_for: list[float] = []

    def reserve(self, interval: float, tolerance: float) -> float:
        return interval - tolerance

    def held(self) -> float:
        return self.left

    def hold(self, seconds: float) -> None:
        self.held_for.append(seconds)


def test_a_429_is_told_to_all_workers_and_theirs_is_heard() -> None:
    time = FakeTime()
    gate = Elsewhere()
    with serving(say(plain(status="429 Slow", more="Retry-After: 7\r\n"), plain(b"<a/>"))) as server:
        session = session_to(server, time)
        session.share(gate)
        with pytest.raises(Retry):
            session.fetch("one", accept=XML, operation="List")
        assert gate.held_for == [7]
        gate.left = 600
        with pytest.raises(Retry) as busy:
            session.fetch("two", accept=XML, operation="List")
    assert (busy.value.code, busy.value.after) == ("http.busy", 600)


@pytest.mark.parametrize(("more", "wait"), [("Retry-After: 7\r\n", 7), ("", 1)])
def test_a_429_makes_the_next_call_of_the_session_wait(more: str, wait: float) -> None:
    time = FakeTime()
    with serving(say(plain(status="429 Slow", more=more), plain(b"<a/>"))) as server:
        session = session_to(server, time)
        with pytest.raises(Retry):
            session.fetch("one", accept=XML, operation="List")
        session.fetch("two", accept=XML, operation="List")
    assert time.slept == [wait]


def test_after_a_very_long_retry_after_the_source_is_left_alone() -> None:
    time = FakeTime()
    with serving(say(plain(status="429 Slow", more="Retry-After: 86400\r\n"), plain(b"<a/>"))) as server:
        session = session_to(server, time, attempts=4)
        with pytest.raises(Retry):
            session.fetch("one", accept=XML, operation="List")
        time.now += 600
        with pytest.raises(Retry) as caught:
            session.fetch("two", accept=XML, operation="List")
        assert (caught.value.code, caught.value.after) == ("http.busy", 3000)
        assert len(server.requests) == 1
        time.now += 3000
        assert session.fetch("three", accept=XML, operation="List").body == b"<a/>"


def test_the_rate_of_the_settings_paces_calls_and_repeats() -> None:
    time = FakeTime()
    with serving(say(plain(b"<a/>"))) as server:
        session = HttpSession(HttpSettings(base_url=server.url, rate=4), clock=time.clock, sleep=time.sleep)
        for _ in range(5):
            session.fetch("doc", accept=XML, operation="List")
    assert time.now - 1000 == pytest.approx(1.0)
