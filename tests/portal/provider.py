"""A make-believe identity provider on real HTTP: right unless a test makes it wrong in one respect."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jws
from joserfc.jwk import ECKey, Key, RSAKey

from portal.access import Role
from portal.clock import now
from portal.signin.issuers import Provider

CLIENT, CLIENT_SECRET = "schoolbrug", "the secret that both know"

RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
OTHER_RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
EC = ECKey.generate_key("P-256", {"kid": "ec"})
"""Made once: keys take long to make."""

Form = Mapping[str, str]


def half_hash(text: str) -> str:
    """The first half of a SHA-256, as OpenID Connect Core 3.1.3.6 has it."""
    return encoded(hashlib.sha256(text.encode()).digest()[:16])


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def raw(header: Mapping[str, Any], claims: Mapping[str, Any], signature: bytes = b"") -> str:
    """A token put together by hand."""
    parts = [json.dumps(part).encode() for part in (header, claims)]
    return ".".join(map(encoded, [*parts, signature]))


def sign(header: Mapping[str, Any], claims: Mapping[str, Any], key: Key) -> str:
    """A token, whatever its header says."""
    registry = jws.JWSRegistry(algorithms=[header["alg"]], strict_check_header=False)
    payload = json.dumps(claims).encode()
    return jws.serialize_compact(dict(header), payload, key, [header["alg"]], registry)


class MakeBelieve:
    """``claims`` and ``header`` go over what would be right; None leaves a claim out. ``requests`` are the paths asked
    for. Each of ``make``, ``metadata``, ``jwks`` and ``answers`` is for a test to replace or fill."""

    def __init__(self, url: str) -> None:
        self.issuer = url
        self.subject = "a-subject-that-never-changes"
        self.claims: dict[str, Any] = {}
        self.header: dict[str, Any] = {}
        self.key: Key = RSA
        self.metadata: dict[str, Any] = {}
        self.jwks: dict[str, Any] = {"keys": [key.as_dict(private=False) for key in (RSA, EC)]}
        self.userinfo: dict[str, Any] | None = None
        self.access_token = "an access token"
        self.make: Callable[[dict[str, Any], dict[str, Any]], Any] = lambda header, claims: sign(
            header, claims, self.key
        )
        self.answers: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {}
        self.requests: list[str] = []
        self.codes: dict[str, dict[str, str]] = {}

    def provider(self, **changed: Any) -> Provider:
        """As the configuration would have it."""
        told = {
            "sources": ("north",), "issuer": self.issuer, "client_id": CLIENT, "client_secret": CLIENT_SECRET,
            "person_claim": "number", "role_claim": "affiliation",
            "roles": {"student": Role.STUDENT, "staff": Role.STAFF, "employee": Role.STAFF},
        }  # fmt: skip
        return Provider(**(told | changed))

    def consent(self, url: str) -> dict[str, str]:
        """Somebody signs in at the address that the browser was sent to: the parameters that it comes back with."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert url.startswith(f"{self.issuer}/authorize?")
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert asked["client_id"] == CLIENT
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return {"code": code, "state": asked["state"]}

    def about(self) -> dict[str, Any]:
        told = {
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/jwks",
        }  # fmt: skip
        if self.userinfo is not None:
            told["userinfo_endpoint"] = f"{self.issuer}/userinfo"
        return told | self.metadata

    def token(self, form: Form, authorization: str) -> tuple[int, dict[str, Any]]:
        """The answer of the token endpoint, which gives nothing for a wrong secret, code, verifier or address."""
        expected = base64.b64encode(f"{CLIENT}:{CLIENT_SECRET}".encode()).decode()
        asked = self.codes.pop(form.get("code", ""), None)
        if authorization != f"Basic {expected}":
            return 401, {"error": "invalid_client"}
        if asked is None or form.get("redirect_uri") != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        if encoded(hashlib.sha256(form.get("code_verifier", "").encode()).digest()) != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        made = self.make(*self.right(asked["nonce"]))
        return 200, {"token_type": "Bearer", "access_token": self.access_token, "id_token": made}

    def right(self, nonce: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Header and claims of the ID token, with what the test changes."""
        at = int(now().timestamp())
        kind = "ES256" if isinstance(self.key, ECKey) else "RS256"
        header = {"alg": kind, "kid": self.key.kid, "typ": "JWT"} | self.header
        claims = {
            "iss": self.issuer, "sub": self.subject, "aud": CLIENT, "exp": at + 300, "iat": at, "nonce": nonce,
            "at_hash": half_hash(self.access_token), "number": "12345", "affiliation": "student",
        } | self.claims  # fmt: skip
        return header, {name: value for name, value in claims.items() if value is not None}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    told: MakeBelieve

    def do_GET(self) -> None:
        told, path = self.told, urlsplit(self.path).path
        told.requests.append(path)
        if path in told.answers:
            told.answers[path](self)
        elif path == "/.well-known/openid-configuration":
            give(self, 200, told.about())
        elif path == "/jwks":
            give(self, 200, told.jwks)
        elif path == "/userinfo" and self.headers.get("Authorization") == f"Bearer {told.access_token}":
            give(self, 200, told.userinfo)
        else:
            give(self, 404, {})

    def do_POST(self) -> None:
        told, path = self.told, urlsplit(self.path).path
        told.requests.append(path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if path in told.answers:
            told.answers[path](self)
            return
        form = {name: values[0] for name, values in parse_qs(body).items()}
        give(self, *told.token(form, self.headers.get("Authorization", "")))

    def log_message(self, *_args: Any) -> None:
        """Nothing."""


def give(handler: BaseHTTPRequestHandler, status: int, document: Any, **headers: str) -> None:
    body = json.dumps(document).encode()
    handler.send_response(status)
    for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


@contextmanager
def running() -> Iterator[MakeBelieve]:
    """A provider at an address of its own, for as long as the block lasts."""
    handler = type("Handler", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    handler.told = MakeBelieve(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield handler.told
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
