"""What a school may set of its UWLR service; a mistake names its field and never a value."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from canonical.errors import UserError
from connectors.contract import Settings
from tests.connectors.certificates import certificate as made_certificate
from tests.connectors.certificates import server_context
from tests.connectors.loopback import plain, say, serving
from tests.vocus.test_uwlr_answers import STUDENT, data
from vocus.connector import connect

TABLE = {
    "url": "https://administratie.example/uwlr", "version": "2.2", "authorisation_key": "Geheim", "customer_code": "c",
    "customer_name": "n", "brin": "97ZZ",
}  # fmt: skip


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"url": "http://administratie.example/uwlr"}, "uwlr.url: must begin with https://"),
        ({"url": "https://Geheim@administratie.example/"}, "uwlr.url: must be https://host"),
        ({"version": "3.0"}, "uwlr.version"),
        ({"brin": ""}, "uwlr: say which school it is by brin or by schoolkey"),
        ({"schoolkey": "vliet"}, "uwlr: say which school it is by brin or by schoolkey"),
        ({"brin": "", "schoolkey": "vliet", "dependance": "00"}, "uwlr: dependance goes with brin"),
        ({"brin": "9ZZZ"}, "uwlr.brin"),
        ({"dependance": "1"}, "uwlr.dependance"),
        ({"brin": "", "schoolkey": "Geheim\0"}, "uwlr: schoolkey and set must be plain"),
        ({"version": "1.0", "set": "smal"}, "uwlr: version 1.0 has no set"),
        ({"authorisation_key": "Geheim" * 11}, "uwlr.authorisation_key: must be 1 to 64 plain characters"),
        ({"authorisation_key": "Geheim\n"}, "uwlr.authorisation_key: must be 1 to 64 plain characters"),
        ({"customer_code": " "}, "uwlr.customer_code: must be 1 to 64 plain characters"),
        ({"customer_name": "\x01"}, "uwlr.customer_name: must be 1 to 64 plain characters"),
        ({"key": "Geheim"}, "uwlr.key"),
    ],
)
def test_what_cannot_be_names_its_field(more: dict[str, str], said: str) -> None:
    with pytest.raises(UserError) as caught:
        connect(Settings("de-vliet", {"uwlr": {**TABLE, **more}}))
    assert said in str(caught.value)
    assert "Geheim" not in str(caught.value)


def _parts(folder: Path, pass_phrase: bytes = b"") -> tuple[Path, Path]:
    """A certificate, and its key in another file."""
    whole = made_certificate(folder, days=3).read_bytes()
    key = serialization.load_pem_private_key(whole, None)
    how = serialization.BestAvailableEncryption(pass_phrase) if pass_phrase else serialization.NoEncryption()
    certificate, own = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(whole[whole.index(b"-----BEGIN CERTIFICATE") :])
    own.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how))
    return certificate, own


def test_our_certificate_is_shown_with_a_key_of_its_own_file(tmp_path: Path) -> None:
    theirs, (certificate, key) = made_certificate(tmp_path), _parts(tmp_path)
    context = server_context(theirs)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(certificate)
    with serving(say(plain(data(STUDENT))), context) as server:
        more = {"client_certificate": certificate, "client_key": key, "ca_bundle": theirs}
        table = {**TABLE, "url": server.url, "attempts": 1, **more}
        made = connect(Settings("de-vliet", {"school_year": "2026-2027", "uwlr": table}))
        (batch,) = made.read(made.entities[0], None)
    assert len(batch.rows) == 1


def test_a_certificate_that_cannot_be_used_is_told_at_once(tmp_path: Path) -> None:
    certificate, key = _parts(tmp_path, b"Geheim")
    (tmp_path / "other").mkdir()
    _, another = _parts(tmp_path / "other")
    for more in (
        {"client_certificate": certificate},
        {"client_certificate": certificate, "client_key": key},
        {"client_certificate": certificate, "client_key": another},
    ):
        with pytest.raises(UserError, match="client_certificate must be PEM with its key"):
            connect(Settings("de-vliet", {"uwlr": {**TABLE, **more}}))
    with pytest.raises(UserError, match="client_key goes with client_certificate"):
        connect(Settings("de-vliet", {"uwlr": {**TABLE, "client_key": another}}))
