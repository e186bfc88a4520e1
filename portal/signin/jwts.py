"""Judging a signed token (JWT): nothing that it says of itself is believed before its signature was checked.

Everything here is pure, and everything that is refused has a code that says why: for the log, not for the caller.
"""

from __future__ import annotations

import base64
import hmac
import warnings
from binascii import Error as NotBase64
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from authlib.oidc.core.util import create_half_hash
from joserfc import jwk, jws
from joserfc.errors import (
    ExpiredTokenError,
    InvalidClaimError,
    JoseError,
    MissingClaimError,
    SecurityWarning,
)
from joserfc.jwk import ECKey, Key, RSAKey
from joserfc.jwt import JWTClaimsRegistry

from canonical.errors import SchoolbrugError

LONGEST = 16_384
"""Characters of a token: more than any provider needs, less than is worth a sender's while."""
LEEWAY = 60
"""Seconds that two clocks may differ."""
LEAST_BITS = 2048
"""Of an RSA key."""

_HEADER = frozenset({"alg", "kid", "typ", "x5t", "x5t#S256"})
"""What a header may say. Keys and places of keys (jwk, jku, x5u, x5c) come from the issuer alone, never from a token;
and what would have to be understood (crit, b64) is not."""
_KEY_TYPES: Mapping[str, type[Key]] = {"RS256": RSAKey, "PS256": RSAKey, "ES256": ECKey}


class TokenRefused(SchoolbrugError):
    """A token that does not hold. ``code`` is a word such as ``expired``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def looks_like_one(token: str) -> bool:
    """Whether this is a JWT as far as its form goes: three parts."""
    return token.count(".") == 2


def claimed_issuer(token: str) -> str | None:
    """Whose token it says to be: only to choose by whose keys it is to be judged. None when it cannot be read."""
    try:
        said = _part(token, 1).get("iss")
    except TokenRefused:
        return None
    return said if isinstance(said, str) else None


def signed(
    token: str, algorithms: Sequence[str], key_of: Callable[[str, str], Key | None]
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Header and claims of a token whose signature is right.

    ``key_of`` gives the key for a key id and an algorithm, one of ``algorithms``. Raises ``TokenRefused`` form,
    too_large, header, algorithm, kid, signature.
    """
    header = _part(token, 0)
    if not set(header) <= _HEADER:
        raise TokenRefused("header")
    algorithm, kid = header.get("alg"), header.get("kid", "")
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        raise TokenRefused("algorithm")
    key = key_of(kid, algorithm) if isinstance(kid, str) else None
    if key is None:
        raise TokenRefused("kid")
    registry = jws.JWSRegistry(algorithms=[algorithm])
    try:
        payload = jws.deserialize_compact(token, key, [algorithm], registry).payload
    except (JoseError, ValueError):
        raise TokenRefused("signature") from None
    return header, _object(payload or b"")


def keys_in(document: Mapping[str, Any]) -> Callable[[str, str], Key | None]:
    """The public keys of a JWK set, to be found by key id and algorithm.

    What cannot sign a token for us is passed over: other kinds of keys, short ones, keys to encrypt with, keys without
    an id, and those that are not the only one of their id and kind.
    """
    listed = document.get("keys")
    found = [key for key in map(_key, listed if isinstance(listed, list) else []) if key is not None]

    def key_of(kid: str, algorithm: str) -> Key | None:
        fitting = [
            key for key in found
            if key.kid == kid and isinstance(key, _KEY_TYPES[algorithm])
            and key.as_dict(private=False).get("alg") in (None, algorithm)
        ]  # fmt: skip
        return fitting[0] if len(fitting) == 1 else None

    return key_of


def _key(entry: object) -> Key | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("kid"), str) or not entry["kid"]:
        return None
    if entry.get("kty") not in ("RSA", "EC") or entry.get("use") not in (None, "sig"):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)
            key = jwk.import_key(entry)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    if isinstance(key, RSAKey):
        return key if key.public_key.key_size >= LEAST_BITS else None
    return key if entry.get("crv") == "P-256" else None


def judge(claims: Mapping[str, Any], now: datetime, *, issuer: str, audience: str) -> None:
    """Raises ``TokenRefused`` unless the claims are this issuer's, for this audience, and hold now.

    Codes: missing, iss, aud, sub, exp, nbf, iat. Times with a leeway of a minute.
    """
    registry = JWTClaimsRegistry(
        now=int(now.timestamp()), leeway=LEEWAY, iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": audience}, sub={"essential": True}, exp={"essential": True},
        iat={"essential": True},
    )  # fmt: skip
    try:
        registry.validate(dict(claims))
    except MissingClaimError:
        raise TokenRefused("missing") from None
    except ExpiredTokenError:
        raise TokenRefused("exp") from None
    except InvalidClaimError as error:
        raise TokenRefused(error.claim) from None


def judge_id_token(
    header: Mapping[str, Any], claims: Mapping[str, Any], now: datetime, *, issuer: str, client_id: str, nonce: str,
    access_token: object,
) -> None:  # fmt: skip
    """Raises ``TokenRefused`` unless this is the ID token that was asked for (OpenID Connect Core, 3.1.3.7).

    Codes: those of ``judge``, and azp, nonce, at_hash.
    """
    judge(claims, now, issuer=issuer, audience=client_id)
    audience = claims["aud"]
    for_several = isinstance(audience, list) and len(audience) > 1
    if ("azp" in claims or for_several) and claims.get("azp") != client_id:
        raise TokenRefused("azp")
    said = claims.get("nonce")
    if not isinstance(said, str) or not hmac.compare_digest(said.encode(), nonce.encode()):
        raise TokenRefused("nonce")
    if "at_hash" in claims and not _is_hash(claims["at_hash"], access_token, header["alg"]):
        raise TokenRefused("at_hash")


def _is_hash(said: object, access_token: object, algorithm: str) -> bool:
    if not isinstance(said, str) or not isinstance(access_token, str) or not access_token:
        return False
    expected: bytes = create_half_hash(access_token, algorithm)
    return hmac.compare_digest(said.encode(), expected)


def identity(claims: Mapping[str, Any], *, entra: bool) -> str:
    """Who it is at the issuer, by what never passes to another: ``sub``, or at Entra tenant and object.

    An e-mail address or a name is never taken. Raises ``TokenRefused`` identity.
    """
    parts = [claims.get(name) for name in (("tid", "oid") if entra else ("sub",))]
    words = [part for part in parts if isinstance(part, str) and part.strip()]
    if len(words) != len(parts) or len("/".join(words)) > 255:
        raise TokenRefused("identity")
    return "/".join(words)


def words_of(claim: object) -> frozenset[str]:
    """The words of a claim that is a text with spaces, or a list of texts."""
    if isinstance(claim, str):
        return frozenset(claim.split())
    return frozenset(word for word in claim if isinstance(word, str)) if isinstance(claim, list) else frozenset()


def _part(token: str, number: int) -> Mapping[str, Any]:
    if len(token) > LONGEST:
        raise TokenRefused("too_large")
    parts = token.split(".")
    if len(parts) != 3:
        raise TokenRefused("form")
    try:
        data = base64.b64decode(parts[number].encode() + b"=" * (-len(parts[number]) % 4), b"-_", validate=True)
    except (NotBase64, ValueError):
        raise TokenRefused("form") from None
    return _object(data)


def _object(data: bytes) -> Mapping[str, Any]:
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise TokenRefused("form") from None
    if not isinstance(found, dict):
        raise TokenRefused("form")
    return found
