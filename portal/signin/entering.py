"""Signing in to an own account: password, then whatever second factor was set up; or a passkey alone.

Whoever guesses learns nothing: not whether there is such an account, nor whether it is closed for a while. The same
work is done and the same answer given.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine
from starlette.requests import Request

from portal.access import Role
from portal.reading import AnyRow, writing
from portal.settings import Settings, derived
from portal.signin import accounts, factors, lockout, passkeys, passwords, sessions, tickets
from portal.signin.lockout import Guard, Limit

FACTOR_TICKET, PASSKEY_TICKET = "factor", "passkey"
TICKET_VALID = timedelta(minutes=5)
_NOBODY = str(UUID(int=0))
"""The number of an account that there never is."""


@dataclass(frozen=True, slots=True)
class Client:
    """Where a request comes from: the network (never what a header says of it), and what the browser says and has."""

    network: str
    agent: str | None
    session: str | None = field(repr=False)
    """The token of the session that the browser has so far."""


@dataclass(frozen=True, slots=True)
class Step:
    """What came of one step of signing in.

    Either ``token`` with its ``session``, or a ``ticket`` for a second factor out of ``asked``, or why not: ``locked``,
    ``password``, ``factor``, ``passkey``, ``ticket``, ``session`` or ``no_role``. The last is told, the others all look
    alike.
    """

    account_id: str | None = None
    sources: frozenset[int] = frozenset()
    token: str | None = None
    session: AnyRow | None = None
    roles: tuple[Role, ...] = ()
    asked: tuple[str, ...] = ()
    ticket: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of own accounts, each of its own purpose."""

    guard: bytes = field(repr=False)
    ticket: bytes = field(repr=False)
    factor: bytes = field(repr=False)
    code: bytes = field(repr=False)


def keys(settings: Settings) -> Keys:
    """Derived from the one secret; whoever learns one learns no other."""
    guard, ticket, factor, code = (derived(settings.secret, name) for name in ("attempt", "ticket", "factor", "code"))
    return Keys(guard, ticket, factor, code)


def client_of(request: Request) -> Client:
    """Where a request comes from."""
    host = request.client.host if request.client else None
    return Client(lockout.network(host), request.headers.get("user-agent"), request.cookies.get(sessions.COOKIE))


def guards(key: bytes, client: Client, *named: tuple[Limit, str]) -> list[Guard]:
    """What a guess is counted by: the address that it comes from, and what it is a guess at."""
    return [lockout.guard(key, lockout.ADDRESS, client.network), *(lockout.guard(key, *one) for one in named)]


def with_password(engine: Engine, settings: Settings, login: str, password: str, client: Client, at: datetime) -> Step:
    """The first step. A closed account with the right password is answered as any account with a wrong one."""
    using = keys(settings)
    counted = guards(using.guard, client, (lockout.ACCOUNT, accounts.normal(login)))
    with writing(engine) as connection:
        admitted = lockout.admit(connection, counted, at)
        account = accounts.by_login(connection, login)
        # Also asked of nobody: the work is the same.
        sources = accounts.source_ids(connection, account.id if account else _NOBODY)
    # Outside of any transaction: it takes long, and nobody should wait for it.
    right = passwords.fits(account.password_hash if account else None, password)
    if account is None or not admitted or not right:
        return Step(account.id if account else None, sources, reason="password" if admitted else "locked")
    anew = passwords.kept(password) if passwords.outdated(account.password_hash) else None
    with writing(engine) as connection:
        lockout.passed(connection, counted, at)
        if not _unchanged(accounts.held(connection, account.id), account.password_hash):
            return Step(account.id, sources, reason="password")
        if anew is not None:
            accounts.set_password(connection, account.id, anew)
        asked = factors.kinds(connection, account.id)
        if not asked:
            return _enter(connection, account.id, sources, "password", client, at)
        content = {"account": account.id, "way": "password", "hash": anew or account.password_hash}
        ticket = tickets.issue(connection, using.ticket, FACTOR_TICKET, content, TICKET_VALID, at)
        return Step(account.id, sources, asked=asked, ticket=ticket)


