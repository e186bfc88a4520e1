"""The description of the API is true: examples fit, and generated requests are answered as it says."""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import timedelta
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema_rs import validator_for
from pydantic import BaseModel
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS
from schemathesis.specs.openapi.checks import ignored_auth, negative_data_rejection, positive_data_acceptance
from sqlalchemy import Engine, create_engine, delete, insert, select

from canonical.database import connect
from portal.absencemodels import Absences
from portal.clock import now
from portal.grademodels import Grades
from portal.problems import Problem
from portal.schema import migrate_portal
from portal.sources import Sources
from portal.students import StudentCard, Students
from portal.tables import SESSION
from tests.portal.layer import UNHURRIED, create_app
from tests.portal.rows import ROWS
from tests.portal.test_portal_matrix import expected
from tests.portal.world import KEYS, World
from tests.postgres import MEMORY

GATE = "SCHOOLBRUG_GATE" in os.environ
ROLES = ("client", "student", "guardian", "administrator")
CASES = 100 if GATE else 4
"""For each role and address; in negative mode, where hardly anything depends on the role, for each address."""

DOCUMENT: dict[str, Any] = create_app(create_engine("sqlite://")).openapi()
STREAMS = {("GET", "/v1/news/stream")}
OPERATIONS = sorted(
    (method.upper(), path)
    for path, operations in DOCUMENT["paths"].items()
    for method in operations
    if (method.upper(), path) not in STREAMS
)
WITH_INPUT = [
    (method, path) for method, path in OPERATIONS
    if {"parameters", "requestBody"} & DOCUMENT["paths"][path][method.lower()].keys()
]  # fmt: skip
IDENTITY = {"authorization", "cookie", "origin"}
OPEN = {
    "/health", "/ready", "/v1/session", "/v1/session/factor", "/v1/session/passkey", "/v1/session/passkey/options",
    "/v1/activation", "/v1/activation/code", "/v1/password", "/v1/password/forgotten", "/v1/token",
    "/v1/oidc/{source}/start", "/v1/oidc/{source}/callback",
}  # fmt: skip
"""For who has yet to sign in."""


def asked() -> Iterator[tuple[str, str, str]]:
    """Every address by all four roles; in passing by one of those that it is for, so that something is answered."""
    for n, (method, path) in enumerate(OPERATIONS):
        meant = [role for role in ROLES if role in (ROWS[method, path].roles or ROLES)] or ROLES
        for role in ROLES if GATE else [meant[n % len(meant)]]:
            yield method, path, role


class Layer:
    """A read layer over a small school, with everybody signed in."""

    def __init__(self, engine: Engine, world: World) -> None:
        self.engine, self.world = engine, world
        app = create_app(engine, list(KEYS.values()), rates=UNHURRIED)
        self.schema = schemathesis.openapi.from_asgi("/openapi.json", app)
        with engine.connect() as connection:
            self._sessions = [dict(row) for row in connection.execute(select(SESSION)).mappings()]
        self._beginning = sqlite3.connect(":memory:")
        with closing(sqlite3.connect(str(engine.url.database))) as file:
            file.backup(self._beginning)

    def restore(self) -> None:
        """Undo what a test has done."""
        with closing(sqlite3.connect(str(self.engine.url.database))) as file:
            self._beginning.backup(file)
        self.sign_all_in()

    def sign_all_in(self) -> None:
        """Whoever has signed out since, or was not seen for long: all tests together take longer than a session."""
        anew = {"created_at": now(), "seen_at": now(), "ends_at": now() + timedelta(hours=1)}
        with self.engine.execution_options(writes=True).begin() as connection:
            connection.execute(delete(SESSION))
            connection.execute(insert(SESSION), [session | anew for session in self._sessions])


@pytest.fixture(scope="module")
def one_layer() -> Iterator[Layer]:
    # In memory, where there is some: every request waits for its line in the audit to be on disk.
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        engine = connect(f"sqlite:///{folder}/school.sqlite")
        migrate_portal(engine)
        yield Layer(engine, World(engine))
        engine.dispose()


@pytest.fixture
def layer(one_layer: Layer) -> Layer:
    one_layer.restore()
    return one_layer


