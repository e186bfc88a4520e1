"""How addresses are gathered and put into an application."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute


def by_name(route: APIRoute) -> str:
    """What an operation is called in the description of the API and in its client: as its function is."""
    return route.name


def api_router(prefix: str, **how: Any) -> APIRouter:
    """A router for ``put_in``."""
    return APIRouter(prefix=prefix, generate_unique_id_function=by_name, **how)


def put_in(app: FastAPI, routers: Iterable[APIRouter]) -> None:
    """Let ``app`` answer at the addresses of these routers, looked for in this order.

    The routes themselves: ``include_router`` makes each of them anew for every application, and takes several times
    as long to find one.
    """
    app.router.routes.extend(route for router in routers for route in router.routes)
