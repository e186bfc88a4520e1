"""What people decide about who sees what: an adult student's consent (R55), a school's rules (R59, R72), decisions
about guardians without authority (R51-R53) and restriction (R64).

Nothing is overwritten: the newest row holds, and those before it tell how it came to be. Every change is noted for
the audit; whoever calls writes that in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from canonical.tables import SOURCE, TABLES
from portal.access import ADULT, Area, Decision, Role, Viewer, age
from portal.clock import local_day
from portal.decisionmodels import (
    Consent,
    DecisionItem,
    Decisions,
    Moment,
    NewDecision,
    Preview,
    Restriction,
    SchoolRules,
    SectionMoments,
)
from portal.facts import students_of, within
from portal.looking import Reads
from portal.problems import Closed, Conflict, NotThere, invalid
from portal.publication import published_at
from portal.reading import AnyRow, living
from portal.rules import Publication, Rules, SectionPublication, read
from portal.stamp import touch
from portal.tables import CONSENT, DECISION, RESTRICTION, RULES

_PREVIEWED = (Role.STUDENT, Role.GUARDIAN, Role.STAFF)
_YEARS = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Sections:
    """The locations of a source by id, and its studies as it writes them."""

    locations: dict[str, str]
    studies: list[str]


def consent(connection: Connection, viewer: Viewer, at: datetime) -> Consent:
    """Whether the student has opened the own data to the guardians. One query."""
    rows = _own(connection, viewer)
    adult = [row for row in rows if _is_adult(row, at)]
    return Consent(decides=bool(adult), open=all(row.consents for row in adult) if adult else None)


def give_consent(connection: Connection, viewer: Viewer, open: bool, at: datetime, reads: Reads) -> Consent:
    """Open or close the own data to the guardians, at once. Of an adult only: a word that was given before the 18th
    birthday would otherwise hold after it (R55). Raises ``Closed``."""
    touch(connection)
    rows = _own(connection, viewer)
    adult = [row for row in rows if _is_adult(row, at)]
    if not adult:
        for row in rows:
            reads.note("consent", row.source_id, student_id=row.id, allowed=False, reason="under_eighteen")
        raise Closed("under_eighteen")
    for row in adult:
        connection.execute(insert(CONSENT).values(student_id=row.id, open=open, at=at, by=viewer.actor))
        reads.note("consent", row.source_id, student_id=row.id, relation="self")
    return Consent(decides=True, open=open)


def _own(connection: Connection, viewer: Viewer) -> Sequence[AnyRow]:
    own = {person for persons in viewer.persons.values() for person in persons}
    return connection.execute(students_of(viewer).where(TABLES["student"].c.id.in_(own))).all()


def _is_adult(student: AnyRow, at: datetime) -> bool:
    """Whose birth date is not known cannot be taken for an adult here, and not for a child elsewhere."""
    return student.birth_date is not None and age(student.birth_date, local_day(at)) >= ADULT


def school_rules(connection: Connection, viewer: Viewer, name: str) -> SchoolRules:
    """The rules that hold for a source. Raises ``NotThere``."""
    source = _source(connection, viewer, name)
    newest = connection.execute(
        select(RULES).where(RULES.c.source_id == source).order_by(RULES.c.version.desc()).limit(1)
    ).first()
    if newest is None:
        return SchoolRules(source=name, version=0, since=None, rules=Rules())
    return SchoolRules(source=name, version=newest.version, since=newest.at, rules=read(newest.document))


def replace_rules(
    connection: Connection, viewer: Viewer, name: str, version: int, rules: Rules, at: datetime, reads: Reads
) -> SchoolRules:
    """A next version of a source's rules. Raises ``Conflict`` when ``version`` is not the newest (0: none yet)."""
    touch(connection)  # its lock lets one change follow the other
    newest = school_rules(connection, viewer, name)
    source = _source(connection, viewer, name)
    if version != newest.version:
        raise Conflict("version")
    _known_locations(connection, source, rules, newest.rules)
    connection.execute(
        insert(RULES).values(
            source_id=source, version=version + 1, document=rules.model_dump_json(), at=at, by=viewer.actor
        )
    )
    reads.note("rules", source)
    return SchoolRules(source=name, version=version + 1, since=at, rules=rules)


def _known_locations(connection: Connection, source: int, rules: Rules, held: Rules) -> None:
    """A rule for a location that is not there would never hold, and nobody would notice. One that has gone since may
    stay: whoever decides about something else is not to be stopped by it. Raises a 400."""
    known = {*_locations(connection, source), *(part.location for part in (*held.switches, *held.section_publications))}
    for place in ("switches", "section_publications"):
        for n, part in enumerate(getattr(rules, place)):
            if part.location is not None and part.location not in known:
                raise invalid(f"body.rules.{place}.{n}.location", "unknown")


def sections(connection: Connection, viewer: Viewer, name: str) -> Sections:
    """What there is to decide for at a source. Raises ``NotThere``."""
    source = _source(connection, viewer, name)
    enrolment = TABLES["enrolment"]
    studies = select(enrolment.c.study).where(
        enrolment.c.source_id == source, enrolment.c.study.is_not(None), living(enrolment)
    )
    return Sections(_locations(connection, source), sorted(connection.execute(studies.distinct()).scalars()))


