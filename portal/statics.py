"""The portal's own styles, scripts and pictures. Browsers keep them for a year: another file has another address."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parent / "static"
FOR_EVER = "public, max-age=31536000, immutable"


@cache
def address(name: str) -> str:
    """Where a file is served, such as ``portal.css``. It names what the file holds."""
    return f"/static/{name}?{digest((FOLDER / name).read_bytes())}"


def digest(content: bytes) -> str:
    """A short name of what something holds."""
    return blake2b(content, digest_size=6).hexdigest()


class Statics(StaticFiles):
    """Says of each file how long it may be kept; of one that is asked for without its digest: ask each time."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER)

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        asked = f"/static/{path}?{scope['query_string'].decode('latin-1')}"
        answer.headers["Cache-Control"] = FOR_EVER if asked == address(path) else "no-cache"
        return answer
