"""Errors as the world sees them: RFC 9457 problem documents, without values and without the inside of the program."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match

from portal.audit import CannotRecord

MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 20
LONGEST_FIELD = 200

_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")


class FieldProblem(BaseModel):
    """What is wrong with one part of the request."""

    field: str = Field(description="Where: `query.limit`, `path.id`, `body.login`.")
    code: str = Field(description="What is wrong with it, such as `greater_than_equal`.")


class Problem(BaseModel):
    """A problem document (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"type": "about:blank", "title": "Not Found", "status": 404, "detail": "There is no such student."}
            ]
        }
    )
    type: str = Field(default="about:blank", description="Always `about:blank`: the status says it all.")
    title: str
    status: int
    detail: str
    code: str | None = Field(default=None, description="A word for programs that says why; of 403, 409 and /ready.")
    errors: list[FieldProblem] | None = Field(default=None, description="Only of requests that are not valid.")


class Told(HTTPException):
    """An error with a word for programs. ``code`` and ``detail`` come from the program, never from a record."""

    def __init__(
        self, status: int, detail: str, code: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, detail, headers)
        self.code = code


class NotThere(HTTPException):
    """404: what was asked for is not there, or not for this caller: the answer is the same to the byte."""

    def __init__(self, what: str) -> None:
        super().__init__(404, f"There is no such {what}.")


class Closed(Told):
    """403: it is there and the caller may know that, but it is closed; ``code`` is a word such as ``switched_off``."""

    def __init__(self, code: str) -> None:
        super().__init__(403, "This is closed to you; see code.", code)


class Conflict(Told):
    """409: it cannot be done as things stand now, such as ``version``: somebody else has changed it."""

    def __init__(self, code: str) -> None:
        super().__init__(409, "This cannot be done as things stand; see code.", code)


class TooLarge(Told):
    """413: more than is ever read."""

    def __init__(self) -> None:
        super().__init__(413, _DETAILS[413], headers={"Connection": "close"})


class TooMany(Told):
    """429: too often; again after ``seconds`` (whole, at least 1)."""

    def __init__(self, seconds: int) -> None:
        super().__init__(429, _DETAILS[429], headers={"Retry-After": str(seconds)})


class Unavailable(Told):
    """503: it cannot be done now, on this side."""

    def __init__(self, detail: str) -> None:
        super().__init__(503, detail, headers={"Retry-After": "5"})


_DETAILS = {
    404: "There is nothing here.",
    405: "Not with this method; Allow says with which.",
    413: "The request is too large.",
    429: "Too many requests; Retry-After says in how many seconds again.",
}

_DESCRIPTIONS = {
    400: "The request is not valid: `errors` says which part, and why.",
    401: "Nobody is known to ask: no key, token or session, or not a valid one.",
    403: "Closed to this caller: `code` says why.",
    404: "Not there, or not for this caller: the answer is the same.",
    409: "It cannot be done as things stand: `code` says why.",
    413: "The request is too large.",
    429: "Too many requests: `Retry-After` says in how many seconds again.",
    500: "Something went wrong on this side.",
    503: "It cannot be done now, such as when the read cannot be recorded.",
}


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """These error statuses for the description of a route or router: ``responses=answers(400, 404)``."""
    return {status: {"model": Problem, "description": _DESCRIPTIONS[status]} for status in statuses}


def problem(
    status: int,
    detail: str,
    errors: list[FieldProblem] | None = None,
    headers: Mapping[str, str] | None = None,
    code: str | None = None,
) -> Response:
    """A problem document as an answer."""
    body = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, code=code, errors=errors)
    return Response(body.model_dump_json(exclude_none=True), status, headers, MEDIA_TYPE)


def told(error: HTTPException) -> Response:
    """The problem document of an error; its own words where it has them."""
    own = error.detail != HTTPStatus(error.status_code).phrase
    detail = error.detail if own else _DETAILS.get(error.status_code, error.detail)
    return problem(error.status_code, detail, headers=error.headers, code=getattr(error, "code", None))


