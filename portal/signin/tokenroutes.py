"""``POST /v1/token``: a program trades its key for a short-lived token (OAuth 2.0 client credentials, RFC 6749)."""

from __future__ import annotations

import base64
import hmac
from binascii import Error as NotBase64
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qsl, unquote_plus

import orjson
from fastapi import Depends, Request, Response
from pydantic import BaseModel, Field

from portal import keys
from portal.audit import NOBODYS, CannotRecord, Event
from portal.clock import now
from portal.keys import ApiKey
from portal.models import examples
from portal.problems import Unavailable, answers
from portal.routing import api_router
from portal.settings import Settings
from portal.signin import clients
from portal.signin.common import NOBODY

router = api_router("/v1", tags=["token"])

MEDIA_TYPE = "application/x-www-form-urlencoded"
_MOST_FIELDS = 20
_NOT_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class Token(BaseModel):
    """A token (RFC 6749, 5.1)."""

    model_config = examples({
        "access_token": "eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30.c2lnbmF0dXJl", "token_type": "Bearer",
        "expires_in": 600, "scope": "grades students",
    })  # fmt: skip
    access_token: str
    token_type: str = "Bearer"  # noqa: S105  # the name of a kind
    expires_in: int = Field(description="Seconds.")
    scope: str = Field(description="What it opens, with spaces between.")


class TokenError(BaseModel):
    """Why there is no token (RFC 6749, 5.2)."""

    model_config = examples({"error": "invalid_client"})
    error: str = Field(description="`invalid_request`, `invalid_client`, `unsupported_grant_type` or `invalid_scope`.")


class Wrong(Exception):
    """A request that gets no token; ``error`` is a word of RFC 6749, 5.2."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


async def _form(request: Request) -> bytes:
    """The body, if it is said to be a form; the framework's own parser would need another library."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return await request.body() if kind == MEDIA_TYPE else b"\xff"


_FORM = {
    "requestBody": {
        "required": True,
        "content": {MEDIA_TYPE: {"schema": {
            "type": "object", "required": ["grant_type"],
            "properties": {
                "grant_type": {"type": "string", "enum": ["client_credentials"]},
                "scope": {"type": "string", "description": "Some of the key's scopes; all of them when left out."},
                "client_id": {"type": "string", "description": "The key's name, unless it is in `Authorization`."},
                "client_secret": {"type": "string", "description": "The key, unless it is in `Authorization`."},
            },
        }}},
    },
}  # fmt: skip


@router.post(
    "/token", response_model=Token, openapi_extra=_FORM,
    responses={
        400: {"model": TokenError, "description": "Not a request that gets a token."},
        401: {"model": TokenError, "description": "Not a client's name and key."},
        **answers(413, 429, 503),
    },
)  # fmt: skip
def get_token(request: Request, body: Annotated[bytes, Depends(_form)]) -> Response:
    """A token for a key, for ten minutes.

    The key's name and the key are given as HTTP Basic (`client_secret_basic`) or in the form (`client_secret_post`).
    """
    settings: Settings = request.app.state.settings
    try:
        key, scopes = asked(settings, body, request.headers.get("authorization"))
    except Wrong as wrong:
        if wrong.error == "invalid_client":
            _record(request, Event(NOBODYS, NOBODY, NOBODY, "token", allowed=False, reason=wrong.error))
        return _refused(wrong.error)
    _record(request, Event(NOBODYS, f"client:{key.name}", "client", "token", client=key.name))
    made = Token(
        access_token=clients.issue(settings, key, scopes, now()),
        expires_in=int(clients.LIFETIME.total_seconds()), scope=" ".join(sorted(scopes)),
    )  # fmt: skip
    return Response(made.model_dump_json(), headers=_NOT_KEPT, media_type="application/json")


def asked(settings: Settings, body: bytes, authorization: str | None) -> tuple[ApiKey, frozenset[str]]:
    """Whose key was shown, and what the token is to open. Raises ``Wrong``."""
    form = parsed(body)
    name, secret = _credentials(form, authorization)
    key = keys.find(settings.keys, secret)
    if key is None or not hmac.compare_digest(key.name.encode(), name.encode()):
        raise Wrong("invalid_client")
    grant = form.get("grant_type")
    if grant is None:
        raise Wrong("invalid_request")
    if grant != "client_credentials":
        raise Wrong("unsupported_grant_type")
    wanted = frozenset(form.get("scope", "").split()) or key.scopes
    if not wanted <= key.scopes:
        raise Wrong("invalid_scope")
    return key, wanted


def parsed(body: bytes) -> Mapping[str, str]:
    """The fields of a form, each at most once; empty ones are as if left out (3.2). Raises ``Wrong``."""
    try:
        pairs = parse_qsl(body.decode("utf-8"), errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise Wrong("invalid_request") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise Wrong("invalid_request")
    return form


def _credentials(form: Mapping[str, str], authorization: str | None) -> tuple[str, str]:
    """A client's name and key, from one place only (2.3). Raises ``Wrong``."""
    if authorization is None:
        if "client_id" in form and "client_secret" in form:
            return form["client_id"], form["client_secret"]
        raise Wrong("invalid_client")
    if "client_secret" in form:
        raise Wrong("invalid_request")
    kind, _, given = authorization.partition(" ")
    try:
        name, _, secret = base64.b64decode(given.strip(), validate=True).decode("utf-8").partition(":")
    except (NotBase64, ValueError):
        raise Wrong("invalid_client") from None
    if kind.lower() != "basic" or form.get("client_id", unquote_plus(name)) != unquote_plus(name):
        raise Wrong("invalid_client")
    return unquote_plus(name), unquote_plus(secret)


def _refused(error: str) -> Response:
    unknown = error == "invalid_client"
    headers = {**_NOT_KEPT, **({"WWW-Authenticate": "Basic"} if unknown else {})}
    return Response(orjson.dumps({"error": error}), 401 if unknown else 400, headers, "application/json")


def _record(request: Request, event: Event) -> None:
    try:
        request.app.state.recorder.record([event])
    except CannotRecord:
        raise Unavailable("A token must be put on file, and that cannot be done now.") from None
