"""A bridge from a simulated school to a store over the Magister connector."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy import Engine

from canonical.plan import Limits
from connectors.contract import Connector, Settings
from magister.connector import connect
from simulator.magister import DEFAULT_ACCOUNT
from simulator.server import Server
from tests.bridge import NAME, QUICK, Bridge, bridge_over, closing


def options(server: Server, **more: object) -> dict[str, object]:
    return {
        "url": f"{server.url}/doc", "user": DEFAULT_ACCOUNT.user, "password": DEFAULT_ACCOUNT.password, **QUICK,
        **more,
    }  # fmt: skip


@contextmanager
def connection(server: Server, **more: object) -> Iterator[Connector]:
    with closing(connect(Settings(NAME, options(server, **more)))) as made:
        yield made


def bridge(
    server: Server, engine: Engine, *, limits: Limits | None = None, key: bytes | None = None, **more: object
) -> AbstractContextManager[Bridge]:
    return bridge_over(server, engine, connect(Settings(NAME, options(server, **more))), limits=limits, key=key)
