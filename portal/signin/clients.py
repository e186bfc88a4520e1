"""Programs with a key of the configuration, and the short-lived tokens that they can trade it for (RFC 6749, 4.4).

A token is a JWT of our own (RFC 9068). It holds ten minutes, and the one that clocks may differ. It opens no more than
its key does at the moment of the request, and is worthless as soon as the key is gone from the configuration or is
another.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from joserfc import jwt
from joserfc.jwk import OctKey
from sqlalchemy import Connection, select

from canonical.tables import SOURCE
from portal.access import Role, Viewer
from portal.keys import ApiKey
from portal.settings import Settings, derived
from portal.signin.jwts import TokenRefused, judge, signed, words_of

LIFETIME = timedelta(minutes=10)
ALGORITHM = "HS256"
"""Who signs is who verifies."""
TYPE = "at+jwt"


def issue(settings: Settings, key: ApiKey, scopes: frozenset[str], now: datetime) -> str:
    """A token for ``scopes``, which are some of the key's."""
    claims = {
        "iss": settings.origin, "aud": settings.origin, "sub": key.name, "client_id": key.name,
        "iat": int(now.timestamp()), "exp": int((now + LIFETIME).timestamp()), "jti": secrets.token_urlsafe(16),
        "scope": " ".join(sorted(scopes)), "key": _fingerprint(settings, key),
    }  # fmt: skip
    return jwt.encode({"alg": ALGORITHM, "typ": TYPE}, claims, _own_key(settings), [ALGORITHM])


def by_token(settings: Settings, token: str, now: datetime) -> tuple[ApiKey, frozenset[str]]:
    """The key that a token was given for, and what the token opens. Raises ``TokenRefused``.

    Codes: those of ``jwts.signed`` and ``jwts.judge``; typ, key.
    """
    header, claims = signed(token, [ALGORITHM], lambda _kid, _algorithm: _own_key(settings))
    if header.get("typ") != TYPE:
        raise TokenRefused("typ")
    judge(claims, now, issuer=settings.origin, audience=settings.origin)
    key = next((key for key in settings.keys if key.name == claims["sub"]), None)
    if key is None or not _same(claims, _fingerprint(settings, key)):
        raise TokenRefused("key")
    return key, words_of(claims.get("scope")) & key.scopes


def viewer(connection: Connection, key: ApiKey, scopes: frozenset[str]) -> Viewer:
    """The program as somebody who asks. A source that is named but not known yet is no source."""
    sources = None
    if key.sources:
        sources = frozenset(connection.execute(select(SOURCE.c.id).where(SOURCE.c.name.in_(key.sources))).scalars())
    return Viewer(Role.CLIENT, f"client:{key.name}", sources, scopes=scopes, client=key.name)


def _own_key(settings: Settings) -> OctKey:
    return OctKey.import_key(derived(settings.secret, "token"))


def _fingerprint(settings: Settings, key: ApiKey) -> str:
    """Tells two keys of one name apart, and nothing of the key."""
    return hmac.digest(derived(settings.secret, "token of key"), key.digest, sha256).hex()[:32]


def _same(claims: Mapping[str, Any], fingerprint: str) -> bool:
    said = claims.get("key")
    return isinstance(said, str) and hmac.compare_digest(said.encode(), fingerprint.encode())
