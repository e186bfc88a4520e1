"""The addresses of grades: the overview, the latest ones, one subject, the calculator."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Request, Response

from portal import grades, latest, subject
from portal.access import Area
from portal.audited import Audited
from portal.caller import Caller, Noted, Store
from portal.clock import now
from portal.cursors import PAGE, CursorQuery, LimitQuery, decode, encode
from portal.freshness import KINDS, DataClass
from portal.grademodels import Calculation, Grades, Latest, SubjectView
from portal.kept import Kept, kept_route
from portal.looking import look
from portal.problems import invalid
from portal.reading import reading
from portal.routes import ERRORS, MISSING, StudentId
from portal.routing import api_router
from portal.settings import Settings

SubjectId = Annotated[UUID, Path(alias="subject", description="The subject's id, as in the overview.")]
Weight = Annotated[
    Decimal | None,
    Query(gt=0, le=1000, max_digits=8, decimal_places=3,
          description="Weight of the next mark; without it the median of the known weights."),
]  # fmt: skip

router = api_router("/v1/students/{id}", responses=ERRORS | MISSING, route_class=Audited, tags=["grades"])

OVERVIEW = "grades"
OF_GRADES = frozenset({*KINDS[DataClass.GRADES], *KINDS[DataClass.SUBJECTS], "student"})
overviews = api_router(
    "/v1/students/{id}", responses=ERRORS | MISSING, tags=["grades"],
    route_class=kept_route(OVERVIEW, Area.GRADES, OF_GRADES),
)  # fmt: skip
"""Of the overview alone, which is asked for all day long."""


@overviews.get("/grades", summary="One student's grade overview", response_model=Grades)
def get_grades(request: Request, viewer: Caller, engine: Store, noted: Noted, id: StudentId) -> Response:
    """Per school year and subject: tests with every attempt, the source's own marks, and computed averages.

    Only what is published for the caller, and computed from that alone.
    """
    kept: Kept = request.app.state.kept
    at = now()
    with reading(engine, viewer) as connection:
        seen = look(connection, viewer, id, Area.GRADES, at, noted)
        body = grades.overview(connection, seen, at).model_dump_json().encode()
        kept.keep(connection, OVERVIEW, seen, at, OF_GRADES, body)
    return Response(body, media_type="application/json")


@router.get("/grades/latest", summary="One student's latest grades")
def get_latest_grades(
    request: Request, viewer: Caller, engine: Store, noted: Noted, id: StudentId,
    cursor: CursorQuery = None, limit: LimitQuery = PAGE,
) -> Latest:  # fmt: skip
    """Results of tests, reports and exams, in the order in which they became visible for the caller, newest first."""
    settings: Settings = request.app.state.settings
    place = decode(settings.secret, cursor, "latest", id)
    with reading(engine, viewer) as connection:
        seen = look(connection, viewer, id, Area.GRADES, now(), noted)
        page, onwards = latest.latest(connection, seen, after=place, limit=limit)
    if onwards is None:
        return page
    return page.model_copy(update={"next_cursor": encode(settings.secret, onwards, "latest", id)})


@router.get("/subjects/{subject}", summary="One subject of one student")
def get_subject(viewer: Caller, engine: Store, noted: Noted, id: StudentId, subject_id: SubjectId) -> SubjectView:
    """Every test with its weight, attempts and resits, the exam programme's lines, and the averages, per year."""
    at = now()
    with reading(engine, viewer) as connection:
        seen = look(connection, viewer, id, Area.GRADES, at, noted)
        return subject.view(connection, seen, str(subject_id), at)


@router.get("/subjects/{subject}/calculator", summary="What must I get, what will it become")
def get_calculation(
    viewer: Caller, engine: Store, noted: Noted, id: StudentId, subject_id: SubjectId,
    weight: Weight = None,
    target: Annotated[
        Decimal | None, Query(ge=1, le=10, max_digits=5, decimal_places=3, description="The average that is wanted.")
    ] = None,
    grade: Annotated[
        Decimal | None, Query(ge=1, le=10, max_digits=5, decimal_places=3, description="The next mark, if it were so.")
    ] = None,
) -> Calculation:  # fmt: skip
    """Either the mark that is needed for `target`, or the average that `grade` would make, in this school year."""
    if (target is None) == (grade is None):
        raise invalid("query.target", "one_of_target_and_grade")
    at = now()
    with reading(engine, viewer) as connection:
        seen = look(connection, viewer, id, Area.GRADES, at, noted)
        return subject.calculation(
            connection, seen, str(subject_id), at, weight=weight, target=target, mark=grade
        )
