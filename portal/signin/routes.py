"""Addresses of sessions: signing in, out, and in another role."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request, Response

from portal.audited import Audited
from portal.caller import Store
from portal.clock import now
from portal.problems import Closed, NotThere, Told, answers
from portal.reading import AnyRow, reading, writing
from portal.routing import api_router
from portal.signin import accounts, entering, sessions
from portal.signin.common import Session, note, own_pages, own_session, settings_of
from portal.signin.entering import Step, client_of
from portal.signin.models import (
    FactorCode,
    FactorNeeded,
    PasskeyAnswer,
    PasskeyOptions,
    RoleChoice,
    SessionItem,
    SessionList,
    SessionMade,
    SignIn,
)

router = api_router(
    "/v1", tags=["session"], route_class=Audited, dependencies=[Depends(own_pages)],
    responses=answers(400, 401, 403, 413, 429, 500, 503),
)  # fmt: skip

SessionId = Annotated[UUID, Path(description="A session of the list.")]


@router.post("/session", summary="Sign in with name and password")
def sign_in(request: Request, response: Response, engine: Store, body: SignIn) -> SessionMade | FactorNeeded:
    """A session, or what second factor is needed. A wrong name, a wrong password and an account that is closed for a
    while after too many tries have the same answer: 401."""
    step = entering.with_password(engine, settings_of(request), body.login, body.password, client_of(request), now())
    if step.ticket is not None:
        note(request, "password", step.account_id, step.sources)
        return FactorNeeded.model_validate({"second_factor": step.asked, "ticket": step.ticket})
    return _entered(request, response, step)


@router.post("/session/factor", summary="Give the second factor")
def give_factor(request: Request, response: Response, engine: Store, body: FactorCode) -> SessionMade:
    """With the ticket of the password: a session. Without: the present session becomes stronger, with a new token."""
    settings, at = settings_of(request), now()
    if body.ticket is not None:
        step = entering.with_factor(engine, settings, body.ticket, body.kind, body.code, client_of(request), at)
        return _entered(request, response, step)
    with writing(engine) as connection:
        session = own_session(connection, request)
        sources = accounts.source_ids(connection, session.account_id)
        using, client = entering.keys(settings), client_of(request)
        reason = entering.try_factor(connection, using, session.account_id, body.kind, body.code, client, at)
        token = sessions.strengthen(connection, session, body.kind, at) if reason is None else None
        step = Step(
            session.account_id, sources, token, sessions.session_of(connection, token, at) if token else None,
            sessions.roles(connection, session.account_id, at), reason=reason if token or reason else "session",
        )  # fmt: skip
    return _entered(request, response, step)


@router.post("/session/passkey/options", summary="Begin to sign in with a passkey")
def begin_passkey(request: Request, engine: Store) -> PasskeyOptions:
    """What to ask the browser with."""
    options, ticket = entering.passkey_challenge(engine, settings_of(request), now())
    return PasskeyOptions(options=options, ticket=ticket)


@router.post("/session/passkey", summary="Sign in with a passkey")
def sign_in_with_passkey(request: Request, response: Response, engine: Store, body: PasskeyAnswer) -> SessionMade:
    """Needs no password and no other factor."""
    step = entering.with_passkey(engine, settings_of(request), body.ticket, body.answer, client_of(request), now())
    return _entered(request, response, step)


@router.put("/session/role", summary="Go on in another role")
def choose_role(request: Request, response: Response, engine: Store, session: Session, body: RoleChoice) -> SessionMade:
    """One role at a time: rights never add up (R60). The session gets a new token."""
    at = now()
    with writing(engine) as connection:
        token = sessions.choose(connection, session, body.role, at)
        held = sessions.roles(connection, session.account_id, at)
        sources = accounts.source_ids(connection, session.account_id)
        chosen = sessions.session_of(connection, token, at) if token else None
    if token is None or chosen is None:
        note(request, "role", session.account_id, sources, reason="no_role", session=session)
        raise Closed("role")
    note(request, "role", session.account_id, sources, session=chosen)
    sessions.set_cookie(response, token)
    return _made(chosen, held)


@router.delete("/session", status_code=204, summary="Sign out")
def sign_out(request: Request, engine: Store, session: Session) -> Response:
    """The session ends at once."""
    with writing(engine) as connection:
        sessions.revoke(connection, session.account_id, [session.id], now())
        sources = accounts.source_ids(connection, session.account_id)
    note(request, "sign_out", session.account_id, sources, session=session)
    gone = Response(status_code=204, headers={"Clear-Site-Data": '"cache"', "Cache-Control": "no-store"})
    sessions.clear_cookie(gone)
    return gone


@router.get("/sessions", summary="The sessions of this account that go on")
def list_sessions(engine: Store, session: Session) -> SessionList:
    """On whatever device."""
    with reading(engine) as connection:
        rows = sessions.living(connection, session.account_id, now())
    return SessionList(
        sessions=[
            SessionItem(
                id=row.id, role=row.role, way=row.way, agent=row.agent, created_at=row.created_at,
                seen_at=row.seen_at, current=row.id == session.id,
            )
            for row in rows
        ]
    )  # fmt: skip


@router.delete("/sessions/{id}", status_code=204, responses=answers(404), summary="End one of the own sessions")
def end_session(request: Request, engine: Store, session: Session, id: SessionId) -> Response:
    """At once, on whatever device."""
    with writing(engine) as connection:
        ended = sessions.revoke(connection, session.account_id, [str(id)], now())
        sources = accounts.source_ids(connection, session.account_id)
    if not ended:
        raise NotThere("session")
    note(request, "revoke", session.account_id, sources, session=session)
    return Response(status_code=204, headers={"Cache-Control": "no-store"})


def _entered(request: Request, response: Response, step: Step) -> SessionMade:
    """The session that was made, with its cookie. Raises what a refusal looks like from outside."""
    note(request, "sign_in", step.account_id, step.sources, reason=step.reason, session=step.session)
    if step.reason == "no_role":
        raise Closed("no_role")
    if step.token is None or step.session is None:
        raise Told(401, "This is not right, or not now.")
    sessions.set_cookie(response, step.token)
    return _made(step.session, step.roles)


def _made(session: AnyRow, held: tuple[object, ...]) -> SessionMade:
    return SessionMade.model_validate({
        "role": session.role, "roles": held, "second_factor_required": sessions.lacks_factor(session),
        "ends_at": session.ends_at,
    })  # fmt: skip
