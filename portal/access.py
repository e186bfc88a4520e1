"""Who may see what of whom (R50-R61). Pure: from facts that were read for this one request.

    may_see(viewer, student, area, now) = relation and age and school switch and block; default deny

Publication (R72-R74) decides about single results: ``portal.publication``. Nothing here is kept between requests,
since a birthday, a withdrawn consent or the first of August must hold from that moment on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from canonical.terms import Relation
from portal.clock import local_day
from portal.rules import Rules

ADULT = 18
DISCREET = 16
"""From this age on a guardian learns that, when and how often, but not the reason that the student gave (R56)."""


class Role(StrEnum):
    """In what capacity somebody asks. One a session: rights never add up (R60)."""

    STUDENT = "student"
    GUARDIAN = "guardian"
    STAFF = "staff"
    """Teachers and mentors: what they see follows from their groups."""
    TEAM_LEADER = "team_leader"
    ATTENDANCE_OFFICER = "attendance_officer"
    ADMINISTRATOR = "administrator"
    """Of the portal: accounts, rules and use; no grades."""
    MANAGER = "manager"
    """Of the application: sources, quarantine and held deletions; no students."""
    CLIENT = "client"
    """A program with a key: what its scopes say of the sources that it was given."""


class Area(StrEnum):
    """What can be open or closed."""

    CARD = "card"
    GRADES = "grades"
    ABSENCES = "absences"
    """Observations, notices and lesson remarks, with the group of their reason."""
    REASONS = "reasons"
    """The text of an absence's reason."""
    FILE = "file"
    """Everything at once, to take along (R64)."""
    READERS = "readers"
    """Who has looked."""


class TieKind(StrEnum):
    """What joins a viewer with a student."""

    SELF = "self"
    GUARDIAN = "guardian"
    MENTOR = "mentor"
    TEACHER = "teacher"
    SECTION = "section"
    SCHOOL = "school"
    CLIENT = "client"


class Decision(StrEnum):
    """What the school has decided about a guardian who has no authority (R51-R53)."""

    NONE = "none"
    GRANTED = "granted"
    REFUSED = "refused"
    BLOCKED = "blocked"
    """A court order that the source does not know of (R52)."""


@dataclass(frozen=True, slots=True)
class Tie:
    """A viewer's relation with one student, as on the day of the request."""

    kind: TieKind
    relation: Relation = Relation.UNKNOWN
    legal_authority: bool | None = None
    authority_elsewhere: bool = False
    """Somebody else was given the authority in the parents' place (R53)."""
    court_block: bool = False
    decision: Decision = Decision.NONE
    granted: frozenset[Area] = frozenset()
    """What a decision ``GRANTED`` opens."""
    subjects: frozenset[str] = frozenset()
    """A teacher's: the subjects that are taught to this student."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks, in one role.

    ``actor`` is what the audit calls it, such as ``account:<id>``. ``sources`` are the numbers of the sources whose
    data may be touched at all; None, which only clients can have, is all of them. ``persons`` are canonical ids by
    source. ``scopes`` are a client's. ``sections`` are a team leader's, by source.
    """

    role: Role
    actor: str
    sources: frozenset[int] | None = frozenset()
    persons: Mapping[int, frozenset[str]] = field(default_factory=dict)
    scopes: frozenset[str] = frozenset()
    sections: Mapping[int, tuple[Section, ...]] = field(default_factory=dict)
    account: str | None = None
    session: str | None = None
    client: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a school; what is None does not matter."""

    location: str | None = None
    study: str | None = None
    grade_level: int | None = None

    def holds(self, location: str | None, study: str | None, grade_level: int | None) -> bool:
        """Whether an enrolment falls in it."""
        return (
            self.location in (None, location)
            and self.study in (None, study)
            and self.grade_level in (None, grade_level)
        )


@dataclass(frozen=True, slots=True)
class Pupil:
    """A student as far as access goes. ``ties`` are with the one viewer who asks."""

    id: str
    source_id: int
    ties: tuple[Tie, ...]
    rules: Rules
    birth_date: date | None = None
    location: str | None = None
    study: str | None = None
    grade_level: int | None = None
    consents: bool = False
    """An adult has opened the own data to the guardians."""
    restricted: bool = False
    """Processing is restricted (R64): all views are frozen."""


class Reason(StrEnum):
    """Why something is closed; ``OPEN`` when it is not."""

    OPEN = "open"
    NO_TIE = "no_tie"
    NO_AUTHORITY = "no_authority"
    BLOCKED = "blocked"
    ADULT = "adult"
    BIRTH_DATE_UNKNOWN = "birth_date_unknown"
    NOT_NEEDED = "not_needed"
    SWITCHED_OFF = "switched_off"
    RESTRICTED = "restricted"
    SIXTEEN = "sixteen"
    UNDER_SIXTEEN = "under_sixteen"
    SCOPE = "scope"

    @property
    def told(self) -> bool:
        """Whether the viewer may learn that there is something, which is closed; else it is as if it were not."""
        return self in (Reason.SWITCHED_OFF, Reason.NOT_NEEDED, Reason.SCOPE, Reason.SIXTEEN, Reason.UNDER_SIXTEEN,
                        Reason.RESTRICTED)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer, why, and the tie that it rests on."""

    reason: Reason
    tie: Tie | None = None

    @property
    def allowed(self) -> bool:
        return self.reason is Reason.OPEN


