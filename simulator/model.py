"""What a school knows, in the field's English terms. No dialect of any administration system is known here.

Every record is frozen: an edit replaces it (``simulator.edits``), so a list of records taken under
``School.lock`` stays as it was. Times without zone are wall time in Europe/Amsterdam.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

Gender = Literal["female", "male", "other"]
Relation = Literal["mother", "father", "legal_guardian", "foster_parent", "step_parent", "institution", "other"]
Marks = Literal["numbers", "letters", "none", "computed"]
AssessmentKind = Literal["test", "average", "report", "calculated"]
GradeState = Literal["scored", "labelled", "to_be_made_up", "exempt"]
LessonStatus = Literal["scheduled", "changed", "moved", "changed_and_moved", "cancelled"]
AbsenceKind = Literal["absent", "late", "sick", "removed", "present", "exemption", "materials", "homework", "phone"]


@dataclass(frozen=True, slots=True)
class Address:
    street: str
    number: int
    addition: str
    postcode: str
    city: str


@dataclass(frozen=True, slots=True)
class Location:
    code: str
    name: str
    city: str


@dataclass(frozen=True, slots=True)
class SchoolYear:
    code: str
    """``2627``."""
    name: str
    begins: date
    ends: date
    """Last day, inclusive."""


@dataclass(frozen=True, slots=True)
class Period:
    code: str
    name: str
    begins: date
    ends: date
    """Last day, inclusive."""


@dataclass(frozen=True, slots=True)
class Subject:
    code: str
    name: str
    marks: Marks


@dataclass(frozen=True, slots=True)
class Study:
    """A year of a track: ``H4``."""

    code: str
    track: str
    level: int


@dataclass(frozen=True, slots=True)
class Student:
    number: int
    bsn: str
    first_name: str
    initials: str
    prefix: str
    last_name: str
    gender: Gender
    birth_date: date
    email: str
    login: str
    password: str
    address: Address
    phone: str
    phone_secret: bool


@dataclass(frozen=True, slots=True)
class Guardian:
    id: int
    title: str
    first_name: str
    initials: str
    prefix: str
    last_name: str
    email: str
    phone: str
    secret: bool
    """The contact data is secret."""
    address: Address


@dataclass(frozen=True, slots=True)
class Guardianship:
    student: int
    guardian: int
    order: int
    """1 is the first contact."""
    relation: Relation
    legal_authority: bool
    court_block: bool
    receives_mail: bool


@dataclass(frozen=True, slots=True)
class Staff:
    number: int
    """A series of its own: a student may have the same number."""
    code: str
    logins: tuple[str, ...]
    first_name: str
    initials: str
    prefix: str
    last_name: str
    gender: Gender
    function: str
    subject: str
    """The code of the subject taught; empty for who does not teach."""
    begins: date
    left_on: date | None
    address: Address
    phone: str


@dataclass(frozen=True, slots=True)
class Homeroom:
    code: str
    """``4h2``."""
    study: str
    location: str
    mentors: tuple[str, ...]
    """One or two staff codes."""
    slots: tuple[tuple[int, int, int], ...]
    """The mentor hour: weekday (0 is Monday), first hour, last hour."""


@dataclass(frozen=True, slots=True)
class Section:
    id: int
    code: str
    """``4h.wisa1``."""
    subject: str
    study: str
    teacher: str
    """Staff code."""
    members: tuple[int, ...]
    """Student numbers."""
    slots: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Enrolment:
    id: int
    student: int
    homeroom: str
    study: str
    level: int
    profile: str
    """Empty in the lower years."""
    location: str
    begins: date
    ends: date
    left_on: date | None


@dataclass(frozen=True, slots=True)
class Assessment:
    """A column of the grade book of one subject of one study."""

    id: int
    study: str
    subject: str
    period: str
    kind: AssessmentKind
    name: str
    number: int
    title: str
    weight: Decimal
    exam: bool
    """A line of the exam programme."""
    resit_of: int | None
    """The column that this one resits. Its results are attempt 2 of that column."""
    resit: bool
    retired: bool
    decimals: int
    """1 for tests and averages, 0 for report marks and points."""
    held_on: date


@dataclass(frozen=True, slots=True)
class Grade:
    """A result of one student: the test itself (attempt 1) or a resit (attempt 2)."""

    student: int
    assessment: int
    attempt: int
    state: GradeState
    tenths: int | None
    """75 is 7.5; only when the state is ``scored``. Deficit points of a ``calculated`` column as well: 30 is 3."""
    label: str
    """``O``, ``V`` or ``G``; only when the state is ``labelled``."""
    sufficient: bool | None
    counts: bool
    weight: Decimal | None
    """Where this student's weight differs from the column's."""
    achieved_on: date
    entered_at: datetime

    @property
    def score(self) -> Decimal | None:
        return None if self.tenths is None else Decimal(self.tenths) / 10


@dataclass(frozen=True, slots=True)
class Lesson:
    id: int
    group: str
    """The code of a section, or of a homeroom for the mentor hour."""
    subject: str
    teacher: str
    begins: datetime
    ends: datetime
    first_hour: int
    last_hour: int
    status: LessonStatus


@dataclass(frozen=True, slots=True)
class AbsenceReason:
    id: int
    code: str
    name: str
    kind: AbsenceKind
    excused: bool
    luxury: bool
    visible_to_guardians: bool
    retired: bool


@dataclass(frozen=True, slots=True)
class Observation:
    """What was seen of one student in one lesson hour."""

    id: int
    student: int
    lesson: int
    day: date
    hour: int
    reason: str
    """The reason's code."""
    noted_at: datetime