def invalid(field: str, code: str) -> RequestValidationError:
    """A 400 about a part of the request (``query.from``) that only the view can judge."""
    return RequestValidationError([{"loc": tuple(field.split(".")), "type": code, "msg": code, "input": None}])


def install(app: FastAPI) -> None:
    """Make every error of ``app`` a problem document, in its answers and in its OpenAPI description."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(CannotRecord, _unrecorded)
    describe = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = as_problems(describe())
        return app.openapi_schema

    setattr(app, "openapi", described)  # noqa: B010  # FastAPI's documented way; mypy forbids the assignment


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    answer = told(error)
    if error.status_code == 405:
        answer.headers["Allow"] = ", ".join(sorted(_allowed(request)))
    return answer


def _allowed(request: Request) -> set[str]:
    """The methods of every route at this path; the framework names those of the first only (RFC 9110, 15.5.6)."""
    routes: list[BaseRoute] = request.app.routes

    def answered(method: str) -> bool:
        asked = {**request.scope, "method": method}
        return any(route.matches(asked)[0] is Match.FULL for route in routes)

    return {method for method in _METHODS if answered(method)}


def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    # A body may hold any number of unknown fields, whose names come back: not all of them, and not at any length.
    errors = [
        FieldProblem(field=".".join(map(str, part["loc"]))[:LONGEST_FIELD], code=part["type"])
        for part in error.errors()[:MOST_ERRORS]
    ]
    return problem(400, "The request is not valid; see errors.", errors)


def _unrecorded(_request: Request, _error: Exception) -> Response:
    """What may not be done unrecorded (R65) is not done; why it cannot be is for the log, not for the caller."""
    return told(Unavailable("What is done here must be put on file, and that cannot be done now."))


def as_problems(document: dict[str, Any]) -> dict[str, Any]:
    """An OpenAPI document that tells what is really answered.

    FastAPI describes every error as plain JSON, and what is not valid as a 422 of its own form.
    """
    for operations in document["paths"].values():
        for operation in operations.values():
            responses = operation["responses"]
            # What the layers around every address answer (portal/limiting.py).
            for status in (429, 413) if "requestBody" in operation else (429,):
                responses.setdefault(str(status), _answer(status))
            if _is_fastapis(responses.get("422")):
                del responses["422"]
                responses.setdefault("400", _answer(400))
            for answer in responses.values():
                content = answer.get("content", {})
                if content.get("application/json", {}).get("schema") == _PROBLEM:
                    content[MEDIA_TYPE] = content.pop("application/json")
    schemas: dict[str, Any] = document.get("components", {}).get("schemas", {})
    for schema in schemas.values():
        if "examples" in schema:
            schema["examples"] = [_with_nulls(example, schema, schemas) for example in schema["examples"]]
    for own in ("HTTPValidationError", "ValidationError"):
        schemas.pop(own, None)
    return document


def _with_nulls(example: Any, schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    """An example as it was given: the framework leaves out every null, which here means "not known"."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    kind = "object" if isinstance(example, dict) else "array" if isinstance(example, list) else None
    if kind is None:
        return example
    for choice in schema.get("anyOf", ()):
        if "$ref" in choice or choice.get("type") == kind:
            schema = choice if "$ref" not in choice else schemas[choice["$ref"].rpartition("/")[2]]
    if kind == "array":
        return [_with_nulls(each, schema.get("items", {}), schemas) for each in example]
    properties, every = schema.get("properties", {}), schema.get("additionalProperties")
    other = every if isinstance(every, dict) else {}
    filled = dict.fromkeys(schema.get("required", ())) | example
    return {name: _with_nulls(value, properties.get(name, other), schemas) for name, value in filled.items()}


_PROBLEM = {"$ref": "#/components/schemas/Problem"}


def _answer(status: int) -> dict[str, Any]:
    return {"description": _DESCRIPTIONS[status], "content": {MEDIA_TYPE: {"schema": _PROBLEM}}}


def _is_fastapis(answer: dict[str, Any] | None) -> bool:
    return answer is not None and "HTTPValidationError" in str(answer.get("content"))
