"""The addresses of students: each asks one view, within one transaction."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query, Request

from portal import absences, me, students
from portal.absencemodels import Absences
from portal.access import Area
from portal.audited import Audited
from portal.caller import Caller, Noted, Store
from portal.clock import now
from portal.cursors import PAGE, CursorQuery, LimitQuery, decode, encode
from portal.looking import look
from portal.me import Me
from portal.problems import Problem, invalid
from portal.reading import reading
from portal.routing import api_router
from portal.settings import Settings
from portal.students import StudentCard, Students

StudentId = Annotated[UUID, Path(description="The student's id, as in the list of students.")]

ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "The request is not valid; `errors` says which part and why."},
    401: {"model": Problem, "description": "No token and no session, or not a valid one."},
    403: {"model": Problem, "description": "Closed for this caller; `code` says why."},
    429: {"model": Problem, "description": "Too many requests; `Retry-After` says how long to wait."},
    500: {"model": Problem, "description": "Something went wrong on this side."},
    503: {"model": Problem, "description": "What is read must be put on file, and that cannot be done now."},
}
MISSING: dict[int | str, dict[str, Any]] = {
    404: {"model": Problem, "description": "Not there, or not for this caller: the answer is the same."}
}

router = api_router("/v1", responses=ERRORS, route_class=Audited, tags=["students"])


@router.get("/me", summary="Who the caller is, and the own students")
def get_me(viewer: Caller, engine: Store, noted: Noted) -> Me:
    """The role, the sources, and of a student or guardian which students there are and what of them is open."""
    with reading(engine, viewer) as connection:
        return me.me(connection, viewer, now(), noted)


@router.get("/students", responses=MISSING, summary="The students that the caller may see")
def list_students(
    request: Request,
    viewer: Caller,
    engine: Store,
    noted: Noted,
    cursor: CursorQuery = None,
    limit: LimitQuery = PAGE,
    group: Annotated[UUID | None, Query(description="Only students of this group or homeroom, by its id.")] = None,
) -> Students:
    """In the order of their ids, which never change: a page neither loses nor doubles a student."""
    settings: Settings = request.app.state.settings
    place = decode(settings.secret, cursor, "students", group)
    with reading(engine, viewer) as connection:
        page = students.students(
            connection, viewer, noted, now(), after=place[0] if place else None, limit=limit, group=group
        )
    if page.next_cursor is None:
        return page
    return page.model_copy(
        update={"next_cursor": encode(settings.secret, [page.next_cursor], "students", group)}
    )


@router.get("/students/{id}", responses=MISSING, summary="One student's card")
def get_student(viewer: Caller, engine: Store, noted: Noted, id: StudentId) -> StudentCard:
    """Enrolments of the year, homeroom, mentors, subjects and groups. No address, nothing of guardians."""
    at = now()
    with reading(engine, viewer) as connection:
        return students.card(connection, look(connection, viewer, id, Area.CARD, at, noted), at)


@router.get("/students/{id}/absences", responses=MISSING, summary="One student's absences")
def get_absences(
    viewer: Caller,
    engine: Store,
    noted: Noted,
    id: StudentId,
    first: Annotated[date | None, Query(alias="from", description="First day, local, inclusive.")] = None,
    last: Annotated[date | None, Query(alias="to", description="Last day, local, inclusive.")] = None,
) -> Absences:
    """Observations in lessons, notices over an interval, and remarks that are no absence; each apart."""
    if first is not None and last is not None and first > last:
        raise invalid("query.from", "after_to")
    at = now()
    with reading(engine, viewer) as connection:
        seen = look(connection, viewer, id, Area.ABSENCES, at, noted)
        return absences.overview(connection, seen, at, first=first, last=last)
