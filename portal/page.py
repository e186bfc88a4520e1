"""The landing page: for every school, what was brought up to date when. No personal data, no script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from portal.clock import SCHOOL_TIME
from portal.freshness import EntityState, Freshness, Limit, Limits, SourceState, freshness, limit_of

TOPICS = (
    ("Cijfers", "de cijfers", "kunnen", ("grade",)),
    ("Afwezigheid", "de afwezigheid", "kan", ("attendance_observation", "absence_notice", "lesson_remark")),
    ("Lesrooster", "het lesrooster", "kan", ("lesson",)),
    ("Leerlingen", "de lijst van leerlingen", "kan", ("student", "enrolment", "group_member")),
)
"""What people come for, what it is called in a sentence with which verb, and the kinds of record behind it."""

MONTHS = (
    "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november",
    "december",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Topic:
    """One line of a school's card."""

    name: str
    state: Freshness
    when: str
    iso: str


@dataclass(frozen=True, slots=True)
class Card:
    """A school, its lines, and the sentence above them. ``banner`` is empty while all is fresh."""

    school: str
    topics: tuple[Topic, ...]
    banner: str


def landing(sources: Sequence[SourceState], now: datetime, limits: Limits) -> str:
    """The page as HTML."""
    return _templates().get_template("landing.html").render(
        cards=[card(source, now, limit_of(limits, source.name)) for source in sources], at=_clock(now)
    )


def card(source: SourceState, now: datetime, limit: Limit) -> Card:
    """What the page says of one school. A topic is as old as the oldest of what is behind it."""
    topics = tuple(
        _topic(name, entities, now, limit)
        for name, _, _, kinds in TOPICS
        if (entities := [entity for entity in source.entities if set(kinds).intersection(entity.kinds)])
    )
    return Card(source.school, topics, _banner(topics))


def _topic(name: str, entities: Sequence[EntityState], now: datetime, limit: Limit) -> Topic:
    states = {freshness(entity, now, limit) for entity in entities}
    oldest = min((entity.fresh_at for entity in entities if entity.fresh_at is not None), default=None)
    if oldest is None or Freshness.NEVER in states:
        return Topic(name, Freshness.NEVER, "nog niet opgehaald", "")
    state = Freshness.STALE if Freshness.STALE in states else Freshness.FRESH
    return Topic(name, state, f"bijgewerkt {spoken(oldest, now)}", oldest.isoformat())


def _banner(topics: Sequence[Topic]) -> str:
    if not topics or all(topic.state is Freshness.NEVER for topic in topics):
        return "Er is nog niets opgehaald bij deze school."
    stale = {topic.name for topic in topics if topic.state is Freshness.STALE}
    if not stale:
        return ""
    named = [(phrase, verb) for name, phrase, verb, _ in TOPICS if name in stale]
    may = "kunnen" if len(named) > 1 else named[0][1]
    phrases = _and([phrase for phrase, _ in named])
    return f"Let op: {phrases} {may} verouderd zijn. Wat de school later heeft ingevoerd, ziet u nog niet."


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} en {names[-1]}"


def spoken(moment: datetime, now: datetime) -> str:
    """A moment as people say it: "om 10:42", "gisteren om 16:10", "op 3 maart om 16:10"."""
    local, today = moment.astimezone(SCHOOL_TIME), now.astimezone(SCHOOL_TIME).date()
    if local.date() == today:
        return f"om {_clock(moment)}"
    if local.date() == today - timedelta(days=1):
        return f"gisteren om {_clock(moment)}"
    year = f" {local.year}" if local.year != today.year else ""
    return f"op {local.day} {MONTHS[local.month - 1]}{year} om {_clock(moment)}"


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(SCHOOL_TIME):%H:%M}"


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("portal"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
