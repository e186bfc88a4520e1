"""How a page is made: its frame, its language, its errors, and that who is not signed in is asked to do so."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import Connection
from starlette.exceptions import HTTPException

from portal.access import Viewer
from portal.audit import CannotRecord
from portal.audited import Audited
from portal.caller import authenticate
from portal.clock import local_day, now
from portal.freshness import Freshness, freshness, limit_of
from portal.limiting import ACCEPTED
from portal.looking import Reads
from portal.models import Meta
from portal.pages import terms
from portal.pages.words import LANGUAGES, Words, language_of, words
from portal.problems import Closed
from portal.reading import AnyRow, reading, writing
from portal.routing import api_router
from portal.signin import sessions
from portal.signin.common import own_pages, own_session, settings_of
from portal.sources import states
from portal.statics import address, digest

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; script-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SIGN_IN, FACTORS = "/signin", "/account/factors"

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class SignedOut(Exception):
    """Nobody is signed in; the page is for who is."""


class Page(Audited):
    """A route that answers people: its errors are pages too."""

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await handle(request)
            except SignedOut:
                return RedirectResponse(f"{SIGN_IN}?next={quote(_here(request))}", 303)
            except HTTPException as error:
                return error_page(request, error.status_code, getattr(error, "code", None))
            except RequestValidationError:
                return error_page(request, 400)
            except CannotRecord:
                return error_page(request, 503)

        return answered


def pages() -> APIRouter:
    """A router of pages."""
    return api_router(
        "", route_class=Page, include_in_schema=False, dependencies=[Depends(own_pages)],
        default_response_class=HTMLResponse,
    )  # fmt: skip


def holder(request: Request) -> Viewer:
    """Whose account it is, whatever the role sees. Raises ``SignedOut`` when nobody is signed in (any more)."""
    at = now()
    viewer, session = authenticate(request, None, at)
    if viewer is None or session is None:
        raise SignedOut
    setattr(request.state, ACCEPTED, True)
    if sessions.due(session, at):
        with writing(request.app.state.engine) as connection:
            sessions.seen(connection, session, at)
    request.state.reads, request.state.lacks_factor = Reads(viewer), sessions.lacks_factor(session)
    return viewer


Holder = Annotated[Viewer, Depends(holder)]


def reader(request: Request, viewer: Holder) -> Viewer:
    """Who reads. Raises ``Closed`` for a role that sees nothing without a second factor: an empty page would say that
    there is nothing."""
    if request.state.lacks_factor:
        raise Closed("second_factor")
    return viewer


Reader = Annotated[Viewer, Depends(reader)]


def noted(request: Request, _viewer: Holder) -> Reads:
    """What this page looks at, by its reader and nobody else: a token beside the session counts for nothing."""
    reads: Reads = request.state.reads
    return reads


def own(request: Request, _viewer: Holder) -> AnyRow:
    """The reader's session."""
    with reading(request.app.state.engine) as connection:
        return own_session(connection, request)


Noted = Annotated[Reads, Depends(noted)]
Session = Annotated[AnyRow, Depends(own)]


def render(
    request: Request, template: str, *, viewer: Viewer | None = None, meta: Meta | None = None, status: int = 200,
    **context: Any,
) -> HTMLResponse:  # fmt: skip
    """A page. ``meta`` is where what it shows comes from: every page says so."""
    language = language_of(request)
    spoken, at = words(language), now()
    html = _environment(language).get_template(template).render(
        language=language, languages=LANGUAGES, words=spoken, viewer=viewer, here=_here(request),
        at=at, today=local_day(at), meta=meta, look=settings_of(request).look,
        updated=updated(meta, spoken, at), status=status, **context,
    )  # fmt: skip
    return HTMLResponse(html, status, {
        "Content-Security-Policy": POLICY, "Cache-Control": "no-store", "Vary": "Cookie, Accept-Language",
        # With "no-referrer" a browser hides from ourselves as well where a form comes from.
        "Referrer-Policy": "same-origin",
    })  # fmt: skip


def updated(meta: Meta | None, spoken: Words, at: datetime) -> list[str]:
    """For each source of a page, when what is shown was read from it."""
    if meta is None:
        return []
    told = []
    for source in meta.sources:
        system = spoken.system(source.system)
        if source.as_of is None:
            told.append(spoken.say("%(school)s: not read from %(system)s yet", school=source.school, system=system))
        else:
            told.append(spoken.say(
                "%(school)s: updated %(when)s from %(system)s",
                school=source.school, when=spoken.moment(source.as_of, at), system=system,
            ))  # fmt: skip
    return told


def stale(request: Request, connection: Connection, viewer: Viewer, kinds: frozenset[str]) -> list[str]:
    """The schools of which what is behind these kinds of record is older than it should be, or was never read."""
    at, limits = now(), settings_of(request).stale_after
    return [
        source.school
        for source in states(connection, viewer)
        if any(
            freshness(entity, at, limit_of(limits, source.name)) is not Freshness.FRESH
            for entity in source.entities if kinds.intersection(entity.kinds)
        )
    ]  # fmt: skip


def error_page(request: Request, status: int, code: str | None = None) -> HTMLResponse:
    """What went wrong, and what to do about it."""
    return render(request, "error.html", status=status, code=code)


def local(address: str | None, otherwise: str = "/today") -> str:
    """An address within this portal, never another one: what ``next`` may be."""
    if address is None or not address.startswith("/") or address.startswith(("//", "/\\")):
        return otherwise
    parts = urlsplit(address)
    return otherwise if parts.scheme or parts.netloc or not address.isprintable() else address


def _here(request: Request) -> str:
    """Where one is, to come back to; what a form was sent to is no place to be."""
    if request.method != "GET":
        return "/today"
    query = request.url.query
    return request.url.path + (f"?{query}" if query else "")


def _own(path: str, content: str | bytes) -> str:
    """Where a school's own logo or colour is served. It names what it holds, as ``statics`` does."""
    return f"{path}?{digest(content.encode() if isinstance(content, str) else content)}"


@cache
def _environment(language: str) -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.i18n"],
    )  # fmt: skip
    made.globals |= {
        "static": address, "own": _own,
        "kind_texts": terms.KINDS, "news_texts": terms.NEWS, "standing_texts": terms.STANDINGS,
        "role_texts": terms.ROLES, "tie_texts": terms.TIES, "area_texts": terms.AREAS, "slip_texts": terms.SLIPS,
        "sick_texts": terms.SICK, "state_texts": terms.STATES, "status_texts": terms.STATUSES,
        "way_texts": terms.WAYS, "no_average": terms.NO_AVERAGE, "wrong_texts": terms.WRONG,
        "otherwise": terms.OTHERWISE, "closed_texts": terms.CLOSED, "closed_otherwise": terms.CLOSED_OTHERWISE,
        "mistake_texts": terms.MISTAKES, "no_location": terms.NO_LOCATION,
    }  # fmt: skip
    made.install_gettext_translations(words(language).translations, newstyle=True)  # type: ignore[attr-defined]
    return made
