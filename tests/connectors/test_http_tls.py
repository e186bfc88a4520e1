"""Certificates are always checked."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from connectors.errors import Broken, Retry
from tests.connectors.certificates import certificate, server_context
from tests.connectors.loopback import XML, plain, say, serving, session_to


def test_a_certificate_of_the_named_authority_is_trusted(tmp_path: Path) -> None:
    pem = certificate(tmp_path)
    with serving(say(plain(b"<a/>")), server_context(pem)) as server:
        session = session_to(server, ca_bundle=pem)
        assert session.fetch("doc", accept=XML, operation="List").body == b"<a/>"
        assert session.fetch("doc", accept=XML, operation="List").framed


@pytest.mark.parametrize("trusted", [True, False])
@pytest.mark.parametrize(("host", "days"), [("127.0.0.2", 2), ("127.0.0.1", -2)], ids=["other host", "expired"])
def test_a_wrong_certificate_stops_the_source_at_once(tmp_path: Path, host: str, days: int, trusted: bool) -> None:
    pem = certificate(tmp_path, host=host, days=days)
    more = {"ca_bundle": pem} if trusted else {}
    with serving(say(plain(b"<a/>")), server_context(pem)) as server:
        with pytest.raises(Broken) as caught:
            session_to(server, attempts=4, **more).fetch("doc", accept=XML, operation="List")
        assert caught.value.code == "http.certificate"
        assert server.connections == 1


def test_an_unknown_authority_is_not_trusted_and_the_environment_cannot_add_one(tmp_path: Path, monkeypatch) -> None:
    pem = certificate(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pem))
    with serving(say(plain(b"<a/>")), server_context(pem)) as server, pytest.raises(Broken) as caught:
        session_to(server).fetch("doc", accept=XML, operation="List")
    assert caught.value.code == "http.certificate"


def test_an_old_version_of_tls_is_refused(tmp_path: Path) -> None:
    pem = certificate(tmp_path)
    context = server_context(pem)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with serving(say(plain(b"<a/>")), context) as server, pytest.raises(Retry) as caught:
        session_to(server, ca_bundle=pem).fetch("doc", accept=XML, operation="List")
    assert caught.value.code == "http.connection"


def test_our_own_certificate_is_shown_to_a_source_that_asks(tmp_path: Path) -> None:
    pem, ours = certificate(tmp_path), certificate(tmp_path, days=3)
    context = server_context(pem)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(ours)
    with serving(say(plain(b"<a/>")), context) as server:
        session = session_to(server, ca_bundle=pem, client_cert=ours)
        assert session.fetch("doc", accept=XML, operation="List").body == b"<a/>"
