"""Answers that need not be sent again: a strong ETag on what is read, and 304 for whoever has it already.

The tag is a hash of the answer itself, so that it can never be older than what it stands for: access is judged and
the read is recorded before it is made. A cache may keep such an answer for one person and must ask before every use.
"""

from __future__ import annotations

from hashlib import blake2b

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

KEPT = "private, no-cache"


def digest(body: bytes) -> str:
    """What tells ``body`` from any other. An answer that is kept comes with it, as its ``ETag``."""
    return blake2b(body, digest_size=16).hexdigest()


def tag(digest: str, accepted: str) -> str:
    """The strong tag of a body with this digest for who accepts these encodings.

    Compressed, the same answer is another row of bytes and so has another tag (RFC 9110, 8.8.3.3).
    """
    suffix = "-gzip" if "gzip" in accepted else ""
    return f'"{digest}{suffix}"'


def matches(if_none_match: str, own: str) -> bool:
    """Whether the header names ``own``, compared weakly (RFC 9110, 13.1.2)."""
    told = (each.strip().removeprefix("W/") for each in if_none_match.split(","))
    return if_none_match.strip() == "*" or own in told


class ETag:
    """Tags JSON that a GET answers with 200. Streams, errors and what has a cache rule of its own pass untouched.

    It belongs inside the compression, which it leaves alone.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        asked = Headers(scope=scope)
        waiting: Message | None = None

        async def tagged(message: Message) -> None:
            nonlocal waiting
            if message["type"] == "http.response.start" and _is_kept(message):
                waiting = message
                return
            if waiting is None:
                await send(message)
                return
            start, waiting = waiting, None
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                start, message = _answer(asked, start, message)
            await send(start)
            await send(message)

        await self.app(scope, receive, tagged)


def _is_kept(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    media_type = headers.get("content-type", "").partition(";")[0]
    return start["status"] == 200 and media_type == "application/json" and "cache-control" not in headers


def _answer(asked: Headers, start: Message, body: Message) -> tuple[Message, Message]:
    """The whole answer with its tag, or a 304 in its place."""
    headers = MutableHeaders(raw=start["headers"])
    own = tag(headers.get("etag") or digest(body.get("body", b"")), asked.get("accept-encoding", ""))
    headers["ETag"], headers["Cache-Control"] = own, KEPT
    if not matches(", ".join(asked.getlist("if-none-match")), own):
        return start, body
    for name in ("content-type", "content-length"):
        if name in headers:
            del headers[name]
    headers.add_vary_header("Accept-Encoding")
    return {**start, "status": 304}, {**body, "body": b""}
