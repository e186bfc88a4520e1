"""The read layer as an application: views under /v1 for who has a key, a page for people, a health check."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from pydantic import BaseModel
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from portal import page, problems
from portal.clock import now
from portal.freshness import STALE_AFTER, Limits
from portal.keys import ApiKey, checked
from portal.problems import Problem
from portal.reading import reading
from portal.routes import router
from portal.scope import Scope
from portal.shield import PAGE_POLICY, Shield
from portal.sources import states

ABOUT = """Students, grades and absences of schools, the same for every administration system behind them.

Every answer says in `meta` where it comes from, how fresh it is and how whole. `null` means "not known", never
"none": a list is `null` when its data class is `unknown` or `not_offered`, and `[]` only when the source was read and
holds nothing. Times are UTC; dates are local to the school. Numbers of grades are strings with a decimal point.
"""


class Health(BaseModel):
    """The answer of a portal that can read its store."""

    status: str = "ok"


def create_app(engine: Engine, keys: Sequence[ApiKey], *, stale_after: Limits = STALE_AFTER) -> FastAPI:
    """The application over the store behind ``engine``, for the callers that hold one of ``keys``.

    ``stale_after`` says after how long an entity that was not read counts as stale: for all, or by the names of
    its source and of itself.
    Raises ``UserError`` for keys that cannot be told apart.
    """
    app = FastAPI(
        title="Schoolbrug", version="1", description=ABOUT, docs_url=None, redoc_url=None, redirect_slashes=False
    )
    app.state.engine, app.state.keys, app.state.stale_after = engine, checked(keys), stale_after
    app.include_router(router)
    _open_to_all(app, engine, stale_after)
    problems.install(app)
    app.add_middleware(Shield)
    return app


def _open_to_all(app: FastAPI, engine: Engine, stale_after: Limits) -> None:
    """What needs no key, and so holds nothing of anybody."""

    @app.get("/health", responses={503: {"model": Problem, "description": "The store cannot be read."}})
    def health() -> Health:
        """Whether the store can be read."""
        try:
            with reading(engine) as connection:
                connection.execute(text("SELECT 1"))
        except SQLAlchemyError:
            raise HTTPException(503, "The store cannot be read.") from None
        return Health()

    @app.get("/", include_in_schema=False)
    def landing() -> HTMLResponse:
        with reading(engine) as connection:
            sources = states(connection, Scope())
        return HTMLResponse(
            page.landing(sources, now(), stale_after), headers={"Content-Security-Policy": PAGE_POLICY}
        )

    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"))
