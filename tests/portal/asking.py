"""Many questions to one read layer: one client and one event loop, without a thread between the test and the layer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from fastapi import FastAPI

from tests.portal.layer import ORIGIN


class Asker:
    """Asks one question after another, as a browser on the layer's own pages would. It keeps no cookies."""

    def __init__(self, runner: asyncio.Runner, client: httpx.AsyncClient) -> None:
        self._runner, self._client = runner, client

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        answer = self._runner.run(self._client.request(method, path, **more))
        self._client.cookies.clear()
        return answer

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.request("GET", path, **more)


@contextmanager
def asking(app: FastAPI) -> Iterator[Asker]:
    """Who asks ``app``; what breaks within is answered with a 500, as by a server."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    client = httpx.AsyncClient(transport=transport, base_url=ORIGIN)
    with asyncio.Runner() as runner:
        try:
            yield Asker(runner, client)
        finally:
            runner.run(client.aclose())
            app.state.recorder.close()
