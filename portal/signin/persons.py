"""From what a provider says of somebody to an account: which student or member of staff this is (R57, R60).

Decided once, at the first sign-in. From then on the account goes by issuer and subject, and the person by the
canonical id; what a provider says of a name, an e-mail address or a number changes nothing any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from uuid_utils import uuid7

from canonical.errors import SchoolbrugError
from canonical.tables import SOURCE, TABLES
from portal.access import Role, Viewer
from portal.audit import Event, append
from portal.reading import living, reading, writing
from portal.settings import Settings, derived
from portal.signin import jwts, sessions
from portal.signin.accounts import source_ids
from portal.signin.entering import Client
from portal.signin.issuers import Provider
from portal.signin.tokens import account_of
from portal.stamp import touch
from portal.tables import ACCOUNT, ACCOUNT_ROLE

BY = "provider"
"""Who has granted a role that a provider's word stands for."""

_COLUMN = {Role.STUDENT: ("student", "local_id"), Role.STAFF: ("staff", "code")}

Person = tuple[int, str]
"""A source's number and the canonical id of somebody in it."""


class NotKnown(SchoolbrugError):
    """Somebody whom the provider knows and we do not. ``code``: role, unknown, ambiguous, closed, nothing."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def sign_in(
    engine: Engine, settings: Settings, provider: Provider, claims: Mapping[str, Any], client: Client, now: datetime
) -> str:
    """Begin a session for who has signed in at the provider: its token.

    Raises ``NotKnown``, ``TokenRefused`` identity, and ``CannotRecord``: a session that is not on file is none.
    """
    subject = jwts.identity(claims, entra=provider.entra)
    with reading(engine) as connection:
        account = account_of(connection, provider.issuer, subject)
        sources = _sources(connection, provider)
    found = person(engine, provider, sources, claims) if account is None else None
    way = "oidc+mfa" if "mfa" in jwts.words_of(claims.get("amr")) else "oidc"
    with writing(engine) as connection:
        account_id = _account(connection, provider.issuer, subject, now)
        if found is not None:
            _grant(connection, account_id, *found, now)
        role = next(iter(sessions.roles(connection, account_id, now)), None)
        if role is None:
            raise NotKnown("nothing")
        sessions.end_former(connection, client.session, now)
        token = sessions.begin(connection, account_id, role, way, client.agent, now)
        session = sessions.session_of(connection, token, now)
        assert session is not None
        append(
            connection, derived(settings.secret, "audit"),
            [
                Event(source, f"account:{account_id}", role.value, "sign_in", session=session.id)
                for source in source_ids(connection, account_id)
            ],
            now,
        )  # fmt: skip
    return token


def person(
    engine: Engine, provider: Provider, sources: Sequence[int], claims: Mapping[str, Any]
) -> tuple[Role, Sequence[Person]]:
    """Who this is among the living records of the provider's sources. Raises ``NotKnown``.

    The same person in several sources has one canonical id; two ids are two persons, and then it is nobody.
    """
    role, key = role_of(provider, claims), claims.get(provider.person_claim)
    if not isinstance(key, str) or not key.strip():
        raise NotKnown("unknown")
    kind, column = _COLUMN[role]
    table = TABLES[kind]
    with reading(engine, Viewer(Role.ADMINISTRATOR, "sign_in", frozenset(sources))) as connection:
        found = connection.execute(
            select(table.c.source_id, table.c.id)
            .where(table.c[column] == key.strip(), table.c.source_id.in_(sources), living(table))
            .order_by(table.c.source_id)
        ).all()
    if not found:
        raise NotKnown("unknown")
    if len({row.id for row in found}) > 1:
        raise NotKnown("ambiguous")
    return role, [(row.source_id, row.id) for row in found]


def role_of(provider: Provider, claims: Mapping[str, Any]) -> Role:
    """Student or member of staff. Raises ``NotKnown`` role where the provider says neither, or both."""
    said = claims.get(provider.role_claim)
    values = said if isinstance(said, list) else [said]
    roles = {provider.roles[value] for value in values if isinstance(value, str) and value in provider.roles}
    if len(roles) != 1:
        raise NotKnown("role")
    return roles.pop()


def _sources(connection: Connection, provider: Provider) -> Sequence[int]:
    return connection.execute(select(SOURCE.c.id).where(SOURCE.c.name.in_(provider.sources))).scalars().all()


def _vouched_for(connection: Connection, account_id: str) -> bool:
    """Whether it was decided before who this is."""
    where = (ACCOUNT_ROLE.c.account_id == account_id, ACCOUNT_ROLE.c.granted_by == BY)
    return connection.execute(select(ACCOUNT_ROLE.c.id).where(*where)).first() is not None


def _account(connection: Connection, issuer: str, subject: str, now: datetime) -> str:
    """The account's id; it is made if need be. Of two at once, one makes it."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    made = dialect.insert(ACCOUNT).values(
        id=str(uuid7()), issuer=issuer, subject=subject, state="active", created_at=now
    )
    connection.execute(made.on_conflict_do_nothing())
    account = account_of(connection, issuer, subject)
    if account is None or account.state != "active":
        raise NotKnown("closed")
    account_id: str = account.id
    return account_id


def _grant(connection: Connection, account_id: str, role: Role, persons: Sequence[Person], now: datetime) -> None:
    if _vouched_for(connection, account_id):
        return  # somebody was faster
    connection.execute(
        insert(ACCOUNT_ROLE),
        [
            {
                "id": str(uuid7()), "account_id": account_id, "role": role.value, "source_id": source_id,
                "person_id": person_id, "granted_by": BY, "granted_at": now,
            }
            for source_id, person_id in persons
        ],
    )  # fmt: skip
    touch(connection)
