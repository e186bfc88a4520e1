"""The addresses of a student's whole file, and of who has looked at the student."""

from __future__ import annotations

from fastapi import Request, Response

from portal import file, readers
from portal.access import Area
from portal.audited import Audited
from portal.caller import Caller, Noted, Store
from portal.clock import now
from portal.cursors import PAGE, CursorQuery, LimitQuery, decode, encode
from portal.file import File
from portal.looking import look
from portal.problems import answers
from portal.readers import Readers
from portal.reading import reading
from portal.routes import StudentId
from portal.routing import api_router

router = api_router(
    "/v1", responses=answers(400, 401, 403, 404, 429, 500, 503), route_class=Audited, tags=["file"]
)


@router.get("/students/{id}/file", summary="Everything that is held about one student, to take along")
def get_file(response: Response, viewer: Caller, engine: Store, noted: Noted, id: StudentId) -> File:
    """For the student from sixteen on, for the guardians before that, and for the school's office (R64, R54)."""
    at = now()
    with reading(engine, viewer) as connection:
        seen = look(connection, viewer, id, Area.FILE, at, noted)
        made = file.file(connection, seen, at)
    noted.note("export", seen.row.source_id, student_id=seen.row.id, area=Area.FILE.value,
               relation=seen.tie.kind.value)  # fmt: skip
    # It is too much to be kept by a browser that others may use.
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Disposition"] = f'attachment; filename="{seen.row.id}.json"'
    return made


@router.get("/students/{id}/readers", summary="Who has looked at one student")
def get_readers(
    request: Request, viewer: Caller, engine: Store, noted: Noted, id: StudentId, cursor: CursorQuery = None,
    limit: LimitQuery = PAGE,
) -> Readers:  # fmt: skip
    """The last first. Members of staff by their capacity; a guardian learns nothing of another guardian."""
    secret = request.app.state.settings.secret
    place = decode(secret, cursor, "readers", id)
    with reading(engine, viewer) as connection:
        seen = look(connection, viewer, id, Area.READERS, now(), noted)
        about, found, last = readers.page(connection, seen, before=place[0] if place else None, limit=limit)
    return Readers(
        meta=about, id=seen.row.id, readers=found,
        next_cursor=None if last is None else encode(secret, [last], "readers", id),
    )  # fmt: skip
