"""The first page: for a guardian or student what is new, of all schools together; for others the way on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection, func, select

from portal import absences, latest, me
from portal.absencemodels import Absences
from portal.access import Area, Role, Viewer
from portal.caller import Store
from portal.clock import local_day, now
from portal.freshness import KINDS
from portal.grademodels import LatestGrade
from portal.looking import Reads, look
from portal.me import OwnStudent
from portal.news import NEWS, WINDOW, NewsItem, from_now
from portal.newsfeed import Entry, entries
from portal.newsroutes import place_of, watch_of
from portal.pages.page import FACTORS, Holder, Noted, pages, render, stale
from portal.reading import reading
from portal.signin import sessions
from portal.signin.common import settings_of
from portal.sources import meta, states
from portal.tables import SESSION

MOST = 200
"""Items on the page, the newest: two weeks of a lively child."""
FIRST: Mapping[Role, str] = {
    Role.STAFF: "/classes", Role.TEAM_LEADER: "/classes", Role.ATTENDANCE_OFFICER: "/classes",
    Role.ADMINISTRATOR: "/use", Role.MANAGER: "/sources",
}  # fmt: skip
"""Where whoever works at the school begins."""
_OF_NEWS = frozenset(kind for data_class in NEWS for kind in KINDS[data_class])

router = pages()


@dataclass(frozen=True, slots=True)
class Told:
    """A piece of news as the page tells it: what a grade is, and at what time something was seen in a lesson."""

    item: NewsItem
    student: OwnStudent
    fresh: bool
    grade: LatestGrade | None
    begins: datetime | None

    @property
    def day(self) -> date:
        return local_day(self.item.visible_at)


@router.get("/today")
def today(request: Request, viewer: Holder, engine: Store, noted: Noted) -> Response:
    """What came in the last two weeks, the newest first; what is new since the last visit is marked."""
    if request.state.lacks_factor:
        return RedirectResponse(FACTORS, 303)
    if viewer.role in FIRST:
        return RedirectResponse(FIRST[viewer.role], 303)
    at = now()
    with reading(engine) as connection:
        visited = last_visit(connection, request, at)
    with reading(engine, viewer) as connection:
        about = me.me(connection, viewer, at, noted)
        own = {student.id: student for student in about.students or ()}
        found = entries(connection, viewer, at - WINDOW, at, watch_of(request).known)
        told = news(connection, viewer, own, visited, found, at, noted)
        source = meta(states(connection, viewer), *NEWS)
        old = stale(request, connection, viewer, _OF_NEWS)
    return render(
        request, "today.html", viewer=viewer, meta=source, students=about.students, days=by_day(told), stale=old,
        after=place_of(settings_of(request), from_now(found, at)),
    )  # fmt: skip


def news(
    connection: Connection, viewer: Viewer, own: Mapping[str, OwnStudent], visited: datetime | None,
    found: Iterable[Entry], at: datetime, noted: Reads,
) -> list[Told]:  # fmt: skip
    """The news of these students, the newest first."""
    in_order = sorted(found, key=attrgetter("place"))
    items = [entry.item for entry in in_order if entry.item.student_id in own][-MOST:]
    grades: dict[tuple[str, int], LatestGrade] = {}
    lessons: dict[str, datetime] = {}
    for student in {item.student_id for item in items}:
        wanted = {item.kind.value == "grade" for item in items if item.student_id == student}
        if True in wanted:
            seen = look(connection, viewer, UUID(student), Area.GRADES, at, noted)
            page, _ = latest.latest(connection, seen, after=None, limit=MOST)
            grades |= {(grade.id, grade.version): grade for grade in page.grades or ()}
        if False in wanted:
            seen = look(connection, viewer, UUID(student), Area.ABSENCES, at, noted)
            lessons |= _begins(absences.overview(connection, seen, at, first=local_day(at - WINDOW), last=None))
    return [
        Told(
            item, own[item.student_id], visited is None or item.visible_at > visited,
            grades.get((item.id, item.version)), lessons.get(item.id),
        )
        for item in reversed(items)
    ]  # fmt: skip


def by_day(told: Iterable[Told]) -> list[tuple[date, list[Told]]]:
    """The same by the day on which it became visible."""
    return [(day, list(items)) for day, items in groupby(told, attrgetter("day"))]


def _begins(view: Absences) -> dict[str, datetime]:
    rows = [*(view.observations or ()), *(view.remarks or ())]
    return {row.id: row.lesson.begins for row in rows if row.lesson is not None}


def last_visit(connection: Connection, request: Request, at: datetime) -> datetime | None:
    """When the account's session before this one was last used; None at the first visit."""
    session = sessions.session_of(connection, request.cookies.get(sessions.COOKIE, ""), at)
    if session is None:
        return None
    before = (SESSION.c.account_id == session.account_id, SESSION.c.created_at < session.created_at)
    return connection.execute(select(func.max(SESSION.c.seen_at)).where(*before)).scalar()