@dataclass(frozen=True, slots=True)
class AbsenceNotice:
    """An absence over an interval, reported without a lesson."""

    id: int
    student: int
    begins: datetime
    ends: datetime | None
    reason: str
    noted_at: datetime


@dataclass(slots=True)
class School:
    """The whole school. Whoever changes it holds ``lock`` and adds one to ``version``."""

    seed: int
    name: str
    brin: str
    domain: str
    year: SchoolYear
    now: datetime
    locations: dict[str, Location] = field(default_factory=dict)
    periods: dict[str, Period] = field(default_factory=dict)
    subjects: dict[str, Subject] = field(default_factory=dict)
    studies: dict[str, Study] = field(default_factory=dict)
    profiles: dict[str, str] = field(default_factory=dict)
    """Code to name."""
    staff: dict[str, Staff] = field(default_factory=dict)
    students: dict[int, Student] = field(default_factory=dict)
    guardians: dict[int, Guardian] = field(default_factory=dict)
    guardianships: dict[int, tuple[Guardianship, ...]] = field(default_factory=dict)
    """By student number, in their order."""
    homerooms: dict[str, Homeroom] = field(default_factory=dict)
    sections: dict[str, Section] = field(default_factory=dict)
    enrolments: dict[int, tuple[Enrolment, ...]] = field(default_factory=dict)
    """By student number, oldest first."""
    assessments: dict[int, Assessment] = field(default_factory=dict)
    computed: dict[tuple[str, str, str, AssessmentKind], int] = field(default_factory=dict)
    """(study, subject, period, kind) to the column that the school computes itself."""
    grades: dict[int, dict[tuple[int, int], Grade]] = field(default_factory=dict)
    """Student number to {(assessment, attempt): grade}."""
    reasons: dict[str, AbsenceReason] = field(default_factory=dict)
    lessons: dict[int, Lesson] = field(default_factory=dict)
    observations: dict[int, Observation] = field(default_factory=dict)
    notices: dict[int, AbsenceNotice] = field(default_factory=dict)
    cast: dict[str, int] = field(default_factory=dict)
    """Students with a part to play, such as ``leap_day``: part to student number."""
    version: int = 0
    moves: int = 0
    """Goes up when somebody joins or leaves a section."""
    last_id: int = 1000
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False, compare=False)
    _sections_of: tuple[int, dict[int, list[Section]]] = field(default=(-1, {}), repr=False, compare=False)

    @property
    def today(self) -> date:
        return self.now.date()

    def new_id(self) -> int:
        """The next number of the one series that sections, enrolments, columns, lessons and absences share."""
        self.last_id += 1
        return self.last_id

    def all_grades(self) -> Iterator[Grade]:
        for grades in self.grades.values():
            yield from grades.values()

    def enrolment(self, student: int) -> Enrolment | None:
        """The enrolment that holds today, if any."""
        for enrolment in self.enrolments.get(student, ()):
            if enrolment.begins <= self.today <= enrolment.ends:
                return enrolment
        return None

    def sections_of(self, student: int) -> list[Section]:
        """The sections in which a student is taught."""
        with self.lock:
            moves, index = self._sections_of
            if moves != self.moves:
                index = {}
                for section in self.sections.values():
                    for member in section.members:
                        index.setdefault(member, []).append(section)
                self._sections_of = (self.moves, index)
            return index.get(student, [])

    def members(self, group: str) -> list[int]:
        """The students of a section or a homeroom."""
        if group in self.sections:
            return list(self.sections[group].members)
        found = ((number, self.enrolment(number)) for number in self.enrolments)
        return [number for number, enrolment in found if enrolment and enrolment.homeroom == group]
