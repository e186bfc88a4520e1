"""How fresh and how whole what is shown is (R80, R84). Pure: from the state of a source's entities.

A view is made of data classes; a data class of kinds of record, the first of which it is about, while the others
only explain it. "Unknown" is never told as "none": a class that was never read, or is not offered, has no list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Completeness(StrEnum):
    """Whether all that the source holds of a data class is here."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    UNKNOWN = "unknown"
    NOT_OFFERED = "not_offered"


NOTHING_KNOWN = (Completeness.UNKNOWN, Completeness.NOT_OFFERED)


class DataClass(StrEnum):
    """What views are made of."""

    STUDENTS = "students"
    ENROLMENTS = "enrolments"
    HOMEROOMS = "homerooms"
    MENTORS = "mentors"
    SUBJECTS = "subjects"
    GROUPS = "groups"
    GRADES = "grades"
    OBSERVATIONS = "observations"
    NOTICES = "notices"
    REMARKS = "remarks"


KINDS: Mapping[DataClass, tuple[str, ...]] = {
    DataClass.STUDENTS: ("student",),
    DataClass.ENROLMENTS: ("enrolment", "school_year", "location"),
    DataClass.HOMEROOMS: ("enrolment", "group"),
    DataClass.MENTORS: ("group_staff", "enrolment", "group_member", "group", "staff"),
    DataClass.SUBJECTS: ("student_subject", "subject"),
    DataClass.GROUPS: ("group_member", "group"),
    DataClass.GRADES: ("grade", "assessment", "subject", "grading_period", "school_year"),
    DataClass.OBSERVATIONS: ("attendance_observation", "lesson", "subject", "absence_reason"),
    DataClass.NOTICES: ("absence_notice", "absence_reason"),
    DataClass.REMARKS: ("lesson_remark", "lesson", "subject", "absence_reason"),
}
"""The kinds of record behind each data class; the first is what it is about."""


@dataclass(frozen=True, slots=True)
class EntityState:
    """How one entity of a source stands. ``held`` are open plans, ``quarantined`` open rows."""

    entity: str
    kinds: tuple[str, ...]
    fresh_at: datetime | None
    complete_at: datetime | None
    quarantined: int
    held: int
    failures: int


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source and its entities. Without any entity nothing was ever read, nor is it known what it offers."""

    id: int
    name: str
    system: str
    school: str
    entities: tuple[EntityState, ...]


def completeness(source: SourceState, wanted: DataClass) -> Completeness:
    """How whole a data class is that comes from ``source``."""
    about, *explaining = (_of_kind(source, kind) for kind in KINDS[wanted])
    if about in NOTHING_KNOWN:
        return about
    whole = about is Completeness.COMPLETE and all(
        state in (Completeness.COMPLETE, Completeness.NOT_OFFERED) for state in explaining
    )
    return Completeness.COMPLETE if whole else Completeness.PARTIAL


def together(states: Iterable[Completeness]) -> Completeness:
    """How whole a data class is that several sources bring: complete only when it is everywhere."""
    found = set(states)
    if len(found) == 1:
        return found.pop()
    return Completeness.PARTIAL if found - set(NOTHING_KNOWN) else Completeness.UNKNOWN


def as_of(sources: Iterable[SourceState], wanted: Iterable[DataClass]) -> datetime | None:
    """The oldest moment at which any entity behind ``wanted`` was read; None when none was."""
    kinds = {kind for data_class in wanted for kind in KINDS[data_class]}
    return min(
        (entity.fresh_at for source in sources for entity in source.entities
         if entity.fresh_at is not None and kinds.intersection(entity.kinds)),
        default=None,
    )  # fmt: skip


def _of_kind(source: SourceState, kind: str) -> Completeness:
    entities = [entity for entity in source.entities if kind in entity.kinds]
    if not entities:
        return Completeness.NOT_OFFERED if source.entities else Completeness.UNKNOWN
    if all(entity.fresh_at is None for entity in entities):
        return Completeness.UNKNOWN
    return Completeness.COMPLETE if all(map(_whole, entities)) else Completeness.PARTIAL


def _whole(entity: EntityState) -> bool:
    """Nothing held, nothing in quarantine, and the last read was proved complete."""
    if entity.fresh_at is None or entity.complete_at is None:
        return False
    return entity.complete_at >= entity.fresh_at and not entity.held and not entity.quarantined


class Freshness(StrEnum):
    """Whether an entity was read lately enough."""

    FRESH = "fresh"
    STALE = "stale"
    NEVER = "never"


STALE_AFTER = timedelta(minutes=30)
"""After this a reader is told that what is shown is old (R84)."""

Stale = Callable[[str, datetime, datetime], bool]
"""Whether the entity of that name, read at the first moment, is stale at the second: nobody reads at night what belongs
to school."""

Limit = Mapping[str, timedelta] | timedelta | Stale
"""After how long an entity is stale: for all, by the entity's name (those not named: ``STALE_AFTER``), or by rule."""


Limits = Mapping[str, Limit] | timedelta
"""The same for all sources, or by the source's name (those not named: ``STALE_AFTER``)."""


def limit_of(limits: Limits, source: str) -> Limit:
    """What holds for one source."""
    return limits if isinstance(limits, timedelta) else limits.get(source, STALE_AFTER)


def freshness(entity: EntityState, now: datetime, limit: Limit) -> Freshness:
    """Whether an entity is fresh at ``now``."""
    if entity.fresh_at is None:
        return Freshness.NEVER
    if isinstance(limit, Mapping):
        limit = limit.get(entity.entity, STALE_AFTER)
    if isinstance(limit, timedelta):
        stale = now - entity.fresh_at > limit
    else:
        stale = limit(entity.entity, entity.fresh_at, now)
    return Freshness.STALE if stale else Freshness.FRESH
