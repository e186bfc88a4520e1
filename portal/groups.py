"""The groups that a member of staff has to do with this school year, each with in what capacity (R57)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from pydantic import Field
from sqlalchemy import Connection, Select, and_, false, or_, select

from canonical.tables import TABLES
from canonical.terms import GroupKind, StaffRole
from portal.access import Area, Role, Viewer
from portal.clock import local_day
from portal.facts import in_groups, students_of, within
from portal.freshness import NOTHING_KNOWN, DataClass
from portal.looking import look_at_all
from portal.models import Coded, Meta, Model, examples, meta_example
from portal.reading import AnyRow, living, refers
from portal.sources import meta, states

SHOWN = (DataClass.MENTORS, DataClass.GROUPS, DataClass.HOMEROOMS)
ROLES = (Role.STAFF, Role.TEAM_LEADER, Role.ATTENDANCE_OFFICER)
"""Whom these views are for."""

_HOMEROOM = {"id": "01997b5e-6c00-7000-8000-000000000002", "code": "3hA", "name": None}
_FRENCH = {"id": "01997b5e-6c00-7000-8000-000000000006", "code": "fa", "name": "Frans"}


class OwnGroup(Model):
    """A group of this school year."""

    group: Coded
    source: str
    group_kind: GroupKind
    mentored: bool = Field(description="The caller is a mentor of it.")
    subjects: list[Coded] = Field(description="What the caller teaches in it, as far as the source says.")
    glance: bool = Field(description="Whether `/v1/groups/{id}/glance` is for the caller.")


class Groups(Model):
    """The caller's groups, by their codes."""

    model_config = examples({
        "meta": meta_example(*SHOWN),
        "groups": [{
            "group": _HOMEROOM, "source": "lyceum", "group_kind": "homeroom", "mentored": True, "subjects": [_FRENCH],
            "glance": True,
        }],
    })  # fmt: skip
    meta: Meta
    groups: list[OwnGroup] | None = Field(description="null: nobody knows yet which there are.")


def groups(connection: Connection, viewer: Viewer, at: datetime) -> Groups:
    """A member of staff's own groups; a team leader's and an attendance officer's: those with students of theirs."""
    sources = states(connection, viewer)
    named = {source.id: source.name for source in sources}
    own: dict[str, list[AnyRow]] = defaultdict(list)
    if viewer.role is Role.STAFF:
        for row in connection.execute(_of_staff(viewer, local_day(at))):
            own[row.id].append(row)
    else:
        every = connection.execute(_current(viewer, local_day(at))).all()
        with_students = _held(connection, viewer, {row.id for row in every}, at)
        own = {row.id: [row] for row in every if row.id in with_students}
    found = [_own(rows, named, viewer) for rows in own.values()]
    found.sort(key=lambda own: (own.source, own.group.code or "", own.group.id))
    about = meta(sources, *SHOWN)
    known = any(about.completeness[part] not in NOTHING_KNOWN for part in _ties(viewer))
    return Groups(meta=about, groups=found if known else None)


def _ties(viewer: Viewer) -> Collection[DataClass]:
    """What tells the viewer's groups: who teaches and mentors them, or else who is in them."""
    if viewer.role is Role.STAFF:
        return (DataClass.MENTORS,)
    return DataClass.GROUPS, DataClass.HOMEROOMS


def mentored(connection: Connection, viewer: Viewer, today: date) -> set[str]:
    """The ids of the groups that the viewer mentors in a school year that holds today. One query."""
    rows = connection.execute(_of_staff(viewer, today))
    return {row.id for row in rows if row.role == StaffRole.MENTOR}


def _held(connection: Connection, viewer: Viewer, groups: Collection[str], at: datetime) -> set[str]:
    """Those of ``groups`` that hold a student whom the viewer may see."""
    rows = connection.execute(students_of(viewer)).all()
    seen = {(one.row.id, one.row.source_id) for one in look_at_all(connection, viewer, rows, Area.CARD, at, None)}
    members = in_groups(connection, groups, None, local_day(at))
    return {group for student, source, group in members if (student, source) in seen}


def _current(viewer: Viewer, today: date) -> Select[Any]:
    """The groups of the viewer's sources whose school year holds today, or is not known."""
    group, year = TABLES["group"], TABLES["school_year"]
    return (
        select(group.c.id, group.c.source_id, group.c.code, group.c.group_kind)
        .select_from(group.outerjoin(year, refers(group.c.school_year_id, group, year)))
        .where(
            living(group), within(viewer, group),
            or_(year.c.begins.is_(None), year.c.begins <= today), or_(year.c.ends.is_(None), year.c.ends >= today),
        )
    )  # fmt: skip


def _of_staff(viewer: Viewer, today: date) -> Select[Any]:
    """The same, of those that the viewer teaches or mentors: a row for each part in it."""
    table, group, subject = TABLES["group_staff"], TABLES["group"], TABLES["subject"]
    current = _current(viewer, today).subquery()
    mine = [
        and_(table.c.source_id == source, table.c.staff_id.in_(sorted(persons)))
        for source, persons in viewer.persons.items()
    ]
    return (
        select(
            group.c.id, group.c.source_id, group.c.code, group.c.group_kind, table.c.role, table.c.subject_id,
            subject.c.code.label("subject_code"), subject.c.name.label("subject_name"),
        )
        .select_from(
            table.join(group, refers(table.c.group_id, table, group))
            .join(current, and_(current.c.id == group.c.id, current.c.source_id == group.c.source_id))
            .outerjoin(subject, refers(table.c.subject_id, table, subject))
        )
        .where(living(table), or_(false(), *mine))
    )  # fmt: skip


def _own(rows: Iterable[AnyRow], named: dict[int, str], viewer: Viewer) -> OwnGroup:
    parts = list(rows)
    head, of_staff = parts[0], viewer.role is Role.STAFF
    mentors = of_staff and any(row.role == StaffRole.MENTOR for row in parts)
    taught = {
        row.subject_id: Coded(id=row.subject_id, code=row.subject_code, name=row.subject_name)
        for row in parts if of_staff and row.subject_id is not None and row.role == StaffRole.TEACHER
    }  # fmt: skip
    return OwnGroup(
        group=Coded(id=head.id, code=head.code), source=named[head.source_id], group_kind=head.group_kind,
        mentored=mentors, subjects=sorted(taught.values(), key=lambda subject: (subject.code or "", subject.id)),
        glance=mentors or not of_staff,
    )  # fmt: skip
