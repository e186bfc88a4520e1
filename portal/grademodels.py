"""The shape of a student's grade overview."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, Field

from canonical.records import Number
from canonical.terms import AssessmentKind, GradeStatus, ResitPolicy
from portal.averages import Reason
from portal.calculator import Outcome
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
    version: int = Field(description="1 for the result as it first came, one more with every change that is shown.")
    changed: bool = Field(description="It was changed since it first came.")


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
    attempts: list[Attempt] = Field(description="[]: a line of the exam programme that was not made yet.")


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
    version: int
    changed: bool


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
    of_periods: Computed = Field(
        description="The mean of the periods' own averages, unrounded, each with the weight that the school gives it."
    )
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


class Points(Model):
    """What the marks of one report come to in points. The school's own rules and meeting decide about promotion."""

    label: Literal["indicatie"] = "indicatie"
    school_year: Coded | None
    period: Coded | None
    deficit: Number = Field(description="For each mark below 6 what it lacks (tekortpunten).")
    compensation_marks: int = Field(description="How many marks are 7 or more.")
    compensation_points: Number = Field(description="For each mark above 6 what it has more.")


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
                     "achieved_on": "2025-10-06", "is_effective": False,
                     "version": 1, "changed": False},
                    {"number": 2, "raw_text": "6,7", "score": "6.7", "label": None, "status": "scored",
                     "sufficient": True, "counts": True, "weight": None, "entered_at": "2025-10-20T13:05:00Z",
                     "achieved_on": "2025-10-16", "is_effective": True,
                     "version": 2, "changed": True},
                ],
            }],
            "source_marks": [{
                "origin": "source", "id": "01997b5e-6c00-7000-8000-000000000009", "code": "GEM", "kind": "average",
                "title": "Gemiddelde", "period": None, "raw_text": "6,7", "score": "6.7", "label": None,
                "status": "scored", "sufficient": True, "entered_at": "2025-10-20T13:05:00Z",
                "version": 1, "changed": False,
            }],
            "computed": {
                "year": _COMPUTED, "exam": None,
                "periods": [{"period": _PERIOD, "average": _COMPUTED, "progressive": _COMPUTED}],
                "of_periods": _COMPUTED,
            },
            "totals": {"sufficient": 1, "insufficient": 0, "neutral": 0},
        }],
        "means": [{"school_year": _YEAR, "mean": _COMPUTED}],
        "points": [{
            "label": "indicatie", "school_year": _YEAR, "period": _PERIOD, "deficit": "3", "compensation_marks": 2,
            "compensation_points": "3",
        }],
    })  # fmt: skip
    meta: Meta
    student_id: str
    subjects: list[SubjectGrades] | None
    means: list[YearMean] | None = Field(description="null also for a teacher, who sees the own subjects alone.")
    points: list[Points] | None = Field(
        description="One for each report that the source has marks of. null also for a teacher."
    )


class LatestGrade(Model):
    """One result, with the moment from which the caller could see it."""

    id: str
    version: int
    changed: bool = Field(description="It was changed since it first came; `visible_at` is that of the change.")
    visible_at: AwareDatetime
    entered_at: AwareDatetime | None
    subject: Coded | None
    period: Coded | None
    test: str = Field(description="The id of the column, as in the overview.")
    code: str | None
    title: str | None
    kind: AssessmentKind
    number: int = Field(description="1 for the test itself, 2 and up for resits.")
    raw_text: str
    score: Number | None
    label: str | None
    status: GradeStatus
    sufficient: bool | None
    counts: bool
    weight: Number | None = Field(description="This student's own weight, or else the column's.")


class Latest(Model):
    """A page of a student's results, those that became visible last first."""

    model_config = examples({
        "meta": meta_example(*GRADES), "student_id": "01997b5e-6c00-7000-8000-000000000001",
        "grades": [{
            "id": "01997b5e-6c00-7000-8000-000000000010", "version": 1, "changed": False,
            "visible_at": "2025-10-08T14:30:00Z", "entered_at": "2025-10-08T13:05:00Z", "subject": _FRENCH,
            "period": _PERIOD, "test": "01997b5e-6c00-7000-8000-000000000008", "code": "T1", "title": "Vocabulaire 1",
            "kind": "test", "number": 1, "raw_text": "4,8", "score": "4.8", "label": None, "status": "scored",
            "sufficient": False, "counts": True, "weight": "2",
        }],
        "next_cursor": None,
    })  # fmt: skip
    meta: Meta
    student_id: str
    grades: list[LatestGrade] | None
    next_cursor: str | None = Field(description="The `cursor` of the next page; null: this is the last one.")


class ExamMarks(Model):
    """The final marks of one subject as far as the source gives them; they are among the marks of the years as well."""

    school: Number | None = Field(description="Of the school exam (SE).")
    central: Number | None = Field(description="Of the central exam (CE).")
    final: Number | None = Field(description="The source's own final mark (eindcijfer).")
    expected: int | None = Field(
        description="What both exams come to, while there is no final mark: their mean, rounded once to a whole number."
    )
    label: Literal["prognose"] = Field(default="prognose", description="Of `expected`: the school decides.")


class SubjectView(Model):
    """One subject of a student, per school year (the latest first)."""

    model_config = examples({
        "meta": meta_example(*GRADES), "student_id": "01997b5e-6c00-7000-8000-000000000001", "subject": _FRENCH,
        "years": [], "exam": {"school": "6.4", "central": "4.6", "final": None, "expected": 6, "label": "prognose"},
    })  # fmt: skip
    meta: Meta
    student_id: str
    subject: Coded
    years: list[SubjectGrades] | None
    exam: ExamMarks | None = Field(description="null: the source gives no final mark of this subject.")


class Basis(Model):
    """What a calculation starts from."""

    counted: int
    weight: Number = Field(description="The weights of these together.")
    average: Mark | None = Field(description="Two decimals, half up; null: there is none yet.")


class Needed(Model):
    """What the next mark must be."""

    outcome: Outcome = Field(
        description="`needed`: at least `mark`. `not_attainable`: not even with a 10. `always`: even with a 1."
    )
    mark: Mark | None = Field(description="Rounded up to one decimal; null unless it is `needed`.")
    average: Mark = Field(description="What comes of it, rounded down to two decimals: with that mark, a 10, or a 1.")


class Calculation(Model):
    """The grade calculator. Nothing of it is kept."""

    model_config = examples({
        "meta": meta_example(*GRADES), "student_id": "01997b5e-6c00-7000-8000-000000000001", "subject": _FRENCH,
        "school_year": _YEAR, "basis": {"counted": 2, "weight": "2", "average": "5.15"}, "weight": "3",
        "target": "5.5", "needed": {"outcome": "needed", "mark": "5.8", "average": "5.54"}, "grade": None,
        "average": None, "reason": None,
    })  # fmt: skip
    meta: Meta
    student_id: str
    subject: Coded
    school_year: Coded | None = Field(description="The year whose average it is about.")
    basis: Basis | None = Field(description="null: it is not known what the average rests on; see `reason`.")
    weight: Number | None = Field(description="Of the next mark: as asked, or the median of the known weights.")
    target: Number | None
    needed: Needed | None = Field(description="The answer to a `target`.")
    grade: Number | None
    average: Mark | None = Field(description="The answer to a `grade`: two decimals, half up.")
    reason: Reason | None
