"""Errors for people: who asks with a browser gets a page, not a problem document, wherever the error came from."""

from __future__ import annotations

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal.pages.page import error_page
from portal.problems import MEDIA_TYPE

API = ("/v1/", "/openapi.json", "/health", "/ready")
"""What programs ask."""
KEPT = ("allow", "retry-after")
"""What a page tells as well as the document that it replaces."""


class ForPeople:
    """The outermost layer: puts a page in the place of a problem document."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not by_browser(scope["path"], Headers(scope=scope)):
            await self.app(scope, receive, send)
            return
        replaced = False

        async def answered(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type") == MEDIA_TYPE:
                    replaced = True
                    page = error_page(Request(scope), message["status"])
                    for name, value in headers.items():
                        if name in KEPT or name.startswith(("x-", "cross-origin-")):
                            page.headers[name] = value
                    await page(scope, receive, send)
            if not replaced:
                await send(message)

        await self.app(scope, receive, answered)


def by_browser(path: str, headers: Headers) -> bool:
    """Whether somebody looks at this."""
    return not path.startswith(API) and "text/html" in headers.get("accept", "")
