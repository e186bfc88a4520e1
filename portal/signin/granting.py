"""Roles that no provider can give: somebody at the school grants them, from a day and to a day (R57).

A role is never taken off the record; one that is withdrawn has ended. The school also closes accounts, and removes the
second factors of who has lost them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, delete, insert, or_, select, update
from uuid_utils import uuid7

from canonical.errors import UserError
from canonical.tables import TABLES
from portal.access import Role
from portal.clock import local_day
from portal.reading import living
from portal.signin import sessions
from portal.signin.accounts import ACTIVE, by_login, source_ids
from portal.signin.persons import BY
from portal.stamp import touch
from portal.tables import ACCOUNT, ACCOUNT_ROLE, FACTOR

GRANTED = (Role.TEAM_LEADER, Role.ATTENDANCE_OFFICER, Role.ADMINISTRATOR, Role.MANAGER, Role.STAFF)
"""What can be granted. ``STAFF`` is for a substitute, in somebody's place and for a time."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One role in one source. Days are local and inclusive. ``person_id`` is who a substitute stands in for."""

    role: Role
    source_id: int
    section: Mapping[str, str | int] | None = None
    person_id: str | None = None
    begins: date | None = None
    ends: date | None = None

    def __post_init__(self) -> None:
        if self.role not in GRANTED:
            raise UserError(f"{self.role.value} cannot be granted: it follows from the school's records.")
        if self.role is Role.STAFF and (self.person_id is None or self.ends is None):
            raise UserError("A substitute stands in for somebody and has a last day: give --for and --ends.")
        if self.role is not Role.STAFF and self.person_id is not None:
            raise UserError("--for is for a substitute: role staff.")
        if (self.role is Role.TEAM_LEADER) != bool(self.section):
            raise UserError("A team leader has a section, and nobody else has: --location, --study or --grade-level.")
        if self.begins and self.ends and self.ends < self.begins:
            raise UserError("--ends: this is before --begins.")


def grant(connection: Connection, account_id: str, given: Grant, by: str, at: datetime) -> None:
    """Give an account a role. ``by`` is the audit's word for who grants it."""
    section = None if given.section is None else json.dumps(dict(given.section))
    connection.execute(
        insert(ACCOUNT_ROLE).values(
            id=str(uuid7()), account_id=account_id, role=given.role.value, source_id=given.source_id,
            person_id=given.person_id, section=section, begins=given.begins, ends=given.ends, granted_by=by,
            granted_at=at,
        )
    )  # fmt: skip
    touch(connection)


def withdraw(connection: Connection, account_id: str, role: Role, source_id: int, at: datetime) -> int:
    """End a role that was granted, at once: how many grants that ended. What a provider vouches for stays."""
    yesterday = local_day(at) - timedelta(days=1)
    done = connection.execute(
        update(ACCOUNT_ROLE)
        .where(
            ACCOUNT_ROLE.c.account_id == account_id, ACCOUNT_ROLE.c.role == role.value,
            ACCOUNT_ROLE.c.source_id == source_id, ACCOUNT_ROLE.c.granted_by != BY, ACCOUNT_ROLE.c.role.in_(_GRANTED),
            or_(ACCOUNT_ROLE.c.ends.is_(None), ACCOUNT_ROLE.c.ends > yesterday),
        )
        .values(ends=yesterday)
    )  # fmt: skip
    touch(connection)
    return done.rowcount


_GRANTED = tuple(role.value for role in GRANTED)


def close(connection: Connection, account_id: str, at: datetime) -> None:
    """Let nobody sign in with an account any more, and end its sessions."""
    connection.execute(update(ACCOUNT).where(ACCOUNT.c.id == account_id).values(state="closed"))
    sessions.revoke_all(connection, account_id, at)


def reopen(connection: Connection, account_id: str, _at: datetime) -> None:
    """Let an account that was closed sign in again."""
    connection.execute(update(ACCOUNT).where(ACCOUNT.c.id == account_id).values(state=ACTIVE))


def reset(connection: Connection, account_id: str, at: datetime) -> None:
    """Remove all second factors of an account, and end its sessions: whoever is signed in may not be the holder."""
    connection.execute(delete(FACTOR).where(FACTOR.c.account_id == account_id))
    sessions.revoke_all(connection, account_id, at)


def staff_id(connection: Connection, source_id: int, code: str, *, gone: bool = False) -> str:
    """The canonical id of a member of staff; with ``gone``, of one who has left where there is no other. Raises
    ``UserError``."""
    return _only(connection, "staff", source_id, "code", code, "member of staff with this code", gone=gone)


def location_id(connection: Connection, source_id: int, name: str) -> str:
    """The canonical id of a location. Raises ``UserError``."""
    return _only(connection, "location", source_id, "name", name, "location of this name")


def account_of_staff(connection: Connection, source_id: int, person_id: str) -> str:
    """The account with which a member of staff has signed in. Raises ``UserError``."""
    found = connection.execute(
        select(ACCOUNT_ROLE.c.account_id)
        .join(ACCOUNT, ACCOUNT.c.id == ACCOUNT_ROLE.c.account_id)
        .where(
            ACCOUNT_ROLE.c.source_id == source_id, ACCOUNT_ROLE.c.person_id == person_id,
            ACCOUNT_ROLE.c.granted_by == BY, ACCOUNT.c.state == ACTIVE,
        )
        .distinct()
    )  # fmt: skip
    ids: Sequence[str] = found.scalars().all()
    if not ids:
        raise UserError("This member of staff has not signed in yet; that has to come first.")
    if len(ids) > 1:
        raise UserError(
            f"This member of staff has signed in with several accounts: {', '.join(sorted(ids))}. Close those that are"
            " not used: schoolbrug portal close --account ID"
        )
    return ids[0]


def account_numbered(connection: Connection, source_id: int, account_id: str) -> str:
    """An account that has to do with this source, open or closed. Raises ``UserError``."""
    try:
        number = str(UUID(account_id))
    except ValueError:
        number = ""
    if not number or source_id not in source_ids(connection, number):
        raise UserError("This source has no such account.")
    return number


def account_of_login(connection: Connection, login: str) -> str:
    """An own account. Raises ``UserError``."""
    row = by_login(connection, login)
    if row is None:
        raise UserError("There is no account that signs in under this name.")
    found: str = row.id
    return found


def _only(
    connection: Connection, kind: str, source_id: int, column: str, value: str, what: str, *, gone: bool = False
) -> str:
    table = TABLES[kind]
    there = select(table.c.id).where(table.c.source_id == source_id, table.c[column] == value)
    ids: Sequence[str] = connection.execute(there.where(living(table))).scalars().all()
    if not ids and gone:
        ids = connection.execute(there).scalars().all()
    if len(ids) != 1:
        raise UserError(f"There is {'no' if not ids else 'more than one'} {what} in this source.")
    return ids[0]
