"""Who has looked at one student (R64, R65), told so that nobody learns of another guardian (R50)."""

from __future__ import annotations

from typing import Any

from pydantic import AwareDatetime, Field
from sqlalchemy import ColumnElement, Connection, and_, or_, select

from portal.access import Role, Viewer
from portal.freshness import DataClass
from portal.looking import Seen
from portal.models import Meta, Model, examples, meta_example
from portal.reading import AnyRow
from portal.sources import meta, states
from portal.tables import AUDIT

_FAMILY = (Role.STUDENT.value, Role.GUARDIAN.value)
_OF_THE_STUDENT = ("read", "export", "restrict")
"""What is done with the student's data. Letters, codes and decisions are about one guardian, maybe another (R50)."""


class Reader(Model):
    """One time that somebody looked at this student, or did something that concerns this student."""

    at: AwareDatetime
    role: str = Field(description="In what capacity: `student`, `guardian`, `staff`, `client`, ...")
    relation: str | None = Field(description="What joined the two, such as `mentor`; null: nothing that is known.")
    area: str | None = Field(description="What was looked at, such as `grades`.")
    action: str = Field(description="`read`, `export`, ...")
    you: bool = Field(description="Whether it was the caller.")
    actor: str | None = Field(description="Who it was; only for the portal's administrator.")


class Readers(Model):
    """A page of who has looked, the last first."""

    model_config = examples({
        "meta": meta_example(DataClass.STUDENTS), "id": "01997b5e-6c00-7000-8000-000000000001",
        "readers": [{
            "at": "2026-03-02T09:42:00Z", "role": "staff", "relation": "mentor", "area": "grades", "action": "read",
            "you": False, "actor": None,
        }],
        "next_cursor": None,
    })  # fmt: skip
    meta: Meta
    id: str
    readers: list[Reader]
    next_cursor: str | None


def page(
    connection: Connection, seen: Seen, *, before: int | None, limit: int
) -> tuple[Meta, list[Reader], int | None]:
    """The next ``limit`` events before number ``before`` of the source's chain, and the number to go on from.

    The chain only grows: a page neither loses nor doubles an event, whatever is written meanwhile.
    """
    statement = select(AUDIT).where(_of(seen)).order_by(AUDIT.c.n.desc()).limit(limit + 1)
    if before is not None:
        statement = statement.where(AUDIT.c.n < before)
    rows = connection.execute(statement).all()
    source = [source for source in states(connection, seen.viewer) if source.id == seen.row.source_id]
    found = [reader(seen.viewer, row) for row in rows[:limit]]
    return meta(source, DataClass.STUDENTS), found, rows[limit - 1].n if len(rows) > limit else None


def every(connection: Connection, seen: Seen) -> list[Reader]:
    """All of them, for the student's file."""
    statement = select(AUDIT).where(_of(seen)).order_by(AUDIT.c.n.desc())
    return [reader(seen.viewer, row) for row in connection.execute(statement)]


def _of(seen: Seen) -> ColumnElement[bool]:
    """A guardian learns of the own looks and of those of the school; what was refused is nobody's look."""
    about = and_(AUDIT.c.source_id == seen.row.source_id, AUDIT.c.student_id == seen.row.id, AUDIT.c.allowed.is_(True))
    if seen.viewer.role is not Role.GUARDIAN:
        return about
    of_school = and_(AUDIT.c.role.not_in(_FAMILY), AUDIT.c.action.in_(_OF_THE_STUDENT))
    return and_(about, or_(AUDIT.c.actor == seen.viewer.actor, of_school))


def reader(viewer: Viewer, row: AnyRow) -> Reader:
    """One event, as ``viewer`` may know it."""
    said: dict[str, Any] = {name: getattr(row, name) for name in ("at", "role", "relation", "area", "action")}
    return Reader(
        **said, you=row.actor == viewer.actor, actor=row.actor if viewer.role is Role.ADMINISTRATOR else None
    )
