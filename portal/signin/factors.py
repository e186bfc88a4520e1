"""Second factors: codes of an authenticator app (TOTP, RFC 6238), recovery codes, and passkeys (``passkeys``).

A secret is sealed in the store, of a recovery code only a keyed digest is kept. Nothing is accepted twice.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

import pyotp
from sqlalchemy import Connection, delete, insert, select, update
from uuid_utils import uuid7

from canonical.errors import UserError
from canonical.seal import seal, unseal
from portal.reading import AnyRow
from portal.signin import codes
from portal.tables import FACTOR

TOTP, PASSKEY, RECOVERY = "totp", "passkey", "recovery"

STEP = 30
"""Seconds for which a code of an app holds."""
_AROUND = (0, -1, 1)
"""Clocks differ: the step before and the one after are right too."""
UNCONFIRMED = timedelta(minutes=15)
"""How long a secret may wait for its first code."""
RECOVERY_CODES = 10


def of_account(connection: Connection, account_id: str) -> list[AnyRow]:
    """All confirmed factors of an account but used recovery codes, the oldest first."""
    rows = connection.execute(
        select(FACTOR).where(FACTOR.c.account_id == account_id, FACTOR.c.confirmed_at.is_not(None))
    )
    good = [row for row in rows if row.kind != RECOVERY or row.used_at is None]
    return sorted(good, key=lambda row: (row.created_at, row.id))


def kinds(connection: Connection, account_id: str) -> tuple[str, ...]:
    """The kinds of factor that a sign-in asks for: none when neither app nor passkey was set up."""
    held = {row.kind for row in of_account(connection, account_id)}
    asked = held & {TOTP, PASSKEY}
    return tuple(kind for kind in (TOTP, PASSKEY, RECOVERY) if asked and kind in held)


def offer_totp(connection: Connection, key: bytes, account_id: str, label: str, now: datetime) -> tuple[str, str]:
    """A new secret for an app: the factor's id, and the secret in Base32. It counts once it is confirmed."""
    unconfirmed = (FACTOR.c.account_id == account_id, FACTOR.c.kind == TOTP, FACTOR.c.confirmed_at.is_(None))
    connection.execute(delete(FACTOR).where(*unconfirmed))
    id_, secret = str(uuid7()), pyotp.random_base32()
    connection.execute(
        insert(FACTOR).values(
            id=id_, account_id=account_id, kind=TOTP, label=label, created_at=now,
            secret=seal(key, secret.encode(), _place(id_)),
        )
    )  # fmt: skip
    return id_, secret


def address(secret: str, login: str) -> str:
    """What an app reads from a QR code: an ``otpauth`` address."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name="Schoolbrug")


def confirm_totp(connection: Connection, key: bytes, account_id: str, factor_id: str, code: str, now: datetime) -> bool:
    """The app gives the right code: from now on the factor counts. The code itself is used up."""
    row = connection.execute(
        select(FACTOR).where(
            FACTOR.c.id == factor_id, FACTOR.c.account_id == account_id, FACTOR.c.kind == TOTP,
            FACTOR.c.confirmed_at.is_(None),
        )
    ).first()  # fmt: skip
    if row is None or now >= row.created_at + UNCONFIRMED or not _use_totp(connection, key, row, code, now):
        return False
    connection.execute(update(FACTOR).where(FACTOR.c.id == factor_id).values(confirmed_at=now))
    return True


def use(connection: Connection, key: bytes, account_id: str, kind: str, code: str, now: datetime) -> bool:
    """Whether ``code`` is one of the account's: of an app (``totp``) or for recovery. It is used up."""
    for row in of_account(connection, account_id):
        if row.kind != kind:
            continue
        if kind == TOTP and _use_totp(connection, key, row, code, now):
            return True
        if kind == RECOVERY and _use_recovery(connection, key, row, code, now):
            return True
    return False


def _use_totp(connection: Connection, key: bytes, row: AnyRow, code: str, now: datetime) -> bool:
    try:
        totp = pyotp.TOTP(unseal(key, row.secret, _place(row.id)).decode())
    except UserError:
        return False  # sealed before the secret was changed
    present = int(now.timestamp()) // STEP
    given = code.replace(" ", "")
    step = next((present + n for n in _AROUND if _same(totp.generate_otp(present + n), given)), None)
    if step is None:
        return False
    # The condition is in the statement itself: of two at once, one finds the step taken.
    taken = connection.execute(
        update(FACTOR).where(FACTOR.c.id == row.id, FACTOR.c.counter < step).values(counter=step, used_at=now)
    )
    return bool(taken.rowcount)


def _use_recovery(connection: Connection, key: bytes, row: AnyRow, code: str, now: datetime) -> bool:
    if not hmac.compare_digest(row.secret, _recovery_digest(key, row.account_id, code)):
        return False
    taken = connection.execute(
        update(FACTOR).where(FACTOR.c.id == row.id, FACTOR.c.used_at.is_(None)).values(used_at=now)
    )
    return bool(taken.rowcount)


def recovery_codes(connection: Connection, key: bytes, account_id: str, now: datetime) -> list[str]:
    """Ten new codes, each good for one sign-in without the app; those of before are worthless."""
    connection.execute(delete(FACTOR).where(FACTOR.c.account_id == account_id, FACTOR.c.kind == RECOVERY))
    made = [codes.new(codes.RECOVERY_LENGTH) for _ in range(RECOVERY_CODES)]
    connection.execute(
        insert(FACTOR),
        [
            {
                "id": str(uuid7()), "account_id": account_id, "kind": RECOVERY, "created_at": now, "confirmed_at": now,
                "secret": _recovery_digest(key, account_id, code), "counter": 0,
            }
            for code in made
        ],
    )  # fmt: skip
    return made


def remove(connection: Connection, account_id: str, factor_id: str) -> bool:
    """Remove an app or a passkey. With the last of them the recovery codes go too."""
    removed = connection.execute(
        delete(FACTOR).where(
            FACTOR.c.id == factor_id, FACTOR.c.account_id == account_id, FACTOR.c.kind.in_((TOTP, PASSKEY))
        )
    )
    if not kinds(connection, account_id):
        connection.execute(delete(FACTOR).where(FACTOR.c.account_id == account_id, FACTOR.c.kind == RECOVERY))
    return bool(removed.rowcount)


def _recovery_digest(key: bytes, account_id: str, code: str) -> bytes:
    return codes.digest(key, code, "recovery", account_id)


def _same(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode())


def _place(factor_id: str) -> str:
    return f"factor {factor_id}"
