"""Passwords of own accounts: what may be one, how it is kept, and a check that takes as long for whoever is unknown.

Kept as argon2id. Long is what matters: no rules about kinds of characters, no expiry.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 10, 200
"""Characters."""

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_AT_ONCE = BoundedSemaphore(4)
"""Each check takes 19 MiB: a storm of sign-ins waits, rather than taking all memory."""

_LEAST_KINDS = 5
"""Different characters that a password has at least: ``aaaaaaaaaa`` is long, and nothing else."""

_COMMON = frozenset((Path(__file__).parent / "common.txt").read_text("utf-8").split())
"""The commonest of that length, in Dutch and English."""


def fault(password: str, login: str) -> str | None:
    """What keeps this from being the password of ``login``: ``too_short``, ``too_long``, ``is_login`` or
    ``too_common``; None when nothing does."""
    plain = _normal(password)
    if len(plain) < SHORTEST:
        return "too_short"
    if len(plain) > LONGEST:
        return "too_long"
    small = plain.casefold()
    if small in (login.casefold(), login.casefold().partition("@")[0]):
        return "is_login"
    return "too_common" if small in _COMMON or len(set(small)) < _LEAST_KINDS else None


def kept(password: str) -> str:
    """What is kept of a password."""
    with _AT_ONCE:
        return _HASHER.hash(_normal(password))


def fits(hashed: str | None, password: str) -> bool:
    """Whether this is the password. Without one, as where there is no account, it takes as long to say no."""
    known = hashed is not None
    plain = _normal(password)
    with _AT_ONCE:
        try:
            _HASHER.verify(hashed if hashed is not None else _nobodys(), plain[: LONGEST + 1])
        except (VerificationError, InvalidHashError):
            return False
    return known


def outdated(hashed: str) -> bool:
    """Whether it was kept in a way that is no longer good enough; then keep it anew at the next sign-in."""
    return _HASHER.check_needs_rehash(hashed)


@cache
def _nobodys() -> str:
    return _HASHER.hash("a password that fits nobody")


def _normal(password: str) -> str:
    """Keyboards differ in how they make an é; the password does not."""
    return unicodedata.normalize("NFC", password)
