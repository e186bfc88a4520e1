"""Sessions are kept on the server, so that one can be ended at once. The cookie holds a random token, the store its
digest.

A session ends 30 minutes after it was last used and 12 hours after it began, whatever is done in it, and when its
browser signs in anew. Its token is made anew at sign-in and whenever a role is chosen (R60) or a second factor is added
to it.
"""

from __future__ import annotations

import json
import secrets
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, delete, insert, select, update
from starlette.requests import Request
from starlette.responses import Response
from uuid_utils import uuid7

from portal.access import Role, Section, Viewer
from portal.clock import local_day
from portal.reading import AnyRow
from portal.settings import Settings
from portal.tables import ACCOUNT, ACCOUNT_ROLE, LOGIN, SESSION

COOKIE = "__Host-schoolbrug"
"""Browsers take a cookie of this name only over TLS, from the host itself, for all of its paths."""

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)
"""How exactly is kept when a session was last used: not every request has to write."""
KEPT = timedelta(days=30)
"""How long an ended session is still listed in the store."""

STRONG = frozenset({"totp", "passkey", "recovery", "mfa"})
"""Parts of a session's way that are a second factor; ``mfa`` is what a provider vouches for."""
GUARDED = frozenset({Role.ADMINISTRATOR, Role.MANAGER})
"""Roles that see nothing until a second factor was given (R67, ROSA: at least two for administration)."""

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_TOKEN_BYTES = 32
_AGENT_LENGTH = 200

_FIRST = (
    Role.GUARDIAN, Role.STUDENT, Role.STAFF, Role.TEAM_LEADER, Role.ATTENDANCE_OFFICER, Role.ADMINISTRATOR,
    Role.MANAGER,
)  # fmt: skip
"""The role that a session begins in is the first of these that the account has; another can be chosen."""


def begin(connection: Connection, account_id: str, role: Role, way: str, agent: str | None, now: datetime) -> str:
    """Begin a session and give its token. Also counts as an interactive sign-in (R69).

    ``way`` is how the account signed in: ``password``, ``totp``, ``passkey``, ``recovery``, ``oidc``, ``mfa``, joined
    by ``+``. ``agent`` is what the browser says it is. Only for a role that ``roles`` gives.
    """
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    old = (SESSION.c.account_id == account_id, SESSION.c.ends_at < now - KEPT)
    connection.execute(delete(SESSION).where(*old))
    connection.execute(
        insert(SESSION).values(
            id=str(uuid7()), digest=digest(token), account_id=account_id, role=role.value, way=way,
            agent=_printable(agent), created_at=now, seen_at=now, ends_at=now + ABSOLUTE,
        )
    )  # fmt: skip
    connection.execute(insert(LOGIN).values(account_id=account_id, role=role.value, way=way, at=now))
    return token


def find(connection: Connection, token: str, now: datetime) -> Viewer | None:
    """Who asks, by the token of a session; None when it does not hold (any more)."""
    session = session_of(connection, token, now)
    return None if session is None else viewer_of(connection, session, now)


def session_of(connection: Connection, token: str, now: datetime) -> AnyRow | None:
    """The session of a token: its row in ``portal.tables.SESSION``. None for one that is unknown, over or revoked, or
    whose account is closed."""
    statement = (
        select(SESSION, ACCOUNT.c.state)
        .join(ACCOUNT, ACCOUNT.c.id == SESSION.c.account_id)
        .where(SESSION.c.digest == digest(token))
    )
    row = connection.execute(statement).first()
    return row if row is not None and row.state == "active" and lives(row, now) else None


def lives(session: AnyRow, now: datetime) -> bool:
    """Whether a session is neither revoked nor over. Judged here: SQLite compares moments as text."""
    ends: datetime = min(session.ends_at, session.seen_at + IDLE)
    return session.revoked_at is None and now < ends


def viewer_of(connection: Connection, session: AnyRow, now: datetime) -> Viewer:
    """Who asks in this session. A guarded role without a second factor has no sources."""
    role = Role(session.role)
    if lacks_factor(session):
        return Viewer(role, f"account:{session.account_id}", account=session.account_id, session=session.id)
    return viewer_as(connection, session.account_id, role, now, session.id)


def viewer_as(connection: Connection, account_id: str, role: Role, now: datetime, session: str | None = None) -> Viewer:
    """An account in one role: its persons, sources and sections as far as they hold today.

    A substitute's role has a last day (R57), roles never add up (R60).
    """
    rows = _held(connection, account_id, local_day(now), role)
    persons: defaultdict[int, set[str]] = defaultdict(set)
    sections: defaultdict[int, list[Section]] = defaultdict(list)
    for row in rows:
        if row.person_id is not None:
            persons[row.source_id].add(row.person_id)
        if row.section is not None:
            sections[row.source_id].append(Section(**json.loads(row.section)))
    return Viewer(
        role=role, actor=f"account:{account_id}", sources=frozenset(row.source_id for row in rows),
        persons={source: frozenset(ids) for source, ids in persons.items()},
        sections={source: tuple(held) for source, held in sections.items()}, account=account_id, session=session,
    )  # fmt: skip


