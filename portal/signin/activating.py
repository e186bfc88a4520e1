"""From a letter to an account, and from a forgotten password to a new one: both by a code to the address on record.

Nothing is ever sent to an address that the caller gives.
"""

from __future__ import annotations

import hmac
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from canonical.errors import SchoolbrugError
from portal.problems import Conflict, TooMany, Unavailable, invalid
from portal.reading import writing
from portal.settings import Message, Settings
from portal.signin import accounts, codes, invitations, lockout, passwords, sessions, tickets
from portal.signin.entering import Client, guards, keys
from portal.signin.invitations import Contact
from portal.signin.texts import CHANGED, PASSWORD_CODE, SECOND_CODE, Language, MessageText, language

ACTIVATION_TICKET, PASSWORD_TICKET = "activation", "password"
ACTIVATION_VALID = timedelta(days=7)
"""As long as a code that the school hands out; a code that is sent holds for less."""
PASSWORD_VALID = timedelta(minutes=15)
_AGAIN = 300
"""Seconds after which another message may be asked for."""

_log = structlog.get_logger()


class Confirmed(NamedTuple):
    """The account of who had the letter. ``renewed``: it was there before, and has another password now."""

    account_id: str
    source_id: int
    renewed: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """An account that was asked for: the ticket for the next step, and where the second code comes from: ``email``,
    ``phone``, or ``school`` when that hands it out."""

    ticket: str
    sent: str
    source_id: int


def ask(
    engine: Engine, settings: Settings, code: str, login: str, password: str, chosen: Language, client: Client,
    at: datetime,
) -> Asked | None:  # fmt: skip
    """The first step, with the letter's code; None when it is not good (any more). The second code is on its way then.

    Whether the login is taken is told to nobody before the second step. Raises ``TooMany`` and ``Unavailable``.
    """
    using, name = keys(settings), accounts.normal(login)
    counted = guards(using.guard, client)
    own = [lockout.guard(using.guard, lockout.ACCOUNT, name)]
    with writing(engine) as connection:
        if not lockout.admit(connection, counted, at):
            return None
        invitation = invitations.of_letter(connection, using.code, code, at)
        if invitation is None:
            return None
        lockout.passed(connection, counted, at)
        account = accounts.by_login(connection, name)
        admitted = lockout.admit(connection, own, at)
    fits = passwords.fits(account.password_hash if account else None, password)
    content = {
        "invitation": invitation.id, "login": name, "hash": passwords.kept(password), "language": chosen.value,
        "account": account.id if account is not None and admitted and fits else None,
    }  # fmt: skip
    with writing(engine) as connection:
        # In this order, as above: the letter before the account.
        message = _second_code(connection, settings, invitation.id, chosen, at)
        if account is None or content["account"]:
            lockout.passed(connection, own, at)
        ticket = tickets.issue(connection, using.ticket, ACTIVATION_TICKET, content, ACTIVATION_VALID, at)
    if message is None:
        return Asked(ticket, "school", invitation.source_id)
    _send(settings, message)
    return Asked(ticket, message.way, invitation.source_id)


def _second_code(
    connection: Connection, settings: Settings, invitation_id: str, chosen: Language, at: datetime
) -> Message | None:
    """The message with a new second code; None when the school hands it out. Raises ``TooMany``."""
    using = keys(settings)
    row = invitations.by_id(connection, invitation_id, at)
    if row is None or settings.send is None or invitations.handed_out(row, at):
        return None
    found = invitations.contact(connection, row.source_id, row.person_id, settings.ways)
    if found is None:
        return None
    if not lockout.admit(connection, [_sending(using.guard, invitation_id)], at):
        raise TooMany(_AGAIN)
    return _message(found, SECOND_CODE[chosen], invitations.second_code(connection, using.code, row.id, at))


def confirm(
    engine: Engine, settings: Settings, ticket: str, code: str, client: Client, at: datetime
) -> Confirmed | None:
    """The second step: the account, or None when the second code is not right.

    Raises ``Conflict`` when the login is somebody else's; the code holds on then.
    """
    using = keys(settings)
    counted = guards(using.guard, client)
    try:
        with writing(engine) as connection:
            if not lockout.admit(connection, counted, at):
                return None
            content = tickets.look(connection, using.ticket, ACTIVATION_TICKET, ticket, at)
            row = invitations.by_id(connection, content["invitation"], at) if content else None
            if content is None or row is None or not invitations.try_code(connection, using.code, row, code, at):
                return None
            lockout.passed(connection, counted, at)
            account_id = accounts.activate(connection, row, content, at)
            if account_id is None:
                raise Conflict("login_taken")
            tickets.redeem(connection, ticket)
            made = accounts.by_id(connection, account_id).created_at
            return Confirmed(account_id, row.source_id, made < at and content["account"] is None)
    except IntegrityError:
        raise Conflict("login_taken") from None  # by somebody who was a moment earlier


