"""One student's pages: grades, one subject, absences."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from itertools import groupby
from operator import attrgetter
from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel

from portal import absences, grades, subject
from portal.access import Area
from portal.calculator import HIGHEST, LOWEST
from portal.caller import Store
from portal.clock import local_day, now
from portal.freshness import KINDS, DataClass
from portal.grademodels import Calculation, SubjectGrades
from portal.graderoutes import SubjectId
from portal.looking import Seen, look
from portal.models import Coded, Name
from portal.pages.page import Noted, Reader, pages, render, stale
from portal.problems import NotThere
from portal.reading import reading
from portal.routes import StudentId

GRADES = frozenset(KINDS[DataClass.GRADES])
_ABSENCES = frozenset(
    kind for wanted in (DataClass.OBSERVATIONS, DataClass.NOTICES, DataClass.REMARKS) for kind in KINDS[wanted]
)
PAGES = (Area.GRADES, Area.ABSENCES, Area.READERS)
"""What there are pages of."""

router = pages()


class Whose(BaseModel):
    """The student that a page is about, and which pages there are of it for this reader."""

    id: str
    name: Name
    pages: list[Area]


def whose(seen: Seen, at: Any) -> Whose:
    row = seen.row
    name = Name(first_name=row.first_name, initials=row.initials, prefix=row.prefix, last_name=row.last_name)
    return Whose(id=row.id, name=name, pages=[area for area in PAGES if seen.also(area, at)])


@router.get("/students/{id}/grades")
def grades_page(request: Request, viewer: Reader, engine: Store, noted: Noted, id: StudentId) -> Response:
    """By subject: the average, the tests, what each weighs; the source's own marks beside what was computed."""
    at = now()
    with reading(engine, viewer) as connection:
        seen = look(connection, viewer, id, Area.GRADES, at, noted)
        view = grades.overview(connection, seen, at)
        old = stale(request, connection, viewer, GRADES)
    return render(request, "grades.html", viewer=viewer, meta=view.meta, whose=whose(seen, at), view=view, stale=old,
                  years=by_year(view.subjects or ()))  # fmt: skip


def by_year(subjects: Iterable[SubjectGrades]) -> list[tuple[Coded | None, list[SubjectGrades]]]:
    """The same by school year, in the order that they have."""
    return [(year, list(of_year)) for year, of_year in groupby(subjects, attrgetter("school_year"))]


@router.get("/students/{id}/subjects/{subject}")
def subject_page(
    request: Request, viewer: Reader, engine: Store, noted: Noted, id: StudentId, subject_id: SubjectId,
    target: str = "", mark: str = "", weight: str = "",
) -> Response:  # fmt: skip
    """One subject with all its tests, and the calculator: what must I get."""
    at = now()
    asked = {"target": _mark(target), "mark": _mark(mark), "weight": _weight(weight)}
    typed = {"target": target, "mark": mark, "weight": weight}
    sensible = all(asked[name] is not None for name, text in typed.items() if text)
    with reading(engine, viewer) as connection:
        seen = look(connection, viewer, id, Area.GRADES, at, noted)
        view = subject.view(connection, seen, str(subject_id), at)
        answer: Calculation | None = None
        if sensible and (target or mark):
            answer = subject.calculation(connection, seen, str(subject_id), at, **asked)
        old = stale(request, connection, viewer, GRADES)
    wrong = bool(target or mark or weight) and answer is None
    return render(
        request, "subject.html", viewer=viewer, meta=view.meta, whose=whose(seen, at), view=view, stale=old,
        answer=answer, target=target, mark_asked=mark, weight=weight, wrong=wrong, points=graph(view.years or ()),
    )  # fmt: skip


def graph(years: Iterable[SubjectGrades]) -> list[tuple[str, float]]:
    """The marks that stand, by the day of their test: what can be drawn."""
    return sorted(
        (day.isoformat(), float(attempt.score))
        for year in years for test in year.tests for attempt in test.attempts
        if attempt.score is not None and attempt.is_effective is not False
        and (day := attempt.achieved_on or test.held_on) is not None
    )  # fmt: skip


def _mark(text: str) -> Decimal | None:
    """A mark or an average, 1 to 10 (R2); None: it is none."""
    found = _number(text)
    return found if found is not None and LOWEST <= found <= HIGHEST else None


def _weight(text: str) -> Decimal | None:
    found = _number(text)
    return found if found is not None and 0 < found <= 1000 else None


def _number(text: str) -> Decimal | None:
    """A number as people type it, with a comma or a point; no more than three decimals of it are kept."""
    try:
        found = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return None
    return round(found, 3).normalize() if found.is_finite() and abs(found) < 10_000 else None


@router.get("/students/{id}/absences")
def absences_page(
    request: Request, viewer: Reader, engine: Store, noted: Noted, id: StudentId, month: str = ""
) -> Response:
    """A month as a calendar and a list; the counts are of the whole school year that is known."""
    at = now()
    first = _month(month, local_day(at))
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    with reading(engine, viewer) as connection:
        seen = look(connection, viewer, id, Area.ABSENCES, at, noted)
        view = absences.overview(connection, seen, at, first=first, last=last)
        whole = absences.overview(connection, seen, at, first=None, last=None)
        old = stale(request, connection, viewer, _ABSENCES)
    return render(
        request, "absences.html", viewer=viewer, meta=view.meta, whose=whose(seen, at), view=view, stale=old,
        counts=whole.counts, first=first, last=last, before=first - timedelta(days=1), after=last + timedelta(days=1),
        by_day=_by_day(view), weeks=Calendar().monthdatescalendar(first.year, first.month),
    )  # fmt: skip


def _month(text: str, today: date) -> date:
    """The first day of ``2026-03``; of this month when nothing is asked. Raises ``NotThere``."""
    if not text:
        return today.replace(day=1)
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise NotThere("month") from None
    if not 1990 <= found.year <= 2100:
        raise NotThere("month")
    return found


def _by_day(view: Any) -> dict[date, list[str]]:
    """For the calendar: what kinds of things there were on each day. Notices are told in the list alone."""
    found: dict[date, list[str]] = {}
    for row in view.observations or ():
        if row.kind.value not in ("present", "not_applicable"):
            found.setdefault(row.day, []).append(row.kind.value)
    for row in view.remarks or ():
        found.setdefault(row.day, []).append("remark")
    return found
