"""``/v1/oidc``: to the school's identity provider and back."""

from __future__ import annotations

from typing import Annotated

import structlog
from fastapi import Query, Request
from fastapi.responses import RedirectResponse

from portal.audit import NOBODYS, CannotRecord, Event
from portal.clock import now
from portal.problems import NotThere, Told, Unavailable, answers, invalid
from portal.routing import api_router
from portal.signin import oidc, persons, sessions
from portal.signin.common import NOBODY, settings_of
from portal.signin.entering import client_of
from portal.signin.fetching import Unreachable
from portal.signin.issuers import Provider
from portal.signin.jwts import TokenRefused
from portal.signin.persons import NotKnown

router = api_router("/v1/oidc", tags=["session"])

COOKIE = "__Host-schoolbrug-oidc"
"""Binds a sign-in to the browser that it began in."""

_log = structlog.get_logger()

_PLAINLY = {
    "role": "Your school's sign-in does not say whether you are a student or work there.",
    "unknown": "Your school's sign-in knows you, but you are not among the students and staff that are known here.",
    "ambiguous": "More than one person here has your number or code; the school has to put that right.",
    "closed": "This account is closed.",
    "nothing": "This account has no role here today.",
    "denied": "The school's sign-in has not let you in.",
}
_AGAIN = "This sign-in does not hold, or took too long; please begin anew."

Text = Annotated[str | None, Query(max_length=4_096)]


Path = Annotated[str, Query(max_length=500, description="Where to go afterwards: a path here, never an address.")]


@router.get(
    "/{source}/start", status_code=303, response_class=RedirectResponse, responses=answers(400, 404, 429, 503)
)  # fmt: skip
def begin_at_provider(request: Request, source: str, to: Path = "/") -> RedirectResponse:
    """Send a browser to the identity provider of a source's school."""
    provider, settings = _provider(request, source), settings_of(request)
    if not oidc.is_own_path(to):
        raise invalid("query.to", "path_expected")
    try:
        begun = oidc.begin(request.app.state.engine, settings, provider, to, now())
    except Unreachable as error:
        _log.warning("oidc.unreachable", code=error.code)
        raise Unavailable("The school's sign-in does not answer.") from None
    answer = RedirectResponse(begun.url, 303, {"Cache-Control": "no-store"})
    answer.set_cookie(
        COOKIE, begun.binding, int(oidc.TIME.total_seconds()), secure=True, httponly=True, samesite="lax", path="/"
    )
    return answer


@router.get(
    "/{source}/callback", status_code=303, response_class=RedirectResponse, responses=answers(400, 403, 404, 429, 503)
)  # fmt: skip
def come_from_provider(
    request: Request, source: str, state: Text = None, code: Text = None, error: Text = None, iss: Text = None
) -> RedirectResponse:
    """Where the identity provider sends the browser back to: begins a session, or says plainly why not."""
    provider, settings, at = _provider(request, source), settings_of(request), now()
    given = oidc.Answer(state, code, error, iss, request.cookies.get(COOKIE))
    try:
        claims, to = oidc.finish(request.app.state.engine, settings, provider, given, at)
        token = persons.sign_in(request.app.state.engine, settings, provider, claims, client_of(request), at)
    except (TokenRefused, NotKnown) as refused:
        _log.info("oidc.refused", code=refused.code)
        _record(request, Event(NOBODYS, NOBODY, NOBODY, "sign_in", allowed=False, reason=refused.code))
        told = refused.code if refused.code in _PLAINLY else "again"
        raise Told(403, _PLAINLY.get(refused.code, _AGAIN), told) from None
    except Unreachable as unreachable:
        _log.warning("oidc.unreachable", code=unreachable.code)
        raise Unavailable("The school's sign-in does not answer.") from None
    except CannotRecord:
        raise Unavailable(_NOT_ON_FILE) from None
    answer = RedirectResponse(f"{settings.origin}{to}", 303, {"Cache-Control": "no-store"})
    answer.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax", path="/")
    sessions.set_cookie(answer, token)
    return answer


_NOT_ON_FILE = "A sign-in must be put on file, and that cannot be done now."


def _provider(request: Request, source: str) -> Provider:
    provider = oidc.provider_of(settings_of(request).providers, source)
    if provider is None:
        raise NotThere("provider")
    return provider


def _record(request: Request, event: Event) -> None:
    try:
        request.app.state.recorder.record([event])
    except CannotRecord:
        raise Unavailable(_NOT_ON_FILE) from None
