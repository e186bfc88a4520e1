"""Addresses of own accounts: activation with a letter, passwords, second factors."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import BackgroundTasks, Depends, Path, Request, Response
from sqlalchemy import Connection

from portal.audited import Audited
from portal.caller import Store
from portal.clock import now
from portal.problems import Closed, NotThere, Told, answers, invalid
from portal.reading import AnyRow, reading, writing
from portal.routing import api_router
from portal.signin import accounts, activating, factors, lockout, passkeys, passwords, sessions, tickets
from portal.signin.common import ENDED, Session, good_password, note, own_pages, own_session, settings_of
from portal.signin.entering import PASSKEY_TICKET, TICKET_VALID, client_of, guards, keys
from portal.signin.models import (
    Activation,
    ActivationAsked,
    AppCode,
    AppOffer,
    FactorItem,
    Factors,
    Forgotten,
    NewApp,
    NewPasskey,
    PasskeyOptions,
    PasswordChange,
    PasswordRenewal,
    RecoveryCodes,
    TicketCode,
    TicketGiven,
)

FRESH = timedelta(minutes=15)
"""How long after signing in second factors can be changed: a session that was left open is not enough."""
NEW_PASSKEY_TICKET = f"new {PASSKEY_TICKET}"

router = api_router(
    "/v1", tags=["account"], route_class=Audited, dependencies=[Depends(own_pages)],
    responses=answers(400, 401, 403, 413, 429, 500, 503),
)  # fmt: skip

FactorId = Annotated[UUID, Path(description="A factor of the list.")]


@router.post("/activation", summary="Make an account with the code of a letter")
def ask_activation(request: Request, engine: Store, body: Activation) -> ActivationAsked:
    """A second code goes to the e-mail address or telephone that the school has on record, never to one given here."""
    good_password(body.password, body.login)
    asked = activating.ask(
        engine, settings_of(request), body.code, body.login, body.password, body.language, client_of(request), now()
    )
    if asked is None:
        note(request, "activate", None, frozenset(), reason="letter")
        raise invalid("body.code", "not_valid")
    note(request, "activate", None, frozenset({asked.source_id}))
    return ActivationAsked.model_validate({"ticket": asked.ticket, "sent": asked.sent})


@router.post("/activation/code", status_code=204, responses=answers(409), summary="Give the second code")
def confirm_activation(request: Request, engine: Store, background: BackgroundTasks, body: TicketCode) -> Response:
    """The account can be signed in to from now on. 409 `login_taken`: choose another name, with the same letter."""
    settings, at = settings_of(request), now()
    done = activating.confirm(engine, settings, body.ticket, body.code, client_of(request), at)
    if done is None:
        note(request, "activate", None, frozenset(), reason="code")
        raise invalid("body.code", "not_valid")
    note(request, "activate", done.account_id, frozenset({done.source_id}))
    if done.renewed:
        background.add_task(activating.tell_changed, engine, settings, done.account_id, at)
    return _done(background)


@router.post("/password/forgotten", status_code=202, summary="Ask for a code for a new password")
def forget_password(request: Request, engine: Store, background: BackgroundTasks, body: Forgotten) -> TicketGiven:
    """The answer is the same whether or not there is such an account. Without an address on record: ask the school
    for a new letter."""
    settings, at = settings_of(request), now()
    ticket = activating.forget(engine, settings, body.login, client_of(request), at)
    background.add_task(activating.send_code, engine, settings, ticket, at)
    return TicketGiven(ticket=ticket)


@router.post("/password", status_code=204, summary="Set a new password with the code that was sent")
def renew_password(request: Request, engine: Store, background: BackgroundTasks, body: PasswordRenewal) -> Response:
    """Ends all sessions of the account."""
    settings, at = settings_of(request), now()
    good_password(body.password, "")
    account_id = activating.renew(engine, settings, body.ticket, body.code, body.password, client_of(request), at)
    if account_id is None:
        note(request, "password", None, frozenset(), reason="code")
        raise invalid("body.code", "not_valid")
    return _changed(request, engine, background, "password", account_id)


@router.put("/me/password", status_code=204, summary="Change the password")
def change_password(
    request: Request, engine: Store, background: BackgroundTasks, session: Session, body: PasswordChange
) -> Response:
    """Ends all other sessions of the account. 403 `no_password`: this account signs in at the school's provider."""
    at = now()
    with writing(engine) as connection:
        account = accounts.by_id(connection, session.account_id)
        if account.password_hash is None:
            raise Closed("no_password")
        good_password(body.password, account.login)
        key, named = keys(settings_of(request)).guard, (lockout.ACCOUNT, account.login)
        counted = guards(key, client_of(request), named)
        admitted = lockout.admit(connection, counted, at)
    if not passwords.fits(account.password_hash, body.current) or not admitted:
        note(request, "password", account.id, frozenset(), reason="password", session=session)
        raise invalid("body.current", "not_valid")
    hashed = passwords.kept(body.password)
    with writing(engine) as connection:
        lockout.passed(connection, counted, at)
        accounts.held(connection, account.id)
        own_session(connection, request)  # a password that was renewed meanwhile has ended it
        accounts.set_password(connection, account.id, hashed)
        sessions.revoke_all(connection, account.id, at, but=session.id)
    return _changed(request, engine, background, "password", account.id, session)


