"""Errors are problem documents, and every answer carries its headers."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from fastapi import APIRouter, FastAPI
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient
from pydantic import BaseModel
from sqlalchemy import Engine, create_engine
from starlette.exceptions import HTTPException

from portal import problems, students
from portal.audit import CannotRecord
from portal.keys import ApiKey, digest
from portal.problems import Closed, Conflict, NotThere, TooLarge, TooMany, Unavailable, answers, invalid
from portal.shield import protect
from portal.students import Students
from tests.portal.layer import create_app
from tests.portal.school import School, ident

CANARY = "Kanarie-4711"


@pytest.fixture
def quiet(sqlite_engine: Engine) -> TestClient:
    """A client that gets what a caller would get, whatever breaks inside."""
    app = create_app(sqlite_engine, [ApiKey("all", digest("k"))])
    return TestClient(app, raise_server_exceptions=False, headers={"Authorization": "Bearer k"})


class Thing(BaseModel):
    model_config = {"extra": "forbid"}
    n: int


def small_app(error: Exception | None = None) -> FastAPI:
    """A layer whose one view fails as asked."""
    app, one, other = FastAPI(), APIRouter(prefix="/v1"), APIRouter(prefix="/v1", responses=answers(404))

    @one.get("/things/{id}", responses={422: {"model": Thing, "description": "In a form of its own."}})
    def get_thing(id: int) -> int:
        if error is not None:
            raise error
        return id

    @other.put("/things/{id}", responses={418: {"model": Thing, "description": "In a form of its own."}})
    def put_thing(id: int, thing: Thing) -> int:
        return id + thing.n

    app.include_router(one)
    app.include_router(other)
    problems.install(app)
    return app


def check(answer: Any, status: int) -> dict[str, Any]:
    """The problem document of an answer."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["type"] == "about:blank"
    assert body["detail"]
    return body


def test_nothing_there(quiet: TestClient) -> None:
    for path in ("/v1/nothing", "/nothing", "/docs", "/redoc", "/static/nothing", "/v1/students/"):
        body = check(quiet.get(path), 404)
        assert (body["title"], body["detail"]) == ("Not Found", "There is nothing here.")
    assert check(quiet.get(f"/v1/students/{ident(1)}"), 404)["detail"] == "There is no such student."


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_what_can_only_be_read_says_so(quiet: TestClient, method: str) -> None:
    for path in ("/v1/students", f"/v1/students/{ident(1)}/grades", "/v1/sources", "/health", "/"):
        answer = quiet.request(method, path)
        assert "Allow" in check(answer, 405)["detail"]
        assert answer.headers["allow"] == "GET"


def test_every_method_of_a_path_is_named() -> None:
    """RFC 9110, 15.5.6. The routes of one path may stand in several routers."""
    app = small_app()
    assert check(TestClient(app).patch("/v1/things/1"), 405)
    assert TestClient(app).patch("/v1/things/1").headers["allow"] == "GET, PUT"


def test_what_is_not_valid_is_named_without_its_value(quiet: TestClient) -> None:
    answer = quiet.get(f"/v1/students/{CANARY}/absences", params={"from": CANARY})
    body = check(answer, 400)
    assert body["errors"] == [
        {"field": "path.id", "code": "uuid_parsing"}, {"field": "query.from", "code": "date_from_datetime_parsing"}
    ]  # fmt: skip
    assert CANARY not in answer.text


@pytest.mark.parametrize(("content", "errors"), [
    (b"{", [{"field": "body.1", "code": "json_invalid"}]),
    (b"[]", [{"field": "body", "code": "model_attributes_type"}]),
    (b"", [{"field": "body", "code": "missing"}]),
    (b'{"n": "%s"}' % CANARY.encode(), [{"field": "body.n", "code": "int_parsing"}]),
    (b'{"n": 1, "x": 2}', [{"field": "body.x", "code": "extra_forbidden"}]),
])  # fmt: skip
def test_a_body_that_is_not_valid(content: bytes, errors: list[dict[str, str]]) -> None:
    headers = {"Content-Type": "application/json"}
    answer = TestClient(small_app()).put("/v1/things/1", content=content, headers=headers)
    assert check(answer, 400)["errors"] == errors
    assert CANARY not in answer.text


def test_a_body_is_not_thrown_back() -> None:
    """Unknown fields are named, but not in any number nor at any length."""
    body = {f"{n}{'x' * 500}": n for n in range(1_000)}
    answer = TestClient(small_app()).put("/v1/things/1", json=body)
    assert len(check(answer, 400)["errors"]) == 20
    assert len(answer.content) < 10_000


@pytest.mark.parametrize(("error", "status", "code", "headers"), [
    (NotThere("thing"), 404, None, {}),
    (Closed("switched_off"), 403, "switched_off", {}),
    (Conflict("version"), 409, "version", {}),
    (TooLarge(), 413, None, {"connection": "close"}),
    (TooMany(7), 429, None, {"retry-after": "7"}),
    (Unavailable("Not now."), 503, None, {"retry-after": "5"}),
    (HTTPException(503, "Not now."), 503, None, {}),
    (CannotRecord("audit: of the inside"), 503, None, {"retry-after": "5"}),
    (invalid("query.cursor", "cursor_invalid"), 400, None, {}),
])  # fmt: skip
def test_each_error_has_its_status_and_word(
    error: Exception, status: int, code: str | None, headers: dict[str, str]
) -> None:
    answer = TestClient(small_app(error)).get("/v1/things/1")
    body = check(answer, status)
    assert body.get("code") == code
    assert {name: answer.headers[name] for name in headers} == headers
    assert ("errors" in body) is (status == 400)
    assert "inside" not in body["detail"]


