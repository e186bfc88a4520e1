"""Codes that people copy from paper or a message: Crockford's base 32, which has no letters that look like digits.

Spaces, hyphens and small letters do not matter, and O, I and L are read as what they were meant to be. Only keyed
digests are kept: a code is short enough to be tried out by whoever has a plain one.
"""

from __future__ import annotations

import hmac
import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LETTER_LENGTH = 16
"""80 bits: nobody guesses it in the 60 days that a letter is valid."""
RECOVERY_LENGTH = 12
SENT_DIGITS = 8
"""A code that is sent holds for minutes and for a few tries."""

_GROUP = 4
_MEANT = str.maketrans("OIL", "011", " -\t\u2010\u2011\u2012\u2013")


def new(length: int) -> str:
    """A random code in groups of four."""
    plain = "".join(secrets.choice(ALPHABET) for _ in range(length))
    return "-".join(plain[start : start + _GROUP] for start in range(0, length, _GROUP))


def new_digits() -> str:
    """A random code of digits, to be sent."""
    return f"{secrets.randbelow(10**SENT_DIGITS):0{SENT_DIGITS}d}"


def digest(key: bytes, code: str, *of: str) -> bytes:
    """What is kept of a code. ``of`` is what it is for: the same code elsewhere has another digest."""
    return hmac.digest(key, "\0".join([*of, plain(code)]).encode(), "sha256")


def plain(code: str) -> str:
    """The code as it was meant."""
    return code.upper().translate(_MEANT)


def same(one: bytes, other: bytes) -> bool:
    """Whether two digests are the same, in the same time whatever they are."""
    return hmac.compare_digest(one, other)
