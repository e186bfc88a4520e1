"""What a read layer is started with."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from canonical.errors import UserError
from portal.freshness import STALE_AFTER, Limits
from portal.keys import ApiKey, checked
from portal.look import OWN, Look
from portal.signin import issuers
from portal.signin.issuers import Issuer, Provider

SECRET_LENGTH = 32
WAYS = ("email", "phone")
"""In which a code can reach somebody, the better one first."""


@dataclass(frozen=True, slots=True)
class Message:
    """A code on its way to somebody whose address is on record. ``way`` is one of ``WAYS``."""

    way: str
    to: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds for the whole of one read layer.

    ``secret`` is what every other key is derived from. ``origin`` is the address that people know it by, without a
    slash at the end. ``send`` delivers a code, in one of ``ways``; whom it cannot reach gets it from the school.
    ``synced`` are the names of the sources that somebody keeps in sync, here or elsewhere.
    """

    secret: bytes
    keys: tuple[ApiKey, ...] = ()
    stale_after: Limits = STALE_AFTER
    origin: str = "http://127.0.0.1:8080"
    providers: tuple[Provider, ...] = ()
    issuers: tuple[Issuer, ...] = ()
    send: Callable[[Message], None] | None = None
    ways: Collection[str] = WAYS
    look: Look = OWN
    synced: Collection[str] = ()

    def __post_init__(self) -> None:
        if len(self.secret) < SECRET_LENGTH:
            raise UserError(f"portal.secret: give at least {SECRET_LENGTH} random characters")
        checked(self.keys)
        issuers.checked(self.providers, self.issuers, self.origin)


def derived(secret: bytes, purpose: str) -> bytes:
    """The 32-byte key for one purpose: who learns one learns no other."""
    return HKDF(SHA256(), 32, salt=None, info=b"schoolbrug " + purpose.encode()).derive(secret)
