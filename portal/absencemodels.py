"""The shape of a student's absences."""

from __future__ import annotations

from datetime import date

from pydantic import AwareDatetime, Field

from canonical.terms import AttendanceKind, LessonStatus, RemarkKind
from portal.attendance import Standing
from portal.freshness import DataClass
from portal.models import Coded, Meta, Model, examples, meta_example

ABSENCES = (DataClass.OBSERVATIONS, DataClass.NOTICES, DataClass.REMARKS)

_ID = "01997b5e-6c00-7000-8000-00000000000{}"
_NO_KIND = dict.fromkeys([kind.value for kind in AttendanceKind], 0)
_EXCUSED = "true, false, or null: the source does not say (yet)."

_REASON = "null: there is none, or it is not for this reader: see `reasons_withheld`."


class ReasonName(Model):
    """The school's own reason. ``name`` is null for a code that the school's list does not explain."""

    code: str
    name: str | None


class LessonTime(Model):
    """The lesson that something was seen in."""

    id: str
    begins: AwareDatetime
    ends: AwareDatetime
    first_hour: int | None = Field(description="Lesson hour of the day (lesuur), 1 for the first.")
    last_hour: int | None
    title: str | None
    subject: Coded | None
    status: LessonStatus


class Observation(Model):
    """What was seen of the student in one lesson."""

    id: str
    day: date
    hour: int | None
    kind: AttendanceKind
    excused: bool | None = Field(description=_EXCUSED)
    unresolved: bool = Field(
        description="Absent, and neither the lesson nor a notice says why: not yet excused, not yet unexcused."
    )
    counts_as: Standing = Field(
        description="Late and removed students were present; sickness and exemption are always excused; in a "
        "cancelled lesson nothing applies. Where the lesson does not say why, a notice over it does."
    )
    reason: ReasonName | None = Field(description=_REASON)
    lesson: LessonTime | None = Field(description="null: the lesson is not known (yet).")
    noted_at: AwareDatetime | None


class Notice(Model):
    """An absence over an interval, known without a lesson."""

    id: str
    begins: AwareDatetime
    ends: AwareDatetime | None
    kind: AttendanceKind
    excused: bool | None = Field(description=_EXCUSED)
    unresolved: bool
    reason: ReasonName | None = Field(description=_REASON)
    noted_at: AwareDatetime | None


class Remark(Model):
    """A remark about books, homework or a telephone. It is no absence and never counted as such."""

    id: str
    day: date
    hour: int | None
    remark: RemarkKind
    reason: ReasonName | None = Field(description=_REASON)
    lesson: LessonTime | None
    noted_at: AwareDatetime | None


class KindCounts(Model):
    """How many of each kind."""

    present: int
    absent: int
    late: int
    sick: int
    removed: int
    exempt: int
    not_applicable: int
    unknown: int


class ObservationCounts(Model):
    """Lessons by kind, and the absent ones by what they count as; these three never overlap."""

    by_kind: KindCounts
    excused: int = Field(description="Absent with a good reason, sick, or exempt.")
    unexcused: int = Field(description="Absent without one. Never late, removed or sick.")
    unresolved: int = Field(description="Absent, and nobody knows yet why: a warning, not a verdict.")


class RemarkCounts(Model):
    """How many of each."""

    materials: int
    homework: int
    phone: int


class Counts(Model):
    """Counts over the days asked for. Notices and lessons overlap: they are never added up."""

    observations: ObservationCounts | None
    notices: KindCounts | None
    remarks: RemarkCounts | None


class Absences(Model):
    """A student's absences, in the order of time."""

    model_config = examples({
        "meta": meta_example(*ABSENCES),
        "student_id": _ID.format(1),
        "own_lessons_only": False,
        "reasons_withheld": False,
        "observations": [{
            "id": _ID.format(2), "day": "2026-03-02", "hour": 3, "kind": "removed", "excused": None,
            "unresolved": False, "counts_as": "present", "reason": {"code": "UG", "name": "Uitgestuurd"},
            "lesson": {
                "id": _ID.format(3), "begins": "2026-03-02T09:10:00Z", "ends": "2026-03-02T10:00:00Z",
                "first_hour": 3, "last_hour": 3, "title": "fa - JAN - 3hA", "status": "scheduled",
                "subject": {"id": _ID.format(6), "code": "fa", "name": "Frans"},
            },
            "noted_at": "2026-03-02T09:31:00Z",
        }],
        "notices": [],
        "remarks": [],
        "counts": {
            "observations": {"by_kind": _NO_KIND | {"removed": 1}, "excused": 0, "unexcused": 0, "unresolved": 0},
            "notices": _NO_KIND,
            "remarks": {"materials": 0, "homework": 0, "phone": 0},
        },
    })  # fmt: skip
    meta: Meta
    student_id: str
    own_lessons_only: bool = Field(
        description="A teacher sees what was seen in the own lessons; notices are null, and the counts are of these."
    )
    reasons_withheld: bool = Field(
        description="Reasons are left out: the student is 16 or older, or the school does not show them to this reader."
    )
    observations: list[Observation] | None
    notices: list[Notice] | None
    remarks: list[Remark] | None
    counts: Counts
