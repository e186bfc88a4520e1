"""Sealing a row that went to quarantine: AES-256-GCM, bound to the place it belongs to."""

from __future__ import annotations

import os
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from canonical.errors import UserError

_NONCE = 12


def key_from(secret: str) -> bytes:
    """A 256-bit key from a secret of at least 32 characters. Raises ``UserError`` for a shorter one."""
    if len(secret) < 32:
        raise UserError("quarantine key: give at least 32 random characters")
    return sha256(b"schoolbrug quarantine\0" + secret.encode()).digest()


def seal(key: bytes, data: bytes, place: str) -> bytes:
    """Encrypt ``data``; it opens only with the same ``place``."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, data, place.encode())


def unseal(key: bytes, sealed: bytes, place: str) -> bytes:
    """Decrypt. Raises ``UserError`` when the key or the place is another."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], place.encode())
    except InvalidTag:
        raise UserError("quarantine key: this row was sealed with another key") from None
