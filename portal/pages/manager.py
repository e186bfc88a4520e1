"""The application manager's pages: how each source stands, what it did last, and what waits to be mended in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Engine

from portal import dryruns, repairs, runs, sourceroutes, sources
from portal.access import Role, Viewer
from portal.caller import Store, needs
from portal.clock import now
from portal.cursors import PAGE, CursorQuery, decode, encode
from portal.freshness import DataClass, Freshness
from portal.pages import managerwords, runwords
from portal.pages.mending import to_mend
from portal.pages.page import Noted, Reader, pages, render
from portal.problems import Conflict
from portal.reading import reading
from portal.repairs import HeldDecision, NewHeldDecision
from portal.ruleroutes import Source
from portal.signin.common import settings_of
from portal.sourceroutes import Number
from portal.sources import EntityHealth, LastRun, SourceHealth

RUNS = 50
"""So many runs are shown of a source."""

TEXTS = {
    "entity_texts": managerwords.ENTITIES, "record_texts": managerwords.KINDS, "outcome_texts": managerwords.OUTCOMES,
    "message_texts": managerwords.MESSAGES, "decision_texts": managerwords.DECISIONS,
}  # fmt: skip

router = pages()


@router.get("/sources")
def health(request: Request, viewer: Reader, engine: Store, noted: Noted) -> Response:
    """Each source in one look, and the deletions that wait for a person."""
    needs(viewer, Role.MANAGER)
    with reading(engine, viewer) as connection:
        view = sources.health(connection, viewer, now(), settings_of(request).stale_after)
        held = repairs.held(connection, viewer)
    return render(
        request, "sources.html", viewer=viewer, meta=view.meta, plans=held.plans,
        sources=[(source, standing(source)) for source in view.sources], **_texts(),
    )  # fmt: skip


@router.get("/sources/{source}")
def one_source(
    request: Request, viewer: Reader, engine: Store, noted: Noted, source: Source, cursor: CursorQuery = None
) -> Response:
    """The last runs of one source, what a dry run would have done, and its rows that wait to be mended."""
    needs(viewer, Role.MANAGER)
    settings = settings_of(request)
    place = decode(settings.secret, cursor, "quarantine")
    with reading(engine, viewer) as connection:
        view = runs.history(connection, viewer, source, now(), settings.stale_after, limit=RUNS)
        waiting, last = repairs.quarantine(
            connection, viewer, after=place[0] if place else None, limit=PAGE, source=source
        )
        held = repairs.held(connection, viewer)
        dry = dryruns.dry_runs(connection, viewer, source)
    return render(
        request, "source.html", viewer=viewer, meta=view.meta, view=view, dry_runs=dry.entities,
        rows=[(row, to_mend(row, view.source.system)) for row in waiting.rows],
        plans=[plan for plan in held.plans if plan.source == source], standing=standing(view.source),
        onwards=None if last is None else encode(settings.secret, [last], "quarantine"), **_texts(),
    )  # fmt: skip


@router.get("/held/{number}")
def held_page(request: Request, viewer: Reader, engine: Store, noted: Noted, number: Number) -> Response:
    """What would go, and the decision."""
    return _held(request, viewer, engine, number)


@router.post("/held/{number}")
def decide(
    request: Request, viewer: Reader, engine: Store, noted: Noted, number: Number,
    decision: Annotated[HeldDecision, Form()],
) -> Response:  # fmt: skip
    """It goes, or it stays."""
    try:
        sourceroutes.post_held_decision(request, viewer, engine, noted, number, NewHeldDecision(decision=decision))
    except Conflict:
        return _held(request, viewer, engine, number, status=409)
    return RedirectResponse(f"/held/{number}", 303)


def _held(request: Request, viewer: Viewer, engine: Engine, number: int, *, status: int = 200) -> Response:
    needs(viewer, Role.MANAGER)
    with reading(engine, viewer) as connection:
        plan = repairs.held_plan(connection, viewer, number)
        source = sources.state_of(connection, viewer, plan.source)
    return render(
        request, "held.html", viewer=viewer, meta=sources.meta([source], *DataClass), plan=plan, source=source,
        status=status, **_texts(),
    )  # fmt: skip


def standing(source: SourceHealth) -> dict[str, int]:
    """How many entities of a source are in which state, and what of it waits for a person."""
    states = Counter(entity.state for entity in source.entities)
    return {
        "entities": len(source.entities), **{state.value: states[state] for state in Freshness},
        "failing": sum(1 for entity in source.entities if entity.failures),
        "quarantine": sum(entity.open_quarantine for entity in source.entities),
        "held": sum(entity.open_held for entity in source.entities),
    }  # fmt: skip


def urgent_first(entities: Sequence[EntityHealth]) -> list[EntityHealth]:
    """What a person has to look at comes before what is well; otherwise in their own order."""
    return sorted(entities, key=_well)


def _well(entity: EntityHealth) -> bool:
    fresh = entity.state is Freshness.FRESH and not entity.failures
    return fresh and not entity.open_quarantine and not entity.open_held


def seconds(run: LastRun) -> int | None:
    """How long a run took; None while it is under way."""
    return None if run.ended_at is None else max(0, round((run.ended_at - run.started_at).total_seconds()))


def said(code: str | None, message: str | None) -> list[tuple[str, bool]]:
    """What a run says, line by line, and whether that is one of our texts, which has a translation."""
    if not message:
        return []
    if code is not None and code in runwords.CODES:
        return [(runwords.CODES[code], True), (message, False)]
    parts = message.split("; ")
    if all(part in managerwords.MESSAGES for part in parts):
        return [(managerwords.MESSAGES[part], True) for part in parts]
    return [(message, False)]


def _texts() -> dict[str, Any]:
    return {**TEXTS, "seconds": seconds, "said": said, "urgent_first": urgent_first}
