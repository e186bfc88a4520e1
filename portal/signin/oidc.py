"""Signing in at the school's identity provider: OpenID Connect, code flow with PKCE.

Everything that the answer is held against is kept here, sealed, and used once; the browser gets a random value that
only it can bring back. Every provider has a redirect address of its own, so that what one provider sends can never be
taken for another's (RFC 9700, 4.4.2).
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc.jwk import Key
from sqlalchemy import Engine

from portal.reading import reading, writing
from portal.settings import Settings, derived
from portal.signin import jwts, tickets
from portal.signin.fetching import PATIENCE, Unreachable, document, document_for, guarded
from portal.signin.issuers import Provider, allowed
from portal.signin.jwts import TokenRefused

KIND = "oidc"
TIME = timedelta(minutes=10)
"""In which somebody has to have signed in at the provider."""

_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")
"""A path of ours: it cannot lead to another host, whatever a browser makes of it."""


@dataclass(frozen=True, slots=True)
class Begun:
    """Where to send the browser, and the value that it has to bring back."""

    url: str
    binding: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the browser brings from the provider: the parameters of the address, and its cookie."""

    state: str | None
    code: str | None
    error: str | None
    iss: str | None
    binding: str | None


def provider_of(providers: Sequence[Provider], source: str) -> Provider | None:
    """The identity provider of a source."""
    return next((provider for provider in providers if source in provider.sources), None)


def is_own_path(to: str) -> bool:
    """Whether somebody may be sent on to ``to`` after signing in."""
    return len(to) <= 500 and _PATH.fullmatch(to) is not None


def begin(engine: Engine, settings: Settings, provider: Provider, to: str, now: datetime) -> Begun:
    """Begin to sign in; afterwards the browser goes to ``to``. Raises ``Unreachable``."""
    endpoint = _endpoint(provider, metadata(provider, now), "authorization_endpoint")
    verifier, nonce, binding = (secrets.token_urlsafe(48) for _ in range(3))
    with writing(engine) as connection:
        state = tickets.issue(
            connection, _key(settings), KIND,
            {
                "issuer": provider.issuer, "verifier": verifier, "nonce": nonce, "binding": _digest(binding), "to": to,
            },
            TIME, now,
        )  # fmt: skip
    with _session(settings, provider) as session:
        url, _state = session.create_authorization_url(endpoint, state=state, code_verifier=verifier, nonce=nonce)
    return Begun(url, binding)


def finish(
    engine: Engine, settings: Settings, provider: Provider, answer: Answer, now: datetime
) -> tuple[Mapping[str, Any], str]:
    """What the provider says of who has signed in, and where the browser goes on to.

    Raises ``TokenRefused`` (state, browser, mix_up, denied, code and the codes of ``portal.signin.jwts``) and
    ``Unreachable``.
    """
    kept = _redeemed(engine, settings, answer, now)
    if not hmac.compare_digest(kept["issuer"].encode(), provider.issuer.encode()):
        raise TokenRefused("mix_up")
    about = metadata(provider, now)
    # RFC 9207: who says that it names itself has to.
    if (answer.iss or about.get("authorization_response_iss_parameter_supported") is True) and (
        answer.iss != provider.issuer
    ):
        raise TokenRefused("mix_up")
    if answer.error is not None:
        raise TokenRefused("denied")
    if not answer.code:
        raise TokenRefused("code")
    given = _exchange(settings, provider, about, answer.code, kept["verifier"])
    token = given.get("id_token")
    if not isinstance(token, str):
        raise TokenRefused("form")
    header, claims = jwts.signed(token, provider.algorithms, _keys(provider, about, now))
    jwts.judge_id_token(
        header, claims, now, issuer=provider.issuer, client_id=provider.client_id, nonce=kept["nonce"],
        access_token=given.get("access_token"),
    )  # fmt: skip
    return _whole(provider, about, claims, given), kept["to"]


def _redeemed(engine: Engine, settings: Settings, answer: Answer, now: datetime) -> Mapping[str, Any]:
    """What was kept when this sign-in began; it is not kept any longer. Raises ``TokenRefused`` state, browser."""
    if not answer.state:
        raise TokenRefused("state")
    with reading(engine) as connection:
        kept = tickets.look(connection, _key(settings), KIND, answer.state, now)
    if kept is None:
        raise TokenRefused("state")
    with writing(engine) as connection:
        if not tickets.redeem(connection, answer.state):
            raise TokenRefused("state")
    if not hmac.compare_digest(kept["binding"], _digest(answer.binding or "")):
        raise TokenRefused("browser")
    return kept


def metadata(provider: Provider, now: datetime) -> Mapping[str, Any]:
    """What the provider publishes about itself. Raises ``Unreachable``."""
    about = document(f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration", now)
    if about.get("issuer") != provider.issuer:
        raise Unreachable("issuer")
    return about


def _keys(provider: Provider, about: Mapping[str, Any], now: datetime) -> Any:
    url = _endpoint(provider, about, "jwks_uri")

    def key_of(kid: str, algorithm: str) -> Key | None:
        def lacks(found: Mapping[str, Any]) -> bool:
            return jwts.keys_in(found)(kid, algorithm) is None

        return jwts.keys_in(document(url, now, lacks))(kid, algorithm)

    return key_of


def _whole(
    provider: Provider, about: Mapping[str, Any], claims: Mapping[str, Any], given: Mapping[str, Any]
) -> Mapping[str, Any]:
    """The claims with what the provider tells only when asked (5.3), which is about the same person or is refused."""
    if provider.person_claim in claims and provider.role_claim in claims:
        return claims
    access_token = given.get("access_token")
    if not about.get("userinfo_endpoint") or not isinstance(access_token, str):
        return claims
    more = document_for(_endpoint(provider, about, "userinfo_endpoint"), access_token)
    if more.get("sub") != claims["sub"]:
        raise TokenRefused("userinfo")
    return {**more, **claims}


def _exchange(
    settings: Settings, provider: Provider, about: Mapping[str, Any], code: str, verifier: str
) -> Mapping[str, Any]:
    endpoint = _endpoint(provider, about, "token_endpoint")
    try:
        with _session(settings, provider, about) as session, guarded(session):
            given = session.fetch_token(
                endpoint, code=code, code_verifier=verifier, grant_type="authorization_code", allow_redirects=False,
                timeout=PATIENCE,
            )  # fmt: skip
    except OAuthError:
        raise TokenRefused("code") from None
    except (ValueError, TypeError):  # such as an end that is no number
        raise Unreachable("form") from None
    return dict(given)


def _session(settings: Settings, provider: Provider, about: Mapping[str, Any] | None = None) -> Any:
    """Authlib's client. A provider that does not say how it wants the secret takes it as HTTP Basic."""
    ways = (about or {}).get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    basic = not isinstance(ways, list) or "client_secret_basic" in ways
    return OAuth2Session(
        provider.client_id, provider.client_secret, scope=provider.scope, code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_basic" if basic else "client_secret_post",
        redirect_uri=f"{settings.origin}/v1/oidc/{provider.sources[0]}/callback",
    )  # fmt: skip


def _endpoint(provider: Provider, about: Mapping[str, Any], name: str) -> str:
    """An address that the provider names, if it may be called at all. Raises ``Unreachable``."""
    url = about.get(name)
    if not isinstance(url, str) or not allowed(url, provider.issuer, provider.hosts):
        raise Unreachable("host")
    return url


def _key(settings: Settings) -> bytes:
    return derived(settings.secret, "sign-in at a provider")


def _digest(binding: str) -> str:
    return sha256(binding.encode()).hexdigest()
