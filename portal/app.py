"""The read layer as an application: views under /v1 for who may see them, a page for people, a health check."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from portal import fileroutes, graderoutes, newsroutes, problems, ready, routes, ruleroutes, sourceroutes, staffroutes
from portal.audit import Recorder
from portal.kept import Kept
from portal.limiting import Rates
from portal.pages import account, decisions, entering, factors, front, manager, results, today, use
from portal.pages import school as school_pages
from portal.pages import students as student_pages
from portal.pages.people import ForPeople
from portal.problems import Problem
from portal.reading import reading
from portal.routing import by_name, put_in
from portal.settings import Settings, derived
from portal.shield import protect
from portal.signin import accountroutes, oidcroutes, tokenroutes
from portal.signin import routes as signin
from portal.statics import Statics

ABOUT = """Students, grades and absences of schools, the same for every administration system behind them.

Every answer says in `meta` where it comes from, how fresh it is and how whole. `null` means "not known", never
"none": a list is `null` when its data class is `unknown` or `not_offered`, and `[]` only when the source was read and
holds nothing. Times are UTC; dates are local to the school. Numbers of grades are strings with a decimal point.
"""


class Health(BaseModel):
    """The answer of a portal that can read its store."""

    status: str = "ok"


class Ready(BaseModel):
    """The answer of a portal that is fit to be asked."""

    status: str = "ready"


ROUTERS = (
    graderoutes.overviews, signin.router, accountroutes.router, oidcroutes.router, tokenroutes.router, routes.router,
    graderoutes.router, fileroutes.router, staffroutes.router, ruleroutes.router, sourceroutes.router,
    newsroutes.router,
)
"""Everything under /v1. An address is looked for in this order: what is asked for all day long comes first."""


PAGES = (
    today.router, student_pages.router, results.router, account.router, factors.router, school_pages.router,
    manager.router, use.router, decisions.router, entering.router, front.router,
)  # fmt: skip
"""What people read, made of the same views."""


def create_app(engine: Engine, settings: Settings, rates: Rates | None = None) -> FastAPI:
    """The application over the store behind ``engine``, which has the read layer's newest schema.

    ``rates`` says how often a caller may ask; None is what is said in ``portal.limiting``.
    """
    recorder = Recorder(engine, derived(settings.secret, "audit"))

    @asynccontextmanager
    async def running(_app: FastAPI) -> AsyncIterator[None]:
        yield
        recorder.close()

    app = FastAPI(
        title="Schoolbrug", version="1", description=ABOUT, docs_url=None, redoc_url=None, redirect_slashes=False,
        lifespan=running, generate_unique_id_function=by_name,
    )  # fmt: skip
    app.state.engine, app.state.settings, app.state.recorder = engine, settings, recorder
    app.state.kept = Kept(engine)
    put_in(app, (*ROUTERS, *PAGES))
    _open_to_all(app, engine, settings.synced)
    problems.install(app)
    protect(app, rates)
    app.add_middleware(ForPeople)
    return app


def _open_to_all(app: FastAPI, engine: Engine, synced: Collection[str]) -> None:
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

    @app.get("/ready", responses={503: {"model": Problem, "description": ready.ABOUT}})
    def is_ready() -> Ready:
        """Whether the store can be read and has the newest schema, and what is due is read by somebody."""
        ready.check(engine, synced)
        return Ready()

    app.mount("/static", Statics())
