"""No answer leaves before what it shows is on file (R65)."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Audited(APIRoute):
    """A route whose reads are written to the audit after it has run, whatever came of it."""

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        async def audited(request: Request) -> Response:
            try:
                return await handle(request)
            finally:
                # An answer in the making is dropped when this raises: nobody sees what is not on file.
                await put_on_file(request)

        return audited


async def put_on_file(request: Request) -> None:
    """Record what ``request`` has looked at. Raises ``CannotRecord``, and the answer must not leave then."""
    reads = getattr(request.state, "reads", None)
    if reads is None or not reads.events:
        return
    events, reads.events = reads.events, []
    await request.app.state.recorder.recorded(events)
