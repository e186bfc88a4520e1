"""The shape of a mentor's class at a glance."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from portal.access import Area
from portal.averages import Reason
from portal.freshness import DataClass
from portal.models import Coded, Mark, Meta, Model, Name, examples, meta_example
from portal.signals import ReportKind, SickReason
from portal.slips import SlipReason

SHOWN = (
    DataClass.STUDENTS, DataClass.GROUPS, DataClass.HOMEROOMS, DataClass.GRADES, DataClass.OBSERVATIONS,
    DataClass.NOTICES,
)  # fmt: skip

_ID = "01997b5e-6c00-7000-8000-00000000000{}"
_HOURS = "Lesson hours; a lesson of more than an hour counts for its minutes. `16`, `16.33`."


class PeriodAverage(Model):
    period: Coded
    average: Mark


class SlippingSubject(Model):
    """A subject to look at, and why."""

    subject: Coded | None
    reasons: list[SlipReason] = Field(
        description="`insufficient`: below the school's pass mark, or not sufficient by the source's own word. "
        "`falling`: the latest period's average is more than 0.5 below the one before."
    )
    origin: Literal["source", "computed"] | None = Field(description="Whose average it is; null: there is none.")
    average: Mark | None
    before: PeriodAverage | None = Field(description="The average of the last period but one that has any.")
    latest: PeriodAverage | None


class UnjudgedSubject(Model):
    """A subject that has results of which no average can be told."""

    subject: Coded | None
    reason: Reason


class ReportSignal(Model):
    """A norm for reporting was reached. The school reports, or does not."""

    kind: ReportKind = Field(description="`adult`: of a student of 18 or older, who is no longer of school age.")
    first: date = Field(description="The first absence that counts.")
    last: date = Field(description="The day on which the norm was reached.")
    hours: Mark = Field(description=_HOURS)
    follow_up: bool
    suffices: bool = Field(description="A report within the seven days before it suffices.")


class Stretch(Model):
    """From day to day, both inclusive."""

    first: date
    last: date
    school_days: int


class AbsenceSignals(Model):
    """This school year's absence without a good reason, and what it amounts to."""

    unexcused: Mark = Field(description=_HOURS)
    unresolved: Mark = Field(description="Absent, and nobody knows yet why. " + _HOURS)
    unresolved_days: list[date]
    counting: Mark = Field(description="What counts towards the next report today. " + _HOURS)
    reports: list[ReportSignal]
    if_confirmed: ReportSignal | None = Field(
        description="The report that is reached if all that is unresolved turns out to be unexcused."
    )
    long: list[Stretch] = Field(
        description="More than four school weeks without one lesson, unexcused; or what the school's rules say."
    )
    luxury: list[Stretch] = Field(description="A holiday without leave.")


class LateSignals(Model):
    """Late without a good reason this school year."""

    count: int
    step: int = Field(description="How many of the school's steps that reaches; 0: none.")


class SickSignalItem(Model):
    reason: SickReason = Field(
        description="`often`: the fourth time in twelve school weeks. `long`: the seventh school day in a row. Unless "
        "the school's rules say otherwise."
    )
    day: date


class SickSignals(Model):
    """Times sick this school year. Days in a row are one time, however often they were reported."""

    episodes: list[Stretch]
    signals: list[SickSignalItem]


class StudentGlance(Model):
    """One student. What is null is not known or closed to the caller, never "nothing"."""

    id: str
    local_id: str
    name: Name
    slips: list[SlippingSubject] | None
    unjudged: list[UnjudgedSubject] | None
    absence: AbsenceSignals | None
    late: LateSignals | None
    sick: SickSignals | None
    closed: dict[Area, str] = Field(description="What is closed to the caller, and why: `switched_off`, `not_needed`.")


class Glance(Model):
    """A group at a glance, the students by their last names."""

    model_config = examples({
        "meta": meta_example(*SHOWN),
        "group": {"id": _ID.format(2), "code": "3hA", "name": None},
        "school_year_begins": "2025-08-01",
        "students": [{
            "id": _ID.format(1), "local_id": "120045",
            "name": {"first_name": "Noor", "initials": "N.A.", "prefix": "van", "last_name": "Voorbeeld"},
            "slips": [{
                "subject": {"id": _ID.format(6), "code": "fa", "name": "Frans"}, "reasons": ["insufficient"],
                "origin": "computed", "average": "4.9", "before": None, "latest": None,
            }],
            "unjudged": [],
            "absence": {
                "unexcused": "13", "unresolved": "4", "unresolved_days": ["2026-03-02"], "counting": "13",
                "reports": [], "if_confirmed": {
                    "kind": "sixteen_hours", "first": "2026-02-23", "last": "2026-03-02", "hours": "17",
                    "follow_up": False, "suffices": False,
                },
                "long": [], "luxury": [],
            },
            "late": {"count": 3, "step": 1},
            "sick": {"episodes": [{"first": "2026-01-12", "last": "2026-01-14", "school_days": 3}], "signals": []},
            "closed": {},
        }],
    })  # fmt: skip
    meta: Meta
    group: Coded
    school_year_begins: date = Field(description="From this day on absence is counted.")
    students: list[StudentGlance] | None
