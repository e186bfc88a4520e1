"""Bearer tokens: a program's key, our own token for it, or the token of an issuer that the configuration names."""

from __future__ import annotations

from datetime import datetime

import structlog
from joserfc.jwk import Key
from sqlalchemy import Connection, Engine, select

from portal import keys
from portal.access import Viewer
from portal.keys import ApiKey
from portal.reading import AnyRow, reading
from portal.settings import Settings
from portal.signin import clients, jwts, sessions
from portal.signin.fetching import Unreachable, document
from portal.signin.issuers import Issuer
from portal.signin.jwts import TokenRefused
from portal.tables import ACCOUNT

_log = structlog.get_logger()


def bearer_viewer(engine: Engine, token: str, settings: Settings, now: datetime) -> Viewer | None:
    """Who asks with this token; None when it does not hold, whatever the reason. The log has a word for why.

    No transaction is open while an issuer is asked for its keys.
    """
    key = keys.find(settings.keys, token)
    if key is not None:
        return _client(engine, key, key.scopes)
    if not jwts.looks_like_one(token):
        return None
    try:
        return _by_jwt(engine, token, settings, now)
    except (TokenRefused, Unreachable) as error:
        _log.info("bearer.refused", code=error.code)
        return None


def _client(engine: Engine, key: ApiKey, scopes: frozenset[str]) -> Viewer:
    with reading(engine) as connection:
        return clients.viewer(connection, key, scopes)


def _by_jwt(engine: Engine, token: str, settings: Settings, now: datetime) -> Viewer:
    said = jwts.claimed_issuer(token)
    if said == settings.origin:
        return _client(engine, *clients.by_token(settings, token, now))
    issuer = next((issuer for issuer in settings.issuers if issuer.issuer == said), None)
    if issuer is None:
        raise TokenRefused("iss")
    subject = subject_of(issuer, token, now)
    with reading(engine) as connection:
        return _account(connection, issuer, subject, now)


def subject_of(issuer: Issuer, token: str, now: datetime) -> str:
    """Who at this issuer calls with ``token``. Raises ``TokenRefused`` and ``Unreachable``.

    Codes: those of ``jwts.signed``, ``jwts.judge`` and ``jwts.identity``; scope.
    """

    def key_of(kid: str, algorithm: str) -> Key | None:
        published = issuer.keys
        if published is None:
            assert issuer.jwks_url is not None
            published = document(issuer.jwks_url, now, lambda found: jwts.keys_in(found)(kid, algorithm) is None)
        return jwts.keys_in(published)(kid, algorithm)

    _header, claims = jwts.signed(token, issuer.algorithms, key_of)
    jwts.judge(claims, now, issuer=issuer.issuer, audience=issuer.audience)
    # Also keeps ID tokens out, which say who somebody is and open nothing.
    if issuer.scope not in jwts.words_of(claims.get("scope")) | jwts.words_of(claims.get("scp")):
        raise TokenRefused("scope")
    return jwts.identity(claims, entra=issuer.entra)


def _account(connection: Connection, issuer: Issuer, subject: str, now: datetime) -> Viewer:
    """The account of who signed in here before with the same issuer. Raises ``TokenRefused`` account, role.

    The role is the one in which a session would begin; guarded roles want a session with a second factor (R67).
    """
    account = account_of(connection, issuer.issuer, subject)
    if account is None or account.state != "active":
        raise TokenRefused("account")
    role = next((role for role in sessions.roles(connection, account.id, now) if role not in sessions.GUARDED), None)
    if role is None:
        raise TokenRefused("role")
    return sessions.viewer_as(connection, account.id, role, now)


def account_of(connection: Connection, issuer: str, subject: str) -> AnyRow | None:
    """The account of somebody who is known at an issuer, to the letter."""
    return connection.execute(
        select(ACCOUNT).where(ACCOUNT.c.issuer == issuer, ACCOUNT.c.subject == subject)
    ).first()  # fmt: skip