def forget(engine: Engine, settings: Settings, login: str, client: Client, at: datetime) -> str:
    """Begin to get a new password: a ticket, for whoever asks. What depends on the account is ``send_code``'s."""
    using, name = keys(settings), accounts.normal(login)
    counted = [
        lockout.guard(using.guard, lockout.ASKING, client.network),
        lockout.guard(using.guard, lockout.SENDING, name),
    ]
    with writing(engine) as connection:
        admitted = lockout.admit(connection, counted, at)
        content = {"login": name if admitted else ""}
        return tickets.issue(connection, using.ticket, PASSWORD_TICKET, content, PASSWORD_VALID, at)


def send_code(engine: Engine, settings: Settings, ticket: str, at: datetime) -> None:
    """Send the ticket's code, if there is whom to send it to. Called when the answer has left: it tells nothing."""
    using = keys(settings)
    with writing(engine) as connection:
        content = tickets.look(connection, using.ticket, PASSWORD_TICKET, ticket, at)
        account = accounts.by_login(connection, content["login"]) if content else None
        found = accounts.contact(connection, account.id, at, settings.ways) if account else None
    if account is not None and found is not None and settings.send is not None:
        text = PASSWORD_CODE[language(account.language)]
        _try_to_send(settings, _message(found, text, _code_of(using.code, ticket)))


def renew(
    engine: Engine, settings: Settings, ticket: str, code: str, password: str, client: Client, at: datetime
) -> str | None:
    """Set a new password with the code that was sent: the account's id, or None when the code is not right.

    Ends all sessions. Asks for no second factor and gives no session: the next sign-in asks for it. Raises the HTTP
    400 for a password that is the login.
    """
    using = keys(settings)
    counted = guards(using.guard, client, (lockout.CODE, ticket))
    right = hmac.compare_digest(_code_of(using.code, ticket).encode(), codes.plain(code).encode())
    hashed = passwords.kept(password) if right else ""
    with writing(engine) as connection:
        content = tickets.look(connection, using.ticket, PASSWORD_TICKET, ticket, at)
        admitted = lockout.admit(connection, counted, at)
        account = accounts.by_login(connection, content["login"]) if content else None
        if not admitted or not right or account is None or not tickets.redeem(connection, ticket):
            return None
        if passwords.fault(password, account.login):
            raise invalid("body.password", "is_login")  # and nothing is used up
        counted.append(lockout.guard(using.guard, lockout.ACCOUNT, account.login))
        lockout.passed(connection, counted, at)
        accounts.set_password(connection, account.id, hashed)
        sessions.revoke_all(connection, account.id, at)
        changed: str = account.id
        return changed


def tell_changed(engine: Engine, settings: Settings, account_id: str, at: datetime) -> None:
    """Tell the holder that password or second factors have changed, if anybody knows where."""
    with writing(engine) as connection:
        account = accounts.by_id(connection, account_id)
        found = accounts.contact(connection, account_id, at, settings.ways)
    if found is not None and settings.send is not None:
        _try_to_send(settings, _message(found, CHANGED[language(account.language)], ""))


def _code_of(key: bytes, ticket: str) -> str:
    """A ticket's code follows from the ticket, so that asking for one takes as long whether or not one is sent."""
    number = int.from_bytes(hmac.digest(key, f"password\0{ticket}".encode(), "sha256"))
    return f"{number % 10**codes.SENT_DIGITS:0{codes.SENT_DIGITS}d}"


def _message(to: Contact, text: MessageText, code: str) -> Message:
    return Message(to.way, to.to, text.subject, text.text.format(code=code))


def _send(settings: Settings, message: Message) -> None:
    assert settings.send is not None
    try:
        settings.send(message)
    except (SchoolbrugError, OSError) as error:
        why = str(error) if isinstance(error, SchoolbrugError) else type(error).__name__
        _log.warning("message_not_sent", way=message.way, why=why)
        raise Unavailable("The code cannot be sent now.") from None


def _try_to_send(settings: Settings, message: Message) -> None:
    with suppress(Unavailable):
        _send(settings, message)


def _sending(key: bytes, name: str) -> lockout.Guard:
    return lockout.guard(key, lockout.SENDING, name)