def with_factor(
    engine: Engine, settings: Settings, ticket: str, kind: str, code: str, client: Client, at: datetime
) -> Step:
    """The second step: a code of an app, or one for recovery."""
    using = keys(settings)
    with writing(engine) as connection:
        content = tickets.look(connection, using.ticket, FACTOR_TICKET, ticket, at)
        if content is None:
            return Step(reason="ticket")
        account_id = content["account"]
        sources = accounts.source_ids(connection, account_id)
        reason = try_factor(connection, using, account_id, kind, code, client, at)
        if reason is not None:
            return Step(account_id, sources, reason=reason)
        unchanged = _unchanged(accounts.held(connection, account_id), content["hash"])
        if not tickets.redeem(connection, ticket) or not unchanged:
            return Step(account_id, sources, reason="ticket")
        return _enter(connection, account_id, sources, f"{content['way']}+{kind}", client, at)


def _unchanged(account: AnyRow, password_hash: str) -> bool:
    """Whether the account is open and has the password still that was looked at: a new one ends what had begun."""
    return bool(account.state == accounts.ACTIVE and account.password_hash == password_hash)


def try_factor(
    connection: Connection, using: Keys, account_id: str, kind: str, code: str, client: Client, at: datetime
) -> str | None:
    """Why a second factor is not accepted, None when it is: it is used up then."""
    counted = guards(using.guard, client, (lockout.FACTOR, account_id))
    if not lockout.admit(connection, counted, at):
        return "locked"
    if not factors.use(connection, using.factor, account_id, kind, code, at):
        return "factor"
    lockout.passed(connection, counted, at)
    return None


def passkey_challenge(engine: Engine, settings: Settings, at: datetime) -> tuple[dict[str, Any], str]:
    """Options for the browser, and the ticket that its answer comes with."""
    challenge = passkeys.challenge()
    with writing(engine) as connection:
        content = {"challenge": challenge.hex()}
        ticket = tickets.issue(connection, keys(settings).ticket, PASSKEY_TICKET, content, TICKET_VALID, at)
    return passkeys.authentication_options(settings.origin, challenge), ticket


def with_passkey(
    engine: Engine, settings: Settings, ticket: str, answer: dict[str, Any], client: Client, at: datetime
) -> Step:
    """Signing in with a passkey alone: having it, and the finger or PIN that it asks for, are two factors."""
    using = keys(settings)
    counted = guards(using.guard, client)
    with writing(engine) as connection:
        if not lockout.admit(connection, counted, at):
            return Step(reason="locked")
        content = tickets.look(connection, using.ticket, PASSKEY_TICKET, ticket, at)
        # One answer a challenge, right or wrong.
        if content is None or not tickets.redeem(connection, ticket):
            return Step(reason="ticket")
        challenge = bytes.fromhex(content["challenge"])
        account_id = passkeys.authenticate(connection, settings.origin, answer, challenge, at)
        if account_id is None:
            return Step(reason="passkey")
        lockout.passed(connection, counted, at)
        sources = accounts.source_ids(connection, account_id)
        if accounts.by_id(connection, account_id).state != accounts.ACTIVE:
            return Step(account_id, sources, reason="passkey")
        return _enter(connection, account_id, sources, "passkey", client, at)


def _enter(
    connection: Connection, account_id: str, sources: frozenset[int], way: str, client: Client, at: datetime
) -> Step:
    held = sessions.roles(connection, account_id, at)
    if not held:
        return Step(account_id, sources, reason="no_role")
    sessions.end_former(connection, client.session, at)
    token = sessions.begin(connection, account_id, held[0], way, client.agent, at)
    return Step(account_id, sources, token, sessions.session_of(connection, token, at), held)
