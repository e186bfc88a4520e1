"""My second factors: an authenticator app, recovery codes and passkeys, and the second step in a session without it.

A secret and codes are only ever in the answer to a form: no address holds them, and no answer is kept.
"""

from __future__ import annotations

from typing import Annotated

import segno
from fastapi import BackgroundTasks, Form, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from portal.access import Viewer
from portal.caller import Store
from portal.pages.page import FACTORS, Holder, Session, pages, render
from portal.reading import AnyRow, reading
from portal.signin import accountroutes, factors, routes, sessions
from portal.signin.accountroutes import FactorId
from portal.signin.models import AppCode, AppOffer, FactorCode, NewApp

NOT_NOW = "401"
"""A code that is wrong and one that comes too soon after others are answered alike."""

Text = Annotated[str, Form()]

router = pages()


@router.get(FACTORS)
def factors_page(request: Request, viewer: Holder, engine: Store, session: Session) -> Response:
    """What there is, and what can be changed in this session."""
    return _page(request, viewer, engine, session)


@router.post(f"{FACTORS}/step")
def give_step(
    request: Request, viewer: Holder, engine: Store, session: Session, kind: Text = "totp", code: Text = ""
) -> Response:
    """The second step later than at signing in, as after the school's own sign-in."""
    answer = RedirectResponse("/today" if request.state.lacks_factor else FACTORS, 303)
    try:
        given = FactorCode.model_validate({"kind": kind, "code": code.strip()})
        routes.give_factor(request, answer, engine, given)
    except (HTTPException, ValidationError):
        return _page(request, viewer, engine, session, wrong=NOT_NOW, status=401)
    return answer


@router.post(f"{FACTORS}/app")
def offer_app(request: Request, viewer: Holder, engine: Store, session: Session, label: Text = "") -> Response:
    """The secret, as a picture and as text. It is shown this once."""
    try:
        wanted = NewApp(label=label.strip())
    except ValidationError:
        return _page(request, viewer, engine, session, wrong="label", status=400)
    offer = accountroutes.offer_app(request, engine, session, wanted)
    return render(
        request, "factor_app.html", viewer=viewer, id=offer.id, offer=offer, picture=picture(offer), wrong=None
    )


@router.post(f"{FACTORS}/app/{{id}}")
def confirm_app(
    request: Request, viewer: Holder, engine: Store, background: BackgroundTasks, session: Session, id: FactorId,
    code: Text = "",
) -> Response:  # fmt: skip
    """With its first code the app counts, and the recovery codes are shown this once."""
    kept = Response()
    try:
        first = AppCode(code=code.strip())
        made = accountroutes.confirm_app(request, kept, engine, background, session, id, first)
    except (RequestValidationError, ValidationError):
        return render(
            request, "factor_app.html", viewer=viewer, id=id, offer=None, picture=None, wrong=NOT_NOW, status=400
        )
    answer = render(request, "recovery.html", viewer=viewer, codes=made.codes)
    answer.raw_headers += [header for header in kept.raw_headers if header[0] == b"set-cookie"]
    return answer


@router.post(f"{FACTORS}/recovery")
def renew_recovery_codes(
    request: Request, viewer: Holder, engine: Store, background: BackgroundTasks, session: Session
) -> Response:
    made = accountroutes.renew_recovery_codes(request, engine, background, session)
    return render(request, "recovery.html", viewer=viewer, codes=made.codes)


@router.post(f"{FACTORS}/{{id}}/remove")
def remove_factor(
    request: Request, engine: Store, background: BackgroundTasks, session: Session, id: FactorId
) -> Response:
    accountroutes.remove_factor(request, engine, background, session, id)
    return RedirectResponse(FACTORS, 303)


def picture(offer: AppOffer) -> str:
    """The QR code of an offer, as part of a page. Within it are attributes alone: the policy allows no styles."""
    return segno.make(offer.address, micro=False).svg_inline(light="#fff", omitsize=True, svgclass=None, lineclass=None)


def _page(
    request: Request, viewer: Viewer, engine: Store, session: AnyRow, *, wrong: str | None = None, status: int = 200
) -> Response:
    with reading(engine) as connection:
        asked = () if sessions.is_strong(session) else factors.kinds(connection, session.account_id)
        closed = accountroutes.why_not(connection, session)
    return render(
        request, "factors.html", viewer=viewer, held=accountroutes.list_factors(engine, session), asked=asked,
        closed=closed, lacks=request.state.lacks_factor, wrong=wrong, status=status,
    )  # fmt: skip
