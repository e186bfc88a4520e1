"""Own accounts: made from a letter, found by login, given a new password."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update
from uuid_utils import uuid7

from portal import stamp
from portal.access import Role
from portal.clock import local_day
from portal.reading import AnyRow
from portal.signin import invitations, sessions
from portal.signin.invitations import Contact
from portal.tables import ACCOUNT, ACCOUNT_ROLE

ACTIVE = "active"


def normal(login: str) -> str:
    """A login as it is kept: two that look the same are the same."""
    return unicodedata.normalize("NFKC", login).strip().casefold()


def by_login(connection: Connection, login: str) -> AnyRow | None:
    """The account that signs in under this name with a password; None when it has none, or is closed."""
    row = connection.execute(select(ACCOUNT).where(ACCOUNT.c.login == normal(login))).first()
    return row if row is not None and row.state == ACTIVE and row.password_hash is not None else None


def by_id(connection: Connection, account_id: str) -> AnyRow:
    """An account that there is."""
    return connection.execute(select(ACCOUNT).where(ACCOUNT.c.id == account_id)).one()


def held(connection: Connection, account_id: str) -> AnyRow:
    """An account as it is now. Its password and state do not change until the transaction ends."""
    return connection.execute(select(ACCOUNT).where(ACCOUNT.c.id == account_id).with_for_update()).one()


def set_password(connection: Connection, account_id: str, hashed: str) -> None:
    """Keep another password."""
    connection.execute(update(ACCOUNT).where(ACCOUNT.c.id == account_id).values(password_hash=hashed))


def contact(connection: Connection, account_id: str, now: datetime, ways: Collection[str]) -> Contact | None:
    """Where a school's records say that an account's holder can be reached, in one of ``ways``."""
    today = local_day(now)
    rows = connection.execute(
        select(ACCOUNT_ROLE)
        .where(ACCOUNT_ROLE.c.account_id == account_id, ACCOUNT_ROLE.c.role == Role.GUARDIAN.value)
        .order_by(ACCOUNT_ROLE.c.id)
    ).all()
    for row in rows:
        current = row.ends is None or today <= row.ends
        if current and row.person_id:
            found = invitations.contact(connection, row.source_id, row.person_id, ways)
            if found is not None:
                return found
    return None


def source_ids(connection: Connection, account_id: str) -> frozenset[int]:
    """The sources that an account has to do with."""
    return frozenset(
        connection.execute(select(ACCOUNT_ROLE.c.source_id).where(ACCOUNT_ROLE.c.account_id == account_id)).scalars()
    )


def activate(connection: Connection, invitation: AnyRow, asked: Mapping[str, Any], now: datetime) -> str | None:
    """Give the person of ``invitation`` an account: its id, or None when the login is somebody else's.

    ``asked`` is what was asked for with the letter: ``login``, ``hash``, ``language``, and ``account`` when the login
    is that of an account whose password was given. That one is joined (a guardian of students at two schools). The
    login of the person's own account gets the new password. Whatever other account the person had, has the person no
    more: there is one for each.
    """
    existing = connection.execute(select(ACCOUNT).where(ACCOUNT.c.login == asked["login"])).first()
    whose = _holders(connection, invitation)
    if existing is None:
        account_id = _new(connection, asked, now)
    elif existing.id == asked["account"] and existing.state == ACTIVE:
        account_id = existing.id
    elif existing.id in whose and existing.state == ACTIVE:
        account_id = existing.id
        set_password(connection, account_id, asked["hash"])
        sessions.revoke_all(connection, account_id, now)
    else:
        return None
    for other in whose - {account_id}:
        sessions.revoke_all(connection, other, now)
    _hand_over(connection, invitation, account_id, now)
    invitations.used(connection, invitation.id, account_id, now)
    stamp.touch(connection)
    return account_id


def _new(connection: Connection, asked: Mapping[str, Any], now: datetime) -> str:
    account_id = str(uuid7())
    connection.execute(
        insert(ACCOUNT).values(
            id=account_id, login=asked["login"], password_hash=asked["hash"], state=ACTIVE, created_at=now,
            language=asked["language"],
        )
    )  # fmt: skip
    return account_id


def _holders(connection: Connection, invitation: AnyRow) -> set[str]:
    """The accounts that the person has."""
    return set(connection.execute(select(ACCOUNT_ROLE.c.account_id).where(*_of_person(invitation))).scalars())


def _hand_over(connection: Connection, invitation: AnyRow, account_id: str, now: datetime) -> None:
    values = {"account_id": account_id, "granted_by": "letter", "granted_at": now, "begins": None, "ends": None}
    if connection.execute(update(ACCOUNT_ROLE).where(*_of_person(invitation)).values(**values)).rowcount:
        return
    connection.execute(
        insert(ACCOUNT_ROLE).values(
            id=str(uuid7()), role=invitation.role, source_id=invitation.source_id, person_id=invitation.person_id,
            **values,
        )
    )  # fmt: skip


def _of_person(invitation: AnyRow) -> tuple[Any, ...]:
    return (
        ACCOUNT_ROLE.c.source_id == invitation.source_id, ACCOUNT_ROLE.c.person_id == invitation.person_id,
        ACCOUNT_ROLE.c.role == invitation.role,
    )  # fmt: skip
