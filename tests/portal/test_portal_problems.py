"""Errors are problem documents, and every answer carries its headers."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import structlog
from fastapi.testclient import TestClient
from sqlalchemy import Engine, create_engine

from portal import students
from portal.app import create_app
from portal.keys import ApiKey, digest
from portal.students import Students
from tests.portal.school import School, ident

CANARY = "Kanarie-4711"


@pytest.fixture
def quiet(sqlite_engine: Engine) -> TestClient:
    """A client that gets what a caller would get, whatever breaks inside."""
    app = create_app(sqlite_engine, [ApiKey("all", digest("k"))])
    return TestClient(app, raise_server_exceptions=False, headers={"Authorization": "Bearer k"})


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
        assert check(quiet.get(path), 404)["title"] == "Not Found"
    assert check(quiet.get(f"/v1/students/{ident(1)}"), 404)["detail"] == "There is no such student."


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_everything_can_only_be_read(quiet: TestClient, method: str) -> None:
    for path in ("/v1/students", f"/v1/students/{ident(1)}/grades", "/v1/sources", "/health", "/"):
        answer = quiet.request(method, path)
        check(answer, 405)
        assert answer.headers["allow"] == "GET"


def test_what_is_not_valid_is_named_without_its_value(quiet: TestClient) -> None:
    answer = quiet.get(f"/v1/students/{CANARY}/absences", params={"from": CANARY})
    body = check(answer, 422)
    assert body["errors"] == [
        {"field": "path.id", "code": "uuid_parsing"}, {"field": "query.from", "code": "date_from_datetime_parsing"}
    ]  # fmt: skip
    assert CANARY not in answer.text


def test_an_error_inside_tells_nothing_and_is_logged_without_values(
    quiet: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(CANARY)

    monkeypatch.setattr(students, "card", broken)
    with structlog.testing.capture_logs() as logs:
        answer = quiet.get(f"/v1/students/{ident(1)}")
    check(answer, 500)
    assert CANARY not in answer.text
    assert "RuntimeError" not in answer.text
    (entry,) = logs
    assert (entry["route"], entry["error"]) == ("/v1/students/{id}", "RuntimeError")
    assert CANARY not in str(logs)
    assert ident(1) not in str(logs)


def test_an_answer_of_the_wrong_shape_tells_nothing(
    quiet: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(students, "students", lambda *_, **__: {"students": CANARY})
    with caplog.at_level(logging.DEBUG), structlog.testing.capture_logs() as logs:
        answer = quiet.get("/v1/students")
    check(answer, 500)
    assert CANARY not in answer.text + str(logs) + caplog.text
    assert Students.model_config["hide_input_in_errors"] is True


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
                                  "/static/style.css", "/v1/students?limit=0"])  # fmt: skip
def test_every_answer_carries_its_headers(
    quiet: TestClient, monkeypatch: pytest.MonkeyPatch, path: str, broken: bool
) -> None:
    if broken:
        def no_database(*_: object) -> None:
            raise RuntimeError

        monkeypatch.setattr("portal.routes.reading", no_database)
        monkeypatch.setattr("portal.app.reading", no_database)
    headers = quiet.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "script-src" not in policy


def test_a_wrong_key_is_a_problem_document(school: School, client: TestClient) -> None:
    check(client.get("/v1/students", headers={"Authorization": "Bearer wrong"}), 401)
