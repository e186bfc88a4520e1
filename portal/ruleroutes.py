"""Addresses at which people decide who sees what. A change and its event in the audit are one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Request
from pydantic import AwareDatetime
from sqlalchemy import Connection, Engine

from portal import deciding
from portal.access import Role
from portal.audit import CannotRecord, append
from portal.audited import Audited
from portal.caller import Caller, Noted, Store, needs
from portal.clock import now
from portal.decisionmodels import (
    Consent,
    DecisionItem,
    Decisions,
    NewConsent,
    NewDecision,
    NewRestriction,
    NewRules,
    Preview,
    Restriction,
    SchoolRules,
)
from portal.looking import Reads
from portal.problems import Unavailable, answers
from portal.reading import reading, writing
from portal.routes import StudentId
from portal.routing import api_router
from portal.settings import derived

router = api_router(
    "/v1", tags=["rules"], route_class=Audited, responses=answers(400, 401, 403, 413, 429, 500, 503)
)

Source = Annotated[
    str, Path(min_length=1, max_length=200, pattern=r"^[^\x00]+$", description="The name of a source.")
]


@contextmanager
def changing(request: Request, engine: Engine, noted: Reads) -> Iterator[Connection]:
    """One transaction that ends with the events of what was done in it, or not at all."""
    with writing(engine, noted.viewer) as connection:
        yield connection
        try:
            append(connection, derived(request.app.state.settings.secret, "audit"), noted.events, now())
        except CannotRecord:
            raise Unavailable("What is decided must be put on file, and that cannot be done now.") from None
    noted.events.clear()


@router.get("/me/consent", summary="Whether the guardians of an adult student see its data")
def get_consent(viewer: Caller, engine: Store) -> Consent:
    """Of the student that asks."""
    needs(viewer, Role.STUDENT)
    with reading(engine, viewer) as connection:
        return deciding.consent(connection, viewer, now())


@router.put("/me/consent", summary="Open or close the own data to the guardians")
def put_consent(request: Request, viewer: Caller, engine: Store, noted: Noted, body: NewConsent) -> Consent:
    """At once. Only the student, from the 18th birthday on; nobody can do it in the student's place."""
    needs(viewer, Role.STUDENT)
    with changing(request, engine, noted) as connection:
        return deciding.give_consent(connection, viewer, body.open, now(), noted)


@router.get("/sources/{name}/rules", responses=answers(404), summary="What a school has decided")
def get_rules(viewer: Caller, engine: Store, name: Source) -> SchoolRules:
    """The newest version, with the defaults of all that was not decided."""
    needs(viewer, Role.ADMINISTRATOR)
    with reading(engine, viewer) as connection:
        return deciding.school_rules(connection, viewer, name)


@router.put("/sources/{name}/rules", responses=answers(404, 409), summary="Decide anew")
def put_rules(
    request: Request, viewer: Caller, engine: Store, noted: Noted, name: Source, body: NewRules
) -> SchoolRules:
    """The whole document. It holds from the next request of anybody on."""
    needs(viewer, Role.ADMINISTRATOR)
    with changing(request, engine, noted) as connection:
        return deciding.replace_rules(connection, viewer, name, body.version, body.rules, now(), noted)


@router.get("/sources/{name}/rules/preview", responses=answers(404), summary="Who sees it when")
def get_preview(
    viewer: Caller, engine: Store, name: Source,
    entered: Annotated[AwareDatetime, Query(description="When a result is entered, with an offset or `Z`.")],
) -> Preview:  # fmt: skip
    """When a result that is entered at a moment comes out, for the school and for each section that differs."""
    needs(viewer, Role.ADMINISTRATOR)
    with reading(engine, viewer) as connection:
        return deciding.preview(deciding.school_rules(connection, viewer, name), entered)


@router.get("/sources/{name}/decisions", responses=answers(404), summary="What was decided about guardians")
def get_decisions(
    viewer: Caller, engine: Store, noted: Noted, name: Source,
    student: Annotated[UUID, Query(description="The student's id, as in the list of students.")],
) -> Decisions:  # fmt: skip
    """Of one student, the newest first."""
    needs(viewer, Role.ADMINISTRATOR)
    with reading(engine, viewer) as connection:
        return deciding.decisions(connection, viewer, name, student, noted)


@router.post(
    "/sources/{name}/decisions", status_code=201, responses=answers(404), summary="Decide about a guardian"
)
def post_decision(
    request: Request, viewer: Caller, engine: Store, noted: Noted, name: Source, body: NewDecision
) -> DecisionItem:
    """Without authority nothing may be seen but what is granted here; a block goes before everything."""
    needs(viewer, Role.ADMINISTRATOR)
    with changing(request, engine, noted) as connection:
        return deciding.decide(connection, viewer, name, body, now(), noted)


@router.put("/students/{id}/restriction", responses=answers(404), summary="Restrict the processing of a student's data")
def put_restriction(
    request: Request, viewer: Caller, engine: Store, noted: Noted, id: StudentId, body: NewRestriction
) -> Restriction:
    """While it is restricted all views of the student are frozen, for everybody."""
    needs(viewer, Role.ADMINISTRATOR)
    with changing(request, engine, noted) as connection:
        return deciding.restrict(connection, viewer, id, body.restricted, now(), noted)
