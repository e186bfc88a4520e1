"""What we ask a provider, and what may be set."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from select import select
from typing import Any

import pytest
import time_machine
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

from canonical.errors import UserError
from portal.access import Role
from portal.clock import now
from portal.signin import fetching
from portal.signin.issuers import Issuer, allowed, checked
from portal.tables import SESSION
from tests.portal.layer import ORIGIN
from tests.portal.oidc.visitor import Browser
from tests.portal.provider import CLIENT_SECRET, MakeBelieve, give


def _redirected(handler: Any) -> None:
    handler.send_response(302)
    handler.send_header("Location", "/elsewhere")
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def _endless(handler: Any) -> None:
    handler.send_response(200)
    handler.send_header("Connection", "close")
    handler.end_headers()
    try:
        for _ in range(4_000):
            handler.wfile.write(b"x" * 1_024)
    except OSError:
        return


def _dripping(part: str, cut_off: threading.Event) -> Callable[[Any], None]:
    """One byte at a time, none of them late; ``cut_off`` says that nobody wanted the rest."""

    def drip(handler: Any) -> None:
        before = b"" if part == "headers" else b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
        try:
            handler.wfile.write(before)
            for letter in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1_000:
                handler.wfile.write(bytes([letter]))
                handler.wfile.flush()
                if _hung_up(handler.connection, 0.05):
                    cut_off.set()
                    return
        except OSError:
            cut_off.set()

    return drip


def _hung_up(connection: socket.socket, seconds: float) -> bool:
    """Whether the other side goes away within so many seconds; it has nothing more to say."""
    readable, _, _ = select([connection], [], [], seconds)
    return bool(readable) and connection.recv(1) == b""


def _odd_end(handler: Any) -> None:
    give(handler, 200, {"access_token": "x", "id_token": "x", "expires_in": {"seconds": 300}})


def _short(handler: Any) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\nConnection: close\r\n\r\n{}")
    handler.close_connection = True


class TestAsking:
    """What we fetch from a provider can neither lead us elsewhere nor hold us up."""

    @pytest.mark.parametrize(("path", "answer", "code"), [
        ("/.well-known/openid-configuration", _redirected, "status"),
        ("/.well-known/openid-configuration", _endless, "too_large"),
        ("/.well-known/openid-configuration", _short, "network"),
        ("/jwks", _redirected, "status"), ("/jwks", _endless, "too_large"),
        ("/token", _redirected, "form"), ("/token", _endless, "too_large"), ("/token", _short, "network"),
        ("/token", _odd_end, "form"),
    ])  # fmt: skip
    def test_is_given_up(self, small: Browser, path: str, answer: Callable[[Any], None], code: str) -> None:
        if path.startswith("/.well-known"):
            small.idp.answers[path] = answer
            with capture_logs() as logs:
                given = small.start()
            small.codes += [entry["code"] for entry in logs if entry["event"] == "oidc.unreachable"]
        else:
            small.start()
            small.idp.answers[path] = answer
            given = small.sign_in()
        assert (given.status_code, small.codes) == (503, [code])
        assert "/elsewhere" not in small.idp.requests
        assert small.rows(SESSION) == []

    @pytest.mark.parametrize("part", ["headers", "body"])
    def test_bytes_that_come_one_by_one_are_cut_off(
        self, small: Browser, monkeypatch: pytest.MonkeyPatch, part: str
    ) -> None:
        cut_off = threading.Event()
        monkeypatch.setattr(fetching, "DEADLINE", 0.4)
        small.idp.answers["/.well-known/openid-configuration"] = _dripping(part, cut_off)
        with capture_logs() as logs:
            assert small.start().status_code == 503
        assert [entry["code"] for entry in logs] == ["deadline"]
        assert cut_off.wait(10)

    @pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"])
    @pytest.mark.parametrize("url", [
        "http://169.254.169.254/latest", "http://localhost:1/", "file:///etc/passwd", None, 7,
        "http://127.0.0.1:1/x", "https://127.0.0.1/x", "http://[::1]/", "//127.0.0.1", "http://[",
    ])  # fmt: skip
    def test_an_endpoint_is_on_the_issuers_host(self, small: Browser, name: str, url: Any) -> None:
        if name == "userinfo_endpoint":
            small.idp.claims = {"number": None}
        small.idp.metadata = {name: url}
        answer = small.start() if name == "authorization_endpoint" else small.sign_in()
        assert answer.status_code == (403 if name == "userinfo_endpoint" and not url else 503)
        assert small.rows(SESSION) == []

    def test_who_names_himself_otherwise_is_not_believed(self, small: Browser) -> None:
        small.idp.metadata = {"issuer": "http://127.0.0.1:1"}
        assert small.start().status_code == 503

    def test_neither_the_secret_nor_the_code_gets_into_the_log(self, small: Browser) -> None:
        small.idp.answers["/token"] = _short
        params = small.idp.consent(small.start().headers["Location"])
        with capture_logs() as logs:
            small.client.get("/v1/oidc/north/callback", params=params)
        assert logs
        assert not any(word in str(logs) for word in (params["code"], params["state"], CLIENT_SECRET))

    def test_the_surroundings_do_not_lead_it_elsewhere(self, small: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
        monkeypatch.setenv("no_proxy", "")
        assert small.start().status_code == 303

    def test_a_failure_is_not_repeated_at_once(self, small: Browser) -> None:
        small.idp.answers["/.well-known/openid-configuration"] = _redirected
        at = now()
        with time_machine.travel(at, tick=False):
            for _ in range(3):
                assert small.start().status_code == 503
        assert len(small.idp.requests) == 1
        del small.idp.answers["/.well-known/openid-configuration"]
        with time_machine.travel(at + timedelta(seconds=29)):
            assert small.start().status_code == 503
        with time_machine.travel(at + timedelta(seconds=31)):
            assert small.start().status_code == 303

    def test_nobody_waits_long_for_what_another_is_asking(
        self, small: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A provider that does not answer in the morning must not keep those waiting who have signed in already."""
        asked, answer = threading.Event(), threading.Event()

        def slow(handler: Any) -> None:
            asked.set()
            answer.wait(10)
            give(handler, 200, small.idp.about())

        monkeypatch.setattr(fetching, "WAIT", 0.05)
        small.idp.answers["/.well-known/openid-configuration"] = slow
        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(small.start)
            assert asked.wait(10)
            other = Browser(TestClient(small.client.app, base_url=ORIGIN), small.idp, small.engine)
            assert other.start().status_code == 503
            assert not first.done()
            answer.set()
            assert first.result(10).status_code == 303
        assert other.start().status_code == 303
        assert small.idp.requests.count("/.well-known/openid-configuration") == 1


