"""Who calls: from the bearer token or the session cookie of a request to a viewer in one role."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Connection, Engine
from starlette.exceptions import HTTPException

from portal.access import Role, Viewer
from portal.clock import now
from portal.limiting import ACCEPTED
from portal.looking import Reads
from portal.problems import Closed
from portal.reading import AnyRow, reading, writing
from portal.signin import sessions
from portal.signin.tokens import bearer_viewer

_bearer = HTTPBearer(
    auto_error=False, scheme_name="token",
    description="A client's key or its token from `/v1/token`, or a token of an issuer that the configuration names.",
)  # fmt: skip

_cookie = APIKeyCookie(
    name=sessions.COOKIE, scheme_name="session", auto_error=False,
    description="The session that `POST /v1/session` begins.",
)  # fmt: skip

HOUSE = Viewer(Role.MANAGER, "house", None)
"""The read layer itself, for what names the schools and how fresh they are: no student."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def authenticate(request: Request, token: str | None, at: datetime) -> tuple[Viewer | None, AnyRow | None]:
    """The viewer behind a token, or else behind the session cookie, with its session; None when there is none, whatever
    the reason."""
    engine = request.app.state.engine
    if token is not None:
        return bearer_viewer(engine, token, request.app.state.settings, at), None
    with reading(engine) as connection:
        session = _session(connection, request, at)
        return None if session is None else sessions.viewer_of(connection, session, at), session


def _session(connection: Connection, request: Request, at: datetime) -> AnyRow | None:
    cookie = request.cookies.get(sessions.COOKIE)
    return None if cookie is None else sessions.session_of(connection, cookie, at)


def caller(
    request: Request,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    _session_cookie: Annotated[str | None, Depends(_cookie)],
) -> Viewer:
    """Who asks. Nobody, and somebody whose token or session does not hold (any more), are answered alike."""
    engine, at = request.app.state.engine, now()
    viewer, session = authenticate(request, None if credentials is None else credentials.credentials, at)
    if viewer is None:
        raise HTTPException(
            401, "This needs a session, or a valid token: Authorization: Bearer <token>.",
            headers={"WWW-Authenticate": "Bearer"},
        )  # fmt: skip
    setattr(request.state, ACCEPTED, True)
    if session is not None:
        if request.method not in SAFE and not sessions.same_origin(request, request.app.state.settings):
            raise Closed("other_origin")
        if sessions.due(session, at):
            with writing(engine) as connection:
                sessions.seen(connection, session, at)
    return viewer


async def noted(request: Request, viewer: Annotated[Viewer, Depends(caller)]) -> Reads:
    """What this request looks at; ``portal.audited`` puts it on file."""
    reads = request.state.reads = Reads(viewer)
    return reads


async def store(request: Request) -> Engine:
    """The database that is read."""
    engine: Engine = request.app.state.engine
    return engine


Caller = Annotated[Viewer, Depends(caller)]
Noted = Annotated[Reads, Depends(noted)]
Store = Annotated[Engine, Depends(store)]


def needs(viewer: Viewer, *roles: Role, scope: str | None = None) -> None:
    """Raises ``Closed`` unless the viewer has one of these roles, or is a client with ``scope``."""
    if viewer.role is Role.CLIENT:
        if scope is None or scope not in viewer.scopes:
            raise Closed("scope")
    elif viewer.role not in roles:
        raise Closed("role")
