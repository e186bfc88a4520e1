"""What a sign-in that has begun must remember until its next step: sealed in the store, found by a random token.

A ticket holds for one kind of step and some minutes. It is given out once, and gone once it was redeemed.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import Connection, delete, insert, select

from canonical.errors import UserError
from canonical.seal import seal, unseal
from portal.tables import SIGN_IN

_SWEEP = timedelta(hours=1)
"""What is over for so long is removed."""


def issue(
    connection: Connection, key: bytes, kind: str, content: dict[str, Any], lifetime: timedelta, now: datetime
) -> str:
    """Remember ``content`` (JSON) for that long; the token that it is found by."""
    token = secrets.token_urlsafe(32)
    digest = _digest(token)
    connection.execute(delete(SIGN_IN).where(SIGN_IN.c.expires_at < now - _SWEEP))
    connection.execute(
        insert(SIGN_IN).values(
            digest=digest, kind=kind, sealed=seal(key, orjson.dumps(content), _place(kind, digest)),
            expires_at=now + lifetime,
        )
    )  # fmt: skip
    return token


def look(connection: Connection, key: bytes, kind: str, token: str, now: datetime) -> dict[str, Any] | None:
    """What was remembered; it stays. None for a token that is unknown, of another kind, redeemed or too old."""
    digest = _digest(token)
    row = connection.execute(select(SIGN_IN).where(SIGN_IN.c.digest == digest, SIGN_IN.c.kind == kind)).first()
    if row is None or row.expires_at <= now:
        return None
    try:
        content: dict[str, Any] = orjson.loads(unseal(key, row.sealed, _place(kind, digest)))
    except UserError:
        return None  # sealed before the secret was changed
    return content


def redeem(connection: Connection, token: str) -> bool:
    """Make the ticket worthless. False: somebody else has just done so, and may alone go on."""
    return bool(connection.execute(delete(SIGN_IN).where(SIGN_IN.c.digest == _digest(token))).rowcount)


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()


def _place(kind: str, digest: bytes) -> str:
    return f"sign_in {kind} {digest.hex()}"
