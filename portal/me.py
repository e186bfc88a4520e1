"""Who the caller is, and which students belong to it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pydantic import Field
from sqlalchemy import Connection

from canonical.tables import TABLES
from portal.access import Area, Role, Viewer, may_see
from portal.clock import local_day
from portal.facts import pupils, students_of, tied_ids
from portal.freshness import NOTHING_KNOWN, DataClass, SourceState
from portal.looking import Reads
from portal.models import Meta, Model, Name, examples, meta_example
from portal.sources import meta, states

CHILDREN = (Role.STUDENT, Role.GUARDIAN)
"""Who has students of the own; a class is asked for at ``/v1/students``."""

_ID = "01997b5e-6c00-7000-8000-000000000001"


class OwnStudent(Model):
    """Oneself or a child. ``open`` names what may be seen now; ``closed`` says of the rest why not."""

    id: str
    source: str
    school: str
    name: Name
    open: list[Area]
    closed: dict[Area, str] = Field(description="Such as `switched_off`: the school has closed it for this reader.")


class Me(Model):
    """The caller, in the one role that the session or the token has."""

    model_config = examples({
        "meta": meta_example(DataClass.STUDENTS), "role": "guardian", "sources": ["lyceum"], "scopes": [],
        "students": [{
            "id": _ID, "source": "lyceum", "school": "Het Voorbeeldlyceum",
            "name": {"first_name": "Noor", "initials": "N.A.", "prefix": "van", "last_name": "Voorbeeld"},
            "open": ["card", "absences"], "closed": {"grades": "switched_off"},
        }],
    })  # fmt: skip
    meta: Meta
    role: Role
    sources: list[str]
    scopes: list[str] = Field(description="Of a client: what its token is for.")
    students: list[OwnStudent] | None = Field(
        description="Of a student and of a guardian; null for everybody else, and while students were never read."
    )


def me(connection: Connection, viewer: Viewer, at: datetime, reads: Reads) -> Me:
    """The caller and its students: of two schools just as of one. A student of whom nothing is open is left out."""
    sources = states(connection, viewer)
    about = meta(sources, DataClass.STUDENTS)
    told = viewer.role in CHILDREN and about.completeness[DataClass.STUDENTS] not in NOTHING_KNOWN
    return Me(
        meta=about, role=viewer.role, sources=[source.name for source in sources], scopes=sorted(viewer.scopes),
        students=_own(connection, viewer, sources, at, reads) if told else None,
    )  # fmt: skip


def _own(
    connection: Connection, viewer: Viewer, sources: Iterable[SourceState], at: datetime, reads: Reads
) -> list[OwnStudent]:
    table, today = TABLES["student"], local_day(at)
    tied = tied_ids(connection, viewer, today) or set()
    rows = connection.execute(students_of(viewer).where(table.c.id.in_(tied)).order_by(table.c.id)).all()
    named = {source.id: source for source in sources}
    found = []
    for row, pupil in zip(rows, pupils(connection, viewer, rows, today), strict=True):
        verdicts = {area: may_see(viewer, pupil, area, at) for area in Area}
        allowed = [area for area, verdict in verdicts.items() if verdict.allowed]
        if not allowed:
            continue
        reads.saw(pupil, Area.CARD, verdicts[allowed[0]])
        found.append(OwnStudent(
            id=row.id, source=named[row.source_id].name, school=named[row.source_id].school,
            name=Name(
                first_name=row.first_name, initials=row.initials, prefix=row.prefix, last_name=row.last_name
            ),
            open=allowed,
            closed={area: verdict.reason.value for area, verdict in verdicts.items()
                    if not verdict.allowed and verdict.reason.told},
        ))  # fmt: skip
    return found