def lacks_factor(session: AnyRow) -> bool:
    """Whether the session's role waits for a second factor."""
    return Role(session.role) in GUARDED and not is_strong(session)


def is_strong(session: AnyRow) -> bool:
    """Whether a second factor was given in the session."""
    return bool(STRONG & set(session.way.split("+")))


def roles(connection: Connection, account_id: str, now: datetime) -> tuple[Role, ...]:
    """The roles that an account has today; a session begins in the first of them. Empty: it may not sign in."""
    held = {row.role for row in _held(connection, account_id, local_day(now))}
    return tuple(role for role in _FIRST if role.value in held)


def _held(connection: Connection, account_id: str, today: date, role: Role | None = None) -> Sequence[AnyRow]:
    """The rows of ``account_role`` that hold today, of one role if so asked."""
    statement = select(ACCOUNT_ROLE).where(ACCOUNT_ROLE.c.account_id == account_id).order_by(ACCOUNT_ROLE.c.id)
    if role is not None:
        statement = statement.where(ACCOUNT_ROLE.c.role == role.value)
    return [
        row for row in connection.execute(statement)
        if (row.begins is None or row.begins <= today) and (row.ends is None or today <= row.ends)
    ]  # fmt: skip


def due(session: AnyRow, now: datetime) -> bool:
    """Whether it should be written down that the session was used: see ``seen``."""
    return bool(now >= session.seen_at + SEEN_EVERY)


def seen(connection: Connection, session: AnyRow, now: datetime) -> None:
    """Write down that the session was used. One that was revoked meanwhile stays so."""
    connection.execute(update(SESSION).where(SESSION.c.id == session.id).values(seen_at=now))


def choose(connection: Connection, session: AnyRow, role: Role, now: datetime) -> str | None:
    """Go on in another role: the new token, or None when the account has no such role today or the session is gone."""
    if role not in roles(connection, session.account_id, now):
        return None
    return _rotate(connection, session, now, role=role.value)


def strengthen(connection: Connection, session: AnyRow, factor: str, now: datetime) -> str | None:
    """Add a second factor to the session's way: the new token, or None when the session is gone."""
    ways = session.way.split("+")
    return _rotate(connection, session, now, way="+".join([*ways, *({factor} - set(ways))]))


def _rotate(connection: Connection, session: AnyRow, now: datetime, **values: str) -> str | None:
    """A new token for the same session. Of two at once, one wins."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    done = connection.execute(
        update(SESSION)
        .where(SESSION.c.id == session.id, SESSION.c.digest == session.digest, SESSION.c.revoked_at.is_(None))
        .values(digest=digest(token), seen_at=now, **values)
    )
    return token if done.rowcount else None


def living(connection: Connection, account_id: str, now: datetime) -> list[AnyRow]:
    """An account's sessions that go on, the newest first."""
    rows = connection.execute(select(SESSION).where(SESSION.c.account_id == account_id))
    return sorted((row for row in rows if lives(row, now)), key=lambda row: (row.created_at, row.id), reverse=True)


def revoke(connection: Connection, account_id: str, ids: Iterable[str], now: datetime) -> int:
    """End these sessions of an account; how many were not ended yet."""
    done = connection.execute(
        update(SESSION)
        .where(SESSION.c.account_id == account_id, SESSION.c.id.in_([*ids]), SESSION.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    return done.rowcount


def end_former(connection: Connection, token: str | None, now: datetime) -> None:
    """End the session that a browser had before it signed in anew, whosever it was."""
    if token is not None:
        former = (SESSION.c.digest == digest(token), SESSION.c.revoked_at.is_(None))
        connection.execute(update(SESSION).where(*former).values(revoked_at=now))


def revoke_all(connection: Connection, account_id: str, now: datetime, *, but: str | None = None) -> int:
    """End every session of an account, but for the one with the id ``but``."""
    ids = connection.execute(select(SESSION.c.id).where(SESSION.c.account_id == account_id)).scalars()
    return revoke(connection, account_id, [id for id in ids if id != but], now)


def digest(token: str) -> bytes:
    """What is kept of a token; it is long and random, so that a plain digest of it will do."""
    return sha256(token.encode()).digest()


def set_cookie(response: Response, token: str) -> None:
    """Hand the token to the browser, until it is closed."""
    response.set_cookie(COOKIE, token, secure=True, httponly=True, samesite="lax", path="/")


def clear_cookie(response: Response) -> None:
    """Let the browser forget the token."""
    response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax", path="/")


def same_origin(request: Request, settings: Settings) -> bool:
    """Whether a request that carries a cookie was made by our own pages, or changes nothing.

    Browsers send ``Origin`` with every unsafe request; where it is left out, ``Sec-Fetch-Site`` has to say so. A
    program that has neither sets ``Origin`` itself: nobody can be tricked into running it.
    """
    if request.method in _SAFE:
        return True
    origin = request.headers.get("origin")
    if origin is not None:
        return origin == settings.origin
    return request.headers.get("sec-fetch-site") == "same-origin"


def _printable(agent: str | None) -> str | None:
    return None if agent is None else "".join(c for c in agent if c.isprintable())[:_AGENT_LENGTH]
