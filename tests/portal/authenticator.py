"""A make-believe authenticator: makes passkeys and signs challenges as WebAuthn level 2 says."""

from __future__ import annotations

import base64
import json
import secrets
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Authenticator:
    """One device with one passkey. ``flags``: what it says of the person in front of it."""

    def __init__(self, origin: str, flags: int = PRESENT | VERIFIED) -> None:
        self.origin, self.flags, self.counter = origin, flags, 0
        self.counts = True
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(32)

    def create(self, options: dict[str, Any], *, rp: str | None = None, kind: str = "webauthn.create") -> Any:
        """The answer to ``navigator.credentials.create``."""
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        attested = bytes(16) + len(self.id).to_bytes(2) + self.id + cbor2.dumps(public)
        data = self._data(rp or options["rp"]["id"], ATTESTED) + attested
        client = self._client(kind, options["challenge"])
        answer = {
            "clientDataJSON": b64(client),
            "attestationObject": b64(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})),
        }
        return self._credential(answer)

    def get(self, options: dict[str, Any], *, rp: str | None = None, kind: str = "webauthn.get") -> Any:
        """The answer to ``navigator.credentials.get``."""
        self.counter += self.counts
        data = self._data(rp or options["rpId"])
        client = self._client(kind, options["challenge"])
        signature = self.key.sign(data + sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._credential({
            "clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature),
            "userHandle": None,
        })  # fmt: skip

    def _data(self, rp: str, more: int = 0) -> bytes:
        return sha256(rp.encode()).digest() + bytes([self.flags | more]) + self.counter.to_bytes(4)

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _credential(self, response: dict[str, Any]) -> dict[str, Any]:
        return {"id": b64(self.id), "rawId": b64(self.id), "type": "public-key", "response": response,
                "clientExtensionResults": {}}  # fmt: skip