@router.get("/me/factors", summary="The second factors of this account")
def list_factors(engine: Store, session: Session) -> Factors:
    """Apps and passkeys, and how many recovery codes are left."""
    with reading(engine) as connection:
        rows = factors.of_account(connection, session.account_id)
    return Factors(
        factors=[
            FactorItem.model_validate({
                "id": row.id, "kind": row.kind, "label": row.label, "created_at": row.created_at,
                "used_at": row.used_at,
            })
            for row in rows if row.kind != factors.RECOVERY
        ],
        recovery_codes_left=sum(row.kind == factors.RECOVERY for row in rows),
    )  # fmt: skip


@router.post("/me/factors/app", summary="Begin to set up an authenticator app")
def offer_app(request: Request, engine: Store, session: Session, body: NewApp) -> AppOffer:
    """The secret is shown once. As for all changes of factors: 403 `sign_in_again` later than 15 minutes after signing
    in, and `second_factor` in a session without one, where the account has one."""
    with writing(engine) as connection:
        _may_change(connection, request)
        account = accounts.by_id(connection, session.account_id)
        key = keys(settings_of(request)).factor
        id_, secret = factors.offer_totp(connection, key, account.id, body.label, now())
    return AppOffer(id=UUID(id_), secret=secret, address=factors.address(secret, account.login or "account"))


@router.post("/me/factors/app/{id}", responses=answers(404), summary="Confirm an app with its first code")
def confirm_app(
    request: Request, response: Response, engine: Store, background: BackgroundTasks, session: Session, id: FactorId,
    body: AppCode,
) -> RecoveryCodes:  # fmt: skip
    """From now on a sign-in with the password asks for it. Gives new recovery codes; the session becomes stronger."""
    at, using = now(), keys(settings_of(request))
    counted = guards(using.guard, client_of(request), (lockout.FACTOR, session.account_id))
    with writing(engine) as connection:
        _may_change(connection, request)
        right = lockout.admit(connection, counted, at) and factors.confirm_totp(
            connection, using.factor, session.account_id, str(id), body.code, at
        )
        if right:
            token = _stronger(connection, session, factors.TOTP)
            lockout.passed(connection, counted, at)
            made = factors.recovery_codes(connection, using.factor, session.account_id, at)
    if not right:
        note(request, "factor", session.account_id, frozenset(), reason="factor", session=session)
        raise invalid("body.code", "not_valid")
    sessions.set_cookie(response, token)
    _changed(request, engine, background, "factor", session.account_id, session)
    return RecoveryCodes(codes=made)


@router.post("/me/factors/recovery", summary="New recovery codes")
def renew_recovery_codes(
    request: Request, engine: Store, background: BackgroundTasks, session: Session
) -> RecoveryCodes:
    """Those of before are worthless. 403 `no_factor`: there is no app or passkey to recover from."""
    with writing(engine) as connection:
        _may_change(connection, request)
        if not factors.kinds(connection, session.account_id):
            raise Closed("no_factor")
        key = keys(settings_of(request)).factor
        made = factors.recovery_codes(connection, key, session.account_id, now())
    _changed(request, engine, background, "factor", session.account_id, session)
    return RecoveryCodes(codes=made)