def ask(
    layer: Layer, method: str, path: str, role: str, mode: GenerationMode, known: Mapping[str, str]
) -> Counter[int]:
    """Ask what the description allows (or, in negative mode, forbids); gives how often each status was answered.

    ``known`` are values of the path: of what is there.
    """
    strategy = layer.schema[path][method].as_strategy(generation_mode=mode)
    statuses: Counter[int] = Counter()
    # What no schema can state is refused too (such as ``from`` after ``to``, or rules that contradict each other); and
    # what breaks a rule may break one that is not the API's, such as a parameter that nobody asked for.
    # Who is let in is the matter of the matrix (test_portal_matrix.py); here everybody shows who they are.
    excluded = [negative_data_rejection, positive_data_acceptance, ignored_auth]

    @given(case=strategy, there=st.booleans())
    @settings(max_examples=CASES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def one(case: Any, there: bool) -> None:
        if mode is GenerationMode.POSITIVE and (there or not statuses):
            case.path_parameters = {name: known.get(name, value) for name, value in case.path_parameters.items()}
        if method != "GET":
            layer.sign_all_in()
        case.headers = {name: value for name, value in case.headers.items() if name.lower() not in IDENTITY}
        answer = case.call_and_validate(headers=dict(layer.world.headers(role)), excluded_checks=excluded)
        statuses[answer.status_code] += 1

    one()
    return statuses


def known_to(layer: Layer, role: str, path: str) -> dict[str, str]:
    """Values of ``path`` that lead somewhere for ``role``."""
    world = layer.world
    ids = {"id": world.home if path.startswith("/v1/groups") else world.ids["own"]}
    return {**ids, "subject": world.subjects["own"], "name": "north", "source": "north"}


@pytest.mark.parametrize(("method", "path", "role"), list(asked()), ids=lambda part: part)
def test_whatever_may_be_asked_is_answered_as_described(layer: Layer, method: str, path: str, role: str) -> None:
    statuses = ask(layer, method, path, role, GenerationMode.POSITIVE, known_to(layer, role, path))
    documented = {int(status) for status in DOCUMENT["paths"][path][method.lower()]["responses"]}
    assert statuses.keys() <= documented
    assert max(statuses) < 500
    row = ROWS[method, path]
    if row.signed_in and role != "client":
        assert 401 not in statuses  # else nobody was asked anything
    if method == "GET" and row.signed_in and not row.query:
        assert expected(role, row, "own") & statuses.keys()


@pytest.mark.parametrize(("method", "path"), WITH_INPUT, ids=lambda part: part)
def test_what_may_not_be_asked_is_refused_as_described(layer: Layer, method: str, path: str) -> None:
    statuses = ask(layer, method, path, "administrator", GenerationMode.NEGATIVE, {})
    assert max(statuses) < 500
    assert 401 not in statuses or not ROWS[method, path].signed_in


@pytest.mark.parametrize("role", ROLES)
def test_the_four_roles_are_who_they_are(layer: Layer, role: str) -> None:
    """Else everything above would only show that nobody is let in."""
    statuses = ask(layer, "GET", "/v1/me", role, GenerationMode.POSITIVE, {})
    assert set(statuses) == {200}
    card = ask(layer, "GET", "/v1/students/{id}", role, GenerationMode.POSITIVE, known_to(layer, role, "/v1/students"))
    assert card[200] > 0


def test_the_usual_checks_are_made() -> None:
    """Of 5xx, of statuses, of media types and of schemas; a release that drops one should be noticed."""
    names = {check.__name__ for check in CHECKS.get_all()}
    assert {
        "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
        "response_headers_conformance",
    } <= names  # fmt: skip


@pytest.mark.parametrize("model", [Students, StudentCard, Grades, Absences, Sources, Problem])
def test_examples_fit(model: type[BaseModel]) -> None:
    examples: Any = model.model_config.get("json_schema_extra") or {}
    assert isinstance(examples, dict)
    assert examples["examples"]
    for example in examples["examples"]:
        shown = model.model_validate(example).model_dump(mode="json", exclude_none=model is Problem)
        assert shown == example


def test_every_example_fits_its_schema() -> None:
    schemas: dict[str, Any] = DOCUMENT["components"]["schemas"]
    with_examples = {name: schema["examples"] for name, schema in schemas.items() if "examples" in schema}
    assert len(with_examples) >= 6
    for name, examples in with_examples.items():
        fits = validator_for({"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]})
        for example in examples:
            fits.validate(example)


def answers_with_a_body() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for method, path in OPERATIONS:
        for status, answer in DOCUMENT["paths"][path][method.lower()]["responses"].items():
            if status.startswith("2") and "application/json" in answer.get("content", {}):
                yield method, path, answer["content"]["application/json"]["schema"]


def test_what_is_answered_has_an_example() -> None:
    """The models that a view answers with show what they look like."""
    schemas: dict[str, Any] = DOCUMENT["components"]["schemas"]
    without = sorted(
        f"{method} {path}"
        for method, path, schema in answers_with_a_body()
        for each in schema.get("anyOf", [schema])
        if not schemas.get(each.get("$ref", "").rpartition("/")[2], {}).get("examples")
    )
    assert [each for each in without if each not in WITHOUT_EXAMPLE] == []


WITHOUT_EXAMPLE = {"GET /health", "GET /ready"}
"""Where the schema says it all."""


def test_the_document() -> None:
    assert DOCUMENT["openapi"].startswith("3.1")
    names = [DOCUMENT["paths"][path][method.lower()]["operationId"] for method, path in OPERATIONS]
    assert [name for name, count in Counter(names).items() if count > 1] == []
    assert [name for name in DOCUMENT["components"]["schemas"] if "__" in name] == []
    for method, path in OPERATIONS:
        operation = DOCUMENT["paths"][path][method.lower()]
        responses = operation["responses"]
        assert operation.get("summary")
        assert "422" not in responses
        assert "429" in responses
        if path.startswith("/v1"):
            assert operation.get("tags"), path
            assert ("requestBody" not in operation and not operation.get("parameters")) or "400" in responses
        if path not in OPEN:
            assert operation["security"], path
            assert {"401", "403", "500", "503"} <= responses.keys(), path
        if "{" in path and "source" not in path:
            assert "404" in responses, path


def test_every_error_is_a_problem_document() -> None:
    wrong = [
        f"{method} {path} {status}"
        for method, path in OPERATIONS
        for status, answer in DOCUMENT["paths"][path][method.lower()]["responses"].items()
        if int(status) >= 400 and list(answer.get("content", {})) != ["application/problem+json"]
    ]
    # OAuth 2 has a form of its own (RFC 6749, 5.2).
    assert [each for each in wrong if not each.startswith("POST /v1/token")] == []


def test_the_document_says_what_null_means() -> None:
    text = DOCUMENT["info"]["description"] + str(DOCUMENT["components"]["schemas"]["Meta"])
    for word in ("never read", "not_offered", "`null`", "`[]`"):
        assert word in text
