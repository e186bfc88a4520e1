"""Certificates are always checked."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from connectors.errors import Broken, Retry
from tests.connectors.loopback import XML, plain, say, serving, session_to


def _certificate(folder: Path, *, host: str = "127.0.0.1", days: int = 2) -> Path:
    """A self-signed certificate and its key in one PEM file; negative ``days`` have passed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=9)).not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = folder / f"{host}.{days}.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return pem


def _context(pem: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


def test_a_certificate_of_the_named_authority_is_trusted(tmp_path: Path) -> None:
    pem = _certificate(tmp_path)
    with serving(say(plain(b"<a/>")), _context(pem)) as server:
        session = session_to(server, ca_bundle=pem)
        assert session.fetch("doc", accept=XML, operation="List").body == b"<a/>"
        assert session.fetch("doc", accept=XML, operation="List").framed


@pytest.mark.parametrize("trusted", [True, False])
@pytest.mark.parametrize(("host", "days"), [("127.0.0.2", 2), ("127.0.0.1", -2)], ids=["other host", "expired"])
def test_a_wrong_certificate_stops_the_source_at_once(tmp_path: Path, host: str, days: int, trusted: bool) -> None:
    pem = _certificate(tmp_path, host=host, days=days)
    more = {"ca_bundle": pem} if trusted else {}
    with serving(say(plain(b"<a/>")), _context(pem)) as server:
        with pytest.raises(Broken) as caught:
            session_to(server, attempts=4, **more).fetch("doc", accept=XML, operation="List")
        assert caught.value.code == "http.certificate"
        assert server.connections == 1


def test_an_unknown_authority_is_not_trusted_and_the_environment_cannot_add_one(tmp_path: Path, monkeypatch) -> None:
    pem = _certificate(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pem))
    with serving(say(plain(b"<a/>")), _context(pem)) as server, pytest.raises(Broken) as caught:
        session_to(server).fetch("doc", accept=XML, operation="List")
    assert caught.value.code == "http.certificate"


def test_an_old_version_of_tls_is_refused(tmp_path: Path) -> None:
    pem = _certificate(tmp_path)
    context = _context(pem)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with serving(say(plain(b"<a/>")), context) as server, pytest.raises(Retry) as caught:
        session_to(server, ca_bundle=pem).fetch("doc", accept=XML, operation="List")
    assert caught.value.code == "http.connection"


def test_our_own_certificate_is_shown_to_a_source_that_asks(tmp_path: Path) -> None:
    pem, ours = _certificate(tmp_path), _certificate(tmp_path, days=3)
    context = _context(pem)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(ours)
    with serving(say(plain(b"<a/>")), context) as server:
        session = session_to(server, ca_bundle=pem, client_cert=ours)
        assert session.fetch("doc", accept=XML, operation="List").body == b"<a/>"
