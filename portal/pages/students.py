"""One student's pages: grades, one subject, absences."""

from __future__ import annotations

import csv
from calendar import Calendar
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from io import StringIO
from itertools import groupby
from operator import attrgetter
from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel

from portal import absences, grades, subject
from portal.access import Area
from portal.caller import Store
from portal.clock import local_day, now
from portal.freshness import KINDS, DataClass
from portal.grademodels import Attempt, Calculation, SubjectGrades, Test
from portal.graderoutes import SubjectId
from portal.looking import Seen, look
from portal.models import Coded, Name
from portal.pages.page import Noted, Reader, pages, render, stale
from portal.pages.terms import _
from portal.pages.words import Words, language_of, words
from portal.problems import NotThere
from portal.reading import reading
from portal.routes import StudentId

_GRADES = frozenset(KINDS[DataClass.GRADES])
_ABSENCES = frozenset(
    kind for wanted in (DataClass.OBSERVATIONS, DataClass.NOTICES, DataClass.REMARKS) for kind in KINDS[wanted]
)
BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula."""
COLUMNS = (_("Subject"), _("Test"), _("Date"), _("Attempt"), _("Result"), _("Weight"), _("Counts"))

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
        old = stale(request, connection, viewer, _GRADES)
    return render(request, "grades.html", viewer=viewer, meta=view.meta, whose=whose(seen, at), view=view, stale=old,
                  years=by_year(view.subjects or ()))  # fmt: skip


def by_year(subjects: Iterable[SubjectGrades]) -> list[tuple[Coded | None, list[SubjectGrades]]]:
    """The same by school year, in the order that they have."""
    return [(year, list(of_year)) for year, of_year in groupby(subjects, attrgetter("school_year"))]


@router.get("/students/{id}/grades.csv")
def grades_csv(request: Request, viewer: Reader, engine: Store, noted: Noted, id: StudentId) -> Response:
    """All results as a table for a spreadsheet, in which no cell is a formula."""
    at, spoken = now(), words(language_of(request))
    with reading(engine, viewer) as connection:
        view = grades.overview(connection, look(connection, viewer, id, Area.GRADES, at, noted), at)
    out = StringIO()
    table = csv.writer(out, delimiter=";")
    table.writerow([spoken.say(name) for name in COLUMNS])
    for of_subject in view.subjects or ():
        for test in of_subject.tests:
            for attempt in test.attempts:
                table.writerow(map(harmless, _cells(spoken, of_subject.subject, test, attempt)))
    return Response(
        "\ufeff" + out.getvalue(), media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="grades.csv"', "Cache-Control": "no-store"},
    )  # fmt: skip


def _cells(spoken: Words, of: Coded | None, test: Test, attempt: Attempt) -> list[str]:
    weight = attempt.weight if attempt.weight is not None else test.weight
    day = attempt.achieved_on or test.held_on
    return [
        ((of.name or of.code) if of else None) or "", test.title or test.code or "", day.isoformat() if day else "",
        str(attempt.number),
        attempt.raw_text if attempt.score is None else spoken.number(attempt.score),
        "" if weight is None else spoken.number(weight), spoken.say("yes") if attempt.counts else spoken.say("no"),
    ]  # fmt: skip


def harmless(cell: str) -> str:
    """A cell that no spreadsheet computes."""
    return f"'{cell}" if cell.startswith(BEGINS_FORMULA) else cell


@router.get("/students/{id}/subjects/{subject}")
def subject_page(
    request: Request, viewer: Reader, engine: Store, noted: Noted, id: StudentId, subject_id: SubjectId,
    target: str = "", weight: str = "",
) -> Response:  # fmt: skip
    """One subject with all its tests, and the calculator: what must I get."""
    at = now()
    wanted, of_weight = _number(target), _number(weight)
    with reading(engine, viewer) as connection:
        seen = look(connection, viewer, id, Area.GRADES, at, noted)
        view = subject.view(connection, seen, str(subject_id), at)
        answer: Calculation | None = None
        if wanted is not None and 1 <= wanted <= 10 and (of_weight is None or 0 < of_weight <= 1000):
            answer = subject.calculation(
                connection, seen, str(subject_id), at, weight=of_weight, target=wanted, mark=None
            )
        old = stale(request, connection, viewer, _GRADES)
    wrong = bool(target or weight) and answer is None
    return render(
        request, "subject.html", viewer=viewer, meta=view.meta, whose=whose(seen, at), view=view, stale=old,
        answer=answer, target=target, weight=weight, wrong=wrong,
    )  # fmt: skip


def _number(text: str) -> Decimal | None:
    """A number as people type it, with a comma or a point and at most three decimals."""
    try:
        found = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return None
    return found.quantize(Decimal("0.001")) if found.is_finite() and abs(found) < 10_000 else None


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
