"""All results of a student as one list, filtered and sorted as the reader likes, and as a table to take along."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from io import StringIO
from typing import Annotated, Any, Literal

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from portal import grades
from portal.access import Area
from portal.caller import Store
from portal.clock import now
from portal.grademodels import Attempt, SubjectGrades, Test
from portal.looking import look
from portal.models import Coded
from portal.pages.page import Noted, Reader, pages, render, stale
from portal.pages.students import GRADES, whose
from portal.pages.terms import ONLY, SORTS, _
from portal.pages.words import Words, language_of, words
from portal.reading import reading
from portal.routes import StudentId

BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula."""
COLUMNS = (_("Subject"), _("Test"), _("Date"), _("Attempt"), _("Result"), _("Weight"), _("Counts"))

Only = Literal["", "insufficient", "changed", "counting"]
Sort = Literal["newest", "oldest", "lowest", "highest", "subject"]

router = pages()


@dataclass(frozen=True, slots=True)
class Line:
    """One result of one test. ``day`` is None where nobody has said on which it was made."""

    subject: Coded | None
    test: Test
    attempt: Attempt
    day: date | None


class Asked(BaseModel):
    """What is to be in the list and in which order. An empty ``subject`` is all of them."""

    subject: str = Field(default="", max_length=36)
    only: Only = ""
    sort: Sort = "newest"


Wanted = Annotated[Asked, Query()]


@router.get("/students/{id}/results")
def results_page(
    request: Request, viewer: Reader, engine: Store, noted: Noted, id: StudentId, asked: Wanted
) -> Response:
    """The list, and the form that says what is in it."""
    at = now()
    with reading(engine, viewer) as connection:
        seen = look(connection, viewer, id, Area.GRADES, at, noted)
        view = grades.overview(connection, seen, at)
        old = stale(request, connection, viewer, GRADES)
    subjects = {one.subject.id: one.subject for one in view.subjects or () if one.subject}
    return render(
        request, "results.html", viewer=viewer, meta=view.meta, whose=whose(seen, at), view=view, stale=old,
        asked=asked, subjects=sorted(subjects.values(), key=_called), lines=listed(view.subjects or (), asked),
        only=ONLY, sorts=SORTS,
    )  # fmt: skip


@router.get("/students/{id}/grades.csv")
def grades_csv(
    request: Request, viewer: Reader, engine: Store, noted: Noted, id: StudentId, asked: Wanted
) -> Response:
    """The list as a table for a spreadsheet, in which no cell is a formula."""
    at, spoken = now(), words(language_of(request))
    with reading(engine, viewer) as connection:
        view = grades.overview(connection, look(connection, viewer, id, Area.GRADES, at, noted), at)
    out = StringIO()
    table = csv.writer(out, delimiter=";")
    table.writerow([spoken.say(name) for name in COLUMNS])
    for line in listed(view.subjects or (), asked):
        table.writerow(map(harmless, _cells(spoken, line)))
    return Response(
        "\ufeff" + out.getvalue(), media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="grades.csv"', "Cache-Control": "no-store"},
    )  # fmt: skip


def listed(subjects: Iterable[SubjectGrades], asked: Asked) -> list[Line]:
    """The results that were asked for, in the order that was asked for. What has no day or no mark comes last."""
    lines = [
        Line(one.subject, test, attempt, attempt.achieved_on or test.held_on)
        for one in subjects if not asked.subject or (one.subject and one.subject.id == asked.subject)
        for test in one.tests for attempt in test.attempts if _wanted(attempt, asked.only)
    ]  # fmt: skip
    match asked.sort:
        case "newest":
            return _by(lines, lambda line: line.day, backwards=True)
        case "oldest":
            return _by(lines, lambda line: line.day)
        case "highest":
            return _by(lines, lambda line: line.attempt.score, backwards=True)
        case "lowest":
            return _by(lines, lambda line: line.attempt.score)
        case "subject":
            return _by(lines, lambda line: _called(line.subject) if line.subject else None)


def _wanted(attempt: Attempt, only: Only) -> bool:
    match only:
        case "insufficient":
            return attempt.sufficient is False
        case "changed":
            return attempt.changed
        case "counting":
            return attempt.counts and attempt.is_effective is not False
        case "":
            return True


def _by(lines: list[Line], key: Callable[[Line], Any], *, backwards: bool = False) -> list[Line]:
    known = [line for line in lines if key(line) is not None]
    return sorted(known, key=key, reverse=backwards) + [line for line in lines if key(line) is None]


def _called(of: Coded) -> str:
    return (of.name or of.code or "").casefold()


def _cells(spoken: Words, line: Line) -> list[str]:
    test, attempt = line.test, line.attempt
    weight = attempt.weight if attempt.weight is not None else test.weight
    return [
        ((line.subject.name or line.subject.code) if line.subject else None) or "", test.title or test.code or "",
        line.day.isoformat() if line.day else "", str(attempt.number),
        attempt.raw_text if attempt.score is None else spoken.number(attempt.score),
        "" if weight is None else spoken.number(weight), spoken.say("yes") if attempt.counts else spoken.say("no"),
    ]  # fmt: skip


def harmless(cell: str) -> str:
    """A cell that no spreadsheet computes."""
    return f"'{cell}" if cell.startswith(BEGINS_FORMULA) else cell
