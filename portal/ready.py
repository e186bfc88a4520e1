"""Whether a read layer is fit to be asked: for what stands before it, and for who watches over it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from canonical.database import revision
from canonical.standstill import stands_still
from portal.problems import Told
from portal.schema import revision_portal

PATIENCE = timedelta(minutes=10)
"""So long something may be due with nobody reading anything."""

ABOUT = "Not fit to be asked; `code` says why: `store`, `schema` or `standstill`."

_DETAILS = {
    "store": "The store cannot be read.",
    "schema": "The store's schema is not the one that this program was made for.",
    "standstill": "What is due is not read by anybody: is schoolbrug run, or a worker, still there?",
}


def check(engine: Engine, sources: Collection[str]) -> None:
    """Raise a 503 whose ``code`` says why this read layer is not fit to be asked. ``sources`` are kept in sync."""
    try:
        code = _trouble(engine, sources)
    except SQLAlchemyError:
        code = "store"
    if code is not None:
        raise Told(503, _DETAILS[code], code)


def _trouble(engine: Engine, sources: Collection[str]) -> str | None:
    for there, newest in (revision(engine), revision_portal(engine)):
        if there != newest:
            return "schema"
    with engine.connect() as connection:
        return "standstill" if stands_still(connection, sources, PATIENCE) else None
