"""The read layer as tests start it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from sqlalchemy import Engine

import portal.app
from portal.keys import ApiKey
from portal.limiting import Rate, Rates
from portal.settings import Settings

SECRET = b"a secret that only the tests know of"
ORIGIN = "https://testserver"


UNHURRIED = Rates(token=Rate(1e6, 10**6), session=Rate(1e6, 10**6), address=Rate(1e6, 10**6))
"""For tests that ask more in a second than people do."""


def create_app(
    engine: Engine, keys: Sequence[ApiKey] = (), *, rates: Rates | None = None, **settings: Any
) -> FastAPI:
    """The application for the callers that hold one of ``keys``."""
    return portal.app.create_app(engine, Settings(SECRET, tuple(keys), origin=ORIGIN, **settings), rates)
