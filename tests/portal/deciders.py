"""People in a session who decide about who sees what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from fastapi.testclient import TestClient
from sqlalchemy import Engine, func, select

from portal.access import Role
from portal.clock import now
from portal.reading import writing
from portal.signin import sessions
from portal.tables import STAMP
from tests.portal.guardians import Family, Portal, family
from tests.portal.school import School

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
RULES_AT = "/v1/sources/lyceum/rules"
DECISIONS_AT = "/v1/sources/lyceum/decisions"


@pytest.fixture
def portal(engine: Engine) -> Any:
    with time_machine.travel(NOW, tick=False):
        made = Portal(engine)
        yield made
        made.app.state.recorder.close()


@pytest.fixture
def home(school: School) -> Family:
    return family(school)


@dataclass
class Somebody:
    """An account in a session."""

    browser: TestClient
    account: str

    def get(self, address: str, **query: Any) -> Any:
        return self.browser.get(address, params=query or None)

    def put(self, address: str, **body: Any) -> Any:
        return self.browser.put(address, json=body)

    def post(self, address: str, **body: Any) -> Any:
        return self.browser.post(address, json=body)


@pytest.fixture
def enter(portal: Portal) -> Callable[..., Somebody]:
    def begin(role: Role, source: int, person: str | None = None, way: str = "oidc+mfa") -> Somebody:
        account = portal.account(login=None, password=None, roles=((role, source, person),))
        with writing(portal.engine) as connection:
            token = sessions.begin(connection, account, role, way, None, now())
        browser = portal.browser()
        browser.cookies.set(sessions.COOKIE, token, domain="portal.test", path="/")
        return Somebody(browser, account)

    return begin


@pytest.fixture
def administrator(enter: Callable[..., Somebody], home: Family) -> Somebody:
    return enter(Role.ADMINISTRATOR, home.source)


def count(engine: Engine, table: Any) -> int:
    with engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def stamped(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(select(STAMP.c.n)).scalar_one())


def errors(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 400
    return [(error["field"], error["code"]) for error in answer.json()["errors"]]
