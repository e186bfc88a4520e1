"""The addresses of the application manager: how the sources stand, and what waits for a person."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Request

from portal import dryruns, repairs, runs, sources
from portal.access import Role
from portal.audited import Audited
from portal.caller import Caller, Noted, Store, needs
from portal.clock import now
from portal.cursors import PAGE, CursorQuery, LimitQuery, decode, encode
from portal.dryruns import DryRuns
from portal.problems import answers
from portal.reading import reading
from portal.repairs import Held, HeldPlan, NewHeldDecision, Quarantine
from portal.routes import ERRORS
from portal.routing import api_router
from portal.ruleroutes import Source, changing
from portal.runs import Runs
from portal.settings import Settings
from portal.sources import Sources

EntityQuery = Annotated[
    str | None, Query(max_length=200, pattern=r"^[^\x00]*$", description="Of this entity alone, such as `grades`.")
]

Number = Annotated[int, Path(ge=1, lt=2**31, description="The number of a held plan.")]

router = api_router("/v1", responses=ERRORS, route_class=Audited, tags=["sources"])


@router.get("/sources", summary="How fresh and how whole every source is")
def get_sources(request: Request, viewer: Caller, engine: Store) -> Sources:
    """Per source and entity: when it was last read, what waits for a person, how the last run went."""
    needs(viewer, Role.MANAGER, Role.ADMINISTRATOR, scope="sources")
    settings: Settings = request.app.state.settings
    with reading(engine, viewer) as connection:
        return sources.health(connection, viewer, now(), settings.stale_after)


@router.get("/sources/{name}/runs", responses=answers(404), summary="What each sync of a source did")
def get_runs(
    request: Request, viewer: Caller, engine: Store, name: Source, entity: EntityQuery = None,
    cursor: CursorQuery = None, limit: LimitQuery = PAGE,
) -> Runs:  # fmt: skip
    """Of each sync of each entity, the newest first: how it ended, what it read, and what was new, changed or gone."""
    needs(viewer, Role.MANAGER, scope="sources")
    settings: Settings = request.app.state.settings
    place = decode(settings.secret, cursor, "runs", name, entity)
    with reading(engine, viewer) as connection:
        before = place[0] if place else None
        page, onwards = runs.runs(connection, viewer, name, entity=entity, before=before, limit=limit)
    if onwards is None:
        return page
    return page.model_copy(update={"next_cursor": encode(settings.secret, [onwards], "runs", name, entity)})


@router.get("/sources/{name}/dry-run", responses=answers(404), summary="What a dry run of a source would have done")
def get_dry_run(viewer: Caller, engine: Store, name: Source) -> DryRuns:
    """The last dry run of each entity. Nothing was changed by it, and nothing is fresher."""
    needs(viewer, Role.MANAGER, scope="sources")
    with reading(engine, viewer) as connection:
        return dryruns.dry_runs(connection, viewer, name)


@router.get("/quarantine", summary="The rows that could not be read")
def get_quarantine(
    request: Request, viewer: Caller, engine: Store, cursor: CursorQuery = None, limit: LimitQuery = PAGE
) -> Quarantine:
    """Which row of which source and what is wrong with which fields; never a value. It is mended in the source."""
    needs(viewer, Role.MANAGER, scope="sources")
    settings: Settings = request.app.state.settings
    place = decode(settings.secret, cursor, "quarantine")
    with reading(engine, viewer) as connection:
        page, onwards = repairs.quarantine(connection, viewer, after=place[0] if place else None, limit=limit)
    if onwards is None:
        return page
    return page.model_copy(update={"next_cursor": encode(settings.secret, [onwards], "quarantine")})


@router.get("/held", summary="The deletions that wait for a person")
def get_held(viewer: Caller, engine: Store) -> Held:
    """Too much was missing at once, or the source may be hiding it: nothing was deleted until somebody has looked."""
    needs(viewer, Role.MANAGER, scope="sources")
    with reading(engine, viewer) as connection:
        return repairs.held(connection, viewer)


@router.post("/held/{number}/decision", responses=answers(404, 409), summary="Decide on held deletions")
def post_held_decision(
    request: Request, viewer: Caller, engine: Store, noted: Noted, number: Number, body: NewHeldDecision
) -> HeldPlan:
    """Approved, the next complete read deletes what is still missing then; rejected, it stays. Decided once."""
    needs(viewer, Role.MANAGER)
    with changing(request, engine, noted) as connection:
        return repairs.decide(connection, viewer, number, body.decision, now(), noted)