NEEDED: Mapping[TieKind, Collection[Area]] = {
    TieKind.SELF: frozenset(Area),
    TieKind.GUARDIAN: frozenset(Area),
    TieKind.MENTOR: frozenset({Area.CARD, Area.GRADES, Area.ABSENCES, Area.REASONS}),
    # Of a student's grades the own subjects, of the absences the own lessons: the views narrow it (R57).
    TieKind.TEACHER: frozenset({Area.CARD, Area.GRADES, Area.ABSENCES}),
    TieKind.SECTION: frozenset({Area.CARD, Area.GRADES, Area.ABSENCES, Area.REASONS}),
    TieKind.SCHOOL: frozenset(),
    TieKind.CLIENT: frozenset({Area.CARD, Area.GRADES, Area.ABSENCES, Area.REASONS}),
}
"""What a tie opens as far as need goes (R57); of a whole school it depends on the role."""

_OF_SCHOOL: Mapping[Role, Collection[Area]] = {
    Role.ATTENDANCE_OFFICER: frozenset({Area.CARD, Area.ABSENCES, Area.REASONS}),
    Role.ADMINISTRATOR: frozenset({Area.CARD, Area.FILE, Area.READERS}),
}

SCOPES: Mapping[Area, str] = {
    Area.CARD: "students", Area.GRADES: "grades", Area.ABSENCES: "absences", Area.REASONS: "absences",
}  # fmt: skip
"""The scope that a client needs for an area."""

_CARERS = (Relation.FOSTER_PARENT, Relation.STEP_PARENT)


def may_see(viewer: Viewer, student: Pupil, area: Area, now: datetime) -> Verdict:
    """Whether ``viewer`` may see ``area`` of ``student`` at ``now`` (aware). The first tie that allows it is named.

    Where none does, the reason of the tie that came nearest.
    """
    verdicts = [_through(viewer, tie, student, area, now) for tie in student.ties]
    return min(verdicts, key=lambda verdict: _NEARNESS[verdict.reason], default=Verdict(Reason.NO_TIE))


_NEARNESS = {
    reason: n for n, reason in enumerate((
        Reason.OPEN, Reason.SWITCHED_OFF, Reason.RESTRICTED, Reason.SIXTEEN, Reason.UNDER_SIXTEEN, Reason.NOT_NEEDED,
        Reason.SCOPE, Reason.ADULT, Reason.BIRTH_DATE_UNKNOWN, Reason.NO_AUTHORITY, Reason.BLOCKED, Reason.NO_TIE,
    ))
}  # fmt: skip


def _through(viewer: Viewer, tie: Tie, student: Pupil, area: Area, now: datetime) -> Verdict:
    """What one tie gives."""
    today = local_day(now)
    reason = _relation(viewer, tie, student, area, today)
    if reason is Reason.OPEN and student.restricted:
        reason = Reason.RESTRICTED
    if reason is Reason.OPEN and viewer.role is not Role.CLIENT and not _switched_on(viewer, student, area, now):
        reason = Reason.SWITCHED_OFF
    return Verdict(reason, tie)


def _relation(viewer: Viewer, tie: Tie, student: Pupil, area: Area, today: date) -> Reason:
    match tie.kind:
        case TieKind.SELF:
            return _self(student, area, today)
        case TieKind.GUARDIAN:
            return _guardian(tie, student, area, today)
        case TieKind.CLIENT:
            needed = SCOPES.get(area)
            return Reason.OPEN if needed is not None and needed in viewer.scopes else Reason.SCOPE
        case TieKind.SCHOOL:
            return Reason.OPEN if area in _OF_SCHOOL.get(viewer.role, ()) else Reason.NOT_NEEDED
        case _:
            return Reason.OPEN if area in NEEDED[tie.kind] else Reason.NOT_NEEDED


def _self(student: Pupil, area: Area, today: date) -> Reason:
    """Under 16 the guardians exercise the rights over the whole file (R54)."""
    if area is Area.FILE and not (student.birth_date and age(student.birth_date, today) >= DISCREET):
        return Reason.UNDER_SIXTEEN
    return Reason.OPEN


def _guardian(tie: Tie, student: Pupil, area: Area, today: date) -> Reason:
    if tie.court_block or tie.decision is Decision.BLOCKED:
        return Reason.BLOCKED
    if not has_authority(tie, student.rules):
        # A right to be told the important facts, none to the file (R51).
        granted = tie.decision is Decision.GRANTED and area in tie.granted - {Area.FILE}
        if not granted:
            return Reason.NO_AUTHORITY
    # Whoever may be an adult is treated as one, until the source tells the date.
    years = ADULT if student.birth_date is None else age(student.birth_date, today)
    if years >= ADULT and not student.consents:
        return Reason.BIRTH_DATE_UNKNOWN if student.birth_date is None else Reason.ADULT
    if years >= DISCREET and (area is Area.FILE or (area is Area.REASONS and student.rules.discreet_from_sixteen)):
        return Reason.SIXTEEN
    return Reason.OPEN


def has_authority(tie: Tie, rules: Rules) -> bool:
    """Whether a guardian has parental authority (R50-R53). What a source does not say, the school's rules say."""
    if tie.legal_authority is not None:
        return tie.legal_authority
    if tie.authority_elsewhere or tie.relation in (*_CARERS, Relation.OTHER, Relation.UNKNOWN):
        return False
    return rules.authority_where_unknown


def _switched_on(viewer: Viewer, student: Pupil, area: Area, now: datetime) -> bool:
    """The school's switches (R59). What may not be seen itself may not be seen in the file either."""
    of = (student.location, student.study, student.grade_level)
    return student.rules.is_open(viewer.role.value, area.value, *of, local_day(now))


def age(born: date, on: date) -> int:
    """Whole years. Who was born on 29 February has a birthday on 1 March in other years (R55)."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