def test_not_yours_and_not_there_are_the_same_to_the_byte(engine: Engine, school: School) -> None:
    """Of a student, and of what hangs on one."""
    north, south = school.source("north"), school.source("south")
    own, other = school.student(north), school.student(south)
    gone = school.student(north, gone=True)
    group = school.group(south, "1A")
    app = create_app(engine, [ApiKey("north", digest("n"), ("north",))])
    with TestClient(app, headers={"Authorization": "Bearer n"}) as client:
        for path in ("", "/grades", "/absences"):
            assert client.get(f"/v1/students/{own}{path}").status_code == 200
            answers = [client.get(f"/v1/students/{id}{path}") for id in (other, gone, ident(999))]
            assert [answer.status_code for answer in answers] == [404] * 3
            assert len({(answer.content, tuple(answer.headers.items())) for answer in answers}) == 1
        answers = [client.get("/v1/students", params={"group": id}) for id in (group, ident(999))]
        assert [answer.status_code for answer in answers] == [404] * 2
        assert len({answer.content for answer in answers}) == 1


def test_the_document_tells_of_400_and_of_problems() -> None:
    document = TestClient(small_app()).get("/openapi.json").json()
    put = document["paths"]["/v1/things/{id}"]["put"]["responses"]
    assert "422" not in put
    assert set(put) == {"200", "400", "404", "413", "418", "429"}
    # What is not the framework's own stays as it was described.
    assert set(document["paths"]["/v1/things/{id}"]["get"]["responses"]) == {"200", "422", "429"}
    for status in ("400", "404"):
        assert put[status]["content"] == {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        }
    # An error in a form of its own stays as it was described.
    assert list(put["418"]["content"]) == ["application/json"]
    assert not {"HTTPValidationError", "ValidationError"} & set(document["components"]["schemas"])


def test_an_error_inside_tells_nothing_and_is_logged_without_values(
    sqlite_engine: Engine, quiet: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(CANARY)

    school = School(sqlite_engine)
    student = school.student(school.source("lyceum"))
    monkeypatch.setattr(students, "card", broken)
    with structlog.testing.capture_logs() as logs:
        answer = quiet.get(f"/v1/students/{student}")
    check(answer, 500)
    assert CANARY not in answer.text
    assert "RuntimeError" not in answer.text
    (entry,) = logs
    assert (entry["route"], entry["error"]) == ("/v1/students/{id}", "RuntimeError")
    assert CANARY not in str(logs)
    assert student not in str(logs)


def test_an_answer_of_the_wrong_shape_tells_nothing(
    quiet: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(students, "students", lambda *_, **__: {"students": CANARY})
    with caplog.at_level(logging.DEBUG), structlog.testing.capture_logs() as logs:
        answer = quiet.get("/v1/students")
    check(answer, 500)
    assert CANARY not in answer.text + str(logs) + caplog.text
    assert Students.model_config["hide_input_in_errors"] is True


def test_an_answer_that_breaks_off_is_cut_off_and_tells_nothing() -> None:
    """It was begun, so that it cannot become a 500; whoever reads it must see that it is not whole."""
    app = FastAPI()

    @app.get("/rows")
    def rows() -> StreamingResponse:
        def half() -> Iterator[bytes]:
            yield b"[1,"
            raise RuntimeError(CANARY)

        return StreamingResponse(half())

    protect(app)
    with structlog.testing.capture_logs() as logs, pytest.raises(ConnectionAbortedError) as caught:
        TestClient(app).get("/rows")
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert CANARY not in str(caught.value) + str(logs)
    assert [entry["error"] for entry in logs] == ["RuntimeError"]


def test_a_store_that_cannot_be_read() -> None:
    app = create_app(create_engine("sqlite:////nowhere/at/all.sqlite"), [])
    client = TestClient(app, raise_server_exceptions=False)
    assert check(client.get("/health"), 503)["detail"] == "The store cannot be read."
    check(client.get("/"), 500)


def test_health_needs_no_key(sqlite_engine: Engine) -> None:
    answer = TestClient(create_app(sqlite_engine, [])).get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("path", ["/v1/students", "/v1/sources", "/v1/nothing", "/", "/health", "/openapi.json",
                                  "/static/portal.css", "/v1/students?limit=0"])  # fmt: skip
def test_every_answer_carries_its_headers(
    quiet: TestClient, monkeypatch: pytest.MonkeyPatch, path: str, broken: bool
) -> None:
    if broken:
        def no_database(*_: object) -> None:
            raise RuntimeError

        monkeypatch.setattr("portal.routes.reading", no_database)
        monkeypatch.setattr("portal.app.reading", no_database)
        monkeypatch.setattr("portal.pages.front.reading", no_database)
    answer = quiet.get(path)
    headers = answer.headers
    page = path == "/" and not broken
    assert headers["x-content-type-options"] == "nosniff"
    # The forms of a page tell where they come from.
    assert headers["referrer-policy"] == ("same-origin" if page else "no-referrer")
    assert headers["cross-origin-resource-policy"] == headers["cross-origin-opener-policy"] == "same-origin"
    # What a cache may keep, it keeps for one person and asks before each use.
    kept = answer.status_code == 200 and headers["content-type"] == "application/json"
    asked = "no-cache" if path.startswith("/static/") else "no-store"
    assert headers["cache-control"] == ("private, no-cache" if kept else asked)
    assert not kept or headers["etag"]
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert ("style-src 'self'" in policy) is ("script-src 'self'" in policy) is page


def test_a_wrong_key_is_a_problem_document(school: School, client: TestClient) -> None:
    check(client.get("/v1/students", headers={"Authorization": "Bearer wrong"}), 401)
