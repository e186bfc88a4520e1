"""Signing in and out: name and password, a second factor, and the way back when the password was forgotten."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import BackgroundTasks, Form, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from portal.caller import HOUSE, Store
from portal.pages.page import FACTORS, SIGN_IN, Session, local, pages, render
from portal.pages.words import COOKIE, LANGUAGES
from portal.reading import reading
from portal.signin import accountroutes, routes
from portal.signin.common import settings_of
from portal.signin.models import (
    Activation,
    FactorCode,
    FactorNeeded,
    Forgotten,
    PasswordRenewal,
    SignIn,
    TicketCode,
)
from portal.sources import states

YEAR = 366 * 24 * 3600

Text = Annotated[str, Form()]

router = pages()


@router.get(SIGN_IN)
def sign_in_page(request: Request, next: str | None = None) -> Response:
    return _signin(request, local(next))


@router.post(SIGN_IN)
def sign_in(request: Request, engine: Store, login: Text = "", password: Text = "", next: Text = "") -> Response:
    """On with the session, or to the second factor."""
    onwards = local(next)
    answer = RedirectResponse(onwards, 303)
    try:
        step = routes.sign_in(request, answer, engine, SignIn(login=login, password=password))
    except (HTTPException, ValidationError) as error:
        return _signin(request, onwards, login=login, wrong=_code(error), status=401)
    if isinstance(step, FactorNeeded):
        return render(request, "factor.html", next=onwards, ticket=step.ticket, asked=step.second_factor, wrong=None)
    if step.second_factor_required:
        answer.headers["Location"] = FACTORS
    return answer


@router.post("/signin/factor")
def give_factor(
    request: Request, engine: Store, ticket: Text = "", kind: Text = "totp", code: Text = "", next: Text = "",
    asked: Text = "",
) -> Response:  # fmt: skip
    """``asked`` is what the form offered, for when it has to be shown again."""
    onwards = local(next)
    answer = RedirectResponse(onwards, 303)
    try:
        routes.give_factor(request, answer, engine, FactorCode.model_validate(
            {"ticket": ticket, "kind": kind, "code": code.strip()}
        ))  # fmt: skip
    except (HTTPException, ValidationError) as error:
        return render(
            request, "factor.html", next=onwards, ticket=ticket, asked=asked.split(), wrong=_code(error), status=401
        )
    return answer


@router.post("/signout")
def sign_out(request: Request, engine: Store, session: Session) -> Response:
    gone = routes.sign_out(request, engine, session)
    answer = RedirectResponse(SIGN_IN, 303)
    answer.raw_headers += [header for header in gone.raw_headers if header[0] in (b"set-cookie", b"clear-site-data")]
    return answer


@router.post("/language")
def choose_language(language: Text = "", next: Text = "") -> Response:
    """Kept by the browser: nobody needs an account to be spoken to in the own language."""
    answer = RedirectResponse(local(next, "/"), 303)
    if language in LANGUAGES:
        answer.set_cookie(COOKIE, language, max_age=YEAR, secure=True, httponly=True, samesite="lax")
    return answer


@router.get("/activate")
def activation_page(request: Request) -> Response:
    return render(request, "activate.html", login="", code="", wrong=None)


@router.post("/activate")
def activate(
    request: Request, engine: Store, code: Text = "", login: Text = "", password: Text = "", language: Text = "nl"
) -> Response:
    """With the code of the letter; the second code is on its way then."""
    try:
        asked = accountroutes.ask_activation(
            request, engine, Activation.model_validate(
                {"code": code.strip(), "login": login, "password": password, "language": language}
            ),
        )  # fmt: skip
    except (RequestValidationError, ValidationError, HTTPException) as error:
        return render(request, "activate.html", login=login, code=code, wrong=_code(error), status=400)
    return render(request, "activate_code.html", ticket=asked.ticket, sent=asked.sent, wrong=None)


@router.post("/activate/code")
def confirm_activation(
    request: Request, engine: Store, background: BackgroundTasks, ticket: Text = "", code: Text = "", sent: Text = ""
) -> Response:
    try:
        accountroutes.confirm_activation(request, engine, background, TicketCode(ticket=ticket, code=code.strip()))
    except (RequestValidationError, ValidationError, HTTPException) as error:
        return render(request, "activate_code.html", ticket=ticket, sent=sent, wrong=_code(error), status=400)
    return _signin(request, local(None), done="activated")


@router.get("/forgotten")
def forgotten_page(request: Request) -> Response:
    return render(request, "forgotten.html", wrong=None)


@router.post("/forgotten")
def forgotten(request: Request, engine: Store, background: BackgroundTasks, login: Text = "") -> Response:
    """The same page whether or not there is such an account."""
    try:
        given = accountroutes.forget_password(request, engine, background, Forgotten(login=login))
    except ValidationError as error:
        return render(request, "forgotten.html", wrong=_code(error), status=400)
    answer = render(request, "forgotten_code.html", ticket=given.ticket, wrong=None)
    answer.background = background
    return answer


@router.post("/forgotten/code")
def renew_password(
    request: Request, engine: Store, background: BackgroundTasks, ticket: Text = "", code: Text = "",
    password: Text = "",
) -> Response:  # fmt: skip
    try:
        accountroutes.renew_password(
            request, engine, background, PasswordRenewal(ticket=ticket, code=code.strip(), password=password)
        )
    except (RequestValidationError, ValidationError, HTTPException) as error:
        return render(request, "forgotten_code.html", ticket=ticket, wrong=_code(error), status=400)
    answer = _signin(request, local(None), done="renewed")
    answer.background = background
    return answer


def _signin(
    request: Request, onwards: str, *, login: str = "", wrong: str | None = None, done: str | None = None,
    status: int = 200,
) -> Response:  # fmt: skip
    providers = _providers(request)
    return render(
        request, "signin.html", next=onwards, login=login, wrong=wrong, done=done, providers=providers, status=status
    )


def _providers(request: Request) -> list[tuple[str, str]]:
    """The schools with a sign-in of their own: a source of each, and what the school is called."""
    wanted = {provider.sources[0] for provider in settings_of(request).providers}
    if not wanted:
        return []
    with reading(request.app.state.engine, HOUSE) as connection:
        return [(source.name, source.school) for source in states(connection, HOUSE) if source.name in wanted]


def _code(error: Any) -> str:
    """What a refusal is called: a problem's own code, or that of the first field that is wrong."""
    if isinstance(error, (RequestValidationError, ValidationError)):
        first = error.errors()[0]
        return str(first["type"])
    return getattr(error, "code", None) or str(error.status_code)
