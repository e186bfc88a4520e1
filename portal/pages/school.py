"""For who works at the school: the classes at a glance."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Path, Request, Response

from portal import glance, groups
from portal.caller import Store, needs
from portal.clock import now
from portal.groups import ROLES
from portal.pages.page import Noted, Reader, pages, render
from portal.reading import reading

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
