"""What a school decides for itself (R6, R7, R11, R40-R48, R50, R56, R59, R63, R72, R73, R79): a document of its source.

Whatever is not said holds as the defaults here. A document that makes no sense is refused with the place and a code of
each mistake, never with the value. Pure, but for reading the newest documents.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, time
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError
from sqlalchemy import Connection, func, select, tuple_

from portal.tables import RULES

RoleWord = Literal["student", "guardian", "staff", "team_leader", "attendance_officer", "administrator"]
"""The words of ``portal.access.Role`` for people who look at students."""
AreaWord = Literal["card", "grades", "absences", "reasons", "file", "readers"]
"""The words of ``portal.access.Area``."""

LONGEST_RETENTION = 730
"""Days. Grades go two years after a student has left, at the latest (R63); absence might stay for longer."""
LONGEST_RANGE = 366
_EVERY_DAY = frozenset(range(1, 8))

CanonicalId = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Line = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""Text on one line; PostgreSQL stores no NUL."""
Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2099, 12, 31))]


def _error(code: str) -> PydanticCustomError:
    """A mistake that only its code tells."""
    return PydanticCustomError(code, "see the code")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Days(_Part):
    """A holiday or a test week."""

    first: Day
    last: Day = Field(description="Inclusive.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise _error("last_before_first")
        if (self.last - self.first).days >= LONGEST_RANGE:
            raise _error("too_long")
        return self


class _OfSection(_Part):
    """What holds for a part of a school; what is null does not matter."""

    location: CanonicalId | None = Field(default=None, description="The id of a location.")
    study: Line | None = Field(default=None, description="As the source writes it, such as `havo 3`.")
    grade_level: int | None = Field(default=None, ge=1, le=8)

    def _of(self, location: str | None, study: str | None, grade_level: int | None) -> list[tuple[Any, Any]]:
        pairs = ((self.location, location), (self.study, study), (self.grade_level, grade_level))
        return [(wanted, found) for wanted, found in pairs if wanted is not None]


class Switch(_OfSection):
    """An area that is open or closed, for one role or all of them, in a section, during some days (R59)."""

    role: RoleWord | None = Field(default=None, description="Null: everybody, staff included.")
    area: AreaWord
    open: bool
    first: Day | None = Field(default=None, description="Null: since ever.")
    last: Day | None = Field(default=None, description="Inclusive. Null: for ever.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first is not None and self.last is not None and self.last < self.first:
            raise _error("last_before_first")
        return self

    def applies(self, role: str, area: str, location: str | None, study: str | None, grade_level: int | None,
                on: date) -> bool:  # fmt: skip
        """Whether it speaks of this. A section that is not known may be any: what closes applies, what opens not."""
        if self.area != area or self.role not in (None, role):
            return False
        if (self.first is not None and on < self.first) or (self.last is not None and on > self.last):
            return False
        return all(
            found == wanted or (found is None and not self.open)
            for wanted, found in self._of(location, study, grade_level)
        )


def _weekdays(days: tuple[int, ...]) -> tuple[int, ...]:
    if not days or len(set(days)) != len(days) or not set(days) <= _EVERY_DAY:
        raise _error("weekdays")
    return days


def _minute(moment: time) -> time:
    if moment.tzinfo is not None or moment.second or moment.microsecond:
        raise _error("local_minute")
    return moment


Minute = Annotated[time, AfterValidator(_minute)]


class Window(_Part):
    """When results come out: on these days at ``begins``, or at any moment from then to ``ends`` (R72)."""

    weekdays: Annotated[tuple[int, ...], AfterValidator(_weekdays)] = Field(description="1 is Monday, 7 is Sunday.")
    begins: Minute = Field(description="Local, `16:30`.")
    ends: Minute | None = Field(default=None, description="Local, inclusive. Null: `begins` is the only moment.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ends is not None and self.ends < self.begins:
            raise _error("ends_before_begins")
        return self


class Publication(_Part):
    """When results are published (R72, R73). Without windows at once, on holidays and in test weeks too."""

    windows: tuple[Window, ...] = Field(default=(), max_length=50)
    guardian_windows: tuple[Window, ...] | None = Field(
        default=None, max_length=50,
        description="The first of these moments at which the student may see it, and `parent_delay_hours` have passed."
        " Null: guardians have none of their own.",
    )  # fmt: skip
    parent_delay_hours: int = Field(
        default=0, ge=0, le=336,
        description="How much later than the student a guardian sees a result, by the clock on the wall.",
    )  # fmt: skip


class SectionPublication(Publication, _OfSection):
    """The publication of a part of a school, in place of the school's."""


class Thresholds(_Part):
    """From when absence is a signal (R40-R46). The law is about to change (R48), so they hold from a day on."""

    valid_from: Day | None = Field(default=None, description="Null: since ever.")
    unexcused_hours: int = Field(default=16, ge=1, le=200)
    school_weeks: int = Field(default=4, ge=1, le=52, description="In which those hours fall.")
    long_absence_weeks: int = Field(default=4, ge=1, le=52)
    sick_episodes: int = Field(default=4, ge=1, le=50)
    sick_weeks: int = Field(default=12, ge=1, le=52, description="School weeks in which those episodes fall.")
    sick_days: int = Field(default=7, ge=1, le=200, description="Consecutive school days.")


def _ascending(steps: tuple[int, ...]) -> tuple[int, ...]:
    if any(step < 1 for step in steps) or sorted(set(steps)) != list(steps):
        raise _error("not_ascending")
    return steps


Mark = Annotated[Decimal, Field(ge=1, le=10, max_digits=4, decimal_places=2)]
Weight = Annotated[Decimal, Field(gt=0, le=100, max_digits=5, decimal_places=2)]


class Marking(_Part):
    """How results count, where that is for a school to say."""

    pass_mark: Mark = Field(
        default=Decimal("5.5"), description="From here on a mark is sufficient, where the source does not say so (R6)."
    )
    letters: dict[Line, Mark] = Field(
        default={}, max_length=50,
        description="The number that a letter counts for, such as `V`: 6. Others are in no average (R7).",
    )  # fmt: skip
    period_weights: dict[Line, Weight] = Field(
        default={}, max_length=20,
        description="By the code of a period: its weight in the mean of the periods, 1 for all others (R11).",
    )  # fmt: skip


class Rules(_Part):
    """All that one school (= source) decides about what its portals show."""

    authority_where_unknown: bool = Field(
        default=False, description="Parents of whom the source does not tell whether they have authority have it (R51)."
    )
    discreet_from_sixteen: bool = Field(
        default=True, description="Guardians do not see the reason of an absence of who is sixteen or older (R56)."
    )
    student_portal_only: bool = Field(default=False, description="Guardians see nothing (R59).")
    switches: tuple[Switch, ...] = Field(
        default=(), max_length=200, description="The last one that applies holds; where none does, it is open."
    )
    publication: Publication = Publication()
    section_publications: tuple[SectionPublication, ...] = Field(
        default=(), max_length=50, description="The last one that applies takes the place of `publication`."
    )
    holidays: tuple[Days, ...] = Field(default=(), max_length=200, description="No school days; nothing is published.")
    test_weeks: tuple[Days, ...] = Field(default=(), max_length=200, description="Nothing is published in them.")
    thresholds: tuple[Thresholds, ...] = Field(default=(Thresholds(),), min_length=1, max_length=20)
    window: Literal["rolling", "week_blocks"] = Field(
        default="rolling", description="How the weeks of `thresholds` are counted: back from each absence, or in blocks"
        " that begin on a Monday (R42).",
    )  # fmt: skip
    long_lessons_by_minutes: bool = Field(
        default=True, description="A lesson of more than sixty minutes counts for its length, not for one hour (R41)."
    )
    late_steps: Annotated[tuple[int, ...], AfterValidator(_ascending)] = Field(
        default=(3, 6, 9, 12), max_length=20, description="Times late in a school year that ask for a next step (R45)."
    )
    late_to_lesson_minutes: int | None = Field(
        default=None, ge=1, le=120, description="Who is later than this has missed an hour (R45). Null: never."
    )
    report_from_18: bool = Field(default=False, description="The sixteen hours are a signal from eighteen too (R44).")
    marking: Marking = Marking()
    entry_norm_days: int = Field(
        default=10, ge=1, le=100, description="Days from a test to its results; working days (R79)."
    )
    retention_days: int = Field(
        default=60, ge=0, le=LONGEST_RETENTION, description="Days from leaving to the end of the portal's copy (R63)."
    )

    @model_validator(mode="after")
    def _from_days_on(self) -> Self:
        days = [part.valid_from or date.min for part in self.thresholds]
        if days[0] != date.min:
            # Before the first day there would be no law at all.
            raise _error("first_thresholds_not_since_ever")
        if sorted(set(days)) != days:
            raise _error("thresholds_not_ascending")
        return self

    def is_open(self, role: str, area: str, location: str | None, study: str | None, grade_level: int | None,
                on: date) -> bool:  # fmt: skip
        """Whether the school has ``area`` open for ``role`` in a section on a local day (R59).

        Grades that are closed for a student are closed for the guardians too: never the parent before the student
        (R73). What a student or guardian may not see by itself they may not see in the file either.
        """
        of = (location, study, grade_level, on)
        if role == "guardian" and self.student_portal_only:
            return False
        if role == "guardian" and area == "grades" and not self._switched("student", area, of):
            return False
        if role in ("student", "guardian") and area == "file":
            parts = ("card", "grades", "absences", "reasons")
            return self._switched(role, area, of) and all(self.is_open(role, part, *of) for part in parts)
        return self._switched(role, area, of)

    def _switched(self, role: str, area: str, of: tuple[str | None, str | None, int | None, date]) -> bool:
        for switch in reversed(self.switches):
            if switch.applies(role, area, *of):
                return switch.open
        return True

    def of_section(self, location: str | None, study: str | None, grade_level: int | None) -> Rules:
        """The rules with the publication of a section (R72). Where a section is not known, the school's holds."""
        for publication in reversed(self.section_publications):
            if all(wanted == found for wanted, found in publication._of(location, study, grade_level)):
                return self.model_copy(update={"publication": publication})
        return self

    def thresholds_on(self, day: date) -> Thresholds:
        """What holds on a local day."""
        return [part for part in self.thresholds if (part.valid_from or date.min) <= day][-1]


@lru_cache(maxsize=1000)
def read(document: str) -> Rules:
    """The rules of a stored document, which was found right before it was stored."""
    return Rules.model_validate_json(document)


def rules_of(connection: Connection, source_ids: Collection[int]) -> Mapping[int, Rules]:
    """The rules that hold for each of these sources: the newest, or else the defaults. One query."""
    newest = (
        select(RULES.c.source_id, func.max(RULES.c.version))
        .where(RULES.c.source_id.in_(source_ids))
        .group_by(RULES.c.source_id)
    )
    found = connection.execute(
        select(RULES.c.source_id, RULES.c.document).where(tuple_(RULES.c.source_id, RULES.c.version).in_(newest))
    )
    return dict.fromkeys(source_ids, Rules()) | {row.source_id: read(row.document) for row in found}
