"""What comes of each kind of answer, and how often it is asked for."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.errors import Broken, Denied, Retry, SourceError
from connectors.failures import LONGEST_AFTER, retry_after
from connectors.http import CHUNK, HttpSession, HttpSettings
from tests.connectors.loopback import (
    XML,
    FakeTime,
    Server,
    chunked,
    headers,
    plain,
    say,
    say_and_close,
    say_and_reset,
    serving,
    session_to,
    silent,
    zipped,
)

LAST_CHUNK = b"0\r\n\r\n"
BODY = b"<a>" + b"7" * (3 * CHUNK) + b"</a>"


@pytest.mark.parametrize(
    ("behave", "framed"),
    [
        (say(plain(BODY)), True),
        (say(chunked(BODY[:10], BODY[10:]) + LAST_CHUNK), True),
        (say(zipped(BODY)), True),
        (say_and_close(headers() + BODY), False),
        # The size of the next chunk was to be 0x0400, the connection ended in the middle of it.
        (say_and_close(chunked(BODY) + b"0"), False),
    ],
    ids=["length", "chunks", "gzip", "until close", "half a chunk size"],
)
def test_a_body_is_framed_only_when_the_transport_proves_its_end(behave, framed) -> None:
    with serving(behave) as server, session_to(server).get("doc", accept=XML, operation="List") as answer:
        assert not answer.framed
        assert answer.read() == BODY
        assert answer.framed is framed


def test_a_body_comes_in_large_chunks() -> None:
    with serving(say(plain(BODY))) as server, session_to(server).get("doc", accept=XML, operation="List") as answer:
        sizes = [len(chunk) for chunk in answer.chunks()]
    assert sizes == [CHUNK, CHUNK, CHUNK, 7]


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        ("401 Unauthorized", Denied, "http.denied"),
        ("403 Forbidden", Denied, "http.denied"),
        ("404 Not Found", Broken, "http.not_found"),
        ("400 Bad Request", Broken, "http.status"),
        ("418 Teapot", Broken, "http.status"),
        ("202 Accepted", Broken, "http.status"),
        ("204 No Content", Broken, "http.status"),
    ],
)
def test_a_refusal_is_never_tried_again(status: str, kind: type[SourceError], code: str) -> None:
    with serving(say(plain(status=status))) as server:
        with pytest.raises(kind) as caught:
            session_to(server, FakeTime(), attempts=4).get("doc", accept=XML, operation="List")
        assert caught.value.code == code
        assert len(server.requests) == 1


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_not_followed_and_its_body_is_not_read(status: str) -> None:
    with serving(say(plain())) as elsewhere:
        # A body that never comes: whoever reads it ends in a time-out.
        answer = f"HTTP/1.1 {status}\r\nLocation: {elsewhere.url}/\r\nContent-Length: 9\r\n\r\n".encode()
        with serving(say(answer)) as server, pytest.raises(Broken) as caught:
            session_to(server, read_timeout=0.5).get("doc", accept=XML, operation="List")
        assert caught.value.code == "http.redirect"
        assert elsewhere.requests == []


@pytest.mark.parametrize(
    ("declared", "shown"),
    [
        ("text/html; charset=utf-8", "text/html"),
        ("application/json", "application/json"),
        ("", "nothing"),
        ("<Jansen>/x y", "something unreadable"),
        ("a" * 60 + "/b", "something unreadable"),
    ],
)
def test_another_content_type_is_named_and_refused(declared: str, shown: str) -> None:
    with serving(say(plain(b"<html>Log in</html>", kind=declared))) as server, pytest.raises(Broken) as caught:
        session_to(server).get("doc", accept=XML, operation="List")
    assert caught.value.code == "http.content_type"
    assert str(caught.value).endswith(f"expected text/xml or application/xml and the source declares {shown}")


def test_a_content_type_is_known_in_whatever_case_and_with_a_charset() -> None:
    with serving(say(plain(b"<a/>", kind="Text/XML; charset=utf-8"))) as server:
        assert session_to(server).fetch("doc", accept=XML, operation="List").body == b"<a/>"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("500 Oops", "http.server_error"),
        ("502 Bad Gateway", "http.server_error"),
        ("503 Busy", "http.busy"),
        ("429 Slow", "http.busy"),
    ],
)
def test_a_source_that_stays_unwell_is_asked_as_often_as_configured(status: str, code: str) -> None:
    with serving(say(plain(status=status))) as server:
        with pytest.raises(Retry) as caught:
            session_to(server, FakeTime(), attempts=3).get("doc", accept=XML, operation="List")
        assert caught.value.code == code
        assert len(server.requests) == 3


def test_a_source_that_recovers_gives_its_answer_and_the_waits_grow() -> None:
    time = FakeTime()
    with serving(say(plain(status="500 Oops"), plain(status="502 Oops"), plain(b"<a/>"))) as server:
        assert session_to(server, time, attempts=4).fetch("doc", accept=XML, operation="List").body == b"<a/>"
    assert len(time.slept) == 2
    assert 0.5 <= time.slept[0] <= 1.0
    assert 1.0 <= time.slept[1] <= 1.5


def test_no_attempt_begins_after_the_deadline() -> None:
    time = FakeTime()
    with serving(say(plain(status="500 Oops"))) as server:
        with pytest.raises(Retry) as caught:
            session_to(server, time, attempts=50, deadline=4).get("doc", accept=XML, operation="List")
        # Waits of at least 0.5, 1 and 2 seconds: the fourth attempt would come at 3.5 at the earliest.
        assert 2 <= len(server.requests) <= 4
    assert caught.value.code == "http.server_error"
    assert sum(time.slept) < 4


def test_a_refused_connection_is_tried_again_and_then_left() -> None:
    time = FakeTime()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Retry) as caught:
        session_to(Server("http", port), time, attempts=3).get("doc", accept=XML, operation="List")
    assert caught.value.code == "http.connection"
    assert len(time.slept) == 2


def test_a_silent_source_is_a_timeout_that_is_tried_again() -> None:
    with serving(silent) as server:
        with pytest.raises(Retry) as caught:
            session_to(server, FakeTime(), attempts=2, read_timeout=0.1).get("doc", accept=XML, operation="List")
        assert caught.value.code == "http.timeout"
        assert len(server.requests) == 2


CUTS = {
    "short length": say_and_close(plain(BODY)[:-1]),
    "short chunk": say_and_close(chunked(BODY)[:-100]),
    "no last chunk": say_and_close(chunked(BODY)),
    "chunk of a negative size": say_and_close(chunked() + b"-5\r\nabc"),
    "chunk of size -1": say_and_close(chunked() + b"-1\r\nabc"),
    "chunk of no size": say_and_close(chunked() + b"zz\r\nabc"),
    "reset": say_and_reset(plain(BODY)[:-1]),
    "gzip without its end": say(zipped(BODY, without=8)),
}


@pytest.mark.parametrize("behave", CUTS.values(), ids=CUTS)
def test_a_cut_is_an_error_that_get_does_not_hide_by_asking_again(behave) -> None:
    with serving(behave) as server:
        session = session_to(server, FakeTime(), attempts=3)
        with pytest.raises(Retry) as caught, session.get("doc", accept=XML, operation="List") as answer:
            answer.read()
        assert caught.value.code == "http.cut"
        assert not answer.framed
        assert len(server.requests) == 1


def test_fetch_asks_again_after_a_cut_because_nothing_was_handed_out() -> None:
    left = [say_and_close(plain(BODY)[:-1]), say(plain(b"<a/>"))]
    with serving(lambda *asked: left.pop(0)(*asked)) as server:
        fetched = session_to(server, FakeTime(), attempts=3).fetch("doc", accept=XML, operation="List")
    assert (fetched.body, fetched.framed, fetched.headers["content-type"]) == (b"<a/>", True, "text/xml")


@pytest.mark.parametrize(
    "answer",
    [
        headers("Content-Encoding: gzip", "Content-Length: 4") + b"junk",
        headers("Content-Encoding: br", "Content-Length: 4") + b"junk",
    ],
)
def test_a_compression_that_cannot_be_read_is_broken(answer: bytes) -> None:
    with serving(say(answer)) as server, pytest.raises(Broken) as caught:
        session_to(server).fetch("doc", accept=XML, operation="List")
    assert caught.value.code == "http.encoding"


def test_seconds_of_retry_after_are_waited() -> None:
    time = FakeTime()
    with serving(say(plain(status="503 Busy", more="Retry-After: 90\r\n"), plain(b"<a/>"))) as server:
        assert session_to(server, time, attempts=2).fetch("doc", accept=XML, operation="List").body == b"<a/>"
    assert time.slept == [90]


@pytest.mark.parametrize("status", ["429 Slow", "503 Busy"])
def test_a_retry_after_beyond_the_cap_is_left_to_the_caller(status: str) -> None:
    time = FakeTime()
    with serving(say(plain(status=status, more="Retry-After: 121\r\n"))) as server:
        with pytest.raises(Retry) as caught:
            session_to(server, time, attempts=4).get("doc", accept=XML, operation="List")
        assert caught.value.after == 121
        assert len(server.requests) == 1
    assert time.slept == []


NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0), ("30", 30), (" 30 ", 30), ("9" * 5000, LONGEST_AFTER),
        (format_datetime(NOON + timedelta(seconds=45), usegmt=True), 45),
        (format_datetime(NOON - timedelta(days=9), usegmt=True), 0),
        ("Sat, 14 Mar 2026 12:00:20 -0000", 20),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_AFTER),
        ("", None), ("-5", None), ("1.5", None), ("nan", None), ("soon", None), ("٣", None),
    ],
)  # fmt: skip
def test_retry_after_is_read_as_seconds_or_as_a_date(value: str, seconds: float | None) -> None:
    assert retry_after(value, NOON) == seconds


@given(st.one_of(st.text(), st.from_regex(r"\w{3}, \d\d \w{3} \d{1,6} \d\d:\d\d:\d\d [+-]?\w{1,6}", fullmatch=True)))
def test_retry_after_of_whatever_text_is_a_bearable_wait_or_nothing(value: str) -> None:
    seconds = retry_after(value, NOON)
    assert seconds is None or 0 <= seconds <= LONGEST_AFTER


@pytest.mark.parametrize(
    ("base", "path", "target"),
    [
        ("", "doc", "/doc?b=1%3B2%203"), ("/", "/doc", "/doc?b=1%3B2%203"), ("/mws/", "doc", "/mws/doc?b=1%3B2%203"),
        ("", "?a=x", "/?a=x&b=1%3B2%203"), ("/doc", "", "/doc?b=1%3B2%203"),
        ("", "//evil.test/x", "/evil.test/x?b=1%3B2%203"),
        ("", "https://evil.test/", "/https://evil.test/?b=1%3B2%203"),
    ],
)  # fmt: skip
def test_a_path_stays_below_the_base_url_and_blanks_are_escaped(base: str, path: str, target: str) -> None:
    with serving(say(plain())) as server:
        session = HttpSession(HttpSettings(base_url=server.url + base))
        session.fetch(path, params={"b": "1;2 3"}, accept=XML, operation="List")
        assert server.requests[0].split(b" ")[1].decode() == target


def test_a_post_sends_its_body_and_headers() -> None:
    with serving(say(plain(b"<a/>"))) as server:
        session = session_to(server)
        action = {"SOAPAction": "urn:x"}
        with session.post("soap", body=b"<q/>", headers=action, accept=XML, operation="Login") as answer:
            assert answer.read() == b"<a/>"
        head, _, body = server.requests[0].partition(b"\r\n\r\n")
        assert head.startswith(b"POST /soap HTTP/1.1\r\n")
        assert b"\r\nSOAPAction: urn:x\r\n" in head
        assert body == b"<q/>"


def test_connections_are_kept_and_no_cookie_comes_back() -> None:
    with serving(say(plain(more="Set-Cookie: sid=1; Path=/\r\n"))) as server:
        session = session_to(server)
        for _ in range(3):
            session.fetch("doc", accept=XML, operation="List")
        assert not any(b"cookie" in request.lower() for request in server.requests)
        assert (len(server.requests), server.connections) == (3, 1)


def test_neither_proxy_nor_netrc_of_the_environment_is_used(monkeypatch, tmp_path) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login x password y\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with serving(say(plain(b"<proxied/>"))) as proxy, serving(say(plain(b"<a/>"))) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("http_proxy", proxy.url)
        assert session_to(server).fetch("doc", accept=XML, operation="List").body == b"<a/>"
        assert b"Authorization" not in server.requests[0]


@pytest.mark.parametrize("url", ["https://school.swp.nl:8800", "http://127.0.0.1:80", "http://localhost/x", "http://[::1]:8"])
def test_a_base_url_is_https_or_on_this_machine(url: str) -> None:
    assert HttpSettings(base_url=url).base_url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://school.nl", "ftp://school.nl", "school.nl", "https://", "https://u:p@school.nl", "https://school.nl?x=1",
        "https://school.nl#x", "http://127.0.0.1.evil.test", "http://localhost.evil.test", "http://10.0.0.1", "",
        "https://u:p", "https://school.nl:0", "https://school.nl:99999",
    ],
)  # fmt: skip
def test_any_other_base_url_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        HttpSettings(base_url=url)
    assert "u:p" not in str(caught.value)
    assert "'p'" not in str(caught.value)


@pytest.mark.parametrize(("status", "kind"), [("500 Oops", "text/html"), ("403 Forbidden", "text/plain")])
def test_a_status_that_the_caller_judges_is_an_answer(status: str, kind: str) -> None:
    with serving(say(plain(b"why", status=status, kind=kind))) as server:
        session = session_to(server, FakeTime(), attempts=3)
        fetched = session.fetch("q", body=b"<q/>", accept=XML, operation="Ask", also=(500, 403))
        assert (fetched.status, fetched.body) == (int(status[:3]), b"why")
        with session.post("q", body=b"", headers={}, accept=XML, operation="Ask", also=(500, 403)) as answer:
            assert answer.status == int(status[:3])
        with pytest.raises(SourceError):
            session.fetch("q", accept=XML, operation="Ask")


def test_a_small_answer_is_asked_for_with_body_and_headers_again_when_it_is_cut_off() -> None:
    cut = headers("Content-Length: 9") + b"<a>"
    with serving(say_and_close(cut)) as server:
        with pytest.raises(Retry) as caught:
            session_to(server, FakeTime(), attempts=2).fetch(
                "q", body=b"<q/>", headers={"X-Right": "yes"}, accept=XML, operation="Ask"
            )
        assert caught.value.code == "http.cut"
        assert len(server.requests) == 2
        assert all(asked.startswith(b"POST /q ") and asked.endswith(b"\r\n\r\n<q/>") for asked in server.requests)
        assert all(b"X-Right: yes" in asked for asked in server.requests)
