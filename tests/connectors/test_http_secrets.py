"""A credential that travels in the URL turns up nowhere: no message, no traceback, no log, whatever goes wrong."""

from __future__ import annotations

import logging
import traceback
from urllib.parse import quote, quote_plus

import pytest
import responses

from connectors.errors import SourceError
from connectors.http import HttpSession, HttpSettings
from connectors.redaction import MASK, guard_urllib3_logs, redact
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
    say_and_reset,
    serving,
    session_to,
    silent,
    zipped,
)

CANARY = "lijsten;Kanarie & geel/7"
WORD = "Kanarie"
FORMS = (CANARY, quote(CANARY, safe=""), quote(CANARY), quote_plus(CANARY), "anarie", "ANARIE")

FAILURES = {
    "denied": say(plain(status="401 No")),
    "not found": say(plain(status="404 No")),
    "teapot": say(plain(status="418 No")),
    "server error": say(plain(status="500 No")),
    "busy": say(plain(status="429 No")),
    "busy for long": say(plain(status="503 No", more="Retry-After: 9999\r\n")),
    "redirect": say(plain(status="302 No", more="Location: https://127.0.0.1:1/?t=Kanarie\r\n")),
    "content type": say(plain(kind="text/Kanarie")),
    "too large": say(plain(b"x" * 60_000)),
    "bomb": say(zipped(b"x" * 60_000)),
    "bad gzip": say(headers("Content-Encoding: gzip", "Content-Length: 4") + b"junk"),
    "other encoding": say(headers("Content-Encoding: Kanarie", "Content-Length: 4") + b"junk"),
    "cut length": say_and_close(plain(b"x" * 99)[:-1]),
    "cut chunk": say_and_close(chunked(b"x" * 99)),
    "cut gzip": say(zipped(b"x" * 99, without=5)),
    "reset before headers": say_and_reset(b""),
    "reset in the body": say_and_reset(plain(b"x" * 99)[:-1]),
    "not http": say_and_close(b"Kanarie\r\n\r\n"),
    "bad header": say_and_close(b"HTTP/1.1 200 OK\r\nKanarie\r\n\r\n"),
    "two lengths": say_and_close(headers("Content-Length: 4", "Content-Length: 5") + b"junk"),
    "drip in the headers": drip(b"HTTP/1.1 200 OK\r\nX: "),
    "drip in the body": drip(headers()),
    "silence": silent,
}


def _leaks(text: str) -> list[str]:
    return [form for form in FORMS if form in text]


def _texts(error: BaseException | None) -> str:
    """All that is hung on an exception, suppressed or not."""
    found = []
    while error is not None:
        found += [str(error), repr(error), repr(vars(error))]
        error = error.__cause__ or error.__context__
    return "\n".join(found)


def _fail(session: HttpSession, path: str) -> tuple[SourceError, str]:
    try:
        session.fetch(path, params={"SessionToken": CANARY, "Password": WORD}, accept=XML, operation="List")
    except SourceError as error:
        return error, traceback.format_exc()
    raise AssertionError("it was to fail")


