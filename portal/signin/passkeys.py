"""Passkeys (WebAuthn level 2): a key pair in somebody's telephone or computer, which is asked to sign a challenge.

The origin and the relying party are those of ``Settings.origin``, whatever a request says. A passkey asks for a finger,
a face or a PIN each time (user verification), so that it is two factors in one.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import orjson
from sqlalchemy import Connection, insert, select, update
from uuid_utils import uuid7
from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from portal.signin.factors import PASSKEY
from portal.tables import FACTOR

CHALLENGE_BYTES = 32


def challenge() -> bytes:
    """A new one; it is kept in a ticket until it was answered."""
    return secrets.token_bytes(CHALLENGE_BYTES)


def registration_options(
    connection: Connection, origin: str, account_id: str, login: str, challenge: bytes
) -> dict[str, Any]:
    """What the browser's ``navigator.credentials.create`` takes (JSON form)."""
    own = select(FACTOR.c.credential_id).where(FACTOR.c.account_id == account_id, FACTOR.c.kind == PASSKEY)
    have = connection.execute(own).scalars()
    made = generate_registration_options(
        rp_id=relying_party(origin), rp_name="Schoolbrug", user_name=login, user_id=UUID(account_id).bytes,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=id_) for id_ in have if id_ is not None],
    )  # fmt: skip
    return _json(made)


def register(
    connection: Connection, origin: str, account_id: str, label: str, answer: dict[str, Any], challenge: bytes,
    now: datetime,
) -> str | None:  # fmt: skip
    """Keep a new passkey: its id, or None when the answer is not one to ``challenge`` from our own pages."""
    try:
        made = verify_registration_response(
            credential=answer, expected_challenge=challenge, expected_rp_id=relying_party(origin),
            expected_origin=origin, require_user_verification=True,
        )  # fmt: skip
    except _WRONG:
        return None
    if connection.execute(select(FACTOR.c.id).where(FACTOR.c.credential_id == made.credential_id)).first():
        return None
    id_ = str(uuid7())
    connection.execute(
        insert(FACTOR).values(
            id=id_, account_id=account_id, kind=PASSKEY, label=label, secret=made.credential_public_key,
            credential_id=made.credential_id, counter=made.sign_count, confirmed_at=now, created_at=now,
        )
    )  # fmt: skip
    return id_


def authentication_options(origin: str, challenge: bytes) -> dict[str, Any]:
    """What ``navigator.credentials.get`` takes. The browser offers whatever it has for us: no account is named."""
    made = generate_authentication_options(
        rp_id=relying_party(origin), challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED
    )
    return _json(made)


def authenticate(
    connection: Connection, origin: str, answer: dict[str, Any], challenge: bytes, now: datetime
) -> str | None:
    """The account whose passkey has signed ``challenge``, or None. A counter that does not grow is a copy's."""
    try:
        credential_id = base64url_to_bytes(str(answer.get("rawId", "")))
    except ValueError:
        return None
    statement = select(FACTOR).where(FACTOR.c.kind == PASSKEY, FACTOR.c.credential_id == credential_id)
    row = connection.execute(statement.with_for_update()).first()
    if row is None:
        return None
    try:
        done = verify_authentication_response(
            credential=answer, expected_challenge=challenge, expected_rp_id=relying_party(origin),
            expected_origin=origin, credential_public_key=row.secret, credential_current_sign_count=row.counter,
            require_user_verification=True,
        )  # fmt: skip
    except _WRONG:
        return None
    connection.execute(update(FACTOR).where(FACTOR.c.id == row.id).values(counter=done.new_sign_count, used_at=now))
    account: str = row.account_id
    return account


_WRONG = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError)
"""What the library raises: its own, and on odd input what it stumbles over."""


def relying_party(origin: str) -> str:
    """The domain that a passkey belongs to."""
    return urlsplit(origin).hostname or ""


def _json(options: Any) -> dict[str, Any]:
    made: dict[str, Any] = orjson.loads(options_to_json(options))
    return made
