"""The addresses of the read layer: each asks one view, within one transaction."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Engine
from starlette.exceptions import HTTPException

from portal import absences, grades, sources, students
from portal.absencemodels import Absences
from portal.clock import local_day, now
from portal.freshness import Limits
from portal.grademodels import Grades
from portal.keys import ApiKey, find
from portal.problems import Problem, invalid
from portal.reading import reading
from portal.scope import Scope
from portal.sources import Sources
from portal.students import StudentCard, Students

PAGE = 100
LARGEST_PAGE = 500

_bearer = HTTPBearer(auto_error=False, scheme_name="key", description="The key that the configuration names.")


def caller(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Scope:
    """What this request may see. An absent key and a wrong one are answered alike."""
    keys: tuple[ApiKey, ...] = request.app.state.keys
    key = find(keys, credentials.credentials) if credentials else None
    if key is None:
        raise HTTPException(
            401, "This needs a valid key: Authorization: Bearer <key>.", headers={"WWW-Authenticate": "Bearer"}
        )
    return Scope(key.sources)


def store(request: Request) -> Engine:
    """The database that is read."""
    engine: Engine = request.app.state.engine
    return engine


Caller = Annotated[Scope, Depends(caller)]
Store = Annotated[Engine, Depends(store)]
StudentId = Annotated[UUID, Path(description="The student's id, as in the list of students.")]

_ERRORS: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "No key, or not a valid one."},
    422: {"model": Problem, "description": "The request is not valid."},
    500: {"model": Problem, "description": "Something went wrong on this side."},
}
_MISSING: dict[int | str, dict[str, Any]] = {
    404: {"model": Problem, "description": "Not there, or not for this key: the answer is the same."}
}

router = APIRouter(prefix="/v1", responses=_ERRORS)


@router.get("/students", responses=_MISSING, summary="The students that the key may see")
def list_students(
    scope: Caller,
    engine: Store,
    cursor: Annotated[UUID | None, Query(description="`next_cursor` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="Students a page.")] = PAGE,
    group: Annotated[UUID | None, Query(description="Only students of this group or homeroom, by its id.")] = None,
) -> Students:
    """In the order of their ids, which never change: a page neither loses nor doubles a student."""
    with reading(engine) as connection:
        return students.students(connection, scope, local_day(now()), cursor=cursor, limit=limit, group=group)


@router.get("/students/{id}", responses=_MISSING, summary="One student's card")
def get_student(scope: Caller, engine: Store, id: StudentId) -> StudentCard:
    """Enrolments of the year, homeroom, mentors, subjects and groups. No address, nothing of guardians."""
    with reading(engine) as connection:
        return students.card(connection, scope, id, local_day(now()))


@router.get("/students/{id}/grades", responses=_MISSING, summary="One student's grade overview")
def get_grades(scope: Caller, engine: Store, id: StudentId) -> Grades:
    """Per school year and subject: tests with every attempt, the source's own marks, and computed averages."""
    with reading(engine) as connection:
        return grades.overview(connection, scope, id)


@router.get("/students/{id}/absences", responses=_MISSING, summary="One student's absences")
def get_absences(
    scope: Caller,
    engine: Store,
    id: StudentId,
    first: Annotated[date | None, Query(alias="from", description="First day, local, inclusive.")] = None,
    last: Annotated[date | None, Query(alias="to", description="Last day, local, inclusive.")] = None,
) -> Absences:
    """Observations in lessons, notices over an interval, and remarks that are no absence; each apart."""
    if first is not None and last is not None and first > last:
        raise invalid("query.from", "after_to")
    with reading(engine) as connection:
        return absences.overview(connection, scope, id, first=first, last=last)


@router.get("/sources", summary="How fresh and how whole every source is")
def get_sources(request: Request, scope: Caller, engine: Store) -> Sources:
    """Per source and entity: when it was last read, what waits for a person, how the last run went."""
    limits: Limits = request.app.state.stale_after
    with reading(engine) as connection:
        return sources.health(connection, scope, now(), limits)