@pytest.mark.parametrize("name", FAILURES)
def test_no_failure_tells_the_credential(name: str, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(FAILURES[name]) as server:
        # A clock that stands still repeats at once and knows no deadline, which is what a drip is stopped by.
        time = None if "drip" in name else FakeTime()
        session = session_to(server, time, secrets=(WORD,), deadline=0.4, max_bytes=50_000, read_timeout=0.2)
        error, trace = _fail(session, f"doc?Token={quote(CANARY)}")
    assert _leaks(_texts(error) + trace + caplog.text) == []
    assert error.__cause__ is None
    assert error.__context__ is None
    assert str(error).startswith(f"List at 127.0.0.1:{server.port}: ")


def test_no_refused_connection_tells_it(caplog) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(silent) as server:
        pass
    error, trace = _fail(session_to(Server("http", server.port), FakeTime(), attempts=2), "doc")
    assert _leaks(_texts(error) + trace + caplog.text) == []
    assert error.code == "http.connection"


def test_no_request_that_cannot_be_written_tells_it() -> None:
    session = HttpSession(HttpSettings(base_url="http://localhost"))
    with pytest.raises(SourceError) as caught:
        session.fetch("doc", params={"Password": f"{CANARY}\ud800"}, accept=XML, operation="List")
    assert caught.value.code == "http.request"
    assert _leaks(_texts(caught.value)) == []


@responses.activate
def test_whatever_requests_may_raise_is_not_told_either() -> None:
    responses.get("http://localhost/doc", body=OSError(f"failed: http://localhost/doc?SessionToken={CANARY}"))
    error, trace = _fail(HttpSession(HttpSettings(base_url="http://localhost", attempts=1)), "doc")
    assert error.code == "http.connection"
    assert _leaks(_texts(error) + trace) == []


@responses.activate
def test_a_mocked_answer_can_be_read_but_is_not_framed() -> None:
    responses.get("http://localhost/doc", body=b"<a/>", content_type="text/xml")
    fetched = HttpSession(HttpSettings(base_url="http://localhost")).fetch("doc", accept=XML, operation="List")
    assert (fetched.body, fetched.framed) == (b"<a/>", False)


def test_a_success_is_logged_without_its_query(caplog) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(say(plain())) as server:
        session_to(server).fetch("doc", params={"SessionToken": CANARY}, accept=XML, operation="List")
    assert f'"GET /doc?{MASK} HTTP/1.1" 200' in caplog.text
    assert _leaks(caplog.text) == []


def test_a_success_is_logged_without_the_person_in_its_path(caplog) -> None:
    caplog.set_level(logging.DEBUG)
    person = "6f0c2d6e-0000-4000-8000-00000000000a"
    with serving(say(plain())) as server:
        session_to(server).fetch(f"leerling/{person.upper()}/dossier", accept=XML, operation="List")
    assert f'"GET /leerling/{MASK}/dossier HTTP/1.1" 200' in caplog.text
    assert person not in caplog.text.lower()


def test_guarding_the_logs_twice_is_guarding_them_once() -> None:
    guard_urllib3_logs()
    before = list(logging.getLogger("urllib3.connectionpool").filters)
    guard_urllib3_logs()
    assert logging.getLogger("urllib3.connectionpool").filters == before


def test_a_session_masks_what_it_was_told_to_hide() -> None:
    session = HttpSession(HttpSettings(base_url="http://localhost"), secrets=["p;w d"])
    session.hide("F4CA-9")
    assert session.redact("no right for p%3Bw+d, F4CA-9 or P%3bW%20D") == f"no right for {MASK}, {MASK} or {MASK}"
    assert "p;w d" not in repr(session)


@pytest.mark.parametrize(
    "written",
    [
        "a<b>&\"'é\\", "a%3Cb%3E%26%22%27%C3%A9%5C", "a%3cb%3e%26%22%27%c3%a9%5c",
        "a&lt;b&gt;&amp;\"'é\\", 'a<b>&\\"\'\\u00e9\\\\', "a<b>&\"\\'é\\\\",
    ],
)  # fmt: skip
def test_a_secret_is_masked_in_each_way_of_writing_it(written: str) -> None:
    assert redact(f"<{written}>", ["a<b>&\"'é\\"]) == f"<{MASK}>"


def test_the_longer_secret_is_masked_whole_and_an_empty_one_masks_nothing() -> None:
    assert redact("user;password of user", ["user", "user;password", ""]) == f"{MASK} of {MASK}"
    assert redact("as it is", [""]) == "as it is"


@pytest.mark.parametrize("written", ["a b/c", "a%20b%2Fc", "a%20b/c", "a+b%2Fc"])
def test_a_secret_with_a_blank_is_masked_however_a_url_writes_it(written: str) -> None:
    assert redact(f"?t={written}&x", ["a b/c"]) == f"?t={MASK}&x"
