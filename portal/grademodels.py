"""The shape of a student's grade overview."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, Field

from canonical.records import Number
from canonical.terms import AssessmentKind, GradeStatus, ResitPolicy
from portal.averages import Reason
from portal.freshness import DataClass
from portal.models import Coded, Mark, Meta, Model, examples, meta_example

GRADES = (DataClass.GRADES,)

_FRENCH = {"id": "01997b5e-6c00-7000-8000-000000000006", "code": "fa", "name": "Frans"}
_YEAR = {"id": "01997b5e-6c00-7000-8000-000000000003", "code": "2526", "name": None}
_PERIOD = {"id": "01997b5e-6c00-7000-8000-000000000007", "code": "P1", "name": "Periode 1"}
_COMPUTED = {"origin": "computed", "label": "berekend", "value": "6.7", "reason": None, "counted": 1}


class Attempt(Model):
    """One result of a column: the test itself, or a resit."""

    number: int = Field(description="1 for the test itself, 2 and up for resits.")
    raw_text: str = Field(description="What the source says, to the letter.")
    score: Number | None = Field(description="1 to 10; null when the result is no number.")
    label: str | None
    status: GradeStatus
    sufficient: bool | None = Field(description="null: neutral, it belongs to neither side.")
    counts: bool
    weight: Number | None = Field(description="This student's own weight, where it differs from the column's.")
    entered_at: AwareDatetime | None
    achieved_on: date | None
    is_effective: bool | None = Field(
        description="Whether this result stands. null: there is a choice to make, and the source does not say how."
    )


class Test(Model):
    """A column with the student's results. What is null but its id has not come in from the source (yet)."""

    id: str
    code: str | None
    title: str | None
    kind: AssessmentKind
    held_on: date | None
    period: Coded | None
    weight: Number | None
    exam_weight: Number | None
    exam_column: bool | None = Field(description="A line of the exam programme (PTA).")
    resit_policy: ResitPolicy | None
    part_of: str | None = Field(description="The id of the composite column that this one is a part of.")
    retired: bool | None = Field(description="The source keeps the column but no longer uses it: it counts nowhere.")
    result: Mark | None = Field(description="What the attempts come to, when that is a number: one decimal, half up.")
    attempts: list[Attempt]


class SourceMark(Model):
    """An average or report mark that the source itself gives. It is authoritative, and shown as it is."""

    origin: Literal["source"] = "source"
    id: str
    code: str
    title: str | None
    kind: AssessmentKind
    period: Coded | None
    raw_text: str
    score: Number | None
    label: str | None
    status: GradeStatus
    sufficient: bool | None
    entered_at: AwareDatetime | None


class Computed(Model):
    """An average that was computed here, from all counting tests; or the reason why there is none."""

    origin: Literal["computed"] = "computed"
    label: Literal["berekend"] = "berekend"
    value: Mark | None = Field(description="One decimal, half up, rounded once.")
    reason: Reason | None = Field(description="Why there is no value; null when there is one.")
    counted: int = Field(description="How many columns (or subjects) it rests on.")


class PeriodAverages(Model):
    """The averages of one period."""

    period: Coded
    average: Computed = Field(description="Of this period's columns alone.")
    progressive: Computed = Field(description="Of all columns up to and including this period.")


class Averages(Model):
    """What was computed for one subject. The two dossiers are never mixed."""

    year: Computed = Field(description="Of all columns of the school year so far, by their progress weights.")
    periods: list[PeriodAverages]
    exam: Computed | None = Field(
        description="Of the exam dossier up to and including this year, by exam weights; null: it has no columns."
    )


class Totals(Model):
    """How many tests came to what; parts of a composite are left out."""

    sufficient: int
    insufficient: int
    neutral: int


class SubjectGrades(Model):
    """One subject in one school year. ``subject`` is null for results whose column has not come in (yet)."""

    subject: Coded | None
    school_year: Coded | None = Field(description="null: neither the columns nor their dates say which.")
    exempt: bool | None
    tests: list[Test]
    source_marks: list[SourceMark]
    computed: Averages
    totals: Totals


class YearMean(Model):
    """The mean of a school year's subject averages, each subject counting once."""

    school_year: Coded | None
    mean: Computed


class Grades(Model):
    """A student's grade overview, per school year (the latest first) and subject."""

    model_config = examples({
        "meta": meta_example(*GRADES),
        "student_id": "01997b5e-6c00-7000-8000-000000000001",
        "subjects": [{
            "subject": _FRENCH, "school_year": _YEAR, "exempt": None,
            "tests": [{
                "id": "01997b5e-6c00-7000-8000-000000000008", "code": "T1", "title": "Vocabulaire 1", "kind": "test",
                "held_on": "2025-10-06", "period": _PERIOD, "weight": "2", "exam_weight": None, "exam_column": False,
                "resit_policy": "best", "part_of": None, "retired": False,
                "result": "6.7",
                "attempts": [
                    {"number": 1, "raw_text": "4,8", "score": "4.8", "label": None, "status": "scored",
                     "sufficient": False, "counts": True, "weight": None, "entered_at": "2025-10-08T13:05:00Z",
                     "achieved_on": "2025-10-06", "is_effective": False},
                    {"number": 2, "raw_text": "6,7", "score": "6.7", "label": None, "status": "scored",
                     "sufficient": True, "counts": True, "weight": None, "entered_at": "2025-10-20T13:05:00Z",
                     "achieved_on": "2025-10-16", "is_effective": True},
                ],
            }],
            "source_marks": [{
                "origin": "source", "id": "01997b5e-6c00-7000-8000-000000000009", "code": "GEM", "kind": "average",
                "title": "Gemiddelde", "period": None, "raw_text": "6,7", "score": "6.7", "label": None,
                "status": "scored", "sufficient": True, "entered_at": "2025-10-20T13:05:00Z",
            }],
            "computed": {
                "year": _COMPUTED, "exam": None,
                "periods": [{"period": _PERIOD, "average": _COMPUTED, "progressive": _COMPUTED}],
            },
            "totals": {"sufficient": 1, "insufficient": 0, "neutral": 0},
        }],
        "means": [{"school_year": _YEAR, "mean": _COMPUTED}],
    })  # fmt: skip
    meta: Meta
    student_id: str
    subjects: list[SubjectGrades] | None
    means: list[YearMean] | None
