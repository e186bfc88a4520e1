"""For who leads the school: how much the portal is used, and how soon after a test its results are entered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Annotated, Any

from fastapi import Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection

from portal import staffroutes, usage
from portal.access import Role, Viewer
from portal.caller import Store, needs
from portal.clock import local_day, now
from portal.cursors import PAGE, CursorQuery
from portal.pages.page import Noted, Reader, pages, render, stale
from portal.pages.students import GRADES
from portal.pages.words import language_of, words
from portal.problems import invalid
from portal.reading import reading
from portal.rules import Day
from portal.sources import states
from portal.staffroutes import FromMonth, ToMonth
from portal.usage import Month, RoleMonth

AT_FIRST = 3
"""Months that are shown to who has not chosen any."""
OFFERED = 24
"""Months to choose from."""
_DAY: TypeAdapter[date] = TypeAdapter(Day)

router = pages()


@router.get("/use")
def use_page(
    request: Request, viewer: Reader, engine: Store, noted: Noted, first: FromMonth = None, last: ToMonth = None,
    cursor: CursorQuery = None,
) -> Response:  # fmt: skip
    """Sign-ins by role and by account, and the letters that invite."""
    at = now()
    spoken = words(language_of(request))
    offered = newest(usage.month_of(local_day(at)), OFFERED)
    last = last or offered[0]
    first = first or newest(last, AT_FIRST)[-1]

    def called(month: Month, *, brief: bool = False) -> str:
        return spoken.month(date.fromisoformat(f"{month}-01"), brief=brief)

    asked: dict[str, Any] = {
        "first": first, "last": last, "called": called,
        "offered": {month: called(month) for month in sorted({*offered, first, last}, reverse=True)},
    }  # fmt: skip
    try:
        view = staffroutes.get_usage(request, viewer, engine, noted, first, last, cursor, PAGE)
    except RequestValidationError as error:
        mistake = error.errors()[0]
        if mistake["loc"] != ("query", "from"):
            raise
        wrong = {"from": mistake["type"]}
        return render(request, "use.html", viewer=viewer, view=None, wrong=wrong, status=400, **asked)
    with reading(engine, viewer) as connection:
        letters = usage.letters(connection, viewer, view.months, at)
        schools = schools_of(connection, viewer)
    return render(
        request, "use.html", viewer=viewer, view=view, wrong={}, schools=schools,
        summary=by_role(staffroutes.get_summary(viewer, engine, first, last).months),
        letters=[(source, [*rows]) for source, rows in groupby(letters, attrgetter("source"))], **asked,
    )  # fmt: skip


def newest(last: Month, count: int) -> list[Month]:
    """So many months back from ``last``, the newest first."""
    before = int(last[:4]) * 12 + int(last[5:]) - count
    return usage.months(f"{before // 12:04}-{before % 12 + 1:02}", last)[::-1]


def by_role(summary: Iterable[RoleMonth]) -> Mapping[str, Mapping[str, list[RoleMonth]]]:
    """The months of each role, by source."""
    found: dict[str, dict[str, list[RoleMonth]]] = {}
    for one in summary:
        found.setdefault(one.source, {}).setdefault(one.role.value, []).append(one)
    return found


def schools_of(connection: Connection, viewer: Viewer) -> dict[str, str]:
    """What the school of each of the viewer's sources is called."""
    return {source.name: source.school for source in states(connection, viewer)}


@router.get("/use/never")
def never_page(request: Request, viewer: Reader, engine: Store, noted: Noted, cursor: CursorQuery = None) -> Response:
    """Who has an account or a letter and never came, the oldest first."""
    view = staffroutes.get_never(request, viewer, engine, noted, cursor, PAGE)
    with reading(engine, viewer) as connection:
        schools = schools_of(connection, viewer)
    return render(request, "never.html", viewer=viewer, view=view, schools=schools, local_day=local_day)


@router.get("/promptness")
def promptness_page(
    request: Request, viewer: Reader, engine: Store, noted: Noted,
    first: Annotated[str, Query(alias="from")] = "", last: Annotated[str, Query(alias="to")] = "",
) -> Response:  # fmt: skip
    """By teacher and group, in school days, against the school's norm; without a period, that of this school year."""
    needs(viewer, Role.ADMINISTRATOR, Role.TEAM_LEADER)
    try:
        begin, end = _day("from", first), _day("to", last)
        view = staffroutes.get_promptness(viewer, engine, noted, begin, end)
    except RequestValidationError as error:
        wrong = {str(mistake["loc"][-1]): mistake["type"] for mistake in error.errors()}
        return render(
            request, "promptness.html", viewer=viewer, view=None, wrong=wrong, first=first, last=last, status=400
        )
    with reading(engine, viewer) as connection:
        old, schools = stale(request, connection, viewer, GRADES), schools_of(connection, viewer)
    groups = None if view.groups is None else [
        (source, [*of_source]) for source, of_source in groupby(view.groups, attrgetter("source"))
    ]  # fmt: skip
    return render(
        request, "promptness.html", viewer=viewer, meta=view.meta, view=view, wrong={}, stale=old, schools=schools,
        groups=groups, first=view.first.isoformat(), last=view.last.isoformat(),
    )  # fmt: skip


def _day(name: str, typed: str) -> date | None:
    """A day as a form sends it; None where it was left open."""
    try:
        return _DAY.validate_python(typed) if typed else None
    except ValidationError:
        raise invalid(f"query.{name}", "day") from None
