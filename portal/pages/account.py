"""My account: sessions, the role to go on in, what guardians of an adult see, and who has looked at a student."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form, Request, Response
from fastapi.responses import RedirectResponse

from portal import deciding, readers
from portal.access import Area, Role
from portal.caller import Store
from portal.clock import now
from portal.cursors import PAGE, CursorQuery, decode, encode
from portal.decisionmodels import NewConsent
from portal.looking import look
from portal.pages.page import Holder, Noted, Reader, Session, pages, render
from portal.pages.students import whose
from portal.reading import reading
from portal.routes import StudentId
from portal.ruleroutes import put_consent
from portal.signin import accountroutes, routes, sessions
from portal.signin.common import settings_of
from portal.signin.models import RoleChoice
from portal.signin.routes import SessionId

router = pages()


@router.get("/account")
def account(request: Request, viewer: Holder, engine: Store, noted: Noted, session: Session) -> Response:
    """Where else one is signed in, in what roles, and with what second factor."""
    at = now()
    with reading(engine) as connection:
        held = sessions.roles(connection, session.account_id, at)
    consent = None
    if viewer.role is Role.STUDENT:
        with reading(engine, viewer) as connection:
            consent = deciding.consent(connection, viewer, at)
    return render(
        request, "account.html", viewer=viewer, sessions=routes.list_sessions(engine, session).sessions, roles=held,
        factors=accountroutes.list_factors(engine, session), consent=consent, lacks=request.state.lacks_factor,
    )  # fmt: skip


@router.post("/account/sessions/{id}/end")
def end_session(request: Request, engine: Store, session: Session, id: SessionId) -> Response:
    routes.end_session(request, engine, session, id)
    return RedirectResponse("/account", 303)


@router.post("/account/role")
def choose_role(
    request: Request, engine: Store, session: Session, role: Annotated[Role, Form()]
) -> Response:
    answer = RedirectResponse("/today", 303)
    routes.choose_role(request, answer, engine, session, RoleChoice(role=role))
    return answer


@router.post("/account/consent")
def decide_consent(
    request: Request, viewer: Reader, engine: Store, noted: Noted, open: Annotated[bool, Form()]
) -> Response:
    """May my parents see my data: only the student decides, from the 18th birthday on."""
    put_consent(request, viewer, engine, noted, NewConsent(open=open))
    return RedirectResponse("/account", 303)


@router.get("/students/{id}/readers")
def readers_page(
    request: Request, viewer: Reader, engine: Store, noted: Noted, id: StudentId, cursor: CursorQuery = None
) -> Response:
    """Who has looked, the last first."""
    at, secret = now(), settings_of(request).secret
    place = decode(secret, cursor, "readers", id)
    with reading(engine, viewer) as connection:
        seen = look(connection, viewer, id, Area.READERS, at, noted)
        about, found, last = readers.page(connection, seen, before=place[0] if place else None, limit=PAGE)
    onwards = None if last is None else encode(secret, [last], "readers", id)
    return render(
        request, "readers.html", viewer=viewer, meta=about, whose=whose(seen, at), readers=found, onwards=onwards
    )
