"""Somebody with a browser who signs in at the make-believe identity provider."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select
from structlog.testing import capture_logs

from portal.signin.issuers import Provider
from tests.portal.layer import ORIGIN, create_app
from tests.portal.provider import MakeBelieve

Wrong = Callable[[MakeBelieve], None]


@dataclass
class Browser:
    """Somebody with a browser, and the log of what the program says about it."""

    client: TestClient
    idp: MakeBelieve
    engine: Engine
    codes: list[str] = field(default_factory=list)

    def start(self, to: str = "/", source: str = "north") -> httpx.Response:
        return self.client.get(f"/v1/oidc/{source}/start", params={"to": to}, follow_redirects=False)

    def come_back(self, source: str = "north", **params: str) -> httpx.Response:
        with capture_logs() as logs:
            answer = self.client.get(f"/v1/oidc/{source}/callback", params=params, follow_redirects=False)
        self.codes += [entry["code"] for entry in logs if entry["event"].startswith("oidc.")]
        return answer

    def sign_in(self, to: str = "/", **changed: str) -> httpx.Response:
        return self.come_back(**(self.idp.consent(self.start(to).headers["Location"]) | changed))

    def rows(self, table: Any) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(select(table)))


def opened(engine: Engine, idp: MakeBelieve, *more: Provider, **changed: Any) -> Browser:
    app = create_app(engine, providers=(idp.provider(**changed), *more))
    return Browser(TestClient(app, base_url=ORIGIN), idp, engine)
