"""API keys: which program calls. Only digests of keys are held, never a key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest

from canonical.errors import UserError

USUAL_SCOPES = frozenset({"students", "grades", "absences", "sources", "news"})
"""What a program may ask about, unless its key says otherwise."""
SCOPES = USUAL_SCOPES | {"unpublished"}
"""Everything that a key can open. ``unpublished``: results before the moment that the school publishes them (R73)."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A caller's name, the SHA-256 digest of its key (32 bytes), the names of the sources it may see, and its scopes.

    Without ``sources`` it may see all of them. A key is long and random, so that a plain digest of it will do.
    """

    name: str
    digest: bytes
    sources: tuple[str, ...] = ()
    scopes: frozenset[str] = USUAL_SCOPES


def digest(key: str) -> bytes:
    """What is kept of a key."""
    return sha256(key.encode()).digest()


def checked(keys: Sequence[ApiKey]) -> tuple[ApiKey, ...]:
    """The keys, if they can be told apart. Raises ``UserError`` that names those that cannot be used."""
    names: dict[bytes, str] = {}
    for key in keys:
        if len(key.digest) != sha256().digest_size:
            raise UserError(f"API key {key.name}: not a SHA-256 digest; give the digest of the key, 32 bytes")
        if not key.scopes <= SCOPES:
            raise UserError(f"API key {key.name}: a scope is not known; there are {', '.join(sorted(SCOPES))}")
        if key.digest in names:
            raise UserError(f"API keys {names[key.digest]} and {key.name} are the same; make a new one for {key.name}")
        if key.name in names.values():
            raise UserError(f"two API keys are called {key.name}; every key needs a name of its own")
        names[key.digest] = key.name
    return tuple(keys)


def find(keys: Sequence[ApiKey], presented: str) -> ApiKey | None:
    """The key that was presented. The time it takes tells nothing of how near a wrong one came."""
    given, found = digest(presented), None
    for key in keys:
        if compare_digest(key.digest, given):
            found = key
    return found