@router.post("/me/factors/passkey/options", summary="Begin to set up a passkey")
def offer_passkey(request: Request, engine: Store, session: Session) -> PasskeyOptions:
    """What to ask the browser with."""
    settings, challenge = settings_of(request), passkeys.challenge()
    with writing(engine) as connection:
        _may_change(connection, request)
        account = accounts.by_id(connection, session.account_id)
        name = account.login or "account"
        options = passkeys.registration_options(connection, settings.origin, account.id, name, challenge)
        content = {"challenge": challenge.hex(), "account": account.id}
        key = keys(settings).ticket
        ticket = tickets.issue(connection, key, NEW_PASSKEY_TICKET, content, TICKET_VALID, now())
    return PasskeyOptions(options=options, ticket=ticket)


@router.post("/me/factors/passkey", status_code=204, summary="Keep a passkey")
def keep_passkey(
    request: Request, engine: Store, background: BackgroundTasks, session: Session, body: NewPasskey
) -> Response:
    """From now on it signs in by itself, and a sign-in with the password alone no longer does. The session becomes
    stronger."""
    settings, at = settings_of(request), now()
    with writing(engine) as connection:
        _may_change(connection, request)
        content = tickets.look(connection, keys(settings).ticket, NEW_PASSKEY_TICKET, body.ticket, at)
        mine = content is not None and content["account"] == session.account_id
        token = None
        if content is not None and mine and tickets.redeem(connection, body.ticket):
            challenge = bytes.fromhex(content["challenge"])
            label, answer = body.label, body.answer
            if passkeys.register(connection, settings.origin, session.account_id, label, answer, challenge, at):
                token = _stronger(connection, session, factors.PASSKEY)
    if token is None:
        note(request, "factor", session.account_id, frozenset(), reason="passkey", session=session)
        raise invalid("body.answer", "not_valid")
    changed = _changed(request, engine, background, "factor", session.account_id, session)
    sessions.set_cookie(changed, token)
    return changed


@router.delete("/me/factors/{id}", status_code=204, responses=answers(404), summary="Remove an app or a passkey")
def remove_factor(
    request: Request, engine: Store, background: BackgroundTasks, session: Session, id: FactorId
) -> Response:
    """With the last of them the recovery codes go too."""
    with writing(engine) as connection:
        _may_change(connection, request)
        removed = factors.remove(connection, session.account_id, str(id))
    if not removed:
        raise NotThere("factor")
    return _changed(request, engine, background, "factor", session.account_id, session)


def _may_change(connection: Connection, request: Request) -> None:
    """Raises ``Closed`` for a session that may not change second factors: one that was left open, and one in which the
    factor that there is was not given. Whoever has the password alone would set up another and be past it."""
    why = why_not(connection, own_session(connection, request))
    if why is not None:
        raise Closed(why)


def why_not(connection: Connection, session: AnyRow) -> str | None:
    """Why a session may not change second factors, None when it may."""
    if now() >= session.created_at + FRESH:
        return "sign_in_again"
    if not sessions.is_strong(session) and factors.kinds(connection, session.account_id):
        return "second_factor"
    return None


def _stronger(connection: Connection, session: AnyRow, factor: str) -> str:
    """The session's new token. Raises an HTTP 401 when it has just ended: then no factor was added either."""
    token = sessions.strengthen(connection, session, factor, now())
    if token is None:
        raise Told(401, ENDED)
    return token


def _changed(
    request: Request, engine: Store, background: BackgroundTasks, action: str, account_id: str,
    session: AnyRow | None = None,
) -> Response:  # fmt: skip
    """On file, and told to the holder of the account."""
    with reading(engine) as connection:
        sources = accounts.source_ids(connection, account_id)
    note(request, action, account_id, sources, session=session)
    background.add_task(activating.tell_changed, engine, settings_of(request), account_id, now())
    return _done(background)


def _done(background: BackgroundTasks) -> Response:
    headers = {"Clear-Site-Data": '"cache"', "Cache-Control": "no-store"}
    return Response(status_code=204, headers=headers, background=background)
