"""Errors as the world sees them: RFC 9457 problem documents, without values and without the inside of the program."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

MEDIA_TYPE = "application/problem+json"


class FieldProblem(BaseModel):
    """What is wrong with one part of the request."""

    field: str = Field(description="Where: `query.limit`, `path.id`.")
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
    errors: list[FieldProblem] | None = Field(default=None, description="Only of requests that are not valid.")


class NotThere(HTTPException):
    """What was asked for is not there, or not for this caller: the answer is the same."""

    def __init__(self, what: str) -> None:
        super().__init__(404, f"There is no such {what}.")


_DETAILS = {
    404: "There is nothing here.",
    405: "This can only be read: use GET.",
}


def problem(
    status: int,
    detail: str,
    errors: list[FieldProblem] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem document as an answer."""
    body = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, errors=errors)
    return Response(body.model_dump_json(exclude_none=True), status, headers, MEDIA_TYPE)


def _http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    own = error.detail != HTTPStatus(error.status_code).phrase
    detail = error.detail if own else _DETAILS.get(error.status_code, error.detail)
    return problem(error.status_code, detail, headers=error.headers)


def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [FieldProblem(field=".".join(map(str, part["loc"])), code=part["type"]) for part in error.errors()]
    return problem(422, "The request is not valid; see errors.", errors)


def invalid(field: str, code: str) -> RequestValidationError:
    """An error about a part of the request that only the view can judge."""
    return RequestValidationError([{"loc": tuple(field.split(".")), "type": code, "msg": code, "input": None}])


def install(app: FastAPI) -> None:
    """Make every error of ``app`` a problem document, in its answers and in its OpenAPI description."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    describe = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _as_problems(describe())
        return app.openapi_schema

    setattr(app, "openapi", described)  # noqa: B010  # FastAPI's documented way; mypy forbids the assignment


def _as_problems(document: dict[str, Any]) -> dict[str, Any]:
    """FastAPI describes every answer as plain JSON; those above 399 are problem documents."""
    for operations in document["paths"].values():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    answer["content"] = {MEDIA_TYPE: answer["content"]["application/json"]}
    return document
