"""A student's latest grades: those that became visible last come first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from canonical.columns import iso
from canonical.terms import AssessmentKind, GradeStatus
from portal.access import Role, Viewer
from portal.beginnings import Beginnings, beginnings
from portal.freshness import NOTHING_KNOWN, DataClass
from portal.gradebook import sufficiency
from portal.grademodels import Latest, LatestGrade
from portal.grades import about_grades, listed
from portal.looking import Seen
from portal.models import Coded
from portal.publication import published_at
from portal.results import Result, moment, results


def latest(connection: Connection, seen: Seen, *, after: Sequence[Any] | None, limit: int) -> tuple[Latest, Any]:
    """A page of results, and the place after which the next one begins: [moment, id]; None after the last."""
    about = about_grades(connection, seen)
    if about.completeness[DataClass.GRADES] in NOTHING_KNOWN:
        return Latest(meta=about, student_id=seen.row.id, grades=None, next_cursor=None), None
    found = results(connection, [seen])[seen.row.id]
    judged, first = sufficiency(found, seen.rules.marking), beginnings(connection, seen.viewer, ("grade",), {})
    visible = ((visible_at(seen, result, first), result) for result in listed(seen, found))
    ordered = sorted(visible, key=_place, reverse=True)
    if after is not None:
        place = (datetime.fromisoformat(after[0]), after[1])
        ordered = [entry for entry in ordered if _place(entry) < place]
    page = ordered[:limit]
    more = len(ordered) > limit
    answer = Latest(
        meta=about, student_id=seen.row.id, next_cursor=None,
        grades=[_grade(result, since, judged[result.id or ""]) for since, result in page],
    )  # fmt: skip
    return answer, [iso(page[-1][0]), page[-1][1].id] if more else None


def visible_at(seen: Seen, result: Result, first: Beginnings) -> datetime:
    """When ``result`` in this state became visible for the viewer: once it had come in, and its moment was there.

    What the first complete run of the source brought had its moments before there was anybody to see it.
    """
    begins = first.get((seen.row.source_id, "grade"))
    came = result.changed_at if begins is not None and result.changed_at > begins else moment(result)
    out = published_at(seen.rules, audience(seen.viewer), moment(result)) if seen.horizon is not None else None
    return came if out is None else max(out, came)


def audience(viewer: Viewer) -> Role:
    """Whose schedule holds for the viewer: a client tells what students may know."""
    return Role.STUDENT if viewer.role is Role.CLIENT else viewer.role


def _place(entry: tuple[datetime, Result]) -> tuple[datetime, str]:
    return entry[0], entry[1].id or ""


def _grade(row: Result, since: datetime, sufficient: bool | None) -> LatestGrade:
    subject = None if row.subject_id is None else Coded(id=row.subject_id, code=row.subject_code, name=row.subject_name)
    period = None if row.period_id is None else Coded(id=row.period_id, code=row.period_code, name=row.period_name)
    return LatestGrade(
        id=row.id or "", version=row.version, changed=row.version > 1, visible_at=since, entered_at=row.entered_at,
        subject=subject, period=period, test=row.assessment_id, code=row.code, title=row.title,
        kind=AssessmentKind(row.assessment_kind or AssessmentKind.UNKNOWN), number=row.attempt, raw_text=row.raw_text,
        score=row.score, label=row.label, status=GradeStatus(row.status), sufficient=sufficient, counts=row.counts,
        weight=row.weight if row.own_weight is None else row.own_weight,
    )  # fmt: skip
