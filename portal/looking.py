"""Looking at a student: the facts are read, access is decided, and what was looked at is noted for the audit.

Every view of a student begins here. What may not be seen is answered as if it were not there; only what the viewer
knows to exist is told to be closed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from canonical.tables import TABLES
from portal.access import SCOPES, Area, Pupil, Reason, Role, Tie, TieKind, Verdict, Viewer, may_see
from portal.audit import NOBODYS, Event
from portal.clock import local_day
from portal.facts import pupils, students_of
from portal.problems import Closed, NotThere
from portal.publication import horizon
from portal.reading import AnyRow
from portal.rules import Rules


@dataclass(slots=True)
class Reads:
    """What one request has looked at or done. It is on file before the answer leaves."""

    viewer: Viewer
    events: list[Event] = field(default_factory=list)

    def note(
        self, action: str, source_id: int, *, student_id: str | None = None, area: str | None = None,
        allowed: bool = True, reason: str | None = None, relation: str | None = None,
    ) -> None:  # fmt: skip
        """Something that was done, or refused."""
        by = self.viewer
        self.events.append(Event(
            source_id=source_id, actor=by.actor, role=by.role.value, action=action, allowed=allowed, relation=relation,
            student_id=student_id, area=area, reason=reason, session=by.session, client=by.client,
        ))  # fmt: skip

    def saw(self, pupil: Pupil, area: Area, verdict: Verdict) -> None:
        """A student that was looked at, or asked for in vain."""
        relation = verdict.tie.kind.value if verdict.tie else None
        self.note(
            "read", pupil.source_id, student_id=pupil.id, area=area.value, allowed=verdict.allowed,
            reason=None if verdict.allowed else verdict.reason.value, relation=relation,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """A student that may be seen in one area.

    ``row`` is the student's own; ``horizon`` is the moment up to which results are published for this viewer, None
    for all of them.
    """

    viewer: Viewer
    row: AnyRow
    pupil: Pupil
    verdict: Verdict
    horizon: datetime | None

    @property
    def rules(self) -> Rules:
        return self.pupil.rules

    @property
    def tie(self) -> Tie:
        assert self.verdict.tie is not None
        return self.verdict.tie

    def also(self, area: Area, now: datetime) -> bool:
        """Whether another area is open too."""
        return may_see(self.viewer, self.pupil, area, now).allowed

    @property
    def own_subjects(self) -> frozenset[str] | None:
        """The subjects that a teacher is confined to (R57); None for whoever is not."""
        return self.tie.subjects if self.tie.kind is TieKind.TEACHER else None


def look(
    connection: Connection, viewer: Viewer, wanted: UUID, area: Area, now: datetime, reads: Reads
) -> Seen:
    """The student, if ``viewer`` may see ``area`` of it at ``now``. Raises ``NotThere`` and ``Closed``."""
    if viewer.role is Role.CLIENT and SCOPES.get(area) not in viewer.scopes:
        # Of whatever id: a token that is not for this does not learn who is there.
        reads.note("read", NOBODYS, student_id=str(wanted), area=area.value, allowed=False, reason=Reason.SCOPE.value)
        raise Closed(Reason.SCOPE.value)
    row = connection.execute(students_of(viewer).where(TABLES["student"].c.id == str(wanted))).first()
    if row is None:
        # Where the database itself hides a student, the attempt is on file all the same.
        reads.note("read", NOBODYS, student_id=str(wanted), area=area.value, allowed=False,
                   reason=Reason.NO_TIE.value)  # fmt: skip
        raise NotThere("student")
    (pupil,) = pupils(connection, viewer, [row], local_day(now))
    verdict = may_see(viewer, pupil, area, now)
    reads.saw(pupil, area, verdict)
    if not verdict.allowed:
        raise Closed(verdict.reason.value) if verdict.reason.told else NotThere("student")
    return Seen(viewer, row, pupil, verdict, horizon(pupil.rules, viewer, now))


def look_at_all(
    connection: Connection, viewer: Viewer, rows: Sequence[AnyRow], area: Area, now: datetime, reads: Reads | None
) -> list[Seen]:
    """Those of ``rows`` (of ``students_of``) that may be seen, in their order. With ``reads`` they count as seen."""
    found = []
    for row, pupil in zip(rows, pupils(connection, viewer, rows, local_day(now)), strict=True):
        verdict = may_see(viewer, pupil, area, now)
        if verdict.allowed:
            found.append(Seen(viewer, row, pupil, verdict, horizon(pupil.rules, viewer, now)))
            if reads is not None:
                reads.saw(pupil, area, verdict)
    return found