class TestSettings:
    @pytest.mark.parametrize("issuer", [
        "http://idp.example", "https://login.example/{tenantid}/v2.0", "idp.example", "", "https://", "ftp://x",
        "https://idp.example?x=1", "https://idp.example#x", "http://localhost",
    ])  # fmt: skip
    def test_an_issuer_is_exact_and_safe(self, issuer: str) -> None:
        with pytest.raises(UserError, match="issuer"):
            MakeBelieve(issuer).provider()

    @pytest.mark.parametrize("changed", [
        {"algorithms": ("HS256",)}, {"algorithms": ("none",)}, {"algorithms": ()}, {"sources": ()}, {"roles": {}},
        {"roles": {"boss": Role.ADMINISTRATOR}}, {"roles": {"ouder": Role.GUARDIAN}}, {"scope": "profile"},
    ])  # fmt: skip
    def test_what_cannot_be(self, changed: dict[str, Any]) -> None:
        with pytest.raises(UserError):
            MakeBelieve("https://idp.example").provider(**changed)

    def test_the_secret_is_not_shown(self) -> None:
        assert CLIENT_SECRET not in repr(MakeBelieve("https://idp.example").provider())

    def test_one_provider_a_source_and_one_issuer_a_name(self) -> None:
        provider = MakeBelieve("https://idp.example").provider()
        issuer = Issuer("https://idp.example", "us", "portal", "https://idp.example/jwks")
        checked([provider], [issuer], ORIGIN)
        for providers, issuers in (([provider, provider], []), ([], [issuer, issuer])):
            with pytest.raises(UserError):
                checked(providers, issuers, ORIGIN)
        with pytest.raises(UserError):
            checked([], [issuer], "https://idp.example")

    @pytest.mark.parametrize("url", ["https://other.example/jwks", "http://idp.example/jwks", "https://u@idp.example/"])
    def test_keys_come_from_the_issuers_host(self, url: str) -> None:
        with pytest.raises(UserError):
            Issuer("https://idp.example", "us", "portal", url)

    def test_hosts_may_be_named(self) -> None:
        assert allowed("https://keys.example/jwks", "https://idp.example", ("keys.example",))
        assert allowed("https://keys.example/jwks", "https://idp.example", ("Keys.Example",))
        assert not allowed("https://keys.example:8443/jwks", "https://idp.example", ("keys.example",))
        assert not allowed("https://evil.keys.example/jwks", "https://idp.example", ("keys.example",))