def _locations(connection: Connection, source: int) -> dict[str, str]:
    table = TABLES["location"]
    rows = connection.execute(
        select(table.c.id, table.c.name).where(table.c.source_id == source, living(table)).order_by(table.c.name)
    )
    return {row.id: row.name for row in rows}


def preview(held: SchoolRules, entered: datetime) -> Preview:
    """Who sees it when, if a result were entered at ``entered``: of the school and of each section that differs."""
    if not _YEARS[0] <= entered < _YEARS[1]:
        raise invalid("query.entered", "out_of_range")
    plans: list[Publication] = [held.rules.publication, *held.rules.section_publications]
    return Preview(
        source=held.source, version=held.version, entered=entered,
        sections=[_moments(held.rules, plan, entered) for plan in plans],
    )  # fmt: skip


def _moments(rules: Rules, plan: Publication, entered: datetime) -> SectionMoments:
    of = plan if isinstance(plan, SectionPublication) else None
    location, study, grade_level = (of.location, of.study, of.grade_level) if of else (None, None, None)
    held = rules.model_copy(update={"publication": plan})

    def moment(role: Role) -> Moment:
        out = published_at(held, role, entered) or entered
        # What the school has closed on that day stays away until it is opened.
        is_open = rules.is_open(role.value, Area.GRADES.value, location, study, grade_level, local_day(out))
        return Moment(role=role, at=out, open=is_open)

    return SectionMoments(
        location=location, study=study, grade_level=grade_level, moments=[moment(role) for role in _PREVIEWED]
    )


def decide(
    connection: Connection, viewer: Viewer, name: str, new: NewDecision, at: datetime, reads: Reads
) -> DecisionItem:
    """Put a decision about a guardian of a student on file. Raises ``NotThere`` when they are not that (any more)."""
    touch(connection)
    source = _source(connection, viewer, name)
    student, guardian = str(new.student), str(new.guardian)
    table = TABLES["guardianship"]
    related = select(table.c.id).where(
        table.c.source_id == source, table.c.student_id == student, table.c.guardian_id == guardian, living(table)
    )
    if connection.execute(related).first() is None:
        raise NotThere("guardian of such a student")
    areas = sorted(set(new.granted))
    connection.execute(
        insert(DECISION).values(
            source_id=source, student_id=student, guardian_id=guardian, decision=new.decision.value,
            granted=orjson.dumps(areas).decode(), ground=new.ground, at=at, by=viewer.actor,
        )
    )  # fmt: skip
    reads.note("decide", source, student_id=student)
    return DecisionItem(
        student=student, guardian=guardian, decision=new.decision, granted=areas, ground=new.ground, at=at
    )


def decisions(connection: Connection, viewer: Viewer, name: str, student: UUID, reads: Reads) -> Decisions:
    """All that was decided about the guardians of a student, the newest first. Raises ``NotThere``."""
    source = _source(connection, viewer, name)
    about = _student(connection, viewer, student, TABLES["student"].c.source_id == source).id
    reads.note("read", source, student_id=about, area=Area.CARD.value, relation="school")
    found = connection.execute(
        select(DECISION)
        .where(DECISION.c.source_id == source, DECISION.c.student_id == about)
        .order_by(DECISION.c.id.desc())
    )
    return Decisions(
        source=name,
        decisions=[
            DecisionItem(
                student=row.student_id, guardian=row.guardian_id, decision=Decision(row.decision),
                granted=_areas(orjson.loads(row.granted)), ground=row.ground, at=row.at,
            )
            for row in found
        ],
    )  # fmt: skip


def _areas(words: Iterable[str]) -> list[Area]:
    return [Area(word) for word in words]


def restrict(
    connection: Connection, viewer: Viewer, student: UUID, restricted: bool, at: datetime, reads: Reads
) -> Restriction:
    """Freeze all views of a student, or open them again (R64). Saying so twice changes nothing. Raises ``NotThere``.

    Of who has left too: what is in dispute is not erased until somebody says that it is over.
    """
    touch(connection)
    row = _student(connection, viewer, student)
    running = (RESTRICTION.c.student_id == row.id, RESTRICTION.c.ended_at.is_(None))
    since = connection.execute(select(func.min(RESTRICTION.c.since)).where(*running)).scalar_one()
    if restricted and since is None:
        since = at
        connection.execute(insert(RESTRICTION).values(student_id=row.id, since=at, by=viewer.actor))
    if not restricted:
        since = None
        connection.execute(update(RESTRICTION).where(*running).values(ended_at=at))
    reads.note("restrict", row.source_id, student_id=row.id)
    return Restriction(restricted=restricted, since=since)


def _student(connection: Connection, viewer: Viewer, student: UUID, *of: ColumnElement[bool]) -> AnyRow:
    """A student of whom there is a copy, though the source may not hold the student any more."""
    table = TABLES["student"]
    row = connection.execute(
        select(table.c.id, table.c.source_id)
        .where(table.c.id == str(student), within(viewer, table), *of)
        .order_by(table.c.tombstoned_at.is_not(None), table.c.source_id)
    ).first()
    if row is None:
        raise NotThere("student")
    return row


def _source(connection: Connection, viewer: Viewer, name: str) -> int:
    """The number of a source that the viewer may touch."""
    own = SOURCE.c.id.in_(sorted(viewer.sources or ()))
    number = connection.execute(select(SOURCE.c.id).where(SOURCE.c.name == name, own)).scalar()
    if number is None:
        raise NotThere("source")
    return int(number)
