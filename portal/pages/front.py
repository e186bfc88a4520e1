"""The front page: how up to date each school is, and the way in. Nothing of anybody is on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from portal.caller import HOUSE, Store, authenticate
from portal.clock import now
from portal.freshness import EntityState, Freshness, Limit, SourceState, freshness, limit_of
from portal.look import LOGOS, css
from portal.pages.page import pages, render
from portal.pages.terms import _
from portal.problems import NotThere
from portal.reading import reading
from portal.signin.common import settings_of
from portal.sources import states
from portal.statics import FOR_EVER

TOPICS = (
    (_("Grades"), ("grade",)),
    (_("Absences"), ("attendance_observation", "absence_notice", "lesson_remark")),
    (_("Timetable"), ("lesson",)),
    (_("Students"), ("student", "enrolment", "group_member")),
)
"""What people come for, and the kinds of record behind it."""

router = pages()


@dataclass(frozen=True, slots=True)
class Topic:
    """One line of a school's card. ``read_at`` is that of the oldest of what is behind it; None: never read."""

    name: str
    state: Freshness
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Card:
    """A school, how it stands as a whole (None: some of it was never read), and its lines."""

    school: str
    state: Freshness | None
    topics: tuple[Topic, ...]


@router.get("/")
def front(request: Request, engine: Store) -> Response:
    """For who is signed in already: on to the own page."""
    if authenticate(request, None, now())[0] is not None:
        return RedirectResponse("/today", 303)
    at, limits = now(), settings_of(request).stale_after
    with reading(engine, HOUSE) as connection:
        cards = [card(source, at, limit_of(limits, source.name)) for source in states(connection, HOUSE)]
    return render(request, "front.html", cards=cards)


def card(source: SourceState, at: datetime, limit: Limit) -> Card:
    """What the page says of one school."""
    topics = tuple(
        _topic(name, entities, at, limit)
        for name, kinds in TOPICS
        if (entities := [entity for entity in source.entities if set(kinds).intersection(entity.kinds)])
    )
    return Card(source.school, _whole({topic.state for topic in topics}), topics)


def _whole(found: set[Freshness]) -> Freshness | None:
    if Freshness.STALE in found:
        return Freshness.STALE
    if Freshness.FRESH not in found:
        return Freshness.NEVER
    return None if Freshness.NEVER in found else Freshness.FRESH


def _topic(name: str, entities: Sequence[EntityState], at: datetime, limit: Limit) -> Topic:
    found = {freshness(entity, at, limit) for entity in entities}
    oldest = min((entity.fresh_at for entity in entities if entity.fresh_at is not None), default=None)
    if oldest is None or Freshness.NEVER in found:
        return Topic(name, Freshness.NEVER, None)
    return Topic(name, Freshness.STALE if Freshness.STALE in found else Freshness.FRESH, oldest)


@router.get("/look.css")
def own_colour(request: Request) -> Response:
    """The style sheet of the school's own colour."""
    colour = settings_of(request).look.colour
    if colour is None:
        raise NotThere("style sheet")
    return Response(css(colour), media_type="text/css", headers={"Cache-Control": FOR_EVER})


@router.get("/logo")
def own_logo(request: Request) -> Response:
    """The school's own picture."""
    logo = settings_of(request).look.logo
    if logo is None:
        raise NotThere("picture")
    return Response(logo.content, media_type=LOGOS[logo.kind], headers={"Cache-Control": FOR_EVER})
