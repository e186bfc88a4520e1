"""Bridges from a simulated school to a store over the two dialects of the @VO connector."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Literal

from sqlalchemy import Engine

from atvo.connector import connect
from canonical.plan import Limits
from connectors.contract import Settings
from simulator.atvo_ids import uuid_of
from simulator.magister import DEFAULT_ACCOUNT
from simulator.model import School
from simulator.server import Server
from tests.atvo.expected_rest import expected_rest
from tests.atvo.expected_soap import expected_soap
from tests.bridge import NAME, QUICK, Bridge, Rows, bridge_over

Dialect = Literal["soap", "connect"]
DIALECTS: tuple[Dialect, ...] = ("soap", "connect")
EXPECTED: dict[Dialect, Callable[[School], dict[str, Rows]]] = {"soap": expected_soap, "connect": expected_rest}

ALWAYS_OPEN = {"from": "00:00", "to": "00:00"}
"""No night to wait for."""


def soap_options(server: Server, **more: object) -> dict[str, object]:
    """The table of a source whose school is open at all hours."""
    return {
        "dialect": "soap", "url_um": f"{server.url}/services/umService", "url_wis": f"{server.url}/services/WISService",
        "brin": server.school.brin, "user": DEFAULT_ACCOUNT.user, "password": DEFAULT_ACCOUNT.password,
        "school_year": "2026/2027", "night": ALWAYS_OPEN, **QUICK, **more,
    }  # fmt: skip


def rest_options(server: Server, **more: object) -> dict[str, object]:
    return {
        "dialect": "connect", "api_url": f"{server.url}/rest/v1", "token_url": f"{server.url}/oauth2/token",
        "organisation": uuid_of("organisation", server.school.brin), "client_id": DEFAULT_ACCOUNT.user,
        "client_secret": DEFAULT_ACCOUNT.password, **QUICK, **more,
    }  # fmt: skip


OPTIONS: dict[Dialect, Callable[..., dict[str, object]]] = {"soap": soap_options, "connect": rest_options}


def bridge(
    server: Server, engine: Engine, dialect: Dialect = "soap", *, limits: Limits | None = None,
    key: bytes | None = None, **more: object,
) -> AbstractContextManager[Bridge]:  # fmt: skip
    made = connect(Settings(NAME, OPTIONS[dialect](server, **more)))
    return bridge_over(server, engine, made, limits=limits, key=key)
