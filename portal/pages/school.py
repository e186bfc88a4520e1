"""For who works at the school: the classes at a glance, and for the application manager how each source stands."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Path, Request, Response

from portal import glance, groups, repairs, sources
from portal.access import Role
from portal.caller import Store, needs
from portal.clock import now
from portal.cursors import PAGE, CursorQuery, decode, encode
from portal.groups import ROLES
from portal.pages.page import Noted, Reader, pages, render
from portal.reading import reading
from portal.signin.common import settings_of

router = pages()


@router.get("/classes")
def classes(request: Request, viewer: Reader, engine: Store, noted: Noted) -> Response:
    """The own groups of this school year."""
    needs(viewer, *ROLES)
    with reading(engine, viewer) as connection:
        view = groups.groups(connection, viewer, now())
    return render(request, "classes.html", viewer=viewer, meta=view.meta, view=view)


@router.get("/classes/{id}")
def class_at_a_glance(
    request: Request, viewer: Reader, engine: Store, noted: Noted, id: Annotated[UUID, Path()]
) -> Response:
    """Who slips, who is often late or away, and why the page says so."""
    needs(viewer, *ROLES)
    with reading(engine, viewer) as connection:
        view = glance.glance(connection, viewer, id, now(), noted)
    return render(request, "glance.html", viewer=viewer, meta=view.meta, view=view)


@router.get("/sources")
def health(request: Request, viewer: Reader, engine: Store, noted: Noted, cursor: CursorQuery = None) -> Response:
    """Each source in one look, the rows that wait to be mended in it, and the deletions that wait for a person."""
    needs(viewer, Role.MANAGER)
    settings = settings_of(request)
    place = decode(settings.secret, cursor, "quarantine")
    with reading(engine, viewer) as connection:
        view = sources.health(connection, viewer, now(), settings.stale_after)
        waiting, last = repairs.quarantine(connection, viewer, after=place[0] if place else None, limit=PAGE)
        held = repairs.held(connection, viewer)
    onwards = None if last is None else encode(settings.secret, [last], "quarantine")
    return render(
        request, "sources.html", viewer=viewer, view=view, rows=waiting.rows, plans=held.plans, onwards=onwards
    )
