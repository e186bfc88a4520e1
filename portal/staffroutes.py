"""The addresses for who works at a school: groups, a class at a glance, promptness, use of the portal."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Request

from portal import glance, groups, promptness, usage
from portal.access import Role, Viewer
from portal.audited import Audited
from portal.caller import Caller, Noted, Store, needs
from portal.clock import local_day, now
from portal.cursors import PAGE, CursorQuery, LimitQuery, decode, encode
from portal.glancemodels import Glance
from portal.grades import years_of
from portal.groups import ROLES, Groups
from portal.looking import Reads
from portal.problems import invalid
from portal.promptness import Promptness
from portal.reading import reading
from portal.routes import ERRORS, MISSING
from portal.routing import api_router
from portal.rules import Day
from portal.settings import Settings
from portal.usage import MOST_MONTHS, NeverUsed, OwnUse, Use, UseSummary

router = api_router("/v1", responses=ERRORS, route_class=Audited, tags=["staff"])

_MONTH = r"^20[0-9]{2}-(0[1-9]|1[0-2])$"
FromMonth = Annotated[
    str | None, Query(alias="from", pattern=_MONTH, description="First month, `2026-01`; without it, that of `to`.")
]
ToMonth = Annotated[
    str | None, Query(alias="to", pattern=_MONTH, description="Last month, inclusive; without it, the present one.")
]


@router.get("/groups", summary="The caller's groups of this school year")
def list_groups(viewer: Caller, engine: Store, noted: Noted) -> Groups:
    """What a member of staff teaches and mentors; what a team leader or attendance officer has students in."""
    needs(viewer, *ROLES)
    with reading(engine, viewer) as connection:
        return groups.groups(connection, viewer, now())


@router.get("/groups/{id}/glance", responses=MISSING, summary="A class at a glance")
def get_glance(
    viewer: Caller, engine: Store, noted: Noted,
    id: Annotated[UUID, Path(description="The group's id, as in the list of groups.")],
) -> Glance:  # fmt: skip
    """For a mentor of the group, its team leader and the attendance officer. What is signalled is for a person to
    judge: nothing is reported to anybody."""
    needs(viewer, *ROLES)
    with reading(engine, viewer) as connection:
        return glance.glance(connection, viewer, id, now(), noted)


@router.get("/promptness", summary="How soon after a test its results are entered")
def get_promptness(
    viewer: Caller, engine: Store, noted: Noted,
    first: Annotated[
        Day | None, Query(alias="from", description="First day of tests, 2000 to 2099; this school year's.")
    ] = None,
    last: Annotated[Day | None, Query(alias="to", description="Last day of tests, inclusive; today.")] = None,
) -> Promptness:  # fmt: skip
    """By teacher and group, in school days, against the school's norm. No result is told."""
    needs(viewer, Role.ADMINISTRATOR, Role.TEAM_LEADER)
    at = now()
    with reading(engine, viewer) as connection:
        students = promptness.led(connection, viewer, at) if viewer.role is Role.TEAM_LEADER else None
        years = [year for source in sorted(viewer.sources or ()) for year in years_of(connection, source)]
    last = last or local_day(at)
    first = first or glance.year_begins(years, last)
    if first > last:
        raise invalid("query.from", "after_to")
    _note(noted, viewer, "promptness")
    with reading(engine, promptness.as_counter(viewer)) as connection:
        return promptness.promptness(connection, viewer, students, first, last)


@router.get("/usage", summary="Sign-ins by account and month")
def get_usage(
    request: Request, viewer: Caller, engine: Store, noted: Noted, first: FromMonth = None, last: ToMonth = None,
    cursor: CursorQuery = None, limit: LimitQuery = PAGE,
) -> Use:  # fmt: skip
    """Interactive sign-ins of the accounts of the caller's sources, by calendar month at school."""
    needs(viewer, Role.ADMINISTRATOR)
    settings: Settings = request.app.state.settings
    asked = _months(first, last)
    place = decode(settings.secret, cursor, "usage", *asked)
    _note(noted, viewer, "usage")
    with reading(engine, viewer) as connection:
        page = usage.use(connection, viewer, asked, after=None if place is None else place[0], limit=limit)
    if page.next_cursor is None:
        return page
    return page.model_copy(update={"next_cursor": encode(settings.secret, [page.next_cursor], "usage", *asked)})


@router.get("/usage/never", summary="Accounts and invitations that were never used")
def get_never(
    request: Request, viewer: Caller, engine: Store, noted: Noted, cursor: CursorQuery = None, limit: LimitQuery = PAGE
) -> NeverUsed:
    """Who has an account and never signed in, and who was invited and has no account; the oldest first."""
    needs(viewer, Role.ADMINISTRATOR)
    settings: Settings = request.app.state.settings
    place = decode(settings.secret, cursor, "never")
    _note(noted, viewer, "usage")
    with reading(engine, viewer) as connection:
        found, onwards = usage.never(
            connection, viewer, local_day(now()), after=None if place is None else (place[0], place[1]), limit=limit
        )
    return NeverUsed(
        never=found, next_cursor=None if onwards is None else encode(settings.secret, list(onwards), "never")
    )


@router.get("/usage/summary", summary="How much the portal is used")
def get_summary(viewer: Caller, engine: Store, first: FromMonth = None, last: ToMonth = None) -> UseSummary:
    """Numbers by month and role; none that rest on fewer than ten accounts."""
    needs(viewer, Role.ADMINISTRATOR, Role.TEAM_LEADER)
    with reading(engine, viewer) as connection:
        return usage.summary(connection, viewer, _months(first, last))


@router.get("/me/logins", summary="The caller's own sign-ins by month")
def get_own_logins(viewer: Caller, engine: Store, first: FromMonth = None, last: ToMonth = None) -> OwnUse:
    """Whatever the role that was chosen after signing in."""
    needs(viewer, *(role for role in Role if role is not Role.CLIENT))
    with reading(engine, viewer) as connection:
        return usage.own(connection, viewer, _months(first, last))


def _months(first: str | None, last: str | None) -> list[str]:
    """Raises ``invalid`` when there are none or too many."""
    until = last or usage.month_of(local_day(now()))
    asked = usage.months(first or until, until)
    if not asked:
        raise invalid("query.from", "after_to")
    if len(asked) > MOST_MONTHS:
        raise invalid("query.from", "too_many_months")
    return asked


def _note(noted: Reads, viewer: Viewer, action: str) -> None:
    """That somebody looked at what is of no student: once for each source."""
    for source in sorted(viewer.sources or ()):
        noted.note(action, source)
