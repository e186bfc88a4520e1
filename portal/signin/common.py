"""What the addresses of own accounts share."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Response
from sqlalchemy import Connection

from portal.access import Role, Viewer
from portal.audit import NOBODYS, Event
from portal.caller import Caller
from portal.clock import now
from portal.looking import Reads
from portal.problems import Closed, Told, invalid
from portal.reading import AnyRow, reading
from portal.settings import Settings
from portal.signin import passwords, sessions

ENDED = "This session has ended."
NOBODY = "nobody"
"""The actor of an event, and the role, as long as nobody has signed in."""


def own_pages(request: Request, response: Response) -> None:
    """A page of somebody else may not sign anybody in or out, and no answer about an account is kept anywhere."""
    response.headers["Cache-Control"] = "no-store"
    if not sessions.same_origin(request, settings_of(request)):
        raise Closed("other_origin")


def settings_of(request: Request) -> Settings:
    """What the read layer was started with."""
    settings: Settings = request.app.state.settings
    return settings


def session_of(request: Request, viewer: Caller) -> AnyRow:
    """The session that a request was made in. Raises ``Closed`` for who has come with a token."""
    if viewer.session is None:
        raise Closed("session")
    with reading(request.app.state.engine) as connection:
        return own_session(connection, request)


def own_session(connection: Connection, request: Request) -> AnyRow:
    """The session as it is in this transaction. Raises an HTTP 401 when it has just ended."""
    session = sessions.session_of(connection, request.cookies.get(sessions.COOKIE, ""), now())
    if session is None:
        raise Told(401, ENDED)
    return session


Session = Annotated[AnyRow, Depends(session_of)]


def note(
    request: Request, action: str, account_id: str | None, sources: frozenset[int], *, reason: str | None = None,
    session: AnyRow | None = None,
) -> None:  # fmt: skip
    """Put something on file that was done with an account: with each source that it has to do with."""
    if not hasattr(request.state, "reads"):
        # Only carries the events; nobody has signed in.
        request.state.reads = Reads(Viewer(Role.GUARDIAN, NOBODY))
    request.state.reads.events += [
        Event(
            source_id=source, actor=f"account:{account_id}" if account_id else NOBODY,
            role=session.role if session is not None else NOBODY, action=action, allowed=reason is None,
            reason=reason, session=session.id if session is not None else None,
        )
        for source in sorted(sources) or [NOBODYS]
    ]  # fmt: skip


def good_password(password: str, login: str, field: str = "body.password") -> None:
    """Raises the HTTP 400 that says why this cannot be the password of ``login``."""
    fault = passwords.fault(password, login)
    if fault is not None:
        raise invalid(field, fault)
