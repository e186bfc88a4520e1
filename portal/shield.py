"""What holds for every answer: security headers, and no inside of the program when something breaks."""

from __future__ import annotations

import traceback

import structlog
from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal.etag import ETag
from portal.limiting import Limiter, Rates
from portal.problems import problem
from portal.signin.sessions import COOKIE

DATA_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}

SMALLEST_COMPRESSED = 1_000
"""Bytes; below it compression costs more than it saves. No answer above it holds a secret beside what a caller can
choose, so that its compressed length tells nothing (BREACH)."""
COMPRESSION = 5

log = structlog.get_logger("portal")


def protect(app: FastAPI, rates: Rates | None = None) -> None:
    """Put around ``app`` what holds for every answer: outermost the shield, innermost the tags."""
    app.add_middleware(ETag)
    # Streams of events and what is compressed already pass untouched.
    app.add_middleware(GZipMiddleware, minimum_size=SMALLEST_COMPRESSED, compresslevel=COMPRESSION)
    app.add_middleware(Limiter, cookie=COOKIE, rates=rates or Rates())
    app.add_middleware(Shield)


class Shield:
    """The outermost layer. An unknown error becomes a bare 500, and goes to the log by its place, without values."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def shielded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in _ALWAYS.items():
                    headers[name] = value
                headers.setdefault("Content-Security-Policy", DATA_POLICY)
                headers.setdefault("Referrer-Policy", "no-referrer")
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            await self.app(scope, receive, shielded)
        except Exception as error:  # noqa: BLE001  # the last stop: an error's own text may hold a record's values
            log.error("request failed", route=_route(scope), error=type(error).__name__, at=_place(error))
            if started:
                raise ConnectionAbortedError("the answer was cut off") from None
            answer = problem(500, "Something went wrong on this side; it has been written down.")
            await answer(scope, receive, shielded)


def _route(scope: Scope) -> str | None:
    """The route's pattern: the path itself would name a student."""
    return getattr(scope.get("route"), "path", None)


def _place(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
